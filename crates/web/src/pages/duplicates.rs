//! Entries that may be one person: the list with why they are alike, two entries side by side with numbers
//! masked, and the merger, which keeps both histories.

use app::StoreError;
use app::act::ActError;
use app::members::Seen;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::event::PersonMerged;
use domain::finding::Finding;
use domain::id_number::{self, IdNumber};
use domain::ids::{PersonId, UnitId};
use domain::members::{Act, Change};
use domain::person::Person;
use domain::unit::Unit;
use jiff::civil::Date;
use serde::Deserialize;

use super::people::{command, new_command};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place, unit_path};
use crate::sight;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

/// Groups on a page.
const PAGE: usize = 25;
/// Entries of one group that are shown.
const SHOWN: usize = 12;

#[derive(Template)]
#[template(path = "duplicates.html")]
struct ListPage {
    f: Frame,
    unit: Unit,
    groups: Vec<Group>,
    n_groups: usize,
    n_compared: usize,
    is_complete: bool,
    page: i64,
    n_pages: i64,
    query: String,
}

struct Group {
    why: Vec<String>,
    lines: Vec<Line>,
    n_more: usize,
}

struct Line {
    id: PersonId,
    name: String,
    born_on: Date,
    sex: String,
    stage: String,
    unit: String,
    id_number: String,
    /// Compares this entry with the first of its group.
    compare: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    page: i64,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let found = site.store().duplicates(unit.id, false)?;
        let n_pages = i64::try_from(found.groups.len().div_ceil(PAGE).max(1)).unwrap_or(i64::MAX);
        let page = wish.page.clamp(1, n_pages);
        let first = usize::try_from(page - 1).unwrap_or(0) * PAGE;
        let mut groups = Vec::new();
        for alike in found.groups.iter().skip(first).take(PAGE) {
            let mut lines = Vec::new();
            for &id in alike.people.iter().take(SHOWN) {
                let mut line = line(site, t, id)?;
                let first = alike.people[0];
                line.compare = (id != first).then(|| format!("/duplicates/compare?a={first}&b={id}"));
                lines.push(line);
            }
            groups.push(Group {
                why: alike.why.iter().map(|why| t.of(&why.name()).to_owned()).collect(),
                n_more: alike.people.len().saturating_sub(SHOWN),
                lines,
            });
        }
        let n_shown = groups.iter().map(|group| group.lines.len()).sum();
        if n_shown > 0 {
            visitor.logs(site, sight::Seen::list(unit.id, n_shown))?;
        }
        let title = t.say("duplicates-title");
        let mut path = unit_path(site, &visitor, &unit)?;
        path.push((title.clone(), None));
        let list = ListPage {
            f: Frame::of(site, &visitor, Place::People, title)?.path(path),
            unit,
            groups,
            n_groups: found.groups.len(),
            n_compared: found.n_compared,
            is_complete: found.is_complete,
            page,
            n_pages,
            query: String::new(),
        };
        Ok(Html(list.render()?))
    })
    .await
}

fn line(site: &Site, t: Words, id: PersonId) -> Result<Line, Trouble> {
    let person = site.store().person(id)?;
    let known = &person.particulars;
    Ok(Line {
        id,
        name: known.name.clone(),
        born_on: known.born_on,
        sex: t.word("sex", known.sex.as_str()),
        stage: t.word("standing", person.stage.as_str()),
        unit: t.of(&site.store().unit(person.unit)?.name).to_owned(),
        id_number: id_number::mask(&known.id_number),
        compare: None,
    })
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    f: Frame,
    a: i64,
    b: i64,
    /// The two entries; none until two different ones are named.
    pair: Option<Pair>,
    problem: Option<String>,
    csrf: String,
    command: String,
}

struct Pair {
    rows: Vec<Row>,
    a: Side,
    b: Side,
    may_merge: bool,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    /// What is worth a second look, whichever entry stays.
    noted: Vec<Finding>,
    is_changed: bool,
}

struct Side {
    id: PersonId,
    version: i64,
}

struct Row {
    label: String,
    a: String,
    b: String,
    is_same: bool,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
}

