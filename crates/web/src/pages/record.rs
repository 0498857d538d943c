//! The record, for anybody: its head, three ways to check it, and what a check proves. No names here.

use app::record::{EntryRow, Head};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::dates::{Instant, civil_day};
use jiff::civil::Date;
use serde::Deserialize;

use super::drawn::picture_code;
use crate::frame::{Frame, Place};
use crate::limits::Address;
use crate::site::Site;
use crate::verdict::{Verdict, checked};
use crate::visitor::{Guest, Visitor};
use crate::words::Markup;

#[derive(Template)]
#[template(path = "record.html")]
struct Page {
    f: Frame,
    head: Head,
    qr: Markup,
    verdict: Option<Verdict>,
    size: String,
    fingerprint: String,
    comparison: Option<bool>,
    is_signed_in: bool,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    size: String,
    #[serde(default)]
    fp: String,
    #[serde(default)]
    check: bool,
}

pub(crate) async fn show(
    State(site): State<Site>,
    from: Address,
    guest: Guest,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        if wish.check {
            site.limits().check(from)?;
        }
        let t = guest.t;
        let head = site.store().head()?;
        let verdict = if wish.check { Some(checked(site, &head)?) } else { None };
        let comparison = match wish.size.replace([',', ' '], "").parse() {
            Ok(size) if wish.fp.trim().len() >= 8 => {
                let known = site.store().head_at(size)?;
                Some(known.is_some_and(|head| head.root.starts_with(wish.fp.trim())))
            }
            Ok(_) | Err(_) => None,
        };
        let visitor = Visitor::of(guest.clone(), site).ok();
        let f = match &visitor {
            Some(visitor) => Frame::of(site, visitor, Place::Record, t.say("record-title"))?,
            None => Frame::open(site, &guest, t.say("record-title")),
        };
        let qr = picture_code(&head.note)?;
        let (size, fingerprint) = (wish.size, wish.fp);
        let is_signed_in = visitor.is_some();
        let page = Page { f, head, qr, verdict, size, fingerprint, comparison, is_signed_in };
        Ok(Html(page.render()?))
    })
    .await
}

pub(crate) async fn checkpoint(State(site): State<Site>) -> Response {
    site.work(|site| {
        let head = site.store().head()?;
        Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], head.note))
    })
    .await
}

#[derive(Template)]
#[template(path = "entries.html")]
struct EntriesPage {
    f: Frame,
    lines: Vec<Line>,
    next: Option<u64>,
}

struct Line {
    row: EntryRow,
    kind: String,
    unit: String,
    recorded_on: Date,
    time: String,
    by: String,
}

#[derive(Deserialize)]
pub(crate) struct From {
    before: Option<u64>,
}

const PAGE: u16 = 50;

/// Entries without what they say: for whoever signed in, the auditor above all.
pub(crate) async fn entries(
    State(site): State<Site>,
    visitor: Visitor,
    Query(from): Query<From>,
) -> Response {
    site.work(move |site| {
        let (t, store) = (visitor.t, site.store());
        visitor.may(site, Action::SeeLedger, &store.unit(visitor.grant.unit)?)?;
        let rows = store.entries(from.before.unwrap_or(u64::MAX), PAGE)?;
        let next = rows.last().map(|row| row.seq).filter(|seq| *seq > 0);
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let minutes = (row.recorded_at.div_euclid(60_000) + 8 * 60).rem_euclid(1440);
            let unit = store.unit(row.unit).ok();
            let account = row.actor.strip_prefix('a').and_then(|id| id.parse().ok());
            lines.push(Line {
                kind: t.word("event", &row.kind.replace('.', "-")),
                unit: unit.map_or_else(|| t.say("record-site"), |unit| t.of(&unit.name).to_owned()),
                recorded_on: civil_day(Instant(row.recorded_at)),
                time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
                by: match account {
                    Some(account) => super::file::account_name(site, t, domain::ids::AccountId(account))?,
                    None => t.say("file-by-program"),
                },
                row,
            });
        }
        let f = Frame::of(site, &visitor, Place::Record, t.say("record-entries"))?
            .path([(t.say("record-title"), Some("/record".to_owned())), (t.say("record-entries"), None)]);
        Ok(Html(EntriesPage { f, lines, next }.render()?).into_response())
    })
    .await
}
