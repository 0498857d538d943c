//! A year's responsibility as the fold of its events. It is kept in parts (the head, each task, each
//! letter), and an event touches one of them, so that recording one does not write them all.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::event::{Measure, MeasureKind};
use super::{Deduction, Outcome, Owner, Press, Side, TaskAnswer, TaskTerms, Terms, Usage};
use crate::event::Event;
use crate::ids::{ChargeId, PostId, UnitId};
use crate::text::Text;

/// A year's responsibility of a unit and everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Identity.
    pub id: ChargeId,
    /// The unit.
    pub unit: UnitId,
    /// The calendar year.
    pub year: i16,
    /// What was settled when it was opened.
    pub terms: Terms,
    /// Its tasks by number.
    pub tasks: BTreeMap<i64, Task>,
    /// Its letters by number.
    pub letters: BTreeMap<i64, Letter>,
}

/// A task as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number.
    pub number: i64,
    /// As set last.
    pub terms: TaskTerms,
    /// What its owner says to it: the day, what, and why.
    pub answer: Option<(Date, TaskAnswer, String)>,
    /// How the level above pressed for it.
    pub pressed: Vec<(Date, Press, String)>,
    /// Its end.
    pub done: Option<Done>,
    /// Number of its events.
    pub version: i64,
}

/// A task that was reported done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The day.
    pub on: Date,
    /// The figure reached.
    pub figure: Option<i64>,
    /// The paper that shows it.
    pub evidence: String,
    /// Not after its last day.
    pub is_in_time: bool,
    /// Whether the figure reaches what was asked.
    pub is_reached: bool,
}

/// A signature under a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The post of whoever signed.
    pub post: PostId,
    /// The day.
    pub on: Date,
}

/// A responsibility letter as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number.
    pub number: i64,
    /// The unit that gives the responsibility.
    pub giver: UnitId,
    /// Who takes it.
    pub taker: Owner,
    /// The whole text.
    pub text: Text,
    /// Digest of both texts.
    pub sha256: String,
    /// The day it was drafted.
    pub drafted_on: Date,
    /// The last day of signatures.
    pub sign_by: Date,
    /// The letter before it.
    pub replaces: Option<i64>,
    /// The letter that took its place.
    pub replaced_by: Option<i64>,
    /// Signed for the giver.
    pub giver_signed: Option<Signature>,
    /// Signed for the taker.
    pub taker_signed: Option<Signature>,
    /// What became of it at the end of the year.
    pub appraisal: Appraisal,
    /// Number of its events.
    pub version: i64,
}

/// The appraisal under a letter, from self-rating to use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Appraisal {
    /// Points that the unit gives itself, the day, and in what words.
    pub rated: Option<(Date, BTreeMap<String, i64>, String)>,
    /// What the inspection found: the day, the inspector's unit, each finding, in what words.
    pub inspected: Option<(Date, UnitId, Vec<Deduction>, String)>,
    /// Every result with its day, the first one first; the last one stands.
    pub outcomes: Vec<(Date, Outcome)>,
    /// An appeal: the day and why.
    pub appealed: Option<(Date, String)>,
    /// The decision on it: the day, whether upheld, and why.
    pub appeal_decided: Option<(Date, bool, String)>,
    /// The award.
    pub award: Option<Award>,
    /// What the result was used for.
    pub uses: Vec<(Date, Usage, String)>,
}

/// An award that was recorded, in yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// The day.
    pub on: Date,
    /// The base.
    pub base: i64,
    /// Thousandths of it.
    pub permille: i64,
    /// What is paid.
    pub amount: i64,
}

impl Appraisal {
    /// The result that stands.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcomes.last().map(|(_, outcome)| outcome)
    }
}

impl Measure {
    /// Whether a figure reaches what was asked.
    #[must_use]
    pub fn is_reached(&self, figure: Option<i64>) -> bool {
        let (Some(target), Some(figure)) = (self.target, figure) else { return true };
        let (base, target, figure) =
            (i128::from(self.base.unwrap_or(0)), i128::from(target), i128::from(figure));
        match self.kind {
            MeasureKind::Words => true,
            MeasureKind::Count => figure >= target,
            MeasureKind::Rise => (figure - base) * 1000 >= target * base,
            MeasureKind::Saving => (base - figure) * 1000 >= target * base,
        }
    }
}

impl Task {
    /// Its end, if it was reported until a day.
    #[must_use]
    pub fn done_by(&self, day: Date) -> Option<&Done> {
        self.done.as_ref().filter(|done| done.on <= day)
    }
}

impl Letter {
    /// The signature of a side.
    #[must_use]
    pub fn signature(&self, side: Side) -> Option<&Signature> {
        match side {
            Side::Giver => self.giver_signed.as_ref(),
            Side::Taker => self.taker_signed.as_ref(),
        }
    }

    /// The day on which both sides had signed.
    #[must_use]
    pub fn signed_on(&self) -> Option<Date> {
        Some(self.giver_signed.as_ref()?.on.max(self.taker_signed.as_ref()?.on))
    }
}

