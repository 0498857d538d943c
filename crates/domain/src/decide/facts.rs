//! What is recorded for an act: the case event with the values that follow from the file and the
//! roster, and the facts about the person that come with it.

use super::Act;
use super::checking::Checking;
use super::order;
use crate::case::{Case, CaseEvent, Change, EndReason, Entry, Step};
use crate::event::{Event, Fact, PersonDeparted, PersonGrouped};
use crate::finding::Finding;
use crate::months::add_months;
use crate::person::Departure;
use crate::record::{Motion, Record, Voucher};

/// The change with what the form may leave out.
pub(super) fn complete(checking: &Checking<'_>) -> Change {
    let mut change = checking.act.change.clone();
    match &mut change {
        Change::MentorReplaced(change) => change.joining.iter_mut().for_each(|v| vouch(checking, v)),
        Change::Completed(record) => complete_record(checking, record),
        Change::Opened(_)
        | Change::ThoughtReported(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::StepReturned(_)
        | Change::FaultAcknowledged(_)
        | Change::TransferSent(_)
        | Change::TransferReceived(_)
        | Change::Ended(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => {}
    }
    change
}

fn complete_record(checking: &Checking<'_>, record: &mut Record) {
    let case = checking.case;
    if let Record::Mentors(named) = record {
        named.mentors.iter_mut().for_each(|voucher| vouch(checking, voucher));
    } else if let Record::Sponsors(named) = record {
        named.sponsors.iter_mut().for_each(|voucher| vouch(checking, voucher));
    } else if let Record::TargetListing(listing) = record {
        let (books, day) = (checking.setting.books, checking.act.on);
        listing.awaits_agreement = order::is_in_force(books, day, Step::TargetFiling);
    } else if let Record::Approval(approval) = record
        && approval.is_approved
    {
        let meeting_on = case.done(Step::BranchMeeting).map(|meeting| meeting.on);
        approval.probation_from = approval.probation_from.or(meeting_on);
        approval.probation_to = approval.probation_to.or(meeting_on.map(|on| add_months(on, 12)));
    } else if let Record::ConfirmationApproval(approval) = record
        && approval.is_approved
        && case.standing_motion() == Some(Motion::Confirm)
    {
        approval.standing_from = approval.standing_from.or(case.probation_ends_on());
    }
}

/// Writes down since when a member on a roster is a full one, as known on the day.
fn vouch(checking: &Checking<'_>, voucher: &mut Voucher) {
    let facts = voucher.person.and_then(|person| checking.setting.people.get(&person));
    if let Some(facts) = facts {
        voucher.full_since = facts.full_since;
    }
}

/// The case event as a fact.
pub(super) fn fact(case: &Case, act: &Act, change: Change, noted: Vec<String>) -> Fact {
    let unit = if let Change::TransferReceived(received) = &change { received.by } else { case.unit };
    let entry = Entry { noted, ..act.entry.clone() };
    let event = CaseEvent { case: case.id, entry, evidence: act.evidence.clone(), change };
    Fact {
        precision: act.precision,
        cites: act.cites.clone(),
        ..Fact::of_person(case.person, unit, act.on, event)
    }
}

/// Everything that is recorded for the act.
pub(super) fn build(case: &Case, act: &Act, change: Change, noted: &[Finding]) -> Vec<Fact> {
    let mut rules: Vec<String> = noted.iter().map(|finding| finding.rule.clone()).collect();
    rules.dedup();
    let companion = companion(case, &change);
    let mut facts = vec![fact(case, act, change, rules)];
    facts.extend(companion.map(|event| Fact::of_person(case.person, case.unit, act.on, event)));
    facts
}

/// What the roster has to learn beyond the file itself.
fn companion(case: &Case, change: &Change) -> Option<Event> {
    let departed = |departure: Departure, reason: String| Event::from(PersonDeparted { departure, reason });
    match change {
        Change::Completed(Record::Assignment(assignment)) if assignment.branch == case.unit => {
            assignment.group.map(|group| PersonGrouped { group: Some(group) }.into())
        }
        Change::Completed(Record::ConfirmationApproval(approval))
            if approval.is_approved && case.standing_motion() == Some(Motion::Cancel) =>
        {
            Some(departed(Departure::ProbationCancelled, "支部大会决议，上级党委批准".into()))
        }
        Change::Ended(ended) if case.stage().is_member() => match ended.reason {
            EndReason::NotRecognised => Some(departed(Departure::NotRecognised, ended.grounds.clone())),
            EndReason::Died => Some(departed(Departure::Died, ended.grounds.clone())),
            EndReason::Withdrawn
            | EndReason::RemovedFromList
            | EndReason::Refused
            | EndReason::ProbationCancelled
            | EndReason::Left => None,
        },
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
        | Change::Ended(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => None,
    }
}
