//! Units, their figures, their people, and what waits there.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use domain::access::Action;
use domain::dates::days_between;
use domain::ids::UnitId;
use domain::person::Stage;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{DueAnswer, PersonAnswer, UnitAnswer};
use super::{Caller, Failure, Problem, answer};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;

/// A unit with its figures.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnitWithFigures {
    unit: UnitAnswer,
    /// Probationary and full members of the unit and below.
    n_members: i64,
    /// Women among them.
    n_women: i64,
    /// Those with senior high school and above.
    n_educated: i64,
    /// People by stage.
    stages: BTreeMap<String, i64>,
}

/// A unit and its figures.
#[utoipa::path(get, path = "/api/v1/units/{unit}", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = UnitWithFigures), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn unit(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<UnitWithFigures>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let figures = site.store().composition(unit.id)?;
        let stages = figures.stages.iter().map(|(stage, n)| (stage.as_str().to_owned(), *n)).collect();
        Ok(UnitWithFigures {
            unit: UnitAnswer::of(&unit),
            n_members: figures.n_members(),
            n_women: figures.n_of(domain::person::Sex::Female),
            n_educated: figures.n_educated,
            stages,
        })
    })
    .await
}

/// The units directly below a unit.
#[utoipa::path(get, path = "/api/v1/units/{unit}/below", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<UnitAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn below(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<UnitAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        Ok(site.store().units_below(Some(unit.id))?.iter().map(UnitAnswer::of).collect())
    })
    .await
}

/// Which people, and which page of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wish {
    /// A stage, such as `activist`; everyone who has not left without it.
    stage: Option<String>,
    /// From 0.
    #[serde(default)]
    offset: i64,
    /// At most 200.
    limit: Option<i64>,
}

/// People of a unit and below.
#[utoipa::path(get, path = "/api/v1/units/{unit}/people", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), Wish),
    responses((status = 200, body = Vec<PersonAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn people(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(wish): Query<Wish>,
) -> Result<Json<Vec<PersonAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let stage = match &wish.stage {
            Some(word) => Some(Stage::parse(word).ok_or(Trouble::Missing)?),
            None => None,
        };
        let limit = wish.limit.unwrap_or(50).clamp(1, 200);
        let ids = site.store().people_below(unit.id, stage, wish.offset.max(0), limit)?;
        visitor.logs(site, Seen::list(unit.id, ids.len()))?;
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let files = site.store().files_of(id)?.iter().map(|row| row.id.0).collect();
            people.push(PersonAnswer::of(&site.store().person(id)?, files));
        }
        Ok(people)
    })
    .await
}

/// What waits in the running files of a unit and below, the most pressing first.
#[utoipa::path(get, path = "/api/v1/units/{unit}/docket", tag = "units", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<DueAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn docket(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<DueAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let docket = site.store().docket(unit.id, site.now().today)?;
        Ok(docket.entries.iter().map(DueAnswer::of_entry).collect())
    })
    .await
}

/// A letter of transfer on the way.
#[derive(Serialize, ToSchema)]
pub(crate) struct LetterAnswer {
    person: i64,
    name: String,
    /// The unit that sent.
    from: i64,
    /// The unit that should receive.
    to: i64,
    #[schema(value_type = String, format = Date)]
    sent_on: Date,
    /// Days since then.
    days: i64,
    /// Longer than a letter is valid.
    is_overdue: bool,
    is_file_included: bool,
}

/// Letters of transfer on the way from or to a unit or anything below it, the oldest first.
#[utoipa::path(get, path = "/api/v1/units/{unit}/letters", tag = "people", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<LetterAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn letters(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<LetterAnswer>>, Failure> {
    answer(site, move |site| {
        let (store, today) = (site.store(), site.now().today);
        let unit = store.unit(UnitId(unit))?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let letters = store.letters_below(unit.id)?;
        visitor.logs(site, Seen::list(unit.id, letters.len()))?;
        let mut answers = Vec::with_capacity(letters.len());
        for letter in letters {
            answers.push(LetterAnswer {
                person: letter.person.0,
                name: store.particulars(letter.person)?.name,
                from: letter.from.0,
                to: letter.to.0,
                sent_on: letter.sent_on,
                days: days_between(letter.sent_on, today),
                is_overdue: letter.is_overdue(today),
                is_file_included: letter.is_file_included,
            });
        }
        Ok(answers)
    })
    .await
}

/// Entries that may be one person.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlikeAnswer {
    /// `number`, `name` or `sound`, the strongest reason first.
    why: Vec<String>,
    /// Numbers of the entries.
    people: Vec<i64>,
}

/// What a look for duplicates came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct DuplicatesAnswer {
    /// Those with the strongest reason first.
    groups: Vec<AlikeAnswer>,
    /// Number of entries compared.
    n_compared: usize,
    /// False while the index of names is still being built.
    is_complete: bool,
}

/// Entries of a unit and everything below it that may be one person, by number.
#[utoipa::path(get, path = "/api/v1/units/{unit}/duplicates", tag = "people", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = DuplicatesAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn duplicates(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<DuplicatesAnswer>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let found = site.store().duplicates(unit.id, false)?;
        let groups = found.groups.iter().map(|alike| AlikeAnswer {
            why: alike.why.iter().map(|why| why.as_str().to_owned()).collect(),
            people: alike.people.iter().map(|person| person.0).collect(),
        });
        Ok(DuplicatesAnswer {
            groups: groups.collect(),
            n_compared: found.n_compared,
            is_complete: found.is_complete,
        })
    })
    .await
}
