//! Finding the head row and its columns. A title above it and a second row of heads in the other
//! language are passed over.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::Column;
use crate::problem::{HeadCause, Problem};
use crate::sheet::{Row, Rows, Value, fold, head_keys};

/// Where the columns stand.
pub(super) struct Found {
    /// For each column its place in the file, from 0.
    pub(super) columns: Vec<Option<u32>>,
    pub(super) problems: Vec<Problem>,
}

/// Reads up to the first row below the heads, and returns that row if it was read already.
pub(super) fn find<R: Read + Seek>(
    rows: &mut Rows<'_, R>,
    columns: &[Column],
) -> Result<(Found, Option<Row>), Problem> {
    let known = Known::new(columns);
    let n_enough = columns.len().min(2);
    let mut first_row = None;
    for _ in 0..N_ROWS_SEARCHED {
        let Some(row) = rows.next_row()? else { break };
        let found = known.places(&row);
        if found.columns.iter().flatten().count() >= n_enough {
            let next = rows.next_row()?;
            let next = next.filter(|next| !known.repeats(&found, next, n_enough));
            return Ok((found, next));
        }
        first_row.get_or_insert(row.number);
    }
    match first_row {
        Some(row) => Err(Problem::row(row, HeadCause::Absent)),
        None => Err(Problem::file(HeadCause::Absent)),
    }
}

/// The heads of all columns, in the form in which heads are compared.
struct Known<'c> {
    columns: &'c [Column],
    by_key: BTreeMap<String, usize>,
}

impl<'c> Known<'c> {
    fn new(columns: &'c [Column]) -> Self {
        let mut by_key = BTreeMap::new();
        for (index, column) in columns.iter().enumerate() {
            for head in [column.head.zh.as_str(), &column.head.en, column.id] {
                by_key.insert(fold(head), index);
            }
        }
        for (index, column) in columns.iter().enumerate() {
            for alias in column.aliases {
                by_key.entry(fold(alias)).or_insert(index);
            }
        }
        Known { columns, by_key }
    }

    fn column(&self, head: &str) -> Option<usize> {
        head_keys(head).iter().find_map(|key| self.by_key.get(key)).copied()
    }

    fn places(&self, row: &Row) -> Found {
        let mut columns = vec![None; self.columns.len()];
        let mut problems = Vec::new();
        for cell in &row.cells {
            let head = head_text(&cell.value);
            let cause = match self.column(&head) {
                None => HeadCause::PassedOver { head },
                Some(index) if columns[index].is_some() => HeadCause::Twice { head },
                Some(index) => {
                    columns[index] = Some(cell.column);
                    continue;
                }
            };
            problems.push(Problem::cell(row.number, cell.column, cause));
        }
        for (column, place) in self.columns.iter().zip(&columns) {
            if column.is_required && place.is_none() {
                problems.push(Problem::row(row.number, HeadCause::Missing { head: column.head.clone() }));
            }
        }
        Found { columns, problems }
    }

    /// Whether a row says the same heads again, in the other language.
    fn repeats(&self, found: &Found, row: &Row, n_enough: usize) -> bool {
        let again = self.places(row);
        let n_same = again.columns.iter().zip(&found.columns).filter(|(a, b)| a.is_some() && a == b).count();
        n_same >= n_enough && n_same == row.cells.len()
    }
}

fn head_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Whole(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Date(day) | Value::DateTime(day) => day.to_string(),
        Value::Formula => String::new(),
        Value::Error(value) => value.clone(),
    }
}

/// Titles and remarks above the heads are a few rows at most.
const N_ROWS_SEARCHED: usize = 8;
