//! Opening, changing and moving a unit.

use super::ends::check_not_top;
use super::{Desk, Place, judge_size};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::{Fact, UnitChanged, UnitMoved, UnitOpened};
use crate::ids::UnitId;
use crate::offices::{OfficeRule, unit_kind, words};
use crate::unit::UnitKind;

pub(super) fn open(mut desk: Desk<'_>, opened: &UnitOpened) -> Consideration {
    desk.check_approval(&opened.approval);
    desk.check_name(&opened.name);
    check_code(&mut desk, &opened.code, None);
    match (opened.parent, &desk.ground.here) {
        (None, _) => {
            if desk.ground.has_top {
                desk.find(OfficeRule::SecondTop, "parent", &[]);
            }
            if !may_be_top(opened.unit_kind) {
                desk.find(OfficeRule::TopKind, "unit_kind", &[("kind", words(&unit_kind(opened.unit_kind)))]);
            }
        }
        (Some(_), None) => desk.find(OfficeRule::UnitUnknown, "parent", &[]),
        (Some(_), Some(above)) => {
            if !above.unit.is_open {
                desk.closed(&above.unit, "parent");
            }
            desk.check_kind(opened.unit_kind, above.unit.kind, "unit_kind");
        }
    }
    let fact = Fact::of_unit(UnitId(desk.ground.free), desk.on, opened.clone());
    desk.reasons.answer(|| vec![fact])
}

fn may_be_top(kind: UnitKind) -> bool {
    matches!(kind, UnitKind::Nation | UnitKind::Province | UnitKind::City | UnitKind::County)
}

fn check_code(desk: &mut Desk<'_>, code: &str, own: Option<UnitId>) {
    if code.trim().is_empty() {
        desk.find(OfficeRule::UnitCode, "code", &[]);
    }
    if desk.ground.code_owner.is_some_and(|owner| Some(owner) != own) {
        desk.find(OfficeRule::CodeTaken, "code", &[("code", At::Plain(code.to_owned()))]);
    }
}

pub(super) fn rename(mut desk: Desk<'_>, here: &Place, changed: &UnitChanged) -> Consideration {
    let unit = &here.unit;
    desk.check_approval(&changed.approval);
    desk.check_name(&changed.name);
    check_code(&mut desk, &changed.code, Some(unit.id));
    let is_same = (unit.kind, unit.sector, &unit.code, &unit.name)
        == (changed.unit_kind, changed.sector, &changed.code, &changed.name);
    if is_same {
        desk.find(OfficeRule::UnitSame, "name", &[]);
    }
    if unit.kind != changed.unit_kind {
        check_new_kind(&mut desk, here, changed.unit_kind);
    }
    let fact = Fact::of_unit(unit.id, desk.on, changed.clone());
    desk.reasons.answer(|| vec![fact])
}

/// Another kind must fit what is above, what is below, and who is on the roster.
fn check_new_kind(desk: &mut Desk<'_>, here: &Place, kind: UnitKind) {
    match here.parent_kind {
        Some(above) => desk.check_kind(kind, above, "unit_kind"),
        None if may_be_top(kind) => {}
        None => desk.find(OfficeRule::TopKind, "unit_kind", &[("kind", words(&unit_kind(kind)))]),
    }
    let mut unfit: Vec<UnitKind> = here.children.iter().map(|&(_, below)| below).collect();
    unfit.retain(|below| !kind.allowed_children().contains(below));
    unfit.sort_unstable();
    for same in unfit.chunk_by(|a, b| a == b) {
        let values = [
            ("kind", words(&unit_kind(kind))),
            ("below", words(&unit_kind(same[0]))),
            ("n", At::Number(i64::try_from(same.len()).unwrap_or(i64::MAX))),
        ];
        desk.find(OfficeRule::ChildrenKind, "unit_kind", &values);
    }
    let n_members = here.people.iter().filter(|person| person.stage.is_member()).count();
    if !kind.is_branch() && !here.people.is_empty() {
        let n = i64::try_from(here.people.len()).unwrap_or(i64::MAX);
        desk.find(OfficeRule::PeopleLeft, "unit_kind", &[("n", At::Number(n))]);
    } else if kind == UnitKind::ProvisionalBranch && n_members > 0 {
        desk.find(OfficeRule::Provisional, "unit_kind", &[("unit", words(&here.unit.name))]);
    }
    judge_size(&mut desk.reasons, &here.unit, kind, here.n_full(), here.n_members);
}

pub(super) fn move_under(mut desk: Desk<'_>, here: &Place, moved: &UnitMoved) -> Consideration {
    desk.check_approval(&moved.approval);
    check_not_top(&mut desk.reasons, here);
    if let Some(above) = desk.other(here, "parent") {
        if here.unit.parent == Some(above.unit.id) {
            desk.find(OfficeRule::SameParent, "parent", &[("unit", words(&above.unit.name))]);
        }
        desk.check_cycle(here.unit.id, &above, "parent");
        desk.check_kind(here.unit.kind, above.unit.kind, "parent");
    }
    let fact = Fact::of_unit(here.unit.id, desk.on, moved.clone());
    desk.reasons.answer(|| vec![fact])
}
