//! Small exchanges that mend a plan: a few leaves send one person more, one fewer, or another one.
//! Exchanges are grouped by what they change in the rows and the intake; the cheapest of each kind
//! are combined, up to four at a time, on the lattice of those changes. A combination counts only
//! when the whole plan, computed anew, costs less.

use std::collections::{BTreeMap, HashMap};

use crate::core::{Allocation, Core, LeafMeasure, RowPrice, residuals, tangent_excess};
use crate::instance::{Instance, Leaf, Unit};
use crate::pricing::sum_upwards;

/// What an exchange changes: the residual of each row, and the intake.
type Change = (Vec<i64>, i64);

/// One exchange: its price beyond the bound, and the leaves as they would be.
#[derive(Debug, Clone)]
struct Exchange {
    cost: i128,
    leaves: Vec<(usize, Vec<(usize, i64)>)>,
}

/// How many exchanges of one kind, and how many half-made combinations, are kept.
const OF_A_KIND: usize = 3;
const HALF_MADE: [usize; 2] = [150, 3_000];
const MOST_STEPS: usize = 4;

/// Finds a cheaper plan by few exchanges; `cost_of` computes a whole plan anew.
pub(crate) fn improve(
    core: &Core<'_>,
    plan: &Allocation,
    cost: i128,
    cost_of: impl Fn(&Allocation) -> i128,
) -> Option<(i128, Allocation)> {
    let kinds = Kinds::collect(core, plan);
    HALF_MADE.into_iter().find_map(|n_kept| {
        kinds
            .combinations(core, plan, n_kept)
            .into_iter()
            .filter_map(|exchanges| applied(core, plan, &exchanges))
            .map(|better| (cost_of(&better), better))
            .find(|(better, _)| *better < cost)
    })
}

#[derive(Default)]
struct Kinds {
    by_change: BTreeMap<Change, Vec<Exchange>>,
}

impl Kinds {
    fn collect(core: &Core<'_>, plan: &Allocation) -> Kinds {
        let instance = core.instance();
        let mut kinds = Kinds::default();
        // Persons more and fewer in one leaf, by the unit above, to be paired inside it.
        let mut at_parent: BTreeMap<usize, Kinds> = BTreeMap::new();
        for (v, unit) in instance.units.iter().enumerate() {
            let Some(leaf) = &unit.leaf else { continue };
            let path = path_costs(core, plan, v);
            for (change, exchange) in leaf_exchanges(core, plan, v, unit, leaf) {
                match (change.1, path) {
                    (0, _) => kinds.add(change, exchange),
                    (more, path) => {
                        let Some(parent) = unit.parent else { continue };
                        at_parent.entry(parent).or_default().add(change.clone(), exchange.clone());
                        if let Some(price) = if more > 0 { path.0 } else { path.1 } {
                            kinds.add(change, Exchange { cost: exchange.cost + price, ..exchange });
                        }
                    }
                }
            }
        }
        for inside in at_parent.into_values() {
            inside.pair_into(&mut kinds);
        }
        kinds
    }

    fn add(&mut self, change: Change, exchange: Exchange) {
        let known = self.by_change.entry(change).or_default();
        let position = known.partition_point(|other| other.cost <= exchange.cost);
        if position < OF_A_KIND {
            known.insert(position, exchange);
            known.truncate(OF_A_KIND);
        }
    }

    /// One more here and one fewer there leaves the unit above as it is.
    fn pair_into(&self, kinds: &mut Kinds) {
        for (more, gained) in self.by_change.iter().filter(|((_, n), _)| *n > 0) {
            for (fewer, lost) in self.by_change.iter().filter(|((_, n), _)| *n < 0) {
                let pair = gained.iter().flat_map(|a| lost.iter().map(move |b| (a, b)));
                let apart = pair.filter(|(a, b)| a.leaves[0].0 != b.leaves[0].0);
                if let Some((a, b)) = apart.min_by_key(|(a, b)| a.cost + b.cost) {
                    let change = more.0.iter().zip(&fewer.0).map(|(x, y)| x + y).collect();
                    let leaves = a.leaves.iter().chain(&b.leaves).cloned().collect();
                    kinds.add((change, 0), Exchange { cost: a.cost + b.cost, leaves });
                }
            }
        }
    }

