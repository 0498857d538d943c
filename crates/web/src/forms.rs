//! The forms of acts as data: for each kind of event the fields in the order of the paper form, with
//! where each goes in the body of the event. Drawing and reading them is in `forms::sheet`; what is
//! lawful is decided elsewhere.

mod sections;
mod sheet;

use domain::access::Action;

pub(crate) use sections::{Part, Section, sections};
pub(crate) use sheet::{
    Answers, Control, Drawn, Listed, Sheet, day, element_id, listed, unreadable, written,
};

/// Thousandths as people write them: per cent, with a decimal only where there is one.
pub(crate) fn per_cent(permille: i64) -> String {
    match permille % 10 {
        0 => (permille / 10).to_string(),
        tenth => format!("{}.{tenth}", permille / 10),
    }
}

/// Reads per cent with at most one decimal as thousandths; a sign of per cent may stand behind it.
pub(crate) fn permille(text: &str) -> Option<i64> {
    let text = text.trim_end_matches(['%', '％']).trim();
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(whole, 9) || !is_number(tenth, 1) {
        return None;
    }
    Some(whole.parse::<i64>().ok()? * 10 + tenth.parse::<i64>().ok()?)
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Day,
    Number,
    Line,
    Lines,
    YesNo,
    /// One word of a closed list, by the list's name in the translations.
    One(&'static str, &'static [&'static str]),
    /// Any words of a closed list.
    Many(&'static str, &'static [&'static str]),
    /// Someone of the branch's full members; fills identity and name.
    Member,
    /// One of the mentors in office.
    Mentor,
    /// A unit above the branch that may approve.
    Committee,
    /// The branch that keeps the file.
    OwnBranch,
    /// A unit by its code.
    UnitCode,
    /// A value that comes with the way to the form.
    Given,
    /// A value that is always the same.
    Fixed(&'static str),
}

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Where it goes in the body; dots lead inwards, numbers are positions.
    pub(crate) path: &'static str,
    pub(crate) input: Input,
    pub(crate) is_required: bool,
}

impl Field {
    /// Whether nobody fills it in.
    fn is_hidden(self) -> bool {
        matches!(self.input, Input::Given | Input::Fixed(_))
    }
}

const fn must(path: &'static str, input: Input) -> Field {
    Field { path, input, is_required: true }
}

const fn may(path: &'static str, input: Input) -> Field {
    Field { path, input, is_required: false }
}

use Input::*;

const CHANNEL: Input = One("channel", &["unit", "residence", "floating"]);
const TOPICS: Input =
    Many("topic", &["history", "understanding", "motive", "law_abidance", "family", "basics_explained"]);
const RECOMMENDER: Input =
    One("recommender", &["members", "youth_league", "union", "womens_federation", "public"]);
const OPINIONS: Input = Many("opinion", &["group", "mentors", "members", "masses"]);
const REVIEW: Input = One("review", &["continue", "points_to_improve", "adjustment_advised"]);
const SOURCE: Input = One("source", &["mentors", "organisation", "invited"]);
const METHODS: Input = Many("method", &["talk", "archives", "enquiry", "inquiry_letter", "visit"]);
const TALKER: Input = One("talker", &["committee_member", "organiser"]);
const MOTION: Input = One("motion", &["confirm", "extend", "cancel"]);
const ITEMS: Input = Many(
    "item",
    &["admission_form", "application", "political_review", "confirmation_application", "training_material"],
);
const KEEPING: Input = One("keeping", &["personnel_file", "party_file"]);
const NOTICE: Input = One("notice", &["target", "admission", "confirmation"]);
const OUTCOME: Input = One("outcome", &["proceed", "check", "stop"]);
const SETTLED: Input = One("outcome", &["proceed", "stop"]);
const GROUNDS: Input = One(
    "ground",
    &["cannot_express_will", "abroad_at_own_expense", "serving_sentence", "long_ill", "away_not_transferred"],
);
const END: Input =
    One("end-reason", &["withdrawn", "removed_from_list", "refused", "not_recognised", "died", "left"]);
const BRANCH_POST: Input = One("post", &["secretary", "deputy_secretary", "organisation_member"]);
const LEADER_POST: Input =
    One("post", &["secretary", "deputy_secretary", "organiser", "organisation_member"]);
const BRANCH_BODY: Input = One("body", &["branch_committee", "branch_meeting", "general_branch_committee"]);
const STEPS: Input = One(
    "step",
    &[
        "application",
        "initial_talk",
        "activist_listing",
        "mentors",
        "half_year_review",
        "target_listing",
        "sponsors",
        "political_review",
        "short_course",
        "committee_examination",
        "pre_examination",
        "application_form",
        "branch_meeting",
        "confirmation_meeting",
    ],
);

macro_rules! minutes {
    ($body:expr) => {
        [
            must("minutes.body", $body),
            must("minutes.n_members", Number),
            must("minutes.n_present", Number),
            must("minutes.n_for", Number),
            must("minutes.is_agreed", YesNo),
        ]
    };
}

const BALLOT: [Field; 20] = [
    must("ballot.due", Number),
    must("ballot.present", Number),
    must("ballot.for", Number),
    must("ballot.against", Number),
    must("ballot.abstain", Number),
    may("ballot.written_for", Number),
    must("ballot.is_secret", YesNo),
    must("ballot.is_individual", YesNo),
    must("ballot.tellers.0.person", Member),
    must("ballot.tellers.1.person", Member),
    must("ballot.signed_by.person", Member),
    must("ballot.signed_by.post", BRANCH_POST),
    may("ballot.excluded.0.name", Line),
    may("ballot.excluded.0.reason", GROUNDS),
    may("ballot.excluded.0.consent", Line),
    may("ballot.excluded.0.consented_on", Day),
    may("ballot.excluded.1.name", Line),
    may("ballot.excluded.1.reason", GROUNDS),
    may("ballot.excluded.1.consent", Line),
    may("ballot.excluded.1.consented_on", Day),
];

const VOUCHERS_OF_MENTORS: [Field; 4] = [
    must("mentors.0.person", Member),
    must("mentors.0.is_relative", YesNo),
    may("mentors.1.person", Member),
    may("mentors.1.is_relative", YesNo),
];

/// Acts that are always at hand beside the next step.
pub(crate) const BESIDE: [&str; 9] = [
    "case.thought_reported",
    "case.activist_reviewed",
    "case.mentor_replaced",
    "case.suspended",
    "case.resumed",
    "case.step_returned",
    "case.fault_acknowledged",
    "case.transfer_sent",
    "case.ended",
];

/// What recording a kind of event is, in the words of the table of access.
pub(crate) fn action(kind: &str) -> Action {
    match kind {
        "case.step_returned" | "case.fault_acknowledged" => Action::DecideStep,
        "case.invalidated" | "case.corrected" => Action::Correct,
        _ => Action::RecordStep,
    }
}

/// The fields of a kind of event; none for a kind that is not entered by a form.
pub(crate) fn fields(kind: &str) -> Option<Vec<Field>> {
    admission_fields(kind).or_else(|| later_fields(kind)).or_else(|| other_fields(kind))
}

/// Steps 1 to 14.
fn admission_fields(kind: &str) -> Option<Vec<Field>> {
    let fields = match kind {
        "case.application_received" => vec![must("channel", CHANNEL), must("is_signed", YesNo)],
        "case.applicant_talked" => {
            vec![must("talker.person", Member), must("talker.post", BRANCH_POST), must("topics", TOPICS)]
        }
        "case.activist_listed" => [
            &[must("recommendations.0.by", RECOMMENDER), must("recommendations.0.on", Day)][..],
            &minutes!(BRANCH_BODY),
        ]
        .concat(),
        "case.activist_filed" => vec![must("committee", Committee), must("reply", Line)],
        "case.mentors_named" => VOUCHERS_OF_MENTORS.to_vec(),
        "case.activist_reviewed" => vec![must("result", REVIEW), must("is_noted_by_mentors", YesNo)],
        "case.target_listed" => [
            &[
                must("opinions", OPINIONS),
                must("assessment.political_quality", Lines),
                must("assessment.ability", Lines),
            ][..],
            &minutes!(BRANCH_BODY),
            &[must("awaits_agreement", Fixed("false"))],
        ]
        .concat(),
        "case.target_filed" => {
            vec![must("committee", Committee), must("reply", Line), must("is_agreed", YesNo)]
        }
        "case.sponsors_named" => vec![
            must("sponsors.0.person", Member),
            must("sponsors.0.is_relative", YesNo),
            must("sponsors.1.person", Member),
            must("sponsors.1.is_relative", YesNo),
            must("source", SOURCE),
        ],
        "case.political_review_concluded" => {
            vec![must("methods", METHODS), must("is_passed", YesNo), may("valid_until", Day)]
        }
        "case.course_attended" => vec![
            must("from", Day),
            must("to", Day),
            must("days", Number),
            must("hours", Number),
            must("cohort", Line),
            must("paper", Line),
            must("exam_on", Day),
            must("is_passed", YesNo),
            may("certificate", Line),
            may("certificate_on", Day),
        ],
        "case.committee_examined" => [&[must("opinions", OPINIONS)][..], &minutes!(BRANCH_BODY)].concat(),
        "case.pre_examined" => vec![
            must("committee", Committee),
            must("is_passed", YesNo),
            may("form", Line),
            must("is_leaving", YesNo),
        ],
        "case.form_filled" => {
            vec![must("form", Line), must("is_signed", YesNo), must("is_signed_by_sponsors", YesNo)]
        }
        _ => return None,
    };
    Some(fields)
}

/// Steps 15 to 25.
fn later_fields(kind: &str) -> Option<Vec<Field>> {
    let committee = || {
        [
            &[must("committee", Committee)][..],
            &minutes!(Fixed("committee")),
            &[must("is_individual", YesNo), must("is_approved", YesNo)],
        ]
        .concat()
    };
    let fields = match kind {
        "case.admission_voted" => BALLOT.to_vec(),
        "case.approval_talk_held" => {
            vec![must("capacity", TALKER), must("talker.name", Line), must("is_recommended", YesNo)]
        }
        "case.approval_decided" => [
            &committee()[..],
            &[may("probation_from", Day), may("probation_to", Day), may("special_reason", Lines)],
        ]
        .concat(),
        "case.approval_filed" => vec![must("department", Committee), must("reply", Line)],
        "case.assigned" => vec![must("branch", OwnBranch), may("group", Number)],
        "case.oath_taken" => {
            vec![must("held_by", Committee), must("led_by.name", Line), must("led_by.post", LEADER_POST)]
        }
        "case.probation_reviewed" => vec![must("result", REVIEW)],
        "case.confirmation_applied" => vec![must("is_signed", YesNo)],
        "case.confirmation_voted" => {
            [&[must("motion", MOTION), may("extend_months", Number), must("opinions", OPINIONS)][..], &BALLOT]
                .concat()
        }
        "case.confirmation_decided" => [&committee()[..], &[may("standing_from", Day)]].concat(),
        "case.archived" => vec![must("items", ITEMS), must("keeping", KEEPING), must("number", Line)],
        _ => return None,
    };
    Some(fields)
}

/// Everything that is no step.
fn other_fields(kind: &str) -> Option<Vec<Field>> {
    let fields = match kind {
        "case.thought_reported" => vec![must("is_signed", YesNo)],
        "case.mentor_replaced" => vec![
            must("leaving.person", Mentor),
            may("joining.person", Member),
            may("joining.is_relative", YesNo),
            must("reason", Lines),
        ],
        "case.notice_opened" => vec![must("stage", NOTICE), must("last_on", Day), must("place", Line)],
        "case.notice_closed" => vec![
            must("notice", Given),
            must("to", Day),
            must("n_objections", Number),
            must("outcome", OUTCOME),
        ],
        "case.objections_settled" => {
            vec![must("notice", Given), must("outcome", SETTLED), must("finding", Line)]
        }
        "case.suspended" | "case.resumed" => vec![must("reason", Lines)],
        "case.step_returned" => vec![must("step", STEPS), must("reason", Lines)],
        "case.fault_acknowledged" => vec![
            must("rule", Line),
            must("occurrence", Number),
            must("committee", Committee),
            must("reason", Lines),
        ],
        "case.transfer_sent" => {
            vec![must("to", UnitCode), must("is_file_included", YesNo), must("reason", Lines)]
        }
        "case.transfer_received" => vec![must("by", UnitCode), must("is_file_received", YesNo)],
        "case.ended" => {
            vec![must("reason", END), must("grounds", Lines), may("informed_on", Day), may("reply", Lines)]
        }
        "case.corrected" => vec![must("event", Given), must("becomes", Day), must("reason", Lines)],
        "case.invalidated" => vec![must("event", Given), must("reason", Lines)],
        _ => return None,
    };
    Some(fields)
}

#[cfg(test)]
mod tests {
    use domain::case::{CaseEvent, EndReason};
    use domain::event::Event;
    use domain::person::{Education, Occupation, Sex, Stage};
    use domain::role::Role;
    use domain::unit::{PostKind, Sector, UnitKind};

    use super::*;
    use crate::words::{Locale, Words};

    /// A file is opened on the person's page, and a scan has a page of its own.
    const WITHOUT: [&str; 2] = ["case.opened", "case.paper_attached"];

    #[test]
    fn every_kind_of_event_has_a_form() {
        for kind in CaseEvent::KINDS {
            assert_eq!(fields(kind).is_some(), !WITHOUT.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn every_field_and_word_of_the_forms_is_translated() {
        let mut keys = Vec::new();
        for kind in CaseEvent::KINDS {
            for field in fields(kind).unwrap_or_default() {
                if !field.is_hidden() {
                    keys.push(sheet::label_key(field.path));
                }
                if let One(list, words) | Many(list, words) = field.input {
                    keys.extend(words.iter().map(|word| sheet::word_key(list, word)));
                }
            }
        }
        keys.extend(PostKind::ALL.iter().map(|post| format!("post-{}", post.as_str())));
        keys.extend(Stage::ALL.iter().map(|stage| format!("stage-{}", stage.as_str())));
        keys.extend(Stage::ALL.iter().map(|stage| format!("standing-{}", stage.as_str())));
        keys.extend(UnitKind::ALL.iter().map(|kind| format!("unit-kind-{}", kind.as_str())));
        keys.extend(Sector::ALL.iter().map(|kind| format!("sector-{}", kind.as_str())));
        let events = Event::KINDS.iter().chain(&CaseEvent::KINDS);
        keys.extend(events.map(|kind| format!("event-{}", kind.replace('.', "-"))));
        keys.extend(Role::ALL.iter().map(|role| format!("role-{}", role.as_str())));
        keys.extend(Sex::ALL.iter().map(|sex| format!("sex-{}", sex.as_str())));
        keys.extend(Education::ALL.iter().map(|level| format!("education-{}", level.as_str())));
        keys.extend(Occupation::ALL.iter().map(|work| format!("occupation-{}", work.as_str())));
        keys.extend(EndReason::ALL.iter().map(|reason| format!("end-reason-{}", reason.as_str())));
        for key in keys {
            for locale in [Locale::Zh, Locale::En] {
                assert!(Words(locale).knows(&key), "`{key}` in {locale:?}");
            }
        }
    }

    #[test]
    fn per_cent_is_written_as_people_do_and_read_back() {
        for (text, n) in [("70", 700), ("18.5", 185), ("0", 0), ("100", 1000), ("2.0 %", 20), ("26％", 260)]
        {
            assert_eq!(permille(text), Some(n), "{text}");
        }
        for text in ["", ".5", "18.55", "1e2", "-3", "七十", "18,5", "18."] {
            assert_eq!(permille(text), None, "{text}");
        }
        assert_eq!([700, 185, 0].map(per_cent), ["70", "18.5", "0"]);
        for n in 0..=1000 {
            assert_eq!(permille(&per_cent(n)), Some(n));
        }
    }
}
