//! A workplace: its ladder, what is missing, who works there, who is charged with it, its visits and its
//! parts. What can be recorded of it is in the module of its forms.

mod form;
mod import;
mod organisers;

use app::workplaces::Detail;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use axum::routing::{get, post};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::workplace::{Charge, Step, Workplace, WorkplaceKind};
use serde::Deserialize;

use super::coverage;
use crate::frame::{Frame, Place};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

/// Every page of the register and of coverage.
pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/coverage", get(coverage::show))
        .route("/coverage/list", get(coverage::list))
        .route("/coverage/file/{name}", get(coverage::file))
        .route("/coverage/new", get(form::show_new).post(form::enter))
        .route("/coverage/import", get(import::show).post(import::preview))
        .route("/coverage/import/confirm", post(import::confirm))
        .route("/workplace-template.xlsx", get(import::template_file))
        .route("/workplaces/{workplace}", get(show))
        .route("/workplaces/{workplace}/acts/{kind}", get(form::show).post(form::record))
        .route("/organisers", get(organisers::show))
}

#[derive(Template)]
#[template(path = "workplace.html")]
struct Page {
    f: Frame,
    detail: Detail,
    kicker: String,
    rows: Vec<(String, String)>,
    unit: (UnitId, String),
    organisation: Option<(UnitId, String)>,
    ladder: Vec<Rung>,
    people: Vec<PersonLine>,
    /// Whether the visitor may see who works there.
    sees_people: bool,
    charged: Vec<ChargeLine>,
    visits: Vec<(Markup, String, String)>,
    parts: Vec<PartLine>,
    acts: Vec<(&'static str, String)>,
}

struct Rung {
    name: String,
    class: &'static str,
    reached_on: Option<Markup>,
}

struct PersonLine {
    id: PersonId,
    name: String,
    stage: String,
    unit: String,
    since: Markup,
}

struct ChargeLine {
    number: i64,
    charge: String,
    name: String,
    letter: String,
    from: Markup,
    until: Option<Markup>,
    is_over: bool,
    ended: Option<Markup>,
    is_visited: bool,
}

struct PartLine {
    id: WorkplaceId,
    name: String,
    kind: String,
    n_members: i64,
    rung: String,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    done: String,
}

/// A workplace that the visitor sees: whoever sees the figures of the unit that answers for it.
fn seen(site: &Site, visitor: &Visitor, id: i64) -> Result<Workplace, Trouble> {
    let workplace = site.store().workplace(WorkplaceId(id))?;
    let unit = site.store().unit(workplace.unit)?;
    visitor.may(site, Action::SeeUnitFigures, &unit)?;
    Ok(workplace)
}

async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Query(done): Query<Done>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let known = seen(site, &visitor, id)?;
        let detail = site.store().workplace_detail(known.id, site.now().today)?;
        let unit = site.store().unit(known.unit)?;
        let title = t.of(&known.particulars.name).to_owned();
        let mut path = coverage::path_to(site, &visitor, &unit)?;
        for above in &detail.above {
            path.push((t.of(&above.particulars.name).to_owned(), Some(format!("/workplaces/{}", above.id))));
        }
        path.push((title.clone(), None));
        let said = form::is_kind(&done.done).then(|| t.about("workplace-done", t.word("wp-act", &done.done)));
        let sees_people = visitor.may(site, Action::SeeRoster, &unit).is_ok();
        let organisation = match known.organisation {
            Some((id, _)) => Some((id, t.of(&site.store().unit(id)?.name).to_owned())),
            None => None,
        };
        let page = Page {
            f: Frame::of(site, &visitor, Place::Coverage, title)?.path(path).said(said),
            kicker: t.word("class", known.particulars.class().as_str()),
            rows: described(t, &known),
            ladder: ladder(t, &detail),
            people: if sees_people { people(site, &visitor, &detail)? } else { Vec::new() },
            sees_people,
            charged: if sees_people { charged(site, t, &detail)? } else { Vec::new() },
            visits: detail
                .visits
                .iter()
                .map(|visit| (t.day(&visit.visited_on), visit.charge.to_string(), visit.note.clone()))
                .collect(),
            parts: detail.parts.iter().map(|part| part_line(t, part)).collect(),
            acts: if visitor.may(site, Action::KeepRegister, &unit).is_ok() {
                form::offered(&detail).map(|kind| (kind, t.word("wp-act", kind))).collect()
            } else {
                Vec::new()
            },
            unit: (unit.id, t.of(&unit.name).to_owned()),
            organisation,
            detail,
        };
        Ok(Html(page.render()?))
    })
    .await
}

