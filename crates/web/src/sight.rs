//! Leaving a line in the access log, before something with names is shown.

use app::Look;
use domain::ids::{CaseId, PersonId, UnitId};
use domain::looks::Sight;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// What is about to be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    unit: UnitId,
    person: Option<PersonId>,
    case: Option<CaseId>,
    sight: Sight,
    n: usize,
}

impl Seen {
    /// A person's entry.
    pub(crate) fn person(unit: UnitId, person: PersonId) -> Seen {
        Seen { unit, person: Some(person), case: None, sight: Sight::Person, n: 1 }
    }

    /// An admission file.
    pub(crate) fn file(unit: UnitId, person: PersonId, case: CaseId) -> Seen {
        Seen { unit, person: Some(person), case: Some(case), sight: Sight::File, n: 1 }
    }

    /// So many people of a list.
    pub(crate) fn list(unit: UnitId, n: usize) -> Seen {
        Seen { unit, person: None, case: None, sight: Sight::List, n }
    }

    /// So many people found by a search.
    pub(crate) fn search(unit: UnitId, n: usize) -> Seen {
        Seen { sight: Sight::Search, ..Seen::list(unit, n) }
    }
}

impl Visitor {
    /// Leaves the line. What cannot be logged is not shown.
    pub(crate) fn logs(&self, site: &Site, seen: Seen) -> Result<(), Trouble> {
        let Seen { unit, person, case, sight, n } = seen;
        site.store().note_look(Look {
            seen_at: site.now().at,
            account: self.identity.account,
            role: Some(self.grant.role),
            unit,
            person,
            case,
            sight,
            door: self.door,
            n: i64::try_from(n).unwrap_or(i64::MAX),
            list: String::new(),
        })?;
        Ok(())
    }
}
