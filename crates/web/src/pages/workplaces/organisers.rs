//! Organisers: who is in office until when, what waits for each, and the units without one.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::ids::{PersonId, UnitId};
use domain::unit::Unit;
use domain::workplace::settings;
use serde::Deserialize;

use super::coverage;
use crate::frame::{Frame, Place};
use crate::sight::Seen;
use crate::site::Site;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "organisers.html")]
struct Page {
    f: Frame,
    unit: Unit,
    lines: Vec<Line>,
    vacant: Vec<Vacant>,
    notes: Vec<String>,
}

struct Line {
    unit: (UnitId, String),
    person: PersonId,
    name: String,
    from: Markup,
    until: Markup,
    is_over: bool,
    n_files: i64,
    is_much: bool,
    n_talks: i64,
    n_overdue: i64,
}

struct Vacant {
    unit: (UnitId, String),
    kind: String,
    since: Option<Markup>,
    n_files: i64,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    unit: Option<i64>,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let unit = coverage::wished(site, &visitor, wish.unit)?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let found = site.store().organisers(unit.id, today)?;
        let ids: Vec<PersonId> = found.lines.iter().map(|line| line.person).collect();
        if !ids.is_empty() {
            visitor.logs(site, Seen::list(unit.id, ids.len()))?;
        }
        let names = site.store().names(&ids)?;
        let most = settings().files_for_organiser.value;
        let line = |it: &app::workplaces::OrganiserLine| Line {
            unit: (it.unit.id, t.of(&it.unit.name).to_owned()),
            person: it.person,
            name: names.get(&it.person).cloned().unwrap_or_default(),
            from: t.day(&it.from_on),
            until: t.day(&it.until_on),
            is_over: it.until_on <= today,
            n_files: it.n_files,
            is_much: it.n_files > most,
            n_talks: it.n_talks,
            n_overdue: it.n_overdue,
        };
        let title = t.say("organisers-title");
        let mut path = coverage::path_to(site, &visitor, &unit)?;
        path.push((title.clone(), None));
        let page = Page {
            f: Frame::of(site, &visitor, Place::Coverage, title)?.path(path),
            lines: found.lines.iter().map(line).collect(),
            vacant: found.vacant.iter().map(|it| vacant(t, it)).collect(),
            notes: [&settings().organiser_term_years, &settings().files_for_organiser]
                .map(|it| format!("{}: {} · {}", t.of(&it.name), it.value, t.of(&it.source)))
                .into(),
            unit,
        };
        Ok(Html(page.render()?))
    })
    .await
}

fn vacant(t: Words, it: &app::workplaces::Vacancy) -> Vacant {
    Vacant {
        unit: (it.unit.id, t.of(&it.unit.name).to_owned()),
        kind: t.word("unit-kind", it.unit.kind.as_str()),
        since: it.since_on.map(|day| t.day(&day)),
        n_files: it.n_files,
    }
}
