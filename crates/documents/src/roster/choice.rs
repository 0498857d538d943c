//! Codes and the words for them. Offices write either, with or without leading zeros.

use std::collections::BTreeMap;

use domain::text::{Language, Text};

use crate::sheet::{fold, head_keys};

/// One entry of a list of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The code, as the standard writes it.
    pub code: String,
    /// What it stands for.
    pub label: Text,
    /// Other words and codes for it.
    pub aliases: &'static [&'static str],
}

/// A list of codes ready to be searched.
#[derive(Debug)]
pub(super) struct Choices<'c> {
    list: &'c [Choice],
    by_word: BTreeMap<String, usize>,
}

impl Choice {
    /// An entry without other words.
    pub fn new(code: impl Into<String>, label: Text) -> Self {
        Choice { code: code.into(), label, aliases: &[] }
    }

    /// The same with other words for it.
    pub fn or(self, aliases: &'static [&'static str]) -> Self {
        Choice { aliases, ..self }
    }

    /// The word in a language.
    pub fn word(&self, language: Language) -> &str {
        self.label.in_language(language)
    }
}

impl<'c> Choices<'c> {
    pub(super) fn new(list: &'c [Choice]) -> Self {
        let mut by_word = BTreeMap::new();
        for (index, choice) in list.iter().enumerate() {
            for word in [choice.code.as_str(), &choice.label.zh, &choice.label.en] {
                by_word.entry(key(word)).or_insert(index);
            }
        }
        // Last, so that an alias never takes a word from a label.
        for (index, choice) in list.iter().enumerate() {
            for alias in choice.aliases {
                by_word.entry(key(alias)).or_insert(index);
            }
        }
        Choices { list, by_word }
    }

    /// The choice a text stands for: a code, a word, or both as lists show them.
    pub(super) fn find(&self, text: &str) -> Option<&'c Choice> {
        let found = self.by_word.get(&key(text));
        let found = found.or_else(|| head_keys(text).iter().find_map(|form| self.by_word.get(form)));
        found.map(|&index| &self.list[index])
    }

    /// The first words of the list, for a message.
    pub(super) fn shown(&self) -> Text {
        let shown = |language: Language, between: &str| {
            let words: Vec<&str> =
                self.list.iter().take(N_SHOWN).map(|choice| choice.word(language)).collect();
            let rest = if self.list.len() > N_SHOWN { "…" } else { "" };
            words.join(between) + rest
        };
        Text::new(shown(Language::Zh, "、"), shown(Language::En, ", "))
    }
}

/// A word in the form in which words are compared; `01` and `1` are one code.
fn key(word: &str) -> String {
    let folded = fold(word);
    if folded.bytes().all(|byte| byte.is_ascii_digit()) {
        let bare = folded.trim_start_matches('0');
        if bare.is_empty() && !folded.is_empty() { "0".to_owned() } else { bare.to_owned() }
    } else {
        folded
    }
}

const N_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_found() {
        let list = [
            Choice::new("01", Text::new("汉族", "Han")).or(&["汉"]),
            Choice::new("10", Text::new("朝鲜族", "Korean")),
            Choice::new("0", Text::new("未知", "unknown")),
        ];
        let choices = Choices::new(&list);
        for text in ["01", "1", "汉族", "汉", "HAN", " han ", "汉族 / Han", "０１", "001"] {
            assert_eq!(choices.find(text).map(|choice| choice.code.as_str()), Some("01"), "{text}");
        }
        assert_eq!(choices.find("00").map(|choice| choice.code.as_str()), Some("0"));
        for text in ["", "100", "汉朝", "ha"] {
            assert_eq!(choices.find(text), None, "{text}");
        }
        assert_eq!(choices.shown().zh, "汉族、朝鲜族、未知");
    }
}
