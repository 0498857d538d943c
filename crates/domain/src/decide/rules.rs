//! The checks of an act that are not rules of the paper, by name. What they say stands in
//! `rulebooks/acts.toml`; a test compares the two lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::blanks::{At, both, fill};
use crate::finding::{Finding, Severity};
use crate::house::house_rules;
use crate::text::{Language, Text};

/// When a rule keeps an act from being recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Refuses {
    /// The act cannot be written down at all.
    Always,
    /// Live acts only; history is written down as it was.
    Live,
}

house_rules! {
    /// A check of an act, by name.
    ActRule {
        Future = "P01.future",
        LateReason = "P02.late_reason",
        Attestation = "P02.attestation",
        NeedlessBackFill = "P02.needless_back_fill",
        LegacyClosed = "P02.legacy_closed",
        NotOpened = "P03.not_opened",
        OpenedTwice = "P03.opened_twice",
        OtherFileOpen = "P03.other_file_open",
        PreviousUnknown = "P03.previous_unknown",
        Closed = "P03.closed",
        OnTheWay = "P03.on_the_way",
        NotOnTheWay = "P03.not_on_the_way",
        Suspended = "P03.suspended",
        NotSuspended = "P03.not_suspended",
        Objections = "P03.objections",
        NotOpen = "P03.not_open",
        BeforeStep = "P03.before_step",
        AlreadyDone = "P03.already_done",
        PassedBy = "P03.passed_by",
        Returned = "P03.returned",
        NothingToReturn = "P03.nothing_to_return",
        NoticeUnknown = "P03.notice",
        NoticeRunning = "P03.notice_running",
        NoticeUnclosed = "P03.notice_unclosed",
        NoticeOutcome = "P03.notice_outcome",
        Witnessed = "P05.witnessed",
        Gap = "P05.gap",
        LegacyGate = "P05.legacy",
        UnitUnknown = "P06.unit_unknown",
        CannotAdmit = "P06.cannot_admit",
        TooSmall = "P06.too_small",
        CannotApprove = "P06.cannot_approve",
        NotCommittee = "P06.not_committee",
        WrongBody = "P06.body",
        MinutesFigures = "P06.minutes",
        NotIndividual = "P06.individual",
        WrongTalker = "P06.talker",
        SamePerson = "P06.same_person",
        PersonUnknown = "P07.unknown",
        OwnVoucher = "P07.self",
        NamedTwice = "P07.twice",
        NotFull = "P07.not_full",
        UnderSanction = "P07.sanction",
        Relative = "P07.relative",
        Elsewhere = "P07.elsewhere",
        EvidenceMissing = "P08.evidence",
        Untraceable = "P08.untraceable",
        Unsigned = "P08.unsigned",
        AssessmentHalf = "P08.assessment",
        NoRecommendation = "P08.recommendation",
        NoLeague = "P08.league",
        OpinionsMissing = "P08.opinions",
        TopicsMissing = "P08.topics",
        FormNumber = "P08.form_number",
        Leaving = "P08.leaving",
        ReviewStale = "P08.review_stale",
        ReviewMethods = "P08.review_methods",
        CourseSpan = "P08.course_span",
        ArchiveItems = "P08.archive_items",
        Blank = "P08.blank",
        Figures = "P09.figures",
        DueMismatch = "P09.due",
        ExclusionConsent = "P09.exclusion",
        Tellers = "P09.tellers",
        ExtensionMonths = "P09.months",
        SpecialReason = "P09.special_reason",
        StandingDay = "P09.standing",
        AmendTarget = "P10.target",
        AmendChange = "P10.change",
        NotAcknowledgeable = "P11.not_acknowledgeable",
        WrongEnd = "P12.end",
        NotInformed = "P12.informed",
    }
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
    refuses: Refuses,
    article: String,
    what: Text,
    #[serde(rename = "do")]
    remedy: Text,
}

static RULES: LazyLock<BTreeMap<String, Rule>> = LazyLock::new(|| {
    let book: Book = toml::from_str(include_str!("../../../../rulebooks/acts.toml"))
        .expect("a test reads the rules that came with the program");
    book.rule.into_iter().map(|rule| (rule.id.clone(), rule)).collect()
});

impl ActRule {
    fn rule(self) -> &'static Rule {
        RULES.get(self.id()).expect("a test finds a wording for every check")
    }

    pub(super) fn refuses(self) -> Refuses {
        self.rule().refuses
    }

    pub(super) fn finding(self, edition: &str, field: String, values: &[(&str, At)]) -> Finding {
        let rule = self.rule();
        Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            edition: edition.to_owned(),
            occurrence: 0,
            fields: vec![field],
            article: fill(&rule.article, values, Language::Zh),
            text: both(&rule.what, values),
            remedy: both(&rule.remedy, values),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_in_data_and_the_list_in_code_are_the_same() {
        let coded: BTreeSet<&str> = ActRule::ALL.iter().map(|rule| rule.id()).collect();
        let written: BTreeSet<&str> = RULES.keys().map(String::as_str).collect();
        assert_eq!(coded, written);
        assert_eq!(coded.len(), ActRule::ALL.len(), "an id is used twice");
        for rule in RULES.values() {
            assert!(!rule.article.trim().is_empty(), "{}", rule.id);
        }
    }
}
