//! Rosters in and out: the template, a preview of a file, taking it over, the export with its purpose.

use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use app::roster::{ImportError, Plan, Preview, Purpose, Watch, digest};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::access::Action;
use domain::ids::UnitId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::Bilingual;
use super::files::{Recorded, command};
use super::{Caller, Failure, Given, Problem, answer, file_answer};
use crate::files::attached;
use crate::site::Site;
use crate::trouble::{Trouble, unexplained};

/// An empty workbook with heads in both languages and drop-downs.
#[utoipa::path(get, path = "/api/v1/roster-template", tag = "rosters", security(("token" = [])),
    responses((status = 200, description = "A workbook", content_type = "application/octet-stream"),
        (status = 403, body = Problem)))]
pub(crate) async fn template(State(site): State<Site>, Caller(visitor): Caller) -> Result<Response, Failure> {
    file_answer(site, move |site| {
        visitor.may(site, Action::ImportRoster, &site.store().unit(visitor.grant.unit)?)?;
        let bytes = app::roster::template().map_err(|error| {
            tracing::error!(%error, "the template cannot be written");
            Trouble::Broken
        })?;
        Ok(attached(bytes, "miaopu-roster-template.xlsx"))
    })
    .await
}

/// The name of the file that is sent.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Named {
    /// Its ending says how it is read: `.xlsx` or `.csv`.
    pub(super) file_name: String,
}

/// What importing a file would come to.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviewAnswer {
    /// Under which number it waits to be confirmed; none while something is wrong.
    preview: Option<u64>,
    /// Rows that would enter a person.
    n_new: u64,
    /// Rows that would put an entry right.
    n_changed: u64,
    /// Rows that say what is known.
    n_same: u64,
    /// Everything wrong, by row and column.
    problems: Vec<ProblemAnswer>,
    /// Problems in all, also those not listed.
    n_problems: usize,
    /// Rows that would put an entry right, with the fields.
    changes: Vec<ChangeAnswer>,
}

/// Something wrong with a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemAnswer {
    /// The row, from 1; none for the file as a whole.
    row: Option<u32>,
    /// What, where, and what to do.
    text: Bilingual,
    /// Whether the file cannot be taken over.
    is_error: bool,
}

impl ProblemAnswer {
    pub(super) fn of(problem: &app::roster::RowProblem) -> Self {
        ProblemAnswer { row: problem.row, text: Bilingual::of(&problem.text), is_error: problem.is_error }
    }
}

/// An entry that a row would put right.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeAnswer {
    row: u32,
    person: i64,
    fields: Vec<String>,
}

/// Preview a roster; nothing is written. The body is the file itself.
#[utoipa::path(post, path = "/api/v1/units/{unit}/roster/previews", tag = "rosters", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = PreviewAnswer), (status = 403, body = Problem)))]
pub(crate) async fn preview(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(named): Query<Named>,
    body: Bytes,
) -> Result<Json<PreviewAnswer>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ImportRoster, &unit)?;
        let sha256 = digest(body.as_ref()).map_err(|_| Trouble::Broken)?;
        let mut watch = Watch { progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
        let (source, today) = (Cursor::new(body), site.now().today);
        let preview =
            site.store().preview_roster(unit.id, &named.file_name, &sha256, source, today, &mut watch)?;
        let mut told = told(&preview);
        if preview.is_clean() {
            told.preview = Some(site.keep_preview(visitor.identity.account, unit.id, preview)?);
        }
        Ok(told)
    })
    .await
}

fn told(preview: &Preview) -> PreviewAnswer {
    let (n_new, n_changed, n_same) = preview.counts();
    let changes = preview.rows.iter().filter_map(|row| match &row.plan {
        Plan::Changed(person, changes) => Some(ChangeAnswer {
            row: row.number,
            person: person.0,
            fields: changes.iter().map(|change| change.field.clone()).collect(),
        }),
        Plan::New(..) | Plan::Same(_) => None,
    });
    PreviewAnswer {
        preview: None,
        n_new,
        n_changed,
        n_same,
        problems: preview.problems.iter().map(ProblemAnswer::of).collect(),
        n_problems: preview.n_problems,
        changes: changes.collect(),
    }
}

/// Take a previewed roster over, whole.
#[utoipa::path(post, path = "/api/v1/units/{unit}/roster/previews/{preview}/confirmation", tag = "rosters",
    security(("token" = [])),
    params(
        ("unit" = i64, Path, description = "Number of the unit"),
        ("preview" = u64, Path, description = "Number of the preview"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Recorded),
        (status = 403, body = Problem),
        (status = 404, body = Problem, description = "The preview has expired"),
        (status = 409, body = Problem, description = "The roster was changed since the preview")
    ))]
pub(crate) async fn confirm(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path((unit, number)): Path<(i64, u64)>,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ImportRoster, &unit)?;
        let kept = site.kept_preview(visitor.identity.account, unit.id, number)?;
        let preview = kept.ok_or(Trouble::Missing)?;
        let command = command(&headers)?;
        match site.store().confirm_roster(visitor.actor(), site.now(), command, preview) {
            Ok(receipt) => Ok(Recorded::of(&receipt)),
            Err(ImportError::Store(error)) => Err(error.into()),
            Err(ImportError::Denied(denial)) => Err(Trouble::Denied(denial.text).into()),
            Err(ImportError::Problems) => Err(Trouble::Changed.into()),
        }
    })
    .await
}

/// Why a list is needed, and how much of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExport {
    /// Why it is needed; the record keeps it.
    purpose: String,
    /// Whether identity numbers and telephones go along.
    #[serde(default)]
    with_numbers: bool,
    /// A comma-separated file instead of a workbook.
    #[serde(default)]
    is_csv: bool,
}

/// The roster of a unit and below as a file, in the columns of the import. That it left is recorded.
#[utoipa::path(post, path = "/api/v1/units/{unit}/roster/exports", tag = "rosters", security(("token" = [])),
    request_body = NewExport,
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = 403, body = Problem), (status = 422, body = Problem, description = "No purpose was given")))]
pub(crate) async fn export(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Given(new): Given<NewExport>,
) -> Result<Response, Failure> {
    file_answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ExportList, &unit)?;
        if new.with_numbers {
            visitor.may(site, Action::Unmask, &unit)?;
        }
        let text = new.purpose.trim().to_owned();
        if text.is_empty() {
            return Err(Failure::refusing(&unexplained()));
        }
        site.limits().export(visitor.identity.account)?;
        let purpose = Purpose { text, with_numbers: new.with_numbers, is_csv: new.is_csv };
        let bytes = site.store().export_roster(visitor.actor(), site.now(), unit.id, &purpose)?;
        let ending = if new.is_csv { "csv" } else { "xlsx" };
        Ok(attached(bytes, &format!("miaopu-roster-{}.{ending}", unit.id)))
    })
    .await
}
