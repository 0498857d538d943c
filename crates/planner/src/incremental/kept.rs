//! The lists that are kept, and what is taken from them.

use std::collections::HashMap;

use super::cut::{self, Cut, Part};
use crate::instance::POINT;
use crate::merge::{self, Entry, Leaves, Lists, Price, Priced, Question};
use crate::pricing::{Pricing, SCALE};

/// The merged list of one unit.
#[derive(Debug, Clone)]
pub(super) struct List<P> {
    pub(super) forced: Vec<Entry<P>>,
    pub(super) free: Vec<Entry<P>>,
}

impl<P> Default for List<P> {
    fn default() -> Self {
        List { forced: Vec::new(), free: Vec::new() }
    }
}

/// Lists and what is taken from them. The root's own list is never made: its parts are the lists of
/// its inner children and one list of all leaves directly below it.
#[derive(Default)]
pub(super) struct Kept<P> {
    /// By slot of the unit.
    lists: Vec<List<P>>,
    /// Slots of the root's inner children, in the order of the draw; the root's own slot stands for
    /// its leaves.
    parts: Vec<(u32, usize)>,
    ranks: HashMap<u32, u32>,
    cut: Cut,
    /// Persons of each unit.
    pub(super) totals: Vec<i64>,
    by_class: Vec<i64>,
    prices: i128,
    intake: i64,
}

impl<P: Price> Kept<P> {
    pub(super) fn new(question: &Question<'_, '_>) -> Self {
        let pricing = question.pricing;
        let root = pricing.instance.root;
        let n_inner = pricing.tree.inner.len();
        let mut kept = Kept {
            lists: std::iter::repeat_with(List::default).take(n_inner).collect(),
            parts: Vec::new(),
            ranks: super::ranks_at_root(pricing),
            cut: Cut::default(),
            totals: vec![0; pricing.instance.units.len()],
            by_class: vec![0; pricing.classes.steps.len()],
            prices: 0,
            intake: 0,
        };
        let paid = merge::paid(question);
        for &v in &pricing.tree.inner {
            kept.merge_at(question, &paid, v as usize);
        }
        for (rank, &child) in (0u32..).zip(pricing.tree.children(root)) {
            if !pricing.instance.units.is_leaf(child as usize) {
                kept.parts.push((rank, pricing.tree.slot(child as usize)));
            }
        }
        kept.parts.push((u32::MAX, pricing.tree.slot(root)));
        kept.take(question);
        kept
    }

    /// Merges the list of one unit again; at the root only that of its leaves.
    fn merge_at(&mut self, question: &Question<'_, '_>, paid: &[P], v: usize) {
        let pricing = question.pricing;
        let is_root = v == pricing.instance.root;
        let children = pricing.tree.children(v);
        let leaves = Leaves::new(pricing, children);
        let mut lists = Lists::default();
        for (position, &child) in children.iter().enumerate() {
            if pricing.instance.units.is_leaf(child as usize) {
                lists.starts.push((lists.forced.len(), lists.free.len()));
                leaves.push(position, child, paid, question.is_jittered, &mut lists);
            } else if !is_root {
                let below = &self.lists[pricing.tree.slot(child as usize)];
                lists.starts.push((lists.forced.len(), lists.free.len()));
                lists.forced.extend_from_slice(&below.forced);
                lists.free.extend_from_slice(&below.free);
            }
        }
        if is_root {
            lists.free.sort_by_key(|entry| entry.price);
        } else {
            lists.join(pricing, v);
        }
        self.lists[pricing.tree.slot(v)] = List { forced: lists.forced, free: lists.free };
    }

    /// Answers anew after the numbers of a unit have changed.
    pub(super) fn change(&mut self, question: &Question<'_, '_>, unit: usize) {
        let pricing = question.pricing;
        let root = pricing.instance.root;
        let paid = merge::paid(question);
        let is_leaf = pricing.instance.units.is_leaf(unit);
        let mut at = if is_leaf { pricing.instance.units.parent(unit) } else { Some(unit) };
        // The part of the root that the change lies in: its old list is needed until the new is cut.
        let mut below_root = pricing.tree.slot(root);
        while let Some(v) = at {
            if v != root {
                below_root = pricing.tree.slot(v);
            }
            at = pricing.instance.units.parent(v);
        }
        let before = self.lists[below_root].clone();
        let mut at = if is_leaf { pricing.instance.units.parent(unit) } else { Some(unit) };
        while let Some(v) = at {
            if v != root || pricing.instance.units.parent(unit) == Some(root) {
                self.merge_at(question, &paid, v);
            }
            at = pricing.instance.units.parent(v);
        }
        let place = self.parts.iter().position(|&(_, slot)| slot == below_root);
        if let Some(place) = place {
            self.retake(question, place, &before);
        }
    }

