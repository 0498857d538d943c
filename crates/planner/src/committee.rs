//! Structure rows of single committees, as a second tier: after the city's plan stands, people are
//! exchanged inside a committee so that it meets its own shares. Every unit's number at and above
//! the committee stays, so the cascade stays; the city gives up at most as much as it allows, and
//! what it gives up is told. The plan that results is a plan of the city's instance like any other.

use crate::instance::{Instance, POINT, Row};
use crate::plan::{Proof, Status};
use crate::polish::within::Inside;
use crate::solve::Solution;

/// A structure row of one committee; shares are of the committee's own intake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitteeRow {
    /// Position of the committee in the instance.
    pub unit: usize,
    /// The row; its penalty weighs one committee's rows against one another.
    pub row: Row,
}

/// How a committee's row stands: its residual before and after, not negative when it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Before the exchanges.
    pub before: i128,
    /// After them.
    pub after: i128,
}

/// Exchanges people inside committees until their rows are met or nothing helps that costs the city
/// less than is left of `most_points`. The rows come back in their order.
pub fn second_tier(
    instance: &Instance,
    solution: &Solution,
    rows: &[CommitteeRow],
    most_points: i64,
) -> (Solution, Vec<Standing>) {
    let mut solution = solution.clone();
    let mut standings = vec![Standing { before: 0, after: 0 }; rows.len()];
    let mut left = i128::from(most_points) * POINT;
    let mut units: Vec<usize> = rows.iter().map(|row| row.unit).collect();
    units.sort_unstable();
    units.dedup();
    for unit in units {
        let of_unit: Vec<usize> = (0..rows.len()).filter(|&k| rows[k].unit == unit).collect();
        let own: Vec<&Row> = of_unit.iter().map(|&k| &rows[k].row).collect();
        let mut inside = Inside::new(instance, &solution, unit, &own);
        let before = inside.residuals().to_vec();
        left -= inside.mend(left);
        for (place, &k) in of_unit.iter().enumerate() {
            standings[k] = Standing { before: before[place], after: inside.residuals()[place] };
        }
        inside.write(&mut solution);
    }
    let (num, den) = solution.bound;
    let is_tight = solution.objective * den - num < den;
    if is_tight {
        (solution.status, solution.proof) = (Status::Optimal, Some(Proof::Bound));
    } else if left < i128::from(most_points) * POINT {
        // The city gave something up, so what a search had proved no longer holds of this plan.
        (solution.status, solution.proof) = (Status::Certified, None);
    }
    (solution, standings)
}
