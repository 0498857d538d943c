//! A person's entry: reading it, changing it, merging two, and numbers in full. The rules are those of the
//! pages.

use app::members::Seen as SeenEntry;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::case::Recorded as Event;
use domain::event::{PersonDeparted, PersonGrouped, PersonSanctioned, TransferSent};
use domain::id_number;
use domain::ids::{GroupId, PersonId, UnitId};
use domain::members::{Act, Change, Enrolment};
use domain::person::{Departure, Particulars, Person};
use domain::unmasking::{Need, Purpose};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::answers::PersonAnswer;
use super::files::{Considered, Recorded, command, unreadable};
use super::{Caller, Failure, Given, Problem, answer};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// A person.
#[utoipa::path(get, path = "/api/v1/people/{person}", tag = "people", security(("token" = [])),
    params(("person" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = PersonAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn person(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(person): Path<i64>,
) -> Result<Json<PersonAnswer>, Failure> {
    answer(site, move |site| {
        let person = opened(site, &visitor, person)?;
        let files = site.store().files_of(person.id)?.iter().map(|row| row.id.0).collect();
        Ok(PersonAnswer::of(&person, files))
    })
    .await
}

/// A person whom the caller may see, with a line in the access log.
fn opened(site: &Site, visitor: &Visitor, person: i64) -> Result<Person, Failure> {
    let person = site.store().person(PersonId(person))?;
    visitor.may(site, Action::SeeFile, &site.store().unit(person.unit)?)?;
    visitor.logs(site, Seen::person(person.unit, person.id))?;
    Ok(person)
}

/// Something that was recorded about a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryAnswer {
    /// Identity of the event.
    event: String,
    kind: String,
    /// The day it is said to have happened.
    #[schema(value_type = String, format = Date)]
    occurred_on: Date,
    /// The day it was written down.
    #[schema(value_type = String, format = Date)]
    recorded_on: Date,
    /// Milliseconds since 1970 UTC.
    recorded_at: i64,
    /// `on_time`, `late`, `very_late` or `legacy`.
    lateness: String,
    /// The account that wrote it down; 0 for the program.
    account: i64,
    /// The unit in whose books it is.
    unit: i64,
    /// What it says, with numbers masked.
    body: Value,
}

impl HistoryAnswer {
    fn of(event: &Event) -> Self {
        HistoryAnswer {
            event: event.event_id.to_string(),
            kind: event.fact.event.kind().to_owned(),
            occurred_on: event.fact.occurred_on,
            recorded_on: event.recorded_on,
            recorded_at: event.recorded_at.0,
            lateness: event.lateness.as_str().to_owned(),
            account: event.actor.0,
            unit: event.fact.unit.0,
            body: masked(event.fact.event.body().unwrap_or_default()),
        }
    }
}

/// A body with the numbers of people masked, in particulars and in corrections alike.
fn masked(mut body: Value) -> Value {
    let hide = |value: Option<&mut Value>| {
        if let Some(Value::String(text)) = value {
            *text = id_number::mask(text);
        }
    };
    for name in ["id_number", "phone"] {
        hide(body.get_mut("particulars").and_then(|known| known.get_mut(name)));
    }
    for change in body.get_mut("changes").and_then(Value::as_array_mut).into_iter().flatten() {
        let is_number = matches!(change["field"].as_str(), Some("id_number" | "phone"));
        if is_number {
            hide(change.get_mut("was"));
            hide(change.get_mut("becomes"));
        }
    }
    body
}

/// Everything that was recorded about a person, the latest first.
#[utoipa::path(get, path = "/api/v1/people/{person}/history", tag = "people", security(("token" = [])),
    params(("person" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = Vec<HistoryAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn history(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(person): Path<i64>,
) -> Result<Json<Vec<HistoryAnswer>>, Failure> {
    answer(site, move |site| {
        let person = opened(site, &visitor, person)?;
        Ok(site.store().person_history(person.id)?.iter().map(HistoryAnswer::of).collect())
    })
    .await
}

/// A change of an entry to be recorded.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewEntryChange {
    /// Number of events about the entry when it was looked at.
    version: i64,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    on: Date,
    change: ChangeBody,
}

/// What is done to the entry.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ChangeBody {
    /// Particulars put right: `becomes` names only what changes, such as `education` or `full_since`.
    Correct {
        #[schema(value_type = Object)]
        becomes: Map<String, Value>,
        reason: String,
    },
    /// The membership sent to another unit, by its number.
    Transfer { to: i64, is_file_included: bool, reason: String },
    /// A letter received by the unit it is addressed to.
    Receive { is_file_received: bool },
    /// A letter given back.
    Return { reason: String },
    /// `died`, `resigned`, `removed`, `expelled`, `probation_cancelled` or `not_recognised`.
    Depart { departure: String, reason: String },
    /// The voting right suspended, or given back.
    Sanction { is_under_sanction: bool, reason: String },
    /// A Party group of the branch, or none.
    Group { group: Option<i64> },
}

/// Change a person's entry.
#[utoipa::path(post, path = "/api/v1/people/{person}/changes", tag = "people", security(("token" = [])),
    request_body = NewEntryChange,
    params(
        ("person" = i64, Path, description = "Number of the person"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Recorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The entry was changed since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn record_change(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(person): Path<i64>,
    Given(new): Given<NewEntryChange>,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let seen = SeenEntry { person: PersonId(person), version: new.version };
        let act = act(site, &visitor, new, seen.person)?;
        let command = command(&headers)?;
        let receipt = site.store().change_person(visitor.actor(), site.now(), command, seen, act)?;
        Ok(Recorded::of(&receipt))
    })
    .await
}

/// Consider a change without recording it.
#[utoipa::path(post, path = "/api/v1/people/{person}/considerations", tag = "people", security(("token" = [])),
    request_body = NewEntryChange,
    params(("person" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = Considered), (status = 403, body = Problem)))]
