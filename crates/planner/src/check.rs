//! A stranger's check of a plan: everything the file claims is computed again from the instance, by
//! other means than the search. It shares the reading of files with the search and nothing else: the
//! bound is folded here with heaps and fractions over a common denominator.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use domain::text::Text;

use crate::instance::{Counted, Instance, POINT, Row, RowKind, Unit};
use crate::plan::{Plan, Proof, Rational, Status};

mod infeasible;

/// Something in a plan that is not so, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Key, unit or row.
    pub place: String,
    /// What is wrong, in both languages.
    pub what: Text,
}

impl Fault {
    fn new(place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Fault { place: place.into(), what: Text::new(zh, en) }
    }
}

/// Checks every claim; an empty list means that the plan is right.
pub fn check(instance: &Instance, plan: &Plan) -> Vec<Fault> {
    let mut faults = heading(instance, plan);
    if !faults.is_empty() {
        return faults;
    }
    if plan.status == Status::Infeasible {
        return infeasible::check(instance, plan);
    }
    let Some(shares) = shares(instance, plan, &mut faults) else { return faults };
    keeps_bounds(instance, plan, &shares, &mut faults);
    let objective = plan.objective.map_or(0, |cost| cost.0);
    let cost = cost(instance, &shares);
    if cost != objective {
        faults.push(Fault::new(
            "objective",
            format!("目标值应为 {cost}，文件写 {objective}"),
            format!("the objective is {cost}, the file says {objective}"),
        ));
    }
    certificate(instance, plan, objective, &mut faults);
    faults
}

/// Persons by unit, and by cell at leaves.
struct Shares {
    totals: Vec<i64>,
    cells: Vec<Vec<i64>>,
}

fn heading(instance: &Instance, plan: &Plan) -> Vec<Fault> {
    let mut faults = Vec::new();
    if plan.format != "miaopu-plan/1" {
        faults.push(Fault::new("format", "格式应为 miaopu-plan/1", "the format must be miaopu-plan/1"));
    }
    if plan.instance_sha256 != instance.sha256 {
        faults.push(Fault::new(
            "instance_sha256",
            "计划不是依据这份题目作出的：摘要不符",
            "the plan was not made for this instance: the digests differ",
        ));
    }
    let is_solved = plan.status != Status::Infeasible;
    let keys = [
        ("objective", plan.objective.is_some(), is_solved),
        ("bound", plan.bound.is_some(), is_solved),
        ("multipliers", plan.multipliers.is_some(), is_solved),
        ("waived", plan.waived.is_some(), is_solved),
        ("leaves", plan.leaves.is_some(), is_solved),
        ("inner", plan.inner.is_some(), is_solved),
        ("explanation", plan.explanation.is_some(), !is_solved),
        ("relax", plan.relax.is_some(), !is_solved),
        ("proof", plan.proof.is_some(), plan.status == Status::Optimal),
    ];
    for (key, is_there, is_owed) in keys {
        if is_there != is_owed {
            let (zh, en) = if is_owed {
                ("缺少此项", "this is missing")
            } else {
                ("不应有此项", "this does not belong here")
            };
            faults.push(Fault::new(key, zh, en));
        }
    }
    faults
}

