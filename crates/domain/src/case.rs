//! An admission file (发展党员档案) as the fold of its events. Mistakes are never edited: a correction
//! or an invalidation is one more event, and both truths stay readable in the log. What is lawful
//! is decided in `decide`; nothing here refuses.

mod event;
mod file;
mod fold;
mod log;
mod papers;
mod step;

use jiff::civil::Date;

use crate::dates::{Instant, Lateness};
use crate::ids::{AccountId, CaseId, EventId, PersonId, UnitId};
use crate::person::Stage;
use crate::record::{Motion, Record, Voucher};

pub use crate::event::Fact;
pub use event::*;
pub use file::Candidate;
pub use log::{Logged, Standing};
pub use papers::Filed;
pub use step::Step;

/// A fact as it stands in the record, with both clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its identity.
    pub event_id: EventId,
    /// What happened, and when it is said to have happened.
    pub fact: Fact,
    /// When it was written down.
    pub recorded_at: Instant,
    /// The civil day at the site when it was written down.
    pub recorded_on: Date,
    /// How late that was.
    pub lateness: Lateness,
    /// Who wrote it down.
    pub actor: AccountId,
}

/// A step as it was taken: the record that counts, after corrections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// The event that recorded it.
    pub event: EventId,
    /// The day it was taken.
    pub on: Date,
    /// When it was written down.
    pub recorded_at: Instant,
    /// The civil day of that.
    pub recorded_on: Date,
    /// How late that was.
    pub lateness: Lateness,
    /// Whether it was entered live, back-filled or taken over.
    pub mode: EntryMode,
    /// The first day from which a minimum duration may be counted: the day itself when it was
    /// written down in time or taken over at the beginning, the day of writing when it was late.
    pub counts_from: Date,
    /// What it left behind.
    pub record: Record,
}

/// A public notice (公示) as it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRun {
    /// The event that opened it.
    pub event: EventId,
    /// Which decision it announces.
    pub stage: NoticeStage,
    /// First day.
    pub from: Date,
    /// The first day from which its length may be counted; see [`StepRecord::counts_from`].
    pub counts_from: Date,
    /// The last day as announced.
    pub last_on: Date,
    /// How it was closed, if it was.
    pub closed: Option<Closing>,
}

/// How a public notice was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The last day on which it was shown.
    pub to: Date,
    /// Number of objections.
    pub n_objections: u32,
    /// What follows from it now: after a check of the objections, what the check found.
    pub outcome: NoticeOutcome,
}

/// A halt of the procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The event that began it.
    pub event: EventId,
    /// Since when.
    pub since: Date,
    /// Why.
    pub reason: String,
}

/// How a file came to its end other than by the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The event.
    pub event: EventId,
    /// The day.
    pub on: Date,
    /// Why.
    pub reason: EndReason,
}

/// A mentor in office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentoring {
    /// Who.
    pub voucher: Voucher,
    /// Since when.
    pub from: Date,
}

/// A fault that the committee above took note of, so that the procedure may go on with it in sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The event.
    pub event: EventId,
    /// The rule.
    pub rule: String,
    /// Which of several places.
    pub occurrence: u32,
}

/// An admission file.
///
/// ```
/// use domain::case::Case;
/// use domain::ids::{CaseId, PersonId, UnitId};
/// use domain::person::Stage;
///
/// let case = Case::new(CaseId(1), PersonId(2), UnitId(3));
/// assert_eq!((case.version(), case.stage()), (0, Stage::None));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Identity.
    pub id: CaseId,
    /// Whose file it is.
    pub person: PersonId,
    /// The branch that keeps it.
    pub unit: UnitId,
    log: Vec<Logged>,
    home: UnitId,
    view: fold::View,
}

impl Case {
    /// A file without events, kept by a branch.
    #[must_use]
    pub fn new(id: CaseId, person: PersonId, unit: UnitId) -> Self {
        Case { id, person, unit, log: Vec::new(), home: unit, view: fold::View::default() }
    }

    /// Folds the events of a file, in the order in which they were recorded.
    #[must_use]
    pub fn fold(
        id: CaseId,
        person: PersonId,
        unit: UnitId,
        events: impl IntoIterator<Item = Recorded>,
    ) -> Self {
        let mut case = Case::new(id, person, unit);
        events.into_iter().for_each(|event| case.apply(event));
        case
    }

