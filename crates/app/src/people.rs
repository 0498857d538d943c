//! Reading people: where one stands, and, opened from the record, what the roster says.

use std::collections::HashMap;

use domain::case::Recorded;
use domain::ids::{PersonId, UnitId};
use domain::members::Letter;
use domain::person::{Particulars, Person, Stage};
use domain::tree::Held;

use domain::supervision::is_of_register;

use crate::store::{
    PersonRow, Store, StoreError, letters, offices, particulars, people, reading, roster, units,
};

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

    /// The rows of people of a unit and below, without names, in the order of the tree; of one stage if
    /// one is named, else everyone who has not left.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn people_of(
        &self,
        unit: UnitId,
        stage: Option<Stage>,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<PersonRow>, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            roster::below(connection, &top, stage, (offset, limit))
        })
    }

    /// How many rows [`Store::people_of`] has on all its pages.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn n_people_of(&self, unit: UnitId, stage: Option<Stage>) -> Result<i64, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            roster::n_below(connection, &top, stage)
        })
    }

    /// One person's row, without the name.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn person_row(&self, person: PersonId) -> Result<PersonRow, StoreError> {
        self.read(|connection| roster::row(connection, person)?.ok_or(StoreError::Missing))
    }

    /// The letter of transfer of a person, if one is on the way.
    ///
    /// # Errors
    /// The database fails.
    pub fn letter_of(&self, person: PersonId) -> Result<Option<Letter>, StoreError> {
        self.read(|connection| letters::of_person(connection, person))
    }

    /// The posts that a person has not given up, with the units they are in.
    ///
    /// # Errors
    /// The database fails.
    pub fn posts_of(&self, person: PersonId) -> Result<Vec<(UnitId, Held)>, StoreError> {
        self.read(|connection| offices::of_person(connection, person))
    }

    /// Every post of a person, past and present, the latest first, with the units they are in.
    ///
    /// # Errors
    /// The database fails.
    pub fn posts_ever_of(&self, person: PersonId) -> Result<Vec<(UnitId, Held)>, StoreError> {
        self.read(|connection| offices::ever_of_person(connection, person))
    }

    /// Everything that was recorded about a person, the latest first.
    ///
    /// # Errors
    /// The person's key is gone, or the record cannot be read.
    pub fn person_history(&self, person: PersonId) -> Result<Vec<Recorded>, StoreError> {
        // The register of supervision tells its own part, to those entitled to it only.
        let is_told = |recorded: &Recorded| !is_of_register(recorded.fact.event.kind());
        self.read_open(|reader| {
            let all = reading::of_person(&mut reader.connection, &mut reader.keys, person)?;
            Ok(all.into_iter().filter(is_told).collect())
        })
    }

    /// Entries that were merged into a person's, by number.
    ///
    /// # Errors
    /// The database fails.
    pub fn merged_into(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        self.read(|connection| people::merged_into(connection, person))
    }

    /// Letters of transfer on the way from or to a unit or anything below it, the oldest first.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn letters_below(&self, unit: UnitId) -> Result<Vec<Letter>, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            letters::below(connection, &top)
        })
    }

    /// Letters of transfer on the way from or to a unit, the oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn transfers_on_the_way(&self, unit: UnitId) -> Result<Vec<Letter>, StoreError> {
        self.read(|connection| letters::of_unit(connection, unit))
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
