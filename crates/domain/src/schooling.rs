//! Schooling: courses held for one class of learners, with one examination, one paper and one time for a
//! whole cohort, and certificates for those who passed. Marks concern answers to questions, never what a
//! person thinks; nobody is ranked.
//!
//! As everywhere a decision is a pure function of what was looked up ([`Ground`]), and says every reason
//! at once; wording stands in `rulebooks/schooling.toml`.

mod bank;
mod certificate;
mod checks;
mod course;
mod event;
mod exam;
mod marking;
mod paper;
mod rules;

use std::collections::BTreeMap;

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::{AccountId, CohortId, PersonId};
use crate::offices::words;
use crate::refusal::Refusal;
use crate::unit::Unit;

pub use bank::{BankAct, BankGround, Known, decide_bank};
pub use certificate::{Claim, ClaimError};
pub use checks::{hours_done, plan_findings, review};
pub use event::{
    Answers, CertificateIssued, CertificateVoided, CohortAttended, CohortEnrolled, CohortOpened,
    CohortPlanned, CohortWithdrawn, Content, ExamBegun, ExamExtended, ExamHandedIn, ExamMarked, ExamSaved,
    ExamSealed, Gathering, LearnerClass, MarkRound, Medium, Mode, Question, QuestionEntered, QuestionKind,
    QuestionRetired, Session, Subject, Terms,
};
pub use marking::{ItemFigures, Outcome, figures, mark_closed, outcome};
pub use paper::{Draw, Item, Shortage, Text as PaperText, draw};
pub use rules::SchoolRule;

/// A cohort as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// Identity.
    pub id: CohortId,
    /// The unit that organises it.
    pub unit: crate::ids::UnitId,
    /// What was settled, with the sessions as planned last.
    pub terms: Terms,
    /// Its papers, the first one first; later ones are re-sits.
    pub papers: Vec<Paper>,
    /// Number of its events that everybody shares; answers of one sitter are not among them.
    pub version: i64,
}

/// A sealed paper.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Paper {
    /// Number within the cohort, from 1.
    pub number: i64,
    /// The event that sealed it.
    pub event: crate::ids::EventId,
    /// What it says, but for the text.
    pub sealed: ExamSealed,
}

impl Paper {
    /// The minute at which everybody may stop reading it as a secret.
    #[must_use]
    pub fn is_open(&self, now: Moment) -> bool {
        now.at >= self.sealed.opens_at
    }

    /// The instant after which a sitter with so many minutes more may not write any more.
    #[must_use]
    pub fn ends_at(&self, extra_minutes: i64) -> crate::dates::Instant {
        let minutes = self.sealed.minutes.saturating_add(extra_minutes);
        crate::dates::Instant(self.sealed.opens_at.0.saturating_add(minutes.saturating_mul(60_000)))
    }
}

/// A participant of a cohort.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Learner {
    /// Who.
    pub person: PersonId,
    /// The admission file from which the person was enrolled.
    pub case: crate::ids::CaseId,
    /// The day of enrolment.
    pub enrolled_on: jiff::civil::Date,
    /// The day on which the person left the cohort.
    pub withdrawn_on: Option<jiff::civil::Date>,
    /// Class hours attended, by session; 0 for an absence that was noted.
    pub attended: BTreeMap<i64, i64>,
}

/// One person's sitting of a paper; the answers themselves stay sealed in the record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sitting {
    /// Who sits.
    pub person: PersonId,
    /// Number of the paper.
    pub paper: i64,
    /// On screen or on paper.
    pub medium: Medium,
    /// When it was begun.
    pub begun_at: crate::dates::Instant,
    /// Minutes given beyond the common end.
    pub extra_minutes: i64,
    /// When it was handed in.
    pub handed_in_at: Option<crate::dates::Instant>,
    /// How often answers were saved.
    pub n_saves: i64,
    /// Marks of written answers.
    pub marks: Vec<ExamMarked>,
}

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The unit that issued it.
    pub unit: crate::ids::UnitId,
    /// Whose it is.
    pub person: PersonId,
    /// What it says.
    pub issued: CertificateIssued,
    /// The day it was issued.
    pub issued_on: jiff::civil::Date,
    /// The day on which it was found void.
    pub voided_on: Option<jiff::civil::Date>,
}

/// Somebody who might learn, looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The name, for the wording of a finding.
    pub name: String,
    /// The running admission file, if there is one.
    pub case: Option<crate::ids::CaseId>,
    /// The class by that file.
    pub class: Option<LearnerClass>,
    /// The file is kept below the organiser.
    pub is_in_scope: bool,
}

/// Answers to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// Number of the paper.
    pub paper: i64,
    /// Who sits.
    pub person: PersonId,
    /// Every answer, by the number of its item.
    pub answers: Answers,
    /// How often answers had been saved when the page was loaded.
    pub seen: i64,
}

