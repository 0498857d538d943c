//! Thousands of instances small enough to try every plan: the true optimum against what is claimed.
//! The cost is written here a second time, from the file format, on purpose.

use planner::check::check;
use planner::explain::What;
use planner::instance::Instance;
use planner::plan::{Plan, Status};
use planner::solve::{Ask, allocate};
use serde_json::{Value, json};

/// SplitMix64.
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// An instance of a few leaves in which every key of the format occurs sooner or later.
pub(crate) fn instance(seed: u64) -> Value {
    let mut d = Draws(seed.wrapping_mul(0x1234_5677));
    let cells = ["a", "b", "c"];
    let attributes = [json!(["young"]), json!(["young", "women"]), json!(["women"])];
    let n_cells = 1 + d.below(3) as usize;
    let n_inner = 1 + d.below(3);
    let mut units = vec![json!({ "id": "city", "parent": null })];
    for c in 0..n_inner {
        let mut unit = json!({ "id": format!("c{c}"), "parent": "city", "lower": d.below(2) });
        if d.below(2) == 0 {
            unit["upper"] = json!(1 + d.below(5));
        }
        if d.below(2) == 0 {
            unit["fair_milli"] = json!(d.below(4000));
        }
        units.push(unit);
    }
    for b in 0..2 + d.below(3) {
        let pool: serde_json::Map<_, _> =
            cells[..n_cells].iter().map(|cell| (cell.to_string(), json!(d.below(3)))).collect();
        let mut unit = json!({
            "id": format!("b{b}"), "parent": format!("c{}", d.below(n_inner)), "pool": pool,
            "request": d.below(4), "previous": d.below(3), "dormant": d.below(4) == 0, "duty": d.below(4) == 0,
        });
        if d.below(2) == 0 {
            unit["fair_milli"] = json!(d.below(3000));
        }
        if d.below(3) == 0 {
            unit["request_cells"] = json!({ cells[d.below(n_cells as u64) as usize]: 1 + d.below(2) });
        }
        if d.below(3) == 0 {
            unit["tags"] = json!(["key"]);
        }
        if d.below(4) == 0 {
            unit["upper"] = json!(d.below(4));
        }
        units.push(unit);
    }
    let tolerance = [0, 200, 1000][d.below(3) as usize];
    let shares = [(7, 10), (26, 100), (1, 2), (85, 100), (1, 4)];
    let mut rows = Vec::new();
    for (name, kind) in [("young", 0), ("women", 0), ("key", 1)] {
        if d.below(3) > 0 {
            let (num, den) = shares[d.below(5) as usize];
            rows.push(match kind {
                0 => json!({ "id": name, "kind": "share", "attribute": name, "at_least": {"num": num, "den": den},
                             "strict": d.below(2) == 0, "penalty": d.below(500) }),
                _ => json!({ "id": name, "kind": "growth", "tag": "key", "at_least": d.below(5), "penalty": d.below(400) }),
            });
        }
    }
    json!({
        "format": "miaopu-allocation/1",
        "target": { "intake": d.below(9), "tolerance_permille": tolerance, "weight": d.below(300) },
        "weights": { "short": d.below(150), "over": d.below(90), "fair": d.below(60), "smooth": d.below(50),
                     "dormant": d.below(200), "node_fair": d.below(40), "cell_short": d.below(40), "cell_over": d.below(30) },
        "cells": (0..n_cells).map(|c| json!({ "id": cells[c], "attributes": attributes[c] })).collect::<Vec<_>>(),
        "rows": rows,
        "units": units,
    })
}

const P: i128 = 1_000_000;

fn n(value: &Value) -> i128 {
    value.as_i64().map_or(0, i128::from)
}

fn fair(weight: &Value, fair_milli: &Value, x: i128) -> i128 {
    match n(fair_milli) {
        0 => 0,
        fair => (P * n(weight) * ((2 * x - 1) * 1000 - 2 * fair)).div_euclid(fair),
    }
}

/// The least cost over all plans; none when no plan keeps the bounds.
pub(crate) fn optimum(file: &Value) -> Option<i128> {
    let units = file["units"].as_array().expect("units");
    let leaves: Vec<usize> = (0..units.len()).filter(|&v| units[v].get("pool").is_some()).collect();
    let mut taken: Vec<Vec<i128>> = Vec::new();
    let mut best = None;
    walk(file, &leaves, &mut taken, &mut best);
    best
}

