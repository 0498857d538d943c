//! The register of supervision of a unit: what waits, what was owed and held by quarter, what is missing,
//! and every entry. Names are for those who keep the register; what is sealed has a module of its own.

mod entry;
mod form;

use app::supervision::Register;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::access::Action;
use domain::dates::days_between;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::supervision::{Cell, Entry, State as Standing, What, is_subject, settings};
use domain::unit::Unit;
use serde::Deserialize;

use super::home::days_left;
use crate::frame::{Frame, Place};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

/// Every page of the register.
pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/supervision", get(own))
        .route("/supervision/{unit}", get(show))
        .route("/supervision/{unit}/new/{form}", get(form::show).post(form::enter))
        .route("/supervision/{unit}/entries/{number}", get(entry::show))
}

#[derive(Template)]
#[template(path = "supervision.html")]
struct Page {
    f: Frame,
    unit: Unit,
    year: i16,
    is_this_year: bool,
    ways: Vec<(String, String)>,
    waiting: Vec<Waiting>,
    systems: Vec<SystemLine>,
    findings: Vec<(Finding, Option<String>)>,
    lines: Vec<Line>,
    sees_people: bool,
    below: Vec<Below>,
}

/// Something that waits, with the way to do it.
struct Waiting {
    href: Option<String>,
    task: String,
    due: Markup,
    days: String,
    tone: &'static str,
    sign: &'static str,
}

/// A system with its quarters.
struct SystemLine {
    name: String,
    article: String,
    is_without_record: bool,
    cells: Vec<CellShown>,
    n_held: u32,
}

struct CellShown {
    tone: &'static str,
    sign: &'static str,
    label: String,
    figures: String,
    why: String,
}

/// An entry in the list.
struct Line {
    number: i64,
    day: Markup,
    kind: String,
    title: String,
    person: String,
    state: Option<(&'static str, &'static str, String)>,
}

/// A unit below with a register of its own.
struct Below {
    unit: i64,
    name: String,
    n_waiting: usize,
    n_findings: usize,
}

#[derive(Deserialize)]
struct Wish {
    year: Option<i16>,
    #[serde(default)]
    done: String,
}

async fn own(visitor: Visitor) -> Response {
    Redirect::to(&format!("/supervision/{}", visitor.grant.unit)).into_response()
}

async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeSupervision, &unit)?;
        let year = wish.year.filter(|year| (1990..=2100).contains(year)).unwrap_or(today.year());
        let register = site.store().supervision(unit.id, year, today)?;
        let sees_people = visitor.may(site, Action::HandleSealed, &unit).is_ok();
        let title = t.with("supervision-title", &[("year", year.to_string())]);
        let notice = (!wish.done.is_empty()).then(|| t.say("supervision-entered"));
        let page = Page {
            f: Frame::of(site, &visitor, Place::Supervision, title)?.said(notice),
            ways: ways(site, &visitor, &unit),
            waiting: waiting(site, &visitor, &register),
            systems: register.systems.iter().map(|of| system_line(t, of, today)).collect(),
            findings: register.findings.iter().map(|found| placed(&unit, found)).collect(),
            lines: lines(site, &visitor, &register, (year, sees_people))?,
            below: below(site, t, &unit, year)?,
            is_this_year: year == today.year(),
            sees_people,
            unit,
            year,
        };
        Ok(Html(page.render()?))
    })
    .await
}

/// The forms that this visitor may fill in.
fn ways(site: &Site, visitor: &Visitor, unit: &Unit) -> Vec<(String, String)> {
    let allowed = form::FORMS.iter().filter(|form| visitor.may(site, form.action, unit).is_ok());
    let way = |form: &form::Form| {
        (format!("/supervision/{}/new/{}", unit.id, form.name), visitor.t.word("supervision-new", form.name))
    };
    allowed.map(way).collect()
}

fn waiting(site: &Site, visitor: &Visitor, register: &Register) -> Vec<Waiting> {
    let (t, today, unit) = (visitor.t, site.now().today, register.unit.id);
    let told = |task: String, due_on: jiff::civil::Date, href: Option<String>| {
        let left = days_between(today, due_on);
        let (tone, sign) = match left {
            ..0 => ("stop", "late"),
            0..=7 => ("wait", "wait"),
            _ => ("", "next"),
        };
        Waiting { href, task, due: t.day(&due_on), days: days_left(t, Some(left)), tone, sign }
    };
    let mut found: Vec<(jiff::civil::Date, Waiting)> = Vec::new();
    for entry in register.pending() {
        let Some(due_on) = entry.due_on else { continue };
        let task = t.with(
            "supervision-waits",
            &[("what", t.word("supervision-asks", asks(entry))), ("title", title(t, entry))],
        );
        let href = Some(format!("/supervision/{unit}/entries/{}", entry.number));
        found.push((due_on, told(task, due_on, href)));
    }
    for it in &register.occurrences {
        let name = t.of(&it.system.name).to_owned();
        let task = t.with("supervision-owes", &[("system", name), ("n", it.n_missing.to_string())]);
        found.push((it.due_on, told(task, it.due_on, None)));
    }
    found.sort_by_key(|(day, _)| *day);
    found.into_iter().map(|(_, line)| line).collect()
}

/// What an entry asks for, by its word.
fn asks(entry: &Entry) -> &'static str {
    match &entry.what {
        What::Meeting(_) => "report",
        What::Rectification(_) => "rectification",
        What::Talk { .. } => "follow_up",
        What::Inquiry {} => "reply",
        What::Matter(_)
        | What::Report { .. }
        | What::Declaration {}
        | What::Record(_)
        | What::Exemption(_) => "nothing",
    }
}

