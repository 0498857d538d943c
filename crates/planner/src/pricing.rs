//! What persons cost. With a multiplier on each structure row, what is left of the problem is
//! separable and convex over a laminar family, and taking the cheapest persons first up the tree
//! solves it exactly; `merge.rs` does that for all persons, this file knows one unit at a time.
//!
//! Prices are whole numbers of 1/[`SCALE`] micro-points, so the bound is exact at any multiplier on
//! that grid. Every sequence of marginal costs is non-decreasing: at a leaf because each of its
//! terms is convex, at an inner unit because the sorted list keeps its order when the unit's own
//! non-decreasing marginals are added by rank.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::instance::{Counted, Instance, Leaf, POINT, Part, Row, Unit};
use crate::lottery::Lottery;
use crate::tree::Tree;

/// Fractions of a micro-point in which multipliers and prices are written.
pub(crate) const SCALE: i128 = 1 << 20;

/// What stays the same from one evaluation to the next.
pub(crate) struct Pricing<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) tree: &'a Tree,
    pub(crate) lottery: &'a Lottery,
    pub(crate) classes: Arc<Classes>,
}

/// Persons of one class add the same to the residual of every row.
pub(crate) struct Classes {
    /// The pattern of each set of tags, as far as rows count tags.
    patterns: Vec<u32>,
    /// By pattern, then by cell.
    of: Vec<u32>,
    n_cells: usize,
    /// What one person of a class adds to the residual of each row.
    pub(crate) steps: Vec<Vec<i64>>,
}

/// A run of persons of one cell with one price.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) price: i128,
    pub(crate) draw: u64,
    /// Place of the cell in the leaf's pool.
    pub(crate) part: u32,
    pub(crate) n: u32,
    pub(crate) class: u32,
    /// Whether the leaf asked for these persons.
    pub(crate) is_asked: bool,
}

impl Classes {
    pub(crate) fn new(instance: &Instance) -> Classes {
        let mut known_patterns: BTreeMap<Vec<bool>, u32> = BTreeMap::new();
        let mut known: BTreeMap<Vec<i64>, u32> = BTreeMap::new();
        let mut classes = Classes {
            patterns: Vec::new(),
            of: Vec::new(),
            n_cells: instance.cells.len(),
            steps: Vec::new(),
        };
        for tags in instance.units.tag_sets() {
            let carried = |row: &Row| match &row.counts {
                Counted::Tag(tag) => tags.binary_search(tag).is_ok(),
                Counted::Attribute(_) => false,
            };
            let pattern: Vec<bool> = instance.rows.iter().map(carried).collect();
            if let Some(&pattern) = known_patterns.get(&pattern) {
                classes.patterns.push(pattern);
                continue;
            }
            for cell in &instance.cells {
                let counted = |(row, &is_carried): (&Row, &bool)| match &row.counts {
                    Counted::Attribute(attribute) => cell.attributes.binary_search(attribute).is_ok(),
                    Counted::Tag(_) => is_carried,
                };
                // Invariant: a step is at most 10^6, the greatest denominator.
                let steps: Vec<i64> = instance
                    .rows
                    .iter()
                    .zip(&pattern)
                    .map(|pair| pair.0.step(counted(pair)) as i64)
                    .collect();
                let class = *known.entry(steps).or_insert_with_key(|steps| {
                    classes.steps.push(steps.clone());
                    classes.steps.len() as u32 - 1
                });
                classes.of.push(class);
            }
            classes.patterns.push(known_patterns.len() as u32);
            known_patterns.insert(pattern, known_patterns.len() as u32);
        }
        classes
    }

    fn of(&self, tag_set: usize, cell: u32) -> u32 {
        self.of[self.patterns[tag_set] as usize * self.n_cells + cell as usize]
    }

    /// What the rows pay for one person of each class, at multipliers in 1/`SCALE` micro-points.
    pub(crate) fn paid(&self, multipliers: &[i128]) -> Vec<i128> {
        let of = |steps: &Vec<i64>| steps.iter().zip(multipliers).map(|(&s, m)| i128::from(s) * m).sum();
        self.steps.iter().map(of).collect()
    }
}

impl<'a> Pricing<'a> {
    pub(crate) fn new(instance: &'a Instance, tree: &'a Tree, lottery: &'a Lottery) -> Self {
        Pricing { instance, tree, lottery, classes: Arc::new(Classes::new(instance)) }
    }

    pub(crate) fn bounds(&self, v: usize) -> (i64, i64) {
        self.tree.bounds(self.instance, v)
    }

    /// The class of a cell's persons in a leaf.
    pub(crate) fn class(&self, leaf: usize, cell: u32) -> u32 {
        self.classes.of(self.instance.units.tag_set(leaf), cell)
    }

