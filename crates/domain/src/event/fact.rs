//! The header that every event has: when, where, about whom.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Event;
use crate::dates::Precision;
use crate::ids::{EventId, PersonId, UnitId};

/// One thing that happened, ready to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The day it happened: a claim.
    pub occurred_on: Date,
    /// How exactly that day is known.
    #[serde(default)]
    pub precision: Precision,
    /// The unit in whose books it is kept.
    pub unit: UnitId,
    /// The person it is about; the body is then sealed under that person's key.
    pub subject: Option<PersonId>,
    /// Earlier events and papers that it rests on.
    #[serde(default)]
    pub cites: Vec<EventId>,
    /// What happened.
    pub event: Event,
}

impl Fact {
    /// A fact about a unit or the site.
    pub fn of_unit(unit: UnitId, occurred_on: Date, event: impl Into<Event>) -> Self {
        Fact {
            occurred_on,
            precision: Precision::Day,
            unit,
            subject: None,
            cites: Vec::new(),
            event: event.into(),
        }
    }

    /// A fact about a person.
    pub fn of_person(person: PersonId, unit: UnitId, occurred_on: Date, event: impl Into<Event>) -> Self {
        Fact { subject: Some(person), ..Fact::of_unit(unit, occurred_on, event) }
    }
}
