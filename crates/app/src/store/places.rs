//! Rows of the places that admission files take: reserved from the listing as a development target,
//! used from the day of approval, released when the file ends before it. Admissions are counted where
//! and when they were approved, so a used place stays with its branch when the person goes on.

use std::collections::HashMap;

use domain::case::{Case, Change, End, EndReason, Recorded, Step};
use domain::event::Event;
use domain::ids::{CaseId, PersonId, UnitId};
use domain::person::{Education, Sex, Stage};
use domain::plan::Traits;
use jiff::civil::Date;

use super::cases::{Cases, case_of};
use super::keys::Keys;
use super::{Connection, Row, StoreError, Value, people, units};

/// Every column of a place but the root.
pub(crate) const COLUMNS: &str = "id, unit_id, person_id, activist_on, reserved_on, used_on, released_on";

/// The place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) case: CaseId,
    pub(crate) unit: UnitId,
    pub(crate) person: PersonId,
    pub(crate) activist_on: Option<Date>,
    pub(crate) reserved_on: Option<Date>,
    pub(crate) used_on: Option<Date>,
    pub(crate) released_on: Option<Date>,
}

/// Places below a unit that were used between two days, in preorder and by day; each with the preorder
/// number of its unit.
pub(crate) fn used(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    (from, to): (Date, Date),
) -> Result<Vec<(Place, i64)>, StoreError> {
    select(
        connection,
        "p.used_on BETWEEN $3 AND $4 AND p.released_on IS NULL",
        &[pre.into(), post.into(), from.to_string().into(), to.to_string().into()],
    )
}

