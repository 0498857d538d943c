//! The docket (待办): what is due in all running files below a unit. Computed from the files; what was
//! computed is kept at hand until the file or the day changes, because a home page asks for a whole city.
//! A docket that was made is kept as well, and what was recorded since is worked into it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::agenda::{Agenda, Due, Pressure, agenda};
use domain::case::{Candidate, Case, Step};
use domain::decide::Setting;
use domain::event::SiteFounded;
use domain::ids::{CaseId, PersonId, UnitId};
use domain::person::Stage;
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::rulebooks::books;
use crate::store::{CaseRow, Reader, Store, StoreError, cases, reading, units};

/// What is due below a unit on a day.
#[derive(Debug, Clone, Default)]
pub struct Docket {
    /// The most pressing first.
    pub entries: Vec<Entry>,
    /// Running files looked at.
    pub n_files: usize,
    /// The same by what is to be done, without what only waits for its first day; the most overdue first.
    pub queues: Vec<Queue>,
    by_pressure: BTreeMap<Pressure, usize>,
}

/// One thing due.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file.
    pub case: CaseId,
    /// Whose it is.
    pub person: PersonId,
    /// The branch that keeps it.
    pub unit: UnitId,
    /// Where the person stands.
    pub stage: Stage,
    /// What is due.
    pub due: Arc<Due>,
    glance: Glance,
}

/// What sorting and counting look at, so that a hundred thousand things need not be opened for it.
#[derive(Debug, Clone, Copy)]
struct Glance {
    pressure: Pressure,
    latest_on: Date,
    days_left: Option<i64>,
    /// What the thing is called, as a number.
    name: usize,
}

/// Things due that are called the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// What they are called.
    pub name: Text,
    /// How many.
    pub n: usize,
    /// Of them, past their last day.
    pub n_overdue: usize,
    /// Of them, with a week or less.
    pub n_pressing: usize,
    /// How many have so many days left, of those with a last day.
    pub days_left: BTreeMap<i64, usize>,
}

/// What is at hand.
#[derive(Default)]
pub(crate) struct Desk {
    files: Mutex<HashMap<CaseId, Kept>>,
    dockets: Mutex<HashMap<UnitId, Arc<Mutex<Made>>>>,
    /// Names of things due, numbered.
    names: Mutex<HashMap<Text, usize>>,
}

/// What is due in one file.
#[derive(Clone)]
struct Kept {
    version: i64,
    today: Date,
    stage: Stage,
    due: Arc<[(Arc<Due>, Glance)]>,
    /// The first lawful day of the approval, while that is ahead.
    approval_on: Option<Date>,
}

/// A docket with the state of the record that it was made from.
#[derive(Default)]
struct Made {
    size: i64,
    today: Option<Date>,
    running: HashSet<CaseId>,
    docket: Arc<Docket>,
}

/// Most dockets kept; a docket is as large as what is due.
const MOST_DOCKETS: usize = 500;
/// More events than these since it was made, and a docket is made anew.
const MOST_SINCE: i64 = 1_000;
/// Files that one processor looks at in one go.
const PART: usize = 64;

impl Store {
    /// What is due in every running file kept below a unit.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read.
    pub fn docket(&self, top: UnitId, today: Date) -> Result<Arc<Docket>, StoreError> {
        let made = {
            let mut dockets = self.desk.dockets.lock().unwrap_or_else(PoisonError::into_inner);
            if dockets.len() >= MOST_DOCKETS && !dockets.contains_key(&top) {
                dockets.clear();
            }
            Arc::clone(dockets.entry(top).or_default())
        };
        // Whoever asks for the same docket meanwhile waits for this one instead of making it as well.
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        let (top, size) = self.read(|connection| {
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            Ok((top, reading::size(connection)?))
        })?;
        if made.today == Some(today) && made.size == size {
            return Ok(Arc::clone(&made.docket));
        }
        if !(made.today == Some(today) && self.bring_up(&mut made, &top, size, today)?) {
            let rows = self.read(|connection| cases::below(connection, (top.pre, top.post), true))?;
            made.docket = Arc::new(Docket::of(self.entries_of(&rows, today)?, rows.len()));
            made.running = rows.iter().map(|row| row.id).collect();
        }
        (made.size, made.today) = (size, Some(today));
        Ok(Arc::clone(&made.docket))
    }

