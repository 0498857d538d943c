//! The use cases. The only crate that reads the clock or the database; every door (pages, API,
//! command line) calls the functions named here and nothing below them.

pub mod accounts;
pub mod act;
pub mod admission;
pub mod audit_files;
pub mod charges;
pub mod clock;
pub mod database;
pub mod demo;
pub mod dossier;
pub mod finder;
pub mod forecasts;
pub mod looks;
pub mod members;
pub mod notices;
pub mod papers;
pub mod people;
pub mod planning;
pub mod plans;
pub mod record;
pub mod roster;
pub mod rulebooks;
pub mod scans;
pub mod schooling;
pub mod supervision;
pub mod tree;
pub mod units;
pub mod unmasking;
pub mod workplaces;

mod config;
mod store;

pub use store::{
    Actor, By, CommandId, Founding, KeyFile, Location, Look, PersonRow, Receipt, Report, Scans, Store,
    StoreError, Tally, Tx,
};
