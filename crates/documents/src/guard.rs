//! A file is measured before it is parsed: what it says it is, what it really inflates to, and
//! whether any entry of its container is not what workbooks are made of. Every limit is counted
//! on real bytes, never on what a header claims. Nothing here looks at cells.

mod archive;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

pub(crate) use archive::{Archive, Part, damaged};

use crate::problem::{FileCause, Problem};

/// How much of a file we are ready to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of the container.
    pub n_entries: usize,
    /// Bytes after inflating, all entries together; for a text file, its size.
    pub inflated_bytes: u64,
    /// Times an entry may inflate, once it has passed [`Limits::RATIO_FLOOR_BYTES`].
    pub max_ratio: u64,
    /// Filled cells of one sheet.
    pub n_cells: u64,
    /// Different texts of a workbook.
    pub n_texts: u32,
    /// Filled rows of one sheet, the head included.
    pub n_rows: u32,
    /// Problems kept word for word; further ones are only counted.
    pub n_problems: usize,
}

impl Limits {
    /// An ordinary upload through the page.
    pub const UPLOAD: Limits = Limits {
        n_entries: 1_000,
        inflated_bytes: 64 << 20,
        max_ratio: 200,
        n_cells: 1_000_000,
        n_texts: 1_000_000,
        n_rows: 50_001,
        n_problems: 1_000,
    };

    /// A whole county taken over at once: a roster of up to 200,000 persons.
    pub const IMPORT: Limits = Limits {
        inflated_bytes: 1 << 30,
        n_cells: 8_000_000,
        n_texts: 4_000_000,
        n_rows: 200_001,
        ..Limits::UPLOAD
    };

    /// An audit on the auditor's own machine: as much as one sheet can hold in rows.
    pub const AUDIT: Limits = Limits {
        inflated_bytes: 16 << 30,
        n_cells: 400_000_000,
        n_texts: 50_000_000,
        n_rows: N_SHEET_ROWS,
        ..Limits::UPLOAD
    };

    /// Small parts of repeated text may compress as well as they like.
    pub const RATIO_FLOOR_BYTES: u64 = 1 << 20;
}

/// Rows of the largest possible sheet.
pub(crate) const N_SHEET_ROWS: u32 = 1_048_576;

/// Columns of the largest possible sheet.
pub(crate) const N_SHEET_COLUMNS: u32 = 16_384;

/// What a file is, by its name and its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML workbook.
    Workbook,
    /// Text with separators.
    Csv,
}

/// Tells the format of a file from its name and its first bytes, which must agree.
///
/// # Errors
/// A foreign format, a name and content that do not agree, a file protected by a password.
pub fn recognise(file_name: &str, start: &[u8]) -> Result<Format, Problem> {
    let extension = match file_name.rsplit_once('.') {
        Some((_, extension)) => extension.to_lowercase(),
        None => String::new(),
    };
    let is_zip = start.starts_with(ZIP_MAGIC);
    let is_compound = start.starts_with(COMPOUND_MAGIC);
    let cause = match extension.as_str() {
        "xlsx" if is_zip => return Ok(Format::Workbook),
        // A protected workbook is a compound file around the encrypted container.
        "xlsx" if is_compound => FileCause::Protected,
        "csv" | "tsv" | "txt" if is_text(start) => return Ok(Format::Csv),
        "xlsx" | "csv" | "tsv" | "txt" => FileCause::ContentDiffers { extension: format!(".{extension}") },
        "xls" | "xlsm" | "xlsb" | "xlt" | "xltx" | "ods" | "fods" | "et" | "numbers" => {
            FileCause::ForeignFormat { extension: format!(".{extension}") }
        }
        _ => FileCause::UnknownExtension { extension },
    };
    Err(Problem::file(cause))
}

/// Reads every file of a container that is no workbook, after measuring it as workbooks are measured.
///
/// # Errors
/// The container is damaged, larger than the limits, or holds what no honest program puts there.
pub fn unpack<R: Read + Seek>(source: R, limits: &Limits) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    Archive::open(source, limits)?.contents()
}

fn is_text(start: &[u8]) -> bool {
    let is_utf16 = start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]);
    let head = start.trim_ascii_start();
    let is_markup = head.first() == Some(&b'<');
    let is_other = FOREIGN_MAGICS.iter().any(|magic| start.starts_with(magic));
    !is_other && !is_markup && (is_utf16 || !start.contains(&0))
}

const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const COMPOUND_MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// First bytes of archives and documents that have no place in a text or in a workbook.
const FOREIGN_MAGICS: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x07\x08",
    COMPOUND_MAGIC,
    b"Rar!\x1A\x07",
    b"7z\xBC\xAF\x27\x1C",
    b"\x1F\x8B\x08",
    b"BZh9",
    b"\xFD7zXZ\x00",
    b"\x28\xB5\x2F\xFD",
    b"%PDF-",
    b"MZ\x90\x00",
    b"\x7FELF",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(file_name: &str, start: &[u8]) -> Result<Format, crate::problem::Cause> {
        recognise(file_name, start).map_err(|problem| problem.cause)
    }

    #[test]
    fn name_and_content_must_agree() {
        assert_eq!(cause("名册.XLSX", b"PK\x03\x04...."), Ok(Format::Workbook));
        assert_eq!(cause("名册.csv", "姓名,性别".as_bytes()), Ok(Format::Csv));
        assert_eq!(cause("a.csv", b"\xFF\xFEA\x00"), Ok(Format::Csv));
        let differs = |extension: &str| Err(FileCause::ContentDiffers { extension: extension.into() }.into());
        assert_eq!(cause("a.csv", b"PK\x03\x04"), differs(".csv"));
        assert_eq!(cause("a.csv", b" <html>"), differs(".csv"));
        assert_eq!(cause("a.csv", b"ab\x00cd"), differs(".csv"));
        assert_eq!(cause("a.xlsx", b"name,sex"), differs(".xlsx"));
        assert_eq!(cause("a.xlsx", COMPOUND_MAGIC), Err(FileCause::Protected.into()));
    }

    #[test]
    fn foreign_formats_come_with_a_remedy() {
        for extension in ["xls", "ods", "xlsm", "xlsb"] {
            let problem = recognise(&format!("a.{extension}"), b"PK\x03\x04").unwrap_err();
            assert!(problem.text().en.contains("save it as .xlsx"), "{problem}");
            assert!(problem.text().zh.contains("另存为"), "{problem}");
        }
        assert!(recognise("a", b"x").is_err());
        assert!(recognise("a.svg", b"<svg>").is_err());
    }
}
