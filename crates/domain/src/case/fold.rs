//! What the events of a file add up to. Every event is taken as it stands; whether it should have
//! been recorded is asked elsewhere.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    Acknowledged, CaseEvent, Change, Closing, End, EndReason, EntryMode, Hold, Logged, Mentoring,
    NoticeOutcome, NoticeRun, Step, StepRecord,
};
use crate::dates::{Lateness, days_between};
use crate::ids::{CaseId, EventId, UnitId};
use crate::record::{Motion, Named, Record, Voucher};

/// Where the branch's resolution on the end of probation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// Carried by the branch, not yet decided above.
    Waiting(Motion),
    /// Approved for good: to confirm or to cancel.
    Approved(Motion),
}

/// The sum of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct View {
    pub(super) opened_on: Option<Date>,
    pub(super) previous: Option<CaseId>,
    pub(super) records: Vec<StepRecord>,
    pub(super) mentors: Vec<Mentoring>,
    pub(super) notices: Vec<NoticeRun>,
    pub(super) hold: Option<Hold>,
    pub(super) returned: BTreeMap<Step, String>,
    pub(super) on_the_way: Option<(UnitId, Date)>,
    pub(super) gap_days: i64,
    pub(super) thought_reports: Vec<Date>,
    pub(super) acknowledged: Vec<Acknowledged>,
    pub(super) resolution: Option<Resolution>,
    pub(super) end: Option<End>,
}

impl View {
    /// Takes one event; returns the branch that keeps the file from then on, if that changed.
    pub(super) fn take(&mut self, logged: &Logged) -> Option<UnitId> {
        let event = logged.counts().then(|| logged.event()).flatten()?;
        let (id, on) = (logged.recorded.event_id, logged.effective.occurred_on);
        match &event.change {
            Change::Completed(record) => self.complete(logged, event, record),
            Change::Opened(opened) => (self.opened_on, self.previous) = (Some(on), opened.previous),
            Change::ThoughtReported(_) => self.thought_reports.push(on),
            Change::MentorReplaced(change) => {
                self.mentors.retain(|mentor| !is_same(&mentor.voucher, &change.leaving));
                self.mentors.extend(change.joining.clone().map(|voucher| Mentoring { voucher, from: on }));
            }
            Change::NoticeOpened(notice) => self.notices.push(NoticeRun {
                event: id,
                stage: notice.stage,
                from: on,
                counts_from: counts_from(logged, event),
                last_on: notice.last_on,
                closed: None,
            }),
            Change::NoticeClosed(closed) => self.on_notice(closed.notice, |run| {
                run.closed = Some(Closing {
                    to: closed.to,
                    n_objections: closed.n_objections,
                    outcome: closed.outcome,
                });
            }),
            Change::ObjectionsSettled(settled) => self.on_notice(settled.notice, |run| {
                if let Some(closing) = &mut run.closed {
                    closing.outcome = settled.outcome;
                }
            }),
            Change::Suspended(hold) => {
                self.hold = Some(Hold { event: id, since: on, reason: hold.reason.clone() });
            }
            Change::Resumed(_) => self.hold = None,
            Change::StepReturned(returned) => {
                self.returned.insert(returned.step, returned.reason.clone());
            }
            Change::FaultAcknowledged(fault) => self.acknowledged.push(Acknowledged {
                event: id,
                rule: fault.rule.clone(),
                occurrence: fault.occurrence,
            }),
            Change::TransferSent(sent) => self.on_the_way = Some((sent.to, on)),
            Change::TransferReceived(received) => {
                let left_on = self.on_the_way.take().map_or(on, |(_, left_on)| left_on);
                if !received.is_file_received {
                    self.gap_days += days_between(left_on, on).max(0);
                }
                return Some(received.by);
            }
            Change::Ended(ended) => self.end = Some(End { event: id, on, reason: ended.reason }),
            Change::PaperAttached(_) | Change::Corrected(_) | Change::Invalidated(_) => {}
        }
        None
    }

    fn complete(&mut self, logged: &Logged, event: &CaseEvent, record: &Record) {
        let recorded = &logged.recorded;
        let (id, on) = (recorded.event_id, logged.effective.occurred_on);
        self.returned.remove(&record.step());
        // What was written on the ground of an earlier record of this step is to be done anew.
        let renewed = renewed_with(record.step());
        self.records.retain(|earlier| !renewed.contains(&earlier.record.step()));
        self.records.push(StepRecord {
            event: id,
            on,
            recorded_at: recorded.recorded_at,
            recorded_on: recorded.recorded_on,
            lateness: recorded.lateness,
            mode: event.entry.mode,
            counts_from: counts_from(logged, event),
            record: record.clone(),
        });
        if let Record::Mentors(named) = record {
            let mentoring = |voucher: &Voucher| Mentoring { voucher: voucher.clone(), from: on };
            self.mentors = named.mentors.iter().map(mentoring).collect();
        } else if let Record::ConfirmationVote(vote) = record {
            self.resolution = record.is_positive().then_some(Resolution::Waiting(vote.motion));
        } else if let Record::ConfirmationApproval(approval) = record {
            self.decide(id, on, approval.is_approved);
        } else if let Record::Approval(approval) = record
            && !approval.is_approved
        {
            self.end = Some(End { event: id, on, reason: EndReason::Refused });
        }
    }

    /// The committee's answer on the resolution that waits. An approved extension, or a resolution
    /// sent back, leaves the end of probation open.
    fn decide(&mut self, event: EventId, on: Date, is_approved: bool) {
        let Some(Resolution::Waiting(motion)) = self.resolution else { return };
        self.resolution = match (is_approved, motion) {
            (true, Motion::Confirm | Motion::Cancel) => Some(Resolution::Approved(motion)),
            (true, Motion::Extend) | (false, _) => None,
        };
        if self.resolution == Some(Resolution::Approved(Motion::Cancel)) {
            self.end = Some(End { event, on, reason: EndReason::ProbationCancelled });
        }
    }

    fn on_notice(&mut self, event: EventId, change: impl FnOnce(&mut NoticeRun)) {
        if let Some(run) = self.notices.iter_mut().find(|run| run.event == event) {
            change(run);
        }
    }

    /// Whether a notice stands that has objections to be settled.
    pub(super) fn has_open_objections(&self) -> bool {
        self.notices
            .iter()
            .any(|run| run.closed.as_ref().is_some_and(|closing| closing.outcome == NoticeOutcome::Check))
    }
}

/// The first day from which a minimum duration may be counted (`docs/decisions/0006`). A correction
/// can move that day later but never earlier: an earlier day that was not witnessed opens nothing.
fn counts_from(logged: &Logged, event: &CaseEvent) -> Date {
    let (claimed, recorded) = (logged.effective.occurred_on, &logged.recorded);
    let witnessed = match (event.entry.mode, recorded.lateness) {
        (EntryMode::Legacy, _) | (EntryMode::Live, Lateness::OnTime) => recorded.fact.occurred_on,
        (EntryMode::Live, Lateness::Late | Lateness::VeryLate | Lateness::Legacy)
        | (EntryMode::BackFill, _) => recorded.recorded_on,
    };
    claimed.max(witnessed)
}

/// Steps that rest on this one and are taken anew when it is.
fn renewed_with(step: Step) -> &'static [Step] {
    if step == Step::PreExamination {
        &[Step::ApplicationForm]
    } else if step == Step::BranchMeeting {
        &[Step::ApprovalTalk]
    } else {
        &[]
    }
}

fn is_same(voucher: &Voucher, named: &Named) -> bool {
    match (voucher.person, named.person) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => voucher.name == named.name,
    }
}
