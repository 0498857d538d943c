//! The days of one journey from application to archive, as the trial rules of 1990 and the source
//! plan ask for them. All of it is planned, also what lies behind the demonstration day; what did
//! happen is cut off elsewhere. No names and no papers here.

use domain::calendar::Calendar;
use domain::dates::days_between;
use domain::months::add_months;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::demo::random::Random;
use crate::demo::{DAY, LAST_DAY, people};

/// Days from the application to the earliest meeting that can admit.
const FASTEST: i64 = 565;
/// Days that the steps between target listing and meeting need.
pub(crate) const PREPARING: i64 = 135;

/// A short course (短期集中培训) of a county: one time and one paper for all who attend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cohort {
    /// Position of the county in the plan of the tree.
    pub(crate) county: usize,
    /// Monday.
    pub(crate) from: Date,
    /// Saturday, with the examination.
    pub(crate) to: Date,
}

/// From application to the name on the list of development targets, and on to the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Training {
    pub(crate) applied: Date,
    pub(crate) talk: Date,
    pub(crate) recommended: Date,
    pub(crate) listed: Date,
    pub(crate) reviews: Vec<Date>,
    pub(crate) reports: Vec<Date>,
    pub(crate) target: Date,
}

/// The months before the meeting, and the committee's answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) sponsors: Date,
    pub(crate) political: Date,
    pub(crate) course: Cohort,
    pub(crate) examined: Date,
    pub(crate) form: Date,
    pub(crate) notice: (Date, Date),
    pub(crate) meeting: Date,
    pub(crate) approval_talk: Date,
    pub(crate) approval: Date,
}

/// The year after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probation {
    pub(crate) assigned: Date,
    pub(crate) oath: Date,
    pub(crate) reviews: Vec<Date>,
    pub(crate) ends: Date,
    pub(crate) applied: Date,
    pub(crate) notice: (Date, Date),
    pub(crate) meeting: Date,
    pub(crate) approval: Date,
    pub(crate) archived: Date,
}

/// A whole journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) training: Training,
    pub(crate) admission: Admission,
    pub(crate) probation: Probation,
}

/// Draws days, and knows on which of them offices work.
pub(crate) struct Diary<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) random: Random,
    /// Position of the county in the plan of the tree.
    pub(crate) county: usize,
}

