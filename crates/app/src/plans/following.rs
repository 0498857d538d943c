//! Following an adopted plan: admissions by month, places reserved and released, and what is out of the
//! ordinary, with what became of it.

use std::collections::{BTreeMap, HashMap};

use domain::ids::{CaseId, PersonId, PlanId, UnitId};
use domain::person::Stage;
use domain::plan::{Alert, UnitYear, alerts, settings};
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;

use super::calendar::days_of;
use super::counting;
use crate::store::{AlertRow, Connection, PlanRow, Store, StoreError, cases, places, plans, units};

/// A year in the part of the tree below a unit.
#[derive(Debug, Clone)]
pub struct Following {
    /// The plan.
    pub row: PlanRow,
    /// The unit itself, then those directly below it.
    pub months: Vec<MonthRow>,
    /// Places released within the year.
    pub n_released: usize,
    /// What is out of the ordinary, what nobody settled first.
    pub told: Vec<Told>,
}

/// Admissions of a unit by month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthRow {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: Text,
    /// Admissions, January first.
    pub months: [i64; 12],
    /// Its places.
    pub quota: Option<i64>,
}

/// An anomaly and what became of it.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it is.
    pub alert: Alert,
    /// The unit's name.
    pub unit: Text,
    /// Its answer and its end.
    pub row: Option<AlertRow>,
}

/// Someone who took a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The file.
    pub case: CaseId,
    /// Whose it is.
    pub person: PersonId,
    /// The branch.
    pub unit: UnitId,
    /// The day of approval; of the listing as a target for a reserved place.
    pub on: Date,
}

impl Store {
    /// How a plan goes below a unit.
    ///
    /// # Errors
    /// There is no such plan or unit, or the record cannot be read.
    pub fn following(&self, id: PlanId, top: UnitId, today: Date) -> Result<Following, StoreError> {
        self.read(|connection| {
            let row = plans::plan(connection, id)?.ok_or(StoreError::Missing)?;
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            let range = (top.pre, top.post);
            let used = places::used(connection, range, days_of(row.year))?;
            let quotas = plans::quotas(connection, &row)?;
            let mut shown = vec![top.clone()];
            shown.extend(units::children(connection, Some(top.id))?.into_iter().filter(|unit| unit.is_open));
            let month_row = |unit: &Unit| {
                let below = used.iter().filter(|(_, pre)| (unit.pre..=unit.post).contains(pre));
                let mut months = [0; 12];
                for day in below.filter_map(|(place, _)| place.used_on) {
                    months[month_of(day)] += 1;
                }
                let quota = quotas.get(&unit.id).map(|(_, n)| *n);
                MonthRow { unit: unit.id, name: unit.name.clone(), months, quota }
            };
            let months = shown.iter().map(month_row).collect();
            let n_released = places::released(connection, range, days_of(row.year))?.len();
            let told = told(connection, &row, &top, today)?;
            Ok(Following { row, months, n_released, told })
        })
    }

    /// Who took a place below a unit in a year: those admitted, or those whose place is reserved.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn taken(&self, unit: UnitId, year: i16, is_reserved: bool) -> Result<Vec<Taken>, StoreError> {
        self.read(|connection| {
            let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            let range = (unit.pre, unit.post);
            let found = if is_reserved {
                places::reserved(connection, range)?
            } else {
                places::used(connection, range, days_of(year))?
            };
            let taken = |(place, _): (places::Place, i64)| {
                let on = if is_reserved { place.reserved_on } else { place.used_on };
                Some(Taken { case: place.case, person: place.person, unit: place.unit, on: on? })
            };
            Ok(found.into_iter().filter_map(taken).collect())
        })
    }
}

/// The place of a day's month in a row of twelve.
fn month_of(day: Date) -> usize {
    usize::from(day.month().unsigned_abs()) - 1
}