pub(crate) async fn consider_change(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(person): Path<i64>,
    Given(new): Given<NewEntryChange>,
) -> Result<Json<Considered>, Failure> {
    answer(site, move |site| {
        let person = PersonId(person);
        let act = act(site, &visitor, new, person)?;
        Ok(Considered::of(&site.store().consider_person(person, &act, site.now())?))
    })
    .await
}

/// The act, once the caller may take it.
fn act(site: &Site, visitor: &Visitor, new: NewEntryChange, id: PersonId) -> Result<Act, Failure> {
    let store = site.store();
    let row = store.person_row(id)?;
    let unit = match &new.change {
        ChangeBody::Receive { .. } | ChangeBody::Return { .. } => {
            store.letter_of(id)?.map_or(row.unit, |letter| letter.to)
        }
        ChangeBody::Correct { .. }
        | ChangeBody::Transfer { .. }
        | ChangeBody::Depart { .. }
        | ChangeBody::Sanction { .. }
        | ChangeBody::Group { .. } => row.unit,
    };
    visitor.may_change(site, &store.unit(unit)?, id)?;
    let change = match new.change {
        ChangeBody::Correct { becomes, reason } => {
            let becomes = Box::new(corrected(&store.person(id)?, becomes)?);
            Change::Correct { becomes, reason }
        }
        ChangeBody::Transfer { to, is_file_included, reason } => {
            Change::SendTransfer(TransferSent { to: UnitId(to), is_file_included, reason })
        }
        ChangeBody::Receive { is_file_received } => Change::ReceiveTransfer { by: unit, is_file_received },
        ChangeBody::Return { reason } => Change::ReturnTransfer { by: unit, reason },
        ChangeBody::Depart { departure, reason } => {
            let departure = Departure::parse(&departure)
                .ok_or_else(|| unreadable(&format!("`departure`: unknown word `{departure}`")))?;
            Change::Depart(PersonDeparted { departure, reason })
        }
        ChangeBody::Sanction { is_under_sanction, reason } => {
            Change::Sanction(PersonSanctioned { is_under_sanction, reason })
        }
        ChangeBody::Group { group } => Change::JoinGroup(PersonGrouped { group: group.map(GroupId) }),
    };
    Ok(Act { on: new.on, change })
}

