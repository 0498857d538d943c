//! A good place to begin in a large city: the multipliers of a small part of it. Whole units with
//! the leaves directly below them are drawn by lot; everything above them is scaled to the part that
//! was drawn. Only the starting point depends on this, never what is proved.

use std::sync::atomic::AtomicBool;

use crate::dual;
use crate::instance::{Instance, RowKind, Target, Unit, Units};
use crate::lottery::Lottery;
use crate::merge::Merge;
use crate::pricing::Pricing;
use crate::tree::Tree;
use crate::watch::{Stage, Stopped, Watch};

/// Leaves of a sample, and how much larger a city must be for one to be worth it.
const N_LEAVES: usize = 20_000;
const LARGER: usize = 3;

/// Multipliers to begin from; none when the city is too small or too flat for a sample.
pub(crate) fn start(
    instance: &Instance,
    lottery: &Lottery,
    tree: &Tree,
    watch: &Watch<'_>,
) -> Result<Option<Vec<i128>>, Stopped> {
    if instance.units.len() < N_LEAVES * LARGER || instance.rows.is_empty() {
        return Ok(None);
    }
    watch.report(Stage::Sample, 0)?;
    let Some(part) = drawn(instance, lottery, tree) else { return Ok(None) };
    let lottery = Lottery::new(&part, 0);
    let tree = Tree::new(&part, &lottery);
    if tree.inner.iter().any(|&v| {
        let (low, high) = tree.reach(&part, v as usize);
        low > high
    }) {
        return Ok(None);
    }
    let pricing = Pricing::new(&part, &tree, &lottery);
    let merge = Merge::new(&pricing);
    let never = AtomicBool::new(false);
    let quiet = Watch { stop: &never, tell: &|_, _| {} };
    Ok(dual::maximise(&pricing, &merge, &quiet, None).ok().map(|dual| dual.multipliers))
}

/// The part of the city that the lot falls on.
fn drawn(instance: &Instance, lottery: &Lottery, tree: &Tree) -> Option<Instance> {
    let n = instance.units.len();
    let n_leaves_at = |v: u32| {
        tree.children(v as usize).iter().filter(|&&child| instance.units.is_leaf(child as usize)).count()
    };
    let mut bottoms: Vec<(u64, u32, usize)> = tree
        .inner
        .iter()
        .map(|&v| (lottery.of_unit(v as usize), v, n_leaves_at(v)))
        .filter(|&(.., n_leaves)| n_leaves > 0)
        .collect();
    bottoms.sort_unstable_by_key(|&(draw, v, _)| (draw, instance.units.id(v as usize)));
    let mut is_in = vec![false; n];
    let mut n_drawn = 0;
    for (_, v, n_leaves) in bottoms {
        if n_drawn >= N_LEAVES {
            break;
        }
        n_drawn += n_leaves;
        is_in[v as usize] = true;
        for &child in tree.children(v as usize) {
            is_in[child as usize] |= instance.units.is_leaf(child as usize);
        }
    }
    if n_drawn * LARGER > n {
        return None;
    }
    Some(scaled(instance, tree, &mut is_in))
}

fn scaled(instance: &Instance, tree: &Tree, is_in: &mut [bool]) -> Instance {
    // Leaves in the part and in all, below each unit.
    let mut n_below = vec![(0i64, 0i64); instance.units.len()];
    for &v in &tree.upwards {
        let v = v as usize;
        if instance.units.is_leaf(v) {
            n_below[v] = (i64::from(is_in[v]), 1);
        }
        if let Some(parent) = instance.units.parent(v) {
            is_in[parent] |= is_in[v];
            n_below[parent].0 += n_below[v].0;
            n_below[parent].1 += n_below[v].1;
        }
    }
    let scale =
        |n: i64, (part, all): (i64, i64)| (i128::from(n) * i128::from(part) / i128::from(all.max(1))) as i64;
    let mut at = vec![None; instance.units.len()];
    let places = at.iter_mut().enumerate().filter(|(v, _)| is_in[*v]);
    for (n_before, (_, place)) in places.enumerate() {
        *place = Some(n_before);
    }
    let mut units = Units::default();
    for (v, unit) in instance.units.iter().enumerate().filter(|(v, _)| is_in[*v]) {
        let ratio = n_below[v];
        units.push(&Unit {
            parent: unit.parent.and_then(|parent| at[parent]),
            lower: scale(unit.lower, ratio),
            upper: unit.upper.map(|upper| scale(upper, ratio)),
            fair_milli: scale(unit.fair_milli, ratio),
            ..unit
        });
    }
    let ratio = n_below[instance.root];
    let mut rows = instance.rows.clone();
    for row in &mut rows {
        if let RowKind::Growth { at_least } = &mut row.kind {
            *at_least = scale(*at_least, ratio);
        }
    }
    Instance {
        sha256: String::new(),
        title: String::new(),
        year: None,
        target: Target { intake: scale(instance.target.intake, ratio), ..instance.target },
        weights: instance.weights,
        cells: instance.cells.clone(),
        rows,
        units,
        root: at[instance.root].unwrap_or(0),
    }
}
