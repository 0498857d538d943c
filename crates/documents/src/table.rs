//! One table to a workbook or to text with separators. A text can never become a formula, a
//! number of digits never loses its zeros, and the same table gives the same bytes every time.
//! What the rows mean is the caller's business.

mod text;
mod workbook;

pub(crate) use self::workbook::{Formats, new_workbook, sheet_name, write_heads};

use std::io::Write;

use domain::text::{Language, Text};
use jiff::civil::Date;

/// Everything of a table but its rows.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What the table shows; becomes the sheet's name and the printed heading.
    pub caption: Text,
    /// Columns from the left.
    pub columns: Vec<Column>,
    /// The language of heads and caption.
    pub heads: Heads,
    /// The last row, if the columns of numbers are to be added up.
    pub totals: Totals,
}

/// One column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Head.
    pub head: Text,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// Width in letters; a Han character counts as two. Nothing: by the kind and the head.
    pub width: Option<u16>,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text of a few words.
    Text,
    /// Text of a sentence or more, wrapped.
    LongText,
    /// Digits that are a name and not a quantity: codes, identity numbers.
    Digits,
    /// Whole numbers, added up in a row of totals.
    Whole,
    /// Numbers with two decimals, added up in a row of totals.
    Decimal,
    /// Days.
    Date,
}

/// The language of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heads {
    /// One language.
    In(Language),
    /// Chinese above English.
    Both,
}

/// Whether a table ends in a row of totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Totals {
    /// It ends in its last row.
    None,
    /// It ends in the sums of its columns of numbers.
    Sums,
}

/// What a cell of a table holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Item {
    /// Nothing.
    #[default]
    Blank,
    /// Text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Another number.
    Number(f64),
    /// A day.
    Date(Date),
}

/// A layout and its rows.
#[derive(Debug, Clone)]
pub struct Table {
    /// Caption, columns, language.
    pub layout: Layout,
    /// Rows from the top; a short row is blank to the right.
    pub rows: Vec<Vec<Item>>,
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// More rows or columns than a sheet can hold.
    #[error("a sheet cannot hold so many rows or columns")]
    TooLarge,
    /// The place it is written to failed.
    #[error("the table cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// The workbook writer refused.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

impl Table {
    /// The table as a workbook.
    ///
    /// # Errors
    /// It is larger than a sheet, or memory and temporary space run out.
    pub fn to_xlsx(&self) -> Result<Vec<u8>, WriteError> {
        let mut bytes = Vec::new();
        write_xlsx(&self.layout, self.rows.iter().cloned(), &mut bytes)?;
        Ok(bytes)
    }

    /// The table as text with commas, UTF-8 with a byte order mark, as spreadsheet programs want it.
    ///
    /// # Errors
    /// Memory runs out.
    pub fn to_csv(&self) -> Result<Vec<u8>, WriteError> {
        let mut bytes = Vec::new();
        write_csv(&self.layout, self.rows.iter().cloned(), &mut bytes)?;
        Ok(bytes)
    }
}

/// Writes rows to a workbook with flat memory. Rows pass through an unnamed temporary file.
///
/// # Errors
/// There are more rows than a sheet holds, or the output fails.
pub fn write_xlsx<W: Write + Send>(
    layout: &Layout,
    rows: impl IntoIterator<Item = Vec<Item>>,
    output: W,
) -> Result<(), WriteError> {
    workbook::write(layout, rows, output)
}

/// Writes rows as text with commas, UTF-8 with a byte order mark, with flat memory.
///
/// # Errors
/// The output fails.
pub fn write_csv<W: Write>(
    layout: &Layout,
    rows: impl IntoIterator<Item = Vec<Item>>,
    output: W,
) -> Result<(), WriteError> {
    text::write(layout, rows, output)
}

impl Heads {
    /// The words of a text in the language of the heads.
    pub fn words(self, text: &Text) -> String {
        match self {
            Heads::In(language) => text.in_language(language).to_owned(),
            Heads::Both if text.zh == text.en => text.zh.clone(),
            Heads::Both => format!("{}\n{}", text.zh, text.en),
        }
    }

