//! Which office takes which step: what the branch does, what the committee above does, and what neither
//! may do for the other. The rulebooks name the offices; here is which role acts for them.

use super::Action;
use crate::case::{Case, Change, Step};
use crate::ids::EventId;
use crate::role::Role;

/// Whether a role takes a step.
#[must_use]
pub fn role_may_take(role: Role, step: Step) -> bool {
    roles_of(step).contains(&role)
}

/// The roles that take a step: those that act for the offices which the rulebooks name for it. Only two
/// steps differ: an approval is recorded by whoever answers for it, and courses have an officer.
#[must_use]
pub fn roles_of(step: Step) -> &'static [Role] {
    use Role::*;
    match step {
        Step::Application
        | Step::InitialTalk
        | Step::ActivistListing
        | Step::Mentors
        | Step::TargetListing
        | Step::Sponsors
        | Step::PoliticalReview
        | Step::CommitteeExamination
        | Step::ApplicationForm
        | Step::BranchMeeting
        | Step::Assignment
        | Step::ProbationReview
        | Step::ConfirmationApplication
        | Step::ConfirmationMeeting => &[BranchSecretary, BranchOrganiser],
        Step::HalfYearReview => &[Mentor, BranchSecretary, BranchOrganiser, Approver, Organiser],
        Step::ShortCourse => &[Approver, Organiser, OrganisationDepartment, TrainingOfficer],
        Step::ActivistFiling | Step::TargetFiling | Step::PreExamination | Step::ApprovalTalk => {
            &[Approver, Organiser]
        }
        Step::Approval | Step::ConfirmationApproval => &[Approver],
        Step::ApprovalFiling => &[OrganisationDepartment],
        Step::Oath => &[BranchSecretary, BranchOrganiser, Approver, Organiser],
        Step::Archive => &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment],
    }
}

/// What recording a change is, in the words of the table.
#[must_use]
pub fn action_of(change: &Change) -> Action {
    match change {
        Change::Completed(record) if decided_on(record.step()).is_some() => Action::DecideStep,
        Change::StepReturned(_) | Change::FaultAcknowledged(_) => Action::DecideStep,
        Change::Corrected(_) | Change::Invalidated(_) => Action::Correct,
        Change::Completed(_)
        | Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::MentorReplaced(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::TransferSent(_)
        | Change::TransferReceived(_)
        | Change::Ended(_) => Action::RecordStep,
    }
}

/// The step that a decision of the level above is about; none if the step is no such decision.
#[must_use]
pub fn decided_on(step: Step) -> Option<Step> {
    match step {
        Step::ActivistFiling => Some(Step::ActivistListing),
        Step::TargetFiling => Some(Step::TargetListing),
        Step::PreExamination => Some(Step::CommitteeExamination),
        Step::Approval => Some(Step::BranchMeeting),
        Step::ApprovalFiling => Some(Step::Approval),
        Step::ConfirmationApproval => Some(Step::ConfirmationMeeting),
        Step::Application
        | Step::InitialTalk
        | Step::ActivistListing
        | Step::Mentors
        | Step::HalfYearReview
        | Step::TargetListing
        | Step::Sponsors
        | Step::PoliticalReview
        | Step::ShortCourse
        | Step::CommitteeExamination
        | Step::ApplicationForm
        | Step::BranchMeeting
        | Step::ApprovalTalk
        | Step::Assignment
        | Step::Oath
        | Step::ProbationReview
        | Step::ConfirmationApplication
        | Step::ConfirmationMeeting
        | Step::Archive => None,
    }
}

/// Whether a role records a change in a file. What concerns a step belongs to whoever takes it; to put
/// right or to void an event belongs to whoever could have recorded it.
#[must_use]
pub fn may_record(role: Role, case: &Case, change: &Change) -> bool {
    match change {
        Change::Corrected(corrected) => may_amend(role, case, corrected.event),
        Change::Invalidated(invalidated) => may_amend(role, case, invalidated.event),
        Change::Completed(_)
        | Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::MentorReplaced(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::StepReturned(_)
        | Change::FaultAcknowledged(_)
        | Change::TransferSent(_)
        | Change::TransferReceived(_)
        | Change::Ended(_) => recorders(change).contains(&role),
    }
}

fn may_amend(role: Role, case: &Case, event: EventId) -> bool {
    // An event that is not in the file is refused by the decision, with its reason.
    case.logged(event).and_then(|logged| logged.event()).is_none_or(|event| {
        let is_amendment = action_of(&event.change) == Action::Correct;
        is_amendment || recorders(&event.change).contains(&role)
    })
}

fn recorders(change: &Change) -> &'static [Role] {
    use Role::*;
    match change {
        Change::Completed(record) => roles_of(record.step()),
        Change::ThoughtReported(_) => &[Mentor, BranchSecretary, BranchOrganiser],
        Change::MentorReplaced(_) => &[BranchSecretary, BranchOrganiser],
        Change::StepReturned(_) | Change::FaultAcknowledged(_) => {
            &[Approver, Organiser, OrganisationDepartment]
        }
        Change::Opened(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::TransferSent(_)
        | Change::TransferReceived(_)
        | Change::Ended(_) => {
            &[BranchSecretary, BranchOrganiser, Approver, Organiser, OrganisationDepartment]
        }
        Change::Corrected(_) | Change::Invalidated(_) => &[],
    }
}
