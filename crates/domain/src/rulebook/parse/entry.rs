//! A table of a rulebook file, read key by key. Each reader reports what is wrong and goes on;
//! closing a table reports the keys that nobody asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::super::requirement::Word;
use super::{Problem, civil, shown};
use crate::text::Text;

/// What is wrong with a file so far.
pub(super) struct Reports<'a> {
    file: &'a str,
    source: &'a str,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl<'a> Reports<'a> {
    pub(super) fn new(file: &'a str, source: &'a str) -> Self {
        Reports { file, source, problems: RefCell::default() }
    }

    pub(super) fn add(&self, offset: usize, key: &str, what: Text) {
        let line = 1 + self.source.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        let problem = Problem { file: self.file.to_owned(), line: Some(line), key: key.to_owned(), what };
        self.problems.borrow_mut().push((offset, problem));
    }

    /// The problems by their place.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(offset, _)| *offset);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// A table being read.
pub(super) struct Entry<'a> {
    table: &'a DeTable<'a>,
    offset: usize,
    path: String,
    reports: &'a Reports<'a>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Entry<'a> {
    pub(super) fn new(table: &'a DeTable<'a>, offset: usize, path: String, reports: &'a Reports<'a>) -> Self {
        Entry { table, offset, path, reports, asked: RefCell::default() }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// Leaves a key unread without calling it unknown.
    pub(super) fn pass_over(&self, key: &str) {
        self.asked.borrow_mut().insert(key.to_owned());
    }

    /// Reports a problem at a key, or at the table when the key is absent.
    pub(super) fn report(&self, key: &str, what: Text) {
        let first = key.split('.').next().unwrap_or(key);
        self.reports.add(self.offset_of(first), &self.path_to(key), what);
    }

    /// Reports the keys that were never asked for.
    pub(super) fn close(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|key| !asked.contains(key.get_ref().as_ref())) {
            let what = Text::new("没有这个字段", "unknown key");
            self.reports.add(key.span().start, &self.path_to(key.get_ref()), what);
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        let text = self.typed(key, DeValue::as_str, "文本", "text")?;
        if text.trim().is_empty() {
            self.report(key, Text::new("不得为空", "may not be blank"));
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn date(&self, key: &str) -> Option<Date> {
        self.typed(key, civil, "日期", "a date")
    }

    pub(super) fn number(&self, key: &str) -> Option<u16> {
        self.typed(key, whole, "0至65535的整数", "a whole number from 0 to 65535")
    }

    pub(super) fn optional_number(&self, key: &str) -> Option<u16> {
        self.get(key).and_then(|_| self.number(key))
    }

    /// A flag; false when absent.
    pub(super) fn flag(&self, key: &str) -> bool {
        let read = |value: &'a DeValue<'a>| value.as_bool();
        self.get(key).is_some() && self.typed(key, read, "true 或 false", "true or false") == Some(true)
    }

    pub(super) fn word<W: Word>(&self, key: &str) -> Option<W> {
        let text = self.text(key)?;
        self.known(key, &text)
    }

    pub(super) fn words<W: Word>(&self, key: &str) -> Option<Vec<W>> {
        let texts = self.texts(key)?;
        let words: Vec<_> = texts.iter().map(|text| self.known(key, text)).collect();
        words.into_iter().collect()
    }

    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.typed(key, texts, "文本列表", "a list of texts")
    }

    pub(super) fn pairs_of_words<W: Word>(&self, key: &str) -> Option<Vec<(W, W)>> {
        let read = |value: &'a DeValue<'a>| {
            let pair = |entry: &Spanned<DeValue<'_>>| <[String; 2]>::try_from(texts(entry.get_ref())?).ok();
            value.as_array()?.iter().map(pair).collect::<Option<Vec<_>>>()
        };
        let pairs = self.typed(key, read, "文本对的列表", "a list of pairs of texts")?;
        let known: Vec<_> =
            pairs.iter().map(|[a, b]| Some((self.known(key, a)?, self.known(key, b)?))).collect();
        known.into_iter().collect()
    }

    /// Whole numbers under known words.
    pub(super) fn numbers_by_word<W: Word + Ord>(&self, key: &str) -> Option<BTreeMap<W, u16>> {
        let table = self.typed(key, DeValue::as_table, "表", "a table")?;
        let entry = Entry::new(table, self.offset_of(key), self.path_to(key), self.reports);
        let number = |word: &str| Some((self.known(key, word)?, entry.number(word)?));
        let numbers: Vec<_> = table.keys().map(|word| number(word.get_ref())).collect();
        numbers.into_iter().collect()
    }

    /// A text in both languages.
    pub(super) fn pair(&self, key: &str) -> Option<Text> {
        let table = self.typed(key, DeValue::as_table, "含 zh 和 en 的表", "a table of zh and en")?;
        Entry::new(table, self.offset_of(key), self.path_to(key), self.reports).as_pair()
    }

    /// This table as a text in both languages.
    pub(super) fn as_pair(&self) -> Option<Text> {
        let (zh, en) = (self.text("zh"), self.text("en"));
        self.close();
        Some(Text::new(zh?, en?))
    }

    /// The tables of a list; an absent list is empty.
    pub(super) fn tables(&self, key: &str) -> Vec<Entry<'a>> {
        if self.get(key).is_none() {
            return Vec::new();
        }
        let list = self.typed(key, DeValue::as_array, "表的列表", "a list of tables");
        let entries = list.map_or_else(Vec::new, |list: &'a DeArray<'a>| list.iter().collect());
        let tables = entries.into_iter().enumerate().filter_map(|(position, value)| {
            let path = self.path_to(&format!("{key}.{position}"));
            let Some(table) = value.get_ref().as_table() else {
                self.reports.add(value.span().start, &path, Text::new("应为表", "must be a table"));
                return None;
            };
            let name = table.get("id").and_then(|id| id.get_ref().as_str());
            let path = name.map_or(path, str::to_owned);
            Some(Entry::new(table, value.span().start, path, self.reports))
        });
        tables.collect()
    }

    /// All values but those under some keys, as they are written.
    pub(super) fn shown_except(&self, keys: &[&str]) -> BTreeMap<String, String> {
        let others = self.table.iter().filter(|(key, _)| !keys.contains(&key.get_ref().as_ref()));
        others.map(|(key, value)| (key.get_ref().to_string(), shown(value.get_ref()))).collect()
    }

    fn known<W: Word>(&self, key: &str, text: &str) -> Option<W> {
        let word = W::WORDS.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if word.is_none() {
            let words: Vec<_> = W::WORDS.iter().map(|(word, _)| *word).collect();
            let what = Text::new(
                format!("“{text}”不在其列：{}", words.join("、")),
                format!("“{text}” is not one of: {}", words.join(", ")),
            );
            self.report(key, what);
        }
        word
    }

    fn get(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.table.get(key).map(Spanned::get_ref)
    }

    fn typed<T>(
        &self,
        key: &str,
        read: impl FnOnce(&'a DeValue<'a>) -> Option<T>,
        zh: &str,
        en: &str,
    ) -> Option<T> {
        let Some(value) = self.get(key) else {
            self.report(key, Text::new("必填，但缺失", "required, but missing"));
            return None;
        };
        let read = read(value);
        if read.is_none() {
            self.report(key, Text::new(format!("应为{zh}"), format!("must be {en}")));
        }
        read
    }

    fn offset_of(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.offset, |value| value.span().start)
    }

    fn path_to(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

fn whole(value: &DeValue<'_>) -> Option<u16> {
    let written = value.as_integer()?;
    u16::from_str_radix(&written.as_str().replace('_', ""), written.radix()).ok()
}

fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|entry| entry.get_ref().as_str().map(str::to_owned)).collect()
}
