//! What it would take, against exhaustion, and what must follow from more or less being asked.

use planner::forecast::{
    Least, PARTS, Question, Rates, Reached, RowName, Sex, State, Unreachable, judge, least_intake,
};
use planner::target::{Kind, Population, Side, Verdict};

use super::{
    ADOPTED, Assumed, PLAIN, cell, deaths, intake_cell, promise, question, share_of_members, women, young,
};

fn reached(question: &Question) -> Reached {
    match least_intake(question, ADOPTED) {
        Least::Reached(reached) => reached,
        Least::Unreachable(unreachable) => panic!("{unreachable:?}"),
    }
}

fn unreachable(question: &Question) -> Unreachable {
    match least_intake(question, ADOPTED) {
        Least::Unreachable(unreachable) => unreachable,
        Least::Reached(reached) => panic!("{reached:?}"),
    }
}

/// A small membership that grows old: two cells of people who could be admitted, two years.
fn small(share_young: i64, share_women: i64, n_members: i64) -> Question {
    let mut state = State::empty(PLAIN);
    state.add_full(cell(30, Sex::Men), n_members / 5);
    state.add_full(cell(34, Sex::Women), n_members / 10);
    state.add_full(cell(50, Sex::Men), n_members - n_members / 5 - n_members / 10);
    let rates = Rates { deaths: deaths(10_000), ..Rates::none() };
    let cells =
        vec![intake_cell("men", &[(22, 1), (34, 1)], Sex::Men), intake_cell("women", &[(25, 1)], Sex::Women)];
    let promises = vec![
        share_of_members("young", young(), share_young, 2003),
        share_of_members("women", women(), share_women, 2003),
        promise(
            "intake_women",
            Kind::Share,
            Population::Intake,
            women(),
            (Side::AtLeast, 260),
            &[2002, 2003],
        ),
    ];
    question(state, rates, 2, cells, promises)
}

fn is_kept(question: &Question, admissions: &[Vec<i64>]) -> bool {
    let years = question.run_plan(admissions, Assumed::default());
    judge(question, ADOPTED, &years, admissions)
        .iter()
        .filter(|judged| judged.is_due)
        .all(|judged| judged.verdict != Verdict::Missed)
}

/// The fewest admissions by trying everything up to `most` people in each cell and year.
fn by_exhaustion(question: &Question, most: i64) -> Option<i64> {
    let mut least = None;
    for a in 0..=most {
        for b in 0..=most {
            for c in 0..=most {
                for d in 0..=most {
                    let total = a + b + c + d;
                    if least.is_none_or(|least| total < least) && is_kept(question, &[vec![a, b], vec![c, d]])
                    {
                        least = Some(total);
                    }
                }
            }
        }
    }
    least
}

#[test]
fn small_questions_are_answered_as_by_trying_everything() {
    for (share_young, share_women, n_members) in
        [(300, 150, 30), (250, 110, 40), (350, 200, 20), (280, 260, 30), (200, 100, 20), (400, 200, 15)]
    {
        let question = small(share_young, share_women, n_members);
        let found = reached(&question);
        let least = by_exhaustion(&question, 10);
        assert_eq!(Some(found.total), least, "{share_young} {share_women} {n_members}");
        assert!(is_kept(&question, &found.admissions) && found.is_kept(&question, ADOPTED));
        assert!(found.bound <= found.total);
    }
}

#[test]
fn more_asked_takes_more_and_a_price_is_the_difference() {
    let mut last = 0;
    for share_young in [150, 200, 201, 250, 300, 400] {
        let found = reached(&small(share_young, 100, 4_000));
        assert!(found.total >= last, "{share_young}");
        assert!(found.total - found.bound <= 2, "{} {}", found.total, found.bound);
        last = found.total;
    }
    let (low, high) = (reached(&small(200, 100, 4_000)), reached(&small(201, 100, 4_000)));
    let price = low.prices.iter().find(|price| price.promise == 0).unwrap().higher.unwrap();
    assert!((price - (high.total - low.total) as f64).abs() <= 2.0, "{price}");
    assert!(low.binding.contains(&RowName::Promise(0, 2003)), "{:?}", low.binding);
}

#[test]
fn a_cap_makes_it_impossible_and_lifting_it_possible_again() {
    let mut question = small(300, 100, 4_000);
    let free = reached(&question).total;
    question.limits.caps = vec![Some(100), Some(100)];
    let found = unreachable(&question);
    assert!(found.is_proved);
    assert!(found.conflict.contains(&RowName::Promise(0, 2003)), "{:?}", found.conflict);
    assert!(found.conflict.contains(&RowName::Cap(2003)), "{:?}", found.conflict);
    assert_eq!(found.without_limits.as_ref().map(|reached| reached.total), Some(free));
    // Nothing that contradicts can be left out: without the caps, or without the promise, it can be done.
    let best = found.best.iter().find(|best| best.promise == 0).unwrap();
    assert!(best.alone < 300_000 && best.beside_the_others.is_some_and(|beside| beside <= best.alone));
    // What is said to be within reach is: a promise just below it can be kept, one just above cannot.
    let thousandths = best.beside_the_others.unwrap() / 1000;
    question.promises[0].adopted.value = thousandths;
    assert!(reached(&question).total <= 200);
    question.promises[0].adopted.value = thousandths + 1;
    assert!(unreachable(&question).is_proved);
}

#[test]
fn neither_rush_nor_drought() {
    let mut question = small(250, 100, 4_000);
    question.limits.previous = Some(300);
    question.limits.change = Some(100);
    let found = reached(&question);
    let years: Vec<i64> = found.admissions.iter().map(|year| year.iter().sum()).collect();
    assert!((270..=330).contains(&years[0]), "{years:?}");
    assert!(years[1] * 10 >= years[0] * 9 && years[1] * 10 <= years[0] * 11, "{years:?}");
    assert!(found.is_kept(&question, ADOPTED));
}

#[test]
fn nothing_is_asked_of_a_membership_that_keeps_its_promises() {
    let found = reached(&small(50, 50, 1_000));
    assert_eq!((found.total, found.bound, found.is_least()), (0, 0, true));
}

#[test]
fn growth_is_asked_year_by_year_in_whole_people() {
    let mut question = small(50, 50, 1_000);
    question.promises.push(promise(
        "grow",
        Kind::Growth,
        Population::Stock,
        women(),
        (Side::MoreThan, 0),
        &[2002, 2003],
    ));
    let found = reached(&question);
    let years = question.run_plan(&found.admissions, Assumed::default());
    let mut before = question.state.count(&women());
    for year in &years {
        let now = year.state.count(&women());
        assert!(now >= before + PARTS, "{now} {before}");
        before = now;
    }
    assert!(found.total >= 4, "{}", found.total);
}
