//! Who held which post in a unit on a day, and its Party groups.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::ids::{PersonId, UnitId};
use domain::unit::Unit;
use jiff::civil::Date;
use serde::Deserialize;

use super::menu;
use crate::forms;
use crate::frame::{Frame, Place, unit_path};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "unit_posts.html")]
struct Page {
    f: Frame,
    unit: Unit,
    /// The day as typed, and as read.
    typed: String,
    on: Option<Date>,
    terms: Vec<Term>,
    groups: Vec<(String, Date)>,
    may_assign: bool,
    may_end: bool,
    sees_people: bool,
}

struct Term {
    office: String,
    person: PersonId,
    name: String,
    from_on: Date,
    to_on: Option<Date>,
    id: i64,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    on: Option<String>,
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
        Ok(Html(page(site, &visitor, unit, wish.on)?.render()?))
    })
    .await
}

fn page(site: &Site, visitor: &Visitor, unit: Unit, typed: Option<String>) -> Result<Page, Trouble> {
    let (t, store) = (visitor.t, site.store());
    let typed = typed.unwrap_or_else(|| t.plain_day(&site.now().today));
    let on = forms::day(&typed);
    let held = on.map_or(Ok(Vec::new()), |day| store.posts(unit.id, day))?;
    let ids: Vec<PersonId> = held.iter().map(|term| term.person).collect();
    let names = store.names(&ids)?;
    let terms = held.into_iter().map(|term| Term {
        office: t.word("post", term.kind.as_str()),
        name: names.get(&term.person).cloned().unwrap_or_default(),
        person: term.person,
        from_on: term.from_on,
        to_on: term.to_on,
        id: term.id.0,
    });
    let groups = store.groups(unit.id)?.into_iter();
    let groups = groups.filter(|group| on.is_some_and(|day| group.formed_on <= day));
    let offered = menu::items(site, visitor, &unit)?;
    let may = |word: &str| offered.iter().any(|item| item.word == word && item.why_not.is_none());
    let title = t.say("posts-title");
    let mut path = unit_path(site, visitor, &unit)?;
    path.push((title.clone(), None));
    Ok(Page {
        terms: terms.collect(),
        groups: groups.map(|group| (t.of(&group.name).to_owned(), group.formed_on)).collect(),
        may_assign: may("assign"),
        may_end: may("end"),
        sees_people: visitor.may(site, Action::SeeFile, &unit).is_ok(),
        f: Frame::of(site, visitor, Place::Units, title)?.path(path),
        typed,
        on,
        unit,
    })
}
