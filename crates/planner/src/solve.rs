//! From a question to an answer with its certificate: bounds, multipliers, a plan drawn at them, and
//! departures from it until nothing better is left or the effort is spent.

use std::collections::BTreeMap;

use crate::core::{Allocation, Core, Effort, bound_by_residues, residuals};
use crate::dual::{self, Dual};
use crate::explain;
use crate::instance::{Instance, POINT};
use crate::plan::{Exact, InnerShare, LeafShare, Plan, Proof, Rational, Status};
use crate::polish;
use crate::pricing::{Pricing, SCALE, asked_for, sum_upwards, taken_cells};
use crate::tree::Tree;

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
/// Most states times leaves of one pass; larger instances stay with the quicker efforts.
const MOST_WORK: usize = 3_000_000;

/// Allocates, or explains why nothing can be allocated.
pub fn allocate(instance: &Instance, ask: &Ask<'_>) -> Plan {
    let tree = Tree::new(instance);
    if let Some(explanation) = explain::contradiction(instance, &tree) {
        return Plan {
            status: Status::Infeasible,
            explanation: Some(explanation.bounds),
            relax: Some(explanation.relax),
            ..empty(instance, ask)
        };
    }
    let pricing = Pricing::new(instance, &tree, ask.tie_seed);
    let start = dual::greatest(&pricing).iter().map(|limit| limit / 8).collect();
    let dual = dual::maximise(&pricing, start);
    let (allocation, proof) = best_plan(&pricing, &dual, ask);
    let objective = objective(&pricing, &allocation);
    let is_tight = objective * SCALE - dual.priced.bound < SCALE;
    let proof = if is_tight { Some(Proof::Bound) } else { proof };
    let multipliers = instance.rows.iter().zip(&dual.multipliers);
    Plan {
        status: if proof.is_some() { Status::Optimal } else { Status::Certified },
        proof,
        objective: Some(Exact(objective)),
        bound: Some(Rational::new(dual.priced.bound, SCALE)),
        multipliers: Some(multipliers.map(|(row, &at)| (row.id.clone(), Rational::new(at, SCALE))).collect()),
        waived: Some(tree.waived.iter().map(|&v| instance.units[v].id.clone()).collect()),
        leaves: Some(leaves(instance, &allocation)),
        inner: Some(inner(instance, &allocation)),
        ..empty(instance, ask)
    }
}

fn empty(instance: &Instance, ask: &Ask<'_>) -> Plan {
    Plan {
        format: "miaopu-plan/1".to_owned(),
        instance_sha256: instance.sha256.clone(),
        status: Status::Infeasible,
        proof: None,
        objective: None,
        bound: None,
        tie_seed: ask.tie_seed,
        multipliers: None,
        waived: None,
        leaves: None,
        inner: None,
        explanation: None,
        relax: None,
    }
}

/// The best plan found, and whether a search proved it.
fn best_plan(pricing: &Pricing<'_>, dual: &Dual, ask: &Ask<'_>) -> (Allocation, Option<Proof>) {
    let settled = dual::settle_ties(pricing, &dual.multipliers);
    let mut candidates = vec![drawn(pricing, dual, false), drawn(pricing, &settled, true)];
    candidates.extend(ask.from.and_then(|plan| adopted(pricing, plan)));
    let costs = candidates.into_iter().map(|plan| (objective(pricing, &plan), plan));
    // The first of equals wins, so an earlier plan never replaces an equally good own one.
    let (mut cost, mut best) = costs.reduce(|a, b| if b.0 < a.0 { b } else { a }).expect("one plan is drawn");
    let core = Core::new(pricing, dual);
    let residue_bound = bound_by_residues(pricing, dual);
    let is_proved = |cost: i128| cost * SCALE - residue_bound < SCALE;
    while !is_proved(cost) {
        match polish::improve(&core, &best, cost, |plan| objective(pricing, plan)) {
            Some((better_cost, better)) => (cost, best) = (better_cost, better),
            None => break,
        }
    }
    for effort in EFFORTS {
        if effort.n_states * pricing.instance.units.len() > MOST_WORK && effort.n_states > EFFORTS[0].n_states
        {
            break;
        }
        for _ in 0..12 {
            if is_proved(cost) {
                return (best, Some(Proof::Search));
            }
            let outcome = core.improve(&best, cost, effort);
            let is_exhaustive = outcome.is_exhaustive;
            match outcome.better {
                Some(better) => {
                    let better_cost = objective(pricing, &better);
                    // Invariant: departures are priced exactly, so what is called better is better.
                    assert!(better_cost < cost, "a departure that was priced as better costs more");
                    (cost, best) = (better_cost, better);
                }
                None if is_exhaustive => return (best, Some(Proof::Search)),
                None => break,
            }
            if is_exhaustive {
                return (best, Some(Proof::Search));
            }
        }
    }
    (best, None)
}