    /// Takes one more event. Events of other nouns are kept out of the log.
    pub fn apply(&mut self, recorded: Recorded) {
        let Some(is_amending) = log::is_amending(&recorded, self.id) else { return };
        self.log.push(Logged::standing(recorded));
        if is_amending {
            log::amend(&mut self.log);
            self.view = fold::View::default();
            self.unit = self.home;
            for position in 0..self.log.len() {
                self.step_over(position);
            }
        } else {
            self.step_over(self.log.len() - 1);
        }
    }

    fn step_over(&mut self, position: usize) {
        let logged = &self.log[position];
        if let Some(unit) = self.view.take(logged) {
            self.unit = unit;
        }
    }

    /// The number of events: the version that a command must name.
    #[must_use]
    pub fn version(&self) -> i64 {
        i64::try_from(self.log.len()).unwrap_or(i64::MAX)
    }

    /// Every event, with what became of it: what was written stays readable beside what counts.
    #[must_use]
    pub fn log(&self) -> &[Logged] {
        &self.log
    }

    /// An event of this file.
    #[must_use]
    pub fn logged(&self, event: EventId) -> Option<&Logged> {
        self.log.iter().find(|logged| logged.recorded.event_id == event)
    }

    /// The day on which the file was opened.
    #[must_use]
    pub fn opened_on(&self) -> Option<Date> {
        self.view.opened_on
    }

    /// The earlier file of the same person that this one follows.
    #[must_use]
    pub fn previous(&self) -> Option<CaseId> {
        self.view.previous
    }

    /// Every record of a step that counts, in the order of recording.
    pub fn records(&self, step: Step) -> impl DoubleEndedIterator<Item = &StepRecord> {
        self.view.records.iter().filter(move |record| record.record.step() == step)
    }

    /// Every record that counts, in the order of recording.
    #[must_use]
    pub fn all_records(&self) -> &[StepRecord] {
        &self.view.records
    }

    /// The latest record of a step.
    #[must_use]
    pub fn last(&self, step: Step) -> Option<&StepRecord> {
        self.records(step).next_back()
    }

    /// The latest record of a step, if it completes the step.
    #[must_use]
    pub fn done(&self, step: Step) -> Option<&StepRecord> {
        let record = self.last(step).filter(|record| record.record.is_positive())?;
        let is_settled = (step != Step::ConfirmationMeeting || self.standing_motion().is_some())
            && (step != Step::ConfirmationApproval || self.decided_motion().is_some());
        (is_settled && !self.view.returned.contains_key(&step)).then_some(record)
    }

    /// Whether a step is completed.
    #[must_use]
    pub fn is_done(&self, step: Step) -> bool {
        self.done(step).is_some()
    }

    /// The furthest step completed.
    #[must_use]
    pub fn furthest(&self) -> Option<Step> {
        Step::ALL.iter().rev().copied().find(|step| self.is_done(*step))
    }

    /// The step the file stands at: the first one behind the furthest, or none at the end.
    #[must_use]
    pub fn current_step(&self) -> Option<Step> {
        if self.view.end.is_some() {
            return None;
        }
        if let Some((&step, _)) = self.view.returned.first_key_value() {
            return Some(step);
        }
        match self.furthest() {
            Some(step) => step.later().next(),
            None => self.view.opened_on.map(|_| Step::Application),
        }
    }

    /// The mentors in office.
    #[must_use]
    pub fn mentors(&self) -> &[Mentoring] {
        &self.view.mentors
    }

    /// The public notices, in the order of opening.
    #[must_use]
    pub fn notices(&self) -> &[NoticeRun] {
        &self.view.notices
    }

    /// Why the procedure halts, if it does.
    #[must_use]
    pub fn hold(&self) -> Option<&Hold> {
        self.view.hold.as_ref()
    }

    /// Whether a notice has objections that are still being checked.
    #[must_use]
    pub fn has_open_objections(&self) -> bool {
        self.view.has_open_objections()
    }

    /// Steps that were returned for repair, with the reason, until they are taken again.
    pub fn returned(&self) -> impl Iterator<Item = (Step, &str)> {
        self.view.returned.iter().map(|(step, reason)| (*step, reason.as_str()))
    }

    /// The unit to which the file was sent and which has yet to receive it.
    #[must_use]
    pub fn on_the_way_to(&self) -> Option<(UnitId, Date)> {
        self.view.on_the_way
    }

