//! The docket (待办): what is due in all running files below a unit. Computed from the files; what was
//! computed is kept at hand until the file or the day changes, because a home page asks for a whole city.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::agenda::{Agenda, Due, Pressure, agenda};
use domain::ids::{CaseId, PersonId, UnitId};
use domain::person::Stage;
use jiff::civil::Date;

use super::setting;
use crate::store::{CaseRow, Reader, Store, StoreError, cases, reading, units};

/// What is due below a unit on a day.
#[derive(Debug, Clone, Default)]
pub struct Docket {
    /// The most pressing first.
    pub entries: Vec<Entry>,
    /// Running files looked at.
    pub n_files: usize,
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
    pub due: Due,
}

/// Agendas at hand.
#[derive(Default)]
pub(crate) struct Desk(Mutex<HashMap<CaseId, Kept>>);

#[derive(Clone)]
struct Kept {
    version: i64,
    today: Date,
    stage: Stage,
    agenda: Arc<Agenda>,
}

impl Store {
    /// What is due in every running file kept below a unit.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read.
    pub fn docket(&self, top: UnitId, today: Date) -> Result<Docket, StoreError> {
        let rows = self.read(|connection| {
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            cases::below(connection, (top.pre, top.post), true)
        })?;
        let mut docket = Docket { entries: Vec::new(), n_files: rows.len() };
        self.read_open(|reader| {
            for row in rows {
                let kept = self.kept(reader, &row, today)?;
                let entry = |due: &Due| Entry {
                    case: row.id,
                    person: row.person,
                    unit: due.unit,
                    stage: kept.stage,
                    due: due.clone(),
                };
                docket.entries.extend(kept.agenda.due.iter().map(entry));
            }
            Ok(())
        })?;
        docket
            .entries
            .sort_by_key(|entry| (entry.due.pressure, entry.due.latest_on.unwrap_or(Date::MAX), entry.case));
        Ok(docket)
    }

    /// The agenda of a file, from what is kept at hand or computed.
    pub(crate) fn agenda_of(
        &self,
        reader: &mut Reader,
        row: &CaseRow,
        today: Date,
    ) -> Result<Arc<Agenda>, StoreError> {
        Ok(self.kept(reader, row, today)?.agenda)
    }

    fn kept(&self, reader: &mut Reader, row: &CaseRow, today: Date) -> Result<Kept, StoreError> {
        let at_hand = self.desk.0.lock().map_or(None, |desk| desk.get(&row.id).cloned());
        if let Some(kept) = at_hand.filter(|kept| kept.version == row.version && kept.today == today) {
            return Ok(kept);
        }
        let case =
            cases::read(&mut reader.connection, &mut reader.keys, row.id)?.ok_or(StoreError::Missing)?;
        let setting = setting::of(reader.parts(), &self.founded, &case, None, today, reading::PROGRAM)?;
        let kept = Kept {
            version: case.version(),
            today,
            stage: case.stage(),
            agenda: Arc::new(agenda(&case, &setting, today)),
        };
        if let Ok(mut desk) = self.desk.0.lock() {
            desk.insert(row.id, kept.clone());
        }
        Ok(kept)
    }
}

impl Docket {
    /// How many things are due with a pressure.
    #[must_use]
    pub fn n_with(&self, pressure: Pressure) -> usize {
        self.entries.iter().filter(|entry| entry.due.pressure == pressure).count()
    }
}
