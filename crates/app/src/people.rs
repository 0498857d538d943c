//! Reading people: where one stands, and, opened from the record, what the roster says.

use std::collections::HashMap;

use domain::ids::{PersonId, UnitId};
use domain::person::{Particulars, Person, Stage};

use crate::store::{Store, StoreError, particulars, people, units};

impl Store {
    /// A person with particulars, opened.
    ///
    /// # Errors
    /// There is none, the person's key is gone, or the database fails.
    pub fn person(&self, id: PersonId) -> Result<Person, StoreError> {
        self.read_open(|reader| {
            let particulars = particulars::read(&mut reader.connection, &mut reader.keys, id)?;
            let particulars = particulars.ok_or(StoreError::Missing)?;
            people::person(&mut reader.connection, id, particulars)?.ok_or(StoreError::Missing)
        })
    }

    /// What the roster says of a person.
    ///
    /// # Errors
    /// There is no such person, the person's key is gone, or the database fails.
    pub fn particulars(&self, id: PersonId) -> Result<Particulars, StoreError> {
        self.read_open(|reader| {
            particulars::read(&mut reader.connection, &mut reader.keys, id)?.ok_or(StoreError::Missing)
        })
    }

    /// People of a unit and below, in the order of the tree; of one stage if one is named, else everyone
    /// who has not left.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn people_below(
        &self,
        unit: UnitId,
        stage: Option<Stage>,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<PersonId>, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            people::below(connection, &top, stage, (offset, limit))
        })
    }

    /// The names of people; those nobody registered are left out.
    ///
    /// # Errors
    /// A person's key is gone, or the database fails.
    pub fn names(&self, ids: &[PersonId]) -> Result<HashMap<PersonId, String>, StoreError> {
        self.read_open(|reader| {
            let mut names = HashMap::with_capacity(ids.len());
            for &id in ids {
                if let Some(known) = particulars::read(&mut reader.connection, &mut reader.keys, id)? {
                    names.insert(id, known.name);
                }
            }
            Ok(names)
        })
    }
}
