//! How sure a verdict is. Given the rates, the fates of persons are independent, so the variance of a
//! promise's margin is a sum over persons and is computed, not sampled. Somebody who is to be admitted
//! has an age that is known by weights only: his chances are the mixture over those ages, and the
//! variance is that of the mixture. On top comes what is not known of the rates: each line is taken to
//! the ends of its range, and what that does to the margin is added as one more independent part.

use super::people::{Group, PARTS};
use super::project::{Admissions, Year};
use super::rates::{Assumed, Factors, LINES, Side};
use super::response::{Response, response};
use super::{Judged, Promise, Question, Reading, judge};
use crate::target::{Bound, Kind, Population, Side as Bounded, Verdict};

/// How sure a promise is at the end of a year in which it is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Position of the promise.
    pub promise: usize,
    /// The year.
    pub year: i32,
    /// Thousandths, rounded down.
    pub permille: u16,
    /// Standard deviation of the group's number of people from the fates of persons alone.
    pub sd_of_fates: f64,
    /// Standard deviation from what is not known of the rates.
    pub sd_of_rates: f64,
}

/// Nineteen in twenty lie within so many standard deviations on either side.
const NINETEEN_IN_TWENTY: f64 = 1.96;

/// The chance of each promise that is due under a plan. Promises about admissions are as certain as
/// the ages of those admitted.
pub fn chance(
    question: &Question,
    reading: Reading,
    admissions: &[Admissions],
    assumed: Assumed,
) -> Vec<Chance> {
    let of = |assumed: Assumed| {
        let years = question.run_plan(admissions, assumed);
        let judged = judge(question, reading, &years, admissions);
        (years, judged)
    };
    let (years, judged) = of(assumed);
    let ends: Vec<[Vec<Judged>; 2]> = LINES
        .into_iter()
        .filter(|&line| assumed == Assumed::default() && !question.rates.is_exact(line))
        .map(|line| [Side::Low, Side::High].map(|side| of(Assumed::with(line, side)).1))
        .collect();
    let factors = question.rates.factors(question.state.shape(), assumed);
    let fates = Fates { question, admissions, factors, assumed, years: &years };
    judged
        .iter()
        .enumerate()
        .filter(|(_, judged)| judged.is_due && judged.verdict != Verdict::NotApplicable)
        .map(|(at, judged)| {
            let promise = &question.promises[judged.promise];
            let bound = promise.bound(reading);
            let share = f64::from(i32::try_from(bound.value).unwrap_or(i32::MAX)) / 1000.0;
            let share = if promise.kind == Kind::Share { share } else { 0.0 };
            let of_rates: f64 = ends
                .iter()
                .map(|[low, high]| {
                    let wide = margin(&high[at], share) - margin(&low[at], share);
                    (wide / (2.0 * NINETEEN_IN_TWENTY)).powi(2)
                })
                .sum();
            let of_fates = fates.variance(promise, judged.year, share);
            Chance {
                promise: judged.promise,
                year: judged.year,
                permille: permille(promise.kind, bound, judged, (of_fates + of_rates).sqrt()),
                sd_of_fates: of_fates.sqrt(),
                sd_of_rates: of_rates.sqrt(),
            }
        })
        .collect()
}

/// People of the group more than the share asks for.
fn margin(judged: &Judged, share: f64) -> f64 {
    let whole = if share > 0.0 { judged.whole as f64 * share } else { 0.0 };
    (judged.count as f64 - whole) / PARTS as f64
}

fn permille(kind: Kind, bound: &Bound, judged: &Judged, sd: f64) -> u16 {
    if sd < 1e-9 {
        return if judged.verdict == Verdict::Met { 1000 } else { 0 };
    }
    let whole = if kind == Kind::Share { judged.whole as f64 / PARTS as f64 / 1000.0 } else { 1.0 };
    let count = judged.count as f64 / PARTS as f64;
    let above = |thousandths: i64| {
        let wanted = bound.value as f64 * thousandths as f64 / 1000.0 * whole;
        normal((count - wanted) / sd)
    };
    let chance = match bound.bound {
        Bounded::AtLeast => above(1000),
        // One person more, as among whole people.
        Bounded::MoreThan if kind != Kind::Share => normal((count - bound.value as f64 - 1.0) / sd),
        Bounded::MoreThan => above(1000),
        Bounded::AtMost => 1.0 - above(1000),
        Bounded::About => above(1000 - bound.tolerance) - above(1000 + bound.tolerance),
    };
    (chance.clamp(0.0, 1.0) * 1000.0) as u16
}

/// The distribution function of the normal law, by its series (Marsaglia 2004).
fn normal(x: f64) -> f64 {
    if x.abs() > 7.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum) = (x, x);
    let mut n = 1.0;
    while term.abs() > 1e-17 {
        n += 2.0;
        term *= x * x / n;
        sum += term;
    }
    0.5 + sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The fates of persons under one plan.
struct Fates<'a> {
    question: &'a Question,
    admissions: &'a [Admissions],
    factors: Factors,
    assumed: Assumed,
    years: &'a [Year],
}

