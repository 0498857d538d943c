//! Answering a proposal, and signing it.

use super::{Answer, AnswerKind, Desk, PlanAnswered, PlanRule, PlanSigned};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::offices::words;

pub(super) fn answer(mut desk: Desk<'_>, answer: &Answer) -> Consideration {
    desk.check_unit();
    desk.check_running();
    desk.check_round();
    let is_own = desk.here.unit.id == desk.plan.unit;
    if is_own {
        desk.find(PlanRule::NotParty, "unit", &[("unit", words(&desk.here.unit.name))]);
    }
    match answer.kind {
        AnswerKind::Accept => {}
        AnswerKind::Object => desk.check_reason(&answer.reason),
        AnswerKind::Counter => {
            desk.check_reason(&answer.reason);
            match answer.n {
                None => desk.find(PlanRule::AnswerNumber, "n", &[]),
                Some(n) => {
                    desk.check_ready(n, "n");
                    if desk.here.n == Some(n) {
                        desk.find(PlanRule::AnswerSame, "n", &[("n", At::Number(n))]);
                    }
                }
            }
        }
    }
    let is_late = desk.note_late(desk.plan.terms.answer_by);
    let fact = desk.fact(PlanAnswered {
        plan: desk.plan.id,
        round: desk.plan.round,
        answer: answer.kind,
        n: answer.n.filter(|_| answer.kind == AnswerKind::Counter),
        reason: answer.reason.trim().to_owned(),
        is_late,
    });
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn sign(mut desk: Desk<'_>) -> Consideration {
    desk.check_unit();
    desk.check_running();
    desk.check_round();
    let unit = &desk.here.unit;
    let named = [("unit", words(&unit.name))];
    let party = desk.plan.parties.iter().find(|party| party.unit == unit.id);
    let is_signed = match party {
        _ if unit.id == desk.plan.unit => desk.plan.is_signed,
        Some(party) => {
            if party.answer != Some(AnswerKind::Accept) {
                desk.find(PlanRule::NotAccepted, "unit", &named);
            }
            party.is_signed
        }
        None => {
            desk.find(PlanRule::NotParty, "unit", &named);
            false
        }
    };
    if is_signed {
        desk.find(PlanRule::SignedTwice, "unit", &named);
    }
    let is_late = desk.note_late(desk.plan.terms.sign_by);
    let fact = desk.fact(PlanSigned { plan: desk.plan.id, round: desk.plan.round, is_late });
    desk.reasons.answer(|| vec![fact])
}
