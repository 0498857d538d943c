//! Hostile containers, made in code: each is refused with its own reason, and soon.

use std::io::{Cursor, Write};

use documents::guard::Limits;
use documents::problem::{ArchiveCause, Cause, FileCause, SizeCause};
use documents::sheet::{Book, Merges};
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::parts::{PACKAGE, container, workbook, workbook_with};

const SHEET: &str = "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData></worksheet>";

/// Reads a whole file and says why it was refused.
fn refusal(file_name: &str, bytes: &[u8], limits: &Limits) -> Option<Cause> {
    let read = || -> Result<(), documents::problem::Problem> {
        let mut book = Book::open(file_name, Cursor::new(bytes), limits)?;
        let mut rows = book.rows(0, Merges::Downwards)?;
        while rows.next_row()?.is_some() {}
        Ok(())
    };
    read().err().map(|problem| {
        assert!(!problem.text().zh.is_empty() && !problem.text().en.is_empty());
        problem.cause
    })
}

fn upload(bytes: &[u8]) -> Option<Cause> {
    refusal("a.xlsx", bytes, &Limits::UPLOAD)
}

fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    workbook_with(SHEET, &[(name, content)])
}

#[test]
fn an_honest_workbook_passes() {
    assert_eq!(upload(&workbook_with(SHEET, &[])), None);
    assert_eq!(upload(&with_part("xl/media/image1.png", b"\x89PNG\r\n\x1a\n\0\0\0")), None);
}

#[test]
fn zeros_without_end_are_stopped_while_inflating() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/media/zeros.bin", SimpleFileOptions::default()).unwrap();
    let block = vec![0; 1 << 20];
    for _ in 0..12 {
        zip.write_all(&block).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let part = "xl/media/zeros.bin".to_owned();
    assert_eq!(upload(&bytes), Some(ArchiveCause::InflatesTooMuch { part, max_ratio: 200 }.into()));
    let max_bytes = 8 << 20;
    let no_ratio = Limits { max_ratio: u64::MAX, inflated_bytes: max_bytes, ..Limits::UPLOAD };
    assert_eq!(refusal("a.xlsx", &bytes, &no_ratio), Some(ArchiveCause::TooLarge { max_bytes }.into()));
}

#[test]
fn sizes_that_lie_do_not_help() {
    let mut bytes = with_part("xl/media/x.bin", &vec![0; 8 << 20]);
    // The uncompressed size of the last entry, in its local header and in the directory.
    let lie = (8_u32 << 20).to_le_bytes();
    let places: Vec<_> =
        bytes.windows(4).enumerate().filter(|(_, window)| *window == lie).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2);
    for at in places {
        bytes[at..at + 4].copy_from_slice(&16_u32.to_le_bytes());
    }
    assert!(matches!(
        upload(&bytes),
        Some(Cause::Archive(ArchiveCause::InflatesTooMuch { .. } | ArchiveCause::Damaged { .. }))
    ));
}

#[test]
fn entries_are_counted_before_the_directory_is_read() {
    let names: Vec<String> = (0..1_001).map(|n| format!("x{n}")).collect();
    let bytes = container(names.iter().map(|name| (name.as_str(), b"".as_slice())));
    assert_eq!(upload(&bytes), Some(ArchiveCause::TooManyEntries { max: 1_000 }.into()));
}

