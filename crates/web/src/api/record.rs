//! The record for whoever signed in: entries without what they say, and the last full check.

use axum::Json;
use axum::extract::{Query, State};
use domain::access::Action;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::Bilingual;
use super::{Caller, Failure, Problem, answer};
use crate::site::Site;
use crate::verdict::checked;

/// The most entries of an answer.
const MOST: u16 = 200;

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Before {
    /// Entries before this place; the latest without it.
    before: Option<u64>,
    /// At most 200.
    limit: Option<u16>,
}

/// An entry of the record, without what it says.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryAnswer {
    /// Its place in the record, from 0.
    seq: u64,
    /// Identity of the event.
    event: String,
    /// Kind of event.
    kind: String,
    /// The unit it concerns.
    unit: i64,
    /// The day it is said to have happened.
    #[schema(value_type = String, format = Date)]
    occurred_on: Date,
    /// Milliseconds since 1970 UTC.
    recorded_at: i64,
    /// Who recorded it, as the record names accounts.
    actor: String,
}

/// Entries of the record, the latest first.
#[utoipa::path(get, path = "/api/v1/record/entries", tag = "record", security(("token" = [])), params(Before),
    responses((status = 200, body = Vec<EntryAnswer>), (status = 403, body = Problem)))]
pub(crate) async fn entries(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Query(wish): Query<Before>,
) -> Result<Json<Vec<EntryAnswer>>, Failure> {
    answer(site, move |site| {
        visitor.may(site, Action::SeeLedger, &site.store().unit(visitor.grant.unit)?)?;
        let limit = wish.limit.unwrap_or(50).clamp(1, MOST);
        let rows = site.store().entries(wish.before.unwrap_or(u64::MAX), limit)?;
        let told = |row: app::record::EntryRow| EntryAnswer {
            seq: row.seq,
            event: row.id.to_string(),
            occurred_on: row.occurred_on,
            kind: row.kind,
            unit: row.unit.0,
            recorded_at: row.recorded_at,
            actor: row.actor,
        };
        Ok(rows.into_iter().map(told).collect())
    })
    .await
}

/// What a full check of the record found.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerdictAnswer {
    /// Entries that were checked.
    size: u64,
    /// Whether everything stored is what was recorded.
    is_sound: bool,
    /// The verdict, and every finding, in words.
    text: Bilingual,
}

/// Check the whole record. While nothing is added, the answer of the last check is given again.
#[utoipa::path(get, path = "/api/v1/record/verdict", tag = "record", security(("token" = [])),
    responses((status = 200, body = VerdictAnswer), (status = 403, body = Problem)))]
pub(crate) async fn verdict(
    State(site): State<Site>,
    Caller(visitor): Caller,
) -> Result<Json<VerdictAnswer>, Failure> {
    answer(site, move |site| {
        visitor.may(site, Action::SeeLedger, &site.store().unit(visitor.grant.unit)?)?;
        let verdict = checked(site, &site.store().head()?)?;
        Ok(VerdictAnswer {
            size: verdict.size,
            is_sound: verdict.is_sound,
            text: Bilingual::of(&verdict.text),
        })
    })
    .await
}
