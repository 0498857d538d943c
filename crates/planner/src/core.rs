//! From the bound to a plan. Exact prices on every unit turn the distance between a plan and the
//! bound into a sum of parts that are never negative: what each leaf departs from its own best, what
//! each inner unit departs from its tangent, and what each row leaves over. Plans better than the
//! best one known are combinations of departures that stay below the gap; when all of them were
//! looked at, the best is proved.

use std::collections::BTreeMap;

use crate::dual::Dual;
use crate::instance::{Instance, Leaf, POINT, Row, RowKind, Unit};
use crate::pricing::{Paid, Pricing, SCALE, asked_for};
use crate::tree::UNBOUNDED;

/// A plan: persons by unit and, at leaves, by cell (ascending).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) totals: Vec<i64>,
    pub(crate) cells: BTreeMap<usize, Vec<(usize, i64)>>,
}

/// What a search found.
pub(crate) struct Outcome {
    /// The best plan, if it is better than the one known before.
    pub(crate) better: Option<Allocation>,
    /// Every plan better than that was looked at: there is none.
    pub(crate) is_exhaustive: bool,
}

/// How many partial plans are kept at a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) n_states: usize,
    pub(crate) n_options: usize,
}

/// Cost of departing in 1/`SCALE` micro-points, and what the departure changes.
#[derive(Debug, Clone)]
struct Choice {
    cost: i128,
    n_more: i64,
    residuals: Vec<i64>,
    made_of: MadeOf,
}

#[derive(Debug, Clone, Copy)]
enum MadeOf {
    /// The plan that is departed from.
    Baseline,
    /// One choice of a leaf: position in the list of taken options.
    Option(u32),
    /// Two choices joined: positions in the history.
    Both(u32, u32),
}

/// The prices of the bound, unit by unit.
pub(crate) struct Core<'a> {
    pub(crate) pricing: &'a Pricing<'a>,
    pub(crate) dual: &'a Dual,
    /// Price of a person at each unit, and before the unit's own marginal is added.
    pub(crate) outer: Vec<i128>,
    pub(crate) inner: Vec<i128>,
    pub(crate) rows: Vec<RowPrice>,
    paid: Paid,
}

/// The price of one row's residual.
pub(crate) struct RowPrice {
    multiplier: i128,
    greatest: i128,
}

impl RowPrice {
    /// What a residual costs beyond the bound.
    pub(crate) fn excess(&self, residual: i128) -> i128 {
        self.multiplier * residual + if residual < 0 { -self.greatest * residual } else { 0 }
    }
}

impl<'a> Core<'a> {
    pub(crate) fn new(pricing: &'a Pricing<'a>, dual: &'a Dual) -> Self {
        let rows = pricing
            .instance
            .rows
            .iter()
            .zip(&dual.multipliers)
            .map(|(row, &multiplier)| RowPrice { multiplier, greatest: row.greatest_multiplier() * SCALE })
            .collect();
        let n = pricing.instance.units.len();
        let paid = pricing.paid(&dual.multipliers);
        let mut core = Core { pricing, dual, outer: vec![0; n], inner: vec![0; n], rows, paid };
        core.price_units();
        core
    }

