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

#[cfg(test)]
mod tests {
    use super::super::people::{Cell, PARTS, Sex, State};
    use super::super::rates::{Assumed, Deaths, Range, Rate, Rates, Study};
    use super::super::{Question, project};
    use super::*;

    /// Many people, so that the parts lost to rounding do not show in one of them.
    const MANY: i64 = 1_000_000;

    fn busy() -> (Shape, Rates) {
        let all = |a_year: u32| vec![Rate { group: Group::everyone(), a_year: Range::exactly(a_year) }];
        let study = Study {
            group: Group { educations: Some(vec![1]), ..Group::everyone() },
            to: 0,
            a_year: Range::exactly(50_000),
        };
        let rates = Rates {
            deaths: Deaths::of_the_census(Range::exactly(1000)),
            leaving: all(2_000),
            not_confirmed: all(30_000),
            extended: all(100_000),
            transfers_out: all(20_000),
            study: vec![study],
            ..Rates::none()
        };
        (Shape { n_educations: 2, n_sectors: 1 }, rates)
    }

    #[test]
    fn the_chance_of_an_admission_is_the_difference_that_it_makes() {
        let (shape, rates) = busy();
        let factors = rates.factors(shape, Assumed::default());
        let profile =
            Profile { ages: vec![(30, 1), (33, 2), (40, 1)], sex: Sex::Women, education: 1, sector: 0 };
        let profiles = [profile];
        let educated = Group { educations: Some(vec![0]), ..Group::everyone() };
        let young = Group { ages: Some((18, 35)), ..Group::everyone() };
        for group in [Group::everyone(), young, educated] {
            let found = response(shape, &factors, &profiles, &[], &group, 4);
            for year in 0..4 {
                let mut plan = vec![vec![0]; 4];
                plan[year][0] = MANY;
                let start = State::empty(shape);
                let end = project((2001, &start), &rates, Assumed::default(), &profiles, &plan).pop();
                let share = end.map_or(0.0, |end| end.state.count(&group) as f64 / (MANY * PARTS) as f64);
                assert!((found.admitted[year][0] - share).abs() < 1e-9, "{group:?} {year}");
            }
        }
    }

    #[test]
    fn the_chance_of_a_member_is_what_is_left_of_many() {
        let (shape, rates) = busy();
        let factors = rates.factors(shape, Assumed::default());
        let young = Group { ages: Some((18, 35)), ..Group::everyone() };
        let found = response(shape, &factors, &[], &[], &young, 3);
        for age in [18, 32, 33, 99] {
            let cell = Cell { age, sex: Sex::Men, education: 1, sector: 0 };
            for is_full in [true, false] {
                let mut start = State::empty(shape);
                let add = if is_full { State::add_full } else { State::add_on_probation };
                add(&mut start, cell, MANY);
                let end = project((2001, &start), &rates, Assumed::default(), &[], &[vec![], vec![], vec![]]);
                let share = end[2].state.count(&young) as f64 / (MANY * PARTS) as f64;
                let values = if is_full { &found.full } else { &found.probation };
                assert!((values[shape.index(cell)] - share).abs() < 1e-9, "{age} {is_full}");
            }
        }
    }

    #[test]
    fn belonging_twice_asks_for_both_ends() {
        let (shape, rates) = busy();
        let factors = rates.factors(shape, Assumed::default());
        let young = Group { ages: Some((18, 35)), ..Group::everyone() };
        let (once, both) =
            (response(shape, &factors, &[], &[], &young, 3), twice(shape, &factors, &[], &[], &young, 3));
        let at = |age: usize| shape.index(Cell { age, sex: Sex::Men, education: 0, sector: 0 });
        // Whoever is young at the end was young a year before as well.
        assert!((once.full[at(30)] - both.full[at(30)]).abs() < 1e-12 && once.full[at(30)] > 0.9);
        assert_eq!((once.full[at(33)], both.full[at(33)]), (0.0, 0.0));
    }

    #[test]
    fn the_reader_and_the_projection_agree_on_the_years() {
        let question = Question::parse(include_bytes!("../../data/city-2001.json")).expect("shipped");
        assert_eq!(question.years().collect::<Vec<_>>(), [2002, 2003, 2004]);
        assert_eq!(question.usual(30).iter().sum::<i64>(), 30);
    }
}
