//! The priced problem: with a multiplier on each structure row, what is left is separable and convex
//! over a laminar family, and taking the cheapest persons first up the tree solves it exactly.
//!
//! Prices are whole numbers of 1/[`SCALE`] micro-points, so the bound is exact at any multiplier on
//! that grid. Every sequence of marginal costs is non-decreasing: at a leaf because each of its
//! terms is convex, at an inner unit because the sorted list keeps its order when the unit's own
//! non-decreasing marginals are added by rank.

use crate::instance::{Counted, Instance, Leaf, POINT, Row, Unit};
use crate::lottery::Lottery;
use crate::tree::Tree;

/// Fractions of a micro-point in which multipliers and prices are written.
pub(crate) const SCALE: i128 = 1 << 20;

/// What stays the same from one evaluation to the next.
pub(crate) struct Pricing<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) tree: &'a Tree,
    pub(crate) lottery: Lottery,
    /// Leaves that carry the same tags, as far as rows count tags, share a pattern.
    pattern: Vec<u32>,
    /// What one person adds to the residual of each row: by row, then by pattern and cell.
    steps: Vec<Vec<i128>>,
    /// Marginal costs of each leaf without its cells, by rank, in 1/`SCALE` micro-points.
    marginals: Vec<Vec<i128>>,
}

/// What the rows pay for one person, by pattern and cell, at certain multipliers.
pub(crate) struct Paid(Vec<i128>);

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

/// The runs of every leaf at certain multipliers, one behind the other.
struct Sheet {
    runs: Vec<Run>,
    /// Where the runs of a unit begin and end.
    of: Vec<(u32, u32)>,
}

impl<'a> Pricing<'a> {
    pub(crate) fn new(instance: &'a Instance, tree: &'a Tree, tie_seed: u64) -> Self {
        let (pattern, tags) = patterns(instance);
        let steps = instance
            .rows
            .iter()
            .enumerate()
            .map(|(k, row)| {
                let of_pattern = |carried: &Vec<bool>| {
                    let is_carried = carried[k];
                    instance.cells.iter().map(move |cell| match &row.counts {
                        Counted::Attribute(attribute) => {
                            row.step(cell.attributes.binary_search(attribute).is_ok())
                        }
                        Counted::Tag(_) => row.step(is_carried),
                    })
                };
                tags.iter().flat_map(of_pattern).collect()
            })
            .collect();
        let lottery = Lottery::new(instance, tie_seed);
        let mut pricing = Pricing { instance, tree, lottery, pattern, steps, marginals: Vec::new() };
        let most = tree.reach[instance.root].1;
        pricing.marginals = instance
            .units
            .iter()
            .enumerate()
            .map(|(v, unit)| match &unit.leaf {
                Some(leaf) => (1..=tree.bounds[v].1.min(most))
                    .map(|rank| pricing.leaf_marginal(unit, leaf, rank) * SCALE)
                    .collect(),
                None => Vec::new(),
            })
            .collect();
        pricing
    }

    /// What one person of a leaf and cell adds to the residual of a row.
    pub(crate) fn step(&self, row: usize, leaf: usize, cell: usize) -> i128 {
        self.steps[row][self.pattern[leaf] as usize * self.instance.cells.len() + cell]
    }

    /// What the rows pay at multipliers in 1/`SCALE` micro-points.
    pub(crate) fn paid(&self, multipliers: &[i128]) -> Paid {
        let n = self.steps.first().map_or(0, Vec::len);
        let of = |at: usize| {
            self.steps.iter().zip(multipliers).map(|(steps, multiplier)| multiplier * steps[at]).sum()
        };
        Paid((0..n).map(of).collect())
    }

    /// What the rows pay for one person of a leaf and cell.
    pub(crate) fn paid_for(&self, paid: &Paid, leaf: usize, cell: usize) -> i128 {
        paid.0.get(self.pattern[leaf] as usize * self.instance.cells.len() + cell).copied().unwrap_or(0)
    }

