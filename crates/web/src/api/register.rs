//! Finding people, and entering one on a branch's roster by hand.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::ids::UnitId;
use domain::members::Enrolment;
use domain::person::{Particulars, Stage};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::PersonAnswer;
use super::files::command;
use super::{Caller, Failure, Given, Problem, answer};
use crate::sight::Seen;
use crate::site::Site;

/// The most people that a search answers with.
const MOST_FOUND: usize = 100;

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Characters of the name, its pinyin or initials, or the last four of an identity number.
    q: String,
    /// At most 100.
    limit: Option<usize>,
}

/// What a search came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundAnswer {
    people: Vec<PersonAnswer>,
    /// There are more than were asked for.
    has_more: bool,
    /// Every name was looked at; false for some seconds after the start of a large site.
    is_complete: bool,
}

/// Find people in the part of the tree that the duty reaches.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", security(("token" = [])), params(Search),
    responses((status = 200, body = FoundAnswer), (status = 403, body = Problem)))]
pub(crate) async fn find(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Query(search): Query<Search>,
) -> Result<Json<FoundAnswer>, Failure> {
    answer(site, move |site| {
        let store = site.store();
        let unit = store.unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        site.limits().search(visitor.identity.account)?;
        let limit = search.limit.unwrap_or(30).clamp(1, MOST_FOUND);
        let found = store.find(search.q.trim(), Some((unit.pre, unit.post)), limit)?;
        if !found.people.is_empty() {
            visitor.logs(site, Seen::search(unit.id, found.people.len()))?;
        }
        let mut people = Vec::with_capacity(found.people.len());
        for id in found.people {
            let files = store.files_of(id)?.iter().map(|row| row.id.0).collect();
            people.push(PersonAnswer::of(&store.person(id)?, files));
        }
        Ok(FoundAnswer { people, has_more: found.has_more, is_complete: found.is_complete })
    })
    .await
}

/// A person to be entered: what a roster says, and where the person stands.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPerson {
    /// `name`, `id_number`, `phone`, `work_post`, `sex`, `born_on`, `ethnicity`, `education`,
    /// `occupation`, `is_front_line`, as in the roster.
    #[schema(value_type = Object)]
    particulars: Particulars,
    /// `none` unless the person already stands somewhere.
    #[serde(default = "outside")]
    #[schema(value_type = String)]
    stage: Stage,
    #[schema(value_type = Option<String>, format = Date)]
    stage_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    admitted_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    full_since: Option<Date>,
    /// The day from which the entry holds; today if none is given.
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Date>,
}

fn outside() -> Stage {
    Stage::None
}

/// A person who was entered.
#[derive(Serialize, ToSchema)]
pub(crate) struct Entered {
    /// The person's number.
    person: i64,
}

/// Enter a person on the roster of a branch.
#[utoipa::path(post, path = "/api/v1/units/{unit}/people", tag = "units", security(("token" = [])),
    request_body = NewPerson,
    params(
        ("unit" = i64, Path, description = "Number of the branch"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses((status = 200, body = Entered), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn enter(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(unit): Path<i64>,
    Given(new): Given<NewPerson>,
) -> Result<Json<Entered>, Failure> {
    answer(site, move |site| {
        let (now, store, command) = (site.now(), site.store(), command(&headers)?);
        let unit = store.unit(UnitId(unit))?;
        visitor.may(site, Action::ChangeMembers, &unit)?;
        let place = (unit.id, new.on.unwrap_or(now.today));
        let enrolment = Enrolment {
            particulars: new.particulars,
            stage: new.stage,
            stage_on: new.stage_on,
            admitted_on: new.admitted_on,
            full_since: new.full_since,
        };
        let person = store.register_person(visitor.actor(), now, command, place, enrolment)?;
        Ok(Entered { person: person.0 })
    })
    .await
}
