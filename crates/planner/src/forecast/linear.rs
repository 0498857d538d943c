//! Small linear programs over whole coefficients: fewest admissions under rows that want at least so
//! much. Solutions are floating point and only suggest where to look; what is claimed is a bound that
//! is computed from multipliers in whole numbers and holds for any multipliers.

use microlp::{ComparisonOp, OptimizationDirection, Problem};

/// One person in the units of a row: a millionth of a part.
pub(super) const UNIT: i128 = 1_000_000 * super::people::PARTS as i128;

/// Multipliers are held in parts of 2^-30.
const MULTIPLIER: i128 = 1 << 30;

/// `terms * x >= at_least`, in units of `UNIT`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) terms: Vec<i128>,
    pub(super) at_least: i128,
}

/// Rows over variables between 0 and their upper ends.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) upper: Vec<i64>,
    pub(super) rows: Vec<Row>,
}

fn persons(number: i128) -> f64 {
    number as f64 / UNIT as f64
}

impl Row {
    /// What is missing, in units of `UNIT`; 0 when the row is kept.
    pub(super) fn shortfall(&self, x: &[i64]) -> i128 {
        let have: i128 = self.terms.iter().zip(x).map(|(term, &n)| term * i128::from(n)).sum();
        (self.at_least - have).max(0)
    }
}

impl Program {
    /// The least cost and where it is reached; none when no point keeps all rows. `kept` says which
    /// rows count.
    pub(super) fn minimum(&self, cost: &[f64], kept: impl Fn(usize) -> bool) -> Option<(f64, Vec<f64>)> {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables: Vec<_> = self
            .upper
            .iter()
            .zip(cost)
            .map(|(&upper, &cost)| problem.add_var(cost, (0.0, upper as f64)))
            .collect();
        for (_, row) in self.rows.iter().enumerate().filter(|&(position, _)| kept(position)) {
            let terms: Vec<_> = variables
                .iter()
                .zip(&row.terms)
                .filter(|(_, term)| **term != 0)
                .map(|(&variable, &term)| (variable, persons(term)))
                .collect();
            problem.add_constraint(&terms, ComparisonOp::Ge, persons(row.at_least));
        }
        let solution = problem.solve().ok()?.into_solution().ok()?;
        Some((solution.objective(), variables.iter().map(|&variable| solution.var_value(variable)).collect()))
    }

    /// The least sum of what is missing over all rows, row by row.
    pub(super) fn least_shortfall(&self, soft: impl Fn(usize) -> bool) -> Option<Vec<f64>> {
        let n = self.upper.len();
        let soft: Vec<usize> = (0..self.rows.len()).filter(|&row| soft(row)).collect();
        let mut wider = self.clone();
        for row in &mut wider.rows {
            row.terms.extend(std::iter::repeat_n(0, soft.len()));
        }
        for (slack, &row) in soft.iter().enumerate() {
            wider.rows[row].terms[n + slack] = UNIT;
            wider.upper.push(i64::MAX);
        }
        let cost: Vec<f64> = (0..wider.upper.len()).map(|j| f64::from(u8::from(j >= n))).collect();
        wider.minimum(&cost, |_| true).map(|(_, x)| x[..n].to_vec())
    }

