//! The sheet on which branches ask for places (申报表): one row to a branch, sent out with what is known
//! and taken back with what is asked. What was sent out can be taken back unchanged and asks for nothing.

use std::io::{Read, Seek};

use domain::text::Text;

use crate::guard::Limits;
use crate::problem::{CellCause, Problem};
use crate::roster::{self, Column, Field, Kind, Reading, Watch};
use crate::table::{Heads, Table};

/// A branch as its row says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Row in the file, from 1; 0 if the line does not come from a file.
    pub row: u32,
    /// Code of the branch.
    pub code: String,
    /// Its name; only for people.
    pub name: String,
    /// Its members; only for people.
    pub n_stock: i64,
    /// People who can lawfully be admitted; only for people.
    pub n_ready: i64,
    /// People asked for.
    pub n: Option<i64>,
    /// Of them by cell, as far as said.
    pub cells: Vec<Option<i64>>,
    /// Why.
    pub reason: String,
}

impl Line {
    /// Whether the branch asks for nothing with it.
    pub fn is_silent(&self) -> bool {
        self.n.is_none() && self.reason.is_empty() && self.cells.iter().all(Option::is_none)
    }
}

/// What was understood of a sheet.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Rows without errors that ask for something.
    pub lines: Vec<Line>,
    /// Rows with errors, as far as they can be read, so that their codes can be looked at all the same.
    pub unsound: Vec<Line>,
    /// Rows that ask for nothing.
    pub n_silent: usize,
    /// Problems and columns.
    pub reading: Reading,
}

/// Names of the columns in code. A sheet can tell as many cells apart as there are names.
const CELLS: [&str; 16] = [
    "cell_1", "cell_2", "cell_3", "cell_4", "cell_5", "cell_6", "cell_7", "cell_8", "cell_9", "cell_10",
    "cell_11", "cell_12", "cell_13", "cell_14", "cell_15", "cell_16",
];
/// Where the figures stand among the columns.
const N: usize = 4;
/// Where the first cell stands.
const FIRST_CELL: usize = 5;
/// The most that a figure may be.
const MOST: i64 = 1_000_000_000;

/// Where a field of a request stands among the columns: `n`, `reason`, or the position of a cell.
pub fn column_of(field: Asked, n_cells: usize) -> usize {
    match field {
        Asked::Code => 0,
        Asked::Number => N,
        Asked::Cell(place) => FIRST_CELL + place,
        Asked::Reason => FIRST_CELL + n_cells.min(CELLS.len()),
    }
}

/// A field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The branch's code.
    Code,
    /// People asked for.
    Number,
    /// People of a cell, by its position.
    Cell(usize),
    /// Why.
    Reason,
}

/// The columns, with a figure for each cell.
pub fn columns(cells: &[Text]) -> Vec<Column> {
    let text = |max_chars| Kind::Text { max_chars };
    let whole = || Kind::Whole { min: 0, max: MOST };
    let column = |id, zh: &str, en: &str, kind| Column {
        id,
        head: Text::new(zh, en),
        aliases: &[],
        kind,
        is_required: false,
        sample: Text::new("", ""),
        note: Text::new("", ""),
    };
    let mut columns = vec![
        Column { is_required: true, ..column("code", "支部代码", "Code of the branch", text(60)) },
        column("name", "支部", "Branch", text(300)),
        column("stock", "党员", "Members", whole()),
        column("ready", "可发展", "Ready", whole()),
        Column { is_required: true, ..column("n", "申报人数", "People asked for", whole()) },
    ];
    columns.extend(CELLS.iter().zip(cells).map(|(id, head)| {
        column(id, &format!("其中：{}", head.zh), &format!("Of them: {}", head.en), whole())
    }));
    columns.push(column("reason", "理由", "Reason", text(500)));
    columns
}

/// The sheet that is sent out.
pub fn table(caption: Text, cells: &[Text], lines: &[Line], heads: Heads) -> Table {
    let columns = columns(cells);
    let fields = |line: &Line| {
        let whole = |n: Option<i64>| n.map(Field::Whole);
        let text = |text: &str| (!text.is_empty()).then(|| Field::Text(text.to_owned()));
        let mut fields = vec![
            text(&line.code),
            text(&line.name),
            whole(Some(line.n_stock)),
            whole(Some(line.n_ready)),
            whole(line.n),
        ];
        let cells = columns.len() - FIRST_CELL - 1;
        fields.extend((0..cells).map(|place| whole(line.cells.get(place).copied().flatten())));
        fields.push(text(&line.reason));
        fields
    };
    let rows = lines.iter().map(|line| roster::items(&columns, &fields(line), heads.of_cells()));
    Table { layout: roster::layout(&columns, caption, heads), rows: rows.collect() }
}

