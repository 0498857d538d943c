//! The audit of papers from outside: a file is sent, judged, and answered. Nothing of it is stored, and
//! nothing is entered in the record.

use std::io::Write as _;
use std::sync::atomic::AtomicBool;

use app::audit_files::{Audit, Met, Tally, Workbook, audit_files};
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::audit::Found;
use domain::case_file::CaseFile;
use domain::finding::Finding;
use domain::rulebook::Rulebooks;
use domain::text::Text;

use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// Cases with findings shown on the page; the workbook has all of them.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    f: Frame,
    csrf: String,
    answer: Option<Answer>,
}

/// What the audit found.
#[derive(Default)]
struct Answer {
    tally: Tally,
    n_errors: usize,
    n_warnings: usize,
    n_cases: usize,
    cases: Vec<(String, Vec<Finding>)>,
    unreadable: Vec<String>,
}

/// What was sent.
#[derive(Default)]
struct Sent {
    csrf: String,
    name: String,
    bytes: Vec<u8>,
    as_workbook: bool,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, None)?.render()?))).await
}

fn page(site: &Site, visitor: &Visitor, answer: Option<Answer>) -> Result<Page, Trouble> {
    visitor.may(site, Action::RunAudit, &site.store().unit(visitor.grant.unit)?)?;
    let f = Frame::of(site, visitor, Place::Audit, visitor.t.say("audit-title"))?;
    Ok(Page { f, csrf: visitor.identity.csrf.clone(), answer })
}

pub(crate) async fn run(State(site): State<Site>, visitor: Visitor, form: Multipart) -> Response {
    let sent = match receive(form).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    site.work(move |site| {
        visitor.check(&sent.csrf)?;
        visitor.may(site, Action::RunAudit, &site.store().unit(visitor.grant.unit)?)?;
        site.limits().audit(visitor.identity.account)?;
        let broken = |error: std::io::Error| {
            tracing::error!(%error, "the audit failed");
            Trouble::Broken
        };
        if sent.as_workbook {
            let bytes = workbook(site, &sent).map_err(broken)?;
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            let name = "attachment; filename=\"miaopu-audit.xlsx\"";
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
            return Ok((headers, bytes).into_response());
        }
        let answer = judged(site, &sent).map_err(broken)?;
        Ok(Html(page(site, &visitor, Some(answer))?.render()?).into_response())
    })
    .await
}

async fn receive(mut form: Multipart) -> Result<Sent, Trouble> {
    let unreadable = |_| {
        Trouble::BadRequest(Text::new(
            "上传没有完成或文件过大（上限 32 MB）。更大的文件请用命令行 miaopu audit。",
            "The upload did not finish or is over 32 MB. For larger files use miaopu audit on the command line.",
        ))
    };
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "csrf" => sent.csrf = field.text().await.map_err(unreadable)?,
            "as" => sent.as_workbook = field.text().await.map_err(unreadable)? == "workbook",
            "file" => {
                sent.name = field.file_name().unwrap_or_default().to_owned();
                sent.bytes = field.bytes().await.map_err(unreadable)?.to_vec();
            }
            _ => {}
        }
    }
    Ok(sent)
}

/// Writes what was sent where the audit can read it, under a name of our own; gone when done.
fn put_aside(sent: &Sent) -> std::io::Result<tempfile::NamedTempFile> {
    let is_workbook = sent.name.to_ascii_lowercase().ends_with(".xlsx");
    let suffix = if is_workbook { ".xlsx" } else { ".jsonl" };
    let mut file = tempfile::Builder::new().prefix("miaopu-audit-").suffix(suffix).tempfile()?;
    file.write_all(&sent.bytes)?;
    file.flush()?;
    Ok(file)
}

fn each(
    site: &Site,
    sent: &Sent,
    mut take: impl FnMut(String, Vec<Finding>),
    mut unreadable: impl FnMut(String),
) -> std::io::Result<Tally> {
    let file = put_aside(sent)?;
    let books = Rulebooks::embedded();
    let stop = AtomicBool::new(false);
    let audit = Audit { books: &books, today: site.now().today, n_workers: 2, stop: &stop };
    let render = |file: &CaseFile, found: &[Found<'_>]| {
        (file.case.clone(), found.iter().cloned().map(Found::into_finding).collect::<Vec<_>>())
    };
    audit_files(&audit, &[file.path().to_owned()], render, |met| {
        match met {
            Met::Case((case, findings)) => take(case, findings),
            Met::Unreadable(place) => {
                unreadable(
                    place.line.map_or_else(|| place.what.clone(), |line| format!("{line}: {}", place.what)),
                );
            }
            Met::Progress(_) => {}
        }
        Ok(())
    })
}

fn judged(site: &Site, sent: &Sent) -> std::io::Result<Answer> {
    let mut answer = Answer::default();
    let mut places = Vec::new();
    let tally = each(
        site,
        sent,
        |case, findings| {
            let n_errors = findings.iter().filter(|finding| finding.is_error()).count();
            answer.n_errors += n_errors;
            answer.n_warnings += findings.len() - n_errors;
            if !findings.is_empty() {
                answer.n_cases += 1;
                if answer.cases.len() < SHOWN {
                    answer.cases.push((case, findings));
                }
            }
        },
        |place| places.push(place),
    )?;
    answer.tally = tally;
    answer.unreadable = places;
    Ok(answer)
}

fn workbook(site: &Site, sent: &Sent) -> std::io::Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("findings.xlsx");
    let workbook = Workbook::create(&path)?;
    each(site, sent, |case, findings| workbook.put(&case, &findings), |_| {})?;
    workbook.finish()?;
    std::fs::read(&path)
}
