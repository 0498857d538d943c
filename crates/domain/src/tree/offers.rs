//! What can be done to a unit at all, before anything is filled in. A menu shows the rest with its reason.

use super::ends::{check_left, check_merged, check_not_top, check_parted};
use super::{Change, Place};
use crate::finding::Finding;
use crate::house::Reasons;
use crate::offices::{OfficeRule, unit_kind, words};

/// Kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// A unit is opened below.
    Open,
    /// Another name, code, sector or kind.
    Rename,
    /// Another unit above.
    Move,
    /// Another unit takes everything.
    Merge,
    /// Another unit takes some of it.
    Split,
    /// The end of an empty unit.
    Close,
    /// Taking up a post.
    Assign,
    /// Giving one up.
    End,
    /// Forming a Party group.
    Group,
}

impl ChangeKind {
    /// Every kind, as a menu lists them.
    pub const ALL: [ChangeKind; 9] = [
        ChangeKind::Open,
        ChangeKind::Rename,
        ChangeKind::Move,
        ChangeKind::Split,
        ChangeKind::Merge,
        ChangeKind::Close,
        ChangeKind::Assign,
        ChangeKind::End,
        ChangeKind::Group,
    ];

    /// The word in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Open => "open",
            ChangeKind::Rename => "rename",
            ChangeKind::Move => "move",
            ChangeKind::Merge => "merge",
            ChangeKind::Split => "split",
            ChangeKind::Close => "close",
            ChangeKind::Assign => "assign",
            ChangeKind::End => "end",
            ChangeKind::Group => "group",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether everything below the unit goes with it, so that whoever does it answers for all of that.
    #[must_use]
    pub fn takes_all(self) -> bool {
        matches!(self, ChangeKind::Move | ChangeKind::Merge)
    }
}

impl Change {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match self {
            Change::Open(_) => ChangeKind::Open,
            Change::Rename(_) => ChangeKind::Rename,
            Change::MoveUnder(_) => ChangeKind::Move,
            Change::Merge(_) => ChangeKind::Merge,
            Change::Split(_) => ChangeKind::Split,
            Change::Close(_) => ChangeKind::Close,
            Change::AssignPost(_) => ChangeKind::Assign,
            Change::EndPost(_) => ChangeKind::End,
            Change::FormGroup(_) => ChangeKind::Group,
        }
    }
}

/// What stands against a kind of change of a unit, whatever is filled in; nothing if it can be tried.
/// How many members there are is not asked.
#[must_use]
pub fn hindrances(here: &Place, kind: ChangeKind) -> Vec<Finding> {
    let mut reasons = Reasons::default();
    let unit = &here.unit;
    let named = [("unit", words(&unit.name))];
    if !unit.is_open {
        reasons.find(OfficeRule::UnitClosed, "unit", &named);
        return reasons.all();
    }
    match kind {
        ChangeKind::Open => {
            if unit.kind.allowed_children().is_empty() {
                reasons.find(OfficeRule::NothingBelow, "unit", &[("kind", words(&unit_kind(unit.kind)))]);
            }
        }
        ChangeKind::Move => check_not_top(&mut reasons, here),
        ChangeKind::Merge => check_merged(&mut reasons, here),
        ChangeKind::Split => check_parted(&mut reasons, here),
        ChangeKind::Close => check_left(&mut reasons, here),
        ChangeKind::End => {
            if here.posts.iter().all(|post| post.to_on.is_some()) {
                reasons.find(OfficeRule::NoPosts, "unit", &named);
            }
        }
        ChangeKind::Group => {
            if !unit.kind.is_branch() {
                reasons.find(OfficeRule::GroupPlace, "unit", &[("kind", words(&unit_kind(unit.kind)))]);
            }
        }
        ChangeKind::Rename | ChangeKind::Assign => {}
    }
    reasons.all()
}
