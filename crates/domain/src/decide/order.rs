//! Is this the act's turn: earlier steps, halts, notices, and what was done already.

use jiff::civil::Date;

use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::case::{Case, Change, NoticeOutcome, NoticeStage, Step};
use crate::months::add_months;
use crate::rulebook::{self, Edition, Limit, Rulebooks};

pub(super) fn check(checking: &mut Checking<'_>) {
    if !check_opened(checking) {
        return;
    }
    check_halts(checking);
    if let Change::Completed(record) = &checking.act.change {
        let step = record.step();
        check_step(checking, step);
        check_notice_before(checking, step);
    } else {
        check_other(checking);
    }
}

/// Whether the file can take the act at all.
fn check_opened(checking: &mut Checking<'_>) -> bool {
    let is_open = checking.case.opened_on().is_some();
    if let Change::Opened(opened) = &checking.act.change {
        if is_open {
            checking.find(ActRule::OpenedTwice, "case", &[]);
        }
        let others = &checking.setting.other_cases;
        if let Some((case, _)) = others.iter().find(|(_, is_closed)| !**is_closed) {
            checking.find(ActRule::OtherFileOpen, "case", &[("case", At::Number(case.0))]);
        } else if opened.previous.map_or(!others.is_empty(), |previous| !others.contains_key(&previous)) {
            let case = opened.previous.map_or("—".into(), |previous| previous.to_string());
            checking.find(ActRule::PreviousUnknown, "previous", &[("case", At::Plain(case))]);
        }
        return false;
    }
    if !is_open {
        checking.find(ActRule::NotOpened, "case", &[]);
        return false;
    }
    // What was written can be put right and proved by a scan, and an admission found void, even in a
    // closed file.
    let is_amending = checking.act.change.is_amending()
        || matches!(&checking.act.change, Change::PaperAttached(_))
        || matches!(&checking.act.change, Change::Ended(end) if end.reason == crate::case::EndReason::NotRecognised);
    if checking.case.is_closed() && !is_amending {
        checking.find(ActRule::Closed, "case", &[]);
    }
    true
}

fn check_halts(checking: &mut Checking<'_>) {
    let change = &checking.act.change;
    let is_review = change.step().is_some_and(Step::is_repeated);
    let goes_on = change.is_amending()
        || is_review
        || matches!(
            change,
            Change::Resumed(_)
                | Change::ObjectionsSettled(_)
                | Change::NoticeClosed(_)
                | Change::Ended(_)
                | Change::TransferSent(_)
                | Change::TransferReceived(_)
                | Change::ThoughtReported(_)
                | Change::FaultAcknowledged(_)
                | Change::PaperAttached(_)
        );
    if checking.case.on_the_way_to().is_some()
        && !matches!(change, Change::TransferReceived(_))
        && !change.is_amending()
    {
        checking.find(ActRule::OnTheWay, "case", &[]);
    }
    if goes_on {
        return;
    }
    if let Some(hold) = checking.case.hold() {
        checking.find(ActRule::Suspended, "case", &[("since", At::Day(hold.since))]);
    }
    if checking.case.has_open_objections() {
        checking.find(ActRule::Objections, "case", &[]);
    }
    let repaired = change.step();
    let returned: Vec<Step> = checking.case.returned().map(|(step, _)| step).collect();
    for step in returned.into_iter().filter(|step| Some(*step) != repaired) {
        let missing = checking.called(step);
        checking.find(ActRule::Returned, "step", &[("missing", missing)]);
    }
}

fn check_step(checking: &mut Checking<'_>, step: Step) {
    let (case, act) = (checking.case, checking.act);
    let name = checking.called(step);
    if case.is_done(step) && !may_be_taken_again(checking, step) {
        checking.find(ActRule::AlreadyDone, "step", &[("step", name.clone())]);
    }
    if has_passed(case, step) {
        checking.find(ActRule::PassedBy, "step", &[("step", name.clone())]);
    }
    for missing in missing_before(case, checking.setting.books, act.on, step) {
        let missing = checking.called(missing);
        checking.find(ActRule::NotOpen, "step", &[("step", name.clone()), ("missing", missing)]);
    }
    for before in described(checking.setting.books, checking.edition, step).map_or(&[][..], |s| &s.after) {
        let Some(before) = Step::parse(before) else { continue };
        // Of reviews, which recur, the first one counts.
        let wanted = if before.is_repeated() { case.records(before).next() } else { case.done(before) };
        if let Some(record) = wanted.filter(|record| record.on > act.on) {
            let missing = checking.called(before);
            let values = [
                ("step", name.clone()),
                ("missing", missing),
                ("day", At::Day(act.on)),
                ("before", At::Day(record.on)),
            ];
            checking.find(ActRule::BeforeStep, "on", &values);
        }
    }
}

