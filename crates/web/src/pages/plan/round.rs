//! The next round: numbers settled by hand with their reasons, the solve with its progress, and the
//! draft as it would be proposed. Nothing is recorded before it is proposed.

use app::act::ActError;
use app::plans::{Draft, DraftError, Line};
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Act, Settled};

use super::{Typed, number, said, scope, seen, signed, typed};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::site::Site;
use crate::trouble::{Trouble, said_by};
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "plan_next.html")]
struct NextPage {
    f: Frame,
    plan: i64,
    round: i64,
    lines: Vec<NextLine>,
    problems: Vec<String>,
    csrf: String,
}

/// A unit whose number can be settled by hand.
struct NextLine {
    id: UnitId,
    name: String,
    line: Line,
    said: String,
    wish: String,
    n: String,
    reason: String,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(plan): Path<i64>) -> Response {
    site.work(move |site| Ok(Html(next_page(site, &visitor, plan, None, Vec::new())?.render()?))).await
}

fn next_page(
    site: &Site,
    visitor: &Visitor,
    plan: i64,
    typed: Option<&Typed>,
    problems: Vec<String>,
) -> Result<NextPage, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let (row, own) = scope(site, visitor, plan)?;
    visitor.may(site, Action::RunPlan, &site.store().unit(row.unit)?)?;
    let view = site.store().plan_view(row.id, own.id, &[], today)?;
    let title = t.with("plan-next-title", &[("round", (row.round + 1).to_string())]);
    let line = |line: &Line| {
        let answer =
            view.answers.iter().find(|answer| answer.round == row.round && answer.unit == line.unit.id);
        let wish = answer.and_then(|answer| answer.n);
        let value = |name: &str, suggested: String| match typed {
            Some(typed) => said(typed, &format!("{name}.{}", line.unit.id)).to_owned(),
            None => suggested,
        };
        NextLine {
            id: line.unit.id,
            name: t.of(&line.unit.name).to_owned(),
            said: answer.map_or_else(String::new, |it| t.say(&format!("plan-answer-{}", it.kind.as_str()))),
            wish: answer.map_or_else(String::new, |answer| answer.reason.clone()),
            n: value("n", wish.map_or_else(String::new, |n| n.to_string())),
            reason: value("reason", wish.and(answer).map_or_else(String::new, |it| it.reason.clone())),
            line: line.clone(),
        }
    };
    Ok(NextPage {
        f: Frame::of(site, visitor, Place::Plan, title.clone())?.path(path(t, plan, row.year, title)),
        plan,
        round: row.round + 1,
        lines: view.lines[1..].iter().map(line).collect(),
        problems,
        csrf: visitor.identity.csrf.clone(),
    })
}

fn path(t: Words, plan: i64, year: i16, title: String) -> Vec<(String, Option<String>)> {
    let of_year = t.with("plan-title", &[("year", year.to_string())]);
    vec![
        (t.say("plan-menu"), Some("/plan".to_owned())),
        (of_year, Some(format!("/plan/{plan}"))),
        (title, None),
    ]
}

