//! Why no plan exists: a set of bounds that contradict one another, none of which can be left out,
//! and the least change of one of them that resolves it. Bounds on a tree are laminar, so the first
//! contradiction upwards is always one sum against one bound.

use serde::{Deserialize, Serialize};

use crate::instance::{Instance, MOST};
use crate::tree::{Tree, UNBOUNDED};

/// One bound of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The unit that has it.
    pub unit: String,
    /// Which bound.
    pub what: What,
    /// What it needs, for the kinds that demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<i64>,
    /// What it has, for the kinds that limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has: Option<i64>,
}

/// Kinds of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The least number of a unit.
    Lower,
    /// One admission owed by a leaf that has somebody ready.
    Duty,
    /// The least intake that the target and its tolerance allow.
    IntakeMin,
    /// The greatest number of a unit.
    Upper,
    /// Everybody ready in a leaf.
    Pool,
    /// The greatest intake that the target and its tolerance allow.
    IntakeMax,
}

/// The least change of one bound that resolves an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relaxation {
    /// The unit that has the bound.
    pub unit: String,
    /// Which bound.
    pub what: What,
    /// As it is.
    pub from: i64,
    /// As it would have to be.
    pub to: i64,
}

/// An irreducible contradiction and what resolves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The bounds; keeping only these is contradictory, dropping any one is not.
    pub bounds: Vec<Bound>,
    /// The least change.
    pub relax: Relaxation,
}

/// What a relaxation leads to, in micro-points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelaxationPrice {
    /// Cost of the best plan found with exactly the proposed change. One step less and there is none.
    pub cost: i128,
    /// What one step further changes in that cost; none where there is no further step.
    pub one_further: Option<i128>,
}

/// What may stand in the way of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpriced {
    /// People would have to be found, or the target changed; that is no bound of a unit.
    NoBound,
    /// Another contradiction remains.
    Another,
}

/// Solves the question with a relaxation made, and with one step more.
///
/// # Errors
/// The change has no price, or does not make the question solvable.
pub fn price_of(instance: &Instance, relax: &Relaxation) -> Result<RelaxationPrice, Unpriced> {
    let cost = |steps: i64| -> Result<i128, Unpriced> {
        let relaxed = relaxed(instance, relax, steps).ok_or(Unpriced::NoBound)?;
        let plan = crate::solve::allocate(&relaxed, &crate::solve::Ask::default());
        plan.objective.map(|cost| cost.0).ok_or(Unpriced::Another)
    };
    let first = cost(0)?;
    Ok(RelaxationPrice { cost: first, one_further: cost(1).ok().map(|further| further - first) })
}

/// The question with a relaxation made, and so many steps more.
fn relaxed(instance: &Instance, relax: &Relaxation, steps: i64) -> Option<Instance> {
    let mut relaxed = instance.clone();
    let v = (0..instance.units.len()).find(|&v| instance.units.id(v) == relax.unit)?;
    let mut numbers = instance.units.numbers(v);
    match relax.what {
        What::Lower => numbers.lower = relax.to.checked_sub(steps).filter(|&lower| lower >= 0)?,
        What::Upper => numbers.upper = Some(relax.to + steps).filter(|&upper| Some(upper) <= Some(MOST)),
        What::Duty if steps == 0 => {
            relaxed.units.waive(v);
            return Some(relaxed);
        }
        What::Duty | What::IntakeMin | What::IntakeMax | What::Pool => return None,
    }
    relaxed.units.set_numbers(v, &numbers);
    Some(relaxed)
}

/// Finds the first contradiction upwards, if there is one.
pub(crate) fn contradiction(instance: &Instance, tree: &Tree) -> Option<Explanation> {
    let is_contradictory = |&v: &usize| {
        let (low, high) = tree.reach(instance, v);
        low > high
    };
    let unit = tree.upwards.iter().map(|&v| v as usize).find(is_contradictory)?;
    let trace = Trace { instance, tree };
    let mut needs = trace.needs(unit);
    let limits = trace.limits(unit);
    let n_has: i64 = limits.iter().map(|bound| bound.has.unwrap_or(0)).sum();
    drop_what_is_not_needed(&mut needs, n_has);
    let n_needed: i64 = needs.iter().map(|bound| bound.needs.unwrap_or(0)).sum();
    let relax = least_change(&needs, &limits, n_needed - n_has)?;
    needs.extend(limits);
    Some(Explanation { bounds: needs, relax })
}

