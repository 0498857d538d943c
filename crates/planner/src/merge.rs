//! The priced problem for all persons at once: leaves lay out their persons by price, inner units
//! merge what lies below them, and the root takes the cheapest.
//!
//! A person is one entry of sixteen bytes as long as every price fits into 64 bits, which is known
//! before the search; otherwise the same code runs on wide prices. Subtrees are laid out on several
//! threads and joined in the order of the tree, so the answer does not depend on their number.

use rayon::prelude::*;

use crate::instance::POINT;
use crate::pricing::{Pricing, SCALE};

mod leaves;

pub(crate) use leaves::Leaves;

/// The solution of the priced problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Priced {
    /// Least priced cost with the constants of the rows: the bound, in 1/`SCALE` micro-points.
    pub(crate) bound: i128,
    /// Residual of each row at that solution.
    pub(crate) residuals: Vec<i128>,
    /// Persons of each unit, when they were asked for.
    pub(crate) totals: Vec<i64>,
}

/// Priced cost by intake: from the least possible on, each further person's. Non-decreasing.
pub(crate) struct ByIntake {
    pub(crate) least: i64,
    pub(crate) steps: Vec<i128>,
}

/// A price of 64 or of 128 bits.
pub(crate) trait Price:
    Copy + Ord + Send + Sync + std::ops::AddAssign + std::ops::Add<Output = Self> + std::ops::Sub<Output = Self>
{
    fn of(price: i128) -> Self;
    fn wide(self) -> i128;
}

impl Price for i64 {
    fn of(price: i128) -> i64 {
        // Invariant: `Merge::new` chose this width because every price fits.
        price as i64
    }
    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Price for i128 {
    fn of(price: i128) -> i128 {
        price
    }
    fn wide(self) -> i128 {
        self
    }
}

/// Persons of one leaf and class with one price, at the rank in which the leaf would send them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<P> {
    pub(crate) price: P,
    pub(crate) leaf: u32,
    pub(crate) n: u16,
    pub(crate) class: u16,
}

/// The layout of an instance, for prices of one width: its leaves, and how the walk is cut.
pub(crate) struct Layout<P> {
    leaves: Leaves<P>,
    steps: Vec<Step>,
}

/// A part of the walk up the tree, by positions in `Tree::upwards`.
enum Step {
    /// Whole subtrees, laid out on one thread.
    Subtrees(std::ops::Range<usize>),
    /// A unit whose subtree is too large for that.
    Top(usize),
}

/// The priced problem of one instance, at any multipliers.
pub(crate) enum Merge {
    Narrow(Layout<i64>),
    Wide(Layout<i128>),
}

/// Lists on a stack: each unit's persons, first those that a bound forces, then the others by price.
pub(crate) struct Lists<P> {
    pub(crate) forced: Vec<Entry<P>>,
    pub(crate) free: Vec<Entry<P>>,
    pub(crate) starts: Vec<(usize, usize)>,
}

/// What one evaluation is made with.
pub(crate) struct Question<'a, 'b> {
    pub(crate) pricing: &'b Pricing<'a>,
    pub(crate) multipliers: &'b [i128],
    pub(crate) is_jittered: bool,
}

/// Most classes of persons that an entry can name; a file with more is refused.
pub(crate) const MOST_CLASSES: usize = 1 << 16;

impl Merge {
    pub(crate) fn new(pricing: &Pricing<'_>) -> Merge {
        if has_narrow_prices(pricing) {
            Merge::Narrow(Layout::new(pricing))
        } else {
            Merge::Wide(Layout::new(pricing))
        }
    }

    /// Solves the priced problem. With jitter the bound is only an estimate.
    pub(crate) fn solve(&self, question: &Question<'_, '_>, with_totals: bool) -> Priced {
        match self {
            Merge::Narrow(layout) => layout.solve(question, with_totals),
            Merge::Wide(layout) => layout.solve(question, with_totals),
        }
    }

