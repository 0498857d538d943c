//! Scanned papers: attaching one to an entry of a file, and reading it back.

use app::admission::Seen as SeenFile;
use app::scans::{Attachment, Scanned};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::access::Action;
use domain::case::PaperAttached;
use domain::evidence::{Evidence, EvidenceKind};
use domain::ids::{CaseId, EventId};
use domain::text::Text;
use serde::Deserialize;
use utoipa::IntoParams;

use super::files::{Recorded, command};
use super::{Caller, Failure, Problem, answer, file_answer};
use crate::pages::scan_answer;
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;

/// What the paper is.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paper {
    /// Kind of paper, such as `minutes`.
    kind: String,
    /// What it is called.
    title: String,
    /// Where the original lies.
    #[serde(default)]
    shelf: Option<String>,
    /// Number of the file's events when it was looked at.
    version: i64,
}

/// Attach a scan to an entry. The body is the file itself: PDF, JPEG or PNG, up to 10 MiB.
#[utoipa::path(post, path = "/api/v1/files/{file}/entries/{event}/papers", tag = "files", security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(
        ("file" = i64, Path, description = "Number of the file"),
        ("event" = String, Path, description = "Identity of the entry that the paper proves"),
        Paper,
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Recorded),
        (status = 403, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The file went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn attach(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path((file, event)): Path<(i64, String)>,
    Query(paper): Query<Paper>,
    bytes: Bytes,
) -> Result<Json<Recorded>, Failure> {
    answer(site, move |site| {
        let seen = SeenFile { case: CaseId(file), version: paper.version };
        let entry: EventId = event.parse().map_err(|_| Trouble::Missing)?;
        let case = site.store().case(seen.case)?;
        case.logged(entry).ok_or(Trouble::Missing)?;
        visitor.may_act(site, &case, &PaperAttached { event: entry }.into())?;
        let scanned = Scanned::look(bytes.to_vec()).map_err(|refusal| Failure::refused(&refusal.findings))?;
        let paper = evidence(paper)?;
        let attachment = Attachment { entry, paper, scanned };
        let command = command(&headers)?;
        let receipt = site.store().attach_scan(visitor.actor(), site.now(), command, seen, attachment)?;
        Ok(Recorded::of(&receipt))
    })
    .await
}

fn evidence(paper: Paper) -> Result<Evidence, Trouble> {
    let kind = EvidenceKind::parse(&paper.kind).ok_or_else(|| {
        Trouble::BadRequest(Text::new(
            format!("没有“{}”这种材料。", paper.kind),
            format!("There is no kind of paper “{}”.", paper.kind),
        ))
    })?;
    let shelf = paper.shelf.filter(|shelf| !shelf.trim().is_empty());
    Ok(Evidence { shelf, ..Evidence::on_shelf(kind, paper.title, "") })
}

/// A scan, as it was attached.
#[utoipa::path(get, path = "/api/v1/files/{file}/papers/{event}/{position}", tag = "files", security(("token" = [])),
    params(
        ("file" = i64, Path, description = "Number of the file"),
        ("event" = String, Path, description = "Identity of the event that names the paper"),
        ("position" = usize, Path, description = "Which of its papers, from 0")
    ),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 403, body = Problem),
        (status = 404, body = Problem)
    ))]
pub(crate) async fn hand_out(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path((file, event, position)): Path<(i64, String, usize)>,
) -> Result<Response, Failure> {
    file_answer(site, move |site| {
        let case = CaseId(file);
        let file = site.store().case(case)?;
        let unit = site.store().unit(file.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        let event: EventId = event.parse().map_err(|_| Trouble::Missing)?;
        visitor.logs(site, Seen::file(unit.id, file.person, case))?;
        let kept = site.store().scan(case, event, position)?;
        Ok(scan_answer(case, event, position, kept))
    })
    .await
}
