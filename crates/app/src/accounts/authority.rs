//! Whether whoever acts may, as the transaction finds it that records the act: a duty that was ended, or
//! an account that was closed a moment ago, allows nothing any more.

use domain::access::{Action, Denial, Grant, Resource, decide};
use domain::ids::{AccountId, GrantId, UnitId};
use domain::role::Reach;
use domain::unit::Unit;
use jiff::civil::Date;

use super::AccountError;
use crate::store::accounts::AccountRow;
use crate::store::{Actor, Connection, StoreError, accounts, units};

/// The account that acts and the duties that it acts under: those of the role and the unit that the
/// record will name. None for the console, which is the program's own.
pub(crate) fn acting(
    connection: &mut Connection,
    actor: Actor,
) -> Result<Option<(AccountRow, Vec<Grant>)>, StoreError> {
    let Some(id) = actor.account else { return Ok(None) };
    let account = accounts::by_id(connection, id)?.ok_or(StoreError::Missing)?;
    let mut grants = if account.is_closed { Vec::new() } else { accounts::grants(connection, id)? };
    grants.retain(|grant| Some(grant.role) == actor.role && grant.unit == actor.unit);
    Ok(Some((account, grants)))
}

/// Whether whoever acts may do something.
pub(crate) fn permit<E: From<StoreError> + From<Denial>>(
    connection: &mut Connection,
    actor: Actor,
    action: Action,
    resource: &Resource,
    today: Date,
) -> Result<(), E> {
    let Some((_, grants)) = acting(connection, actor)? else { return Ok(()) };
    Ok(decide(&grants, action, resource, today)?)
}

/// Whether whoever acts may do something with a unit alone, or with everything below it as well.
pub(crate) fn permit_unit<E: From<StoreError> + From<Denial>>(
    connection: &mut Connection,
    actor: Actor,
    action: Action,
    (unit, is_whole): (UnitId, bool),
    today: Date,
) -> Result<(), E> {
    if actor.account.is_none() {
        return Ok(());
    }
    let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
    let resource = if is_whole { Resource::of_subtree(&unit) } else { Resource::of_unit(unit.pre, unit.id) };
    permit(connection, actor, action, &resource, today)
}

/// Whether whoever acts keeps accounts in the part of the tree that they act for.
pub(super) fn permit_in_own_part<E: From<StoreError> + From<Denial>>(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
) -> Result<(), E> {
    permit_unit(connection, actor, Action::ManageAccounts, (actor.unit, false), today)
}

/// Whether whoever acts gives duties over everything there is, and so may change a setting of the site.
pub(crate) fn permit_over_site(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
) -> Result<(), AccountError> {
    let Some((_, grants)) = acting(connection, actor)? else { return Ok(()) };
    for top in units::children(connection, None)? {
        decide(&grants, Action::GiveGrants, &Resource::of_subtree(&top), today)?;
    }
    Ok(())
}

/// Whether whoever acts may close an account or give it another password: not the own one, and none
/// that holds a duty outside their own part of the tree.
pub(super) fn permit_over_account(
    connection: &mut Connection,
    actor: Actor,
    account: AccountId,
    today: Date,
) -> Result<(), AccountError> {
    open(connection, account)?;
    if actor.account == Some(account) {
        return Err(AccountError::ToOneself);
    }
    permit_in_own_part::<AccountError>(connection, actor, today)?;
    for grant in accounts::grants(connection, account)? {
        permit::<AccountError>(connection, actor, Action::ManageAccounts, &reached(&grant), today)?;
    }
    Ok(())
}

/// An account that is not closed.
pub(super) fn open(connection: &mut Connection, account: AccountId) -> Result<AccountRow, AccountError> {
    let row = accounts::by_id(connection, account)?.ok_or(StoreError::Missing)?;
    if row.is_closed { Err(AccountError::Closed) } else { Ok(row) }
}

/// What a duty reaches, so that only someone who answers for all of it can give or end it.
pub(super) fn reached(grant: &Grant) -> Resource {
    let alone = Resource::of_unit(grant.pre, grant.unit);
    match grant.reach {
        Reach::Subtree => Resource { post: grant.post, ..alone },
        Reach::Exact | Reach::OwnFile | Reach::Assigned => alone,
    }
}

/// The duty that a unit and a reach come to.
pub(super) fn over(grant: super::NewGrant, id: GrantId, unit: &Unit) -> Grant {
    let super::NewGrant { role, reach, from, to, .. } = grant;
    Grant { id, role, unit: unit.id, pre: unit.pre, post: unit.post, reach, from, to }
}
