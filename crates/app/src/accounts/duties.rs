//! Giving and ending duties: never to oneself, never beyond the own part of the tree, a year at most.

use domain::access::{Action, are_held_together, is_held_over};
use domain::dates::Moment;
use domain::event::{Fact, GrantEnded, GrantGiven};
use domain::ids::{AccountId, GrantId, UnitId};
use domain::role::{Reach, Role};
use jiff::civil::Date;

use super::{AccountError, authority};
use crate::store::{Actor, CommandId, Receipt, Store, StoreError, Tx, accounts, units};

/// A duty to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewGrant {
    /// To whom.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// From which unit.
    pub unit: UnitId,
    /// How far below it.
    pub reach: Reach,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Store {
    /// Gives a duty. Someone who becomes an officer has to choose a longer password at the next sign-in.
    ///
    /// # Errors
    /// It goes to the giver or beyond the giver's part of the tree, does not fit the duties held, lasts
    /// too long, is held already, or the store fails.
    pub fn give_grant(&self, actor: Actor, now: Moment, new: NewGrant) -> Result<GrantId, AccountError> {
        let longest = new.from.saturating_add(jiff::Span::new().years(1));
        if new.to < new.from || new.to > longest || new.to < now.today {
            return Err(AccountError::Days);
        }
        self.write(move |tx| {
            let grant = given(tx, actor, now, new)?;
            let NewGrant { account, role, unit, reach, from, to } = new;
            let given = GrantGiven { grant, account, role, unit, reach, from, to };
            tx.append(actor, now, CommandId::random(), &[Fact::of_unit(unit, now.today, given)])?;
            Ok(grant)
        })
    }

    /// Ends a duty.
    ///
    /// # Errors
    /// There is none, it lies outside the part of the tree of whoever acts, or the store fails.
    pub fn end_grant(
        &self,
        actor: Actor,
        now: Moment,
        grant: GrantId,
        reason: &str,
    ) -> Result<Receipt, AccountError> {
        let reason = reason.to_owned();
        self.write(move |tx| {
            let connection = &mut tx.connection;
            let holder = accounts::holder(connection, grant)?.ok_or(StoreError::Missing)?;
            let held = accounts::grants(connection, holder)?;
            let ended = held.iter().find(|held| held.id == grant).ok_or(StoreError::Missing)?;
            let reached = authority::reached(ended);
            authority::permit::<AccountError>(connection, actor, Action::GiveGrants, &reached, now.today)?;
            let fact = Fact::of_unit(ended.unit, now.today, GrantEnded { grant, reason });
            Ok(tx.append(actor, now, CommandId::random(), &[fact])?)
        })
    }
}

/// The identity of a duty that can be given.
fn given(tx: &mut Tx, actor: Actor, now: Moment, new: NewGrant) -> Result<GrantId, AccountError> {
    let connection = &mut tx.connection;
    let holder = authority::open(connection, new.account)?;
    if actor.account == Some(new.account) {
        return Err(AccountError::ToOneself);
    }
    let is_over_files = matches!(new.reach, Reach::OwnFile | Reach::Assigned);
    if !is_held_over(new.role, new.reach) || is_over_files && holder.person.is_none() {
        return Err(AccountError::Reach);
    }
    let unit = units::unit(connection, new.unit)?.filter(|unit| unit.is_open).ok_or(StoreError::Missing)?;
    let id = GrantId(accounts::next_id(connection, "duty")?);
    let grant = authority::over(new, id, &unit);
    let reached = authority::reached(&grant);
    authority::permit::<AccountError>(connection, actor, Action::GiveGrants, &reached, now.today)?;
    let held = accounts::grants(connection, new.account)?;
    if !held.iter().all(|held| are_held_together(held, &grant)) {
        return Err(AccountError::Incompatible);
    }
    let is_same = |held: &&domain::access::Grant| {
        (held.role, held.unit, held.reach) == (grant.role, grant.unit, grant.reach)
            && held.from <= grant.from
            && grant.to <= held.to
    };
    if held.iter().any(|held| is_same(&held)) {
        return Err(AccountError::AlreadyHeld);
    }
    if new.role.is_officer() && !held.iter().any(|held| held.role.is_officer()) {
        accounts::must_change(connection, new.account)?;
    }
    Ok(id)
}
