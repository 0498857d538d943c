//! Filling the named blanks of a wording: `{day}` in a rule's text becomes the day that a check found.
//! The wordings themselves are data, in `rulebooks/`.

use jiff::civil::Date;

use crate::text::{Language, Text};

/// A value that a wording can show.
#[derive(Debug, Clone)]
pub(crate) enum At {
    Day(Date),
    Number(i64),
    Words(Text),
    Plain(String),
}

/// A wording in both languages with its blanks filled.
pub(crate) fn both(text: &Text, values: &[(&str, At)]) -> Text {
    Text::new(fill(&text.zh, values, Language::Zh), fill(&text.en, values, Language::En))
}

/// A wording in one language with its blanks filled.
pub(crate) fn fill(template: &str, values: &[(&str, At)], language: Language) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        let shown = match value {
            At::Day(day) => day.to_string(),
            At::Number(number) => number.to_string(),
            At::Words(words) => words.in_language(language).to_owned(),
            At::Plain(plain) => plain.clone(),
        };
        text = text.replace(&format!("{{{name}}}"), &shown);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_in_both_languages() {
        let text = Text::new("{who}满{n}人", "{who} has {n}");
        let values = [("who", At::Words(Text::new("支部", "the branch"))), ("n", At::Number(3))];
        assert_eq!(both(&text, &values), Text::new("支部满3人", "the branch has 3"));
    }
}
