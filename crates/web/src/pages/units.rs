//! A unit: who is in charge, what waits there, its people by stage, what stands below it, and the menu of
//! what can be done to it.

mod change;
mod form;
pub(crate) mod history;
mod menu;
pub(crate) mod pick;
mod posts;
mod tree;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::dates::age_on;
use domain::ids::{PersonId, UnitId};
use domain::person::{Sex, Stage};
use domain::tree::ChangeKind;
use domain::unit::{PostKind, Unit};
use jiff::civil::Date;
use serde::Deserialize;

use super::drawn;
use super::figures::{Figures, figures};
use super::home::{self, Line};
use crate::frame::{Frame, Place, unit_path};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

pub(crate) use change::{act as change, show as change_form};
pub(crate) use posts::show as posts_on_a_day;
pub(crate) use tree::show as outline;

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "unit.html")]
struct Page {
    f: Frame,
    unit: Unit,
    kind: String,
    sector: String,
    n_members: i64,
    n_women: i64,
    n_educated: i64,
    posts: Vec<(String, String)>,
    due: Vec<Line>,
    n_due: usize,
    below: Vec<Below>,
    tabs: Vec<Tab>,
    people: Vec<PersonLine>,
    page: i64,
    n_pages: i64,
    query: String,
    may_roster: bool,
    may_enter: bool,
    pyramid: Option<Markup>,
    figures: Figures,
    menu: Vec<menu::Item>,
    /// The day on which it was closed.
    closed_on: Option<Date>,
}

struct Below {
    id: UnitId,
    name: String,
    kind: String,
    n_members: i64,
    n_running: i64,
}

pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) label: String,
    pub(crate) n: i64,
    pub(crate) is_current: bool,
}

/// A person of a list.
pub(crate) struct PersonLine {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) sex: String,
    pub(crate) age: i16,
    pub(crate) education: String,
    pub(crate) stage: String,
    pub(crate) stage_on: Option<Date>,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    stage: String,
    #[serde(default)]
    page: i64,
    /// The change that was just recorded.
    #[serde(default)]
    done: String,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(unit): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        Ok(Html(page(site, &visitor, unit, &wish)?.render()?))
    })
    .await
}

fn page(site: &Site, visitor: &Visitor, unit: Unit, wish: &Wish) -> Result<Page, Trouble> {
    let (t, today, store) = (visitor.t, site.now().today, site.store());
    let composition = store.composition(unit.id)?;
    let docket = store.docket(unit.id, today)?;
    let first: Vec<_> = docket.entries.iter().filter(|entry| entry.is_to_do()).take(5).collect();
    let stage = Stage::parse(&wish.stage).filter(|_| !wish.stage.is_empty());
    let n_shown = match stage {
        Some(stage) => composition.stages.get(&stage).copied().unwrap_or(0),
        None => composition.stages.iter().filter(|(stage, _)| **stage != Stage::Former).map(|(_, n)| n).sum(),
    };
    let sees_names = visitor.may(site, Action::SeeRoster, &unit).is_ok();
    let is_listed = sees_names && (unit.kind.is_branch() || stage.is_some());
    // Where no list is shown there are no pages to turn.
    let n_pages = if is_listed { (n_shown + PAGE - 1).div_euclid(PAGE).max(1) } else { 1 };
    let number = wish.page.clamp(1, n_pages);
    let people = if is_listed {
        people_lines(site, t, &store.people_below(unit.id, stage, (number - 1) * PAGE, PAGE)?, today)?
    } else {
        Vec::new()
    };
    if !people.is_empty() {
        visitor.logs(site, Seen::list(unit.id, people.len()))?;
    }
    let list =
        |stage: Stage| sees_names.then(|| format!("/units/{}?stage={}#people", unit.id, stage.as_str()));
    let done = ChangeKind::parse(&wish.done).map(|kind| t.word("change-done", kind.as_str()));
    let f = Frame::of(site, visitor, Place::Units, t.of(&unit.name))?
        .path(unit_path(site, visitor, &unit)?)
        .said(done);
    Ok(Page {
        kind: t.word("unit-kind", unit.kind.as_str()),
        sector: t.word("sector", unit.sector.as_str()),
        n_members: composition.n_members(),
        n_women: composition.n_of(Sex::Female),
        n_educated: composition.n_educated,
        posts: posts(site, t, &unit, today)?,
        due: home::lines(site, visitor, &first)?,
        n_due: docket.n_to_do(),
        below: below(site, t, &unit)?,
        tabs: tabs(t, &unit, &composition, stage),
        people,
        page: number,
        n_pages,
        query: format!("stage={}", wish.stage),
        may_enter: unit.kind.is_branch() && visitor.may(site, Action::ChangeMembers, &unit).is_ok(),
        may_roster: visitor.may(site, Action::ImportRoster, &unit).is_ok()
            || visitor.may(site, Action::ExportList, &unit).is_ok(),
        pyramid: (composition.n_members() > 0).then(|| drawn::pyramid(t, &composition, today)),
        figures: figures(site, t, (unit.id, &composition), list)?,
        menu: menu::items(site, visitor, &unit)?,
        closed_on: store.unit_closed_on(unit.id)?,
        unit,
        f,
    })
}