    fn views(&self) -> Vec<Part<'_, P>> {
        let parts = self.parts.iter();
        parts.map(|&(rank, slot)| Part { rank, free: &self.lists[slot].free, ranks: &self.ranks }).collect()
    }

    fn n_forced(&self) -> i64 {
        self.parts.iter().map(|&(_, slot)| cut::persons(&self.lists[slot].forced)).sum()
    }

    /// How many persons the root takes: below the target a place earns its weight, above it costs
    /// as much.
    fn intake(&self, pricing: &Pricing<'_>, views: &[Part<'_, P>]) -> (i64, i64) {
        let (low, high) = pricing.bounds(pricing.instance.root);
        let weight = i128::from(pricing.instance.target.weight) * POINT * SCALE;
        let n_forced = self.n_forced();
        let n_below = |limit: i128| n_forced + cut::n_below(views, P::of(limit));
        let target = pricing.instance.target.intake.clamp(n_below(-weight), n_below(weight));
        (target.clamp(low.max(n_forced), high), n_forced)
    }

    /// Takes from all parts, the first time.
    fn take(&mut self, question: &Question<'_, '_>) {
        let views = self.views();
        let (intake, n_forced) = self.intake(question.pricing, &views);
        let cut = Cut::find(&views, intake - n_forced);
        drop(views);
        (self.cut, self.intake) = (cut, intake);
        let mut more = Vec::new();
        for (place, &(_, slot)) in self.parts.iter().enumerate() {
            let list = &self.lists[slot];
            more.extend(list.forced.iter().map(|entry| (*entry, i64::from(entry.n))));
            self.cut.for_each_taken(place, &list.free, |entry, n| more.push((*entry, n)));
        }
        for (entry, n) in more {
            self.prices += entry.price.wide() * i128::from(n);
            self.add(question.pricing, &entry, n);
        }
    }

    fn add(&mut self, pricing: &Pricing<'_>, entry: &Entry<P>, n: i64) {
        self.by_class[entry.class as usize] += n;
        let mut at = Some(entry.leaf as usize);
        while let Some(v) = at {
            self.totals[v] += n;
            at = pricing.instance.units.parent(v);
        }
    }

    /// Takes anew after one part has changed; the others give or take only what lies between the old
    /// cut and the new.
    fn retake(&mut self, question: &Question<'_, '_>, changed: usize, before: &List<P>) {
        let views = self.views();
        let (intake, n_forced) = self.intake(question.pricing, &views);
        let cut = Cut::find(&views, intake - n_forced);
        drop(views);
        let mut moved: Vec<(Entry<P>, i64)> = Vec::new();
        for (place, &(_, slot)) in self.parts.iter().enumerate() {
            let list = &self.lists[slot];
            if place == changed {
                let (old, new) = (taken(&self.cut, place, before), taken(&cut, place, list));
                self.prices += cost(&new) - cost(&old);
                push_difference(&old, &new, &mut moved);
            } else {
                self.prices += self.cut.push_moves(&cut, place, &list.free, &mut moved);
            }
        }
        (self.cut, self.intake) = (cut, intake);
        for (entry, n) in moved {
            self.add(question.pricing, &entry, n);
        }
    }

    pub(super) fn priced(&self, question: &Question<'_, '_>) -> Priced {
        let pricing = question.pricing;
        let mut bound = self.prices + SCALE * pricing.inner_cost(pricing.instance.root, self.intake);
        for (row, multiplier) in pricing.instance.rows.iter().zip(question.multipliers) {
            bound -= multiplier * row.base();
        }
        Priced { bound, residuals: pricing.residuals(&self.by_class), totals: self.totals.clone() }
    }
}

/// Entries with how many persons of each are taken.
type Taken<P> = (Entry<P>, i64);

fn taken<P: Price>(cut: &Cut, place: usize, list: &List<P>) -> Vec<Taken<P>> {
    let mut taken: Vec<_> = list.forced.iter().map(|entry| (*entry, i64::from(entry.n))).collect();
    cut.for_each_taken(place, &list.free, |entry, n| taken.push((*entry, n)));
    taken
}

fn cost<P: Price>(taken: &[Taken<P>]) -> i128 {
    taken.iter().map(|(entry, n)| entry.price.wide() * i128::from(*n)).sum()
}

/// Gives back the old and takes the new, without what both begin and end with.
fn push_difference<P: Price>(old: &[Taken<P>], new: &[Taken<P>], moved: &mut Vec<Taken<P>>) {
    let is_same = |(a, b): &(&Taken<P>, &Taken<P>)| (a.0.leaf, a.0.class, a.1) == (b.0.leaf, b.0.class, b.1);
    let n_first = old.iter().zip(new).take_while(is_same).count();
    let (old, new) = (&old[n_first..], &new[n_first..]);
    let n_last = old.iter().rev().zip(new.iter().rev()).take_while(is_same).count();
    moved.extend(old[..old.len() - n_last].iter().map(|&(entry, n)| (entry, -n)));
    moved.extend_from_slice(&new[..new.len() - n_last]);
}
