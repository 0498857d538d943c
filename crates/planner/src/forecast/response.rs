//! What one person contributes to a group at a later day: the chance of still being a member of it.
//! Chances are computed backwards, from the day to the persons, so that one pass answers for every
//! member and for every possible admission of every year.

use super::people::{Group, Shape};
use super::rates::{Arrival, Factors, Profile, real};

/// Chances of belonging to a group at the end of a year.
#[derive(Debug, Clone)]
pub(super) struct Response {
    /// Of a full member at the start, by cell.
    pub(super) full: Vec<f64>,
    /// Of a member on probation at the start, by cell.
    pub(super) probation: Vec<f64>,
    /// Of a person admitted in a year of the plan, by year and intake cell.
    pub(super) admitted: Vec<Vec<f64>>,
    /// Of a person transferred in in a year of the plan, by year and arrival.
    pub(super) arrived: Vec<Vec<f64>>,
}

/// Chances by cell on a 31 December.
struct Values {
    full: Vec<f64>,
    probation: Vec<f64>,
}

/// The chances at the end of the `n_years`-th year of the plan.
pub(super) fn response(
    shape: Shape,
    factors: &Factors,
    profiles: &[Profile],
    arrivals: &[Arrival],
    group: &Group,
    n_years: usize,
) -> Response {
    let inside = inside(shape, group);
    let values = Values { full: inside.clone(), probation: inside };
    backwards(shape, factors, profiles, arrivals, values, n_years)
}

/// The chances of belonging to the group at the end of the `n_years`-th year and at the end of the
/// year before it as well. Whoever joins in the last year has none.
pub(super) fn twice(
    shape: Shape,
    factors: &Factors,
    profiles: &[Profile],
    arrivals: &[Arrival],
    group: &Group,
    n_years: usize,
) -> Response {
    let inside = inside(shape, group);
    let last = Values { full: inside.clone(), probation: inside.clone() };
    let mut values = a_year_earlier(shape, factors, &last);
    for side in [&mut values.full, &mut values.probation] {
        side.iter_mut().zip(&inside).for_each(|(value, inside)| *value *= inside);
    }
    backwards(shape, factors, profiles, arrivals, values, n_years.saturating_sub(1))
}

fn inside(shape: Shape, group: &Group) -> Vec<f64> {
    shape.cells().map(|cell| f64::from(u8::from(group.has(cell)))).collect()
}

fn backwards(
    shape: Shape,
    factors: &Factors,
    profiles: &[Profile],
    arrivals: &[Arrival],
    mut values: Values,
    n_years: usize,
) -> Response {
    let mut admitted = Vec::with_capacity(n_years);
    let mut arrived = Vec::with_capacity(n_years);
    for _ in 0..n_years {
        admitted.push(
            profiles.iter().map(|profile| joining(profile, shape, factors, &values.probation)).collect(),
        );
        arrived
            .push(arrivals.iter().map(|one| joining(&one.profile, shape, factors, &values.full)).collect());
        values = a_year_earlier(shape, factors, &values);
    }
    admitted.reverse();
    arrived.reverse();
    Response { full: values.full, probation: values.probation, admitted, arrived }
}

fn joining(profile: &Profile, shape: Shape, factors: &Factors, values: &[f64]) -> f64 {
    let whole: f64 = profile.ages.iter().map(|&(_, weight)| f64::from(weight)).sum();
    profile
        .spread(shape, 0)
        .zip(&profile.ages)
        .map(|((index, _), &(_, weight))| {
            let stays = (1.0 - real(factors.new_die[index])) * (1.0 - real(factors.new_leave[index]));
            f64::from(weight) / whole * stays * values[index]
        })
        .sum()
}

/// The year of `project`, read backwards.
fn a_year_earlier(shape: Shape, factors: &Factors, later: &Values) -> Values {
    let oldest = shape.n_cells() - shape.stride();
    let both = (0..shape.n_cells()).map(|index| {
        let older = if index < oldest { shape.stride() } else { 0 };
        let study = real(factors.study[index]);
        let stays = 1.0 - real(factors.out[index]);
        let end = |values: &[f64]| {
            stays * (study * values[factors.study_to[index] + older] + (1.0 - study) * values[index + older])
        };
        let alive = (1.0 - real(factors.die[index])) * (1.0 - real(factors.leave[index]));
        let full = end(&later.full);
        let extended = real(factors.extended[index]);
        let decided = (1.0 - real(factors.not_confirmed[index]))
            * (extended * end(&later.probation) + (1.0 - extended) * full);
        (alive * full, alive * decided)
    });
    let (full, probation) = both.unzip();
    Values { full, probation }
}
