//! Leaves as the merge reads them: one behind the other in the order of the walk, so that memory is
//! read from front to back, with everything that does not depend on the multipliers worked out.

use super::{Entry, Lists, Price};
use crate::instance::POINT;
use crate::pricing::{Pricing, SCALE};

/// Persons of one cell of a leaf, all asked for or none.
#[derive(Clone, Copy)]
struct Item {
    n: u32,
    /// What breaks a tie inside the price when it is jittered; below `SCALE`.
    jitter: u32,
    class: u16,
    is_asked: bool,
}

/// Stands where a leaf would have its least number; counts stay far below it.
const INNER: u32 = u32::MAX;

/// Leaves in the order of a walk.
pub(crate) struct Leaves<P> {
    /// Least number of persons; [`INNER`] for an inner unit.
    low: Vec<u32>,
    /// Cells in the order of the draw, and where those of each unit end.
    items: Vec<Item>,
    item_ends: Vec<u32>,
    /// Marginal costs of the leaf itself, level by level, and where those of each unit end.
    costs: Vec<P>,
    lengths: Vec<u32>,
    level_ends: Vec<u32>,
    /// Price of a person who was asked for and of one who was not.
    asked: P,
    over: P,
}

impl<P: Price> Leaves<P> {
    pub(crate) fn new(pricing: &Pricing<'_>, walk: &[u32]) -> Self {
        let weights = &pricing.instance.weights;
        let mut leaves = Leaves {
            low: Vec::with_capacity(walk.len()),
            items: Vec::with_capacity(walk.len()),
            item_ends: Vec::with_capacity(walk.len()),
            costs: Vec::with_capacity(walk.len()),
            lengths: Vec::with_capacity(walk.len()),
            level_ends: Vec::with_capacity(walk.len()),
            asked: P::of(-i128::from(weights.cell_short) * POINT * SCALE),
            over: P::of(i128::from(weights.cell_over) * POINT * SCALE),
        };
        let mut runs = Vec::new();
        let nothing = vec![0; pricing.classes.steps.len()];
        let most = pricing.tree.most();
        for &v in walk {
            let v = v as usize;
            let unit = pricing.instance.unit(v);
            let mut low = INNER;
            if let (Some(leaf), Some((least, high, _))) = (&unit.leaf, pricing.instance.units.leaf_bounds(v))
            {
                // Invariant: the bounds of the tree agree, so the least is a count.
                low = least as u32;
                leaves.push_levels(pricing, &unit, high.min(most));
                pricing.push_runs(&mut runs, v, leaf, &nothing, false);
                runs.sort_unstable_by_key(|run| (run.draw, run.part));
                leaves.items.extend(runs.iter().map(|run| Item {
                    n: run.n,
                    jitter: (run.draw >> 44) as u32,
                    class: run.class as u16,
                    is_asked: run.is_asked,
                }));
            }
            leaves.low.push(low);
            leaves.item_ends.push(leaves.items.len() as u32);
            leaves.level_ends.push(leaves.costs.len() as u32);
        }
        leaves
    }

    fn push_levels(&mut self, pricing: &Pricing<'_>, unit: &crate::instance::Unit<'_>, high: i64) {
        let Some(leaf) = &unit.leaf else { return };
        let mut rank = 1;
        while rank <= high {
            let last = pricing.leaf_level(unit, leaf, rank).min(high);
            self.costs.push(P::of(pricing.leaf_marginal(unit, leaf, rank) * SCALE));
            // Invariant: at most the greatest intake, twice 10^9.
            self.lengths.push((last - rank + 1) as u32);
            rank = last + 1;
        }
    }

    pub(super) fn is_leaf(&self, position: usize) -> bool {
        self.low[position] != INNER
    }

    /// Puts the persons of the leaf `v` at a position of the walk on the stack: runs of one cell meet
    /// levels of the leaf's own cost.
    pub(crate) fn push(&self, position: usize, v: u32, paid: &[P], is_jittered: bool, lists: &mut Lists<P>) {
        let span = |ends: &[u32]| {
            let start = if position == 0 { 0 } else { ends[position - 1] as usize };
            start..ends[position] as usize
        };
        let levels = span(&self.level_ends);
        if levels.is_empty() {
            return;
        }
        let items = &self.items[span(&self.item_ends)];
        let price = |item: &Item| {
            let base = if item.is_asked { self.asked } else { self.over };
            let jitter = if is_jittered { P::of(i128::from(item.jitter)) } else { P::of(0) };
            base - paid[item.class as usize] + jitter
        };
        let levels = self.costs[levels.clone()].iter().zip(&self.lengths[levels]);
        let mut persons = Persons {
            levels: levels.map(|(&cost, &n)| (cost, n)),
            level: (P::of(0), 0),
            n_forced: self.low[position],
            leaf: v,
        };
        let mut few = [(P::of(0), 0u8); 16];
        match items {
            [item] => persons.push(price(item), item, lists),
            items if items.len() <= few.len() => {
                let few = &mut few[..items.len()];
                for (at, (slot, item)) in (0u8..).zip(few.iter_mut().zip(items)) {
                    *slot = (price(item), at);
                }
                // Items lie in the order of the draw, which settles equals.
                few.sort_unstable();
                few.iter().for_each(|&(price, at)| persons.push(price, &items[at as usize], lists));
            }
            items => {
                let mut many: Vec<(P, &Item)> = items.iter().map(|item| (price(item), item)).collect();
                many.sort_by_key(|&(price, _)| price);
                many.into_iter().for_each(|(price, item)| persons.push(price, item, lists));
            }
        }
    }
}

/// Persons of one leaf on their way to the stack.
struct Persons<P, L> {
    levels: L,
    /// Cost and rest of the level that is being filled.
    level: (P, u32),
    /// How many more a bound forces.
    n_forced: u32,
    leaf: u32,
}

impl<P: Price, L: Iterator<Item = (P, u32)>> Persons<P, L> {
    fn push(&mut self, price: P, item: &Item, lists: &mut Lists<P>) {
        let mut left = item.n;
        while left > 0 {
            if self.level.1 == 0 {
                match self.levels.next() {
                    Some(level) => self.level = level,
                    None => return,
                }
            }
            let mut n = left.min(self.level.1).min(u32::from(u16::MAX));
            let is_forced = self.n_forced > 0;
            if is_forced {
                n = n.min(self.n_forced);
                self.n_forced -= n;
            }
            let entry =
                Entry { price: price + self.level.0, leaf: self.leaf, n: n as u16, class: item.class };
            if is_forced {
                lists.forced.push(entry)
            } else {
                lists.free.push(entry)
            }
            left -= n;
            self.level.1 -= n;
        }
    }
}
