//! The best multipliers: cutting planes over a function that is concave, piecewise linear and exact
//! at every point asked. The proposals come from a small linear program in floating point; the
//! values do not, so a poor proposal costs time and never truth.

use microlp::{ComparisonOp, OptimizationDirection, Problem};

use crate::instance::RowKind;
use crate::merge::{Merge, Priced, Question};
use crate::pricing::{Pricing, SCALE};
use crate::watch::{Stage, Stopped, Watch};

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
    merge: &'a Merge,
    watch: &'a Watch<'a>,
    is_jittered: bool,
    cuts: Vec<Cut>,
    best: Dual,
    /// A promised rise below this, in micro-points, is not worth an evaluation.
    least_rise: f64,
}

/// Most evaluations of one search; at four rows it usually ends after twenty.
const MOST_EVALUATIONS: usize = 160;
/// Units from which a few persons too many or too few are left to exchanges, and how many.
const MENDED: usize = 100_000;
const NEAR: i128 = 40;
/// Units from which a rise of a thousand-millionth of the bound is left alone.
const LARGE: usize = 1_000_000;

/// Finds the multipliers with the greatest bound. From a good start the box is small at first.
pub(crate) fn maximise(
    pricing: &Pricing<'_>,
    merge: &Merge,
    watch: &Watch<'_>,
    start: Option<Vec<i128>>,
) -> Result<Dual, Stopped> {
    let limits = greatest(pricing);
    let (start, part) = match start {
        Some(start) => (start, 64),
        None => (limits.iter().map(|limit| limit / 8).collect(), 2),
    };
    let mut search = Search::new(pricing, merge, watch, start, false)?;
    let is_best = search.run(&limits.iter().map(|limit| (limit / part).max(1)).collect::<Vec<_>>())?;
    if pricing.instance.units.len() < LARGE {
        search.snap(is_best)?;
    }
    Ok(search.finish())
}

/// Finds, near known multipliers, those at which the drawn plan leaves the least residuals.
pub(crate) fn settle_ties(
    pricing: &Pricing<'_>,
    merge: &Merge,
    watch: &Watch<'_>,
    near: &[i128],
) -> Result<Dual, Stopped> {
    let mut search = Search::new(pricing, merge, watch, near.to_vec(), true)?;
    search.run(&vec![4 * SCALE; near.len()])?;
    Ok(search.finish())
}

/// The greatest multiplier of each row.
pub(crate) fn greatest(pricing: &Pricing<'_>) -> Vec<i128> {
    pricing.instance.rows.iter().map(|row| row.greatest_multiplier() * SCALE).collect()
}

impl<'a> Search<'a> {
    fn new(
        pricing: &'a Pricing<'a>,
        merge: &'a Merge,
        watch: &'a Watch<'a>,
        start: Vec<i128>,
        is_jittered: bool,
    ) -> Result<Self, Stopped> {
        let priced = merge.solve(&Question { pricing, multipliers: &start, is_jittered }, false);
        let is_large = pricing.instance.units.len() >= LARGE && !is_jittered;
        let least_rise = if is_large { (priced.bound / SCALE) as f64 * 1e-9 } else { 0.0 };
        let mut search = Search {
            pricing,
            merge,
            watch,
            is_jittered,
            cuts: Vec::new(),
            best: Dual { multipliers: start.clone(), priced: priced.clone() },
            least_rise: least_rise.abs().max(0.25),
        };
        search.remember(start, &priced);
        Ok(search)
    }

    /// The best point with the persons of each unit there.
    fn finish(self) -> Dual {
        let Dual { multipliers, .. } = self.best;
        let question =
            Question { pricing: self.pricing, multipliers: &multipliers, is_jittered: self.is_jittered };
        let priced = self.merge.solve(&question, true);
        Dual { multipliers, priced }
    }

    fn remember(&mut self, at: Vec<i128>, priced: &Priced) {
        let slope = priced.residuals.iter().map(|residual| -residual).collect();
        self.cuts.push(Cut { at, bound: priced.bound, slope });
    }

    /// Evaluates a point; true when it is better than all before.
    fn ask(&mut self, at: Vec<i128>) -> Result<bool, Stopped> {
        let stage = if self.is_jittered { Stage::Ties } else { Stage::Bound };
        self.watch.report(stage, self.cuts.len())?;
        let question = Question { pricing: self.pricing, multipliers: &at, is_jittered: self.is_jittered };
        let priced = self.merge.solve(&question, false);
        self.remember(at.clone(), &priced);
        let is_better = priced.bound > self.best.priced.bound;
        if is_better {
            self.best = Dual { multipliers: at, priced };
        }
        Ok(is_better)
    }

    /// Cutting planes inside a box around the best point; the box grows when it pays and shrinks
    /// when it does not. True when the cuts show that nothing better is left.
    fn run(&mut self, radius: &[i128]) -> Result<bool, Stopped> {
        let mut radius = radius.to_vec();
        let limits = greatest(self.pricing);
        while self.cuts.len() < MOST_EVALUATIONS && !limits.is_empty() {
            let Some((proposal, promised)) = self.propose(&radius, &limits) else { break };
            let is_known = self.cuts.iter().any(|cut| cut.at == proposal);
            if promised < self.least_rise || is_known {
                let is_wide = radius.iter().zip(&limits).all(|(radius, limit)| radius >= limit);
                if is_wide || self.is_jittered {
                    return Ok(promised < self.least_rise);
                }
                radius
                    .iter_mut()
                    .zip(&limits)
                    .for_each(|(radius, limit)| *radius = (*radius * 4).min(*limit));
                continue;
            }
            let is_better = self.ask(proposal)?;
            if self.is_jittered && self.is_near() {
                break;
            }
            if !is_better && self.cuts.len().is_multiple_of(3) {
                radius.iter_mut().for_each(|radius| *radius = (*radius / 2).max(1));
            }
        }
        Ok(limits.is_empty())
    }

    /// Whether the plan drawn at the best point of a large city leaves only what exchanges mend.
    fn is_near(&self) -> bool {
        if self.pricing.instance.units.len() < MENDED {
            return false;
        }
        let rows = self.pricing.instance.rows.iter().zip(&self.best.multipliers);
        rows.zip(&self.best.priced.residuals).all(|((row, &multiplier), &residual)| {
            let person = match row.kind {
                RowKind::Share { den, .. } => i128::from(den),
                RowKind::Growth { .. } => 1,
            };
            // A row without a price may be met by any number of persons.
            (multiplier == 0 && residual >= 0) || residual.abs() <= NEAR * person
        })
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
    fn snap(&mut self, is_best: bool) -> Result<(), Stopped> {
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
                self.ask(rounded.clone())?;
            }
            // What is best already is only written more simply; otherwise each row is tried alone.
            for k in (0..rounded.len()).filter(|_| !is_best) {
                let mut one = self.best.multipliers.clone();
                one[k] = rounded[k];
                if !self.cuts.iter().any(|cut| cut.at == one) {
                    self.ask(one)?;
                }
            }
        }
        Ok(())
    }
}
