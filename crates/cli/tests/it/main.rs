//! The program as a person calls it: arguments in, exit status and files out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod audit;
mod browser;
mod chrome;
mod database;
mod journey;
mod person;
mod plan;
mod plan_rounds;
mod record;
mod resilience;
mod roster;
mod site;
mod unit;
