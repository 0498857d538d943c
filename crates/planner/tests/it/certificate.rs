//! The certificate: every changed claim is found, equal questions give equal bytes, and an earlier
//! plan never makes the answer worse.

use planner::check::check;
use planner::instance::Instance;
use planner::plan::{Exact, Plan, Status};
use planner::solve::{Ask, allocate};
use serde_json::Value;

#[path = "../../benches/city.rs"]
pub(crate) mod city;

fn small_city(seed: u64) -> Value {
    city::file(&city::city(240, 650, seed))
}

fn read(file: &Value) -> Instance {
    Instance::parse(file.to_string().as_bytes()).expect("the generator writes what the reader reads")
}

type Change<'a> = &'a dyn Fn(&mut Plan);

#[test]
fn every_changed_claim_is_found() {
    let instance = read(&small_city(1));
    let plan = allocate(&instance, &Ask::default());
    assert_eq!(check(&instance, &plan), []);
    let changed = |change: Change<'_>| {
        let mut other = plan.clone();
        change(&mut other);
        check(&instance, &other)
    };
    let leaves = |plan: &mut Plan| plan.leaves.take().expect("a solved plan has leaves");
    let changes: [(&str, Change<'_>); 10] = [
        ("format", &|plan| plan.format.push('x')),
        ("digest", &|plan| plan.instance_sha256.replace_range(..1, "z")),
        ("objective", &|plan| plan.objective = plan.objective.map(|cost| Exact(cost.0 - 1))),
        ("bound", &|plan| plan.bound.iter_mut().for_each(|bound| bound.num.0 += 1)),
        ("multiplier", &|plan| {
            plan.multipliers.iter_mut().flat_map(|all| all.values_mut()).for_each(|at| at.num.0 += at.den.0);
        }),
        ("a leaf left out", &|plan| {
            let mut all = leaves(plan);
            all.pop();
            plan.leaves = Some(all);
        }),
        ("one person more", &|plan| {
            let mut all = leaves(plan);
            all[0].total += 1;
            all[0].cells.values_mut().next().into_iter().for_each(|n| *n += 1);
            plan.leaves = Some(all);
        }),
        ("a total", &|plan| plan.inner.iter_mut().flatten().for_each(|share| share.total += 1)),
        ("order", &|plan| {
            let mut all = leaves(plan);
            all.reverse();
            plan.leaves = Some(all);
        }),
        ("waived", &|plan| plan.waived.iter_mut().for_each(|all| all.push("nobody".into()))),
    ];
    for (name, change) in changes {
        assert!(!changed(change).is_empty(), "{name}");
    }
}

#[test]
fn a_status_that_does_not_fit_the_numbers_is_found() {
    let instance = read(&small_city(2));
    let mut plan = allocate(&instance, &Ask::default());
    plan.status = match plan.status {
        Status::Optimal => Status::Certified,
        Status::Certified | Status::Infeasible => Status::Optimal,
    };
    assert!(!check(&instance, &plan).is_empty());
}

#[test]
fn the_place_in_the_file_decides_nothing() {
    let file = small_city(3);
    let mut turned = file.clone();
    turned["units"].as_array_mut().expect("units").reverse();
    let named = |plan: Plan| {
        let mut shares: Vec<_> =
            plan.leaves.expect("leaves").into_iter().map(|s| (s.unit, s.cells)).collect();
        shares.sort();
        (plan.objective, shares)
    };
    let ask = Ask { tie_seed: 7, from: None };
    let (first, second) = (allocate(&read(&file), &ask), allocate(&read(&turned), &ask));
    assert_eq!(named(first), named(second));
}

#[test]
fn the_same_question_gives_the_same_bytes_and_another_seed_may_draw_otherwise() {
    let instance = read(&small_city(4));
    let bytes = |tie_seed| allocate(&instance, &Ask { tie_seed, from: None }).to_bytes();
    assert_eq!(bytes(1), bytes(1));
    assert!((2..8).any(|seed| bytes(seed) != bytes(1)), "every seed drew the same");
}

#[test]
fn an_earlier_plan_is_never_a_burden() {
    for seed in 0..6 {
        let file = small_city(10 + seed);
        let before = allocate(&read(&file), &Ask::default());
        let mut later = file;
        later["units"].as_array_mut().expect("units").iter_mut().skip(9).step_by(17).for_each(|unit| {
            if unit.get("pool").is_some() {
                unit["request"] = serde_json::json!(2);
            }
        });
        let instance = read(&later);
        let fresh = allocate(&instance, &Ask::default());
        let warm = allocate(&instance, &Ask { tie_seed: 0, from: Some(&before) });
        assert!(warm.objective <= fresh.objective, "seed {seed}");
        assert_eq!(check(&instance, &warm), []);
    }
}