    pub(crate) fn instance(&self) -> &'a Instance {
        self.pricing.instance
    }

    /// Prices at which every unit is content with its part of the priced solution.
    fn price_units(&mut self) {
        let Pricing { instance, tree, .. } = *self.pricing;
        let totals = &self.dual.priced.totals;
        let far = i128::MAX / 8;
        // What the last person of a unit saved and what the next would cost, before its own marginal.
        let mut margins = vec![(-far, far); instance.units.len()];
        for &v in &tree.upwards {
            let v = v as usize;
            let unit = &instance.units[v];
            if let Some(leaf) = &unit.leaf {
                margins[v] = self.leaf_margins(v, unit, leaf, totals[v]);
            }
            let (last, next) = margins[v];
            let (low, high) = self.slopes(v, unit, totals[v]);
            let own = if unit.leaf.is_some() { (last, next) } else { (sum(last, low), sum(next, high)) };
            if let Some(parent) = unit.parent {
                let above = &mut margins[parent];
                *above = (above.0.max(own.0), above.1.min(own.1));
            }
        }
        for &v in tree.upwards.iter().rev() {
            let v = v as usize;
            let unit = &instance.units[v];
            self.outer[v] = unit.parent.map_or(0, |parent| self.inner[parent]);
            if unit.leaf.is_none() {
                let (low, high) = self.slopes(v, unit, totals[v]);
                let from = margins[v].0.max(sum(self.outer[v], -high));
                let to = margins[v].1.min(sum(self.outer[v], -low));
                self.inner[v] = self.outer[v].clamp(from.min(to), to.max(from));
            }
        }
    }

    /// Marginals of a leaf on both sides of its total.
    fn leaf_margins(&self, v: usize, unit: &Unit, leaf: &Leaf, total: i64) -> (i128, i128) {
        let far = i128::MAX / 8;
        let (low, high) = self.pricing.tree.bounds[v];
        let runs = self.pricing.runs(v, leaf, &self.paid, false);
        let price_of = |rank: i64| {
            let mut before = 0;
            runs.iter()
                .find(|run| {
                    before += run.n;
                    before >= rank
                })
                .map_or(far, |run| run.price + self.pricing.leaf_marginal(unit, leaf, rank) * SCALE)
        };
        let last = if total > low { price_of(total) } else { -far };
        let next = if total < high { price_of(total + 1) } else { far };
        (last, next)
    }

    /// Slopes of an inner unit's own cost on both sides of its total, with its bounds in them.
    fn slopes(&self, v: usize, unit: &Unit, total: i64) -> (i128, i128) {
        let far = i128::MAX / 8;
        let (low, high) = self.pricing.tree.bounds[v];
        let below = if total > low { self.pricing.inner_marginal(v, unit, total) * SCALE } else { -far };
        let above = if total < high { self.pricing.inner_marginal(v, unit, total + 1) * SCALE } else { far };
        (below, above)
    }

    /// Looks for a plan that costs at least one micro-point less than `known`, departing from
    /// `baseline`.
    pub(crate) fn improve(&self, baseline: &Allocation, known: i128, effort: Effort) -> Outcome {
        let budget = known * SCALE - self.dual.priced.bound - SCALE;
        if budget < 0 {
            return Outcome { better: None, is_exhaustive: true };
        }
        let mut search = Search::new(self, baseline, budget, effort);
        search.run();
        search.finish()
    }
}

/// Adds without leaving the range that stands for infinity.
fn sum(a: i128, b: i128) -> i128 {
    let far = i128::MAX / 8;
    if a >= far || b >= far {
        far
    } else if a <= -far || b <= -far {
        -far
    } else {
        a + b
    }
}

struct Search<'a> {
    core: &'a Core<'a>,
    baseline: &'a Allocation,
    /// Residuals of the baseline.
    residuals: Vec<i128>,
    budget: i128,
    effort: Effort,
    is_exhaustive: bool,
    /// Options of leaves that entered a choice.
    options: Vec<(u32, Vec<(usize, i64)>)>,
    history: Vec<MadeOf>,
    best: Option<(i128, MadeOf)>,
}

impl<'a> Search<'a> {
    fn new(core: &'a Core<'a>, baseline: &'a Allocation, budget: i128, effort: Effort) -> Self {
        let residuals = residuals(core.pricing, baseline);
        Search {
            core,
            baseline,
            residuals,
            budget,
            effort,
            is_exhaustive: true,
            options: Vec::new(),
            history: Vec::new(),
            best: None,
        }
    }