/// Reviews recur. The steps that prepare the meeting may be renewed until it was held; the meeting
/// itself, once its approval came too late; an application to be confirmed, after an extension.
fn may_be_taken_again(checking: &Checking<'_>, step: Step) -> bool {
    let case = checking.case;
    let is_preparation = (Step::Sponsors..=Step::ApplicationForm).contains(&step);
    step.is_repeated()
        || (is_preparation && !case.is_done(Step::BranchMeeting))
        || (step == Step::BranchMeeting && !case.is_done(Step::Approval) && has_lapsed(checking))
        || (step == Step::ConfirmationApplication && case.extension().is_some())
        || (step == Step::Assignment && !case.is_closed())
}

/// Whether the admitting vote can no longer be approved, so that the branch must vote anew.
fn has_lapsed(checking: &Checking<'_>) -> bool {
    let Some(meeting) = checking.case.done(Step::BranchMeeting) else { return false };
    let limit = checking.described(Step::Approval).and_then(|step| step.limits.get(&Limit::AtMostMonths));
    limit.is_some_and(|months| checking.act.on > add_months(meeting.on, *months))
}

/// Reviews belong to the time of training, or to probation.
fn has_passed(case: &Case, step: Step) -> bool {
    (step == Step::HalfYearReview && case.admitted_on().is_some())
        || (step == Step::ProbationReview && case.full_since().is_some())
}

/// The steps that the rules want before this one and that are not done.
///
/// A step that the edition in force did not know when it would have been due is not asked for
/// afterwards; the steps before it are.
fn missing_before(case: &Case, books: &Rulebooks, day: Date, step: Step) -> Vec<Step> {
    let mut missing = Vec::new();
    let mut waiting = before(books, books.on(day), step);
    while let Some(wanted) = waiting.pop() {
        if case.is_done(wanted) || missing.contains(&wanted) {
            continue;
        }
        if is_excused(case, books, day, wanted) {
            waiting.extend(before(books, books.on(day), wanted));
        } else {
            missing.push(wanted);
        }
    }
    missing.sort();
    missing
}

fn is_excused(case: &Case, books: &Rulebooks, day: Date, wanted: Step) -> bool {
    let earlier = Step::ALL.iter().rev().filter(|step| **step < wanted);
    let due_on = earlier.filter_map(|step| case.done(*step)).next().map_or(day, |record| record.on);
    in_edition(books.on(due_on), wanted).is_none()
}

fn before(books: &Rulebooks, edition: &Edition, step: Step) -> Vec<Step> {
    let after = described(books, edition, step).map_or(&[][..], |step| &step.after);
    after.iter().filter_map(|word| Step::parse(word)).collect()
}

fn in_edition(edition: &Edition, step: Step) -> Option<&rulebook::Step> {
    edition.steps.iter().find(|described| described.id == step.as_str())
}

/// The step as an edition describes it, or as the first edition with it does.
pub(super) fn described<'a>(
    books: &'a Rulebooks,
    edition: &'a Edition,
    step: Step,
) -> Option<&'a rulebook::Step> {
    in_edition(edition, step)
        .or_else(|| books.editions().iter().find_map(|edition| in_edition(edition, step)))
}

/// Whether the edition in force on a day knows a step.
pub(super) fn is_in_force(books: &Rulebooks, day: Date, step: Step) -> bool {
    in_edition(books.on(day), step).is_some()
}

/// Whether the rules ask for a step in this file at all.
pub(crate) fn is_asked_for(case: &Case, books: &Rulebooks, day: Date, step: Step) -> bool {
    !is_excused(case, books, day, step)
}

/// The step as described on a day, or by the first edition that has it.
pub(crate) fn described_on(books: &Rulebooks, day: Date, step: Step) -> Option<&rulebook::Step> {
    described(books, books.on(day), step)
}

/// The steps that could be taken next on a day, reviews included, as far as order goes.
pub(crate) fn open_steps(case: &Case, books: &Rulebooks, day: Date) -> Vec<Step> {
    let is_open = |step: &Step| {
        let is_due = step.is_repeated() || !case.is_done(*step);
        let is_asked = case.is_done(*step) || is_asked_for(case, books, day, *step);
        is_due && is_asked && !has_passed(case, *step) && missing_before(case, books, day, *step).is_empty()
    };
    if case.opened_on().is_none() || case.is_closed() {
        return Vec::new();
    }
    Step::ALL.iter().copied().filter(is_open).collect()
}

