//! A year's responsibility (目标责任制): objectives and tasks split down to units and posts, letters that
//! both sides sign, and at the end of the year an appraisal that adds up and an award that rests on it.
//! Units and posts are appraised under letters that they signed, never persons for what they think.
//!
//! As everywhere a decision is a pure function of what was looked up ([`Ground`]), and says every reason
//! at once; wording, scheme and clauses stand in `rulebooks/charge.toml`.

mod appraising;
mod event;
mod fold;
mod letters;
mod rules;
mod scheme;
mod standing;
mod tasks;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::blanks::At;
use crate::dates::Moment;
use crate::decide::Consideration;
use crate::event::{Event, Fact};
use crate::house::Reasons;
use crate::ids::{ChargeId, UnitId};
use crate::offices::words;
use crate::refusal::Refusal;
use crate::unit::Unit;

pub use event::{
    AppealDecided, Appealed, Appraised, AwardRecorded, Cause, CauseKind, ChargeOpened, Deduction, Grade,
    Inspected, LetterDrafted, LetterSigned, Line, Measure, MeasureKind, Outcome, Owner, Press, ResultUsed,
    SelfRated, Side, TaskAnswer, TaskAnswered, TaskPressed, TaskReported, TaskSet, TaskTerms, Terms, Usage,
};
pub use fold::{Appraisal, Award, Charge, Done, Letter, Part, Signature, Task, fold, touched};
pub use letters::text_digest;
pub use rules::{ChargeRule, example, shipped_scheme};
pub use scheme::{Feed, Item, Records, Scheme, Step, Verdict, WHOLE, add_up, line, lines};
pub use standing::{Standing, findings, share_signed};

/// What somebody wants to record of a year's responsibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A year, with its first objectives: what they are called, and the place of the one above.
    Open(i16, Box<Terms>, Vec<(String, Option<usize>)>),
    /// A new task, or an old one set anew.
    Set(Option<i64>, TaskTerms),
    /// Its owner accepts it or gives it back.
    AnswerTask(i64, TaskAnswer, String),
    /// The level above presses for it.
    Press(i64, Press, String),
    /// Its owner reports it done, with the figure reached and the paper.
    Report(i64, Option<i64>, String),
    /// Letters of a unit to everybody directly below who has none.
    Draft(UnitId),
    /// A letter anew, after a change of post.
    Renew(i64),
    /// A letter is signed for a side.
    Sign(Signing),
    /// A unit rates itself.
    Rate(i64, BTreeMap<String, i64>, String),
    /// An inspector's findings, with the unit from which the inspector comes.
    Inspect(i64, UnitId, Vec<Deduction>, String),
    /// The decision: records until a day, bonus and veto.
    Appraise(i64, Date, Verdict),
    /// The unit appeals.
    Appeal(i64, String),
    /// The decision on it: the new one, where it is upheld, and why.
    DecideAppeal(i64, Option<Verdict>, String),
    /// An award, from its base in yuan.
    Award(i64, i64),
    /// What the result was used for.
    Use(i64, Usage, String),
}

/// A signature to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The letter.
    pub number: i64,
    /// For which side.
    pub side: Side,
    /// The post of whoever signed.
    pub post: crate::ids::PostId,
    /// The day.
    pub on: Date,
    /// Digest of the text that was seen.
    pub sha256: String,
}