    /// The order in which a leaf sends persons, and the price of each cell's part before the leaf's
    /// own marginal. With `is_jittered`, ties are broken inside the price by less than a
    /// micro-point.
    pub(crate) fn push_runs(
        &self,
        runs: &mut Vec<Run>,
        v: usize,
        leaf: &Leaf<'_>,
        paid: &[i128],
        is_jittered: bool,
    ) {
        let weights = &self.instance.weights;
        let (short, over) = (i128::from(weights.cell_short) * POINT, i128::from(weights.cell_over) * POINT);
        let tag_set = self.instance.units.tag_set(v);
        runs.clear();
        for (part, &Part { cell, n }) in (0u32..).zip(leaf.pool) {
            // Invariant: what is asked for is at most 10^9.
            let asked = (leaf.asked_for(cell) as u32).min(n);
            let class = self.classes.of(tag_set, cell);
            let draw = self.lottery.of(v, cell as usize);
            let jitter = if is_jittered { i128::from(draw >> 44) } else { 0 };
            let priced = paid[class as usize] - jitter;
            if asked > 0 {
                let price = -short * SCALE - priced;
                runs.push(Run { price, draw, part, n: asked, class, is_asked: true });
            }
            if n > asked {
                let price = over * SCALE - priced;
                runs.push(Run { price, draw, part, n: n - asked, class, is_asked: false });
            }
        }
        if runs.len() > 1 {
            runs.sort_unstable_by_key(|run| (run.price, run.draw, run.part));
        }
    }

    /// Marginal cost of the `rank`-th person of a leaf without its cells, in micro-points.
    pub(crate) fn leaf_marginal(&self, unit: &Unit<'_>, leaf: &Leaf<'_>, rank: i64) -> i128 {
        let weights = &self.instance.weights;
        let sided = |is_wanted: bool, below: i64, above: i64| {
            if is_wanted { -i128::from(below) * POINT } else { i128::from(above) * POINT }
        };
        let dormant = if rank == 1 && leaf.is_dormant { i128::from(weights.dormant) * POINT } else { 0 };
        sided(rank <= leaf.request, weights.short, weights.over)
            + sided(rank <= leaf.previous, weights.smooth, weights.smooth)
            + Fairness::of(weights.fair, unit.fair_milli).at(rank)
            - dormant
    }

    /// The last rank up to which the marginal cost of a leaf stays as it is at `rank`.
    pub(crate) fn leaf_level(&self, unit: &Unit<'_>, leaf: &Leaf<'_>, rank: i64) -> i64 {
        let mut last = Fairness::of(self.instance.weights.fair, unit.fair_milli).level(rank);
        for step in [1, leaf.request, leaf.previous] {
            if rank <= step {
                last = last.min(step);
            }
        }
        last
    }

    /// Cost of the first `total` persons of a leaf without their cells, in micro-points.
    pub(crate) fn leaf_cost(&self, unit: &Unit<'_>, leaf: &Leaf<'_>, total: i64) -> i128 {
        let weights = &self.instance.weights;
        let sided = |wanted: i64, below: i64, above: i64| {
            let below_it = total.min(wanted);
            POINT
                * (i128::from(above) * i128::from(total - below_it)
                    - i128::from(below) * i128::from(below_it))
        };
        let dormant = if total > 0 && leaf.is_dormant { i128::from(weights.dormant) * POINT } else { 0 };
        sided(leaf.request, weights.short, weights.over)
            + sided(leaf.previous, weights.smooth, weights.smooth)
            + Fairness::of(weights.fair, unit.fair_milli).sum(total)
            - dormant
    }

    /// Cost of `n` persons of a cell of which `asked` are asked for, in micro-points.
    pub(crate) fn cell_cost(&self, asked: i64, n: i64) -> i128 {
        let weights = &self.instance.weights;
        let n_asked = asked.min(n);
        POINT
            * (i128::from(weights.cell_over) * i128::from(n - n_asked)
                - i128::from(weights.cell_short) * i128::from(n_asked))
    }

    /// Marginal cost of the `rank`-th person of an inner unit, in micro-points.
    pub(crate) fn inner_marginal(&self, v: usize, rank: i64) -> i128 {
        if v == self.instance.root {
            let weight = i128::from(self.instance.target.weight) * POINT;
            return if rank <= self.instance.target.intake { -weight } else { weight };
        }
        self.fairness(v).at(rank)
    }

    /// Cost of the first `total` persons of an inner unit, in micro-points.
    pub(crate) fn inner_cost(&self, v: usize, total: i64) -> i128 {
        if v == self.instance.root {
            let wanted = total.min(self.instance.target.intake);
            return i128::from(self.instance.target.weight) * POINT * i128::from(total - 2 * wanted);
        }
        self.fairness(v).sum(total)
    }

    /// The fairness of an inner unit; the root has none.
    pub(crate) fn fairness(&self, v: usize) -> Fairness {
        let weight = if v == self.instance.root { 0 } else { self.instance.weights.node_fair };
        Fairness::of(weight, self.instance.unit(v).fair_milli)
    }

    /// Residuals of the rows when so many persons of each class are taken.
    pub(crate) fn residuals(&self, by_class: &[i64]) -> Vec<i128> {
        let mut residuals: Vec<i128> = self.instance.rows.iter().map(Row::base).collect();
        for (steps, &n) in self.classes.steps.iter().zip(by_class) {
            for (residual, &step) in residuals.iter_mut().zip(steps) {
                *residual += i128::from(step) * i128::from(n);
            }
        }
        residuals
    }

