//! A synthetic city for measurements: branches of several kinds, pools by cell, requests, and bounds
//! that bind. One seed makes one city; `tightness` scales the rare groups in the pools (1000 easy,
//! 550 makes every share row bind).

use planner::instance::{Cell, Counted, Instance, Leaf, Part, Row, RowKind, Target, Unit, Units, Weights};
use serde_json::{Map, Value, json};

/// SplitMix64 with the few distributions that are needed.
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn next(&mut self) -> u64 {
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

/// What the generator draws for one branch.
struct Branch {
    committee: usize,
    weight: f64,
    pool: Vec<Part>,
    request: i64,
    previous: i64,
    is_dormant: bool,
    has_duty: bool,
    is_key: bool,
    upper: i64,
}

/// Makes an instance of about `n_branches` branches under committees of about a hundred, which lie
/// under larger ones when there are many.
pub(crate) fn city(n_branches: usize, tightness: u64, seed: u64) -> Instance {
    let mut d = Draws(seed);
    let n_committees = (n_branches / 100).max(2);
    let easy = tightness as f64 / 1000.0;
    let mut n_key = 0;
    let mut branches = Vec::with_capacity(n_branches);
    for b in 0..n_branches {
        let branch = branch(&mut d, b % n_committees, easy);
        n_key += branch.previous * i64::from(branch.is_key);
        branches.push(branch);
    }
    let total: f64 = branches.iter().map(|branch| branch.weight).sum();
    let intake = (n_branches as f64 * 0.46).round();
    let units = units(&branches, n_committees, total, intake);
    let row = |id: &str, kind, counts, penalty| Row { id: id.to_owned(), kind, counts, penalty };
    let share = |id: &str, num, den| {
        row(id, RowKind::Share { num, den, is_strict: false }, Counted::Attribute(id.to_owned()), 400)
    };
    let key = RowKind::Growth { at_least: n_key * 105 / 100 };
    Instance {
        sha256: String::new(),
        title: String::new(),
        year: Some(2002),
        target: Target { intake: intake as i64, tolerance_permille: 20, weight: 200 },
        weights: Weights {
            short: 100,
            over: 60,
            fair: 40,
            smooth: 30,
            dormant: 150,
            node_fair: 20,
            cell_short: 25,
            cell_over: 15,
        },
        cells: cells(),
        rows: vec![
            share("young", 7, 10),
            share("edu", 85, 100),
            share("women", 26, 100),
            row("key", key, Counted::Tag("key".to_owned()), 300),
        ],
        units,
        root: 0,
    }
}

fn branch(d: &mut Draws, committee: usize, easy: f64) -> Branch {
    let mut at = d.unit();
    let sector = SECTORS.iter().find(|s| {
        at -= s.1;
        at < 0.0
    });
    let sector = sector.unwrap_or(&SECTORS[2]);
    let stock = d.log_normal(2.6, 0.75).clamp(3.0, 300.0).round();
    let mean = sector.2 * d.log_normal(0.0, 0.5) * (stock / 15.0).sqrt();
    let n_pool = d.poisson(mean);
    let pool = pool(d, n_pool, sector, easy);
    let previous = d.poisson(0.45);
    let zeal = d.log_normal(0.0, 0.3);
    let request = d.poisson(0.34 * n_pool as f64 * zeal + 0.1);
    Branch {
        committee,
        weight: stock.sqrt() * (n_pool as f64 + 0.3).powf(0.7),
        pool,
        request,
        previous,
        is_dormant: previous == 0 && d.unit() < 0.15,
        has_duty: sector.0 == "private" && stock > 30.0,
        is_key: sector.0 == "works" || sector.0 == "agency",
        upper: (2 * previous + 1).max((0.15 * stock) as i64).min(12),
    }
}

/// The tree: committees of a hundred branches, then twenty or ten of a kind together while there are
/// more than forty.
fn units(branches: &[Branch], n_committees: usize, total: f64, intake: f64) -> Units {
    let mut levels = vec![vec![0.0; n_committees]];
    for branch in branches {
        levels[0][branch.committee] += branch.weight;
    }
    while levels[levels.len() - 1].len() > 40 {
        let below = &levels[levels.len() - 1];
        let size = if levels.len() == 1 { 20 } else { 10 };
        levels.push(below.chunks(size).map(|part| part.iter().sum()).collect());
    }
    let mut units = Units::default();
    let plain = |parent| Unit { id: "city", parent, lower: 0, upper: None, fair_milli: 0, leaf: None };
    units.push(&plain(None));
    // From the top down, so that every parent has its place before its children.
    let mut first_of_level = vec![0; levels.len()];
    for level in (0..levels.len()).rev() {
        first_of_level[level] = units.len();
        for (c, weight) in levels[level].iter().enumerate() {
            let fair = weight / total * intake;
            let size = if level == 0 { 20 } else { 10 };
            let parent = if level + 1 == levels.len() { 0 } else { first_of_level[level + 1] + c / size };
            let id = if level == 0 { format!("c{c:05}") } else { format!("d{level}-{c:05}") };
            units.push(&Unit {
                id: &id,
                fair_milli: (fair * 1000.0) as i64,
                lower: (fair * 0.6) as i64,
                upper: Some((fair * 1.5) as i64 + 2),
                ..plain(Some(parent))
            });
        }
    }
    let (key, none) = (["key".to_owned()], []);
    for (b, branch) in branches.iter().enumerate() {
        let leaf = Leaf {
            request: branch.request,
            request_cells: &[],
            previous: branch.previous,
            is_dormant: branch.is_dormant,
            has_duty: branch.has_duty,
            tags: if branch.is_key { &key } else { &none },
            pool: &branch.pool,
        };
        units.push(&Unit {
            id: &format!("b{b:06}"),
            upper: Some(branch.upper),
            fair_milli: (branch.weight / total * intake * 1000.0) as i64,
            leaf: Some(leaf),
            ..plain(Some(first_of_level[0] + branch.committee))
        });
    }
    units
}

/// Four age groups, two of them young, by sex and education.
fn cells() -> Vec<Cell> {
    (0..16)
        .map(|c: usize| {
            let attributes = [("edu", c / 8 == 1), ("women", c / 4 % 2 == 1), ("young", c % 4 < 2)];
            let carried = attributes.into_iter().filter(|&(_, is_carried)| is_carried);
            Cell { id: format!("g{c:02}"), attributes: carried.map(|(a, _)| a.to_owned()).collect() }
        })
        .collect()
}

fn pool(d: &mut Draws, n_pool: i64, sector: &(&str, f64, f64, f64, f64, f64), easy: f64) -> Vec<Part> {
    let mut pool = [0; 16];
    for _ in 0..n_pool {
        let young = d.unit() < sector.3 * easy.max(0.7);
        let women = d.unit() < sector.4 * easy;
        let edu = d.unit() < sector.5 * easy.sqrt();
        let age = if young { d.next() % 2 } else { 2 + d.next() % 2 };
        pool[(age + 4 * u64::from(women) + 8 * u64::from(edu)) as usize] += 1;
    }
    (0u32..).zip(pool).filter(|&(_, n)| n > 0).map(|(cell, n)| Part { cell, n }).collect()
}

/// The file of an instance.
pub(crate) fn file(instance: &Instance) -> Value {
    let by_cell = |parts: &[Part]| -> Map<String, Value> {
        parts.iter().map(|part| (instance.cells[part.cell as usize].id.clone(), json!(part.n))).collect()
    };
    let unit = |unit: Unit<'_>| {
        let parent = unit.parent.map(|parent| instance.units.id(parent));
        let mut line =
            json!({ "id": unit.id, "parent": parent, "fair_milli": unit.fair_milli, "lower": unit.lower });
        if let Some(upper) = unit.upper {
            line["upper"] = json!(upper);
        }
        if let Some(leaf) = unit.leaf {
            line["pool"] = Value::Object(by_cell(leaf.pool));
            line["request_cells"] = Value::Object(by_cell(leaf.request_cells));
            for (key, value) in [
                ("request", json!(leaf.request)),
                ("previous", json!(leaf.previous)),
                ("dormant", json!(leaf.is_dormant)),
                ("duty", json!(leaf.has_duty)),
                ("tags", json!(leaf.tags)),
            ] {
                line[key] = value;
            }
        }
        line
    };
    let row = |row: &Row| {
        let mut line = json!({ "id": row.id, "penalty": row.penalty });
        match &row.counts {
            Counted::Attribute(attribute) => line["attribute"] = json!(attribute),
            Counted::Tag(tag) => line["tag"] = json!(tag),
        }
        match row.kind {
            RowKind::Share { num, den, is_strict } => {
                line["kind"] = json!("share");
                line["at_least"] = json!({ "num": num, "den": den });
                line["strict"] = json!(is_strict);
            }
            RowKind::Growth { at_least } => {
                line["kind"] = json!("growth");
                line["at_least"] = json!(at_least);
            }
        }
        line
    };
    let (target, w) = (&instance.target, &instance.weights);
    json!({
        "format": "miaopu-allocation/1", "year": instance.year,
        "target": { "intake": target.intake, "tolerance_permille": target.tolerance_permille, "weight": target.weight },
        "weights": { "short": w.short, "over": w.over, "fair": w.fair, "smooth": w.smooth, "dormant": w.dormant,
                     "node_fair": w.node_fair, "cell_short": w.cell_short, "cell_over": w.cell_over },
        "cells": instance.cells.iter().map(|c| json!({ "id": c.id, "attributes": c.attributes })).collect::<Vec<_>>(),
        "rows": instance.rows.iter().map(row).collect::<Vec<_>>(),
        "units": instance.units.iter().map(unit).collect::<Vec<_>>(),
    })
}
