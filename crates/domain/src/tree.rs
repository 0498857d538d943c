//! Changing the tree and its offices: whether a unit may be opened, changed, moved, merged, split or
//! closed, and who may hold a post in it. Every reason against an act is told at once; wording and
//! figures stand in `rulebooks/offices.toml`. What the decisions look at is handed in; nothing is looked
//! up here.

mod ends;
mod offers;
mod posts;
mod units;

use jiff::civil::Date;

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::{Fact, PostEnded, UnitChanged, UnitClosed, UnitMerged, UnitMoved, UnitOpened, UnitSplit};
use crate::finding::Finding;
use crate::house::Reasons;
use crate::ids::{CaseId, GroupId, PersonId, PostId, UnitId};
use crate::offices::{OfficeRule, figures, unit_kind, words};
use crate::person::Stage;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::unit::{PostKind, Unit, UnitKind};

pub use offers::{ChangeKind, hindrances};
pub use posts::offices_of;

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

/// A running admission file, as far as a change of the tree or roster must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningFile {
    /// The file.
    pub case: CaseId,
    /// Whether it was sent to another branch and not yet received.
    pub is_on_the_way: bool,
}

/// Somebody on the roster of a unit who has not left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enrolled {
    /// Who.
    pub person: PersonId,
    /// Where the person stands.
    pub stage: Stage,
    /// Start of the standing as a full member, where known.
    pub full_since: Option<Date>,
    /// Voting right is suspended.
    pub is_under_sanction: bool,
    /// The running admission file, if there is one.
    pub file: Option<RunningFile>,
}

/// A unit as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The unit.
    pub unit: Unit,
    /// The day it was opened.
    pub opened_on: Date,
    /// Kind of the unit above.
    pub parent_kind: Option<UnitKind>,
    /// The units above, the nearest first.
    pub above: Vec<UnitId>,
    /// Open units directly below.
    pub children: Vec<(UnitId, UnitKind)>,
    /// Everyone on its own roster who has not left.
    pub people: Vec<Enrolled>,
    /// Every post, past and present.
    pub posts: Vec<Held>,
    /// Its Party groups.
    pub groups: Vec<Group>,
    /// Letters of transfer on the way from or to it: the persons they are about.
    pub letters: Vec<PersonId>,
    /// Members in it and everything below.
    pub n_members: i64,
}

impl Place {
    /// Full members on its own roster.
    #[must_use]
    pub fn n_full(&self) -> u32 {
        let n = self.people.iter().filter(|person| person.stage == Stage::Full).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    }
}

/// Taking up a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignPost {
    /// Which office.
    pub kind: PostKind,
    /// Who.
    pub person: PersonId,
}

/// Forming a Party group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormGroup {
    /// Its name.
    pub name: Text,
}

/// Something that somebody wants to record about a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The day it happened, as claimed.
    pub on: Date,
    /// What.
    pub change: Change,
}

/// What is done to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Opening a unit under another, or the top of the tree.
    Open(UnitOpened),
    /// Another name, code, sector or kind.
    Rename(UnitChanged),
    /// Another unit above.
    MoveUnder(UnitMoved),
    /// Another unit takes everything, and this one is closed.
    Merge(UnitMerged),
    /// Another unit takes some of the people and units.
    Split(UnitSplit),
    /// The end of a unit that is empty.
    Close(UnitClosed),
    /// Taking up a post.
    AssignPost(AssignPost),
    /// Giving one up.
    EndPost(PostEnded),
    /// Forming a Party group.
    FormGroup(FormGroup),
}

/// The person who is to hold a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What the roster says.
    pub enrolled: Enrolled,
    /// The unit on whose roster the person is, and those above it.
    pub units: Vec<UnitId>,
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The unit itself; for an opening, the unit above.
    pub here: Option<Place>,
    /// The other unit that the act names: above from now on, or receiving.
    pub there: Option<Place>,
    /// The open unit that has the code which the act gives.
    pub code_owner: Option<UnitId>,
    /// Whether the tree has a top.
    pub has_top: bool,
    /// The person whom the act names for a post, if on a roster.
    pub holder: Option<Holder>,
    /// A free identity for a unit, a post or a group that the act makes.
    pub free: i64,
}

/// Whether an act may be recorded, and as what facts.
///
/// # Errors
/// The refusal, with every reason at once.
pub fn decide(act: &Act, ground: &Ground) -> Result<Vec<Fact>, Refusal> {
    consider(act, ground).answer()
}

/// What an act comes to: everything that refuses it, what is worth a second look, and its facts.
#[must_use]
pub fn consider(act: &Act, ground: &Ground) -> Consideration {
    let mut desk = Desk { on: act.on, ground, reasons: Reasons::default() };
    desk.check_day();
    let Desk { reasons, .. } = &mut desk;
    if let Change::Open(opened) = &act.change {
        return units::open(desk, opened);
    }
    let Some(here) = &ground.here else {
        reasons.find(OfficeRule::UnitUnknown, "unit", &[]);
        return desk.reasons.answer(Vec::new);
    };
    if !here.unit.is_open {
        desk.closed(&here.unit, "unit");
        return desk.reasons.answer(Vec::new);
    }
    match &act.change {
        Change::Open(opened) => units::open(desk, opened),
        Change::Rename(changed) => units::rename(desk, here, changed),
        Change::MoveUnder(moved) => units::move_under(desk, here, moved),
        Change::Merge(merged) => ends::merge(desk, here, merged),
        Change::Split(split) => ends::split(desk, here, split),
        Change::Close(closed) => ends::close(desk, here, closed),
        Change::AssignPost(post) => posts::assign(desk, here, post),
        Change::EndPost(ended) => posts::end(desk, here, ended),
        Change::FormGroup(formed) => posts::form_group(desk, here, formed),
    }
}