/// The plan that the lottery draws at these multipliers.
fn drawn(pricing: &Pricing<'_>, dual: &Dual, is_jittered: bool) -> Allocation {
    let totals = dual.priced.totals.clone();
    let paid = pricing.paid(&dual.multipliers);
    let cells = pricing
        .instance
        .units
        .iter()
        .enumerate()
        .filter_map(|(v, unit)| unit.leaf.as_ref().map(|leaf| (v, leaf)))
        .filter(|&(v, _)| totals[v] > 0)
        .map(|(v, leaf)| (v, taken_cells(&pricing.runs(v, leaf, &paid, is_jittered), totals[v])))
        .collect();
    Allocation { totals, cells }
}

/// An earlier plan as far as it is a plan of this instance; none when it breaks a bound.
fn adopted(pricing: &Pricing<'_>, plan: &Plan) -> Option<Allocation> {
    let instance = pricing.instance;
    let positions = instance.positions();
    let cell_positions: BTreeMap<&str, usize> =
        instance.cells.iter().enumerate().map(|(position, cell)| (cell.id.as_str(), position)).collect();
    let mut totals = vec![0i64; instance.units.len()];
    let mut cells = BTreeMap::new();
    for share in plan.leaves.as_ref()? {
        let v = *positions.get(share.unit.as_str())?;
        let leaf = instance.units[v].leaf.as_ref()?;
        let mut taken = Vec::new();
        for (cell, &n) in &share.cells {
            let cell = *cell_positions.get(cell.as_str())?;
            let ready = leaf.pool.iter().find(|&&(known, _)| known == cell).map_or(0, |&(_, ready)| ready);
            if !(0..=ready).contains(&n) {
                return None;
            }
            if n > 0 {
                taken.push((cell, n));
            }
        }
        taken.sort_unstable();
        totals[v] = taken.iter().map(|&(_, n)| n).sum();
        if totals[v] > 0 {
            cells.insert(v, taken);
        }
    }
    sum_upwards(instance, pricing.tree, &mut totals);
    let is_within =
        totals.iter().zip(&pricing.tree.bounds).all(|(total, (low, high))| (low..=high).contains(&total));
    is_within.then_some(Allocation { totals, cells })
}

/// The cost of a plan, in micro-points.
fn objective(pricing: &Pricing<'_>, plan: &Allocation) -> i128 {
    let instance = pricing.instance;
    let weights = &instance.weights;
    let mut cost: i128 = 0;
    for (v, unit) in instance.units.iter().enumerate() {
        for rank in 1..=plan.totals[v] {
            cost += match &unit.leaf {
                Some(leaf) => pricing.leaf_marginal(unit, leaf, rank),
                None => pricing.inner_marginal(v, unit, rank),
            };
        }
        let Some(leaf) = &unit.leaf else { continue };
        for &(cell, n) in plan.cells.get(&v).map_or(&[][..], |cells| cells) {
            let n_asked = asked_for(leaf, cell).min(n);
            cost += POINT
                * (i128::from(weights.cell_over) * i128::from(n - n_asked)
                    - i128::from(weights.cell_short) * i128::from(n_asked));
        }
    }
    let rows = instance.rows.iter().zip(residuals(pricing, plan));
    cost + rows.map(|(row, residual)| row.greatest_multiplier() * (-residual).max(0)).sum::<i128>()
}

fn leaves(instance: &Instance, plan: &Allocation) -> Vec<LeafShare> {
    let named = |cells: &[(usize, i64)]| {
        cells.iter().filter(|&&(_, n)| n > 0).map(|&(cell, n)| (instance.cells[cell].id.clone(), n)).collect()
    };
    plan.cells
        .iter()
        .filter(|&(&v, _)| plan.totals[v] > 0)
        .map(|(&v, cells)| LeafShare {
            unit: instance.units[v].id.clone(),
            total: plan.totals[v],
            cells: named(cells),
        })
        .collect()
}

fn inner(instance: &Instance, plan: &Allocation) -> Vec<InnerShare> {
    let units = instance.units.iter().zip(&plan.totals);
    units
        .filter(|(unit, total)| unit.leaf.is_none() && **total > 0)
        .map(|(unit, &total)| InnerShare { unit: unit.id.clone(), total })
        .collect()
}
