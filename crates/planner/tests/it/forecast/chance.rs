//! Chances against persons whose fates are drawn one by one.

use planner::forecast::{
    Assumed, Chance, Group, IntakeCell, Question, Range, Rate, Rates, Sex, State, chance, judge, least_intake,
};
use planner::forecast::{Least, Promise};
use planner::target::{Kind, Population, Side};

use super::{ADOPTED, PLAIN, cell, deaths, intake_cell, promise, question, share_of_members, women, young};

/// SplitMix64, so that the draws are the same everywhere.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn happens(&mut self, chance: f64) -> bool {
        self.next() < chance
    }
}

const DIES: f64 = 0.03;
const LEAVES: f64 = 0.02;
const MOVES: f64 = 0.04;

fn members() -> Question {
    let mut state = State::empty(PLAIN);
    for age in 20..70 {
        state.add_full(cell(age, Sex::Men), 8);
        state.add_full(cell(age, Sex::Women), 3);
    }
    let all = |a_year: u32| vec![Rate { group: Group::everyone(), a_year: Range::exactly(a_year) }];
    let rates =
        Rates { deaths: deaths(30_000), leaving: all(20_000), transfers_out: all(40_000), ..Rates::none() };
    // The men's age is known by weights only, and half of them are too old to be young at the end.
    let cells: Vec<IntakeCell> =
        vec![intake_cell("men", &[(22, 1), (34, 1)], Sex::Men), intake_cell("women", &[(25, 1)], Sex::Women)];
    let promises: Vec<Promise> = vec![
        share_of_members("young", young(), 300, 2004),
        share_of_members("women", women(), 290, 2004),
        promise("grow", Kind::Growth, Population::Stock, young(), (Side::AtLeast, 10), &[2003]),
        promise("count", Kind::Count, Population::Stock, Group::everyone(), (Side::AtMost, 550), &[2004]),
    ];
    question(state, rates, 3, cells, promises)
}

#[derive(Clone, Copy)]
struct Person {
    age: usize,
    is_woman: bool,
}

/// A year of one person: none when he is no member any more.
fn lives(draws: &mut Draws, person: Person) -> Option<Person> {
    let goes = draws.happens(DIES) || draws.happens(LEAVES) || draws.happens(MOVES);
    (!goes).then_some(Person { age: person.age + 1, ..person })
}

/// Young members, women and all at the end of each year, drawn person by person.
fn drawn(draws: &mut Draws, plan: &[Vec<i64>]) -> Vec<[f64; 3]> {
    let mut people: Vec<Person> = Vec::new();
    for age in 20..70 {
        people.extend(std::iter::repeat_n(Person { age, is_woman: false }, 8));
        people.extend(std::iter::repeat_n(Person { age, is_woman: true }, 3));
    }
    let count = |people: &[Person]| {
        let of = |test: fn(&Person) -> bool| people.iter().filter(|person| test(person)).count() as f64;
        [of(|person| person.age <= 35), of(|person| person.is_woman), of(|_| true)]
    };
    let mut ends = vec![count(&people)];
    for admitted in plan {
        people = people.into_iter().filter_map(|person| lives(draws, person)).collect();
        for (kind, &n_people) in admitted.iter().enumerate() {
            for _ in 0..n_people {
                let is_woman = kind == 1;
                let age = if is_woman {
                    25
                } else if draws.happens(0.5) {
                    22
                } else {
                    34
                };
                let goes = draws.happens(DIES / 2.0) || draws.happens(LEAVES / 2.0);
                people.extend((!goes).then_some(Person { age, is_woman }));
            }
        }
        ends.push(count(&people));
    }
    ends
}

