//! Is the evidence there, and is the record itself complete: signatures, numbers, opinions.

use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::case::{Change, EndReason, Step};
use crate::dates::age_on;
use crate::evidence::EvidenceKind;
use crate::months::add_months;
use crate::record::{
    ActivistListing, Approval, Archive, ArchiveItem, ConfirmationApproval, Course, Opinion, Recommender,
    Record, Talk, TargetListing, Topic,
};
use crate::rulebook::Limit;
use crate::text::Text;

/// The League recommends up to this age.
const LEAGUE_AGE_YEARS: i16 = 28;

pub(super) fn check(checking: &mut Checking<'_>) {
    for (position, paper) in checking.act.evidence.iter().enumerate() {
        if !paper.is_traceable() {
            let title = At::Plain(paper.title.clone());
            checking.find(ActRule::Untraceable, format!("evidence.{position}"), &[("paper", title)]);
        }
    }
    if let Change::PaperAttached(_) = &checking.act.change
        && !checking.act.evidence.iter().any(|paper| paper.scan.is_some())
    {
        let name = Text::new("扫描件", "the scan");
        checking.find(ActRule::EvidenceMissing, "evidence", &[("paper", At::Words(name))]);
    }
    if let Some((kind, name)) = required_paper(&checking.act.change)
        && !checking.act.evidence.iter().any(|paper| paper.kind == kind)
    {
        checking.find(ActRule::EvidenceMissing, "evidence", &[("paper", At::Words(name))]);
    }
    if let Change::Completed(record) = &checking.act.change {
        check_record(checking, record);
    } else {
        check_words(checking, &checking.act.change);
    }
}

