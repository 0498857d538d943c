//! The priced problem: with a multiplier on each structure row, what is left is separable and convex
//! over a laminar family, and taking the cheapest persons first up the tree solves it exactly.
//!
//! Prices are whole numbers of 1/[`SCALE`] micro-points, so the bound is exact at any multiplier on
//! that grid. Every sequence of marginal costs is non-decreasing: at a leaf because each of its
//! terms is convex, at an inner unit because the sorted list keeps its order when the unit's own
//! non-decreasing marginals are added by rank.

use crate::instance::{Counted, Instance, Leaf, POINT, Unit};
use crate::lottery::Lottery;
use crate::tree::Tree;

/// Fractions of a micro-point in which multipliers and prices are written.
pub(crate) const SCALE: i128 = 1 << 20;

/// What stays the same from one evaluation to the next.
pub(crate) struct Pricing<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) tree: &'a Tree,
    pub(crate) lottery: Lottery,
    /// For each cell, whether each row counts it by attribute.
    counts_cell: Vec<Vec<bool>>,
    /// For each row that counts by tag, the sorted leaves that carry it.
    tagged: Vec<Option<Vec<bool>>>,
}

/// The solution of the priced problem.
#[derive(Debug, Clone)]
pub(crate) struct Priced {
    /// Least priced cost with the constants of the rows: the bound, in 1/`SCALE` micro-points.
    pub(crate) bound: i128,
    /// Persons of each unit.
    pub(crate) totals: Vec<i64>,
    /// Residual of each row at that solution.
    pub(crate) residuals: Vec<i128>,
    /// Priced cost added by each further intake from the least possible on; the least intake first,
    /// with 0. Non-decreasing differences.
    pub(crate) by_intake: Vec<i128>,
    /// The least possible intake.
    pub(crate) least_intake: i64,
}

/// One person of a leaf, at the rank in which the leaf would send persons.
#[derive(Clone, Copy)]
struct Person {
    price: i128,
    draw: u64,
    leaf: u32,
}

/// A run of persons of one cell with one price.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) price: i128,
    pub(crate) draw: u64,
    pub(crate) cell: usize,
    pub(crate) n: i64,
}

/// Persons below a unit: first those that a bound forces, then the others by price.
#[derive(Default)]
struct List {
    forced: Vec<Person>,
    free: Vec<Person>,
}

impl<'a> Pricing<'a> {
    pub(crate) fn new(instance: &'a Instance, tree: &'a Tree, tie_seed: u64) -> Self {
        let counts_cell = instance
            .cells
            .iter()
            .map(|cell| {
                instance
                    .rows
                    .iter()
                    .map(|row| match &row.counts {
                        Counted::Attribute(attribute) => cell.attributes.binary_search(attribute).is_ok(),
                        Counted::Tag(_) => false,
                    })
                    .collect()
            })
            .collect();
        let tagged = instance
            .rows
            .iter()
            .map(|row| match &row.counts {
                Counted::Attribute(_) => None,
                Counted::Tag(tag) => Some(
                    instance
                        .units
                        .iter()
                        .map(|unit| {
                            unit.leaf.as_ref().is_some_and(|leaf| leaf.tags.binary_search(tag).is_ok())
                        })
                        .collect(),
                ),
            })
            .collect();
        Pricing { instance, tree, lottery: Lottery::new(instance, tie_seed), counts_cell, tagged }
    }

    /// Whether a row counts a person of this leaf and cell.
    pub(crate) fn is_counted(&self, row: usize, leaf: usize, cell: usize) -> bool {
        self.tagged[row].as_ref().map_or(self.counts_cell[cell][row], |tagged| tagged[leaf])
    }

    /// Solves the priced problem at multipliers in 1/`SCALE` micro-points. With `is_jittered`, ties
    /// are broken inside the price by less than a micro-point, so that the residuals move smoothly
    /// with the multipliers; the bound is then only an estimate.
    pub(crate) fn solve(&self, multipliers: &[i128], is_jittered: bool) -> Priced {
        let n_units = self.instance.units.len();
        let mut lists: Vec<List> = Vec::new();
        lists.resize_with(n_units, List::default);
        for &v in &self.tree.upwards {
            let v = v as usize;
            let unit = &self.instance.units[v];
            let list = match &unit.leaf {
                Some(leaf) => self.leaf_list(v, unit, leaf, multipliers, is_jittered),
                None => self.inner_list(v, unit, &mut lists),
            };
            lists[v] = list;
        }
        let root = std::mem::take(&mut lists[self.instance.root]);
        self.cut(root, multipliers, is_jittered)
    }