/// By promise: people above the bound in each draw.
fn margins(plan: &[Vec<i64>], n_draws: usize) -> [Vec<f64>; 4] {
    let mut draws = Draws(20_020_601);
    let mut margins = [const { Vec::new() }; 4];
    for _ in 0..n_draws {
        let ends = drawn(&mut draws, plan);
        let [young, women, all] = ends[3];
        margins[0].push(young - 0.300 * all);
        margins[1].push(women - 0.290 * all);
        margins[2].push(ends[2][0] - ends[1][0] - 10.0);
        margins[3].push(550.0 - all);
    }
    margins
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

#[test]
fn means_spreads_and_chances_are_those_of_drawn_fates() {
    let question = members();
    let plan = vec![vec![30, 10], vec![40, 12], vec![30, 10]];
    let years = question.run_plan(&plan, Assumed::default());
    let judged = judge(&question, ADOPTED, &years, &plan);
    let chances = chance(&question, ADOPTED, &plan, Assumed::default());
    let n_draws = 10_000;
    for (promise, values) in margins(&plan, n_draws).iter().enumerate() {
        let (mean, sd) = mean_and_sd(values);
        let found: &Chance = chances.iter().find(|chance| chance.promise == promise).unwrap();
        let ratio = found.sd_of_fates / sd;
        assert!((0.95..=1.05).contains(&ratio), "{promise}: {ratio}");
        let judged = judged.iter().find(|one| one.promise == promise && one.year == found.year).unwrap();
        let people = |parts: i64| parts as f64 / planner::forecast::PARTS as f64;
        let expected = match promise {
            0 => people(judged.count) - 0.300 * people(judged.whole),
            1 => people(judged.count) - 0.290 * people(judged.whole),
            2 => people(judged.count) - 10.0,
            _ => 550.0 - people(judged.count),
        };
        assert!((expected - mean).abs() < 4.0 * sd / (n_draws as f64).sqrt(), "{promise}: {expected} {mean}");
        let met = values.iter().filter(|value| **value >= 0.0).count() as f64 / n_draws as f64;
        // A count is in whole people, so the law of large numbers leaves half a step.
        assert!(
            (f64::from(found.permille) / 1000.0 - met).abs() < 0.05,
            "{promise}: {} {met}",
            found.permille
        );
    }
}

#[test]
fn ages_that_are_known_by_weights_only_widen_the_spread() {
    let mixed = members();
    let mut known = members();
    // The same people in two cells of known age, half of them in each.
    known.cells = vec![
        intake_cell("men of 22", &[(22, 1)], Sex::Men),
        intake_cell("women", &[(25, 1)], Sex::Women),
        intake_cell("men of 34", &[(34, 1)], Sex::Men),
    ];
    let sd = |question: &Question, plan: Vec<Vec<i64>>| {
        chance(question, ADOPTED, &plan, Assumed::default())[0].sd_of_fates
    };
    let (mixed, known) = (sd(&mixed, vec![vec![200, 0]; 3]), sd(&known, vec![vec![100, 0, 100]; 3]));
    assert!(mixed > known * 1.1, "{mixed} {known}");
}

#[test]
fn a_range_of_a_rate_widens_the_spread_and_a_certain_promise_has_no_doubt() {
    let mut question = members();
    let plan = vec![vec![30, 10]; 3];
    let exact = chance(&question, ADOPTED, &plan, Assumed::default());
    assert!(exact.iter().all(|chance| chance.sd_of_rates == 0.0));
    question.rates.deaths.times = Range { low: 700, mid: 1000, high: 1300 };
    let ranged = chance(&question, ADOPTED, &plan, Assumed::default());
    let of = |chances: &[Chance], promise: usize| *chances.iter().find(|one| one.promise == promise).unwrap();
    assert!(of(&ranged, 3).sd_of_rates > 1.0);
    assert_eq!(of(&ranged, 3).sd_of_fates, of(&exact, 3).sd_of_fates);
    question.promises = vec![promise(
        "intake_women",
        Kind::Share,
        Population::Intake,
        women(),
        (Side::AtLeast, 250),
        &[2002],
    )];
    let certain = chance(&question, ADOPTED, &plan, Assumed::default());
    assert_eq!((certain[0].permille, certain[0].sd_of_fates), (1000, 0.0));
}

#[test]
fn the_least_plan_is_a_coin_toss_and_says_so() {
    let mut question = members();
    question.promises.truncate(1);
    let Least::Reached(least) = least_intake(&question, ADOPTED) else { panic!("within reach") };
    let permille = chance(&question, ADOPTED, &least.admissions, Assumed::default())[0].permille;
    assert!((480..=560).contains(&permille), "{permille}");
}
