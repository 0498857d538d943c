//! The rulebook on the file as it would be after the act: what the act brings about refuses it, and
//! so does an omission that stands in the way of a decision. Minimum durations are judged a second
//! time on the days that were witnessed (`docs/decisions/0006-late-entry.md`).

use jiff::ToSpan;
use jiff::civil::Date;

use super::checking::{At, Checking};
use super::order;
use super::rules::ActRule;
use crate::audit::judge;
use crate::case::{Case, Change, EntryMode, NoticeOutcome, Step, StepRecord};
use crate::case_file::CaseFile;
use crate::finding::Finding;
use crate::months::add_months;
use crate::rulebook::Limit;

/// Rules about something that should have happened by the day of looking.
const OMISSIONS: [&str; 3] = ["V02.talk_missing", "V05.review_missing", "V12.overdue"];

/// Rules about a minimum duration.
const GATES: [&str; 5] =
    ["V04.too_short", "V07.notice_short", "V07.too_early", "V15.early", "V15.extension_early"];

/// Steps that decide something about the person, and so want the file in order.
const DECISIONS: [Step; 7] = [
    Step::ActivistListing,
    Step::TargetListing,
    Step::TargetFiling,
    Step::BranchMeeting,
    Step::Approval,
    Step::ConfirmationMeeting,
    Step::ConfirmationApproval,
];

pub(super) fn check(checking: &mut Checking<'_>, after: &Case) {
    // A correction or an invalidation may bring a fault to light; the truth is never refused.
    if checking.act.change.is_amending() {
        return;
    }
    let claimed = judged(checking, &file(checking, after, false));
    report_new(checking, after, &claimed);
    report_omissions(checking, after, &claimed);
    check_gates(checking, after, &claimed);
    check_gap(checking);
}

fn judged(checking: &Checking<'_>, file: &CaseFile) -> Vec<Finding> {
    judge(file, checking.setting.books, checking.now.today)
}

/// The file after the act. A decision to list a target is judged as if it were the listing, even
/// while the committee above has yet to agree, because the training must be over by then.
fn file(checking: &Checking<'_>, after: &Case, is_witnessed: bool) -> CaseFile {
    let mut file = after.file(checking.now.today, &checking.setting.candidate);
    if checking.act.change.step() == Some(Step::TargetListing) {
        file.target.on = file.target.on.or(Some(checking.act.on));
    }
    if is_witnessed {
        witness(&mut file, after);
    }
    file
}

/// Puts the days from which durations may be counted in the place of the days that are claimed.
fn witness(file: &mut CaseFile, after: &Case) {
    let from = |step: Step| after.done(step).map(|record: &StepRecord| record.counts_from);
    file.activist.on = from(Step::ActivistListing);
    if after.is_done(Step::Approval) {
        file.meeting.on = from(Step::BranchMeeting);
    }
    let closed = after
        .notices()
        .iter()
        .filter(|run| run.closed.as_ref().is_some_and(|closing| closing.outcome == NoticeOutcome::Proceed));
    for (notice, run) in file.notices.iter_mut().zip(closed) {
        notice.from = Some(run.counts_from);
    }
}

fn report_new(checking: &mut Checking<'_>, after: &Case, claimed: &[Finding]) {
    let before = checking.case.file(checking.now.today, &checking.setting.candidate);
    let before = judged(checking, &before);
    for finding in claimed {
        // A rule of the step at hand speaks again, though it could already be heard before.
        let is_own = owners(checking, finding).any(|owner| Some(owner) == checking.act.change.step())
            && !OMISSIONS.contains(&finding.rule.as_str());
        let is_old = !is_own && before.iter().any(|old| is_same(old, finding));
        // The notice before a target comes between the branch's decision and the agreement above.
        let is_ahead = checking.act.change.step() == Some(Step::TargetListing)
            && order::is_in_force(checking.setting.books, checking.act.on, Step::TargetFiling)
            && finding.rule.starts_with("V07.");
        if is_old || is_ahead || is_pending(checking, after, finding) || is_acknowledged(after, finding) {
            continue;
        }
        let placed = placed(checking, finding);
        checking.report(placed);
    }
}

