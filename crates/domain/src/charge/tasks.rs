//! Opening a year, setting and splitting its tasks, and what becomes of each.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::{
    Charge, ChargeOpened, ChargeRule, Desk, Ground, Measure, MeasureKind, Owner, Press, TaskAnswer,
    TaskAnswered, TaskPressed, TaskReported, TaskSet, TaskTerms, Terms,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::ChargeId;
use crate::offices::words;

pub(super) fn open(
    mut reasons: Reasons,
    ground: &Ground,
    year: i16,
    terms: &Terms,
    objectives: &[(String, Option<usize>)],
) -> Consideration {
    let Some((unit, is_taken)) = &ground.opening else {
        reasons.find(ChargeRule::UnitUnknown, "unit", &[]);
        return reasons.answer(Vec::new);
    };
    let today = ground.now.today;
    if !(today.year()..=today.year().saturating_add(1)).contains(&year) {
        reasons.find(ChargeRule::Year, "year", &[("year", At::Number(year.into()))]);
    }
    if *is_taken {
        let values = [("year", At::Number(year.into())), ("unit", words(&unit.name))];
        reasons.find(ChargeRule::Taken, "year", &values);
    }
    if terms.sign_by.year() != year || terms.sign_by < today || terms.rate_by <= terms.sign_by {
        reasons.find(ChargeRule::Days, "sign_by", &[("year", At::Number(year.into()))]);
    }
    terms.scheme.check(&mut reasons);
    for (place, (title, parent)) in objectives.iter().enumerate() {
        if title.trim().is_empty() {
            reasons.find(ChargeRule::Title, "objectives", &[]);
        }
        if parent.is_some_and(|parent| parent >= place) {
            reasons.find(ChargeRule::Parent, "objectives", &[]);
        }
    }
    let charge = ChargeId(ground.free);
    reasons.answer(|| {
        let opened = ChargeOpened { charge, year, terms: terms.clone() };
        let set = objectives.iter().enumerate().map(|(place, (title, parent))| TaskSet {
            charge,
            number: number_at(place),
            task: TaskTerms {
                parent: parent.map(number_at),
                title: title.trim().to_owned(),
                owner: Some(Owner { unit: unit.id, post: None }),
                co_owners: Vec::new(),
                due_on: date(year, 12, 31),
                measure: Measure { kind: MeasureKind::Words, words: String::new(), base: None, target: None },
            },
        });
        let set = set.map(|set| Fact::of_unit(unit.id, today, set));
        std::iter::once(Fact::of_unit(unit.id, today, opened)).chain(set).collect()
    })
}

fn number_at(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1)
}

pub(super) fn set(mut desk: Desk, number: Option<i64>, terms: &TaskTerms) -> Consideration {
    if let Some(task) = number.and_then(|number| desk.task(number))
        && task.done.is_some()
    {
        desk.find(ChargeRule::TaskDone, "task", &[("task", At::Plain(task.terms.title.clone()))]);
    }
    if terms.title.trim().is_empty() {
        desk.find(ChargeRule::Title, "title", &[]);
    }
    check_parent(&mut desk, number, terms);
    if let Some(owner) = &terms.owner {
        check_owner(&mut desk, owner, terms.due_on);
    } else {
        desk.find(ChargeRule::NoOwner, "owner", &[("task", At::Plain(terms.title.clone()))]);
    }
    for unit in &terms.co_owners {
        desk.unit(*unit, "co_owners");
    }
    if terms.due_on.year() != desk.charge.year {
        desk.find(ChargeRule::DueYear, "due_on", &[("year", At::Number(desk.charge.year.into()))]);
    }
    let measure = &terms.measure;
    let is_fit = match measure.kind {
        MeasureKind::Words => measure.target.is_none() && measure.base.is_none(),
        MeasureKind::Count => measure.target.is_some_and(|n| n > 0) && measure.base.is_none(),
        MeasureKind::Rise | MeasureKind::Saving => {
            measure.target.is_some_and(|n| (1..=1000).contains(&n)) && measure.base.is_some_and(|n| n > 0)
        }
    };
    if !is_fit {
        desk.find(ChargeRule::MeasureTarget, "target", &[]);
    }
    let (charge, today) = (desk.id(), desk.today());
    let number = number.unwrap_or_else(|| free(desk.charge));
    desk.answer(today, || Some(TaskSet { charge, number, task: terms.clone() }))
}

