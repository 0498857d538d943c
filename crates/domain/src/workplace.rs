//! The register of workplaces (单位名录): enterprises, villages, institutions, associations, intermediaries
//! and their departments, workshops, teams and villager groups, with or without members; and the ladder
//! that each climbs, from a blank spot to an organisation of its own.
//!
//! A unit of the tree is an organisation; a workplace is where people work or live, whether or not one has
//! been founded there. As everywhere a decision is a pure function of what was looked up ([`Ground`]) and
//! says every reason at once; wording and triggers stand in `rulebooks/coverage.toml`.

mod charges;
mod code;
mod event;
mod ladder;
mod placing;
mod register;
mod rules;
mod settings;

use jiff::civil::Date;

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::{PersonId, UnitId, WorkplaceId};
use crate::offices::words;
use crate::refusal::Refusal;
use crate::unit::Unit;

pub use code::{CodeFault, check_code, organisation_check};
pub use event::{
    Charge, Ownership, Particulars, PersonPlaced, Scale, WorkplaceChanged, WorkplaceClosed, WorkplaceCounted,
    WorkplaceEntrusted, WorkplaceKind, WorkplaceListed, WorkplaceMoved, WorkplaceOrganised,
    WorkplaceRelieved, WorkplaceVisited, WorkplacesImported,
};
pub use ladder::{Class, Gap, Sight, Standing, Step, gaps, is_due_an_organisation, step};
pub use placing::{Placed, place};
pub use rules::{GAPS, WorkplaceRule};
pub use settings::{Settings, Trigger, settings};

/// A workplace as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workplace {
    /// Identity.
    pub id: WorkplaceId,
    /// The unit of the tree that answers for it.
    pub unit: UnitId,
    /// The workplace that it is a part of.
    pub parent: Option<WorkplaceId>,
    /// What the register says of it.
    pub particulars: Particulars,
    /// The day it came into the register.
    pub listed_on: Date,
    /// The day it was closed.
    pub closed_on: Option<Date>,
    /// The organisation that covers it, and whether that is a joint one.
    pub organisation: Option<(UnitId, bool)>,
    /// Applicants listed as activists, and development targets, who work there or in a part of it.
    pub n_activists: i64,
    /// Probationary and full members.
    pub n_members: i64,
    /// Of them, full members.
    pub n_full: i64,
    /// How far it has come.
    pub step: Step,
    /// Number of events about it.
    pub version: i64,
}

/// Somebody charged with a workplace: its contact, its instructor, or whoever answers for a blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// Number within the workplace, from 1.
    pub number: i64,
    /// As what.
    pub charge: Charge,
    /// Who.
    pub person: PersonId,
    /// Number of the letter of dispatch; blank for a charge that needs none.
    pub letter: String,
    /// First day.
    pub from_on: Date,
    /// Last day of the term, where there is one.
    pub until_on: Option<Date>,
    /// The day from which somebody was relieved of it.
    pub ended_on: Option<Date>,
}

impl Charged {
    /// Whether the charge is still held by the record.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.ended_on.is_none()
    }
}

/// Somebody who is to be charged with a workplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub person: PersonId,
    /// Whether the person is a full member.
    pub is_full: bool,
    /// Voting right is suspended.
    pub is_under_sanction: bool,
}

/// Charging somebody with a workplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrust {
    /// As what.
    pub charge: Charge,
    /// Who.
    pub person: PersonId,
    /// Number of the letter of dispatch.
    pub letter: String,
    /// Last day of the term.
    pub until_on: Option<Date>,
}

/// Something that somebody wants to record about a workplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The day it happened, as claimed.
    pub on: Date,
    /// What.
    pub change: Change,
}

