//! Changes of an adopted plan: a branch asks, with the branch that gives or takes the difference or
//! against the total, and the office decides. Every sum is kept.

use std::collections::BTreeMap;

use super::{
    ChangeDecision, ChangeRequest, Desk, Place, Plan, PlanChangeDecided, PlanChangeRequested, PlanRule, Quota,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::ids::UnitId;
use crate::offices::words;

pub(super) fn ask(mut desk: Desk<'_>, request: &ChangeRequest) -> Consideration {
    desk.check_unit();
    check_adopted(&mut desk);
    desk.check_reason(&request.reason);
    if desk.here.n_pending > 0 {
        desk.find(PlanRule::ChangePending, "unit", &[("unit", words(&desk.here.unit.name))]);
    }
    check_numbers(&mut desk, request.to, request.other);
    let fact = desk.fact(PlanChangeRequested {
        plan: desk.plan.id,
        number: desk.ground.free,
        from: desk.here.n.unwrap_or(0),
        to: request.to,
        other: request.other,
        reason: request.reason.trim().to_owned(),
    });
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn decide(mut desk: Desk<'_>, decision: &ChangeDecision) -> Consideration {
    check_adopted(&mut desk);
    desk.check_reason(&decision.reason);
    let mut quotas = Vec::new();
    match &desk.ground.pending {
        None => desk.find(PlanRule::ChangeUnknown, "number", &[("n", At::Number(decision.number))]),
        Some(pending) => {
            if pending.is_decided {
                desk.find(PlanRule::ChangeDecided, "number", &[("n", At::Number(decision.number))]);
            } else if decision.is_granted {
                // What was lawful when it was asked may have been used up since.
                check_numbers(&mut desk, pending.to, pending.other);
                quotas = changed(&desk, pending.to);
            }
        }
    }
    let fact = desk.fact(PlanChangeDecided {
        plan: desk.plan.id,
        number: decision.number,
        is_granted: decision.is_granted,
        reason: decision.reason.trim().to_owned(),
        quotas,
    });
    desk.reasons.answer(|| vec![fact])
}

fn check_adopted(desk: &mut Desk<'_>) {
    if desk.plan.adopted_on.is_none() {
        desk.find(PlanRule::NotAdopted, "plan", &[]);
    }
}

fn check_numbers(desk: &mut Desk<'_>, to: i64, other: Option<UnitId>) {
    let here = desk.here;
    let named = ("unit", words(&here.unit.name));
    if !here.unit.kind.may_admit() {
        desk.find(PlanRule::NotBranch, "unit", std::slice::from_ref(&named));
    }
    let difference = to - here.n.unwrap_or(0);
    if difference == 0 {
        desk.find(PlanRule::ChangeSame, "to", &[("n", At::Number(to))]);
    }
    desk.check_ready(to, "to");
    if to < here.n_used {
        desk.find(
            PlanRule::ChangeUsed,
            "to",
            &[named, ("n", At::Number(to)), ("used", At::Number(here.n_used))],
        );
    }
    match (other, &desk.ground.there) {
        (Some(_), Some(there)) => check_other(desk, there, difference),
        (Some(_), None) => desk.find(PlanRule::UnitUnknown, "other", &[]),
        (None, _) => check_band(desk, difference),
    }
}

/// The other branch gives what this one gets, and keeps what it used.
fn check_other(desk: &mut Desk<'_>, there: &Place, difference: i64) {
    let named = ("unit", words(&there.unit.name));
    let is_within = there.above.contains(&desk.plan.unit) && there.unit.kind.may_admit();
    if !is_within || !there.unit.is_open || there.unit.id == desk.here.unit.id {
        desk.find(PlanRule::OtherUnit, "other", &[named]);
        return;
    }
    let after = there.n.unwrap_or(0) - difference;
    let values = |limit: i64| [named.clone(), ("n", At::Number(after)), ("limit", At::Number(limit))];
    if after < there.n_used {
        desk.find(PlanRule::OtherUsed, "other", &values(there.n_used));
    }
    if after > there.n_ready() {
        desk.find(PlanRule::OtherReady, "other", &values(there.n_ready()));
    }
}

/// Without another branch the total changes; it stays within the tolerance of the plan.
fn check_band(desk: &mut Desk<'_>, difference: i64) {
    let total = desk.ground.quotas.get(&desk.plan.unit).copied().unwrap_or(0) + difference;
    let (low, high) = band(desk.plan);
    if !(low..=high).contains(&total) {
        let values = [("n", At::Number(total)), ("low", At::Number(low)), ("high", At::Number(high))];
        desk.find(PlanRule::OutOfBand, "other", &values);
    }
}

/// The least and the greatest total: the tolerance applied to the intake, rounded inwards.
fn band(plan: &Plan) -> (i64, i64) {
    let (intake, tolerance) = (i128::from(plan.terms.intake), i128::from(plan.terms.tolerance_permille));
    let low = -(-intake * (1000 - tolerance)).div_euclid(1000);
    let high = (intake * (1000 + tolerance)).div_euclid(1000);
    let whole = |n: i128| i64::try_from(n).unwrap_or(i64::MAX);
    (whole(low), whole(high))
}

/// The numbers after the change, of the branches and of everything above them.
fn changed(desk: &Desk<'_>, to: i64) -> Vec<Quota> {
    let difference = to - desk.here.n.unwrap_or(0);
    let mut by: BTreeMap<UnitId, i64> = BTreeMap::new();
    let mut add = |place: &Place, n: i64| {
        let until = place.above.iter().position(|unit| *unit == desk.plan.unit).map_or(0, |place| place + 1);
        for unit in std::iter::once(&place.unit.id).chain(&place.above[..until]) {
            *by.entry(*unit).or_default() += n;
        }
    };
    add(desk.here, difference);
    if let Some(there) = &desk.ground.there {
        add(there, -difference);
    }
    by.into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|(unit, n)| Quota { unit, n: desk.ground.quotas.get(&unit).copied().unwrap_or(0) + n })
        .collect()
}
