//! Promises and limits as rows over the numbers to be admitted: one variable for each year and each
//! cell of the intake. A share is multiplied out, so that every row is a sum.

use super::judge::{Counter, part_of_group};
use super::linear::{Program, Row, UNIT};
use super::people::{Group, PARTS};
use super::rates::Assumed;
use super::response::{Response, response};
use super::{Promise, Question, Reading, Year};
use crate::target::{Bound, Kind, Population, Side};

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowName {
    /// A promise, by its position, judged at the end of a year.
    Promise(usize, i32),
    /// Most admissions of a year.
    Cap(i32),
    /// A year may not rise too far above the one before.
    Rise(i32),
    /// A year may not fall too far below the one before.
    Fall(i32),
    /// People who could be admitted in a year, all cells together.
    Pool(i32),
}

/// The rows of a question with their names, and what they were made of.
pub(super) struct Rows {
    pub(super) names: Vec<RowName>,
    pub(super) program: Program,
    /// Upper ends when the pools of a year are lifted.
    pub(super) without_pools: Vec<i64>,
    pub(super) n_cells: usize,
    pub(super) first_year: i32,
}

/// How much a promise's bound is moved, in thousandths (or people): for prices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift {
    pub(super) promise: usize,
    pub(super) by: i64,
}

/// What members and admissions contribute to the groups of the promises, computed once and used for
/// every set of rows.
pub(super) struct Contributions<'a> {
    question: &'a Question,
    /// By group and number of years.
    responses: Vec<(Group, usize, Response)>,
    /// The years without any admission.
    base: Vec<Year>,
}