fn part_line(t: Words, part: &Workplace) -> PartLine {
    PartLine {
        id: part.id,
        name: t.of(&part.particulars.name).to_owned(),
        kind: t.word("class", part.particulars.class().as_str()),
        n_members: part.n_members,
        rung: t.word("rung", part.step.as_str()),
    }
}

/// What the register says, row by row.
fn described(t: Words, known: &Workplace) -> Vec<(String, String)> {
    let it = &known.particulars;
    let mut rows = Vec::new();
    let mut row = |key: &str, value: String| rows.push((t.say(&format!("wp-field-{key}")), value));
    if !it.code.is_empty() {
        row("code", it.code.clone());
    }
    if let Some(ownership) = it.ownership {
        row("ownership", t.word("ownership", ownership.as_str()));
    }
    if let Some(scale) = it.scale {
        row("scale", t.word("scale", scale.as_str()));
    }
    row("n_staff", t.number(it.n_staff));
    if it.kind == WorkplaceKind::Enterprise {
        row("is_stable", t.say(if it.is_stable { "yes" } else { "no" }));
    }
    if it.is_key {
        row("is_key", t.say("yes"));
    }
    row("listed_on", t.plain_day(&known.listed_on));
    rows
}

fn ladder(t: Words, detail: &Detail) -> Vec<Rung> {
    let now = detail.workplace.step;
    let is_part = detail.workplace.particulars.kind.is_part();
    let shown =
        Step::ALL.iter().filter(|step| !is_part || **step <= Step::Member && **step != Step::Instructor);
    let rung = |step: &Step| {
        let reached = detail.rungs.iter().rev().find(|(reached, _)| reached == step);
        Rung {
            name: t.word("rung", step.as_str()),
            class: match step.cmp(&now) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "cur",
                std::cmp::Ordering::Greater => "",
            },
            reached_on: reached.filter(|_| *step <= now).map(|(_, day)| t.day(day)),
        }
    };
    shown.map(rung).collect()
}

fn people(site: &Site, visitor: &Visitor, detail: &Detail) -> Result<Vec<PersonLine>, Trouble> {
    let t = visitor.t;
    let ids: Vec<PersonId> = detail.people.iter().map(|someone| someone.person).collect();
    if !ids.is_empty() {
        visitor.logs(site, Seen::list(detail.workplace.unit, ids.len()))?;
    }
    let names = site.store().names(&ids)?;
    let mut lines = Vec::with_capacity(ids.len());
    for someone in &detail.people {
        let unit = site.store().unit(someone.unit)?;
        lines.push(PersonLine {
            id: someone.person,
            name: names.get(&someone.person).cloned().unwrap_or_default(),
            stage: t.word("standing", someone.stage.as_str()),
            unit: t.of(&unit.name).to_owned(),
            since: t.day(&someone.since_on),
        });
    }
    Ok(lines)
}

fn charged(site: &Site, t: Words, detail: &Detail) -> Result<Vec<ChargeLine>, Trouble> {
    let ids: Vec<PersonId> = detail.charged.iter().map(|it| it.person).collect();
    let names = site.store().names(&ids)?;
    let today = site.now().today;
    let line = |it: &domain::workplace::Charged| ChargeLine {
        number: it.number,
        charge: t.word("charge", it.charge.as_str()),
        name: names.get(&it.person).cloned().unwrap_or_default(),
        letter: it.letter.clone(),
        from: t.day(&it.from_on),
        until: it.until_on.map(|day| t.day(&day)),
        is_over: it.is_held() && it.until_on.is_some_and(|day| day < today),
        ended: it.ended_on.map(|day| t.day(&day)),
        is_visited: it.is_held() && it.charge != Charge::Area,
    };
    Ok(detail.charged.iter().map(line).collect())
}

/// The findings that name a field, for the fields of a form.
fn concerning(found: &[Finding], field: &str) -> Vec<Finding> {
    let concerns = |finding: &&Finding| finding.fields.first().is_some_and(|path| path == field);
    found.iter().filter(concerns).cloned().collect()
}
