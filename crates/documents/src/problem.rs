//! What can be wrong with a file, its heads or a cell: typed, with its place, in both languages.
//! The words are in `problem/words.rs`. Nothing here reads a file.

mod words;

use std::fmt;

use domain::text::Text;
use jiff::civil::Date;

/// Where a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    File,
    /// One row, counted from 1 as the spreadsheet program counts.
    Row(u32),
    /// One cell: the row from 1, the column from 0.
    Cell {
        /// Row, from 1.
        row: u32,
        /// Column, from 0.
        column: u32,
    },
}

impl Place {
    /// The row, if the problem is in one.
    pub fn row(self) -> Option<u32> {
        match self {
            Place::File => None,
            Place::Row(row) | Place::Cell { row, .. } => Some(row),
        }
    }
}

/// Whether a row may be taken over in spite of the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The value stands, but somebody should look at it.
    Warning,
    /// The row, or the file, cannot be taken over.
    Error,
}

/// One thing wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub cause: Cause,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// With the file; nothing of it can be used.
    File(FileCause),
    /// With the container of a workbook; nothing of it can be used.
    Archive(ArchiveCause),
    /// With the size of what is in it; nothing of it can be used.
    Size(SizeCause),
    /// With the heads of the columns.
    Head(HeadCause),
    /// With one cell.
    Cell(CellCause),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileCause {
    /// It could not be read from where it lies.
    Unreadable { detail: String },
    /// The extension is none we read.
    UnknownExtension { extension: String },
    /// An older or foreign spreadsheet format.
    ForeignFormat { extension: String },
    /// The content is not what the extension says.
    ContentDiffers { extension: String },
    /// Protected by a password.
    Protected,
    /// The workbook has no worksheet.
    NoSheet,
    /// The encoding of a text file is none we know.
    UnknownEncoding,
    /// A text file holds a NUL character.
    NulCharacter,
    /// The reader was told to stop.
    Cancelled,
}

/// What is too much, or out of its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SizeCause {
    /// More filled cells than allowed.
    Cells { max: u64 },
    /// More different texts than allowed.
    Texts { max: u32 },
    /// More styles, merged areas or array formulas than any real workbook has.
    Parts { max: usize },
    /// More filled rows than allowed.
    Rows { max: u32 },
    /// A cell reference outside the largest possible sheet, or out of order.
    CellOutOfPlace { reference: String },
}

/// What is wrong with the zip container of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveCause {
    /// Cut short, or its checksums do not agree.
    Damaged { part: String, detail: String },
    /// More entries than allowed.
    TooManyEntries { max: usize },
    /// More bytes after inflating than allowed.
    TooLarge { max_bytes: u64 },
    /// Inflates more than any real workbook.
    InflatesTooMuch { part: String, max_ratio: u64 },
    /// An archive within the archive.
    Nested { part: String },
    /// An entry whose name is a path out of the archive, or a duplicate.
    UnsafeName { name: String },
    /// An entry that is a symbolic link.
    SymbolicLink { part: String },
    /// An entry packed in a way workbooks are not.
    UnknownPacking { part: String },
    /// A document type or entity declaration in an XML part.
    DocumentType { part: String },
    /// An XML part that is not UTF-8.
    NotUtf8 { part: String },
    /// A part with macros.
    Macros { part: String },
}

/// What is wrong with a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadCause {
    /// No filled row at all.
    Absent,
    /// A required column is not there.
    Missing { head: Text },
    /// Two columns have the same head.
    Twice { head: String },
    /// A head that belongs to no column; the column is passed over.
    PassedOver { head: String },
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellCause {
    /// A formula, whatever it shows.
    Formula,
    /// An error value such as #N/A, or a value that cannot be decoded.
    ErrorValue { value: String },
    /// A required cell is blank.
    Blank { head: Text },
    /// Not a day of the calendar.
    NotADay { value: String },
    /// Neither a date cell nor a text that reads as a date.
    NotADate { value: String },
    /// Not a whole number.
    NotWhole { value: String },
    /// A whole number outside its range.
    OutOfRange { value: i64, min: i64, max: i64 },
    /// A text longer than allowed, in characters.
    TooLong { n_chars: usize, max: usize },
    /// A control character, or one that changes the direction of writing.
    ControlCharacter { code: u32 },
    /// None of the listed choices.
    NotAChoice { value: String, choices: Text },
    /// A number with more digits than a spreadsheet program keeps.
    RoundedNumber,
    /// Not an identity number, or not this person's.
    Id(IdCause),
}

