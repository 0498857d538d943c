//! People: lists by stage, and a person with the files.

use app::CommandId;
use app::admission::opening;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::dates::age_on;
use domain::id_number;
use domain::ids::{CaseId, PersonId};
use domain::person::{Person, Stage};
use serde::Deserialize;

use super::units::{PersonLine, Tab, people_lines};
use crate::frame::{Frame, Place, unit_path};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "people.html")]
struct ListPage {
    f: Frame,
    tabs: Vec<Tab>,
    people: Vec<PersonLine>,
    page: i64,
    n_pages: i64,
    query: String,
    q: String,
    found: Option<Found>,
}

/// What a search came to, with names.
struct Found {
    people: Vec<PersonLine>,
    has_more: bool,
    is_complete: bool,
}

/// People that a search shows.
const FOUND: usize = 30;

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    q: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    page: i64,
}

const STAGES: [Stage; 6] =
    [Stage::Applicant, Stage::Activist, Stage::Target, Stage::Probationary, Stage::Full, Stage::Former];

pub(crate) async fn find(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let (t, store, today) = (visitor.t, site.store(), site.now().today);
        let unit = store.unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let stage = Stage::parse(&wish.stage).unwrap_or(Stage::Applicant);
        let composition = store.composition(unit.id)?;
        let n_of = |stage: Stage| composition.stages.get(&stage).copied().unwrap_or(0);
        let n_pages = (n_of(stage) + PAGE - 1).div_euclid(PAGE).max(1);
        let page = wish.page.clamp(1, n_pages);
        let tab = |at: Stage| Tab {
            href: format!("/people?stage={}", at.as_str()),
            label: t.word("stage", at.as_str()),
            n: n_of(at),
            is_current: at == stage,
        };
        let ids = store.people_below(unit.id, Some(stage), (page - 1) * PAGE, PAGE)?;
        let f = Frame::of(site, &visitor, Place::People, t.say("people-title"))?;
        let found = match wish.q.trim() {
            "" => None,
            query => {
                site.limits().search(visitor.identity.account)?;
                let found = store.find(query, Some((unit.pre, unit.post)), FOUND)?;
                Some(Found {
                    people: people_lines(site, t, &found.people, today)?,
                    has_more: found.has_more,
                    is_complete: found.is_complete,
                })
            }
        };
        let list = ListPage {
            f,
            found,
            q: wish.q,
            tabs: STAGES.into_iter().map(tab).collect(),
            people: people_lines(site, t, &ids, today)?,
            page,
            n_pages,
            query: format!("stage={}", stage.as_str()),
        };
        Ok(Html(list.render()?))
    })
    .await
}

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    f: Frame,
    person: Person,
    age: i16,
    id_number: String,
    unit: String,
    files: Vec<FileLine>,
    may_open: bool,
    csrf: String,
    command: String,
}

struct FileLine {
    id: CaseId,
    is_closed: bool,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Path(person): Path<i64>) -> Response {
    site.work(move |site| {
        let (t, store) = (visitor.t, site.store());
        let person = store.person(PersonId(person))?;
        let unit = store.unit(person.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        let rows = store.files_of(person.id)?;
        // A person with one file and nothing else to show is shown by that file.
        if let [only] = rows.as_slice()
            && !person.stage.is_member()
        {
            return Ok(Redirect::to(&format!("/files/{}", only.id)).into_response());
        }
        let is_candidate = person.stage == Stage::None && rows.iter().all(|row| row.is_closed);
        let may_open = is_candidate && visitor.may(site, Action::RecordStep, &unit).is_ok();
        let mut path = unit_path(site, &visitor, &unit)?;
        path.push((person.particulars.name.clone(), None));
        let page = Page {
            f: Frame::of(site, &visitor, Place::People, person.particulars.name.clone())?.path(path),
            age: age_on(person.particulars.born_on, site.now().today),
            id_number: id_number::mask(&person.particulars.id_number),
            unit: t.of(&unit.name).to_owned(),
            files: rows.iter().map(|row| FileLine { id: row.id, is_closed: row.is_closed }).collect(),
            may_open,
            csrf: visitor.identity.csrf.clone(),
            command: new_command(),
            person,
        };
        Ok(Html(page.render()?).into_response())
    })
    .await
}

/// The identity of the command that a form will send, drawn when the form is made, so that pressing
/// twice records once.
pub(crate) fn new_command() -> String {
    domain::ids::EventId(CommandId::random().0).to_string()
}

/// Reads it back.
pub(crate) fn command(text: &str) -> Result<CommandId, Trouble> {
    let id: domain::ids::EventId = text.parse().map_err(|_| {
        Trouble::BadRequest(domain::text::Text::new(
            "表单不完整，没有记录任何东西。请返回并刷新页面后再办。",
            "The form is not complete; nothing was recorded. Go back, load it again, and repeat.",
        ))
    })?;
    Ok(CommandId(id.0))
}

#[derive(Deserialize)]
pub(crate) struct Opening {
    csrf: String,
    command: String,
}

pub(crate) async fn open_file(
    State(site): State<Site>,
    visitor: Visitor,
    Path(person): Path<i64>,
    Form(form): Form<Opening>,
) -> Response {
    site.work(move |site| {
        visitor.check(&form.csrf)?;
        let person = site.store().person(PersonId(person))?;
        let unit = site.store().unit(person.unit)?;
        visitor.may(site, Action::RecordStep, &unit)?;
        let previous = site.store().files_of(person.id)?.first().map(|row| row.id);
        let now = site.now();
        let act = opening(now.today, previous);
        let case = site.store().open_file(visitor.actor(), now, command(&form.command)?, person.id, act)?;
        Ok(Redirect::to(&format!("/files/{case}")))
    })
    .await
}
