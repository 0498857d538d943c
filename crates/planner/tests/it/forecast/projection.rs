//! Years of a projection against hands, closed forms and one another.

use planner::forecast::{
    Arrival, Assumed, Group, N_AGES, PARTS, Range, Rate, Rates, Sex, Shape, State, Study, Year, project,
};

use super::{PLAIN, cell, deaths, profile, young};

fn rate(group: Group, a_year: u32) -> Vec<Rate> {
    vec![Rate { group, a_year: Range::exactly(a_year) }]
}

/// A mixed membership with something happening on every line.
fn busy() -> (State, Rates) {
    let shape = Shape { n_educations: 3, n_sectors: 2 };
    let mut state = State::empty(shape);
    for (index, cell) in shape.cells().enumerate() {
        state.add_full(cell, i64::try_from(index * 31 % 97).unwrap());
        state.add_on_probation(cell, i64::try_from(index * 17 % 5).unwrap());
    }
    let rates = Rates {
        deaths: planner::forecast::Deaths::of_the_census(Range::exactly(1100)),
        leaving: rate(young(), 700),
        not_confirmed: rate(Group::everyone(), 20_000),
        extended: rate(Group::everyone(), 30_000),
        transfers_out: rate(young(), 9_000),
        study: vec![Study {
            group: Group { educations: Some(vec![1, 2]), ..Group::everyone() },
            to: 0,
            a_year: Range::exactly(15_000),
        }],
        transfers_in: vec![Arrival {
            profile: profile(&[(22, 3), (35, 1), (36, 2)], Sex::Women),
            a_year: Range::exactly(41),
        }],
        exposure_of_new: 500,
    };
    (state, rates)
}

#[test]
fn nobody_is_lost_or_made_to_the_last_part() {
    let (state, rates) = busy();
    let profiles = [profile(&[(19, 1), (35, 1), (36, 5)], Sex::Men)];
    let years =
        project((2001, &state), &rates, Assumed::default(), &profiles, &[vec![100], vec![0], vec![7]]);
    let mut before = state.total();
    for year in &years {
        assert_eq!(year.state.total(), before + year.flows.change(), "{}", year.year);
        assert!(year.flows.deaths > 0 && year.flows.leaving > 0 && year.flows.transfers_out > 0);
        assert_eq!(year.flows.transfers_in, 41 * PARTS);
        before = year.state.total();
    }
    // Last year's admitted are decided about in the year after.
    let [first, second, _] = &years[..] else { panic!("three years") };
    assert_eq!(first.flows.intake, 100 * PARTS);
    assert!(second.flows.confirmed > first.state.on_probation() * 9 / 10);
}

#[test]
fn a_year_without_admissions_is_as_computed_by_hand() {
    // 1,000,000 men of 35, of whom 2 in a thousand die, 1 in a thousand of the others leaves, and 4
    // in a thousand of those who are left move away: 998,000 - 998 - 3,988.008 = 993,013.992.
    let mut state = State::empty(PLAIN);
    state.add_full(cell(35, Sex::Men), 1_000_000);
    let rates = Rates {
        deaths: deaths(2_000),
        leaving: rate(Group::everyone(), 1_000),
        transfers_out: rate(Group::everyone(), 4_000),
        ..Rates::none()
    };
    let years = project((2001, &state), &rates, Assumed::default(), &[], &[Vec::new()]);
    let [Year { state, flows, .. }] = &years[..] else { panic!("one year") };
    let people = |parts: i64| parts as f64 / PARTS as f64;
    assert!((people(flows.deaths) - 2_000.0).abs() < 1e-5);
    assert!((people(flows.leaving) - 998.0).abs() < 1e-5);
    assert!((people(flows.transfers_out) - 3_988.008).abs() < 1e-5);
    assert!((people(state.of(cell(36, Sex::Men))) - 993_013.992).abs() < 1e-5);
    assert_eq!(state.count(&young()), 0);
}

#[test]
fn those_who_join_are_exposed_for_the_rest_of_the_year() {
    for (exposure, left) in [(0, 1_000.0), (500, 990.0), (1000, 980.0)] {
        let rates = Rates { deaths: deaths(20_000), exposure_of_new: exposure, ..Rates::none() };
        let admitted = [profile(&[(20, 1)], Sex::Men)];
        let start = State::empty(PLAIN);
        let years = project((2001, &start), &rates, Assumed::default(), &admitted, &[vec![1_000]]);
        let now = years[0].state.total() as f64 / PARTS as f64;
        assert!((now - left).abs() < 1e-4, "{exposure}: {now}");
    }
}

#[test]
fn ages_have_their_edges() {
    let mut state = State::empty(PLAIN);
    for age in [18, 34, 35, 99, 100] {
        state.add_full(cell(age, Sex::Women), 10);
    }
    let admitted = [profile(&[(18, 1)], Sex::Women)];
    let years = project((2001, &state), &Rates::none(), Assumed::default(), &admitted, &[vec![3]]);
    let of = |age: usize| years[0].state.of(cell(age, Sex::Women)) / PARTS;
    assert_eq!([18, 19, 34, 35, 36, 99, 100].map(of), [3, 10, 0, 10, 10, 0, 20]);
    // Of 35 at the beginning is 36 at the end, and no longer young.
    assert_eq!(years[0].state.count(&young()) / PARTS, 23);
}

#[test]
fn twice_the_admissions_add_twice_as_much() {
    let (state, rates) = busy();
    let profiles = [profile(&[(19, 1), (35, 1), (36, 5)], Sex::Men)];
    let end = |n_people: i64| {
        let plan = [vec![n_people], vec![n_people / 2]];
        project((2001, &state), &rates, Assumed::default(), &profiles, &plan)[1].state.clone()
    };
    let (none, once, twice) = (end(0), end(1_000), end(2_000));
    for group in [Group::everyone(), young()] {
        let (first, second) =
            (once.count(&group) - none.count(&group), twice.count(&group) - none.count(&group));
        assert!(first > 0 && (second - 2 * first).abs() < 100_000, "{first} {second}");
    }
}

#[test]
fn a_constant_intake_leads_to_the_stable_population() {
    // With deaths d a year and m admissions of 18 each year, fully alive at the end of their first,
    // the number of age 18 + k becomes m (1 - d)^k, and those of 100 and above m (1 - d)^82 / d.
    let rates = Rates { deaths: deaths(50_000), exposure_of_new: 0, ..Rates::none() };
    let admitted = [profile(&[(18, 1)], Sex::Men)];
    let plan = vec![vec![10_000]; 600];
    let start = State::empty(PLAIN);
    let end = project((2001, &start), &rates, Assumed::default(), &admitted, &plan).pop().unwrap().state;
    let mut expected = 10_000.0;
    for age in 18..100 {
        let now = end.of(cell(age, Sex::Men)) as f64 / PARTS as f64;
        assert!((now - expected).abs() < 1e-5, "{age}: {now} {expected}");
        expected *= 0.95;
    }
    let oldest = end.of(cell(18 + N_AGES - 1, Sex::Men)) as f64 / PARTS as f64;
    assert!((oldest - expected / 0.05).abs() < 1e-4, "{oldest} {}", expected / 0.05);
}