#[test]
fn archives_and_documents_inside_are_refused() {
    let inner = workbook("");
    for (name, content) in [
        ("xl/embeddings/a.xlsx", inner.as_slice()),
        ("xl/media/a.png", b"PK\x05\x06\0\0"),
        ("xl/embeddings/o.bin", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
        ("a.gz", b"\x1f\x8b\x08\0"),
        ("a.pdf", b"%PDF-1.7"),
    ] {
        let refused = upload(&with_part(name, content));
        assert_eq!(refused, Some(ArchiveCause::Nested { part: name.to_owned() }.into()));
    }
    let macros = upload(&with_part("xl/vbaProject.bin", b"x"));
    assert_eq!(macros, Some(ArchiveCause::Macros { part: "xl/vbaProject.bin".into() }.into()));
}

#[test]
fn names_that_leave_the_container_are_refused() {
    for name in ["../x", "/x", "xl/../../x", "xl\\x", "C:/x", "..\\x", "xl/\u{7}x", "XL/WORKBOOK.XML"] {
        let refused = upload(&with_part(name, b"x"));
        assert!(
            matches!(refused, Some(Cause::Archive(ArchiveCause::UnsafeName { .. }))),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn links_and_locks_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("xl/link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert_eq!(upload(&bytes), Some(ArchiveCause::SymbolicLink { part: "xl/link".into() }.into()));

    let mut locked = workbook_with(SHEET, &[]);
    // The flag of encryption, in each local header and directory entry.
    for (mark, offset) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let starts: Vec<_> =
            locked.windows(4).enumerate().filter(|(_, window)| window == mark).map(|(at, _)| at).collect();
        for at in starts {
            locked[at + offset] |= 1;
        }
    }
    assert_eq!(upload(&locked), Some(FileCause::Protected.into()));
}

#[test]
fn document_types_are_refused_in_every_part() {
    let laughs = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><worksheet/>";
    let outside = "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>";
    for (name, content) in [
        ("xl/comments1.xml", laughs),
        ("docProps/app.xml", outside),
        ("odd.dat", outside),
        ("x.RELS", "<!ELEMENT>"),
    ] {
        let refused = upload(&with_part(name, content.as_bytes()));
        assert_eq!(refused, Some(ArchiveCause::DocumentType { part: name.to_owned() }.into()));
    }
    // Comments and character data are harmless, and so is the mark in the text of a cell.
    let harmless = "<worksheet><!-- <x> --><sheetData><row><c t='inlineStr'><is><t><![CDATA[<!DOCTYPE]]></t></is></c>\
        </row></sheetData></worksheet>";
    assert!(upload(&workbook_with(harmless, &[])).is_some(), "refused to be on the safe side");
    assert_eq!(upload(&workbook_with(&SHEET.replace("<sheetData>", "<!-- x --><sheetData>"), &[])), None);
}

#[test]
fn a_mark_cut_by_a_chunk_is_still_seen() {
    for n_before in (65_500..65_600).step_by(3) {
        let content = format!("<x>{}<!DOCTYPE y></x>", " ".repeat(n_before));
        let refused = upload(&with_part("x.xml", content.as_bytes()));
        assert_eq!(refused, Some(ArchiveCause::DocumentType { part: "x.xml".into() }.into()), "{n_before}");
    }
}

#[test]
fn parts_in_wide_characters_are_refused() {
    let wide: Vec<u8> = "<!DOCTYPE x>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xFF\xFE".as_slice(), &wide].concat();
    for (name, content) in [("a.xml", wide.as_slice()), ("b.xml", &marked), ("c.dat", &wide)] {
        let refused = upload(&with_part(name, content));
        assert_eq!(refused, Some(ArchiveCause::NotUtf8 { part: name.to_owned() }.into()));
    }
}

#[test]
fn cells_outside_the_largest_sheet_are_refused() {
    for rows in [
        "<row r='1'><c r='XFE1'><v>1</v></c></row>",
        "<row r='1048577'><c><v>1</v></c></row>",
        "<row r='1'><c r='ZZZZZZZZZZ99999999999999'><v>1</v></c></row>",
        "<row r='1'><c r='B1'><v>1</v></c><c r='A1'><v>1</v></c></row>",
        "<row r='1'><c r='A2'><v>1</v></c></row>",
        "<row r='2'/><row r='2'/>",
        "<row r='0'/>",
        "<row r='-1'/>",
    ] {
        let refused = upload(&workbook(rows));
        assert!(
            matches!(refused, Some(Cause::Size(SizeCause::CellOutOfPlace { .. }))),
            "{rows}: {refused:?}"
        );
    }
}

#[test]
fn cells_and_rows_are_counted() {
    let rows = "<row><c><v>1</v></c><c><v>1</v></c></row>".repeat(10);
    let bytes = workbook(&rows);
    let few_rows = Limits { n_rows: 9, ..Limits::UPLOAD };
    assert_eq!(refusal("a.xlsx", &bytes, &few_rows), Some(SizeCause::Rows { max: 9 }.into()));
    let few_cells = Limits { n_cells: 19, ..Limits::UPLOAD };
    assert_eq!(refusal("a.xlsx", &bytes, &few_cells), Some(SizeCause::Cells { max: 19 }.into()));
    assert_eq!(upload(&bytes), None);
}

#[test]
fn a_merge_of_the_whole_sheet_does_not_grow() {
    let sheet = "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>\
        <mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells></worksheet>";
    assert_eq!(upload(&workbook_with(sheet, &[])), None);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = workbook_with(SHEET, &[]);
    for n_bytes in (0..bytes.len()).step_by(7) {
        assert!(upload(&bytes[..n_bytes]).is_some(), "{n_bytes}");
    }
    // A sheet cut within, in a sound container.
    for n_bytes in (20..SHEET.len() - 30).step_by(5) {
        assert!(upload(&workbook_with(&SHEET[..n_bytes], &[])).is_some(), "{n_bytes}");
    }
}

#[test]
fn missing_parts_are_named() {
    for missing in ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"] {
        let parts = PACKAGE.iter().filter(|(name, _)| *name != missing);
        let refused = upload(&container(parts.map(|&(name, content)| (name, content.as_bytes()))));
        let expected = ArchiveCause::Damaged { part: missing.to_owned(), detail: "missing".into() };
        assert_eq!(refused, Some(expected.into()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever happens to the bytes, reading ends without a panic.
    #[test]
    fn random_damage_is_survived(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = workbook_with(SHEET, &[("xl/sharedStrings.xml", b"<sst><si><t>a</t></si></sst>")]);
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        upload(&bytes);
    }

    /// Damage inside the parts, which the container's checksums would hide.
    #[test]
    fn random_markup_is_survived(
        hits in prop::collection::vec((any::<prop::sample::Index>(), "[<>/&;'=a-z0-9!\\[\\]\u{0}张]{1,3}"), 1..6),
        which in 0_usize..3,
    ) {
        let mut parts: Vec<(&str, String)> =
            PACKAGE.iter().map(|&(name, content)| (name, content.to_owned())).collect();
        parts.push(("xl/worksheets/sheet1.xml", SHEET.to_owned()));
        parts.push(("xl/sharedStrings.xml", "<sst><si><r><t>a</t></r></si></sst>".to_owned()));
        let n_parts = parts.len();
        let content = &mut parts[n_parts - 1 - which].1;
        for (at, garbage) in hits {
            let mut at = at.index(content.len());
            while !content.is_char_boundary(at) {
                at -= 1;
            }
            content.insert_str(at, &garbage);
        }
        upload(&container(parts.iter().map(|(name, content)| (*name, content.as_bytes()))));
    }

    /// Any bytes at all, as text.
    #[test]
    fn any_text_file_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        refusal("a.csv", &bytes, &Limits::UPLOAD);
    }
}
