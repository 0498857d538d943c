//! Why no plan exists: a set of bounds that contradict one another, none of which can be left out,
//! and the least change of one of them that resolves it. Bounds on a tree are laminar, so the first
//! contradiction upwards is always one sum against one bound.

use serde::{Deserialize, Serialize};

use crate::instance::Instance;
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

/// Finds the first contradiction upwards, if there is one.
pub(crate) fn contradiction(instance: &Instance, tree: &Tree) -> Option<Explanation> {
    let unit = tree.upwards.iter().map(|&v| v as usize).find(|&v| tree.reach[v].0 > tree.reach[v].1)?;
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
    fn needs(&self, v: usize) -> Vec<Bound> {
        let below: i64 = self.tree.children(v).iter().map(|&child| self.tree.reach[child as usize].0).sum();
        let (own, _) = self.tree.bounds[v];
        if own < below {
            return self.tree.children(v).iter().flat_map(|&child| self.needs(child as usize)).collect();
        }
        if own == 0 {
            return Vec::new();
        }
        let unit = &self.instance.units[v];
        let what = if v == self.instance.root && self.instance.intake_band().0 == own && unit.lower < own {
            What::IntakeMin
        } else if unit.lower < own {
            What::Duty
        } else {
            What::Lower
        };
        vec![Bound { unit: unit.id.clone(), what, needs: Some(own), has: None }]
    }

    /// Bounds whose sum is the greatest number of the unit.
    fn limits(&self, v: usize) -> Vec<Bound> {
        let unit = &self.instance.units[v];
        let limit = |what, has| vec![Bound { unit: unit.id.clone(), what, needs: None, has: Some(has) }];
        if let Some(leaf) = &unit.leaf {
            let n_ready = leaf.n_ready();
            return match unit.upper {
                Some(upper) if upper <= n_ready => limit(What::Upper, upper),
                _ => limit(What::Pool, n_ready),
            };
        }
        let below: i64 = self.tree.children(v).iter().map(|&child| self.tree.reach[child as usize].1).sum();
        let (_, own) = self.tree.bounds[v];
        if own <= below && own < UNBOUNDED {
            return match unit.upper {
                Some(upper) if upper == own => limit(What::Upper, own),
                _ => limit(What::IntakeMax, own),
            };
        }
        self.tree.children(v).iter().flat_map(|&child| self.limits(child as usize)).collect()
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