/// What an entry is about, as far as it is not sealed.
fn title(t: Words, entry: &Entry) -> String {
    match &entry.what {
        What::Meeting(held) if held.theme.is_empty() => {
            let titles: Vec<&str> = held.items.iter().map(|item| item.title.as_str()).collect();
            titles.join(&t.say("list-comma"))
        }
        What::Meeting(held) => held.theme.clone(),
        What::Rectification(set) => set.what.clone(),
        What::Matter(matter) => matter.title.clone(),
        What::Record(record) => format!("{}：{}", system_name(t, &record.system), record.title),
        What::Exemption(it) => t.with(
            "supervision-exempt-title",
            &[
                ("system", system_name(t, &it.system)),
                ("year", it.year.to_string()),
                ("quarter", it.quarter.to_string()),
            ],
        ),
        What::Report { ballots } => t.with(
            "supervision-ballots",
            &[
                ("present", ballots.n_present.to_string()),
                ("satisfied", ballots.satisfied.to_string()),
                ("mostly", ballots.mostly.to_string()),
                ("dissatisfied", ballots.dissatisfied.to_string()),
                ("void", ballots.void.to_string()),
            ],
        ),
        What::Talk { .. } | What::Inquiry {} | What::Declaration {} => t.say("supervision-sealed"),
    }
}

fn system_name(t: Words, id: &str) -> String {
    settings().system(id).map_or_else(|| id.to_owned(), |system| t.of(&system.name).to_owned())
}

/// The kind of an entry, in words.
fn kind(t: Words, entry: &Entry) -> String {
    t.word("supervision-kind", &entry.what.word().replace('.', "-"))
}

fn system_line(t: Words, of: &domain::supervision::SystemYear, today: jiff::civil::Date) -> SystemLine {
    let shown = |cell: &Cell| {
        let (tone, sign, word) = match cell.state(today) {
            Standing::Free => ("idle", "", "free"),
            Standing::Exempt => ("idle", "idle", "exempt"),
            Standing::Held => ("ok", "ok", "held"),
            Standing::Late => ("wait", "late", "late"),
            Standing::Missing => ("stop", "stop", "missing"),
            Standing::Open => ("", "next", "open"),
        };
        let figures = match (cell.n_due, cell.n_held) {
            (0, 0) => String::new(),
            (due, held) => format!("{held}/{due}"),
        };
        let why = cell.exempt.clone().unwrap_or_default();
        CellShown { tone, sign, label: t.word("supervision-state", word), figures, why }
    };
    SystemLine {
        name: t.of(&of.system.name).to_owned(),
        article: t.article(&of.system.article).to_owned(),
        is_without_record: of.is_without_record(today),
        cells: of.cells.iter().map(shown).collect(),
        n_held: of.n_held(),
    }
}

/// A finding with the way to its entry, if it is about one.
fn placed(unit: &Unit, found: &Finding) -> (Finding, Option<String>) {
    let number = found.fields.first().and_then(|field| field.parse::<i64>().ok());
    (found.clone(), number.map(|number| format!("/supervision/{}/entries/{number}", unit.id)))
}

fn lines(
    site: &Site,
    visitor: &Visitor,
    register: &Register,
    (year, sees_people): (i16, bool),
) -> Result<Vec<Line>, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let of_year: Vec<&Entry> =
        register.entries.iter().rev().filter(|entry| entry.held_on.year() == year).collect();
    let people: Vec<_> = of_year.iter().filter_map(|entry| entry.person).collect();
    let names = if sees_people && !people.is_empty() {
        visitor.logs(site, Seen::list(register.unit.id, people.len()))?;
        site.store().names(&people)?
    } else {
        std::collections::HashMap::new()
    };
    let state = |entry: &Entry| match (entry.due_on, entry.settled_on) {
        (None, _) => None,
        (Some(due), Some(day)) if due < day => Some(("wait", "late", t.say("supervision-settled-late"))),
        (Some(_), Some(_)) => Some(("ok", "ok", t.say("supervision-settled"))),
        (Some(_), None) if entry.is_overdue(today) => Some(("stop", "stop", t.say("supervision-overdue"))),
        (Some(due), None) => Some(("", "next", t.about("supervision-until", t.plain_day(&due)))),
    };
    let line = |entry: &&Entry| Line {
        number: entry.number,
        day: t.day(&entry.held_on),
        kind: kind(t, entry),
        title: title(t, entry),
        person: entry.person.and_then(|person| names.get(&person).cloned()).unwrap_or_default(),
        state: state(entry),
    };
    let mut lines: Vec<Line> = of_year.iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.number));
    Ok(lines)
}

/// The registers of the units directly below.
fn below(site: &Site, t: Words, unit: &Unit, year: i16) -> Result<Vec<Below>, Trouble> {
    let today = site.now().today;
    let children = site.store().units_below(Some(unit.id))?;
    let subject = children.into_iter().filter(|child| child.is_open && is_subject(child.kind));
    subject
        .map(|child| {
            let register = site.store().supervision(child.id, year, today)?;
            Ok(Below {
                unit: child.id.0,
                n_waiting: register.pending().len() + register.occurrences.len(),
                n_findings: register.findings.len(),
                name: t.of(&child.name).to_owned(),
            })
        })
        .collect()
}