/// What the size of a unit gives reason to look at. These never refuse: with an approval from above a
/// smaller or larger unit is lawful.
#[must_use]
pub fn sizes(place: &Place) -> Vec<Finding> {
    let mut reasons = Reasons::default();
    judge_size(&mut reasons, &place.unit, place.unit.kind, place.n_full(), place.n_members);
    reasons.all()
}

fn judge_size(reasons: &mut Reasons, unit: &Unit, kind: UnitKind, n_full: u32, n_members: i64) {
    let figures = figures();
    let named = ("unit", words(&unit.name));
    let below_usual = |reasons: &mut Reasons, least: u32| {
        if n_members < i64::from(least) {
            let n = ("n", At::Number(n_members));
            let least = ("least", At::Number(least.into()));
            let kind = ("kind", words(&unit_kind(kind)));
            reasons.find(OfficeRule::BelowUsual, "unit", &[named.clone(), kind, n, least]);
        }
    };
    match kind {
        UnitKind::Branch | UnitKind::JointBranch => {
            if n_full < figures.branch_full_members {
                let n = ("n", At::Number(n_full.into()));
                let least = ("least", At::Number(figures.branch_full_members.into()));
                reasons.find(OfficeRule::Small, "unit", &[named.clone(), n, least]);
            }
            if n_members > i64::from(figures.branch_members_usual) {
                let n = ("n", At::Number(n_members));
                let most = ("most", At::Number(figures.branch_members_usual.into()));
                reasons.find(OfficeRule::Large, "unit", &[named, n, most]);
            }
        }
        UnitKind::GeneralBranch => below_usual(reasons, figures.general_branch_members),
        UnitKind::Committee => below_usual(reasons, figures.committee_members),
        UnitKind::Nation
        | UnitKind::Province
        | UnitKind::City
        | UnitKind::County
        | UnitKind::WorkCommittee
        | UnitKind::Town
        | UnitKind::ProvisionalBranch
        | UnitKind::LeadingGroup => {}
    }
}

/// The desk on which an act is checked.
struct Desk<'a> {
    on: Date,
    ground: &'a Ground,
    reasons: Reasons,
}

impl Desk<'_> {
    fn find(&mut self, rule: OfficeRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    fn closed(&mut self, unit: &Unit, field: &str) {
        self.find(OfficeRule::UnitClosed, field, &[("unit", words(&unit.name))]);
    }

    fn check_day(&mut self) {
        let today = self.ground.now.today;
        if self.on > today {
            let values = [("day", At::Day(self.on)), ("today", At::Day(today))];
            self.find(OfficeRule::TreeFuture, "on", &values);
        }
        let opened =
            [&self.ground.here, &self.ground.there].into_iter().flatten().map(|place| place.opened_on);
        if let Some(opened) = opened.max().filter(|&opened| self.on < opened) {
            let values = [("day", At::Day(self.on)), ("opened", At::Day(opened))];
            self.find(OfficeRule::BeforeOpening, "on", &values);
        }
    }

    fn check_approval(&mut self, approval: &str) {
        if approval.trim().is_empty() {
            self.find(OfficeRule::Approval, "approval", &[]);
        }
    }

    fn check_name(&mut self, name: &Text) {
        if name.zh.trim().is_empty() || name.en.trim().is_empty() {
            self.find(OfficeRule::UnitName, "name", &[]);
        }
    }

    /// The other unit, if it can take part: it is on the tree, open, not the unit itself nor below it.
    fn other(&mut self, here: &Place, field: &str) -> Option<Place> {
        let Some(there) = self.ground.there.clone() else {
            self.find(OfficeRule::UnitUnknown, field, &[]);
            return None;
        };
        if there.unit.id == here.unit.id {
            self.find(OfficeRule::Itself, field, &[]);
            return None;
        }
        if !there.unit.is_open {
            self.closed(&there.unit, field);
        }
        Some(there)
    }

    fn check_cycle(&mut self, moved: UnitId, there: &Place, field: &str) {
        if there.unit.id == moved || there.above.contains(&moved) {
            self.find(OfficeRule::Cycle, field, &[("unit", words(&there.unit.name))]);
        }
    }

    fn check_kind(&mut self, kind: UnitKind, above: UnitKind, field: &str) {
        if !above.allowed_children().contains(&kind) {
            let values = [("kind", words(&unit_kind(kind))), ("above", words(&unit_kind(above)))];
            self.find(OfficeRule::ParentKind, field, &values);
        }
    }
}

#[cfg(test)]
mod tests;
