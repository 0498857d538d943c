//! Moving a site from one database to another, row by row, between engines or within one. The target
//! has either everything or nothing, and is verified before it is called done.

use super::existing;
use crate::store::schema::{self, Table};
use crate::store::{Connection, KeyFile, Location, Report, Row, Store, StoreError, Value};

/// What was moved.
#[derive(Debug)]
pub struct Moved {
    /// Number of rows.
    pub n_rows: u64,
    /// The latest signed head, the same on both sides.
    pub note: String,
    /// What verifying the target found.
    pub report: Report,
}

/// Hears the table that is being copied and how many rows of it are done.
pub type Progress<'p> = &'p dyn Fn(&str, u64);

/// Rows that are read at once.
const PAGE: usize = 500;
/// Rows in one statement; SQLite takes at most 32,766 parameters.
const GROUP: usize = 100;

/// Copies every row of every table into an empty database, in one transaction, from one state of the
/// source; then verifies the target. The source may go on being served, but what it records meanwhile
/// is not in the target.
///
/// # Errors
/// The source is of another version, the target is not empty, or either fails; the target then holds
/// no row.
pub fn move_to(
    from: &Location,
    to: &Location,
    keys: &KeyFile,
    progress: Progress<'_>,
) -> Result<Moved, StoreError> {
    let mut source = existing(from)?;
    let (pending, foreign) = schema::gaps(&mut source)?;
    if !pending.is_empty() || !foreign.is_empty() {
        return Err(StoreError::Unfit(
            "来源须先升级到本程序的版本（miaopu db migrate） / bring the source to this program's version first \
             (miaopu db migrate)"
                .to_owned(),
        ));
    }
    let mut target = Connection::open(to)?;
    schema::migrate(&mut target)?;
    source.begin_reading()?;
    target.begin()?;
    let copied = copy(&mut source, &mut target, progress);
    source.batch("ROLLBACK")?;
    match copied {
        Ok(n_rows) => {
            target.batch("COMMIT")?;
            drop((source, target));
            let store = Store::open(to, keys)?;
            Ok(Moved { n_rows, note: store.head()?.note, report: store.verify(keys)? })
        }
        Err(error) => {
            target.batch("ROLLBACK")?;
            Err(error)
        }
    }
}

fn copy(source: &mut Connection, target: &mut Connection, progress: Progress<'_>) -> Result<u64, StoreError> {
    let tables = schema::tables();
    for table in &tables {
        let found = target.query(&format!("SELECT root_id FROM {} LIMIT 1", table.name), &[])?;
        if !found.is_empty() {
            return Err(StoreError::Unfit(format!(
                "目标数据库的表 {0} 不是空的 / the target's table {0} is not empty",
                table.name
            )));
        }
    }
    let mut n_rows = 0;
    for table in &tables {
        n_rows += copy_table(table, source, target, progress)?;
    }
    Ok(n_rows)
}

fn copy_table(
    table: &Table,
    source: &mut Connection,
    target: &mut Connection,
    progress: Progress<'_>,
) -> Result<u64, StoreError> {
    let mut n_done = 0;
    let mut last: Vec<Value> = Vec::new();
    loop {
        progress(&table.name, n_done);
        let rows = source.query(&select(table, last.len()), &last)?;
        let Some(end) = rows.last() else { return Ok(n_done) };
        last = key_of(table, end.clone());
        n_done += rows.len() as u64;
        let is_over = rows.len() < PAGE;
        let mut cells = rows.into_iter().map(Row::cells).peekable();
        while cells.peek().is_some() {
            let group: Vec<Vec<Value>> = cells.by_ref().take(GROUP).collect();
            let sql = insert(table, group.len());
            target.execute(&sql, &group.into_iter().flatten().collect::<Vec<_>>())?;
        }
        if is_over {
            progress(&table.name, n_done);
            return Ok(n_done);
        }
    }
}

/// The next rows by the order of the key, after a key if one is given.
fn select(table: &Table, n_key: usize) -> String {
    let key = table.key.join(", ");
    let places: Vec<String> = (1..=n_key).map(|n| format!("${n}")).collect();
    let after = if n_key == 0 { String::new() } else { format!("WHERE ({key}) > ({})", places.join(", ")) };
    format!("SELECT {} FROM {} {after} ORDER BY {key} LIMIT {PAGE}", table.columns.join(", "), table.name)
}

fn insert(table: &Table, n_rows: usize) -> String {
    let n_columns = table.columns.len();
    let row = |row: usize| {
        let places: Vec<String> = (1..=n_columns).map(|n| format!("${}", row * n_columns + n)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..n_rows).map(row).collect();
    format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns.join(", "), rows.join(", "))
}

fn key_of(table: &Table, row: Row) -> Vec<Value> {
    let cells = row.cells();
    let place = |name: &String| table.columns.iter().position(|column| column == name);
    table.key.iter().filter_map(place).filter_map(|at| cells.get(at).cloned()).collect()
}