    /// The one language in which cells are written; Chinese is the text of record.
    pub fn of_cells(self) -> Language {
        match self {
            Heads::In(language) => language,
            Heads::Both => Language::Zh,
        }
    }
}

impl Column {
    /// A column of the width that fits its kind.
    pub fn new(head: Text, kind: ColumnKind) -> Self {
        Column { head, kind, width: None }
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        if text.is_empty() { Item::Blank } else { Item::Text(text.to_owned()) }
    }
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        if text.is_empty() { Item::Blank } else { Item::Text(text) }
    }
}

impl From<i64> for Item {
    fn from(number: i64) -> Self {
        Item::Whole(number)
    }
}

impl From<Date> for Item {
    fn from(day: Date) -> Self {
        Item::Date(day)
    }
}

impl<T: Into<Item>> From<Option<T>> for Item {
    fn from(item: Option<T>) -> Self {
        item.map_or(Item::Blank, Into::into)
    }
}

/// Whether a spreadsheet program could take a text for a formula (ASVS 1.2.10). Spaces and quote
/// marks before it do not count, so that guarding a text twice can be undone twice.
pub(crate) fn is_like_formula(text: &str) -> bool {
    text.trim_start_matches([' ', '\'']).starts_with(FORMULA_STARTS)
}

/// A text without characters a spreadsheet cannot hold, and not longer than a cell.
fn cell_text(text: &str) -> String {
    let is_unwritable = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let mut clean: String = text.chars().map(|c| if is_unwritable(c) { '\u{fffd}' } else { c }).collect();
    if clean.encode_utf16().count() > N_CELL_UNITS {
        clean = clean.chars().take(N_CELL_UNITS / 2).collect();
        clean.push_str(CUT_MARK);
    }
    clean
}

/// The sums of the columns of numbers, as rows pass by.
struct Sums {
    items: Vec<Item>,
}

impl Sums {
    fn new(layout: &Layout) -> Self {
        let items = layout.columns.iter().map(|column| match column.kind {
            ColumnKind::Whole => Item::Whole(0),
            ColumnKind::Decimal => Item::Number(0.0),
            ColumnKind::Text | ColumnKind::LongText | ColumnKind::Digits | ColumnKind::Date => Item::Blank,
        });
        Sums { items: items.collect() }
    }

    fn add(&mut self, row: &[Item]) {
        for (sum, item) in self.items.iter_mut().zip(row) {
            *sum = match (&*sum, item) {
                (Item::Whole(sum), Item::Whole(number)) => Item::Whole(sum.saturating_add(*number)),
                (Item::Number(sum), Item::Whole(number)) => Item::Number(sum + *number as f64),
                (Item::Number(sum), Item::Number(number)) => Item::Number(sum + number),
                (kept, _) => kept.clone(),
            };
        }
    }

    /// The row of totals, its label in the first column that is not a number.
    fn into_row(mut self, heads: Heads) -> Vec<Item> {
        if let Some(label) = self.items.iter_mut().find(|item| **item == Item::Blank) {
            *label = Item::Text(Text::new("合计", "Total").in_language(heads.of_cells()).to_owned());
        }
        self.items
    }
}

const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\0'];

/// UTF-16 units a cell can hold.
const N_CELL_UNITS: usize = 32_000;

const CUT_MARK: &str = "……（已截断 cut）";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_text_can_always_be_written() {
        assert_eq!(cell_text("a\0b\u{b}c\nd"), "a\u{fffd}b\u{fffd}c\nd");
        let long = cell_text(&"𠮷".repeat(40_000));
        assert!(long.ends_with(CUT_MARK) && long.encode_utf16().count() < 32_767);
    }

    #[test]
    fn only_numbers_are_added_up() {
        let column = |kind| Column::new(Text::new("列", "column"), kind);
        let layout = Layout {
            caption: Text::new("表", "table"),
            columns: vec![column(ColumnKind::Whole), column(ColumnKind::Text), column(ColumnKind::Decimal)],
            heads: Heads::In(Language::En),
            totals: Totals::Sums,
        };
        let mut sums = Sums::new(&layout);
        sums.add(&[Item::Whole(2), Item::from("x"), Item::Number(0.5)]);
        sums.add(&[Item::Whole(3), Item::Blank, Item::Whole(1)]);
        sums.add(&[Item::from("7")]);
        assert_eq!(sums.into_row(layout.heads), [Item::Whole(5), Item::from("Total"), Item::Number(1.5)]);
    }
}
