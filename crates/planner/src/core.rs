//! From the bound to a plan. Exact prices on every unit turn the distance between a plan and the
//! bound into a sum of parts that are never negative: what each leaf departs from its own best, what
//! each inner unit departs from its tangent, and what each row leaves over. Plans better than the
//! best one known are combinations of departures that stay below the gap; when all of them were
//! looked at, the best is proved.

use std::collections::BTreeMap;

use crate::core::measure::LeafMeasure;
use crate::dual::Dual;
use crate::instance::{Instance, Row, RowKind};
use crate::merge::ByIntake;
use crate::pricing::{Pricing, SCALE};

pub(crate) mod measure;
mod prices;

/// A plan: persons by unit and, at leaves, by cell of the pool, all pools one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) totals: Vec<i64>,
    pub(crate) taken: Vec<u32>,
}

impl Allocation {
    /// Persons of a leaf by cell of its pool.
    pub(crate) fn of<'a>(&'a self, instance: &Instance, leaf: usize) -> &'a [u32] {
        &self.taken[instance.units.pool_span(leaf)]
    }
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
    /// Price of a person inside each inner unit, before its own marginal is added; by slot.
    inner: Vec<i128>,
    pub(crate) rows: Vec<RowPrice>,
    paid: Vec<i128>,
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
    pub(crate) fn instance(&self) -> &'a Instance {
        self.pricing.instance
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

/// Most pairs of choices that one search joins; beyond them leaves stay as they are and nothing is
/// called proved.
const MOST_JOINED: usize = 3_000_000;

struct Search<'a> {
    core: &'a Core<'a>,
    baseline: &'a Allocation,
    /// Residuals of the baseline.
    residuals: Vec<i128>,
    budget: i128,
    effort: Effort,
    is_exhaustive: bool,
    n_joined: usize,
    /// Options of leaves that entered a choice.
    options: Vec<(u32, Vec<u32>)>,
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
            n_joined: 0,
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
        let mut states: Vec<Option<Vec<Choice>>> = vec![None; self.core.pricing.tree.inner.len()];
        for &v in &self.core.pricing.tree.upwards {
            let v = v as usize;
            let own = if instance.units.is_leaf(v) {
                self.leaf_choices(v)
            } else {
                let slot = self.core.pricing.tree.slot(v);
                let before = states[slot].take().unwrap_or_else(|| vec![nothing.clone()]);
                self.close(v, before)
            };
            let Some(parent) = instance.units.parent(v) else { return self.settle(&own) };
            let slot = self.core.pricing.tree.slot(parent);
            let joined = match states[slot].take() {
                None => own,
                Some(before) => self.join(before, own),
            };
            states[slot] = Some(joined);
        }
    }

    /// Every way a leaf may send persons for less than the budget; exchange steps reach them all,
    /// because the leaf's cost is convex in the sense of Murota.
    fn leaf_choices(&mut self, v: usize) -> Vec<Choice> {
        let measure = LeafMeasure::new(self.core, v);
        let home = self.baseline.of(self.instance(), v);
        let best = measure.best(self.core.dual.priced.totals[v]);
        if home == best.as_slice() && !measure.has_neighbour_within(home, self.budget) {
            let residuals = vec![0; self.core.rows.len()];
            return vec![Choice { cost: 0, n_more: 0, residuals, made_of: MadeOf::Baseline }];
        }
        let mut seen = BTreeMap::from([(best.clone(), 0i128)]);
        let mut open = vec![(best.clone(), 0i128)];
        while let Some((at, cost_here)) = open.pop() {
            measure.for_each_neighbour(&at, |exchange, more_cost| {
                let cost = cost_here + more_cost;
                if cost > self.budget {
                    return;
                }
                let next = exchange.applied(&at);
                if seen.contains_key(&next) {
                    return;
                }
                if seen.len() >= self.effort.n_options * 8 {
                    self.is_exhaustive = false;
                    return;
                }
                seen.insert(next.clone(), cost);
                open.push((next, cost));
            });
        }
        let home_cost = measure.cost(home) - measure.cost(&best);
        seen.insert(home.to_vec(), home_cost);
        let mut choices: Vec<Choice> = seen
            .into_iter()
            .map(|(taken, cost)| {
                let (n_more, residuals) = measure.change(home, &taken);
                let made_of = if taken == home {
                    MadeOf::Baseline
                } else {
                    self.options.push((v as u32, taken));
                    MadeOf::Option(self.options.len() as u32 - 1)
                };
                Choice { cost, n_more, residuals, made_of }
            })
            .collect();
        self.keep_best(&mut choices, self.effort.n_options);
        choices
    }

    /// Adds an inner unit's own departure from its tangent and drops what breaks its bounds.
    fn close(&mut self, v: usize, choices: Vec<Choice>) -> Vec<Choice> {
        let core = self.core;
        let (low, high) = core.pricing.bounds(v);
        let home = self.baseline.totals[v];
        let mut closed: Vec<Choice> = choices
            .into_iter()
            .filter(|choice| (low..=high).contains(&(home + choice.n_more)))
            .map(|mut choice| {
                choice.cost += core.own_excess(v, home + choice.n_more);
                choice
            })
            .collect();
        closed.retain(|choice| choice.cost <= self.budget);
        closed
    }

    fn join(&mut self, before: Vec<Choice>, mut own: Vec<Choice>) -> Vec<Choice> {
        self.n_joined += before.len() * own.len();
        if self.n_joined > MOST_JOINED && own.len() > 1 {
            self.is_exhaustive = false;
            own.retain(|choice| matches!(choice.made_of, MadeOf::Baseline));
        }
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
                    let (leaf, taken) = &self.options[position as usize];
                    better.totals[*leaf as usize] = taken.iter().map(|&n| i64::from(n)).sum();
                    better.taken[self.instance().units.pool_span(*leaf as usize)].copy_from_slice(taken);
                }
                MadeOf::Both(left, right) => {
                    open.push(self.history[left as usize]);
                    open.push(self.history[right as usize]);
                }
            }
        }
        self.core.pricing.sum_upwards(&mut better.totals);
        Outcome { better: Some(better), is_exhaustive: self.is_exhaustive }
    }
}

