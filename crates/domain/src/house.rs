//! House rules (登记规则): checks that are not rules of the paper, by name. The names are code, what they
//! say is data in `rulebooks/`; a test of each list compares the two.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::blanks::{At, both, fill};
use crate::decide::Consideration;
use crate::event::Fact;
use crate::finding::{Finding, Severity};
use crate::text::{Language, Text};

/// Makes the list of checks of one book: a variant and the name that its findings carry.
macro_rules! house_rules {
    ($(#[$doc:meta])* $list:ident { $($variant:ident = $id:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "what each check says stands in its book of rules")]
        pub enum $list { $($variant,)* }

        impl $list {
            /// Every check.
            pub const ALL: &'static [$list] = &[$($list::$variant,)*];

            /// The name that findings carry; never reused.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $($list::$variant => $id,)* }
            }
        }
    };
}
pub(crate) use house_rules;

/// Gives the checks of a list what a book says that holds nothing but wordings, and compares the two.
macro_rules! house_book {
    ($list:ident, $edition:literal, $text:expr) => {
        static RULES: std::sync::LazyLock<std::collections::BTreeMap<String, $crate::house::Wording>> =
            std::sync::LazyLock::new(|| $crate::house::written($text));

        impl $crate::house::HouseRule for $list {
            const EDITION: &'static str = $edition;

            fn wording(self) -> &'static $crate::house::Wording {
                RULES.get(self.id()).expect("a test finds a wording for every check")
            }
        }

        #[cfg(test)]
        mod tests {
            use std::collections::BTreeSet;

            use super::*;

            #[test]
            fn the_list_in_data_and_the_list_in_code_are_the_same() {
                let coded: BTreeSet<&str> = $list::ALL.iter().map(|rule| rule.id()).collect();
                let written: BTreeSet<&str> = RULES.keys().map(String::as_str).collect();
                assert_eq!(coded, written);
                assert_eq!(coded.len(), $list::ALL.len(), "an id is used twice");
                assert!(RULES.values().all(|rule| !rule.article.trim().is_empty()));
            }
        }
    };
}
pub(crate) use house_book;

/// The wordings of a book that holds nothing else, by name.
pub(crate) fn written(text: &str) -> BTreeMap<String, Wording> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Book {
        rule: Vec<Wording>,
    }
    let book: Book = toml::from_str(text).expect("a test reads the rules that came with the program");
    book.rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect()
}

/// What a check says, as its book has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wording {
    pub(crate) id: String,
    severity: Severity,
    pub(crate) article: String,
    what: Text,
    #[serde(rename = "do")]
    remedy: Text,
}

/// A check of a book whose wordings need nothing more.
pub(crate) trait HouseRule: Copy {
    /// What findings give as their edition: house rules are the same in every year.
    const EDITION: &'static str;

    /// What it says.
    fn wording(self) -> &'static Wording;
}

/// What was found against an act so far, and what speaks for a second look.
#[derive(Debug, Default)]
pub(crate) struct Reasons(Vec<Finding>);

impl Reasons {
    /// Notes a finding at a place of the form. The occurrence tells several of one check apart.
    pub(crate) fn find<R: HouseRule>(&mut self, rule: R, field: &str, values: &[(&str, At)]) {
        let wording = rule.wording();
        let n = self.0.iter().filter(|finding| finding.rule == wording.id).count();
        self.0.push(Finding {
            rule: wording.id.clone(),
            severity: wording.severity,
            edition: R::EDITION.to_owned(),
            occurrence: u32::try_from(n).unwrap_or(u32::MAX),
            fields: vec![field.to_owned()],
            article: fill(&wording.article, values, Language::Zh),
            text: both(&wording.what, values),
            remedy: both(&wording.remedy, values),
        });
    }

    /// The answer, with the facts that are recorded if nothing refuses.
    pub(crate) fn answer(self, facts: impl FnOnce() -> Vec<Fact>) -> Consideration {
        let (refusing, noted): (Vec<_>, Vec<_>) = self.0.into_iter().partition(Finding::is_error);
        let facts = if refusing.is_empty() { facts() } else { Vec::new() };
        Consideration::new(refusing, noted, facts)
    }

    /// Everything that was found.
    pub(crate) fn all(self) -> Vec<Finding> {
        self.0
    }
}