fn shares(instance: &Instance, plan: &Plan, faults: &mut Vec<Fault>) -> Option<Shares> {
    let positions = instance.positions();
    let cell_positions: BTreeMap<&str, usize> =
        instance.cells.iter().enumerate().map(|(position, cell)| (cell.id.as_str(), position)).collect();
    let mut shares =
        Shares { totals: vec![0; instance.units.len()], cells: vec![Vec::new(); instance.units.len()] };
    let mut last = None;
    for share in plan.leaves.iter().flatten() {
        let place = format!("leaves ({})", share.unit);
        let known = positions.get(share.unit.as_str()).copied().filter(|&v| instance.units[v].leaf.is_some());
        let Some(v) = known.filter(|&v| last.is_none_or(|before| before < v)) else {
            faults.push(Fault::new(
                place,
                "不是基层单位、重复或次序不对",
                "not a leaf, listed twice, or out of order",
            ));
            continue;
        };
        last = Some(v);
        let mut cells = vec![0; instance.cells.len()];
        for (cell, &n) in &share.cells {
            match cell_positions.get(cell.as_str()) {
                Some(&position) => cells[position] = n,
                None => faults.push(Fault::new(
                    &place,
                    format!("没有类别“{cell}”"),
                    format!("there is no cell “{cell}”"),
                )),
            }
        }
        if cells.iter().any(|&n| n < 0)
            || cells.iter().try_fold(0i64, |sum, &n| sum.checked_add(n)) != Some(share.total)
        {
            faults.push(Fault::new(place, "各类别之和与合计不符", "the cells do not add up to the total"));
        }
        shares.totals[v] = share.total;
        shares.cells[v] = cells;
    }
    fill_inner(instance, &mut shares.totals);
    let mut claimed = vec![0; instance.units.len()];
    let mut last = None;
    for share in plan.inner.iter().flatten() {
        let known = positions.get(share.unit.as_str()).copied().filter(|&v| instance.units[v].leaf.is_none());
        match known.filter(|&v| last.is_none_or(|before| before < v)) {
            Some(v) => {
                last = Some(v);
                claimed[v] = share.total;
            }
            None => faults.push(Fault::new(
                format!("inner ({})", share.unit),
                "不是上级单位、重复或次序不对",
                "not an inner unit, listed twice, or out of order",
            )),
        }
    }
    for (v, unit) in instance.units.iter().enumerate() {
        if unit.leaf.is_none() && claimed[v] != shares.totals[v] {
            faults.push(Fault::new(
                format!("inner ({})", unit.id),
                format!("下级之和为 {}，文件写 {}", shares.totals[v], claimed[v]),
                format!("its units add up to {}, the file says {}", shares.totals[v], claimed[v]),
            ));
        }
    }
    faults.is_empty().then_some(shares)
}

/// Sums leaves into every unit above them, one leaf at a time.
fn fill_inner(instance: &Instance, totals: &mut [i64]) {
    for v in 0..instance.units.len() {
        if instance.units[v].leaf.is_some() && totals[v] != 0 {
            let mut above = instance.units[v].parent;
            while let Some(parent) = above {
                totals[parent] = totals[parent].saturating_add(totals[v]);
                above = instance.units[parent].parent;
            }
        }
    }
}

fn keeps_bounds(instance: &Instance, plan: &Plan, shares: &Shares, faults: &mut Vec<Fault>) {
    let mut waived = Vec::new();
    for (v, unit) in instance.units.iter().enumerate() {
        let total = shares.totals[v];
        let (mut low, mut high) = (unit.lower, unit.upper.unwrap_or(i64::MAX));
        if let Some(leaf) = &unit.leaf {
            let mut n_ready = 0;
            for &(cell, n) in &leaf.pool {
                n_ready += n;
                if shares.cells[v].get(cell).is_some_and(|&taken| taken > n) {
                    faults.push(Fault::new(
                        format!("leaves ({})", unit.id),
                        format!("类别“{}”只有 {n} 人", instance.cells[cell].id),
                        format!("the cell “{}” has only {n} persons", instance.cells[cell].id),
                    ));
                }
            }
            let is_pooled = |cell: usize| leaf.pool.iter().any(|&(known, _)| known == cell);
            if shares.cells[v].iter().enumerate().any(|(cell, &n)| n > 0 && !is_pooled(cell)) {
                faults.push(Fault::new(
                    format!("leaves ({})", unit.id),
                    "用了没有人的类别",
                    "a cell without people is used",
                ));
            }
            high = high.min(n_ready);
            if leaf.has_duty {
                if high == 0 { waived.push(unit.id.clone()) } else { low = low.max(1) }
            }
        }
        if v == instance.root {
            let band = instance.intake_band();
            (low, high) = (low.max(band.0), high.min(band.1));
        }
        if total < low || total > high {
            faults.push(Fault::new(
                &unit.id,
                format!("{total} 不在 {low} 至 {high} 之间"),
                format!("{total} is not between {low} and {high}"),
            ));
        }
    }
    if plan.waived.as_ref() != Some(&waived) {
        faults.push(Fault::new("waived", "免除责任的单位不符", "the waived duties are not these"));
    }
}

