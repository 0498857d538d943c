//! Tests of the planner, one module for each noun.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod backtest;
mod certificate;
mod forecast;
mod instance;
mod tiers;
mod tiny;