    /// Fills the totals of inner units from those of the leaves.
    pub(crate) fn sum_upwards(&self, totals: &mut [i64]) {
        for &v in &self.tree.inner {
            totals[v as usize] = 0;
        }
        for &v in &self.tree.upwards {
            if let Some(parent) = self.instance.units.parent(v as usize) {
                totals[parent] += totals[v as usize];
            }
        }
    }
}

/// Marginal costs under a fair share: the distance of the rank from it, relative to it, rounded
/// down to micro-points.
#[derive(Clone, Copy)]
pub(crate) struct Fairness {
    /// Weight in micro-points; 0 when there is no fairness.
    weight: i128,
    fair: i128,
}

impl Fairness {
    fn of(weight: i64, fair_milli: i64) -> Fairness {
        if fair_milli == 0 {
            return Fairness { weight: 0, fair: 1 };
        }
        Fairness { weight: POINT * i128::from(weight), fair: i128::from(fair_milli) }
    }

    /// Whether every rank costs nothing.
    pub(crate) fn is_none(self) -> bool {
        self.weight == 0
    }

    /// The marginal cost at a rank.
    pub(crate) fn at(self, rank: i64) -> i128 {
        if self.weight == 0 {
            return 0;
        }
        (self.weight * (i128::from(2 * rank - 1) * 1000 - 2 * self.fair)).div_euclid(self.fair)
    }

    /// The marginal costs of the ranks from the first on, without a division for each.
    pub(crate) fn rank_by_rank(self) -> impl Iterator<Item = i128> {
        let first = self.weight * (1000 - 2 * self.fair);
        let (mut cost, mut rest) = (first.div_euclid(self.fair), first.rem_euclid(self.fair));
        let (step, step_rest) = (2000 * self.weight / self.fair, 2000 * self.weight % self.fair);
        std::iter::from_fn(move || {
            let now = cost;
            cost += step;
            rest += step_rest;
            if rest >= self.fair {
                rest -= self.fair;
                cost += 1;
            }
            Some(now)
        })
    }

    /// The last rank that costs the same as `rank`.
    pub(crate) fn level(self, rank: i64) -> i64 {
        if self.weight == 0 {
            return i64::MAX;
        }
        // weight * (1000 (2r - 1) - 2 fair) < (cost + 1) * fair, solved for the greatest r.
        let most = ((self.at(rank) + 1) * self.fair - 1).div_euclid(self.weight) + 2 * self.fair;
        i64::try_from((most.div_euclid(1000) + 1).div_euclid(2)).unwrap_or(i64::MAX).max(rank)
    }

    /// The cost of the first `total` ranks.
    pub(crate) fn sum(self, total: i64) -> i128 {
        if self.weight == 0 || total <= 0 {
            return 0;
        }
        let (step, start) = (2000 * self.weight, 1000 * self.weight);
        floor_sum(i128::from(total), self.fair, step, start) - 2 * self.weight * i128::from(total)
    }
}

/// The sum of floor((a * i + b) / m) for i from 0 to n - 1, by the steps of Euclid's algorithm. All
/// arguments are not negative, m is positive.
fn floor_sum(mut n: i128, mut m: i128, mut a: i128, mut b: i128) -> i128 {
    let mut sum = 0;
    loop {
        sum += (n - 1) * n / 2 * (a / m) + n * (b / m);
        (a, b) = (a % m, b % m);
        let most = a * n + b;
        if most < m {
            return sum;
        }
        (n, b) = (most / m, most % m);
        (m, a) = (a, m);
    }
}

/// Persons by cell of the pool when a leaf sends its first `total` persons in the order of `runs`.
pub(crate) fn take(runs: &[Run], total: i64, taken: &mut [u32]) {
    let mut left = total;
    taken.fill(0);
    for run in runs {
        let n = i64::from(run.n).min(left);
        left -= n;
        taken[run.part as usize] += n as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_levels_of_fairness_equal_the_marginals_one_by_one() {
        for (weight, fair) in [(40, 1200), (1, 10_000_000_000_000), (7, 3), (1_000_000_000, 1), (3, 999_999)]
        {
            let fairness = Fairness::of(weight, fair);
            let mut sum = 0;
            for rank in 1..400 {
                sum += fairness.at(rank);
                assert_eq!(fairness.sum(rank), sum, "{weight} {fair} {rank}");
                assert_eq!(fairness.rank_by_rank().nth(rank as usize - 1), Some(fairness.at(rank)));
                let last = fairness.level(rank);
                assert_eq!(fairness.at(last), fairness.at(rank), "{weight} {fair} {rank}");
                assert!(fairness.at(last + 1) > fairness.at(rank), "{weight} {fair} {rank}");
            }
        }
        assert_eq!(Fairness::of(0, 5).sum(9), 0);
        assert_eq!(Fairness::of(5, 0).sum(9), 0);
    }
}