/// The entry with the named fields as they should be.
fn corrected(person: &Person, becomes: Map<String, Value>) -> Result<Enrolment, Trouble> {
    let mut entry = Enrolment::of(person);
    let mut known = serde_json::to_value(&entry.particulars).map_err(|error| unreadable(&error))?;
    for (name, value) in becomes {
        let is_particular = Particulars::FIELDS.contains(&name.as_str());
        let wrong = |error: serde_json::Error| unreadable(&format!("`{name}`: {error}"));
        match name.as_str() {
            "stage" => entry.stage = serde_json::from_value(value).map_err(wrong)?,
            "stage_on" => entry.stage_on = serde_json::from_value(value).map_err(wrong)?,
            "admitted_on" => entry.admitted_on = serde_json::from_value(value).map_err(wrong)?,
            "full_since" => entry.full_since = serde_json::from_value(value).map_err(wrong)?,
            _ if is_particular => known[name.as_str()] = value,
            _ => return Err(unreadable(&format!("`becomes`: there is no field `{name}`"))),
        }
    }
    entry.particulars = serde_json::from_value(known).map_err(|error| unreadable(&error))?;
    Ok(entry)
}

/// Two entries that are one person.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Merger {
    /// Number of events about the entry that ends, when it was looked at.
    version: i64,
    /// Number of the entry that stays.
    into: i64,
    /// Number of its events when it was looked at.
    into_version: i64,
    /// The day on which it was found.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Why they are one.
    reason: String,
}

/// Close an entry because another one is about the same person.
#[utoipa::path(post, path = "/api/v1/people/{person}/merger", tag = "people", security(("token" = [])),
    request_body = Merger,
    params(
        ("person" = i64, Path, description = "Number of the entry that ends"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Recorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "One of the entries was changed since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn merge(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(person): Path<i64>,
    Given(merger): Given<Merger>,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let gone = SeenEntry { person: PersonId(person), version: merger.version };
        let stays = SeenEntry { person: PersonId(merger.into), version: merger.into_version };
        let why = (merger.on, merger.reason);
        let command = command(&headers)?;
        let receipt = site.store().merge_people(visitor.actor(), site.now(), command, (gone, stays), why)?;
        Ok(Recorded::of(&receipt))
    })
    .await
}

/// What full numbers are needed for.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Asked {
    /// `identity`, `papers`, `letter`, `enquiry`, `report` or `other`.
    #[serde(default)]
    need: String,
    /// Which matter.
    #[serde(default)]
    text: String,
}

/// Numbers in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct Numbers {
    id_number: String,
    phone: String,
}

/// Show a person's numbers in full, once, for a purpose that the record keeps.
#[utoipa::path(post, path = "/api/v1/people/{person}/numbers", tag = "people", security(("token" = [])),
    request_body = Asked,
    params(
        ("person" = i64, Path, description = "Number of the person"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them shows nothing again")
    ),
    responses((status = 200, body = Numbers), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn numbers(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(person): Path<i64>,
    Given(asked): Given<Asked>,
) -> Result<Json<Numbers>, Failure> {
    answer(site, move |site| {
        let purpose = Purpose { need: Need::parse(&asked.need), text: asked.text };
        let command = command(&headers)?;
        let shown = site.store().unmask(visitor.actor(), site.now(), command, PersonId(person), purpose)?;
        Ok(Numbers { id_number: shown.id_number, phone: shown.phone })
    })
    .await
}
