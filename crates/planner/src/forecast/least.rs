//! What it would take: the fewest admissions, by year and cell, that keep every promise, in whole
//! people and with a bound that no plan can beat; or the proof that none do, what contradicts, and
//! how near one can come.

use super::judge::judge;
use super::linear::{Program, UNIT};
use super::project::Admissions;
use super::rates::Assumed;
use super::rows::{Contributions, RowName, Rows, Shift};
use super::{Limits, Question, Reading};
use crate::target::{Kind, Population, Side, Verdict};

/// What it would take to keep every promise.
#[derive(Debug, Clone, PartialEq)]
pub enum Least {
    /// It can be done.
    Reached(Reached),
    /// It cannot.
    Unreachable(Unreachable),
}

/// A plan that keeps every promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// Admissions by year and intake cell.
    pub admissions: Vec<Admissions>,
    /// People admitted in all years together.
    pub total: i64,
    /// No plan in whole people needs fewer.
    pub bound: i64,
    /// Promises and limits that leave no room: with any of them gone, fewer might do.
    pub binding: Vec<RowName>,
    /// What moving each promise about members by a tenth of a point would cost.
    pub prices: Vec<Price>,
}

/// Admissions for a tenth of a point of a share, or for one person of a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Position of the promise.
    pub promise: usize,
    /// More admissions for a bound that is higher by so much; none when it cannot be reached.
    pub higher: Option<f64>,
    /// Fewer admissions for a bound that is lower by so much.
    pub lower: Option<f64>,
}

/// Why no plan keeps every promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreachable {
    /// Whether a bound in whole numbers proves it. Without, no plan in whole people was found although
    /// fractions of people would do.
    pub is_proved: bool,
    /// Rows that contradict one another, none of which can be left out.
    pub conflict: Vec<RowName>,
    /// How far each promise about members can be brought.
    pub best: Vec<Best>,
    /// The plan in whole people that comes nearest to all together.
    pub nearest: Vec<Admissions>,
    /// What it would take if caps, pools and the limits on a rise or a fall were lifted; none when
    /// that would not do either.
    pub without_limits: Option<Box<Reached>>,
}

/// How far a promise can be brought at the end of a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// Position of the promise.
    pub promise: usize,
    /// The year.
    pub year: i32,
    /// With nothing else to keep but the limits: millionths of the whole, or people; rounded up.
    pub alone: i64,
    /// With every other promise kept as well; none when the others cannot be kept together.
    pub beside_the_others: Option<i64>,
}

/// Finds the fewest admissions.
pub fn least_intake(question: &Question, reading: Reading) -> Least {
    let mut least = least_within(question, reading);
    if let Least::Unreachable(unreachable) = &mut least {
        let mut lifted = question.clone();
        lifted.limits = Limits::default();
        lifted.cells.iter_mut().for_each(|cell| cell.pool.clear());
        if let Least::Reached(reached) = least_within(&lifted, reading) {
            unreachable.without_limits = Some(Box::new(reached));
        }
    }
    least
}

fn least_within(question: &Question, reading: Reading) -> Least {
    let contributions = Contributions::new(question);
    // The projection drops less than a part in each line of each cell of each year. Plans are searched
    // with so much to spare, and bounds are told with so much given away.
    let n_cells = i128::try_from(question.state.shape().n_cells()).unwrap_or(i128::MAX);
    let n_steps = i128::try_from(question.n_years()).unwrap_or(i128::MAX);
    let rounding = 16 * n_cells * n_steps * 1_000_000;
    let lenient = contributions.rows(reading, Shift::default(), -rounding);
    let exact = contributions.rows(reading, Shift::default(), 0);
    let cost = vec![1.0; exact.program.upper.len()];
    let Some((least, at)) = exact.program.minimum(&cost, |_| true) else {
        return Least::Unreachable(unreachable(question, &contributions, reading, &lenient));
    };
    // Whole people: a bound of 12.3 means that 13 are needed. What is lost by the rounding of the
    // multipliers must not push an exact 12 to 13.
    let bound = (lenient.program.bound(1) - 1e-6).ceil().max(0.0) as i64;
    let prices = prices(question, &contributions, reading, least);
    let mut reached = None;
    // A plan that stands on the very edge may fall by the rounding of its own projection; then one is
    // searched with a little to spare.
    for spare in [0, rounding] {
        let rows = contributions.rows(reading, Shift::default(), spare);
        let plan = rows.program.minimum(&cost, |_| true).and_then(|(_, at)| whole(&rows, &at, bound));
        let plan = plan.map(|plan| Reached {
            total: plan.iter().sum(),
            bound,
            binding: binding(&exact, &at),
            prices: prices.clone(),
            admissions: years_of(&plan, rows.n_cells),
        });
        reached = reached.or(plan.filter(|plan| plan.is_kept(question, reading)));
    }
    reached.map_or_else(
        || {
            Least::Unreachable(Unreachable {
                is_proved: false,
                conflict: Vec::new(),
                best: best(question, &contributions, reading, &lenient),
                nearest: years_of(&nearest(&exact, &at), exact.n_cells),
                without_limits: None,
            })
        },
        Least::Reached,
    )
}

