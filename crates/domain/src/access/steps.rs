//! Which office takes which step: what the branch does, what the committee above does, and what neither
//! may do for the other. The rulebooks name the offices; here is which role acts for them.

use jiff::civil::Date;

use super::{Action, Denial, Grant, Resource, decide};
use crate::case::{Case, Change, Step};
use crate::ids::{AccountId, EventId};
use crate::role::Role;
use crate::text::Text;

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
        | Change::PaperAttached(_)
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
/// right or to void an event, or to attach a scan to it, belongs to whoever could have recorded it.
#[must_use]
pub fn may_record(role: Role, case: &Case, change: &Change) -> bool {
    match change {
        Change::Corrected(corrected) => may_amend(role, case, corrected.event),
        Change::Invalidated(invalidated) => may_amend(role, case, invalidated.event),
        Change::PaperAttached(attached) => may_amend(role, case, attached.event),
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

/// Whether any of the grants allows recording a change in a file, by the table of actions and by the
/// offices that take the steps.
///
/// # Errors
/// Why not, and who can.
pub fn decide_change(
    grants: &[Grant],
    case: &Case,
    change: &Change,
    resource: &Resource,
    today: Date,
) -> Result<(), Denial> {
    let action = action_of(change);
    decide(grants, action, resource, today)?;
    let is_theirs = |grant: &&Grant| may_record(grant.role, case, change);
    let theirs: Vec<Grant> = grants.iter().filter(is_theirs).cloned().collect();
    if !theirs.is_empty() {
        return decide(&theirs, action, resource, today);
    }
    let names: Vec<Text> =
        Role::ALL.iter().filter(|role| may_record(**role, case, change)).map(|role| role.name()).collect();
    let list = |side: fn(&Text) -> &str, comma: &str| names.iter().map(side).collect::<Vec<_>>().join(comma);
    Err(Denial {
        rule: "A07.office",
        text: Text::new(
            format!("此事项不由您的职责登记，应由{}登记。", list(|name| &name.zh, "、")),
            format!("Your office does not record this; these do: {}.", list(|name| &name.en, ", ")),
        ),
    })
}

/// The account that recorded what a change decides on, if it decides on anything.
#[must_use]
pub fn maker(case: &Case, change: &Change) -> Option<AccountId> {
    let Change::Completed(record) = change else { return None };
    let made = decided_on(record.step())?;
    let is_made = |change: &Change| matches!(change, Change::Completed(record) if record.step() == made);
    let mut log = case.log().iter().rev().filter(|logged| logged.counts());
    let logged = log.find(|logged| logged.event().is_some_and(|event| is_made(&event.change)))?;
    Some(logged.recorded.actor)
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
        Change::PaperAttached(_) | Change::Corrected(_) | Change::Invalidated(_) => &[],
    }
}
