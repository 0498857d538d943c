//! Targets and plans. A plan proposes; a person adopts. Everything here is arithmetic on counts: no
//! person, no clock, no file.
//!
//! The question is an [`instance::Instance`], the answer a [`plan::Plan`], and [`solve::allocate`]
//! goes from one to the other. The method is told in `docs/planning.md`.

#![warn(missing_docs)]

// The synthetic city of the measurements names this crate from outside; its own tests read it too.
#[cfg(test)]
extern crate self as planner;

pub mod backtest;
pub mod check;
pub mod cohort;
pub mod committee;
pub mod explain;
pub mod forecast;
pub mod history;
pub mod incremental;
pub mod instance;
pub mod plan;
pub mod solve;
pub mod target;
pub mod watch;

mod core;
mod dual;
mod lottery;
mod merge;
mod polish;
mod pricing;
mod sample;
mod tree;
