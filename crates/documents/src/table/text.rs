//! A table as text with commas.

use std::io::Write;

use super::{Item, Layout, Sums, Totals, WriteError, cell_text, is_like_formula};

pub(super) fn write<W: Write>(
    layout: &Layout,
    rows: impl IntoIterator<Item = Vec<Item>>,
    mut output: W,
) -> Result<(), WriteError> {
    // Without the mark, spreadsheet programs read the file in the encoding of their country.
    output.write_all("\u{feff}".as_bytes())?;
    let mut csv =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(output);
    let heads = layout.columns.iter().map(|column| safe(&layout.heads.words(&column.head)));
    csv.write_record(heads).map_err(std::io::Error::from)?;
    let mut sums = Sums::new(layout);
    for row in rows {
        sums.add(&row);
        csv.write_record(row.iter().map(written)).map_err(std::io::Error::from)?;
    }
    if layout.totals == Totals::Sums {
        csv.write_record(sums.into_row(layout.heads).iter().map(written)).map_err(std::io::Error::from)?;
    }
    csv.flush()?;
    Ok(())
}

fn written(item: &Item) -> String {
    match item {
        Item::Blank => String::new(),
        Item::Text(text) => safe(text),
        Item::Whole(number) => number.to_string(),
        Item::Number(number) => number.to_string(),
        Item::Date(day) => day.to_string(),
    }
}

/// A text whose start could be taken for a formula gets a quote mark before it.
fn safe(text: &str) -> String {
    let guard = if is_like_formula(text) { "'" } else { "" };
    format!("{guard}{}", cell_text(text))
}
