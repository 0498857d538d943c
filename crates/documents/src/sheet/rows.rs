//! The rows of one sheet of a workbook: references, kinds of cells, formulas, merged areas.
//! What a sheet claims about its own extent is never read, so it cannot make us allocate.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Seek};

use quick_xml::events::BytesStart;

use super::texts::{rich_text_into, unescape_units};
use super::workbook::Shared;
use super::xml::{Item, Xml, attribute, cell_attributes};
use super::{Cell, Row, Value, parse_iso_date};
use crate::guard::{N_SHEET_COLUMNS, N_SHEET_ROWS, Part};
use crate::problem::{Problem, SizeCause};

/// The filled rows of a sheet, in the order of the file.
pub(super) struct SheetRows<'a, R: Read + Seek> {
    xml: Xml<Part<'a, R>>,
    shared: &'a Shared,
    merged: Merged,
    /// Array formulas that reach below the present row.
    arrays: Vec<Area>,
    last_row: u32,
    n_rows: u32,
    n_cells: u64,
    text: String,
}

/// A rectangle of cells: rows from 1, columns from 0, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    first: (u32, u32),
    last: (u32, u32),
}

/// What a cell element says before its value is decoded.
struct Raw {
    kind: Kind,
    style: usize,
    is_formula: bool,
    has_value: bool,
}

enum Kind {
    Number,
    SharedText,
    Text,
    Boolean,
    Error,
    IsoDate,
    Unknown,
}

