//! Papers printed from the record: issuing one, what was issued, and for anybody whether a file is one.

use app::papers::Wanted;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::access::Action;
use domain::ids::CaseId;
use domain::paper::PaperKind;
use domain::text::{Language, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::files::command;
use super::{Caller, Failure, Problem, answer, file_answer};
use crate::limits::Address;
use crate::pages::issue::{failed, paper_answer};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;

/// Which paper.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedPaper {
    /// Kind of paper, such as `talk_record`.
    kind: String,
    /// `zh-CN` or `en`.
    language: String,
}

impl WantedPaper {
    fn read(&self) -> Result<Wanted, Trouble> {
        let language = match self.language.as_str() {
            "zh-CN" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        };
        let wanted = PaperKind::parse(&self.kind).zip(language);
        wanted.map(|(kind, language)| Wanted { kind, language }).ok_or_else(|| {
            let known: Vec<_> = PaperKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let known = known.join(", ");
            Trouble::BadRequest(Text::new(
                format!("没有这种文书或语言。文书：{known}；语言：zh-CN、en。"),
                format!("There is no such paper or language. Papers: {known}; languages: zh-CN, en."),
            ))
        })
    }
}

/// A paper that was issued, without what it says.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedPaper {
    /// Kind of paper.
    kind: String,
    /// Its language.
    language: String,
    /// Identity of the entry that records it, as printed on it.
    entry: String,
    /// Lower-case hexadecimal SHA-256 of the file.
    sha256: String,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
    /// Number of pages.
    n_pages: i64,
    /// Size of the log that is printed on it.
    log_size: u64,
}

impl IssuedPaper {
    fn of(row: app::papers::PaperRow) -> Self {
        let language = match row.language {
            Language::Zh => "zh-CN",
            Language::En => "en",
        };
        IssuedPaper {
            kind: row.kind.as_str().to_owned(),
            language: language.to_owned(),
            entry: row.event.to_string(),
            sha256: row.sha256,
            issued_on: row.issued_on,
            n_pages: row.n_pages,
            log_size: row.size,
        }
    }
}

/// Issue a paper of a file. The answer is the PDF; the record keeps its digest.
#[utoipa::path(post, path = "/api/v1/files/{file}/issued", tag = "files", security(("token" = [])),
    params(
        ("file" = i64, Path, description = "Number of the file"),
        WantedPaper,
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, description = "The paper", content_type = "application/pdf", body = Vec<u8>),
        (status = 400, body = Problem, description = "The file is not that far, or the paper cannot be printed"),
        (status = 403, body = Problem),
        (status = 404, body = Problem)
    ))]
pub(crate) async fn issue(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(file): Path<i64>,
    Query(paper): Query<WantedPaper>,
) -> Result<Response, Failure> {
    file_answer(site, move |site| {
        let (case, wanted) = (CaseId(file), paper.read()?);
        let file = site.store().case(case)?;
        let unit = site.store().unit(file.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        visitor.may(site, Action::IssuePaper, &unit)?;
        visitor.logs(site, Seen::file(unit.id, file.person, case))?;
        let (actor, command) = (visitor.actor(), command(&headers)?);
        let issued = site.store().issue_paper(site.press(), actor, site.now(), command, (case, wanted));
        Ok(paper_answer(issued.map_err(failed)?, wanted.kind, &case.to_string()))
    })
    .await
}

/// The papers issued from a file, the latest first.
#[utoipa::path(get, path = "/api/v1/files/{file}/issued", tag = "files", security(("token" = [])),
    params(("file" = i64, Path, description = "Number of the file")),
    responses(
        (status = 200, body = Vec<IssuedPaper>),
        (status = 403, body = Problem),
        (status = 404, body = Problem)
    ))]
pub(crate) async fn issued(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(file): Path<i64>,
) -> Result<Json<Vec<IssuedPaper>>, Failure> {
    answer(site, move |site| {
        let case = CaseId(file);
        let file = site.store().case(case)?;
        let unit = site.store().unit(file.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        visitor.logs(site, Seen::file(unit.id, file.person, case))?;
        Ok(site.store().papers_of(case)?.into_iter().map(IssuedPaper::of).collect())
    })
    .await
}

/// A printed file as anybody may know it.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnownPaper {
    /// Its place in the log.
    seq: u64,
    paper: IssuedPaper,
}

/// Whether the record knows a printed file, by its digest.
#[utoipa::path(get, path = "/api/v1/papers/{sha256}", tag = "open",
    params(("sha256" = String, Path, description = "Hexadecimal SHA-256 of the file")),
    responses(
        (status = 200, body = KnownPaper),
        (status = 404, body = Problem, description = "The record knows no such file"),
        (status = 429, body = Problem)
    ))]
pub(crate) async fn known(
    State(site): State<Site>,
    from: Address,
    Path(sha256): Path<String>,
) -> Result<Json<KnownPaper>, Failure> {
    answer(site, move |site| {
        site.limits().paper(from)?;
        let (row, seq) = site.store().check_paper(&sha256)?.ok_or(Trouble::Missing)?;
        Ok(KnownPaper { seq, paper: IssuedPaper::of(row) })
    })
    .await
}
