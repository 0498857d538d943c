//! Proposing from above: a solved allocation becomes the next round.

use std::collections::BTreeMap;

use super::{Desk, PlanProposed, PlanRule, Proposal};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::ids::UnitId;

pub(super) fn propose(mut desk: Desk<'_>, proposal: &Proposal) -> Consideration {
    desk.check_unit();
    desk.check_running();
    check_requests(&mut desk);
    if !proposal.is_solved {
        desk.find(PlanRule::Infeasible, "plan", &[]);
    }
    if proposal.n_faults > 0 {
        desk.find(PlanRule::Certificate, "plan", &[("n", At::Number(count(proposal.n_faults)))]);
    }
    check_numbers(&mut desk, proposal);
    for settled in &proposal.settled {
        if settled.reason.trim().is_empty() {
            let field = format!("settled.{}", settled.unit);
            desk.find(PlanRule::SettledReason, &field, &[("unit", At::Plain(settled.unit.to_string()))]);
        }
    }
    let fact = desk.fact(PlanProposed {
        plan: desk.plan.id,
        round: desk.plan.round + 1,
        shares: proposal.shares.clone(),
        cells: proposal.cells.clone(),
        settled: proposal.settled.clone(),
        instance_sha256: proposal.instance.0.clone(),
        instance: proposal.instance.1.clone(),
        certificate_sha256: proposal.certificate.0.clone(),
        certificate: proposal.certificate.1.clone(),
    });
    desk.reasons.answer(|| vec![fact])
}

/// Nothing is proposed before those below were heard, or had their time.
fn check_requests(desk: &mut Desk<'_>) {
    let parties = &desk.plan.parties;
    if parties.iter().all(|party| party.n_requests == 0) {
        desk.find(PlanRule::NobodyAsked, "plan", &[]);
        return;
    }
    let by = desk.plan.terms.ask_by;
    let silent = parties.iter().filter(|party| party.n_requests == 0).count();
    if silent > 0 && desk.ground.now.today <= by {
        let values = [("n", At::Number(count(silent))), ("day", At::Day(by))];
        desk.find(PlanRule::StillAsking, "plan", &values);
    }
}

/// What is below a unit adds up to the unit's number, and nobody is given more than are ready.
fn check_numbers(desk: &mut Desk<'_>, proposal: &Proposal) {
    let mut below: BTreeMap<UnitId, i64> = BTreeMap::new();
    for share in &proposal.shares {
        if let Some(&parent) = proposal.parents.get(&share.unit) {
            *below.entry(parent).or_default() += share.n;
        }
        if share.n > share.n_ready {
            let values = [
                ("unit", At::Plain(share.unit.to_string())),
                ("n", At::Number(share.n)),
                ("ready", At::Number(share.n_ready)),
            ];
            desk.find(PlanRule::AboveReady, "plan", &values);
        }
    }
    for share in &proposal.shares {
        if let Some(&sum) = below.get(&share.unit).filter(|sum| **sum != share.n) {
            let values = [
                ("unit", At::Plain(share.unit.to_string())),
                ("n", At::Number(share.n)),
                ("sum", At::Number(sum)),
            ];
            desk.find(PlanRule::Sum, "plan", &values);
        }
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
