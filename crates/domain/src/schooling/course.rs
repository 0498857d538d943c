//! Opening a course, planning it, who takes part, and who attended.

use std::collections::BTreeSet;

use super::checks::plan_rules;
use super::{CohortAttended, CohortEnrolled, CohortOpened, CohortPlanned, CohortWithdrawn, Desk};
use super::{Ground, SchoolRule, Session, Terms};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::{CohortId, PersonId};
use crate::offices::words;

/// More class hours than a day has are a slip.
const MOST_HOURS: i64 = 12;
/// More sessions than this are several courses.
const MOST_SESSIONS: usize = 60;

pub(super) fn open(mut reasons: Reasons, ground: &Ground, terms: &Terms) -> Consideration {
    if terms.title.trim().is_empty() {
        reasons.find(SchoolRule::Title, "title", &[]);
    }
    let this_year = ground.now.today.year();
    if !(this_year - 1..=this_year + 1).contains(&terms.year) {
        reasons.find(SchoolRule::Year, "year", &[("now", At::Number(this_year.into()))]);
    }
    for (field, percent) in [("pass", terms.pass_percent), ("tolerance", terms.tolerance_percent)] {
        if !(0..=100).contains(&percent) {
            reasons.find(SchoolRule::Percent, field, &[("n", At::Number(percent))]);
        }
    }
    let planned: i64 = terms.sessions.iter().map(|session| session.hours).sum();
    if terms.hours_due < 1 || terms.hours_due > planned {
        let values = [("n", At::Number(terms.hours_due)), ("planned", At::Number(planned))];
        reasons.find(SchoolRule::HoursDue, "hours_due", &values);
    }
    if terms.is_short_course {
        check_short_course(&mut reasons, ground, terms);
    }
    check_sessions(&mut reasons, &terms.sessions, terms.year);
    plan_rules(&mut reasons, &terms.sessions);
    let opened = CohortOpened { cohort: CohortId(ground.free), terms: terms.clone() };
    reasons.answer(|| vec![Fact::of_unit(ground.unit.id, ground.now.today, opened)])
}

/// A short course is held by a committee or the department above, for development targets, and is as long
/// as the rulebook asks.
fn check_short_course(reasons: &mut Reasons, ground: &Ground, terms: &Terms) {
    if ground.unit.kind.is_branch() {
        reasons.find(SchoolRule::Organiser, "short", &[("unit", words(&ground.unit.name))]);
    }
    if terms.class != super::LearnerClass::Target {
        reasons.find(SchoolRule::ShortForTargets, "class", &[]);
    }
    let days: BTreeSet<_> = terms.sessions.iter().map(|session| session.on).collect();
    let n_days = i64::try_from(days.len()).unwrap_or(i64::MAX);
    if let Some((least_days, least_hours)) = ground.course
        && n_days < least_days
        && terms.hours_due < least_hours
    {
        let values = [
            ("days", At::Number(least_days)),
            ("hours", At::Number(least_hours)),
            ("n", At::Number(n_days)),
            ("due", At::Number(terms.hours_due)),
        ];
        reasons.find(SchoolRule::TooShort, "hours_due", &values);
    }
}

fn check_sessions(reasons: &mut Reasons, sessions: &[Session], year: i16) {
    if sessions.is_empty() || sessions.len() > MOST_SESSIONS {
        reasons.find(SchoolRule::Sessions, "sessions", &[("most", At::Number(MOST_SESSIONS as i64))]);
    }
    let mut known = BTreeSet::new();
    for session in sessions {
        let number = ("session", At::Number(session.number));
        let field = |name: &str| format!("s{}.{name}", session.number);
        if !known.insert(session.number) || session.number < 1 {
            reasons.find(SchoolRule::SessionNumber, &field("on"), std::slice::from_ref(&number));
        }
        if !(1..=MOST_HOURS).contains(&session.hours) {
            let values = [number.clone(), ("most", At::Number(MOST_HOURS))];
            reasons.find(SchoolRule::SessionHours, &field("hours"), &values);
        }
        if session.topic.trim().is_empty() {
            reasons.find(SchoolRule::Topic, &field("topic"), std::slice::from_ref(&number));
        }
        if session.on.year() != year {
            let values = [number, ("day", At::Day(session.on)), ("year", At::Number(year.into()))];
            reasons.find(SchoolRule::SessionYear, &field("on"), &values);
        }
    }
}

