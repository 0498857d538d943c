//! Courses, examinations and certificates. What a decision needs is looked up inside the transaction
//! that records it. A paper is drawn and sealed in that transaction too: its text leaves the key of the
//! site only at the minute at which it opens everywhere.

mod certificates;
mod ground;
mod papers;
mod reading;
mod sheets;

use domain::access::{Action, Relation, Resource};
use domain::dates::{Instant, Moment};
use domain::ids::{CohortId, PersonId, UnitId};
use domain::schooling::{Act, BankAct, BankGround, Draw, QuestionKind, Terms, decide, decide_bank};

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{Actor, CommandId, Receipt, Store, StoreError, Tx, schooling, units};

pub use certificates::{CheckError, Checked, Issued, Paid, check_certificate};
pub use reading::{CohortView, ExamRow, LearnerLine, Sheet, YearPlan};
pub use sheets::{Attendance, QuestionSheet, SheetProblem, key_of, question_template, read_questions};

/// A paper to be drawn and sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// For those who did not pass an earlier one.
    pub is_resit: bool,
    /// The one minute at which it opens everywhere.
    pub opens_at: Instant,
    /// Minutes to write.
    pub minutes: i64,
    /// How many questions of which kind.
    pub draws: Vec<Draw>,
    /// The number from which they are drawn.
    pub seed: u64,
}

impl Wish {
    /// A number that nobody knows beforehand.
    #[must_use]
    pub fn any_seed() -> u64 {
        let mut bytes = [0; 8];
        crate::store::keys::random(&mut bytes);
        u64::from_be_bytes(bytes)
    }
}

impl Store {
    /// Opens a course of a unit.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn open_cohort(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        unit: UnitId,
        terms: Terms,
    ) -> Result<CohortId, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(schooling::opened_at(&mut tx.connection, &mut tx.keys, receipt.first_seq)?);
            }
            permit(tx, actor, now, unit, &[])?;
            let ground = ground::of_opening(tx, actor, now, unit)?;
            let facts = decide(&Act::Open(terms), &ground)?;
            tx.append(actor, now, command, &facts)?;
            Ok(CohortId(ground.free))
        })
    }

    /// Records an act on a course. `seen` is its version when it was looked at; acts of somebody who sits
    /// an examination need none, because their own answers are compared.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when the course
    /// went on since it was seen; or the store's own failures. Nothing is recorded then.
    pub fn act_on_cohort(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (cohort, seen): (CohortId, Option<i64>),
        act: Act,
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let known = schooling::cohort(&mut tx.connection, cohort)?.ok_or(StoreError::Missing)?;
            match sitter(&act) {
                Some(person) => permit_sitter(tx, actor, now, person)?,
                None => permit(tx, actor, now, known.unit, &concerned(&act))?,
            }
            if seen.is_some_and(|seen| seen != known.version) {
                return Err(StoreError::Changed.into());
            }
            let ground = ground::of_act(tx, actor, now, known, &act)?;
            let facts = decide(&act, &ground)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    /// Draws a paper from the bank of the organiser and seals it.
    ///
    /// # Errors
    /// As [`Store::act_on_cohort`].
    pub fn seal_exam(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (cohort, seen): (CohortId, i64),
        wish: Wish,
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let known = schooling::cohort(&mut tx.connection, cohort)?.ok_or(StoreError::Missing)?;
            permit(tx, actor, now, known.unit, &[])?;
            if seen != known.version {
                return Err(StoreError::Changed.into());
            }
            let (sealed, shortages) = papers::seal(tx, command, &known, &wish)?;
            let act = Act::Seal(Box::new(sealed), shortages);
            let ground = ground::of_act(tx, actor, now, known, &act)?;
            let facts = decide(&act, &ground)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    /// Records an act on the bank of a unit.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn act_on_bank(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        unit: UnitId,
        act: BankAct,
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            permit(tx, actor, now, unit, &[])?;
            let known = schooling::bank(&mut tx.connection, unit)?;
            let free = schooling::free_question(&mut tx.connection)?;
            let facts = decide_bank(&act, &BankGround { now, unit, known, free })?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }
}

/// Whoever sits acts for nobody else.
fn sitter(act: &Act) -> Option<PersonId> {
    match act {
        Act::Begin(_, person) | Act::HandIn(_, person) => Some(*person),
        Act::Save(save) => Some(save.person),
        Act::Open(_)
        | Act::Plan(_)
        | Act::Enrol(_)
        | Act::Withdraw(..)
        | Act::Attend(_)
        | Act::Seal(..)
        | Act::EnterPaper(..)
        | Act::Extend(..)
        | Act::Mark(..)
        | Act::Issue(_)
        | Act::Void(..) => None,
    }
}

/// Everybody named in an act.
fn concerned(act: &Act) -> Vec<PersonId> {
    match act {
        Act::Enrol(people) | Act::Issue(people) => people.clone(),
        Act::Attend(sheet) => sheet.iter().map(|(_, person, _)| *person).collect(),
        Act::Withdraw(person, _)
        | Act::Begin(_, person)
        | Act::HandIn(_, person)
        | Act::EnterPaper(_, person, _)
        | Act::Extend(_, person, ..)
        | Act::Mark(_, person, ..) => vec![*person],
        Act::Save(save) => vec![save.person],
        Act::Open(_) | Act::Plan(_) | Act::Seal(..) | Act::Void(..) => Vec::new(),
    }
}

/// Whether whoever acts holds courses for a unit, and none of the people is the one who acts.
fn permit(tx: &mut Tx, actor: Actor, now: Moment, unit: UnitId, people: &[PersonId]) -> Result<(), ActError> {
    let own = authority::acting(&mut tx.connection, actor)?.and_then(|(account, _)| account.person);
    let is_self = own.is_some_and(|own| people.contains(&own));
    let unit = units::unit(&mut tx.connection, unit)?.ok_or(StoreError::Missing)?;
    let relation = Relation { is_self, ..Relation::default() };
    let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
    authority::permit(&mut tx.connection, actor, Action::RunSchooling, &resource, now.today)
}

/// Whether whoever acts is the one who sits.
fn permit_sitter(tx: &mut Tx, actor: Actor, now: Moment, person: PersonId) -> Result<(), ActError> {
    let own = authority::acting(&mut tx.connection, actor)?.and_then(|(account, _)| account.person);
    let unit = units::unit(&mut tx.connection, actor.unit)?.ok_or(StoreError::Missing)?;
    let relation = Relation { is_self: own == Some(person), ..Relation::default() };
    let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
    authority::permit(&mut tx.connection, actor, Action::SitExam, &resource, now.today)
}

/// What stands in the form of a new paper: so many questions of each kind.
#[must_use]
pub fn usual_draws() -> Vec<Draw> {
    let n = |kind, n| Draw { kind, subject: None, n };
    vec![
        n(QuestionKind::Single, 10),
        n(QuestionKind::Multiple, 5),
        n(QuestionKind::TrueFalse, 5),
        n(QuestionKind::Short, 2),
        n(QuestionKind::Essay, 1),
    ]
}

#[cfg(test)]
mod tests;