/// Reads a sheet that came back. A row that is blank but for what was sent out asks for nothing; a row
/// with a figure or a reason must say how many people are asked for.
pub fn read<R: Read + Seek>(
    file_name: &str,
    source: R,
    cells: &[Text],
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Sheet {
    let asked = columns(cells);
    // A blank figure is no problem of a row that asks for nothing, so it is looked at below.
    let mut lenient = asked.clone();
    lenient[N].is_required = false;
    let mut reading = roster::read(file_name, source, &lenient, limits, watch);
    let (mut lines, mut unsound, mut n_silent) = (Vec::new(), Vec::new(), 0);
    for row in std::mem::take(&mut reading.rows) {
        let line = line(&row, asked.len());
        if !row.is_sound {
            unsound.push(line);
        } else if line.is_silent() {
            n_silent += 1;
        } else if line.n.is_none() {
            let cause = CellCause::Blank { head: asked[N].head.clone() };
            let place = reading.columns.get(N).copied().flatten();
            reading.note(
                match place {
                    Some(column) => Problem::cell(row.number, column, cause),
                    None => Problem::row(row.number, cause),
                },
                limits,
            );
            unsound.push(line);
        } else {
            lines.push(line);
        }
    }
    reading.problems.sort_by_key(|problem| problem.place);
    Sheet { lines, unsound, n_silent, reading }
}

fn line(row: &roster::Row, n_columns: usize) -> Line {
    let text = |at: usize| match row.fields.get(at) {
        Some(Some(Field::Text(text))) => text.clone(),
        _ => String::new(),
    };
    let whole = |at: usize| match row.fields.get(at) {
        Some(Some(Field::Whole(n))) => Some(*n),
        _ => None,
    };
    Line {
        row: row.number,
        code: text(0),
        name: text(1),
        n_stock: whole(2).unwrap_or(0),
        n_ready: whole(3).unwrap_or(0),
        n: whole(N),
        cells: (FIRST_CELL..n_columns - 1).map(whole).collect(),
        reason: text(n_columns - 1),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::atomic::AtomicBool;

    use super::*;

    fn cells() -> Vec<Text> {
        vec![Text::new("女", "women"), Text::new("其他", "others")]
    }

    fn read_back(bytes: Vec<u8>, name: &str) -> Sheet {
        let cancel = AtomicBool::new(false);
        let mut watch = Watch { progress: &mut |_| {}, cancel: &cancel };
        read(name, Cursor::new(bytes), &cells(), &Limits::UPLOAD, &mut watch)
    }

    fn sent(n: Option<i64>, women: Option<i64>, reason: &str) -> Line {
        Line {
            row: 2,
            code: "0101".to_owned(),
            name: "一支部".to_owned(),
            n_stock: 20,
            n_ready: 3,
            n,
            cells: vec![women, None],
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn what_was_sent_out_comes_back_and_a_blank_row_asks_for_nothing() {
        for heads in [Heads::Both, Heads::In(domain::text::Language::Zh)] {
            let lines = [sent(Some(2), Some(1), "材料齐全"), sent(None, None, "")];
            let table = table(Text::new("申报表", "Requests"), &cells(), &lines, heads);
            let back = read_back(table.to_xlsx().unwrap(), "sheet.xlsx");
            assert_eq!(back.reading.problems, []);
            assert_eq!(back.n_silent, 1);
            let row = back.lines[0].row;
            assert_eq!(back.lines, [Line { row, ..lines[0].clone() }]);
        }
    }

    #[test]
    fn every_problem_is_told_by_row_and_column() {
        let file =
            "支部代码,申报人数,其中：女,理由\n0101,,1,x\n0102,2.5,,x\n,3,,x\n0104,-1,两,x\n0105,1,1,x\n";
        let back = read_back(file.as_bytes().to_vec(), "sheet.csv");
        assert_eq!(back.lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>(), ["0105"]);
        let codes: Vec<&str> = back.unsound.iter().map(|line| line.code.as_str()).collect();
        assert_eq!(codes, ["0101", "0102", "", "0104"], "their codes can still be looked at");
        let places: Vec<String> = back
            .reading
            .problems
            .iter()
            .map(|problem| problem.text().en.split(':').next().unwrap().to_owned())
            .collect();
        assert_eq!(places, ["B2", "B3", "A4", "B5", "C5"], "{:?}", back.reading.problems);
    }

    #[test]
    fn fields_are_found_again_among_the_columns() {
        let columns = columns(&cells());
        let id = |field| columns[column_of(field, 2)].id;
        assert_eq!(id(Asked::Code), "code");
        assert_eq!(id(Asked::Number), "n");
        assert_eq!(id(Asked::Cell(1)), "cell_2");
        assert_eq!(id(Asked::Reason), "reason");
    }
}
