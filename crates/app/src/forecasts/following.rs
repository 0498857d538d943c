//! Targets that no forecast carries on, as they stand today: large enterprises with an admission this
//! year, and activists to prospective members.

use std::collections::{HashMap, HashSet};

use domain::ids::UnitId;
use domain::person::Stage;
use domain::plan::settings;
use domain::unit::{Sector, Unit};
use jiff::civil::{Date, date};

use crate::store::{Store, StoreError, places, units};

/// What stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Large non-public enterprises, and those of them with an admission this year.
    pub(super) covered: (i64, i64),
    /// Activists, and prospective members.
    pub(super) candidates: (i64, i64),
}

pub(super) fn of(store: &Store, unit: &Unit, today: Date) -> Result<Seen, StoreError> {
    store.read(|connection| {
        let range = (unit.pre, unit.post);
        let mut members: HashMap<UnitId, i64> = HashMap::new();
        let mut candidates = (0, 0);
        for (unit, stage, n) in places::stages(connection, range)? {
            match stage {
                Stage::Probationary | Stage::Full => *members.entry(unit).or_default() += n,
                Stage::Activist => candidates.0 += n,
                Stage::Target => candidates.1 += n,
                Stage::None | Stage::Applicant | Stage::Former => {}
            }
        }
        let this_year = (date(today.year(), 1, 1), today);
        let used = places::used(connection, range, this_year)?;
        let admitting: HashSet<UnitId> = used.into_iter().map(|(place, _)| place.unit).collect();
        let below = units::subtree(connection, unit)?;
        let is_large = |unit: &&Unit| {
            let n = members.get(&unit.id).copied().unwrap_or(0);
            unit.is_open
                && unit.kind.may_admit()
                && unit.sector == Sector::NonPublic
                && n >= settings().start.duty_members
        };
        let large: Vec<&Unit> = below.iter().filter(is_large).collect();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let n_admitting = large.iter().filter(|unit| admitting.contains(&unit.id)).count();
        Ok(Seen { covered: (count(n_admitting), count(large.len())), candidates })
    })
}
