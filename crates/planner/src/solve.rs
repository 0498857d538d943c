//! From a question to an answer with its certificate: bounds, multipliers, a plan drawn at them, and
//! departures from it until nothing better is left or the effort is spent.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use crate::core::{Allocation, Core, Effort, bound_by_residues, residuals};
use crate::dual::{self, Dual};
use crate::explain;
use crate::instance::Instance;
use crate::lottery::Lottery;
use crate::merge::{Merge, Question};
use crate::plan::{Plan, Proof, Status};
use crate::polish::Standing;
use crate::pricing::{Pricing, SCALE};
use crate::sample;
use crate::tree::Tree;
use crate::watch::{Stage, Stopped, Watch};

mod solution;

pub use solution::Solution;

/// How an allocation is asked for.
#[derive(Debug, Clone, Default)]
pub struct Ask<'a> {
    /// Seed of the lottery between equals.
    pub tie_seed: u64,
    /// An earlier plan of the same or of a similar instance to begin from.
    pub from: Option<&'a Plan>,
}

/// Efforts, from quick to thorough: states and options kept at a unit.
const EFFORTS: [Effort; 3] = [
    Effort { n_states: 60, n_options: 12 },
    Effort { n_states: 600, n_options: 40 },
    Effort { n_states: 6_000, n_options: 200 },
];
/// Most states times units of one pass; larger instances stay with the quicker efforts.
const MOST_WORK: usize = 3_000_000;
/// Most units whose departures are combined at all.
const MOST_UNITS: usize = 300_000;
/// Most places between the least and the greatest intake over which residues are weighed.
const WIDEST_BAND: i64 = 5_000_000;

/// Allocates, or explains why nothing can be allocated.
pub fn allocate(instance: &Instance, ask: &Ask<'_>) -> Plan {
    let never = AtomicBool::new(false);
    let watch = Watch { stop: &never, tell: &|_, _| {} };
    // Invariant: nobody else knows the flag.
    allocate_watched(instance, ask, &watch).expect("nothing stops this search")
}

/// Allocates under a watch.
///
/// # Errors
/// The watch said stop.
pub fn allocate_watched(instance: &Instance, ask: &Ask<'_>, watch: &Watch<'_>) -> Result<Plan, Stopped> {
    let lottery = Lottery::new(instance, ask.tie_seed);
    let tree = Tree::new(instance, &lottery);
    match explain::contradiction(instance, &tree) {
        Some(explanation) => Ok(Plan {
            explanation: Some(explanation.bounds),
            relax: Some(explanation.relax),
            ..solution::empty(instance, ask.tie_seed)
        }),
        None => Ok(solve_tree(instance, &lottery, &tree, ask, watch)?.to_plan(instance)),
    }
}

/// Allocates a question that is known to have an answer, without writing it out: what a city of
/// millions needs.
///
/// # Errors
/// The watch said stop.
///
/// # Panics
/// The bounds contradict one another.
pub fn solve_watched(instance: &Instance, ask: &Ask<'_>, watch: &Watch<'_>) -> Result<Solution, Stopped> {
    let lottery = Lottery::new(instance, ask.tie_seed);
    let tree = Tree::new(instance, &lottery);
    assert!(explain::contradiction(instance, &tree).is_none(), "the bounds contradict one another");
    solve_tree(instance, &lottery, &tree, ask, watch)
}

fn solve_tree(
    instance: &Instance,
    lottery: &Lottery,
    tree: &Tree,
    ask: &Ask<'_>,
    watch: &Watch<'_>,
) -> Result<Solution, Stopped> {
    let pricing = Pricing::new(instance, tree, lottery);
    let start = sample::start(instance, lottery, tree, watch)?;
    let merge = Merge::new(&pricing);
    let dual = dual::maximise(&pricing, &merge, watch, start)?;
    let (allocation, proof) = best_plan(&pricing, &merge, &dual, ask, watch)?;
    let objective = objective(&pricing, &allocation);
    let is_tight = objective * SCALE - dual.priced.bound < SCALE;
    let proof = if is_tight { Some(Proof::Bound) } else { proof };
    Ok(Solution {
        status: if proof.is_some() { Status::Optimal } else { Status::Certified },
        proof,
        objective,
        bound: (dual.priced.bound, SCALE),
        multipliers: dual.multipliers.iter().map(|&at| (at, SCALE)).collect(),
        tie_seed: ask.tie_seed,
        waived: tree.waived.clone(),
        totals: allocation.totals,
        taken: allocation.taken,
    })
}

