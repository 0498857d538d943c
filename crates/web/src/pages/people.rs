//! People: lists by stage, and finding somebody.

use app::CommandId;
use app::admission::opening;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect, Response};
use domain::access::Action;
use domain::ids::{PersonId, UnitId};
use domain::person::Stage;
use serde::Deserialize;

use super::units::{PersonLine, Tab, people_lines};
use crate::frame::{Frame, Place};
use crate::sight::Seen;
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
    unit: UnitId,
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
        let people = people_lines(site, t, &ids, today)?;
        visitor.logs(site, Seen::list(unit.id, people.len()))?;
        if let Some(found) = &found {
            visitor.logs(site, Seen::search(unit.id, found.people.len()))?;
        }
        let list = ListPage {
            f,
            found,
            unit: unit.id,
            q: wish.q,
            tabs: STAGES.into_iter().map(tab).collect(),
            people,
            page,
            n_pages,
            query: format!("stage={}", stage.as_str()),
        };
        Ok(Html(list.render()?))
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
