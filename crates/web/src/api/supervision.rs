//! Registers of supervision: what a unit owed and held, its entries, and entering something.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::supervision::{Act, Entry, State as Standing, SystemYear};
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::Bilingual;
use super::files::command;
use super::{Caller, Failure, Given, Problem, answer};
use crate::site::Site;
use crate::supervising::{may_open, sight};
use crate::trouble::Trouble;

/// The register of a unit in a year.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegisterAnswer {
    /// Number of its events: what an act must have seen.
    version: i64,
    /// What was owed and held; empty for a unit that owes nothing.
    systems: Vec<SystemAnswer>,
    /// What is missing.
    findings: Vec<MissingAnswer>,
    /// Recurring duties that wait today.
    occurrences: Vec<OccurrenceAnswer>,
    /// The entries of the year, the first one first.
    entries: Vec<SupervisionEntryAnswer>,
}

/// A system with its quarters.
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemAnswer {
    system: String,
    name: Bilingual,
    /// The four quarters.
    quarters: Vec<QuarterAnswer>,
}

/// A quarter of a system.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuarterAnswer {
    /// The last day.
    due_on: String,
    n_due: u32,
    n_held: u32,
    /// Of those owed, made up in a later quarter.
    n_late: u32,
    /// `free`, `exempt`, `held`, `late`, `missing` or `open`.
    state: &'static str,
    /// Why it is excused.
    exempt: Option<String>,
}

/// Something that is missing.
#[derive(Serialize, ToSchema)]
pub(crate) struct MissingAnswer {
    rule: String,
    /// Number of the entry, or name of the system.
    place: String,
    text: Bilingual,
    remedy: Bilingual,
}

/// A dated occurrence of a recurring duty.
#[derive(Serialize, ToSchema)]
pub(crate) struct OccurrenceAnswer {
    system: String,
    due_on: String,
    n_missing: u32,
}

/// An entry, without names and without what is sealed.
#[derive(Serialize, ToSchema)]
pub(crate) struct SupervisionEntryAnswer {
    number: i64,
    held_on: String,
    /// Such as `meeting.life` or `talk.admonition`.
    kind: String,
    /// The last day of what it asks for.
    due_on: Option<String>,
    settled_on: Option<String>,
    /// Everything that the caller is entitled to; absent otherwise.
    #[schema(value_type = Option<Object>)]
    content: Option<Value>,
}

impl SupervisionEntryAnswer {
    fn of(entry: &Entry, content: Option<Value>) -> Self {
        SupervisionEntryAnswer {
            number: entry.number,
            held_on: entry.held_on.to_string(),
            kind: entry.what.word(),
            due_on: entry.due_on.map(|day| day.to_string()),
            settled_on: entry.settled_on.map(|day| day.to_string()),
            content,
        }
    }
}

fn system_answer(of: &SystemYear, today: Date) -> SystemAnswer {
    let quarters = of.cells.iter().map(|cell| QuarterAnswer {
        due_on: cell.due_on.to_string(),
        n_due: cell.n_due,
        n_held: cell.n_held,
        n_late: cell.n_late,
        state: match cell.state(today) {
            Standing::Free => "free",
            Standing::Exempt => "exempt",
            Standing::Held => "held",
            Standing::Late => "late",
            Standing::Missing => "missing",
            Standing::Open => "open",
        },
        exempt: cell.exempt.clone(),
    });
    SystemAnswer {
        system: of.system.id.clone(),
        name: Bilingual::of(&of.system.name),
        quarters: quarters.collect(),
    }
}

fn missing(finding: &Finding) -> MissingAnswer {
    MissingAnswer {
        rule: finding.rule.clone(),
        place: finding.fields.first().cloned().unwrap_or_default(),
        text: Bilingual::of(&finding.text),
        remedy: Bilingual::of(&finding.remedy),
    }
}

/// Which year.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct YearWish {
    /// The calendar year; this one without it.
    year: Option<i16>,
}