    /// A number of persons that no point below it can keep all rows with, when each variable costs
    /// `cost` persons. With `cost` 0 everywhere, a positive bound proves that no point keeps all rows.
    /// The multipliers come from the dual program; the bound is right for any.
    pub(super) fn bound(&self, cost: i64) -> f64 {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        // Without a cost the multipliers have no scale of their own, so they are kept below one.
        let most = if cost == 0 { 1.0 } else { f64::INFINITY };
        let multipliers: Vec<_> =
            self.rows.iter().map(|row| problem.add_var(persons(row.at_least), (0.0, most))).collect();
        for (j, &upper) in self.upper.iter().enumerate() {
            let over = problem.add_var(-(upper as f64), (0.0, f64::INFINITY));
            let mut terms = vec![(over, -1.0)];
            terms.extend(
                multipliers
                    .iter()
                    .zip(&self.rows)
                    .map(|(&multiplier, row)| (multiplier, persons(row.terms[j]))),
            );
            problem.add_constraint(&terms, ComparisonOp::Le, cost as f64);
        }
        let solution = problem.solve().ok().and_then(|outcome| outcome.into_solution().ok());
        let Some(solution) = solution else { return 0.0 };
        let whole: Vec<i128> = multipliers
            .iter()
            .map(|&multiplier| (solution.var_value(multiplier).max(0.0) * MULTIPLIER as f64) as i128)
            .collect();
        self.bound_at(&whole, cost).unwrap_or(0.0)
    }

    /// The bound at given multipliers; none when its numbers leave the range of 128 bits.
    fn bound_at(&self, multipliers: &[i128], cost: i64) -> Option<f64> {
        let mut bound = 0_i128;
        for (row, &multiplier) in self.rows.iter().zip(multipliers) {
            bound = bound.checked_add(row.at_least.checked_mul(multiplier)?)?;
        }
        let cost = i128::from(cost) * UNIT * MULTIPLIER;
        for (j, &upper) in self.upper.iter().enumerate() {
            let mut gain = -cost;
            for (row, &multiplier) in self.rows.iter().zip(multipliers) {
                gain = gain.checked_add(row.terms[j].checked_mul(multiplier)?)?;
            }
            bound = bound.checked_sub(gain.max(0).checked_mul(i128::from(upper))?)?;
        }
        // Told in billionths of a person, rounded down, so that the bound is never told too high.
        let billionths = bound.div_euclid(UNIT / 1_000_000_000 * MULTIPLIER);
        Some(billionths.max(0) as f64 / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(rows: &[(&[i64], i64)], upper: &[i64]) -> Program {
        let rows = rows
            .iter()
            .map(|(terms, at_least)| Row {
                terms: terms.iter().map(|&term| i128::from(term) * UNIT).collect(),
                at_least: i128::from(*at_least) * UNIT,
            })
            .collect();
        Program { upper: upper.to_vec(), rows }
    }

    #[test]
    fn the_bound_is_the_minimum_of_a_program() {
        let program = program(&[(&[3, 1], 10), (&[1, 2], 7)], &[100, 100]);
        let (least, _) = program.minimum(&[1.0, 1.0], |_| true).expect("feasible");
        assert!((least - 4.8).abs() < 1e-9, "{least}");
        let bound = program.bound(1);
        assert!(bound <= 4.8 && bound > 4.8 - 1e-6, "{bound}");
    }

    #[test]
    fn a_program_without_a_point_is_proved_to_have_none() {
        let contradiction = program(&[(&[1, 1], 10), (&[-1, -1], -9)], &[100, 100]);
        assert!(contradiction.minimum(&[1.0, 1.0], |_| true).is_none());
        assert!(contradiction.bound(0) > 0.9);
        let short = program(&[(&[1, 1], 10)], &[4, 5]);
        assert!(short.minimum(&[1.0, 1.0], |_| true).is_none() && short.bound(0) > 0.9);
        let possible = program(&[(&[1, 1], 10), (&[-1, -1], -10)], &[100, 100]);
        assert!(possible.minimum(&[1.0, 1.0], |_| true).is_some());
        assert!(possible.bound(0) < 1e-6);
    }

    #[test]
    fn the_least_shortfall_is_shared_out_over_the_soft_rows_only() {
        let contradiction = program(&[(&[1, 1], 10), (&[-1, 0], -3)], &[100, 4]);
        let x = contradiction.least_shortfall(|row| row == 0).expect("the other row can be kept");
        assert!((x[0] - 3.0).abs() < 1e-9 && (x[1] - 4.0).abs() < 1e-9, "{x:?}");
    }
}
