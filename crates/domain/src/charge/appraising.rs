//! From self-rating over inspection to decision, appeal, award and use. What was decided changes only
//! by an appeal, and both results stay readable.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::letters::check_not_decided;
use super::scheme::{Records, Verdict, add_up, check_deductions, check_points, lines};
use super::{
    AppealDecided, Appealed, Appraised, AwardRecorded, ChargeRule, Deduction, Desk, Grade, Inspected, Letter,
    Outcome, ResultUsed, SelfRated, Usage,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::ids::UnitId;
use crate::offices::words;

/// The greatest base of an award, in yuan.
const MOST_YUAN: i64 = 1_000_000_000;

/// A letter that both sides signed: grades are given under nothing else.
fn signed<'a>(desk: &mut Desk<'a>, number: i64) -> Option<&'a Letter> {
    let letter = desk.letter(number)?;
    if letter.signed_on().is_none() {
        let taker = desk.ground.standing.name(&letter.taker);
        desk.find(ChargeRule::LetterUnsigned, "letter", &[("taker", words(&taker))]);
    }
    Some(letter)
}

pub(super) fn rate(mut desk: Desk, number: i64, points: &BTreeMap<String, i64>, said: &str) -> Consideration {
    if let Some(letter) = signed(&mut desk, number) {
        check_not_decided(&mut desk, letter);
    }
    check_points(&mut desk, points);
    let (charge, on, points, words) = (desk.id(), desk.today(), points.clone(), said.trim().to_owned());
    desk.answer(on, || Some(SelfRated { charge, number, points, words }))
}

pub(super) fn inspect(
    mut desk: Desk,
    number: i64,
    by: UnitId,
    (deductions, said): (&[Deduction], &str),
) -> Consideration {
    if let Some(letter) = signed(&mut desk, number) {
        check_not_decided(&mut desk, letter);
        // Nobody inspects the unit that they come from, nor one above it.
        if desk.ground.standing.is_within(by, letter.taker.unit) {
            let taker = desk.ground.standing.name(&letter.taker);
            desk.find(ChargeRule::OwnUnit, "by", &[("taker", words(&taker))]);
        }
        if letter.appraisal.rated.is_none() {
            desk.find(ChargeRule::Flow, "letter", &[]);
        }
    }
    check_deductions(&mut desk, deductions);
    if said.trim().is_empty() {
        desk.find(ChargeRule::Reason, "words", &[]);
    }
    let (charge, on, words) = (desk.id(), desk.today(), said.trim().to_owned());
    let deductions = deductions.to_vec();
    desk.answer(on, || Some(Inspected { charge, number, by, deductions, words }))
}

fn check_verdict(desk: &mut Desk, verdict: &Verdict) {
    let cap = desk.charge.terms.scheme.bonus_cap;
    let is_explained = verdict.bonus == 0 || !verdict.bonus_reason.trim().is_empty();
    if !(0..=super::WHOLE).contains(&verdict.bonus) || !is_explained {
        desk.find(ChargeRule::Bonus, "bonus", &[("cap", At::Number(cap))]);
    }
}

fn outcome(desk: &Desk, letter: &Letter, as_of: Date, verdict: &Verdict) -> Outcome {
    let (charge, ground) = (desk.charge, desk.ground);
    let records = ground.records.get(&letter.taker.unit).filter(|_| letter.taker.post.is_none());
    let records = records.copied().unwrap_or(Records::default());
    let found = letter.appraisal.inspected.as_ref().map_or(&[][..], |(_, _, found, _)| found);
    let lines = lines(charge, letter, (&ground.standing, &records), found, as_of);
    add_up(&charge.terms.scheme, as_of, lines, verdict)
}

pub(super) fn appraise(mut desk: Desk, number: i64, as_of: Date, verdict: &Verdict) -> Consideration {
    if as_of > desk.today() {
        desk.find(ChargeRule::Future, "as_of", &[("today", At::Day(desk.today()))]);
    }
    let letter = signed(&mut desk, number);
    if let Some(letter) = letter {
        check_not_decided(&mut desk, letter);
        if letter.appraisal.rated.is_none() || letter.appraisal.inspected.is_none() {
            desk.find(ChargeRule::Flow, "letter", &[]);
        }
    }
    check_verdict(&mut desk, verdict);
    let outcome = letter.map(|letter| outcome(&desk, letter, as_of, verdict));
    let (charge, on) = (desk.id(), desk.today());
    desk.answer(on, || Some(Appraised { charge, number, outcome: outcome? }))
}

