//! The scheme of an appraisal as data, and the arithmetic of a result: whole points, item by item, each
//! with where its points went. Anybody can add it up again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::event::{Cause, CauseKind, Deduction, Grade, Line, Outcome};
use super::{Charge, ChargeRule, Desk, Letter, Standing};
use crate::blanks::At;
use crate::house::Reasons;
use crate::offices::words;
use crate::person::coded;
use crate::text::Text;

/// Points of all items together.
pub const WHOLE: i64 = 100;

coded! {
    /// Where the figure of an item comes from.
    Feed {
        /// Tasks late or missed.
        Tasks = 1, "tasks";
        /// Letters late or missing.
        Letters = 2, "letters";
        /// Admissions away from the places of the plan.
        Quota = 3, "quota";
        /// Overdue steps per hundred running files.
        Files = 4, "files";
        /// What the inspection found.
        Inspection = 5, "inspection";
    }
}

/// An item of a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its key, unique within the scheme.
    pub key: String,
    /// What it is called.
    pub name: Text,
    /// Points at most.
    pub weight: i64,
    /// Points that each time takes away.
    pub each: i64,
    /// Where the figure comes from.
    pub feed: Feed,
}

/// What a grade takes, and what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The grade.
    pub grade: Grade,
    /// Points at least.
    pub from: i64,
    /// Items without points at most; any number without it.
    pub most_zero: Option<i64>,
    /// Thousandths of the base of an award.
    pub award_permille: i64,
}

/// The scheme of an appraisal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Bonus points that count at most.
    pub bonus_cap: i64,
    /// The items.
    pub items: Vec<Item>,
    /// The grades above failure, the best first.
    pub grades: Vec<Step>,
}

impl Scheme {
    /// An item by its key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.key == key)
    }

    /// The grade of a sum of points with so many items at zero.
    #[must_use]
    pub fn grade(&self, total: i64, n_zero: i64) -> Grade {
        let reaches = |step: &&Step| total >= step.from && step.most_zero.is_none_or(|most| n_zero <= most);
        self.grades.iter().find(reaches).map_or(Grade::Fail, |step| step.grade)
    }

    /// Thousandths of the base that a grade gives; nothing for failure.
    #[must_use]
    pub fn award_permille(&self, grade: Grade) -> i64 {
        self.grades.iter().find(|step| step.grade == grade).map_or(0, |step| step.award_permille)
    }

    pub(super) fn check(&self, reasons: &mut Reasons) {
        let sum: i64 = self.items.iter().fold(0, |sum, item| sum.saturating_add(item.weight));
        if sum != WHOLE {
            reasons.find(
                ChargeRule::Weights,
                "weights",
                &[("sum", At::Number(sum)), ("whole", At::Number(WHOLE))],
            );
        }
        for (place, item) in self.items.iter().enumerate() {
            let is_known = self.items[..place].iter().any(|other| other.key == item.key);
            if is_known || !(1..=WHOLE).contains(&item.weight) || !(1..=WHOLE).contains(&item.each) {
                reasons.find(ChargeRule::Item, &item.key, &[("item", words(&item.name))]);
            }
        }
        let is_falling = self.grades.windows(2).all(|pair| {
            pair[0].from > pair[1].from
                && pair[0].award_permille >= pair[1].award_permille
                && pair[0].grade < pair[1].grade
        });
        let is_fit = |step: &Step| {
            step.grade != Grade::Fail
                && (1..=WHOLE).contains(&step.from)
                && (0..=10_000).contains(&step.award_permille)
        };
        if !is_falling
            || self.grades.is_empty()
            || !self.grades.iter().all(is_fit)
            || !(0..=WHOLE).contains(&self.bonus_cap)
        {
            reasons.find(ChargeRule::Grades, "grades", &[]);
        }
    }
}

/// What the records outside the charge say about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Records {
    /// Places of the adopted plan and how many are used, where there is one.
    pub quota: Option<(i64, i64)>,
    /// Admissions of the year before.
    pub n_last: i64,
    /// Running files.
    pub n_files: i64,
    /// Steps of them that are overdue.
    pub n_overdue: i64,
}

/// Bonus and veto as they are decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Bonus asked for.
    pub bonus: i64,
    /// What it is for.
    pub bonus_reason: String,
    /// What rules any grade above failure out.
    pub veto: Option<String>,
}

/// What a result adds up to: the rule of the scheme and nothing else.
#[must_use]
pub fn add_up(scheme: &Scheme, as_of: Date, lines: Vec<Line>, verdict: &Verdict) -> Outcome {
    let bonus = verdict.bonus.clamp(0, scheme.bonus_cap);
    let total = lines.iter().map(|line| line.points).sum::<i64>() + bonus;
    let n_zero = lines.iter().filter(|line| line.points == 0).count();
    let n_zero = i64::try_from(n_zero).unwrap_or(i64::MAX);
    let veto = verdict.veto.as_ref().map(|why| why.trim().to_owned()).filter(|why| !why.is_empty());
    let grade = if veto.is_some() { Grade::Fail } else { scheme.grade(total, n_zero) };
    Outcome {
        as_of,
        lines,
        bonus_given: verdict.bonus,
        bonus,
        bonus_reason: verdict.bonus_reason.clone(),
        veto,
        total,
        n_zero,
        grade,
    }
}

