//! Papers before the admitting meeting: reviews, the political review, the course, the
//! pre-examination.

use jiff::civil::Date;

use super::super::{Fact, FileDate, Trial};
use super::{Asking, Reading, Value};
use crate::case_file::Path;
use crate::months::add_months;

/// Windows are open at their start and closed at their end, each counted in one step from the
/// listing as an activist.
pub(super) fn review_every(asking: &mut Asking<'_, '_>, file: &Reading<'_>, months: u16) {
    let case = file.file;
    let Some(since) = case.activist.on else { return };
    let end = case.target.on.or(case.meeting.on).unwrap_or(file.as_of);
    let mut reviews: Vec<Date> = case.reviews.clone();
    reviews.sort_unstable();
    let mut reviews = reviews.into_iter().peekable();
    let mut from = since;
    for k in 0u16.. {
        let to = add_months(since, months.saturating_mul(k + 1));
        if to > end || to == from {
            return;
        }
        while reviews.next_if(|review| *review <= from).is_some() {}
        let is_empty = reviews.peek().is_none_or(|review| *review > to);
        if is_empty && asking.judges(Some(to)) {
            let facts = [
                (Fact::Nth, Value::Number(i64::from(k) + 1)),
                (Fact::From, Value::Day(from)),
                (Fact::To, Value::Day(to)),
                (Fact::Months, Value::Number(months.into())),
            ];
            asking.add(k.into(), &["reviews", "activist.on"].map(Path::Key), &facts);
        }
        from = to;
    }
}

pub(super) fn done(asking: &mut Asking<'_, '_>, file: &Reading<'_>, trial: Trial) {
    let case = file.file;
    let Some(meeting_on) = case.meeting.on else { return };
    let is_absent = match trial {
        Trial::PoliticalReview => case.political_review.is_none(),
        Trial::Course => case.course.is_none(),
        Trial::PreExamination => case.pre_examination.is_none(),
    };
    if is_absent {
        let paths = [trial.as_str(), "meeting.on"].map(Path::Key);
        asking.add(0, &paths, &[(Fact::Since, Value::Day(meeting_on))]);
    }
}

pub(super) fn passed(asking: &mut Asking<'_, '_>, file: &Reading<'_>, trial: Trial) {
    let case = file.file;
    let Some(meeting_on) = case.meeting.on else { return };
    let (result, day) = match trial {
        Trial::PoliticalReview => {
            (case.political_review.and_then(|review| review.passed), FileDate::PoliticalReviewOn)
        }
        Trial::Course => (case.course.and_then(|course| course.passed), FileDate::CourseTo),
        Trial::PreExamination => {
            (case.pre_examination.and_then(|examination| examination.passed), FileDate::PreExaminationOn)
        }
    };
    if result == Some(false) {
        let facts = [
            (Fact::Day, file.date(day).map_or(Value::Absent, Value::Day)),
            (Fact::Since, Value::Day(meeting_on)),
        ];
        asking.add(0, &[Path::Of(trial.as_str(), "passed"), Path::Key("meeting.on")], &facts);
    }
}

/// One sufficient length is enough; a length without record neither helps nor harms.
pub(super) fn course_long(asking: &mut Asking<'_, '_>, file: &Reading<'_>, days: u16, hours: u16) {
    let Some(course) = file.file.course else { return };
    let Some(from) = course.from else { return };
    let is_recorded = course.days.is_some() || course.hours.is_some();
    let is_long = course.days.is_some_and(|length| length.reaches(days))
        || course.hours.is_some_and(|length| length.reaches(hours));
    if is_recorded && !is_long {
        let facts = [
            (Fact::From, Value::Day(from)),
            (Fact::Days, course.days.map_or(Value::Absent, Value::Amount)),
            (Fact::Hours, course.hours.map_or(Value::Absent, Value::Amount)),
            (Fact::MinimumDays, Value::Number(days.into())),
            (Fact::MinimumHours, Value::Number(hours.into())),
        ];
        asking.add(0, &["course.days", "course.hours", "course.from"].map(Path::Key), &facts);
    }
}

pub(super) fn certificate_earned(asking: &mut Asking<'_, '_>, file: &Reading<'_>) {
    let Some(course) = file.file.course else { return };
    let Some(certificate_on) = course.certificate_on else { return };
    let (reason, other) = if course.exam_on.is_some_and(|exam_on| certificate_on < exam_on) {
        (("早于考试日期", "before the examination"), "course.exam_on")
    } else if course.passed == Some(false) {
        (("但考试未合格", "although the examination was not passed"), "course.passed")
    } else {
        return;
    };
    let facts = [(Fact::Day, Value::Day(certificate_on)), (Fact::Reason, Value::Words(reason))];
    asking.add(0, &["course.certificate_on", other].map(Path::Key), &facts);
}
