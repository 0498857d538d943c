//! Small exchanges that mend a plan: a few leaves send one person more, one fewer, or another one.
//! Exchanges are grouped by what they change in the rows and the intake; the cheapest of each kind
//! are combined, up to four at a time, on the lattice of those changes. A combination counts only
//! when the plan, its cost computed anew where it changes, costs less.

use std::collections::BTreeMap;

use crate::core::measure::Exchange;
use crate::core::{Allocation, Core, RowPrice, residuals};
use crate::instance::Part;
use crate::pricing::SCALE;
use crate::watch::{Stage, Stopped, Watch};

mod kinds;
pub(crate) mod within;

use kinds::{Kinds, Mending};

/// How many half-made combinations are kept: few at first, more when few do not help.
const HALF_MADE: [usize; 2] = [60, 1_200];
const MOST_STEPS: usize = 4;
/// Most looks at the whole city.
const MOST_LOOKS: usize = 40;

/// A plan that is being mended, with what it costs and leaves over.
pub(crate) struct Standing<'a> {
    pub(crate) core: &'a Core<'a>,
    pub(crate) plan: Allocation,
    /// In micro-points.
    pub(crate) cost: i128,
    residuals: Vec<i128>,
}

impl<'a> Standing<'a> {
    pub(crate) fn new(core: &'a Core<'a>, plan: Allocation, cost: i128) -> Self {
        let residuals = residuals(core.pricing, &plan);
        Standing { core, plan, cost, residuals }
    }

