//! One time, one paper, one sitting: sealing a paper, and everything until it is handed in.

use std::collections::BTreeMap;

use super::{
    Answers, Desk, ExamBegun, ExamExtended, ExamHandedIn, ExamSaved, ExamSealed, Medium, Paper, Save,
    SchoolRule, Shortage, Sitting,
};
use crate::blanks::At;
use crate::dates::Instant;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::ids::PersonId;

/// Minutes that an examination may last, and that anybody may get more.
const MOST_MINUTES: i64 = 240;
/// The longest answer, in characters.
const MOST_CHARACTERS: usize = 8_000;

pub(super) fn seal(mut desk: Desk<'_>, sealed: &ExamSealed, shortages: &[Shortage]) -> Consideration {
    for shortage in shortages {
        let values = [("n", At::Number(shortage.draw.n)), ("known", At::Number(shortage.n_known))];
        desk.find(SchoolRule::Shortage, shortage.draw.kind.as_str(), &values);
    }
    if shortages.is_empty() && sealed.n_items == 0 {
        desk.find(SchoolRule::NoItems, "single", &[]);
    }
    if sealed.opens_at <= desk.ground.now.at {
        desk.find(SchoolRule::OpensLate, "opens_on", &[]);
    }
    if !(10..=MOST_MINUTES).contains(&sealed.minutes) {
        desk.find(SchoolRule::Minutes, "minutes", &[("most", At::Number(MOST_MINUTES))]);
    }
    if !desk.ground.learners.values().any(|learner| learner.withdrawn_on.is_none()) {
        desk.find(SchoolRule::NobodyEnrolled, "opens_on", &[]);
    }
    let last = desk.cohort.terms.sessions.iter().map(|session| session.on).max();
    if let Some(last) = last.filter(|last| crate::dates::civil_day(sealed.opens_at) < *last) {
        desk.find(SchoolRule::BeforeLast, "opens_on", &[("day", At::Day(last))]);
    }
    check_unity(&mut desk, sealed);
    let fact = desk.fact(sealed.clone());
    desk.reasons.answer(|| vec![fact])
}

/// One paper and one time for a cohort: a later paper is only for those who did not pass, and another one.
fn check_unity(desk: &mut Desk<'_>, sealed: &ExamSealed) {
    let papers = &desk.cohort.papers;
    if papers.iter().any(|paper| paper.sealed.sha256 == sealed.sha256) && sealed.n_items > 0 {
        desk.find(SchoolRule::SamePaper, "opens_on", &[]);
    }
    let Some(last) = papers.last() else {
        if sealed.is_resit {
            desk.find(SchoolRule::ResitFirst, "resit", &[]);
        }
        return;
    };
    if !sealed.is_resit {
        let day = crate::dates::civil_day(last.sealed.opens_at);
        desk.find(SchoolRule::SecondPaper, "opens_on", &[("day", At::Day(day))]);
        return;
    }
    let is_over = desk.ground.now.at > last.ends_at(0);
    let is_marked = desk.ground.results.values().all(|(_, outcome)| outcome.is_some());
    let has_failed = desk.ground.learners.iter().any(|(person, learner)| {
        let passed = desk.ground.results.get(person).and_then(|(_, it)| *it).is_some_and(|it| it.is_pass);
        learner.withdrawn_on.is_none() && !passed
    });
    if !is_over || !is_marked {
        desk.find(SchoolRule::ResitEarly, "resit", &[]);
    } else if !has_failed {
        desk.find(SchoolRule::ResitNobody, "resit", &[]);
    }
}

pub(super) fn begin(mut desk: Desk<'_>, number: i64, person: PersonId) -> Consideration {
    desk.learner(person, "paper");
    let Some(paper) = desk.paper(number) else { return desk.reasons.answer(Vec::new) };
    if desk.sitting(number, person).is_some_and(|sitting| sitting.medium == Medium::Screen) {
        // Coming back after a lost connection goes on with the same sitting.
        return desk.reasons.answer(Vec::new);
    }
    check_may_begin(&mut desk, paper, person);
    let now = desk.ground.now.at;
    if now < paper.sealed.opens_at {
        desk.find(SchoolRule::Sealed, "paper", &[("minute", At::Plain(minute(paper.sealed.opens_at)))]);
    }
    if now > paper.ends_at(0) {
        desk.find(SchoolRule::Over, "paper", &[("minute", At::Plain(minute(paper.ends_at(0))))]);
    }
    if desk.ground.sits_elsewhere {
        desk.find(SchoolRule::SitsElsewhere, "paper", &[]);
    }
    let begun = ExamBegun { cohort: desk.cohort.id, paper: number, medium: Medium::Screen };
    let fact = desk.about(person, begun);
    desk.reasons.answer(|| vec![fact])
}

/// Nobody sits one paper twice, and a re-sit is for those who did not pass.
fn check_may_begin(desk: &mut Desk<'_>, paper: &Paper, person: PersonId) {
    let name = desk.name(person);
    if desk.sitting(paper.number, person).is_some() {
        desk.find(SchoolRule::SatTwice, "paper", std::slice::from_ref(&name));
    }
    let result = desk.ground.results.get(&person).and_then(|(_, outcome)| *outcome);
    if paper.sealed.is_resit && result.is_some_and(|outcome| outcome.is_pass) {
        desk.find(SchoolRule::ResitPassed, "paper", &[name]);
    }
}