impl<'a> Contributions<'a> {
    pub(super) fn new(question: &'a Question) -> Contributions<'a> {
        let nobody = vec![vec![0; question.cells.len()]; question.n_years()];
        let base = question.run_plan(&nobody, Assumed::default());
        let mut contributions = Contributions { question, responses: Vec::new(), base };
        let factors = question.rates.factors(question.state.shape(), Assumed::default());
        let profiles = question.profiles();
        for (group, step) in contributions.needed() {
            let shape = question.state.shape();
            let arrivals = &question.rates.transfers_in;
            let found = response(shape, &factors, &profiles, arrivals, &group, step);
            contributions.responses.push((group, step, found));
        }
        contributions
    }

    /// Groups and years that some promise about members looks at.
    fn needed(&self) -> Vec<(Group, usize)> {
        let mut needed: Vec<(Group, usize)> = Vec::new();
        let mut add = |group: &Group, step: usize| {
            if step > 0 && !needed.iter().any(|(known, at)| known == group && *at == step) {
                needed.push((group.clone(), step));
            }
        };
        for promise in self.question.promises.iter().filter(|promise| promise.of == Population::Stock) {
            for &year in &promise.years {
                let step = self.step(year);
                add(&promise.group, step);
                match promise.kind {
                    Kind::Share => add(&Group::everyone(), step),
                    Kind::Growth => add(&promise.group, step - 1),
                    Kind::Count | Kind::Ratio | Kind::Coverage => {}
                }
            }
        }
        needed
    }

    /// Years from the start to the end of `year`.
    fn step(&self, year: i32) -> usize {
        usize::try_from(year - self.question.from).unwrap_or(0)
    }

    /// People in a group after some years: the constant, and the terms by variable, in parts.
    fn members(&self, group: &Group, step: usize) -> (i64, Vec<i64>) {
        let question = self.question;
        let counter = Counter::new(question.state.shape(), group);
        let n_variables = question.n_years() * question.cells.len();
        let mut terms = vec![0; n_variables];
        if step == 0 {
            return (counter.count(&question.state), terms);
        }
        let found = self.responses.iter().find(|(known, at, _)| known == group && *at == step);
        // Invariant: every group and year that a promise looks at was computed.
        let (_, _, response) = found.expect("computed at the beginning");
        for (term, value) in terms.iter_mut().zip(response.admitted.iter().flatten()) {
            *term = (value * PARTS as f64).round() as i64;
        }
        (counter.count(&self.base[step - 1].state), terms)
    }

    /// Of the admissions of a year those in a group, by variable, in parts.
    fn admitted(&self, group: &Group, year: i32) -> Vec<i64> {
        let n_cells = self.question.cells.len();
        let mut terms = vec![0; self.question.n_years() * n_cells];
        let first = (self.step(year) - 1) * n_cells;
        for (term, cell) in terms[first..].iter_mut().zip(&self.question.cells) {
            *term = part_of_group(&cell.profile, group, 1);
        }
        terms
    }

    /// The rows of all promises and limits. Promises about the number of admissions are left out: how
    /// many it takes is what is asked.
    pub(super) fn rows(&self, reading: Reading, shift: Shift, slack: i128) -> Rows {
        let question = self.question;
        let mut names = Vec::new();
        let mut rows = Vec::new();
        for (position, promise) in question.promises.iter().enumerate() {
            if promise.of == Population::Intake && promise.kind == Kind::Count {
                continue;
            }
            let mut bound = promise.bound(reading).clone();
            if shift.promise == position {
                bound.value += shift.by;
            }
            for &year in &promise.years {
                for row in self.of_promise(promise, &bound, year, slack) {
                    names.push(RowName::Promise(position, year));
                    rows.push(row);
                }
            }
        }
        self.limits(&mut names, &mut rows);
        let (upper, without_pools) = self.uppers();
        Rows {
            names,
            program: Program { upper, rows },
            without_pools,
            n_cells: question.cells.len(),
            first_year: question.from + 1,
        }
    }

    /// One row for each side of the bound. `slack` is added for members, whose projection rounds.
    fn of_promise(&self, promise: &Promise, bound: &Bound, year: i32, slack: i128) -> Vec<Row> {
        let step = self.step(year);
        let everyone = Group::everyone();
        let is_stock = promise.of == Population::Stock;
        let of = |group: &Group| {
            if is_stock { self.members(group, step) } else { (0, self.admitted(group, year)) }
        };
        let (mut constant, mut terms) = of(&promise.group);
        if promise.kind == Kind::Growth {
            let (before, terms_before) = self.members(&promise.group, step - 1);
            constant -= before;
            terms.iter_mut().zip(terms_before).for_each(|(term, before)| *term -= before);
        }
        let (whole, whole_terms) =
            if promise.kind == Kind::Share { of(&everyone) } else { (PARTS, vec![0; terms.len()]) };
        sides(promise.kind, bound, is_stock)
            .into_iter()
            .map(|(sign, times, of_whole, more)| Row {
                terms: terms
                    .iter()
                    .zip(&whole_terms)
                    .map(|(&term, &all)| sign * (times * i128::from(term) - of_whole * i128::from(all)))
                    .collect(),
                at_least: more + if is_stock { slack } else { 0 }
                    - sign * (times * i128::from(constant) - of_whole * i128::from(whole)),
            })
            .collect()
    }

    fn limits(&self, names: &mut Vec<RowName>, rows: &mut Vec<Row>) {
        let question = self.question;
        let n_cells = question.cells.len();
        let n_variables = question.n_years() * n_cells;
        // `now` times the admissions of a year plus `before` times those of the year before.
        let of_years = |step: usize, now: i128, before: i128| -> Vec<i128> {
            (0..n_variables)
                .map(|j| match j / n_cells {
                    at if at == step => now * UNIT,
                    at if at + 1 == step => before * UNIT,
                    _ => 0,
                })
                .collect()
        };
        for (step, year) in question.years().enumerate() {
            let cap = i128::from(question.cap(step));
            names.push(RowName::Cap(year));
            rows.push(Row { terms: of_years(step, -1, 0), at_least: -cap * UNIT });
            let Some(change) = question.limits.change.map(i128::from) else { continue };
            let before = if step == 0 { question.limits.previous.map(i128::from) } else { Some(0) };
            let Some(before) = before else { continue };
            // In thousandths of a person, brought to whole units by the division at the end.
            let thousandths = |now: i128, then: i128| -> Vec<i128> {
                of_years(step, now, then).into_iter().map(|term| term / 1000).collect()
            };
            names.push(RowName::Rise(year));
            rows.push(Row {
                terms: thousandths(-1000, 1000 + change),
                at_least: -(1000 + change) * before * (UNIT / 1000),
            });
            names.push(RowName::Fall(year));
            rows.push(Row {
                terms: thousandths(1000, change - 1000),
                at_least: (1000 - change) * before * (UNIT / 1000),
            });
        }
    }

    /// Upper ends of the variables, with and without the pools.
    fn uppers(&self) -> (Vec<i64>, Vec<i64>) {
        let question = self.question;
        let room = question.room();
        let steps = 0..question.n_years();
        steps
            .flat_map(|step| {
                question.cells.iter().map(move |cell| {
                    let pool = cell.pool.get(step).copied().flatten();
                    (pool.map_or(room, |pool| pool.min(room)), room)
                })
            })
            .unzip()
    }
}

/// The sides of a bound as `sign * (times * count - of_whole * whole) >= more`, in millionths.
fn sides(kind: Kind, bound: &Bound, is_stock: bool) -> Vec<(i128, i128, i128, i128)> {
    let value = i128::from(bound.value);
    let times = 1_000_000;
    // Thousandths of a share, or whole people, in millionths.
    let per = if kind == Kind::Share { 1000 } else { 1_000_000 };
    let tolerance = i128::from(bound.tolerance);
    let (low, high) = (value * (1000 - tolerance) * per / 1000, value * (1000 + tolerance) * per / 1000);
    let more = match (kind, is_stock) {
        // Among whole people a share above its bound is above it by a thousandth of a person at least.
        (Kind::Share, false) => UNIT / 1000,
        (Kind::Share, true) => 1,
        (Kind::Count | Kind::Growth | Kind::Ratio | Kind::Coverage, _) => UNIT,
    };
    match bound.bound {
        Side::AtLeast => vec![(1, times, value * per, 0)],
        Side::MoreThan => vec![(1, times, value * per, more)],
        Side::AtMost => vec![(-1, times, value * per, 0)],
        Side::About => vec![(1, times, low, 0), (-1, times, high, 0)],
    }
}

impl Contributions<'_> {
    /// The greatest value of a promise about members at the end of a year while the rows in `kept` are
    /// kept: millionths of the whole for a share, people otherwise; rounded up. None when the rows
    /// cannot be kept at all.
    pub(super) fn greatest(
        &self,
        rows: &Rows,
        promise: usize,
        year: i32,
        kept: impl Fn(RowName) -> bool,
    ) -> Option<i64> {
        let promise = &self.question.promises[promise];
        let step = self.step(year);
        let (mut constant, mut terms) = self.members(&promise.group, step);
        if promise.kind == Kind::Growth {
            let (before, terms_before) = self.members(&promise.group, step - 1);
            constant -= before;
            terms.iter_mut().zip(terms_before).for_each(|(term, before)| *term -= before);
        }
        let (whole, whole_terms) = if promise.kind == Kind::Share {
            self.members(&Group::everyone(), step)
        } else {
            (PARTS, vec![0; terms.len()])
        };
        // A ratio of two sums is greatest where no multiple of the lower sum can be beaten
        // (Dinkelbach 1967): each round takes the ratio at the best point of the round before.
        let mut ratio = constant as f64 / whole as f64;
        for round in 0..40 {
            let cost: Vec<f64> = terms
                .iter()
                .zip(&whole_terms)
                .map(|(&term, &all)| (ratio * all as f64 - term as f64) / PARTS as f64)
                .collect();
            let (_, at) = rows.program.minimum(&cost, |row| kept(rows.names[row]))?;
            let sum = |constant: i64, terms: &[i64]| -> f64 {
                constant as f64 + terms.iter().zip(&at).map(|(&term, x)| term as f64 * x).sum::<f64>()
            };
            let next = sum(constant, &terms) / sum(whole, &whole_terms);
            if round > 0 && next <= ratio + 1e-12 {
                break;
            }
            ratio = next;
        }
        let scale = if promise.kind == Kind::Share { 1e6 } else { 1.0 };
        Some((ratio * scale - 1e-6).ceil() as i64)
    }
}
