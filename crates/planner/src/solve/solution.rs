//! An answer in columns, as the search leaves it, and the plan file that it becomes.

use crate::instance::Instance;
use crate::plan::{Exact, InnerShare, LeafShare, Plan, Proof, Rational, Status};

/// A solved question: persons by unit and by cell of every pool, with the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// What is claimed.
    pub status: Status,
    /// On what the claim rests.
    pub proof: Option<Proof>,
    /// Cost in micro-points.
    pub objective: i128,
    /// No plan costs less: numerator and denominator, in micro-points.
    pub bound: (i128, i128),
    /// Price of each row, in its order: numerator and denominator.
    pub multipliers: Vec<(i128, i128)>,
    /// Seed of the lottery between equals.
    pub tie_seed: u64,
    /// Leaves whose duty is waived.
    pub waived: Vec<usize>,
    /// Persons of each unit.
    pub totals: Vec<i64>,
    /// Persons by cell of the pool, all pools one behind the other.
    pub taken: Vec<u32>,
}

/// A plan without any answer yet.
pub(super) fn empty(instance: &Instance, tie_seed: u64) -> Plan {
    Plan {
        format: "miaopu-plan/1".to_owned(),
        instance_sha256: instance.sha256.clone(),
        status: Status::Infeasible,
        proof: None,
        objective: None,
        bound: None,
        tie_seed,
        multipliers: None,
        waived: None,
        leaves: None,
        inner: None,
        explanation: None,
        relax: None,
    }
}

impl Solution {
    /// The plan file.
    pub fn to_plan(&self, instance: &Instance) -> Plan {
        let leaves = Some(self.leaves(instance));
        Plan { leaves, inner: Some(self.inner(instance)), ..self.heading(instance) }
    }

    /// The plan file without anybody's share.
    pub(crate) fn heading(&self, instance: &Instance) -> Plan {
        let rational = |&(num, den): &(i128, i128)| Rational::new(num, den);
        let multipliers = instance.rows.iter().zip(&self.multipliers);
        Plan {
            status: self.status,
            proof: self.proof,
            objective: Some(Exact(self.objective)),
            bound: Some(rational(&self.bound)),
            multipliers: Some(multipliers.map(|(row, at)| (row.id.clone(), rational(at))).collect()),
            waived: Some(self.waived.iter().map(|&v| instance.units.id(v).to_owned()).collect()),
            ..empty(instance, self.tie_seed)
        }
    }

    fn leaves(&self, instance: &Instance) -> Vec<LeafShare> {
        let taken = instance.units.iter().enumerate().filter(|&(v, _)| self.totals[v] > 0);
        taken
            .filter_map(|(v, unit)| {
                let parts = unit.leaf?.pool.iter().zip(&self.taken[instance.units.pool_span(v)]);
                let named = parts
                    .filter(|&(_, &n)| n > 0)
                    .map(|(part, &n)| (instance.cells[part.cell as usize].id.clone(), i64::from(n)));
                Some(LeafShare { unit: unit.id.to_owned(), total: self.totals[v], cells: named.collect() })
            })
            .collect()
    }

    fn inner(&self, instance: &Instance) -> Vec<InnerShare> {
        let taken = instance.units.iter().enumerate().filter(|&(v, _)| self.totals[v] > 0);
        let inner = taken.filter(|(_, unit)| unit.leaf.is_none());
        inner.map(|(v, unit)| InnerShare { unit: unit.id.to_owned(), total: self.totals[v] }).collect()
    }
}