    /// What each further admission costs, from the least possible intake on.
    pub(crate) fn by_intake(&self, question: &Question<'_, '_>) -> ByIntake {
        match self {
            Merge::Narrow(layout) => layout.by_intake(question),
            Merge::Wide(layout) => layout.by_intake(question),
        }
    }
}

/// Whether every price fits into 64 bits, whatever the multipliers.
pub(crate) fn has_narrow_prices(pricing: &Pricing<'_>) -> bool {
    greatest_price(pricing) < NARROW
}

/// No price at any multiplier within its limits is greater, in 1/`SCALE` micro-points.
fn greatest_price(pricing: &Pricing<'_>) -> i128 {
    let mut most = 0;
    let mut above = vec![0i128; pricing.tree.inner.len()];
    for &v in pricing.tree.upwards.iter().rev() {
        let v = v as usize;
        let parent = pricing.instance.units.parent(v);
        let price = own_price(pricing, v) + parent.map_or(0, |parent| above[pricing.tree.slot(parent)]);
        if pricing.instance.units.is_leaf(v) {
            most = price.max(most);
        } else {
            above[pricing.tree.slot(v)] = price;
        }
    }
    (most + flat_price(pricing)).saturating_mul(SCALE)
}

/// Whether the prices of one leaf stay in the range of narrow ones, whatever the multipliers.
pub(crate) fn is_narrow(pricing: &Pricing<'_>, leaf: usize) -> bool {
    let mut price = flat_price(pricing);
    let mut at = Some(leaf);
    while let Some(v) = at {
        price += own_price(pricing, v);
        at = pricing.instance.units.parent(v);
    }
    price.saturating_mul(SCALE) < NARROW
}

/// Narrow prices stay below this, so that sums of a few fit into 64 bits.
const NARROW: i128 = 1 << 61;

/// The greatest marginal cost that a unit adds, in micro-points.
fn own_price(pricing: &Pricing<'_>, v: usize) -> i128 {
    let most = pricing.tree.most().max(1);
    let unit = pricing.instance.unit(v);
    let rank = pricing.tree.reach(pricing.instance, v).1.clamp(1, most);
    match &unit.leaf {
        Some(leaf) => pricing.leaf_marginal(&unit, leaf, rank).abs(),
        None => pricing.fairness(v).at(1).abs().max(pricing.fairness(v).at(rank).abs()),
    }
}

/// What every price may hold besides: weights, and what the rows pay.
fn flat_price(pricing: &Pricing<'_>) -> i128 {
    let w = &pricing.instance.weights;
    let flat = [w.short, w.over, 2 * w.smooth, w.dormant, w.cell_short, w.cell_over, 2 * w.fair];
    let flat: i128 =
        flat.into_iter().map(i128::from).sum::<i128>() + i128::from(pricing.instance.target.weight);
    let greatest = |k: usize| pricing.classes.steps.iter().map(|steps| steps[k].abs()).max().unwrap_or(0);
    let rows = pricing.instance.rows.iter().enumerate();
    let rows: i128 = rows.map(|(k, row)| row.greatest_multiplier() * i128::from(greatest(k))).sum();
    (flat + 1) * POINT + rows
}

impl<P: Price> Layout<P> {
    fn new(pricing: &Pricing<'_>) -> Self {
        Layout { leaves: Leaves::new(pricing, &pricing.tree.upwards), steps: steps(pricing) }
    }