/// The cost of the plan in micro-points, by the formulas of the format.
fn cost(instance: &Instance, shares: &Shares) -> i128 {
    let mut sum = 0;
    for (v, unit) in instance.units.iter().enumerate() {
        sum += (1..=shares.totals[v]).map(|rank| marginal(instance, v, unit, rank)).sum::<i128>();
        let Some(leaf) = &unit.leaf else { continue };
        for (cell, &n) in shares.cells[v].iter().enumerate() {
            let asked =
                leaf.request_cells.iter().find(|&&(known, _)| known == cell).map_or(0, |&(_, asked)| asked);
            sum += (1..=n).map(|rank| cell_marginal(instance, rank, asked)).sum::<i128>();
        }
    }
    sum + rows_cost(instance, shares)
}

fn rows_cost(instance: &Instance, shares: &Shares) -> i128 {
    let total = i128::from(shares.totals[instance.root]);
    let cost = |row: &Row| {
        let count: i128 = (0..instance.units.len())
            .flat_map(|v| shares.cells[v].iter().enumerate().map(move |(cell, &n)| (v, cell, n)))
            .filter(|&(v, cell, _)| counts(instance, row, v, cell))
            .map(|(.., n)| i128::from(n))
            .sum();
        match row.kind {
            RowKind::Share { num, den, is_strict } => {
                let residual = i128::from(den) * count - i128::from(num) * total - i128::from(is_strict);
                i128::from(row.penalty) * POINT / i128::from(den) * (-residual).max(0)
            }
            RowKind::Growth { at_least } => {
                i128::from(row.penalty) * POINT * (i128::from(at_least) - count).max(0)
            }
        }
    };
    instance.rows.iter().map(cost).sum()
}

fn counts(instance: &Instance, row: &Row, v: usize, cell: usize) -> bool {
    match &row.counts {
        Counted::Attribute(attribute) => instance.cells[cell].attributes.contains(attribute),
        Counted::Tag(tag) => instance.units[v].leaf.as_ref().is_some_and(|leaf| leaf.tags.contains(tag)),
    }
}

fn marginal(instance: &Instance, v: usize, unit: &Unit, rank: i64) -> i128 {
    let weights = &instance.weights;
    let points = |n: i64| i128::from(n) * POINT;
    let fair = |weight: i64| match unit.fair_milli {
        0 => 0,
        fair => {
            let (fair, rank) = (i128::from(fair), i128::from(rank));
            (points(weight) * ((2 * rank - 1) * 1000 - 2 * fair)).div_euclid(fair)
        }
    };
    match &unit.leaf {
        Some(leaf) => {
            let request = if rank > leaf.request { points(weights.over) } else { -points(weights.short) };
            let smooth = if rank > leaf.previous { points(weights.smooth) } else { -points(weights.smooth) };
            let dormant = if leaf.is_dormant && rank == 1 { points(weights.dormant) } else { 0 };
            request + smooth + fair(weights.fair) - dormant
        }
        None if v == instance.root => points(if rank > instance.target.intake {
            instance.target.weight
        } else {
            -instance.target.weight
        }),
        None => fair(weights.node_fair),
    }
}

fn cell_marginal(instance: &Instance, rank: i64, asked: i64) -> i128 {
    let weights = &instance.weights;
    POINT * i128::from(if rank > asked { weights.cell_over } else { -weights.cell_short })
}

