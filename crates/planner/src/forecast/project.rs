//! One year after another. The order of events inside a year, from one 31 December to the next:
//!
//! 1. deaths, at the rate of the age at the beginning;
//! 2. leaving;
//! 3. confirmation: of last year's admitted, some are not confirmed and are members no more, some
//!    wait a year longer, the others are full members from now on;
//! 4. transfers out;
//! 5. study: some reach a higher level;
//! 6. birthdays: everyone is a year older, and those of 100 and above stay together;
//! 7. transfers in, with the age at the end of the year;
//! 8. intake, with the age at the end of the year, on probation.
//!
//! Each line takes its share of what the lines before it left. Those who join in 7 and 8 are exposed
//! to deaths and leaving for a part of the year, a half unless told otherwise. Everything is counted
//! in whole parts of a person, so that before plus arrivals less departures is after, exactly.

use super::people::{PARTS, Shape, State};
use super::rates::{Assumed, Factors, Line, Profile, Rates, taken};

/// What happened in a year, in parts of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Flows {
    /// Deaths, those of newcomers included.
    pub deaths: i64,
    /// Removal and resignation.
    pub leaving: i64,
    /// Confirmed; no change of the number of members.
    pub confirmed: i64,
    /// Not confirmed.
    pub not_confirmed: i64,
    /// Probation extended; no change of the number of members.
    pub extended: i64,
    /// Transfers to other places.
    pub transfers_out: i64,
    /// Higher levels reached; no change of the number of members.
    pub studied: i64,
    /// Transfers from other places.
    pub transfers_in: i64,
    /// Admitted.
    pub intake: i64,
}

/// The end of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// Members on 31 December.
    pub state: State,
    /// What happened in the year.
    pub flows: Flows,
}

/// A year of admissions: people of each cell of the intake.
pub type Admissions = Vec<i64>;

impl Flows {
    /// Members more at the end than at the beginning, in parts.
    pub fn change(&self) -> i64 {
        self.transfers_in + self.intake - self.deaths - self.leaving - self.not_confirmed - self.transfers_out
    }
}

/// Projects a population through as many years as there are admissions.
pub fn project(
    start: (i32, &State),
    rates: &Rates,
    assumed: Assumed,
    profiles: &[Profile],
    admissions: &[Admissions],
) -> Vec<Year> {
    let (first, state) = start;
    let shape = state.shape();
    let factors = rates.factors(shape, assumed);
    let mut years: Vec<Year> = Vec::with_capacity(admissions.len());
    for (admitted, year) in admissions.iter().zip(first + 1..) {
        let before = years.last().map_or(state, |year| &year.state);
        let (mut state, mut flows) = aged(before, &factors);
        for arrival in &rates.transfers_in {
            let parts = i64::from(arrival.a_year.at(assumed.of(Line::TransfersIn))) * PARTS;
            flows.transfers_in += parts;
            join(&mut state.full, &mut flows, &factors, arrival.profile.spread(shape, parts));
        }
        for (profile, &n_people) in profiles.iter().zip(admitted) {
            flows.intake += n_people * PARTS;
            join(&mut state.probation, &mut flows, &factors, profile.spread(shape, n_people * PARTS));
        }
        years.push(Year { year, state, flows });
    }
    years
}

/// Lines 1 to 6.
fn aged(before: &State, factors: &Factors) -> (State, Flows) {
    let shape: Shape = before.shape();
    let mut after = State::empty(shape);
    let mut flows = Flows::default();
    let oldest = shape.n_cells() - shape.stride();
    for index in 0..shape.n_cells() {
        let (mut full, mut probation) = (before.full[index], before.probation[index]);
        if full == 0 && probation == 0 {
            continue;
        }
        for count in [&mut full, &mut probation] {
            if *count == 0 {
                continue;
            }
            let died = taken(*count, factors.die[index]);
            *count -= died;
            flows.deaths += died;
            let left = taken(*count, factors.leave[index]);
            *count -= left;
            flows.leaving += left;
        }
        if probation > 0 {
            let not_confirmed = taken(probation, factors.not_confirmed[index]);
            probation -= not_confirmed;
            flows.not_confirmed += not_confirmed;
            let extended = taken(probation, factors.extended[index]);
            flows.extended += extended;
            flows.confirmed += probation - extended;
            full += probation - extended;
            probation = extended;
        }
        let older = if index < oldest { shape.stride() } else { 0 };
        let to = factors.study_to[index] + older;
        for (mut count, side) in [(full, &mut after.full), (probation, &mut after.probation)] {
            if count == 0 {
                continue;
            }
            let gone = taken(count, factors.out[index]);
            count -= gone;
            flows.transfers_out += gone;
            let studied = taken(count, factors.study[index]);
            flows.studied += studied;
            side[to] += studied;
            side[index + older] += count - studied;
        }
    }
    (after, flows)
}

/// Lines 7 and 8: people join and are exposed for the rest of the year.
fn join(side: &mut [i64], flows: &mut Flows, factors: &Factors, pieces: impl Iterator<Item = (usize, i64)>) {
    for (index, mut count) in pieces {
        let died = taken(count, factors.new_die[index]);
        count -= died;
        flows.deaths += died;
        let left = taken(count, factors.new_leave[index]);
        count -= left;
        flows.leaving += left;
        side[index] += count;
    }
}
