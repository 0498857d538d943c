//! Adopting: both passes were made and both sides signed.

use super::{Desk, PlanAdopted, PlanRule};
use crate::decide::Consideration;
use crate::offices::words;

pub(super) fn adopt(mut desk: Desk<'_>) -> Consideration {
    desk.check_unit();
    desk.check_running();
    desk.check_round();
    for party in &desk.plan.parties {
        let named = [("unit", words(&party.name))];
        if party.n_requests == 0 {
            desk.find(PlanRule::PassMissing, "plan", &named);
        }
        if !party.is_signed {
            desk.find(PlanRule::Unsigned, "plan", &named);
        }
    }
    if !desk.plan.is_signed {
        desk.find(PlanRule::OfficeUnsigned, "plan", &[]);
    }
    let fact = desk.fact(PlanAdopted {
        plan: desk.plan.id,
        round: desk.plan.round,
        certificate_sha256: desk.ground.certificate_sha256.clone(),
    });
    desk.reasons.answer(|| vec![fact])
}