fn certificate(instance: &Instance, plan: &Plan, objective: i128, faults: &mut Vec<Fault>) {
    let (Some(claimed), Some(multipliers)) = (plan.bound, plan.multipliers.as_ref()) else { return };
    let Some(multipliers) = within_limits(instance, multipliers, faults) else { return };
    let Some((value, den)) = least_priced(instance, &multipliers) else {
        faults.push(Fault::new(
            "multipliers",
            "分母过大，无法精确重算",
            "the denominators are too large to compute the bound exactly",
        ));
        return;
    };
    let is_equal = claimed.den.0 > 0
        && value.checked_mul(claimed.den.0).is_some_and(|left| Some(left) == claimed.num.0.checked_mul(den));
    if !is_equal {
        let right = Rational::new(value, den);
        faults.push(Fault::new(
            "bound",
            format!("按所给乘子，下界应为 {}/{}", right.num.0, right.den.0),
            format!("at these multipliers the bound is {}/{}", right.num.0, right.den.0),
        ));
        return;
    }
    let gap_is_small = objective.checked_mul(den).is_some_and(|scaled| scaled - value < den);
    let is_honest = match (plan.status, plan.proof) {
        (Status::Optimal, Some(Proof::Bound)) => gap_is_small,
        (Status::Optimal, _) => true,
        (Status::Certified | Status::Infeasible, _) => !gap_is_small,
    };
    if !is_honest {
        faults.push(Fault::new(
            "status",
            "目标值与下界之差与所称状态不符",
            "the distance between objective and bound does not fit the status",
        ));
    }
}

fn within_limits(
    instance: &Instance,
    multipliers: &BTreeMap<String, Rational>,
    faults: &mut Vec<Fault>,
) -> Option<Vec<Rational>> {
    let n_before = faults.len();
    for id in multipliers.keys().filter(|id| !instance.rows.iter().any(|row| row.id == **id)) {
        faults.push(Fault::new(format!("multipliers ({id})"), "没有此指标", "there is no such row"));
    }
    let mut found = Vec::new();
    for row in &instance.rows {
        let greatest = match row.kind {
            RowKind::Share { den, .. } => i128::from(row.penalty) * POINT / i128::from(den),
            RowKind::Growth { .. } => i128::from(row.penalty) * POINT,
        };
        match multipliers.get(&row.id) {
            Some(at) if at.den.0 > 0 && at.num.0 >= 0 && Some(at.num.0) <= greatest.checked_mul(at.den.0) => {
                found.push(*at);
            }
            _ => faults.push(Fault::new(
                format!("multipliers ({})", row.id),
                format!("缺少乘子，或不在 0 至 {greatest} 之间"),
                format!("the multiplier is missing or not between 0 and {greatest}"),
            )),
        }
    }
    (faults.len() == n_before).then_some(found)
}

/// The least priced cost as a fraction: numerator and common denominator.
fn least_priced(instance: &Instance, multipliers: &[Rational]) -> Option<(i128, i128)> {
    let mut den: i128 = 1;
    for at in multipliers {
        let mut common = (den, at.den.0);
        while common.1 != 0 {
            common = (common.1, common.0 % common.1);
        }
        den = (den / common.0).checked_mul(at.den.0).filter(|&den| den < 1 << 60)?;
    }
    let at: Vec<i128> = multipliers.iter().map(|at| at.num.0 * (den / at.den.0)).collect();
    let n = instance.units.len();
    // Each unit hands its persons upwards as (forced, heap of the others by rank price).
    let mut below: Vec<Vec<Sequence>> = Vec::new();
    below.resize_with(n, Vec::new);
    let mut n_open: Vec<usize> = vec![0; n];
    for parent in instance.units.iter().filter_map(|unit| unit.parent) {
        n_open[parent] += 1;
    }
    let mut ready: Vec<usize> = (0..n).filter(|&v| n_open[v] == 0).collect();
    while let Some(v) = ready.pop() {
        let sequence = sequence(instance, v, std::mem::take(&mut below[v]), &at, den)?;
        match instance.units[v].parent {
            Some(parent) => {
                below[parent].push(sequence);
                n_open[parent] -= 1;
                if n_open[parent] == 0 {
                    ready.push(parent);
                }
            }
            None => {
                let mut value: i128 = sequence.prices[..sequence.n_forced].iter().sum();
                value +=
                    sequence.prices[sequence.n_forced..].iter().take_while(|&&price| price < 0).sum::<i128>();
                for (row, at) in instance.rows.iter().zip(&at) {
                    value -= at * base(row);
                }
                return Some((value, den));
            }
        }
    }
    None
}

