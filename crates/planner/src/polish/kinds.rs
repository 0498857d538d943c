//! The cheapest exchanges of each kind. A person more here and one fewer there is priced up to the
//! first unit above both, so that bounds and costs on the way are counted only where they change.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::core::measure::{Exchange, LeafMeasure};
use crate::core::{Allocation, Core};

/// How many of a kind are kept.
const OF_A_KIND: usize = 8;
/// Stands for "nobody" beside classes.
const NOBODY: u32 = u32::MAX;

/// One or two exchanges at different leaves that are made together.
#[derive(Debug, Clone)]
pub(super) struct Mending {
    /// Price beyond the bound, in 1/`SCALE` micro-points.
    pub(super) cost: i128,
    /// Settles equals, whatever the order of the file.
    draw: u64,
    first: (u32, Exchange),
    second: Option<(u32, Exchange)>,
}

impl Mending {
    pub(super) fn leaves(&self) -> impl Iterator<Item = &(u32, Exchange)> {
        std::iter::once(&self.first).chain(&self.second)
    }

    /// Whether both touch one leaf.
    pub(super) fn meets(&self, other: &Mending) -> bool {
        self.leaves().any(|(leaf, _)| other.leaves().any(|(other, _)| leaf == other))
    }

    fn with(&self, other: &Mending) -> Mending {
        let cost = self.cost + other.cost;
        Mending {
            cost,
            draw: self.draw ^ other.draw.rotate_left(1),
            first: self.first,
            second: Some(other.first),
        }
    }
}

/// Mendings that change the same, cheapest first.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) change: Vec<i64>,
    pub(super) n_more: i64,
    pub(super) mendings: Vec<Mending>,
}

/// Every kind there is.
pub(super) struct Kinds {
    pub(super) list: Vec<Kind>,
}

/// The cheapest of a kind.
#[derive(Debug, Clone, Default)]
struct Cheapest(Vec<Mending>);

impl Cheapest {
    fn add(&mut self, mending: Mending) {
        let position =
            self.0.partition_point(|known| (known.cost, known.draw) <= (mending.cost, mending.draw));
        if position < OF_A_KIND {
            self.0.insert(position, mending);
            self.0.truncate(OF_A_KIND);
        }
    }
}

/// The cheapest mendings by the class of the person who comes and of the one who goes.
type Table = BTreeMap<(u32, u32), Cheapest>;

fn add_all(table: &mut Table, other: Table) {
    for (key, cheapest) in other {
        let known = table.entry(key).or_default();
        cheapest.0.into_iter().for_each(|mending| known.add(mending));
    }
}

impl Kinds {
    /// Looks at every leaf; what costs more than `budget` cannot be part of a better plan.
    pub(super) fn collect(core: &Core<'_>, plan: &Allocation, budget: i128) -> Kinds {
        let tree = core.pricing.tree;
        let instance = core.instance();
        // Leaves in parallel, each unit's own; then upwards, where one more meets one fewer.
        let at_parent = |&v: &u32| -> (Table, Table) {
            let mut swaps = Table::new();
            let mut moves = Table::new();
            for &child in tree.children(v as usize) {
                if instance.units.is_leaf(child as usize) {
                    of_leaf(core, plan, child as usize, budget, &mut swaps, &mut moves);
                }
            }
            (swaps, moves)
        };
        let own: Vec<(Table, Table)> = tree.inner.par_iter().with_min_len(256).map(at_parent).collect();
        let mut all = Table::new();
        let mut open: Vec<Table> = Vec::with_capacity(own.len());
        for (swaps, moves) in own {
            add_all(&mut all, swaps);
            open.push(moves);
        }
        for (slot, &v) in tree.inner.iter().enumerate() {
            let here = std::mem::take(&mut open[slot]);
            pair(&here, budget, &mut all);
            match instance.units.parent(v as usize) {
                Some(parent) => {
                    add_all(&mut open[tree.slot(parent)], lifted(core, plan, v as usize, here, budget))
                }
                None => add_all(&mut all, here),
            }
        }
        Kinds { list: by_change(core, all) }
    }

