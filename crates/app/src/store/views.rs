//! Views: rows derived from facts, one function for live writing and for making them again. A view
//! holds nothing that the record does not; dropping all of them loses nothing.

use domain::event::{Event, Fact};
use domain::ids::UnitId;

use super::{Connection, StoreError, people, units};

/// Tables that are views, in the order in which they are emptied.
pub(crate) const VIEWS: [&str; 4] = ["rollup", "person", "post", "unit"];

/// Derives the rows of one fact.
pub(crate) fn apply(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    match &fact.event {
        Event::UnitOpened(_)
        | Event::UnitChanged(_)
        | Event::UnitMoved(_)
        | Event::UnitMerged(_)
        | Event::UnitSplit(_)
        | Event::UnitClosed(_)
        | Event::PostAssigned(_)
        | Event::PostEnded(_) => units::apply(connection, root, fact),
        Event::PersonRegistered(_)
        | Event::PersonCorrected(_)
        | Event::PersonGrouped(_)
        | Event::PersonMerged(_)
        | Event::PersonDeparted(_)
        | Event::PersonSanctioned(_)
        | Event::TransferSent(_)
        | Event::TransferReceived(_)
        | Event::TransferReturned(_) => people::apply(connection, root, fact),
        Event::Case(_)
        | Event::AccountOpened(_)
        | Event::AccountClosed(_)
        | Event::PasswordSet(_)
        | Event::EventCorrected(_)
        | Event::EventInvalidated(_)
        | Event::FieldsUnmasked(_)
        | Event::ListExported(_)
        | Event::GrantGiven(_)
        | Event::GrantEnded(_)
        | Event::GroupFormed(_)
        | Event::IndexRooted(_)
        | Event::RosterImported(_)
        | Event::SiteFounded(_) => Ok(()),
    }
}
