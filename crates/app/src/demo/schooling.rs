//! The courses of the demonstration city: in each county one that is over with its certificates, one whose
//! written answers wait to be marked, one that runs, one that is examined on the demonstration day, and one
//! to come. Everything goes through the use cases on the days on which it would have been done.

use std::cell::Cell;

use domain::dates::{Moment, instant_of};
use domain::ids::{CohortId, PersonId, UnitId};
use domain::schooling::{
    Act, Answers, BankAct, Content, Draw, Gathering, Item, LearnerClass, Mode, Question, QuestionKind, Save,
    Session, Subject, Terms,
};
use domain::unit::UnitKind;
use jiff::civil::{Date, date};

use super::FIRST_UNIT;
use super::random::Random;
use super::record::Interlude;
use crate::act::ActError;
use crate::schooling::Wish;
use crate::store::{Actor, CommandId, Store, StoreError};

/// Participants of one course.
const MOST: usize = 8;

/// What a course is about.
struct Course {
    title: &'static str,
    class: LearnerClass,
    is_short: bool,
    hours_due: i64,
    days: &'static [Date],
}

const OVER: Course = Course {
    title: "2003年第一期发展对象集中培训班",
    class: LearnerClass::Target,
    is_short: true,
    hours_due: 40,
    days: &[date(2003, 1, 7), date(2003, 1, 8), date(2003, 1, 9), date(2003, 1, 10), date(2003, 1, 11)],
};
const TO_MARK: Course = Course {
    title: "2003年第一期入党积极分子培训班",
    class: LearnerClass::Activist,
    is_short: false,
    hours_due: 24,
    days: &[date(2003, 2, 10), date(2003, 2, 11), date(2003, 2, 12), date(2003, 2, 21)],
};
const RUNNING: Course = Course {
    title: "2003年第二期发展对象集中培训班",
    class: LearnerClass::Target,
    is_short: true,
    hours_due: 40,
    days: &[date(2003, 2, 24), date(2003, 2, 25), date(2003, 3, 4), date(2003, 3, 5), date(2003, 3, 6)],
};
const TODAY: Course = Course {
    title: "2003年申请入党人基础知识班",
    class: LearnerClass::Applicant,
    is_short: false,
    hours_due: 12,
    days: &[date(2003, 2, 17), date(2003, 2, 18), date(2003, 3, 3)],
};
const COMING: Course = Course {
    title: "2003年第二期入党积极分子培训班",
    class: LearnerClass::Activist,
    is_short: false,
    hours_due: 20,
    days: &[date(2003, 3, 17), date(2003, 3, 18), date(2003, 3, 28)],
};

/// What is done on which day.
pub(super) fn interludes(seed: u64) -> Vec<Interlude<'static>> {
    // Each thing is done in every county before the next one, so that the clock never goes back.
    let on = |day, hour, run: fn(&Desk, &Store, UnitId) -> Result<(), ActError>| {
        let desk = Desk { seed, day, hour, n: Cell::new(0) };
        let run = move |store: &Store| {
            let everywhere = counties(store)?.into_iter().try_for_each(|unit| run(&desk, store, unit));
            everywhere.map_err(|error| match error {
                ActError::Store(error) => error,
                ActError::Refused(_) | ActError::Denied(_) => StoreError::Unfit(error.to_string()),
            })
        };
        Interlude { day, run: Box::new(run) }
    };
    let (first, exam, issued) = (date(2003, 1, 3), date(2003, 1, 11), date(2003, 1, 13));
    let (opened, second, last) = (date(2003, 2, 8), date(2003, 2, 22), date(2003, 2, 27));
    vec![
        on(first, 18, |desk, store, unit| desk.fill_bank(store, unit)),
        on(first, 19, |desk, store, unit| desk.open(store, unit, &OVER)),
        on(exam, 10, |desk, store, unit| desk.attend(store, unit, &OVER, 5)),
        on(exam, 11, |desk, store, unit| {
            desk.seal(store, unit, &OVER, (instant_of(desk.day, 14, 0), 90), closed())
        }),
        on(exam, 14, |desk, store, unit| desk.sit(store, unit, &OVER)),
        on(issued, 18, |desk, store, unit| desk.certify(store, unit, &OVER)),
        on(opened, 19, |desk, store, unit| desk.open(store, unit, &TO_MARK)),
        on(opened, 20, |desk, store, unit| desk.open(store, unit, &TODAY)),
        on(second, 10, |desk, store, unit| desk.attend(store, unit, &TO_MARK, 4)),
        on(second, 11, |desk, store, unit| {
            desk.seal(store, unit, &TO_MARK, (instant_of(desk.day, 14, 0), 90), written())
        }),
        on(second, 14, |desk, store, unit| desk.sit(store, unit, &TO_MARK)),
        on(second, 19, |desk, store, unit| desk.attend(store, unit, &TODAY, 2)),
        on(second, 20, |desk, store, unit| desk.open(store, unit, &RUNNING)),
        on(last, 10, |desk, store, unit| desk.attend(store, unit, &RUNNING, 2)),
        on(last, 11, |desk, store, unit| {
            desk.seal(store, unit, &RUNNING, (instant_of(date(2003, 3, 7), 9, 0), 90), closed())
        }),
        on(last, 14, |desk, store, unit| {
            desk.seal(store, unit, &TODAY, (instant_of(date(2003, 3, 3), 12, 0), 240), written())
        }),
        on(last, 19, |desk, store, unit| desk.open(store, unit, &COMING)),
    ]
}