    /// Mends the plan until no combination that is found costs less or `is_enough` says so.
    pub(crate) fn mend(
        &mut self,
        watch: &Watch<'_>,
        is_enough: impl Fn(i128) -> bool,
    ) -> Result<(), Stopped> {
        for look in 0..MOST_LOOKS {
            if is_enough(self.cost) {
                return Ok(());
            }
            watch.report(Stage::Exchanges, look)?;
            let mut kinds = Kinds::collect(self.core, &self.plan, self.budget());
            let mut is_better = false;
            for n_kept in HALF_MADE {
                while !is_enough(self.cost) && self.apply_best(&mut kinds, n_kept) {
                    is_better = true;
                }
                if is_better {
                    break;
                }
            }
            if !is_better {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The distance to the bound, in 1/`SCALE` micro-points; no part of a better plan exceeds it.
    fn budget(&self) -> i128 {
        self.cost * SCALE - self.core.dual.priced.bound
    }

    /// Applies the first promising combination that makes the plan cheaper; true when one did.
    fn apply_best(&mut self, kinds: &mut Kinds, n_kept: usize) -> bool {
        let combinations = Lattice::new(self, kinds).combinations(n_kept);
        for combination in combinations {
            let mendings: Vec<Mending> =
                combination.iter().map(|&(kind, nth)| kinds.list[kind].mendings[nth].clone()).collect();
            if self.apply(&mendings) {
                kinds.forget(&mendings);
                return true;
            }
        }
        false
    }

    /// Applies exchanges when together they keep every bound and make the plan cheaper.
    fn apply(&mut self, mendings: &[Mending]) -> bool {
        let pricing = self.core.pricing;
        let instance = pricing.instance;
        let mut more_at: BTreeMap<usize, i64> = BTreeMap::new();
        let mut residuals = self.residuals.clone();
        let mut cost: i128 = 0;
        for &(leaf, exchange) in mendings.iter().flat_map(Mending::leaves) {
            let v = leaf as usize;
            cost += self.cost_of(v, exchange);
            for (place, sign) in [(exchange.more, 1i128), (exchange.fewer, -1)] {
                let Some(place) = place else { continue };
                let Part { cell, .. } =
                    instance.units.leaf(v).map_or(Part { cell: 0, n: 0 }, |l| l.pool[place as usize]);
                let steps = &pricing.classes.steps[pricing.class(v, cell) as usize];
                residuals.iter_mut().zip(steps).for_each(|(r, &step)| *r += sign * i128::from(step));
            }
            let mut at = Some(v).filter(|_| exchange.n_more() != 0);
            while let Some(unit) = at {
                *more_at.entry(unit).or_default() += exchange.n_more();
                at = instance.units.parent(unit);
            }
        }
        for (&unit, &more) in &more_at {
            let (low, high) = pricing.bounds(unit);
            let (before, after) = (self.plan.totals[unit], self.plan.totals[unit] + more);
            if !(low..=high).contains(&after) {
                return false;
            }
            if !instance.units.is_leaf(unit) {
                cost += pricing.inner_cost(unit, after) - pricing.inner_cost(unit, before);
            }
        }
        for (row, (before, after)) in instance.rows.iter().zip(self.residuals.iter().zip(&residuals)) {
            cost += row.greatest_multiplier() * ((-after).max(0) - (-before).max(0));
        }
        if cost >= 0 {
            return false;
        }
        self.cost += cost;
        self.residuals = residuals;
        for (unit, more) in more_at {
            self.plan.totals[unit] += more;
        }
        for &(leaf, exchange) in mendings.iter().flat_map(Mending::leaves) {
            exchange.apply(&mut self.plan.taken[instance.units.pool_span(leaf as usize)]);
        }
        true
    }

    /// What an exchange changes in the cost of a leaf, in micro-points.
    fn cost_of(&self, v: usize, exchange: Exchange) -> i128 {
        let pricing = self.core.pricing;
        let unit = pricing.instance.unit(v);
        let Some(leaf) = &unit.leaf else { return 0 };
        let taken = self.plan.of(pricing.instance, v);
        let of_cell = |place: Option<u32>, more: i64| {
            place.map_or(0, |place| {
                let asked = leaf.asked_for(leaf.pool[place as usize].cell);
                let n = i64::from(taken[place as usize]);
                pricing.cell_cost(asked, n + more) - pricing.cell_cost(asked, n)
            })
        };
        let total = self.plan.totals[v];
        let own =
            pricing.leaf_cost(&unit, leaf, total + exchange.n_more()) - pricing.leaf_cost(&unit, leaf, total);
        own + of_cell(exchange.more, 1) + of_cell(exchange.fewer, -1)
    }
}

/// A half-made combination: what it changes, what it costs, and of which mendings it is made.
#[derive(Clone)]
struct State {
    change: Vec<i64>,
    n_more: i64,
    cost: i128,
    made: Vec<(usize, usize)>,
}

/// A state with one mending more, not yet written out.
struct Candidate {
    value: i128,
    mark: u64,
    cost: i128,
    state: usize,
    kind: usize,
    nth: usize,
}

/// The lattice of changes on which kinds of exchanges are combined.
struct Lattice<'a> {
    standing: &'a Standing<'a>,
    kinds: &'a Kinds,
    rows: Vec<(&'a RowPrice, i128)>,
    /// One odd number for each row, by which a change is told from another.
    marks: Vec<u64>,
}

impl<'a> Lattice<'a> {
    fn new(standing: &'a Standing<'a>, kinds: &'a Kinds) -> Self {
        let rows = standing.core.rows.iter().zip(standing.residuals.iter().copied()).collect::<Vec<_>>();
        let marks =
            (1..=rows.len() as u64 + 1).map(|k| (k.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1).collect();
        Lattice { standing, kinds, rows, marks }
    }

    /// What rows and the intake cost beyond the bound after a change.
    fn value(&self, change: impl Iterator<Item = i64>, n_more: i64) -> Option<i128> {
        let pricing = self.standing.core.pricing;
        let root = pricing.instance.root;
        let (low, high) = pricing.bounds(root);
        let intake = self.standing.plan.totals[root] + n_more;
        if !(low..=high).contains(&intake) {
            return None;
        }
        let rows =
            self.rows.iter().zip(change).map(|((row, home), more)| row.excess(home + i128::from(more)));
        Some(rows.sum::<i128>() + self.standing.core.own_excess(root, intake))
    }

    /// Combinations that promise a cheaper plan, best first.
    fn combinations(&self, n_kept: usize) -> Vec<Vec<(usize, usize)>> {
        let nothing = State { change: vec![0; self.rows.len()], n_more: 0, cost: 0, made: Vec::new() };
        let Some(now) = self.value(nothing.change.iter().copied(), 0) else { return Vec::new() };
        let mut states = vec![nothing];
        let mut promising: Vec<(i128, Vec<(usize, usize)>)> = Vec::new();
        for _ in 0..MOST_STEPS {
            states = self.step(&states, n_kept);
            let valued = states.iter().filter_map(|state| {
                let value = state.cost + self.value(state.change.iter().copied(), state.n_more)?;
                (value < now).then(|| (value, state.made.clone()))
            });
            promising.extend(valued.take(20));
            if !promising.is_empty() {
                break;
            }
        }
        promising.sort_by_key(|(value, _)| *value);
        promising.into_iter().map(|(_, made)| made).collect()
    }

    /// Every state with one mending more, the best of each change, the best `n_kept` of all.
    fn step(&self, states: &[State], n_kept: usize) -> Vec<State> {
        let mut candidates = Vec::new();
        for (at, state) in states.iter().enumerate() {
            for (kind, of_a_kind) in self.kinds.list.iter().enumerate() {
                let is_used = |mending: &Mending| {
                    state.made.iter().any(|&(k, n)| self.kinds.list[k].mendings[n].meets(mending))
                };
                let Some(nth) = of_a_kind.mendings.iter().position(|mending| !is_used(mending)) else {
                    continue;
                };
                let cost = state.cost + of_a_kind.mendings[nth].cost;
                let n_more = state.n_more + of_a_kind.n_more;
                let change = || state.change.iter().zip(&of_a_kind.change).map(|(a, b)| a + b);
                let Some(value) = self.value(change(), n_more) else { continue };
                let marked = change().chain([n_more]).zip(&self.marks);
                let mark = marked.fold(0u64, |sum, (n, &mark)| sum.wrapping_add(mark.wrapping_mul(n as u64)));
                candidates.push(Candidate { value: value + cost, mark, cost, state: at, kind, nth });
            }
        }
        candidates.sort_unstable_by_key(|c| (c.value, c.mark, c.state, c.kind));
        let mut seen = std::collections::HashSet::new();
        let kept = candidates.into_iter().filter(|candidate| seen.insert(candidate.mark)).take(n_kept);
        kept.map(|candidate| {
            let before = &states[candidate.state];
            let kind = &self.kinds.list[candidate.kind];
            let mut made = before.made.clone();
            made.push((candidate.kind, candidate.nth));
            let change = before.change.iter().zip(&kind.change).map(|(a, b)| a + b).collect();
            State { change, n_more: before.n_more + kind.n_more, cost: candidate.cost, made }
        })
        .collect()
    }
}
