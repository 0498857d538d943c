//! What a decision about a course must know, looked up in the transaction that records it.

use std::collections::{BTreeMap, BTreeSet};

use domain::dates::Moment;
use domain::ids::{AccountId, CohortId, PersonId, UnitId};
use domain::person::Stage;
use domain::rulebook::Requirement;
use domain::schooling::{
    Act, Answers, Candidate, Cohort, Ground, Item, LearnerClass, Outcome, Sitting, outcome,
};
use domain::unit::Unit;
use jiff::civil::Date;

use super::{concerned, papers, sitter};
use crate::admission::setting::Parts;
use crate::rulebooks::books;
use crate::store::{Actor, Connection, StoreError, Tx, cases, particulars, roster, schooling, units};

pub(super) fn of_opening(tx: &mut Tx, actor: Actor, now: Moment, unit: UnitId) -> Result<Ground, StoreError> {
    let unit = units::unit(&mut tx.connection, unit)?.ok_or(StoreError::Missing)?;
    let free = schooling::free_cohort(&mut tx.connection)?;
    Ok(Ground { free, ..bare(actor, now, unit) })
}

fn bare(actor: Actor, now: Moment, unit: Unit) -> Ground {
    Ground {
        now,
        unit,
        cohort: None,
        free: 1,
        course: course_on(now.today),
        people: BTreeMap::new(),
        learners: BTreeMap::new(),
        sittings: Vec::new(),
        items: Vec::new(),
        saved: None,
        sits_elsewhere: false,
        results: BTreeMap::new(),
        certificates: Vec::new(),
        next_serial: 1,
        actor: actor.account.unwrap_or(AccountId(0)),
    }
}

/// The least days and class hours of a short course by the edition in force on a day.
pub(super) fn course_on(day: Date) -> Option<(i64, i64)> {
    books().on(day).rules.iter().find_map(|rule| {
        let Requirement::CourseLong { days, hours } = rule.requirement else { return None };
        Some((i64::from(days), i64::from(hours)))
    })
}

pub(super) fn of_act(
    tx: &mut Tx,
    actor: Actor,
    now: Moment,
    cohort: Cohort,
    act: &Act,
) -> Result<Ground, StoreError> {
    let unit = units::unit(&mut tx.connection, cohort.unit)?.ok_or(StoreError::Missing)?;
    let mut ground = bare(actor, now, unit);
    let origin = tx.log.origin.clone();
    let Parts { connection, keys } = tx.parts();
    if let Some(person) = sitter(act) {
        // One of two thousand who write: nothing is looked up about the others.
        let own = schooling::sittings_of(connection, person)?;
        ground.sits_elsewhere = sits_elsewhere(connection, &cohort, &own, now)?;
        let here = own.into_iter().filter(|(of, _)| *of == cohort.id);
        ground.sittings = here.map(|(_, sitting)| sitting).collect();
        ground.learners = schooling::learner(connection, cohort.id, person)?
            .map(|learner| (person, learner))
            .into_iter()
            .collect();
    } else {
        ground.learners = schooling::learners(connection, cohort.id)?;
        ground.sittings = schooling::sittings(connection, cohort.id)?;
    }
    for person in concerned(act).into_iter().collect::<BTreeSet<_>>() {
        let known = candidate(Parts { connection, keys }, &ground.unit, person)?;
        ground.people.extend(known.map(|known| (person, known)));
    }
    if let Some((number, person)) = paper_of(act)
        && let Some(paper) = cohort.papers.iter().find(|paper| paper.number == number)
    {
        ground.items = papers::open(keys, &origin, &cohort, paper, now)?.unwrap_or_default();
        ground.saved = schooling::answers(connection, keys, (cohort.id, number), person)?;
    }
    if matches!(act, Act::Seal(..) | Act::Issue(_) | Act::Void(..) | Act::Begin(..) | Act::EnterPaper(..)) {
        let sittings = ground.sittings.clone();
        ground.results = results(Parts { connection, keys }, &origin, &cohort, &sittings, now)?;
        ground.certificates = schooling::certificates(connection, cohort.id)?;
        ground.next_serial = schooling::next_serial(connection, cohort.unit, now.today.year())?;
    }
    Ok(Ground { cohort: Some(cohort), ..ground })
}

/// The paper and the person whose answers an act is about.
fn paper_of(act: &Act) -> Option<(i64, PersonId)> {
    match act {
        Act::Save(save) => Some((save.paper, save.person)),
        Act::EnterPaper(paper, person, _) | Act::Mark(paper, person, ..) => Some((*paper, *person)),
        Act::Open(_)
        | Act::Plan(_)
        | Act::Enrol(_)
        | Act::Withdraw(..)
        | Act::Attend(_)
        | Act::Seal(..)
        | Act::Begin(..)
        | Act::HandIn(..)
        | Act::Extend(..)
        | Act::Issue(_)
        | Act::Void(..) => None,
    }
}