    /// Works what was recorded since into a docket; false when it has to be made anew.
    fn bring_up(&self, made: &mut Made, top: &Unit, size: i64, today: Date) -> Result<bool, StoreError> {
        if size - made.size > MOST_SINCE || size < made.size {
            return Ok(false);
        }
        let touched = self.read(|connection| {
            let mut touched = BTreeSet::new();
            for event in reading::touched(connection, (made.size, size))? {
                match event {
                    (Some(case), _) => drop(touched.insert(case)),
                    // A person's entry says nothing about files.
                    (None, Some(_)) => {}
                    // What is about nobody may have changed the tree.
                    (None, None) => return Ok(None),
                }
            }
            Ok(Some(touched))
        })?;
        let Some(touched) = touched else { return Ok(false) };
        let rows = self.read(|connection| {
            let rows =
                touched.iter().map(|case| cases::running_below(connection, (top.pre, top.post), *case));
            rows.filter_map(Result::transpose).collect::<Result<Vec<CaseRow>, _>>()
        })?;
        if rows.is_empty() && !touched.iter().any(|case| made.running.contains(case)) {
            // They are kept elsewhere in the tree.
            return Ok(true);
        }
        made.running.retain(|case| !touched.contains(case));
        made.running.extend(rows.iter().map(|row| row.id));
        let mut entries = made.docket.entries.clone();
        entries.retain(|entry| !touched.contains(&entry.case));
        entries.extend(self.entries_of(&rows, today)?);
        made.docket = Arc::new(Docket::of(entries, made.running.len()));
        Ok(true)
    }

    fn entries_of(&self, rows: &[CaseRow], today: Date) -> Result<Vec<Entry>, StoreError> {
        let entries = |row: &CaseRow, kept: &Kept| -> Vec<Entry> {
            let entry = |(due, glance): &(Arc<Due>, Glance)| Entry {
                case: row.id,
                person: row.person,
                unit: due.unit,
                stage: kept.stage,
                due: Arc::clone(due),
                glance: *glance,
            };
            kept.due.iter().map(entry).collect()
        };
        let found = self.looked_at(rows, today, entries, |_| Ok::<_, StoreError>(()))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The first lawful day of the approval of each file, where that is ahead; told how many of them are
    /// done, and stopped by a refusal of that.
    pub(crate) fn approvals_ahead<E: From<StoreError> + Send>(
        &self,
        rows: &[CaseRow],
        today: Date,
        told: impl Fn(usize) -> Result<(), E> + Sync,
    ) -> Result<Vec<Option<Date>>, E> {
        self.looked_at(rows, today, |_, kept| kept.approval_on, told)
    }

    /// What is found in some files, looked at by all processors.
    fn looked_at<T: Send, E: From<StoreError> + Send>(
        &self,
        rows: &[CaseRow],
        today: Date,
        found: impl Fn(&CaseRow, &Kept) -> T + Sync,
        told: impl Fn(usize) -> Result<(), E> + Sync,
    ) -> Result<Vec<T>, E> {
        let n_done = AtomicUsize::new(0);
        let part = |part: &[CaseRow]| {
            told(n_done.fetch_add(part.len(), Ordering::Relaxed))?;
            let found = self.read_open(|reader| {
                part.iter().map(|row| Ok(found(row, &self.kept(reader, row, today)?))).collect()
            });
            Ok(found?)
        };
        if rows.len() <= PART {
            return part(rows);
        }
        let parts: Result<Vec<Vec<T>>, E> = rows.par_chunks(PART).map(part).collect();
        Ok(parts?.into_iter().flatten().collect())
    }

    /// How many things are overdue below a unit, for the menu of every page.
    ///
    /// # Errors
    /// As [`Store::docket`].
    pub fn n_overdue(&self, top: UnitId, today: Date) -> Result<usize, StoreError> {
        Ok(self.docket(top, today)?.n_with(Pressure::Overdue))
    }

    fn kept(&self, reader: &mut Reader, row: &CaseRow, today: Date) -> Result<Kept, StoreError> {
        if let Some(kept) =
            self.desk.kept(row.id).filter(|kept| (kept.version, kept.today) == (row.version, today))
        {
            return Ok(kept);
        }
        let case =
            cases::read(&mut reader.connection, &mut reader.keys, row.id)?.ok_or(StoreError::Missing)?;
        Ok(self.desk.look_at(&case, &self.founded, today))
    }

    /// Looks at every running file as the writer has it at hand, so that whoever asks on that day finds it
    /// looked at. For whoever has just written all of them.
    pub(crate) fn look_through(&self, today: Date) -> Result<(), StoreError> {
        let (desk, founded) = (Arc::clone(&self.desk), self.founded.clone());
        self.write(move |tx| {
            let rows = cases::below(&mut tx.connection, (0, i64::MAX), true)?;
            let at_hand = rows.par_iter().filter_map(|row| tx.cases.at_hand(row.id));
            at_hand.for_each(|case| drop(desk.look_at(case, &founded, today)));
            Ok(())
        })
    }
}

/// The agenda of a file. Its days follow from the file, the rulebooks and the local packs; nothing else is
/// looked up.
pub(crate) fn agenda_of(case: &Case, founded: &SiteFounded, today: Date) -> Agenda {
    let candidate = Candidate { packs: founded.packs.clone(), ..Candidate::default() };
    agenda(case, &Setting::new(books(), candidate, reading::PROGRAM), today)
}

/// The first lawful day of the approval, while that is ahead.
pub(crate) fn approval_ahead(agenda: &Agenda) -> Option<Date> {
    let approval = agenda.ahead.iter().find(|ahead| ahead.step == Step::Approval);
    approval.map(|ahead| ahead.earliest_on)
}

impl Desk {
    fn kept(&self, case: CaseId) -> Option<Kept> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).get(&case).cloned()
    }

    /// What is due in a file, kept at hand from now on.
    fn look_at(&self, case: &Case, founded: &SiteFounded, today: Date) -> Kept {
        let agenda = agenda_of(case, founded, today);
        let approval_on = approval_ahead(&agenda);
        let glanced = |due: Due| {
            let glance = self.glance(&due);
            (Arc::new(due), glance)
        };
        let due = agenda.due.into_iter().map(glanced).collect();
        let kept = Kept { version: case.version(), today, stage: case.stage(), due, approval_on };
        self.keep(case.id, kept.clone());
        kept
    }

    fn glance(&self, due: &Due) -> Glance {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let name = match names.get(&due.name) {
            Some(&name) => name,
            None => {
                let name = names.len();
                names.insert(due.name.clone(), name);
                name
            }
        };
        let latest_on = due.latest_on.unwrap_or(Date::MAX);
        Glance { pressure: due.pressure, latest_on, days_left: due.days_left, name }
    }

    fn keep(&self, case: CaseId, kept: Kept) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(case, kept);
    }
}

