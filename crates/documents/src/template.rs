//! The workbook an office fills in: one head row, a sample row that import passes over, lists to
//! choose from, and a second sheet with instructions and codes in both languages.

use domain::text::Text;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, Formula, Worksheet, XlsxError,
};

use crate::guard::N_SHEET_ROWS;
use crate::roster::{self, Column, Kind, SAMPLE_MARK};
use crate::table::{Formats, Heads, WriteError, new_workbook, sheet_name, write_heads};

/// The template of these columns; the caption becomes the name of the first sheet.
///
/// # Errors
/// The workbook cannot be written, which is our bug or want of memory.
pub fn write(columns: &[Column], caption: Text, heads: Heads) -> Result<Vec<u8>, WriteError> {
    let formats = Formats::new();
    let layout = roster::layout(columns, caption, heads);
    let title = layout.caption.in_language(heads.of_cells());
    let mut workbook = new_workbook(title)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name(title))?;
    let marked: Vec<_> =
        columns.iter().zip(layout.columns).map(|(column, of_table)| marked(column, of_table)).collect();
    write_heads(sheet, &marked, heads, &formats)?;
    for (index, column) in (0..).zip(columns) {
        let format = match column.kind {
            Kind::Text { .. } | Kind::IdNumber | Kind::Choice(_) => &formats.text,
            Kind::Date => &formats.date,
            Kind::Whole { .. } => &formats.whole,
        };
        sheet.set_column_format(index, format)?;
    }
    write_sample(sheet, columns, heads)?;
    let places = list_places(columns);
    for place in &places {
        add_list(sheet, place, heads)?;
    }
    write_notes(workbook.add_worksheet(), columns, &places, heads, &formats)?;
    Ok(workbook.save_to_buffer()?)
}

/// Required columns have an asterisk at their head; the reader does not mind it.
fn marked(column: &Column, of_table: crate::table::Column) -> crate::table::Column {
    let mark = if column.is_required { "*" } else { "" };
    let head = Text::new(format!("{}{mark}", column.head.zh), format!("{}{mark}", column.head.en));
    crate::table::Column { head, ..of_table }
}

fn write_sample(sheet: &mut Worksheet, columns: &[Column], heads: Heads) -> Result<(), XlsxError> {
    let faint = Format::new().set_italic().set_font_color(Color::Gray).set_num_format("@");
    for (index, column) in (0..).zip(columns) {
        let sample = column.sample.in_language(heads.of_cells());
        let cell = if index == 0 { format!("{SAMPLE_MARK}{sample}") } else { sample.to_owned() };
        if !cell.is_empty() {
            sheet.write_string_with_format(1, index, cell, &faint)?;
        }
    }
    Ok(())
}

/// Where the list of a column of choices stands on the second sheet.
struct ListPlace<'c> {
    column_index: u16,
    column: &'c Column,
    choices: &'c [roster::Choice],
    /// Column of the codes; the words stand in the two to its right.
    at: u16,
}

fn list_places(columns: &[Column]) -> Vec<ListPlace<'_>> {
    let coded = (0..).zip(columns).filter_map(|(column_index, column)| match &column.kind {
        Kind::Choice(choices) => Some((column_index, column, choices.as_slice())),
        Kind::Text { .. } | Kind::Date | Kind::Whole { .. } | Kind::IdNumber => None,
    });
    (N_NOTE_COLUMNS..)
        .step_by(4)
        .zip(coded)
        .map(|(at, (column_index, column, choices))| ListPlace { column_index, column, choices, at })
        .collect()
}

/// A list to choose from, which other words pass with a question: codes are lawful too.
fn add_list(sheet: &mut Worksheet, place: &ListPlace<'_>, heads: Heads) -> Result<(), XlsxError> {
    use domain::text::Language;
    let words_at = match heads.of_cells() {
        Language::Zh => place.at + 1,
        Language::En => place.at + 2,
    };
    let letters = crate::problem::column_letters(u32::from(words_at));
    let last_row = LIST_HEAD_ROW as usize + 1 + place.choices.len();
    let first_row = LIST_HEAD_ROW + 2;
    let range = format!("='{}'!${letters}${first_row}:${letters}${last_row}", notes_name(heads));
    let validation = DataValidation::new()
        .allow_list_formula(Formula::new(range))
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title("不在列表中 Not on the list")?
        .set_error_message("请从列表中选择，或填代码。Choose from the list, or give a code.")?;
    let column = place.column_index;
    sheet.add_data_validation(1, column, N_SHEET_ROWS - 1, column, &validation)?;
    Ok(())
}

