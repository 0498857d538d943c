//! Opening a plan for a year.

use super::{Ground, PlanOpened, PlanRule, Terms, settings};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::PlanId;
use crate::offices::{unit_kind, words};
use crate::unit::UnitKind;

/// The greatest number that a file of a plan may hold.
const MOST: i64 = 1_000_000_000;

pub(super) fn open(mut reasons: Reasons, ground: &Ground, year: i16, terms: &Terms) -> Consideration {
    let Some((unit, is_taken)) = &ground.opening else {
        reasons.find(PlanRule::UnitUnknown, "unit", &[]);
        return reasons.answer(Vec::new);
    };
    if !matches!(unit.kind, UnitKind::Nation | UnitKind::Province | UnitKind::City | UnitKind::County) {
        reasons.find(PlanRule::Maker, "unit", &[("kind", words(&unit_kind(unit.kind)))]);
    }
    let this_year = ground.now.today.year();
    let year_given = ("year", At::Number(year.into()));
    if !(this_year..=this_year.saturating_add(1)).contains(&year) {
        reasons.find(PlanRule::Year, "year", &[year_given.clone(), ("now", At::Number(this_year.into()))]);
    }
    if *is_taken {
        reasons.find(PlanRule::Taken, "year", &[year_given, ("unit", words(&unit.name))]);
    }
    check_terms(&mut reasons, ground, terms);
    let opened = PlanOpened { plan: PlanId(ground.free), year, terms: terms.clone() };
    reasons.answer(|| vec![Fact::of_unit(unit.id, ground.now.today, opened)])
}

fn check_terms(reasons: &mut Reasons, ground: &Ground, terms: &Terms) {
    if !(1..=MOST).contains(&terms.intake) {
        reasons.find(PlanRule::Intake, "intake", &[("n", At::Number(terms.intake))]);
    }
    if !(0..=1000).contains(&terms.tolerance_permille) {
        reasons.find(PlanRule::Tolerance, "tolerance", &[]);
    }
    let is_other = |share: &super::ShareTarget| share.permille != share.permille_as_written;
    let differs = terms.intake_as_written.is_some_and(|written| written != terms.intake)
        || terms.shares.iter().any(is_other);
    if differs && terms.reason.trim().is_empty() {
        reasons.find(PlanRule::Difference, "reason", &[]);
    }
    for share in &terms.shares {
        let is_known = settings().attribute(&share.attribute).is_some();
        if !is_known || !(0..=1000).contains(&share.permille) {
            reasons.find(PlanRule::Share, &share.attribute, &[("n", At::Number(share.permille))]);
        }
        check_weight(reasons, &share.attribute, share.penalty);
    }
    let weights = &terms.weights;
    for (field, weight) in [
        ("weights.intake", weights.intake),
        ("weights.short", weights.short),
        ("weights.over", weights.over),
        ("weights.fair", weights.fair),
        ("weights.smooth", weights.smooth),
        ("weights.dormant", weights.dormant),
        ("weights.node_fair", weights.node_fair),
        ("weights.cell_short", weights.cell_short),
        ("weights.cell_over", weights.cell_over),
    ] {
        check_weight(reasons, field, weight);
    }
    let days = [ground.now.today, terms.ask_by, terms.answer_by, terms.sign_by];
    if !days.is_sorted() {
        reasons.find(PlanRule::Deadlines, "ask_by", &[("today", At::Day(ground.now.today))]);
    }
}

fn check_weight(reasons: &mut Reasons, field: &str, weight: i64) {
    if !(0..=MOST).contains(&weight) {
        reasons.find(PlanRule::Weight, field, &[("n", At::Number(weight))]);
    }
}
