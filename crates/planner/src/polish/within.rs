//! Exchanges inside one committee that mend its own rows: a leaf sends another person, or one leaf
//! sends one more and another one fewer under the same unit.

use crate::instance::{Counted, Instance, Row};
use crate::lottery::Lottery;
use crate::pricing::Pricing;
use crate::solve::Solution;
use crate::tree::Tree;

/// One person who comes and one who goes, each as leaf and place in its pool.
#[derive(Clone, Copy)]
struct Swap {
    more: (usize, usize),
    fewer: (usize, usize),
}

/// The people of one committee and how its rows stand.
pub(crate) struct Inside<'a> {
    instance: &'a Instance,
    rows: &'a [&'a Row],
    leaves: Vec<usize>,
    totals: Vec<i64>,
    taken: Vec<u32>,
    /// Residuals of the committee's rows, and of the city's.
    own: Vec<i128>,
    city: Vec<i128>,
    /// What the exchanges so far cost the city, in micro-points.
    given_up: i128,
}

fn is_counted(instance: &Instance, row: &Row, leaf: usize, cell: u32) -> bool {
    match &row.counts {
        Counted::Attribute(attribute) => instance.cells[cell as usize].attributes.contains(attribute),
        Counted::Tag(tag) => instance.units.leaf(leaf).is_some_and(|leaf| leaf.tags.contains(tag)),
    }
}

