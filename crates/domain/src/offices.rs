//! The checks of changes to the tree and the roster, by name. What they say, their figures and the names
//! of kinds stand in `rulebooks/offices.toml`; tests compare the two lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::blanks::At;
use crate::house::{HouseRule, Wording, house_rules};
use crate::person::{Departure, Stage};
use crate::text::Text;
use crate::unit::{PostKind, UnitKind};

house_rules! {
    /// A check of a change to tree or roster, by name.
    OfficeRule {
        TreeFuture = "T01.future",
        BeforeOpening = "T01.before_opening",
        Approval = "T01.approval",
        UnitName = "T01.name",
        UnitCode = "T01.code",
        CodeTaken = "T01.code_taken",
        UnitUnknown = "T01.unknown",
        UnitClosed = "T01.closed",
        SecondTop = "T01.second_top",
        TopKind = "T01.top_kind",
        ParentKind = "T01.kind",
        ChildrenKind = "T01.children_kind",
        Cycle = "T01.cycle",
        SameParent = "T01.same_parent",
        UnitSame = "T01.same",
        Itself = "T01.itself",
        PeopleLeft = "T01.people_left",
        ChildrenLeft = "T01.children_left",
        Letters = "T01.letters",
        FilesOnWay = "T01.files_on_way",
        NoBranch = "T01.no_branch",
        Provisional = "T01.provisional",
        EmptySplit = "T01.empty_split",
        NothingToSplit = "T01.nothing_to_split",
        NothingBelow = "T01.nothing_below",
        TopStays = "T01.top_stays",
        NotHere = "T01.not_here",
        Twice = "T01.twice",
        Small = "T01.small",
        Large = "T01.large",
        BelowUsual = "T01.below_usual",
        OfficeUnfit = "T02.office",
        OfficeHeld = "T02.held",
        SameHolder = "T02.same_holder",
        PersonUnknown = "T02.person_unknown",
        HolderNotFull = "T02.not_full",
        HolderSanctioned = "T02.sanction",
        HolderElsewhere = "T02.elsewhere",
        UnknownPost = "T02.unknown_post",
        NoPosts = "T02.no_posts",
        TermEnded = "T02.ended",
        BeforeStart = "T02.before_start",
        TermReason = "T02.reason",
        GroupPlace = "T02.group_place",
        GroupTaken = "T02.group_taken",
        RosterFuture = "M01.future",
        RosterUnit = "M01.unit",
        RosterNoBranch = "M01.no_branch",
        RosterProvisional = "M01.provisional",
        PersonName = "M01.name",
        UnderAge = "M01.under_age",
        Ethnicity = "M01.ethnicity",
        IdNumber = "M01.id_number",
        IdBirth = "M01.id_birth",
        IdSex = "M01.id_sex",
        EnteredFormer = "M01.former",
        AdmittedMissing = "M01.admitted_missing",
        FullMissing = "M01.full_missing",
        DatesUnfit = "M01.dates_unfit",
        DatesOrder = "M01.order",
        ShortProbation = "M01.short_probation",
        LateDate = "M01.late_date",
        Grounds = "M01.reason",
        EntrySame = "M01.same",
        StageOfFile = "M01.running_file",
        EntryMerged = "M01.merged",
        HasLeft = "M01.departed",
        BeforeKnown = "M01.before_known",
        NotMember = "M01.not_member",
        DepartureKind = "M01.departure_kind",
        SanctionNotFull = "M01.not_full",
        SanctionSame = "M01.sanction_same",
        SanctionHoldsPost = "M01.holds_post",
        GroupElsewhere = "M01.group_elsewhere",
        OnTheWay = "M02.on_the_way",
        SameUnit = "M02.same_unit",
        NotSent = "M02.not_sent",
        OtherUnit = "M02.other_unit",
        BeforeLetter = "M02.before_letter",
        Overdue = "M02.overdue",
        FileNotSent = "M02.file_not_sent",
        FileMissing = "M02.file_missing",
        TransferOfFile = "M02.running_file",
        TransferHoldsPost = "M02.holds_post",
        MergeItself = "M03.itself",
        MergeUnknown = "M03.unknown",
        MergeFile = "M03.running_file",
        MergeHoldsPost = "M03.holds_post",
        MergeStage = "M03.stage",
        MergeSanction = "M03.sanction",
        MergeNumbers = "M03.numbers",
        MergeDiffers = "M03.differs",
        NeedUnknown = "N01.need",
        NeedUnexplained = "N01.text",
        NothingMasked = "N01.nothing",
        ShownAlready = "N01.shown",
    }
}

/// The figures that the checks go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Full members that a branch needs.
    pub branch_full_members: u32,
    /// Members that a branch usually has at most.
    pub branch_members_usual: u32,
    /// Members that a general branch usually has at least.
    pub general_branch_members: u32,
    /// Members that a base-level committee usually has at least.
    pub committee_members: u32,
    /// Days for which a letter of transfer is valid.
    pub letter_days: i64,
    /// Completed years of age from which one may apply.
    pub least_age: i16,
    /// Months of probation.
    pub probation_months: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    figures: Figures,
    rule: Vec<Wording>,
    names: BTreeMap<String, BTreeMap<String, Text>>,
}

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../rulebooks/offices.toml"))
        .expect("a test reads the rules that came with the program")
});

/// The figures in force.
#[must_use]
pub fn figures() -> Figures {
    BOOK.figures
}

/// What a kind of organisation is called.
#[must_use]
pub fn unit_kind(kind: UnitKind) -> Text {
    name("unit_kind", kind.as_str())
}

/// What an office is called.
#[must_use]
pub fn post_kind(kind: PostKind) -> Text {
    name("post_kind", kind.as_str())
}

/// What a stage is called.
#[must_use]
pub fn stage(stage: Stage) -> Text {
    name("stage", stage.as_str())
}

/// What a way of leaving is called.
#[must_use]
pub fn departure(departure: Departure) -> Text {
    name("departure", departure.as_str())
}

fn name(list: &str, word: &str) -> Text {
    BOOK.names
        .get(list)
        .and_then(|names| names.get(word))
        .expect("a test finds a name for every kind")
        .clone()
}

impl HouseRule for OfficeRule {
    const EDITION: &'static str = "offices";

    fn wording(self) -> &'static Wording {
        BOOK.rule.iter().find(|rule| rule.id == self.id()).expect("a test finds a wording for every check")
    }
}

/// Words as a value of a wording.
pub(crate) fn words(text: &Text) -> At {
    At::Words(text.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_in_data_and_the_list_in_code_are_the_same() {
        let coded: BTreeSet<&str> = OfficeRule::ALL.iter().map(|rule| rule.id()).collect();
        let written: BTreeSet<&str> = BOOK.rule.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(coded, written);
        assert_eq!(
            (coded.len(), BOOK.rule.len()),
            (OfficeRule::ALL.len(), coded.len()),
            "an id is used twice"
        );
        assert!(BOOK.rule.iter().all(|rule| !rule.article.trim().is_empty()));
    }

    #[test]
    fn every_kind_has_a_name() {
        for &kind in UnitKind::ALL {
            assert!(!unit_kind(kind).zh.is_empty());
        }
        for &kind in PostKind::ALL {
            assert!(!post_kind(kind).en.is_empty());
        }
        for &reached in Stage::ALL {
            assert!(!stage(reached).zh.is_empty());
        }
        for &way in Departure::ALL {
            assert!(!departure(way).en.is_empty());
        }
    }
}