pub(super) fn plan(mut desk: Desk<'_>, sessions: &[Session]) -> Consideration {
    check_sessions(&mut desk.reasons, sessions, desk.cohort.terms.year);
    plan_rules(&mut desk.reasons, sessions);
    let planned: i64 = sessions.iter().map(|session| session.hours).sum();
    let due = desk.cohort.terms.hours_due;
    if planned < due {
        let values = [("n", At::Number(due)), ("planned", At::Number(planned))];
        desk.find(SchoolRule::HoursDue, "sessions", &values);
    }
    let held = desk.ground.learners.values().flat_map(|learner| learner.attended.keys());
    for number in held.copied().collect::<BTreeSet<_>>() {
        let before = desk.cohort.terms.sessions.iter().find(|session| session.number == number);
        let after = sessions.iter().find(|session| session.number == number);
        if before != after {
            desk.find(SchoolRule::SessionHeld, "sessions", &[("session", At::Number(number))]);
        }
    }
    if sessions == desk.cohort.terms.sessions {
        desk.find(SchoolRule::Same, "sessions", &[]);
    }
    let planned = CohortPlanned { cohort: desk.cohort.id, sessions: sessions.to_vec() };
    let fact = desk.fact(planned);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn enrol(mut desk: Desk<'_>, people: &[PersonId]) -> Consideration {
    if people.is_empty() {
        desk.find(SchoolRule::Nobody, "people", &[]);
    }
    let mut facts = Vec::new();
    for &person in people {
        let name = desk.name(person);
        let Some(known) = desk.ground.people.get(&person) else {
            desk.find(SchoolRule::NoFile, "people", &[name]);
            continue;
        };
        let is_in = desk.ground.learners.get(&person).is_some_and(|it| it.withdrawn_on.is_none());
        if is_in {
            desk.find(SchoolRule::Twice, "people", std::slice::from_ref(&name));
        }
        if !known.is_in_scope {
            desk.find(SchoolRule::OutOfScope, "people", std::slice::from_ref(&name));
        }
        let Some(case) = known.case else {
            desk.find(SchoolRule::NoFile, "people", &[name]);
            continue;
        };
        if known.class != Some(desk.cohort.terms.class) {
            desk.find(SchoolRule::WrongClass, "people", &[name]);
        }
        facts.push(desk.about(person, CohortEnrolled { cohort: desk.cohort.id, case }));
    }
    desk.reasons.answer(|| facts)
}

pub(super) fn withdraw(mut desk: Desk<'_>, person: PersonId, reason: &str) -> Consideration {
    desk.learner(person, "person");
    desk.check_reason(reason);
    let withdrawn = CohortWithdrawn { cohort: desk.cohort.id, reason: reason.trim().to_owned() };
    let fact = desk.about(person, withdrawn);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn attend(mut desk: Desk<'_>, sheet: &[(i64, PersonId, i64)]) -> Consideration {
    let mut facts = Vec::new();
    let mut seen = BTreeSet::new();
    for &(number, person, hours) in sheet {
        let field = format!("p{person}");
        let name = desk.name(person);
        let learner = desk.learner(person, &field);
        let Some(session) = desk.cohort.terms.sessions.iter().find(|session| session.number == number) else {
            desk.find(SchoolRule::NoSession, &field, &[("session", At::Number(number))]);
            continue;
        };
        if session.on > desk.ground.now.today {
            let values = [("session", At::Number(number)), ("day", At::Day(session.on))];
            desk.find(SchoolRule::NotYet, &field, &values);
        }
        if !(0..=session.hours).contains(&hours) {
            let values = [name.clone(), ("n", At::Number(hours)), ("most", At::Number(session.hours))];
            desk.find(SchoolRule::AttendedHours, &field, &values);
        }
        if !seen.insert((number, person)) {
            desk.find(SchoolRule::Repeated, &field, &[name]);
        }
        // What is known already is not recorded again, so that a sheet sent twice adds nothing.
        if learner.is_some_and(|learner| learner.attended.get(&number) != Some(&hours)) {
            let attended = CohortAttended { cohort: desk.cohort.id, session: number, hours };
            facts.push(Fact { occurred_on: session.on, ..desk.about(person, attended) });
        }
    }
    if sheet.is_empty() {
        desk.find(SchoolRule::Nobody, "people", &[]);
    }
    desk.reasons.answer(|| facts)
}
