//! The eligibility calendar: how many people of each branch can lawfully be admitted within a year, by
//! cell. The days come from the rulebooks by way of each file's agenda; only counts leave this module.

use std::collections::BTreeMap;

use domain::event::SiteFounded;
use domain::ids::UnitId;
use domain::plan::{Cells, Traits, settings};
use domain::unit::Unit;
use jiff::civil::{Date, date};

use super::drafting::{DraftError, Phase, Watch};
use crate::admission::setting::Parts;
use crate::admission::{agenda_of, approval_ahead};
use crate::store::{Store, StoreError, cases, places};

/// The first and the last day of a year.
pub(super) fn days_of(year: i16) -> (Date, Date) {
    (date(year, 1, 1), date(year, 12, 31))
}

/// Whether the first lawful day of an approval comes before the year is over.
fn is_ready(approval_on: Option<Date>, year: i16) -> bool {
    approval_on.is_some_and(|day| day <= days_of(year).1)
}

fn count(cells: &mut Cells, traits: Traits, year: i16) {
    *cells.entry(settings().cell_of(traits, year)).or_default() += 1;
}

/// Everyone of one branch who can be admitted within the year or was, looked up in a transaction.
pub(super) fn of_branch(
    (parts, at_hand): (&mut Parts<'_>, &mut cases::Cases),
    founded: &SiteFounded,
    unit: &Unit,
    (year, today): (i16, Date),
) -> Result<Cells, StoreError> {
    let range = (unit.pre, unit.pre);
    let Parts { connection, keys } = parts;
    let traits = places::traits_of_running(connection, range)?;
    let mut cells = Cells::new();
    for row in cases::below(connection, range, true)? {
        let case = at_hand.load(connection, keys, row.id)?.ok_or(StoreError::Missing)?;
        if is_ready(approval_ahead(&agenda_of(case, founded, today)), year)
            && let Some((_, known)) = traits.get(&row.id)
        {
            count(&mut cells, *known, year);
        }
    }
    for (_, known) in places::traits_of_used(connection, range, days_of(year))? {
        count(&mut cells, known, year);
    }
    Ok(cells)
}

impl Store {
    /// People who can lawfully be admitted within a year, with those who were, by branch and cell. A
    /// branch without any is left out.
    ///
    /// # Errors
    /// It was stopped, or the record cannot be read.
    pub(crate) fn ready(
        &self,
        top: &Unit,
        (year, today): (i16, Date),
        watch: &Watch<'_>,
    ) -> Result<BTreeMap<UnitId, Cells>, DraftError> {
        let range = (top.pre, top.post);
        let (rows, traits, used) = self.read(|connection| {
            Ok((
                cases::below(connection, range, true)?,
                places::traits_of_running(connection, range)?,
                places::traits_of_used(connection, range, days_of(year))?,
            ))
        })?;
        let mut found: BTreeMap<UnitId, Cells> = BTreeMap::new();
        let told = |n_done| watch.at(Phase::Counting, n_done, rows.len());
        for (row, approval_on) in rows.iter().zip(self.approvals_ahead(&rows, today, told)?) {
            if is_ready(approval_on, year)
                && let Some((unit, known)) = traits.get(&row.id)
            {
                count(found.entry(*unit).or_default(), *known, year);
            }
        }
        for (unit, known) in used {
            count(found.entry(unit).or_default(), known, year);
        }
        Ok(found)
    }
}
