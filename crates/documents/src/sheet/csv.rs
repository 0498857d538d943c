//! Text with separators, as spreadsheet programs write it: UTF-8 with or without a byte order
//! mark, UTF-16 with one, or GB18030; comma, semicolon or tab. Two tricks of such files are
//! undone: `="007"` for a text of digits, and the quote mark before a formula start.

use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8};

use super::{Cell, Row, Value};
use crate::guard::{Limits, N_SHEET_COLUMNS};
use crate::problem::{ArchiveCause, FileCause, Problem, SizeCause};
use crate::table::is_like_formula;

/// A measured text file.
#[derive(Debug)]
pub(super) struct CsvFile<R> {
    source: R,
    encoding: &'static Encoding,
    n_mark_bytes: u64,
    separator: u8,
    limits: Limits,
}

/// The filled rows of a text file.
pub(super) struct CsvRows<'a, R: Read> {
    records: csv::Reader<Decoded<&'a mut R>>,
    record: csv::StringRecord,
    /// The physical line and the sheet row at which the next record would begin.
    next_line: u64,
    next_row: u64,
    n_rows: u32,
    n_cells: u64,
    limits: Limits,
}

impl<R: Read + Seek> CsvFile<R> {
    /// Reads the file once to learn its encoding, then its first line to learn its separator.
    pub(super) fn open(mut source: R, limits: &Limits) -> Result<Self, Problem> {
        let mut start = Vec::new();
        source.seek(SeekFrom::Start(0)).map_err(|error| unreadable(&error))?;
        source.by_ref().take(3).read_to_end(&mut start).map_err(|error| unreadable(&error))?;
        let candidates: &[_] = match Encoding::for_bom(&start) {
            Some((encoding, n_mark_bytes)) => &[(encoding, n_mark_bytes as u64)],
            None => &[(UTF_8, 0), (GB18030, 0)],
        };
        for &(encoding, n_mark_bytes) in candidates {
            source.seek(SeekFrom::Start(n_mark_bytes)).map_err(|error| unreadable(&error))?;
            if let Some(first_line) = try_encoding(&mut source, encoding, limits)? {
                let separator = separator_of(&first_line);
                return Ok(CsvFile { source, encoding, n_mark_bytes, separator, limits: *limits });
            }
        }
        Err(Problem::file(FileCause::UnknownEncoding))
    }

    pub(super) fn rows(&mut self) -> Result<CsvRows<'_, R>, Problem> {
        self.source.seek(SeekFrom::Start(self.n_mark_bytes)).map_err(|error| unreadable(&error))?;
        let decoded = Decoded::new(&mut self.source, self.encoding);
        let records = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .from_reader(decoded);
        let record = csv::StringRecord::new();
        Ok(CsvRows { records, record, next_line: 1, next_row: 1, n_rows: 0, n_cells: 0, limits: self.limits })
    }
}

impl<R: Read> CsvRows<'_, R> {
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, Problem> {
        loop {
            if !self.records.read_record(&mut self.record).map_err(|error| unreadable(&error))? {
                return Ok(None);
            }
            let number = self.row_number()?;
            let mut row = Row { number, cells: Vec::new() };
            for (column, field) in self.record.iter().enumerate() {
                if let Some(value) = field_value(field) {
                    let column = u32::try_from(column).unwrap_or(u32::MAX);
                    if column >= N_SHEET_COLUMNS {
                        return Err(Problem::row(
                            number,
                            SizeCause::CellOutOfPlace { reference: String::new() },
                        ));
                    }
                    row.cells.push(Cell { column, value });
                }
            }
            if !row.cells.is_empty() {
                self.count(&row)?;
                return Ok(Some(row));
            }
        }
    }

    /// The row a spreadsheet program shows: blank lines count, line breaks within quotes do not.
    fn row_number(&mut self) -> Result<u32, Problem> {
        let n_breaks: usize = self.record.iter().map(|field| field.matches('\n').count()).sum();
        let line_after = self.records.position().line();
        let line = line_after.saturating_sub(1 + n_breaks as u64);
        let row = self.next_row + line.saturating_sub(self.next_line);
        self.next_line = line_after;
        self.next_row = row + 1;
        u32::try_from(row).map_err(|_| Problem::file(SizeCause::Rows { max: self.limits.n_rows }))
    }

    fn count(&mut self, row: &Row) -> Result<(), Problem> {
        self.n_rows += 1;
        self.n_cells += row.cells.len() as u64;
        if self.n_rows > self.limits.n_rows {
            return Err(Problem::file(SizeCause::Rows { max: self.limits.n_rows }));
        }
        if self.n_cells > self.limits.n_cells {
            return Err(Problem::file(SizeCause::Cells { max: self.limits.n_cells }));
        }
        Ok(())
    }
}

