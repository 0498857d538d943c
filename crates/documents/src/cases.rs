//! A workbook of admission files: one case to a row, dotted paths as heads in row 1. What a path
//! means is `domain::case_file`'s business; here a row becomes heads and cells in the order of the
//! columns. Rows pass one by one, with flat memory.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::sync::Arc;

use domain::case_file::{CaseFile, Cell, InputError, parse_row};
use serde_json::Number;

use crate::guard::Limits;
use crate::problem::{HeadCause, Problem};
use crate::sheet::{Book, Merges, Row, Value};

/// A row with at least one filled cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// Number in the sheet, from 1; the heads are row 1.
    pub number: u32,
    /// Each filled cell under its head, from the left; the head is empty if the column has none.
    pub cells: Vec<(Arc<str>, Cell)>,
}

impl CaseRow {
    /// The case this row holds; nothing for a blank row.
    ///
    /// # Errors
    /// The first thing in the row that cannot be read.
    pub fn into_case(self) -> Option<Result<CaseFile, InputError>> {
        parse_row(self.cells.iter().map(|(head, cell)| (head.as_ref(), cell.clone())))
    }
}

/// Reads the first sheet of a workbook row by row; `take` may stop the reading.
///
/// # Errors
/// One problem of the whole file, at once or at the row where it was found.
pub fn read<R: Read + Seek>(
    file_name: &str,
    source: R,
    limits: &Limits,
    mut take: impl FnMut(CaseRow) -> ControlFlow<()>,
) -> Result<(), Problem> {
    let mut book = Book::open(file_name, source, limits)?;
    let mut rows = book.rows(0, Merges::Blank)?;
    let heads = match rows.next_row()? {
        Some(row) if row.number == HEAD_ROW => heads(row),
        // Without heads, every value below stands under an empty one.
        Some(row) => {
            if take(case_row(row, &BTreeMap::new())).is_break() {
                return Ok(());
            }
            BTreeMap::new()
        }
        None => return Err(Problem::file(HeadCause::Absent)),
    };
    while let Some(row) = rows.next_row()? {
        if take(case_row(row, &heads)).is_break() {
            break;
        }
    }
    Ok(())
}

fn heads(row: Row) -> BTreeMap<u32, Arc<str>> {
    let head = |value| match value {
        Value::Text(text) => Arc::from(text.trim()),
        Value::Whole(number) => Arc::from(number.to_string()),
        Value::Number(number) => Arc::from(number.to_string()),
        Value::Boolean(flag) => Arc::from(flag.to_string()),
        Value::Date(day) | Value::DateTime(day) => Arc::from(day.to_string()),
        // What a formula shows is not known, so the column has no head.
        Value::Formula | Value::Error(_) => Arc::from(""),
    };
    row.cells.into_iter().map(|cell| (cell.column, head(cell.value))).collect()
}

fn case_row(row: Row, heads: &BTreeMap<u32, Arc<str>>) -> CaseRow {
    let no_head: Arc<str> = Arc::from("");
    let cells = row.cells.into_iter().map(|cell| {
        let head = heads.get(&cell.column).unwrap_or(&no_head);
        (head.clone(), readable(cell.value))
    });
    CaseRow { number: row.number, cells: cells.collect() }
}

fn readable(value: Value) -> Cell {
    match value {
        Value::Text(text) => Cell::Text(text),
        Value::Whole(number) => Cell::Number(Number::from(number)),
        Value::Number(number) => Number::from_f64(number).map_or(Cell::Unreadable, Cell::Number),
        Value::Boolean(flag) => Cell::Truth(flag),
        Value::Date(day) => Cell::Day(day),
        Value::DateTime(_) | Value::Formula | Value::Error(_) => Cell::Unreadable,
    }
}

const HEAD_ROW: u32 = 1;