    /// The order in which a leaf sends persons, and the price of each cell's part.
    pub(crate) fn runs(&self, v: usize, leaf: &Leaf, multipliers: &[i128], is_jittered: bool) -> Vec<Run> {
        let weights = &self.instance.weights;
        let (short, over) = (i128::from(weights.cell_short) * POINT, i128::from(weights.cell_over) * POINT);
        let mut runs = Vec::with_capacity(leaf.pool.len() * 2);
        for &(cell, n) in &leaf.pool {
            let asked = asked_for(leaf, cell).min(n);
            let draw = self.lottery.of(v, cell);
            let jitter = if is_jittered { i128::from(draw >> 44) } else { 0 };
            let priced = self.step_price(v, cell, multipliers) - jitter;
            runs.push(Run { price: -short * SCALE - priced, draw, cell, n: asked });
            runs.push(Run { price: over * SCALE - priced, draw, cell, n: n - asked });
        }
        runs.retain(|run| run.n > 0);
        runs.sort_unstable_by_key(|run| (run.price, run.draw, run.cell));
        runs
    }

    /// What the rows pay for one person of this leaf and cell.
    fn step_price(&self, v: usize, cell: usize, multipliers: &[i128]) -> i128 {
        let rows = self.instance.rows.iter().zip(multipliers).enumerate();
        rows.map(|(k, (row, multiplier))| multiplier * row.step(self.is_counted(k, v, cell))).sum()
    }

    fn leaf_list(&self, v: usize, unit: &Unit, leaf: &Leaf, multipliers: &[i128], is_jittered: bool) -> List {
        let (low, high) = self.tree.bounds[v];
        // Nobody can come after the last place of the whole intake.
        let high = high.min(self.tree.reach[self.instance.root].1);
        let draw = self.lottery.of_unit(v);
        let mut list = List::default();
        let mut rank = 0;
        for run in self.runs(v, leaf, multipliers, is_jittered) {
            for _ in 0..run.n.min(high - rank) {
                rank += 1;
                let price = run.price + self.leaf_marginal(unit, leaf, rank) * SCALE;
                let person = Person { price, draw, leaf: v as u32 };
                if rank <= low { list.forced.push(person) } else { list.free.push(person) }
            }
        }
        list
    }

    fn inner_list(&self, v: usize, unit: &Unit, lists: &mut [List]) -> List {
        let mut list = List::default();
        for &child in self.tree.children(v) {
            let below = std::mem::take(&mut lists[child as usize]);
            // Equals are drawn between children, never within one: whoever comes first in a child
            // must stay first, because the child's own marginals were added in that order.
            let draw = self.lottery.of_unit(child as usize);
            list.forced.extend(below.forced);
            list.free.extend(below.free.into_iter().map(|person| Person { draw, ..person }));
        }
        // The children's parts are sorted already; a stable merge sort finds their runs.
        list.free.sort_by_key(|person| (person.price, person.draw));
        let (low, high) = self.tree.bounds[v];
        let high = high.min(self.tree.reach[self.instance.root].1);
        list.free.truncate((high - list.forced.len() as i64).max(0) as usize);
        let n_more = (low - list.forced.len() as i64).clamp(0, list.free.len() as i64) as usize;
        list.forced.extend(list.free.drain(..n_more));
        let persons = list.forced.iter_mut().chain(&mut list.free);
        for (rank, person) in (1i64..).zip(persons) {
            person.price += self.inner_marginal(v, unit, rank) * SCALE;
        }
        list
    }

