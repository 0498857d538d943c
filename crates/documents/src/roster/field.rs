//! One cell understood by its column.

use domain::id_number::{IdNumber, IdNumberError};
use domain::text::Text;
use unicode_normalization::UnicodeNormalization;

use super::choice::Choices;
use super::{Column, Field, Kind};
use crate::problem::{CellCause, IdCause};
use crate::sheet::{NotDate, Value, fold, parse_date};

/// A column ready to understand cells.
pub(super) struct Understood<'c> {
    column: &'c Column,
    choices: Option<Choices<'c>>,
}

impl<'c> Understood<'c> {
    pub(super) fn new(column: &'c Column) -> Self {
        let choices = match &column.kind {
            Kind::Choice(list) => Some(Choices::new(list)),
            Kind::Text { .. } | Kind::Date | Kind::Whole { .. } | Kind::IdNumber => None,
        };
        Understood { column, choices }
    }

    pub(super) fn is_required(&self) -> bool {
        self.column.is_required
    }

    pub(super) fn head(&self) -> &Text {
        &self.column.head
    }

    /// What a cell holds, nothing if it turns out blank, or why it cannot be understood.
    pub(super) fn understand(&self, value: &Value) -> Result<Option<Field>, CellCause> {
        match value {
            Value::Formula => return Err(CellCause::Formula),
            Value::Error(value) => return Err(CellCause::ErrorValue { value: value.clone() }),
            Value::Text(_)
            | Value::Whole(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::DateTime(_) => {}
        }
        match &self.column.kind {
            Kind::Text { max_chars } => text(value, *max_chars),
            Kind::Date => date(value),
            Kind::Whole { min, max } => whole(value, *min, *max),
            Kind::IdNumber => id_number(value),
            Kind::Choice(_) => self.choice(value),
        }
    }

    fn choice(&self, value: &Value) -> Result<Option<Field>, CellCause> {
        let words = clean(&words(value)?)?;
        if words.is_empty() {
            return Ok(None);
        }
        // Invariant: the constructor makes choices for every column of this kind.
        let choices = self.choices.as_ref().expect("a column of choices has choices");
        match choices.find(&words) {
            Some(choice) => Ok(Some(Field::Code(choice.code.clone()))),
            None => Err(CellCause::NotAChoice { value: words, choices: choices.shown() }),
        }
    }
}

fn text(value: &Value, max_chars: usize) -> Result<Option<Field>, CellCause> {
    let text = clean(&words(value)?)?;
    let n_chars = text.chars().count();
    if n_chars > max_chars {
        return Err(CellCause::TooLong { n_chars, max: max_chars });
    }
    Ok((!text.is_empty()).then_some(Field::Text(text)))
}

fn date(value: &Value) -> Result<Option<Field>, CellCause> {
    if let Value::Date(day) | Value::DateTime(day) = value
        && (1900..=2099).contains(&day.year())
    {
        return Ok(Some(Field::Date(*day)));
    }
    let text = clean(&words(value)?)?;
    if text.is_empty() {
        return Ok(None);
    }
    match parse_date(&text) {
        Ok(day) => Ok(Some(Field::Date(day))),
        Err(NotDate::Day) => Err(CellCause::NotADay { value: text }),
        Err(NotDate::Format) => Err(CellCause::NotADate { value: text }),
    }
}

fn whole(value: &Value, min: i64, max: i64) -> Result<Option<Field>, CellCause> {
    let number = match value {
        Value::Whole(number) => *number,
        Value::Text(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Formula
        | Value::Error(_) => {
            let text = fold(&words(value)?);
            if text.is_empty() {
                return Ok(None);
            }
            text.parse().map_err(|_| CellCause::NotWhole { value: text })?
        }
    };
    if (min..=max).contains(&number) {
        Ok(Some(Field::Whole(number)))
    } else {
        Err(CellCause::OutOfRange { value: number, min, max })
    }
}

fn id_number(value: &Value) -> Result<Option<Field>, CellCause> {
    let text = clean(&words(value)?)?;
    if text.is_empty() {
        return Ok(None);
    }
    // Text files made by spreadsheet programs hold what was rounded on the screen.
    if text.to_ascii_uppercase().contains("E+") {
        return Err(CellCause::RoundedNumber);
    }
    let number: String = text.nfkc().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    match IdNumber::parse(&number) {
        // As written: whether 15 digits are kept as such is not for a reader to decide.
        Ok(_) => Ok(Some(Field::Text(number))),
        Err(error) => Err(CellCause::Id(cause_of(error, &number))),
    }
}

fn cause_of(error: IdNumberError, number: &str) -> IdCause {
    match error {
        IdNumberError::Length => IdCause::Length { n_chars: number.chars().count() },
        IdNumberError::Digit => IdCause::Characters,
        IdNumberError::Check => IdCause::Check,
        IdNumberError::BirthDate => IdCause::Day,
    }
}

/// A value as the words a person would have typed.
fn words(value: &Value) -> Result<String, CellCause> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Whole(number) => Ok(number.to_string()),
        // At 2^53 and above the spreadsheet program has put zeros for the last digits.
        Value::Number(number) if number.fract() == 0.0 => Err(CellCause::RoundedNumber),
        Value::Number(number) => Ok(number.to_string()),
        Value::Boolean(true) => Ok("TRUE".to_owned()),
        Value::Boolean(false) => Ok("FALSE".to_owned()),
        Value::Date(day) | Value::DateTime(day) => Ok(day.to_string()),
        Value::Formula => Err(CellCause::Formula),
        Value::Error(value) => Err(CellCause::ErrorValue { value: value.clone() }),
    }
}