fn counties(store: &Store) -> Result<Vec<UnitId>, StoreError> {
    let units = store.units_below(Some(UnitId(FIRST_UNIT)))?;
    Ok(units.into_iter().filter(|unit| unit.kind == UnitKind::County).map(|unit| unit.id).collect())
}

fn n(kind: QuestionKind, n: i64) -> Draw {
    Draw { kind, subject: None, n }
}

fn closed() -> Vec<Draw> {
    vec![n(QuestionKind::Single, 8), n(QuestionKind::Multiple, 3), n(QuestionKind::TrueFalse, 4)]
}

fn written() -> Vec<Draw> {
    let mut draws = closed();
    draws.extend([n(QuestionKind::Short, 1), n(QuestionKind::Essay, 1)]);
    draws
}

/// The questions that came with the program.
fn questions() -> Vec<Question> {
    let question = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [kind, subject, points, key, text, options] = fields[..] else { return None };
        Some(Question {
            kind: QuestionKind::parse(kind)?,
            subject: Subject::parse(subject)?,
            text: text.to_owned(),
            options: options.split('|').filter(|option| !option.is_empty()).map(str::to_owned).collect(),
            key: key.to_owned(),
            points: points.parse().ok()?,
        })
    };
    include_str!("questions.tsv").lines().skip(1).filter_map(question).collect()
}

fn sessions(course: &Course) -> Vec<Session> {
    let topics = ["党章和党的基本知识", "党的历史和传统", "形势与任务", "参加支部主题党日", "岗位实践和总结"];
    let n = course.days.len();
    let session = |(at, on): (usize, &Date)| {
        let is_last = at + 1 == n;
        let is_party_day = at + 2 == n;
        Session {
            number: i64::try_from(at + 1).unwrap_or(1),
            on: *on,
            hours: 8,
            gathering: if is_last { Gathering::Scattered } else { Gathering::Central },
            content: if is_party_day { Content::PartyDay } else { Content::Theory },
            // One course to come is still planned without practice, which the page says.
            mode: if is_last && course.days != COMING.days { Mode::Practice } else { Mode::Study },
            subject: if at == 0 { Subject::Theory } else { Subject::General },
            topic: topics[if is_last {
                4
            } else if is_party_day {
                3
            } else {
                at % 3
            }]
            .to_owned(),
            lecturer: "区委党校".to_owned(),
        }
    };
    course.days.iter().enumerate().map(session).collect()
}

/// A day on which something is done.
struct Desk {
    seed: u64,
    day: Date,
    /// The hour at which it begins.
    hour: i64,
    /// Commands given since.
    n: Cell<i64>,
}

