//! Is the body competent: which organisation may admit, approve, file, and how it has to meet.

use super::UnitFacts;
use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::case::{Change, Step};
use crate::ids::UnitId;
use crate::record::{ApprovalTalk, Body, Minutes, Record, Talk};
use crate::text::Text;
use crate::unit::{PostKind, UnitKind, may_approve};

/// Full members without which there is no branch.
const LEAST_FULL_MEMBERS: u32 = 3;

pub(super) fn check(checking: &mut Checking<'_>) {
    match &checking.act.change {
        Change::Completed(record) => check_record(checking, record),
        Change::FaultAcknowledged(fault) => check_committee(checking, fault.committee),
        Change::TransferSent(sent) => check_branch(checking, sent.to, "to"),
        Change::Ended(ended) => {
            if let Some(minutes) = &ended.minutes {
                check_branch_minutes(checking, minutes);
            }
        }
        Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::MentorReplaced(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::StepReturned(_)
        | Change::TransferReceived(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => {}
    }
}

fn check_record(checking: &mut Checking<'_>, record: &Record) {
    match record {
        Record::Talk(talk) => check_talker(checking, talk),
        Record::ActivistListing(listing) => check_branch_minutes(checking, &listing.minutes),
        Record::TargetListing(listing) => check_branch_minutes(checking, &listing.minutes),
        Record::CommitteeExamination(examination) => check_branch_minutes(checking, &examination.minutes),
        Record::ActivistFiling(filing) => check_committee(checking, filing.committee),
        Record::TargetFiling(filing) => check_committee(checking, filing.committee),
        Record::PreExamination(examination) => {
            check_approver(checking, examination.committee);
        }
        Record::AdmissionVote(_) | Record::ConfirmationVote(_) => check_meeting(checking),
        Record::ApprovalTalk(talk) => check_approval_talk(checking, talk),
        Record::Approval(approval) => {
            check_approval(checking, approval.committee, &approval.minutes, approval.is_individual);
        }
        Record::ConfirmationApproval(approval) => {
            check_approval(checking, approval.committee, &approval.minutes, approval.is_individual);
        }
        Record::ApprovalFiling(filing) => check_committee(checking, filing.department),
        Record::Assignment(assignment) => check_branch(checking, assignment.branch, "branch"),
        Record::Oath(oath) => {
            checking.unit(oath.held_by, "held_by");
        }
        Record::Application(_)
        | Record::Mentors(_)
        | Record::Review(_)
        | Record::Sponsors(_)
        | Record::PoliticalReview(_)
        | Record::Course(_)
        | Record::AdmissionForm(_)
        | Record::ProbationReview(_)
        | Record::ConfirmationApplication(_)
        | Record::Archive(_) => {}
    }
}

fn check_talker(checking: &mut Checking<'_>, talk: &Talk) {
    let may_talk = [PostKind::Secretary, PostKind::DeputySecretary, PostKind::OrganisationMember];
    if !may_talk.contains(&talk.talker.post) {
        checking.find(ActRule::WrongTalker, "talker.post", &[]);
    }
}

fn check_approval_talk(checking: &mut Checking<'_>, talk: &ApprovalTalk) {
    let Some(Record::Sponsors(named)) = checking.case.last(Step::Sponsors).map(|record| &record.record)
    else {
        return;
    };
    let is_sponsor = named.sponsors.iter().any(|sponsor| match (sponsor.person, talk.talker.person) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => sponsor.name == talk.talker.name,
    });
    if is_sponsor {
        checking.find(ActRule::SamePerson, "talker", &[]);
    }
}

/// The branch that keeps the file, meeting to vote.
fn check_meeting(checking: &mut Checking<'_>) {
    let Some(branch) = checking.unit(checking.case.unit, "unit") else { return };
    if !branch.kind.may_admit() {
        checking.find(ActRule::CannotAdmit, "unit", &[("kind", kind(branch.kind))]);
    }
    if let Some(count) = branch.n_full.filter(|count| *count < LEAST_FULL_MEMBERS) {
        let values =
            [("count", At::Number(count.into())), ("minimum", At::Number(LEAST_FULL_MEMBERS.into()))];
        checking.find(ActRule::TooSmall, "unit", &values);
    }
}

/// A decision of the branch between meetings: of its committee, or of the meeting where it has none.
fn check_branch_minutes(checking: &mut Checking<'_>, minutes: &Minutes) {
    let has_committee = checking.setting.units.get(&checking.case.unit).and_then(|unit| unit.has_committee);
    let expected = match has_committee {
        Some(true) => Body::BranchCommittee,
        Some(false) => Body::BranchMeeting,
        None if matches!(minutes.body, Body::BranchCommittee | Body::BranchMeeting) => minutes.body,
        None => Body::BranchCommittee,
    };
    check_minutes(checking, minutes, expected);
}

fn check_minutes(checking: &mut Checking<'_>, minutes: &Minutes, expected: Body) {
    if minutes.body != expected {
        checking.find(ActRule::WrongBody, "minutes.body", &[("expected", body(expected))]);
    }
    let (members, present) = (u64::from(minutes.n_members), u64::from(minutes.n_present));
    let in_favour = u64::from(minutes.n_for);
    let is_sound = present <= members && in_favour <= present && 2 * present > members;
    if !is_sound || (minutes.is_agreed && 2 * in_favour <= members) {
        let values = [
            ("members", At::Number(minutes.n_members.into())),
            ("present", At::Number(minutes.n_present.into())),
            ("in_favour", At::Number(minutes.n_for.into())),
        ];
        checking.find(ActRule::MinutesFigures, "minutes.n_present", &values);
    }
}

fn check_approval(checking: &mut Checking<'_>, committee: UnitId, minutes: &Minutes, is_individual: bool) {
    let expected = match check_approver(checking, committee) {
        Some(UnitKind::GeneralBranch) => Body::GeneralBranchCommittee,
        Some(_) | None => Body::Committee,
    };
    check_minutes(checking, minutes, expected);
    if !is_individual {
        checking.find(ActRule::NotIndividual, "is_individual", &[]);
    }
}

fn check_approver(checking: &mut Checking<'_>, committee: UnitId) -> Option<UnitKind> {
    let unit = checking.unit(committee, "committee")?;
    if !is_approver(&unit, &checking.edition.id) {
        checking.find(ActRule::CannotApprove, "committee", &[("kind", kind(unit.kind))]);
    }
    Some(unit.kind)
}

/// Under the trial rules of 1990 a general branch could be authorised to approve; since 2014 every
/// general branch merely deliberates.
fn is_approver(unit: &UnitFacts, edition: &str) -> bool {
    let is_authorised = unit.kind == UnitKind::GeneralBranch && unit.is_authorised && edition == "1990";
    may_approve(unit.kind, unit.parent) || is_authorised
}

fn check_committee(checking: &mut Checking<'_>, committee: UnitId) {
    if let Some(unit) = checking.unit(committee, "committee")
        && !unit.kind.is_committee()
    {
        checking.find(ActRule::NotCommittee, "committee", &[("kind", kind(unit.kind))]);
    }
}

fn check_branch(checking: &mut Checking<'_>, branch: UnitId, field: &str) {
    if checking.unit(branch, field).is_some_and(|unit| !unit.kind.is_branch()) {
        checking.find(ActRule::UnitUnknown, field, &[]);
    }
}

fn body(body: Body) -> At {
    At::Words(match body {
        Body::BranchCommittee => Text::new("支部委员会", "the branch committee"),
        Body::BranchMeeting => Text::new("支部大会", "the branch meeting"),
        Body::Committee => Text::new("党委会", "the Party committee"),
        Body::GeneralBranchCommittee => Text::new("党总支委员会", "the committee of the general branch"),
    })
}

fn kind(kind: UnitKind) -> At {
    At::Words(match kind {
        UnitKind::Nation => Text::new("中央", "the Central Committee"),
        UnitKind::Province => Text::new("省级党委", "a provincial committee"),
        UnitKind::City => Text::new("市级党委", "a city committee"),
        UnitKind::County => Text::new("县级党委", "a county committee"),
        UnitKind::WorkCommittee => Text::new("工委", "a work committee"),
        UnitKind::Town => Text::new("乡镇、街道党委", "a town or street committee"),
        UnitKind::Committee => Text::new("基层党委", "a base-level committee"),
        UnitKind::GeneralBranch => Text::new("党总支", "a general branch"),
        UnitKind::Branch => Text::new("党支部", "a branch"),
        UnitKind::JointBranch => Text::new("联合党支部", "a joint branch"),
        UnitKind::ProvisionalBranch => Text::new("临时党支部", "a provisional branch"),
        UnitKind::LeadingGroup => Text::new("党组", "a leading group"),
    })
}
