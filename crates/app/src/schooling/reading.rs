//! What the pages of schooling show.

use std::collections::BTreeMap;

use domain::dates::Moment;
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId, UnitId};
use domain::schooling::{
    Answers, Candidate, Certificate, Cohort, Item, ItemFigures, Known, Learner, Outcome, Paper, Session,
    Sitting, figures, hours_done, plan_findings, review,
};
use domain::unit::Unit;
use jiff::civil::Date;

use super::ground::{self, best, candidate, result, stage_of, written};
use super::papers;
use crate::admission::setting::Parts;
use crate::store::{Store, StoreError, roster, schooling, units};

/// A course with everything about it.
#[derive(Debug, Clone)]
pub struct CohortView {
    /// The course.
    pub cohort: Cohort,
    /// Who organises it.
    pub organiser: Unit,
    /// Everybody who takes or took part, in the order of names.
    pub lines: Vec<LearnerLine>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Certificates, void ones too.
    pub certificates: Vec<Certificate>,
    /// Items of papers that are open.
    pub items: BTreeMap<i64, Vec<Item>>,
    /// Answers for papers that are open.
    pub answers: BTreeMap<(i64, PersonId), Answers>,
    /// Every sitting, with its result once there is one.
    pub sittings: Vec<(Sitting, Option<Outcome>)>,
    /// What the answers say about the items, by paper.
    pub figures: BTreeMap<i64, Vec<ItemFigures>>,
}

/// A participant, as a list shows it.
#[derive(Debug, Clone)]
pub struct LearnerLine {
    /// The participant.
    pub learner: Learner,
    /// The name.
    pub name: String,
    /// Class hours attended.
    pub done: i64,
    /// The paper and result that count.
    pub result: Option<(i64, Option<Outcome>)>,
    /// The certificate that holds.
    pub certificate: Option<Certificate>,
}

impl LearnerLine {
    /// Whether the person takes part.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.learner.withdrawn_on.is_none()
    }
}

/// The study plan of a unit for a year: its courses, summed up.
#[derive(Debug, Clone)]
pub struct YearPlan {
    /// The year.
    pub year: i16,
    /// Class hours planned.
    pub n_hours: i64,
    /// Participants.
    pub n_learners: i64,
    /// Class hours due for everybody together.
    pub n_due: i64,
    /// Class hours done by everybody together, at most what is due for each.
    pub n_done: i64,
    /// Combinations that the year lacks.
    pub findings: Vec<Finding>,
}

/// An examination that concerns somebody.
#[derive(Debug, Clone)]
pub struct ExamRow {
    /// The course.
    pub cohort: Cohort,
    /// The paper.
    pub paper: Paper,
    /// The sitting, once it was begun.
    pub sitting: Option<Sitting>,
    /// What it came to.
    pub result: Option<Outcome>,
    /// The certificate that holds.
    pub certificate: Option<Certificate>,
}

/// What somebody sees who sits a paper.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The course.
    pub cohort: Cohort,
    /// The paper.
    pub paper: Paper,
    /// The items, from the minute of opening on.
    pub items: Option<Vec<Item>>,
    /// The sitting, once it was begun.
    pub sitting: Option<Sitting>,
    /// The answers saved last.
    pub answers: Answers,
}