/// The paper without which an act has no proof, with the name of it; none for acts that need no paper.
#[must_use]
pub fn required_paper(change: &Change) -> Option<(EvidenceKind, Text)> {
    use EvidenceKind as Kind;
    let (kind, zh, en) = match change {
        Change::Completed(record) => return Some(paper_of_step(record.step())),
        Change::NoticeOpened(_) | Change::NoticeClosed(_) => (Kind::Notice, "公示材料", "the notice"),
        Change::ObjectionsSettled(_) => (Kind::Decision, "核查结论", "result of the check"),
        Change::FaultAcknowledged(_) | Change::Invalidated(_) => (Kind::Decision, "处理决定", "the decision"),
        Change::TransferSent(_) | Change::TransferReceived(_) => {
            (Kind::TransferLetter, "转接材料", "letter of transfer")
        }
        Change::Ended(end) if end.reason != EndReason::Died => {
            (Kind::Decision, "处理决定（或本人书面材料）", "the decision or the person's letter")
        }
        Change::ThoughtReported(_) => (Kind::ThoughtReport, "思想汇报", "thought report"),
        Change::Ended(_)
        | Change::Opened(_)
        | Change::MentorReplaced(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::StepReturned(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_) => return None,
    };
    Some((kind, Text::new(zh, en)))
}

/// The paper without which a step has no proof, with the name of it.
#[must_use]
pub fn paper_of_step(step: Step) -> (EvidenceKind, Text) {
    use EvidenceKind as Kind;
    let (kind, zh, en) = match step {
        Step::Application => (Kind::Application, "入党申请书", "application"),
        Step::InitialTalk => (Kind::TalkRecord, "谈话记录", "record of the talk"),
        Step::ActivistListing => (Kind::Minutes, "支委会会议记录", "minutes of the branch committee"),
        Step::ActivistFiling => (Kind::FilingReply, "备案批复", "reply to the filing"),
        Step::Mentors => (Kind::Appointment, "培养联系人登记", "appointment of mentors"),
        Step::HalfYearReview => (Kind::ReviewRegister, "考察登记表", "review register"),
        Step::TargetListing => (Kind::Minutes, "支委会会议记录", "minutes of the branch committee"),
        Step::TargetFiling => (Kind::FilingReply, "上级党委批复", "reply of the committee above"),
        Step::Sponsors => (Kind::Appointment, "入党介绍人登记", "appointment of sponsors"),
        Step::PoliticalReview => (Kind::ReviewConclusion, "政治审查结论", "conclusion of the review"),
        Step::ShortCourse => (Kind::Certificate, "培训证书（或成绩单）", "certificate or result"),
        Step::CommitteeExamination => (Kind::Minutes, "支委会会议记录", "minutes of the branch committee"),
        Step::PreExamination => (Kind::PreExamination, "预审意见", "result of the pre-examination"),
        Step::ApplicationForm => (Kind::AdmissionForm, "入党志愿书", "application form"),
        Step::BranchMeeting | Step::ConfirmationMeeting => {
            (Kind::Resolution, "支部大会决议", "resolution of the meeting")
        }
        Step::ApprovalTalk => (Kind::TalkRecord, "谈话记录", "record of the talk"),
        Step::Approval | Step::ConfirmationApproval => (Kind::Endorsement, "审批意见", "endorsement"),
        Step::ApprovalFiling => (Kind::FilingReply, "备案表", "filing form"),
        Step::Assignment => (Kind::Decision, "编入通知", "notice of assignment"),
        Step::Oath => (Kind::OathRecord, "宣誓记录", "record of the oath"),
        Step::ProbationReview => (Kind::ReviewRegister, "预备党员考察表", "review register"),
        Step::ConfirmationApplication => {
            (Kind::ConfirmationApplication, "转正申请书", "application to be confirmed")
        }
        Step::Archive => (Kind::ArchiveList, "归档目录", "list of the archive"),
    };
    (kind, Text::new(zh, en))
}

fn check_record(checking: &mut Checking<'_>, record: &Record) {
    match record {
        Record::Application(paper) => check_signed(checking, paper.is_signed, "is_signed"),
        Record::Talk(talk) => check_talk(checking, talk),
        Record::ActivistListing(listing) => check_recommended(checking, listing),
        Record::TargetListing(listing) => check_listing(checking, listing),
        Record::ActivistFiling(filing) => check_filled(checking, &filing.reply, "reply"),
        Record::TargetFiling(filing) => check_filled(checking, &filing.reply, "reply"),
        Record::PoliticalReview(review) => {
            if review.methods.is_empty() {
                checking.find(ActRule::ReviewMethods, "methods", &[]);
            }
        }
        Record::Course(course) => check_course(checking, course),
        Record::CommitteeExamination(examination) => check_opinions(checking, &examination.opinions),
        Record::PreExamination(examination) => {
            if examination.is_leaving {
                checking.find(ActRule::Leaving, "is_leaving", &[]);
            }
        }
        Record::AdmissionForm(form) => {
            check_filled(checking, &form.form, "form");
            check_signed(checking, form.is_signed, "is_signed");
            check_signed(checking, form.is_signed_by_sponsors, "is_signed_by_sponsors");
            check_form_number(checking, &form.form);
        }
        Record::AdmissionVote(_) => check_review_validity(checking),
        Record::ApprovalTalk(talk) => check_filled(checking, &talk.talker.name, "talker.name"),
        Record::Approval(approval) => check_special_reason(checking, approval),
        Record::ApprovalFiling(filing) => check_filled(checking, &filing.reply, "reply"),
        Record::ConfirmationApplication(paper) => check_signed(checking, paper.is_signed, "is_signed"),
        Record::ConfirmationVote(vote) => check_opinions(checking, &vote.opinions),
        Record::ConfirmationApproval(approval) => check_standing(checking, approval),
        Record::Archive(archive) => check_archive(checking, archive),
        Record::Mentors(_)
        | Record::Review(_)
        | Record::Sponsors(_)
        | Record::Assignment(_)
        | Record::Oath(_)
        | Record::ProbationReview(_) => {}
    }
}

/// Grounds and places that other changes must name.
fn check_words(checking: &mut Checking<'_>, change: &Change) {
    let (text, field) = match change {
        Change::MentorReplaced(change) => (&change.reason, "reason"),
        Change::NoticeOpened(notice) => (&notice.place, "place"),
        Change::ObjectionsSettled(settled) => (&settled.finding, "finding"),
        Change::Suspended(hold) => (&hold.reason, "reason"),
        Change::Resumed(resumed) => (&resumed.reason, "reason"),
        Change::StepReturned(returned) => (&returned.reason, "reason"),
        Change::FaultAcknowledged(fault) => (&fault.reason, "reason"),
        Change::TransferSent(sent) => (&sent.reason, "reason"),
        Change::Ended(end) => (&end.grounds, "grounds"),
        Change::Corrected(correction) => (&correction.reason, "reason"),
        Change::Invalidated(invalidation) => (&invalidation.reason, "reason"),
        Change::Completed(_)
        | Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::NoticeClosed(_)
        | Change::PaperAttached(_)
        | Change::TransferReceived(_) => return,
    };
    check_filled(checking, text, field);
}

fn check_filled(checking: &mut Checking<'_>, text: &str, field: &str) {
    if text.trim().is_empty() {
        checking.find(ActRule::Blank, field, &[]);
    }
}

fn check_signed(checking: &mut Checking<'_>, is_signed: bool, field: &str) {
    if !is_signed {
        checking.find(ActRule::Unsigned, field, &[]);
    }
}

/// The revision of 2026 lists what a talk covers; before it, a talk about nothing is odd enough.
fn check_talk(checking: &mut Checking<'_>, talk: &Talk) {
    check_filled(checking, &talk.talker.name, "talker.name");
    let is_listed = !matches!(checking.edition.id.as_str(), "1990" | "2014");
    let is_covered = match is_listed {
        true => Topic::ALL.iter().all(|topic| talk.topics.contains(topic)),
        false => !talk.topics.is_empty(),
    };
    if !is_covered {
        checking.find(ActRule::TopicsMissing, "topics", &[]);
    }
}

fn check_recommended(checking: &mut Checking<'_>, listing: &ActivistListing) {
    let day = checking.act.on;
    let in_time = || listing.recommendations.iter().filter(|recommendation| recommendation.on <= day);
    if in_time().next().is_none() {
        checking.find(ActRule::NoRecommendation, "recommendations", &[]);
    }
    let is_young =
        checking.setting.candidate.born_on.is_some_and(|born_on| age_on(born_on, day) <= LEAGUE_AGE_YEARS);
    if is_young && !in_time().any(|recommendation| recommendation.by == Recommender::YouthLeague) {
        checking.find(ActRule::NoLeague, "recommendations", &[]);
    }
}

fn check_listing(checking: &mut Checking<'_>, listing: &TargetListing) {
    let assessment = &listing.assessment;
    if assessment.political_quality.trim().is_empty() || assessment.ability.trim().is_empty() {
        checking.find(ActRule::AssessmentHalf, "assessment", &[]);
    }
    check_opinions(checking, &listing.opinions);
}

/// Members and others are always heard, mentors while the person is trained. Not every branch has
/// groups, so a group's opinion is not asked for.
fn check_opinions(checking: &mut Checking<'_>, opinions: &[Opinion]) {
    let is_training = checking.act.change.step() == Some(Step::TargetListing);
    let needed =
        [Opinion::Members, Opinion::Masses].into_iter().chain(is_training.then_some(Opinion::Mentors));
    if !needed.into_iter().all(|opinion| opinions.contains(&opinion)) {
        checking.find(ActRule::OpinionsMissing, "opinions", &[]);
    }
}

fn check_course(checking: &mut Checking<'_>, course: &Course) {
    if course.from > course.to || course.to > checking.act.on || course.exam_on < course.from {
        checking.find(ActRule::CourseSpan, "to", &[]);
    }
    check_filled(checking, &course.cohort, "cohort");
    check_filled(checking, &course.paper, "paper");
}

fn check_form_number(checking: &mut Checking<'_>, given: &str) {
    let Some(Record::PreExamination(examination)) =
        checking.case.done(Step::PreExamination).map(|record| &record.record)
    else {
        return;
    };
    if let Some(issued) = examination.form.as_ref().filter(|issued| *issued != given) {
        let values = [("given", At::Plain(given.to_owned())), ("issued", At::Plain(issued.clone()))];
        checking.find(ActRule::FormNumber, "form", &values);
    }
}

fn check_review_validity(checking: &mut Checking<'_>) {
    let Some(Record::PoliticalReview(review)) =
        checking.case.done(Step::PoliticalReview).map(|record| &record.record)
    else {
        return;
    };
    if let Some(until) = review.valid_until.filter(|until| *until < checking.act.on) {
        checking.find(ActRule::ReviewStale, "on", &[("due", At::Day(until))]);
    }
}

fn check_special_reason(checking: &mut Checking<'_>, approval: &Approval) {
    let Some(meeting) = checking.case.done(Step::BranchMeeting) else { return };
    let limit = checking.described(Step::Approval).and_then(|step| step.limits.get(&Limit::WithinMonths));
    let has_reason = approval.special_reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
    if limit.is_some_and(|months| checking.act.on > add_months(meeting.on, *months)) && !has_reason {
        checking.find(ActRule::SpecialReason, "special_reason", &[]);
    }
}

fn check_standing(checking: &mut Checking<'_>, approval: &ConfirmationApproval) {
    let due = checking.case.probation_ends_on();
    if let (Some(given), Some(due)) = (approval.standing_from, due)
        && given != due
    {
        let values = [("given", At::Day(given)), ("due", At::Day(due))];
        checking.find(ActRule::StandingDay, "standing_from", &values);
    }
}

fn check_archive(checking: &mut Checking<'_>, archive: &Archive) {
    let missing = ArchiveItem::ALL.iter().filter(|item| !archive.items.contains(item)).count();
    if missing > 0 {
        let count = At::Number(i64::try_from(missing).unwrap_or(i64::MAX));
        checking.find(ActRule::ArchiveItems, "items", &[("count", count)]);
    }
    check_filled(checking, &archive.number, "number");
}
