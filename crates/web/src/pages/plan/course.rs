//! How a plan goes: admissions by month against the places, who took them, and what is out of the
//! ordinary, with the unit's answer and its end.

use app::act::ActError;
use app::plans::{MonthRow, Told};
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::plan::{Act, AlertKind};
use serde::Deserialize;

use super::{said, scope, seen, typed, unit_in_scope};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Markup;

/// Anomalies of one kind shown at once.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "plan_course.html")]
struct Page {
    f: Frame,
    plan: i64,
    unit: UnitId,
    rows: Vec<Months>,
    n_released: usize,
    kinds: Vec<Kind>,
    n_open: usize,
    findings: Vec<Finding>,
    csrf: String,
}

struct Months {
    row: MonthRow,
    name: String,
    n: i64,
    left: Option<i64>,
    sees_names: bool,
}

/// Anomalies of one kind.
struct Kind {
    name: String,
    anchor: &'static str,
    n: usize,
    source: String,
    told: Vec<AlertLine>,
}

struct AlertLine {
    unit_id: UnitId,
    unit: String,
    key: String,
    text: String,
    answer: Option<(Markup, String)>,
    settled: Option<(Markup, bool, String)>,
    may_answer: bool,
    may_settle: bool,
    seen: (i64, i64),
    command: String,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    unit: Option<i64>,
    #[serde(default)]
    kind: String,
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, plan, &wish, Vec::new())?.render()?))).await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    plan: i64,
    wish: &Wish,
    findings: Vec<Finding>,
) -> Result<Page, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let (row, own) = scope(site, visitor, plan)?;
    let unit = match wish.unit {
        Some(unit) => unit_in_scope(site, visitor, &own, unit)?,
        None => own,
    };
    let following = site.store().following(row.id, unit.id, today)?;
    let title = t.with("plan-course-title", &[("year", row.year.to_string())]);
    let of_year = t.with("plan-title", &[("year", row.year.to_string())]);
    let path = [
        (t.say("plan-menu"), Some("/plan".to_owned())),
        (of_year, Some(format!("/plan/{plan}"))),
        (title.clone(), None),
    ];
    let mut rows = Vec::new();
    for row in following.months {
        let n: i64 = row.months.iter().sum();
        let unit = site.store().unit(row.unit)?;
        rows.push(Months {
            name: t.of(&row.name).to_owned(),
            left: row.quota.map(|quota| quota - n),
            sees_names: n > 0 && visitor.may(site, Action::SeeRoster, &unit).is_ok(),
            n,
            row,
        });
    }
    let is_open = |told: &&Told| told.row.as_ref().is_none_or(|row| row.settled.is_none());
    let n_open = following.told.iter().filter(is_open).count();
    let mut kinds = Vec::new();
    for kind in AlertKind::ALL {
        let told: Vec<&Told> = following.told.iter().filter(|told| told.alert.kind == *kind).collect();
        let Some(first) = told.first() else { continue };
        let most = if wish.kind == kind.as_str() { usize::MAX } else { SHOWN };
        let lines = told.iter().take(most).map(|told| alert_line(site, visitor, plan, told));
        kinds.push(Kind {
            name: t.say(&format!("plan-alert-{}", kind.as_str())),
            anchor: kind.as_str(),
            n: told.len(),
            source: t.of(&first.alert.source).to_owned(),
            told: lines.collect::<Result<_, _>>()?,
        });
    }
    Ok(Page {
        f: Frame::of(site, visitor, Place::Plan, title)?.path(path),
        plan,
        unit: unit.id,
        rows,
        n_released: following.n_released,
        kinds,
        n_open,
        findings,
        csrf: visitor.identity.csrf.clone(),
    })
}

