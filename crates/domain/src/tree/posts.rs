//! Taking up and giving up posts, and forming Party groups.

use super::{AssignPost, Desk, FormGroup, Place};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::{Fact, GroupFormed, PostAssigned, PostEnded};
use crate::ids::{GroupId, PostId};
use crate::offices::{OfficeRule, post_kind, unit_kind, words};
use crate::person::Stage;
use crate::unit::{PostKind, UnitKind};

pub(super) fn assign(mut desk: Desk<'_>, here: &Place, post: &AssignPost) -> Consideration {
    let office = ("office", words(&post_kind(post.kind)));
    if !fits(post.kind, here.unit.kind) {
        desk.find(
            OfficeRule::OfficeUnfit,
            "kind",
            &[("kind", words(&unit_kind(here.unit.kind))), office.clone()],
        );
    }
    // A term that is still running, or one that ended only later than this one begins.
    let standing =
        here.posts.iter().filter(|held| held.kind == post.kind && held.to_on.is_none_or(|to| to > desk.on));
    let (own, others): (Vec<_>, Vec<_>) = standing.partition(|held| held.person == post.person);
    if let Some(held) = own.first() {
        desk.find(OfficeRule::SameHolder, "person", &[office.clone(), ("from", At::Day(held.from_on))]);
    }
    if let Some(held) = others.first().filter(|_| is_single(post.kind)) {
        desk.find(OfficeRule::OfficeHeld, "kind", &[office, ("from", At::Day(held.from_on))]);
    }
    check_holder(&mut desk, here);
    let assigned = PostAssigned { post: PostId(desk.ground.free), kind: post.kind, person: post.person };
    let fact = Fact::of_unit(here.unit.id, desk.on, assigned);
    desk.reasons.answer(|| vec![fact])
}

/// Offices that one person holds at a time.
fn is_single(kind: PostKind) -> bool {
    match kind {
        PostKind::Secretary
        | PostKind::OrganisationMember
        | PostKind::PublicityMember
        | PostKind::DisciplineMember
        | PostKind::OrganisationHead
        | PostKind::TrainingOfficer => true,
        PostKind::DeputySecretary
        | PostKind::CommitteeMember
        | PostKind::Organiser
        | PostKind::Instructor
        | PostKind::GroupLeader => false,
    }
}

/// The offices that a kind of unit can have.
#[must_use]
pub fn offices_of(kind: UnitKind) -> Vec<PostKind> {
    PostKind::ALL.iter().copied().filter(|&office| fits(office, kind)).collect()
}

fn fits(office: PostKind, kind: UnitKind) -> bool {
    match office {
        PostKind::GroupLeader => kind.is_branch(),
        PostKind::OrganisationHead => kind.is_committee(),
        PostKind::Secretary
        | PostKind::DeputySecretary
        | PostKind::OrganisationMember
        | PostKind::PublicityMember
        | PostKind::DisciplineMember
        | PostKind::CommitteeMember
        | PostKind::Organiser
        | PostKind::Instructor
        | PostKind::TrainingOfficer => true,
    }
}

fn check_holder(desk: &mut Desk<'_>, here: &Place) {
    let Some(holder) = &desk.ground.holder else {
        desk.find(OfficeRule::PersonUnknown, "person", &[]);
        return;
    };
    let who = holder.enrolled;
    if who.stage == Stage::Former {
        desk.find(OfficeRule::PersonUnknown, "person", &[]);
        return;
    }
    let day = desk.on;
    if who.stage != Stage::Full || who.full_since.is_some_and(|since| day < since) {
        desk.find(OfficeRule::HolderNotFull, "person", &[("day", At::Day(day))]);
    }
    if who.is_under_sanction {
        desk.find(OfficeRule::HolderSanctioned, "person", &[]);
    }
    if !holder.units.contains(&here.unit.id) {
        desk.find(OfficeRule::HolderElsewhere, "person", &[]);
    }
}

pub(super) fn end(mut desk: Desk<'_>, here: &Place, ended: &PostEnded) -> Consideration {
    if ended.reason.trim().is_empty() {
        desk.find(OfficeRule::TermReason, "reason", &[]);
    }
    match here.posts.iter().find(|post| post.id == ended.post) {
        None => desk.find(OfficeRule::UnknownPost, "post", &[]),
        Some(post) => {
            if let Some(to) = post.to_on {
                desk.find(OfficeRule::TermEnded, "post", &[("to", At::Day(to))]);
            }
            if desk.on < post.from_on {
                let values = [("day", At::Day(desk.on)), ("from", At::Day(post.from_on))];
                desk.find(OfficeRule::BeforeStart, "on", &values);
            }
        }
    }
    let fact = Fact::of_unit(here.unit.id, desk.on, ended.clone());
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn form_group(mut desk: Desk<'_>, here: &Place, formed: &FormGroup) -> Consideration {
    desk.check_name(&formed.name);
    if !here.unit.kind.is_branch() {
        desk.find(OfficeRule::GroupPlace, "unit", &[("kind", words(&unit_kind(here.unit.kind)))]);
    }
    let taken = |group: &super::Group| group.name.zh == formed.name.zh || group.name.en == formed.name.en;
    if here.groups.iter().any(taken) {
        desk.find(OfficeRule::GroupTaken, "name", &[("name", words(&formed.name))]);
    }
    let group = GroupFormed { group: GroupId(desk.ground.free), name: formed.name.clone() };
    let fact = Fact::of_unit(here.unit.id, desk.on, group);
    desk.reasons.answer(|| vec![fact])
}
