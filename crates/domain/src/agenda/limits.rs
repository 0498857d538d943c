//! The last days, and the lengths of notices, as the edition in force and the local packs give them.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::case::{Case, NoticeRun, NoticeStage, Step};
use crate::case_file;
use crate::decide::{Setting, described_on};
use crate::months::add_months;
use crate::rulebook::{DayUnit, Limit, Requirement, Rule, Span};

/// Months between reviews during probation: the practice of both rule sets.
const PROBATION_REVIEW_MONTHS: u16 = 3;
/// Months after the end of probation in which the meeting is due.
const CONFIRMATION_MONTHS: u16 = 3;
/// Days in which the papers go to the archive.
const ARCHIVE_DAYS: i64 = 30;

/// The last day for a step, where what it is counted from has happened.
pub(super) fn latest(case: &Case, setting: &Setting<'_>, step: Step, today: Date) -> Option<Date> {
    let limit = |of: Step, limit: Limit| {
        let described = described_on(setting.books, today, of)?;
        described.limits.get(&limit).copied()
    };
    let since = |of: Step| case.done(of).map(|record| record.on);
    let within = |of: Step| Some(add_months(since(of)?, limit(step, Limit::WithinMonths)?));
    match step {
        Step::InitialTalk => within(Step::Application),
        Step::HalfYearReview => review_window(case, limit(step, Limit::EveryMonths)?),
        Step::BranchMeeting => within(Step::PreExamination),
        Step::Approval => within(Step::BranchMeeting),
        Step::Oath => within(Step::Approval),
        Step::ProbationReview => {
            let last = since(Step::ProbationReview).or_else(|| case.admitted_on())?;
            Some(add_months(last, PROBATION_REVIEW_MONTHS).min(case.probation_ends_on()?))
        }
        Step::ConfirmationApplication => case.probation_ends_on().map(|on| add_months(on, 1)),
        Step::ConfirmationMeeting => case.probation_ends_on().map(|on| add_months(on, CONFIRMATION_MONTHS)),
        Step::ConfirmationApproval => within(Step::ConfirmationMeeting),
        Step::Archive => Some(since(Step::ConfirmationApproval)?.saturating_add(ARCHIVE_DAYS.days())),
        Step::Application
        | Step::ActivistListing
        | Step::ActivistFiling
        | Step::Mentors
        | Step::TargetListing
        | Step::TargetFiling
        | Step::Sponsors
        | Step::PoliticalReview
        | Step::ShortCourse
        | Step::CommitteeExamination
        | Step::PreExamination
        | Step::ApplicationForm
        | Step::ApprovalTalk
        | Step::ApprovalFiling
        | Step::Assignment => None,
    }
}

/// The last day of the first half-year without a review.
fn review_window(case: &Case, every_months: u16) -> Option<Date> {
    let start = case.activist_on()?;
    let has_review = |from: Date, to: Date| {
        case.records(Step::HalfYearReview).any(|review| review.on > from && review.on <= to)
    };
    let window = |k: u16| (add_months(start, k * every_months), add_months(start, (k + 1) * every_months));
    (0..100).map(window).find(|(from, to)| !has_review(*from, *to)).map(|(_, to)| to)
}

/// How long a notice before a decision has to be, if one is asked for on a day.
pub(super) fn notice_length(setting: &Setting<'_>, day: Date, stage: NoticeStage) -> Option<Span> {
    let stage = case_file::Stage::from(stage);
    let books = setting.books;
    let local = books.packs().iter().filter(|pack| setting.candidate.packs.contains(&pack.id));
    let mut rules = local.flat_map(|pack| &pack.rules).chain(&books.on(day).rules);
    rules.find_map(|rule| length_of(rule, stage))
}

fn length_of(rule: &Rule, wanted: case_file::Stage) -> Option<Span> {
    if let Requirement::NoticePosted { stage, length } = &rule.requirement
        && *stage == wanted
    {
        Some(*length)
    } else {
        None
    }
}

/// The last day of a notice of a length that begins on a day.
pub(super) fn last_day(setting: &Setting<'_>, from: Date, length: Span) -> Date {
    let counts = |day: &Date| match length.unit {
        DayUnit::Calendar => true,
        DayUnit::Working => setting.books.calendar().is_working_day(*day),
    };
    let nth = usize::from(length.count).saturating_sub(1);
    from.series(1.day()).filter(counts).nth(nth).unwrap_or(from)
}

/// The day on which a running notice can be closed: as announced, but not before its least length
/// has run on days that were witnessed.
pub(super) fn notice_ends(case: &Case, setting: &Setting<'_>, run: &NoticeRun) -> Date {
    debug_assert!(case.notices().contains(run));
    let length = notice_length(setting, run.from, run.stage);
    let least = length.map_or(run.from, |length| last_day(setting, run.counts_from, length));
    run.last_on.max(least)
}