const OFFICES: [PostKind; 5] = [
    PostKind::Secretary,
    PostKind::DeputySecretary,
    PostKind::OrganisationMember,
    PostKind::OrganisationHead,
    PostKind::Organiser,
];

fn posts(site: &Site, t: Words, unit: &Unit, today: Date) -> Result<Vec<(String, String)>, Trouble> {
    let mut posts = Vec::new();
    for kind in OFFICES {
        let holders = site.store().holders(unit.id, kind, today)?;
        if holders.is_empty() {
            continue;
        }
        let names = site.store().names(&holders)?;
        let names: Vec<String> = holders.iter().filter_map(|id| names.get(id).cloned()).collect();
        posts.push((t.word("post", kind.as_str()), names.join(&t.say("list-comma"))));
    }
    Ok(posts)
}

fn below(site: &Site, t: Words, unit: &Unit) -> Result<Vec<Below>, Trouble> {
    let outlined = site.store().outline_below(unit.id)?.into_iter().filter(|outlined| outlined.unit.is_open);
    let below = outlined.map(|outlined| Below {
        id: outlined.unit.id,
        name: t.of(&outlined.unit.name).to_owned(),
        kind: t.word("unit-kind", outlined.unit.kind.as_str()),
        n_members: outlined.n_members,
        n_running: outlined.n_candidates,
    });
    Ok(below.collect())
}

fn tabs(t: Words, unit: &Unit, composition: &app::units::Composition, current: Option<Stage>) -> Vec<Tab> {
    let stages =
        [Stage::Applicant, Stage::Activist, Stage::Target, Stage::Probationary, Stage::Full, Stage::Former];
    let tab = |stage: Stage| Tab {
        href: format!("/units/{}?stage={}#people", unit.id, stage.as_str()),
        label: t.word("stage", stage.as_str()),
        n: composition.stages.get(&stage).copied().unwrap_or(0),
        is_current: current == Some(stage),
    };
    stages.into_iter().map(tab).collect()
}

/// People with names, opened.
pub(crate) fn people_lines(
    site: &Site,
    t: Words,
    ids: &[PersonId],
    today: Date,
) -> Result<Vec<PersonLine>, Trouble> {
    let mut lines = Vec::with_capacity(ids.len());
    for &id in ids {
        let person = site.store().person(id)?;
        let known = &person.particulars;
        lines.push(PersonLine {
            id,
            name: known.name.clone(),
            sex: t.word("sex", known.sex.as_str()),
            age: age_on(known.born_on, today),
            education: t.word("education", known.education.as_str()),
            stage: t.word("standing", person.stage.as_str()),
            stage_on: person.stage_on,
        });
    }
    Ok(lines)
}
