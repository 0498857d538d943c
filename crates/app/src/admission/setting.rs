//! What a decision must know beyond the file, looked up: the candidate, and the units and persons that
//! the act names. The rules of competence and eligibility themselves are in `domain`.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::{Candidate, Case};
use domain::decide::{Act, PersonFacts, Setting, UnitFacts};
use domain::event::SiteFounded;
use domain::ids::{AccountId, PersonId, UnitId};
use domain::unit::PostKind;
use jiff::civil::Date;
use serde_json::Value as Json;

use crate::rulebooks::books;
use crate::store::keys::Keys;
use crate::store::lately::LookedAt;
use crate::store::{Connection, StoreError, cases, particulars, people, units};

/// A connection with the keys to open what it reads.
pub(crate) struct Parts<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) keys: &'a mut Keys,
}

impl Parts<'_> {
    fn again(&mut self) -> Parts<'_> {
        Parts { connection: self.connection, keys: self.keys }
    }
}

/// What a setting knows of the candidate and of the branch, whatever the act; it stands as long as no
/// roster and no unit changes.
#[derive(Debug, Clone)]
pub(crate) struct Around {
    candidate: Candidate,
    branch: Option<UnitFacts>,
}

impl Around {
    /// Looks it up for a file, as of a day.
    pub(crate) fn of(
        parts: Parts<'_>,
        founded: &SiteFounded,
        case: &Case,
        day: Date,
    ) -> Result<Around, StoreError> {
        let Parts { connection, keys } = parts;
        let known = particulars::read(connection, keys, case.person)?;
        let candidate = Candidate {
            born_on: known.as_ref().map(|known| known.born_on),
            id_number: known.map(|known| known.id_number),
            packs: founded.packs.clone(),
        };
        Ok(Around { candidate, branch: unit_facts(connection, case.unit, day)? })
    }
}

/// The setting of a file, and of an act in it if one is named.
pub(crate) fn of(
    mut parts: Parts<'_>,
    founded: &SiteFounded,
    case: &Case,
    act: Option<&Act>,
    today: Date,
    actor: AccountId,
) -> Result<Setting<'static>, StoreError> {
    let day = act.map_or(today, |act| act.on);
    let around = Around::of(parts.again(), founded, case, day)?;
    within(parts, founded, case, act, (around, day), actor)
}

/// The same, with what is around the file on the day of the act at hand.
pub(crate) fn within(
    parts: Parts<'_>,
    founded: &SiteFounded,
    case: &Case,
    act: Option<&Act>,
    (around, day): (Around, Date),
    actor: AccountId,
) -> Result<Setting<'static>, StoreError> {
    let Parts { connection, keys } = parts;
    let mut setting = Setting::new(books(), around.candidate, actor);
    setting.legacy_until = founded.legacy_until;
    setting.units.extend(around.branch.map(|facts| (case.unit, facts)));
    let named = act.map(named).transpose()?.unwrap_or_default();
    for unit in named.units.into_iter().filter(|unit| *unit != case.unit) {
        if let Some(facts) = unit_facts(connection, unit, day)? {
            setting.units.insert(unit, facts);
        }
    }
    for person in named.people {
        if let Some(facts) = person_facts(connection, keys, person)? {
            setting.people.insert(person, facts);
        }
    }
    setting.other_cases = others(connection, case)?;
    Ok(setting)
}

/// What the setting of an act in a file looks at.
pub(crate) fn looked_at(case: &Case, act: &Act) -> Result<LookedAt, StoreError> {
    let Named { mut units, mut people } = named(act)?;
    units.insert(case.unit);
    people.insert(case.person);
    Ok(LookedAt { people, units })
}

fn others(
    connection: &mut Connection,
    case: &Case,
) -> Result<BTreeMap<domain::ids::CaseId, bool>, StoreError> {
    let files = cases::of_person(connection, case.person)?;
    Ok(files.into_iter().filter(|file| file.id != case.id).map(|file| (file.id, file.is_closed)).collect())
}

fn unit_facts(connection: &mut Connection, id: UnitId, day: Date) -> Result<Option<UnitFacts>, StoreError> {
    let Some(unit) = units::unit(connection, id)? else { return Ok(None) };
    let parent = match unit.parent {
        Some(parent) => units::unit(connection, parent)?.map(|parent| parent.kind),
        None => None,
    };
    let mut facts = UnitFacts::of(unit.kind, parent);
    if unit.kind.is_branch() {
        let (n_full, n_voting) = people::n_full(connection, &unit, day)?;
        facts.n_full = Some(n_full);
        facts.n_voting = Some(n_voting);
        // A branch whose posts nobody entered says nothing about its committee.
        let held = units::posts_held(connection, &unit, day)?;
        facts.has_committee =
            held.contains(&PostKind::Secretary).then(|| held.contains(&PostKind::OrganisationMember));
    }
    Ok(Some(facts))
}

fn person_facts(
    connection: &mut Connection,
    keys: &mut Keys,
    id: PersonId,
) -> Result<Option<PersonFacts>, StoreError> {
    let Some(known) = particulars::read(connection, keys, id)? else { return Ok(None) };
    let Some(person) = people::person(connection, id, known)? else { return Ok(None) };
    Ok(Some(PersonFacts {
        name: person.particulars.name,
        stage: person.stage,
        full_since: person.full_since,
        is_under_sanction: person.is_under_sanction,
        unit: person.unit,
    }))
}

#[derive(Default)]
struct Named {
    units: BTreeSet<UnitId>,
    people: BTreeSet<PersonId>,
}

/// Fields of records that hold the identity of a unit. Everywhere the field `person` holds a person.
const UNIT_FIELDS: [&str; 6] = ["committee", "department", "branch", "held_by", "to", "by"];

/// The units and persons named anywhere in an act.
fn named(act: &Act) -> Result<Named, StoreError> {
    let body = act.change.body().map_err(|error| StoreError::Unfit(error.to_string()))?;
    let mut named = Named::default();
    collect(&body, &mut named);
    Ok(named)
}

fn collect(value: &Json, named: &mut Named) {
    match value {
        Json::Object(fields) => {
            for (name, field) in fields {
                match field.as_i64() {
                    Some(id) if name == "person" => drop(named.people.insert(PersonId(id))),
                    Some(id) if UNIT_FIELDS.contains(&name.as_str()) => drop(named.units.insert(UnitId(id))),
                    Some(_) => {}
                    None => collect(field, named),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, named)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