pub(super) async fn begin(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (row, _) = scope(site, &visitor, plan)?;
        visitor.may(site, Action::RunPlan, &site.store().unit(row.unit)?)?;
        match settled(visitor.t, &typed) {
            Ok(settled) => {
                site.drafts().begin(site, visitor.identity.account, row.id, settled)?;
                Ok(Redirect::to(&format!("/plan/{plan}/draft")).into_response())
            }
            Err(problems) => {
                let page = next_page(site, &visitor, plan, Some(&typed), problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

/// The numbers that were settled by hand; each needs its reason.
fn settled(t: Words, typed: &Typed) -> Result<Vec<Settled>, Vec<String>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (name, value) in typed {
        let Some(unit) = name.strip_prefix("n.").and_then(|id| id.parse().ok()) else { continue };
        if value.is_empty() {
            continue;
        }
        let reason = said(typed, &format!("reason.{unit}")).to_owned();
        match number(value).filter(|n| *n >= 0) {
            Some(n) if !reason.is_empty() => found.push(Settled { unit, n, reason }),
            Some(n) => problems.push(t.count("plan-next-no-reason", n)),
            None => problems.push(t.about("plan-next-no-number", value)),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

#[derive(Template)]
#[template(path = "plan_draft.html")]
struct DraftPage {
    f: Frame,
    plan: i64,
    /// What it is doing, while it is under way.
    progress: Option<String>,
    stopped: Option<String>,
    draft: Option<Shown>,
    findings: Vec<Finding>,
    csrf: String,
    command: String,
}

/// A draft as the page shows it.
struct Shown {
    round: i64,
    is_solved: bool,
    words: Vec<String>,
    faults: Vec<String>,
    numbers: Vec<(String, i64, i64, i64, String)>,
    seen: (i64, i64),
}

pub(super) async fn draft(State(site): State<Site>, visitor: Visitor, Path(plan): Path<i64>) -> Response {
    site.work(move |site| {
        let page = draft_page(site, &visitor, plan, Vec::new())?;
        let is_under_way = page.progress.is_some();
        let html = Html(page.render()?);
        // Without a script the browser asks again by itself.
        let again = is_under_way.then_some([(HeaderName::from_static("refresh"), "1")]);
        Ok(match again {
            Some(headers) => (headers, html).into_response(),
            None => html.into_response(),
        })
    })
    .await
}

fn draft_page(
    site: &Site,
    visitor: &Visitor,
    plan: i64,
    findings: Vec<Finding>,
) -> Result<DraftPage, Trouble> {
    let t = visitor.t;
    let (row, _) = scope(site, visitor, plan)?;
    visitor.may(site, Action::RunPlan, &site.store().unit(row.unit)?)?;
    let job = site.drafts().of(visitor.identity.account, PlanId(plan)).ok_or(Trouble::Missing)?;
    let title = t.say("plan-draft-title");
    let outcome = job.outcome();
    let progress = outcome.is_none().then(|| {
        let (phase, n_done, n) = job.progress();
        let doing = t.say(&format!("plan-phase-{}", phase.as_str()));
        match phase.stage() {
            Some(stage) => t.with(
                "plan-draft-searching",
                &[("doing", doing), ("stage", t.of(&stage).to_owned()), ("done", t.number(n_done))],
            ),
            None => t.with(
                "plan-draft-progress",
                &[("doing", doing), ("done", t.number(n_done)), ("n", t.number(n))],
            ),
        }
    });
    let (mut draft, mut stopped) = (None, None);
    match outcome.as_deref() {
        Some(Ok(known)) => draft = Some(shown(site, visitor, known)?),
        Some(Err(error)) => stopped = Some(told(t, error)),
        None => {}
    }
    Ok(DraftPage {
        f: Frame::of(site, visitor, Place::Plan, title.clone())?.path(path(t, plan, row.year, title)),
        plan,
        progress,
        stopped,
        draft,
        findings,
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
    })
}

fn told(t: Words, error: &DraftError) -> String {
    t.of(&said_by(error)).to_owned()
}

fn shown(site: &Site, visitor: &Visitor, draft: &Draft) -> Result<Shown, Trouble> {
    let t = visitor.t;
    let view = site.store().plan_view(draft.plan, visitor.grant.unit, &[], site.now().today)?;
    let number = |line: &Line| {
        let share = draft.proposal.shares.iter().find(|share| share.unit == line.unit.id)?;
        let moved = line.rounds.last().map_or_else(String::new, |before| signed(share.n - before));
        Some((t.of(&line.unit.name).to_owned(), share.n_ready, share.n_asked, share.n, moved))
    };
    Ok(Shown {
        round: draft.round,
        is_solved: draft.proposal.is_solved,
        words: draft.words.iter().map(|words| t.of(words).to_owned()).collect(),
        faults: draft.faults.iter().map(|fault| t.of(fault).to_owned()).collect(),
        numbers: view.lines.iter().filter_map(number).collect(),
        seen: (view.seen.round, view.seen.version),
    })
}

pub(super) async fn stop(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        visitor.check(said(&typed(&form), "csrf"))?;
        site.drafts().stop(visitor.identity.account, PlanId(plan));
        Ok(Redirect::to(&format!("/plan/{plan}")))
    })
    .await
}

pub(super) async fn propose(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (row, _) = scope(site, &visitor, plan)?;
        let by = visitor.identity.account;
        let outcome = site.drafts().of(by, row.id).and_then(|job| job.outcome());
        let Some(Ok(draft)) = outcome.as_deref() else { return Err(Trouble::Missing) };
        let act = Act::Propose(Box::new(draft.proposal.clone()));
        let id = command(said(&typed, "command"))?;
        let at = (seen(plan, &typed)?, row.unit);
        match site.store().act_on_plan(visitor.actor(), site.now(), id, at, act) {
            Ok(_) => {
                site.drafts().stop(by, row.id);
                Ok(Redirect::to(&format!("/plan/{plan}")).into_response())
            }
            Err(ActError::Refused(refusal)) => {
                let page = draft_page(site, &visitor, plan, refusal.findings)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}
