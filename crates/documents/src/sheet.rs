//! A spreadsheet file as a stream of rows of typed cells, with flat memory.
//!
//! Formulas are never evaluated: a formula cell is reported as such, whatever it shows. The
//! workbook reader is our own, on `zip` and `quick-xml`: a general one ends the sheet at the first
//! malformed cell and forgets where it was, while a roster must go on to its last row.

mod csv;
mod dates;
mod heads;
mod rows;
mod styles;
mod texts;
mod workbook;
mod xml;

use std::io::{Read, Seek, SeekFrom};

use jiff::civil::Date;

pub use self::dates::{NotDate, parse_date, parse_iso_date};
pub(crate) use self::heads::{fold, head_keys};
use crate::guard::{self, Format, Limits};
use crate::problem::{FileCause, Place, Problem};

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, as typed; never blank.
    Text(String),
    /// A number without a fraction that a spreadsheet program keeps exactly.
    Whole(i64),
    /// Any other number, and a day or time outside the calendar.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A date cell.
    Date(Date),
    /// A date cell with a time of day; only the day is kept.
    DateTime(Date),
    /// A formula, never evaluated.
    Formula,
    /// An error value such as `#N/A`, or what could not be decoded, as it stands in the file.
    Error(String),
}

/// A filled cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Column, from 0.
    pub column: u32,
    /// What it holds.
    pub value: Value,
}

/// A row with at least one filled cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Number, from 1, as the spreadsheet program shows it.
    pub number: u32,
    /// Filled cells by column.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The value in a column, counted from 0.
    pub fn value(&self, column: u32) -> Option<&Value> {
        let at = self.cells.binary_search_by_key(&column, |cell| cell.column).ok()?;
        Some(&self.cells[at].value)
    }

    /// The place of a cell of this row.
    pub fn place(&self, column: u32) -> Place {
        Place::Cell { row: self.number, column }
    }
}

/// How an area of merged cells is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merges {
    /// Only its first cell is filled, as the file has it.
    Blank,
    /// A value merged downwards holds for each filled row it covers, as a reader sees it.
    Downwards,
}

/// A spreadsheet file that has been measured and may be read.
#[derive(Debug)]
pub struct Book<R> {
    inner: Inner<R>,
}

#[derive(Debug)]
enum Inner<R> {
    Workbook(workbook::Workbook<R>),
    Csv(csv::CsvFile<R>),
}

impl<R: Read + Seek> Book<R> {
    /// Measures a file and opens it; its name tells the format.
    ///
    /// # Errors
    /// One problem of the whole file: a foreign format, a damaged or hostile container.
    pub fn open(file_name: &str, mut source: R, limits: &Limits) -> Result<Self, Problem> {
        let format = guard::recognise(file_name, &first_bytes(&mut source)?)?;
        let inner = match format {
            Format::Workbook => Inner::Workbook(workbook::Workbook::open(source, limits)?),
            Format::Csv => Inner::Csv(csv::CsvFile::open(source, limits)?),
        };
        Ok(Book { inner })
    }

    /// The names of the worksheets in the order of their tabs; a text file has one without a name.
    pub fn sheet_names(&self) -> Vec<&str> {
        match &self.inner {
            Inner::Workbook(workbook) => workbook.sheet_names(),
            Inner::Csv(_) => vec![""],
        }
    }

    /// The rows of a worksheet, counted from 0.
    ///
    /// # Errors
    /// There is no such sheet, or its part is damaged.
    pub fn rows(&mut self, sheet_index: usize, merges: Merges) -> Result<Rows<'_, R>, Problem> {
        let inner = match &mut self.inner {
            Inner::Workbook(workbook) => RowsInner::Workbook(Box::new(workbook.rows(sheet_index, merges)?)),
            Inner::Csv(file) if sheet_index == 0 => RowsInner::Csv(Box::new(file.rows()?)),
            Inner::Csv(_) => return Err(Problem::file(FileCause::NoSheet)),
        };
        Ok(Rows { inner })
    }
}

/// A stream of the filled rows of one sheet.
pub struct Rows<'a, R: Read + Seek> {
    inner: RowsInner<'a, R>,
}

enum RowsInner<'a, R: Read + Seek> {
    Workbook(Box<rows::SheetRows<'a, R>>),
    Csv(Box<csv::CsvRows<'a, R>>),
}

impl<R: Read + Seek> Rows<'_, R> {
    /// The next filled row, or nothing at the end.
    ///
    /// # Errors
    /// The sheet is damaged or passes a limit; nothing can be read after that.
    pub fn next_row(&mut self) -> Result<Option<Row>, Problem> {
        match &mut self.inner {
            RowsInner::Workbook(rows) => rows.next_row(),
            RowsInner::Csv(rows) => rows.next_row(),
        }
    }
}

impl<R: Read + Seek> Iterator for Rows<'_, R> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

fn first_bytes<R: Read + Seek>(source: &mut R) -> Result<Vec<u8>, Problem> {
    let mut start = Vec::new();
    source
        .seek(SeekFrom::Start(0))
        .and_then(|_| source.by_ref().take(N_FIRST_BYTES).read_to_end(&mut start))
        .and_then(|_| source.seek(SeekFrom::Start(0)))
        .map_err(|error| Problem::file(FileCause::Unreadable { detail: error.to_string() }))?;
    Ok(start)
}

const N_FIRST_BYTES: u64 = 512;
