//! The checks of acts on a plan, by name. What they say stands in `rulebooks/plan.toml`; a test compares
//! the two lists.

use crate::house::{house_book, house_rules};

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

house_book!(PlanRule, "plan", include_str!("../../../../rulebooks/plan.toml"));
