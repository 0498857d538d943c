//! The question of a plan as a file of `miaopu-allocation/1`: what was counted, asked and settled, in
//! the words of the format. Units go by their numbers; no name and no person is in it.

use std::collections::{BTreeMap, HashMap};

use domain::ids::UnitId;
use domain::plan::{Cells, Settled, settings};
use domain::unit::{Sector, Unit};
use serde::Serialize;

use super::counting::{Branch, Counted};
use crate::store::{PlanRow, StoreError};

#[derive(Serialize)]
struct File {
    format: &'static str,
    title: String,
    year: i16,
    target: Target,
    weights: Weights,
    cells: Vec<Cell>,
    rows: Vec<Row>,
    units: Vec<UnitEntry>,
}

#[derive(Serialize)]
struct Target {
    intake: i64,
    tolerance_permille: i64,
    weight: i64,
}

#[derive(Serialize)]
struct Weights {
    short: i64,
    over: i64,
    fair: i64,
    smooth: i64,
    dormant: i64,
    node_fair: i64,
    cell_short: i64,
    cell_over: i64,
}

#[derive(Serialize)]
struct Cell {
    id: String,
    attributes: Vec<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Row {
    Share {
        id: String,
        kind: &'static str,
        attribute: String,
        at_least: Fraction,
        strict: bool,
        penalty: i64,
    },
    Growth {
        id: String,
        kind: &'static str,
        tag: String,
        at_least: i64,
        penalty: i64,
    },
}

#[derive(Serialize)]
struct Fraction {
    num: i64,
    den: i64,
}

#[derive(Serialize)]
struct UnitEntry {
    id: String,
    parent: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    lower: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper: Option<i64>,
    #[serde(skip_serializing_if = "is_zero")]
    fair_milli: i64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    leaf: Option<Leaf>,
}

#[derive(Serialize)]
struct Leaf {
    #[serde(skip_serializing_if = "is_zero")]
    request: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    request_cells: Cells,
    #[serde(skip_serializing_if = "is_zero")]
    previous: i64,
    #[serde(skip_serializing_if = "is_false")]
    dormant: bool,
    #[serde(skip_serializing_if = "is_false")]
    duty: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    pool: Cells,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that the derive asks for")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that the derive asks for")]
fn is_false(it: &bool) -> bool {
    !*it
}

/// The file of a plan as counted, with the numbers that the office settled.
pub(super) fn write(plan: &PlanRow, counted: &Counted, settled: &[Settled]) -> Result<Vec<u8>, StoreError> {
    let terms = &plan.terms;
    let weights = &terms.weights;
    let cells = settings().cells().into_iter().map(|(id, carried)| Cell {
        id,
        attributes: carried.iter().map(|attribute| attribute.id.clone()).collect(),
    });
    let file = File {
        format: "miaopu-allocation/1",
        title: format!("{}年发展党员计划", plan.year),
        year: plan.year,
        target: Target {
            intake: terms.intake,
            tolerance_permille: terms.tolerance_permille,
            weight: weights.intake,
        },
        weights: Weights {
            short: weights.short,
            over: weights.over,
            fair: weights.fair,
            smooth: weights.smooth,
            dormant: weights.dormant,
            node_fair: weights.node_fair,
            cell_short: weights.cell_short,
            cell_over: weights.cell_over,
        },
        cells: cells.collect(),
        rows: rows(plan, counted),
        units: entries(plan, counted, settled),
    };
    let mut bytes = serde_json::to_vec(&file).map_err(|error| StoreError::Unfit(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn rows(plan: &PlanRow, counted: &Counted) -> Vec<Row> {
    let shares = plan.terms.shares.iter().map(|share| Row::Share {
        id: share.attribute.clone(),
        kind: "share",
        attribute: share.attribute.clone(),
        at_least: Fraction { num: share.permille, den: 1000 },
        strict: share.is_strict,
        penalty: share.penalty,
    });
    let growth = settings().tags.iter().filter(|tag| tag.id == "key").map(|tag| {
        let in_key = counted.units.iter().filter(|unit| tag.sectors.contains(&unit.sector));
        let before = in_key.filter_map(|unit| counted.branches.get(&unit.id)).map(|branch| branch.before[0]);
        Row::Growth {
            id: tag.id.clone(),
            kind: "growth",
            tag: tag.id.clone(),
            at_least: before.sum(),
            penalty: settings().start.growth_penalty,
        }
    });
    shares.chain(growth).collect()
}

fn entries(plan: &PlanRow, counted: &Counted, settled: &[Settled]) -> Vec<UnitEntry> {
    let stock = counted.sums(|branch| branch.n_stock);
    let total = stock.get(&plan.unit).copied().unwrap_or(0).max(1);
    let fixed: HashMap<UnitId, i64> = settled.iter().map(|settled| (settled.unit, settled.n)).collect();
    let entry = |unit: &Unit| {
        let is_top = unit.id == plan.unit;
        let branch = counted.branches.get(&unit.id).filter(|_| unit.kind.may_admit());
        let share = i128::from(plan.terms.intake) * 1000 * i128::from(stock[&unit.id]) / i128::from(total);
        let (lower, upper) = match (fixed.get(&unit.id), branch) {
            (Some(&n), _) => (n, Some(n)),
            (None, Some(branch)) => (branch.n_used, Some(most(branch))),
            (None, None) => (0, None),
        };
        UnitEntry {
            id: unit.id.to_string(),
            parent: unit.parent.filter(|_| !is_top).map(|parent| parent.to_string()),
            lower,
            upper,
            fair_milli: if is_top { 0 } else { i64::try_from(share).unwrap_or(i64::MAX) },
            leaf: branch.map(|branch| leaf(unit, branch)),
        }
    };
    counted.units.iter().map(entry).collect()
}

/// The most that a branch is given in a year, so that nobody is admitted in a rush; what was used is
/// never taken back.
pub(super) fn most(branch: &Branch) -> i64 {
    let start = &settings().start;
    let of_stock = (branch.n_stock * start.burst_permille + 999).div_euclid(1000);
    of_stock.max(start.burst_times * branch.before[0] + 1).max(branch.n_used)
}

fn leaf(unit: &Unit, branch: &Branch) -> Leaf {
    let is_large = unit.sector == Sector::NonPublic && branch.n_stock >= settings().start.duty_members;
    Leaf {
        request: branch.n_asked,
        request_cells: branch.asked_cells.clone(),
        previous: branch.before[0],
        dormant: branch.before.iter().all(|n| *n == 0),
        duty: is_large,
        tags: settings().tags_of(unit.sector),
        pool: branch.ready.clone(),
    }
}
