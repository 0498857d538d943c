//! Changing the tree and its offices by hand. What a decision needs is looked up inside the transaction
//! that records it, so that nothing changes between the look and the act.

use std::collections::BTreeMap;

use domain::access::{Action, Resource};
use domain::dates::Moment;
use domain::decide::Consideration;
use domain::event::UnitOpened;
use domain::finding::Finding;
use domain::ids::{PersonId, UnitId};
use domain::tree::{
    Act, Change, ChangeKind, Enrolled, Ground, Holder, Place, RunningFile, consider, decide, sizes,
};
use domain::unit::Unit;
use jiff::civil::Date;

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{
    Actor, CommandId, Connection, Receipt, SITE, Store, StoreError, cases, letters, offices, people, roster,
    units,
};

mod weighing;

pub use weighing::{Offer, Touched, Weighed};

/// The unit that a command speaks of, as the person saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The unit.
    pub unit: UnitId,
    /// Number of its events when it was looked at.
    pub version: i64,
}

impl Store {
    /// Opens a unit under another, or the top of the tree.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn open_unit(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        on: Date,
        opened: UnitOpened,
    ) -> Result<UnitId, ActError> {
        self.write(move |tx| {
            let receipt = match tx.carried_out(command)? {
                Some(receipt) => receipt,
                None => {
                    let act = Act { on, change: Change::Open(opened) };
                    permit(&mut tx.connection, actor, now.today, (None, &act.change))?;
                    let facts = decide(&act, &ground(&mut tx.connection, None, &act, now)?)?;
                    tx.append(actor, now, command, &facts)?
                }
            };
            Ok(units::opened_at(&mut tx.connection, receipt.first_seq)?)
        })
    }

    /// Records a change of a unit, its posts or its groups.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when the unit was changed since it was
    /// seen; or the store's own failures. Nothing is recorded then.
    pub fn change_unit(
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
            let here = units::unit(&mut tx.connection, seen.unit)?.ok_or(StoreError::Missing)?;
            permit(&mut tx.connection, actor, now.today, (Some(&here), &act.change))?;
            if here.version != seen.version {
                return Err(StoreError::Changed.into());
            }
            let facts = decide(&act, &ground(&mut tx.connection, Some(seen.unit), &act, now)?)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    /// What a change of a unit would come to, without recording it. For an opening no unit is named.
    ///
    /// # Errors
    /// The database fails.
    pub fn consider_unit(
        &self,
        unit: Option<UnitId>,
        act: &Act,
        now: Moment,
    ) -> Result<Consideration, StoreError> {
        self.read(|connection| Ok(consider(act, &ground(connection, unit, act, now)?)))
    }

    /// What the size of a unit gives reason to look at.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn unit_sizes(&self, unit: UnitId) -> Result<Vec<Finding>, StoreError> {
        self.read(|connection| Ok(sizes(&place(connection, unit)?.ok_or(StoreError::Missing)?)))
    }
}

/// Whoever changes the tree answers for every unit that the change touches, and when a unit goes to
/// another place, for everything below it too.
pub(crate) fn permit(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    (here, change): (Option<&Unit>, &Change),
) -> Result<(), ActError> {
    let mut touched: Vec<Resource> = Vec::new();
    touched.extend(here.map(|unit| own(unit, change.kind())));
    if let Some(other) = named(change).other
        && let Some(unit) = units::unit(connection, other)?
    {
        touched.push(Resource::of_unit(unit.pre, unit.id));
    }
    if let Change::Split(split) = change {
        for &gone in &split.units {
            touched.extend(units::unit(connection, gone)?.map(|unit| Resource::of_subtree(&unit)));
        }
    }
    if touched.is_empty() {
        // The top of a tree lies in nobody's part of it; it is opened on the console.
        touched.push(Resource::of_unit(-1, SITE));
    }
    touched
        .iter()
        .try_for_each(|resource| authority::permit(connection, actor, Action::ChangeTree, resource, today))
}

/// What a kind of change touches of the unit itself.
fn own(unit: &Unit, kind: ChangeKind) -> Resource {
    if kind.takes_all() { Resource::of_subtree(unit) } else { Resource::of_unit(unit.pre, unit.id) }
}

/// What a decision about a unit must know.
pub(crate) fn ground(
    connection: &mut Connection,
    unit: Option<UnitId>,
    act: &Act,
    now: Moment,
) -> Result<Ground, StoreError> {
    let named = named(&act.change);
    let mut find = |id: Option<UnitId>| match id {
        Some(id) => place(connection, id),
        None => Ok(None),
    };
    let (here, there) = match &act.change {
        Change::Open(_) => (find(named.other)?, None),
        Change::Rename(_)
        | Change::MoveUnder(_)
        | Change::Merge(_)
        | Change::Split(_)
        | Change::Close(_)
        | Change::AssignPost(_)
        | Change::EndPost(_)
        | Change::FormGroup(_) => (find(unit)?, find(named.other)?),
    };
    let code_owner = named.code.map(|code| units::with_code(connection, code)).transpose()?.flatten();
    let holder = named.holder.map(|person| holder(connection, person)).transpose()?.flatten();
    Ok(Ground {
        now,
        here,
        there,
        code_owner,
        has_top: !units::children(connection, None)?.is_empty(),
        holder,
        free: units::free(connection, named.makes)?,
    })
}