impl Desk {
    /// An identity from the seed.
    fn command(&self) -> CommandId {
        self.n.set(self.n.get() + 1);
        let mut random =
            Random::stream(self.seed, &format!("schooling {} {} {}", self.day, self.hour, self.n.get()));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&random.next().to_be_bytes());
        id[8..].copy_from_slice(&random.next().to_be_bytes());
        CommandId(id)
    }

    /// A moment after everything that was done before.
    fn now(&self) -> Moment {
        let base = instant_of(self.day, self.hour, 0);
        Moment::at(domain::dates::Instant(base.0 + self.n.get() * 1_000))
    }

    fn cohort(store: &Store, unit: UnitId, course: &Course) -> Result<Option<(CohortId, i64)>, StoreError> {
        let known = store.cohorts_below(unit)?.into_iter();
        let mut known = known.filter(|(cohort, ..)| cohort.unit == unit);
        Ok(known.find(|(it, ..)| it.terms.title == course.title).map(|(it, ..)| (it.id, it.version)))
    }

    fn act(&self, store: &Store, unit: UnitId, id: CohortId, act: Act) -> Result<(), ActError> {
        let command = self.command();
        store.act_on_cohort(actor(unit), self.now(), command, (id, None), act).map(drop)
    }

    fn fill_bank(&self, store: &Store, unit: UnitId) -> Result<(), ActError> {
        let command = self.command();
        store.act_on_bank(actor(unit), self.now(), command, unit, BankAct::Enter(questions())).map(drop)
    }

    /// Opens a course and enrols people of its class, where there are any.
    fn open(&self, store: &Store, unit: UnitId, course: &Course) -> Result<(), ActError> {
        let terms = Terms {
            title: course.title.to_owned(),
            class: course.class,
            year: 2003,
            is_short_course: course.is_short,
            hours_due: course.hours_due,
            pass_percent: 60,
            tolerance_percent: 20,
            sessions: sessions(course),
        };
        let command = self.command();
        let id = store.open_cohort(actor(unit), self.now(), command, unit, terms)?;
        let people: Vec<PersonId> =
            store.candidates(id, 400)?.into_iter().map(|(person, ..)| person).collect();
        // From all over the county, not only its first branches.
        let step = people.len().div_ceil(MOST).max(1);
        let chosen: Vec<PersonId> = people.into_iter().step_by(step).collect();
        if chosen.is_empty() { Ok(()) } else { self.act(store, unit, id, Act::Enrol(chosen)) }
    }

    /// Everybody comes to the sessions so far, but for one person who misses the last one of them.
    fn attend(&self, store: &Store, unit: UnitId, course: &Course, n_held: i64) -> Result<(), ActError> {
        let Some((id, _)) = Self::cohort(store, unit, course)? else { return Ok(()) };
        let view = store.cohort_view(id, self.now())?;
        let last = view.lines.iter().map(|line| line.learner.person).max();
        let mut sheet = Vec::new();
        for line in &view.lines {
            for number in 1..=n_held {
                let is_missed = number == n_held && Some(line.learner.person) == last && view.lines.len() > 2;
                sheet.push((number, line.learner.person, if is_missed { 0 } else { 8 }));
            }
        }
        if sheet.is_empty() { Ok(()) } else { self.act(store, unit, id, Act::Attend(sheet)) }
    }

    fn seal(
        &self,
        store: &Store,
        unit: UnitId,
        course: &Course,
        (opens_at, minutes): (domain::dates::Instant, i64),
        draws: Vec<Draw>,
    ) -> Result<(), ActError> {
        let Some((id, version)) = Self::cohort(store, unit, course)? else { return Ok(()) };
        if !store.cohort_view(id, self.now())?.lines.iter().any(|line| line.is_in()) {
            return Ok(());
        }
        let command = self.command();
        let seed = Random::stream(self.seed, &format!("paper {unit} {}", course.title)).next();
        let wish = Wish { is_resit: false, opens_at, minutes, draws, seed };
        store.seal_exam(actor(unit), self.now(), command, (id, version), wish)?;
        Ok(())
    }

    /// Lets everybody sit the paper that opened.
    fn sit(&self, store: &Store, unit: UnitId, course: &Course) -> Result<(), ActError> {
        let Some((id, _)) = Self::cohort(store, unit, course)? else { return Ok(()) };
        let mut random = Random::stream(self.seed, &format!("answers {unit} {}", course.title));
        let view = store.cohort_view(id, self.now())?;
        for (place, line) in view.lines.iter().enumerate() {
            let person = line.learner.person;
            let Some(items) = view.items.get(&1) else { continue };
            // One of them did not learn.
            let right = if place == 0 && view.lines.len() > 2 { 250 } else { 850 };
            let answers = answers(&mut random, items, right);
            self.act(store, unit, id, Act::Begin(1, person))?;
            self.act(store, unit, id, Act::Save(Save { paper: 1, person, answers, seen: 0 }))?;
            self.act(store, unit, id, Act::HandIn(1, person))?;
        }
        Ok(())
    }

    /// Certificates for everybody who passed and attended.
    fn certify(&self, store: &Store, unit: UnitId, course: &Course) -> Result<(), ActError> {
        let Some((id, _)) = Self::cohort(store, unit, course)? else { return Ok(()) };
        let view = store.cohort_view(id, self.now())?;
        let passed = view.lines.iter().filter(|line| {
            let result = line.result.and_then(|(_, result)| result);
            result.is_some_and(|it| it.is_pass) && line.done >= course.hours_due
        });
        let people: Vec<PersonId> = passed.map(|line| line.learner.person).collect();
        if people.is_empty() { Ok(()) } else { self.act(store, unit, id, Act::Issue(people)) }
    }
}

fn actor(unit: UnitId) -> Actor {
    Actor { account: None, role: None, unit }
}

/// Answers of somebody who knows so many thousandths.
fn answers(random: &mut Random, items: &[Item], right: u32) -> Answers {
    let mut given = Answers::new();
    for item in items {
        let knows = random.between(0, 999) < i64::from(right);
        let answer = match item.asked.kind {
            QuestionKind::Short | QuestionKind::Essay => {
                "结合自己的岗位，我认为首先要把本职工作做好，按时学习，主动联系群众，对照标准找差距。"
                    .to_owned()
            }
            QuestionKind::Single | QuestionKind::Multiple | QuestionKind::TrueFalse if knows => {
                item.asked.key.clone()
            }
            QuestionKind::Single => "D".to_owned(),
            QuestionKind::Multiple => "BC".to_owned(),
            QuestionKind::TrueFalse => "F".to_owned(),
        };
        given.insert(item.number, answer);
    }
    given
}
