//! One number changes, and the priced answer with it: the merged lists of every unit below the root
//! are kept, so that only those above the change are merged again and the root's cut is found by
//! halving. The multipliers stay, so the bound stays a bound; allocation and bound are those of a
//! full evaluation.

use std::collections::HashMap;
use std::sync::Arc;

use crate::instance::{Instance, MOST, Numbers};
use crate::lottery::Lottery;
use crate::merge::{self, Priced, Question};
use crate::pricing::{Classes, Pricing, SCALE};
use crate::tree::Tree;

mod cut;
mod kept;

use kept::Kept;

/// A question with its merged lists, at fixed multipliers.
pub struct Incremental {
    instance: Instance,
    lottery: Lottery,
    tree: Tree,
    classes: Arc<Classes>,
    multipliers: Vec<i128>,
    width: Width,
}

enum Width {
    Narrow(Kept<i64>),
    Wide(Kept<i128>),
}

/// A change that was refused; everything is as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A number is negative or above 10^9, or the pool has another number of cells.
    #[error("数字须为 0 至 10 亿 / numbers lie between 0 and 10^9")]
    Number,
    /// With these numbers the bounds contradict one another.
    #[error("界限互相矛盾 / the bounds contradict one another")]
    Contradiction,
}

/// What one place more and one place fewer would cost a unit's city, in micro-points, rounded up;
/// none where nobody is ready or a bound above the unit forbids it. Negative where it would save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacePrice {
    /// One place more than the priced plan has.
    pub more: Option<i128>,
    /// One place fewer.
    pub fewer: Option<i128>,
}

impl Incremental {
    /// Lays out a question at multipliers in micro-points, numerator and denominator, as a plan or a
    /// solution holds them; they are rounded to the grid of the search, on which a solution's lie.
    ///
    /// # Errors
    /// The bounds contradict one another.
    pub fn new(instance: Instance, multipliers: &[(i128, i128)], tie_seed: u64) -> Result<Self, Refused> {
        let lottery = Lottery::new(&instance, tie_seed);
        let tree = Tree::new(&instance, &lottery);
        let is_contradictory = tree.upwards.iter().any(|&v| {
            let (low, high) = tree.reach(&instance, v as usize);
            low > high
        });
        if is_contradictory {
            return Err(Refused::Contradiction);
        }
        let classes = Arc::new(Classes::new(&instance));
        let on_grid = |(row, &(num, den)): (&crate::instance::Row, &(i128, i128))| {
            (num * SCALE).div_euclid(den).clamp(0, row.greatest_multiplier() * SCALE)
        };
        let multipliers = instance.rows.iter().zip(multipliers).map(on_grid).collect();
        let width = Width::Narrow(Kept::default());
        let mut incremental = Incremental { instance, lottery, tree, classes, multipliers, width };
        incremental.lay_out();
        Ok(incremental)
    }

    fn lay_out(&mut self) {
        let (pricing, multipliers) = self.parts();
        let question = Question { pricing: &pricing, multipliers, is_jittered: false };
        let width = if merge::has_narrow_prices(&pricing) {
            Width::Narrow(Kept::new(&question))
        } else {
            Width::Wide(Kept::new(&question))
        };
        self.width = width;
    }

    fn parts(&self) -> (Pricing<'_>, &[i128]) {
        let classes = Arc::clone(&self.classes);
        let pricing = Pricing { instance: &self.instance, tree: &self.tree, lottery: &self.lottery, classes };
        (pricing, &self.multipliers)
    }

    /// The question as it stands.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Persons of a unit in the priced plan.
    pub fn total(&self, unit: usize) -> i64 {
        match &self.width {
            Width::Narrow(kept) => kept.totals[unit],
            Width::Wide(kept) => kept.totals[unit],
        }
    }

    /// The bound: numerator and denominator, in micro-points.
    pub fn bound(&self) -> (i128, i128) {
        (self.priced().bound, SCALE)
    }

