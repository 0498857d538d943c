//! The root's choice among sorted lists: everybody cheaper than a price, and of those at the price
//! as many as there is room for, in the order of the draw.

use std::collections::HashMap;

use crate::merge::{Entry, Price};

/// One sorted list below the root. Leaves directly below it share one list; each has its own rank.
pub(super) struct Part<'a, P> {
    pub(super) rank: u32,
    pub(super) free: &'a [Entry<P>],
    pub(super) ranks: &'a HashMap<u32, u32>,
}

/// Where the lists are cut.
#[derive(Debug, Clone, Default)]
pub(super) struct Cut {
    /// For each part, how many entries are taken whole.
    whole: Vec<usize>,
    /// Of entries at the price of the cut that are not taken whole: part, entry, persons.
    rest: Vec<(usize, usize, i64)>,
}

pub(super) fn persons<P>(entries: &[Entry<P>]) -> i64 {
    entries.iter().map(|entry| i64::from(entry.n)).sum()
}

fn n_cheaper<P: Price>(part: &Part<'_, P>, price: i128) -> usize {
    part.free.partition_point(|entry| entry.price.wide() < price)
}

/// Persons cheaper than a price.
pub(super) fn n_below<P: Price>(parts: &[Part<'_, P>], price: P) -> i64 {
    let price = price.wide();
    parts.iter().map(|part| persons(&part.free[..n_cheaper(part, price)])).sum()
}

impl Cut {
    /// The cheapest `n` persons of all lists.
    pub(super) fn find<P: Price>(parts: &[Part<'_, P>], n: i64) -> Cut {
        let n = n.max(0);
        let prices =
            parts.iter().filter_map(|part| Some((part.free.first()?.price, part.free.last()?.price)));
        let least = prices.clone().map(|(first, _)| first.wide()).min().unwrap_or(0);
        let most = prices.map(|(_, last)| last.wide()).max().unwrap_or(0);
        // The greatest price below which there are at most `n` persons. Between two prices only the
        // entries between their places are counted again.
        let (mut low, mut high) = (least, most + 1);
        let mut from: Vec<usize> = parts.iter().map(|part| n_cheaper(part, low)).collect();
        let mut n_from = 0;
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            let to: Vec<usize> = parts.iter().map(|part| n_cheaper(part, middle)).collect();
            let spans = parts.iter().zip(from.iter().zip(&to));
            let n_to = n_from + spans.map(|(part, (&from, &to))| persons(&part.free[from..to])).sum::<i64>();
            if n_to <= n {
                (low, from, n_from) = (middle, to, n_to);
            } else {
                high = middle;
            }
        }
        let mut cut = Cut { whole: from, rest: Vec::new() };
        cut.take_equals(parts, low, n - n_from);
        cut
    }

    /// Takes from the entries at one price, in the order of the draw.
    fn take_equals<P: Price>(&mut self, parts: &[Part<'_, P>], price: i128, n: i64) {
        let mut equals: Vec<(u32, usize, usize)> = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            let start = self.whole[place];
            let alike = part.free[start..].iter().take_while(|entry| entry.price.wide() == price);
            equals.extend(alike.enumerate().map(|(at, entry)| {
                let rank = if part.rank == u32::MAX { part.ranks.get(&entry.leaf).copied() } else { None };
                (rank.unwrap_or(part.rank), place, start + at)
            }));
        }
        equals.sort_unstable();
        let mut left = n;
        for (_, place, at) in equals {
            if left == 0 {
                break;
            }
            let taken = i64::from(parts[place].free[at].n).min(left);
            left -= taken;
            self.rest.push((place, at, taken));
        }
    }

    pub(super) fn for_each_taken<P: Price>(
        &self,
        place: usize,
        free: &[Entry<P>],
        mut tell: impl FnMut(&Entry<P>, i64),
    ) {
        free[..self.whole[place]].iter().for_each(|entry| tell(entry, i64::from(entry.n)));
        for &(_, at, n) in self.rest.iter().filter(|rest| rest.0 == place) {
            tell(&free[at], n);
        }
    }

    /// What a list that has not changed gives or takes when the cut moves, and what that costs.
    pub(super) fn push_moves<P: Price>(
        &self,
        to: &Cut,
        place: usize,
        free: &[Entry<P>],
        moved: &mut Vec<(Entry<P>, i64)>,
    ) -> i128 {
        let start = moved.len();
        let (before, after) = (self.whole[place], to.whole[place]);
        let between = &free[before.min(after)..before.max(after)];
        let sign = if after >= before { 1 } else { -1 };
        moved.extend(between.iter().map(|entry| (*entry, sign * i64::from(entry.n))));
        for (rest, sign) in [(&self.rest, -1), (&to.rest, 1)] {
            let here = rest.iter().filter(|rest| rest.0 == place);
            moved.extend(here.map(|&(_, at, n)| (free[at], sign * n)));
        }
        moved[start..].iter().map(|(entry, n)| entry.price.wide() * i128::from(*n)).sum()
    }
}