/// The line of an item with what speaks against it.
#[must_use]
pub fn line(item: &Item, causes: Vec<Cause>) -> Line {
    let n = causes.iter().fold(0_i64, |n, cause| n.saturating_add(cause.n));
    let points = item.weight.saturating_sub(n.saturating_mul(item.each)).clamp(0, item.weight);
    Line { item: item.key.clone(), weight: item.weight, each: item.each, n, points, causes }
}

/// The lines of a letter's appraisal, from what was recorded until a day.
#[must_use]
pub fn lines(
    charge: &Charge,
    letter: &Letter,
    (standing, records): (&Standing, &Records),
    deductions: &[Deduction],
    as_of: Date,
) -> Vec<Line> {
    let fed = |item: &Item| match item.feed {
        Feed::Tasks => of_tasks(charge, letter, standing, as_of),
        Feed::Letters => of_letters(charge, letter, as_of),
        Feed::Quota => records.quota.filter(|(n, used)| n != used).map_or_else(Vec::new, |(n, used)| {
            vec![cause(CauseKind::Quota, None, (n - used).abs(), format!("{used} / {n}"))]
        }),
        Feed::Files => {
            // Rounded up: one overdue step among three hundred files is not none.
            let per_hundred = (100 * records.n_overdue + records.n_files - 1).checked_div(records.n_files);
            let words = format!("{} / {}", records.n_overdue, records.n_files);
            let n = per_hundred.unwrap_or(0);
            if n > 0 { vec![cause(CauseKind::Files, None, n, words)] } else { Vec::new() }
        }
        Feed::Inspection => Vec::new(),
    };
    let found = |item: &Item| {
        let own = deductions.iter().filter(|it| it.item == item.key);
        own.map(|it| cause(CauseKind::Inspection, None, it.n, it.words.clone())).collect::<Vec<_>>()
    };
    let items = &charge.terms.scheme.items;
    items.iter().map(|item| line(item, fed(item).into_iter().chain(found(item)).collect())).collect()
}

fn cause(kind: CauseKind, number: Option<i64>, n: i64, words: String) -> Cause {
    Cause { kind, number, n, words }
}

fn of_tasks(charge: &Charge, letter: &Letter, standing: &Standing, as_of: Date) -> Vec<Cause> {
    let is_own = |task: &&super::Task| {
        task.terms.owner.as_ref().is_some_and(|owner| standing.covers(&letter.taker, owner))
    };
    let is_missed = |task: &&super::Task| {
        task.terms.due_on < as_of
            && !task.done_by(as_of).is_some_and(|done| done.is_in_time && done.is_reached)
    };
    let missed = charge.tasks.values().filter(is_own).filter(is_missed);
    missed.map(|task| cause(CauseKind::Task, Some(task.number), 1, task.terms.title.clone())).collect()
}

fn of_letters(charge: &Charge, letter: &Letter, as_of: Date) -> Vec<Cause> {
    let concerns = |it: &&Letter| {
        it.replaced_by.is_none()
            && (it.number == letter.number || letter.taker.post.is_none() && it.giver == letter.taker.unit)
    };
    let is_amiss = |it: &&Letter| {
        let signed = it.signed_on();
        let is_signed = signed.is_some_and(|on| on <= it.sign_by);
        as_of > it.sign_by && !is_signed
    };
    let amiss = charge.letters.values().filter(concerns).filter(is_amiss);
    amiss.map(|it| cause(CauseKind::Letter, Some(it.number), 1, String::new())).collect()
}

/// Points that a unit gives itself: every item once, within its range.
pub(super) fn check_points(desk: &mut Desk, points: &BTreeMap<String, i64>) {
    let scheme = desk.charge.terms.scheme.clone();
    for item in &scheme.items {
        let given = points.get(&item.key).copied();
        if !given.is_some_and(|given| (0..=item.weight).contains(&given)) {
            let values = [("item", words(&item.name)), ("most", At::Number(item.weight))];
            desk.find(ChargeRule::Range, &item.key, &values);
        }
    }
    for key in points.keys().filter(|key| scheme.item(key).is_none()) {
        desk.find(ChargeRule::ItemUnknown, key, &[("item", At::Plain(key.clone()))]);
    }
}

pub(super) fn check_deductions(desk: &mut Desk, deductions: &[Deduction]) {
    let scheme = desk.charge.terms.scheme.clone();
    for it in deductions {
        match scheme.item(&it.item) {
            None => desk.find(ChargeRule::ItemUnknown, &it.item, &[("item", At::Plain(it.item.clone()))]),
            Some(item) if !(1..=WHOLE).contains(&it.n) => {
                let values = [("item", words(&item.name)), ("most", At::Number(WHOLE))];
                desk.find(ChargeRule::Range, &it.item, &values);
            }
            Some(_) if it.words.trim().is_empty() => desk.find(ChargeRule::Reason, &it.item, &[]),
            Some(_) => {}
        }
    }
}
