//! The use cases. The only crate that reads the clock or the database; every door (pages, API,
//! command line) calls the functions named here and nothing below them.

pub mod accounts;
pub mod act;
pub mod admission;
pub mod audit_files;
pub mod clock;
pub mod database;
pub mod demo;
pub mod dossier;
pub mod finder;
pub mod members;
pub mod people;
pub mod planning;
pub mod plans;
pub mod record;
pub mod roster;
pub mod rulebooks;
pub mod tree;
pub mod units;

mod config;
mod store;

pub use store::{
    Actor, CommandId, Founding, KeyFile, Location, PersonRow, Receipt, Report, Store, StoreError, Tx,
};