/// What somebody wants to record of a cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A course is opened.
    Open(Terms),
    /// Its sessions are planned anew.
    Plan(Vec<Session>),
    /// People take part.
    Enrol(Vec<PersonId>),
    /// Somebody leaves the cohort, with the reason.
    Withdraw(PersonId, String),
    /// Who attended: session, person, class hours.
    Attend(Vec<(i64, PersonId, i64)>),
    /// A paper is sealed.
    Seal(Box<ExamSealed>, Vec<Shortage>),
    /// Somebody begins to sit a paper on screen.
    Begin(i64, PersonId),
    /// Answers are saved.
    Save(Save),
    /// A sitting is over.
    HandIn(i64, PersonId),
    /// Closed answers from paper are entered, all at once.
    EnterPaper(i64, PersonId, Answers),
    /// More time for somebody: paper, person, minutes, reason.
    Extend(i64, PersonId, i64, String),
    /// Points for a written answer: paper, person, item, points.
    Mark(i64, PersonId, i64, i64),
    /// Certificates for people who passed.
    Issue(Vec<PersonId>),
    /// A certificate is void: year, serial, reason.
    Void(i16, i64, String),
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The unit that organises the cohort, or will.
    pub unit: Unit,
    /// The cohort; none for an opening.
    pub cohort: Option<Cohort>,
    /// A free number for a new cohort.
    pub free: i64,
    /// The least days and class hours of a short course by the rulebook in force.
    pub course: Option<(i64, i64)>,
    /// Everybody named in the act.
    pub people: BTreeMap<PersonId, Candidate>,
    /// Participants.
    pub learners: BTreeMap<PersonId, Learner>,
    /// Sittings of every paper.
    pub sittings: Vec<Sitting>,
    /// The items of the paper in question, once it may be read.
    pub items: Vec<Item>,
    /// The answers saved last by the person in question.
    pub saved: Option<Answers>,
    /// The person sits an examination of another cohort at this moment.
    pub sits_elsewhere: bool,
    /// The best result of each participant so far; none while marks are missing.
    pub results: BTreeMap<PersonId, (i64, Option<Outcome>)>,
    /// Certificates of the cohort, void ones too.
    pub certificates: Vec<Certificate>,
    /// The next number of the organiser in the year of recording.
    pub next_serial: i64,
    /// Who acts.
    pub actor: AccountId,
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
    if !ground.unit.is_open {
        reasons.find(SchoolRule::UnitClosed, "unit", &[("unit", words(&ground.unit.name))]);
    }
    if let Act::Open(terms) = act {
        return course::open(reasons, ground, terms);
    }
    let Some(cohort) = &ground.cohort else {
        reasons.find(SchoolRule::Unknown, "cohort", &[]);
        return reasons.answer(Vec::new);
    };
    let desk = Desk { reasons, ground, cohort };
    match act {
        Act::Open(terms) => course::open(desk.reasons, ground, terms),
        Act::Plan(sessions) => course::plan(desk, sessions),
        Act::Enrol(people) => course::enrol(desk, people),
        Act::Withdraw(person, reason) => course::withdraw(desk, *person, reason),
        Act::Attend(sheet) => course::attend(desk, sheet),
        Act::Seal(sealed, shortages) => exam::seal(desk, sealed, shortages),
        Act::Begin(paper, person) => exam::begin(desk, *paper, *person),
        Act::Save(save) => exam::save(desk, save),
        Act::HandIn(paper, person) => exam::hand_in(desk, *paper, *person),
        Act::EnterPaper(paper, person, answers) => exam::enter_paper(desk, *paper, *person, answers),
        Act::Extend(paper, person, minutes, reason) => {
            exam::extend(desk, *paper, *person, (*minutes, reason))
        }
        Act::Mark(paper, person, item, points) => marking::mark(desk, *paper, *person, (*item, *points)),
        Act::Issue(people) => certificate::issue(desk, people),
        Act::Void(year, serial, reason) => certificate::void(desk, *year, *serial, reason),
    }
}

/// The desk on which an act is checked.
struct Desk<'a> {
    reasons: Reasons,
    ground: &'a Ground,
    cohort: &'a Cohort,
}

impl<'a> Desk<'a> {
    fn find(&mut self, rule: SchoolRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    fn check_reason(&mut self, reason: &str) {
        if reason.trim().is_empty() {
            self.find(SchoolRule::Reason, "reason", &[]);
        }
    }

    fn name(&self, person: PersonId) -> (&'static str, At) {
        let known = self.ground.people.get(&person);
        ("name", At::Plain(known.map_or_else(|| person.to_string(), |known| known.name.clone())))
    }

    /// A participant who did not leave.
    fn learner(&mut self, person: PersonId, field: &str) -> Option<&'a Learner> {
        let found = self.ground.learners.get(&person).filter(|learner| learner.withdrawn_on.is_none());
        if found.is_none() {
            let name = self.name(person);
            self.find(SchoolRule::NotEnrolled, field, &[name]);
        }
        found
    }

    fn paper(&mut self, number: i64) -> Option<&'a Paper> {
        let found = self.cohort.papers.iter().find(|paper| paper.number == number);
        if found.is_none() {
            self.find(SchoolRule::NoPaper, "paper", &[]);
        }
        found
    }

    fn sitting(&self, paper: i64, person: PersonId) -> Option<&'a Sitting> {
        self.ground.sittings.iter().find(|sitting| sitting.paper == paper && sitting.person == person)
    }

    fn fact(&self, event: impl Into<crate::event::Event>) -> Fact {
        Fact::of_unit(self.cohort.unit, self.ground.now.today, event)
    }

    fn about(&self, person: PersonId, event: impl Into<crate::event::Event>) -> Fact {
        Fact::of_person(person, self.cohort.unit, self.ground.now.today, event)
    }
}

#[cfg(test)]
mod tests;