pub(crate) async fn compare(
    State(site): State<Site>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Response {
    site.work(move |site| {
        let typed = Merging { on: forms::written(&site.now().today), ..Merging::default() };
        let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
        let page = compare_page(site, &visitor, (number(&which.a), number(&which.b)), &typed, &[])?;
        Ok(Html(page.render()?))
    })
    .await
}

/// The form of a merger as it was sent.
#[derive(Deserialize, Default)]
pub(crate) struct Merging {
    csrf: String,
    command: String,
    a: i64,
    b: i64,
    version_a: i64,
    version_b: i64,
    #[serde(default)]
    stays: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    on: String,
}

pub(crate) async fn merge(State(site): State<Site>, visitor: Visitor, Form(form): Form<Merging>) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        let id = command(&form.command)?;
        let (a, b) = (PersonId(form.a), PersonId(form.b));
        let (seen_a, seen_b) =
            (Seen { person: a, version: form.version_a }, Seen { person: b, version: form.version_b });
        let pair = match form.stays.as_str() {
            "a" => Some((seen_b, seen_a)),
            "b" => Some((seen_a, seen_b)),
            _ => None,
        };
        let on = forms::day(&form.on);
        let mut problems = Vec::new();
        if pair.is_none() {
            problems.push(forms::unreadable("stays"));
        }
        if on.is_none() {
            problems.push(forms::unreadable("on"));
        }
        let mut is_changed = false;
        if let (Some((gone, stays)), Some(on)) = (pair, on) {
            let why = (on, form.reason.trim().to_owned());
            match site.store().merge_people(visitor.actor(), site.now(), id, (gone, stays), why) {
                Ok(_) => {
                    let way = format!("/people/{}?tab=history&done=merge", stays.person);
                    return Ok(Redirect::to(&way).into_response());
                }
                Err(ActError::Refused(refusal)) => problems = refusal.findings,
                Err(ActError::Store(StoreError::Changed)) => is_changed = true,
                Err(error) => return Err(error.into()),
            }
        }
        let mut page = compare_page(site, &visitor, (form.a, form.b), &form, &problems)?;
        if let Some(pair) = &mut page.pair {
            pair.is_changed = is_changed;
        }
        let status = if is_changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        Ok((status, Html(page.render()?)).into_response())
    })
    .await
}

fn compare_page(
    site: &Site,
    visitor: &Visitor,
    (a, b): (i64, i64),
    typed: &Merging,
    problems: &[Finding],
) -> Result<ComparePage, Trouble> {
    let t = visitor.t;
    let own = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::SeeRoster, &own)?;
    let mut problem = None;
    let mut pair = None;
    if a == b && a != 0 {
        problem = Some(t.say("compare-itself"));
    } else if a != 0 && b != 0 {
        match (open(site, visitor, a)?, open(site, visitor, b)?) {
            (Some(a), Some(b)) => pair = Some(compared(site, visitor, (&a, &b), typed, problems)?),
            _ => problem = Some(t.say("compare-unknown")),
        }
    }
    let title = t.say("compare-title");
    let list = (t.say("duplicates-title"), Some(format!("/units/{}/duplicates", own.id)));
    Ok(ComparePage {
        f: Frame::of(site, visitor, Place::People, title.clone())?.path([list, (title, None)]),
        a,
        b,
        pair,
        problem,
        csrf: visitor.identity.csrf.clone(),
        command: if typed.command.is_empty() { new_command() } else { typed.command.clone() },
    })
}