/// Everything outside the unit that a change names.
struct Named<'a> {
    other: Option<UnitId>,
    code: Option<&'a str>,
    holder: Option<PersonId>,
    /// The table in which the change makes a row.
    makes: units::Made,
}

fn named(change: &Change) -> Named<'_> {
    let nothing = Named { other: None, code: None, holder: None, makes: units::Made::Unit };
    match change {
        Change::Open(opened) => Named { other: opened.parent, code: Some(&opened.code), ..nothing },
        Change::Rename(changed) => Named { code: Some(&changed.code), ..nothing },
        Change::MoveUnder(moved) => Named { other: Some(moved.parent), ..nothing },
        Change::Merge(merged) => Named { other: Some(merged.into), ..nothing },
        Change::Split(split) => Named { other: Some(split.into), ..nothing },
        Change::AssignPost(post) => Named { holder: Some(post.person), makes: units::Made::Post, ..nothing },
        Change::FormGroup(_) => Named { makes: units::Made::Group, ..nothing },
        Change::Close(_) | Change::EndPost(_) => nothing,
    }
}

/// A unit with everything that a decision asks of it.
fn place(connection: &mut Connection, id: UnitId) -> Result<Option<Place>, StoreError> {
    let Some(mut place) = uncounted(connection, id)? else { return Ok(None) };
    let counts = people::counts(connection, &place.unit)?;
    let members = counts.iter().filter(|(cell, _)| cell.stage().is_some_and(|stage| stage.is_member()));
    place.n_members = members.map(|(_, n)| n).sum();
    Ok(Some(place))
}

/// The same without the number of its members: counting those of a whole city takes longer than all the
/// rest, and few questions ask for it.
fn uncounted(connection: &mut Connection, id: UnitId) -> Result<Option<Place>, StoreError> {
    let Some(unit) = units::unit(connection, id)? else { return Ok(None) };
    let above = above(connection, &unit)?;
    let parent_kind = above.first().map(|parent| parent.kind);
    let children = units::children(connection, Some(id))?;
    let children =
        children.iter().filter(|child| child.is_open).map(|child| (child.id, child.kind)).collect();
    Ok(Some(Place {
        opened_on: units::opened_on(connection, id)?,
        parent_kind,
        above: above.iter().map(|unit| unit.id).collect(),
        children,
        people: enrolled(connection, &unit)?,
        posts: offices::posts(connection, &unit)?,
        groups: offices::groups(connection, id)?,
        letters: letters::of_unit(connection, id)?.iter().map(|letter| letter.person).collect(),
        n_members: 0,
        unit,
    }))
}

/// The units above, the nearest first.
fn above(connection: &mut Connection, unit: &Unit) -> Result<Vec<Unit>, StoreError> {
    let mut found = Vec::new();
    let mut next = unit.parent;
    while let Some(id) = next {
        let parent = units::unit(connection, id)?.ok_or(StoreError::Missing)?;
        next = parent.parent;
        found.push(parent);
    }
    Ok(found)
}

fn enrolled(connection: &mut Connection, unit: &Unit) -> Result<Vec<Enrolled>, StoreError> {
    let files: BTreeMap<PersonId, RunningFile> = cases::running_in(connection, unit)?.into_iter().collect();
    let rows = roster::of_unit(connection, unit)?;
    Ok(rows.iter().map(|row| read(row, files.get(&row.id).copied())).collect())
}

fn read(row: &roster::PersonRow, file: Option<RunningFile>) -> Enrolled {
    Enrolled {
        person: row.id,
        stage: row.stage,
        full_since: row.full_since,
        is_under_sanction: row.is_under_sanction,
        file,
    }
}

fn holder(connection: &mut Connection, person: PersonId) -> Result<Option<Holder>, StoreError> {
    let Some(row) = roster::row(connection, person)?.filter(|row| row.merged_into.is_none()) else {
        return Ok(None);
    };
    let unit = units::unit(connection, row.unit)?.ok_or(StoreError::Missing)?;
    let mut units = vec![unit.id];
    units.extend(above(connection, &unit)?.iter().map(|unit| unit.id));
    Ok(Some(Holder { enrolled: read(&row, None), units }))
}

#[cfg(test)]
mod tests;