/// What is done to a workplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Entering it in the register, alone or as a part of another.
    List {
        /// The workplace that it is a part of.
        parent: Option<WorkplaceId>,
        /// What the register is to say.
        particulars: Particulars,
    },
    /// Another name or other figures, or putting right what was written down wrongly.
    Alter {
        /// What the register says from now on.
        particulars: Particulars,
        /// The entry was wrong, rather than the place another.
        is_correction: bool,
        /// Why.
        reason: String,
    },
    /// Another unit answers for it.
    Move {
        /// The unit from now on.
        to: UnitId,
        /// Why.
        reason: String,
    },
    /// It is no more.
    Close {
        /// Why.
        reason: String,
    },
    /// Charging somebody with it.
    Entrust(Entrust),
    /// Ending a charge.
    Relieve {
        /// Its number.
        number: i64,
        /// Why.
        reason: String,
    },
    /// A visit of somebody charged with it.
    Visit {
        /// The number of the charge.
        number: i64,
        /// What was done.
        note: String,
    },
    /// An organisation covers it from now on; none when it no longer does.
    Organise {
        /// The organisation.
        organisation: Option<UnitId>,
        /// The approval it rests on.
        approval: String,
    },
    /// The year's count of key posts and of the members who hold them.
    Count {
        /// The calendar year.
        year: i16,
        /// Key posts.
        n_posts: i64,
        /// Of them, held by members.
        n_members: i64,
    },
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The unit that answers for it, or is to; with the day it was opened.
    pub unit: Option<Unit>,
    /// The workplace; none for a new one.
    pub here: Option<Workplace>,
    /// The workplace that it is a part of, or is to be.
    pub parent: Option<Workplace>,
    /// Open parts of it.
    pub n_parts: i64,
    /// People who are entered as working there or in its parts.
    pub n_placed: i64,
    /// The open workplace that has the code which the act gives.
    pub code_owner: Option<WorkplaceId>,
    /// Everybody who was ever charged with it.
    pub charged: Vec<Charged>,
    /// The person whom the act names, if on a roster.
    pub holder: Option<Holder>,
    /// The organisation that the act names.
    pub organisation: Option<Unit>,
    /// A free identity.
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
    if let Change::List { parent, particulars } = &act.change {
        return register::list(desk, *parent, particulars);
    }
    let Some(here) = &ground.here else {
        desk.find(WorkplaceRule::Unknown, "workplace", &[]);
        return desk.reasons.answer(Vec::new);
    };
    if let Some(day) = here.closed_on {
        let values = [("name", words(&here.particulars.name)), ("day", At::Day(day))];
        desk.find(WorkplaceRule::Closed, "workplace", &values);
        return desk.reasons.answer(Vec::new);
    }
    match &act.change {
        Change::List { parent, particulars } => register::list(desk, *parent, particulars),
        Change::Alter { particulars, is_correction, reason } => {
            register::alter(desk, here, particulars, (*is_correction, reason))
        }
        Change::Move { to, reason } => register::move_to(desk, here, *to, reason),
        Change::Close { reason } => register::close(desk, here, reason),
        Change::Entrust(entrust) => charges::entrust(desk, here, entrust),
        Change::Relieve { number, reason } => charges::relieve(desk, here, *number, reason),
        Change::Visit { number, note } => charges::visit(desk, here, *number, note),
        Change::Organise { organisation, approval } => charges::organise(desk, here, *organisation, approval),
        Change::Count { year, n_posts, n_members } => {
            register::count(desk, here, (*year, *n_posts, *n_members))
        }
    }
}

/// Everything wrong with what an entry of the register is to say, by field; for a row of a file, which is
/// judged before anything is known of its neighbours.
#[must_use]
pub fn faults(particulars: &Particulars, parent: Option<WorkplaceKind>) -> Vec<crate::finding::Finding> {
    let mut reasons = Reasons::default();
    register::check(&mut reasons, particulars, parent);
    reasons.all()
}

/// The desk on which an act is checked.
struct Desk<'a> {
    on: Date,
    ground: &'a Ground,
    reasons: Reasons,
}

impl Desk<'_> {
    fn find(&mut self, rule: WorkplaceRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    fn check_day(&mut self) {
        let today = self.ground.now.today;
        if self.on > today {
            let values = [("day", At::Day(self.on)), ("today", At::Day(today))];
            self.find(WorkplaceRule::Future, "on", &values);
        }
        let listed = [&self.ground.here, &self.ground.parent].into_iter().flatten().map(|it| it.listed_on);
        if let Some(listed) = listed.max().filter(|&listed| self.on < listed) {
            let values = [("day", At::Day(self.on)), ("listed", At::Day(listed))];
            self.find(WorkplaceRule::BeforeListing, "on", &values);
        }
    }

    fn check_reason(&mut self, reason: &str) {
        if reason.trim().is_empty() {
            self.find(WorkplaceRule::Reason, "reason", &[]);
        }
    }

    fn check_unit(&mut self, field: &str) {
        match self.ground.unit.clone() {
            None => self.find(WorkplaceRule::UnitUnknown, field, &[]),
            Some(unit) if !unit.is_open => {
                self.find(WorkplaceRule::UnitClosed, field, &[("unit", words(&unit.name))]);
            }
            Some(_) => {}
        }
    }

    fn fact(&self, here: &Workplace, event: impl Into<crate::event::Event>) -> Fact {
        Fact::of_unit(here.unit, self.on, event)
    }
}

#[cfg(test)]
mod tests;
