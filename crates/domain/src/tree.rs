//! Changing the tree and its offices: whether a unit may be opened, changed, moved, merged, split or
//! closed, and who may hold a post in it. Every reason against an act is told at once. What the
//! decisions look at is handed in; nothing is looked up here.

use jiff::civil::Date;

use crate::ids::{GroupId, PersonId, PostId};
use crate::text::Text;
use crate::unit::PostKind;

/// A post held by a person, from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Identity.
    pub id: PostId,
    /// Who.
    pub person: PersonId,
    /// Which office.
    pub kind: PostKind,
    /// First day.
    pub from_on: Date,
    /// The day from which it was no longer held; none while it is.
    pub to_on: Option<Date>,
}

impl Held {
    /// Whether the post was held on a day.
    #[must_use]
    pub fn is_held_on(&self, day: Date) -> bool {
        self.from_on <= day && self.to_on.is_none_or(|to| day < to)
    }
}

/// A Party group (党小组) of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Identity.
    pub id: GroupId,
    /// Name in both languages.
    pub name: Text,
    /// The day it was formed.
    pub formed_on: Date,
}