fn notes_name(heads: Heads) -> String {
    sheet_name(&heads.words(&Text::new("说明和代码", "Notes and codes")).replace('\n', " "))
}

fn write_notes(
    sheet: &mut Worksheet,
    columns: &[Column],
    lists: &[ListPlace<'_>],
    heads: Heads,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.set_name(notes_name(heads))?;
    sheet.set_freeze_panes(LIST_HEAD_ROW + 1, 0)?;
    for (index, width) in [(0, 18), (1, 24), (2, 44), (3, 60)] {
        sheet.set_column_width(index, width)?;
    }
    for (index, head) in (0..).zip(["列", "Column", "怎样填", "How to fill it in"]) {
        sheet.write_string_with_format(LIST_HEAD_ROW, index, head, &formats.head)?;
    }
    let mut row = LIST_HEAD_ROW + 1;
    for column in columns {
        let how = how_to_fill(column);
        for (index, words) in (0..).zip([&column.head.zh, &column.head.en, &how.zh, &how.en]) {
            sheet.write_string_with_format(row, index, words, &formats.wrapped)?;
        }
        row += 1;
    }
    for (zh, en) in GENERAL_NOTES {
        row += 1;
        sheet.write_string_with_format(row, 2, *zh, &formats.wrapped)?;
        sheet.write_string_with_format(row, 3, *en, &formats.wrapped)?;
    }
    for list in lists {
        write_list(sheet, list, formats)?;
    }
    Ok(())
}

fn write_list(sheet: &mut Worksheet, list: &ListPlace<'_>, formats: &Formats) -> Result<(), XlsxError> {
    let at = list.at;
    sheet.set_column_width(at, 8)?.set_column_width(at + 1, 20)?.set_column_width(at + 2, 28)?;
    let code_head = "代码 Code";
    for (index, head) in (at..).zip([code_head, &list.column.head.zh, &list.column.head.en]) {
        sheet.write_string_with_format(LIST_HEAD_ROW, index, head, &formats.head)?;
    }
    for (row, choice) in (LIST_HEAD_ROW + 1..).zip(list.choices) {
        for (index, words) in (at..).zip([&choice.code, &choice.label.zh, &choice.label.en]) {
            sheet.write_string_with_format(row, index, words, &formats.text)?;
        }
    }
    Ok(())
}

/// What a column wants, from its kind and its own note.
fn how_to_fill(column: &Column) -> Text {
    let (zh, en) = match &column.kind {
        Kind::Text { max_chars } => {
            (format!("文本，最多 {max_chars} 字"), format!("text of at most {max_chars} characters"))
        }
        Kind::Date => (
            "日期，如 2004-03-18、2004年3月18日、20040318".to_owned(),
            "a day, such as 2004-03-18 or 20040318".to_owned(),
        ),
        Kind::Whole { min, max } => {
            (format!("{min} 到 {max} 的整数"), format!("a whole number from {min} to {max}"))
        }
        Kind::Choice(_) => {
            ("从列表中选择，或填代码".to_owned(), "choose from the list, or give a code".to_owned())
        }
        Kind::IdNumber => (
            "18 位（或旧的 15 位）身份证号，按文本填写".to_owned(),
            "an identity number of 18 (or 15) characters, as text".to_owned(),
        ),
    };
    let (must_zh, must_en) = if column.is_required { ("必填。", "Required. ") } else { ("", "") };
    let join =
        |note: &str, between: &str| if note.is_empty() { String::new() } else { format!("{between}{note}") };
    Text::new(
        format!("{must_zh}{zh}{}", join(&column.note.zh, "；")),
        format!("{must_en}{en}{}", join(&column.note.en, "; ")),
    )
}

/// What holds for every column.
const GENERAL_NOTES: &[(&str, &str)] = &[
    ("示例行导入时跳过，可以删除。", "The sample row is passed over on import and may be deleted."),
    ("公式不会被计算，请粘贴为数值。", "Formulas are never evaluated; paste values."),
    ("列的顺序可以变动，表头请勿改动。", "Columns may be moved; leave their heads as they are."),
];

/// Notes take the first columns of the second sheet, lists the others.
const N_NOTE_COLUMNS: u16 = 5;

/// Row of the heads on the second sheet, from 0.
const LIST_HEAD_ROW: u32 = 0;
