//! One leaf at the prices of the bound: what a way of sending persons costs, and what a step to a
//! neighbouring way costs more.

use super::Core;
use crate::instance::{Leaf, Unit};
use crate::pricing::SCALE;

/// One person more, one fewer, or one exchanged: places in the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) more: Option<u32>,
    pub(crate) fewer: Option<u32>,
}

impl Exchange {
    pub(crate) fn applied(&self, at: &[u32]) -> Vec<u32> {
        let mut next = at.to_vec();
        self.apply(&mut next);
        next
    }

    pub(crate) fn apply(&self, taken: &mut [u32]) {
        if let Some(more) = self.more {
            taken[more as usize] += 1;
        }
        if let Some(fewer) = self.fewer {
            taken[fewer as usize] -= 1;
        }
    }

    /// Persons more.
    pub(crate) fn n_more(&self) -> i64 {
        i64::from(self.more.is_some()) - i64::from(self.fewer.is_some())
    }
}

/// The cost of one leaf at the prices of the bound, over all ways to send persons.
pub(crate) struct LeafMeasure<'a> {
    core: &'a Core<'a>,
    v: usize,
    unit: Unit<'a>,
    leaf: Leaf<'a>,
    outer: i128,
}

impl<'a> LeafMeasure<'a> {
    /// # Panics
    /// The unit is not a leaf.
    pub(crate) fn new(core: &'a Core<'a>, v: usize) -> Self {
        let unit = core.instance().unit(v);
        let leaf = unit.leaf.expect("only leaves are measured");
        LeafMeasure { core, v, unit, leaf, outer: core.outer(v) }
    }

    /// The way of sending `total` persons that the priced solution takes.
    pub(crate) fn best(&self, total: i64) -> Vec<u32> {
        let mut runs = Vec::new();
        self.core.pricing.push_runs(&mut runs, self.v, &self.leaf, self.core.all_paid(), false);
        let mut taken = vec![0; self.leaf.pool.len()];
        crate::pricing::take(&runs, total, &mut taken);
        taken
    }

    /// Price of the last person and of the next one at a total; without limit at a bound.
    pub(crate) fn margins(&self, total: i64) -> (i128, i128) {
        let pricing = self.core.pricing;
        let far = i128::MAX / 8;
        let (low, high) = pricing.bounds(self.v);
        if low == high {
            return (-far, far);
        }
        let mut runs = Vec::new();
        pricing.push_runs(&mut runs, self.v, &self.leaf, self.core.all_paid(), false);
        let price_of = |rank: i64| {
            let mut before = 0;
            let run = runs.iter().find(|run| {
                before += i64::from(run.n);
                before >= rank
            });
            let marginal = |rank| pricing.leaf_marginal(&self.unit, &self.leaf, rank) * SCALE;
            run.map_or(far, |run| run.price + marginal(rank))
        };
        let last = if total > low { price_of(total) } else { -far };
        let next = if total < high { price_of(total + 1) } else { far };
        (last, next)
    }

    pub(crate) fn cost(&self, taken: &[u32]) -> i128 {
        let pricing = self.core.pricing;
        let total: i64 = taken.iter().map(|&n| i64::from(n)).sum();
        let mut cost = pricing.leaf_cost(&self.unit, &self.leaf, total) * SCALE;
        cost -= self.outer * i128::from(total);
        for (part, &n) in self.leaf.pool.iter().zip(taken) {
            let asked = self.leaf.asked_for(part.cell);
            cost += pricing.cell_cost(asked, i64::from(n)) * SCALE;
            cost -= self.core.paid(pricing.class(self.v, part.cell)) * i128::from(n);
        }
        cost
    }

    /// Cost of one person more of a cell, and of one fewer, the leaf's own cost aside.
    fn cell_steps(&self, place: usize, n: u32) -> (i128, i128) {
        let pricing = self.core.pricing;
        let part = self.leaf.pool[place];
        let asked = self.leaf.asked_for(part.cell);
        let n = i64::from(n);
        let paid = self.core.paid(pricing.class(self.v, part.cell));
        let marginal =
            |rank: i64| (pricing.cell_cost(asked, rank) - pricing.cell_cost(asked, rank - 1)) * SCALE;
        (marginal(n + 1) - paid, if n > 0 { paid - marginal(n) } else { 0 })
    }

    /// Tells every neighbour and what it costs more.
    pub(crate) fn for_each_neighbour(&self, at: &[u32], mut tell: impl FnMut(Exchange, i128)) {
        let pricing = self.core.pricing;
        let (low, high) = pricing.bounds(self.v);
        let total: i64 = at.iter().map(|&n| i64::from(n)).sum();
        let marginal = |rank: i64| pricing.leaf_marginal(&self.unit, &self.leaf, rank) * SCALE - self.outer;
        let up = if total < high { Some(marginal(total + 1)) } else { None };
        let down = if total > low && total > 0 { Some(-marginal(total)) } else { None };
        let mut steps: [(i128, i128); 16] = [(0, 0); 16];
        let mut many = Vec::new();
        let steps: &mut [(i128, i128)] = if at.len() <= steps.len() {
            &mut steps[..at.len()]
        } else {
            many.resize(at.len(), (0, 0));
            &mut many
        };
        for (place, step) in steps.iter_mut().enumerate() {
            *step = self.cell_steps(place, at[place]);
        }
        for more in 0..at.len() {
            if at[more] > 0
                && let Some(down) = down
            {
                tell(Exchange { more: None, fewer: Some(more as u32) }, steps[more].1 + down);
            }
            if at[more] >= self.leaf.pool[more].n {
                continue;
            }
            if let Some(up) = up {
                tell(Exchange { more: Some(more as u32), fewer: None }, steps[more].0 + up);
            }
            for fewer in (0..at.len()).filter(|&fewer| fewer != more && at[fewer] > 0) {
                let exchange = Exchange { more: Some(more as u32), fewer: Some(fewer as u32) };
                tell(exchange, steps[more].0 + steps[fewer].1);
            }
        }
    }

    pub(crate) fn has_neighbour_within(&self, at: &[u32], budget: i128) -> bool {
        let mut is_found = false;
        self.for_each_neighbour(at, |_, cost| is_found |= cost <= budget);
        is_found
    }

    /// The class of the persons at a place of the pool.
    pub(crate) fn class(&self, place: u32) -> u32 {
        self.core.pricing.class(self.v, self.leaf.pool[place as usize].cell)
    }

    /// Persons more, and the change of each row's residual, from one way to another.
    pub(crate) fn change(&self, home: &[u32], taken: &[u32]) -> (i64, Vec<i64>) {
        let pricing = self.core.pricing;
        let mut residuals = vec![0i64; self.core.rows.len()];
        let mut n_more = 0;
        for (place, (&before, &after)) in home.iter().zip(taken).enumerate() {
            let more = i64::from(after) - i64::from(before);
            n_more += more;
            let steps = &pricing.classes.steps[self.class(place as u32) as usize];
            residuals.iter_mut().zip(steps).for_each(|(residual, step)| *residual += step * more);
        }
        (n_more, residuals)
    }
}