    /// Solves the priced problem at multipliers in 1/`SCALE` micro-points. With `is_jittered`, ties
    /// are broken inside the price by less than a micro-point, so that the residuals move smoothly
    /// with the multipliers; the bound is then only an estimate.
    pub(crate) fn solve(&self, multipliers: &[i128], is_jittered: bool) -> Priced {
        let n_units = self.instance.units.len();
        let paid = self.paid(multipliers);
        let mut sheet = Sheet { runs: Vec::with_capacity(2 * n_units), of: vec![(0, 0); n_units] };
        let mut lists: Vec<List> = Vec::new();
        lists.resize_with(n_units, List::default);
        for &v in &self.tree.upwards {
            let v = v as usize;
            let unit = &self.instance.units[v];
            let list = match &unit.leaf {
                Some(leaf) => {
                    let start = sheet.runs.len();
                    self.push_runs(&mut sheet.runs, v, leaf, &paid, is_jittered);
                    sheet.of[v] = (start as u32, sheet.runs.len() as u32);
                    self.leaf_list(v, &sheet.runs[start..])
                }
                None => self.inner_list(v, unit, &mut lists),
            };
            lists[v] = list;
        }
        let root = std::mem::take(&mut lists[self.instance.root]);
        self.cut(root, multipliers, &sheet)
    }

    /// The order in which a leaf sends persons, and the price of each cell's part.
    pub(crate) fn runs(&self, v: usize, leaf: &Leaf, paid: &Paid, is_jittered: bool) -> Vec<Run> {
        let mut runs = Vec::with_capacity(leaf.pool.len() * 2);
        self.push_runs(&mut runs, v, leaf, paid, is_jittered);
        runs
    }

    fn push_runs(&self, runs: &mut Vec<Run>, v: usize, leaf: &Leaf, paid: &Paid, is_jittered: bool) {
        let weights = &self.instance.weights;
        let (short, over) = (i128::from(weights.cell_short) * POINT, i128::from(weights.cell_over) * POINT);
        let start = runs.len();
        for &(cell, n) in &leaf.pool {
            let asked = asked_for(leaf, cell).min(n);
            let draw = self.lottery.of(v, cell);
            let jitter = if is_jittered { i128::from(draw >> 44) } else { 0 };
            let priced = self.paid_for(paid, v, cell) - jitter;
            if asked > 0 {
                runs.push(Run { price: -short * SCALE - priced, draw, cell, n: asked });
            }
            if n > asked {
                runs.push(Run { price: over * SCALE - priced, draw, cell, n: n - asked });
            }
        }
        runs[start..].sort_unstable_by_key(|run| (run.price, run.draw, run.cell));
    }

    fn leaf_list(&self, v: usize, runs: &[Run]) -> List {
        let low = self.tree.bounds[v].0;
        let draw = self.lottery.of_unit(v);
        let mut list = List::default();
        let mut marginals = self.marginals[v].iter();
        let mut rank = 0;
        for run in runs {
            for marginal in marginals.by_ref().take(run.n as usize) {
                rank += 1;
                let person = Person { price: run.price + marginal, draw, leaf: v as u32 };
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

    fn cut(&self, list: List, multipliers: &[i128], sheet: &Sheet) -> Priced {
        let n_taken = list.free.partition_point(|person| person.price < 0);
        let taken = list.forced.iter().chain(&list.free[..n_taken]);
        let mut totals = vec![0i64; self.instance.units.len()];
        let mut bound = 0;
        for person in taken {
            bound += person.price;
            totals[person.leaf as usize] += 1;
        }
        let mut residuals: Vec<i128> = self.instance.rows.iter().map(Row::base).collect();
        for (k, multiplier) in multipliers.iter().enumerate() {
            bound -= multiplier * residuals[k];
        }
        for (v, &total) in totals.iter().enumerate().filter(|&(_, &total)| total > 0) {
            let (start, end) = sheet.of[v];
            let mut left = total;
            for run in &sheet.runs[start as usize..end as usize] {
                let n = run.n.min(left);
                left -= n;
                for (k, residual) in residuals.iter_mut().enumerate() {
                    *residual += self.step(k, v, run.cell) * i128::from(n);
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

/// The pattern of each unit, and for each pattern whether each row's tag is carried.
fn patterns(instance: &Instance) -> (Vec<u32>, Vec<Vec<bool>>) {
    let mut known: std::collections::BTreeMap<Vec<bool>, u32> = std::collections::BTreeMap::new();
    let mut patterns = Vec::new();
    let of_unit = |unit: &Unit| {
        let carried: Vec<bool> = instance
            .rows
            .iter()
            .map(|row| match (&row.counts, &unit.leaf) {
                (Counted::Tag(tag), Some(leaf)) => leaf.tags.binary_search(tag).is_ok(),
                (Counted::Tag(_) | Counted::Attribute(_), _) => false,
            })
            .collect();
        *known.entry(carried.clone()).or_insert_with(|| {
            patterns.push(carried);
            patterns.len() as u32 - 1
        })
    };
    let pattern = instance.units.iter().map(of_unit).collect();
    (pattern, patterns)
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
