//! The audit of papers from outside: a file is sent, judged, and answered. Nothing of it is stored, and
//! nothing is entered in the record.

use app::audit_files::Tally;
use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::text::Text;

use crate::files::attached;
use crate::frame::{Frame, Place};
use crate::judging::Papers;
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
    papers: Papers,
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
            let bytes = sent.papers.workbook(site.now().today).map_err(broken)?;
            return Ok(attached(bytes, "miaopu-audit.xlsx"));
        }
        let answer = judged(site, &sent.papers).map_err(broken)?;
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
                sent.papers.name = field.file_name().unwrap_or_default().to_owned();
                sent.papers.bytes = field.bytes().await.map_err(unreadable)?.to_vec();
            }
            _ => {}
        }
    }
    Ok(sent)
}

fn judged(site: &Site, papers: &Papers) -> std::io::Result<Answer> {
    let mut answer = Answer::default();
    let mut places = Vec::new();
    let tally = papers.judge(
        site.now().today,
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
        |place| {
            places.push(
                place.line.map_or_else(|| place.what.clone(), |line| format!("{line}: {}", place.what)),
            );
        },
    )?;
    answer.tally = tally;
    answer.unreadable = places;
    Ok(answer)
}