/// A notice that was opened before a decision must have been closed with a favourable result.
fn check_notice_before(checking: &mut Checking<'_>, step: Step) {
    let stages = [
        (Step::TargetFiling, NoticeStage::Target),
        (Step::BranchMeeting, NoticeStage::Admission),
        (Step::ConfirmationMeeting, NoticeStage::Confirmation),
    ];
    let Some((_, stage)) = stages.into_iter().find(|(decision, _)| *decision == step) else { return };
    let last = checking.case.notices().iter().rfind(|run| run.stage == stage);
    let is_clear = last.is_none_or(|run| {
        run.closed.as_ref().is_some_and(|closing| closing.outcome == NoticeOutcome::Proceed)
    });
    if !is_clear {
        checking.find(ActRule::NoticeUnclosed, "on", &[]);
    }
}

fn check_other(checking: &mut Checking<'_>) {
    let (case, act) = (checking.case, checking.act);
    match &act.change {
        Change::NoticeOpened(opened) => {
            let is_running =
                case.notices().iter().any(|run| run.stage == opened.stage && run.closed.is_none());
            if is_running || opened.last_on < act.on {
                checking.find(ActRule::NoticeUnknown, "stage", &[]);
            }
        }
        Change::NoticeClosed(closed) => {
            let run = case.notices().iter().find(|run| run.event == closed.notice && run.closed.is_none());
            match run {
                None => checking.find(ActRule::NoticeUnknown, "notice", &[]),
                Some(run) => {
                    let is_over = closed.to <= act.on && closed.to >= run.last_on;
                    let is_stopped = closed.outcome == NoticeOutcome::Stop;
                    if (!is_over && !is_stopped) || closed.to < run.from || closed.to > act.on {
                        checking.find(ActRule::NoticeRunning, "to", &[("due", At::Day(run.last_on))]);
                    }
                    if (closed.n_objections > 0) == (closed.outcome == NoticeOutcome::Proceed) && !is_stopped
                    {
                        checking.find(ActRule::NoticeOutcome, "outcome", &[]);
                    }
                }
            }
        }
        Change::ObjectionsSettled(settled) => {
            let is_checked = |outcome: NoticeOutcome| outcome == NoticeOutcome::Check;
            let run = case.notices().iter().find(|run| run.event == settled.notice);
            let closing = run.and_then(|run| run.closed.as_ref());
            if !closing.is_some_and(|closing| is_checked(closing.outcome)) {
                checking.find(ActRule::NoticeUnknown, "notice", &[]);
            }
            if is_checked(settled.outcome) {
                checking.find(ActRule::NoticeOutcome, "outcome", &[]);
            }
        }
        Change::Suspended(_) if case.hold().is_some() => checking.find(ActRule::NotSuspended, "case", &[]),
        Change::Resumed(_) if case.hold().is_none() => checking.find(ActRule::NotSuspended, "case", &[]),
        Change::StepReturned(returned) => check_return(checking, returned.step),
        Change::TransferReceived(received) => {
            let on_the_way = case.on_the_way_to();
            let is_there = on_the_way.is_some_and(|(to, left_on)| to == received.by && left_on <= act.on);
            if !is_there {
                checking.find(ActRule::NotOnTheWay, "by", &[]);
            }
        }
        Change::TransferSent(sent) if sent.to == case.unit => checking.find(ActRule::NotOnTheWay, "to", &[]),
        Change::Completed(_)
        | Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::MentorReplaced(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::FaultAcknowledged(_)
        | Change::TransferSent(_)
        | Change::Ended(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => {}
    }
}

/// Only what is done, and on which no decision rests, can go back.
fn check_return(checking: &mut Checking<'_>, step: Step) {
    let case = checking.case;
    let decisions = [
        Step::ActivistListing,
        Step::TargetListing,
        Step::BranchMeeting,
        Step::Approval,
        Step::ConfirmationMeeting,
        Step::ConfirmationApproval,
    ];
    let rests = decisions.iter().any(|decision| *decision > step && case.is_done(*decision));
    if rests || !case.is_done(step) {
        let name = checking.called(step);
        checking.find(ActRule::NothingToReturn, "step", &[("step", name)]);
    }
}