    fn instance(&self) -> &'a Instance {
        self.core.pricing.instance
    }

    fn run(&mut self) {
        let instance = self.instance();
        let n_rows = instance.rows.len();
        let nothing = Choice { cost: 0, n_more: 0, residuals: vec![0; n_rows], made_of: MadeOf::Baseline };
        let mut states: Vec<Option<Vec<Choice>>> = vec![None; instance.units.len()];
        for &v in &self.core.pricing.tree.upwards {
            let v = v as usize;
            let unit = &instance.units[v];
            let own = match &unit.leaf {
                Some(leaf) => self.leaf_choices(v, unit, leaf),
                None => {
                    let before = states[v].take().unwrap_or_else(|| vec![nothing.clone()]);
                    self.close(v, unit, before)
                }
            };
            match unit.parent {
                Some(parent) => {
                    let joined = match states[parent].take() {
                        None => own,
                        Some(before) => self.join(before, own),
                    };
                    states[parent] = Some(joined);
                }
                None => self.settle(&own),
            }
        }
    }

    /// Every way a leaf may send persons for less than the budget; exchange steps reach them all,
    /// because the leaf's cost is convex in the sense of Murota.
    fn leaf_choices(&mut self, v: usize, unit: &Unit, leaf: &Leaf) -> Vec<Choice> {
        let measure = LeafMeasure::new(self.core, v, unit, leaf);
        let home: Vec<i64> = measure.dense(self.baseline.cells.get(&v).map_or(&[][..], |cells| cells));
        let best = measure.best(self.core.dual.priced.totals[v]);
        let floor = measure.cost(&best);
        let mut seen = BTreeMap::from([(best.clone(), 0i128)]);
        let mut open = vec![best];
        while let Some(at) = open.pop() {
            for next in measure.neighbours(&at) {
                if seen.contains_key(&next) {
                    continue;
                }
                let cost = measure.cost(&next) - floor;
                if cost <= self.budget {
                    if seen.len() >= self.effort.n_options * 8 {
                        self.is_exhaustive = false;
                        continue;
                    }
                    seen.insert(next.clone(), cost);
                    open.push(next);
                }
            }
        }
        let home_cost = measure.cost(&home) - floor;
        seen.insert(home.clone(), home_cost);
        let mut choices: Vec<Choice> = seen
            .into_iter()
            .map(|(taken, cost)| {
                let made_of = if taken == home {
                    MadeOf::Baseline
                } else {
                    self.options.push((v as u32, measure.sparse(&taken)));
                    MadeOf::Option(self.options.len() as u32 - 1)
                };
                let (n_more, residuals) = measure.change(&home, &taken);
                Choice { cost, n_more, residuals, made_of }
            })
            .collect();
        self.keep_best(&mut choices, self.effort.n_options);
        choices
    }

    /// Adds an inner unit's own departure from its tangent and drops what breaks its bounds.
    fn close(&mut self, v: usize, unit: &Unit, choices: Vec<Choice>) -> Vec<Choice> {
        let core = self.core;
        let (low, high) = core.pricing.tree.bounds[v];
        let slope = core.outer[v] - core.inner[v];
        let at_bound = core.dual.priced.totals[v];
        let home = self.baseline.totals[v];
        let mut closed: Vec<Choice> = choices
            .into_iter()
            .filter(|choice| (low..=high.min(UNBOUNDED)).contains(&(home + choice.n_more)))
            .map(|mut choice| {
                choice.cost += tangent_excess(core.pricing, v, unit, at_bound, home + choice.n_more, slope);
                choice
            })
            .collect();
        closed.retain(|choice| choice.cost <= self.budget);
        closed
    }

    fn join(&mut self, before: Vec<Choice>, own: Vec<Choice>) -> Vec<Choice> {
        if own.len() == 1 && matches!(own[0].made_of, MadeOf::Baseline) {
            let cost = own[0].cost;
            return before.into_iter().map(|choice| Choice { cost: choice.cost + cost, ..choice }).collect();
        }
        let mut joined: BTreeMap<(i64, Vec<i64>), (i128, usize, usize)> = BTreeMap::new();
        for (a, left) in before.iter().enumerate() {
            for (b, right) in own.iter().enumerate() {
                let cost = left.cost + right.cost;
                if cost > self.budget {
                    continue;
                }
                let residuals = left.residuals.iter().zip(&right.residuals).map(|(x, y)| x + y).collect();
                let entry = joined.entry((left.n_more + right.n_more, residuals)).or_insert((cost, a, b));
                if cost < entry.0 {
                    *entry = (cost, a, b);
                }
            }
        }
        let mut choices: Vec<Choice> = joined
            .into_iter()
            .map(|((n_more, residuals), (cost, a, b))| Choice {
                cost,
                n_more,
                residuals,
                made_of: MadeOf::Both(a as u32, b as u32),
            })
            .collect();
        self.keep_best(&mut choices, self.effort.n_states);
        for choice in &mut choices {
            if let MadeOf::Both(a, b) = choice.made_of {
                choice.made_of = self.record(before[a as usize].made_of, own[b as usize].made_of);
            }
        }
        choices
    }

    /// Remembers a pair, leaving out what stays as it was.
    fn record(&mut self, left: MadeOf, right: MadeOf) -> MadeOf {
        match (left, right) {
            (MadeOf::Baseline, other) | (other, MadeOf::Baseline) => other,
            (left, right) => {
                self.history.push(left);
                self.history.push(right);
                MadeOf::Both(self.history.len() as u32 - 2, self.history.len() as u32 - 1)
            }
        }
    }

    /// Keeps the choices that would be best if everything else stayed as it is.
    fn keep_best(&mut self, choices: &mut Vec<Choice>, n: usize) {
        if choices.len() <= n {
            return;
        }
        self.is_exhaustive = false;
        choices.sort_by_cached_key(|choice| {
            let rows = self.core.rows.iter().zip(self.residuals.iter().zip(&choice.residuals));
            choice.cost + rows.map(|(row, (&home, &more))| row.excess(home + i128::from(more))).sum::<i128>()
        });
        // The baseline must stay, or a plan could become unreachable through a full house.
        let home = choices.iter().position(|choice| matches!(choice.made_of, MadeOf::Baseline));
        match home {
            Some(position) if position >= n => {
                choices.swap(n - 1, position);
            }
            _ => {}
        }
        choices.truncate(n);
    }

    fn settle(&mut self, choices: &[Choice]) {
        for choice in choices {
            let rows = self.core.rows.iter().zip(self.residuals.iter().zip(&choice.residuals));
            let cost = choice.cost
                + rows.map(|(row, (&home, &more))| row.excess(home + i128::from(more))).sum::<i128>();
            if cost <= self.budget && self.best.is_none_or(|(known, _)| cost < known) {
                self.best = Some((cost, choice.made_of));
            }
        }
    }

    fn finish(self) -> Outcome {
        let Some((_, made_of)) = self.best else {
            return Outcome { better: None, is_exhaustive: self.is_exhaustive };
        };
        let mut better = self.baseline.clone();
        let mut open = vec![made_of];
        while let Some(made_of) = open.pop() {
            match made_of {
                MadeOf::Baseline => {}
                MadeOf::Option(position) => {
                    let (leaf, cells) = &self.options[position as usize];
                    better.totals[*leaf as usize] = cells.iter().map(|&(_, n)| n).sum();
                    better.cells.insert(*leaf as usize, cells.clone());
                }
                MadeOf::Both(left, right) => {
                    open.push(self.history[left as usize]);
                    open.push(self.history[right as usize]);
                }
            }
        }
        crate::polish::refill(self.instance(), self.core, &mut better);
        Outcome { better: Some(better), is_exhaustive: self.is_exhaustive }
    }
}

