//! Whether whoever acts may record a change in a file, decided in the transaction that records it. The
//! rules are `domain::access`; here the ties between account and file are looked up.

use domain::access::{self, Relation, Resource};
use domain::case::{Case, Change};
use domain::ids::{AccountId, PersonId};
use jiff::civil::Date;

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{Actor, Connection, StoreError, accounts, units};

/// Work on the console is the program's own and is not held to duties.
pub(super) fn permit(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    case: &Case,
    change: &Change,
) -> Result<(), ActError> {
    let Some((account, grants)) = authority::acting(connection, actor)? else { return Ok(()) };
    // A file on its way is received by the branch that it was sent to.
    let received_by = match change {
        Change::TransferReceived(_) => case.on_the_way_to().map(|(to, _)| to),
        Change::Opened(_)
        | Change::Completed(_)
        | Change::ThoughtReported(_)
        | Change::MentorReplaced(_)
        | Change::NoticeOpened(_)
        | Change::NoticeClosed(_)
        | Change::ObjectionsSettled(_)
        | Change::Suspended(_)
        | Change::Resumed(_)
        | Change::StepReturned(_)
        | Change::FaultAcknowledged(_)
        | Change::TransferSent(_)
        | Change::Ended(_)
        | Change::PaperAttached(_)
        | Change::Corrected(_)
        | Change::Invalidated(_) => None,
    };
    let unit = received_by.unwrap_or(case.unit);
    let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
    let relation = relation(connection, (account.id, account.person), case, change)?;
    let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
    Ok(access::decide_change(&grants, case, change, &resource, today)?)
}

/// How an account is tied to a file and to what a change decides on.
fn relation(
    connection: &mut Connection,
    actor: (AccountId, Option<PersonId>),
    case: &Case,
    change: &Change,
) -> Result<Relation, StoreError> {
    let is_maker = match access::maker(case, change) {
        Some(maker) => {
            let person = accounts::by_id(connection, maker)?.and_then(|account| account.person);
            !access::is_other_person((maker, person), actor)
        }
        None => false,
    };
    let is_mentor = actor.1.is_some() && case.mentors().iter().any(|mentor| mentor.voucher.person == actor.1);
    Ok(Relation { is_self: actor.1 == Some(case.person), is_mentor, is_maker })
}
