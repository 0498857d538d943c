//! Columns turn the rows of a sheet into fields and problems. Any cell may be garbage and the
//! rest still reads; nothing here knows what a roster is about, `people` does.

mod choice;
pub mod codes;
mod field;
mod heads;
mod layout;
pub mod people;
pub mod workplaces;

use std::io::{Read, Seek};
use std::sync::atomic::{AtomicBool, Ordering};

use domain::text::Text;
use jiff::civil::Date;

pub use self::choice::Choice;
pub use self::layout::{items, layout};
use crate::guard::Limits;
use crate::problem::{CellCause, FileCause, Problem};
use crate::sheet::{Book, Merges, Row as SheetRow, Value};

/// One column of a roster.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name in code, for ever the same.
    pub id: &'static str,
    /// Head.
    pub head: Text,
    /// Other heads under which offices know it.
    pub aliases: &'static [&'static str],
    /// What its cells hold.
    pub kind: Kind,
    /// Whether a blank cell is a problem.
    pub is_required: bool,
    /// What the sample row of the template shows.
    pub sample: Text,
    /// What the instructions say of it, beside what the kind says.
    pub note: Text,
}

/// What the cells of a column hold.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Text without control characters.
    Text {
        /// Longest allowed, in characters.
        max_chars: usize,
    },
    /// A day.
    Date,
    /// A whole number.
    Whole {
        /// Least allowed.
        min: i64,
        /// Greatest allowed.
        max: i64,
    },
    /// One of a list of codes.
    Choice(Vec<Choice>),
    /// An identity number of 15 or 18 characters, checked.
    IdNumber,
}

/// What a cell was understood as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Text, trimmed; an identity number as written, with its letter made large.
    Text(String),
    /// A day.
    Date(Date),
    /// A whole number.
    Whole(i64),
    /// The code of a choice.
    Code(String),
}

/// A row as its columns understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number in the file, from 1.
    pub number: u32,
    /// One for each column; nothing where the cell is blank or a problem.
    pub fields: Vec<Option<Field>>,
    /// No cell of the row has a problem. Kept here because not every problem may be kept.
    pub is_sound: bool,
}

/// What was understood of a file.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Filled rows below the head, those with problems too.
    pub rows: Vec<Row>,
    /// The first problems, by row and column; those of heads come first.
    pub problems: Vec<Problem>,
    /// All problems, also those not kept.
    pub n_problems: usize,
    /// For each column, where it stands in the file, from 0.
    pub columns: Vec<Option<u32>>,
    /// Whether the file was read to its end.
    pub is_whole: bool,
}

/// How far reading has come, and whether it is to stop.
pub struct Watch<'w> {
    /// Told the number of rows read, every thousand rows and at the end.
    pub progress: &'w mut dyn FnMut(u32),
    /// Set by somebody else to stop.
    pub cancel: &'w AtomicBool,
}

/// Reads a roster: finds the head row, then understands row after row.
///
/// A problem of the whole file ends the reading; every other problem is noted and the reading
/// goes on. The sample row of the template is passed over.
pub fn read<R: Read + Seek>(
    file_name: &str,
    source: R,
    columns: &[Column],
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Reading {
    let mut reading = Reading::default();
    match read_into(&mut reading, file_name, source, columns, limits, watch) {
        Ok(()) => reading.is_whole = true,
        Err(problem) => reading.note(problem, limits),
    }
    reading
}

impl Reading {
    /// Whether nothing stands against taking over every row.
    pub fn is_clean(&self) -> bool {
        self.is_whole && self.n_problems == 0
    }

    /// Counts a problem, and keeps it while there is room.
    pub(crate) fn note(&mut self, problem: Problem, limits: &Limits) {
        self.n_problems += 1;
        if self.problems.len() < limits.n_problems {
            self.problems.push(problem);
        }
    }
}

fn read_into<R: Read + Seek>(
    reading: &mut Reading,
    file_name: &str,
    source: R,
    columns: &[Column],
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Result<(), Problem> {
    let mut book = Book::open(file_name, source, limits)?;
    let mut rows = book.rows(0, Merges::Downwards)?;
    let (found, first) = heads::find(&mut rows, columns)?;
    for problem in found.problems {
        reading.note(problem, limits);
    }
    reading.columns = found.columns;
    let understood: Vec<_> = columns.iter().map(field::Understood::new).collect();
    let mut n_rows = 0;
    let mut next = match first {
        Some(row) => Some(row),
        None => rows.next_row()?,
    };
    while let Some(row) = next {
        if watch.cancel.load(Ordering::Relaxed) {
            return Err(Problem::file(FileCause::Cancelled));
        }
        if !is_sample(&row) {
            read_row(reading, &row, &understood, limits);
        }
        n_rows += 1;
        if n_rows % N_ROWS_A_REPORT == 0 {
            (watch.progress)(n_rows);
        }
        next = rows.next_row()?;
    }
    (watch.progress)(n_rows);
    Ok(())
}

fn read_row(reading: &mut Reading, row: &SheetRow, columns: &[field::Understood<'_>], limits: &Limits) {
    let mut fields = Vec::with_capacity(columns.len());
    let mut problems = Vec::new();
    for (column, place) in columns.iter().zip(&reading.columns) {
        // A column that is not there was named once, at the head.
        let Some(place) = *place else {
            fields.push(None);
            continue;
        };
        let understood = row.value(place).map_or(Ok(None), |value| column.understand(value));
        let (field, cause) = match understood {
            Ok(None) if column.is_required() => {
                (None, Some(CellCause::Blank { head: column.head().clone() }))
            }
            Ok(field) => (field, None),
            Err(cause) => (None, Some(cause)),
        };
        fields.push(field);
        problems.extend(cause.map(|cause| Problem { place: row.place(place), cause: cause.into() }));
    }
    let is_sound = problems.is_empty();
    for problem in problems {
        reading.note(problem, limits);
    }
    reading.rows.push(Row { number: row.number, fields, is_sound });
}

/// The template's sample row says so in its first cell.
fn is_sample(row: &SheetRow) -> bool {
    match row.cells.first().map(|cell| &cell.value) {
        Some(Value::Text(text)) => text.starts_with(SAMPLE_MARK),
        Some(
            Value::Whole(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::DateTime(_)
            | Value::Formula
            | Value::Error(_),
        )
        | None => false,
    }
}

/// How the first cell of the template's sample row begins.
pub(crate) const SAMPLE_MARK: &str = "【示例 sample】";

const N_ROWS_A_REPORT: u32 = 1_000;
