//! Reading people: where one stands, and, opened from the record, what the roster says.

use std::collections::HashMap;

use domain::ids::PersonId;
use domain::person::{Particulars, Person};

use crate::store::{Store, StoreError, particulars, people};

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
