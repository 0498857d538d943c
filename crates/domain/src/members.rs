//! Changing the roster by hand: whether a person may be entered, put right, sent to another unit,
//! received there, sanctioned or let go. Every reason against an act is told at once. What the
//! decisions look at is handed in; nothing is looked up here.

use jiff::civil::Date;

use crate::ids::{PersonId, UnitId};

/// A letter of transfer (组织关系介绍信) that is on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// Whose membership is being transferred.
    pub person: PersonId,
    /// The unit that sent.
    pub from: UnitId,
    /// The unit that should receive.
    pub to: UnitId,
    /// The day of the letter.
    pub sent_on: Date,
    /// Whether the admission file went with it.
    pub is_file_included: bool,
}