/// What is wrong with an identity number (GB 11643). The number itself is never quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdCause {
    /// Neither 15 nor 18 characters.
    Length { n_chars: usize },
    /// Characters that are not digits (or X at the end).
    Characters,
    /// The birth date in it is no day.
    Day,
    /// The last character is not the check character.
    Check,
    /// It says another birth date than the row.
    Birth { id: Date, row: Date },
    /// It says another sex than the row.
    Sex,
}

impl Problem {
    /// A problem of the whole file.
    pub fn file(cause: impl Into<Cause>) -> Self {
        Problem { place: Place::File, cause: cause.into() }
    }

    /// A problem of a row.
    pub fn row(row: u32, cause: impl Into<Cause>) -> Self {
        Problem { place: Place::Row(row), cause: cause.into() }
    }

    /// A problem of a cell: the row from 1, the column from 0.
    pub fn cell(row: u32, column: u32, cause: impl Into<Cause>) -> Self {
        Problem { place: Place::Cell { row, column }, cause: cause.into() }
    }

    /// The place and what is wrong there, in both languages.
    pub fn text(&self) -> Text {
        let text = self.cause.text();
        match self.place {
            Place::File => text,
            Place::Row(row) => {
                Text::new(format!("第 {row} 行：{}", text.zh), format!("row {row}: {}", text.en))
            }
            Place::Cell { .. } => {
                Text::new(format!("{}：{}", self.place, text.zh), format!("{}: {}", self.place, text.en))
            }
        }
    }

    /// Whether the row may be taken over all the same.
    pub fn severity(&self) -> Severity {
        match self.cause {
            Cause::Cell(CellCause::Id(IdCause::Birth { .. } | IdCause::Sex))
            | Cause::Head(HeadCause::PassedOver { .. }) => Severity::Warning,
            Cause::File(_) | Cause::Archive(_) | Cause::Size(_) | Cause::Head(_) | Cause::Cell(_) => {
                Severity::Error
            }
        }
    }
}

impl Cause {
    /// What is wrong and what to do next, in both languages.
    pub fn text(&self) -> Text {
        match self {
            Cause::File(cause) => cause.text(),
            Cause::Archive(cause) => cause.text(),
            Cause::Size(cause) => cause.text(),
            Cause::Head(cause) => cause.text(),
            Cause::Cell(cause) => cause.text(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => f.write_str("file"),
            Place::Row(row) => write!(f, "{row}"),
            Place::Cell { row, column } => write!(f, "{}{row}", column_letters(*column)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl std::error::Error for Problem {}

impl From<FileCause> for Cause {
    fn from(cause: FileCause) -> Self {
        Cause::File(cause)
    }
}

impl From<ArchiveCause> for Cause {
    fn from(cause: ArchiveCause) -> Self {
        Cause::Archive(cause)
    }
}

impl From<SizeCause> for Cause {
    fn from(cause: SizeCause) -> Self {
        Cause::Size(cause)
    }
}

impl From<HeadCause> for Cause {
    fn from(cause: HeadCause) -> Self {
        Cause::Head(cause)
    }
}

impl From<CellCause> for Cause {
    fn from(cause: CellCause) -> Self {
        Cause::Cell(cause)
    }
}

impl From<IdCause> for Cause {
    fn from(cause: IdCause) -> Self {
        Cause::Cell(CellCause::Id(cause))
    }
}

/// The letters of a column counted from 0: A, B, … Z, AA.
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_spreadsheets_do() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(column_letters(column), letters);
        }
    }

    #[test]
    fn a_problem_names_its_cell_in_both_languages() {
        let problem = Problem::cell(14, 2, CellCause::NotADay { value: "2001-02-30".into() });
        assert!(problem.text().zh.starts_with("C14"));
        assert!(problem.text().en.starts_with("C14: “2001-02-30” is not a day"));
        assert_eq!(problem.severity(), Severity::Error);
    }
}
