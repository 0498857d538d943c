//! Whether an act may be recorded, and as what. Pure: the file, its setting, the act and the moment
//! are handed in; out come facts, or a refusal with every reason at once. Rules of the paper live in
//! the rulebooks, wording of the other checks in `rulebooks/acts.toml`; late entry is explained in
//! `docs/decisions/0006-late-entry.md`.

mod amend;
mod ballots;
mod checking;
mod competence;
mod entry;
mod facts;
mod judgement;
mod order;
mod papers;
mod people;
mod rules;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::case::{Candidate, Case, Change, EntryMode, Recorded};
use crate::dates::{Instant, Moment, Precision};
use crate::event::Fact;
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::ids::{AccountId, CaseId, EventId, PersonId, UnitId};
use crate::person::Stage;
use crate::refusal::Refusal;
use crate::rulebook::Rulebooks;
use crate::unit::UnitKind;

pub use crate::case::Entry;
pub use entry::{Grace, lateness};
pub(crate) use order::{described_on, is_asked_for, open_steps};
pub use papers::{paper_of_step, required_paper};
pub use rules::ActRule;

use checking::Checking;

/// Something that somebody wants to record in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The day it happened, as claimed.
    pub on: Date,
    /// How exactly that day is known.
    pub precision: Precision,
    /// How it comes to be entered.
    pub entry: Entry,
    /// The papers that prove it.
    pub evidence: Vec<Evidence>,
    /// Earlier events and papers that it rests on.
    pub cites: Vec<EventId>,
    /// What happened. Values that follow from the file or the roster may be left out; the decision
    /// writes them.
    pub change: Change,
}

impl Act {
    /// An act of a day, entered live and without papers.
    pub fn new(on: Date, change: impl Into<Change>) -> Self {
        Act {
            on,
            precision: Precision::Day,
            entry: Entry::live(),
            evidence: Vec::new(),
            cites: Vec::new(),
            change: change.into(),
        }
    }

    /// The same with papers.
    #[must_use]
    pub fn proved_by(self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        Act { evidence: evidence.into_iter().collect(), ..self }
    }

    /// The same, entered in another way.
    #[must_use]
    pub fn entered(self, entry: Entry) -> Self {
        Act { entry, ..self }
    }

    /// Whether every rule refuses; history is written down as it was.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self.entry.mode {
            EntryMode::Live => true,
            EntryMode::BackFill | EntryMode::Legacy => false,
        }
    }
}

/// What a decision must know beyond the file, looked up beforehand.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// The editions, packs and working days.
    pub books: &'a Rulebooks,
    /// The person of the file and the packs of the unit.
    pub candidate: Candidate,
    /// The units named in the act, and the one that keeps the file, as of the day of the act.
    pub units: BTreeMap<UnitId, UnitFacts>,
    /// The persons named in the act, as of its day.
    pub people: BTreeMap<PersonId, PersonFacts>,
    /// Who acts.
    pub actor: AccountId,
    /// Until when running files may be taken over; none when that time is over.
    pub legacy_until: Option<Date>,
    /// The person's other files, and whether each is closed.
    pub other_cases: BTreeMap<CaseId, bool>,
}

impl<'a> Setting<'a> {
    /// A setting that names nobody yet.
    #[must_use]
    pub fn new(books: &'a Rulebooks, candidate: Candidate, actor: AccountId) -> Self {
        Setting {
            books,
            candidate,
            units: BTreeMap::new(),
            people: BTreeMap::new(),
            actor,
            legacy_until: None,
            other_cases: BTreeMap::new(),
        }
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        self.books.calendar()
    }
}

/// What a decision asks of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitFacts {
    /// Kind of organisation.
    pub kind: UnitKind,
    /// Kind of the organisation above.
    pub parent: Option<UnitKind>,
    /// Full members, where the roster is kept here.
    pub n_full: Option<u32>,
    /// Members with a vote, where the roster is kept here.
    pub n_voting: Option<u32>,
    /// Whether a branch has a committee, where known.
    pub has_committee: Option<bool>,
    /// A general branch that a county or higher committee authorised to approve (1990 rules only).
    pub is_authorised: bool,
}

impl UnitFacts {
    /// Facts of a unit whose roster is not kept here.
    #[must_use]
    pub fn of(kind: UnitKind, parent: Option<UnitKind>) -> Self {
        UnitFacts { kind, parent, n_full: None, n_voting: None, has_committee: None, is_authorised: false }
    }
}

/// What a decision asks of a person named in an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFacts {
    /// Name, as shown.
    pub name: String,
    /// Where the person stands.
    pub stage: Stage,
    /// Start of the standing as a full member.
    pub full_since: Option<Date>,
    /// On probation within the Party (留党察看), rights not restored.
    pub is_under_sanction: bool,
    /// The unit whose roster the person is on.
    pub unit: UnitId,
}

/// What a decision came to: all findings, and the facts that would be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consideration {
    /// Findings that refuse the act.
    pub refusing: Vec<Finding>,
    /// Findings that are noted with it: warnings, and what history broke.
    pub noted: Vec<Finding>,
    facts: Vec<Fact>,
}

impl Consideration {
    pub(crate) fn new(refusing: Vec<Finding>, noted: Vec<Finding>, facts: Vec<Fact>) -> Self {
        Consideration { refusing, noted, facts }
    }

    /// The answer.
    ///
    /// # Errors
    /// The refusal, if anything refuses.
    pub fn answer(self) -> Result<Vec<Fact>, Refusal> {
        match self.refusing.is_empty() {
            true => Ok(self.facts),
            false => Err(Refusal { findings: self.refusing }),
        }
    }
}

/// The facts to be recorded for an act, or why it cannot be recorded.
///
/// # Errors
/// Every reason at once; nothing is to be recorded then.
pub fn decide(case: &Case, setting: &Setting<'_>, act: &Act, now: Moment) -> Result<Vec<Fact>, Refusal> {
    consider(case, setting, act, now).answer()
}

/// The same with the findings that do not refuse, for a form to show before it is sent.
#[must_use]
pub fn consider(case: &Case, setting: &Setting<'_>, act: &Act, now: Moment) -> Consideration {
    let mut checking = Checking::new(case, setting, act, now);
    entry::check(&mut checking);
    order::check(&mut checking);
    competence::check(&mut checking);
    people::check(&mut checking);
    papers::check(&mut checking);
    ballots::check(&mut checking);
    amend::check(&mut checking);
    let completed = facts::complete(&checking);
    // Findings on the paper presuppose a file that can take the act at all.
    if !checking.has_firm() {
        let after = with_act(case, act, &completed, &checking, now);
        judgement::check(&mut checking, &after);
    }
    let (refusing, noted) = checking.answer();
    let facts = facts::build(case, act, completed, &noted);
    Consideration { refusing, noted, facts }
}

/// The file as it would be after the act.
fn with_act(case: &Case, act: &Act, completed: &Change, checking: &Checking<'_>, now: Moment) -> Case {
    let mut after = case.clone();
    // The identity is never recorded; it only has to differ from those in the log.
    let event_id = EventId([0xff; 16]);
    after.apply(Recorded {
        event_id,
        fact: facts::fact(case, act, completed.clone(), Vec::new()),
        recorded_at: Instant(now.at.0),
        recorded_on: now.today,
        lateness: checking.lateness,
        actor: checking.setting.actor,
    });
    after
}
