//! House rules (登记规则): checks that are not rules of the paper, by name. The names are code, what they
//! say is data in `rulebooks/`; a test of each list compares the two.

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