/// Text before it is interpreted by a column.
fn field_value(field: &str) -> Option<Value> {
    if field.trim().is_empty() {
        return None;
    }
    let bare = field.trim_matches(' ');
    if let Some(inner) = bare.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        return (!inner.trim().is_empty()).then(|| Value::Text(inner.to_owned()));
    }
    if bare.starts_with('=') {
        return Some(Value::Formula);
    }
    let plain = field.strip_prefix('\'').filter(|rest| is_like_formula(rest)).unwrap_or(field);
    Some(Value::Text(plain.to_owned()))
}

/// Decodes a whole file to nowhere. Returns its first line if it is valid in the encoding.
fn try_encoding(
    source: &mut impl Read,
    encoding: &'static Encoding,
    limits: &Limits,
) -> Result<Option<String>, Problem> {
    let mut decoded = Decoded::new(source, encoding);
    let mut first_line = String::new();
    let mut is_in_first_line = true;
    loop {
        decoded.refill().map_err(|error| unreadable(&error))?;
        if decoded.is_malformed {
            return Ok(None);
        }
        if decoded.n_read_bytes > limits.inflated_bytes {
            return Err(Problem::file(ArchiveCause::TooLarge { max_bytes: limits.inflated_bytes }));
        }
        let text = decoded.text.as_str();
        if text.contains('\0') {
            return Err(Problem::file(FileCause::NulCharacter));
        }
        if is_in_first_line {
            let end = text.find(['\n', '\r']);
            first_line.push_str(&text[..end.unwrap_or(text.len())]);
            is_in_first_line = end.is_none() && first_line.len() < N_FIRST_LINE_BYTES;
        }
        if decoded.is_at_end {
            return Ok(Some(first_line));
        }
        decoded.text.clear();
    }
}

/// The separator that stands most often outside quotes in the first line.
fn separator_of(first_line: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b'\t', 0), (b';', 0)];
    let mut is_quoted = false;
    for byte in first_line.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!is_quoted && byte == *separator);
        }
    }
    let most = counts.iter().map(|&(_, count)| count).max().unwrap_or(0);
    counts.iter().find(|&&(_, count)| count == most).map_or(b',', |&(separator, _)| separator)
}

/// Bytes of a known encoding as UTF-8 with plain line ends, the last line's too; flat memory.
struct Decoded<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    n_given_bytes: usize,
    n_read_bytes: u64,
    is_malformed: bool,
    is_at_end: bool,
    /// The last character decoded, for a line end cut in two.
    last: char,
}

