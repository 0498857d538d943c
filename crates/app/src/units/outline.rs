//! Looking over the tree: what stands below a unit with its figures, units by name or code, and how
//! many were admitted in which year.

use std::collections::BTreeMap;

use domain::ids::UnitId;
use domain::unit::Unit;
use jiff::civil::Date;

use crate::store::{Store, StoreError, outline, units};

/// A unit of an outline, counted with everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// The unit.
    pub unit: Unit,
    /// Probationary and full members.
    pub n_members: i64,
    /// Applicants, activists and development targets.
    pub n_candidates: i64,
    /// Open units below it.
    pub n_units: i64,
}

impl Store {
    /// What stands directly below a unit, closed units too, each with its figures.
    ///
    /// # Errors
    /// The database fails.
    pub fn outline_below(&self, parent: UnitId) -> Result<Vec<Outlined>, StoreError> {
        self.read(|connection| {
            let children = units::children(connection, Some(parent))?;
            let people = outline::people_below(connection, parent)?;
            let n_units = outline::open_below(connection, parent)?;
            let outlined = |unit: Unit| {
                let (n_members, n_candidates) = people.get(&unit.id).copied().unwrap_or_default();
                let n_units = n_units.get(&unit.id).copied().unwrap_or(0);
                Outlined { unit, n_members, n_candidates, n_units }
            };
            Ok(children.into_iter().map(outlined).collect())
        })
    }

    /// The day on which a unit was closed; none while it is open.
    ///
    /// # Errors
    /// The database fails.
    pub fn unit_closed_on(&self, unit: UnitId) -> Result<Option<Date>, StoreError> {
        self.read(|connection| outline::closed_on(connection, unit))
    }

    /// Units of a range of the tree (first and last place of a unit's branch of it) whose name or code
    /// holds what was typed; an equal code comes first, closed units last.
    ///
    /// # Errors
    /// The database fails.
    pub fn units_named(&self, typed: &str, scope: (i64, i64), limit: usize) -> Result<Vec<Unit>, StoreError> {
        if typed.trim().is_empty() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| outline::named(connection, typed, scope, limit))
    }

    /// Admissions by year, from the first of a number of years up to and with that of `today`, counted
    /// where the people are now. Years without one are there with nought.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn intake(&self, unit: UnitId, today: Date, n_years: i16) -> Result<BTreeMap<i16, i64>, StoreError> {
        let first = today.year() - n_years + 1;
        let from = Date::new(first, 1, 1).map_err(|error| StoreError::Unfit(error.to_string()))?;
        let counted = self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            outline::admitted_by_year(connection, &top, from)
        })?;
        Ok((first..=today.year()).map(|year| (year, counted.get(&year).copied().unwrap_or(0))).collect())
    }
}

#[cfg(test)]
mod tests;