    fn cut(&self, list: List, multipliers: &[i128], is_jittered: bool) -> Priced {
        let n_taken = list.free.partition_point(|person| person.price < 0);
        let taken = list.forced.iter().chain(&list.free[..n_taken]);
        let mut totals = vec![0i64; self.instance.units.len()];
        let mut bound = 0;
        for person in taken {
            bound += person.price;
            totals[person.leaf as usize] += 1;
        }
        let mut residuals: Vec<i128> = self.instance.rows.iter().map(|row| row.base()).collect();
        for (k, multiplier) in multipliers.iter().enumerate() {
            bound -= multiplier * residuals[k];
        }
        for (v, unit) in self.instance.units.iter().enumerate() {
            let Some(leaf) = unit.leaf.as_ref().filter(|_| totals[v] > 0) else { continue };
            for (cell, n) in taken_cells(&self.runs(v, leaf, multipliers, is_jittered), totals[v]) {
                for (k, row) in self.instance.rows.iter().enumerate() {
                    residuals[k] += row.step(self.is_counted(k, v, cell)) * i128::from(n);
                }
            }
        }
        sum_upwards(self.instance, self.tree, &mut totals);
        let mut sum = 0;
        let mut by_intake = vec![0];
        by_intake.extend(list.free.iter().map(|person| {
            sum += person.price;
            sum
        }));
        let least_intake = list.forced.len() as i64;
        Priced { bound, totals, residuals, by_intake, least_intake }
    }

    /// Marginal cost of the `rank`-th person of a leaf without its cells, in micro-points.
    pub(crate) fn leaf_marginal(&self, unit: &Unit, leaf: &Leaf, rank: i64) -> i128 {
        let weights = &self.instance.weights;
        let sided = |is_wanted: bool, below: i64, above: i64| {
            if is_wanted { -i128::from(below) * POINT } else { i128::from(above) * POINT }
        };
        let dormant = if rank == 1 && leaf.is_dormant { i128::from(weights.dormant) * POINT } else { 0 };
        sided(rank <= leaf.request, weights.short, weights.over)
            + sided(rank <= leaf.previous, weights.smooth, weights.smooth)
            + fairness(weights.fair, unit.fair_milli, rank)
            - dormant
    }

    /// Marginal cost of the `rank`-th person of an inner unit, in micro-points.
    pub(crate) fn inner_marginal(&self, v: usize, unit: &Unit, rank: i64) -> i128 {
        if v == self.instance.root {
            let weight = i128::from(self.instance.target.weight) * POINT;
            return if rank <= self.instance.target.intake { -weight } else { weight };
        }
        fairness(self.instance.weights.node_fair, unit.fair_milli, rank)
    }
}

/// Marginal cost of the `rank`-th person under a fair share, rounded down, in micro-points.
fn fairness(weight: i64, fair_milli: i64, rank: i64) -> i128 {
    if fair_milli == 0 {
        return 0;
    }
    let fair = i128::from(fair_milli);
    (POINT * i128::from(weight) * (i128::from(2 * rank - 1) * 1000 - 2 * fair)).div_euclid(fair)
}

/// How many of a cell a leaf asks for.
pub(crate) fn asked_for(leaf: &Leaf, cell: usize) -> i64 {
    let found = leaf.request_cells.binary_search_by_key(&cell, |&(asked, _)| asked);
    found.map_or(0, |position| leaf.request_cells[position].1)
}

/// Persons by cell when a leaf sends its first `total` persons, ascending by cell.
pub(crate) fn taken_cells(runs: &[Run], total: i64) -> Vec<(usize, i64)> {
    let mut left = total;
    let mut cells: Vec<(usize, i64)> = Vec::new();
    for run in runs {
        let n = run.n.min(left);
        if n == 0 {
            break;
        }
        left -= n;
        match cells.iter_mut().find(|(cell, _)| *cell == run.cell) {
            Some((_, known)) => *known += n,
            None => cells.push((run.cell, n)),
        }
    }
    cells.sort_unstable();
    cells
}

/// Fills the totals of inner units from those of the leaves.
pub(crate) fn sum_upwards(instance: &Instance, tree: &Tree, totals: &mut [i64]) {
    for &v in &tree.upwards {
        if let Some(parent) = instance.units[v as usize].parent {
            totals[parent] += totals[v as usize];
        }
    }
}