    fn solve(&self, question: &Question<'_, '_>, with_totals: bool) -> Priced {
        let pricing = question.pricing;
        let lists = self.lists_below_root(question);
        let (low, high) = pricing.bounds(pricing.instance.root);
        let weight = i128::from(pricing.instance.target.weight) * POINT * SCALE;
        let n_forced = persons(&lists.forced);
        // Below the target a place earns its weight, above it costs as much.
        let n_below = |limit: i128| {
            let limit = P::of(limit);
            n_forced
                + lists.free.iter().filter(|entry| entry.price < limit).map(|e| i64::from(e.n)).sum::<i64>()
        };
        let (n_surely, n_perhaps) = (n_below(-weight), n_below(weight));
        let intake = pricing.instance.target.intake.clamp(n_surely, n_perhaps).clamp(low.max(n_forced), high);
        let mut sum = Sum::new(pricing, with_totals);
        lists.forced.iter().for_each(|entry| sum.add(entry, i64::from(entry.n)));
        take_cheapest(&lists.free, intake - n_forced, &mut sum);
        let mut bound = sum.prices + SCALE * pricing.inner_cost(pricing.instance.root, intake);
        for (row, multiplier) in pricing.instance.rows.iter().zip(question.multipliers) {
            bound -= multiplier * row.base();
        }
        if with_totals {
            pricing.sum_upwards(&mut sum.totals);
        }
        Priced { bound, residuals: pricing.residuals(&sum.by_class), totals: sum.totals }
    }

    fn by_intake(&self, question: &Question<'_, '_>) -> ByIntake {
        let pricing = question.pricing;
        let mut lists = self.lists_below_root(question);
        let (low, high) = pricing.bounds(pricing.instance.root);
        lists.free.par_sort_by_key(|entry| entry.price);
        let n_forced = persons(&lists.forced);
        let least = low.max(n_forced);
        let mut steps = Vec::new();
        let mut rank = n_forced;
        for entry in &lists.free {
            for _ in 0..entry.n {
                rank += 1;
                if rank > high {
                    return ByIntake { least, steps };
                }
                if rank > least {
                    let own = pricing.inner_marginal(pricing.instance.root, rank) * SCALE;
                    steps.push(entry.price.wide() + own);
                }
            }
        }
        ByIntake { least, steps }
    }

    /// The lists of all units but the root, whose children's lists are left side by side.
    fn lists_below_root(&self, question: &Question<'_, '_>) -> Lists<P> {
        let tree = question.pricing.tree;
        let paid = paid(question);
        let laid_out = |step: &Step| match step {
            Step::Subtrees(range) => {
                let mut lists = Lists::default();
                for position in range.clone() {
                    self.lay_out(question, &paid, position, &mut lists);
                }
                lists
            }
            Step::Top(_) => Lists::default(),
        };
        if let [step, Step::Top(_)] = self.steps.as_slice() {
            // Everything below the root fits into one step.
            return laid_out(step);
        }
        let parts: Vec<Lists<P>> = self.steps.par_iter().map(laid_out).collect();
        let mut lists = Lists::default();
        lists.free.reserve_exact(parts.iter().map(|part| part.free.len()).sum());
        for (step, part) in self.steps.iter().zip(parts) {
            match *step {
                Step::Subtrees(_) => lists.append(part),
                Step::Top(at) if tree.upwards[at] as usize == question.pricing.instance.root => {}
                Step::Top(at) => self.lay_out(question, &paid, at, &mut lists),
            }
        }
        lists
    }

    /// Puts the list of one unit on the stack, in place of its children's.
    fn lay_out(&self, question: &Question<'_, '_>, paid: &[P], position: usize, lists: &mut Lists<P>) {
        let v = question.pricing.tree.upwards[position];
        if self.leaves.is_leaf(position) {
            lists.starts.push((lists.forced.len(), lists.free.len()));
            self.leaves.push(position, v, paid, question.is_jittered, lists);
        } else {
            lists.join(question.pricing, v as usize);
        }
    }
}

/// What the rows pay for one person of each class.
pub(crate) fn paid<P: Price>(question: &Question<'_, '_>) -> Vec<P> {
    question.pricing.classes.paid(question.multipliers).into_iter().map(P::of).collect()
}