/// A part of a charge, by what it is kept under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A task.
    Task(Box<Task>),
    /// A letter.
    Letter(Box<Letter>),
}

/// The charge, whether a letter is meant rather than a task, and its number; none for what is not about
/// a part.
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "every other event is about something else")]
pub fn touched(event: &Event) -> Option<(ChargeId, bool, i64)> {
    Some(match event {
        Event::TaskSet(it) => (it.charge, false, it.number),
        Event::TaskAnswered(it) => (it.charge, false, it.number),
        Event::TaskPressed(it) => (it.charge, false, it.number),
        Event::TaskReported(it) => (it.charge, false, it.number),
        Event::LetterDrafted(it) => (it.charge, true, it.number),
        Event::LetterSigned(it) => (it.charge, true, it.number),
        Event::SelfRated(it) => (it.charge, true, it.number),
        Event::Inspected(it) => (it.charge, true, it.number),
        Event::Appraised(it) => (it.charge, true, it.number),
        Event::Appealed(it) => (it.charge, true, it.number),
        Event::AppealDecided(it) => (it.charge, true, it.number),
        Event::AwardRecorded(it) => (it.charge, true, it.number),
        Event::ResultUsed(it) => (it.charge, true, it.number),
        _ => return None,
    })
}

/// The part after an event of a day; none when the event does not fit it.
#[must_use]
pub fn fold(part: Option<Part>, on: Date, event: &Event) -> Option<Part> {
    match (part, event) {
        (None, Event::TaskSet(it)) => Some(Part::Task(Box::new(Task {
            number: it.number,
            terms: it.task.clone(),
            answer: None,
            pressed: Vec::new(),
            done: None,
            version: 1,
        }))),
        (None, Event::LetterDrafted(it)) => Some(Part::Letter(Box::new(Letter {
            number: it.number,
            giver: it.giver,
            taker: it.taker.clone(),
            text: it.text.clone(),
            sha256: it.sha256.clone(),
            drafted_on: on,
            sign_by: it.sign_by,
            replaces: it.replaces,
            replaced_by: None,
            giver_signed: None,
            taker_signed: None,
            appraisal: Appraisal::default(),
            version: 1,
        }))),
        (Some(Part::Task(task)), event) => task_after(*task, on, event).map(|it| Part::Task(Box::new(it))),
        (Some(Part::Letter(it)), event) => letter_after(*it, on, event).map(|it| Part::Letter(Box::new(it))),
        (None, _) => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other event is about something else")]
fn task_after(mut task: Task, on: Date, event: &Event) -> Option<Task> {
    match event {
        Event::TaskSet(it) => {
            // A task that goes to somebody else, or says something else, has to be accepted anew.
            if it.task != task.terms {
                task.answer = None;
            }
            task.terms = it.task.clone();
        }
        Event::TaskAnswered(it) => task.answer = Some((on, it.answer, it.reason.clone())),
        Event::TaskPressed(it) => task.pressed.push((on, it.press, it.words.clone())),
        Event::TaskReported(it) => {
            task.done = Some(Done {
                on,
                figure: it.figure,
                evidence: it.evidence.clone(),
                is_in_time: on <= task.terms.due_on,
                is_reached: task.terms.measure.is_reached(it.figure),
            });
        }
        _ => return None,
    }
    task.version += 1;
    Some(task)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other event is about something else")]
fn letter_after(mut letter: Letter, on: Date, event: &Event) -> Option<Letter> {
    let appraisal = &mut letter.appraisal;
    match event {
        Event::LetterSigned(it) => {
            let signature = Some(Signature { post: it.post, on });
            match it.side {
                Side::Giver => letter.giver_signed = signature,
                Side::Taker => letter.taker_signed = signature,
            }
        }
        // Its successor was drafted.
        Event::LetterDrafted(it) if it.replaces == Some(letter.number) => {
            letter.replaced_by = Some(it.number);
        }
        Event::SelfRated(it) => appraisal.rated = Some((on, it.points.clone(), it.words.clone())),
        Event::Inspected(it) => {
            appraisal.inspected = Some((on, it.by, it.deductions.clone(), it.words.clone()));
        }
        Event::Appraised(it) => appraisal.outcomes.push((on, it.outcome.clone())),
        Event::Appealed(it) => appraisal.appealed = Some((on, it.reason.clone())),
        Event::AppealDecided(it) => {
            appraisal.appeal_decided = Some((on, it.outcome.is_some(), it.reason.clone()));
            appraisal.outcomes.extend(it.outcome.clone().map(|outcome| (on, outcome)));
        }
        Event::AwardRecorded(it) => {
            let (base, permille, amount) = (it.base, it.permille, it.amount);
            appraisal.award = Some(Award { on, base, permille, amount });
        }
        Event::ResultUsed(it) => appraisal.uses.push((on, it.usage, it.words.clone())),
        _ => return None,
    }
    letter.version += 1;
    Some(letter)
}