impl<'a, R: Read + Seek> SheetRows<'a, R> {
    pub(super) fn new(xml: Xml<Part<'a, R>>, shared: &'a Shared, areas: Vec<Area>) -> Self {
        SheetRows {
            xml,
            shared,
            merged: Merged::new(areas),
            arrays: Vec::new(),
            last_row: 0,
            n_rows: 0,
            n_cells: 0,
            text: String::new(),
        }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, Problem> {
        loop {
            let reference = match self.xml.next()? {
                Item::Start(element) if element.local_name().as_ref() == "row" => {
                    attribute(&element, "r").map(|reference| reference.into_owned())
                }
                Item::End(element) if element.local_name().as_ref() == "sheetData" => return Ok(None),
                Item::Over => return Err(self.xml.cut_short()),
                Item::Start(_) | Item::End(_) | Item::Text(_) | Item::Aside => continue,
            };
            let mut row = Row { number: self.row_number(reference)?, cells: Vec::new() };
            self.read_cells(&mut row)?;
            if row.cells.is_empty() {
                continue;
            }
            self.merged.fill(&mut row);
            self.count(&row)?;
            return Ok(Some(row));
        }
    }

    /// Rows are numbered upwards; one without a number follows the last.
    fn row_number(&mut self, reference: Option<String>) -> Result<u32, Problem> {
        let number = match &reference {
            Some(reference) => parse_bounded(reference, N_SHEET_ROWS),
            None => Some(self.last_row + 1),
        };
        match number {
            Some(number) if number > self.last_row && number <= N_SHEET_ROWS => {
                self.last_row = number;
                self.arrays.retain(|area| area.last.0 >= number);
                Ok(number)
            }
            Some(_) | None => Err(out_of_place(&reference.unwrap_or_default())),
        }
    }

    fn read_cells(&mut self, row: &mut Row) -> Result<(), Problem> {
        let mut next_column = 0;
        loop {
            let (reference, kind, style) = match self.xml.next()? {
                Item::Start(element) if element.local_name().as_ref() == "c" => {
                    let found = cell_attributes(&element);
                    let reference = found.reference.map(|reference| reference.into_owned());
                    let style = found.style.and_then(|style| style.parse().ok()).unwrap_or(0);
                    (reference, Kind::of(found.kind.as_deref()), style)
                }
                Item::End(element) if element.local_name().as_ref() == "row" => return Ok(()),
                Item::Over => return Err(self.xml.cut_short()),
                Item::Start(_) | Item::End(_) | Item::Text(_) | Item::Aside => continue,
            };
            let column = match &reference {
                None if next_column < N_SHEET_COLUMNS => next_column,
                None => return Err(out_of_place("")),
                Some(reference) => match parse_reference(reference) {
                    Some((number, column)) if number == row.number && column >= next_column => column,
                    Some(_) | None => return Err(out_of_place(reference)),
                },
            };
            next_column = column + 1;
            let at = (row.number, column);
            let mut raw = Raw { kind, style, is_formula: false, has_value: false };
            self.read_cell(at, &mut raw)?;
            raw.is_formula |= self.arrays.iter().any(|area| area.contains(at));
            if let Some(value) = self.decode(&raw) {
                row.cells.push(Cell { column, value });
            }
        }
    }

    /// Reads up to the end of the cell just begun; its text is left in `self.text`.
    fn read_cell(&mut self, at: (u32, u32), raw: &mut Raw) -> Result<(), Problem> {
        self.text.clear();
        loop {
            match self.xml.next()? {
                Item::Start(element) => match element.local_name().as_ref() {
                    "v" if !raw.has_value => {
                        raw.has_value = true;
                        self.xml.text_into(&mut self.text)?;
                    }
                    "is" if !raw.has_value => {
                        raw.has_value = true;
                        rich_text_into(&mut self.xml, &mut self.text)?;
                    }
                    "f" => {
                        raw.is_formula = true;
                        let area = array_area(&element, at);
                        self.xml.skip()?;
                        self.arrays.extend(area);
                        if self.arrays.len() > N_ARRAYS {
                            return Err(Problem::file(SizeCause::Parts { max: N_ARRAYS }));
                        }
                    }
                    _ => self.xml.skip()?,
                },
                Item::End(_) => return Ok(()),
                Item::Over => return Err(self.xml.cut_short()),
                Item::Text(_) | Item::Aside => {}
            }
        }
    }

    /// The value of a cell, or nothing if it is blank.
    fn decode(&self, raw: &Raw) -> Option<Value> {
        if raw.is_formula {
            return Some(Value::Formula);
        }
        let text = self.text.as_str();
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        let malformed = || Value::Error(trimmed.to_owned());
        Some(match raw.kind {
            Kind::Text => return text_value(&unescape_units(text)),
            Kind::SharedText => {
                let found = trimmed.parse().ok().and_then(|index| self.shared.texts.get(index));
                return found.map_or_else(|| Some(malformed()), text_value);
            }
            Kind::Boolean => match trimmed {
                "1" | "true" => Value::Boolean(true),
                "0" | "false" => Value::Boolean(false),
                _ => malformed(),
            },
            Kind::Error | Kind::Unknown => malformed(),
            Kind::IsoDate => iso_value(trimmed).unwrap_or_else(malformed),
            Kind::Number => match trimmed.parse::<f64>() {
                Ok(number) if number.is_finite() => self.number_value(number, raw.style),
                Ok(_) | Err(_) => malformed(),
            },
        })
    }

    fn number_value(&self, number: f64, style: usize) -> Value {
        let day = if self.shared.styles.is_day(style) { self.shared.epoch.day(number) } else { None };
        match day {
            Some(day) if number.fract() == 0.0 => Value::Date(day),
            Some(day) => Value::DateTime(day),
            // A day style on a number that is no day is kept a number that is no date either.
            None if self.shared.styles.is_day(style) => Value::Number(number),
            None if number.fract() == 0.0 && number.abs() < EXACT_END => Value::Whole(number as i64),
            None => Value::Number(number),
        }
    }

    fn count(&mut self, row: &Row) -> Result<(), Problem> {
        let limits = &self.shared.limits;
        self.n_rows += 1;
        self.n_cells += row.cells.len() as u64;
        if self.n_rows > limits.n_rows {
            return Err(Problem::file(SizeCause::Rows { max: limits.n_rows }));
        }
        if self.n_cells > limits.n_cells {
            return Err(Problem::file(SizeCause::Cells { max: limits.n_cells }));
        }
        Ok(())
    }
}

impl Kind {
    fn of(attribute: Option<&str>) -> Kind {
        match attribute {
            None | Some("n") => Kind::Number,
            Some("s") => Kind::SharedText,
            Some("str" | "inlineStr") => Kind::Text,
            Some("b") => Kind::Boolean,
            Some("e") => Kind::Error,
            Some("d") => Kind::IsoDate,
            Some(_) => Kind::Unknown,
        }
    }
}

impl Area {
    fn parse(reference: &str) -> Option<Area> {
        let (first, last) = reference.split_once(':').unwrap_or((reference, reference));
        let (first, last) = (parse_reference(first)?, parse_reference(last)?);
        (first.0 <= last.0 && first.1 <= last.1).then_some(Area { first, last })
    }

    fn contains(&self, (row, column): (u32, u32)) -> bool {
        (self.first.0..=self.last.0).contains(&row) && (self.first.1..=self.last.1).contains(&column)
    }
}

/// Areas merged downwards, and the value each of them shows at present.
struct Merged {
    /// Areas not yet reached, the next one last.
    waiting: Vec<Area>,
    /// By column: the last row, and the value of the first cell.
    open: BTreeMap<u32, (u32, Value)>,
}

impl Merged {
    fn new(mut areas: Vec<Area>) -> Self {
        areas.retain(|area| area.first.0 < area.last.0);
        areas.sort_unstable_by_key(|area| std::cmp::Reverse(area.first));
        Merged { waiting: areas, open: BTreeMap::new() }
    }

