//! A stranger's check of a plan: everything the file claims is computed again from the instance, by
//! other means than the search. It shares the reading of files with the search and nothing else: the
//! bound is folded here with heaps and fractions over a common denominator.

use std::collections::BTreeMap;

use domain::text::Text;

use crate::instance::{Counted, Instance, POINT, Row, RowKind, Unit};
use crate::plan::{LeafShare, Plan, Proof, Rational, Status};
use crate::solve::Solution;

mod fold;
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
    claims(instance, plan, &shares)
}

/// Checks an answer that was not written out, as a city of millions has it.
pub fn certify(instance: &Instance, solution: &Solution) -> Vec<Fault> {
    let n = instance.units.len();
    if solution.taken.len() != instance.units.n_parts() || solution.totals.len() != n {
        return vec![Fault::new("leaves", "不是这份题目的答案", "this is no answer to this instance")];
    }
    let taken: Vec<i64> = solution.taken.iter().map(|&n| i64::from(n)).collect();
    let of_leaf = |v| taken[instance.units.pool_span(v)].iter().sum();
    let mut totals: Vec<i64> = (0..n).map(of_leaf).collect();
    fill_inner(instance, &mut totals);
    if let Some(v) = (0..n).find(|&v| totals[v] != solution.totals[v]) {
        return vec![Fault::new(instance.units.id(v), "合计不符", "the total does not add up")];
    }
    claims(instance, &solution.heading(instance), &Shares { totals, taken })
}