    /// Combinations that promise a cheaper plan, best first.
    fn combinations(&self, core: &Core<'_>, plan: &Allocation, n_kept: usize) -> Vec<Vec<&Exchange>> {
        let value = Value::new(core, plan);
        let start = (vec![0i64; value.rows.len()], 0i64);
        let now = value.of(&start);
        let mut half_made: Vec<(Change, i128, Vec<&Exchange>)> = vec![(start, 0, Vec::new())];
        let mut promising: Vec<(i128, Vec<&Exchange>)> = Vec::new();
        for _ in 0..MOST_STEPS {
            let mut next: HashMap<Change, (i128, Vec<&Exchange>)> = HashMap::new();
            for (at, cost, made) in &half_made {
                for (change, exchanges) in &self.by_change {
                    let is_free = |exchange: &&Exchange| {
                        let is_used =
                            |leaf: usize| made.iter().any(|e| e.leaves.iter().any(|(used, _)| *used == leaf));
                        !exchange.leaves.iter().any(|(leaf, _)| is_used(*leaf))
                    };
                    let Some(exchange) = exchanges.iter().find(is_free) else { continue };
                    let to = (at.0.iter().zip(&change.0).map(|(x, y)| x + y).collect(), at.1 + change.1);
                    let total = cost + exchange.cost;
                    if next.get(&to).is_none_or(|(known, _)| total < *known) {
                        let mut made = made.clone();
                        made.push(exchange);
                        next.insert(to, (total, made));
                    }
                }
            }
            let mut ranked: Vec<_> =
                next.into_iter().map(|(to, (cost, made))| (cost + value.of(&to), to, cost, made)).collect();
            // The change itself settles equals, so that the order of a hash table never shows.
            ranked.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            ranked.truncate(n_kept);
            promising.extend(
                ranked.iter().take(40).filter(|(v, ..)| *v < now).map(|(v, _, _, made)| (*v, made.clone())),
            );
            half_made = ranked.into_iter().map(|(_, to, cost, made)| (to, cost, made)).collect();
            if promising.len() >= 20 {
                break;
            }
        }
        promising.sort_by_key(|(value, _)| *value);
        promising.into_iter().take(60).map(|(_, made)| made).collect()
    }
}

/// What rows and the intake cost beyond the bound after a change.
struct Value<'a> {
    core: &'a Core<'a>,
    rows: Vec<(&'a RowPrice, i128)>,
    intake: i64,
}

impl<'a> Value<'a> {
    fn new(core: &'a Core<'a>, plan: &Allocation) -> Self {
        let rows = core.rows.iter().zip(residuals(core.pricing, plan)).collect();
        Value { core, rows, intake: plan.totals[core.instance().root] }
    }

    fn of(&self, change: &Change) -> i128 {
        let rows: i128 = self
            .rows
            .iter()
            .zip(&change.0)
            .map(|((row, home), more)| row.excess(home + i128::from(*more)))
            .sum();
        let root = self.core.instance().root;
        let (low, high) = self.core.pricing.tree.bounds[root];
        let intake = self.intake + change.1;
        if !(low..=high).contains(&intake) {
            return i128::MAX / 8;
        }
        rows + self.core.own_excess(root, intake)
    }
}

/// Price of one person more and of one fewer on the way from a leaf up to, without, the root; none
/// where a bound forbids it.
fn path_costs(core: &Core<'_>, plan: &Allocation, leaf: usize) -> (Option<i128>, Option<i128>) {
    let instance = core.instance();
    let (mut more, mut fewer) = (Some(0), Some(0));
    let mut above = instance.units[leaf].parent;
    while let Some(v) = above {
        if v == instance.root {
            break;
        }
        let (low, high) = core.pricing.tree.bounds[v];
        let total = plan.totals[v];
        let now = core.own_excess(v, total);
        more = more.filter(|_| total < high).map(|price| price + core.own_excess(v, total + 1) - now);
        fewer = fewer.filter(|_| total > low).map(|price| price + core.own_excess(v, total - 1) - now);
        above = instance.units[v].parent;
    }
    (more, fewer)
}

/// Exchanges of one leaf, from the plan as it stands.
fn leaf_exchanges(
    core: &Core<'_>,
    plan: &Allocation,
    v: usize,
    unit: &Unit,
    leaf: &Leaf,
) -> Vec<(Change, Exchange)> {
    let measure = LeafMeasure::new(core, v, unit, leaf);
    let home = measure.dense(plan.cells.get(&v).map_or(&[][..], |cells| cells));
    let home_cost = measure.cost(&home);
    measure
        .neighbours(&home)
        .into_iter()
        .map(|next| {
            let (n_more, change) = measure.change(&home, &next);
            let exchange =
                Exchange { cost: measure.cost(&next) - home_cost, leaves: vec![(v, measure.sparse(&next))] };
            ((change, n_more), exchange)
        })
        .collect()
}

/// The plan after exchanges, if it keeps every bound.
fn applied(core: &Core<'_>, plan: &Allocation, exchanges: &[&Exchange]) -> Option<Allocation> {
    let instance = core.instance();
    let mut better = plan.clone();
    for (leaf, cells) in exchanges.iter().flat_map(|exchange| &exchange.leaves) {
        better.totals[*leaf] = cells.iter().map(|&(_, n)| n).sum();
        better.cells.insert(*leaf, cells.clone());
    }
    refill(instance, core, &mut better);
    let bounds = &core.pricing.tree.bounds;
    better
        .totals
        .iter()
        .zip(bounds)
        .all(|(total, (low, high))| (low..=high).contains(&total))
        .then_some(better)
}

/// Computes the totals of inner units anew.
pub(crate) fn refill(instance: &Instance, core: &Core<'_>, plan: &mut Allocation) {
    for (total, unit) in plan.totals.iter_mut().zip(&instance.units) {
        if unit.leaf.is_none() {
            *total = 0;
        }
    }
    sum_upwards(instance, core.pricing.tree, &mut plan.totals);
}

impl Core<'_> {
    /// How far a unit's own cost at a total lies above its tangent at the priced solution.
    pub(crate) fn own_excess(&self, v: usize, total: i64) -> i128 {
        let unit = &self.instance().units[v];
        let slope = self.outer[v] - self.inner[v];
        tangent_excess(self.pricing, v, unit, self.dual.priced.totals[v], total, slope)
    }
}
