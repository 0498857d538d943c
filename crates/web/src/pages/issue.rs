//! Papers out of the record: of one file, of a plan, and of many files at once; and for anybody the page
//! that holds a printed file against the record.

use std::sync::Arc;

use app::papers::{Batch, Issued, PaperError, PaperRow, Skipped, Wanted, digest};
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::ids::{CaseId, PlanId, UnitId};
use domain::paper::PaperKind;
use domain::text::{Language, Text};
use domain::unit::Unit;

use super::people::{command, new_command};
use crate::files::attached;
use crate::frame::{Frame, Place, unit_path};
use crate::limits::Address;
use crate::printing::{Job, Order};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::upload::{Posted, read_answers};
use crate::visitor::{Guest, Visitor};

#[derive(Template)]
#[template(path = "issue.html")]
struct Page {
    f: Frame,
    case: CaseId,
    person: String,
    kinds: Vec<(PaperKind, Text)>,
    issued: Vec<(PaperRow, Text)>,
    refused: Option<Text>,
    csrf: String,
    command: String,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Path(case): Path<i64>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, CaseId(case), None)?.render()?))).await
}

pub(crate) async fn issue(
    State(site): State<Site>,
    visitor: Visitor,
    Path(case): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let posted = Posted { answers: read_answers(&form), file: None };
        visitor.check(posted.said("csrf"))?;
        let id = command(posted.said("command"))?;
        let case = CaseId(case);
        let (file, _) = seen(site, &visitor, case)?;
        let wanted = wanted(&posted)?;
        let issued = site.store().issue_paper(site.press(), visitor.actor(), site.now(), id, (case, wanted));
        match issued {
            Ok(issued) => {
                visitor.logs(site, Seen::file(file.unit, file.person, case))?;
                Ok(paper_answer(issued, wanted.kind, &case.to_string()))
            }
            Err(error) => {
                let page = page(site, &visitor, case, Some(told(error)?))?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

/// A printed file, under a name that says what it is and nothing of whom it is about.
pub(crate) fn paper_answer(issued: Issued, kind: PaperKind, of: &str) -> Response {
    attached(issued.printed.bytes, &format!("miaopu-{}-{of}.pdf", kind.as_str().replace('_', "-")))
}

/// What stood in the way, for whoever can mend it.
fn told(error: PaperError) -> Result<Text, Trouble> {
    match error.text() {
        Some(text) => Ok(text),
        None => Err(failed(error)),
    }
}

/// The trouble behind a paper that was not issued.
pub(crate) fn failed(error: PaperError) -> Trouble {
    match error {
        PaperError::Store(error) => error.into(),
        PaperError::Denied(denial) => Trouble::Denied(denial.text),
        PaperError::Unprinted(_) | PaperError::NotReady | PaperError::ChangedSince => {
            Trouble::BadRequest(error.text().unwrap_or_else(|| Text::new("未出具", "not issued")))
        }
    }
}

fn seen(site: &Site, visitor: &Visitor, case: CaseId) -> Result<(domain::case::Case, Unit), Trouble> {
    let file = site.store().case(case)?;
    let unit = site.store().unit(file.unit)?;
    visitor.may(site, Action::SeeFile, &unit)?;
    visitor.may(site, Action::IssuePaper, &unit)?;
    Ok((file, unit))
}

fn wanted(posted: &Posted) -> Result<Wanted, Trouble> {
    let unknown =
        || Trouble::BadRequest(Text::new("请选择文书种类和语言。", "Choose a kind of paper and a language."));
    let language = match posted.said("language") {
        "zh-CN" => Language::Zh,
        "en" => Language::En,
        _ => return Err(unknown()),
    };
    Ok(Wanted { kind: PaperKind::parse(posted.said("kind")).ok_or_else(unknown)?, language })
}

fn page(site: &Site, visitor: &Visitor, case: CaseId, refused: Option<Text>) -> Result<Page, Trouble> {
    let (t, store) = (visitor.t, site.store());
    let (file, unit) = seen(site, visitor, case)?;
    visitor.logs(site, Seen::file(unit.id, file.person, case))?;
    let person = store.particulars(file.person)?.name;
    let title = t.say("issue-title");
    let mut path = unit_path(site, visitor, &unit)?;
    path.push((person.clone(), Some(format!("/files/{case}"))));
    path.push((title.clone(), None));
    Ok(Page {
        f: Frame::of(site, visitor, Place::People, title)?.path(path),
        case,
        person,
        kinds: PaperKind::ready(&file).map(|kind| (kind, kind.name())).collect(),
        issued: store.papers_of(case)?.into_iter().map(named).collect(),
        refused,
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
    })
}

fn named(row: PaperRow) -> (PaperRow, Text) {
    let name = row.kind.name();
    (row, name)
}

/// The paper of a plan, with the numbers of every unit below the one that the visitor acts for.
pub(crate) async fn plan(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let posted = Posted { answers: read_answers(&form), file: None };
        visitor.check(posted.said("csrf"))?;
        let id = command(posted.said("command"))?;
        let (row, own) = super::plan::scope(site, &visitor, plan)?;
        visitor.may(site, Action::IssuePaper, &own)?;
        let what = (PlanId(plan), own.id, visitor.t.language());
        let issued = site.store().issue_plan(site.press(), visitor.actor(), site.now(), id, what);
        Ok(paper_answer(issued.map_err(failed)?, PaperKind::Plan, &row.year.to_string()))
    })
    .await
}

#[derive(Template)]
#[template(path = "printing.html")]
struct BatchPage {
    f: Frame,
    unit: Unit,
    kinds: Vec<(PaperKind, Text)>,
    /// The batch that the visitor began here, if one is there.
    job: Option<Shown>,
    nothing: Option<Text>,
    csrf: String,
    command: String,
}

/// A batch as the page shows it.
struct Shown {
    name: Text,
    n_done: usize,
    n: usize,
    is_over: bool,
    is_stopped: bool,
    n_issued: usize,
    skipped: Vec<(CaseId, String)>,
    /// Those beyond the ones that are listed.
    n_more: usize,
}

/// Files that are named when they were left out; the archive lists all.
const LISTED: usize = 20;

pub(crate) async fn batch(State(site): State<Site>, visitor: Visitor, Path(unit): Path<i64>) -> Response {
    site.work(move |site| {
        let page = batch_page(site, &visitor, UnitId(unit), None)?;
        let is_under_way = page.job.as_ref().is_some_and(|job| !job.is_over);
        let html = Html(page.render()?);
        // Without a script the browser asks again by itself.
        Ok(if is_under_way {
            ([(HeaderName::from_static("refresh"), "1")], html).into_response()
        } else {
            html.into_response()
        })
    })
    .await
}

fn batch_page(
    site: &Site,
    visitor: &Visitor,
    unit: UnitId,
    nothing: Option<Text>,
) -> Result<BatchPage, Trouble> {
    let unit = site.store().unit(unit)?;
    visitor.may(site, Action::IssuePaper, &unit)?;
    visitor.may(site, Action::ExportList, &unit)?;
    let title = visitor.t.say("printing-title");
    let mut path = unit_path(site, visitor, &unit)?;
    path.push((title.clone(), None));
    let job = site.printing().of(visitor.identity.account).filter(|job| job.unit == unit.id);
    Ok(BatchPage {
        f: Frame::of(site, visitor, Place::Units, title)?.path(path),
        kinds: of_files().map(|kind| (kind, kind.name())).collect(),
        job: job.map(|job| shown(&job)),
        nothing,
        unit,
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
    })
}

/// Kinds of paper that files have.
fn of_files() -> impl Iterator<Item = PaperKind> {
    PaperKind::ALL.iter().copied().filter(|kind| *kind != PaperKind::Plan)
}

fn shown(job: &Arc<Job>) -> Shown {
    let ((n_done, n), outcome) = (job.progress(), job.outcome());
    let batch: Option<&Batch> = outcome.as_deref().and_then(Option::as_ref);
    let refused = batch.map(|batch| {
        let refused = batch.skipped.iter().filter(|(_, why)| !matches!(why, Skipped::Stopped));
        refused.map(|(case, why)| (*case, why.line())).collect::<Vec<_>>()
    });
    let mut skipped = refused.unwrap_or_default();
    let n_more = skipped.len().saturating_sub(LISTED);
    skipped.truncate(LISTED);
    Shown {
        name: job.wanted.kind.name(),
        n_done,
        n,
        is_over: outcome.is_some(),
        is_stopped: batch.is_some_and(|batch| batch.is_stopped),
        n_issued: batch.map_or(0, |batch| batch.n_issued),
        skipped,
        n_more,
    }
}

pub(crate) async fn begin(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let posted = Posted { answers: read_answers(&form), file: None };
        visitor.check(posted.said("csrf"))?;
        let (command, wanted) = (command(posted.said("command"))?, wanted(&posted)?);
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::IssuePaper, &unit)?;
        visitor.may(site, Action::ExportList, &unit)?;
        site.limits().export(visitor.identity.account)?;
        let files = site.store().files_ready_for(unit.id, wanted)?;
        if files.is_empty() {
            let nothing = Text::new(
                "该组织以下没有办到这一步的在办档案。",
                "No running file below this unit has something to say for this paper yet.",
            );
            let page = batch_page(site, &visitor, unit.id, Some(nothing))?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
        visitor.logs(site, Seen::list(unit.id, files.len()))?;
        let order = Order { actor: visitor.actor(), unit: unit.id, files, wanted, command };
        site.printing().begin(site, visitor.identity.account, order)?;
        Ok(Redirect::to(&format!("/units/{}/printing", unit.id)).into_response())
    })
    .await
}