/// What a plan claims of the shares that it gives.
fn claims(instance: &Instance, plan: &Plan, shares: &Shares) -> Vec<Fault> {
    let mut faults = Vec::new();
    keeps_bounds(instance, plan, shares, &mut faults);
    if !faults.is_empty() {
        return faults;
    }
    let objective = plan.objective.map_or(0, |cost| cost.0);
    let cost = cost(instance, shares);
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

/// Persons by unit, and by cell of the pool at leaves.
struct Shares {
    totals: Vec<i64>,
    /// By cell of the pool, all pools one behind the other.
    taken: Vec<i64>,
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
        Shares { totals: vec![0; instance.units.len()], taken: vec![0; instance.units.n_parts()] };
    let mut last = None;
    for share in plan.leaves.iter().flatten() {
        let place = format!("leaves ({})", share.unit);
        let known = positions.get(share.unit.as_str()).copied().filter(|&v| instance.units.is_leaf(v));
        let Some(v) = known.filter(|&v| last.is_none_or(|before| before < v)) else {
            faults.push(Fault::new(
                place,
                "不是基层单位、重复或次序不对",
                "not a leaf, listed twice, or out of order",
            ));
            continue;
        };
        last = Some(v);
        let taken = &mut shares.taken[instance.units.pool_span(v)];
        taken_of_leaf(instance, v, share, &cell_positions, taken, faults);
        if share.cells.values().any(|&n| n < 0)
            || share.cells.values().try_fold(0i64, |sum, &n| sum.checked_add(n)) != Some(share.total)
        {
            faults.push(Fault::new(place, "各类别之和与合计不符", "the cells do not add up to the total"));
        }
        shares.totals[v] = share.total;
    }
    fill_inner(instance, &mut shares.totals);
    let mut claimed = vec![0; instance.units.len()];
    let mut last = None;
    for share in plan.inner.iter().flatten() {
        let known = positions.get(share.unit.as_str()).copied().filter(|&v| !instance.units.is_leaf(v));
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
    for (v, unit) in instance.units.iter().enumerate().filter(|(_, unit)| unit.leaf.is_none()) {
        if claimed[v] != shares.totals[v] {
            faults.push(Fault::new(
                format!("inner ({})", unit.id),
                format!("下级之和为 {}，文件写 {}", shares.totals[v], claimed[v]),
                format!("its units add up to {}, the file says {}", shares.totals[v], claimed[v]),
            ));
        }
    }
    faults.is_empty().then_some(shares)
}

/// Reads the cells of one share into the places of the leaf's pool.
fn taken_of_leaf(
    instance: &Instance,
    v: usize,
    share: &LeafShare,
    cell_positions: &BTreeMap<&str, usize>,
    taken: &mut [i64],
    faults: &mut Vec<Fault>,
) {
    let place = format!("leaves ({})", share.unit);
    let pool = instance.units.leaf(v).map_or(&[][..], |leaf| leaf.pool);
    for (cell, &n) in &share.cells {
        let known = cell_positions.get(cell.as_str());
        let part = known.and_then(|&cell| pool.iter().position(|part| part.cell as usize == cell));
        match (known, part) {
            (Some(_), Some(part)) => taken[part] = n,
            (Some(_), None) if n == 0 => {}
            (Some(_), None) => faults.push(Fault::new(
                &place,
                format!("类别“{cell}”没有人，不能使用"),
                format!("nobody of the cell “{cell}” is ready here"),
            )),
            (None, _) => faults.push(Fault::new(
                &place,
                format!("没有类别“{cell}”"),
                format!("there is no cell “{cell}”"),
            )),
        }
    }
}

/// Sums leaves into every unit above them.
fn fill_inner(instance: &Instance, totals: &mut [i64]) {
    for v in bottom_up(instance) {
        if let Some(parent) = instance.units.parent(v) {
            totals[parent] = totals[parent].saturating_add(totals[v]);
        }
    }
}

/// Every unit, children before parents, in the order of a walk that finishes one unit after another.
fn bottom_up(instance: &Instance) -> Vec<usize> {
    let n = instance.units.len();
    // Children as chains: the first of each unit, and the next of the same parent.
    let (mut first, mut next) = (vec![usize::MAX; n], vec![usize::MAX; n]);
    for (v, next) in next.iter_mut().enumerate() {
        if let Some(parent) = instance.units.parent(v) {
            *next = std::mem::replace(&mut first[parent], v);
        }
    }
    let mut order = Vec::with_capacity(n);
    let mut open = vec![instance.root];
    while let Some(v) = open.pop() {
        order.push(v);
        let mut child = first[v];
        while child != usize::MAX {
            open.push(child);
            child = next[child];
        }
    }
    order.reverse();
    order
}

fn keeps_bounds(instance: &Instance, plan: &Plan, shares: &Shares, faults: &mut Vec<Fault>) {
    let mut waived = Vec::new();
    for (v, unit) in instance.units.iter().enumerate() {
        let total = shares.totals[v];
        let (mut low, mut high) = (unit.lower, unit.upper.unwrap_or(i64::MAX));
        if let Some(leaf) = &unit.leaf {
            let mut n_ready = 0;
            for (part, &taken) in leaf.pool.iter().zip(&shares.taken[instance.units.pool_span(v)]) {
                n_ready += i64::from(part.n);
                if taken > i64::from(part.n) {
                    let cell = &instance.cells[part.cell as usize].id;
                    faults.push(Fault::new(
                        format!("leaves ({})", unit.id),
                        format!("类别“{cell}”只有 {} 人", part.n),
                        format!("the cell “{cell}” has only {} persons", part.n),
                    ));
                }
            }
            high = high.min(n_ready);
            if leaf.has_duty {
                if high == 0 { waived.push(unit.id.to_owned()) } else { low = low.max(1) }
            }
        }
        if v == instance.root {
            let band = instance.intake_band();
            (low, high) = (low.max(band.0), high.min(band.1));
        }
        if total < low || total > high {
            faults.push(Fault::new(
                unit.id,
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
        let at = |rank| marginal(instance, v, &unit, rank);
        let mut rank = 1;
        while rank <= shares.totals[v] {
            let last = last_alike(&at, rank, shares.totals[v]);
            sum += at(rank) * i128::from(last - rank + 1);
            rank = last + 1;
        }
        let Some(leaf) = &unit.leaf else { continue };
        for (part, &n) in leaf.pool.iter().zip(&shares.taken[instance.units.pool_span(v)]) {
            let n_asked = leaf.asked_for(part.cell).min(n);
            sum += i128::from(n_asked) * cell_marginal(instance, 1, 1);
            sum += i128::from(n - n_asked) * cell_marginal(instance, 1, 0);
        }
    }
    sum + rows_cost(instance, shares)
}

fn rows_cost(instance: &Instance, shares: &Shares) -> i128 {
    let total = i128::from(shares.totals[instance.root]);
    let cost = |row: &Row| {
        let mut count: i128 = 0;
        for (v, unit) in instance.units.iter().enumerate() {
            let pool = unit.leaf.map_or(&[][..], |leaf| leaf.pool);
            for (part, &n) in pool.iter().zip(&shares.taken[instance.units.pool_span(v)]) {
                if n > 0 && counts(instance, row, v, part.cell as usize) {
                    count += i128::from(n);
                }
            }
        }
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
        Counted::Tag(tag) => instance.units.leaf(v).is_some_and(|leaf| leaf.tags.contains(tag)),
    }
}

fn marginal(instance: &Instance, v: usize, unit: &Unit<'_>, rank: i64) -> i128 {
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
    let value = fold::least(instance, &at, den)?;
    let constants: i128 = instance.rows.iter().zip(&at).map(|(row, at)| at * base(row)).sum();
    Some((value - constants, den))
}

/// The last rank up to `most` whose cost is that of `rank`, for costs that never fall.
fn last_alike(at: &impl Fn(i64) -> i128, rank: i64, most: i64) -> i64 {
    let cost = at(rank);
    let mut reach = 1;
    while rank + reach <= most && at(rank + reach) == cost {
        reach *= 2;
    }
    let (mut known, mut beyond) = (rank + reach / 2, (rank + reach).min(most + 1));
    while known + 1 < beyond {
        let middle = known + (beyond - known) / 2;
        if at(middle) == cost { known = middle } else { beyond = middle }
    }
    known
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