    /// Fills a row's blanks with what is merged into them from above.
    fn fill(&mut self, row: &mut Row) {
        self.open.retain(|_, (last_row, _)| *last_row >= row.number);
        let n_own = row.cells.len();
        for (&column, (_, value)) in &self.open {
            if row.cells[..n_own].binary_search_by_key(&column, |cell| cell.column).is_err() {
                row.cells.push(Cell { column, value: value.clone() });
            }
        }
        row.cells.sort_unstable_by_key(|cell| cell.column);
        while let Some(area) = self.waiting.pop_if(|area| area.first.0 <= row.number) {
            if area.first.0 == row.number
                && let Some(value) = row.value(area.first.1)
            {
                self.open.insert(area.first.1, (area.last.0, value.clone()));
            }
        }
    }
}

/// The merged areas of a sheet; they stand behind its cells.
pub(super) fn merged_areas(mut xml: Xml<impl BufRead>) -> Result<Vec<Area>, Problem> {
    let mut areas = Vec::new();
    loop {
        match xml.next()? {
            Item::Start(element) if element.local_name().as_ref() == "mergeCell" => {
                let reference = attribute(&element, "ref").unwrap_or_default();
                areas.push(Area::parse(&reference).ok_or_else(|| out_of_place(&reference))?);
                if areas.len() > N_AREAS {
                    return Err(Problem::file(SizeCause::Parts { max: N_AREAS }));
                }
            }
            Item::End(element) if element.local_name().as_ref() == "mergeCells" => return Ok(areas),
            Item::Over => return Ok(areas),
            Item::Start(_) | Item::End(_) | Item::Text(_) | Item::Aside => {}
        }
    }
}

/// Only the first cell of an array formula has the formula; its area tells of the others.
fn array_area(element: &BytesStart<'_>, at: (u32, u32)) -> Option<Area> {
    let kind = attribute(element, "t")?;
    let area = Area::parse(&attribute(element, "ref")?)?;
    let is_spread = matches!(kind.as_ref(), "array" | "dataTable") && area.first != area.last;
    (is_spread && area.contains(at)).then_some(area)
}

/// A day, with or without a time of day, in a cell that says it holds one.
fn iso_value(text: &str) -> Option<Value> {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let day = parse_iso_date(day).ok()?;
    let is_midnight = time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.' | b'Z'));
    Some(if is_midnight { Value::Date(day) } else { Value::DateTime(day) })
}

fn text_value(text: &str) -> Option<Value> {
    if text.trim().is_empty() { None } else { Some(Value::Text(text.to_owned())) }
}

/// `B7` as row 7 and column 1, if it lies within the largest possible sheet.
fn parse_reference(reference: &str) -> Option<(u32, u32)> {
    let n_letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = reference.split_at(n_letters);
    if !(1..=3).contains(&n_letters) {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    if column > N_SHEET_COLUMNS {
        return None;
    }
    Some((parse_bounded(digits, N_SHEET_ROWS)?, column - 1))
}

/// A number from 1 to `max`, written in digits only.
fn parse_bounded(digits: &str, max: u32) -> Option<u32> {
    let is_plain = (1..=7).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let number = if is_plain { digits.parse().ok()? } else { 0 };
    (1..=max).contains(&number).then_some(number)
}

fn out_of_place(reference: &str) -> Problem {
    Problem::file(SizeCause::CellOutOfPlace { reference: reference.to_owned() })
}

/// Spreadsheet programs keep fifteen digits; below 2^53 a whole number is exact.
const EXACT_END: f64 = 9_007_199_254_740_992.0;

/// Merged areas of one sheet.
const N_AREAS: usize = 100_000;

/// Array formulas reaching below a row at one time; each is asked of every cell.
const N_ARRAYS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_outside_the_largest_sheet_are_none() {
        assert_eq!(parse_reference("A1"), Some((1, 0)));
        assert_eq!(parse_reference("b7"), Some((7, 1)));
        assert_eq!(parse_reference("XFD1048576"), Some((1_048_576, 16_383)));
        for reference in
            ["XFE1", "A1048577", "A0", "A", "1", "", "ZZZZZZZZ1", "A99999999999", "A-1", "A+1", "$A$1", "张1"]
        {
            assert_eq!(parse_reference(reference), None, "{reference}");
        }
    }

    #[test]
    fn areas_have_their_ends_in_order() {
        assert!(Area::parse("A1:XFD1048576").is_some());
        assert_eq!(Area::parse("B5:A1"), None);
        assert_eq!(Area::parse("A1:B2:C3"), None);
    }

    #[test]
    fn a_value_merged_downwards_fills_blanks_only() {
        let mut merged = Merged::new(vec![Area::parse("A2:A4").unwrap(), Area::parse("C2:D2").unwrap()]);
        let row = |number, cells: &[(u32, i64)]| Row {
            number,
            cells: cells.iter().map(|&(column, n)| Cell { column, value: Value::Whole(n) }).collect(),
        };
        let mut seen = Vec::new();
        for mut next in [row(2, &[(0, 1), (2, 9)]), row(3, &[(1, 2)]), row(4, &[(0, 7)]), row(5, &[(1, 3)])] {
            merged.fill(&mut next);
            seen.push(next);
        }
        let expected =
            [row(2, &[(0, 1), (2, 9)]), row(3, &[(0, 1), (1, 2)]), row(4, &[(0, 7)]), row(5, &[(1, 3)])];
        assert_eq!(seen, expected);
    }
}
