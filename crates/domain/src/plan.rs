//! The plan of a year, negotiated: branches ask from below, the office proposes from above, units
//! accept, object or name another number, rounds follow until both sides sign, and the adopted plan is
//! frozen; afterwards there are only requests against it. Counts only; no person is in a plan.
//!
//! As everywhere a decision is a pure function of what was looked up ([`Ground`]), and says every reason
//! at once; wording stands in `rulebooks/plan.toml`, figures in `rulebooks/planning.toml`.

mod adopting;
mod alerts;
mod answering;
mod asking;
mod changing;
mod event;
mod opening;
mod proposing;
mod rules;
mod settings;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::ids::{PlanId, UnitId};
use crate::offices::words;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::unit::Unit;

pub use alerts::{Alert, AlertKind, UnitYear, alerts};
pub use event::{
    Allotted, AnswerKind, PlanAdopted, PlanAlertAnswered, PlanAlertSettled, PlanAnswered, PlanChangeDecided,
    PlanChangeRequested, PlanOpened, PlanProposed, PlanRequested, PlanSigned, Quota, Settled, ShareTarget,
    Terms, Weights,
};
pub use rules::PlanRule;
pub use settings::{Anomalies, Attribute, Cells, Settings, Start, Tag, Traits, settings};

use crate::house::Reasons;

/// A plan as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Identity.
    pub id: PlanId,
    /// The unit that makes it.
    pub unit: UnitId,
    /// The calendar year.
    pub year: i16,
    /// What was settled when it was opened.
    pub terms: Terms,
    /// The latest round; 0 while branches ask.
    pub round: i64,
    /// The day of adoption.
    pub adopted_on: Option<Date>,
    /// The units that answer and sign: those directly below the plan's own.
    pub parties: Vec<Party>,
    /// Whether the office signed the latest round.
    pub is_signed: bool,
    /// Number of its events.
    pub version: i64,
}

/// A unit that answers and signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: Text,
    /// Requests of branches in it.
    pub n_requests: i64,
    /// What it says to the latest round.
    pub answer: Option<AnswerKind>,
    /// Whether it signed the latest round.
    pub is_signed: bool,
}

/// A unit as a decision about its number sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The unit.
    pub unit: Unit,
    /// The units above, the nearest first.
    pub above: Vec<UnitId>,
    /// People who can lawfully be admitted within the year, by cell, with those who were.
    pub ready: Cells,
    /// Admitted within the year.
    pub n_used: i64,
    /// Its number in the latest round; after adoption its quota as it stands.
    pub n: Option<i64>,
    /// What it asked for last.
    pub asked: Option<(i64, Cells)>,
    /// Requests of its own for a change that nobody decided on yet.
    pub n_pending: i64,
}

impl Place {
    fn n_ready(&self) -> i64 {
        self.ready.values().sum()
    }
}

/// A request for a change that waits for its decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its number within the plan.
    pub number: i64,
    /// Places as they should be.
    pub to: i64,
    /// The unit that gives or takes the difference.
    pub other: Option<UnitId>,
    /// Whether it was decided on.
    pub is_decided: bool,
}

/// A request from below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// People asked for.
    pub n: i64,
    /// Of them, by cell, as far as said.
    pub cells: Cells,
    /// Why so many.
    pub reason: String,
}

/// A solved proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Every unit's number.
    pub shares: Vec<Allotted>,
    /// The unit above each unit but the plan's own.
    pub parents: BTreeMap<UnitId, UnitId>,
    /// Everyone by cell.
    pub cells: Cells,
    /// Numbers settled by hand.
    pub settled: Vec<Settled>,
    /// Whether places were allocated at all.
    pub is_solved: bool,
    /// What an independent computation finds wrong with the certificate.
    pub n_faults: usize,
    /// Digest and text of the question.
    pub instance: (String, String),
    /// Digest and text of the answer.
    pub certificate: (String, String),
}

/// What a unit says to its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is said.
    pub kind: AnswerKind,
    /// The number asked for instead.
    pub n: Option<i64>,
    /// Why.
    pub reason: String,
}

/// A change asked of the adopted plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRequest {
    /// Places as they should be.
    pub to: i64,
    /// The unit that gives or takes the difference.
    pub other: Option<UnitId>,
    /// Why.
    pub reason: String,
}

/// The decision on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDecision {
    /// Number of the request within the plan.
    pub number: i64,
    /// Whether it is granted.
    pub is_granted: bool,
    /// Why.
    pub reason: String,
}

