//! The tree as the search walks it: children in one array in the order of the draw, units in an
//! order in which every child comes before its parent, and the hard bounds of every inner unit
//! folded upwards. Inner units are few, so what only they have is kept by their slot.

use crate::instance::Instance;
use crate::lottery::Lottery;

/// An instance with its walking order and folded bounds.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// Children of unit `v`: `children[first[v]..first[v + 1]]`, equals drawn in this order.
    first: Vec<u32>,
    children: Vec<u32>,
    /// Every unit, children before parents, each subtree in one piece; the root is last.
    pub(crate) upwards: Vec<u32>,
    /// Place of an inner unit among the inner units; of no meaning at a leaf.
    slots: Vec<u32>,
    /// Inner units, children before parents.
    pub(crate) inner: Vec<u32>,
    /// Own bounds of each inner unit, by slot; at the root with the intake in them.
    own: Vec<(i64, i64)>,
    /// Least and greatest numbers that the bounds below and at the unit allow, by slot.
    reach: Vec<(i64, i64)>,
    /// Leaves whose duty is waived because nobody is ready.
    pub(crate) waived: Vec<usize>,
}

/// Greater than any number of persons that a well-formed instance can hold.
pub(crate) const UNBOUNDED: i64 = i64::MAX / 4;

impl Tree {
    pub(crate) fn new(instance: &Instance, lottery: &Lottery) -> Tree {
        let n = instance.units.len();
        let mut first = vec![0u32; n + 1];
        for parent in (0..n).filter_map(|v| instance.units.parent(v)) {
            first[parent + 1] += 1;
        }
        for position in 0..n {
            first[position + 1] += first[position];
        }
        let mut next = first.clone();
        let mut children = vec![0u32; n.saturating_sub(1)];
        for position in 0..n {
            if let Some(parent) = instance.units.parent(position) {
                children[next[parent] as usize] = position as u32;
                next[parent] += 1;
            }
        }
        for v in (0..n).filter(|&v| !instance.units.is_leaf(v)) {
            // Two draws of 64 bits hardly ever meet; then the names decide, never the file's order.
            children[first[v] as usize..first[v + 1] as usize].sort_unstable_by(|&a, &b| {
                let key = |v: u32| (lottery.of_unit(v as usize), instance.units.id(v as usize));
                key(a).cmp(&key(b))
            });
        }
        let mut tree = Tree {
            first,
            children,
            upwards: Vec::new(),
            slots: vec![0; n],
            inner: Vec::new(),
            own: Vec::new(),
            reach: Vec::new(),
            waived: Vec::new(),
        };
        tree.upwards = tree.walk(instance.root);
        for &v in &tree.upwards {
            if !instance.units.is_leaf(v as usize) {
                tree.slots[v as usize] = tree.inner.len() as u32;
                tree.inner.push(v);
            }
        }
        tree.fold_bounds(instance);
        tree
    }

    pub(crate) fn children(&self, unit: usize) -> &[u32] {
        &self.children[self.first[unit] as usize..self.first[unit + 1] as usize]
    }

    /// Place of an inner unit among the inner units.
    pub(crate) fn slot(&self, unit: usize) -> usize {
        self.slots[unit] as usize
    }

    /// Own bounds of a unit; at a leaf with the pool and the duty in them, at the root with the
    /// intake.
    pub(crate) fn bounds(&self, instance: &Instance, unit: usize) -> (i64, i64) {
        match instance.units.leaf_bounds(unit) {
            Some((least, greatest, _)) => (least, greatest),
            None => self.own[self.slot(unit)],
        }
    }

    /// Least and greatest numbers that the bounds at and below a unit allow.
    pub(crate) fn reach(&self, instance: &Instance, unit: usize) -> (i64, i64) {
        match instance.units.leaf_bounds(unit) {
            Some((least, greatest, _)) => (least, greatest),
            None => self.reach[self.slot(unit)],
        }
    }

    /// More persons than this are never admitted: the own bound of the root.
    pub(crate) fn most(&self) -> i64 {
        self.own.last().map_or(0, |own| own.1)
    }

    fn walk(&self, root: usize) -> Vec<u32> {
        // Parents first in depth-first order; reversed, every child precedes its parent.
        let mut order = Vec::with_capacity(self.first.len());
        let mut stack = vec![root as u32];
        while let Some(unit) = stack.pop() {
            order.push(unit);
            stack.extend_from_slice(self.children(unit as usize));
        }
        order.reverse();
        order
    }

    /// Computes the bounds of an inner unit again, after a number of the instance has changed.
    pub(crate) fn fold(&mut self, instance: &Instance, v: usize) {
        let unit = instance.unit(v);
        let mut own = (unit.lower, unit.upper.unwrap_or(UNBOUNDED));
        if v == instance.root {
            let band = instance.intake_band();
            own = (own.0.max(band.0), own.1.min(band.1));
        }
        let below = self.children(v).iter().fold((0i64, 0i64), |sum, &child| {
            let (low, high) = self.reach(instance, child as usize);
            (sum.0 + low, sum.1 + high)
        });
        let slot = self.slot(v);
        self.own[slot] = own;
        self.reach[slot] = (own.0.max(below.0), own.1.min(below.1));
    }

    fn fold_bounds(&mut self, instance: &Instance) {
        self.own = vec![(0, 0); self.inner.len()];
        self.reach = vec![(0, 0); self.inner.len()];
        for position in 0..self.inner.len() {
            self.fold(instance, self.inner[position] as usize);
        }
        self.waived = (0..instance.units.len())
            .filter(|&v| instance.units.leaf_bounds(v).is_some_and(|(.., is_waived)| is_waived))
            .collect();
    }
}
