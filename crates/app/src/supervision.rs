//! The register of supervision of a unit: what it holds, what it owes, and entering something. What a
//! decision needs is looked up inside the transaction that records it.

use std::collections::BTreeMap;

use domain::access::{Action, Relation, Resource};
use domain::dates::Moment;
use domain::event::Event;
use domain::finding::Finding;
use domain::ids::{PersonId, UnitId};
use domain::supervision::{
    Act, Entry, Ground, Member, Occurrence, SupervisionViewGiven, SystemYear, decide, findings, is_leading,
    is_subject, occurrences, settings, year,
};
use domain::unit::Unit;
use jiff::civil::Date;

use crate::accounts::authority;
use crate::act::ActError;
use crate::rulebooks::books;
use crate::store::keys::Keys;
use crate::store::{
    Actor, CommandId, Connection, Receipt, Store, StoreError, Tx, offices, particulars, supervision, units,
};

/// The register of a unit with a year of it.
#[derive(Debug, Clone)]
pub struct Register {
    /// The unit.
    pub unit: Unit,
    /// Every entry, the first one first.
    pub entries: Vec<Entry>,
    /// Number of events of the register: what a command must have seen.
    pub version: i64,
    /// What was owed and held in the year; empty for a unit that owes nothing.
    pub systems: Vec<SystemYear>,
    /// What is missing in the year.
    pub findings: Vec<Finding>,
    /// Recurring duties that wait today.
    pub occurrences: Vec<Occurrence>,
}

impl Register {
    /// Entries that ask for something that did not come yet, the most pressing first.
    #[must_use]
    pub fn pending(&self) -> Vec<&Entry> {
        let waits = |entry: &&Entry| entry.due_on.is_some() && entry.settled_on.is_none();
        let mut waiting: Vec<&Entry> = self.entries.iter().filter(waits).collect();
        waiting.sort_by_key(|entry| entry.due_on);
        waiting
    }
}

/// An entry with everything that is sealed.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The event of the entry.
    pub event: Event,
    /// The event that settled it.
    pub settled: Option<Event>,
    /// Views and votes of a meeting.
    pub views: Vec<(PersonId, SupervisionViewGiven)>,
}

impl Store {
    /// The register of a unit, with what it owes in a year as it stands on a day.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn supervision(&self, unit: UnitId, of: i16, today: Date) -> Result<Register, StoreError> {
        self.read(|connection| {
            let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            let entries = supervision::of_unit(connection, unit.id)?;
            let opened_on = units::opened_on(connection, unit.id)?;
            let owes = is_subject(unit.kind);
            let systems = if owes { year(&entries, of, opened_on) } else { Vec::new() };
            let this_year = if owes { year(&entries, today.year(), opened_on) } else { Vec::new() };
            Ok(Register {
                findings: findings(&entries, &systems, (of, today)),
                occurrences: occurrences(&this_year, today),
                version: supervision::n_events(connection, unit.id)?,
                unit,
                entries,
                systems,
            })
        })
    }

    /// One entry of the register, as whoever sees the register sees it.
    ///
    /// # Errors
    /// There is no such entry, or the database fails.
    pub fn supervision_entry(&self, unit: UnitId, number: i64) -> Result<Entry, StoreError> {
        self.read(|connection| {
            Ok(supervision::entry(connection, (unit, number))?.ok_or(StoreError::Missing)?.0)
        })
    }

    /// One entry with what is sealed. Whoever asks must be entitled to it.
    ///
    /// # Errors
    /// There is no such entry, a key is gone, or the database fails.
    pub fn supervision_opened(&self, unit: UnitId, number: i64) -> Result<Opened, StoreError> {
        self.read_open(|reader| {
            let (connection, keys) = (&mut reader.connection, &mut reader.keys);
            let (entry, settled) =
                supervision::entry(connection, (unit, number))?.ok_or(StoreError::Missing)?;
            let mut views = Vec::new();
            for (person, event) in supervision::views(connection, (unit, number))? {
                if let Event::SupervisionViewGiven(given) =
                    supervision::opened(connection, keys, (unit, event))?
                {
                    views.push((person, given));
                }
            }
            let settled = settled.map(|event| supervision::opened(connection, keys, (unit, event)));
            Ok(Opened {
                event: supervision::opened(connection, keys, (unit, entry.event))?,
                settled: settled.transpose()?,
                views,
            })
        })
    }

    /// Whoever is due at a meeting of a unit's leading body on a day.
    ///
    /// # Errors
    /// There is no such unit, a key is gone, or the database fails.
    pub fn supervision_members(&self, unit: UnitId, on: Date) -> Result<Vec<Member>, StoreError> {
        self.read_open(|reader| {
            let unit = units::unit(&mut reader.connection, unit)?.ok_or(StoreError::Missing)?;
            members(&mut reader.connection, &mut reader.keys, &unit, on)
        })
    }

    /// Enters something in the register of a unit that was seen at a version.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when something was
    /// entered since the register was seen; or the store's own failures. Nothing is recorded then.
    pub fn enter_supervision(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (unit, version): (UnitId, i64),
        (on, act): (Date, Act),
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| carry_out(tx, (actor, now, command), (unit, Some(version)), (on, &act)))
    }
}