/// The result that stands, or the finding that there is none.
fn decided<'a>(desk: &mut Desk<'a>, number: i64) -> Option<(&'a Letter, &'a Outcome)> {
    let letter = desk.letter(number)?;
    let outcome = letter.appraisal.outcome();
    if outcome.is_none() {
        desk.find(ChargeRule::Undecided, "letter", &[]);
    }
    Some((letter, outcome?))
}

pub(super) fn appeal(mut desk: Desk, number: i64, reason: &str) -> Consideration {
    if let Some((letter, _)) = decided(&mut desk, number)
        && let Some((day, _)) = &letter.appraisal.appealed
    {
        desk.find(ChargeRule::AppealOpen, "letter", &[("day", At::Day(*day))]);
    }
    desk.check_reason(reason);
    let (charge, on, reason) = (desk.id(), desk.today(), reason.trim().to_owned());
    desk.answer(on, || Some(Appealed { charge, number, reason }))
}

pub(super) fn decide_appeal(
    mut desk: Desk,
    number: i64,
    verdict: Option<&Verdict>,
    reason: &str,
) -> Consideration {
    let decided = decided(&mut desk, number);
    if let Some((letter, _)) = decided {
        let appraisal = &letter.appraisal;
        if appraisal.appealed.is_none() || appraisal.appeal_decided.is_some() {
            desk.find(ChargeRule::NoAppeal, "letter", &[]);
        }
        // An award that was paid rests on the old result; it is settled first.
        if let (Some(award), Some(_)) = (&appraisal.award, verdict) {
            desk.find(ChargeRule::AwardStale, "letter", &[("day", At::Day(award.on))]);
        }
    }
    if let Some(verdict) = verdict {
        check_verdict(&mut desk, verdict);
    }
    desk.check_reason(reason);
    // Records count until the same day as before, as they stand now.
    let new =
        decided.and_then(|(letter, old)| verdict.map(|verdict| outcome(&desk, letter, old.as_of, verdict)));
    let (charge, on, reason) = (desk.id(), desk.today(), reason.trim().to_owned());
    desk.answer(on, || Some(AppealDecided { charge, number, reason, outcome: new }))
}

pub(super) fn award(mut desk: Desk, number: i64, base: i64) -> Consideration {
    let mut permille = 0;
    if let Some((letter, outcome)) = decided(&mut desk, number) {
        if outcome.grade == Grade::Fail {
            desk.find(ChargeRule::NoAward, "letter", &[]);
        }
        if let Some(award) = &letter.appraisal.award {
            desk.find(ChargeRule::AwardTwice, "letter", &[("day", At::Day(award.on))]);
        }
        if letter.appraisal.appealed.is_some() && letter.appraisal.appeal_decided.is_none() {
            let day = letter.appraisal.appealed.as_ref().map(|(day, _)| ("day", At::Day(*day)));
            desk.find(ChargeRule::AppealOpen, "letter", &day.into_iter().collect::<Vec<_>>());
        }
        permille = desk.charge.terms.scheme.award_permille(outcome.grade);
    }
    if !(1..=MOST_YUAN).contains(&base) {
        desk.find(ChargeRule::Base, "base", &[("most", At::Number(MOST_YUAN))]);
    }
    let (charge, on) = (desk.id(), desk.today());
    desk.answer(on, || Some(AwardRecorded { charge, number, base, permille, amount: base * permille / 1000 }))
}

pub(super) fn use_result(mut desk: Desk, number: i64, usage: Usage, said: &str) -> Consideration {
    decided(&mut desk, number);
    desk.check_reason(said);
    let (charge, on, words) = (desk.id(), desk.today(), said.trim().to_owned());
    desk.answer(on, || Some(ResultUsed { charge, number, usage, words }))
}