struct Trace<'a> {
    instance: &'a Instance,
    tree: &'a Tree,
}

impl Trace<'_> {
    /// Bounds whose sum is the least number of the unit.
    fn needs(&self, unit: usize) -> Vec<Bound> {
        let mut found = Vec::new();
        let mut open = vec![unit];
        while let Some(v) = open.pop() {
            let children = self.tree.children(v);
            let below: i64 =
                children.iter().map(|&child| self.tree.reach(self.instance, child as usize).0).sum();
            let (own, _) = self.tree.bounds(self.instance, v);
            if own < below {
                open.extend(children.iter().rev().map(|&child| child as usize));
            } else if own > 0 {
                found.push(self.need(v, own));
            }
        }
        found
    }

    fn need(&self, v: usize, own: i64) -> Bound {
        let unit = self.instance.unit(v);
        let what = if v == self.instance.root && self.instance.intake_band().0 == own && unit.lower < own {
            What::IntakeMin
        } else if unit.lower < own {
            What::Duty
        } else {
            What::Lower
        };
        Bound { unit: unit.id.to_owned(), what, needs: Some(own), has: None }
    }

    /// Bounds whose sum is the greatest number of the unit.
    fn limits(&self, unit: usize) -> Vec<Bound> {
        let mut found = Vec::new();
        let mut open = vec![unit];
        while let Some(v) = open.pop() {
            let children = self.tree.children(v);
            if let Some(leaf) = self.instance.units.leaf(v) {
                found.push(self.limit_of_leaf(v, leaf.n_ready()));
                continue;
            }
            let below: i64 =
                children.iter().map(|&child| self.tree.reach(self.instance, child as usize).1).sum();
            let (_, own) = self.tree.bounds(self.instance, v);
            // A unit without leaves below it has nobody, whatever its own bound says.
            let is_bound = own <= below && own < UNBOUNDED && (own > 0 || self.has_leaves(v));
            if is_bound {
                let unit = self.instance.unit(v);
                let what = if unit.upper == Some(own) { What::Upper } else { What::IntakeMax };
                found.push(Bound { unit: unit.id.to_owned(), what, needs: None, has: Some(own) });
            } else {
                open.extend(children.iter().rev().map(|&child| child as usize));
            }
        }
        found
    }

    fn limit_of_leaf(&self, v: usize, n_ready: i64) -> Bound {
        let unit = self.instance.unit(v);
        let (what, has) = match unit.upper {
            Some(upper) if upper <= n_ready => (What::Upper, upper),
            _ => (What::Pool, n_ready),
        };
        Bound { unit: unit.id.to_owned(), what, needs: None, has: Some(has) }
    }

    fn has_leaves(&self, unit: usize) -> bool {
        let mut open = vec![unit];
        while let Some(v) = open.pop() {
            if self.instance.units.is_leaf(v) {
                return true;
            }
            open.extend(self.tree.children(v).iter().map(|&child| child as usize));
        }
        false
    }
}

/// Leaves out needs, smallest first, while the rest still exceeds what there is.
fn drop_what_is_not_needed(needs: &mut Vec<Bound>, n_has: i64) {
    let size = |bound: &Bound| bound.needs.unwrap_or(0);
    needs.sort_by_key(size);
    let mut sum: i64 = needs.iter().map(size).sum();
    needs.retain(|bound| {
        let is_spare = sum - size(bound) > n_has;
        if is_spare {
            sum -= size(bound);
        }
        !is_spare
    });
}

/// Every listed bound resolves the contradiction by the same number of persons; a limit that an
/// office can lift is named before people who are not there.
fn least_change(needs: &[Bound], limits: &[Bound], n_missing: i64) -> Option<Relaxation> {
    let order = [What::Lower, What::Duty, What::Upper, What::IntakeMin, What::IntakeMax, What::Pool];
    order.into_iter().find_map(|what| {
        let bound = needs.iter().chain(limits).find(|bound| bound.what == what)?;
        let (from, to) = match (bound.needs, bound.has) {
            (Some(needs), _) => (needs, needs - n_missing),
            (None, has) => (has?, has? + n_missing),
        };
        (to >= 0).then(|| Relaxation { unit: bound.unit.clone(), what, from, to })
    })
}
