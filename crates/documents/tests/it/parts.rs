//! Workbooks made by hand, part by part, for what no honest program writes.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The fixed parts of a workbook with one sheet.
pub(crate) const PACKAGE: &[(&str, &str)] = &[
    ("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"),
    (
        "_rels/.rels",
        "<Relationships><Relationship Id='r1' Type='x/officeDocument' Target='xl/workbook.xml'/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<workbook><workbookPr/><sheets><sheet name='S' sheetId='1' r:id='r1'/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id='r1' Type='x/worksheet' Target='worksheets/sheet1.xml'/>\
         <Relationship Id='r2' Type='x/sharedStrings' Target='sharedStrings.xml'/>\
         <Relationship Id='r3' Type='x/styles' Target='/xl/styles.xml'/></Relationships>",
    ),
    ("xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>"),
];

/// A container of these parts, each deflated.
pub(crate) fn container<'p>(parts: impl IntoIterator<Item = (&'p str, &'p [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook whose one sheet part is `sheet`, with further parts.
pub(crate) fn workbook_with(sheet: &str, further: &[(&str, &[u8])]) -> Vec<u8> {
    let fixed = PACKAGE.iter().map(|&(name, content)| (name, content.as_bytes()));
    let sheet = std::iter::once(("xl/worksheets/sheet1.xml", sheet.as_bytes()));
    container(fixed.chain(sheet).chain(further.iter().copied()))
}

/// A workbook whose one sheet has these rows.
pub(crate) fn workbook(rows: &str) -> Vec<u8> {
    workbook_with(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), &[])
}
