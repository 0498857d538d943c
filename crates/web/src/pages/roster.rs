//! Rosters in and out: the template, the preview of a file with everything that is wrong, taking it over,
//! and the export with its purpose.

use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use app::roster::{ImportError, Plan, Preview, Purpose, Watch, digest, template};
use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::ids::UnitId;
use domain::text::Text;
use domain::unit::Unit;
use serde::Deserialize;

use super::people::{command, new_command};
use crate::files::attached;
use crate::frame::{Frame, Place, unit_path};
use crate::site::Site;
use crate::trouble::{Trouble, unexplained};
use crate::visitor::Visitor;

/// Problems and changes shown on the page.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "roster.html")]
struct Page {
    f: Frame,
    unit: Unit,
    csrf: String,
    may_import: bool,
    may_export: bool,
    may_unmask: bool,
    shown: Option<Shown>,
}

/// A preview, as the page shows it.
struct Shown {
    file_name: String,
    counts: (u64, u64, u64),
    problems: Vec<String>,
    n_more: usize,
    changes: Vec<(u32, String, String)>,
    command: String,
    /// Under which number it waits to be confirmed; none while something is wrong.
    waits: Option<u64>,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Path(unit): Path<i64>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, UnitId(unit), None)?.render()?))).await
}

fn page(site: &Site, visitor: &Visitor, unit: UnitId, shown: Option<Shown>) -> Result<Page, Trouble> {
    let unit = site.store().unit(unit)?;
    visitor.may(site, Action::SeeRoster, &unit)?;
    let may = |action| visitor.may(site, action, &unit).is_ok();
    let title = visitor.t.say("roster-title");
    let mut path = unit_path(site, visitor, &unit)?;
    path.push((title.clone(), None));
    Ok(Page {
        f: Frame::of(site, visitor, Place::Units, title)?.path(path),
        csrf: visitor.identity.csrf.clone(),
        may_import: may(Action::ImportRoster),
        may_export: may(Action::ExportList),
        may_unmask: may(Action::Unmask),
        unit,
        shown,
    })
}

pub(crate) async fn template_file(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        visitor.may(site, Action::ImportRoster, &site.store().unit(visitor.grant.unit)?)?;
        let bytes = template().map_err(|error| {
            tracing::error!(%error, "the template cannot be written");
            Trouble::Broken
        })?;
        Ok(attached(bytes, "miaopu-roster-template.xlsx"))
    })
    .await
}

/// A file that was sent, with the token of its form.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) csrf: String,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads a form with a file to its end.
pub(crate) async fn receive(mut form: Multipart) -> Result<Sent, Trouble> {
    let unreadable = |_| {
        Trouble::BadRequest(Text::new(
            "上传没有完成或文件过大（上限 32 MB）。没有导入任何内容。",
            "The upload did not finish or is over 32 MB. Nothing was imported.",
        ))
    };
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "csrf" => sent.csrf = field.text().await.map_err(unreadable)?,
            "file" => {
                sent.name = field.file_name().unwrap_or_default().to_owned();
                sent.bytes = field.bytes().await.map_err(unreadable)?.to_vec();
            }
            _ => {}
        }
    }
    Ok(sent)
}

pub(crate) async fn preview(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    form: Multipart,
) -> Response {
    let sent = match receive(form).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    site.work(move |site| {
        visitor.check(&sent.csrf)?;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ImportRoster, &unit)?;
        let sha256 = digest(sent.bytes.as_slice()).map_err(|_| Trouble::Broken)?;
        let mut watch = Watch { progress: &mut |_| {}, cancel: &AtomicBool::new(false) };
        let (source, today) = (Cursor::new(sent.bytes), site.now().today);
        let preview = site.store().preview_roster(unit.id, &sent.name, &sha256, source, today, &mut watch)?;
        let mut shown = shown(&visitor, &preview);
        if preview.is_clean() {
            shown.waits = Some(site.keep_preview(visitor.identity.account, unit.id, preview)?);
        }
        Ok(Html(page(site, &visitor, unit.id, Some(shown))?.render()?))
    })
    .await
}

fn shown(visitor: &Visitor, preview: &Preview) -> Shown {
    let problems = preview.problems.iter().take(SHOWN).map(|problem| visitor.t.of(&problem.text).to_owned());
    let changes = preview.rows.iter().filter_map(|row| match &row.plan {
        Plan::Changed(_, changes) => {
            let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
            Some((row.number, row.name.clone(), fields.join(", ")))
        }
        Plan::New(..) | Plan::Same(_) => None,
    });
    Shown {
        file_name: preview.file_name.clone(),
        counts: preview.counts(),
        problems: problems.collect(),
        n_more: preview.n_problems.saturating_sub(SHOWN),
        changes: changes.take(SHOWN).collect(),
        command: new_command(),
        waits: None,
    }
}

#[derive(Deserialize)]
pub(crate) struct Confirming {
    csrf: String,
    command: String,
    waits: u64,
}

pub(crate) async fn confirm(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    Form(form): Form<Confirming>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ImportRoster, &unit)?;
        let Some(preview) = site.kept_preview(visitor.identity.account, unit.id, form.waits)? else {
            return Err(Trouble::BadRequest(Text::new(
                "预览已过期，没有导入任何内容。请重新上传文件。",
                "The preview has expired; nothing was imported. Send the file again.",
            )));
        };
        let command = command(&form.command)?;
        let receipt = match site.store().confirm_roster(visitor.actor(), site.now(), command, preview) {
            Ok(receipt) => receipt,
            Err(ImportError::Store(error)) => return Err(error.into()),
            Err(ImportError::Denied(denial)) => return Err(Trouble::Denied(denial.text)),
            Err(ImportError::Problems) => return Err(Trouble::Changed),
        };
        let mut page = page(site, &visitor, unit.id, None)?;
        page.f = page.f.said(Some(visitor.t.count("roster-done", receipt.n_events.saturating_sub(1))));
        Ok((StatusCode::OK, Html(page.render()?)))
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct Exporting {
    csrf: String,
    purpose: String,
    #[serde(default)]
    numbers: String,
    #[serde(default)]
    kind: String,
}

pub(crate) async fn export(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    Form(form): Form<Exporting>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ExportList, &unit)?;
        let with_numbers = form.numbers == "true";
        if with_numbers {
            visitor.may(site, Action::Unmask, &unit)?;
        }
        if form.purpose.trim().is_empty() {
            return Err(Trouble::BadRequest(unexplained()));
        }
        site.limits().export(visitor.identity.account)?;
        let is_csv = form.kind == "csv";
        let purpose = Purpose { text: form.purpose.trim().to_owned(), with_numbers, is_csv };
        let bytes = site.store().export_roster(visitor.actor(), site.now(), unit.id, &purpose)?;
        let kind = if is_csv { "csv" } else { "xlsx" };
        Ok(attached(bytes, &format!("miaopu-roster-{}.{kind}", unit.id)))
    })
    .await
}
