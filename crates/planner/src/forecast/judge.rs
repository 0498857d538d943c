//! Projected years held against promises, in whole parts of a person.

use super::people::{Group, PARTS, Shape, State};
use super::project::{Admissions, Year};
use super::{Promise, Question, Reading};
use crate::target::{Kind, Population, Verdict};

/// A promise at the end of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Position of the promise.
    pub promise: usize,
    /// The year.
    pub year: i32,
    /// Whether the promise is judged at the end of this year; the other years show how it comes about.
    pub is_due: bool,
    /// The group, in parts of a person; for growth, by how much it grew.
    pub count: i64,
    /// The whole, in parts of a person; for counts and growth, one person.
    pub whole: i64,
    /// Whether the bound is kept on that day.
    pub verdict: Verdict,
}

/// Counts groups of members quickly: the cells of each group are found once.
pub(super) struct Counter(Vec<usize>);

impl Counter {
    pub(super) fn new(shape: Shape, group: &Group) -> Counter {
        Counter((0..shape.n_cells()).filter(|&index| group.has(shape.cell(index))).collect())
    }

    pub(super) fn count(&self, state: &State) -> i64 {
        self.0.iter().map(|&index| state.full[index] + state.probation[index]).sum()
    }
}

/// Holds the years of a plan against every promise, promise by promise and year by year.
pub fn judge(
    question: &Question,
    reading: Reading,
    years: &[Year],
    admissions: &[Admissions],
) -> Vec<Judged> {
    let mut judged = Vec::new();
    let totals: Vec<i64> = states(question, years).map(State::total).collect();
    for (position, promise) in question.promises.iter().enumerate() {
        let counter = Counter::new(question.state.shape(), &promise.group);
        let counts: Vec<i64> = states(question, years).map(|state| counter.count(state)).collect();
        for (step, year) in question.years().enumerate().take(years.len()) {
            let (of_group, all) = match promise.of {
                Population::Stock => (counts[step + 1], totals[step + 1]),
                Population::Intake | Population::Candidates | Population::Units => {
                    admitted(question, promise, &admissions[step])
                }
            };
            let count = if promise.kind == Kind::Growth { of_group - counts[step] } else { of_group };
            let whole = if promise.kind == Kind::Share { all } else { PARTS };
            let bound = promise.bound(reading);
            judged.push(Judged {
                promise: position,
                year,
                is_due: promise.years.contains(&year),
                count,
                whole,
                verdict: bound.judge_parts(promise.kind, count, whole, PARTS),
            });
        }
    }
    judged
}

fn states<'a>(question: &'a Question, years: &'a [Year]) -> impl Iterator<Item = &'a State> {
    std::iter::once(&question.state).chain(years.iter().map(|year| &year.state))
}

/// Of a year's admissions those in the group, and all; in parts, because the ages inside a cell of
/// the intake may be known by their weights only.
fn admitted(question: &Question, promise: &Promise, admissions: &Admissions) -> (i64, i64) {
    let mut of_group = 0;
    let mut all = 0;
    for (cell, &n_people) in question.cells.iter().zip(admissions) {
        of_group += part_of_group(&cell.profile, &promise.group, n_people);
        all += n_people * PARTS;
    }
    (of_group, all)
}

/// People of a profile that belong to a group, in parts.
pub(super) fn part_of_group(profile: &super::Profile, group: &Group, n_people: i64) -> i64 {
    let (weight, whole) = profile.share(group);
    // Invariant: the part is not larger than the whole, which is an i64.
    (i128::from(n_people) * i128::from(PARTS) * i128::from(weight) / i128::from(whole)) as i64
}
