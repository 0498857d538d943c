//! The tree of units: looking over it, its history and posts, and changing it.

use std::collections::BTreeMap;

use app::act::ActError;
use app::tree::{Seen, Touched};
use app::{CommandId, StoreError};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::case::Recorded;
use domain::event::UnitOpened;
use domain::finding::Finding;
use domain::ids::{PersonId, UnitId};
use domain::text::Text;
use domain::tree::{Act, AssignPost, Change, FormGroup};
use domain::unit::{PostKind, Sector, Unit, UnitKind};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::{Bilingual, FindingAnswer, UnitAnswer};
use super::files::{Considered, Recorded as RecordedAnswer, command, unreadable};
use super::{Caller, Failure, Given, Problem, answer};
use crate::pages::units::history;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Locale, Words};

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sought {
    /// A part of a name or a code.
    q: String,
}

/// Units of one's part of the tree by name or code, at most 50; an equal code comes first, closed units
/// last.
#[utoipa::path(get, path = "/api/v1/units", tag = "units", security(("token" = [])), params(Sought),
    responses((status = 200, body = Vec<UnitAnswer>), (status = 403, body = Problem)))]
pub(crate) async fn find(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Query(sought): Query<Sought>,
) -> Result<Json<Vec<UnitAnswer>>, Failure> {
    answer(site, move |site| {
        visitor.may(site, Action::SeeUnitFigures, &site.store().unit(visitor.grant.unit)?)?;
        let scope = (visitor.grant.pre, visitor.grant.post);
        Ok(site.store().units_named(&sought.q, scope, 50)?.iter().map(UnitAnswer::of).collect())
    })
    .await
}

/// An entry about a unit, with both clocks.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnitEntry {
    /// Identity of the event.
    event: String,
    /// What kind of event.
    kind: String,
    /// The unit in whose books it stands; another one when it gave something to this one.
    unit: i64,
    /// The day it is said to have happened.
    #[schema(value_type = String, format = Date)]
    occurred_on: Date,
    /// The day it was written down.
    #[schema(value_type = String, format = Date)]
    recorded_on: Date,
    /// Milliseconds since 1970 UTC.
    recorded_at: i64,
    /// The account that wrote it down; 0 is the program.
    by: i64,
    /// What it says.
    body: Value,
}

impl UnitEntry {
    fn of(recorded: &Recorded) -> Self {
        UnitEntry {
            event: recorded.event_id.to_string(),
            kind: recorded.fact.event.kind().to_owned(),
            unit: recorded.fact.unit.0,
            occurred_on: recorded.fact.occurred_on,
            recorded_on: recorded.recorded_on,
            recorded_at: recorded.recorded_at.0,
            by: recorded.actor.0,
            body: recorded.fact.event.body().unwrap_or_default(),
        }
    }
}

/// Everything recorded about a unit, its posts and groups, the latest first.
#[utoipa::path(get, path = "/api/v1/units/{unit}/history", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<UnitEntry>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn unit_history(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<UnitEntry>>, Failure> {
    answer(site, move |site| {
        let unit = seen_unit(site, &visitor, unit)?;
        Ok(site.store().unit_history(unit.id)?.iter().map(UnitEntry::of).collect())
    })
    .await
}

fn seen_unit(site: &Site, visitor: &Visitor, unit: i64) -> Result<Unit, Failure> {
    let unit = site.store().unit(UnitId(unit))?;
    visitor.may(site, Action::SeeUnitFigures, &unit)?;
    Ok(unit)
}

/// On which day.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OnDay {
    /// The day, today without it.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<Date>,
}

/// A post and its holder.
#[derive(Serialize, ToSchema)]
pub(crate) struct PostAnswer {
    /// Number of the post.
    post: i64,
    /// Which office.
    kind: String,
    /// Number of the person.
    person: i64,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from_on: Date,
    /// The day from which it was no longer held; none while it is.
    #[schema(value_type = Option<String>, format = Date)]
    to_on: Option<Date>,
}

