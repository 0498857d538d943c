//! What this system is about, in one pure crate: no clock, no file, no table, no request.
//!
//! Read in this order. [`ids`], [`text`], [`dates`]: the small change. [`unit`] and [`person`]: the
//! tree and who is on it. [`event`]: everything that can be recorded. [`case`]: an admission file
//! as the fold of its events. [`role`]: who may act as what.

#![warn(missing_docs)]

pub mod audit;
pub mod ballot;
pub mod calendar;
pub mod case;
pub mod case_file;
pub mod dates;
pub mod event;
pub mod evidence;
pub mod finding;
pub mod id_number;
pub mod ids;
pub mod months;
pub mod person;
pub mod record;
pub mod role;
pub mod rulebook;
pub mod text;
pub mod unit;