/// The cost of one leaf at the prices of the bound, over all ways to send persons.
pub(crate) struct LeafMeasure<'a> {
    core: &'a Core<'a>,
    v: usize,
    unit: &'a Unit,
    leaf: &'a Leaf,
}

impl<'a> LeafMeasure<'a> {
    pub(crate) fn new(core: &'a Core<'a>, v: usize, unit: &'a Unit, leaf: &'a Leaf) -> Self {
        LeafMeasure { core, v, unit, leaf }
    }

    pub(crate) fn dense(&self, cells: &[(usize, i64)]) -> Vec<i64> {
        let taken = |cell| cells.iter().find(|&&(known, _)| known == cell).map_or(0, |&(_, n)| n);
        self.leaf.pool.iter().map(|&(cell, _)| taken(cell)).collect()
    }

    pub(crate) fn sparse(&self, taken: &[i64]) -> Vec<(usize, i64)> {
        self.leaf.pool.iter().zip(taken).filter(|&(_, &n)| n > 0).map(|(&(cell, _), &n)| (cell, n)).collect()
    }

    fn best(&self, total: i64) -> Vec<i64> {
        let pricing = self.core.pricing;
        let runs = pricing.runs(self.v, self.leaf, &self.core.paid, false);
        self.dense(&crate::pricing::taken_cells(&runs, total))
    }

    pub(crate) fn cost(&self, taken: &[i64]) -> i128 {
        let pricing = self.core.pricing;
        let weights = &pricing.instance.weights;
        let total: i64 = taken.iter().sum();
        let mut cost = -self.core.outer[self.v] * i128::from(total);
        for rank in 1..=total {
            cost += pricing.leaf_marginal(self.unit, self.leaf, rank) * SCALE;
        }
        for (&(cell, _), &n) in self.leaf.pool.iter().zip(taken) {
            let n_asked = asked_for(self.leaf, cell).min(n);
            let points = i128::from(weights.cell_over) * i128::from(n - n_asked)
                - i128::from(weights.cell_short) * i128::from(n_asked);
            let paid = pricing.paid_for(&self.core.paid, self.v, cell);
            cost += points * POINT * SCALE - paid * i128::from(n);
        }
        cost
    }

