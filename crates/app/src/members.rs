//! Changing the roster by hand: entering people, putting entries right, letters of transfer, sanctions
//! and departures. What a decision needs is looked up inside the transaction that records it.

use domain::access::{Action, Relation, Resource, decide as allow};
use domain::dates::Moment;
use domain::decide::Consideration;
use domain::event::PersonMerged;
use domain::ids::{PersonId, UnitId};
use domain::members::{Act, Change, Enrolment, Ground, Host, Known, consider, decide};
use jiff::civil::Date;

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::keys::Keys;
use crate::store::{
    Actor, CommandId, Connection, Receipt, Store, StoreError, cases, letters, offices, particulars, people,
    roster, units,
};

/// The person that a command speaks of, as the entry was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The person.
    pub person: PersonId,
    /// Number of events about the person when the entry was looked at.
    pub version: i64,
}

impl Store {
    /// Enters a person on the roster of a unit.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn register_person(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (unit, on): (UnitId, Date),
        enrolment: Enrolment,
    ) -> Result<PersonId, ActError> {
        self.write(move |tx| {
            let receipt = match tx.carried_out(command)? {
                Some(receipt) => receipt,
                None => {
                    let act = Act { on, change: Change::Register(enrolment) };
                    permit(&mut tx.connection, actor, now.today, unit, None)?;
                    let ground = ground(&mut tx.connection, &mut tx.keys, (None, Some(unit)), &act, now)?;
                    let facts = decide(&act, &ground)?;
                    tx.append(actor, now, command, &facts)?
                }
            };
            Ok(people::registered_at(&mut tx.connection, receipt.first_seq)?)
        })
    }

    /// Records a change of a person's entry. A merger concerns two entries: [`Store::merge_people`].
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when the entry was
    /// changed since it was seen; or the store's own failures. Nothing is recorded then.
    pub fn change_person(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: Seen,
        act: Act,
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let row = roster::row(&mut tx.connection, seen.person)?.ok_or(StoreError::Missing)?;
            if row.version != seen.version {
                return Err(StoreError::Changed.into());
            }
            let unit = acted_for(&act.change).unwrap_or(row.unit);
            permit(&mut tx.connection, actor, now.today, unit, Some(seen.person))?;
            let ground = ground(&mut tx.connection, &mut tx.keys, (Some(seen.person), None), &act, now)?;
            let facts = decide(&act, &ground)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    /// Closes an entry because another one is about the same person. Both entries must be as they were
    /// seen, and whoever acts answers for both.
    ///
    /// # Errors
    /// As [`Store::change_person`].
    pub fn merge_people(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (gone, stays): (Seen, Seen),
        (on, reason): (Date, String),
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            for seen in [gone, stays] {
                let row = roster::row(&mut tx.connection, seen.person)?.ok_or(StoreError::Missing)?;
                permit(&mut tx.connection, actor, now.today, row.unit, Some(seen.person))?;
                if row.version != seen.version {
                    return Err(StoreError::Changed.into());
                }
            }
            let act = Act { on, change: Change::Merge(PersonMerged { into: stays.person, reason }) };
            let ground = ground(&mut tx.connection, &mut tx.keys, (Some(gone.person), None), &act, now)?;
            let facts = decide(&act, &ground)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    /// What entering a person would come to, without recording it.
    ///
    /// # Errors
    /// The database fails.
    pub fn consider_entry(
        &self,
        (unit, on): (UnitId, Date),
        enrolment: &Enrolment,
        now: Moment,
    ) -> Result<Consideration, StoreError> {
        let act = Act { on, change: Change::Register(enrolment.clone()) };
        self.read_open(|reader| {
            let ground = ground(&mut reader.connection, &mut reader.keys, (None, Some(unit)), &act, now)?;
            Ok(consider(&act, &ground))
        })
    }

    /// What a change of a person's entry would come to, without recording it.
    ///
    /// # Errors
    /// The database fails, or the person's key is gone.
    pub fn consider_person(
        &self,
        person: PersonId,
        act: &Act,
        now: Moment,
    ) -> Result<Consideration, StoreError> {
        self.read_open(|reader| {
            let ground = ground(&mut reader.connection, &mut reader.keys, (Some(person), None), act, now)?;
            Ok(consider(act, &ground))
        })
    }
}

/// Whoever changes a roster answers for its unit; what the tie to one's own entry forbids is in the table.
fn permit(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    unit: UnitId,
    person: Option<PersonId>,
) -> Result<(), ActError> {
    let Some((account, grants)) = authority::acting(connection, actor)? else { return Ok(()) };
    let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
    let is_self = person.is_some() && account.person == person;
    let resource = Resource::of_unit(unit.pre, unit.id).tied(Relation { is_self, ..Relation::default() });
    Ok(allow(&grants, Action::ChangeMembers, &resource, today)?)
}

/// The unit that acts when it is not the one that keeps the person.
fn acted_for(change: &Change) -> Option<UnitId> {
    match change {
        Change::ReceiveTransfer { by, .. } | Change::ReturnTransfer { by, .. } => Some(*by),
        Change::Register(_)
        | Change::Correct { .. }
        | Change::Depart(_)
        | Change::Sanction(_)
        | Change::JoinGroup(_)
        | Change::SendTransfer(_)
        | Change::Merge(_) => None,
    }
}

/// What a decision about a person must know.
fn ground(
    connection: &mut Connection,
    keys: &mut Keys,
    (person, unit): (Option<PersonId>, Option<UnitId>),
    act: &Act,
    now: Moment,
) -> Result<Ground, StoreError> {
    let known = match person {
        Some(person) => known(connection, keys, person)?,
        None => None,
    };
    let host = match &act.change {
        Change::Register(_) => unit,
        Change::SendTransfer(sent) => Some(sent.to),
        Change::ReceiveTransfer { by, .. } | Change::ReturnTransfer { by, .. } => Some(*by),
        Change::Correct { .. }
        | Change::Depart(_)
        | Change::Sanction(_)
        | Change::JoinGroup(_)
        | Change::Merge(_) => known.as_ref().map(|known| known.person.unit),
    };
    let other = match &act.change {
        Change::Merge(merged) => self::known(connection, keys, merged.into)?,
        Change::Register(_)
        | Change::Correct { .. }
        | Change::Depart(_)
        | Change::Sanction(_)
        | Change::JoinGroup(_)
        | Change::SendTransfer(_)
        | Change::ReceiveTransfer { .. }
        | Change::ReturnTransfer { .. } => None,
    };
    let host = match host {
        Some(id) => host_of(connection, id)?,
        None => None,
    };
    Ok(Ground { now, known, host, other, free: people::free(connection)? })
}

fn known(connection: &mut Connection, keys: &mut Keys, id: PersonId) -> Result<Option<Known>, StoreError> {
    let Some(row) = roster::row(connection, id)? else { return Ok(None) };
    let particulars = particulars::read(connection, keys, id)?.ok_or(StoreError::Missing)?;
    let Some(person) = people::person(connection, id, particulars)? else { return Ok(None) };
    Ok(Some(Known {
        person,
        merged_into: row.merged_into,
        letter: letters::of_person(connection, id)?,
        posts: offices::of_person(connection, id)?,
        file: cases::running_of(connection, id)?,
    }))
}

fn host_of(connection: &mut Connection, id: UnitId) -> Result<Option<Host>, StoreError> {
    let Some(unit) = units::unit(connection, id)? else { return Ok(None) };
    let groups = offices::groups(connection, id)?.iter().map(|group| group.id).collect();
    Ok(Some(Host { opened_on: units::opened_on(connection, id)?, groups, unit }))
}

#[cfg(test)]
mod tests;