impl Reached {
    /// Whether no plan needs fewer.
    pub fn is_least(&self) -> bool {
        self.total <= self.bound
    }

    /// Whether the projection of the plan keeps every promise, computed again from the beginning.
    pub fn is_kept(&self, question: &Question, reading: Reading) -> bool {
        let years = question.run_plan(&self.admissions, Assumed::default());
        judge(question, reading, &years, &self.admissions)
            .iter()
            .filter(|judged| judged.is_due && is_asked(question, judged.promise))
            .all(|judged| judged.verdict != Verdict::Missed)
    }
}

/// Whether a promise is one that the least intake has to keep; the number of admissions is its answer
/// and not its question.
pub(super) fn is_asked(question: &Question, promise: usize) -> bool {
    let promise = &question.promises[promise];
    !(promise.of == Population::Intake && promise.kind == Kind::Count)
}

fn years_of(x: &[i64], n_cells: usize) -> Vec<Admissions> {
    x.chunks(n_cells.max(1)).map(<[i64]>::to_vec).collect()
}

fn binding(rows: &Rows, at: &[f64]) -> Vec<RowName> {
    let mut names: Vec<RowName> = rows
        .names
        .iter()
        .zip(&rows.program.rows)
        .filter(|(_, row)| {
            let have: f64 = row.terms.iter().zip(at).map(|(&term, x)| term as f64 * x).sum();
            (have - row.at_least as f64).abs() < 1e-5 * UNIT as f64
        })
        .map(|(&name, _)| name)
        .collect();
    names.dedup();
    names
}

/// Two-sided differences, because the multipliers of a program with ties are not unique.
fn prices(question: &Question, contributions: &Contributions, reading: Reading, least: f64) -> Vec<Price> {
    (0..question.promises.len())
        .filter(|&promise| question.promises[promise].of == Population::Stock)
        .map(|promise| {
            let moved = |by: i64| {
                let rows = contributions.rows(reading, Shift { promise, by }, 0);
                let cost = vec![1.0; rows.program.upper.len()];
                rows.program.minimum(&cost, |_| true).map(|(moved, _)| moved)
            };
            let rounded = |difference: f64| (difference * 1000.0).round().max(0.0) / 1000.0;
            Price {
                promise,
                higher: moved(1).map(|moved| rounded(moved - least)),
                lower: moved(-1).map(|moved| rounded(least - moved)),
            }
        })
        .collect()
}

/// Whole people near a fractional point: first whatever lessens what is missing, then fewer people as
/// long as nothing is missing. Exchanges of one person against another help with both.
fn whole(rows: &Rows, at: &[f64], bound: i64) -> Option<Vec<i64>> {
    let program = &rows.program;
    let mut x = nearest(rows, at);
    if missing(program, &x) > 0 {
        return None;
    }
    while x.iter().sum::<i64>() > bound && fewer(program, &mut x, at) {}
    Some(x)
}

fn nearest(rows: &Rows, at: &[f64]) -> Vec<i64> {
    let program = &rows.program;
    let mut x: Vec<i64> = at
        .iter()
        .zip(&program.upper)
        .map(|(&value, &upper)| (value.round() as i64).clamp(0, upper))
        .collect();
    let mut short = missing(program, &x);
    while short > 0 {
        let Some((better, change)) = best_change(program, &x, short) else { break };
        apply(&mut x, change);
        short = better;
    }
    x
}

/// A change of at most two variables by one person each.
type Change = [(usize, i64); 2];

fn apply(x: &mut [i64], change: Change) {
    for (j, by) in change {
        x[j] += by;
    }
}

fn missing(program: &Program, x: &[i64]) -> i128 {
    program.rows.iter().map(|row| row.shortfall(x)).sum()
}

/// The change that leaves least missing, if it leaves less than `short`.
fn best_change(program: &Program, x: &[i64], short: i128) -> Option<(i128, Change)> {
    let have: Vec<i128> = program
        .rows
        .iter()
        .map(|row| row.terms.iter().zip(x).map(|(term, &n)| term * i128::from(n)).sum())
        .collect();
    let after = |change: Change| -> i128 {
        program
            .rows
            .iter()
            .zip(&have)
            .map(|(row, have)| {
                let moved: i128 = change.iter().map(|&(j, by)| row.terms[j] * i128::from(by)).sum();
                (row.at_least - have - moved).max(0)
            })
            .sum()
    };
    let mut best: Option<(i128, Change)> = None;
    for change in changes(program, x) {
        let left = after(change);
        if left < best.map_or(short, |(least, _)| least) {
            best = Some((left, change));
        }
    }
    best
}

