//! The same columns for writing: what is exported can be imported.

use domain::text::{Language, Text};

use super::{Column, Field, Kind};
use crate::table::{self, ColumnKind, Heads, Item, Layout, Totals};

/// The layout of a table with these columns.
pub fn layout(columns: &[Column], caption: Text, heads: Heads) -> Layout {
    let columns = columns.iter().map(|column| {
        let kind = match column.kind {
            Kind::Text { max_chars } if max_chars > 100 => ColumnKind::LongText,
            Kind::Text { .. } | Kind::Choice(_) => ColumnKind::Text,
            Kind::Date => ColumnKind::Date,
            Kind::Whole { .. } => ColumnKind::Whole,
            Kind::IdNumber => ColumnKind::Digits,
        };
        table::Column::new(column.head.clone(), kind)
    });
    Layout { caption, columns: columns.collect(), heads, totals: Totals::None }
}

/// The cells of a row in a language: codes become their words, everything else stands as it is.
pub fn items(columns: &[Column], fields: &[Option<Field>], language: Language) -> Vec<Item> {
    columns.iter().zip(fields).map(|(column, field)| item(column, field.as_ref(), language)).collect()
}

fn item(column: &Column, field: Option<&Field>, language: Language) -> Item {
    match field {
        None => Item::Blank,
        Some(Field::Text(text)) => text.as_str().into(),
        Some(Field::Date(day)) => Item::Date(*day),
        Some(Field::Whole(number)) => Item::Whole(*number),
        Some(Field::Code(code)) => match &column.kind {
            Kind::Choice(choices) => choices
                .iter()
                .find(|choice| choice.code == *code)
                .map_or(code.as_str(), |choice| choice.word(language))
                .into(),
            Kind::Text { .. } | Kind::Date | Kind::Whole { .. } | Kind::IdNumber => code.as_str().into(),
        },
    }
}
