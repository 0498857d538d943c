//! The end of probation (转正). Meetings are taken by date wherever they stand in the list; list
//! positions only say where to look.

use super::super::{Fact, FileDate};
use super::reading::confirmation;
use super::{Asking, Reading, Value};
use crate::case_file::{ConfirmationMeeting, Outcome, Path};
use crate::months::add_months;

pub(super) fn no_sooner(asking: &mut Asking<'_, '_>, file: &Reading<'_>, months: u16) {
    first_decision(asking, file, months, |first, due| first.on < due && first.outcome != Outcome::Cancel);
}

pub(super) fn within(asking: &mut Asking<'_, '_>, file: &Reading<'_>, months: u16) {
    first_decision(asking, file, months, |first, due| first.on > due);
}

pub(super) fn applied(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    let Some((position, meeting)) = file.confirming() else { return };
    let applied_on = file.file.confirmation.applied_on;
    if applied_on.is_none_or(|applied_on| applied_on > meeting.on) {
        let facts = [
            (Fact::Day, applied_on.map_or(Value::Absent, Value::Day)),
            (Fact::Since, Value::Day(meeting.on)),
        ];
        let path = file.path(FileDate::ConfirmationAppliedOn);
        asking.add(0, &[path, confirmation(position, "on")], &facts);
    }
}

pub(super) fn extension_length(asking: &mut Asking<'_, '_>, file: &Reading<'_>, minimum: u16, maximum: u16) {
    for (position, meeting) in file.file.confirmation.meetings.iter().enumerate() {
        let Some(months) = meeting.extend_months.filter(|_| meeting.outcome == Outcome::Extend) else {
            continue;
        };
        if !(minimum..=maximum).contains(&months) && asking.judges(Some(meeting.on)) {
            let facts = [
                (Fact::Day, Value::Day(meeting.on)),
                (Fact::Count, Value::Number(months.into())),
                (Fact::Minimum, Value::Number(minimum.into())),
                (Fact::Maximum, Value::Number(maximum.into())),
            ];
            asking.add(position, &[confirmation(position, "extend_months")], &facts);
        }
    }
}

pub(super) fn extension_once(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    let mut extensions = file.confirmations().filter(|(_, meeting)| meeting.outcome == Outcome::Extend);
    let (Some((first, _)), Some((second, meeting))) = (extensions.next(), extensions.next()) else {
        return;
    };
    if asking.judges(Some(meeting.on)) {
        let paths = [confirmation(second, "outcome"), confirmation(first, "outcome")];
        asking.add(0, &paths, &[(Fact::Day, Value::Day(meeting.on))]);
    }
}

/// Two additions, each clamped: probation first, then the extension.
pub(super) fn extension_served(asking: &mut Asking<'_, '_>, file: &Reading<'_>, months: u16) {
    let Some(admitted_on) = file.file.meeting.on else { return };
    let mut meetings = file.confirmations();
    let Some((extension, first)) = meetings.find(|(_, meeting)| meeting.outcome == Outcome::Extend) else {
        return;
    };
    let Some(extend_months) = first.extend_months else { return };
    let due = add_months(add_months(admitted_on, months), extend_months);
    for (position, meeting) in meetings {
        let is_early = match meeting.outcome {
            Outcome::Confirm | Outcome::Extend => meeting.on < due,
            Outcome::Cancel => false,
        };
        if is_early && asking.judges(Some(meeting.on)) {
            let facts = [
                (Fact::Day, Value::Day(meeting.on)),
                (Fact::Due, Value::Day(due)),
                (Fact::Months, Value::Number(months.into())),
                (Fact::Count, Value::Number(extend_months.into())),
            ];
            let paths = [confirmation(position, "on"), confirmation(extension, "extend_months")];
            asking.add(position, &paths, &facts);
        }
    }
}

fn first_decision(
    asking: &mut Asking<'_, '_>,
    file: &Reading<'_>,
    months: u16,
    is_wrong: impl Fn(&ConfirmationMeeting, jiff::civil::Date) -> bool,
) {
    let Some(admitted_on) = file.file.meeting.on else { return };
    let Some((position, first)) = file.confirmations().next() else { return };
    let due = add_months(admitted_on, months);
    if is_wrong(first, due) && asking.judges(Some(first.on)) {
        let facts = [
            (Fact::Day, Value::Day(first.on)),
            (Fact::Since, Value::Day(admitted_on)),
            (Fact::Due, Value::Day(due)),
            (Fact::Months, Value::Number(months.into())),
        ];
        asking.add(0, &[confirmation(position, "on"), Path::Key("meeting.on")], &facts);
    }
}