pub(crate) async fn stop(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let posted = Posted { answers: read_answers(&form), file: None };
        visitor.check(posted.said("csrf"))?;
        if let Some(job) = site.printing().of(visitor.identity.account) {
            job.stop();
        }
        Ok(Redirect::to(&format!("/units/{unit}/printing")))
    })
    .await
}

pub(crate) async fn archive(State(site): State<Site>, visitor: Visitor, Path(unit): Path<i64>) -> Response {
    site.work(move |site| {
        let job = site.printing().of(visitor.identity.account).filter(|job| job.unit == UnitId(unit));
        let outcome = job.and_then(|job| job.outcome()).ok_or(Trouble::Missing)?;
        let batch = Option::as_ref(&outcome).ok_or(Trouble::Broken)?;
        Ok(attached(batch.zip.clone(), "miaopu-papers.zip"))
    })
    .await
}

#[derive(Template)]
#[template(path = "paper_check.html")]
struct CheckPage {
    f: Frame,
    sha256: String,
    /// What was found of what was sent, if something was.
    found: Option<Option<Known>>,
}

/// An issued paper as anybody may know it.
struct Known {
    row: PaperRow,
    seq: u64,
    kind: Text,
}

pub(crate) async fn check_form(State(site): State<Site>, guest: Guest) -> Response {
    site.work(move |site| Ok(Html(check_page(site, &guest, String::new(), None)?.render()?))).await
}

/// The file is read, its digest is taken, and it is forgotten.
pub(crate) async fn check(State(site): State<Site>, from: Address, guest: Guest, posted: Posted) -> Response {
    site.work(move |site| {
        site.limits().paper(from)?;
        let sha256 = match &posted.file {
            Some((_, bytes)) if !bytes.is_empty() => digest(bytes),
            Some(_) | None => posted.said("sha256").to_ascii_lowercase(),
        };
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let page = check_page(site, &guest, sha256, None)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
        let found = site.store().check_paper(&sha256)?;
        let known = found.map(|(row, seq)| Known { kind: row.kind.name(), row, seq });
        Ok(Html(check_page(site, &guest, sha256, Some(known))?.render()?).into_response())
    })
    .await
}

fn check_page(
    site: &Site,
    guest: &Guest,
    sha256: String,
    found: Option<Option<Known>>,
) -> Result<CheckPage, Trouble> {
    let title = guest.t.say("paper-check-title");
    let f = match Visitor::of(guest.clone(), site) {
        Ok(visitor) => Frame::of(site, &visitor, Place::Record, title)?,
        Err(_) => Frame::open(site, guest, title),
    };
    Ok(CheckPage { f, sha256, found })
}