impl Docket {
    fn of(mut entries: Vec<Entry>, n_files: usize) -> Self {
        entries.sort_by_key(|entry| (entry.glance.pressure, entry.glance.latest_on, entry.case));
        let mut by_pressure = BTreeMap::new();
        for part in entries.chunk_by(|one, other| one.glance.pressure == other.glance.pressure) {
            by_pressure.extend(part.first().map(|entry| (entry.glance.pressure, part.len())));
        }
        let mut by_name: Vec<Option<Queue>> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_to_do()) {
            let Glance { pressure, days_left, name, .. } = entry.glance;
            if by_name.len() <= name {
                by_name.resize(name + 1, None);
            }
            let queue = by_name[name].get_or_insert_with(|| Queue::called(&entry.due.name));
            queue.n += 1;
            queue.n_overdue += usize::from(pressure == Pressure::Overdue);
            queue.n_pressing += usize::from(pressure == Pressure::Pressing);
            if let Some(days) = days_left {
                *queue.days_left.entry(days).or_default() += 1;
            }
        }
        let mut queues: Vec<Queue> = by_name.into_iter().flatten().collect();
        queues.sort_by(|one, other| {
            let load = |queue: &Queue| (queue.n_overdue, queue.n);
            load(other).cmp(&load(one)).then_with(|| one.name.cmp(&other.name))
        });
        Docket { entries, n_files, queues, by_pressure }
    }

    /// How many things are due with a pressure.
    #[must_use]
    pub fn n_with(&self, pressure: Pressure) -> usize {
        self.by_pressure.get(&pressure).copied().unwrap_or(0)
    }

    /// How many things can be done: all but those whose first day has not come.
    #[must_use]
    pub fn n_to_do(&self) -> usize {
        self.entries.len() - self.n_with(Pressure::Waiting)
    }
}

impl Entry {
    /// What only waits for its first day is not yet anybody's work.
    #[must_use]
    pub fn is_to_do(&self) -> bool {
        self.glance.pressure != Pressure::Waiting
    }
}

impl Queue {
    fn called(name: &Text) -> Self {
        Queue { name: name.clone(), n: 0, n_overdue: 0, n_pressing: 0, days_left: BTreeMap::new() }
    }
}