    /// Days that do not count as training, because the file was not taken over.
    #[must_use]
    pub fn gap_days(&self) -> i64 {
        self.view.gap_days
    }

    /// The days of the thought reports (思想汇报).
    #[must_use]
    pub fn thought_reports(&self) -> &[Date] {
        &self.view.thought_reports
    }

    /// How the file ended, if it did before the archive.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.view.end.as_ref()
    }

    /// Whether nothing more is to be done: ended, or archived.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.view.end.is_some() || self.is_done(Step::Archive)
    }

    /// The faults that the committee above took note of.
    #[must_use]
    pub fn acknowledged(&self) -> &[Acknowledged] {
        &self.view.acknowledged
    }

    /// The day of becoming an activist.
    #[must_use]
    pub fn activist_on(&self) -> Option<Date> {
        self.done(Step::ActivistListing).map(|record| record.on)
    }

    /// The day of becoming a development target: of the agreement above where the edition asks for
    /// one, else of the branch's decision.
    #[must_use]
    pub fn target_on(&self) -> Option<Date> {
        let listing = self.done(Step::TargetListing)?;
        if let Record::TargetListing(target) = &listing.record
            && target.awaits_agreement
        {
            return self.done(Step::TargetFiling).map(|filing| filing.on);
        }
        Some(listing.on)
    }

    /// The day of the branch meeting that admitted: the first day of probation.
    #[must_use]
    pub fn admitted_on(&self) -> Option<Date> {
        self.done(Step::Approval)?;
        self.done(Step::BranchMeeting).map(|record| record.on)
    }

    /// The day on which probation ends, extensions included.
    #[must_use]
    pub fn probation_ends_on(&self) -> Option<Date> {
        let end = crate::months::add_months(self.admitted_on()?, 12);
        Some(match self.extension() {
            Some((_, months)) => crate::months::add_months(end, months),
            None => end,
        })
    }

    /// The vote that extended probation, with its months.
    #[must_use]
    pub fn extension(&self) -> Option<(&StepRecord, u16)> {
        self.records(Step::ConfirmationMeeting).find_map(|record| {
            let Record::ConfirmationVote(vote) = &record.record else { return None };
            let is_extension = vote.motion == Motion::Extend && record.record.is_positive();
            is_extension.then(|| (record, vote.extend_months.unwrap_or(0)))
        })
    }

    /// The motion that was carried and waits for the committee, or was approved for good.
    #[must_use]
    pub fn standing_motion(&self) -> Option<Motion> {
        match self.view.resolution? {
            fold::Resolution::Waiting(motion) | fold::Resolution::Approved(motion) => Some(motion),
        }
    }

    /// The motion that the committee approved for good: to confirm or to cancel.
    #[must_use]
    pub fn decided_motion(&self) -> Option<Motion> {
        match self.view.resolution? {
            fold::Resolution::Approved(motion) => Some(motion),
            fold::Resolution::Waiting(_) => None,
        }
    }

    /// The day from which the standing of a full member counts: the end of probation, even when
    /// the meeting was later.
    #[must_use]
    pub fn full_since(&self) -> Option<Date> {
        (self.decided_motion() == Some(Motion::Confirm)).then(|| self.probation_ends_on()).flatten()
    }

    /// Where the person stands by this file.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if let Some(end) = &self.view.end {
            return if self.admitted_on().is_some() || end.reason == EndReason::NotRecognised {
                Stage::Former
            } else {
                Stage::None
            };
        }
        let reached = [
            (self.full_since().is_some(), Stage::Full),
            (self.admitted_on().is_some(), Stage::Probationary),
            (self.target_on().is_some(), Stage::Target),
            (self.activist_on().is_some(), Stage::Activist),
            (self.is_done(Step::Application), Stage::Applicant),
        ];
        reached.into_iter().find_map(|(is_reached, stage)| is_reached.then_some(stage)).unwrap_or(Stage::None)
    }

    /// The day on which that stage was reached.
    #[must_use]
    pub fn stage_on(&self) -> Option<Date> {
        match self.stage() {
            Stage::Full => self.full_since(),
            Stage::Probationary => self.admitted_on(),
            Stage::Target => self.target_on(),
            Stage::Activist => self.activist_on(),
            Stage::Applicant => self.done(Step::Application).map(|record| record.on),
            Stage::None | Stage::Former => self.view.end.as_ref().map(|end| end.on),
        }
    }
}

#[cfg(test)]
mod tests;
