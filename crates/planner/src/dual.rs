//! The best multipliers: cutting planes over a function that is concave, piecewise linear and exact
//! at every point asked. The proposals come from a small linear program in floating point; the
//! values do not, so a poor proposal costs time and never truth.

use microlp::{ComparisonOp, OptimizationDirection, Problem};

use crate::instance::RowKind;
use crate::pricing::{Priced, Pricing, SCALE};

/// Multipliers, in 1/`SCALE` micro-points, and the priced solution there.
#[derive(Debug, Clone)]
pub(crate) struct Dual {
    pub(crate) multipliers: Vec<i128>,
    pub(crate) priced: Priced,
}

/// A point that was asked: where, how much, and which way it rises.
struct Cut {
    at: Vec<i128>,
    bound: i128,
    slope: Vec<i128>,
}

struct Search<'a> {
    pricing: &'a Pricing<'a>,
    is_jittered: bool,
    cuts: Vec<Cut>,
    best: Dual,
}

/// Most evaluations of one search; at four rows it usually ends after twenty.
const MOST_EVALUATIONS: usize = 160;

/// Finds the multipliers with the greatest bound.
pub(crate) fn maximise(pricing: &Pricing<'_>, start: Vec<i128>) -> Dual {
    let limits = greatest(pricing);
    let mut search = Search::new(pricing, start, false);
    search.run(&limits.iter().map(|limit| limit / 2).collect::<Vec<_>>());
    search.snap();
    search.best
}

/// Finds, near known multipliers, those at which the drawn plan leaves the least residuals.
pub(crate) fn settle_ties(pricing: &Pricing<'_>, near: &[i128]) -> Dual {
    let mut search = Search::new(pricing, near.to_vec(), true);
    search.run(&vec![4 * SCALE; near.len()]);
    search.best
}

/// The greatest multiplier of each row.
pub(crate) fn greatest(pricing: &Pricing<'_>) -> Vec<i128> {
    pricing.instance.rows.iter().map(|row| row.greatest_multiplier() * SCALE).collect()
}

impl<'a> Search<'a> {
    fn new(pricing: &'a Pricing<'a>, start: Vec<i128>, is_jittered: bool) -> Self {
        let priced = pricing.solve(&start, is_jittered);
        let mut search = Search {
            pricing,
            is_jittered,
            cuts: Vec::new(),
            best: Dual { multipliers: start.clone(), priced: priced.clone() },
        };
        search.remember(start, &priced);
        search
    }

    fn remember(&mut self, at: Vec<i128>, priced: &Priced) {
        let slope = priced.residuals.iter().map(|residual| -residual).collect();
        self.cuts.push(Cut { at, bound: priced.bound, slope });
    }

    /// Evaluates a point; true when it is better than all before.
    fn ask(&mut self, at: Vec<i128>) -> bool {
        let priced = self.pricing.solve(&at, self.is_jittered);
        self.remember(at.clone(), &priced);
        let is_better = priced.bound > self.best.priced.bound;
        if is_better {
            self.best = Dual { multipliers: at, priced };
        }
        is_better
    }

    /// Cutting planes inside a box around the best point; the box grows when it pays and shrinks
    /// when it does not.
    fn run(&mut self, radius: &[i128]) {
        let mut radius = radius.to_vec();
        let limits = greatest(self.pricing);
        while self.cuts.len() < MOST_EVALUATIONS && !limits.is_empty() {
            let Some((proposal, promised)) = self.propose(&radius, &limits) else { break };
            let is_known = self.cuts.iter().any(|cut| cut.at == proposal);
            if promised < 0.25 || is_known {
                let is_wide = radius.iter().zip(&limits).all(|(radius, limit)| radius >= limit);
                if is_wide || self.is_jittered {
                    break;
                }
                radius
                    .iter_mut()
                    .zip(&limits)
                    .for_each(|(radius, limit)| *radius = (*radius * 4).min(*limit));
                continue;
            }
            let is_better = self.ask(proposal);
            if !is_better && self.cuts.len().is_multiple_of(3) {
                radius.iter_mut().for_each(|radius| *radius = (*radius / 2).max(1));
            }
        }
    }

    /// The point that the cuts still allow to be best, and by how much, in micro-points.
    fn propose(&self, radius: &[i128], limits: &[i128]) -> Option<(Vec<i128>, f64)> {
        let centre = &self.best.multipliers;
        let scale = SCALE as f64;
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let rise = problem.add_var(1.0, (0.0, f64::INFINITY));
        let moves: Vec<_> = centre
            .iter()
            .zip(radius)
            .zip(limits)
            .map(|((&at, &radius), &limit)| {
                // Moves are measured in radii, so that the program is well scaled.
                let low = -(at.min(radius) as f64) / radius as f64;
                let high = (limit - at).min(radius) as f64 / radius as f64;
                problem.add_var(0.0, (low, high))
            })
            .collect();
        for cut in &self.cuts {
            // rise <= bound + slope * (centre + move - at) - best
            let offset: i128 =
                cut.slope.iter().zip(centre.iter().zip(&cut.at)).map(|(s, (c, a))| s * (c - a)).sum();
            let height = (cut.bound + offset - self.best.priced.bound) as f64 / scale;
            let mut terms = vec![(rise, 1.0)];
            terms.extend(
                moves
                    .iter()
                    .zip(cut.slope.iter().zip(radius))
                    .map(|(&m, (&s, &r))| (m, -(s as f64) * (r as f64) / scale)),
            );
            problem.add_constraint(&terms, ComparisonOp::Le, height.max(0.0));
        }
        let solution = problem.solve().ok()?.into_solution().ok()?;
        let proposal = moves
            .iter()
            .zip(centre.iter().zip(radius).zip(limits))
            .map(|(&m, ((&at, &radius), &limit))| {
                (at + (solution.var_value(m) * radius as f64).round() as i128).clamp(0, limit)
            })
            .collect();
        Some((proposal, solution.var_value(rise)))
    }

    /// Breakpoints are differences of marginals divided by small numbers: multipliers near a round
    /// value are tried at it, first in points, then in micro-points.
    fn snap(&mut self) {
        for unit in [SCALE * 500_000, SCALE * 1_000_000 / 3, SCALE, SCALE / 2] {
            let limits = greatest(self.pricing);
            let rounded: Vec<i128> = self
                .pricing
                .instance
                .rows
                .iter()
                .zip(&self.best.multipliers)
                .zip(&limits)
                .map(|((row, &multiplier), &limit)| {
                    let den = match row.kind {
                        RowKind::Share { den, .. } => i128::from(den),
                        RowKind::Growth { .. } => 1,
                    };
                    let whole = (multiplier * den + unit / 2).div_euclid(unit) * unit;
                    (whole / den).clamp(0, limit)
                })
                .collect();
            if !self.cuts.iter().any(|cut| cut.at == rounded) {
                self.ask(rounded.clone());
            }
            for k in 0..rounded.len() {
                let mut one = self.best.multipliers.clone();
                one[k] = rounded[k];
                if !self.cuts.iter().any(|cut| cut.at == one) {
                    self.ask(one);
                }
            }
        }
    }
}