/// The best plan found, and whether a search proved it.
fn best_plan(
    pricing: &Pricing<'_>,
    merge: &Merge,
    dual: &Dual,
    ask: &Ask<'_>,
    watch: &Watch<'_>,
) -> Result<(Allocation, Option<Proof>), Stopped> {
    let settled = dual::settle_ties(pricing, merge, watch, &dual.multipliers)?;
    let mut candidates = vec![Allocation::drawn(pricing, &settled, true)];
    drop(settled);
    if pricing.instance.units.len() <= MOST_UNITS {
        candidates.push(Allocation::drawn(pricing, dual, false));
    }
    let core = Core::new(pricing, dual);
    let question = Question { pricing, multipliers: &dual.multipliers, is_jittered: false };
    let (low, high) = pricing.bounds(pricing.instance.root);
    let residue_bound = if high - low <= WIDEST_BAND {
        bound_by_residues(pricing, dual, &merge.by_intake(&question))
    } else {
        dual.priced.bound
    };
    let is_proved = |cost: i128| cost * SCALE - residue_bound < SCALE;
    let costs = candidates.into_iter().map(|plan| (objective(pricing, &plan), plan));
    let (cost, best) = costs.reduce(|a, b| if b.0 < a.0 { b } else { a }).expect("a plan is drawn");
    let search = |cost: i128, plan: Allocation| -> Result<(Standing<'_>, Option<Proof>), Stopped> {
        let mut standing = Standing::new(&core, plan, cost);
        standing.mend(watch, is_proved)?;
        let proof = prove(&core, &mut standing, watch, is_proved)?;
        Ok((standing, proof))
    };
    let (own, proof) = search(cost, best)?;
    // An earlier plan begins a search of its own, so that it is never a burden: a good beginning may end
    // worse. The first of equals wins, so it never replaces an equally good own one.
    let earlier = if proof.is_none() { ask.from.and_then(|plan| adopted(pricing, plan)) } else { None };
    if let Some(earlier) = earlier {
        let (warm, warm_proof) = search(objective(pricing, &earlier), earlier)?;
        if warm.cost < own.cost || (warm.cost == own.cost && warm_proof.is_some()) {
            return Ok((warm.plan, warm_proof));
        }
    }
    Ok((own.plan, proof))
}

/// Combines departures until a plan is proved or the effort is spent.
fn prove(
    core: &Core<'_>,
    standing: &mut Standing<'_>,
    watch: &Watch<'_>,
    is_proved: impl Fn(i128) -> bool,
) -> Result<Option<Proof>, Stopped> {
    let n_units = core.instance().units.len();
    for (n, effort) in EFFORTS.into_iter().enumerate() {
        let is_beyond = effort.n_states * n_units > MOST_WORK && n > 0;
        if is_proved(standing.cost) {
            return Ok(Some(Proof::Search));
        }
        if is_beyond || n_units > MOST_UNITS {
            return Ok(None);
        }
        for _ in 0..12 {
            watch.report(Stage::Proof, n)?;
            let outcome = core.improve(&standing.plan, standing.cost, effort);
            let is_exhaustive = outcome.is_exhaustive;
            let is_better = outcome.better.is_some();
            if let Some(better) = outcome.better {
                let cost = objective(core.pricing, &better);
                // Invariant: departures are priced exactly, so what is called better is better.
                assert!(cost < standing.cost, "a departure that was priced as better costs more");
                *standing = Standing::new(standing.core, better, cost);
            }
            if is_exhaustive || is_proved(standing.cost) {
                return Ok(Some(Proof::Search));
            }
            if !is_better {
                break;
            }
        }
    }
    Ok(None)
}

/// An earlier plan as far as it is a plan of this instance; none when it breaks a bound.
fn adopted(pricing: &Pricing<'_>, plan: &Plan) -> Option<Allocation> {
    let instance = pricing.instance;
    let positions = instance.positions();
    let cell_positions: BTreeMap<&str, usize> =
        instance.cells.iter().enumerate().map(|(position, cell)| (cell.id.as_str(), position)).collect();
    let mut totals = vec![0i64; instance.units.len()];
    let mut taken = vec![0u32; instance.units.n_parts()];
    for share in plan.leaves.as_ref()? {
        let v = *positions.get(share.unit.as_str())?;
        let leaf = instance.units.leaf(v)?;
        let parts = &mut taken[instance.units.pool_span(v)];
        parts.fill(0);
        for (cell, &n) in share.cells.iter().filter(|(_, n)| **n != 0) {
            let cell = *cell_positions.get(cell.as_str())?;
            let place = leaf.pool.iter().position(|part| part.cell as usize == cell)?;
            parts[place] = u32::try_from(n).ok().filter(|&n| n <= leaf.pool[place].n)?;
        }
        totals[v] = parts.iter().map(|&n| i64::from(n)).sum();
    }
    pricing.sum_upwards(&mut totals);
    let is_within = totals.iter().enumerate().all(|(v, total)| {
        let (low, high) = pricing.bounds(v);
        (low..=high).contains(total)
    });
    is_within.then_some(Allocation { totals, taken })
}

/// The cost of a plan, in micro-points.
fn objective(pricing: &Pricing<'_>, plan: &Allocation) -> i128 {
    let instance = pricing.instance;
    let mut cost: i128 = 0;
    for (v, unit) in instance.units.iter().enumerate() {
        let total = plan.totals[v];
        let Some(leaf) = &unit.leaf else {
            cost += pricing.inner_cost(v, total);
            continue;
        };
        if total > 0 {
            cost += pricing.leaf_cost(&unit, leaf, total);
            for (part, &n) in leaf.pool.iter().zip(plan.of(instance, v)) {
                cost += pricing.cell_cost(leaf.asked_for(part.cell), i64::from(n));
            }
        }
    }
    let rows = instance.rows.iter().zip(residuals(pricing, plan));
    cost + rows.map(|(row, residual)| row.greatest_multiplier() * (-residual).max(0)).sum::<i128>()
}