/// The register of a unit: what was owed and held in a year, what is missing, and its entries.
#[utoipa::path(get, path = "/api/v1/units/{unit}/supervision", tag = "supervision", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), YearWish),
    responses((status = 200, body = RegisterAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn register(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(wish): Query<YearWish>,
) -> Result<Json<RegisterAnswer>, Failure> {
    answer(site, move |site| {
        let today = site.now().today;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeSupervision, &unit)?;
        let year = wish.year.filter(|year| (1990..=2100).contains(year)).unwrap_or(today.year());
        let register = site.store().supervision(unit.id, year, today)?;
        let occurrence = |it: &domain::supervision::Occurrence| OccurrenceAnswer {
            system: it.system.id.clone(),
            due_on: it.due_on.to_string(),
            n_missing: it.n_missing,
        };
        let of_year = register.entries.iter().filter(|entry| entry.held_on.year() == year);
        Ok(RegisterAnswer {
            version: register.version,
            systems: register.systems.iter().map(|of| system_answer(of, today)).collect(),
            findings: register.findings.iter().map(missing).collect(),
            occurrences: register.occurrences.iter().map(occurrence).collect(),
            entries: of_year.map(|entry| SupervisionEntryAnswer::of(entry, None)).collect(),
        })
    })
    .await
}

/// One entry, with its content for whoever is entitled to it; that leaves a line in the access log.
#[utoipa::path(get, path = "/api/v1/units/{unit}/supervision/{number}", tag = "supervision", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), ("number" = i64, Path, description = "Number of the entry")),
    responses((status = 200, body = SupervisionEntryAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn entry(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path((unit, number)): Path<(i64, i64)>,
) -> Result<Json<SupervisionEntryAnswer>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeSupervision, &unit)?;
        let entry = site.store().supervision_entry(unit.id, number)?;
        let content = if may_open(site, &visitor, &unit, &entry) {
            visitor.logs(site, sight(&unit, &entry))?;
            Some(content(site, &unit, number)?)
        } else {
            None
        };
        Ok(SupervisionEntryAnswer::of(&entry, content))
    })
    .await
}

fn content(site: &Site, unit: &Unit, number: i64) -> Result<Value, Trouble> {
    let opened = site.store().supervision_opened(unit.id, number)?;
    let body = |event: &domain::event::Event| event.body().map_err(|_| Trouble::Broken);
    let views: Vec<Value> = opened
        .views
        .iter()
        .map(|(person, given)| {
            serde_json::json!({
                "person": person, "item": given.item, "vote": given.vote, "view": given.view,
            })
        })
        .collect();
    let settled = opened.settled.as_ref().map(body).transpose()?;
    Ok(serde_json::json!({ "entry": body(&opened.event)?, "views": views, "settled": settled }))
}

/// Something to be entered.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewEntry {
    /// The version of the register when it was looked at.
    version: i64,
    /// The day it happened.
    #[schema(value_type = String)]
    on: Date,
    /// What: `act` is `meeting`, `matter`, `talk`, `inquiry`, `report`, `declaration`, `record`, `exempt` or
    /// `settle`, with the fields of each.
    #[schema(value_type = Object)]
    act: Value,
}

/// What was entered.
#[derive(Serialize, ToSchema)]
pub(crate) struct SupervisionRecorded {
    /// The command had been carried out before; nothing was added.
    is_repeat: bool,
}

/// Enter something in the register of a unit.
#[utoipa::path(post, path = "/api/v1/units/{unit}/supervision", tag = "supervision", security(("token" = [])), request_body = NewEntry,
    params(
        ("unit" = i64, Path, description = "Number of the unit"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = SupervisionRecorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "Something was entered since the register was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn enter(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(unit): Path<i64>,
    Given(new): Given<NewEntry>,
) -> Result<Json<SupervisionRecorded>, Failure> {
    answer(site, move |site| {
        let act: Act = serde_json::from_value(new.act).map_err(|error| {
            Trouble::BadRequest(Text::new(
                format!("内容无法识别：{error}"),
                format!("The body cannot be read: {error}"),
            ))
        })?;
        let (id, at) = (command(&headers)?, (UnitId(unit), new.version));
        let receipt = site.store().enter_supervision(visitor.actor(), site.now(), id, at, (new.on, act))?;
        Ok(SupervisionRecorded { is_repeat: receipt.is_repeat })
    })
    .await
}
