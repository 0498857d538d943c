//! Figures of many units in few statements: outlines of the tree, searches by name or code, and
//! admissions by year. Each statement is bounded by the range of preorder numbers of one unit.

use std::collections::BTreeMap;

use domain::ids::UnitId;
use domain::person::Stage;
use domain::unit::Unit;
use jiff::civil::Date;

use super::people::{Cell, day};
use super::{Connection, StoreError, Value, units};

/// The day on which a unit was closed, if it was.
pub(crate) fn closed_on(connection: &mut Connection, unit: UnitId) -> Result<Option<Date>, StoreError> {
    let rows = connection.query("SELECT closed_on FROM unit WHERE id = $1", &[unit.0.into()])?;
    rows.first().map(|row| day(row, 0)).transpose().map(Option::flatten)
}

/// Members and candidates in each unit directly below another, with everything below it.
pub(crate) fn people_below(
    connection: &mut Connection,
    parent: UnitId,
) -> Result<BTreeMap<UnitId, (i64, i64)>, StoreError> {
    // Two sums for each unit rather than groups: a city has as many cells as people, and sorting them
    // into groups would take longer than reading them.
    let sum = |from: &str, to: &str| {
        format!(
            "(SELECT CAST(COALESCE(SUM(r.n), 0) AS bigint) FROM unit u
              JOIN rollup r ON r.root_id = u.root_id AND r.unit_id = u.id
              WHERE u.pre BETWEEN c.pre AND c.post AND r.cell >= {from} AND r.cell < {to})"
        )
    };
    let sql =
        format!("SELECT c.id, {}, {} FROM unit c WHERE c.parent_id = $1", sum("$2", "$3"), sum("$4", "$2"));
    let first = |stage: Stage| Value::from(Cell::first(stage).0);
    let values = [parent.0.into(), first(Stage::Probationary), first(Stage::Former), first(Stage::Applicant)];
    let rows = connection.query(&sql, &values)?;
    rows.iter().map(|row| Ok((UnitId(row.int(0)?), (row.int(1)?, row.int(2)?)))).collect()
}

/// Open units below each unit that stands directly below another.
pub(crate) fn open_below(
    connection: &mut Connection,
    parent: UnitId,
) -> Result<BTreeMap<UnitId, i64>, StoreError> {
    let rows = connection.query(
        "SELECT c.id, COUNT(*) FROM unit c JOIN unit u ON u.pre > c.pre AND u.pre <= c.post
         WHERE c.parent_id = $1 AND u.closed_on IS NULL GROUP BY c.id",
        &[parent.0.into()],
    )?;
    rows.iter().map(|row| Ok((UnitId(row.int(0)?), row.int(1)?))).collect()
}

/// Open units, people still there and running files, of a unit and everything below it.
pub(crate) fn totals(connection: &mut Connection, top: &Unit) -> Result<(i64, i64, i64), StoreError> {
    let mut count = |sql: &str| {
        let rows = connection.query(sql, &[top.pre.into(), top.post.into()])?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    };
    let n_units = count("SELECT COUNT(*) FROM unit WHERE pre BETWEEN $1 AND $2 AND closed_on IS NULL")?;
    let n_files = count(
        "SELECT COUNT(*) FROM unit u JOIN admission a ON a.root_id = u.root_id AND a.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND a.is_closed = 0",
    )?;
    let n_people = super::roster::n_below(connection, top, None)?;
    Ok((n_units, n_people, n_files))
}

/// Units of a range of the tree whose name or code holds what was typed: an equal code first, then open
/// ones before closed ones, at most `limit`.
pub(crate) fn named(
    connection: &mut Connection,
    typed: &str,
    (pre, post): (i64, i64),
    limit: i64,
) -> Result<Vec<Unit>, StoreError> {
    let plain = typed.trim().to_lowercase();
    let escaped = plain.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let rows = connection.query(
        "SELECT id FROM unit WHERE pre BETWEEN $1 AND $2
         AND (LOWER(name_zh) LIKE $3 ESCAPE '!' OR LOWER(name_en) LIKE $3 ESCAPE '!'
              OR LOWER(code) LIKE $3 ESCAPE '!')
         ORDER BY CASE WHEN LOWER(code) = $4 THEN 0 ELSE 1 END, CASE WHEN closed_on IS NULL THEN 0 ELSE 1 END,
                  pre LIMIT $5",
        &[pre.into(), post.into(), format!("%{escaped}%").into(), plain.into(), limit.into()],
    )?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(units::unit(connection, UnitId(row.int(0)?))?);
    }
    Ok(found)
}

/// People by the year in which they were admitted, from a day on, in a unit and below. One who left is
/// counted as well: the admission took place.
pub(crate) fn admitted_by_year(
    connection: &mut Connection,
    top: &Unit,
    from: Date,
) -> Result<BTreeMap<i16, i64>, StoreError> {
    let rows = connection.query(
        "SELECT SUBSTR(p.admitted_on, 1, 4), COUNT(*) FROM unit u
         JOIN person p ON p.root_id = u.root_id AND p.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND p.admitted_on >= $3 AND p.merged_into IS NULL
         GROUP BY SUBSTR(p.admitted_on, 1, 4)",
        &[top.pre.into(), top.post.into(), from.to_string().into()],
    )?;
    let damaged = |text: &str| StoreError::Damaged(format!("`{text}` is no year"));
    rows.iter()
        .map(|row| {
            let year = row.text(0)?;
            Ok((year.parse().map_err(|_| damaged(year))?, row.int(1)?))
        })
        .collect()
}
