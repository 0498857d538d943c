//! Views made again from the record: to repair them, and to hold the live ones against them.

use std::collections::HashMap;

use domain::case::Recorded;
use domain::ids::UnitId;
use ledger::Hash;
use rayon::prelude::*;

use super::cases::{self, Cases};
use super::keys::Keys;
use super::reading::{self, Opening};
use super::units::Roots;
use super::views::{self, VIEWS};
use super::{Connection, Row, Scans, StoreError, Value, schema};

/// Events read at once.
const PAGE: i64 = 2_000;
/// Files kept in memory meanwhile, at most.
const MOST_FILES: usize = 200_000;
/// Events opened by one processor in one go.
const PART: usize = 64;

/// Compares every view with itself made again, in tables of this connection's own that the caller's
/// transaction takes back; and looks at the scans of each event on the way.
pub(super) fn wrong_views(
    connection: &mut Connection,
    keys: &mut Keys,
    scans: &mut Scans,
) -> Result<Vec<&'static str>, StoreError> {
    let before = digests(connection)?;
    for &view in VIEWS {
        connection.shadow(view)?;
    }
    let remade = remake(connection, keys, Some(scans)).and_then(|()| scans.close(connection));
    match remade.and_then(|()| digests(connection)) {
        Ok(after) => Ok(VIEWS.iter().copied().filter(|view| before.get(view) != after.get(view)).collect()),
        // What cannot be made again cannot be right; the record's own findings say why.
        Err(_) => Ok(VIEWS.to_vec()),
    }
}

/// A digest of each view's rows, in the order of their keys.
fn digests(connection: &mut Connection) -> Result<HashMap<&'static str, Hash>, StoreError> {
    let tables = schema::tables();
    let mut found = HashMap::new();
    for &view in VIEWS {
        let table = tables.iter().find(|table| table.name == view).ok_or(StoreError::Missing)?;
        let order = table.key.join(", ");
        let rows = connection.query(&format!("SELECT * FROM {view} ORDER BY {order}"), &[])?;
        let mut bytes = Vec::with_capacity(rows.len() * 64);
        for cell in rows.into_iter().flat_map(Row::cells) {
            write(&cell, &mut bytes);
        }
        found.insert(view, Hash::of(&bytes));
    }
    Ok(found)
}

/// Writes a cell so that no two rows of cells are the same bytes.
fn write(cell: &Value, out: &mut Vec<u8>) {
    let (kind, bytes): (u8, &[u8]) = match cell {
        Value::Null => (0, &[]),
        Value::Int(number) => (1, &number.to_be_bytes()),
        Value::Text(text) => (2, text.as_bytes()),
        Value::Bytes(bytes) => (3, bytes),
    };
    out.push(kind);
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Empties every view and derives it from the record. While one page of events is worked in, the next
/// one is opened by the other processors.
pub(super) fn remake(
    connection: &mut Connection,
    keys: &mut Keys,
    mut scans: Option<&mut Scans>,
) -> Result<(), StoreError> {
    for &view in VIEWS {
        connection.execute(&format!("DELETE FROM {view}"), &[])?;
    }
    let (mut cases, mut roots) = (Cases::default(), Roots::default());
    let rows = connection.query("SELECT MAX(case_id) FROM event WHERE case_id IS NOT NULL", &[])?;
    let last_file = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
    cases.expect(last_file.and_then(|last| usize::try_from(last).ok()).unwrap_or(0).min(MOST_FILES));
    let mut last = -1;
    let mut opened: Vec<Placed> = Vec::new();
    loop {
        let page = page(connection, keys, &mut last)?;
        let is_over = page.is_empty();
        let (next, worked_in) = rayon::join(
            || page.par_iter().with_min_len(PART).map(open).collect::<Result<Vec<_>, _>>(),
            || {
                opened.iter().try_for_each(|placed| {
                    let root = work_in(connection, keys, &mut cases, &mut roots, placed)?;
                    match &mut scans {
                        Some(scans) => scans.look(connection, keys, root, &placed.recorded),
                        None => Ok(()),
                    }
                })
            },
        );
        worked_in?;
        opened = next?;
        if is_over {
            return Ok(());
        }
    }
}

/// An event with the root and the file under which its row is kept.
struct Placed {
    seq: i64,
    root: i64,
    case: Option<i64>,
    recorded: Recorded,
}

/// The next rows with what opens them.
fn page(
    connection: &mut Connection,
    keys: &mut Keys,
    last: &mut i64,
) -> Result<Vec<(Row, Opening)>, StoreError> {
    let sql = format!(
        "SELECT {}, root_id, case_id FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
        reading::COLUMNS
    );
    let rows = connection.query(&sql, &[(*last).into(), PAGE.into()])?;
    if let Some(end) = rows.last() {
        *last = end.int(0)?;
    }
    rows.into_iter()
        .map(|row| {
            let opening = Opening::of(&row, keys)?;
            Ok((row, opening))
        })
        .collect()
}

fn open((row, opening): &(Row, Opening)) -> Result<Placed, StoreError> {
    Ok(Placed {
        seq: row.int(0)?,
        root: row.int(reading::N_COLUMNS)?,
        case: row.optional_int(reading::N_COLUMNS + 1)?,
        recorded: opening.open(row)?,
    })
}

fn work_in(
    connection: &mut Connection,
    keys: &mut Keys,
    cases: &mut Cases,
    roots: &mut Roots,
    placed: &Placed,
) -> Result<UnitId, StoreError> {
    let Placed { seq, root: stored, case: stored_case, recorded } = placed;
    let root = roots.root_for(connection, &recorded.fact)?;
    let case = cases::case_of(&recorded.fact).map(|case| case.0);
    if *stored != root.0 || *stored_case != case {
        return Err(StoreError::Damaged(format!("event {seq}: it is kept in another place")));
    }
    views::apply(connection, keys, cases, root, recorded)?;
    Ok(root)
}