/// What somebody wants to record of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A plan for a year.
    Open(i16, Terms),
    /// A branch asks for places.
    Ask(Request),
    /// The office proposes.
    Propose(Box<Proposal>),
    /// A unit answers.
    Answer(Answer),
    /// The office or a unit signs.
    Sign,
    /// The office adopts.
    Adopt,
    /// A unit asks for a change of the adopted plan.
    AskChange(ChangeRequest),
    /// The office decides on it.
    DecideChange(ChangeDecision),
    /// A unit gives its reason for an anomaly: which, and why.
    AnswerAlert(String, String),
    /// The level above closes it or takes it up: which, whether taken up, and why.
    SettleAlert(String, bool, String),
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The plan; none for an opening.
    pub plan: Option<Plan>,
    /// The unit that acts or is acted on; the plan's own for acts of the office.
    pub here: Option<Place>,
    /// The other unit of a change.
    pub there: Option<Place>,
    /// The unit whose plan it is, for an opening; with whether it has one for the year already.
    pub opening: Option<(Unit, bool)>,
    /// Quotas of every unit above and at the units of a change, as they stand.
    pub quotas: BTreeMap<UnitId, i64>,
    /// The request for a change that is decided on.
    pub pending: Option<Pending>,
    /// What is known of the alert: whether the unit answered, whether it was settled.
    pub alert: Option<(bool, bool)>,
    /// Digest of the certificate of the latest round.
    pub certificate_sha256: String,
    /// A free number: of a plan for an opening, of a request within the plan otherwise.
    pub free: i64,
}

impl Ground {
    /// A ground on which nothing is known.
    #[must_use]
    pub fn at(now: Moment) -> Self {
        Ground {
            now,
            plan: None,
            here: None,
            there: None,
            opening: None,
            quotas: BTreeMap::new(),
            pending: None,
            alert: None,
            certificate_sha256: String::new(),
            free: 1,
        }
    }
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
    let mut reasons = Reasons::default();
    if let Act::Open(year, terms) = act {
        return opening::open(reasons, ground, *year, terms);
    }
    let Some(plan) = &ground.plan else {
        reasons.find(PlanRule::Unknown, "plan", &[]);
        return reasons.answer(Vec::new);
    };
    let Some(here) = &ground.here else {
        reasons.find(PlanRule::UnitUnknown, "unit", &[]);
        return reasons.answer(Vec::new);
    };
    let desk = Desk { reasons, ground, plan, here };
    match act {
        Act::Open(year, terms) => opening::open(desk.reasons, ground, *year, terms),
        Act::Ask(request) => asking::ask(desk, request),
        Act::Propose(proposal) => proposing::propose(desk, proposal),
        Act::Answer(answer) => answering::answer(desk, answer),
        Act::Sign => answering::sign(desk),
        Act::Adopt => adopting::adopt(desk),
        Act::AskChange(request) => changing::ask(desk, request),
        Act::DecideChange(decision) => changing::decide(desk, decision),
        Act::AnswerAlert(alert, answer) => alerts::answer(desk, alert, answer),
        Act::SettleAlert(alert, is_escalated, reason) => alerts::settle(desk, alert, *is_escalated, reason),
    }
}

/// The desk on which an act is checked.
struct Desk<'a> {
    reasons: Reasons,
    ground: &'a Ground,
    plan: &'a Plan,
    here: &'a Place,
}

impl Desk<'_> {
    fn find(&mut self, rule: PlanRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    /// The unit must lie in the plan and be open.
    fn check_unit(&mut self) {
        let unit = &self.here.unit;
        let named = [("unit", words(&unit.name))];
        if unit.id != self.plan.unit && !self.here.above.contains(&self.plan.unit) {
            self.find(PlanRule::Outside, "unit", &named);
        }
        if !unit.is_open {
            self.find(PlanRule::UnitClosed, "unit", &named);
        }
    }

    fn check_reason(&mut self, reason: &str) {
        if reason.trim().is_empty() {
            self.find(PlanRule::Reason, "reason", &[]);
        }
    }

    fn check_running(&mut self) {
        if let Some(day) = self.plan.adopted_on {
            self.find(PlanRule::Adopted, "plan", &[("day", At::Day(day))]);
        }
    }

    fn check_round(&mut self) {
        if self.plan.round == 0 {
            self.find(PlanRule::NoRound, "plan", &[]);
        }
    }

    /// Late is noted, for ever, and does not refuse.
    fn note_late(&mut self, by: Date) -> bool {
        let today = self.ground.now.today;
        if today > by {
            self.find(PlanRule::Late, "plan", &[("day", At::Day(by)), ("today", At::Day(today))]);
        }
        today > by
    }

    /// Nobody asks for more than the people who can lawfully be admitted.
    fn check_ready(&mut self, n: i64, field: &str) {
        if n < 0 {
            self.find(PlanRule::Negative, field, &[("n", At::Number(n))]);
        }
        let n_ready = self.here.n_ready();
        if n > n_ready {
            let values = [
                ("unit", words(&self.here.unit.name)),
                ("n", At::Number(n)),
                ("ready", At::Number(n_ready)),
                ("year", At::Number(self.plan.year.into())),
            ];
            self.find(PlanRule::NotReady, field, &values);
        }
    }

    fn fact(&self, event: impl Into<crate::event::Event>) -> Fact {
        Fact::of_unit(self.here.unit.id, self.ground.now.today, event)
    }
}

#[cfg(test)]
mod tests;