/// A sitting on which somebody may still write.
fn running<'a>(desk: &mut Desk<'a>, number: i64, person: PersonId) -> Option<&'a Sitting> {
    let paper = desk.paper(number)?;
    let Some(sitting) = desk.sitting(number, person) else {
        desk.find(SchoolRule::NotBegun, "paper", &[]);
        return None;
    };
    if sitting.handed_in_at.is_some() {
        desk.find(SchoolRule::HandedIn, "paper", &[]);
    }
    let end = paper.ends_at(sitting.extra_minutes);
    if desk.ground.now.at > end {
        desk.find(SchoolRule::Over, "paper", &[("minute", At::Plain(minute(end)))]);
    }
    Some(sitting)
}

pub(super) fn save(mut desk: Desk<'_>, save: &Save) -> Consideration {
    desk.learner(save.person, "paper");
    let sitting = running(&mut desk, save.paper, save.person);
    check_answers(&mut desk, &save.answers);
    // The same answers sent twice are saved once.
    if desk.ground.saved.as_ref() == Some(&save.answers) {
        return desk.reasons.answer(Vec::new);
    }
    if sitting.is_some_and(|sitting| sitting.n_saves != save.seen) {
        desk.find(SchoolRule::SavedElsewhere, "paper", &[]);
    }
    let answers = save.answers.clone();
    let saved = ExamSaved { cohort: desk.cohort.id, paper: save.paper, answers };
    let fact = desk.about(save.person, saved);
    desk.reasons.answer(|| vec![fact])
}

fn check_answers(desk: &mut Desk<'_>, answers: &Answers) {
    let known: BTreeMap<i64, _> = desk.ground.items.iter().map(|item| (item.number, item)).collect();
    for (number, answer) in answers {
        let field = format!("a{number}");
        let values = [("item", At::Number(*number)), ("most", At::Number(MOST_CHARACTERS as i64))];
        match known.get(number) {
            None => desk.find(SchoolRule::NoItem, &field, &values),
            Some(item) if !super::marking::is_answer(item, answer) => {
                desk.find(SchoolRule::Letters, &field, &values);
            }
            Some(_) if answer.chars().count() > MOST_CHARACTERS => {
                desk.find(SchoolRule::AnswerLong, &field, &values);
            }
            Some(_) => {}
        }
    }
}

pub(super) fn hand_in(mut desk: Desk<'_>, number: i64, person: PersonId) -> Consideration {
    let is_in = desk.sitting(number, person).is_some_and(|sitting| sitting.handed_in_at.is_some());
    if is_in {
        return desk.reasons.answer(Vec::new);
    }
    running(&mut desk, number, person);
    let fact = desk.about(person, ExamHandedIn { cohort: desk.cohort.id, paper: number });
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn enter_paper(
    mut desk: Desk<'_>,
    number: i64,
    person: PersonId,
    answers: &Answers,
) -> Consideration {
    desk.learner(person, "person");
    let Some(paper) = desk.paper(number) else { return desk.reasons.answer(Vec::new) };
    check_may_begin(&mut desk, paper, person);
    if desk.ground.now.at <= paper.ends_at(0) {
        desk.find(SchoolRule::NotOver, "person", &[("minute", At::Plain(minute(paper.ends_at(0))))]);
    }
    check_answers(&mut desk, answers);
    let cohort = desk.cohort.id;
    let on = crate::dates::civil_day(paper.sealed.opens_at);
    let facts: Vec<Fact> = [
        desk.about(person, ExamBegun { cohort, paper: number, medium: Medium::Paper }),
        desk.about(person, ExamSaved { cohort, paper: number, answers: answers.clone() }),
        desk.about(person, ExamHandedIn { cohort, paper: number }),
    ]
    .into_iter()
    .map(|fact| Fact { occurred_on: on, ..fact })
    .collect();
    desk.reasons.answer(|| facts)
}

pub(super) fn extend(
    mut desk: Desk<'_>,
    number: i64,
    person: PersonId,
    (minutes, reason): (i64, &str),
) -> Consideration {
    desk.check_reason(reason);
    if !(1..=MOST_MINUTES).contains(&minutes) {
        desk.find(SchoolRule::Extension, "more", &[("most", At::Number(MOST_MINUTES))]);
    }
    match desk.sitting(number, person) {
        None => desk.find(SchoolRule::NotBegun, "more", &[]),
        Some(sitting) if sitting.handed_in_at.is_some() => desk.find(SchoolRule::HandedIn, "more", &[]),
        Some(_) => {}
    }
    let reason = reason.trim().to_owned();
    let extended = ExamExtended { cohort: desk.cohort.id, paper: number, minutes, reason };
    let fact = desk.about(person, extended);
    desk.reasons.answer(|| vec![fact])
}

/// A minute as people read it.
fn minute(at: Instant) -> String {
    let (hour, minute) = crate::dates::time_of_day(at);
    format!("{} {hour:02}:{minute:02}", crate::dates::civil_day(at))
}
