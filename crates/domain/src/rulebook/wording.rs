//! The wording of rules: text with named places for facts, such as `{due}`. Only the facts that
//! the kind of requirement provides may be named, so a finding never shows an unfilled place.

use std::fmt::{self, Write};

use jiff::civil::Date;

use super::requirement::{Fact, Word};
use crate::case_file::Amount;
use crate::text::{Language, Text};

/// A wording in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Chinese.
    pub zh: Template,
    /// English.
    pub en: Template,
}

/// Text with named places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place(Fact),
}

/// What a fact says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Day(Date),
    Number(i64),
    Amount(Amount),
    /// Words in Chinese and in English.
    Words((&'static str, &'static str)),
    /// There is no record.
    Absent,
}

/// The facts of one finding. Few, and kept in place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts([Option<(Fact, Value)>; 6]);

impl Facts {
    pub(crate) fn new(facts: &[(Fact, Value)]) -> Self {
        let mut all = [None; 6];
        for (slot, fact) in all.iter_mut().zip(facts) {
            *slot = Some(*fact);
        }
        Facts(all)
    }

    fn get(&self, fact: Fact) -> Value {
        self.0.iter().flatten().find(|(name, _)| *name == fact).map_or(Value::Absent, |(_, value)| *value)
    }
}

impl Template {
    /// Reads a text with places.
    ///
    /// # Errors
    /// The names in braces that are no fact.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (mut pieces, mut unknown) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            match Fact::WORDS.iter().find(|(word, _)| *word == name) {
                Some((_, fact)) => {
                    pieces.extend([Piece::Literal(before.to_owned()), Piece::Place(*fact)]);
                }
                None => unknown.push(name.to_owned()),
            }
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        if unknown.is_empty() { Ok(Template { pieces }) } else { Err(unknown) }
    }

    /// The facts it mentions.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Place(fact) => Some(*fact),
            Piece::Literal(_) => None,
        })
    }

    pub(crate) fn write(&self, out: &mut String, facts: &Facts, language: Language) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Place(fact) => facts.get(*fact).write(out, language),
            }
        }
    }
}

/// The text as it stands in the file.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Place(fact) => write!(f, "{{{}}}", fact.as_str()),
        })
    }
}

impl Wording {
    pub(crate) fn fill(&self, facts: &Facts) -> Text {
        let mut text = Text::new(String::with_capacity(128), String::with_capacity(160));
        self.zh.write(&mut text.zh, facts, Language::Zh);
        self.en.write(&mut text.en, facts, Language::En);
        text
    }
}

impl Value {
    fn write(self, out: &mut String, language: Language) {
        match self {
            Value::Day(day) => write_day(out, day),
            Value::Number(number) => write_number(out, number),
            // Writing to a string cannot fail.
            Value::Amount(amount) => drop(write!(out, "{amount}")),
            Value::Words((zh, en)) => out.push_str(match language {
                Language::Zh => zh,
                Language::En => en,
            }),
            Value::Absent => out.push_str(match language {
                Language::Zh => "（无记录）",
                Language::En => "(no record)",
            }),
        }
    }
}

/// A day as `YYYY-MM-DD`, by hand: this runs for every finding of every audit.
fn write_day(out: &mut String, day: Date) {
    let year = day.year().unsigned_abs();
    let digit = |n: u16| char::from(b'0' + (n % 10) as u8);
    out.extend([digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-']);
    let (month, day) = (day.month().unsigned_abs().into(), day.day().unsigned_abs().into());
    out.extend([digit(month / 10), digit(month), '-', digit(day / 10), digit(day)]);
}

fn write_number(out: &mut String, number: i64) {
    match u8::try_from(number) {
        Ok(small @ 0..=9) => out.push(char::from(b'0' + small)),
        // Writing to a string cannot fail.
        Ok(_) | Err(_) => drop(write!(out, "{number}")),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn places_are_filled_in_both_languages() {
        let wording = Wording {
            zh: Template::parse("应于{due}前完成，实为{day}。").unwrap(),
            en: Template::parse("due by {due}, done on {day}; {count} of them").unwrap(),
        };
        let facts =
            Facts::new(&[(Fact::Due, Value::Day(date(2003, 9, 9))), (Fact::Count, Value::Number(-12))]);
        let text = wording.fill(&facts);
        assert_eq!(text.zh, "应于2003-09-09前完成，实为（无记录）。");
        assert_eq!(text.en, "due by 2003-09-09, done on (no record); -12 of them");
        assert_eq!(wording.zh.to_string(), "应于{due}前完成，实为{day}。");
    }

    #[test]
    fn unknown_places_are_named() {
        assert_eq!(Template::parse("{due} {colour} {x"), Err(vec!["colour".into(), "x".into()]));
    }
}
