//! Merging, splitting and closing: nobody and nothing may be left behind. Running admission files go
//! with their people, as a transfer that is sent and received on the same day, so that training counts on.

use std::collections::BTreeSet;

use super::{Desk, Enrolled, Held, Place, judge_size};
use crate::blanks::At;
use crate::case::{CaseEvent, Change, Entry, TransferReceived, TransferSent};
use crate::decide::{Consideration, required_paper};
use crate::event::{Fact, PostEnded, UnitClosed, UnitMerged, UnitSplit};
use crate::evidence::Evidence;
use crate::house::Reasons;
use crate::ids::UnitId;
use crate::offices::{OfficeRule, words};
use crate::text::Text;
use crate::unit::UnitKind;

pub(super) fn merge(mut desk: Desk<'_>, here: &Place, merged: &UnitMerged) -> Consideration {
    desk.check_approval(&merged.approval);
    check_merged(&mut desk.reasons, here);
    check_posts(&mut desk, &here.posts);
    if let Some(there) = desk.other(here, "into") {
        desk.check_cycle(here.unit.id, &there, "into");
        check_people(&mut desk, &here.people, &there);
        for &(_, kind) in &here.children {
            desk.check_kind(kind, there.unit.kind, "into");
        }
        if there.unit.kind.is_branch() {
            let n_members = there.n_members + here.n_members;
            let n_full = there.n_full() + here.n_full();
            judge_size(&mut desk.reasons, &there.unit, there.unit.kind, n_full, n_members);
        }
    }
    let mut facts = carried(&desk, here.unit.id, &here.people, merged.into, &merged.approval);
    facts.extend(ended(&desk, here.unit.id, &here.posts, "合并"));
    facts.push(Fact::of_unit(here.unit.id, desk.on, merged.clone()));
    desk.reasons.answer(|| facts)
}

pub(super) fn split(mut desk: Desk<'_>, here: &Place, split: &UnitSplit) -> Consideration {
    desk.check_approval(&split.approval);
    check_parted(&mut desk.reasons, here);
    if split.people.is_empty() && split.units.is_empty() {
        desk.find(OfficeRule::EmptySplit, "people", &[]);
    }
    check_named(&mut desk, here, split);
    let gone: Vec<Enrolled> =
        here.people.iter().filter(|known| split.people.contains(&known.person)).copied().collect();
    let n_letters = here.letters.iter().filter(|person| split.people.contains(person)).count();
    check_letters(&mut desk.reasons, n_letters);
    check_files(&mut desk.reasons, &gone);
    let posts: Vec<Held> =
        here.posts.iter().filter(|post| split.people.contains(&post.person)).cloned().collect();
    check_posts(&mut desk, &posts);
    if let Some(there) = desk.other(here, "into") {
        check_people(&mut desk, &gone, &there);
        for &(unit, kind) in here.children.iter().filter(|(unit, _)| split.units.contains(unit)) {
            desk.check_cycle(unit, &there, "into");
            desk.check_kind(kind, there.unit.kind, "into");
        }
        if !gone.is_empty() {
            judge_halves(&mut desk, here, &there, &gone);
        }
    }
    let mut facts = carried(&desk, here.unit.id, &gone, split.into, &split.approval);
    facts.extend(ended(&desk, here.unit.id, &posts, "分设"));
    facts.push(Fact::of_unit(here.unit.id, desk.on, split.clone()));
    desk.reasons.answer(|| facts)
}

/// What is named stands in the unit's own books, each once.
fn check_named(desk: &mut Desk<'_>, here: &Place, split: &UnitSplit) {
    let person = |id: i64| At::Words(Text::new(format!("人员 {id}"), format!("person {id}")));
    let unit = |id: i64| At::Words(Text::new(format!("组织 {id}"), format!("unit {id}")));
    let people: BTreeSet<_> = here.people.iter().map(|known| known.person).collect();
    let mut seen = BTreeSet::new();
    for &id in &split.people {
        if !people.contains(&id) {
            desk.find(OfficeRule::NotHere, "people", &[("what", person(id.0))]);
        }
        if !seen.insert(id) {
            desk.find(OfficeRule::Twice, "people", &[("what", person(id.0))]);
        }
    }
    let children: BTreeSet<_> = here.children.iter().map(|&(id, _)| id).collect();
    let mut seen = BTreeSet::new();
    for &id in &split.units {
        if !children.contains(&id) {
            desk.find(OfficeRule::NotHere, "units", &[("what", unit(id.0))]);
        }
        if !seen.insert(id) {
            desk.find(OfficeRule::Twice, "units", &[("what", unit(id.0))]);
        }
    }
}

fn judge_halves(desk: &mut Desk<'_>, here: &Place, there: &Place, gone: &[Enrolled]) {
    let n_full = gone.iter().filter(|who| who.stage == crate::person::Stage::Full).count();
    let n_full = u32::try_from(n_full).unwrap_or(u32::MAX);
    let n_members = gone.iter().filter(|who| who.stage.is_member()).count();
    let n_members = i64::try_from(n_members).unwrap_or(i64::MAX);
    let (stays, goes) = (here.n_full().saturating_sub(n_full), there.n_full().saturating_add(n_full));
    judge_size(&mut desk.reasons, &here.unit, here.unit.kind, stays, here.n_members - n_members);
    judge_size(&mut desk.reasons, &there.unit, there.unit.kind, goes, there.n_members + n_members);
}

