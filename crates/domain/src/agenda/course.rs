//! The earliest lawful calendar: the file played forward, every step on its first day.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Ahead, decision_of, limits};
use crate::case::{Case, NoticeOutcome, NoticeStage, Step};
use crate::decide::{Setting, described_on, is_asked_for};
use crate::months::add_months;
use crate::rulebook::{self, Limit};

/// The first lawful days of the steps ahead.
pub(super) struct Course {
    earliest: BTreeMap<Step, Date>,
    opens: BTreeMap<NoticeStage, Date>,
    latest: BTreeMap<Step, Date>,
}

impl Course {
    pub(super) fn run(case: &Case, setting: &Setting<'_>, today: Date) -> Self {
        let mut course =
            Course { earliest: BTreeMap::new(), opens: BTreeMap::new(), latest: BTreeMap::new() };
        for &step in Step::ALL {
            let is_asked = is_asked_for(case, setting.books, today, step);
            if (case.is_done(step) && !step.is_repeated()) || (!is_asked && !case.is_done(step)) {
                continue;
            }
            let day = course.first_day(case, setting, today, step);
            course.earliest.insert(step, day);
            if let Some(latest) = limits::latest(case, setting, step, today) {
                course.latest.insert(step, latest);
            }
        }
        course
    }

    /// The first lawful day of a step ahead.
    pub(super) fn earliest(&self, step: Step) -> Option<Date> {
        self.earliest.get(&step).copied()
    }

    /// The first day of the notice that is still to be opened before a decision.
    pub(super) fn notice_opens(&self, stage: NoticeStage) -> Option<Date> {
        self.opens.get(&stage).copied()
    }

    pub(super) fn described<'a>(&self, setting: &Setting<'a>, today: Date, step: Step) -> &'a rulebook::Step {
        let day = self.earliest(step).unwrap_or(today);
        described_on(setting.books, day, step).expect("the editions together describe every step")
    }

    pub(super) fn ahead(&self, setting: &Setting<'_>, today: Date) -> Vec<Ahead> {
        let ahead = |(step, earliest_on): (&Step, &Date)| Ahead {
            step: *step,
            name: self.described(setting, today, *step).name.clone(),
            earliest_on: *earliest_on,
            latest_on: self.latest.get(step).copied(),
        };
        self.earliest.iter().map(ahead).collect()
    }

    fn first_day(&mut self, case: &Case, setting: &Setting<'_>, today: Date, step: Step) -> Date {
        let after = described_on(setting.books, today, step).map_or(&[][..], |step| &step.after);
        let before = after.iter().filter_map(|word| Step::parse(word));
        let ready = before.filter_map(|step| self.day_of(case, step)).max().unwrap_or(today).max(today);
        let ready = ready.max(self.gate(case, setting, step).unwrap_or(ready));
        match NoticeStage::ALL.iter().find(|stage| decision_of(**stage) == step) {
            Some(&stage) => self.after_notice(case, setting, stage, ready),
            None => ready,
        }
    }

    /// When a step was taken, or can first be.
    fn day_of(&self, case: &Case, step: Step) -> Option<Date> {
        case.done(step).map(|record| record.on).or_else(|| self.earliest(step))
    }

    /// The end of a minimum duration, counted from days that were witnessed.
    fn gate(&self, case: &Case, setting: &Setting<'_>, step: Step) -> Option<Date> {
        let start_of =
            |step: Step| case.done(step).map(|record| record.counts_from).or_else(|| self.earliest(step));
        let limits = |day: Date| described_on(setting.books, day, step).map(|step| &step.limits);
        if step == Step::TargetListing {
            let start = start_of(Step::ActivistListing)?;
            let months = *limits(start)?.get(&Limit::NoSoonerThanMonths)?;
            return Some(add_months(start, months).saturating_add(case.gap_days().days()));
        }
        if step == Step::ConfirmationMeeting {
            let start = start_of(Step::BranchMeeting)?;
            let months = *limits(start)?.get(&Limit::NoSoonerThanMonths)?;
            let extension = case.extension().map_or(0, |(_, months)| months);
            return Some(add_months(add_months(start, months), extension));
        }
        if step == Step::ConfirmationApplication {
            // From a week before the end of probation, by practice.
            let start = start_of(Step::BranchMeeting)?;
            let end = case.probation_ends_on().unwrap_or_else(|| add_months(start, 12));
            return Some(end.saturating_sub(7.days()));
        }
        None
    }

    /// The first day behind a notice: one that was shown, one that runs, or one still to be opened.
    fn after_notice(&mut self, case: &Case, setting: &Setting<'_>, stage: NoticeStage, ready: Date) -> Date {
        let run = case.notices().iter().rfind(|run| run.stage == stage);
        let shown = run.and_then(|run| match &run.closed {
            Some(closing) if closing.outcome == NoticeOutcome::Stop => None,
            Some(closing) => Some(closing.to),
            None => Some(limits::notice_ends(case, setting, run)),
        });
        if let Some(last) = shown {
            return ready.max(last.saturating_add(1.day()));
        }
        let Some(length) = limits::notice_length(setting, ready, stage) else { return ready };
        // A notice before confirmation may run while probation comes to its end.
        let opens = match stage {
            NoticeStage::Target | NoticeStage::Admission => ready,
            NoticeStage::Confirmation => {
                let last = ready.saturating_sub(1.day());
                last.saturating_sub(i64::from(length.count.saturating_sub(1)).days())
            }
        };
        self.opens.insert(stage, opens);
        ready.max(limits::last_day(setting, opens, length).saturating_add(1.day()))
    }
}