impl<'a> Inside<'a> {
    pub(crate) fn new(instance: &'a Instance, solution: &Solution, unit: usize, rows: &'a [&'a Row]) -> Self {
        let is_below = |leaf: usize| {
            let above = std::iter::successors(Some(leaf), |&v| instance.units.parent(v));
            above.skip(1).any(|v| v == unit)
        };
        let all = (0..instance.units.len()).filter(|&v| instance.units.is_leaf(v));
        let leaves: Vec<usize> = all.clone().filter(|&v| is_below(v)).collect();
        let mut inside = Inside {
            instance,
            rows,
            leaves: all.collect(),
            totals: solution.totals.clone(),
            taken: solution.taken.clone(),
            own: Vec::new(),
            city: Vec::new(),
            given_up: 0,
        };
        let city: Vec<&Row> = instance.rows.iter().collect();
        inside.city = inside.counted(&city);
        inside.leaves = leaves;
        inside.own = inside.counted(rows);
        inside
    }

    pub(crate) fn residuals(&self) -> &[i128] {
        &self.own
    }

    /// Residuals of rows over the leaves.
    fn counted(&self, rows: &[&Row]) -> Vec<i128> {
        let mut residuals: Vec<i128> = rows.iter().map(|row| row.base()).collect();
        for &v in &self.leaves {
            let Some(leaf) = self.instance.units.leaf(v) else { continue };
            let parts = leaf.pool.iter().zip(&self.taken[self.instance.units.pool_span(v)]);
            for (part, &n) in parts.filter(|(_, n)| **n > 0) {
                for (residual, row) in residuals.iter_mut().zip(rows) {
                    *residual += row.step(is_counted(self.instance, row, v, part.cell)) * i128::from(n);
                }
            }
        }
        residuals
    }

    /// Makes the exchanges that mend most for what they cost the city, at most `most` micro-points;
    /// returns what they cost.
    pub(crate) fn mend(&mut self, most: i128) -> i128 {
        let lottery = Lottery::new(self.instance, 0);
        let tree = Tree::new(self.instance, &lottery);
        let pricing = Pricing::new(self.instance, &tree, &lottery);
        // Each exchange lowers the shortfall by at least one unit, so this ends.
        while let Some((swap, cost)) = self.best(&pricing, most - self.given_up) {
            self.make(swap);
            self.given_up += cost;
        }
        self.given_up
    }

    fn shortfall(rows: &[&Row], residuals: &[i128]) -> i128 {
        let rows = rows.iter().zip(residuals);
        rows.map(|(row, residual)| row.greatest_multiplier() * (-residual).max(0)).sum()
    }

    /// The exchange that mends most; of equals the one that costs the city least, then by name.
    fn best(&self, pricing: &Pricing<'_>, most: i128) -> Option<(Swap, i128)> {
        let now = Self::shortfall(self.rows, &self.own);
        let mut found: Vec<(i128, i128, Swap)> = Vec::new();
        for &a in &self.leaves {
            for more in 0..self.instance.units.pool_span(a).len() {
                let siblings = self
                    .leaves
                    .iter()
                    .filter(|&&b| self.instance.units.parent(b) == self.instance.units.parent(a));
                for &b in siblings {
                    for fewer in 0..self.instance.units.pool_span(b).len() {
                        let swap = Swap { more: (a, more), fewer: (b, fewer) };
                        let Some(own) = self.after(swap, self.rows, &self.own) else { continue };
                        let mended = now - Self::shortfall(self.rows, &own);
                        if mended <= 0 {
                            continue;
                        }
                        match self.cost(pricing, swap) {
                            Some(cost) if cost <= most => found.push((-mended, cost, swap)),
                            _ => {}
                        }
                    }
                }
            }
        }
        let id = |(leaf, place): (usize, usize)| (self.instance.units.id(leaf), place);
        let best = found.into_iter().min_by(|a, b| {
            (a.0, a.1, id(a.2.more), id(a.2.fewer)).cmp(&(b.0, b.1, id(b.2.more), id(b.2.fewer)))
        });
        best.map(|(_, cost, swap)| (swap, cost))
    }

    /// Residuals after an exchange; none when nobody is left to come or to go.
    fn after(&self, swap: Swap, rows: &[&Row], residuals: &[i128]) -> Option<Vec<i128>> {
        let at = |(leaf, place): (usize, usize)| {
            let part = self.instance.units.leaf(leaf)?.pool[place];
            Some((part, self.taken[self.instance.units.pool_span(leaf).start + place]))
        };
        let ((more, n_more), (fewer, n_fewer)) = (at(swap.more)?, at(swap.fewer)?);
        if swap.more == swap.fewer || n_more >= more.n || n_fewer == 0 {
            return None;
        }
        let step = |row: &Row, leaf, cell| row.step(is_counted(self.instance, row, leaf, cell));
        let rows = rows.iter().zip(residuals);
        let changed = rows.map(|(row, residual)| {
            residual + step(row, swap.more.0, more.cell) - step(row, swap.fewer.0, fewer.cell)
        });
        Some(changed.collect())
    }

    /// What an exchange costs the city; none when it breaks a leaf's bound.
    fn cost(&self, pricing: &Pricing<'_>, swap: Swap) -> Option<i128> {
        let city: Vec<&Row> = self.instance.rows.iter().collect();
        let after = self.after(swap, &city, &self.city)?;
        let mut cost = Self::shortfall(&city, &after) - Self::shortfall(&city, &self.city);
        for ((leaf, place), more) in [(swap.more, 1i64), (swap.fewer, -1)] {
            let unit = self.instance.unit(leaf);
            let of = unit.leaf?;
            let n = i64::from(self.taken[self.instance.units.pool_span(leaf).start + place]);
            let asked = of.asked_for(of.pool[place].cell);
            cost += pricing.cell_cost(asked, n + more) - pricing.cell_cost(asked, n);
            if swap.more.0 != swap.fewer.0 {
                let total = self.totals[leaf];
                let (low, high) = pricing.bounds(leaf);
                if !(low..=high).contains(&(total + more)) {
                    return None;
                }
                cost += pricing.leaf_cost(&unit, &of, total + more) - pricing.leaf_cost(&unit, &of, total);
            }
        }
        Some(cost)
    }

    fn make(&mut self, swap: Swap) {
        let city: Vec<&Row> = self.instance.rows.iter().collect();
        // Invariant: the exchange was found possible.
        self.own = self.after(swap, self.rows, &self.own).expect("a possible exchange");
        self.city = self.after(swap, &city, &self.city).expect("a possible exchange");
        for ((leaf, place), more) in [(swap.more, 1i64), (swap.fewer, -1)] {
            let taken = &mut self.taken[self.instance.units.pool_span(leaf).start + place];
            *taken = if more > 0 { *taken + 1 } else { *taken - 1 };
            self.totals[leaf] += more;
        }
    }

    /// Writes the committee's people into the city's plan.
    pub(crate) fn write(self, solution: &mut Solution) {
        solution.totals = self.totals;
        solution.taken = self.taken;
        solution.objective += self.given_up;
    }
}
