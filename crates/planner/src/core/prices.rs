//! The price of a person inside every unit, such that each unit is content with its part of the
//! priced solution.

use super::{Allocation, Core, RowPrice, measure::LeafMeasure};
use crate::dual::Dual;
use crate::pricing::{Pricing, SCALE};

/// Stands for a price without limit; sums of two stay in range.
const FAR: i128 = i128::MAX / 8;

impl<'a> Core<'a> {
    pub(crate) fn new(pricing: &'a Pricing<'a>, dual: &'a Dual) -> Self {
        let rows = pricing
            .instance
            .rows
            .iter()
            .zip(&dual.multipliers)
            .map(|(row, &multiplier)| RowPrice { multiplier, greatest: row.greatest_multiplier() * SCALE })
            .collect();
        let paid = pricing.classes.paid(&dual.multipliers);
        let mut core = Core { pricing, dual, inner: vec![0; pricing.tree.inner.len()], rows, paid };
        core.price_units();
        core
    }

    /// Price of a person at a unit, its own marginal included.
    pub(crate) fn outer(&self, v: usize) -> i128 {
        let parent = self.instance().units.parent(v);
        parent.map_or(0, |parent| self.inner[self.pricing.tree.slot(parent)])
    }

    /// How far an inner unit's own cost at a total lies above its tangent at the priced solution.
    pub(crate) fn own_excess(&self, v: usize, total: i64) -> i128 {
        let from = self.dual.priced.totals[v];
        let slope = self.outer(v) - self.inner[self.pricing.tree.slot(v)];
        let own = self.pricing.inner_cost(v, total) - self.pricing.inner_cost(v, from);
        own * SCALE - slope * i128::from(total - from)
    }

    pub(super) fn paid(&self, class: u32) -> i128 {
        self.paid[class as usize]
    }

    pub(super) fn all_paid(&self) -> &[i128] {
        &self.paid
    }

    fn price_units(&mut self) {
        let Pricing { instance, tree, .. } = *self.pricing;
        let totals = &self.dual.priced.totals;
        // What the last person of a unit saved and what the next would cost, before its own marginal.
        let mut margins = vec![(-FAR, FAR); tree.inner.len()];
        for &v in &tree.upwards {
            let v = v as usize;
            let own = if instance.units.is_leaf(v) {
                LeafMeasure::new(self, v).margins(totals[v])
            } else {
                let (last, next) = margins[tree.slot(v)];
                let (low, high) = self.slopes(v, totals[v]);
                (sum(last, low), sum(next, high))
            };
            if let Some(parent) = instance.units.parent(v) {
                let above = &mut margins[tree.slot(parent)];
                *above = (above.0.max(own.0), above.1.min(own.1));
            }
        }
        for &v in tree.inner.iter().rev() {
            let v = v as usize;
            let (low, high) = self.slopes(v, totals[v]);
            let outer = self.outer(v);
            let margin = margins[tree.slot(v)];
            let from = margin.0.max(sum(outer, -high));
            let to = margin.1.min(sum(outer, -low));
            self.inner[tree.slot(v)] = outer.clamp(from.min(to), to.max(from));
        }
    }

    /// Slopes of an inner unit's own cost on both sides of its total, with its bounds in them.
    fn slopes(&self, v: usize, total: i64) -> (i128, i128) {
        let (low, high) = self.pricing.bounds(v);
        let below = if total > low { self.pricing.inner_marginal(v, total) * SCALE } else { -FAR };
        let above = if total < high { self.pricing.inner_marginal(v, total + 1) * SCALE } else { FAR };
        (below, above)
    }
}

/// Adds without leaving the range that stands for infinity.
fn sum(a: i128, b: i128) -> i128 {
    if a >= FAR || b >= FAR {
        FAR
    } else if a <= -FAR || b <= -FAR {
        -FAR
    } else {
        a + b
    }
}

impl Allocation {
    /// The plan of the priced solution: every leaf sends its first persons.
    pub(crate) fn drawn(pricing: &Pricing<'_>, dual: &Dual, is_jittered: bool) -> Allocation {
        let instance = pricing.instance;
        let paid = pricing.classes.paid(&dual.multipliers);
        let mut taken = vec![0; instance.units.n_parts()];
        let mut runs = Vec::new();
        for (v, &total) in dual.priced.totals.iter().enumerate() {
            if let Some(leaf) = instance.units.leaf(v).filter(|_| total > 0) {
                pricing.push_runs(&mut runs, v, &leaf, &paid, is_jittered);
                crate::pricing::take(&runs, total, &mut taken[instance.units.pool_span(v)]);
            }
        }
        Allocation { totals: dual.priced.totals.clone(), taken }
    }
}
