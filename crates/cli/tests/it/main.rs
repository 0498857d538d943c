//! The program as a person calls it: arguments in, exit status and files out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod audit;
mod browser;
mod database;
mod plan;
mod record;
mod resilience;
#[cfg(test)]
mod roster;
mod site;
mod unit;
