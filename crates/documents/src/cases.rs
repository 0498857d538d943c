//! A workbook of admission files: one case to a row, dotted paths as heads in row 1. What a path
//! means is the audit's business; here a row becomes paths and values in the order of the columns,
//! or the list of what in it cannot be taken. Rows pass one by one, with flat memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::guard::Limits;
use crate::problem::{Cause, CellCause, HeadCause, Problem, column_letters};
use crate::sheet::{Book, Merges, Row, Value};

/// A row with at least one filled cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// Number in the sheet, from 1; the heads are row 1.
    pub number: u32,
    /// Each filled cell under its path, from the left. Those with faults are not among them.
    pub fields: Vec<(Arc<str>, Value)>,
    /// What cannot be taken. A row with any fault is no case.
    pub faults: Vec<Fault>,
}

/// A cell that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The path at its head; the column's letters if the head is empty.
    pub path: String,
    /// What is wrong, with the place.
    pub problem: Problem,
}

/// Reads the first sheet of a workbook row by row; `is_known` tells the paths a case may have, and
/// `take` may stop the reading.
///
/// # Errors
/// One problem of the whole file, at once or at the row where it was found.
pub fn read<R: Read + Seek>(
    file_name: &str,
    source: R,
    limits: &Limits,
    is_known: impl Fn(&str) -> bool,
    mut take: impl FnMut(CaseRow) -> ControlFlow<()>,
) -> Result<(), Problem> {
    let mut book = Book::open(file_name, source, limits)?;
    let mut rows = book.rows(0, Merges::Blank)?;
    let mut next = rows.next_row()?;
    let heads = match next.take_if(|row| row.number == HEAD_ROW) {
        Some(row) => Heads::new(&row, is_known),
        None => return Err(Problem::file(HeadCause::Absent)),
    };
    while let Some(row) = rows.next_row()? {
        if take(heads.case_row(row)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The path at the head of each column.
struct Heads {
    by_column: BTreeMap<u32, Head>,
}

struct Head {
    path: Arc<str>,
    is_known: bool,
}

impl Heads {
    fn new(row: &Row, is_known: impl Fn(&str) -> bool) -> Self {
        let head = |value: &Value| match value {
            Value::Text(text) => Some(Head { path: text.trim().into(), is_known: is_known(text.trim()) }),
            Value::Whole(_) | Value::Number(_) | Value::Boolean(_) | Value::Date(_) => {
                Some(Head { path: "?".into(), is_known: false })
            }
            // A head that is not there to be read is an empty one.
            Value::Formula | Value::Error(_) => None,
        };
        let heads = row.cells.iter().filter_map(|cell| Some((cell.column, head(&cell.value)?)));
        Heads { by_column: heads.collect() }
    }

    fn case_row(&self, row: Row) -> CaseRow {
        let mut case = CaseRow { number: row.number, fields: Vec::new(), faults: Vec::new() };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for cell in row.cells {
            let head = self.by_column.get(&cell.column);
            match fault(head, &cell.value, &mut seen) {
                Ok(path) => case.fields.push((path, cell.value)),
                Err(cause) => {
                    let path = head.map_or_else(|| column_letters(cell.column), |head| head.path.to_string());
                    let problem = Problem::cell(row.number, cell.column, cause);
                    case.faults.push(Fault { path, problem });
                }
            }
        }
        case
    }
}

/// The path of a value, or why it cannot be taken.
fn fault<'h>(head: Option<&'h Head>, value: &Value, seen: &mut BTreeSet<&'h str>) -> Result<Arc<str>, Cause> {
    let Some(head) = head else { return Err(HeadCause::Empty.into()) };
    if !head.is_known {
        return Err(HeadCause::Unknown { head: head.path.to_string() }.into());
    }
    match value {
        Value::Formula => return Err(CellCause::Formula.into()),
        Value::Error(value) => return Err(CellCause::ErrorValue { value: value.clone() }.into()),
        Value::Text(_) | Value::Whole(_) | Value::Number(_) | Value::Boolean(_) | Value::Date(_) => {}
    }
    if seen.insert(&head.path) {
        Ok(head.path.clone())
    } else {
        Err(HeadCause::ValueTwice { head: head.path.to_string() }.into())
    }
}

const HEAD_ROW: u32 = 1;
