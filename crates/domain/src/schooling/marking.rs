//! Marks of answers: closed questions by their key, written ones by two people and, where these differ too
//! much, by a third. Whole numbers throughout.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answers, Desk, ExamMarked, Item, MarkRound, QuestionKind, SchoolRule, Sitting};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::ids::PersonId;

/// What a sitting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Points in hundredths of all points, rounded down.
    pub percent: i64,
    /// Reached what the cohort asks for.
    pub is_pass: bool,
}

/// What the answers of everybody say about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemFigures {
    /// Number of the item.
    pub item: i64,
    /// Sittings that were counted.
    pub n: i64,
    /// Mean share of the points, in thousandths; the lower, the harder.
    pub difficulty: i64,
    /// The same among the better quarter less that among the weaker quarter, in thousandths.
    pub discrimination: i64,
}

/// Whether a text can be an answer to an item.
pub(super) fn is_answer(item: &Item, answer: &str) -> bool {
    let letters: BTreeSet<char> = answer.chars().collect();
    let options = || letters.iter().all(|it| ('A'..='H').take(item.asked.options.len()).any(|x| x == *it));
    match item.asked.kind {
        QuestionKind::Single => answer.chars().count() <= 1 && options(),
        QuestionKind::Multiple => letters.len() == answer.chars().count() && options(),
        QuestionKind::TrueFalse => matches!(answer, "" | "T" | "F"),
        QuestionKind::Short | QuestionKind::Essay => true,
    }
}

/// Points for the answer to a closed question: all or none.
#[must_use]
pub fn mark_closed(item: &Item, answer: &str) -> i64 {
    let letters = |text: &str| text.chars().collect::<BTreeSet<char>>();
    if !answer.is_empty() && letters(answer) == letters(&item.asked.key) { item.asked.points } else { 0 }
}

/// Twice the points of an item, so that the mean of two markings stays whole; none while it waits.
fn doubled(item: &Item, sitting: &Sitting, answers: &Answers, tolerance_percent: i64) -> Option<i64> {
    let answer = answers.get(&item.number).map_or("", String::as_str);
    if item.asked.kind.is_closed() {
        return Some(2 * mark_closed(item, answer));
    }
    let mark = |round| {
        let found = sitting.marks.iter().find(|mark| mark.item == item.number && mark.round == round);
        found.map(|mark| mark.points)
    };
    // Nothing was written, on screen: there is nothing to read twice.
    if answer.trim().is_empty() && sitting.medium == super::Medium::Screen {
        return Some(0);
    }
    if let Some(points) = mark(MarkRound::Arbitration) {
        return Some(2 * points);
    }
    let (first, second) = (mark(MarkRound::First)?, mark(MarkRound::Second)?);
    (!differ(first, second, item, tolerance_percent)).then_some(first + second)
}

fn differ(first: i64, second: i64, item: &Item, tolerance_percent: i64) -> bool {
    100 * (first - second).abs() > tolerance_percent * item.asked.points
}

/// What a sitting came to; none while an answer waits to be marked.
#[must_use]
pub fn outcome(
    items: &[Item],
    sitting: &Sitting,
    answers: &Answers,
    (pass_percent, tolerance_percent): (i64, i64),
) -> Option<Outcome> {
    let all: i64 = items.iter().map(|item| 2 * item.asked.points).sum();
    let got: Option<i64> = items.iter().map(|item| doubled(item, sitting, answers, tolerance_percent)).sum();
    let got = got?;
    Some(Outcome { percent: (100 * got).div_euclid(all.max(1)), is_pass: 100 * got >= pass_percent * all })
}

/// How hard each item was, and whether those who did well did better on it.
#[must_use]
pub fn figures(items: &[Item], sat: &[(&Sitting, &Answers)], tolerance_percent: i64) -> Vec<ItemFigures> {
    // Sittings that are marked to the end, the best first.
    let mut whole: Vec<(i64, BTreeMap<i64, i64>)> = Vec::new();
    for (sitting, answers) in sat {
        let points: Option<BTreeMap<i64, i64>> = items
            .iter()
            .map(|item| Some((item.number, doubled(item, sitting, answers, tolerance_percent)?)))
            .collect();
        whole.extend(points.map(|points| (points.values().sum(), points)));
    }
    whole.sort_by_key(|(sum, _)| std::cmp::Reverse(*sum));
    let quarter = whole.len().div_ceil(4);
    let share = |of: &[(i64, BTreeMap<i64, i64>)], item: &Item| {
        let got: i64 = of.iter().filter_map(|(_, points)| points.get(&item.number)).sum();
        let most = 2 * item.asked.points * count(of.len());
        (1000 * got).div_euclid(most.max(1))
    };
    items
        .iter()
        .map(|item| ItemFigures {
            item: item.number,
            n: count(whole.len()),
            difficulty: share(&whole, item),
            discrimination: share(&whole[..quarter], item) - share(&whole[whole.len() - quarter..], item),
        })
        .collect()
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn mark(
    mut desk: Desk<'_>,
    number: i64,
    person: PersonId,
    (item, points): (i64, i64),
) -> Consideration {
    let Some(paper) = desk.paper(number) else { return desk.reasons.answer(Vec::new) };
    let Some(sitting) = desk.sitting(number, person) else {
        desk.find(SchoolRule::NotBegun, "points", &[]);
        return desk.reasons.answer(Vec::new);
    };
    let is_over = desk.ground.now.at > paper.ends_at(sitting.extra_minutes);
    if sitting.handed_in_at.is_none() && !is_over {
        desk.find(SchoolRule::StillWriting, "points", &[]);
    }
    let known = desk.ground.items.iter().find(|known| known.number == item);
    let Some(known) = known.filter(|known| !known.asked.kind.is_closed()) else {
        desk.find(SchoolRule::NotWritten, "points", &[("item", At::Number(item))]);
        return desk.reasons.answer(Vec::new);
    };
    if !(0..=known.asked.points).contains(&points) {
        let values = [("n", At::Number(points)), ("most", At::Number(known.asked.points))];
        desk.find(SchoolRule::MarkPoints, "points", &values);
    }
    let actor = desk.ground.actor;
    let marks: Vec<&ExamMarked> = sitting.marks.iter().filter(|mark| mark.item == item).collect();
    if marks.iter().any(|mark| mark.marker == actor) {
        desk.find(SchoolRule::SameMarker, "points", &[]);
    }
    let round = match marks[..] {
        [] => MarkRound::First,
        [_] => MarkRound::Second,
        [first, second]
            if differ(first.points, second.points, known, desk.cohort.terms.tolerance_percent) =>
        {
            MarkRound::Arbitration
        }
        _ => {
            desk.find(SchoolRule::Marked, "points", &[]);
            return desk.reasons.answer(Vec::new);
        }
    };
    let marked = ExamMarked { cohort: desk.cohort.id, paper: number, item, round, points, marker: actor };
    let fact = desk.about(person, marked);
    desk.reasons.answer(|| vec![fact])
}
