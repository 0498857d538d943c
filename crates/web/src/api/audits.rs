//! The audit of papers from outside. Nothing of what is sent is kept.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use domain::access::Action;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::FindingAnswer;
use super::{Caller, Failure, Problem, answer};
use crate::judging::Papers;
use crate::site::Site;
use crate::trouble::Trouble;

/// What is sent.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Named {
    /// Its ending says how it is read: `.xlsx` a workbook, anything else lines of JSON.
    #[serde(default)]
    file_name: String,
}

/// What the audit found.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct AuditAnswer {
    /// Cases judged.
    n_cases: u64,
    /// Records that could not be read.
    n_unreadable: u64,
    /// Cases with findings, in the order of the file.
    cases: Vec<CaseAnswer>,
    /// What could not be read: place and reason.
    unreadable: Vec<UnreadableAnswer>,
}

/// A case with its findings.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseAnswer {
    case: String,
    findings: Vec<FindingAnswer>,
}

/// A record that could not be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnreadableAnswer {
    /// The line, or the row of a workbook, from 1.
    line: Option<u64>,
    /// The place and what is wrong there.
    what: String,
}

/// Judge admission files (`miaopu-case/1`). The body is the file itself, at most 32 MB; larger ones are for
/// the command line.
#[utoipa::path(post, path = "/api/v1/audits", tag = "audits", security(("token" = [])), params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = AuditAnswer), (status = 403, body = Problem)))]
pub(crate) async fn judge(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Query(named): Query<Named>,
    body: Bytes,
) -> Result<Json<AuditAnswer>, Failure> {
    answer(site, move |site| {
        visitor.may(site, Action::RunAudit, &site.store().unit(visitor.grant.unit)?)?;
        site.limits().audit(visitor.identity.account)?;
        let papers = Papers { name: named.file_name, bytes: body.to_vec() };
        let (mut cases, mut unreadable) = (Vec::new(), Vec::new());
        let take = |case, findings: Vec<domain::finding::Finding>| {
            if !findings.is_empty() {
                cases.push(CaseAnswer { case, findings: findings.iter().map(FindingAnswer::of).collect() });
            }
        };
        let refuse = |place: app::audit_files::Unreadable| {
            unreadable.push(UnreadableAnswer { line: place.line, what: place.what });
        };
        let tally = papers.judge(site.now().today, take, refuse).map_err(|error| {
            tracing::error!(%error, "the audit failed");
            Trouble::Broken
        })?;
        Ok(AuditAnswer { n_cases: tally.n_cases, n_unreadable: tally.n_unreadable, cases, unreadable })
    })
    .await
}
