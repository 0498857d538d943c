//! Corrections, invalidations, acknowledged faults and ends: acts on the file as such.

use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::case::{Change, Corrected, EndReason, Ended, Logged, Standing};
use crate::ids::EventId;
use crate::person::Stage;

/// Missed days that nothing can mend, so that the committee above may take note of them.
const ACKNOWLEDGEABLE: [&str; 4] =
    ["V02.talk_late", "V02.talk_missing", "V05.review_missing", "V15.approval_late"];

pub(super) fn check(checking: &mut Checking<'_>) {
    match &checking.act.change {
        Change::Corrected(correction) => check_correction(checking, correction),
        Change::Invalidated(invalidation) => {
            // An invalidation can itself be void; a second one on the same entry says nothing.
            let is_fit = amended(checking, invalidation.event)
                .is_some_and(|logged| !matches!(logged.event().map(|e| &e.change), Some(Change::Opened(_))));
            if !is_fit {
                checking.find(ActRule::AmendTarget, "event", &[]);
            }
        }
        Change::PaperAttached(attached) => {
            let is_fit = amended(checking, attached.event)
                .and_then(|logged| logged.event())
                .is_some_and(|entry| !matches!(entry.change, Change::PaperAttached(_)));
            if !is_fit {
                checking.find(ActRule::AmendTarget, "event", &[]);
            }
        }
        Change::FaultAcknowledged(fault) => {
            if !ACKNOWLEDGEABLE.contains(&fault.rule.as_str()) {
                let rule = At::Plain(fault.rule.clone());
                checking.find(ActRule::NotAcknowledgeable, "rule", &[("rule", rule)]);
            }
        }
        Change::Ended(ended) => check_end(checking, ended),
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
        | Change::TransferSent(_)
        | Change::TransferReceived(_) => {}
    }
}

fn amended<'a>(checking: &Checking<'a>, event: EventId) -> Option<&'a Logged> {
    checking.case.logged(event).filter(|logged| !matches!(logged.standing, Standing::Void(_)))
}

fn check_correction(checking: &mut Checking<'_>, correction: &Corrected) {
    let target = amended(checking, correction.event).filter(|logged| {
        logged
            .event()
            .is_some_and(|event| !event.change.is_amending() && !matches!(event.change, Change::Opened(_)))
    });
    let Some(target) = target else {
        checking.find(ActRule::AmendTarget, "event", &[]);
        return;
    };
    if correction.changes.is_empty() {
        checking.find(ActRule::Blank, "changes", &[]);
    }
    match target.corrected(&correction.changes) {
        Err(field) => {
            checking.find(ActRule::AmendChange, "changes", &[("field", At::Plain(field))]);
        }
        Ok(fact) if fact.occurred_on > checking.now.today => {
            let days = [("day", At::Day(fact.occurred_on)), ("today", At::Day(checking.now.today))];
            checking.find(ActRule::Future, "changes", &days);
        }
        Ok(_) => {}
    }
}

/// Which ends are open at which stage. A cancellation comes from the vote and its approval, and a
/// refusal from the committee's decision; neither is declared.
fn check_end(checking: &mut Checking<'_>, ended: &Ended) {
    let stage = checking.case.stage();
    let is_candidate = matches!(stage, Stage::None | Stage::Applicant | Stage::Activist | Stage::Target);
    let is_fit = match ended.reason {
        EndReason::Withdrawn => is_candidate,
        EndReason::RemovedFromList => matches!(stage, Stage::Activist | Stage::Target),
        EndReason::Refused | EndReason::ProbationCancelled => false,
        EndReason::NotRecognised => stage.is_member(),
        EndReason::Died | EndReason::Left => true,
    };
    if !is_fit {
        checking.find(ActRule::WrongEnd, "reason", &[]);
    }
    let is_removal = ended.reason == EndReason::RemovedFromList;
    let is_decided = ended.minutes.as_ref().is_some_and(|minutes| minutes.is_agreed);
    if is_removal && (!is_decided || ended.informed_on.is_none()) {
        checking.find(ActRule::NotInformed, "informed_on", &[]);
    }
}
