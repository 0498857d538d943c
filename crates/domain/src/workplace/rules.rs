//! The checks of acts on a workplace and the gaps of the register, by name. What they say stands in
//! `rulebooks/coverage.toml`; a test compares the two lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Settings;
use crate::house::{HouseRule, Wording, house_rules};
use crate::text::Text;

house_rules! {
    /// A check of an act on a workplace, or a gap, by name.
    WorkplaceRule {
        Unknown = "W01.unknown",
        Closed = "W01.closed",
        Future = "W01.future",
        BeforeListing = "W01.before_listing",
        UnitUnknown = "W01.unit_unknown",
        UnitClosed = "W01.unit_closed",
        Reason = "W01.reason",
        Approval = "W01.approval",
        Name = "W02.name",
        Ownership = "W02.ownership",
        Scale = "W02.scale",
        Staff = "W02.staff",
        Parent = "W02.parent",
        PartCode = "W02.part_code",
        NoCode = "W02.no_code",
        CodeLength = "W02.code_length",
        CodeCharacter = "W02.code_character",
        CodeCheck = "W02.code_check",
        CodeTaken = "W02.code_taken",
        Same = "W02.same",
        KindOfParts = "W02.kind_of_parts",
        PartMoves = "W03.part_moves",
        SameUnit = "W03.same_unit",
        PartsLeft = "W03.parts_left",
        PeopleLeft = "W03.people_left",
        ChargesLeft = "W03.charges_left",
        OrganisationLeft = "W03.organisation_left",
        PersonUnknown = "W04.person_unknown",
        NotFull = "W04.not_full",
        Sanctioned = "W04.sanctioned",
        ChargedTwice = "W04.twice",
        Letter = "W04.letter",
        LetterTaken = "W04.letter_taken",
        Term = "W04.term",
        TermOrder = "W04.term_order",
        InstructorOfPart = "W04.instructor_of_part",
        InstructorNotNeeded = "W04.instructor_not_needed",
        AreaOfWhole = "W04.area_of_whole",
        AreaNotBlank = "W04.area_not_blank",
        ChargeUnknown = "W04.unknown",
        ChargeEnded = "W04.ended",
        BeforeCharge = "W04.before",
        Note = "W04.note",
        AfterTerm = "W04.after_term",
        PartOrganised = "W05.part",
        OrganisedSame = "W05.same",
        OrganisationKind = "W05.kind",
        FewFull = "W05.few_full",
        NotKey = "W06.not_key",
        Year = "W06.year",
        Counts = "W06.counts",
        PlacedSame = "W07.same",
        PlacedGone = "W07.gone",
        NoOrganisation = "C32.no_organisation",
        StaffNoOrganisation = "C32.staff_no_organisation",
        StaffNoMember = "C32.staff_no_member",
        NoInstructor = "C33.no_instructor",
        TermOver = "C33.term_over",
        NoVisit = "C33.no_visit",
        NoAdmission = "C34.no_admission",
        DryVillage = "C38.no_admission",
        BlankParts = "C40.share",
        NoCard = "C41.no_card",
        NoGrowth = "C10.no_growth",
    }
}

/// The gaps of the register, in the order in which they are to be closed.
pub const GAPS: [WorkplaceRule; 11] = [
    WorkplaceRule::NoOrganisation,
    WorkplaceRule::NoInstructor,
    WorkplaceRule::TermOver,
    WorkplaceRule::NoVisit,
    WorkplaceRule::NoAdmission,
    WorkplaceRule::DryVillage,
    WorkplaceRule::BlankParts,
    WorkplaceRule::NoCard,
    WorkplaceRule::StaffNoOrganisation,
    WorkplaceRule::StaffNoMember,
    WorkplaceRule::NoGrowth,
];

impl WorkplaceRule {
    /// The gap of a name.
    #[must_use]
    pub fn gap(id: &str) -> Option<WorkplaceRule> {
        GAPS.into_iter().find(|rule| rule.id() == id)
    }

    /// The authority of it.
    #[must_use]
    pub fn article(self) -> &'static str {
        &self.wording().article
    }

    /// What a gap is called in a list; nothing for a check of an act.
    #[must_use]
    pub fn title(self) -> Option<&'static Text> {
        book().title.get(self.id())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    settings: Settings,
    title: BTreeMap<String, Text>,
    rule: Vec<Wording>,
}

pub(super) struct Book {
    pub(super) settings: Settings,
    title: BTreeMap<String, Text>,
    rules: BTreeMap<String, Wording>,
}

pub(super) fn book() -> &'static Book {
    static BOOK: LazyLock<Book> = LazyLock::new(|| {
        let Written { settings, title, rule } =
            toml::from_str(include_str!("../../../../rulebooks/coverage.toml"))
                .expect("a test reads the rules that came with the program");
        Book { settings, title, rules: rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect() }
    });
    &BOOK
}

impl HouseRule for WorkplaceRule {
    const EDITION: &'static str = "coverage";

    fn wording(self) -> &'static Wording {
        book().rules.get(self.id()).expect("a test finds a wording for every check")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_in_data_and_the_list_in_code_are_the_same() {
        let coded: BTreeSet<&str> = WorkplaceRule::ALL.iter().map(|rule| rule.id()).collect();
        let written: BTreeSet<&str> = book().rules.keys().map(String::as_str).collect();
        assert_eq!(coded, written);
        assert_eq!(coded.len(), WorkplaceRule::ALL.len(), "an id is used twice");
        assert!(book().rules.values().all(|rule| !rule.article.trim().is_empty()));
    }

    #[test]
    fn every_gap_has_a_title_and_nothing_else_has_one() {
        let titled: BTreeSet<&str> = book().title.keys().map(String::as_str).collect();
        let gaps: BTreeSet<&str> = GAPS.iter().map(|rule| rule.id()).collect();
        assert_eq!(titled, gaps);
    }
}