fn walk(file: &Value, leaves: &[usize], taken: &mut Vec<Vec<i128>>, best: &mut Option<i128>) {
    if taken.len() == leaves.len() {
        if let Some(cost) = cost(file, leaves, taken) {
            *best = Some(best.map_or(cost, |known| known.min(cost)));
        }
        return;
    }
    let cells = file["cells"].as_array().expect("cells");
    let pool = &file["units"][leaves[taken.len()]]["pool"];
    let limits: Vec<i128> = cells.iter().map(|cell| n(&pool[cell["id"].as_str().expect("id")])).collect();
    let mut at = vec![0; limits.len()];
    loop {
        taken.push(at.clone());
        walk(file, leaves, taken, best);
        taken.pop();
        let Some(c) = (0..at.len()).find(|&c| at[c] < limits[c]) else { return };
        at[c] += 1;
        at[..c].fill(0);
    }
}

fn cost(file: &Value, leaves: &[usize], taken: &[Vec<i128>]) -> Option<i128> {
    let (units, w) = (file["units"].as_array()?, &file["weights"]);
    let cells = file["cells"].as_array()?;
    let mut totals = vec![0i128; units.len()];
    let mut sum = 0;
    for (&v, at) in leaves.iter().zip(taken) {
        let (unit, total) = (&units[v], at.iter().sum::<i128>());
        totals[v] = total;
        let parent = units.iter().position(|above| above["id"] == unit["parent"])?;
        totals[parent] += total;
        let ready: i128 = unit["pool"].as_object()?.values().map(n).sum();
        let most = unit.get("upper").map_or(ready, |upper| n(upper).min(ready));
        let duty = i128::from(unit["duty"] == json!(true) && most > 0);
        if total < n(&unit["lower"]).max(duty) || total > most {
            return None;
        }
        for x in 1..=total {
            sum += if x <= n(&unit["request"]) { -P * n(&w["short"]) } else { P * n(&w["over"]) };
            sum += if x <= n(&unit["previous"]) { -P * n(&w["smooth"]) } else { P * n(&w["smooth"]) };
            sum += fair(&w["fair"], &unit["fair_milli"], x);
            sum -= if x == 1 && unit["dormant"] == json!(true) { P * n(&w["dormant"]) } else { 0 };
        }
        for (cell, &taken) in cells.iter().zip(at) {
            let asked = n(&unit["request_cells"][cell["id"].as_str()?]).min(taken);
            sum += P * (n(&w["cell_over"]) * (taken - asked) - n(&w["cell_short"]) * asked);
        }
    }
    let city: i128 = totals.iter().sum::<i128>() / 2;
    totals[0] = leaves.iter().map(|&v| totals[v]).sum();
    debug_assert_eq!(city, totals[0]);
    for (unit, &total) in units.iter().zip(&totals) {
        if unit.get("pool").is_none() {
            if total < n(&unit["lower"]) || unit.get("upper").is_some_and(|upper| total > n(upper)) {
                return None;
            }
            if !unit["parent"].is_null() {
                sum += (1..=total).map(|x| fair(&w["node_fair"], &unit["fair_milli"], x)).sum::<i128>();
            }
        }
    }
    let (target, total) = (&file["target"], totals[0]);
    let (intake, tolerance) = (n(&target["intake"]), n(&target["tolerance_permille"]));
    if total * 1000 < intake * (1000 - tolerance) || total * 1000 > intake * (1000 + tolerance) {
        return None;
    }
    sum += (1..=total)
        .map(|x| if x <= intake { -P * n(&target["weight"]) } else { P * n(&target["weight"]) })
        .sum::<i128>();
    Some(sum + rows_cost(file, leaves, taken, total)?)
}

fn rows_cost(file: &Value, leaves: &[usize], taken: &[Vec<i128>], total: i128) -> Option<i128> {
    let (units, cells) = (file["units"].as_array()?, file["cells"].as_array()?);
    let mut sum = 0;
    for row in file["rows"].as_array()? {
        let count: i128 = leaves
            .iter()
            .zip(taken)
            .map(|(&v, at)| match (&row["attribute"], &row["tag"]) {
                (Value::String(a), _) => cells
                    .iter()
                    .zip(at)
                    .filter(|(cell, _)| {
                        cell["attributes"].as_array().is_some_and(|list| list.contains(&json!(a)))
                    })
                    .map(|(_, taken)| taken)
                    .sum::<i128>(),
                (_, tag) if units[v]["tags"].as_array().is_some_and(|list| list.contains(tag)) => {
                    at.iter().sum()
                }
                _ => 0,
            })
            .sum();
        let penalty = n(&row["penalty"]) * P;
        sum += match row["kind"].as_str()? {
            "share" => {
                let (num, den) = (n(&row["at_least"]["num"]), n(&row["at_least"]["den"]));
                let r = den * count - num * total - i128::from(row["strict"] == json!(true));
                penalty / den * (-r).max(0)
            }
            _ => penalty * (n(&row["at_least"]) - count).max(0),
        };
    }
    Some(sum)
}

