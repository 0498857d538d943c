//! What a forecast begins from, counted from the views: members at the end of the last year by the
//! properties that it tells apart, the years before, admissions, and the places of this year's plan.

use std::collections::BTreeMap;

use domain::ids::UnitId;
use domain::person::Sex;
use domain::plan::settings;
use domain::unit::{Sector, Unit};
use jiff::civil::{Date, date};
use planner::target::{Definition, Targets};

use crate::store::stock::{self, Alike};
use crate::store::{Store, StoreError, plans, units};

/// Years before the first that are drawn as counted.
const YEARS_BEFORE: i16 = 3;
/// Years of admissions that say what an intake is usually like.
const YEARS_USUAL: i16 = 3;

/// Members who are equal to the forecast: age on 31 December, woman, educated, in a key department.
pub(super) type Row = (i64, bool, bool, bool);

/// What was counted.
pub(super) struct Ground {
    pub(super) unit: Unit,
    /// The year at whose end the members are counted.
    pub(super) from: i16,
    /// Members at the end of `from`: full members, and those on probation.
    pub(super) members: BTreeMap<Row, [i64; 2]>,
    /// Members today, ages as on the last day of this year.
    pub(super) today: BTreeMap<Row, i64>,
    /// Members at the ends of the years up to `from`.
    pub(super) before: Vec<(i16, BTreeMap<Row, i64>)>,
    /// Admissions of `from`.
    pub(super) n_previous: i64,
    /// Admissions of this year so far.
    pub(super) so_far: BTreeMap<Row, i64>,
    /// Of a thousand admissions of the last years: young, educated, women, in key departments.
    pub(super) usual_permille: [i64; 4],
    /// Places of this year's plan.
    pub(super) n_planned: Option<i64>,
    /// Members of the topmost unit, of whose plan this unit has a part.
    pub(super) n_whole: i64,
}

impl Ground {
    /// Members at the end of `from`.
    pub(super) fn n_members(&self) -> i64 {
        self.members.values().flatten().sum()
    }
}

/// Members of a group of the targets; none when the forecast does not tell the group apart.
pub(super) fn of_group(rows: &BTreeMap<Row, i64>, group: &Definition) -> Option<i64> {
    let is_in_key = match group.mark.as_deref() {
        None => None,
        Some("key_post") => Some(true),
        Some(_) => return None,
    };
    let has = |(age, is_woman, is_educated, is_key): Row| {
        let age = u8::try_from(age).unwrap_or(u8::MAX);
        group.ages.is_none_or(|ages| age >= ages.from && ages.to.is_none_or(|to| age <= to))
            && group.sex.is_none_or(|sex| (sex == planner::forecast::Sex::Women) == is_woman)
            && (group.education_below.is_none() || is_educated)
            && is_in_key.is_none_or(|wanted| wanted == is_key)
    };
    Some(rows.iter().filter(|(row, _)| has(**row)).map(|(_, n)| n).sum())
}

/// Whether a branch of such a sector counts as a key department.
fn is_key(sector: Sector) -> bool {
    settings().tags.iter().any(|tag| tag.id == "key" && tag.sectors.contains(&sector))
}

/// People by row, with the ages of the end of a year.
struct Sorter {
    /// Education with a lower code is that of the targets.
    education_below: i64,
}

impl Sorter {
    fn of(targets: &Targets) -> Sorter {
        let below = targets.groups.iter().find_map(|group| group.education_below);
        Sorter { education_below: below.map_or(0, i64::from) }
    }

    fn row(&self, alike: &Alike, year: i16) -> Row {
        let age = (i64::from(year) - alike.born).clamp(18, 100);
        let is_educated = alike.education.code() < self.education_below;
        (age, alike.sex == Sex::Female, is_educated, is_key(alike.sector))
    }

    fn sorted<'a>(&self, people: impl IntoIterator<Item = &'a Alike>, year: i16) -> BTreeMap<Row, i64> {
        let mut rows = BTreeMap::new();
        for alike in people {
            *rows.entry(self.row(alike, year)).or_default() += alike.n;
        }
        rows
    }
}

