//! Reading the tree: a unit, what is below it, who held its posts, and who is counted there.

use std::collections::BTreeMap;

use domain::ids::{PersonId, UnitId};
use domain::person::{Sex, Stage};
use domain::unit::{PostKind, Unit};
use jiff::civil::Date;

use crate::store::{Store, StoreError, people, units};

/// The people of a unit and everything below it, by the figures that the counters hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composition {
    /// People by stage.
    pub stages: BTreeMap<Stage, i64>,
    /// Members by year of birth and sex.
    pub births: BTreeMap<(i64, Sex), i64>,
    /// Members with senior high school and above.
    pub n_educated: i64,
}

impl Composition {
    /// Probationary and full members.
    #[must_use]
    pub fn n_members(&self) -> i64 {
        self.stages.iter().filter(|(stage, _)| stage.is_member()).map(|(_, n)| n).sum()
    }

    /// Members of one sex.
    #[must_use]
    pub fn n_of(&self, sex: Sex) -> i64 {
        self.births.iter().filter(|((_, known), _)| *known == sex).map(|(_, n)| n).sum()
    }
}

impl Store {
    /// A unit by its id.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn unit(&self, id: UnitId) -> Result<Unit, StoreError> {
        self.read(|connection| units::unit(connection, id)?.ok_or(StoreError::Missing))
    }

    /// The open unit with an office's code.
    ///
    /// # Errors
    /// The database fails.
    pub fn unit_with_code(&self, code: &str) -> Result<Option<UnitId>, StoreError> {
        self.read(|connection| units::with_code(connection, code))
    }

    /// Units directly below another; the top of the tree when none is named.
    ///
    /// # Errors
    /// The database fails.
    pub fn units_below(&self, parent: Option<UnitId>) -> Result<Vec<Unit>, StoreError> {
        self.read(|connection| units::children(connection, parent))
    }

    /// A unit and everything below it, each unit before those below it.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn subtree(&self, top: UnitId) -> Result<Vec<Unit>, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            units::subtree(connection, &top)
        })
    }

    /// Who held a kind of post in a unit on a day.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn holders(&self, unit: UnitId, kind: PostKind, day: Date) -> Result<Vec<PersonId>, StoreError> {
        self.read(|connection| {
            let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            units::holders(connection, &unit, kind, day)
        })
    }

    /// Who is counted in a unit and below it.
    ///
    /// # Errors
    /// There is no such unit, the database fails, or a counter has an unknown code.
    pub fn composition(&self, unit: UnitId) -> Result<Composition, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            let mut composition = Composition::default();
            for (cell, n) in people::counts(connection, &top)? {
                let unknown = || StoreError::Damaged(format!("cell {} has an unknown code", cell.0));
                let stage = cell.stage().ok_or_else(unknown)?;
                *composition.stages.entry(stage).or_default() += n;
                if stage.is_member() {
                    let sex = cell.sex().ok_or_else(unknown)?;
                    *composition.births.entry((cell.born(), sex)).or_default() += n;
                    if cell.education().ok_or_else(unknown)?.is_senior_high_or_above() {
                        composition.n_educated += n;
                    }
                }
            }
            Ok(composition)
        })
    }
}