/// Takes the cheapest `n` persons; equals in the order of the tree, which is the order of the draw.
fn take_cheapest<P: Price>(free: &[Entry<P>], n: i64, sum: &mut Sum) {
    if n <= 0 {
        return;
    }
    let mut prices: Vec<P> = free.iter().map(|entry| entry.price).collect();
    // With runs longer than one the place is found by halving; each step looks at half as many.
    let (mut from, mut to) = (0, prices.len());
    let is_single = free.iter().all(|entry| entry.n == 1);
    let last = if is_single {
        let at = (n as usize - 1).min(to - 1);
        *prices.select_nth_unstable(at).1
    } else {
        prices.sort_unstable();
        let n_up_to = |price: P| {
            free.iter().filter(|entry| entry.price <= price).map(|entry| i64::from(entry.n)).sum::<i64>()
        };
        while from + 1 < to {
            let middle = from + (to - from - 1) / 2;
            if n_up_to(prices[middle]) >= n {
                to = middle + 1;
            } else {
                from = middle + 1;
            }
        }
        prices[from]
    };
    let below = free.iter().filter(|entry| entry.price < last);
    let mut left = n;
    for entry in below {
        sum.add(entry, i64::from(entry.n));
        left -= i64::from(entry.n);
    }
    for entry in free.iter().filter(|entry| entry.price == last) {
        let taken = i64::from(entry.n).min(left);
        if taken == 0 {
            break;
        }
        sum.add(entry, taken);
        left -= taken;
    }
}

/// What the taken persons add up to.
struct Sum {
    prices: i128,
    by_class: Vec<i64>,
    totals: Vec<i64>,
}

impl Sum {
    fn new(pricing: &Pricing<'_>, with_totals: bool) -> Sum {
        let n_units = if with_totals { pricing.instance.units.len() } else { 0 };
        Sum { prices: 0, by_class: vec![0; pricing.classes.steps.len()], totals: vec![0; n_units] }
    }

    fn add<P: Price>(&mut self, entry: &Entry<P>, n: i64) {
        self.prices += entry.price.wide() * i128::from(n);
        self.by_class[entry.class as usize] += n;
        if let Some(total) = self.totals.get_mut(entry.leaf as usize) {
            *total += n;
        }
    }
}

fn persons<P>(entries: &[Entry<P>]) -> i64 {
    entries.iter().map(|entry| i64::from(entry.n)).sum()
}

impl<P> Default for Lists<P> {
    fn default() -> Self {
        Lists { forced: Vec::new(), free: Vec::new(), starts: Vec::new() }
    }
}

impl<P: Price> Lists<P> {
    fn append(&mut self, part: Lists<P>) {
        let (forced, free) = (self.forced.len(), self.free.len());
        self.starts.extend(part.starts.iter().map(|&(a, b)| (a + forced, b + free)));
        self.forced.extend_from_slice(&part.forced);
        self.free.extend_from_slice(&part.free);
    }

    /// Merges the lists of the children of an inner unit, keeps its bounds and adds its own cost.
    pub(crate) fn join(&mut self, pricing: &Pricing<'_>, v: usize) {
        let n_children = pricing.tree.children(v).len();
        let first = self.starts.len() - n_children;
        let start = self.starts.get(first).copied().unwrap_or((self.forced.len(), self.free.len()));
        self.starts.truncate(first);
        self.starts.push(start);
        // The children's lists are sorted already; a stable merge sort finds them, and equals stay
        // in the order of the children, which is the order of the draw.
        self.free[start.1..].sort_by_key(|entry| entry.price);
        self.keep_bounds(pricing, v, start);
        self.add_own_cost(pricing, v, start);
    }

