//! The checks of acts on a year's responsibility, by name, and what ships with the program: the scheme,
//! the clauses of a letter and an example of objectives. All of it stands in `rulebooks/charge.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Scheme;
use crate::house::{HouseRule, Wording, house_rules};
use crate::text::Text;

house_rules! {
    /// A check of an act on a year's responsibility, by name.
    ChargeRule {
        Unknown = "R01.unknown",
        UnitUnknown = "R01.unit",
        Future = "R01.future",
        Reason = "R01.reason",
        Taken = "R02.taken",
        Year = "R02.year",
        Days = "R02.days",
        Weights = "R02.weights",
        Item = "R02.item",
        Grades = "R02.grades",
        Title = "R03.title",
        Parent = "R03.parent",
        Cycle = "R03.cycle",
        OwnerPost = "R03.post",
        OutsideParent = "R03.outside",
        DueYear = "R03.due_year",
        DueParent = "R03.due_parent",
        MeasureTarget = "R03.target",
        TaskUnknown = "R03.unknown",
        TaskDone = "R03.done",
        SameAnswer = "R03.same",
        NotOverdue = "R03.not_overdue",
        Figure = "R03.figure",
        Evidence = "R03.evidence",
        NoOwner = "V29.no_owner",
        NoTarget = "V29.no_target",
        NoPostTarget = "V29.no_post_target",
        NothingToDraft = "V28.nothing",
        LetterUnknown = "V28.unknown",
        LetterReplaced = "V28.replaced",
        SignedTwice = "V28.twice",
        TextChanged = "V28.text",
        WrongPost = "V28.wrong_post",
        BeforeDraft = "V28.before_draft",
        Late = "V28.late",
        WrongYear = "V28.year",
        NotInPost = "V28.not_in_post",
        NoLetter = "V28.no_letter",
        Unsigned = "V28.unsigned",
        OneSided = "V28.one_sided",
        PostChanged = "V28.post_changed",
        SameHolder = "V28.same_holder",
        LetterUnsigned = "V32.unsigned",
        Range = "V32.range",
        ItemUnknown = "V32.item",
        OwnUnit = "V32.own_unit",
        Flow = "V32.flow",
        Decided = "V32.decided",
        Bonus = "V32.bonus",
        Undecided = "V32.undecided",
        AppealOpen = "V32.appeal_open",
        NoAppeal = "V32.no_appeal",
        Base = "V32.base",
        NoAward = "V32.no_award",
        AwardTwice = "V32.award_twice",
        AwardStale = "V32.award_stale",
        NotAppraised = "V32.not_appraised",
        NotUsed = "V32.not_used",
    }
}

/// A clause of a letter, with blanks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clauses {
    /// The heading.
    pub(super) title: Text,
    /// Whatever every letter says, in order.
    pub(super) clause: Vec<Text>,
    /// One task.
    pub(super) task: Text,
    /// Where the unit has places in the adopted plan.
    pub(super) quota: Text,
    /// The ending.
    pub(super) end: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    scheme: Scheme,
    letter: Clauses,
    example: Vec<Text>,
    rule: Vec<Wording>,
}

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../rulebooks/charge.toml"))
        .expect("a test reads the rules that came with the program")
});

/// The scheme that a new year starts from.
#[must_use]
pub fn shipped_scheme() -> Scheme {
    BOOK.scheme.clone()
}

/// An example of objectives, those below another indented by two spaces.
#[must_use]
pub fn example() -> &'static [Text] {
    &BOOK.example
}

pub(super) fn clauses() -> &'static Clauses {
    &BOOK.letter
}

impl HouseRule for ChargeRule {
    const EDITION: &'static str = "charge";

    fn wording(self) -> &'static Wording {
        BOOK.rule.iter().find(|rule| rule.id == self.id()).expect("a test finds a wording for every check")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_in_data_and_the_list_in_code_are_the_same() {
        let coded: BTreeSet<&str> = ChargeRule::ALL.iter().map(|rule| rule.id()).collect();
        let written: BTreeSet<&str> = BOOK.rule.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(coded, written);
        assert_eq!((coded.len(), BOOK.rule.len()), (ChargeRule::ALL.len(), coded.len()), "used twice");
        assert!(BOOK.rule.iter().all(|rule| !rule.article.trim().is_empty()));
    }
}
