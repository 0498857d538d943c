//! The sheet on which branches ask for places: out, a preview of what came back, and recording it whole.

use app::plans::SheetPreview;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::access::Action;
use domain::ids::{PlanId, UnitId};
use domain::text::Language;
use serde::Serialize;
use utoipa::ToSchema;

use super::files::{Recorded, command};
use super::plans::covered;
use super::rosters::{Named, ProblemAnswer};
use super::{Caller, Failure, Problem, answer, file_answer};
use crate::files::attached;
use crate::site::Site;
use crate::trouble::Trouble;

/// What a sheet would come to.
#[derive(Serialize, ToSchema)]
pub(crate) struct SheetAnswer {
    /// Under which number it waits to be confirmed; none while something is wrong or nothing is new.
    preview: Option<u64>,
    /// Requests that would be recorded.
    requests: Vec<RequestAnswer>,
    /// Rows that repeat what is asked for already.
    n_same: usize,
    /// Rows that ask for nothing.
    n_silent: usize,
    /// Everything wrong, by row and column.
    problems: Vec<ProblemAnswer>,
    /// Problems in all, also those not listed.
    n_problems: usize,
}

/// A request of a row.
#[derive(Serialize, ToSchema)]
pub(crate) struct RequestAnswer {
    row: u32,
    unit: i64,
    /// People asked for before.
    before: Option<i64>,
    n: i64,
    #[schema(value_type = Object)]
    cells: domain::plan::Cells,
    reason: String,
}

/// The sheet of the branches below a unit, with what is known of each.
#[utoipa::path(get, path = "/api/v1/plans/{plan}/units/{unit}/sheet", tag = "plans", security(("token" = [])),
    params(("plan" = i64, Path, description = "Number of the plan"), ("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, description = "A workbook", content_type = "application/octet-stream"),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn sheet(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path((plan, unit)): Path<(i64, i64)>,
) -> Result<Response, Failure> {
    file_answer(site, move |site| {
        let unit = covered(site, &visitor, plan, Some(UnitId(unit)))?;
        let bytes = site.store().request_sheet(PlanId(plan), unit, site.now().today, Language::Zh)?;
        Ok(attached(bytes, &format!("miaopu-requests-{plan}-{unit}.xlsx")))
    })
    .await
}

/// Preview a sheet that came back; nothing is recorded. The body is the file itself.
#[utoipa::path(post, path = "/api/v1/plans/{plan}/units/{unit}/sheet/previews", tag = "plans", security(("token" = [])),
    params(("plan" = i64, Path, description = "Number of the plan"), ("unit" = i64, Path, description = "Number of the unit"), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = SheetAnswer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn preview(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path((plan, unit)): Path<(i64, i64)>,
    Query(named): Query<Named>,
    body: Bytes,
) -> Result<Json<SheetAnswer>, Failure> {
    answer(site, move |site| {
        let at = asking(site, &visitor, plan, unit)?;
        let file = (named.file_name.as_str(), body.to_vec());
        let preview = site.store().preview_requests(visitor.actor(), site.now(), at, file)?;
        let mut told = told(&preview);
        if preview.is_clean() && !preview.rows.is_empty() {
            told.preview = Some(site.keep_sheet(visitor.identity.account, at, preview)?);
        }
        Ok(told)
    })
    .await
}

fn asking(
    site: &Site,
    visitor: &crate::visitor::Visitor,
    plan: i64,
    unit: i64,
) -> Result<(PlanId, UnitId), Failure> {
    let unit = covered(site, visitor, plan, Some(UnitId(unit)))?;
    visitor.may(site, Action::AskPlan, &site.store().unit(unit)?)?;
    Ok((PlanId(plan), unit))
}

fn told(preview: &SheetPreview) -> SheetAnswer {
    let request = |row: &app::plans::SheetRow| RequestAnswer {
        row: row.number,
        unit: row.unit.0,
        before: row.before,
        n: row.request.n,
        cells: row.request.cells.clone(),
        reason: row.request.reason.clone(),
    };
    SheetAnswer {
        preview: None,
        requests: preview.rows.iter().map(request).collect(),
        n_same: preview.n_same,
        n_silent: preview.n_silent,
        problems: preview.problems.iter().map(ProblemAnswer::of).collect(),
        n_problems: preview.n_problems,
    }
}

/// Record every request of a previewed sheet, or none.
#[utoipa::path(post, path = "/api/v1/plans/{plan}/units/{unit}/sheet/previews/{preview}/confirmation", tag = "plans",
    security(("token" = [])),
    params(
        ("plan" = i64, Path, description = "Number of the plan"),
        ("unit" = i64, Path, description = "Number of the unit"),
        ("preview" = u64, Path, description = "Number of the preview"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Recorded),
        (status = 403, body = Problem),
        (status = 404, body = Problem, description = "The preview has expired"),
        (status = 409, body = Problem, description = "The plan or a branch went on since the preview"),
        (status = 422, body = Problem, description = "A rule refuses a row; nothing is recorded")
    ))]
pub(crate) async fn confirm(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path((plan, unit, number)): Path<(i64, i64, u64)>,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let at = asking(site, &visitor, plan, unit)?;
        let kept = site.kept_sheet(visitor.identity.account, at, number)?;
        let preview = kept.ok_or(Trouble::Missing)?;
        let id = command(&headers)?;
        let receipt = site.store().confirm_requests(visitor.actor(), site.now(), id, preview)?;
        Ok(Recorded::of(&receipt))
    })
    .await
}