/// Counts a unit on a day.
pub(super) fn count(
    store: &Store,
    unit: UnitId,
    today: Date,
    targets: &Targets,
) -> Result<Ground, StoreError> {
    let sorter = Sorter::of(targets);
    let from = today.year() - 1;
    let end_of = |year: i16| date(year, 12, 31);
    store.read(|connection| {
        let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
        let range = (unit.pre, unit.post);
        let mut before = Vec::new();
        for year in from - YEARS_BEFORE..=from {
            let people = stock::members_on(connection, range, end_of(year))?;
            before.push((year, sorter.sorted(people.iter().flatten(), year)));
        }
        let mut members: BTreeMap<Row, [i64; 2]> = BTreeMap::new();
        let [on_probation, full] = stock::members_on(connection, range, end_of(from))?;
        for (side, people) in [full, on_probation].iter().enumerate() {
            for (row, n) in sorter.sorted(people, from) {
                members.entry(row).or_default()[side] += n;
            }
        }
        let now = stock::members_on(connection, range, today)?;
        let this_year = date(today.year(), 1, 1);
        let mut admitted = |from: Date, to: Date| stock::admitted_between(connection, range, (from, to));
        let usual = admitted(date(from + 1 - YEARS_USUAL, 1, 1), end_of(from))?;
        let last = admitted(date(from, 1, 1), end_of(from))?;
        let so_far = admitted(this_year, today)?;
        let n_planned = places_of(connection, &unit, today.year())?;
        let top = units::unit(connection, unit.root)?.ok_or(StoreError::Missing)?;
        let whole = if top.id == unit.id {
            now.clone()
        } else {
            stock::members_on(connection, (top.pre, top.post), today)?
        };
        Ok(Ground {
            usual_permille: usual_permille(&sorter.sorted(&usual, from), &members, targets),
            from,
            members,
            today: sorter.sorted(now.iter().flatten(), today.year()),
            before,
            n_previous: last.iter().map(|alike| alike.n).sum(),
            so_far: sorter.sorted(&so_far, today.year()),
            n_planned,
            n_whole: whole.iter().flatten().map(|alike| alike.n).sum(),
            unit,
        })
    })
}

/// Of a thousand admissions so many were young, educated, women, and in key departments; of the last,
/// where nobody was admitted, as many as there are among the members.
fn usual_permille(
    admitted: &BTreeMap<Row, i64>,
    members: &BTreeMap<Row, [i64; 2]>,
    targets: &Targets,
) -> [i64; 4] {
    let n: i64 = admitted.values().sum();
    let permille = |n_with: i64, n: i64| (1000 * n_with + n / 2) / n.max(1);
    let group = |id: &str| targets.group(id).and_then(|group| of_group(admitted, group)).unwrap_or(0);
    let [young, educated, women] = ["young", "educated", "women"].map(|id| permille(group(id), n));
    let in_key = |rows: &mut dyn Iterator<Item = (&Row, i64)>| -> (i64, i64) {
        rows.fold((0, 0), |(with, all), ((.., is_key), n)| (with + i64::from(*is_key) * n, all + n))
    };
    let (n_key, n_all) = match n {
        0 => in_key(&mut members.iter().map(|(row, sides)| (row, sides.iter().sum()))),
        _ => in_key(&mut admitted.iter().map(|(row, n)| (row, *n))),
    };
    [young, educated, women, permille(n_key, n_all)]
}

/// The places of a unit in the plan of a year: as adopted and changed, or as last proposed, or for the
/// unit that makes the plan what it set out to admit.
fn places_of(
    connection: &mut crate::store::Connection,
    unit: &Unit,
    year: i16,
) -> Result<Option<i64>, StoreError> {
    let mut next = Some(unit.id);
    while let Some(id) = next {
        if let Some(plan) = plans::of_unit(connection, id)?.into_iter().find(|plan| plan.year == year) {
            if let Some((_, n)) = plans::quotas(connection, &plan)?.get(&unit.id) {
                return Ok(Some(*n));
            }
            let shares = plans::shares(connection, &plan, &[unit.id])?;
            let last = shares.into_iter().find(|share| share.round == plan.round).map(|share| share.n);
            return Ok(last.or((id == unit.id).then_some(plan.terms.intake)));
        }
        next = units::unit(connection, id)?.ok_or(StoreError::Missing)?.parent;
    }
    Ok(None)
}
