//! Reading sheets: by hand-made parts, and in agreement with an independent reader.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use documents::guard::Limits;
use documents::problem::Problem;
use documents::sheet::{Book, Merges, Row, Value};
use jiff::civil::date;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::parts::{workbook, workbook_with};

fn read(bytes: Vec<u8>, merges: Merges) -> Result<Vec<Row>, Problem> {
    let mut book = Book::open("表.xlsx", Cursor::new(bytes), &Limits::UPLOAD)?;
    let mut rows = book.rows(0, merges)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next_row()? {
        all.push(row);
    }
    Ok(all)
}

fn cells(bytes: Vec<u8>) -> Vec<(u32, u32, Value)> {
    let rows = read(bytes, Merges::Blank).unwrap();
    rows.into_iter()
        .flat_map(|row| row.cells.into_iter().map(move |cell| (row.number, cell.column, cell.value)))
        .collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn each_kind_of_cell_is_told_from_the_others() {
    let rows = "<row r='2'><c r='A2' t='s'><v>0</v></c><c r='B2'><v>25</v></c><c r='C2'><v>42.5</v></c>\
        <c r='D2' t='b'><v>1</v></c><c r='E2' s='1'><v>38064</v></c><c r='F2' t='e'><v>#N/A</v></c>\
        <c r='G2'><f>1+1</f><v>2</v></c><c r='H2' t='inlineStr'><is><t>李四</t></is></c>\
        <c r='J2' t='d'><v>2004-03-18T00:00:00</v></c><c r='K2' t='s'><v>7</v></c><c r='L2' t='s'/><c r='M2' s='1'><v>38064.5</v></c>\
        <c r='N2' t='d'><v>2004-03-18T08:30:00</v></c></row>";
    let sheet =
        format!("<worksheet><dimension ref='A1:XFD1048576'/><sheetData>{rows}</sheetData></worksheet>");
    let found = cells(workbook_with(
        &sheet,
        &[("xl/sharedStrings.xml", "<sst><si><t>张三</t></si></sst>".as_bytes())],
    ));
    let day = Value::Date(date(2004, 3, 18));
    let expected = [
        (2, 0, text("张三")),
        (2, 1, Value::Whole(25)),
        (2, 2, Value::Number(42.5)),
        (2, 3, Value::Boolean(true)),
        (2, 4, day.clone()),
        (2, 5, Value::Error("#N/A".into())),
        (2, 6, Value::Formula),
        (2, 7, text("李四")),
        (2, 9, day),
        (2, 10, Value::Error("7".into())),
        (2, 12, Value::DateTime(date(2004, 3, 18))),
        (2, 13, Value::DateTime(date(2004, 3, 18))),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_malformed_cell_spoils_only_itself() {
    let rows = "<row><c t='e'><v>#SPILL!</v></c><c t='b'><v>maybe</v></c><c t='zz'><v>1</v></c><c><v>1e999</v></c>\
        <c><v>NaN</v></c><c><v>abc</v></c><c><v>5</v></c></row>";
    let values: Vec<_> = cells(workbook(rows)).into_iter().map(|(_, _, value)| value).collect();
    let error = |text: &str| Value::Error(text.to_owned());
    let expected = ["#SPILL!", "maybe", "1", "1e999", "NaN", "abc"].map(error);
    assert_eq!(values[..6], expected);
    assert_eq!(values[6], Value::Whole(5));
}

#[test]
fn formulas_are_formulas_wherever_they_reach() {
    let rows = "<row r='1'><c r='A1'><f t='shared' ref='A1:A2' si='0'>1</f><v>1</v></c></row>\
        <row r='2'><c r='A2'><f t='shared' si='4294967295'/><v>1</v></c><c r='B2'><f t='array' ref='B2:C3'>X</f></c>\
        <c r='C2'><v>3</v></c><c r='D2'><v>4</v></c></row>\
        <row r='3'><c r='B3'><v>5</v></c><c r='D3'><v>6</v></c></row><row r='4'><c r='B4'><v>7</v></c></row>";
    let formulas: Vec<_> = cells(workbook(rows))
        .into_iter()
        .filter(|(_, _, value)| *value == Value::Formula)
        .map(|(row, column, _)| (row, column))
        .collect();
    assert_eq!(formulas, [(1, 0), (2, 0), (2, 1), (2, 2), (3, 1)]);
}

#[test]
fn blank_rows_are_passed_over_and_rows_keep_their_numbers() {
    let rows = "<row r='3'><c r='A3' s='1'/><c r='B3' t='inlineStr'><is><t> </t></is></c></row>\
        <row/><row r='9'><c r='C9'><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>";
    let places: Vec<_> = cells(workbook(rows)).into_iter().map(|(row, column, _)| (row, column)).collect();
    assert_eq!(places, [(9, 2), (9, 3), (10, 0)]);
}

#[test]
fn merged_areas_hold_downwards_when_asked() {
    let sheet = "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row>\
        <row r='2'><c r='A2'/><c r='B2'><v>3</v></c></row><row r='3'><c r='A3'/></row></sheetData>\
        <mergeCells count='1'><mergeCell ref='A1:A3'/></mergeCells></worksheet>";
    let second = |merges| read(workbook_with(sheet, &[]), merges).unwrap()[1].value(0).cloned();
    assert_eq!(second(Merges::Blank), None);
    assert_eq!(second(Merges::Downwards), Some(Value::Whole(1)));
    // The third row has no cell of its own, so it stays blank.
    assert_eq!(read(workbook_with(sheet, &[]), Merges::Downwards).unwrap().len(), 2);
}

#[test]
fn both_calendars_are_known() {
    let parts_1904 = [(
        "xl/workbook.xml",
        "<workbook><workbookPr date1904='1'/><sheets><sheet name='S' r:id='r1'/></sheets>\
         <extLst><x15:workbookPr/></extLst></workbook>",
    )];
    let sheet = "<worksheet><sheetData><row><c s='1'><v>36602</v></c></row></sheetData></worksheet>";
    let parts =
        crate::parts::PACKAGE.iter().filter(|(name, _)| *name != "xl/workbook.xml").chain(&parts_1904);
    let all = parts.copied().chain([("xl/worksheets/sheet1.xml", sheet)]);
    let bytes = crate::parts::container(all.map(|(name, content)| (name, content.as_bytes())));
    assert_eq!(cells(bytes), [(1, 0, Value::Date(date(2004, 3, 18)))]);
}

#[derive(Debug, Clone)]
enum Written {
    Text(String),
    Number(f64),
    Boolean(bool),
    Day(i16, i8, i8),
    Formula,
}

fn written() -> impl Strategy<Value = Written> {
    prop_oneof![
        "[a-z张李=+@'&<>\\-_x0 -9A-F]{1,12}".prop_map(Written::Text),
        any::<i32>().prop_map(|n| Written::Number(f64::from(n))),
        (-1e9..1e9).prop_map(Written::Number),
        any::<bool>().prop_map(Written::Boolean),
        (1900_i16..2099, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Written::Day(y, m, d)),
        Just(Written::Formula),
    ]
}

fn write(cells: &[(u32, u16, Written)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    for (row, column, value) in cells {
        match value {
            Written::Text(text) => sheet.write_string(*row, *column, text),
            Written::Number(number) => sheet.write_number(*row, *column, *number),
            Written::Boolean(flag) => sheet.write_boolean(*row, *column, *flag),
            Written::Day(y, m, d) => {
                let date = ExcelDateTime::from_ymd(*y as u16, *m as u8, *d as u8).unwrap();
                sheet.write_datetime_with_format(*row, *column, date, &day)
            }
            Written::Formula => sheet.write_formula(*row, *column, "=1+1"),
        }
        .unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

/// What calamine makes of a cell, in our words. It does not tell formulas, so those are blanked.
fn of_calamine(data: &Data) -> Option<Value> {
    match data {
        Data::Float(number) if number.fract() == 0.0 => Some(Value::Whole(*number as i64)),
        Data::Float(number) => Some(Value::Number(*number)),
        Data::Bool(flag) => Some(Value::Boolean(*flag)),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            Some(Value::Date(date(year as i16, month as i8, day as i8)))
        }
        other @ (Data::Int(_)
        | Data::String(_)
        | Data::DateTimeIso(_)
        | Data::DurationIso(_)
        | Data::Error(_)
        | Data::Empty) => {
            let text = other.as_string()?;
            (!text.trim().is_empty()).then_some(Value::Text(text))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_independent_reader_agrees(
        cells in prop::collection::btree_map((0_u32..8, 0_u16..8), written(), 1..24)
    ) {
        let list: Vec<_> = cells.into_iter().map(|((row, column), value)| (row, column, value)).collect();
        let bytes = write(&list);
        let mut theirs: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.clone())).unwrap();
        let range = theirs.worksheet_range_at(0).unwrap().unwrap();
        let ours = read(bytes, Merges::Blank).unwrap();
        for (row, column, value) in &list {
            let found = ours.iter().find(|found| found.number == row + 1);
            let found = found.and_then(|found| found.value(u32::from(*column))).cloned();
            let expected = match value {
                Written::Formula => Some(Value::Formula),
                Written::Text(_) | Written::Number(_) | Written::Boolean(_) | Written::Day(..) => {
                    range.get_value((*row, u32::from(*column))).and_then(of_calamine)
                }
            };
            prop_assert_eq!(found, expected);
        }
    }
}