/// Decisions wait for what was left out, until it is done or the committee above took note of it.
fn report_omissions(checking: &mut Checking<'_>, after: &Case, claimed: &[Finding]) {
    if !checking.act.change.step().is_some_and(|step| DECISIONS.contains(&step)) {
        return;
    }
    for finding in claimed {
        let is_omission = OMISSIONS.contains(&finding.rule.as_str());
        if is_omission && !is_pending(checking, after, finding) && !is_acknowledged(after, finding) {
            checking.report(finding.clone());
        }
    }
}

/// Whether the rule belongs to a later step that nobody has taken yet: it is owed, not broken.
fn is_pending(checking: &Checking<'_>, after: &Case, finding: &Finding) -> bool {
    let at = checking.act.change.step().or_else(|| checking.case.furthest());
    owners(checking, finding).next().is_some_and(|owner| Some(owner) > at && after.last(owner).is_none())
}

/// The steps that the edition lists a rule under.
fn owners(checking: &Checking<'_>, finding: &Finding) -> impl Iterator<Item = Step> {
    Step::ALL.iter().copied().filter(|step| {
        let described = order::described(checking.setting.books, checking.edition, *step);
        described.is_some_and(|described| described.rules.contains(&finding.rule))
    })
}

fn is_acknowledged(after: &Case, finding: &Finding) -> bool {
    // A missing talk becomes a late one when it is held at last.
    let family =
        |rule: &str| if rule.starts_with("V02.talk") { "V02.talk".to_owned() } else { rule.to_owned() };
    after
        .acknowledged()
        .iter()
        .any(|fault| family(&fault.rule) == family(&finding.rule) && fault.occurrence == finding.occurrence)
}

/// The rules of duration once more, on witnessed days.
fn check_gates(checking: &mut Checking<'_>, after: &Case, claimed: &[Finding]) {
    let Some(step) = checking.act.change.step() else { return };
    let Some(start) = gate_start(checking.case, step) else { return };
    let witnessed = judged(checking, &file(checking, after, true));
    for finding in witnessed.iter().filter(|finding| GATES.contains(&finding.rule.as_str())) {
        if claimed.iter().any(|other| is_same(other, finding)) || !is_of_gate(step, finding) {
            continue;
        }
        let values =
            [("article", At::Plain(finding.article.clone())), ("finding", At::Words(finding.text.clone()))];
        checking.find(ActRule::Witnessed, "on", &values);
    }
    if start.0 == EntryMode::Legacy {
        checking.find(ActRule::LegacyGate, "on", &[("since", At::Day(start.1))]);
    }
}

/// How and when the duration began that a step has to wait for.
fn gate_start(case: &Case, step: Step) -> Option<(EntryMode, Date)> {
    let of_step = |step: Step| case.done(step).map(|record| (record.mode, record.on));
    match step {
        Step::TargetListing | Step::TargetFiling => of_step(Step::ActivistListing),
        Step::BranchMeeting => of_step(Step::TargetListing),
        Step::ConfirmationMeeting => of_step(Step::BranchMeeting),
        Step::Application
        | Step::InitialTalk
        | Step::ActivistListing
        | Step::ActivistFiling
        | Step::Mentors
        | Step::HalfYearReview
        | Step::Sponsors
        | Step::PoliticalReview
        | Step::ShortCourse
        | Step::CommitteeExamination
        | Step::PreExamination
        | Step::ApplicationForm
        | Step::ApprovalTalk
        | Step::Approval
        | Step::ApprovalFiling
        | Step::Assignment
        | Step::Oath
        | Step::ProbationReview
        | Step::ConfirmationApplication
        | Step::ConfirmationApproval
        | Step::Archive => None,
    }
}

