//! The access log, for the auditor.

use app::looks::Filter;
use axum::Json;
use axum::extract::{Query, State};
use domain::ids::{AccountId, PersonId};
use domain::looks::Sight;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Caller, Failure, Problem, answer};
use crate::site::Site;
use crate::trouble::Trouble;

/// Somebody looked at something.
#[derive(Serialize, ToSchema)]
pub(crate) struct LookAnswer {
    /// Milliseconds since 1970 UTC.
    seen_at: i64,
    /// The account; 0 for the program.
    account: i64,
    /// The role it was done in, where known.
    role: Option<String>,
    /// In whose books.
    unit: i64,
    /// At whose entry, by number.
    person: Option<i64>,
    /// At which file.
    file: Option<i64>,
    /// `person`, `file`, `list`, `search`, `unmasked`, `exported` or `interrupted`.
    sight: String,
    /// `page`, `api` or `ledger`.
    door: String,
    /// Number of people shown.
    n: i64,
    /// Which list left, or which fields were shown.
    list: String,
}

/// Which looks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wish {
    /// First day; thirty days ago without it.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day; today without it.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// By which account.
    account: Option<i64>,
    /// At whose entry.
    person: Option<i64>,
    /// At what, such as `unmasked`.
    sight: Option<String>,
    /// From 0.
    #[serde(default)]
    offset: i64,
    /// At most 500.
    limit: Option<i64>,
}

/// Who looked at whose entry, the latest first.
#[utoipa::path(get, path = "/api/v1/looks", tag = "looks", security(("token" = [])),
    params(Wish),
    responses((status = 200, body = Vec<LookAnswer>), (status = 403, body = Problem)))]
pub(crate) async fn looks(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Query(wish): Query<Wish>,
) -> Result<Json<Vec<LookAnswer>>, Failure> {
    answer(site, move |site| {
        let today = site.now().today;
        let sight = match &wish.sight {
            Some(word) => Some(Sight::parse(word).ok_or(Trouble::Missing)?),
            None => None,
        };
        let filter = Filter {
            from: wish.from.unwrap_or_else(|| today.saturating_sub(jiff::Span::new().days(30))),
            to: wish.to.unwrap_or(today),
            account: wish.account.map(AccountId),
            person: wish.person.map(PersonId),
            sight,
        };
        let place = (wish.offset.max(0), wish.limit.unwrap_or(100).clamp(1, 500));
        let page = site.store().looks(visitor.actor(), today, &filter, place)?;
        let told = |look: &app::Look| LookAnswer {
            seen_at: look.seen_at.0,
            account: look.account.0,
            role: look.role.map(|role| role.as_str().to_owned()),
            unit: look.unit.0,
            person: look.person.map(|person| person.0),
            file: look.case.map(|case| case.0),
            sight: look.sight.as_str().to_owned(),
            door: look.door.as_str().to_owned(),
            n: look.n,
            list: look.list.clone(),
        };
        Ok(page.looks.iter().map(told).collect())
    })
    .await
}
