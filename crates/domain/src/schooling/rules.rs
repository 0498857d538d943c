//! The checks of acts of schooling, by name. What they say stands in `rulebooks/schooling.toml`; a test compares
//! the two lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::house::{HouseRule, Wording, house_rules};

house_rules! {
    /// A check of an act of schooling, by name.
    SchoolRule {
        Unknown = "E01.unknown",
        UnitClosed = "E01.unit_closed",
        Reason = "E01.reason",
        Nobody = "E01.nobody",
        NotEnrolled = "E01.not_enrolled",
        Title = "E02.title",
        Year = "E02.year",
        Percent = "E02.percent",
        HoursDue = "E02.hours_due",
        Organiser = "E02.organiser",
        ShortForTargets = "E02.class",
        TooShort = "E02.too_short",
        Sessions = "E02.sessions",
        SessionNumber = "E02.number",
        SessionHours = "E02.hours",
        Topic = "E02.topic",
        SessionYear = "E02.session_year",
        LacksGathering = "E03.gathering",
        LacksContent = "E03.content",
        LacksMode = "E03.mode",
        SessionHeld = "E03.held",
        Same = "E03.same",
        NoFile = "E04.no_file",
        Twice = "E04.twice",
        OutOfScope = "E04.scope",
        WrongClass = "E04.class",
        Regime = "E04.regime",
        NoSession = "E05.no_session",
        NotYet = "E05.not_yet",
        AttendedHours = "E05.hours",
        Repeated = "E05.repeated",
        NotAttended = "E05.not_attended",
        Nothing = "E06.nothing",
        QuestionText = "E06.text",
        Points = "E06.points",
        Options = "E06.options",
        Key = "E06.key",
        QuestionTwice = "E06.twice",
        NoQuestion = "E06.unknown",
        Shortage = "E07.shortage",
        NoItems = "E07.no_items",
        OpensLate = "E07.opens",
        Minutes = "E07.minutes",
        NobodyEnrolled = "E07.nobody",
        BeforeLast = "E07.before_last",
        SecondPaper = "E07.second",
        SamePaper = "E07.same",
        ResitFirst = "E07.resit_first",
        ResitEarly = "E07.resit_early",
        ResitNobody = "E07.resit_nobody",
        NoPaper = "E08.no_paper",
        Sealed = "E08.sealed",
        Over = "E08.over",
        SatTwice = "E08.twice",
        ResitPassed = "E08.passed",
        SitsElsewhere = "E08.elsewhere",
        NotBegun = "E08.not_begun",
        HandedIn = "E08.handed_in",
        SavedElsewhere = "E08.saved_elsewhere",
        NoItem = "E08.no_item",
        Letters = "E08.letters",
        AnswerLong = "E08.long",
        NotOver = "E08.not_over",
        Extension = "E08.extension",
        StillWriting = "E09.still_writing",
        NotWritten = "E09.not_written",
        MarkPoints = "E09.points",
        SameMarker = "E09.same_marker",
        Marked = "E09.marked",
        HoursMissing = "E10.hours",
        HasOne = "E10.has_one",
        NoResult = "E10.no_result",
        NotPassed = "E10.not_passed",
        BeforeEnd = "E10.before_end",
        NoCertificate = "E10.unknown",
        VoidAlready = "E10.void",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    rule: Vec<Wording>,
}

static RULES: LazyLock<BTreeMap<String, Wording>> = LazyLock::new(|| {
    let book: Book = toml::from_str(include_str!("../../../../rulebooks/schooling.toml"))
        .expect("a test reads the rules that came with the program");
    book.rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect()
});

impl HouseRule for SchoolRule {
    const EDITION: &'static str = "schooling";

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
        let coded: BTreeSet<&str> = SchoolRule::ALL.iter().map(|rule| rule.id()).collect();
        let written: BTreeSet<&str> = RULES.keys().map(String::as_str).collect();
        assert_eq!(coded, written);
        assert_eq!(coded.len(), SchoolRule::ALL.len(), "an id is used twice");
        assert!(RULES.values().all(|rule| !rule.article.trim().is_empty()));
    }
}