impl Store {
    /// The courses that a unit or units below it organise, the one that ends last first.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn cohorts_below(&self, unit: UnitId) -> Result<Vec<(Cohort, Unit, i64)>, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            let mut found = Vec::new();
            for cohort in schooling::below(connection, (top.pre, top.post))? {
                let organiser = units::unit(connection, cohort.unit)?.ok_or(StoreError::Missing)?;
                let learners = schooling::learners(connection, cohort.id)?;
                let n = learners.values().filter(|learner| learner.withdrawn_on.is_none()).count();
                found.push((cohort, organiser, i64::try_from(n).unwrap_or(i64::MAX)));
            }
            Ok(found)
        })
    }

    /// The study plan of a year below a unit.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn study_plan(&self, unit: UnitId, year: i16) -> Result<YearPlan, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            let mut sessions: Vec<Session> = Vec::new();
            let mut plan =
                YearPlan { year, n_hours: 0, n_learners: 0, n_due: 0, n_done: 0, findings: Vec::new() };
            let cohorts = schooling::below(connection, (top.pre, top.post))?;
            for cohort in cohorts.into_iter().filter(|cohort| cohort.terms.year == year) {
                let due = cohort.terms.hours_due;
                let learners = schooling::learners(connection, cohort.id)?;
                for learner in learners.values().filter(|learner| learner.withdrawn_on.is_none()) {
                    plan.n_learners += 1;
                    plan.n_due += due;
                    plan.n_done += hours_done(learner).min(due);
                }
                plan.n_hours += cohort.terms.sessions.iter().map(|session| session.hours).sum::<i64>();
                sessions.extend(cohort.terms.sessions);
            }
            plan.findings = plan_findings(&sessions);
            Ok(plan)
        })
    }

    /// A course with everything about it.
    ///
    /// # Errors
    /// There is no such course, or the record cannot be read.
    pub fn cohort_view(&self, id: CohortId, now: Moment) -> Result<CohortView, StoreError> {
        let origin = self.founded.origin.clone();
        self.read_open(|reader| {
            let (connection, keys) = (&mut reader.connection, &mut reader.keys);
            let cohort = schooling::cohort(connection, id)?.ok_or(StoreError::Missing)?;
            let organiser = units::unit(connection, cohort.unit)?.ok_or(StoreError::Missing)?;
            let learners = schooling::learners(connection, id)?;
            let sittings = schooling::sittings(connection, id)?;
            let mut people: BTreeMap<PersonId, Candidate> = BTreeMap::new();
            for person in learners.keys() {
                let known = candidate(Parts { connection, keys }, &organiser, *person)?;
                people.extend(known.map(|known| (*person, known)));
            }
            let open = written(Parts { connection, keys }, &origin, &cohort, &sittings, now)?;
            let certificates = schooling::certificates(connection, id)?;
            let results = best(&cohort, &sittings, &open, now);
            let findings = review(&cohort.terms, &learners, &people, now.today);
            let mut lines: Vec<LearnerLine> = learners
                .into_values()
                .map(|learner| LearnerLine {
                    name: people.get(&learner.person).map_or_else(String::new, |it| it.name.clone()),
                    done: hours_done(&learner),
                    result: results.get(&learner.person).copied(),
                    certificate: holds(&certificates, learner.person),
                    learner,
                })
                .collect();
            lines.sort_by(|a, b| (&a.name, a.learner.person).cmp(&(&b.name, b.learner.person)));
            let tolerance = cohort.terms.tolerance_percent;
            let mut view_figures = BTreeMap::new();
            for (number, written) in &open {
                let sat: Vec<_> = sittings
                    .iter()
                    .filter(|it| it.paper == *number && result(&cohort, it, &open, now).is_some())
                    .filter_map(|it| Some((it, written.answers.get(&it.person)?)))
                    .collect();
                view_figures.insert(*number, figures(&written.items, &sat, tolerance));
            }
            let sittings =
                sittings.into_iter().map(|it| (it.clone(), result(&cohort, &it, &open, now))).collect();
            let answers = open.iter().flat_map(|(number, written)| {
                written.answers.iter().map(move |(person, it)| ((*number, *person), it.clone()))
            });
            Ok(CohortView {
                answers: answers.collect(),
                items: open.iter().map(|(number, written)| (*number, written.items.clone())).collect(),
                figures: view_figures,
                sittings,
                cohort,
                organiser,
                lines,
                findings,
                certificates,
            })
        })
    }

    /// A course alone.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn cohort(&self, id: CohortId) -> Result<Cohort, StoreError> {
        self.read(|connection| schooling::cohort(connection, id)?.ok_or(StoreError::Missing))
    }

    /// People of the class of a course in the scope of its organiser who do not take part yet, with names
    /// and branches, at most `most`.
    ///
    /// # Errors
    /// There is no such course, or the record cannot be read.
    pub fn candidates(&self, id: CohortId, most: i64) -> Result<Vec<(PersonId, String, Unit)>, StoreError> {
        self.read_open(|reader| {
            let (connection, keys) = (&mut reader.connection, &mut reader.keys);
            let cohort = schooling::cohort(connection, id)?.ok_or(StoreError::Missing)?;
            let organiser = units::unit(connection, cohort.unit)?.ok_or(StoreError::Missing)?;
            let learners = schooling::learners(connection, id)?;
            let stage = Some(stage_of(cohort.terms.class));
            let mut found = Vec::new();
            for row in roster::below(connection, &organiser, stage, (0, most))? {
                let is_in = learners.get(&row.id).is_some_and(|learner| learner.withdrawn_on.is_none());
                let known = candidate(Parts { connection, keys }, &organiser, row.id)?;
                if let Some(known) = known.filter(|known| known.case.is_some() && !is_in) {
                    let unit = units::unit(connection, row.unit)?.ok_or(StoreError::Missing)?;
                    found.push((row.id, known.name, unit));
                }
            }
            Ok(found)
        })
    }

    /// The bank of a unit.
    ///
    /// # Errors
    /// The database fails.
    pub fn question_bank(&self, unit: UnitId) -> Result<Vec<Known>, StoreError> {
        self.read(|connection| schooling::bank(connection, unit))
    }

    /// The examinations that concern somebody, the latest first.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn exams_of(&self, person: PersonId, now: Moment) -> Result<Vec<ExamRow>, StoreError> {
        let origin = self.founded.origin.clone();
        self.read_open(|reader| {
            let (connection, keys) = (&mut reader.connection, &mut reader.keys);
            let mut found = Vec::new();
            for cohort in schooling::of_person(connection, person)? {
                let sittings = schooling::sittings(connection, cohort.id)?;
                let own: Vec<Sitting> = sittings.into_iter().filter(|it| it.person == person).collect();
                let open = written(Parts { connection, keys }, &origin, &cohort, &own, now)?;
                let certificate = holds(&schooling::certificates(connection, cohort.id)?, person);
                for paper in cohort.papers.iter().rev() {
                    let sitting = own.iter().find(|it| it.paper == paper.number).cloned();
                    let result = sitting.as_ref().and_then(|it| result(&cohort, it, &open, now));
                    let (cohort, paper, certificate) = (cohort.clone(), paper.clone(), certificate.clone());
                    found.push(ExamRow { cohort, paper, sitting, result, certificate });
                }
            }
            Ok(found)
        })
    }

    /// What somebody sees who sits a paper: nothing of the text before its minute.
    ///
    /// # Errors
    /// The person does not take part, there is no such paper, or the record cannot be read.
    pub fn exam_sheet(
        &self,
        (id, number): (CohortId, i64),
        person: PersonId,
        now: Moment,
    ) -> Result<Sheet, StoreError> {
        let origin = self.founded.origin.clone();
        self.read_open(|reader| {
            let (connection, keys) = (&mut reader.connection, &mut reader.keys);
            let cohort = schooling::cohort(connection, id)?.ok_or(StoreError::Missing)?;
            let learner = schooling::learner(connection, id, person)?.ok_or(StoreError::Missing)?;
            if learner.withdrawn_on.is_some() {
                return Err(StoreError::Missing);
            }
            let paper = cohort.papers.iter().find(|paper| paper.number == number);
            let paper = paper.ok_or(StoreError::Missing)?.clone();
            let own = schooling::sittings_of(connection, person)?;
            let sitting = own.into_iter().find(|(of, it)| *of == id && it.paper == number);
            Ok(Sheet {
                items: papers::open(keys, &origin, &cohort, &paper, now)?,
                answers: schooling::answers(connection, keys, (id, number), person)?.unwrap_or_default(),
                sitting: sitting.map(|(_, it)| it),
                cohort,
                paper,
            })
        })
    }

    /// The least days and class hours of a short course by the rules of a day.
    #[must_use]
    pub fn course_length(&self, day: Date) -> Option<(i64, i64)> {
        ground::course_on(day)
    }
}

fn holds(certificates: &[Certificate], person: PersonId) -> Option<Certificate> {
    certificates.iter().find(|it| it.person == person && it.voided_on.is_none()).cloned()
}