/// Chances of one person: of the group, of being a member at all, of the group a year before, and of
/// the group at both times.
#[derive(Clone, Copy)]
struct Person {
    of_group: f64,
    at_all: f64,
    before: f64,
    both: f64,
}

impl Person {
    /// The variance of what the person adds to the margin: `1 - share` in the group, `-share` as a
    /// member outside it; for growth, the difference of two ends of years.
    fn variance(self, kind: Kind, share: f64) -> f64 {
        if kind == Kind::Growth {
            let mean = self.of_group - self.before;
            return (self.of_group + self.before - 2.0 * self.both - mean * mean).max(0.0);
        }
        let (inside, outside) = (1.0 - share, -share);
        let others = self.at_all - self.of_group;
        let mean = inside * self.of_group + outside * others;
        (inside * inside * self.of_group + outside * outside * others - mean * mean).max(0.0)
    }
}

impl Fates<'_> {
    /// The variance of the margin, in people squared.
    fn variance(&self, promise: &Promise, year: i32, share: f64) -> f64 {
        let step = usize::try_from(year - self.question.from).unwrap_or(0).min(self.years.len());
        if promise.of != Population::Stock {
            return self.of_admissions(promise, step, share);
        }
        let of_group = self.response(&promise.group, step);
        let at_all = self.response(&Group::everyone(), step);
        let growth = (promise.kind == Kind::Growth && step > 0)
            .then(|| (self.response(&promise.group, step - 1), self.both(&promise.group, step)));
        let person = |value: &dyn Fn(&Response) -> f64| Person {
            of_group: value(&of_group),
            at_all: value(&at_all),
            before: growth.as_ref().map_or(0.0, |(before, _)| value(before)),
            both: growth.as_ref().map_or(0.0, |(_, both)| value(both)),
        };
        let state = &self.question.state;
        let mut variance = 0.0;
        for index in 0..state.shape().n_cells() {
            if state.full[index] > 0 {
                let one = person(&|response| response.full[index]).variance(promise.kind, share);
                variance += state.full[index] as f64 / PARTS as f64 * one;
            }
            if state.probation[index] > 0 {
                let one = person(&|response| response.probation[index]).variance(promise.kind, share);
                variance += state.probation[index] as f64 / PARTS as f64 * one;
            }
        }
        // Somebody who joins in the last year was nobody's growth a year before.
        let at = |values: &[Vec<f64>], year: usize, one: usize| values.get(year).map_or(0.0, |v| v[one]);
        for (in_year, admitted) in self.admissions.iter().enumerate().take(step) {
            for (cell, &n_people) in admitted.iter().enumerate().filter(|(_, n_people)| **n_people > 0) {
                let one = person(&|response| at(&response.admitted, in_year, cell));
                variance += n_people as f64 * one.variance(promise.kind, share);
            }
            for (arrival, arriving) in self.question.rates.transfers_in.iter().enumerate() {
                let n_people = arriving.a_year.at(self.assumed.of(super::Line::TransfersIn));
                let one = person(&|response| at(&response.arrived, in_year, arrival));
                variance += f64::from(n_people) * one.variance(promise.kind, share);
            }
        }
        variance
    }

    fn response(&self, group: &Group, step: usize) -> Response {
        let question = self.question;
        let arrivals = &question.rates.transfers_in;
        response(question.state.shape(), &self.factors, &question.profiles(), arrivals, group, step)
    }

    /// Of the group at the end of a year and of the year before.
    fn both(&self, group: &Group, step: usize) -> Response {
        let question = self.question;
        super::response::twice(
            question.state.shape(),
            &self.factors,
            &question.profiles(),
            &question.rates.transfers_in,
            group,
            step,
        )
    }

    /// Of a year's admissions: who is in the group is left to chance where a cell's ages straddle it.
    fn of_admissions(&self, promise: &Promise, step: usize, share: f64) -> f64 {
        let Some(admitted) = step.checked_sub(1).and_then(|step| self.admissions.get(step)) else {
            return 0.0;
        };
        self.question
            .cells
            .iter()
            .zip(admitted)
            .map(|(cell, &n_people)| {
                let (weight, whole) = cell.profile.share(&promise.group);
                let of_group = weight as f64 / whole as f64;
                let one = Person { of_group, at_all: 1.0, before: 0.0, both: 0.0 };
                n_people as f64 * one.variance(Kind::Share, share)
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_law_is_met_at_known_points() {
        for (x, chance) in
            [(0.0, 0.5), (1.0, 0.841_344_746), (-1.96, 0.024_997_895), (3.0, 0.998_650_102), (9.0, 1.0)]
        {
            assert!((normal(x) - chance).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn a_person_who_stays_for_certain_adds_no_variance() {
        let certain = Person { of_group: 1.0, at_all: 1.0, before: 1.0, both: 1.0 };
        assert_eq!(certain.variance(Kind::Share, 0.185), 0.0);
        assert_eq!(certain.variance(Kind::Growth, 0.0), 0.0);
        let coin = Person { of_group: 0.5, at_all: 1.0, before: 0.0, both: 0.0 };
        assert_eq!(coin.variance(Kind::Share, 0.26), 0.25);
    }
}
