//! Tables written and read back, by us and by an independent reader.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use documents::guard::Limits;
use documents::sheet::{Book, Merges, Row, Value};
use documents::table::{Column, ColumnKind, Heads, Item, Layout, Table, Totals, write_xlsx};
use domain::text::{Language, Text};
use jiff::civil::date;

fn table(heads: Heads, totals: Totals) -> Table {
    let column = |zh: &str, en: &str, kind| Column::new(Text::new(zh, en), kind);
    let columns = vec![
        column("支部", "Branch", ColumnKind::Text),
        column("编号", "Number", ColumnKind::Digits),
        column("人数", "Persons", ColumnKind::Whole),
        column("比例", "Share", ColumnKind::Decimal),
        column("日期", "Day", ColumnKind::Date),
    ];
    let row = |name: &str, n: i64, share: f64| {
        vec![name.into(), "007".into(), n.into(), Item::Number(share), date(2004, 3, 18).into()]
    };
    Table {
        layout: Layout { caption: Text::new("支部/人数", "Branches & persons"), columns, heads, totals },
        rows: vec![row("一支部", 12, 0.25), row("二支部", 30, 0.5), vec!["三支部".into(), Item::Blank]],
    }
}

fn read(file_name: &str, bytes: Vec<u8>) -> Vec<Row> {
    let mut book = Book::open(file_name, Cursor::new(bytes), &Limits::UPLOAD).unwrap();
    let rows: Result<Vec<_>, _> = book.rows(0, Merges::Blank).unwrap().collect();
    rows.unwrap()
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[test]
fn a_workbook_holds_typed_cells_and_totals() {
    let rows = read("t.xlsx", table(Heads::In(Language::Zh), Totals::Sums).to_xlsx().unwrap());
    assert_eq!(rows[0].value(4).cloned(), text("日期"));
    assert_eq!(rows[1].value(1).cloned(), text("007"));
    assert_eq!(rows[1].value(2), Some(&Value::Whole(12)));
    assert_eq!(rows[1].value(3), Some(&Value::Number(0.25)));
    assert_eq!(rows[1].value(4), Some(&Value::Date(date(2004, 3, 18))));
    assert_eq!(rows[3].cells.len(), 1);
    assert_eq!(rows[4].value(0).cloned(), text("合计"));
    assert_eq!(rows[4].value(2), Some(&Value::Whole(42)));
    assert_eq!(rows[4].value(3), Some(&Value::Number(0.75)));
    assert_eq!(rows[4].value(1), None);
}

#[test]
fn heads_come_in_either_language_or_both() {
    for (heads, head) in [
        (Heads::In(Language::Zh), "人数"),
        (Heads::In(Language::En), "Persons"),
        (Heads::Both, "人数\nPersons"),
    ] {
        let table = table(heads, Totals::None);
        for (file_name, bytes) in [("t.xlsx", table.to_xlsx().unwrap()), ("t.csv", table.to_csv().unwrap())] {
            assert_eq!(read(file_name, bytes)[0].value(2).cloned(), text(head), "{file_name}");
        }
    }
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    let table = table(Heads::Both, Totals::Sums);
    assert_eq!(table.to_xlsx().unwrap(), table.to_xlsx().unwrap());
}

#[test]
fn csv_is_marked_and_plain() {
    let csv = String::from_utf8(table(Heads::In(Language::En), Totals::Sums).to_csv().unwrap()).unwrap();
    let expected = "\u{feff}Branch,Number,Persons,Share,Day\r\n一支部,007,12,0.25,2004-03-18\r\n\
        二支部,007,30,0.5,2004-03-18\r\n三支部,\r\nTotal,,42,0.75,\r\n";
    assert_eq!(csv, expected);
}

#[test]
fn no_text_becomes_a_formula() {
    for start in ["=", "+", "-", "@", "\t", "\r", "\0"] {
        let hostile = format!("{start}cmd|' /C calc'!A0");
        let mut table = table(Heads::In(Language::Zh), Totals::None);
        table.rows = vec![vec![hostile.as_str().into()]];

        let csv = String::from_utf8(table.to_csv().unwrap()).unwrap();
        let line = csv.lines().nth(1).unwrap().trim_start_matches('"');
        assert!(line.starts_with('\''), "{line:?}");

        let bytes = table.to_xlsx().unwrap();
        let mut theirs: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.clone())).unwrap();
        let formulas = theirs.worksheet_formula("支部人数").unwrap();
        assert!(formulas.used_cells().next().is_none());
        let range = theirs.worksheet_range("支部人数").unwrap();
        assert!(matches!(range.get_value((1, 0)), Some(Data::String(_))), "{start:?}");
        assert!(matches!(read("t.xlsx", bytes)[1].value(0), Some(Value::Text(_))), "{start:?}");
    }
}

#[test]
fn a_guarded_text_comes_back_as_it_was() {
    for original in ["=1+1", "-5", "+86 10", "@name", "'quoted", "a\nb"] {
        let mut table = table(Heads::In(Language::Zh), Totals::None);
        table.rows = vec![vec![original.into()]];
        for (file_name, bytes) in [("t.csv", table.to_csv().unwrap()), ("t.xlsx", table.to_xlsx().unwrap())] {
            assert_eq!(read(file_name, bytes)[1].value(0).cloned(), text(original), "{file_name}");
        }
    }
}

#[test]
fn numbers_a_spreadsheet_would_round_are_written_as_text() {
    let mut table = table(Heads::In(Language::Zh), Totals::None);
    table.rows = vec![vec![Item::Whole(440_524_188_001_010_014), Item::Number(f64::NAN), Item::Whole(-7)]];
    let rows = read("t.xlsx", table.to_xlsx().unwrap());
    assert_eq!(rows[1].value(0).cloned(), text("440524188001010014"));
    assert_eq!(rows[1].value(1), None);
    assert_eq!(rows[1].value(2), Some(&Value::Whole(-7)));
}

#[test]
fn a_sheet_that_is_full_is_an_answer_and_no_panic() {
    let layout = table(Heads::In(Language::Zh), Totals::None).layout;
    let wide = std::iter::once(vec![Item::Whole(1); 16_385]);
    assert!(write_xlsx(&layout, wide, std::io::sink()).is_err());
}
