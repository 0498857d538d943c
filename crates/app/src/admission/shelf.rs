//! Files folded lately, for whoever reads them again: a page, then the act that is decided on it. What
//! was recorded in a file since is read and added; the record says whether there is anything. What is
//! around a file is kept beside it until a roster or a unit changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::case::Case;
use domain::event::SiteFounded;
use domain::ids::CaseId;
use jiff::civil::Date;

use super::setting::Around;
use crate::store::lately::Pulse;
use crate::store::{Reader, StoreError, cases};

/// Most files kept in each of two halves; a file takes some tens of kilobytes.
const HALF: usize = 500;

/// Files at hand.
#[derive(Default)]
pub(crate) struct Shelf {
    files: Mutex<Halves>,
    around: Mutex<HashMap<(CaseId, Date), (i64, Around)>>,
}

/// When the new half is full it becomes the old one, and what the old one held is forgotten.
#[derive(Default)]
struct Halves {
    new: HashMap<CaseId, Kept>,
    old: HashMap<CaseId, Kept>,
}

#[derive(Clone)]
struct Kept {
    /// Place of its last event in the log.
    end: i64,
    case: Arc<Case>,
}

impl Shelf {
    /// A file as the reader's state of the record has it; none if nothing was recorded in it.
    pub(crate) fn file(&self, reader: &mut Reader, id: CaseId) -> Result<Option<Arc<Case>>, StoreError> {
        let Some((end, n)) = cases::end(&mut reader.connection, id)? else { return Ok(None) };
        let kept = self.kept(id);
        if let Some(kept) = &kept
            && (kept.end, kept.case.version()) == (end, n)
        {
            return Ok(Some(Arc::clone(&kept.case)));
        }
        let case = match kept.filter(|kept| kept.end < end) {
            Some(kept) => {
                // Nobody else holds it, as a rule; then it is not copied either.
                self.forget(id);
                let mut case = Arc::unwrap_or_clone(kept.case);
                for recorded in cases::after(&mut reader.connection, &mut reader.keys, id, kept.end)? {
                    case.apply(recorded);
                }
                Some(case)
            }
            // It is not here, or a state was asked for that came before.
            None => cases::read(&mut reader.connection, &mut reader.keys, id)?,
        };
        let Some(case) = case.map(Arc::new) else { return Ok(None) };
        self.keep(id, Kept { end, case: Arc::clone(&case) });
        Ok(Some(case))
    }

    /// What is around a file on a day, in a state of the record with so many events.
    pub(crate) fn around(
        &self,
        reader: &mut Reader,
        (founded, pulse): (&SiteFounded, &Pulse),
        case: &Case,
        (day, size): (Date, i64),
    ) -> Result<Around, StoreError> {
        let place = (case.id, day);
        let kept = self.around.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some((at, around)) = kept
            && pulse.rosters_stood_still(at, size)
        {
            return Ok(around);
        }
        let around = Around::of(reader.parts(), founded, case, day)?;
        let mut all = self.around.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= 2 * HALF {
            all.clear();
        }
        all.insert(place, (size, around.clone()));
        Ok(around)
    }

    fn kept(&self, id: CaseId) -> Option<Kept> {
        let mut halves = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = halves.old.remove(&id) {
            halves.new.entry(id).or_insert(kept);
        }
        halves.new.get(&id).cloned()
    }

    fn forget(&self, id: CaseId) {
        let mut halves = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        halves.new.remove(&id);
    }

    fn keep(&self, id: CaseId, kept: Kept) {
        let mut halves = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.new.len() >= HALF {
            halves.old = std::mem::take(&mut halves.new);
        }
        halves.new.insert(id, kept);
    }
}