/// Whether a finding of duration is about the step at hand and not about an earlier one.
fn is_of_gate(step: Step, finding: &Finding) -> bool {
    let is_notice = |occurrence: u32| finding.rule.starts_with("V07.") && finding.occurrence == occurrence;
    let is_training = finding.rule == "V04.too_short";
    let is_probation = finding.rule.starts_with("V15.");
    (matches!(step, Step::TargetListing | Step::TargetFiling) && is_training)
        || (step == Step::TargetFiling && is_notice(0))
        || (step == Step::BranchMeeting && is_notice(1))
        || (step == Step::ConfirmationMeeting && (is_probation || is_notice(2)))
}

/// Training that was broken off by a transfer without the file takes so many days longer.
fn check_gap(checking: &mut Checking<'_>) {
    let (case, on) = (checking.case, checking.act.on);
    let months =
        checking.described(Step::TargetListing).and_then(|step| step.limits.get(&Limit::NoSoonerThanMonths));
    let (Some(months), Some(start)) = (months, case.done(Step::ActivistListing)) else { return };
    if checking.act.change.step() != Some(Step::TargetListing) || case.gap_days() == 0 {
        return;
    }
    let due = add_months(start.counts_from, *months).saturating_add(case.gap_days().days());
    if on < due {
        let values = [("count", At::Number(case.gap_days())), ("due", At::Day(due))];
        checking.find(ActRule::Gap, "on", &values);
    }
}

fn is_same(one: &Finding, other: &Finding) -> bool {
    (&one.rule, one.occurrence) == (&other.rule, other.occurrence)
}

/// The finding with its first field named as in the form of the act.
fn placed(checking: &Checking<'_>, finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    let Change::Completed(record) = &checking.act.change else { return finding };
    if let Some(field) = finding.fields.first_mut() {
        *field = field_of_form(record.step(), field);
    }
    finding
}

/// The place in the form of a step that a path of the snapshot speaks of; a path of another step is
/// left as it is.
fn field_of_form(step: Step, path: &str) -> String {
    let section = match step {
        Step::Application => "applied_on",
        Step::InitialTalk => "talk_on",
        Step::ActivistListing => "activist",
        Step::TargetListing | Step::TargetFiling => "target",
        Step::PoliticalReview => "political_review",
        Step::ShortCourse => "course",
        Step::PreExamination => "pre_examination",
        Step::ApplicationForm => "form_on",
        Step::BranchMeeting => "meeting",
        Step::ApprovalTalk => "approval_talk_on",
        Step::Approval => "approval",
        Step::Oath => "oath_on",
        Step::ConfirmationApplication => "confirmation.applied_on",
        Step::ConfirmationMeeting => "confirmation.meetings",
        Step::ConfirmationApproval => "confirmation.approval_on",
        Step::ActivistFiling
        | Step::Mentors
        | Step::HalfYearReview
        | Step::Sponsors
        | Step::CommitteeExamination
        | Step::ApprovalFiling
        | Step::Assignment
        | Step::ProbationReview
        | Step::Archive => return path.to_owned(),
    };
    let inside = path.strip_prefix(section).filter(|rest| rest.is_empty() || rest.starts_with('.'));
    let Some(inside) = inside else { return path.to_owned() };
    let is_vote = matches!(step, Step::BranchMeeting | Step::ConfirmationMeeting);
    match inside.rsplit('.').next().unwrap_or_default() {
        "" | "on" => "on".to_owned(),
        "passed" => "is_passed".to_owned(),
        "secret" => "ballot.is_secret".to_owned(),
        "signed" => "ballot.signed_by".to_owned(),
        "extend_months" => "extend_months".to_owned(),
        "outcome" => "motion".to_owned(),
        name if is_vote => format!("ballot.{name}"),
        name => name.to_owned(),
    }
}
