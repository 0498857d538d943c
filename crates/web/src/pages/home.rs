//! The first page: what waits, the most pressing first; then where everyone stands.

use std::collections::HashMap;

use app::admission::{Docket, Entry};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use domain::access::Action;
use domain::agenda::Pressure;
use domain::ids::{PersonId, UnitId};
use domain::person::Stage;
use domain::rulebook::Actor;
use jiff::civil::Date;
use serde::Deserialize;

use super::batch::is_for;
use super::drawn;
use super::figures::{Figures, figures};
use super::file::kind_of;
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

/// Things shown before "all of them".
const FIRST: usize = 8;
/// Things on a page of the whole list.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    f: Frame,
    n: usize,
    n_overdue: usize,
    n_pressing: usize,
    first: Vec<Line>,
    queues: Vec<Queue>,
    scale: Markup,
    pyramid: Markup,
    figures: Figures,
    n_members: i64,
    n_women: i64,
    n_educated: i64,
}

/// One thing due, as a list shows it.
pub(crate) struct Line {
    pub(crate) href: String,
    pub(crate) task: String,
    pub(crate) person: String,
    pub(crate) unit: String,
    pub(crate) who: String,
    pub(crate) latest_on: Option<Date>,
    pub(crate) days: String,
    pub(crate) tone: &'static str,
    pub(crate) sign: &'static str,
}

struct Queue {
    strip: Markup,
    href: String,
    name: String,
    n: usize,
    n_overdue: usize,
    n_pressing: usize,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        if visitor.role().is_officer() {
            return Ok(axum::response::Redirect::to("/record").into_response());
        }
        if visitor.role() == domain::role::Role::Applicant {
            return Ok(axum::response::Redirect::to("/exams").into_response());
        }
        let t = visitor.t;
        let docket = site.store().docket(visitor.grant.unit, site.now().today)?;
        let first: Vec<&Entry> = docket.entries.iter().filter(|entry| entry.is_to_do()).take(FIRST).collect();
        let composition = site.store().composition(visitor.grant.unit)?;
        let sees_names = visitor.sees(site, Action::SeeRoster)?;
        let list = |stage: Stage| sees_names.then(|| format!("/people?stage={}", stage.as_str()));
        let page = Page {
            n: docket.n_to_do(),
            n_overdue: docket.n_with(Pressure::Overdue),
            n_pressing: docket.n_with(Pressure::Pressing),
            first: lines(site, &visitor, &first)?,
            queues: queues(t, &docket),
            scale: drawn::scale(t),
            pyramid: drawn::pyramid(t, &composition, site.now().today),
            figures: figures(site, t, (visitor.grant.unit, &composition), list)?,
            n_members: composition.n_members(),
            n_women: composition.n_of(domain::person::Sex::Female),
            n_educated: composition.n_educated,
            f: Frame::of(site, &visitor, Place::Home, t.say("home-title"))?,
        };
        Ok(Html(page.render()?).into_response())
    })
    .await
}

/// Lines with names of units, and of people for whoever may see their files.
pub(crate) fn lines(site: &Site, visitor: &Visitor, entries: &[&Entry]) -> Result<Vec<Line>, Trouble> {
    let t = visitor.t;
    let sees_names = visitor.sees(site, Action::SeeFile)?;
    let ids: Vec<PersonId> = entries.iter().map(|entry| entry.person).collect();
    let names = if sees_names { site.store().names(&ids)? } else { HashMap::new() };
    let mut units: HashMap<UnitId, String> = HashMap::new();
    for entry in entries {
        if let std::collections::hash_map::Entry::Vacant(place) = units.entry(entry.unit) {
            place.insert(t.of(&site.store().unit(entry.unit)?.name).to_owned());
        }
    }
    let line = |entry: &&Entry| Line {
        href: if sees_names { format!("/files/{}", entry.case) } else { format!("/units/{}", entry.unit) },
        task: t.of(&entry.due.name).to_owned(),
        person: names.get(&entry.person).cloned().unwrap_or_default(),
        unit: units.get(&entry.unit).cloned().unwrap_or_default(),
        who: owed_by(t, &entry.due.owed_by),
        latest_on: entry.due.latest_on,
        days: days_left(t, entry.due.days_left),
        tone: tone(entry.due.pressure),
        sign: sign(entry.due.pressure),
    };
    Ok(entries.iter().map(line).collect())
}

/// The offices that owe something, in words.
pub(crate) fn owed_by(t: Words, actors: &[Actor]) -> String {
    let names: Vec<String> = actors.iter().map(|actor| t.word("actor", actor.as_str())).collect();
    names.join(&t.say("list-comma"))
}

/// "9 days over", "today is the last day", "11 days left", or that there is no last day.
pub(crate) fn days_left(t: Words, days: Option<i64>) -> String {
    match days {
        Some(days) if days < 0 => t.count("days-over", -days),
        Some(0) => t.say("days-today"),
        Some(days) => t.count("days-left", days),
        None => t.say("days-none"),
    }
}

