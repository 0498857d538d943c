//! Dates against dates: within, no sooner than, before, after, in order, recorded at all.

use jiff::civil::Date;

use super::super::{Fact, FileDate};
use super::{Asking, Reading, Value};
use crate::case_file::Path;
use crate::months::{add_months, birthday};

/// Until when a date is in time, and from when on this rule leaves it to a graver one.
pub(super) struct Last {
    pub(super) months: u16,
    pub(super) silent_beyond_months: Option<u16>,
}

pub(super) fn of_age(asking: &mut Asking<'_, '_>, file: &Reading<'_>, day: FileDate, years: u16) {
    let (Some(on), Some(born_on)) = (file.date(day), file.file.person.dob) else { return };
    let due = birthday(born_on, u8::try_from(years).unwrap_or(u8::MAX));
    if on < due {
        let facts = [
            (Fact::Day, Value::Day(on)),
            (Fact::Due, Value::Day(due)),
            (Fact::Since, Value::Day(born_on)),
            (Fact::Years, Value::Number(years.into())),
        ];
        asking.add(0, &[file.path(day), Path::Key("person.dob")], &facts);
    }
}

pub(super) fn within_months(
    asking: &mut Asking<'_, '_>,
    file: &Reading<'_>,
    day: FileDate,
    since: FileDate,
    last: Last,
    also_if_absent: bool,
) {
    let Some(from) = file.date(since) else { return };
    let due = add_months(from, last.months);
    let is_late = match file.date(day) {
        Some(on) => on > due && last.silent_beyond_months.is_none_or(|months| on <= add_months(from, months)),
        None => also_if_absent && file.as_of > due,
    };
    if is_late {
        let facts = span(file.date(day), from, due, last.months);
        asking.add(0, &[file.path(day), file.path(since)], &facts);
    }
}

pub(super) fn recorded_within_months(
    asking: &mut Asking<'_, '_>,
    file: &Reading<'_>,
    day: FileDate,
    since: FileDate,
    months: u16,
) {
    let (None, Some(from)) = (file.date(day), file.date(since)) else { return };
    let due = add_months(from, months);
    if file.as_of > due {
        let facts = [
            (Fact::Since, Value::Day(from)),
            (Fact::Due, Value::Day(due)),
            (Fact::Months, Value::Number(months.into())),
            (Fact::AsOf, Value::Day(file.as_of)),
        ];
        asking.add(0, &[file.path(day), file.path(since)], &facts);
    }
}

pub(super) fn no_sooner_than_months(
    asking: &mut Asking<'_, '_>,
    file: &Reading<'_>,
    day: FileDate,
    since: FileDate,
    months: u16,
) {
    let (Some(on), Some(from)) = (file.date(day), file.date(since)) else { return };
    let due = add_months(from, months);
    if on < due {
        asking.add(0, &[file.path(day), file.path(since)], &span(Some(on), from, due, months));
    }
}

pub(super) fn not_before(asking: &mut Asking<'_, '_>, file: &Reading<'_>, day: FileDate, other: FileDate) {
    if let (Some(on), Some(than)) = (file.date(day), file.date(other))
        && on < than
    {
        compared(asking, file, (day, on), (other, than));
    }
}

pub(super) fn not_after(asking: &mut Asking<'_, '_>, file: &Reading<'_>, day: FileDate, other: FileDate) {
    if let (Some(on), Some(than)) = (file.date(day), file.date(other))
        && on > than
    {
        compared(asking, file, (day, on), (other, than));
    }
}

pub(super) fn recorded_with(asking: &mut Asking<'_, '_>, file: &Reading<'_>, day: FileDate, other: FileDate) {
    if let (None, Some(since)) = (file.date(day), file.date(other)) {
        asking.add(0, &[file.path(day), file.path(other)], &[(Fact::Since, Value::Day(since))]);
    }
}

pub(super) fn in_order(
    asking: &mut Asking<'_, '_>,
    file: &Reading<'_>,
    dates: &[FileDate],
    judged_elsewhere: &[(FileDate, FileDate)],
) {
    let mut before: Option<(FileDate, Date)> = None;
    for (position, date) in dates.iter().enumerate() {
        let Some(on) = file.date(*date) else { continue };
        if let Some((other, than)) = before
            && on < than
            && !judged_elsewhere.contains(&(other, *date))
            && asking.judges(Some(on))
        {
            let facts = [
                (Fact::Day, Value::Day(on)),
                (Fact::Since, Value::Day(than)),
                (Fact::What, Value::Words(date.name())),
                (Fact::Before, Value::Words(other.name())),
            ];
            asking.add(position, &[file.path(*date), file.path(other)], &facts);
        }
        before = Some((*date, on));
    }
}

pub(super) fn probation_endorsed(asking: &mut Asking<'_, '_>, file: &Reading<'_>, months: u16) {
    let Some(meeting_on) = file.file.meeting.on else { return };
    let approval = &file.file.approval;
    let due = add_months(meeting_on, months);
    let differs = approval.probation_from.is_some_and(|from| from != meeting_on)
        || approval.probation_to.is_some_and(|to| to != due);
    if differs {
        let facts = [
            (Fact::From, approval.probation_from.map_or(Value::Absent, Value::Day)),
            (Fact::To, approval.probation_to.map_or(Value::Absent, Value::Day)),
            (Fact::Since, Value::Day(meeting_on)),
            (Fact::Due, Value::Day(due)),
            (Fact::Months, Value::Number(months.into())),
        ];
        let paths = ["approval.probation_from", "approval.probation_to", "meeting.on"].map(Path::Key);
        asking.add(0, &paths, &facts);
    }
}

fn compared(
    asking: &mut Asking<'_, '_>,
    file: &Reading<'_>,
    (day, on): (FileDate, Date),
    (other, than): (FileDate, Date),
) {
    let facts = [(Fact::Day, Value::Day(on)), (Fact::Since, Value::Day(than))];
    asking.add(0, &[file.path(day), file.path(other)], &facts);
}

fn span(day: Option<Date>, since: Date, due: Date, months: u16) -> [(Fact, Value); 4] {
    [
        (Fact::Day, day.map_or(Value::Absent, Value::Day)),
        (Fact::Since, Value::Day(since)),
        (Fact::Due, Value::Day(due)),
        (Fact::Months, Value::Number(months.into())),
    ]
}
