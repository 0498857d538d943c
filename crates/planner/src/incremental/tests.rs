use super::*;
use crate::merge::Merge;

#[path = "../../benches/city.rs"]
#[expect(dead_code, reason = "files are written by the measurements only")]
mod city;

/// SplitMix64.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as i64
    }
}

fn evaluated(incremental: &Incremental) -> Priced {
    let instance = incremental.instance();
    let tree = Tree::new(instance, &incremental.lottery);
    let pricing = Pricing::new(instance, &tree, &incremental.lottery);
    let question = Question { pricing: &pricing, multipliers: &incremental.multipliers, is_jittered: false };
    Merge::new(&pricing).solve(&question, true)
}

fn edited(d: &mut Draws, numbers: &mut Numbers) {
    match d.below(6) {
        0 => numbers.request = d.below(5),
        1 => numbers.previous = d.below(4),
        2 => numbers.upper = Some(d.below(6)),
        3 => numbers.upper = None,
        4 => numbers.lower = d.below(2),
        _ => {
            let n = numbers.ready.len() as i64;
            if n > 0 {
                numbers.ready[d.below(n) as usize] = d.below(4);
            }
        }
    }
}

#[test]
fn ten_thousand_changes_each_equal_a_full_evaluation() {
    let instance = city::city(300, 650, 5);
    let multipliers = [(3_000_000, 1), (5_500_000, 2), (14_000_000, 3), (90_000_001, 7)];
    let mut incremental = Incremental::new(instance, &multipliers, 3).unwrap();
    let mut d = Draws(1);
    let (mut n_made, mut n_refused) = (0, 0);
    while n_made < 10_000 {
        let unit = d.below(incremental.instance().units.len() as i64) as usize;
        let mut numbers = incremental.instance().units.numbers(unit);
        edited(&mut d, &mut numbers);
        let before = incremental.priced();
        match incremental.change(unit, &numbers) {
            Ok(()) => n_made += 1,
            Err(refused) => {
                n_refused += 1;
                assert_eq!(refused, Refused::Contradiction);
                assert_eq!(incremental.priced(), before);
                continue;
            }
        }
        assert_eq!(incremental.priced(), evaluated(&incremental), "after {n_made} changes");
    }
    assert!(n_refused > 10, "{n_refused}");
}

#[test]
fn the_price_of_a_place_is_what_the_bound_says_and_leaves_no_trace() {
    let mut incremental = Incremental::new(city::city(300, 650, 8), &[(0, 1); 4], 3).unwrap();
    let before = incremental.priced();
    let (mut n_more, mut n_fewer) = (0, 0);
    for unit in 0..incremental.instance().units.len() {
        let price = incremental.price_of_a_place(unit);
        // At the priced optimum nothing is to be had for less than nothing, except at the root,
        // whose band is hard, and nothing there either.
        n_more += usize::from(price.more.is_some_and(|price| price > 0));
        n_fewer += usize::from(price.fewer.is_some_and(|price| price > 0));
        assert!(
            price.more.is_none_or(|price| price >= 0) || incremental.instance().unit(unit).upper.is_some()
        );
    }
    assert!(n_more > 100 && n_fewer > 50, "{n_more} {n_fewer}");
    assert_eq!(incremental.priced(), before);
}

#[test]
fn prices_that_outgrow_the_narrow_width_are_still_exact() {
    let mut instance = city::city(120, 900, 2);
    let has_people = |&v: &usize| instance.units.leaf(v).is_some_and(|leaf| !leaf.pool.is_empty());
    let leaf = (0..instance.units.len())
        .filter(has_people)
        .min_by_key(|&v| instance.unit(v).fair_milli)
        .expect("somebody is ready");
    // Twice the rank over the fair share: about 12 persons stay below 2^61 / 2^20 micro-points, all
    // 56 of the city do not.
    instance.weights.fair = 2_200_000 * instance.unit(leaf).fair_milli / 1_000 / 60;
    let mut incremental = Incremental::new(instance, &[(1_000_000, 1); 4], 3).unwrap();
    assert!(matches!(incremental.width, Width::Narrow(_)));
    let mut numbers = incremental.instance().units.numbers(leaf);
    numbers.upper = None;
    numbers.ready[0] = 50_000;
    incremental.change(leaf, &numbers).unwrap();
    assert!(matches!(incremental.width, Width::Wide(_)));
    assert_eq!(incremental.priced(), evaluated(&incremental));
}
