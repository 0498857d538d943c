//! Entering a workplace, changing what the register says of it, handing it to another unit, closing it.

use super::{
    CodeFault, Desk, Particulars, Workplace, WorkplaceChanged, WorkplaceClosed, WorkplaceCounted,
    WorkplaceKind, WorkplaceListed, WorkplaceMoved, WorkplaceRule, check_code,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::house::Reasons;
use crate::ids::{UnitId, WorkplaceId};
use crate::offices::words;

/// The greatest number of people that an entry may hold.
const MOST_STAFF: i64 = 10_000_000;

/// What an entry of the register says must fit together.
pub(super) fn check(reasons: &mut Reasons, particulars: &Particulars, parent: Option<WorkplaceKind>) {
    let Particulars { kind, name, code, ownership, scale, n_staff, .. } = particulars;
    if name.zh.trim().is_empty() || name.en.trim().is_empty() {
        reasons.find(WorkplaceRule::Name, "name", &[]);
    }
    let is_enterprise = *kind == WorkplaceKind::Enterprise;
    if is_enterprise != ownership.is_some() {
        reasons.find(WorkplaceRule::Ownership, "ownership", &[]);
    }
    if is_enterprise != scale.is_some() {
        reasons.find(WorkplaceRule::Scale, "scale", &[]);
    }
    if !(0..=MOST_STAFF).contains(n_staff) {
        reasons.find(WorkplaceRule::Staff, "n_staff", &[("n", At::Number(*n_staff))]);
    }
    check_written(reasons, code, kind.is_part());
    let fits = match parent {
        None => kind.parents().is_empty(),
        Some(parent) => kind.parents().contains(&parent),
    };
    if !fits {
        reasons.find(WorkplaceRule::Parent, "parent", &[]);
    }
}

fn check_written(reasons: &mut Reasons, code: &str, is_part: bool) {
    if code.is_empty() {
        return;
    }
    if is_part {
        reasons.find(WorkplaceRule::PartCode, "code", &[]);
        return;
    }
    match check_code(code) {
        Ok(()) => {}
        Err(CodeFault::Length(n)) => {
            let n = i64::try_from(n).unwrap_or(i64::MAX);
            reasons.find(WorkplaceRule::CodeLength, "code", &[("n", At::Number(n))]);
        }
        Err(CodeFault::Character(place)) => {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            reasons.find(WorkplaceRule::CodeCharacter, "code", &[("place", At::Number(place))]);
        }
        Err(CodeFault::Check | CodeFault::InnerCheck) => {
            reasons.find(WorkplaceRule::CodeCheck, "code", &[("code", At::Plain(code.to_owned()))]);
        }
    }
}

fn check_taken(desk: &mut Desk<'_>, particulars: &Particulars, own: Option<WorkplaceId>) {
    let owner = desk.ground.code_owner.filter(|owner| Some(*owner) != own);
    if let Some(owner) = owner.filter(|_| !particulars.code.is_empty()) {
        let values = [("code", At::Plain(particulars.code.clone())), ("number", At::Number(owner.0))];
        desk.find(WorkplaceRule::CodeTaken, "code", &values);
    }
}

pub(super) fn list(
    mut desk: Desk<'_>,
    parent: Option<WorkplaceId>,
    particulars: &Particulars,
) -> Consideration {
    desk.check_unit("unit");
    let above = desk.ground.parent.clone();
    if parent.is_some() != above.is_some() {
        desk.find(WorkplaceRule::Unknown, "parent", &[]);
    }
    if let Some((above, day)) = above.as_ref().and_then(|above| Some((above, above.closed_on?))) {
        let values = [("name", words(&above.particulars.name)), ("day", At::Day(day))];
        desk.find(WorkplaceRule::Closed, "parent", &values);
    }
    check(&mut desk.reasons, particulars, above.as_ref().map(|above| above.particulars.kind));
    check_taken(&mut desk, particulars, None);
    if particulars.code.is_empty() && !particulars.kind.is_part() {
        desk.find(WorkplaceRule::NoCode, "code", &[]);
    }
    let unit = above.map(|above| above.unit).or_else(|| desk.ground.unit.as_ref().map(|unit| unit.id));
    let listed = WorkplaceListed {
        workplace: WorkplaceId(desk.ground.free),
        parent,
        particulars: particulars.clone(),
        source: None,
    };
    let on = desk.on;
    desk.reasons.answer(|| unit.map(|unit| Fact::of_unit(unit, on, listed)).into_iter().collect())
}

pub(super) fn alter(
    mut desk: Desk<'_>,
    here: &Workplace,
    particulars: &Particulars,
    (is_correction, reason): (bool, &str),
) -> Consideration {
    let above = desk.ground.parent.as_ref().map(|above| above.particulars.kind);
    check(&mut desk.reasons, particulars, above);
    check_taken(&mut desk, particulars, Some(here.id));
    desk.check_reason(reason);
    if *particulars == here.particulars {
        desk.find(WorkplaceRule::Same, "name", &[]);
    }
    if particulars.kind != here.particulars.kind && desk.ground.n_parts > 0 {
        desk.find(WorkplaceRule::KindOfParts, "kind", &[("n", At::Number(desk.ground.n_parts))]);
    }
    let changed = WorkplaceChanged {
        workplace: here.id,
        particulars: particulars.clone(),
        is_correction,
        reason: reason.trim().to_owned(),
    };
    let fact = desk.fact(here, changed);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn move_to(mut desk: Desk<'_>, here: &Workplace, to: UnitId, reason: &str) -> Consideration {
    desk.check_unit("to");
    desk.check_reason(reason);
    if here.parent.is_some() {
        desk.find(WorkplaceRule::PartMoves, "to", &[]);
    }
    if to == here.unit {
        desk.find(WorkplaceRule::SameUnit, "to", &[]);
    }
    let moved = WorkplaceMoved { workplace: here.id, from: here.unit, reason: reason.trim().to_owned() };
    // Kept in the books of the unit that answers for it from now on.
    let fact = Fact::of_unit(to, desk.on, moved);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn close(mut desk: Desk<'_>, here: &Workplace, reason: &str) -> Consideration {
    desk.check_reason(reason);
    let (n_parts, n_placed) = (desk.ground.n_parts, desk.ground.n_placed);
    if n_parts > 0 {
        desk.find(WorkplaceRule::PartsLeft, "workplace", &[("n", At::Number(n_parts))]);
    }
    if n_placed > 0 {
        desk.find(WorkplaceRule::PeopleLeft, "workplace", &[("n", At::Number(n_placed))]);
    }
    let n_held = desk.ground.charged.iter().filter(|it| it.is_held()).count();
    if n_held > 0 {
        let n = i64::try_from(n_held).unwrap_or(i64::MAX);
        desk.find(WorkplaceRule::ChargesLeft, "workplace", &[("n", At::Number(n))]);
    }
    if here.organisation.is_some() {
        desk.find(WorkplaceRule::OrganisationLeft, "workplace", &[]);
    }
    let closed = WorkplaceClosed { workplace: here.id, reason: reason.trim().to_owned() };
    let fact = desk.fact(here, closed);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn count(
    mut desk: Desk<'_>,
    here: &Workplace,
    (year, n_posts, n_members): (i16, i64, i64),
) -> Consideration {
    if !here.particulars.is_key {
        desk.find(WorkplaceRule::NotKey, "workplace", &[]);
    }
    let this_year = desk.ground.now.today.year();
    if !(this_year - 10..=this_year).contains(&year) {
        desk.find(WorkplaceRule::Year, "year", &[("year", At::Number(year.into()))]);
    }
    if n_posts < 1 || n_members < 0 || n_members > n_posts {
        let values = [("posts", At::Number(n_posts)), ("members", At::Number(n_members))];
        desk.find(WorkplaceRule::Counts, "n_members", &values);
    }
    let counted = WorkplaceCounted { workplace: here.id, year, n_posts, n_members };
    let fact = desk.fact(here, counted);
    desk.reasons.answer(|| vec![fact])
}
