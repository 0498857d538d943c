//! Files of workplaces: the template, the preview with everything that is wrong by row and column, and
//! taking the file over as a whole or not at all.

use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use app::roster::{ImportError, Watch, digest};
use app::workplaces::{ImportPreview, template};
use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Query, State};
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::text::Text;
use domain::unit::Unit;
use serde::Deserialize;

use super::coverage;
use crate::files::attached;
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::pages::roster::receive;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// Problems shown on the page.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "coverage_import.html")]
struct Page {
    f: Frame,
    unit: Unit,
    csrf: String,
    shown: Option<Shown>,
}

struct Shown {
    file_name: String,
    counts: (u64, u64, u64),
    problems: Vec<String>,
    n_more: usize,
    command: String,
    /// Under which number it waits to be confirmed; none while something is wrong.
    waits: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    unit: Option<i64>,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, wish.unit, None)?.render()?))).await
}

/// The unit whose register the visitor keeps.
fn kept(site: &Site, visitor: &Visitor, unit: Option<i64>) -> Result<Unit, Trouble> {
    let unit = coverage::wished(site, visitor, unit)?;
    visitor.may(site, Action::KeepRegister, &unit)?;
    Ok(unit)
}

fn page(site: &Site, visitor: &Visitor, unit: Option<i64>, shown: Option<Shown>) -> Result<Page, Trouble> {
    let unit = kept(site, visitor, unit)?;
    let title = visitor.t.say("coverage-import");
    let mut path = coverage::path_to(site, visitor, &unit)?;
    path.push((title.clone(), None));
    let f = Frame::of(site, visitor, Place::Coverage, title)?.path(path);
    Ok(Page { f, csrf: visitor.identity.csrf.clone(), unit, shown })
}

pub(super) async fn template_file(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        kept(site, &visitor, None)?;
        let bytes = template().map_err(|error| {
            tracing::error!(%error, "the template cannot be written");
            Trouble::Broken
        })?;
        Ok(attached(bytes, "miaopu-workplace-template.xlsx"))
    })
    .await
}

pub(super) async fn preview(
    State(site): State<Site>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
    form: Multipart,
) -> Response {
    let sent = match receive(form).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    site.work(move |site| {
        visitor.check(&sent.csrf)?;
        let unit = kept(site, &visitor, wish.unit)?;
        let sha256 = digest(sent.bytes.as_slice()).map_err(|_| Trouble::Broken)?;
        let mut watch = Watch { progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
        let source = Cursor::new(sent.bytes);
        let preview = site.store().preview_workplaces(unit.id, (&sent.name, &sha256), source, &mut watch)?;
        let mut shown = shown(&visitor, &preview);
        if preview.is_clean() {
            shown.waits = Some(site.keep_register(visitor.identity.account, unit.id, preview)?);
        }
        Ok(Html(page(site, &visitor, wish.unit, Some(shown))?.render()?))
    })
    .await
}

fn shown(visitor: &Visitor, preview: &ImportPreview) -> Shown {
    let problems = preview.problems.iter().take(SHOWN).map(|problem| visitor.t.of(&problem.text).to_owned());
    Shown {
        file_name: preview.file_name.clone(),
        counts: preview.counts(),
        problems: problems.collect(),
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
    Query(wish): Query<Wish>,
    Form(form): Form<Confirming>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        let unit = kept(site, &visitor, wish.unit)?;
        let Some(preview) = site.kept_register(visitor.identity.account, unit.id, form.waits)? else {
            return Err(Trouble::BadRequest(Text::new(
                "预览已过期，没有导入任何内容。请重新上传文件。",
                "The preview has expired; nothing was imported. Send the file again.",
            )));
        };
        let (actor, now, id) = (visitor.actor(), site.now(), command(&form.command)?);
        let receipt = match site.store().confirm_workplaces(actor, now, id, preview) {
            Ok(receipt) => receipt,
            Err(ImportError::Store(error)) => return Err(error.into()),
            Err(ImportError::Denied(denial)) => return Err(Trouble::Denied(denial.text)),
            Err(ImportError::Problems) => return Err(Trouble::Changed),
        };
        let mut page = page(site, &visitor, wish.unit, None)?;
        page.f =
            page.f.said(Some(visitor.t.count("coverage-import-done", receipt.n_events.saturating_sub(1))));
        Ok(Html(page.render()?))
    })
    .await
}
