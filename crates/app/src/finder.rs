//! Finding people (找人) by name, by its spelling in Latin letters, or by the end of an identity number.
//! Names are sealed in the record, so the database cannot search them: an index is built in memory from
//! opened events, kept current by later ones, and never written to a disk.

mod alike;
mod index;
mod spelling;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use domain::event::Event;
use domain::id_number::IdNumber;
use domain::ids::PersonId;

pub use self::alike::Duplicates;
use crate::store::{Reader, Store, StoreError, particulars, people, reading};

use self::index::{Change, Index};
use self::spelling::{Wanted, wanted};

/// What a search came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// People, the closest first: the written name before its spelling, the beginning before the middle.
    pub people: Vec<PersonId>,
    /// There are more than were asked for.
    pub has_more: bool,
    /// Every name of the site was looked at; false while the index is still being built.
    pub is_complete: bool,
}

/// The index and the thread that builds it.
#[derive(Default)]
pub(crate) struct Finder {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    index: RwLock<Index>,
    failure: Mutex<Option<StoreError>>,
    is_stopping: AtomicBool,
}

/// Events read at a time.
const PAGE: i64 = 1_000;
/// Pages that a search reads by itself; what is further behind is left to the thread.
const PAGES_AT_ONCE: usize = 2;
/// People looked up at a time.
const LOOKED_UP: usize = 400;

impl Store {
    /// Begins to build the index in the background, if nobody has; a site that is served begins at its
    /// start. A search that comes first begins it too.
    ///
    /// # Errors
    /// The system gives no thread, or keys and database cannot be opened.
    pub fn begin_finding(&self) -> Result<(), StoreError> {
        let mut thread = self.finder.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.as_ref().is_some_and(|running| !running.is_finished()) {
            return Ok(());
        }
        let mut reader = self.reader()?;
        let shared = Arc::clone(&self.finder.shared);
        let built = std::thread::Builder::new().name("finder".to_owned()).spawn(move || {
            if let Err(error) = shared.advance(&mut reader, usize::MAX) {
                tracing::error!(%error, "the index of names could not be built");
                *shared.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        });
        *thread = Some(built.map_err(|error| StoreError::Unfit(error.to_string()))?);
        Ok(())
    }

    /// People whose name or number fits what was typed, within a range of the tree if one is given
    /// (first and last place of a unit's branch of it), at most `limit` of them. Entries that were merged
    /// into others are left out.
    ///
    /// Characters, full spelling, initials and any mixture of them fit; four digits are the end of an
    /// identity number, eighteen are all of it.
    ///
    /// # Errors
    /// The record cannot be read or opened.
    pub fn find(&self, query: &str, scope: Option<(i64, i64)>, limit: usize) -> Result<Found, StoreError> {
        if let Some(error) = self.finder.failure() {
            return Err(error);
        }
        let is_complete = !self.finder.is_building()
            && self.read_open(|reader| self.finder.shared.advance(reader, PAGES_AT_ONCE))?;
        if !is_complete {
            self.begin_finding()?;
        }
        let Some(wanted) = wanted(query) else {
            return Ok(Found { is_complete, ..Found::default() });
        };
        let candidates =
            self.finder.shared.index.read().unwrap_or_else(PoisonError::into_inner).search(&wanted);
        let (people, has_more) = self.read_open(|reader| keep(reader, &candidates, &wanted, scope, limit))?;
        Ok(Found { people, has_more, is_complete })
    }
}

/// The first candidates that are in scope, and whether there are more.
fn keep(
    reader: &mut Reader,
    candidates: &[PersonId],
    wanted: &Wanted,
    scope: Option<(i64, i64)>,
    limit: usize,
) -> Result<(Vec<PersonId>, bool), StoreError> {
    let mut kept = Vec::new();
    for part in candidates.chunks(LOOKED_UP) {
        let within = people::within(&mut reader.connection, part, scope)?;
        for &person in part.iter().filter(|person| within.contains(person)) {
            if let Wanted::Number(number) = wanted
                && !has_number(reader, person, number)?
            {
                continue;
            }
            if kept.len() == limit {
                return Ok((kept, true));
            }
            kept.push(person);
        }
    }
    Ok((kept, false))
}

/// The index knows the end of a number only; the rest is compared with the record.
fn has_number(reader: &mut Reader, person: PersonId, number: &IdNumber) -> Result<bool, StoreError> {
    let known = particulars::read(&mut reader.connection, &mut reader.keys, person)?;
    Ok(known.is_some_and(|known| IdNumber::parse(&known.id_number).is_ok_and(|own| own == *number)))
}

impl Finder {
    fn is_building(&self) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.as_ref().is_some_and(|running| !running.is_finished())
    }

    fn failure(&self) -> Option<StoreError> {
        self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Finder {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Relaxed);
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Takes up what was recorded since; true when nothing is left.
    fn advance(&self, reader: &mut Reader, n_pages: usize) -> Result<bool, StoreError> {
        for _ in 0..n_pages {
            if self.is_stopping.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let from = self.index.read().unwrap_or_else(PoisonError::into_inner).next_seq;
            let rows = reader.connection.query("SELECT MAX(seq) FROM event", &[])?;
            let end = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(-1) + 1;
            if from >= end {
                return Ok(true);
            }
            let (changes, next) = read_page(reader, from, end)?;
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            // Somebody else may have taken up the same events meanwhile.
            if index.next_seq == from {
                index.apply(changes, next);
            }
        }
        Ok(false)
    }
}

/// What a page of events says of names and numbers, and where the next page begins.
fn read_page(reader: &mut Reader, from: i64, end: i64) -> Result<(Vec<Change>, i64), StoreError> {
    let sql = format!(
        "SELECT {} FROM event WHERE seq >= $1 AND seq < $2 AND kind IN ($3, $4) ORDER BY seq LIMIT $5",
        reading::COLUMNS
    );
    let kinds = ["person.registered", "person.corrected"];
    let values = [from.into(), end.into(), kinds[0].into(), kinds[1].into(), PAGE.into()];
    let rows = reader.connection.query(&sql, &values)?;
    let is_last = (rows.len() as i64) < PAGE;
    let next = match rows.last() {
        Some(last) if !is_last => last.int(0)? + 1,
        Some(_) | None => end,
    };
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(person) = row.optional_int(2)?.map(PersonId) else { continue };
        // A destroyed key leaves nothing to be found by.
        if reader.keys.known(person)?.is_none() {
            continue;
        }
        let event = reading::recorded(row, &mut reader.keys)?.fact.event;
        if let Event::PersonRegistered(registered) = event {
            let known = registered.particulars;
            changes.push(Change { person, name: Some(known.name), number: Some(known.id_number) });
        } else if let Event::PersonCorrected(corrected) = event {
            let becomes = |field: &str| {
                let change = corrected.changes.iter().rev().find(|change| change.field == field)?;
                Some(change.becomes.as_str().unwrap_or_default().to_owned())
            };
            changes.push(Change { person, name: becomes("name"), number: becomes("id_number") });
        }
    }
    Ok((changes, next))
}

#[cfg(test)]
mod tests;