/// A text without blanks around it. Characters that hide or turn around what follows are refused:
/// a name that looks like another is worse than no name.
fn clean(text: &str) -> Result<String, CellCause> {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match trimmed.chars().find(|&c| is_hidden(c)) {
        Some(c) => Err(CellCause::ControlCharacter { code: u32::from(c) }),
        None => Ok(trimmed.to_owned()),
    }
}

fn is_hidden(c: char) -> bool {
    let is_format =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    is_format || (c.is_control() && c != '\n')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    fn understand(kind: Kind, value: Value) -> Result<Option<Field>, CellCause> {
        let column = Column {
            id: "x",
            head: Text::new("列", "column"),
            aliases: &[],
            kind,
            is_required: false,
            sample: Text::new("", ""),
            note: Text::new("", ""),
        };
        Understood::new(&column).understand(&value)
    }

    fn typed(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn texts_hide_nothing() {
        let kind = || Kind::Text { max_chars: 4 };
        let text = |text: &str| Ok(Some(Field::Text(text.to_owned())));
        assert_eq!(understand(kind(), typed("\u{feff} 张三　")), text("张三"));
        assert_eq!(understand(kind(), Value::Whole(7)), text("7"));
        assert_eq!(understand(kind(), typed("张三李四王")), Err(CellCause::TooLong { n_chars: 5, max: 4 }));
        for code in [0_u32, 7, 9, 0x202e, 0x200b, 0x2066] {
            let hidden = format!("a{}b", char::from_u32(code).unwrap());
            assert_eq!(understand(kind(), typed(&hidden)), Err(CellCause::ControlCharacter { code }));
        }
        assert_eq!(understand(kind(), Value::Formula), Err(CellCause::Formula));
        assert_eq!(
            understand(kind(), Value::Error("#N/A".into())),
            Err(CellCause::ErrorValue { value: "#N/A".into() })
        );
    }

    #[test]
    fn dates_come_in_many_forms() {
        let expected = Ok(Some(Field::Date(day(2004, 3, 18))));
        for value in [Value::Date(day(2004, 3, 18)), Value::Whole(20_040_318), typed("2004年3月18日")] {
            assert_eq!(understand(Kind::Date, value), expected);
        }
        let not_a_day = |value: &str| Err(CellCause::NotADay { value: value.to_owned() });
        assert_eq!(understand(Kind::Date, typed("2001-02-30")), not_a_day("2001-02-30"));
        assert_eq!(understand(Kind::Date, Value::Date(day(9999, 1, 1))), not_a_day("9999-01-01"));
        for value in [Value::Whole(38_064), Value::Boolean(true), Value::Number(0.5), typed("去年")] {
            assert!(matches!(understand(Kind::Date, value), Err(CellCause::NotADate { .. })));
        }
    }

    #[test]
    fn whole_numbers_have_a_range() {
        let kind = || Kind::Whole { min: 0, max: 100 };
        assert_eq!(understand(kind(), typed(" １２ ")), Ok(Some(Field::Whole(12))));
        assert_eq!(
            understand(kind(), Value::Whole(101)),
            Err(CellCause::OutOfRange { value: 101, min: 0, max: 100 })
        );
        for value in [Value::Number(1.5), typed("十"), Value::Boolean(true)] {
            assert!(matches!(understand(kind(), value), Err(CellCause::NotWhole { .. })));
        }
    }

    #[test]
    fn a_rounded_identity_number_is_not_guessed() {
        for value in [Value::Number(1.101_051_949_123_1e17), typed("1.10105E+17")] {
            assert_eq!(understand(Kind::IdNumber, value), Err(CellCause::RoundedNumber));
        }
        let written = |text: &str| Ok(Some(Field::Text(text.to_owned())));
        let typed_number = Value::Whole(110_105_491_231_002);
        assert_eq!(understand(Kind::IdNumber, typed_number), written("110105491231002"));
        let spaced = typed(" 1101 0519 4912 3100 2ｘ ");
        assert_eq!(understand(Kind::IdNumber, spaced), written("11010519491231002X"));
        for (text, cause) in [
            ("110105194912310021", IdCause::Check),
            ("1101051949123100", IdCause::Length { n_chars: 16 }),
            ("张10105194912310021", IdCause::Characters),
            ("110105491301002", IdCause::Day),
        ] {
            assert_eq!(understand(Kind::IdNumber, typed(text)), Err(CellCause::Id(cause)), "{text}");
        }
    }
}
