//! Who is charged with a workplace, the visits made under a charge, and the organisation that covers it.

use super::{
    Charge, Charged, Desk, Entrust, Workplace, WorkplaceEntrusted, WorkplaceOrganised, WorkplaceRelieved,
    WorkplaceRule, WorkplaceVisited, settings,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::ids::UnitId;
use crate::offices::words;
use crate::unit::UnitKind;

pub(super) fn entrust(mut desk: Desk<'_>, here: &Workplace, entrust: &Entrust) -> Consideration {
    let Entrust { charge, person, letter, until_on } = entrust;
    match desk.ground.holder {
        None => desk.find(WorkplaceRule::PersonUnknown, "person", &[]),
        Some(holder) => {
            if !holder.is_full {
                desk.find(WorkplaceRule::NotFull, "person", &[]);
            }
            if holder.is_under_sanction {
                desk.find(WorkplaceRule::Sanctioned, "person", &[]);
            }
        }
    }
    let is_same = |it: &Charged| it.charge == *charge && it.is_held() && it.person == *person;
    if desk.ground.charged.iter().any(is_same) {
        desk.find(WorkplaceRule::ChargedTwice, "person", &[]);
    }
    match charge {
        Charge::Instructor => {
            let (letter, until) = (letter.trim().to_owned(), *until_on);
            check_dispatch(&mut desk, here, &letter, until);
        }
        Charge::Area => {
            if !here.particulars.kind.is_part() {
                desk.find(WorkplaceRule::AreaOfWhole, "charge", &[]);
            } else if here.n_members > 0 {
                desk.find(WorkplaceRule::AreaNotBlank, "charge", &[("n", At::Number(here.n_members))]);
            }
        }
        Charge::Contact => {}
    }
    if let Some(until) = until_on.filter(|until| *until < desk.on) {
        desk.find(WorkplaceRule::TermOrder, "until_on", &[("day", At::Day(until))]);
    }
    let number = desk.ground.charged.iter().map(|it| it.number).max().unwrap_or(0) + 1;
    let entrusted = WorkplaceEntrusted {
        workplace: here.id,
        number,
        charge: *charge,
        person: *person,
        letter: letter.trim().to_owned(),
        until_on: *until_on,
    };
    let fact = desk.fact(here, entrusted);
    desk.reasons.answer(|| vec![fact])
}

/// An instructor comes with a letter and for a term, and to a place without an organisation.
fn check_dispatch(desk: &mut Desk<'_>, here: &Workplace, letter: &str, until: Option<jiff::civil::Date>) {
    if letter.is_empty() {
        desk.find(WorkplaceRule::Letter, "letter", &[]);
    }
    if desk.ground.charged.iter().any(|it| !letter.is_empty() && it.letter == letter) {
        desk.find(WorkplaceRule::LetterTaken, "letter", &[("letter", At::Plain(letter.to_owned()))]);
    }
    if until.is_none() {
        desk.find(WorkplaceRule::Term, "until_on", &[]);
    }
    if here.particulars.kind.is_part() {
        desk.find(WorkplaceRule::InstructorOfPart, "charge", &[]);
    }
    if here.organisation.is_some() {
        desk.find(WorkplaceRule::InstructorNotNeeded, "charge", &[]);
    }
}

/// A charge that is still held, by its number.
fn held<'a>(desk: &mut Desk<'a>, number: i64) -> Option<&'a Charged> {
    let found = desk.ground.charged.iter().find(|it| it.number == number);
    match found {
        None => desk.find(WorkplaceRule::ChargeUnknown, "number", &[]),
        Some(Charged { ended_on: Some(day), .. }) => {
            desk.find(WorkplaceRule::ChargeEnded, "number", &[("day", At::Day(*day))]);
        }
        Some(charged) if desk.on < charged.from_on => {
            let values = [("day", At::Day(desk.on)), ("from", At::Day(charged.from_on))];
            desk.find(WorkplaceRule::BeforeCharge, "on", &values);
        }
        Some(_) => {}
    }
    found
}

pub(super) fn relieve(mut desk: Desk<'_>, here: &Workplace, number: i64, reason: &str) -> Consideration {
    held(&mut desk, number);
    desk.check_reason(reason);
    let relieved = WorkplaceRelieved { workplace: here.id, number, reason: reason.trim().to_owned() };
    let fact = desk.fact(here, relieved);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn visit(mut desk: Desk<'_>, here: &Workplace, number: i64, note: &str) -> Consideration {
    let charged = held(&mut desk, number);
    if note.trim().is_empty() {
        desk.find(WorkplaceRule::Note, "note", &[]);
    }
    if let Some(until) = charged.and_then(|it| it.until_on).filter(|&until| until < desk.on) {
        // A visit after the term is still worth its line; that nobody renewed the term is told.
        desk.find(WorkplaceRule::AfterTerm, "on", &[("day", At::Day(until))]);
    }
    let visited = WorkplaceVisited { workplace: here.id, number, note: note.trim().to_owned() };
    let fact = desk.fact(here, visited);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn organise(
    mut desk: Desk<'_>,
    here: &Workplace,
    organisation: Option<UnitId>,
    approval: &str,
) -> Consideration {
    if approval.trim().is_empty() {
        desk.find(WorkplaceRule::Approval, "approval", &[]);
    }
    if here.particulars.kind.is_part() {
        desk.find(WorkplaceRule::PartOrganised, "workplace", &[]);
    }
    if organisation == here.organisation.map(|(unit, _)| unit) {
        desk.find(WorkplaceRule::OrganisedSame, "organisation", &[]);
    }
    let named = organisation.map(|_| desk.ground.organisation.clone());
    match named {
        None => {}
        Some(None) => desk.find(WorkplaceRule::UnitUnknown, "organisation", &[]),
        Some(Some(unit)) => {
            let name = words(&unit.name);
            if !unit.is_open {
                desk.find(WorkplaceRule::UnitClosed, "organisation", &[("unit", name)]);
            } else if !covers(unit.kind) {
                desk.find(WorkplaceRule::OrganisationKind, "organisation", &[("unit", name)]);
            }
            let least = settings().full_members.value;
            if unit.kind != UnitKind::JointBranch && here.n_full < least {
                let values = [("n", At::Number(here.n_full)), ("least", At::Number(least))];
                desk.find(WorkplaceRule::FewFull, "organisation", &values);
            }
        }
    }
    let organised =
        WorkplaceOrganised { workplace: here.id, organisation, approval: approval.trim().to_owned() };
    let fact = desk.fact(here, organised);
    desk.reasons.answer(|| vec![fact])
}

/// Kinds of organisation that can be that of a workplace.
fn covers(kind: UnitKind) -> bool {
    match kind {
        UnitKind::Committee | UnitKind::GeneralBranch | UnitKind::Branch | UnitKind::JointBranch => true,
        UnitKind::Nation
        | UnitKind::Province
        | UnitKind::City
        | UnitKind::County
        | UnitKind::WorkCommittee
        | UnitKind::Town
        | UnitKind::ProvisionalBranch
        | UnitKind::LeadingGroup => false,
    }
}
