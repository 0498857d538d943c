//! What is wrong with a course as it stands, without refusing anything: combinations that a plan lacks,
//! learners of another class, hours that are missing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Candidate, Content, Gathering, Learner, Mode, SchoolRule, Session, Terms};
use crate::blanks::At;
use crate::finding::Finding;
use crate::house::Reasons;
use crate::ids::PersonId;

/// Class hours that somebody attended.
#[must_use]
pub fn hours_done(learner: &Learner) -> i64 {
    learner.attended.values().sum()
}

/// The three combinations: central and scattered, lessons and activities, study and practice.
pub(super) fn plan_rules(reasons: &mut Reasons, sessions: &[Session]) {
    if sessions.is_empty() {
        return;
    }
    let has_both = |of: &dyn Fn(&Session) -> bool| {
        let n = sessions.iter().filter(|session| of(session)).count();
        n > 0 && n < sessions.len()
    };
    if !has_both(&|session| session.gathering == Gathering::Central) {
        reasons.find(SchoolRule::LacksGathering, "sessions", &[]);
    }
    if !has_both(&|session| session.content == Content::Theory) {
        reasons.find(SchoolRule::LacksContent, "sessions", &[]);
    }
    if !has_both(&|session| session.mode == Mode::Study) {
        reasons.find(SchoolRule::LacksMode, "sessions", &[]);
    }
}

/// Which of the three combinations the sessions of a plan lack.
#[must_use]
pub fn plan_findings(sessions: &[Session]) -> Vec<Finding> {
    let mut reasons = Reasons::default();
    plan_rules(&mut reasons, sessions);
    reasons.all()
}

/// What is wrong with a course on a day: the plan, and each participant with what the file says today.
#[must_use]
pub fn review(
    terms: &Terms,
    learners: &BTreeMap<PersonId, Learner>,
    people: &BTreeMap<PersonId, Candidate>,
    today: Date,
) -> Vec<Finding> {
    let mut reasons = Reasons::default();
    plan_rules(&mut reasons, &terms.sessions);
    let is_over = terms.sessions.iter().all(|session| session.on < today);
    for (person, learner) in learners.iter().filter(|(_, learner)| learner.withdrawn_on.is_none()) {
        let known = people.get(person);
        let name = known.map_or_else(|| person.to_string(), |known| known.name.clone());
        let name = ("name", At::Plain(name));
        // While the course runs a learner may go on to the next class only through it.
        if !is_over && known.is_some_and(|known| known.class != Some(terms.class)) {
            reasons.find(SchoolRule::Regime, &format!("p{person}"), std::slice::from_ref(&name));
        }
        let done = hours_done(learner);
        if is_over && done < terms.hours_due {
            let values = [name, ("done", At::Number(done)), ("due", At::Number(terms.hours_due))];
            reasons.find(SchoolRule::NotAttended, &format!("p{person}"), &values);
        }
    }
    reasons.all()
}