/// Who held which post in a unit on a day.
#[utoipa::path(get, path = "/api/v1/units/{unit}/posts", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), OnDay),
    responses((status = 200, body = Vec<PostAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn posts(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(day): Query<OnDay>,
) -> Result<Json<Vec<PostAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = seen_unit(site, &visitor, unit)?;
        let held = site.store().posts(unit.id, day.on.unwrap_or(site.now().today))?;
        let post = |held: domain::tree::Held| PostAnswer {
            post: held.id.0,
            kind: held.kind.as_str().to_owned(),
            person: held.person.0,
            from_on: held.from_on,
            to_on: held.to_on,
        };
        Ok(held.into_iter().map(post).collect())
    })
    .await
}

/// Over how many years.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Years {
    /// Number of years up to this one: 12 without it, at most 60.
    years: Option<i16>,
}

/// Admissions by year in a unit and below, by the day of the branch meeting, counted where the people are
/// now.
#[utoipa::path(get, path = "/api/v1/units/{unit}/intake", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), Years),
    responses((status = 200, body = BTreeMap<String, i64>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn intake(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(wish): Query<Years>,
) -> Result<Json<BTreeMap<i16, i64>>, Failure> {
    answer(site, move |site| {
        let unit = seen_unit(site, &visitor, unit)?;
        Ok(site.store().intake(unit.id, site.now().today, wish.years.unwrap_or(12).clamp(1, 60))?)
    })
    .await
}

/// A unit to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUnit {
    /// The day it was opened.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Kind of organisation, such as `branch`.
    #[schema(value_type = String)]
    unit_kind: UnitKind,
    /// Kind of place, such as `village`.
    #[schema(value_type = String)]
    sector: Sector,
    /// The office's own code.
    code: String,
    /// Name in both languages.
    #[schema(value_type = Bilingual)]
    name: Text,
    /// The approval it rests on.
    approval: String,
}

/// A unit that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenedUnit {
    /// Its number.
    unit: i64,
}

/// Open a unit directly below another.
#[utoipa::path(post, path = "/api/v1/units/{unit}/below", tag = "units", security(("token" = [])),
    request_body = NewUnit,
    params(
        ("unit" = i64, Path, description = "Number of the unit above"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = OpenedUnit),
        (status = 403, body = Problem),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn open(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(unit): Path<i64>,
    Given(new): Given<NewUnit>,
) -> Result<Json<OpenedUnit>, Failure> {
    answer(site, move |site| {
        let NewUnit { on, unit_kind, sector, code, name, approval } = new;
        let parent = Some(UnitId(unit));
        let opened = UnitOpened { parent, unit_kind, sector, code, name, approval };
        let id = site.store().open_unit(visitor.actor(), site.now(), command(&headers)?, on, opened)?;
        Ok(OpenedUnit { unit: id.0 })
    })
    .await
}

/// A change of a unit to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUnitChange {
    /// `unit.changed`, `unit.moved`, `unit.merged`, `unit.split`, `unit.closed`, `post.assigned`,
    /// `post.ended` or `group.formed`.
    kind: String,
    /// The day it happened.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// What happened, with the fields of the kind.
    body: Value,
    /// The unit's version when it was looked at.
    version: i64,
}

/// Whoever takes up a post; its number is given when it is recorded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPost {
    kind: PostKind,
    person: PersonId,
}

/// A group to be formed; its number is given when it is recorded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    name: Text,
}

impl NewUnitChange {
    fn act(self) -> Result<Act, Failure> {
        fn read<T: DeserializeOwned>(body: Value) -> Result<T, Failure> {
            serde_json::from_value(body).map_err(|error| unreadable(&error).into())
        }
        let body = self.body;
        let change = match self.kind.as_str() {
            "unit.changed" => Change::Rename(read(body)?),
            "unit.moved" => Change::MoveUnder(read(body)?),
            "unit.merged" => Change::Merge(read(body)?),
            "unit.split" => Change::Split(read(body)?),
            "unit.closed" => Change::Close(read(body)?),
            "post.assigned" => {
                let NewPost { kind, person } = read(body)?;
                Change::AssignPost(AssignPost { kind, person })
            }
            "post.ended" => Change::EndPost(read(body)?),
            "group.formed" => {
                let NewGroup { name } = read(body)?;
                Change::FormGroup(FormGroup { name })
            }
            other => return Err(unreadable(&format!("`{other}` is no change of a unit")).into()),
        };
        Ok(Act { on: self.on, change })
    }
}