pub(super) fn close(mut desk: Desk<'_>, here: &Place, closed: &UnitClosed) -> Consideration {
    desk.check_approval(&closed.approval);
    check_left(&mut desk.reasons, here);
    check_posts(&mut desk, &here.posts);
    let mut facts = ended(&desk, here.unit.id, &here.posts, "撤销");
    facts.push(Fact::of_unit(here.unit.id, desk.on, closed.clone()));
    desk.reasons.answer(|| facts)
}

/// What stands against merging a unit, whatever receives it.
pub(super) fn check_merged(reasons: &mut Reasons, here: &Place) {
    check_not_top(reasons, here);
    check_letters(reasons, here.letters.len());
    check_files(reasons, &here.people);
}

/// The top of the tree stays: every other unit stands below it.
pub(super) fn check_not_top(reasons: &mut Reasons, here: &Place) {
    if here.unit.parent.is_none() {
        reasons.find(OfficeRule::TopStays, "unit", &[("unit", words(&here.unit.name))]);
    }
}

/// A split takes from something.
pub(super) fn check_parted(reasons: &mut Reasons, here: &Place) {
    if here.people.is_empty() && here.children.is_empty() {
        reasons.find(OfficeRule::NothingToSplit, "unit", &[("unit", words(&here.unit.name))]);
    }
}

/// Whom or what a closing would leave behind.
pub(super) fn check_left(reasons: &mut Reasons, here: &Place) {
    let left = [(OfficeRule::PeopleLeft, here.people.len()), (OfficeRule::ChildrenLeft, here.children.len())];
    for (rule, n) in left {
        check_none(reasons, rule, n);
    }
    check_letters(reasons, here.letters.len());
}

fn check_letters(reasons: &mut Reasons, n: usize) {
    check_none(reasons, OfficeRule::Letters, n);
}

fn check_files(reasons: &mut Reasons, people: &[Enrolled]) {
    let n = people.iter().filter(|who| who.file.is_some_and(|file| file.is_on_the_way)).count();
    check_none(reasons, OfficeRule::FilesOnWay, n);
}

fn check_none(reasons: &mut Reasons, rule: OfficeRule, n: usize) {
    if n > 0 {
        reasons.find(rule, "unit", &[("n", At::Number(i64::try_from(n).unwrap_or(i64::MAX)))]);
    }
}

/// Terms end with the unit, so none may begin after it.
fn check_posts(desk: &mut Desk<'_>, posts: &[Held]) {
    let latest = posts.iter().filter(|post| post.to_on.is_none()).map(|post| post.from_on).max();
    if let Some(from) = latest.filter(|&from| from > desk.on) {
        let values = [("day", At::Day(desk.on)), ("from", At::Day(from))];
        desk.find(OfficeRule::BeforeStart, "on", &values);
    }
}

/// Whether a unit can take these people.
fn check_people(desk: &mut Desk<'_>, people: &[Enrolled], there: &Place) {
    let kind = there.unit.kind;
    let named = [("unit", words(&there.unit.name))];
    if !people.is_empty() && !kind.is_branch() {
        desk.find(OfficeRule::NoBranch, "into", &named);
    } else if kind == UnitKind::ProvisionalBranch && people.iter().any(|who| who.stage.is_member()) {
        desk.find(OfficeRule::Provisional, "into", &named);
    }
}

/// Running files go along: sent and received in one breath, with the approval as their paper.
fn carried(desk: &Desk<'_>, from: UnitId, people: &[Enrolled], to: UnitId, approval: &str) -> Vec<Fact> {
    let is_late = desk.on < desk.ground.now.today;
    let entry = if is_late { Entry::late(approval, None) } else { Entry::live() };
    let mut facts = Vec::new();
    for (who, file) in people.iter().filter_map(|who| who.file.map(|file| (who, file))) {
        let sent = TransferSent { to, is_file_included: true, reason: approval.to_owned() };
        let received = TransferReceived { by: to, is_file_received: true };
        for (unit, change) in [(from, Change::from(sent)), (to, Change::from(received))] {
            let paper = required_paper(&change);
            let evidence =
                paper.map(|(kind, name)| Evidence::on_shelf(kind, name.zh, approval)).into_iter().collect();
            let event = CaseEvent { case: file.case, entry: entry.clone(), evidence, change };
            facts.push(Fact::of_person(who.person, unit, desk.on, event));
        }
    }
    facts
}

/// The ends of terms that are still running.
fn ended(desk: &Desk<'_>, unit: UnitId, posts: &[Held], why: &str) -> Vec<Fact> {
    let running = posts.iter().filter(|post| post.to_on.is_none());
    running
        .map(|post| Fact::of_unit(unit, desk.on, PostEnded { post: post.id, reason: why.to_owned() }))
        .collect()
}