impl<R: Read> Decoded<R> {
    fn new(source: R, encoding: &'static Encoding) -> Self {
        Decoded {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; N_RAW_BYTES],
            text: String::with_capacity(N_TEXT_BYTES),
            n_given_bytes: 0,
            n_read_bytes: 0,
            is_malformed: false,
            is_at_end: false,
            last: '\n',
        }
    }

    /// Decodes the next piece behind what is in `text`.
    fn refill(&mut self) -> std::io::Result<()> {
        let n_before = self.text.len();
        let n_read = self.source.read(&mut self.raw)?;
        self.n_read_bytes += n_read as u64;
        self.is_at_end = n_read == 0;
        let mut rest = &self.raw[..n_read];
        loop {
            let (result, n_used, had_errors) =
                self.decoder.decode_to_string(rest, &mut self.text, self.is_at_end);
            self.is_malformed |= had_errors;
            rest = &rest[n_used..];
            match result {
                CoderResult::InputEmpty => break,
                CoderResult::OutputFull => self.text.reserve(N_TEXT_BYTES),
            }
        }
        self.unify_line_ends(n_before);
        Ok(())
    }

    fn unify_line_ends(&mut self, from: usize) {
        if self.last == '\r' || self.text[from..].contains('\r') {
            let piece = self.text.split_off(from);
            for character in piece.chars() {
                if character == '\r' || (character == '\n' && self.last != '\r') {
                    self.text.push('\n');
                } else if character != '\n' {
                    self.text.push(character);
                }
                self.last = character;
            }
        } else if let Some(last) = self.text[from..].chars().next_back() {
            self.last = last;
        }
        if self.is_at_end && !matches!(self.last, '\n' | '\r') {
            self.text.push('\n');
            self.last = '\n';
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.n_given_bytes == self.text.len() && !self.is_at_end {
            self.text.clear();
            self.n_given_bytes = 0;
            self.refill()?;
        }
        let waiting = &self.text.as_bytes()[self.n_given_bytes..];
        let n_given = waiting.len().min(buffer.len());
        buffer[..n_given].copy_from_slice(&waiting[..n_given]);
        self.n_given_bytes += n_given;
        Ok(n_given)
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::file(FileCause::Unreadable { detail: error.to_string() })
}

const N_RAW_BYTES: usize = 16 << 10;
const N_TEXT_BYTES: usize = 48 << 10;
const N_FIRST_LINE_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Row>, Problem> {
        let mut file = CsvFile::open(Cursor::new(bytes), &Limits::UPLOAD)?;
        let mut rows = file.rows()?;
        let mut all = Vec::new();
        while let Some(row) = rows.next_row()? {
            all.push(row);
        }
        Ok(all)
    }

    fn texts(bytes: &[u8]) -> Vec<(u32, Vec<Value>)> {
        let rows = read(bytes).unwrap();
        rows.into_iter()
            .map(|row| (row.number, row.cells.into_iter().map(|cell| cell.value).collect()))
            .collect()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn every_usual_encoding_reads_alike() {
        let plain = "姓名,性别\r\n张三,男\r\n";
        let expected = vec![(1, vec![text("姓名"), text("性别")]), (2, vec![text("张三"), text("男")])];
        let wide = |to_bytes: fn(u16) -> [u8; 2], mark: [u8; 2]| {
            mark.into_iter().chain(plain.encode_utf16().flat_map(to_bytes)).collect::<Vec<u8>>()
        };
        let with_mark = [b"\xEF\xBB\xBF", plain.as_bytes()].concat();
        let (gb, _, _) = GB18030.encode(plain);
        for bytes in [
            plain.as_bytes(),
            &with_mark,
            &gb,
            &wide(u16::to_le_bytes, [0xFF, 0xFE]),
            &wide(u16::to_be_bytes, [0xFE, 0xFF]),
        ] {
            assert_eq!(texts(bytes), expected);
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(read(b"a,b\n\xFF\xFF\xFF").unwrap_err(), Problem::file(FileCause::UnknownEncoding));
        assert_eq!(read(b"a,\0b\n").unwrap_err(), Problem::file(FileCause::NulCharacter));
    }

    #[test]
    fn rows_are_numbered_as_the_program_shows_them() {
        let lines = ["a,b", "", "\"x", "y\",z", ",,", "", "", "last"];
        for line_end in ["\n", "\r\n", "\r"] {
            for end in ["", line_end] {
                let rows = texts((lines.join(line_end) + end).as_bytes());
                let numbers: Vec<_> = rows.iter().map(|(number, _)| *number).collect();
                assert_eq!(numbers, [1, 3, 7], "{line_end:?}");
                assert_eq!(rows[1].1, [text("x\ny"), text("z")], "{line_end:?}");
            }
        }
    }

    #[test]
    fn separators_are_found() {
        for (line, separator) in
            [("a,b", b','), ("a;b;c,d", b';'), ("a\tb", b'\t'), ("\"a;b;c\",d", b','), ("a", b',')]
        {
            assert_eq!(separator_of(line), separator, "{line}");
        }
    }

    #[test]
    fn tricks_of_spreadsheet_text_are_undone() {
        for (field, value) in [
            ("=\"007\"", Some(text("007"))),
            ("=1+1", Some(Value::Formula)),
            ("=\"a\"&\"b\"", Some(Value::Formula)),
            ("'=1+1", Some(text("=1+1"))),
            ("'-5", Some(text("-5"))),
            ("'tis", Some(text("'tis"))),
            ("+86 10", Some(text("+86 10"))),
            ("  ", None),
        ] {
            assert_eq!(field_value(field), value, "{field}");
        }
    }
}
