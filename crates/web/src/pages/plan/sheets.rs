//! The sheet on which branches ask for places: sent out as a workbook, taken back with a preview of every
//! problem by row and column, and recorded as a whole or not at all.

use app::act::ActError;
use app::plans::SheetPreview;
use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::text::Text;
use domain::unit::Unit;
use serde::Deserialize;

use super::{scope, unit_in_scope};
use crate::files::attached;
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::pages::roster::receive;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// Problems and rows shown on the page.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "plan_sheet.html")]
struct Page {
    f: Frame,
    plan: i64,
    unit: Unit,
    may_send: bool,
    until: String,
    csrf: String,
    shown: Option<Shown>,
    findings: Vec<Finding>,
}

/// A preview, as the page shows it.
struct Shown {
    file_name: String,
    counts: String,
    rows: Vec<Row>,
    errors: Vec<String>,
    warnings: Vec<String>,
    n_more: usize,
    command: String,
    /// Under which number it waits to be confirmed; none while something is wrong or nothing is new.
    waits: Option<u64>,
}

struct Row {
    number: u32,
    name: String,
    before: String,
    n: String,
    reason: String,
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (plan, unit): (i64, i64),
    shown: Option<Shown>,
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let (row, own) = scope(site, visitor, plan)?;
    let unit = unit_in_scope(site, visitor, &own, unit)?;
    let title = t.say("sheet-title");
    let path = [
        (t.say("plan-menu"), Some("/plan".to_owned())),
        (t.with("plan-title", &[("year", row.year.to_string())]), Some(format!("/plan/{plan}"))),
        (t.of(&unit.name).to_owned(), Some(format!("/plan/{plan}/units/{}", unit.id))),
        (title.clone(), None),
    ];
    Ok(Page {
        f: Frame::of(site, visitor, Place::Plan, title)?.path(path),
        plan,
        may_send: row.adopted_on.is_none() && visitor.may(site, Action::AskPlan, &unit).is_ok(),
        until: t.plain_day(&row.terms.ask_by),
        csrf: visitor.identity.csrf.clone(),
        shown,
        findings: Vec::new(),
        unit,
    })
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(at): Path<(i64, i64)>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, at, None)?.render()?))).await
}

pub(super) async fn file(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, unit)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        let (row, own) = scope(site, &visitor, plan)?;
        let unit = unit_in_scope(site, &visitor, &own, unit)?;
        let language = visitor.t.language();
        let bytes = site.store().request_sheet(row.id, unit.id, site.now().today, language)?;
        Ok(attached(bytes, &format!("miaopu-requests-{}-{}.xlsx", row.year, unit.id)))
    })
    .await
}

pub(super) async fn preview(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, unit)): Path<(i64, i64)>,
    form: Multipart,
) -> Response {
    let sent = match receive(form).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    site.work(move |site| {
        visitor.check(&sent.csrf)?;
        let (row, own) = scope(site, &visitor, plan)?;
        let here = unit_in_scope(site, &visitor, &own, unit)?;
        visitor.may(site, Action::AskPlan, &here)?;
        let at = (row.id, here.id);
        let file = (sent.name.as_str(), sent.bytes);
        let preview = site.store().preview_requests(visitor.actor(), site.now(), at, file)?;
        let mut shown = shown(&visitor, &preview);
        let is_clean = preview.is_clean();
        if is_clean && !preview.rows.is_empty() {
            shown.waits = Some(site.keep_sheet(visitor.identity.account, at, preview)?);
        }
        let html = Html(page(site, &visitor, (plan, unit), Some(shown))?.render()?);
        let status = if is_clean { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        Ok((status, html))
    })
    .await
}

fn shown(visitor: &Visitor, preview: &SheetPreview) -> Shown {
    let t = visitor.t;
    let said = |is_error: bool| {
        let told = preview.problems.iter().filter(move |problem| problem.is_error == is_error);
        told.map(|problem| t.of(&problem.text).to_owned()).take(SHOWN).collect::<Vec<_>>()
    };
    let row = |row: &app::plans::SheetRow| Row {
        number: row.number,
        name: t.of(&row.name).to_owned(),
        before: row.before.map_or_else(String::new, |n| t.number(n)),
        n: t.number(row.request.n),
        reason: row.request.reason.clone(),
    };
    Shown {
        file_name: preview.file_name.clone(),
        counts: t.with(
            "sheet-counts",
            &[
                ("rows", t.number(preview.rows.len())),
                ("n", t.number(preview.n_asked())),
                ("same", t.number(preview.n_same)),
                ("silent", t.number(preview.n_silent)),
            ],
        ),
        rows: preview.rows.iter().take(SHOWN).map(row).collect(),
        errors: said(true),
        warnings: said(false),
        n_more: preview.n_problems.saturating_sub(SHOWN),
        command: new_command(),
        waits: None,
    }
}

#[derive(Deserialize)]
pub(super) struct Confirming {
    csrf: String,
    command: String,
    waits: u64,
}

pub(super) async fn confirm(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, unit)): Path<(i64, i64)>,
    Form(form): Form<Confirming>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        let (row, own) = scope(site, &visitor, plan)?;
        let here = unit_in_scope(site, &visitor, &own, unit)?;
        visitor.may(site, Action::AskPlan, &here)?;
        let kept = site.kept_sheet(visitor.identity.account, (row.id, here.id), form.waits)?;
        let Some(preview) = kept else { return Err(Trouble::BadRequest(expired())) };
        let id = command(&form.command)?;
        let n = preview.rows.len();
        match site.store().confirm_requests(visitor.actor(), site.now(), id, preview) {
            Ok(_) => {
                let mut page = page(site, &visitor, (plan, unit), None)?;
                page.f = page.f.said(Some(visitor.t.count("sheet-done", n)));
                Ok((StatusCode::OK, Html(page.render()?)))
            }
            Err(ActError::Refused(refusal)) => {
                let mut page = page(site, &visitor, (plan, unit), None)?;
                page.findings = refusal.findings;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// A preview that was made too long ago.
fn expired() -> Text {
    Text::new(
        "预览已过期，没有记录任何内容。请重新上传文件。",
        "The preview has expired; nothing was recorded. Send the file again.",
    )
}
