//! The check of an explanation: its bounds are the instance's, they contradict one another, none can
//! be left out, and the change proposed is the least that resolves them.

use super::Fault;
use crate::explain::{Bound, What};
use crate::instance::{Instance, Unit};
use crate::plan::Plan;

pub(super) fn check(instance: &Instance, plan: &Plan) -> Vec<Fault> {
    let (Some(bounds), Some(relax)) = (&plan.explanation, &plan.relax) else { return Vec::new() };
    let positions = instance.positions();
    let mut faults = Vec::new();
    for bound in bounds {
        let unit = positions.get(bound.unit.as_str()).map(|&v| (v, instance.unit(v)));
        let real = unit.and_then(|(v, unit)| real_value(instance, v, &unit, bound.what));
        if real.is_none() || real != Some((bound.needs, bound.has)) {
            faults.push(Fault::new(
                format!("explanation ({})", bound.unit),
                "题目中没有这个界限，或数值不同",
                "the instance has no such bound, or another number",
            ));
        }
    }
    if !faults.is_empty() {
        return faults;
    }
    if !is_contradictory(instance, bounds) {
        faults.push(Fault::new(
            "explanation",
            "这些界限并不矛盾",
            "these bounds do not contradict one another",
        ));
    }
    for skip in 0..bounds.len() {
        let mut fewer = bounds.clone();
        let left_out = fewer.remove(skip);
        if is_contradictory(instance, &fewer) {
            faults.push(Fault::new(
                format!("explanation ({})", left_out.unit),
                "去掉此界限仍然矛盾，不应列入",
                "without this bound the rest is still contradictory; it does not belong here",
            ));
        }
    }
    let Some(position) = bounds.iter().position(|bound| bound.unit == relax.unit && bound.what == relax.what)
    else {
        faults.push(Fault::new("relax", "应放宽所列界限之一", "it must change one of the listed bounds"));
        return faults;
    };
    let with = |value: i64| {
        let mut changed = bounds.clone();
        changed[position].needs = changed[position].needs.map(|_| value);
        changed[position].has = changed[position].has.map(|_| value);
        is_contradictory(instance, &changed)
    };
    let is_need = bounds[position].needs.is_some();
    let towards = if is_need { 1 } else { -1 };
    let from = bounds[position].needs.or(bounds[position].has);
    if Some(relax.from) != from || relax.to < 0 || with(relax.to) || !with(relax.to + towards) {
        faults.push(Fault::new(
            "relax",
            "不是最小的有效改动",
            "it is not the least change that resolves the contradiction",
        ));
    }
    faults
}

/// What the bound of that kind needs or has, if the unit has one.
fn real_value(
    instance: &Instance,
    v: usize,
    unit: &Unit<'_>,
    what: What,
) -> Option<(Option<i64>, Option<i64>)> {
    let band = instance.intake_band();
    let is_root = v == instance.root;
    match what {
        What::Lower => Some((Some(unit.lower), None)),
        What::Duty => unit.leaf.filter(|leaf| leaf.has_duty).map(|_| (Some(1), None)),
        What::IntakeMin => is_root.then_some((Some(band.0), None)),
        What::Upper => unit.upper.map(|upper| (None, Some(upper))),
        What::Pool => {
            unit.leaf.map(|leaf| (None, Some(leaf.pool.iter().map(|part| i64::from(part.n)).sum())))
        }
        What::IntakeMax => is_root.then_some((None, Some(band.1))),
    }
}

/// Whether no numbers fit when only these bounds hold.
fn is_contradictory(instance: &Instance, bounds: &[Bound]) -> bool {
    let far = i128::from(i64::MAX);
    let n = instance.units.len();
    let mut ranges: Vec<(i128, i128)> =
        (0..n).map(|v| (0, if instance.units.is_leaf(v) { far } else { 0 })).collect();
    let mut by_unit: Vec<Vec<&Bound>> = vec![Vec::new(); n];
    let positions = instance.positions();
    for bound in bounds {
        if let Some(&v) = positions.get(bound.unit.as_str()) {
            by_unit[v].push(bound);
        }
    }
    for v in super::bottom_up(instance) {
        for bound in &by_unit[v] {
            if let Some(needs) = bound.needs {
                ranges[v].0 = ranges[v].0.max(i128::from(needs));
            }
            if let Some(has) = bound.has {
                ranges[v].1 = ranges[v].1.min(i128::from(has));
            }
        }
        let (low, high) = ranges[v];
        if low > high {
            return true;
        }
        if let Some(parent) = instance.units.parent(v) {
            ranges[parent] = (ranges[parent].0 + low, (ranges[parent].1 + high).min(far));
        }
    }
    false
}