impl Diary<'_> {
    /// The journey of somebody who applied on a day and was admitted in a year, or in none so far.
    pub(crate) fn journey(&mut self, applied_on: Date, admitted_in: Option<i16>) -> Days {
        let applied = self.forward(applied_on);
        let (mut training, meeting) = match admitted_in {
            Some(year) => self.recruit(applied, year),
            None => self.candidate(applied),
        };
        training.reviews = self.half_years(training.listed, meeting);
        let admission = self.admission(training.target, meeting);
        let probation = self.probation(&admission);
        Days { training, admission, probation }
    }

    /// A first journey that came to nothing before the second application; the day on which the
    /// branch gave it up stands in the place of the listing as a target.
    pub(crate) fn first_attempt(&mut self, second: Date) -> Training {
        let applied = self.forward(second.saturating_sub(470.days()));
        let talk = self.after(applied, 4, 20);
        let listed = self.after(applied, 35, 80);
        let given_up = self.after(listed, 200, 260);
        let mut training = self.training([applied, talk, listed, given_up], given_up);
        training.reviews = self.half_years(listed, given_up);
        training
    }

    /// The same journey with the meeting on another day.
    pub(crate) fn moved(&mut self, days: &Days, meeting: Date) -> Days {
        let admission = self.admission(days.training.target, meeting);
        let probation = self.probation(&admission);
        Days { training: days.training.clone(), admission, probation }
    }

    /// The same journey with an approval so many days after the meeting.
    pub(crate) fn approved_after(&mut self, days: &Days, n_days: i64) -> Days {
        let mut admission = days.admission.clone();
        admission.approval = self.forward(admission.meeting.saturating_add(n_days.days()));
        admission.approval_talk = self.back(admission.approval.saturating_sub(9.days()));
        let probation = self.probation(&admission);
        Days { training: days.training.clone(), admission, probation }
    }

    /// The first working day from a day on.
    pub(crate) fn forward(&self, day: Date) -> Date {
        let mut days = day.series(1.day());
        days.find(|day| self.calendar.is_working_day(*day)).unwrap_or(day)
    }

    /// The last working day up to a day.
    pub(crate) fn back(&self, day: Date) -> Date {
        let mut days = day.series((-1).day());
        days.find(|day| self.calendar.is_working_day(*day)).unwrap_or(day)
    }

    /// Some working day from so many to so many days after a day.
    pub(crate) fn after(&mut self, day: Date, low: i64, high: i64) -> Date {
        let n_days = self.random.between(low, high.max(low));
        self.forward(day.saturating_add(n_days.days()))
    }

    /// Some working day from so many to so many days before a day.
    pub(crate) fn before(&mut self, day: Date, low: i64, high: i64) -> Date {
        let n_days = self.random.between(low, high.max(low));
        self.back(day.saturating_sub(n_days.days()))
    }

    fn recruit(&mut self, applied: Date, year: i16) -> (Training, Date) {
        let last = match year > people::LAST_YEAR {
            true => LAST_DAY.saturating_sub(2.days()),
            false => Date::constant(year, 12, 28),
        };
        let first = Date::constant(year, 1, 8).max(applied.saturating_add(FASTEST.days())).min(last);
        let slowest = applied.saturating_add(1_100.days()).clamp(first, last);
        let n_days = self.random.between(0, days_between(first, slowest));
        let meeting = self.back(first.saturating_add(n_days.days()));
        let talk = self.after(applied, 4, 22);
        let spare = days_between(applied, meeting) - 366 - PREPARING - 9;
        let listed = self.after(applied, 30, spare.clamp(30, 95)).max(talk);
        let first_target = add_months(listed, 12);
        let last_target = days_between(first_target, meeting) - PREPARING;
        let target = self.after(first_target, 0, last_target.clamp(0, 240));
        (self.training([applied, talk, listed, target], meeting), meeting)
    }

    fn candidate(&mut self, applied: Date) -> (Training, Date) {
        // Some branches are slow to talk, and many wait a good while before they list anybody.
        let talk = match self.random.chance(800) {
            true => self.after(applied, 4, 25),
            false => self.after(applied, 26, 75),
        };
        let listed = match self.random.chance(600) {
            true => self.after(applied, 35, 80),
            false => self.after(applied, 80, 420),
        };
        let listed = listed.max(talk);
        let target = self.after(add_months(listed, 12), 0, 200);
        let prepared = target.saturating_add((PREPARING + self.random.between(0, 120)).days());
        let ahead = DAY.saturating_add(self.random.between(4, 90).days());
        let meeting = self.forward(prepared.max(ahead));
        (self.training([applied, talk, listed, target], meeting), meeting)
    }

    fn training(&mut self, [applied, talk, listed, target]: [Date; 4], meeting: Date) -> Training {
        let recommended = self.before(listed, 2, 10).max(talk);
        let mut reports = Vec::new();
        for n in 0u16.. {
            let report = self.after(add_months(listed, 3 + 6 * n), 0, 20);
            if report >= meeting || n > 12 {
                break;
            }
            reports.push(report);
        }
        Training { applied, talk, recommended, listed, reviews: Vec::new(), reports, target }
    }

    /// One review in every half-year after the listing, towards its end.
    fn half_years(&mut self, listed: Date, until: Date) -> Vec<Date> {
        let ends = (1u16..20).map(|n| add_months(listed, 6 * n)).take_while(|end| *end < until);
        ends.collect::<Vec<_>>().into_iter().map(|end| self.before(end, 5, 24)).collect()
    }

    /// Backwards from the meeting, so that each step has its time.
    fn admission(&mut self, target: Date, meeting: Date) -> Admission {
        let shown_until = self.before(meeting, 1, 4);
        let shown_from = self.before(shown_until, 6, 9);
        let form = self.before(shown_from, 2, 6);
        let examined = self.before(form, 2, 6);
        let sponsors = self.after(target, 2, 24);
        let spare = days_between(target, examined) - 85;
        let n_days = self.random.between(3, 3 + spare.max(0));
        let course = self.cohort(target.saturating_add(n_days.days()));
        let span = days_between(sponsors, examined);
        let political = self.before(examined, 3, span - 9).max(sponsors);
        let approval_talk = self.after(meeting, 8, 33);
        let approval = self.after(approval_talk, 5, 35);
        let notice = (shown_from, shown_until);
        Admission { sponsors, political, course, examined, form, notice, meeting, approval_talk, approval }
    }

    /// The county's next course from a day on. Courses are held every other month, in the second week.
    fn cohort(&self, from: Date) -> Cohort {
        let mut month = from.first_of_month();
        loop {
            let is_held = (usize::from(month.month().unsigned_abs()) + self.county).is_multiple_of(2);
            let mut mondays = month.saturating_add(7.days()).series(1.day());
            let monday = mondays.find(|day| day.weekday() == Weekday::Monday).unwrap_or(month);
            // In a week of holidays nobody is taught.
            let monday = match self.calendar.is_working_day(monday) {
                true => monday,
                false => monday.saturating_add(7.days()),
            };
            if is_held && monday >= from {
                return Cohort { county: self.county, from: monday, to: monday.saturating_add(5.days()) };
            }
            month = month.saturating_add(1.month());
        }
    }

    fn probation(&mut self, admission: &Admission) -> Probation {
        let (meeting, approved) = (admission.meeting, admission.approval);
        let ends = add_months(meeting, 12);
        let assigned = self.after(approved, 1, 25);
        let oath = self.after(assigned, 4, 45);
        let reviews = self.quarters(meeting, approved, ends);
        let applied = self.before(ends, 1, 6);
        let shown_from = self.after(applied, 2, 18);
        let shown_until = self.after(shown_from, 6, 9);
        let decided = self.after(shown_until.saturating_add(1.day()).max(ends), 0, 25);
        let approval = self.after(decided, 10, 60);
        let archived = self.after(approval, 4, 22);
        let notice = (shown_from, shown_until);
        Probation { assigned, oath, reviews, ends, applied, notice, meeting: decided, approval, archived }
    }

    /// A review every quarter of probation, the first one not before the approval.
    fn quarters(&mut self, meeting: Date, approved: Date, ends: Date) -> Vec<Date> {
        let mut reviews: Vec<Date> = Vec::new();
        let mut last = meeting;
        loop {
            let due = add_months(last, 3);
            let day = self.before(due.min(ends), 1, 8);
            let day = if day <= approved { self.after(approved, 1, 3) } else { day };
            if day >= ends || days_between(last, day) < 20 && !reviews.is_empty() {
                return reviews;
            }
            reviews.push(day);
            last = day;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn journeys(admitted_in: Option<i16>) -> Vec<Days> {
        let calendar = Calendar::published();
        let journey = |n: u64| {
            let mut diary =
                Diary { calendar: &calendar, random: Random::stream(n, "days"), county: 1 + n as usize % 6 };
            let applied_on = match admitted_in {
                Some(year) => {
                    let months = diary.random.between(19, 36);
                    let admitted = match year > people::LAST_YEAR {
                        true => date(year, 1, 1).saturating_add(diary.random.between(3, 58).days()),
                        false => date(year, 1, 1).saturating_add(diary.random.between(0, 364).days()),
                    };
                    admitted.saturating_sub(months.months())
                }
                None => DAY.saturating_sub(diary.random.between(30, 1_100).days()),
            };
            diary.journey(applied_on, admitted_in)
        };
        (0..400).map(journey).collect()
    }

    #[test]
    fn every_journey_is_lawful_from_step_to_step() {
        for admitted_in in [Some(1998), Some(2000), Some(2002), Some(2003), None] {
            for days in journeys(admitted_in) {
                let Days { training, admission, probation } = &days;
                let in_order = [
                    training.applied,
                    training.talk,
                    training.recommended,
                    training.listed,
                    add_months(training.listed, 12),
                    training.target,
                    admission.sponsors,
                    admission.political,
                    admission.examined,
                    admission.form,
                    admission.notice.0,
                    admission.notice.1,
                    admission.meeting,
                    admission.approval_talk,
                    admission.approval,
                    probation.assigned,
                    probation.oath,
                ];
                assert!(in_order.is_sorted(), "{admitted_in:?} {days:?}");
                assert!(admission.course.from > training.target, "{days:?}");
                assert!(days_between(admission.course.to, admission.examined) >= 3, "{days:?}");
                for (from, to) in [admission.notice, probation.notice] {
                    assert!(days_between(from, to) >= 6, "{days:?}");
                }
                assert!(admission.notice.1 < admission.meeting && probation.notice.1 < probation.meeting);
                assert!(admission.approval <= add_months(admission.meeting, 3), "{days:?}");
                assert!(probation.applied <= probation.notice.0 && probation.meeting >= probation.ends);
                assert!(probation.meeting <= add_months(probation.ends, 3), "{days:?}");
                assert!(probation.approval <= add_months(probation.meeting, 3), "{days:?}");
                assert!(probation.reviews.is_sorted() && probation.reviews.len() >= 3, "{days:?}");
            }
        }
    }

    #[test]
    fn the_meeting_falls_in_the_year_of_the_intake() {
        for year in people::FIRST_YEAR..=people::LAST_YEAR + 1 {
            for days in journeys(Some(year)) {
                assert_eq!(days.admission.meeting.year(), year, "{days:?}");
                assert!(days.admission.meeting <= LAST_DAY);
            }
        }
        assert!(journeys(None).iter().all(|days| days.admission.meeting > DAY));
    }

    #[test]
    fn each_half_year_has_its_review() {
        for days in journeys(Some(2001)).into_iter().chain(journeys(None)) {
            let Training { listed, reviews, target, .. } = &days.training;
            for n in 0..20 {
                let (from, to) = (add_months(*listed, 6 * n), add_months(*listed, 6 * (n + 1)));
                let has_review = reviews.iter().any(|day| *day > from && *day <= to);
                assert!(has_review || to > *target, "{days:?}");
            }
        }
    }
}