/// Whether somebody still writes in an examination of another cohort.
fn sits_elsewhere(
    connection: &mut Connection,
    cohort: &Cohort,
    own: &[(CohortId, Sitting)],
    now: Moment,
) -> Result<bool, StoreError> {
    for (other, sitting) in own.iter().filter(|(of, it)| *of != cohort.id && it.handed_in_at.is_none()) {
        let other = schooling::cohort(connection, *other)?.ok_or(StoreError::Missing)?;
        let paper = other.papers.iter().find(|paper| paper.number == sitting.paper);
        if paper.is_some_and(|paper| now.at <= paper.ends_at(sitting.extra_minutes)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Somebody as a course sees the person; none who is not on a roster.
pub(super) fn candidate(
    parts: Parts<'_>,
    organiser: &Unit,
    person: PersonId,
) -> Result<Option<Candidate>, StoreError> {
    let Parts { connection, keys } = parts;
    let Some(row) = roster::row(connection, person)? else { return Ok(None) };
    let Some(known) = particulars::read(connection, keys, person)? else { return Ok(None) };
    let unit = units::unit(connection, row.unit)?.ok_or(StoreError::Missing)?;
    Ok(Some(Candidate {
        name: known.name,
        case: cases::running_of(connection, person)?.map(|file| file.case),
        class: class_of(row.stage),
        is_in_scope: (organiser.pre..=organiser.post).contains(&unit.pre),
    }))
}

/// The class of learners by where a person stands.
pub(super) fn class_of(stage: Stage) -> Option<LearnerClass> {
    match stage {
        Stage::Applicant => Some(LearnerClass::Applicant),
        Stage::Activist => Some(LearnerClass::Activist),
        Stage::Target => Some(LearnerClass::Target),
        Stage::None | Stage::Probationary | Stage::Full | Stage::Former => None,
    }
}

/// The stage that a class of learners is.
pub(super) fn stage_of(class: LearnerClass) -> Stage {
    match class {
        LearnerClass::Applicant => Stage::Applicant,
        LearnerClass::Activist => Stage::Activist,
        LearnerClass::Target => Stage::Target,
    }
}

/// A paper that is open, with everybody's answers.
pub(super) struct Written {
    pub(super) items: Vec<Item>,
    pub(super) answers: BTreeMap<PersonId, Answers>,
}

/// The papers of a cohort that are open, with the answers of some sittings.
pub(super) fn written(
    parts: Parts<'_>,
    origin: &str,
    cohort: &Cohort,
    sittings: &[Sitting],
    now: Moment,
) -> Result<BTreeMap<i64, Written>, StoreError> {
    let Parts { connection, keys } = parts;
    let mut open = BTreeMap::new();
    for paper in &cohort.papers {
        let Some(items) = papers::open(keys, origin, cohort, paper, now)? else { continue };
        let mut answers = BTreeMap::new();
        for sitting in sittings.iter().filter(|sitting| sitting.paper == paper.number) {
            let saved = schooling::answers(connection, keys, (cohort.id, paper.number), sitting.person)?;
            answers.insert(sitting.person, saved.unwrap_or_default());
        }
        open.insert(paper.number, Written { items, answers });
    }
    Ok(open)
}

/// What a sitting came to: none while it goes on, or while an answer waits to be marked.
pub(super) fn result(
    cohort: &Cohort,
    sitting: &Sitting,
    written: &BTreeMap<i64, Written>,
    now: Moment,
) -> Option<Outcome> {
    let paper = cohort.papers.iter().find(|paper| paper.number == sitting.paper)?;
    let is_over = sitting.handed_in_at.is_some() || now.at > paper.ends_at(sitting.extra_minutes);
    let open = written.get(&sitting.paper).filter(|_| is_over)?;
    let limits = (cohort.terms.pass_percent, cohort.terms.tolerance_percent);
    outcome(&open.items, sitting, open.answers.get(&sitting.person)?, limits)
}

fn results(
    parts: Parts<'_>,
    origin: &str,
    cohort: &Cohort,
    sittings: &[Sitting],
    now: Moment,
) -> Result<BTreeMap<PersonId, (i64, Option<Outcome>)>, StoreError> {
    let written = written(parts, origin, cohort, sittings, now)?;
    Ok(best(cohort, sittings, &written, now))
}

/// The result of each person that counts: a pass, else the latest sitting.
pub(super) fn best(
    cohort: &Cohort,
    sittings: &[Sitting],
    written: &BTreeMap<i64, Written>,
    now: Moment,
) -> BTreeMap<PersonId, (i64, Option<Outcome>)> {
    let mut results: BTreeMap<PersonId, (i64, Option<Outcome>)> = BTreeMap::new();
    for sitting in sittings {
        let reached = result(cohort, sitting, written, now);
        let known = results.get(&sitting.person).and_then(|(_, it)| *it);
        if known.is_none_or(|known| !known.is_pass) {
            results.insert(sitting.person, (sitting.paper, reached));
        }
    }
    results
}
