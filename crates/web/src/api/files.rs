//! People and their admission files: reading, opening, considering and recording.

use app::CommandId;
use app::admission::{Seen, opening};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::case::{CaseEvent, Entry};
use domain::decide::Act;
use domain::evidence::Evidence;
use domain::ids::{CaseId, EventId, PersonId};
use domain::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::answers::{FileAnswer, FindingAnswer, PersonAnswer};
use super::{Caller, Failure, Problem, answer};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// A person.
#[utoipa::path(get, path = "/api/v1/people/{person}", tag = "files", security(("token" = [])),
    params(("person" = i64, Path, description = "Number of the person")),
    responses((status = 200, body = PersonAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn person(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(person): Path<i64>,
) -> Result<Json<PersonAnswer>, Failure> {
    answer(site, move |site| {
        let person = site.store().person(PersonId(person))?;
        visitor.may(site, Action::SeeFile, &site.store().unit(person.unit)?)?;
        let files = site.store().files_of(person.id)?.iter().map(|row| row.id.0).collect();
        Ok(PersonAnswer::of(&person, files))
    })
    .await
}

/// A file that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    /// Its number.
    file: i64,
}

/// Open an admission file for a person.
#[utoipa::path(post, path = "/api/v1/people/{person}/files", tag = "files", security(("token" = [])),
    params(
        ("person" = i64, Path, description = "Number of the person"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses((status = 200, body = Opened), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn open_file(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(person): Path<i64>,
) -> Result<Json<Opened>, Failure> {
    answer(site, move |site| {
        let person = site.store().person(PersonId(person))?;
        visitor.may(site, Action::RecordStep, &site.store().unit(person.unit)?)?;
        let previous = site.store().files_of(person.id)?.first().map(|row| row.id);
        let (now, command) = (site.now(), command(&headers)?);
        let act = opening(now.today, previous);
        let case = site.store().open_file(visitor.actor(), now, command, person.id, act)?;
        Ok(Opened { file: case.0 })
    })
    .await
}

/// An admission file with what is due, what the rules find, and every entry.
#[utoipa::path(get, path = "/api/v1/files/{file}", tag = "files", security(("token" = [])),
    params(("file" = i64, Path, description = "Number of the file")),
    responses((status = 200, body = FileAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn file(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(file): Path<i64>,
) -> Result<Json<FileAnswer>, Failure> {
    answer(site, move |site| {
        let file = site.store().file(CaseId(file), site.now().today)?;
        visitor.may(site, Action::SeeFile, &site.store().unit(file.case.unit)?)?;
        Ok(FileAnswer::of(&file))
    })
    .await
}

/// An act to be recorded.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewAct {
    /// Kind of event, such as `case.applicant_talked`.
    kind: String,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// What happened, with the fields of the kind.
    body: Value,
    /// Number of the file's events when it was looked at.
    version: i64,
    /// How it is entered: `mode` (`live` or `back_fill`) and, when late, `reason`.
    #[serde(default)]
    #[schema(value_type = Object)]
    entry: Entry,
    /// The papers that prove it: `kind`, `title`, and `sha256` or `shelf`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    evidence: Vec<Evidence>,
}

/// What was recorded.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recorded {
    /// Place of the first event in the record.
    first_seq: u64,
    /// Number of events.
    n_events: u64,
    /// The command had been carried out before; nothing was added.
    is_repeat: bool,
}

/// Record an act in a file.
#[utoipa::path(post, path = "/api/v1/files/{file}/acts", tag = "files", security(("token" = [])),
    request_body = NewAct,
    params(
        ("file" = i64, Path, description = "Number of the file"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Recorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The file went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn record_act(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(file): Path<i64>,
    Json(new): Json<NewAct>,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let seen = Seen { case: CaseId(file), version: new.version };
        let act = act(site, &visitor, new, CaseId(file))?;
        let command = command(&headers)?;
        let receipt = site.store().record_act(visitor.actor(), site.now(), command, seen, act)?;
        Ok(Recorded {
            first_seq: receipt.first_seq,
            n_events: receipt.n_events,
            is_repeat: receipt.is_repeat,
        })
    })
    .await
}

/// What recording would come to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Considered {
    /// Findings that would refuse it.
    refusing: Vec<FindingAnswer>,
    /// Findings that would be noted with it.
    noted: Vec<FindingAnswer>,
}

/// Consider an act without recording it.
#[utoipa::path(post, path = "/api/v1/files/{file}/considerations", tag = "files", security(("token" = [])),
    request_body = NewAct,
    params(("file" = i64, Path, description = "Number of the file")),
    responses((status = 200, body = Considered), (status = 403, body = Problem)))]
pub(crate) async fn consider_act(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(file): Path<i64>,
    Json(new): Json<NewAct>,
) -> Result<Json<Considered>, Failure> {
    answer(site, move |site| {
        let act = act(site, &visitor, new, CaseId(file))?;
        let case = site.store().case(CaseId(file))?;
        let account = visitor.identity.account;
        let considered = site.store().consider_act(&case, &act, account, site.now())?;
        Ok(Considered {
            refusing: considered.refusing.iter().map(FindingAnswer::of).collect(),
            noted: considered.noted.iter().map(FindingAnswer::of).collect(),
        })
    })
    .await
}

/// The act, once the caller may take it.
fn act(site: &Site, visitor: &Visitor, new: NewAct, file: CaseId) -> Result<Act, Failure> {
    let case = site.store().case(file)?;
    let Value::Object(mut fields) = new.body else {
        return Err(unreadable(&"the body of an act is an object").into());
    };
    fields.insert("case".to_owned(), json!(file));
    let event = CaseEvent::read(&new.kind, Value::Object(fields)).map_err(|error| unreadable(&error))?;
    visitor.may_act(site, &case, &event.change)?;
    Ok(Act::new(new.on, event.change).proved_by(new.evidence).entered(new.entry))
}

fn unreadable(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::BadRequest(Text::new(
        format!("内容无法识别：{error}"),
        format!("The body cannot be read: {error}"),
    ))
}

/// The command's identity: the caller's own, or a new one.
pub(super) fn command(headers: &HeaderMap) -> Result<CommandId, Trouble> {
    let Some(given) = headers.get("idempotency-key") else { return Ok(CommandId::random()) };
    let id: Option<EventId> = given.to_str().ok().and_then(|text| text.parse().ok());
    id.map(|id| CommandId(id.0)).ok_or_else(|| {
        Trouble::BadRequest(Text::new(
            "Idempotency-Key 应为 32 位小写十六进制数字。",
            "An Idempotency-Key is 32 lower-case hexadecimal digits.",
        ))
    })
}
