//! A synthetic city for measurements: branches of several kinds, pools by cell, requests, and bounds
//! that bind. One seed makes one city; `tightness` scales the rare groups in the pools (1000 easy,
//! 550 makes every share row bind).

use serde_json::{Map, Value, json};

/// SplitMix64 with the few distributions that are needed.
pub(crate) struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    fn log_normal(&mut self, mean: f64, spread: f64) -> f64 {
        (mean + spread * self.normal()).exp()
    }

    fn poisson(&mut self, mean: f64) -> i64 {
        let (limit, mut product, mut n) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            n += 1;
        }
        n
    }
}

/// Sectors: share of branches, mean pool, share of the young, of women, of the educated.
const SECTORS: [(&str, f64, f64, f64, f64, f64); 6] = [
    ("agency", 0.14, 1.2, 0.45, 0.25, 0.95),
    ("works", 0.13, 1.6, 0.55, 0.22, 0.70),
    ("village", 0.40, 1.0, 0.50, 0.16, 0.45),
    ("private", 0.17, 1.1, 0.70, 0.30, 0.75),
    ("school", 0.06, 2.2, 0.80, 0.45, 0.99),
    ("street", 0.10, 1.0, 0.45, 0.40, 0.70),
];

/// Makes an instance of about `n_branches` branches under committees of about a hundred.
pub(crate) fn city(n_branches: usize, tightness: u64, seed: u64) -> Value {
    let mut d = Draws(seed);
    let n_committees = (n_branches / 100).max(2);
    let easy = tightness as f64 / 1000.0;
    let mut leaves = Vec::new();
    let mut weights = vec![0.0; n_committees];
    let mut n_key = 0;
    for b in 0..n_branches {
        let mut at = d.unit();
        let sector = SECTORS
            .iter()
            .find(|s| {
                at -= s.1;
                at < 0.0
            })
            .unwrap_or(&SECTORS[2]);
        let stock = d.log_normal(2.6, 0.75).clamp(3.0, 300.0).round();
        let mean = sector.2 * d.log_normal(0.0, 0.5) * (stock / 15.0).sqrt();
        let n_pool = d.poisson(mean);
        let pool = pool(&mut d, n_pool, sector, easy);
        let previous = d.poisson(0.45);
        let zeal = d.log_normal(0.0, 0.3);
        let request = d.poisson(0.34 * n_pool as f64 * zeal + 0.1);
        let weight = stock.sqrt() * (n_pool as f64 + 0.3).powf(0.7);
        let committee = b % n_committees;
        weights[committee] += weight;
        let is_key = sector.0 == "works" || sector.0 == "agency";
        n_key += previous * i64::from(is_key);
        leaves.push((committee, weight, json!({
            "id": format!("b{b:06}"), "parent": format!("c{committee:05}"), "pool": pool,
            "request": request, "previous": previous, "dormant": previous == 0 && d.unit() < 0.15,
            "duty": sector.0 == "private" && stock > 30.0, "tags": if is_key { json!(["key"]) } else { json!([]) },
            "upper": (2 * previous + 1).max((0.15 * stock) as i64).min(12),
        })));
    }
    let total: f64 = weights.iter().sum();
    let intake = (n_branches as f64 * 0.46).round();
    let mut units = vec![json!({ "id": "city", "parent": null })];
    for (c, weight) in weights.iter().enumerate() {
        let fair = weight / total * intake;
        units.push(json!({ "id": format!("c{c:05}"), "parent": "city", "fair_milli": (fair * 1000.0) as i64,
                           "lower": (fair * 0.6) as i64, "upper": (fair * 1.5) as i64 + 2 }));
    }
    for (_, weight, mut leaf) in leaves {
        leaf["fair_milli"] = json!((weight / total * intake * 1000.0) as i64);
        units.push(leaf);
    }
    let share = |id: &str, num: i64, den: i64| json!({ "id": id, "kind": "share", "attribute": id, "at_least": {"num": num, "den": den}, "penalty": 400 });
    json!({
        "format": "miaopu-allocation/1", "year": 2002,
        "target": { "intake": intake as i64, "tolerance_permille": 20, "weight": 200 },
        "weights": { "short": 100, "over": 60, "fair": 40, "smooth": 30, "dormant": 150, "node_fair": 20,
                     "cell_short": 25, "cell_over": 15 },
        "cells": cells(),
        "rows": [share("young", 7, 10), share("edu", 85, 100), share("women", 26, 100),
                 json!({ "id": "key", "kind": "growth", "tag": "key", "at_least": n_key * 105 / 100, "penalty": 300 })],
        "units": units,
    })
}

/// Four age groups, two of them young, by sex and education.
fn cells() -> Vec<Value> {
    (0..16)
        .map(|c: usize| {
            let attributes = [("young", c % 4 < 2), ("women", c / 4 % 2 == 1), ("edu", c / 8 == 1)];
            let carried: Vec<_> =
                attributes.into_iter().filter(|&(_, is_carried)| is_carried).map(|(a, _)| a).collect();
            json!({ "id": format!("g{c:02}"), "attributes": carried })
        })
        .collect()
}

fn pool(
    d: &mut Draws,
    n_pool: i64,
    sector: &(&str, f64, f64, f64, f64, f64),
    easy: f64,
) -> Map<String, Value> {
    let mut pool = Map::new();
    for _ in 0..n_pool {
        let young = d.unit() < sector.3 * easy.max(0.7);
        let women = d.unit() < sector.4 * easy;
        let edu = d.unit() < sector.5 * easy.sqrt();
        let age = if young { d.next() % 2 } else { 2 + d.next() % 2 };
        let key = format!("g{:02}", age + 4 * u64::from(women) + 8 * u64::from(edu));
        let n = pool.get(&key).and_then(Value::as_i64).unwrap_or(0);
        pool.insert(key, json!(n + 1));
    }
    pool
}
