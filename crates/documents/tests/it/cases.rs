//! Workbooks of admission files, as the audit reads them.

use std::io::Cursor;
use std::ops::ControlFlow;

use documents::cases::{CaseRow, read};
use documents::guard::Limits;
use documents::problem::{CellCause, HeadCause, Place, Problem};
use documents::sheet::Value;
use jiff::civil::date;

use crate::parts::workbook;

fn text_cell(reference: &str, text: &str) -> String {
    format!("<c r='{reference}' t='inlineStr'><is><t>{text}</t></is></c>")
}

fn read_rows(rows: &str) -> Result<Vec<CaseRow>, Problem> {
    let mut all = Vec::new();
    let is_known = |path: &str| path == "case" || path.starts_with("meeting.") || path == "applied_on";
    read("files.xlsx", Cursor::new(workbook(rows)), &Limits::AUDIT, is_known, |row| {
        all.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

fn heads(paths: &[&str]) -> String {
    let cells: Vec<_> = (b'A'..)
        .zip(paths)
        .map(|(letter, path)| text_cell(&format!("{}1", char::from(letter)), path))
        .collect();
    format!("<row r='1'>{}</row>", cells.concat())
}

#[test]
fn a_row_is_paths_and_values_in_order() {
    let rows = heads(&["case", "meeting.due", "meeting.secret", "applied_on", "meeting.on"])
        + &format!(
            "<row r='3'>{}<c r='B3'><v>25</v></c><c r='C3' t='b'><v>0</v></c><c r='E3' s='1'><v>38064</v></c></row>",
            text_cell("A3", "C-1")
        );
    let all = read_rows(&rows).unwrap();
    assert_eq!(all.len(), 1);
    let fields: Vec<_> = all[0].fields.iter().map(|(path, value)| (path.as_ref(), value.clone())).collect();
    let expected = [
        ("case", Value::Text("C-1".into())),
        ("meeting.due", Value::Whole(25)),
        ("meeting.secret", Value::Boolean(false)),
        ("meeting.on", Value::Date(date(2004, 3, 18))),
    ];
    assert_eq!((all[0].number, fields.as_slice()), (3, expected.as_slice()));
    assert!(all[0].faults.is_empty());
}

#[test]
fn each_fault_is_named_in_its_row_and_the_next_row_still_reads() {
    let rows = heads(&["case", "meeting.due", "nonsense", "", "case"])
        + &format!(
            "<row r='2'>{}<c r='B2'><f>5*5</f><v>25</v></c><c r='C2'><v>1</v></c><c r='D2'><v>2</v></c>{}<c r='F2' t='e'><v>#REF!</v></c></row>",
            text_cell("A2", "C-1"),
            text_cell("E2", "C-1")
        )
        + &format!("<row r='3'/><row r='4'>{}<c r='B4' t='e'><v>#N/A</v></c></row>", text_cell("A4", "C-2"))
        + &format!("<row r='5'>{}</row>", text_cell("E5", "C-3"));
    let all = read_rows(&rows).unwrap();
    let faults: Vec<_> =
        all[0].faults.iter().map(|fault| (fault.path.as_str(), fault.problem.clone())).collect();
    let at =
        |column, cause: documents::problem::Cause| Problem { place: Place::Cell { row: 2, column }, cause };
    let expected = [
        ("meeting.due", at(1, CellCause::Formula.into())),
        ("nonsense", at(2, HeadCause::Unknown { head: "nonsense".into() }.into())),
        ("D", at(3, HeadCause::Empty.into())),
        ("case", at(4, HeadCause::ValueTwice { head: "case".into() }.into())),
        ("F", at(5, HeadCause::Empty.into())),
    ];
    assert_eq!(faults, expected);
    assert_eq!(all[1].number, 4);
    assert_eq!(all[1].faults.len(), 1);
    assert_eq!(all[2].number, 5);
    assert!(all[2].faults.is_empty(), "one of two equal heads filled is no fault");
}

#[test]
fn without_heads_there_is_no_case() {
    assert_eq!(read_rows("").unwrap_err(), Problem::file(HeadCause::Absent));
    let headless = format!("<row r='2'>{}</row>", text_cell("A2", "C-1"));
    assert_eq!(read_rows(&headless).unwrap_err(), Problem::file(HeadCause::Absent));
}

#[test]
fn the_reader_may_be_stopped() {
    let rows = heads(&["case"])
        + &(2..9)
            .map(|n| format!("<row r='{n}'>{}</row>", text_cell(&format!("A{n}"), "x")))
            .collect::<String>();
    let mut n_rows = 0;
    let is_known = |path: &str| path == "case";
    read("a.xlsx", Cursor::new(workbook(&rows)), &Limits::AUDIT, is_known, |_| {
        n_rows += 1;
        if n_rows == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(n_rows, 3);
}
