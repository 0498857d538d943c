//! Views: rows derived from facts, one function for live writing and for making them again. A view
//! holds nothing that the record does not; dropping all of them loses nothing.

use domain::case::Recorded;
use domain::event::Event;
use domain::ids::UnitId;

use super::cases::{self, Cases};
use super::keys::Keys;
use super::lately::Reach;
use super::{
    Connection, StoreError, accounts, charges, exports, letters, looks, offices, people, places, plans,
    settings, units,
};

/// Tables that are views, in the order in which they are emptied.
pub(crate) const VIEWS: [&str; 26] = [
    "charge_letter",
    "charge_task",
    "charge",
    "plan_alert",
    "plan_change",
    "plan_quota",
    "plan_signature",
    "plan_answer",
    "plan_share",
    "plan_round",
    "plan_request",
    "plan",
    "place",
    "disclosure",
    "exported",
    "setting",
    "letter",
    "party_group",
    "duty",
    "account",
    "admission",
    "root_total",
    "rollup",
    "person",
    "post",
    "unit",
];

/// Derives the rows of one event, whose own row is already there; says how far it reaches.
pub(crate) fn apply(
    connection: &mut Connection,
    keys: &mut Keys,
    cases: &mut Cases,
    root: UnitId,
    recorded: &Recorded,
) -> Result<Reach, StoreError> {
    let fact = &recorded.fact;
    match &fact.event {
        Event::Case(_) => {
            let reach = cases::apply(connection, keys, cases, root, recorded)?;
            places::follow(connection, keys, cases, recorded)?;
            return Ok(reach);
        }
        Event::UnitOpened(_)
        | Event::UnitChanged(_)
        | Event::UnitMoved(_)
        | Event::UnitMerged(_)
        | Event::UnitSplit(_)
        | Event::UnitClosed(_)
        | Event::PostAssigned(_)
        | Event::PostEnded(_) => units::apply(connection, root, fact)?,
        Event::PersonRegistered(_) => {
            people::apply(connection, root, fact)?;
            return Ok(Reach::Roster(fact.unit));
        }
        Event::PersonCorrected(_)
        | Event::PersonGrouped(_)
        | Event::PersonMerged(_)
        | Event::PersonDeparted(_)
        | Event::PersonSanctioned(_) => people::apply(connection, root, fact)?,
        Event::TransferSent(_) | Event::TransferReceived(_) | Event::TransferReturned(_) => {
            letters::apply(connection, root, fact)?;
            people::apply(connection, root, fact)?;
        }
        Event::GroupFormed(_) => offices::form(connection, root, fact)?,
        Event::AccountOpened(_)
        | Event::AccountClosed(_)
        | Event::GrantGiven(_)
        | Event::GrantEnded(_)
        | Event::SecondFactorSet(_)
        | Event::SecondFactorReset(_) => accounts::apply(connection, fact)?,
        Event::SecondFactorRequired(_) | Event::ExportQuotaSet(_) => settings::apply(connection, fact)?,
        Event::ListExported(_) => {
            exports::apply(connection, recorded)?;
            looks::apply(connection, root, recorded)?;
        }
        Event::ListRefused(_) => exports::apply(connection, recorded)?,
        Event::FieldsUnmasked(_) => looks::apply(connection, root, recorded)?,
        Event::PlanOpened(_)
        | Event::PlanRequested(_)
        | Event::PlanProposed(_)
        | Event::PlanAnswered(_)
        | Event::PlanSigned(_)
        | Event::PlanAdopted(_)
        | Event::PlanChangeRequested(_)
        | Event::PlanChangeDecided(_)
        | Event::PlanAlertAnswered(_)
        | Event::PlanAlertSettled(_) => plans::apply(connection, recorded.event_id, fact)?,
        Event::ChargeOpened(_)
        | Event::TaskSet(_)
        | Event::TaskAnswered(_)
        | Event::TaskPressed(_)
        | Event::TaskReported(_)
        | Event::LetterDrafted(_)
        | Event::LetterSigned(_)
        | Event::SelfRated(_)
        | Event::Inspected(_)
        | Event::Appraised(_)
        | Event::Appealed(_)
        | Event::AppealDecided(_)
        | Event::AwardRecorded(_)
        | Event::ResultUsed(_) => charges::apply(connection, root, fact)?,
        Event::PasswordSet(_)
        | Event::EventCorrected(_)
        | Event::EventInvalidated(_)
        | Event::IndexRooted(_)
        | Event::LooksForgotten(_)
        | Event::RosterImported(_)
        | Event::SiteFounded(_) => {}
    }
    Ok(Reach::Everything)
}