/// Residuals of a plan.
pub(crate) fn residuals(pricing: &Pricing<'_>, plan: &Allocation) -> Vec<i128> {
    let mut by_class = vec![0i64; pricing.classes.steps.len()];
    for (v, leaf) in pricing.instance.units.iter().enumerate().filter_map(|(v, unit)| Some((v, unit.leaf?))) {
        for (part, &n) in leaf.pool.iter().zip(plan.of(pricing.instance, v)) {
            if n > 0 {
                by_class[pricing.class(v, part.cell) as usize] += i64::from(n);
            }
        }
    }
    pricing.residuals(&by_class)
}

/// A bound that also uses the residues: at an intake of T a share row can only leave residuals that
/// differ from `-num * T` by multiples of `den`. In 1/`SCALE` micro-points.
pub(crate) fn bound_by_residues(pricing: &Pricing<'_>, dual: &Dual, by_intake: &ByIntake) -> i128 {
    let mut costs = Vec::with_capacity(by_intake.steps.len() + 1);
    let mut cost: i128 = 0;
    costs.push(cost);
    costs.extend(by_intake.steps.iter().map(|step| {
        cost += step;
        cost
    }));
    let least = costs.iter().min().copied().unwrap_or(0);
    let at = |(position, cost): (usize, &i128)| {
        let intake = i128::from(by_intake.least) + position as i128;
        let rows = pricing.instance.rows.iter().zip(&dual.multipliers);
        let forced: i128 = rows.map(|(row, &multiplier)| least_excess(row, multiplier, intake)).sum();
        cost - least + forced
    };
    dual.priced.bound + costs.iter().enumerate().map(at).min().unwrap_or(0)
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
