//! The checks of acts on a plan, by name. What they say stands in `rulebooks/plan.toml`; a test compares
//! the two lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::blanks::{At, both, fill};
use crate::decide::Consideration;
use crate::event::Fact;
use crate::finding::{Finding, Severity};
use crate::text::{Language, Text};

/// What findings of these checks give as their edition: they are the same in every year.
const EDITION: &str = "plan";

macro_rules! plan_rules {
    ($($variant:ident = $id:literal,)*) => {
        /// A check of an act on a plan, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "what each check says stands in rulebooks/plan.toml")]
        pub enum PlanRule { $($variant,)* }

        impl PlanRule {
            /// Every check.
            pub const ALL: &'static [PlanRule] = &[$(PlanRule::$variant,)*];

            /// The name that findings carry; never reused.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(PlanRule::$variant => $id,)* }
            }
        }
    };
}

plan_rules! {
    Unknown = "L01.unknown",
    UnitUnknown = "L01.unit_unknown",
    Outside = "L01.outside",
    UnitClosed = "L01.unit_closed",
    Reason = "L01.reason",
    Late = "L01.late",
    Adopted = "L01.adopted",
    Maker = "L02.maker",
    Year = "L02.year",
    Taken = "L02.taken",
    Intake = "L02.intake",
    Tolerance = "L02.tolerance",
    Share = "L02.share",
    Weight = "L02.weight",
    Deadlines = "L02.deadlines",
    Difference = "L02.difference",
    NotBranch = "L03.branch",
    Negative = "L03.negative",
    NotReady = "L03.not_ready",
    UnknownCell = "L03.cell",
    CellNotReady = "L03.cell_not_ready",
    CellSum = "L03.cell_sum",
    SameRequest = "L03.same",
    NobodyAsked = "L04.nobody_asked",
    StillAsking = "L04.still_asking",
    Infeasible = "L04.infeasible",
    Certificate = "L04.certificate",
    Sum = "L04.sum",
    AboveReady = "L04.above_ready",
    SettledReason = "L04.settled_reason",
    NoRound = "L05.no_round",
    AnswerNumber = "L05.number",
    AnswerSame = "L05.same",
    NotParty = "L06.party",
    NotAccepted = "L06.not_accepted",
    SignedTwice = "L06.twice",
    PassMissing = "L07.pass",
    Unsigned = "L07.unsigned",
    OfficeUnsigned = "L07.office",
    NotAdopted = "L08.not_adopted",
    ChangeSame = "L08.same",
    ChangeUsed = "L08.used",
    ChangePending = "L08.pending",
    OtherUnit = "L08.other",
    OtherUsed = "L08.other_used",
    OtherReady = "L08.other_ready",
    OutOfBand = "L08.band",
    ChangeUnknown = "L09.unknown",
    ChangeDecided = "L09.decided",
    AlertUnanswered = "L10.unanswered",
    AlertSettled = "L10.settled",
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    severity: Severity,
    article: String,
    what: Text,
    #[serde(rename = "do")]
    remedy: Text,
}

static RULES: LazyLock<BTreeMap<String, Rule>> = LazyLock::new(|| {
    let book: Book = toml::from_str(include_str!("../../../../rulebooks/plan.toml"))
        .expect("a test reads the rules that came with the program");
    book.rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect()
});

/// What was found against an act so far, and what speaks for a second look.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<Finding>);

impl Reasons {
    /// Notes a finding at a place of the form.
    pub(super) fn find(&mut self, rule: PlanRule, field: &str, values: &[(&str, At)]) {
        let wording = RULES.get(rule.id()).expect("a test finds a wording for every check");
        let n = self.0.iter().filter(|finding| finding.rule == wording.id).count();
        self.0.push(Finding {
            rule: wording.id.clone(),
            severity: wording.severity,
            edition: EDITION.to_owned(),
            occurrence: u32::try_from(n).unwrap_or(u32::MAX),
            fields: vec![field.to_owned()],
            article: fill(&wording.article, values, Language::Zh),
            text: both(&wording.what, values),
            remedy: both(&wording.remedy, values),
        });
    }

    /// The answer, with the facts that are recorded if nothing refuses.
    pub(super) fn answer(self, facts: impl FnOnce() -> Vec<Fact>) -> Consideration {
        let (refusing, noted): (Vec<_>, Vec<_>) = self.0.into_iter().partition(Finding::is_error);
        let facts = if refusing.is_empty() { facts() } else { Vec::new() };
        Consideration::new(refusing, noted, facts)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_in_data_and_the_list_in_code_are_the_same() {
        let coded: BTreeSet<&str> = PlanRule::ALL.iter().map(|rule| rule.id()).collect();
        let written: BTreeSet<&str> = RULES.keys().map(String::as_str).collect();
        assert_eq!(coded, written);
        assert_eq!(coded.len(), PlanRule::ALL.len(), "an id is used twice");
        assert!(RULES.values().all(|rule| !rule.article.trim().is_empty()));
    }
}