fn told(
    connection: &mut Connection,
    row: &PlanRow,
    top: &Unit,
    today: Date,
) -> Result<Vec<Told>, StoreError> {
    let known = plans::alerts(connection, row)?;
    let mut units = units::subtree(connection, top)?;
    units.retain(|unit| unit.is_open);
    let years = years(connection, row, &units, top)?;
    let mut told = Vec::new();
    for unit in &units {
        let Some(year) = years.get(&unit.id) else { continue };
        for alert in alerts(settings(), year, today) {
            let row = known.iter().find(|row| row.unit == unit.id && row.alert == alert.key).cloned();
            told.push(Told { alert, unit: unit.name.clone(), row });
        }
    }
    let is_settled = |told: &Told| told.row.as_ref().is_some_and(|row| row.settled.is_some());
    told.sort_by_key(|told| (is_settled(told), told.alert.kind));
    Ok(told)
}

/// Every unit's year; above the branches only what the ratio needs.
fn years(
    connection: &mut Connection,
    row: &PlanRow,
    units: &[Unit],
    top: &Unit,
) -> Result<HashMap<UnitId, UnitYear>, StoreError> {
    let range = (top.pre, top.post);
    let quotas = plans::quotas(connection, row)?;
    let opened = places::opened_days(connection, range)?;
    let mut years: HashMap<UnitId, UnitYear> = HashMap::new();
    for unit in units {
        let opened_on = opened.get(&unit.id).copied().unwrap_or(row.opened_on);
        let blank = UnitYear {
            unit: unit.id,
            is_branch: unit.kind.may_admit(),
            quota: quotas.get(&unit.id).map(|(_, n)| *n),
            months: [0; 12],
            n_largest_day: 0,
            before: [0; 3],
            last_admission_on: opened_on,
            last_activist_on: opened_on,
            n_files: 0,
            n_activists: 0,
            n_targets: 0,
        };
        years.insert(unit.id, blank);
    }
    let mut by_day: BTreeMap<(UnitId, Date), i64> = BTreeMap::new();
    for (place, _) in places::used(connection, range, days_of(row.year))? {
        let (Some(year), Some(day)) = (years.get_mut(&place.unit), place.used_on) else { continue };
        year.months[month_of(day)] += 1;
        let n = by_day.entry((place.unit, day)).or_default();
        *n += 1;
        year.n_largest_day = year.n_largest_day.max(*n);
    }
    for (unit, before) in counting::admitted_before(connection, range, row.year)? {
        years.entry(unit).and_modify(|year| year.before[before] += 1);
    }
    for last in places::last_days(connection, range)? {
        years.entry(last.unit).and_modify(|year| {
            year.last_admission_on =
                last.used_on.unwrap_or(year.last_admission_on).max(year.last_admission_on);
            year.last_activist_on =
                last.activist_on.unwrap_or(year.last_activist_on).max(year.last_activist_on);
        });
    }
    for (unit, day) in places::without_file(connection, range, days_of(row.year - 3).0)? {
        years.entry(unit).and_modify(|year| year.last_admission_on = year.last_admission_on.max(day));
    }
    for case in cases::below(connection, range, true)? {
        years.entry(case.unit).and_modify(|year| year.n_files += 1);
    }
    for (unit, stage, n) in places::stages(connection, range)? {
        years.entry(unit).and_modify(|year| match stage {
            Stage::Activist => year.n_activists += n,
            Stage::Target => year.n_targets += n,
            Stage::None | Stage::Applicant | Stage::Probationary | Stage::Full | Stage::Former => {}
        });
    }
    sum_upwards(&mut years, units);
    Ok(years)
}

fn sum_upwards(years: &mut HashMap<UnitId, UnitYear>, units: &[Unit]) {
    for unit in units.iter().rev() {
        let Some((activists, targets)) = years.get(&unit.id).map(|year| (year.n_activists, year.n_targets))
        else {
            continue;
        };
        if let Some(year) = unit.parent.and_then(|parent| years.get_mut(&parent)) {
            year.n_activists += activists;
            year.n_targets += targets;
        }
    }
}