    pub(crate) fn priced(&self) -> Priced {
        let (pricing, multipliers) = self.parts();
        let question = Question { pricing: &pricing, multipliers, is_jittered: false };
        match &self.width {
            Width::Narrow(kept) => kept.priced(&question),
            Width::Wide(kept) => kept.priced(&question),
        }
    }

    /// Changes the numbers of one unit and answers anew.
    ///
    /// # Errors
    /// The numbers are out of range or contradict the others; nothing has changed then.
    pub fn change(&mut self, unit: usize, numbers: &Numbers) -> Result<(), Refused> {
        let before = self.instance.units.numbers(unit);
        let all = [numbers.lower, numbers.upper.unwrap_or(0), numbers.request, numbers.previous];
        let is_count = |n: &i64| (0..=MOST).contains(n);
        if numbers.ready.len() != before.ready.len() || !all.iter().chain(&numbers.ready).all(is_count) {
            return Err(Refused::Number);
        }
        self.instance.units.set_numbers(unit, numbers);
        if !self.fold_from(unit) {
            self.instance.units.set_numbers(unit, &before);
            self.fold_from(unit);
            return Err(Refused::Contradiction);
        }
        let is_narrow = {
            let (pricing, _) = self.parts();
            merge::is_narrow(&pricing, unit)
        };
        let classes = Arc::clone(&self.classes);
        let pricing = Pricing { instance: &self.instance, tree: &self.tree, lottery: &self.lottery, classes };
        let question = Question { pricing: &pricing, multipliers: &self.multipliers, is_jittered: false };
        match &mut self.width {
            Width::Narrow(kept) if is_narrow => kept.change(&question, unit),
            Width::Narrow(_) => self.width = Width::Wide(Kept::new(&question)),
            Width::Wide(kept) => kept.change(&question, unit),
        }
        Ok(())
    }

    /// Folds the bounds of a unit and of all above it; false when they contradict one another.
    fn fold_from(&mut self, unit: usize) -> bool {
        let mut at = Some(unit);
        let mut agrees = true;
        while let Some(v) = at {
            if !self.instance.units.is_leaf(v) {
                self.tree.fold(&self.instance, v);
            }
            let (low, high) = self.tree.reach(&self.instance, v);
            agrees &= low <= high;
            at = self.instance.units.parent(v);
        }
        agrees
    }

    /// What one place more and one fewer at a unit would cost, by changing its bounds, answering
    /// anew, and changing them back. At the root the target's own band moves with it.
    pub fn price_of_a_place(&mut self, unit: usize) -> PlacePrice {
        let numbers = self.instance.units.numbers(unit);
        let (total, bound) = (self.total(unit), self.priced().bound);
        let mut with = |changed: Numbers| {
            let is_changed = self.change(unit, &changed).is_ok();
            let price = is_changed.then(|| -(bound - self.priced().bound).div_euclid(SCALE));
            if is_changed {
                // Invariant: these numbers agreed before.
                self.change(unit, &numbers).expect("the numbers stood before");
            }
            price
        };
        let at_least = total + 1;
        let upper = numbers.upper.map(|upper| upper.max(at_least));
        let more = with(Numbers { lower: at_least.min(MOST), upper, ..numbers.clone() });
        let at_most = total - 1;
        let lower = numbers.lower.min(at_most);
        let fewer =
            if at_most < 0 { None } else { with(Numbers { lower, upper: Some(at_most), ..numbers.clone() }) };
        PlacePrice { more, fewer }
    }
}

/// Where each leaf directly below the root stands among the root's children.
fn ranks_at_root(pricing: &Pricing<'_>) -> HashMap<u32, u32> {
    let children = pricing.tree.children(pricing.instance.root);
    let ranked = (0u32..).zip(children.iter().copied());
    ranked.filter(|&(_, v)| pricing.instance.units.is_leaf(v as usize)).map(|(rank, v)| (v, rank)).collect()
}

#[cfg(test)]
mod tests;