/// What a decision must know, looked up beforehand in one transaction.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The moment of recording.
    pub now: Moment,
    /// The charge with all its parts; none for an opening.
    pub charge: Option<Charge>,
    /// The unit whose charge it is, for an opening; with whether it has one for the year already.
    pub opening: Option<(Unit, bool)>,
    /// A free identity, for an opening.
    pub free: i64,
    /// The charge's unit with everything below, and their posts.
    pub standing: Standing,
    /// What other records say, by unit.
    pub records: BTreeMap<UnitId, Records>,
    /// SHA-256 of a text in lower-case hexadecimal.
    pub digest: fn(&str) -> String,
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
    if let Act::Open(year, terms, objectives) = act {
        return tasks::open(reasons, ground, *year, terms, objectives);
    }
    let Some(charge) = &ground.charge else {
        reasons.find(ChargeRule::Unknown, "charge", &[]);
        return reasons.answer(Vec::new);
    };
    let desk = Desk { reasons, ground, charge };
    match act {
        Act::Open(year, terms, objectives) => tasks::open(desk.reasons, ground, *year, terms, objectives),
        Act::Set(number, terms) => tasks::set(desk, *number, terms),
        Act::AnswerTask(number, answer, reason) => tasks::answer(desk, *number, *answer, reason),
        Act::Press(number, press, words) => tasks::press(desk, *number, *press, words),
        Act::Report(number, figure, evidence) => tasks::report(desk, *number, *figure, evidence),
        Act::Draft(giver) => letters::draft(desk, *giver),
        Act::Renew(number) => letters::renew(desk, *number),
        Act::Sign(signing) => letters::sign(desk, signing),
        Act::Rate(number, points, words) => appraising::rate(desk, *number, points, words),
        Act::Inspect(number, by, deductions, words) => {
            appraising::inspect(desk, *number, *by, (deductions, words))
        }
        Act::Appraise(number, as_of, verdict) => appraising::appraise(desk, *number, *as_of, verdict),
        Act::Appeal(number, reason) => appraising::appeal(desk, *number, reason),
        Act::DecideAppeal(number, verdict, reason) => {
            appraising::decide_appeal(desk, *number, verdict.as_ref(), reason)
        }
        Act::Award(number, base) => appraising::award(desk, *number, *base),
        Act::Use(number, usage, words) => appraising::use_result(desk, *number, *usage, words),
    }
}

/// The desk on which an act is checked.
struct Desk<'a> {
    reasons: Reasons,
    ground: &'a Ground,
    charge: &'a Charge,
}

impl<'a> Desk<'a> {
    fn find(&mut self, rule: ChargeRule, field: &str, values: &[(&str, At)]) {
        self.reasons.find(rule, field, values);
    }

    fn today(&self) -> Date {
        self.ground.now.today
    }

    fn check_reason(&mut self, reason: &str) {
        if reason.trim().is_empty() {
            self.find(ChargeRule::Reason, "reason", &[]);
        }
    }

    fn task(&mut self, number: i64) -> Option<&'a Task> {
        let task = self.charge.tasks.get(&number);
        if task.is_none() {
            self.find(ChargeRule::TaskUnknown, "task", &[("n", At::Number(number))]);
        }
        task
    }

    /// A letter that no later one took the place of.
    fn letter(&mut self, number: i64) -> Option<&'a Letter> {
        let letter = self.charge.letters.get(&number);
        match letter {
            None => self.find(ChargeRule::LetterUnknown, "letter", &[("n", At::Number(number))]),
            Some(Letter { replaced_by: Some(other), .. }) => {
                self.find(ChargeRule::LetterReplaced, "letter", &[("n", At::Number(*other))]);
            }
            Some(_) => {}
        }
        letter
    }

    fn unit(&mut self, id: UnitId, field: &str) -> Option<&'a Unit> {
        let unit = self.ground.standing.unit(id).filter(|unit| unit.is_open);
        if unit.is_none() {
            let own = self.ground.standing.unit(self.charge.unit);
            let named = own.map(|own| ("unit", words(&own.name)));
            self.find(ChargeRule::UnitUnknown, field, &named.into_iter().collect::<Vec<_>>());
        }
        unit
    }

    /// The answer, with one fact in the books of the charge's own unit.
    fn answer<E: Into<Event>>(self, on: Date, event: impl FnOnce() -> Option<E>) -> Consideration {
        let unit = self.charge.unit;
        self.reasons.answer(|| event().map(|event| Fact::of_unit(unit, on, event)).into_iter().collect())
    }

    fn id(&self) -> ChargeId {
        self.charge.id
    }
}

#[cfg(test)]
mod tests;
