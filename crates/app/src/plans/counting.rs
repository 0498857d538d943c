//! Everything that a plan is made from, counted branch by branch and summed up the tree.

use std::collections::{BTreeMap, HashMap};

use domain::ids::UnitId;
use domain::person::Stage;
use domain::plan::Cells;
use domain::unit::Unit;
use jiff::civil::{Date, date};

use super::calendar::days_of;
use super::drafting::{DraftError, Watch};
use crate::store::{PlanRow, Store, StoreError, places, plans, units};

/// A branch, as far as a plan knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) n_stock: i64,
    pub(super) ready: Cells,
    pub(super) n_asked: i64,
    pub(super) asked_cells: Cells,
    pub(super) n_used: i64,
    /// Admissions of the three years before, the latest first.
    pub(super) before: [i64; 3],
}

/// The units of a plan and what is counted in its branches.
pub(super) struct Counted {
    /// Every open unit, each before those below it.
    pub(super) units: Vec<Unit>,
    pub(super) branches: HashMap<UnitId, Branch>,
}

impl Counted {
    /// The sum of a figure over a unit and everything below it, for every unit.
    pub(super) fn sums(&self, figure: impl Fn(&Branch) -> i64) -> HashMap<UnitId, i64> {
        let mut sums: HashMap<UnitId, i64> = HashMap::new();
        for unit in self.units.iter().rev() {
            let own = self.branches.get(&unit.id).map_or(0, &figure);
            let sum = *sums.entry(unit.id).and_modify(|sum| *sum += own).or_insert(own);
            if let Some(parent) = unit.parent {
                *sums.entry(parent).or_default() += sum;
            }
        }
        sums
    }
}

/// Counts a plan's units on a day.
pub(super) fn count(
    store: &Store,
    plan: &PlanRow,
    today: Date,
    watch: &Watch<'_>,
) -> Result<Counted, DraftError> {
    let top = store.unit(plan.unit)?;
    let mut counted = store.read(|connection| {
        let mut units = units::subtree(connection, &top)?;
        units.retain(|unit| unit.is_open);
        let range = (top.pre, top.post);
        let branches = units.iter().filter(|unit| unit.kind.may_admit());
        let mut branches: HashMap<UnitId, Branch> =
            branches.map(|unit| (unit.id, Branch::default())).collect();
        for (unit, stage, n) in places::stages(connection, range)? {
            if stage == Stage::Probationary || stage == Stage::Full {
                branches.entry(unit).or_default().n_stock += n;
            }
        }
        for request in plans::requests(connection, plan)? {
            let branch = branches.entry(request.unit).or_default();
            (branch.n_asked, branch.asked_cells) = (request.n, request.cells);
        }
        for (place, _) in places::used(connection, range, days_of(plan.year))? {
            branches.entry(place.unit).or_default().n_used += 1;
        }
        for (unit, year) in admitted_before(connection, range, plan.year)? {
            branches.entry(unit).or_default().before[year] += 1;
        }
        Ok(Counted { units, branches })
    })?;
    for (unit, cells) in store.ready(&top, (plan.year, today), watch)? {
        counted.branches.entry(unit).or_default().ready = cells;
    }
    Ok(counted)
}

/// Admissions of the three years before one: the branch, and how many years before, from 0.
pub(super) fn admitted_before(
    connection: &mut crate::store::Connection,
    range: (i64, i64),
    year: i16,
) -> Result<Vec<(UnitId, usize)>, StoreError> {
    let since = date(year - 3, 1, 1);
    let used = places::used(connection, range, (since, days_of(year - 1).1))?;
    let used = used.into_iter().filter_map(|(place, _)| Some((place.unit, place.used_on?)));
    // Members of old have no file here; the day of their meeting is all that is known.
    let older = places::without_file(connection, range, since)?;
    let years_before = |(unit, day): (UnitId, Date)| {
        let before = usize::try_from(year - 1 - day.year()).ok()?;
        (before < 3).then_some((unit, before))
    };
    Ok(used.chain(older).filter_map(years_before).collect())
}

/// The unit above each unit.
pub(super) fn parents(units: &[Unit], top: UnitId) -> BTreeMap<UnitId, UnitId> {
    let below = units.iter().filter(|unit| unit.id != top);
    below.filter_map(|unit| Some((unit.id, unit.parent?))).collect()
}
