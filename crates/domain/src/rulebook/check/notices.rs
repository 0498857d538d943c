//! Public notices (公示). A notice counts only with both its days. One that is long enough and over
//! before the step settles the matter; otherwise the one that ended last is judged.

use jiff::civil::Date;

use super::super::{DayUnit, Fact, FileDate, Span};
use super::{Asking, Reading, Value};
use crate::calendar::Calendar;
use crate::case_file::{Path, Stage};
use crate::dates::days_between;

/// A notice that counts, with its list position.
#[derive(Clone, Copy)]
struct Posted {
    position: usize,
    from: Date,
    to: Date,
}

pub(super) fn posted(asking: &mut Asking<'_, '_>, file: &Reading<'_>, stage: Stage, length: Span) {
    let (step, Some(step_on)) = step(file, stage) else { return };
    if asking.judges(Some(step_on)) && counting(file, stage).next().is_none() {
        let facts = [(Fact::Day, Value::Day(step_on)), (Fact::Minimum, Value::Number(length.count.into()))];
        asking.add(occurrence(stage), &[Path::Key("notices"), file.path(step)], &facts);
    }
}

pub(super) fn long(asking: &mut Asking<'_, '_>, file: &Reading<'_>, stage: Stage, length: Span) {
    let (step, Some(step_on)) = step(file, stage) else { return };
    if !asking.judges(Some(step_on)) {
        return;
    }
    let Some(notice) = judged(file, asking.calendar, stage, length, step_on) else { return };
    if !is_long(asking.calendar, notice, length) {
        let facts = [
            (Fact::From, Value::Day(notice.from)),
            (Fact::To, Value::Day(notice.to)),
            (Fact::Count, Value::Number(days(asking.calendar, notice, length).max(0))),
            (Fact::Minimum, Value::Number(length.count.into())),
        ];
        let [to, from] = ["to", "from"].map(|key| Path::Entry("notices", notice.position, key));
        asking.add(occurrence(stage), &[to, from, file.path(step)], &facts);
    }
}

pub(super) fn over(asking: &mut Asking<'_, '_>, file: &Reading<'_>, stage: Stage, length: Span) {
    let (step, Some(step_on)) = step(file, stage) else { return };
    if !asking.judges(Some(step_on)) {
        return;
    }
    let Some(notice) = judged(file, asking.calendar, stage, length, step_on) else { return };
    if step_on <= notice.to {
        let facts = [(Fact::Day, Value::Day(step_on)), (Fact::To, Value::Day(notice.to))];
        let to = Path::Entry("notices", notice.position, "to");
        asking.add(occurrence(stage), &[file.path(step), to], &facts);
    }
}

/// The step that a notice announces, and its day.
fn step(file: &Reading<'_>, stage: Stage) -> (FileDate, Option<Date>) {
    let step = match stage {
        Stage::Target => FileDate::TargetOn,
        Stage::Admission => FileDate::MeetingOn,
        Stage::Confirmation => FileDate::ConfirmingMeetingOn,
    };
    (step, file.date(step))
}

fn occurrence(stage: Stage) -> usize {
    match stage {
        Stage::Target => 0,
        Stage::Admission => 1,
        Stage::Confirmation => 2,
    }
}

fn counting(file: &Reading<'_>, stage: Stage) -> impl Iterator<Item = Posted> {
    file.file
        .notices
        .iter()
        .enumerate()
        .filter(move |(_, notice)| notice.stage == stage)
        .filter_map(|(position, notice)| Some(Posted { position, from: notice.from?, to: notice.to? }))
}

/// The notice to judge: none if one settles the matter, else the last to end, and of those the
/// later in the list.
fn judged(
    file: &Reading<'_>,
    calendar: &Calendar,
    stage: Stage,
    length: Span,
    step_on: Date,
) -> Option<Posted> {
    let settles = |notice: Posted| notice.to < step_on && is_long(calendar, notice, length);
    if counting(file, stage).any(settles) {
        return None;
    }
    counting(file, stage).max_by_key(|notice| notice.to)
}

fn is_long(calendar: &Calendar, notice: Posted, length: Span) -> bool {
    days(calendar, notice, length) >= i64::from(length.count)
}

/// The length of a notice; nothing or less when it ends before it begins. Working days are counted
/// only as far as the minimum asks, so that a notice of a century costs no more than one of a week.
fn days(calendar: &Calendar, notice: Posted, length: Span) -> i64 {
    match length.unit {
        DayUnit::Calendar => days_between(notice.from, notice.to) + 1,
        DayUnit::Working => {
            let days = notice.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= notice.to);
            let working = days.filter(|day| calendar.is_working_day(*day));
            working.take(length.count.into()).map(|_| 1).sum()
        }
    }
}