/// One person more, one fewer, or one against another, wherever the ends of the variables allow.
fn changes<'a>(program: &'a Program, x: &'a [i64]) -> impl Iterator<Item = Change> + 'a {
    let n = x.len();
    let can_rise = move |j: usize| x[j] < program.upper[j];
    let single = (0..n).filter(move |&j| can_rise(j)).map(|j| [(j, 1), (j, 0)]);
    let fewer = (0..n).filter(move |&j| x[j] > 0).map(|j| [(j, -1), (j, 0)]);
    let exchanges = (0..n).filter(move |&j| x[j] > 0).flat_map(move |from| {
        (0..n).filter(move |&to| to != from && can_rise(to)).map(move |to| [(from, -1), (to, 1)])
    });
    single.chain(fewer).chain(exchanges)
}

/// Takes one person out while nothing is missing: alone, or together with an exchange among the
/// variables that the fractional point uses. False when no such step was found.
fn fewer(program: &Program, x: &mut [i64], at: &[f64]) -> bool {
    let used: Vec<usize> = (0..x.len()).filter(|&j| x[j] > 0 || at[j] > 1e-6).take(MOST_USED).collect();
    for &j in used.iter().filter(|&&j| x[j] > 0) {
        let mut next = x.to_vec();
        next[j] -= 1;
        if missing(program, &next) == 0 {
            x.copy_from_slice(&next);
            return true;
        }
        for &from in &used {
            for &to in &used {
                if from == to || next[from] == 0 || next[to] >= program.upper[to] {
                    continue;
                }
                next[from] -= 1;
                next[to] += 1;
                if missing(program, &next) == 0 {
                    x.copy_from_slice(&next);
                    return true;
                }
                next[from] += 1;
                next[to] -= 1;
            }
        }
    }
    false
}

/// Exchanges are tried among so many variables; with more, the answer would not come in time.
const MOST_USED: usize = 48;

fn unreachable(
    question: &Question,
    contributions: &Contributions,
    reading: Reading,
    rows: &Rows,
) -> Unreachable {
    let is_promise = |row: usize| matches!(rows.names[row], RowName::Promise(..));
    let near = rows.program.least_shortfall(is_promise);
    let at = near.unwrap_or_else(|| vec![0.0; rows.program.upper.len()]);
    let conflict = conflict(rows);
    let narrowed = narrowed(rows, &conflict);
    Unreachable {
        is_proved: narrowed.bound(0) > 0.0,
        conflict,
        best: best(question, contributions, reading, rows),
        nearest: years_of(&nearest(rows, &at), rows.n_cells),
        without_limits: None,
    }
}

/// Rows none of which can be left out: each is dropped in turn, and taken back when the rest could
/// then be kept. The pools of a year are dropped together.
fn conflict(rows: &Rows) -> Vec<RowName> {
    let mut names = rows.names.clone();
    names.dedup();
    let n_years = rows.program.upper.len() / rows.n_cells.max(1);
    names.extend((rows.first_year..).take(n_years).map(RowName::Pool));
    let mut at = 0;
    while at < names.len() {
        let dropped = names.remove(at);
        let smaller = narrowed(rows, &names);
        let cost = vec![1.0; smaller.upper.len()];
        if smaller.minimum(&cost, |_| true).is_some() {
            names.insert(at, dropped);
            at += 1;
        }
    }
    names
}

/// The program with only the named rows and pools.
fn narrowed(rows: &Rows, names: &[RowName]) -> Program {
    let n_cells = rows.n_cells.max(1);
    let years = (rows.first_year..).flat_map(|year| std::iter::repeat_n(year, n_cells));
    let ends = rows.program.upper.iter().zip(&rows.without_pools);
    let upper = ends
        .zip(years)
        .map(|((&with, &without), year)| if names.contains(&RowName::Pool(year)) { with } else { without })
        .collect();
    let kept = rows.names.iter().zip(&rows.program.rows).filter(|(name, _)| names.contains(name));
    Program { upper, rows: kept.map(|(_, row)| row.clone()).collect() }
}

/// How far each promise about members can be brought, alone and beside the others.
fn best(question: &Question, contributions: &Contributions, reading: Reading, rows: &Rows) -> Vec<Best> {
    let mut found = Vec::new();
    for (position, promise) in question.promises.iter().enumerate() {
        if promise.of != Population::Stock || promise.bound(reading).bound == Side::AtMost {
            continue;
        }
        for &year in &promise.years {
            let alone =
                contributions.greatest(rows, position, year, |name| !matches!(name, RowName::Promise(..)));
            let beside = contributions.greatest(
                rows,
                position,
                year,
                |name| !matches!(name, RowName::Promise(one, _) if one == position),
            );
            // Without promises the limits alone can always be kept, or nothing can.
            let Some(alone) = alone else { continue };
            found.push(Best { promise: position, year, alone, beside_the_others: beside });
        }
    }
    found
}
