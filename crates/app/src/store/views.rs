//! Views: rows derived from facts, one function for live writing and for making them again. A view
//! holds nothing that the record does not; dropping all of them loses nothing.

use domain::case::Recorded;
use domain::event::{Event, Fact};
use domain::ids::UnitId;

use super::cases::{self, Cases};
use super::keys::Keys;
use super::lately::Reach;
use super::{
    Connection, StoreError, accounts, charges, exports, letters, looks, offices, papers, people, places,
    plans, schooling, settings, supervision, units, workplaces,
};

/// Tables that are views, in the order in which they are emptied.
pub(crate) const VIEWS: &[&str] = &[
    "charge_letter",
    "charge_task",
    "charge_year",
    "supervision_view",
    "supervision_entry",
    "notice",
    "paper",
    "certificate",
    "question",
    "sitting",
    "learner",
    "cohort",
    "key_count",
    "rung",
    "visit",
    "charge",
    "placement",
    "workplace",
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
#[expect(clippy::wildcard_enum_match_arm, reason = "`of_area` names every other kind")]
pub(crate) fn apply(
    connection: &mut Connection,
    keys: &mut Keys,
    cases: &mut Cases,
    root: UnitId,
    recorded: &Recorded,
) -> Result<Reach, StoreError> {
    let fact = &recorded.fact;
    match &fact.event {
        Event::Case(_) => return of_file(connection, keys, cases, root, recorded),
        Event::UnitOpened(_)
        | Event::UnitChanged(_)
        | Event::UnitMoved(_)
        | Event::UnitMerged(_)
        | Event::UnitSplit(_)
        | Event::UnitClosed(_)
        | Event::PostAssigned(_)
        | Event::PostEnded(_) => of_unit(connection, root, fact)?,
        Event::PersonRegistered(_) => {
            people::apply(connection, root, fact)?;
            return Ok(Reach::Roster(fact.unit));
        }
        Event::PersonCorrected(_)
        | Event::PersonGrouped(_)
        | Event::PersonMerged(_)
        | Event::PersonDeparted(_)
        | Event::PersonSanctioned(_) => of_person(connection, root, fact)?,
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
        Event::PaperIssued(_) => papers::apply(connection, root, recorded)?,
        Event::FieldsUnmasked(_) => looks::apply(connection, root, recorded)?,
        Event::PasswordSet(_)
        | Event::EventCorrected(_)
        | Event::EventInvalidated(_)
        | Event::IndexRooted(_)
        | Event::LooksForgotten(_)
        | Event::RosterImported(_)
        | Event::WorkplacesImported(_)
        | Event::SiteFounded(_) => {}
        _ => return of_area(connection, root, recorded),
    }
    Ok(Reach::Everything)
}

/// The kinds of an area of work that has tables of its own.
#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` names every other kind")]
fn of_area(connection: &mut Connection, root: UnitId, recorded: &Recorded) -> Result<Reach, StoreError> {
    let fact = &recorded.fact;
    match &fact.event {
        Event::PersonPlaced(_)
        | Event::WorkplaceListed(_)
        | Event::WorkplaceChanged(_)
        | Event::WorkplaceMoved(_)
        | Event::WorkplaceClosed(_)
        | Event::WorkplaceCounted(_)
        | Event::WorkplaceEntrusted(_)
        | Event::WorkplaceRelieved(_)
        | Event::WorkplaceVisited(_)
        | Event::WorkplaceOrganised(_) => workplaces::apply(connection, root, fact)?,
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
        Event::SupervisionDeclarationMade(_)
        | Event::SupervisionExempted(_)
        | Event::SupervisionInquirySent(_)
        | Event::SupervisionMatterDecided(_)
        | Event::SupervisionMeetingHeld(_)
        | Event::SupervisionRecordEntered(_)
        | Event::SupervisionRectificationSet(_)
        | Event::SupervisionReportGiven(_)
        | Event::SupervisionSettled(_)
        | Event::SupervisionTalkHeld(_)
        | Event::SupervisionViewGiven(_) => supervision::apply(connection, root, recorded.event_id, fact)?,
        Event::CohortOpened(_)
        | Event::CohortPlanned(_)
        | Event::CohortEnrolled(_)
        | Event::CohortWithdrawn(_)
        | Event::CohortAttended(_)
        | Event::QuestionEntered(_)
        | Event::QuestionRetired(_)
        | Event::ExamSealed(_)
        | Event::ExamBegun(_)
        | Event::ExamSaved(_)
        | Event::ExamExtended(_)
        | Event::ExamHandedIn(_)
        | Event::ExamMarked(_)
        | Event::CertificateIssued(_)
        | Event::CertificateVoided(_) => {
            schooling::apply(connection, root, recorded)?;
            // No decision about an admission file looks at schooling.
            return Ok(Reach::File);
        }
        other => return Err(StoreError::Unfit(format!("`{}` has no rows anywhere", other.kind()))),
    }
    Ok(Reach::Everything)
}

/// An event of a file: its rows, the place that it takes, and what the person counts for where they work.
fn of_file(
    connection: &mut Connection,
    keys: &mut Keys,
    cases: &mut Cases,
    root: UnitId,
    recorded: &Recorded,
) -> Result<Reach, StoreError> {
    let standpoint = workplaces::standpoint(connection, &recorded.fact)?;
    let reach = cases::apply(connection, keys, cases, root, recorded)?;
    places::follow(connection, keys, cases, recorded)?;
    workplaces::follow(connection, standpoint, &recorded.fact)?;
    Ok(reach)
}

/// A change of somebody's entry, and what they count for where they work.
fn of_person(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    let standpoint = workplaces::standpoint(connection, fact)?;
    people::apply(connection, root, fact)?;
    workplaces::follow(connection, standpoint, fact)
}

/// A change of the tree, which the register of workplaces follows.
fn of_unit(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    units::apply(connection, root, fact)?;
    workplaces::follow_unit(connection, fact)
}