/// Carries out an act inside a transaction; without a version it is of no matter what was entered before.
pub(crate) fn carry_out(
    tx: &mut Tx,
    (actor, now, command): (Actor, Moment, CommandId),
    (unit, version): (UnitId, Option<i64>),
    (on, act): (Date, &Act),
) -> Result<Receipt, ActError> {
    if let Some(receipt) = tx.carried_out(command)? {
        return Ok(receipt);
    }
    let unit = units::unit(&mut tx.connection, unit)?.ok_or(StoreError::Missing)?;
    let entries = supervision::of_unit(&mut tx.connection, unit.id)?;
    permit(&mut tx.connection, actor, now.today, &unit, touched(act, &entries))?;
    let current = supervision::n_events(&mut tx.connection, unit.id)?;
    if version.is_some_and(|seen| seen != current) {
        return Err(StoreError::Changed.into());
    }
    let ground = Ground {
        now,
        on,
        due: members(&mut tx.connection, &mut tx.keys, &unit, on)?,
        people: kept_below(&mut tx.connection, &unit, &act.named())?,
        reply_by: reply_by(on),
        entries,
        unit,
    };
    let facts = decide(act, &ground)?;
    Ok(tx.append(actor, now, command, &facts)?)
}

/// The person whose sealed affairs an act touches: of the act itself, or of the entry that it settles.
fn touched(act: &Act, entries: &[Entry]) -> Option<PersonId> {
    if let Act::Settle { number, .. } = act {
        return entries.iter().find(|entry| entry.number == *number)?.person;
    }
    act.person()
}

/// What concerns one person is for few, and for nobody in their own affairs.
fn permit(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    unit: &Unit,
    person: Option<PersonId>,
) -> Result<(), ActError> {
    let resource = Resource::of_unit(unit.pre, unit.id);
    let Some(person) = person else {
        return authority::permit(connection, actor, Action::KeepSupervision, &resource, today);
    };
    let account = authority::acting(connection, actor)?.and_then(|(account, _)| account.person);
    let relation = Relation { is_self: account == Some(person), ..Relation::default() };
    authority::permit(connection, actor, Action::HandleSealed, &resource.tied(relation), today)
}

fn members(
    connection: &mut Connection,
    keys: &mut Keys,
    unit: &Unit,
    on: Date,
) -> Result<Vec<Member>, StoreError> {
    let mut found: Vec<Member> = Vec::new();
    for held in offices::posts(connection, unit)? {
        let is_held = held.from_on <= on && held.to_on.is_none_or(|to| on < to);
        let is_known = found.iter().any(|member| member.person == held.person);
        if is_held && is_leading(held.kind) && !is_known {
            let known = particulars::read(connection, keys, held.person)?;
            let name = known.map_or_else(|| held.person.to_string(), |known| known.name);
            found.push(Member { person: held.person, name });
        }
    }
    Ok(found)
}

/// Which of some people are kept by a unit or one below it.
fn kept_below(
    connection: &mut Connection,
    unit: &Unit,
    named: &[PersonId],
) -> Result<BTreeMap<PersonId, bool>, StoreError> {
    let mut found = BTreeMap::new();
    for &id in named {
        let keeper = match supervision::keeper(connection, id)? {
            Some(keeper) => units::unit(connection, keeper)?,
            None => None,
        };
        let is_kept = keeper.is_some_and(|keeper| (unit.pre..=unit.post).contains(&keeper.pre));
        found.insert(id, is_kept);
    }
    Ok(found)
}

/// The last day of an answer to a letter of inquiry, counted from the day after it was sent.
fn reply_by(sent_on: Date) -> Date {
    let n = settings().figures.reply_working_days;
    let first = sent_on.tomorrow().unwrap_or(sent_on);
    books().calendar().last_of(first, n).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests;
