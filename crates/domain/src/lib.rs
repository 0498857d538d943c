//! What this system is about, in one pure crate: no clock, no file, no table, no request.
//!
//! Read in this order. [`ids`], [`text`], [`dates`]: the small change. [`unit`] and [`person`]: the
//! tree and who is on it. [`event`]: everything that can be recorded. [`case`]: an admission file
//! as the fold of its events. [`record`], [`evidence`], [`ballot`]: what its steps leave behind.
//! [`rulebook`] and [`audit`]: what the rules say of a file. [`decide`]: whether an act may be
//! recorded. [`agenda`]: what is due. [`role`]: who may act as what. [`tree`] and [`members`]: whether
//! the tree and the roster may be changed by hand. [`looks`] and [`unmasking`]: who looked at what, and
//! what it takes to see a number in full. [`plan`]: how a year's places are negotiated. [`workplace`]: where
//! people work or live, and how far each such place has come. [`supervision`]: the register of a leading
//! body's meetings, talks and reports. [`charge`]: what a year's tasks are, who signed for them and how it
//! ended.
//!
//! The rules: [`months`], [`calendar`], [`id_number`] are their arithmetic, [`rulebook`] their text
//! as data, [`case_file`] what they look at, [`audit`] the one judgement behind every door, and
//! [`finding`] what it says.

#![warn(missing_docs)]

pub mod access;
pub mod agenda;
pub mod audit;
pub mod ballot;
mod blanks;
pub mod calendar;
pub mod case;
pub mod case_file;
pub mod charge;
pub mod dates;
pub mod decide;
pub mod event;
pub mod evidence;
pub mod finding;
mod house;
pub mod id_number;
pub mod ids;
pub mod looks;
pub mod members;
pub mod months;
pub mod offices;
pub mod paper;
pub mod person;
pub mod plan;
pub mod record;
pub mod refusal;
pub mod role;
pub mod rulebook;
pub mod schooling;
pub mod supervision;
pub mod text;
pub mod tree;
pub mod unit;
pub mod unmasking;
pub mod workplace;