    /// One person more, one fewer, or one exchanged.
    pub(crate) fn neighbours(&self, at: &[i64]) -> Vec<Vec<i64>> {
        let (low, high) = self.core.pricing.tree.bounds[self.v];
        let total: i64 = at.iter().sum();
        let mut found = Vec::new();
        for more in 0..at.len() {
            if at[more] < self.leaf.pool[more].1 {
                let mut next = at.to_vec();
                next[more] += 1;
                for fewer in (0..at.len()).filter(|&fewer| fewer != more && at[fewer] > 0) {
                    let mut exchanged = next.clone();
                    exchanged[fewer] -= 1;
                    found.push(exchanged);
                }
                if total < high {
                    found.push(next);
                }
            }
            if at[more] > 0 && total > low {
                let mut next = at.to_vec();
                next[more] -= 1;
                found.push(next);
            }
        }
        found
    }

    /// Persons more, and the change of each row's residual, from one way to another.
    pub(crate) fn change(&self, home: &[i64], taken: &[i64]) -> (i64, Vec<i64>) {
        let pricing = self.core.pricing;
        let residual = |k: usize| -> i64 {
            let cells = self.leaf.pool.iter().zip(home.iter().zip(taken));
            cells
                .map(|(&(cell, _), (before, after))| pricing.step(k, self.v, cell) as i64 * (after - before))
                .sum()
        };
        let n_more = taken.iter().sum::<i64>() - home.iter().sum::<i64>();
        (n_more, (0..pricing.instance.rows.len()).map(residual).collect())
    }
}

/// How far an inner unit's own cost lies above its tangent at the priced solution.
pub(crate) fn tangent_excess(
    pricing: &Pricing<'_>,
    v: usize,
    unit: &Unit,
    from: i64,
    to: i64,
    slope: i128,
) -> i128 {
    let mut cost = -slope * i128::from(to - from);
    for rank in (from.min(to) + 1)..=from.max(to) {
        let marginal = pricing.inner_marginal(v, unit, rank) * SCALE;
        cost += if to > from { marginal } else { -marginal };
    }
    cost
}

/// Residuals of a plan.
pub(crate) fn residuals(pricing: &Pricing<'_>, plan: &Allocation) -> Vec<i128> {
    let rows = &pricing.instance.rows;
    let mut residuals: Vec<i128> = rows.iter().map(Row::base).collect();
    for (&v, cells) in &plan.cells {
        for &(cell, n) in cells {
            for (k, residual) in residuals.iter_mut().enumerate() {
                *residual += pricing.step(k, v, cell) * i128::from(n);
            }
        }
    }
    residuals
}

/// A bound that also uses the residues: at an intake of T a share row can only leave residuals that
/// differ from `-num * T` by multiples of `den`. In 1/`SCALE` micro-points.
pub(crate) fn bound_by_residues(pricing: &Pricing<'_>, dual: &Dual) -> i128 {
    let priced = &dual.priced;
    let least = priced.by_intake.iter().min().copied().unwrap_or(0);
    let at = |(position, cost): (usize, &i128)| {
        let intake = i128::from(priced.least_intake) + position as i128;
        let rows = pricing.instance.rows.iter().zip(&dual.multipliers);
        let forced: i128 = rows.map(|(row, &multiplier)| least_excess(row, multiplier, intake)).sum();
        cost - least + forced
    };
    priced.bound + priced.by_intake.iter().enumerate().map(at).min().unwrap_or(0)
}

fn least_excess(row: &Row, multiplier: i128, intake: i128) -> i128 {
    match row.kind {
        RowKind::Growth { .. } => 0,
        RowKind::Share { num, den, .. } => {
            let price = RowPrice { multiplier, greatest: row.greatest_multiplier() * SCALE };
            let above = (row.base() - i128::from(num) * intake).rem_euclid(i128::from(den));
            price.excess(above).min(price.excess(above - i128::from(den)))
        }
    }
}
