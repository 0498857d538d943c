//! The tree as the search walks it: children in one array, units in an order in which every child
//! comes before its parent, and the hard bounds of every unit folded upwards.

use crate::instance::Instance;

/// An instance with its walking order and folded bounds.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// Children of unit `v`: `children[first[v]..first[v + 1]]`.
    first: Vec<u32>,
    children: Vec<u32>,
    /// Every unit, children before parents; the root is last.
    pub(crate) upwards: Vec<u32>,
    /// Own bounds of each unit; at a leaf with the pool and the duty in them.
    pub(crate) bounds: Vec<(i64, i64)>,
    /// Least and greatest numbers that the bounds below and at the unit allow.
    pub(crate) reach: Vec<(i64, i64)>,
    /// Leaves whose duty is waived because nobody is ready.
    pub(crate) waived: Vec<usize>,
}

/// Greater than any number of persons that a well-formed instance can hold.
pub(crate) const UNBOUNDED: i64 = i64::MAX / 4;

impl Tree {
    pub(crate) fn new(instance: &Instance) -> Tree {
        let n = instance.units.len();
        let mut first = vec![0u32; n + 1];
        for unit in &instance.units {
            if let Some(parent) = unit.parent {
                first[parent + 1] += 1;
            }
        }
        for position in 0..n {
            first[position + 1] += first[position];
        }
        let mut next = first.clone();
        let mut children = vec![0u32; n.saturating_sub(1)];
        for (position, unit) in instance.units.iter().enumerate() {
            if let Some(parent) = unit.parent {
                children[next[parent] as usize] = position as u32;
                next[parent] += 1;
            }
        }
        let mut tree = Tree {
            first,
            children,
            upwards: Vec::new(),
            bounds: Vec::new(),
            reach: Vec::new(),
            waived: Vec::new(),
        };
        tree.upwards = tree.walk(instance.root);
        tree.fold_bounds(instance);
        tree
    }

    pub(crate) fn children(&self, unit: usize) -> &[u32] {
        &self.children[self.first[unit] as usize..self.first[unit + 1] as usize]
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

    fn fold_bounds(&mut self, instance: &Instance) {
        let n = instance.units.len();
        self.bounds = vec![(0, UNBOUNDED); n];
        self.reach = vec![(0, 0); n];
        let band = instance.intake_band();
        for position in 0..self.upwards.len() {
            let v = self.upwards[position] as usize;
            let unit = &instance.units[v];
            let (own, below) = match unit.leaf_bounds() {
                Some((least, greatest, is_waived)) => {
                    if is_waived {
                        self.waived.push(v);
                    }
                    ((least, greatest), (least, greatest))
                }
                None => {
                    let mut own = (unit.lower, unit.upper.unwrap_or(UNBOUNDED));
                    if v == instance.root {
                        own = (own.0.max(band.0), own.1.min(band.1));
                    }
                    let below = self.children(v).iter().fold((0i64, 0i64), |sum, &child| {
                        let (low, high) = self.reach[child as usize];
                        (sum.0 + low, sum.1 + high)
                    });
                    (own, below)
                }
            };
            self.bounds[v] = own;
            self.reach[v] = (own.0.max(below.0), own.1.min(below.1));
        }
        self.waived.sort_unstable();
    }
}