/// Places below a unit that are reserved and neither used nor released.
pub(crate) fn reserved(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<Vec<(Place, i64)>, StoreError> {
    let open = "p.reserved_on IS NOT NULL AND p.used_on IS NULL AND p.released_on IS NULL";
    select(connection, open, &[pre.into(), post.into()])
}

/// Places below a unit that were released between two days.
pub(crate) fn released(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    (from, to): (Date, Date),
) -> Result<Vec<(Place, i64)>, StoreError> {
    select(
        connection,
        "p.reserved_on IS NOT NULL AND p.released_on BETWEEN $3 AND $4",
        &[pre.into(), post.into(), from.to_string().into(), to.to_string().into()],
    )
}

/// What cells need to know of the people of running files below a unit, by file.
pub(crate) fn traits_of_running(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<HashMap<CaseId, (UnitId, Traits)>, StoreError> {
    let rows = connection.query(
        "SELECT a.id, a.unit_id, p.sex, p.education, p.born_on FROM admission a
         JOIN unit u ON u.id = a.unit_id AND u.root_id = a.root_id JOIN person p ON p.id = a.person_id
         WHERE u.pre BETWEEN $1 AND $2 AND a.is_closed = 0",
        &[pre.into(), post.into()],
    )?;
    rows.iter().map(|row| Ok((CaseId(row.int(0)?), (UnitId(row.int(1)?), traits(row)?)))).collect()
}

/// The same of those who were admitted between two days, with the branch that admitted.
pub(crate) fn traits_of_used(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    (from, to): (Date, Date),
) -> Result<Vec<(UnitId, Traits)>, StoreError> {
    let rows = connection.query(
        "SELECT x.id, x.unit_id, p.sex, p.education, p.born_on FROM place x
         JOIN unit u ON u.root_id = x.root_id AND u.id = x.unit_id JOIN person p ON p.id = x.person_id
         WHERE u.pre BETWEEN $1 AND $2 AND x.used_on BETWEEN $3 AND $4 AND x.released_on IS NULL ORDER BY x.id",
        &[pre.into(), post.into(), from.to_string().into(), to.to_string().into()],
    )?;
    rows.iter().map(|row| Ok((UnitId(row.int(1)?), traits(row)?))).collect()
}

fn traits(row: &Row) -> Result<Traits, StoreError> {
    let unknown = |what: &str| StoreError::Damaged(format!("a person has no known {what}"));
    Ok(Traits {
        sex: Sex::from_code(row.int(2)?).ok_or_else(|| unknown("sex"))?,
        education: Education::from_code(row.int(3)?).ok_or_else(|| unknown("education"))?,
        born_on: people::day(row, 4)?.ok_or_else(|| unknown("day of birth"))?,
    })
}

/// The day on which each unit below one was opened.
pub(crate) fn opened_days(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<HashMap<UnitId, Date>, StoreError> {
    let sql = "SELECT id, opened_on FROM unit WHERE pre BETWEEN $1 AND $2";
    let mut found = HashMap::new();
    for row in connection.query(sql, &[pre.into(), post.into()])? {
        if let Some(day) = people::day(&row, 1)? {
            found.insert(UnitId(row.int(0)?), day);
        }
    }
    Ok(found)
}

/// People of each unit below one, by stage.
pub(crate) fn stages(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<Vec<(UnitId, Stage, i64)>, StoreError> {
    let rows = connection.query(
        "SELECT r.unit_id, r.cell, r.n FROM rollup r JOIN unit u ON u.id = r.unit_id AND u.root_id = r.root_id
         WHERE u.pre BETWEEN $1 AND $2 AND r.cell BETWEEN $3 AND $4",
        &[pre.into(), post.into(), stage_from(Stage::Applicant).into(), (stage_from(Stage::Former) - 1).into()],
    )?;
    let stage = |row: &Row| -> Result<Stage, StoreError> {
        let cell = people::Cell(row.int(1)?);
        cell.stage().ok_or_else(|| StoreError::Damaged(format!("cell {} has an unknown code", cell.0)))
    };
    rows.iter().map(|row| Ok((UnitId(row.int(0)?), stage(row)?, row.int(2)?))).collect()
}

/// The first cell of a stage; cells begin with the code of their stage.
fn stage_from(stage: Stage) -> i64 {
    stage.code() * 10_000_000
}

/// The last days of a unit.
pub(crate) struct LastDays {
    pub(crate) unit: UnitId,
    /// Of an admission.
    pub(crate) used_on: Option<Date>,
    /// Of a listing as an activist.
    pub(crate) activist_on: Option<Date>,
}

/// The last day of an admission and of a listing as an activist, by unit.
pub(crate) fn last_days(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<Vec<LastDays>, StoreError> {
    let rows = connection.query(
        "SELECT p.unit_id, MAX(p.used_on), MAX(p.activist_on) FROM place p
         JOIN unit u ON u.root_id = p.root_id AND u.id = p.unit_id
         WHERE u.pre BETWEEN $1 AND $2 GROUP BY p.unit_id ORDER BY p.unit_id",
        &[pre.into(), post.into()],
    )?;
    let read = |row: &Row| {
        let unit = UnitId(row.int(0)?);
        Ok(LastDays { unit, used_on: people::day(row, 1)?, activist_on: people::day(row, 2)? })
    };
    rows.iter().map(read).collect()
}

/// Admissions of people without a file here, by unit and day of the meeting: members of old.
pub(crate) fn without_file(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    since: Date,
) -> Result<Vec<(UnitId, Date)>, StoreError> {
    let rows = connection.query(
        "SELECT p.unit_id, p.admitted_on FROM person p JOIN unit u ON u.id = p.unit_id AND u.root_id = p.root_id
         WHERE u.pre BETWEEN $1 AND $2 AND p.admitted_on >= $3 AND p.merged_into IS NULL
         AND NOT EXISTS (SELECT 1 FROM place x WHERE x.person_id = p.id)
         ORDER BY p.unit_id, p.id",
        &[pre.into(), post.into(), since.to_string().into()],
    )?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(day) = people::day(row, 1)? {
            found.push((UnitId(row.int(0)?), day));
        }
    }
    Ok(found)
}

fn select(
    connection: &mut Connection,
    which: &str,
    values: &[Value],
) -> Result<Vec<(Place, i64)>, StoreError> {
    let sql = format!(
        "SELECT p.id, p.unit_id, p.person_id, p.activist_on, p.reserved_on, p.used_on, p.released_on, u.pre
         FROM place p
         JOIN unit u ON u.root_id = p.root_id AND u.id = p.unit_id
         WHERE u.pre BETWEEN $1 AND $2 AND {which} ORDER BY u.pre, p.used_on, p.id"
    );
    connection.query(&sql, values)?.iter().map(|row| Ok((read(row)?, row.int(7)?))).collect()
}

fn read(row: &Row) -> Result<Place, StoreError> {
    Ok(Place {
        case: CaseId(row.int(0)?),
        unit: UnitId(row.int(1)?),
        person: PersonId(row.int(2)?),
        activist_on: people::day(row, 3)?,
        reserved_on: people::day(row, 4)?,
        used_on: people::day(row, 5)?,
        released_on: people::day(row, 6)?,
    })
}

/// Derives the place of a file after one of its events.
pub(crate) fn follow(
    connection: &mut Connection,
    keys: &mut Keys,
    cases: &mut Cases,
    recorded: &Recorded,
) -> Result<(), StoreError> {
    let Event::Case(event) = &recorded.fact.event else { return Ok(()) };
    if !may_matter(&event.change) {
        return Ok(());
    }
    let id = case_of(&recorded.fact).ok_or(StoreError::Missing)?;
    let case = cases.load(connection, keys, id)?.ok_or(StoreError::Missing)?;
    let after = place_of(case);
    let before = of_case(connection, id)?;
    let after = match &before {
        // The branch that had the file on the day of approval keeps the admission.
        Some(before) if before.used_on.is_some() && before.used_on == after.used_on => {
            Place { unit: before.unit, ..after }
        }
        Some(_) | None => after,
    };
    if before.as_ref() == Some(&after) {
        return Ok(());
    }
    if let Some(before) = &before {
        let root = units::unit(connection, before.unit)?.ok_or(StoreError::Missing)?.root;
        let place = [root.0.into(), id.0.into()];
        connection.execute("DELETE FROM place WHERE root_id = $1 AND id = $2", &place)?;
    }
    let root = units::unit(connection, after.unit)?.ok_or(StoreError::Missing)?.root;
    let day = |day: Option<Date>| Value::from(day.map(|day| day.to_string()));
    connection.execute(
        &format!("INSERT INTO place (root_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
        &[
            root.0.into(),
            id.0.into(),
            after.unit.0.into(),
            after.person.0.into(),
            day(after.activist_on),
            day(after.reserved_on),
            day(after.used_on),
            day(after.released_on),
        ],
    )?;
    Ok(())
}

/// Most events of a file change nothing about its place.
#[expect(clippy::wildcard_enum_match_arm, reason = "the few kinds that matter are named")]
fn may_matter(change: &Change) -> bool {
    match change {
        Change::Completed(record) => matches!(
            record.step(),
            Step::ActivistListing | Step::TargetListing | Step::TargetFiling | Step::Approval
        ),
        Change::StepReturned(_)
        | Change::TransferReceived(_)
        | Change::Ended(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => true,
        _ => false,
    }
}

fn place_of(case: &Case) -> Place {
    let used_on = case.done(Step::Approval).map(|record| record.on);
    let end = case.end();
    let frees = |end: &&End| used_on.is_none() || end.reason == EndReason::NotRecognised;
    Place {
        case: case.id,
        unit: case.unit,
        person: case.person,
        activist_on: case.activist_on(),
        reserved_on: case.target_on(),
        used_on,
        released_on: end.filter(frees).map(|end| end.on),
    }
}

fn of_case(connection: &mut Connection, id: CaseId) -> Result<Option<Place>, StoreError> {
    let rows = connection.query(&format!("SELECT {COLUMNS} FROM place WHERE id = $1"), &[id.0.into()])?;
    rows.first().map(read).transpose()
}
