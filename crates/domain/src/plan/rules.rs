//! The checks of acts on a plan, by name. What they say stands in `rulebooks/plan.toml`; a test compares
//! the two lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::house::{HouseRule, Wording, house_rules};

house_rules! {
    /// A check of an act on a plan, by name.
    PlanRule {
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    rule: Vec<Wording>,
}

static RULES: LazyLock<BTreeMap<String, Wording>> = LazyLock::new(|| {
    let book: Book = toml::from_str(include_str!("../../../../rulebooks/plan.toml"))
        .expect("a test reads the rules that came with the program");
    book.rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect()
});

impl HouseRule for PlanRule {
    const EDITION: &'static str = "plan";

    fn wording(self) -> &'static Wording {
        RULES.get(self.id()).expect("a test finds a wording for every check")
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
