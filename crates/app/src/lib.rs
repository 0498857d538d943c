//! The use cases. The only crate that reads the clock or the database; every door (pages, API,
//! command line) calls the functions named here and nothing below them.

pub mod audit_files;
pub mod clock;
pub mod planning;
pub mod rulebooks;