fn alert_line(site: &Site, visitor: &Visitor, plan: i64, told: &Told) -> Result<AlertLine, Trouble> {
    let t = visitor.t;
    let unit = site.store().unit(told.alert.unit)?;
    let row = told.row.as_ref();
    let is_open = row.is_none_or(|row| row.settled.is_none());
    let maker = scope(site, visitor, plan)?.0.unit;
    let maker = site.store().unit(maker)?;
    let seen = site.store().plan_seen(domain::ids::PlanId(plan), unit.id)?;
    Ok(AlertLine {
        unit_id: unit.id,
        unit: t.of(&told.unit).to_owned(),
        key: told.alert.key.clone(),
        text: t.of(&told.alert.text).to_owned(),
        answer: row.and_then(|row| row.answer.as_ref()).map(|(on, said)| (t.day(on), said.clone())),
        settled: row
            .and_then(|row| row.settled.as_ref())
            .map(|(on, is_escalated, why)| (t.day(on), *is_escalated, why.clone())),
        may_answer: is_open && visitor.may(site, Action::AskPlan, &unit).is_ok(),
        may_settle: is_open && visitor.may(site, Action::RunPlan, &maker).is_ok(),
        seen: (seen.round, seen.version),
        command: new_command(),
    })
}

pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (_, own) = scope(site, &visitor, plan)?;
        let unit = said(&typed, "unit").parse().map_err(|_| Trouble::Missing)?;
        let unit = unit_in_scope(site, &visitor, &own, unit)?;
        let (alert, reason) = (said(&typed, "alert").to_owned(), said(&typed, "reason").to_owned());
        let act = match said(&typed, "do") {
            "answer" => Act::AnswerAlert(alert, reason),
            "close" => Act::SettleAlert(alert, false, reason),
            "escalate" => Act::SettleAlert(alert, true, reason),
            _ => return Err(Trouble::Missing),
        };
        let id = command(said(&typed, "command"))?;
        let at = (seen(plan, &typed)?, unit.id);
        match site.store().act_on_plan(visitor.actor(), site.now(), id, at, act) {
            Ok(_) => Ok(Redirect::to(&format!("/plan/{plan}/course#alerts")).into_response()),
            Err(ActError::Refused(refusal)) => {
                let wish = Wish { unit: None, kind: String::new() };
                let page = page(site, &visitor, plan, &wish, refusal.findings)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "plan_taken.html")]
struct TakenPage {
    f: Frame,
    unit: String,
    is_reserved: bool,
    people: Vec<TakenLine>,
}

struct TakenLine {
    case: i64,
    name: String,
    unit: String,
    on: Markup,
}

#[derive(Deserialize)]
pub(super) struct TakenWish {
    #[serde(default)]
    reserved: bool,
}

pub(super) async fn taken(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, unit)): Path<(i64, i64)>,
    Query(wish): Query<TakenWish>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let (row, own) = scope(site, &visitor, plan)?;
        let unit = unit_in_scope(site, &visitor, &own, unit)?;
        visitor.may(site, Action::SeeRoster, &unit)?;
        let taken = site.store().taken(unit.id, row.year, wish.reserved)?;
        let ids: Vec<_> = taken.iter().map(|taken| taken.person).collect();
        let names = site.store().names(&ids)?;
        let mut people = Vec::with_capacity(taken.len());
        for taken in taken {
            people.push(TakenLine {
                case: taken.case.0,
                name: names.get(&taken.person).cloned().unwrap_or_default(),
                unit: t.of(&site.store().unit(taken.unit)?.name).to_owned(),
                on: t.day(&taken.on),
            });
        }
        let title = t.say(if wish.reserved { "plan-reserved-title" } else { "plan-used-title" });
        let of_year = t.with("plan-title", &[("year", row.year.to_string())]);
        let path = [
            (t.say("plan-menu"), Some("/plan".to_owned())),
            (of_year, Some(format!("/plan/{plan}"))),
            (title.clone(), None),
        ];
        let f = Frame::of(site, &visitor, Place::Plan, title)?.path(path);
        let page = TakenPage { f, unit: t.of(&unit.name).to_owned(), is_reserved: wish.reserved, people };
        Ok(Html(page.render()?))
    })
    .await
}