    /// Leaves out what touches leaves that have just been changed.
    pub(super) fn forget(&mut self, made: &[Mending]) {
        for kind in &mut self.list {
            kind.mendings.retain(|mending| !made.iter().any(|other| other.meets(mending)));
        }
    }
}

fn of_leaf(core: &Core<'_>, plan: &Allocation, v: usize, budget: i128, swaps: &mut Table, moves: &mut Table) {
    let measure = LeafMeasure::new(core, v);
    let home = plan.of(core.instance(), v);
    measure.for_each_neighbour(home, |exchange, cost| {
        if cost > budget {
            return;
        }
        let class = |place: Option<u32>| place.map_or(NOBODY, |place| measure.class(place));
        let key = (class(exchange.more), class(exchange.fewer));
        let draw = core.pricing.lottery.of_unit(v);
        let mending = Mending { cost, draw, first: (v as u32, exchange), second: None };
        let table = if exchange.n_more() == 0 { &mut *swaps } else { &mut *moves };
        table.entry(key).or_default().add(mending);
    });
}

/// One more and one fewer below a unit leave the unit as it is.
fn pair(moves: &Table, budget: i128, all: &mut Table) {
    for ((more, _), gained) in moves.iter().filter(|((more, _), _)| *more != NOBODY) {
        for ((_, fewer), lost) in moves.iter().filter(|((_, fewer), _)| *fewer != NOBODY) {
            let pairs = gained.0.iter().flat_map(|a| lost.0.iter().map(move |b| (a, b)));
            let apart = pairs.filter(|(a, b)| !a.meets(b) && a.cost + b.cost <= budget);
            if let Some((a, b)) = apart.min_by_key(|(a, b)| (a.cost + b.cost, a.draw, b.draw)) {
                all.entry((*more, *fewer)).or_default().add(a.with(b));
            }
        }
    }
}

/// The same moves as the unit above sees them: with the unit's own cost, where its bounds allow it.
fn lifted(core: &Core<'_>, plan: &Allocation, v: usize, moves: Table, budget: i128) -> Table {
    let total = plan.totals[v];
    let (low, high) = core.pricing.bounds(v);
    let now = core.own_excess(v, total);
    let price = |to: i64| (low..=high).contains(&to).then(|| core.own_excess(v, to) - now);
    let (up, down) = (price(total + 1), price(total - 1));
    let mut lifted = Table::new();
    for ((more, fewer), cheapest) in moves {
        let Some(price) = (if more == NOBODY { down } else { up }) else { continue };
        let kept: Vec<Mending> = cheapest
            .0
            .into_iter()
            .map(|mending| Mending { cost: mending.cost + price, ..mending })
            .filter(|mending| mending.cost <= budget)
            .collect();
        if !kept.is_empty() {
            lifted.insert((more, fewer), Cheapest(kept));
        }
    }
    lifted
}

fn by_change(core: &Core<'_>, all: Table) -> Vec<Kind> {
    let steps = &core.pricing.classes.steps;
    let mut kinds: BTreeMap<(Vec<i64>, i64), Cheapest> = BTreeMap::new();
    for ((more, fewer), cheapest) in all {
        let step = |class: u32, k: usize| if class == NOBODY { 0 } else { steps[class as usize][k] };
        let change: Vec<i64> = (0..core.rows.len()).map(|k| step(more, k) - step(fewer, k)).collect();
        let n_more = i64::from(more != NOBODY) - i64::from(fewer != NOBODY);
        let known = kinds.entry((change, n_more)).or_default();
        cheapest.0.into_iter().for_each(|mending| known.add(mending));
    }
    let kind = |((change, n_more), cheapest): (_, Cheapest)| Kind { change, n_more, mendings: cheapest.0 };
    kinds.into_iter().map(kind).collect()
}