fn solve(file: &Value) -> Plan {
    let instance =
        Instance::parse(file.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}\n{file}"));
    let plan = allocate(&instance, &Ask::default());
    let read_back = Plan::parse(&plan.to_bytes()).unwrap_or_else(|error| panic!("{error}\n{file}"));
    assert_eq!(read_back, plan);
    assert_eq!(check(&instance, &plan), [], "{file}");
    plan
}

#[test]
fn what_is_called_optimal_is_the_optimum() {
    let (mut n_solved, mut n_optimal) = (0, 0);
    for seed in 0..2_000 {
        let file = instance(seed);
        let plan = solve(&file);
        let Some(best) = optimum(&file) else {
            assert_eq!(plan.status, Status::Infeasible, "seed {seed}\n{file}");
            continue;
        };
        n_solved += 1;
        assert_ne!(plan.status, Status::Infeasible, "seed {seed}\n{file}");
        let objective = plan.objective.map(|cost| cost.0).unwrap_or_default();
        let bound = plan.bound.unwrap();
        assert!(bound.num.0 <= best * bound.den.0, "seed {seed}: bound {bound:?} above {best}\n{file}");
        assert!(objective >= best, "seed {seed}: {objective} below {best}\n{file}");
        if plan.status == Status::Optimal {
            assert_eq!(objective, best, "seed {seed}\n{file}");
            n_optimal += 1;
        }
    }
    assert!(n_solved > 600, "{n_solved}");
    assert!(n_optimal * 1000 >= n_solved * 995, "{n_optimal} of {n_solved} proved");
}

#[test]
fn an_explanation_is_contradictory_and_nothing_in_it_can_be_left_out() {
    let mut n_explained = 0;
    for seed in 0..3_000 {
        let file = instance(seed);
        let plan = solve(&file);
        let Some(bounds) = &plan.explanation else { continue };
        n_explained += 1;
        let only = |skip: Option<usize>| {
            let kept: Vec<_> =
                bounds.iter().enumerate().filter(|&(i, _)| Some(i) != skip).map(|(_, bound)| bound).collect();
            is_contradictory(&file, &kept)
        };
        assert!(only(None), "seed {seed}: {bounds:?}\n{file}");
        for skip in 0..bounds.len() {
            assert!(!only(Some(skip)), "seed {seed} without {skip}: {bounds:?}\n{file}");
        }
        let relax = plan.relax.as_ref().unwrap();
        let relaxed: Vec<_> = bounds
            .iter()
            .cloned()
            .map(|mut bound| {
                if bound.unit == relax.unit && bound.what == relax.what {
                    bound.needs = bound.needs.map(|_| relax.to);
                    bound.has = bound.has.map(|_| relax.to);
                }
                bound
            })
            .collect();
        assert!(
            !is_contradictory(&file, &relaxed.iter().collect::<Vec<_>>()),
            "seed {seed}: {relax:?}\n{file}"
        );
    }
    assert!(n_explained > 200, "{n_explained}");
}

/// Whether some number fits every unit when only these bounds hold.
fn is_contradictory(file: &Value, bounds: &[&planner::explain::Bound]) -> bool {
    let units = file["units"].as_array().expect("units");
    fn reach(units: &[Value], v: usize, bounds: &[&planner::explain::Bound]) -> Option<(i64, i64)> {
        let far = 1 << 40;
        let mut range = (0, if units[v].get("pool").is_some() { far } else { 0 });
        for child in (0..units.len()).filter(|&child| units[child]["parent"] == units[v]["id"]) {
            let (low, high) = reach(units, child, bounds)?;
            range = (range.0 + low, (range.1 + high).min(far));
        }
        for bound in bounds.iter().filter(|bound| units[v]["id"] == json!(bound.unit)) {
            match bound.what {
                What::Lower | What::Duty | What::IntakeMin => {
                    range.0 = range.0.max(bound.needs.expect("needs"))
                }
                What::Upper | What::Pool | What::IntakeMax => range.1 = range.1.min(bound.has.expect("has")),
            }
        }
        (range.0 <= range.1).then_some(range)
    }
    reach(units, 0, bounds).is_none()
}
