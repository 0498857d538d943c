//! A table as a workbook, row after row through a temporary file without a name.

use std::io::Write;

use domain::text::Language;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::{Column, ColumnKind, Heads, Item, Layout, Sums, Totals, WriteError, cell_text, is_like_formula};
use crate::guard::{N_SHEET_COLUMNS, N_SHEET_ROWS};

/// The formats of a workbook's cells.
pub(crate) struct Formats {
    pub(crate) head: Format,
    pub(crate) text: Format,
    pub(crate) quoted: Format,
    pub(crate) wrapped: Format,
    pub(crate) whole: Format,
    decimal: Format,
    pub(crate) date: Format,
}

pub(super) fn write<W: Write + Send>(
    layout: &Layout,
    rows: impl IntoIterator<Item = Vec<Item>>,
    output: W,
) -> Result<(), WriteError> {
    if layout.columns.len() > N_SHEET_COLUMNS as usize {
        return Err(WriteError::TooLarge);
    }
    let formats = Formats::new();
    let mut workbook = new_workbook(layout.caption.in_language(layout.heads.of_cells()))?;
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(sheet_name(layout.caption.in_language(layout.heads.of_cells())))?;
    set_page(sheet, layout)?;
    write_heads(sheet, &layout.columns, layout.heads, &formats)?;
    let mut sums = Sums::new(layout);
    let mut row_index = 1;
    for row in rows {
        // One row stays free for the totals.
        if row_index >= N_SHEET_ROWS - 1 || row.len() > N_SHEET_COLUMNS as usize {
            return Err(WriteError::TooLarge);
        }
        sums.add(&row);
        write_row(sheet, row_index, &row, &layout.columns, &formats)?;
        row_index += 1;
    }
    if layout.totals == Totals::Sums {
        let row = sums.into_row(layout.heads);
        write_row(sheet, row_index, &row, &layout.columns, &formats)?;
    }
    workbook.save_to_writer(output)?;
    Ok(())
}

/// A workbook whose own date is fixed: the same table gives the same bytes.
pub(crate) fn new_workbook(title: &str) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    Ok(workbook)
}

/// A name a sheet may have: 31 characters at most, and none of seven.
pub(crate) fn sheet_name(caption: &str) -> String {
    let is_allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control();
    let mut n_units = 0;
    let name: String = caption
        .chars()
        .filter(is_allowed)
        .take_while(|c| {
            n_units += c.len_utf16();
            n_units <= 31
        })
        .collect();
    let name = name.trim_matches(['\'', ' ']);
    if name.is_empty() { "Sheet1".to_owned() } else { name.to_owned() }
}

/// Writes the heads into the first row and sets the widths.
pub(crate) fn write_heads(
    sheet: &mut Worksheet,
    columns: &[Column],
    heads: Heads,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 1)?;
    if heads == Heads::Both {
        sheet.set_row_height(0, 32)?;
    }
    for (index, column) in (0..).zip(columns) {
        let words = heads.words(&column.head);
        sheet.set_column_width(index, width(column, &words))?;
        sheet.write_string_with_format(0, index, cell_text(&words), &formats.head)?;
    }
    Ok(())
}

fn set_page(sheet: &mut Worksheet, layout: &Layout) -> Result<(), XlsxError> {
    const A4: u8 = 9;
    let caption = match layout.heads {
        Heads::In(language) => layout.caption.in_language(language).to_owned(),
        Heads::Both => format!("{} {}", layout.caption.zh, layout.caption.en),
    };
    let page = match layout.heads.of_cells() {
        Language::Zh => "第 &P 页，共 &N 页",
        Language::En => "Page &P of &N",
    };
    // A header holds 255 characters, and an ampersand in it is a command.
    let title: String = caption.chars().filter(|c| !c.is_control()).take(100).collect();
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    if layout.columns.len() > 6 {
        sheet.set_landscape();
    }
    sheet.set_header(format!("&C&14{}", title.replace('&', "&&"))).set_footer(format!("&C{page}"));
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    row: u32,
    items: &[Item],
    columns: &[Column],
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (index, item) in (0_u16..).zip(items) {
        let kind = columns.get(usize::from(index)).map_or(ColumnKind::Text, |column| column.kind);
        match item {
            Item::Blank => {}
            Item::Text(text) => write_text(sheet, row, index, text, kind, formats)?,
            Item::Whole(number) if number.unsigned_abs() < EXACT_END => {
                sheet.write_number_with_format(row, index, *number as f64, &formats.whole)?;
            }
            Item::Whole(number) => write_text(sheet, row, index, &number.to_string(), kind, formats)?,
            Item::Number(number) if number.is_finite() => {
                sheet.write_number_with_format(row, index, *number, &formats.decimal)?;
            }
            Item::Number(_) => {}
            Item::Date(day) => match excel_day(*day) {
                Some(moment) => {
                    sheet.write_datetime_with_format(row, index, moment, &formats.date)?;
                }
                None => write_text(sheet, row, index, &day.to_string(), kind, formats)?,
            },
        }
    }
    Ok(())
}

/// A text cell is never a formula; the quote mark keeps it a text when it is edited.
fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    kind: ColumnKind,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let format = match kind {
        _ if is_like_formula(text) => &formats.quoted,
        ColumnKind::LongText => &formats.wrapped,
        ColumnKind::Text
        | ColumnKind::Digits
        | ColumnKind::Whole
        | ColumnKind::Decimal
        | ColumnKind::Date => &formats.text,
    };
    sheet.write_string_with_format(row, column, cell_text(text), format)?;
    Ok(())
}

/// Workbooks count days from 1900; the first two months of it are a day off in some readers.
fn excel_day(day: jiff::civil::Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| *year > 1900)?;
    ExcelDateTime::from_ymd(year, u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?).ok()
}

fn width(column: &Column, words: &str) -> u16 {
    let head = words.lines().map(width_of).max().unwrap_or(0).saturating_add(2);
    let usual = match column.kind {
        ColumnKind::Text => 14,
        ColumnKind::LongText => 40,
        ColumnKind::Digits => 20,
        ColumnKind::Whole | ColumnKind::Decimal => 9,
        ColumnKind::Date => 12,
    };
    column.width.unwrap_or_else(|| usual.max(head)).min(80)
}

/// Letters are one wide, Han characters two.
fn width_of(words: &str) -> u16 {
    words.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

impl Formats {
    pub(crate) fn new() -> Self {
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_border_bottom(FormatBorder::Thin)
            .set_background_color(0xF2_F2_F2_u32);
        let text = Format::new().set_num_format("@");
        Formats {
            head,
            quoted: text.clone().set_quote_prefix(),
            wrapped: text.clone().set_text_wrap().set_align(FormatAlign::Top),
            text,
            whole: Format::new().set_num_format("0"),
            decimal: Format::new().set_num_format("0.00"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
        }
    }
}

/// 2^53: above it a spreadsheet program rounds whole numbers.
const EXACT_END: u64 = 1 << 53;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_caption_becomes_a_sheet_name() {
        assert_eq!(sheet_name("2004年/名册[1]"), "2004年名册1");
        assert_eq!(sheet_name("'':*?"), "Sheet1");
        assert_eq!(sheet_name(&"长".repeat(40)).chars().count(), 31);
        assert_eq!(sheet_name(&"𠮷".repeat(40)).chars().count(), 15);
    }
}