/// Change a unit, its posts or its groups.
#[utoipa::path(post, path = "/api/v1/units/{unit}/changes", tag = "units", security(("token" = [])),
    request_body = NewUnitChange,
    params(
        ("unit" = i64, Path, description = "Number of the unit"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = RecordedAnswer),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The unit was changed since it was looked at; the message says how"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn change(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(unit): Path<i64>,
    Given(new): Given<NewUnitChange>,
) -> Result<Json<RecordedAnswer>, Failure> {
    answer(site, move |site| {
        let seen = Seen { unit: UnitId(unit), version: new.version };
        let (command, act): (CommandId, Act) = (command(&headers)?, new.act()?);
        match site.store().change_unit(visitor.actor(), site.now(), command, seen, act) {
            Ok(receipt) => Ok(RecordedAnswer::of(&receipt)),
            Err(error) => Err(told(site, &visitor, seen, error)),
        }
    })
    .await
}

/// What a change would come to, and how much it touches.
#[derive(Serialize, ToSchema)]
pub(crate) struct WeighedChange {
    #[serde(flatten)]
    considered: Considered,
    /// Units that get another place, another name or an end, with everything below them.
    n_units: i64,
    /// People on the rosters of what goes elsewhere.
    n_people: i64,
    /// Running admission files among theirs.
    n_files: i64,
    /// Posts that are taken up or end.
    n_posts: i64,
}

/// Weigh a change of a unit without recording it.
#[utoipa::path(post, path = "/api/v1/units/{unit}/considerations", tag = "units", security(("token" = [])),
    request_body = NewUnitChange,
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses(
        (status = 200, body = WeighedChange),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The unit was changed since it was looked at; the message says how")
    ))]
pub(crate) async fn weigh(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Given(new): Given<NewUnitChange>,
) -> Result<Json<WeighedChange>, Failure> {
    answer(site, move |site| {
        let seen = Seen { unit: UnitId(unit), version: new.version };
        let act = new.act()?;
        let weighed = site
            .store()
            .weigh_change(visitor.actor(), site.now(), Some(seen), &act)
            .map_err(|error| told(site, &visitor, seen, error))?;
        let findings = |found: &[Finding]| found.iter().map(FindingAnswer::of).collect();
        let Touched { n_units, n_people, n_files, n_posts } = weighed.touched;
        let considered = Considered {
            refusing: findings(&weighed.consideration.refusing),
            noted: findings(&weighed.consideration.noted),
        };
        Ok(WeighedChange { considered, n_units, n_people, n_files, n_posts })
    })
    .await
}

/// Why not. Whoever comes second is told what the first one recorded, if they may see the unit at all.
fn told(site: &Site, visitor: &Visitor, seen: Seen, error: ActError) -> Failure {
    if error != ActError::Store(StoreError::Changed) {
        return error.into();
    }
    let unit = match site.store().unit(seen.unit) {
        Ok(unit) if visitor.may(site, Action::SeeUnitFigures, &unit).is_ok() => unit,
        Ok(_) | Err(_) => return error.into(),
    };
    let said = |t: Words| -> Result<String, Failure> {
        let changed = site.store().unit_changes_since(seen)?;
        let lines = history::lines(site, t, &unit, &changed)?;
        let line = |line: &history::Line| format!("{} {}", line.occurred_on, line.what);
        Ok(lines.iter().map(line).collect::<Vec<_>>().join(&t.say("list-comma")))
    };
    let (status, title, plain) = Trouble::Changed.told();
    match (said(Words(Locale::Zh)), said(Words(Locale::En))) {
        (Ok(zh), Ok(en)) => {
            let text = Text::new(format!("{}{zh}", plain.zh), format!("{} {en}", plain.en));
            Failure::saying(status, &title, &text)
        }
        (Err(failure), _) | (_, Err(failure)) => failure,
    }
}