/// An entry with its unit, if there is one that the visitor may see: the answer to both is the same.
fn open(site: &Site, visitor: &Visitor, id: i64) -> Result<Option<(Person, Unit)>, Trouble> {
    let row = match site.store().person_row(PersonId(id)) {
        Ok(row) => row,
        Err(StoreError::Missing) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let unit = site.store().unit(row.unit)?;
    if visitor.may(site, Action::SeeFile, &unit).is_err() {
        return Ok(None);
    }
    visitor.logs(site, sight::Seen::person(unit.id, row.id))?;
    Ok(Some((site.store().person(row.id)?, unit)))
}

fn compared(
    site: &Site,
    visitor: &Visitor,
    (a, b): (&(Person, Unit), &(Person, Unit)),
    typed: &Merging,
    problems: &[Finding],
) -> Result<Pair, Trouble> {
    let t = visitor.t;
    let may_merge = [a, b].iter().all(|(person, unit)| visitor.may_change(site, unit, person.id).is_ok());
    let drawn = |name: &str, control: Control, value: &str| Drawn {
        id: forms::element_id(name),
        name: name.to_owned(),
        label: t.word("alter-field", name),
        is_required: true,
        control,
        value: value.to_owned(),
        found: problems.iter().filter(|finding| place(finding) == name).cloned().collect(),
    };
    let side = |value: &str, person: &Person| {
        let name = &person.particulars.name;
        let values = [("name", name.clone()), ("id", person.id.to_string())];
        Listed { value: value.to_owned(), label: t.with("compare-keep", &values) }
    };
    let stays = Control::Radios(vec![side("a", &a.0), side("b", &b.0)]);
    let version = |typed: i64, person: &Person| if typed > 0 { typed } else { person.version };
    let of =
        |(person, _): &(Person, Unit), typed: i64| Side { id: person.id, version: version(typed, person) };
    Ok(Pair {
        rows: rows(site, t, a, b)?,
        a: of(a, typed.version_a),
        b: of(b, typed.version_b),
        may_merge,
        fields: vec![
            drawn("stays", stays, &typed.stays),
            drawn("reason", Control::Lines, &typed.reason),
            drawn("on", Control::Text { width: "w8", mode: "text" }, &typed.on),
        ],
        errors: problems.iter().map(|f| (forms::element_id(place(f)), f.clone())).collect(),
        noted: noted(site, &a.0, &b.0)?,
        is_changed: false,
    })
}

/// The field of the form at which a finding is shown.
fn place(finding: &Finding) -> &str {
    match finding.fields.first().map_or("", String::as_str) {
        "reason" => "reason",
        "on" => "on",
        _ => "stays",
    }
}

/// Warnings that speak against one person.
fn noted(site: &Site, a: &Person, b: &Person) -> Result<Vec<Finding>, Trouble> {
    let now = site.now();
    let merged = PersonMerged { into: b.id, reason: "—".to_owned() };
    let act = Act { on: now.today, change: Change::Merge(merged) };
    let considered = site.store().consider_person(a.id, &act, now)?;
    let speaks = |finding: &Finding| finding.rule == "M03.numbers";
    let refusing = considered.refusing.into_iter().filter(speaks);
    Ok(refusing.chain(considered.noted).collect())
}

/// The two entries, field by field. Numbers stay masked; whether they are the same is told.
fn rows(site: &Site, t: Words, a: &(Person, Unit), b: &(Person, Unit)) -> Result<Vec<Row>, Trouble> {
    let store = site.store();
    let day = |day: Option<Date>| day.map_or_else(|| "—".to_owned(), |day| t.plain_day(&day));
    let told = |text: &str| if text.trim().is_empty() { "—".to_owned() } else { text.to_owned() };
    let number = |person: &Person| IdNumber::parse(person.particulars.id_number.trim()).ok();
    let mut rows = Vec::new();
    let mut row = |label: String, tell: &dyn Fn(&Person) -> String| {
        let (a, b) = (tell(&a.0), tell(&b.0));
        rows.push(Row { label, is_same: a == b, a, b });
    };
    row(t.say("entry-name"), &|p| told(&p.particulars.name));
    row(t.say("entry-sex"), &|p| t.word("sex", p.particulars.sex.as_str()));
    row(t.say("entry-born_on"), &|p| t.plain_day(&p.particulars.born_on));
    row(t.say("entry-id_number"), &|p| told(&id_number::mask(&p.particulars.id_number)));
    row(t.say("entry-phone"), &|p| told(&id_number::mask(&p.particulars.phone)));
    row(t.say("entry-education"), &|p| t.word("education", p.particulars.education.as_str()));
    row(t.say("entry-occupation"), &|p| t.word("occupation", p.particulars.occupation.as_str()));
    row(t.say("entry-work_post"), &|p| told(&p.particulars.work_post));
    row(t.say("entry-stage"), &|p| t.word("standing", p.stage.as_str()));
    row(t.say("entry-stage_on"), &|p| day(p.stage_on));
    row(t.say("entry-admitted_on"), &|p| day(p.admitted_on));
    row(t.say("entry-full_since"), &|p| day(p.full_since));
    // Masked forms can look alike or unlike while the numbers are not: fifteen digits of an older paper.
    if let (Some(x), Some(y)) = (number(&a.0), number(&b.0)) {
        rows[3].is_same = x == y;
    }
    let (x, y) = (t.of(&a.1.name).to_owned(), t.of(&b.1.name).to_owned());
    rows.push(Row { label: t.say("person-unit"), is_same: a.1.id == b.1.id, a: x, b: y });
    let n_files = |person: &Person| store.files_of(person.id).map(|files| files.len());
    let (x, y) = (n_files(&a.0)?, n_files(&b.0)?);
    rows.push(Row { label: t.say("person-files"), is_same: x == y, a: t.number(x), b: t.number(y) });
    let n_posts = |person: &Person| store.posts_of(person.id).map(|posts| posts.len());
    let (x, y) = (n_posts(&a.0)?, n_posts(&b.0)?);
    rows.push(Row { label: t.say("person-tab-posts"), is_same: x == y, a: t.number(x), b: t.number(y) });
    let (x, y) = (a.0.version, b.0.version);
    rows.push(Row { label: t.say("unit-version"), is_same: x == y, a: t.number(x), b: t.number(y) });
    Ok(rows)
}
