//! The day of an act against the day of its entry: how late, and what is owed for that.

use jiff::ToSpan;
use jiff::civil::Date;

use super::checking::{At, Checking};
use super::rules::ActRule;
use crate::calendar::Calendar;
use crate::case::{Change, EntryMode, Step};
use crate::dates::{Lateness, days_between};

/// Days after which an entry is very late.
const LATE_LIMIT_DAYS: i64 = 30;

/// How many working days an entry may follow what it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace(pub u16);

impl Grace {
    /// What most entries have.
    pub const USUAL: Grace = Grace(3);
    /// Votes and decisions of meetings.
    pub const MEETING: Grace = Grace(2);
    /// Public notices: their length is the point of them.
    pub const NOTICE: Grace = Grace(0);

    /// The grace of an event of an admission file.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        let is_vote =
            change.step().is_some_and(|step| matches!(step, Step::BranchMeeting | Step::ConfirmationMeeting));
        if matches!(change, Change::NoticeOpened(_) | Change::NoticeClosed(_)) {
            Grace::NOTICE
        } else if is_vote {
            Grace::MEETING
        } else {
            Grace::USUAL
        }
    }
}

/// How late an entry is. A day in the future counts as on time here; it is refused elsewhere.
///
/// ```
/// use domain::calendar::Calendar;
/// use domain::dates::Lateness;
/// use domain::decide::{Grace, lateness};
/// use jiff::civil::date;
///
/// let weekdays = Calendar::default();
/// // From Friday to Wednesday are three working days.
/// assert_eq!(lateness(date(2003, 3, 7), date(2003, 3, 12), Grace::USUAL, &weekdays), Lateness::OnTime);
/// assert_eq!(lateness(date(2003, 3, 7), date(2003, 3, 13), Grace::USUAL, &weekdays), Lateness::Late);
/// ```
#[must_use]
pub fn lateness(occurred_on: Date, recorded_on: Date, grace: Grace, calendar: &Calendar) -> Lateness {
    let days = days_between(occurred_on, recorded_on);
    if days > LATE_LIMIT_DAYS {
        return Lateness::VeryLate;
    }
    let spent = occurred_on
        .series(1.day())
        .skip(1)
        .take_while(|day| *day <= recorded_on)
        .filter(|day| calendar.is_working_day(*day))
        .count();
    // A notice has no grace at all, not even over a weekend.
    let is_in_time = if grace.0 == 0 { days <= 0 } else { spent <= usize::from(grace.0) };
    if is_in_time { Lateness::OnTime } else { Lateness::Late }
}

/// The class of an act of this mode.
pub(super) fn class(checking: &Checking<'_>) -> Lateness {
    let act = checking.act;
    match act.entry.mode {
        EntryMode::Legacy => Lateness::Legacy,
        EntryMode::Live | EntryMode::BackFill => {
            lateness(act.on, checking.now.today, Grace::of(&act.change), checking.setting.calendar())
        }
    }
}

pub(super) fn check(checking: &mut Checking<'_>) {
    let (act, today) = (checking.act, checking.now.today);
    let days = [("day", At::Day(act.on)), ("today", At::Day(today))];
    if act.on > today {
        checking.find(ActRule::Future, "on", &days);
    }
    let has_reason = act.entry.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
    if checking.lateness != Lateness::OnTime && !has_reason {
        checking.find(ActRule::LateReason, "entry.reason", &days);
    }
    let is_attested = act.entry.attested_by.is_some_and(|second| second != checking.setting.actor);
    if checking.lateness == Lateness::VeryLate && !is_attested {
        checking.find(ActRule::Attestation, "entry.attested_by", &days);
    }
    match act.entry.mode {
        EntryMode::BackFill if checking.lateness == Lateness::OnTime => {
            checking.find(ActRule::NeedlessBackFill, "entry.mode", &days);
        }
        EntryMode::Legacy if checking.setting.legacy_until.is_none_or(|until| today > until) => {
            checking.find(ActRule::LegacyClosed, "entry.mode", &days);
        }
        EntryMode::Live | EntryMode::BackFill | EntryMode::Legacy => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_classes_and_their_borders() {
        let calendar = Calendar::published();
        use Lateness::*;
        for (from, to, grace, expected) in [
            (date(2003, 3, 3), date(2003, 3, 3), Grace::NOTICE, OnTime),
            (date(2003, 3, 8), date(2003, 3, 9), Grace::NOTICE, Late),
            (date(2003, 3, 3), date(2003, 3, 5), Grace::MEETING, OnTime),
            (date(2003, 3, 3), date(2003, 3, 6), Grace::MEETING, Late),
            (date(2003, 3, 3), date(2003, 3, 6), Grace::USUAL, OnTime),
            (date(2003, 3, 3), date(2003, 3, 7), Grace::USUAL, Late),
            (date(2003, 3, 3), date(2003, 4, 2), Grace::USUAL, Late),
            (date(2003, 3, 3), date(2003, 4, 3), Grace::USUAL, VeryLate),
            // The spring festival of 2026 stands between.
            (date(2026, 2, 14), date(2026, 2, 26), Grace::USUAL, OnTime),
            (date(2026, 2, 14), date(2026, 2, 27), Grace::USUAL, Late),
        ] {
            assert_eq!(lateness(from, to, grace, &calendar), expected, "{from} {to} {grace:?}");
        }
    }
}