/// Prices of the persons below a unit: the first `n_forced` in any order, the others ascending.
struct Sequence {
    prices: Vec<i128>,
    n_forced: usize,
}

fn sequence(instance: &Instance, v: usize, below: Vec<Sequence>, at: &[i128], den: i128) -> Option<Sequence> {
    let unit = &instance.units[v];
    let (mut low, mut high) = (unit.lower, unit.upper.unwrap_or(i64::MAX));
    let mut prices = Vec::new();
    let mut rest = Vec::new();
    if let Some(leaf) = &unit.leaf {
        for &(cell, n) in &leaf.pool {
            let asked =
                leaf.request_cells.iter().find(|&&(known, _)| known == cell).map_or(0, |&(_, asked)| asked);
            let paid: i128 = instance
                .rows
                .iter()
                .zip(at)
                .map(|(row, at)| at * step(row, counts(instance, row, v, cell)))
                .sum();
            let n_most = n.min(instance.intake_band().1);
            rest.extend((1..=n_most).map(|rank| cell_marginal(instance, rank, asked) * den - paid));
        }
        rest.sort_unstable();
        high = high.min(leaf.n_ready());
        low = if leaf.has_duty && high > 0 { low.max(1) } else { low };
    } else {
        let mut heap = BinaryHeap::new();
        let mut cursors = Vec::new();
        for (child, sequence) in below.into_iter().enumerate() {
            prices.extend_from_slice(&sequence.prices[..sequence.n_forced]);
            if let Some(&price) = sequence.prices.get(sequence.n_forced) {
                heap.push(Reverse((price, child)));
            }
            cursors.push((sequence.n_forced, sequence.prices));
        }
        while let Some(Reverse((price, child))) = heap.pop() {
            rest.push(price);
            let (cursor, list) = &mut cursors[child];
            *cursor += 1;
            if let Some(&next) = list.get(*cursor) {
                heap.push(Reverse((next, child)));
            }
        }
    }
    if v == instance.root {
        let band = instance.intake_band();
        (low, high) = (low.max(band.0), high.min(band.1));
    }
    let n_forced = (prices.len() as i64).max(low);
    prices.extend(rest);
    if n_forced > high.min(prices.len() as i64) {
        return None;
    }
    let high = high.min(instance.intake_band().1);
    prices.truncate(usize::try_from(high).unwrap_or(usize::MAX));
    for (rank, price) in (1i64..).zip(&mut prices) {
        *price += marginal(instance, v, unit, rank) * den;
    }
    Some(Sequence { prices, n_forced: n_forced as usize })
}

fn step(row: &Row, is_counted: bool) -> i128 {
    match row.kind {
        RowKind::Share { num, den, .. } => i128::from(den) * i128::from(is_counted) - i128::from(num),
        RowKind::Growth { .. } => i128::from(is_counted),
    }
}

fn base(row: &Row) -> i128 {
    match row.kind {
        RowKind::Share { is_strict, .. } => -i128::from(is_strict),
        RowKind::Growth { at_least } => -i128::from(at_least),
    }
}
