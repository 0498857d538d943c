//! Workbooks of admission files, as the audit reads them, and its findings as a workbook.

use std::io::Cursor;
use std::ops::ControlFlow;

use documents::cases::{CaseRow, read};
use documents::findings;
use documents::guard::Limits;
use documents::problem::{HeadCause, Problem};
use documents::sheet::{Book, Merges, Value};
use documents::table::{Heads, write_xlsx};
use domain::case_file::Cell;
use domain::finding::{Finding, Severity};
use domain::text::{Language, Text};
use jiff::civil::date;

use crate::parts::workbook;

fn text_cell(reference: &str, text: &str) -> String {
    format!("<c r='{reference}' t='inlineStr'><is><t>{text}</t></is></c>")
}

fn read_rows(rows: &str) -> Result<Vec<CaseRow>, Problem> {
    let mut all = Vec::new();
    read("files.xlsx", Cursor::new(workbook(rows)), &Limits::AUDIT, |row| {
        all.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

fn heads(paths: &[&str]) -> String {
    let letters = (b'A'..).map(char::from);
    let cells: Vec<_> =
        letters.zip(paths).map(|(letter, path)| text_cell(&format!("{letter}1"), path)).collect();
    format!("<row r='1'>{}</row>", cells.concat())
}

/// The path at fault in each row, or nothing if the row is a case.
fn faults(rows: &str) -> Vec<(u32, Option<String>)> {
    let rows = read_rows(rows).unwrap();
    let fault = |row: CaseRow| (row.number, row.into_case().and_then(Result::err).map(|error| error.path));
    rows.into_iter().map(fault).collect()
}

#[test]
fn a_row_is_heads_and_cells_in_order() {
    let rows = heads(&["case", "meeting.due", "meeting.secret", "applied_on", "meeting.on"])
        + &format!(
            "<row r='3'>{}<c r='B3'><v>25</v></c><c r='C3' t='b'><v>0</v></c><c r='E3' s='1'><v>38064</v></c></row>",
            text_cell("A3", "C-1")
        );
    let all = read_rows(&rows).unwrap();
    assert_eq!(all.len(), 1);
    let cells: Vec<_> = all[0].cells.iter().map(|(head, cell)| (head.as_ref(), cell.clone())).collect();
    let expected = [
        ("case", Cell::Text("C-1".into())),
        ("meeting.due", Cell::Number(25.into())),
        ("meeting.secret", Cell::Truth(false)),
        ("meeting.on", Cell::Day(date(2004, 3, 18))),
    ];
    assert_eq!((all[0].number, cells.as_slice()), (3, expected.as_slice()));
    let case = all[0].clone().into_case().unwrap().unwrap();
    assert_eq!(case.case, "C-1");
    assert_eq!(case.meeting.on, Some(date(2004, 3, 18)));
}

#[test]
fn each_fault_is_one_of_its_row_and_the_next_row_still_reads() {
    let case =
        |n: u32, further: &str| format!("<row r='{n}'>{}{further}</row>", text_cell(&format!("A{n}"), "C"));
    let rows = heads(&["case", "meeting.due", "nonsense", "", "meeting.due"])
        + &case(2, "<c r='B2'><f>5*5</f><v>25</v></c>")
        + &case(3, "<c r='B3' t='e'><v>#N/A</v></c>")
        + &case(4, "<c r='C4'><v>1</v></c>")
        + &case(5, "<c r='D5'><v>1</v></c>")
        + &case(6, "<c r='B6'><v>1</v></c><c r='E6'><v>1</v></c>")
        + "<row r='7'/>"
        + &case(8, "<c r='E8'><v>1</v></c>")
        + &case(9, "<c r='B9' s='1'><v>38064.5</v></c>")
        + &case(10, "<c r='B10' t='e'><v>#SPILL!</v></c>")
        + &case(11, "<c r='B11' t='b'><v>maybe</v></c>");
    let at = |path: &str| Some(path.to_owned());
    let expected = [
        (2, at("meeting.due")),
        (3, at("meeting.due")),
        (4, at("nonsense")),
        (5, at("$")),
        (6, at("meeting.due")),
        (8, None),
        (9, at("meeting.due")),
        (10, at("meeting.due")),
        (11, at("meeting.due")),
    ];
    assert_eq!(faults(&rows), expected);
}

#[test]
fn without_heads_there_is_no_case() {
    assert_eq!(read_rows("").unwrap_err(), Problem::file(HeadCause::Absent));
    let headless =
        format!("<row r='2'>{}</row><row r='3'>{}</row>", text_cell("A2", "C-1"), text_cell("A3", "C-2"));
    assert_eq!(faults(&headless), [(2, Some("$".to_owned())), (3, Some("$".to_owned()))]);
}

#[test]
fn the_reader_may_be_stopped() {
    let rows: String =
        (2..9).map(|n| format!("<row r='{n}'>{}</row>", text_cell(&format!("A{n}"), "x"))).collect();
    let mut n_rows = 0;
    read("a.xlsx", Cursor::new(workbook(&(heads(&["case"]) + &rows))), &Limits::AUDIT, |_| {
        n_rows += 1;
        if n_rows == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(n_rows, 3);
}

#[test]
fn findings_become_a_workbook() {
    let finding = Finding {
        rule: "V12.late".into(),
        severity: Severity::Warning,
        edition: "1990".into(),
        occurrence: 0,
        fields: vec!["approval.on".into(), "meeting.on".into()],
        article: "第十八条".into(),
        text: Text::new("审批超过三个月", "approved after three months"),
        remedy: Text::new("补写说明", "add the reason"),
    };
    let heads = Heads::In(Language::Zh);
    let mut bytes = Vec::new();
    write_xlsx(&findings::layout(heads), [findings::row("=C-1", &finding, heads)], &mut bytes).unwrap();
    let mut book = Book::open("f.xlsx", Cursor::new(bytes), &Limits::UPLOAD).unwrap();
    let rows: Vec<_> = book.rows(0, Merges::Blank).unwrap().map(Result::unwrap).collect();
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(rows[0].value(1).cloned(), text("规则"));
    assert_eq!(rows[1].value(0).cloned(), text("=C-1"));
    assert_eq!(rows[1].value(2).cloned(), text("警告"));
    assert_eq!(rows[1].value(3).cloned(), text("1990"));
    assert_eq!(rows[1].value(5).cloned(), text("approval.on\nmeeting.on"));
    assert_eq!(rows[1].cells.len(), rows[0].cells.len());
}
