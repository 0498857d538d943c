//! The priced problem once more, for the check: each unit hands its persons upwards as runs of one
//! price, and a heap draws the cheapest run of all children. Prices are wide and over a common
//! denominator; nothing is shared with the search.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{cell_marginal, counts, last_alike, marginal, step};
use crate::instance::{Instance, Unit};

/// Runs of persons below a unit: first those that a bound forces, in any order, then the others by
/// price.
#[derive(Default)]
struct Sequence {
    forced: Vec<(i128, i64)>,
    free: Vec<(i128, i64)>,
}

/// The least priced cost without the constants of the rows, times `den`; none when a bound breaks.
pub(super) fn least(instance: &Instance, at: &[i128], den: i128) -> Option<i128> {
    let order = super::bottom_up(instance);
    let mut n_children = vec![0u32; instance.units.len()];
    for parent in order.iter().filter_map(|&v| instance.units.parent(v)) {
        n_children[parent] += 1;
    }
    let mut done: Vec<Sequence> = Vec::new();
    for v in order {
        let unit = instance.unit(v);
        let below = done.split_off(done.len() - n_children[v] as usize);
        let mut sequence = if unit.leaf.is_some() {
            Sequence { forced: Vec::new(), free: leaf_runs(instance, v, &unit, at, den) }
        } else {
            merged(below)
        };
        sequence.keep_bounds(instance, v, &unit)?;
        sequence.add(|rank| marginal(instance, v, &unit, rank) * den);
        done.push(sequence);
    }
    let root = done.pop()?;
    let cost = |&(price, n): &(i128, i64)| price * i128::from(n);
    let cheap = root.free.iter().take_while(|&&(price, _)| price < 0).map(cost);
    Some(root.forced.iter().map(cost).sum::<i128>() + cheap.sum::<i128>())
}

fn leaf_runs(instance: &Instance, v: usize, unit: &Unit<'_>, at: &[i128], den: i128) -> Vec<(i128, i64)> {
    let mut runs = Vec::new();
    let Some(leaf) = &unit.leaf else { return runs };
    for part in leaf.pool {
        let rows = instance.rows.iter().zip(at);
        let paid: i128 =
            rows.map(|(row, at)| at * step(row, counts(instance, row, v, part.cell as usize))).sum();
        let n_asked = leaf.asked_for(part.cell).min(i64::from(part.n));
        runs.push((cell_marginal(instance, 1, 1) * den - paid, n_asked));
        runs.push((cell_marginal(instance, 1, 0) * den - paid, i64::from(part.n) - n_asked));
    }
    runs.retain(|&(_, n)| n > 0);
    runs.sort_unstable();
    runs
}

fn merged(below: Vec<Sequence>) -> Sequence {
    let mut sequence = Sequence::default();
    let mut heads = BinaryHeap::new();
    let mut rests = Vec::with_capacity(below.len());
    for (child, part) in below.into_iter().enumerate() {
        sequence.forced.extend(part.forced);
        let mut rest = part.free.into_iter();
        if let Some(run) = rest.next() {
            heads.push(Reverse((run, child)));
        }
        rests.push(rest);
    }
    while let Some(Reverse((run, child))) = heads.pop() {
        sequence.free.push(run);
        if let Some(next) = rests[child].next() {
            heads.push(Reverse((next, child)));
        }
    }
    sequence
}

impl Sequence {
    fn keep_bounds(&mut self, instance: &Instance, v: usize, unit: &Unit<'_>) -> Option<()> {
        let (mut low, mut high) = (unit.lower, unit.upper.unwrap_or(i64::MAX));
        if let Some(leaf) = &unit.leaf {
            high = high.min(leaf.n_ready());
            low = if leaf.has_duty && high > 0 { low.max(1) } else { low };
        }
        let band = instance.intake_band();
        if v == instance.root {
            low = low.max(band.0);
        }
        // More than the whole intake is never admitted, so the rest need not be carried.
        high = high.min(band.1);
        let n_forced: i64 = self.forced.iter().map(|&(_, n)| n).sum();
        let mut missing = (low - n_forced).max(0);
        let mut room = high - n_forced - missing;
        let mut free = Vec::with_capacity(self.free.len());
        for (price, n) in self.free.drain(..) {
            let n_now = n.min(missing);
            missing -= n_now;
            if n_now > 0 {
                self.forced.push((price, n_now));
            }
            let n_more = (n - n_now).min(room.max(0));
            room -= n_more;
            if n_more > 0 {
                free.push((price, n_more));
            }
        }
        self.free = free;
        (missing == 0 && room >= 0).then_some(())
    }

    /// Adds a cost by rank, splitting runs where it changes.
    fn add(&mut self, at: impl Fn(i64) -> i128) {
        let mut rank = 1;
        for runs in [&mut self.forced, &mut self.free] {
            let mut split = Vec::with_capacity(runs.len());
            for &(price, n) in runs.iter() {
                let end = rank + n;
                while rank < end {
                    let last = last_alike(&at, rank, end - 1);
                    split.push((price + at(rank), last - rank + 1));
                    rank = last + 1;
                }
            }
            *runs = split;
        }
    }
}