fn free(charge: &Charge) -> i64 {
    charge.tasks.keys().next_back().map_or(1, |last| last + 1)
}

/// The task above must be there, must not lie below this one, and leaves no more time than it has.
fn check_parent(desk: &mut Desk, number: Option<i64>, terms: &TaskTerms) {
    let Some(parent) = terms.parent else { return };
    let Some(above) = desk.charge.tasks.get(&parent) else {
        desk.find(ChargeRule::Parent, "parent", &[]);
        return;
    };
    let mut seen = BTreeSet::new();
    let mut next = Some(parent);
    while let Some(at) = next.filter(|at| seen.insert(*at)) {
        if Some(at) == number {
            desk.find(ChargeRule::Cycle, "parent", &[("task", At::Plain(above.terms.title.clone()))]);
            return;
        }
        next = desk.charge.tasks.get(&at).and_then(|task| task.terms.parent);
    }
    if terms.due_on > above.terms.due_on {
        desk.find(ChargeRule::DueParent, "due_on", &[("day", At::Day(above.terms.due_on))]);
    }
    if let (Some(owner), Some(over)) = (&terms.owner, &above.terms.owner)
        && let Some(unit) = desk.ground.standing.unit(over.unit)
        && !desk.ground.standing.is_within(owner.unit, over.unit)
    {
        desk.find(ChargeRule::OutsideParent, "owner", &[("unit", words(&unit.name))]);
    }
}

fn check_owner(desk: &mut Desk, owner: &Owner, due_on: Date) {
    let today = desk.today().min(due_on);
    let unit = desk.unit(owner.unit, "owner");
    if let (Some(unit), Some(post)) = (unit, owner.post) {
        let held =
            desk.ground.standing.post(post).filter(|(at, held)| *at == unit.id && held.is_held_on(today));
        if held.is_none() {
            desk.find(ChargeRule::OwnerPost, "post", &[("unit", words(&unit.name))]);
        }
    }
}

pub(super) fn answer(mut desk: Desk, number: i64, answer: TaskAnswer, reason: &str) -> Consideration {
    if let Some(task) = desk.task(number) {
        let named = [("task", At::Plain(task.terms.title.clone()))];
        if task.done.is_some() {
            desk.find(ChargeRule::TaskDone, "task", &named);
        }
        if task.terms.owner.is_none() {
            desk.find(ChargeRule::NoOwner, "task", &named);
        }
        if task.answer.as_ref().is_some_and(|(_, given, _)| *given == answer) {
            desk.find(ChargeRule::SameAnswer, "answer", &named);
        }
    }
    if answer == TaskAnswer::Return {
        desk.check_reason(reason);
    }
    let (charge, today, reason) = (desk.id(), desk.today(), reason.trim().to_owned());
    desk.answer(today, || Some(TaskAnswered { charge, number, answer, reason }))
}

pub(super) fn press(mut desk: Desk, number: i64, press: Press, reason: &str) -> Consideration {
    if let Some(task) = desk.task(number) {
        let named = [("task", At::Plain(task.terms.title.clone()))];
        if task.done.is_some() {
            desk.find(ChargeRule::TaskDone, "task", &named);
        }
        if press == Press::Escalate && desk.today() <= task.terms.due_on {
            desk.find(ChargeRule::NotOverdue, "press", &[("day", At::Day(task.terms.due_on))]);
        }
    }
    desk.check_reason(reason);
    let (charge, today, words) = (desk.id(), desk.today(), reason.trim().to_owned());
    desk.answer(today, || Some(TaskPressed { charge, number, press, words }))
}

pub(super) fn report(mut desk: Desk, number: i64, figure: Option<i64>, evidence: &str) -> Consideration {
    if let Some(task) = desk.task(number) {
        if task.done.is_some() {
            desk.find(ChargeRule::TaskDone, "task", &[("task", At::Plain(task.terms.title.clone()))]);
        }
        let is_counted = task.terms.measure.target.is_some();
        if is_counted != figure.is_some() || figure.is_some_and(|n| n < 0) {
            desk.find(ChargeRule::Figure, "figure", &[]);
        }
    }
    if evidence.trim().is_empty() {
        desk.find(ChargeRule::Evidence, "evidence", &[]);
    }
    let (charge, today, evidence) = (desk.id(), desk.today(), evidence.trim().to_owned());
    desk.answer(today, || Some(TaskReported { charge, number, figure, evidence }))
}
