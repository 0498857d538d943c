//! Files folded lately, for whoever reads them again: a page, then the act that is decided on it. What
//! was recorded in a file since is read and added; the record says whether there is anything.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::case::Case;
use domain::ids::CaseId;

use crate::store::{Reader, StoreError, cases};

/// Most files kept in each of two halves; a file takes some tens of kilobytes.
const HALF: usize = 500;

/// Files at hand.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Halves>);

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

    fn kept(&self, id: CaseId) -> Option<Kept> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = halves.old.remove(&id) {
            halves.new.entry(id).or_insert(kept);
        }
        halves.new.get(&id).cloned()
    }

    fn keep(&self, id: CaseId, kept: Kept) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.new.len() >= HALF {
            halves.old = std::mem::take(&mut halves.new);
        }
        halves.new.insert(id, kept);
    }
}