    fn keep_bounds(&mut self, pricing: &Pricing<'_>, v: usize, (forced, free): (usize, usize)) {
        let (low, high) = pricing.bounds(v);
        let high = high.min(pricing.tree.most());
        let n_forced = persons(&self.forced[forced..]);
        let mut room = (high - n_forced).max(0);
        let mut end = free;
        while end < self.free.len() && room > 0 {
            // Invariant: the room left is at least 1 and the part taken fits.
            self.free[end].n = i64::from(self.free[end].n).min(room) as u16;
            room -= i64::from(self.free[end].n);
            end += 1;
        }
        self.free.truncate(end);
        let mut missing = low - n_forced;
        let mut n_moved = 0;
        while missing > 0 && free + n_moved < self.free.len() {
            let entry = &mut self.free[free + n_moved];
            let n = i64::from(entry.n).min(missing);
            missing -= n;
            self.forced.push(Entry { n: n as u16, ..*entry });
            if n < i64::from(entry.n) {
                entry.n -= n as u16;
            } else {
                n_moved += 1;
            }
        }
        self.free.drain(free..free + n_moved);
    }

    fn add_own_cost(&mut self, pricing: &Pricing<'_>, v: usize, (forced, free): (usize, usize)) {
        let fairness = pricing.fairness(v);
        if fairness.is_none() {
            return;
        }
        let is_single = self.forced[forced..].iter().chain(&self.free[free..]).all(|entry| entry.n == 1);
        if !is_single {
            let mut rank = 1;
            split_by_level(&mut self.forced, forced, fairness, &mut rank);
            split_by_level(&mut self.free, free, fairness, &mut rank);
            return;
        }
        let entries = self.forced[forced..].iter_mut().chain(&mut self.free[free..]);
        for (entry, cost) in entries.zip(fairness.rank_by_rank()) {
            entry.price += P::of(cost * SCALE);
        }
    }
}

/// Adds the cost of each rank to entries that stand for several persons.
fn split_by_level<P: Price>(
    entries: &mut Vec<Entry<P>>,
    start: usize,
    fairness: crate::pricing::Fairness,
    rank: &mut i64,
) {
    let mut split = Vec::with_capacity(entries.len() - start);
    for entry in &entries[start..] {
        let mut left = i64::from(entry.n);
        while left > 0 {
            let n = left.min(fairness.level(*rank) - *rank + 1);
            let price = entry.price + P::of(fairness.at(*rank) * SCALE);
            split.push(Entry { price, n: n as u16, ..*entry });
            left -= n;
            *rank += n;
        }
    }
    entries.truncate(start);
    entries.append(&mut split);
}

/// Units that are not worth a second thread.
const SMALL: usize = 20_000;

/// Cuts the walk up the tree into parts of about a sixteenth.
fn steps(pricing: &Pricing<'_>) -> Vec<Step> {
    let upwards = &pricing.tree.upwards;
    let limit = (upwards.len() / 16).max(SMALL);
    let mut sizes = vec![1u32; upwards.len()];
    let mut at_unit = vec![0u32; pricing.instance.units.len()];
    for (position, &v) in (0u32..).zip(upwards) {
        at_unit[v as usize] = position;
    }
    for (position, &v) in upwards.iter().enumerate() {
        if let Some(parent) = pricing.instance.units.parent(v as usize) {
            sizes[at_unit[parent] as usize] += sizes[position];
        }
    }
    let is_top = |position: usize| sizes[position] as usize > limit || position + 1 == upwards.len();
    let mut steps = Vec::new();
    let mut start = 0;
    for position in 0..upwards.len() {
        if is_top(position) {
            if start < position {
                steps.push(Step::Subtrees(start..position));
            }
            steps.push(Step::Top(position));
            start = position + 1;
        } else if position + 1 - start >= limit && is_whole(upwards, &at_unit, pricing, &is_top, position) {
            steps.push(Step::Subtrees(start..position + 1));
            start = position + 1;
        }
    }
    steps
}

/// Whether the unit at a position hangs directly below a top unit, so that a cut behind it leaves
/// whole subtrees on both sides.
fn is_whole(
    upwards: &[u32],
    at_unit: &[u32],
    pricing: &Pricing<'_>,
    is_top: &impl Fn(usize) -> bool,
    position: usize,
) -> bool {
    let parent = pricing.instance.units.parent(upwards[position] as usize);
    parent.is_none_or(|parent| is_top(at_unit[parent] as usize))
}