pub(crate) fn tone(pressure: Pressure) -> &'static str {
    match pressure {
        Pressure::Overdue => "stop",
        Pressure::Pressing => "wait",
        Pressure::Open => "",
        Pressure::Waiting => "idle",
    }
}

pub(crate) fn sign(pressure: Pressure) -> &'static str {
    match pressure {
        Pressure::Overdue => "late",
        Pressure::Pressing => "wait",
        Pressure::Open => "next",
        Pressure::Waiting => "idle",
    }
}

/// Things due by their name, the most overdue first.
fn queues(t: Words, docket: &Docket) -> Vec<Queue> {
    let queue = |(position, queue): (usize, &app::admission::Queue)| Queue {
        strip: drawn::strip(t, position, &queue.days_left),
        href: format!("/waiting?task={}", urlencode(t.of(&queue.name))),
        name: t.of(&queue.name).to_owned(),
        n: queue.n,
        n_overdue: queue.n_overdue,
        n_pressing: queue.n_pressing,
    };
    docket.queues.iter().enumerate().map(queue).collect()
}

fn urlencode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    task: String,
    #[serde(default)]
    pressure: String,
    #[serde(default)]
    page: usize,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage {
    f: Frame,
    task: String,
    n: usize,
    lines: Vec<Line>,
    page: usize,
    n_pages: usize,
    query: String,
    /// The way to do several of them at once, where they are one step that allows it.
    batch: Option<String>,
}

pub(crate) async fn waiting(
    State(site): State<Site>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let docket = site.store().docket(visitor.grant.unit, site.now().today)?;
        let is_wanted = |entry: &&Entry| {
            let is_pressing = wish.pressure.is_empty() || entry.due.pressure.as_str() == wish.pressure;
            let is_task = wish.task.is_empty() || t.of(&entry.due.name) == wish.task;
            is_pressing && is_task && (entry.is_to_do() || !wish.pressure.is_empty())
        };
        let wanted: Vec<&Entry> = docket.entries.iter().filter(is_wanted).collect();
        let n_pages = wanted.len().div_ceil(PAGE).max(1);
        let page = wish.page.clamp(1, n_pages);
        let shown: Vec<&Entry> = wanted.iter().skip((page - 1) * PAGE).take(PAGE).copied().collect();
        let f = Frame::of(site, &visitor, Place::Home, t.say("waiting-title"))?
            .path([(t.say("home-title"), Some("/".to_owned())), (t.say("waiting-title"), None)]);
        let query = format!("task={}&pressure={}", urlencode(&wish.task), urlencode(&wish.pressure));
        let lines = lines(site, &visitor, &shown)?;
        let batch = if wish.task.is_empty() { None } else { batch(&visitor, &wanted) };
        let n = wanted.len();
        let page = WaitingPage { f, task: wish.task, n, lines, page, n_pages, query, batch };
        Ok(Html(page.render()?))
    })
    .await
}

/// Where several things due can be done at once by whoever looks.
fn batch(visitor: &Visitor, wanted: &[&Entry]) -> Option<String> {
    let first = wanted.first()?;
    let (kind, step) = (kind_of(first.due.duty), first.due.duty.step()?);
    let is_mine = domain::access::role_may_take(visitor.role(), step);
    (wanted.len() > 1 && is_mine && is_for(kind)).then(|| format!("/batch/{kind}"))
}

/// The days as a calendar (RFC 5545) that a telephone or an office program can read. Names stay here:
/// a calendar leaves the system.
pub(crate) async fn calendar(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let docket = site.store().docket(visitor.grant.unit, site.now().today)?;
        let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//miaopu//docket//ZH\r\n");
        for entry in docket.entries.iter().filter(|entry| entry.due.latest_on.is_some()).take(1_000) {
            text += &event(t, site, entry);
        }
        text += "END:VCALENDAR\r\n";
        let kind = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
        let name = [(header::CONTENT_DISPOSITION, "attachment; filename=\"miaopu.ics\"")];
        Ok((kind, name, text))
    })
    .await
}

fn event(t: Words, site: &Site, entry: &Entry) -> String {
    let Some(day) = entry.due.latest_on else { return String::new() };
    let stamp = day.strftime("%Y%m%d");
    let made = site.now().today.strftime("%Y%m%dT000000Z");
    let summary = t.of(&entry.due.name).replace('\\', "\\\\").replace([',', ';'], "\\,");
    format!(
        "BEGIN:VEVENT\r\nUID:{}-{stamp}-{}@miaopu\r\nDTSTAMP:{made}\r\nDTSTART;VALUE=DATE:{stamp}\r\n\
         SUMMARY:{summary} · {}\r\nEND:VEVENT\r\n",
        entry.case,
        entry.due.pressure.as_str(),
        t.about("file-number", entry.case),
    )
}
