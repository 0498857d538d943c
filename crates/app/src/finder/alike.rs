//! Entries that may be one person, found among the names that the index holds in memory.

use std::sync::PoisonError;

use domain::ids::UnitId;
use domain::members::duplicates::{Alike, Compared, groups};

use super::PAGES_AT_ONCE;
use crate::store::{Store, StoreError, people, units};

/// What a look for duplicates came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Groups of entries that are alike, the strongest reasons first.
    pub groups: Vec<Alike>,
    /// Number of entries that were compared.
    pub n_compared: usize,
    /// Every name of the site was looked at; false while the index is still being built.
    pub is_complete: bool,
}

impl Store {
    /// Entries of a unit and everything below it that may be one person. People who left and entries that
    /// were merged already are left out. With `waits`, the index of names is finished first.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read or opened.
    pub fn duplicates(&self, unit: UnitId, waits: bool) -> Result<Duplicates, StoreError> {
        if let Some(error) = self.finder.failure() {
            return Err(error);
        }
        let n_pages = if waits { usize::MAX } else { PAGES_AT_ONCE };
        let is_complete = (waits || !self.finder.is_building())
            && self.read_open(|reader| self.finder.shared.advance(reader, n_pages))?;
        if !is_complete {
            self.begin_finding()?;
        }
        let known = self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            people::births(connection, (top.pre, top.post))
        })?;
        let index = self.finder.shared.index.read().unwrap_or_else(PoisonError::into_inner);
        let compared = |(person, sex, born_on)| {
            let marks = index.marks(person)?;
            Some(Compared {
                person,
                number: marks.number,
                name: marks.name,
                sound: marks.sound,
                sex,
                born_on,
            })
        };
        let entries: Vec<Compared> = known.into_iter().filter_map(compared).collect();
        drop(index);
        Ok(Duplicates { groups: groups(&entries), n_compared: entries.len(), is_complete })
    }
}
