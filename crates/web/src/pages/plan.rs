//! The plan of a year: what it says, its rounds, the table of units, the structure of its admissions,
//! and what is asked of it since. Each part with forms of its own has a module.

mod course;
mod forecast;
mod opening;
mod papers;
mod round;
mod sheets;
mod unit;

use std::collections::BTreeMap;

use app::plans::{Line, PlanRow, Seen, SignatureRow, View, least};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Act, AnswerKind, ChangeDecision, settings};
use domain::unit::Unit;
use serde::Deserialize;

use super::people::{command, new_command};
use crate::chart::{Caption, share_bar};
use crate::forms::{Control, Drawn};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

/// Every page of plans.
pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/plan", get(latest))
        .route("/plan/new", get(opening::show).post(opening::open))
        .route("/plan/forecast", get(forecast::show))
        .route("/plan/forecast/{file}", get(forecast::file))
        .route("/plan/{plan}", get(show))
        .route("/plan/{plan}/act/{act}", post(office))
        .route("/plan/{plan}/changes/{number}", post(decide))
        .route("/plan/{plan}/next", get(round::show).post(round::begin))
        .route("/plan/{plan}/draft", get(round::draft))
        .route("/plan/{plan}/draft/stop", post(round::stop))
        .route("/plan/{plan}/draft/propose", post(round::propose))
        .route("/plan/{plan}/units/{unit}", get(unit::show))
        .route("/plan/{plan}/units/{unit}/act/{act}", post(unit::act))
        .route("/plan/{plan}/units/{unit}/sheet", get(sheets::show).post(sheets::preview))
        .route("/plan/{plan}/units/{unit}/sheet.xlsx", get(sheets::file))
        .route("/plan/{plan}/units/{unit}/sheet/confirm", post(sheets::confirm))
        .route("/plan/{plan}/units/{unit}/taken", get(course::taken))
        .route("/plan/{plan}/course", get(course::show).post(course::act))
        .route("/plan/{plan}/brief", get(papers::brief))
        .route("/plan/{plan}/plan.xlsx", get(papers::workbook))
        .route("/plan/{plan}/rounds/{round}/{file}", get(papers::file))
}

/// What was typed into a form.
pub(super) type Typed = BTreeMap<String, String>;

pub(super) fn typed(form: &[u8]) -> Typed {
    form_urlencoded::parse(form).into_owned().map(|(name, value)| (name, value.trim().to_owned())).collect()
}

pub(super) fn said<'t>(typed: &'t Typed, name: &str) -> &'t str {
    typed.get(name).map_or("", String::as_str)
}

/// A field of one of several forms on a page.
fn field(
    t: Words,
    form: &str,
    (name, is_required, control): (&str, bool, Control),
    typed: &Typed,
    problems: &[Finding],
) -> Drawn {
    let concerns = |finding: &&Finding| finding.fields.first().is_some_and(|field| field == name);
    Drawn {
        id: format!("{form}-{}", name.replace('.', "-")),
        name: name.to_owned(),
        label: t.say(&format!("plan-field-{}", name.replace('.', "-"))),
        is_required,
        control,
        value: said(typed, name).to_owned(),
        found: problems.iter().filter(concerns).cloned().collect(),
    }
}

/// A whole number that was typed; commas are for reading.
pub(super) fn number(text: &str) -> Option<i64> {
    text.replace([',', '，', ' '], "").parse().ok()
}

/// A plan that covers the visitor's unit, and the part of it that the visitor sees.
pub(crate) fn scope(site: &Site, visitor: &Visitor, plan: i64) -> Result<(PlanRow, Unit), Trouble> {
    let own = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::SeeUnitFigures, &own)?;
    let plans = site.store().plans_over(own.id)?;
    let row = plans.into_iter().find(|row| row.id == PlanId(plan)).ok_or(Trouble::Missing)?;
    Ok((row, own))
}

/// A unit of a plan that the visitor sees.
fn unit_in_scope(site: &Site, visitor: &Visitor, own: &Unit, unit: i64) -> Result<Unit, Trouble> {
    let unit = site.store().unit(UnitId(unit))?;
    visitor.may(site, Action::SeeUnitFigures, &unit)?;
    if (own.pre..=own.post).contains(&unit.pre) { Ok(unit) } else { Err(Trouble::Missing) }
}

async fn latest(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let own = site.store().unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeUnitFigures, &own)?;
        let plans = site.store().plans_over(own.id)?;
        let this_year = site.now().today.year();
        let found = plans.iter().find(|row| row.year == this_year).or(plans.first());
        if let Some(row) = found {
            return Ok(Redirect::to(&format!("/plan/{}", row.id)).into_response());
        }
        let title = visitor.t.say("plan-menu");
        let f = Frame::of(site, &visitor, Place::Plan, title)?;
        let may_open = visitor.may(site, Action::RunPlan, &own).is_ok();
        Ok(Html(Nothing { f, may_open }.render()?).into_response())
    })
    .await
}

#[derive(Template)]
#[template(path = "plan_none.html")]
struct Nothing {
    f: Frame,
    may_open: bool,
}

#[derive(Template)]
#[template(path = "plan.html")]
struct Page {
    f: Frame,
    view: View,
    years: Vec<(String, String, bool)>,
    kicker: String,
    lead: String,
    as_written: String,
    rounds: Vec<RoundLine>,
    moved: Vec<Moved>,
    rows: Vec<Row>,
    shares: Vec<ShareLine>,
    n_cells: i64,
    changes: Vec<ChangeLine>,
    certificate: Option<(i64, String)>,
    office: Office,
    csrf: String,
}

/// What the office can do now.
struct Office {
    may_open: bool,
    /// Ask for the branches below by sheet.
    may_send_sheet: bool,
    may_propose: bool,
    may_sign: bool,
    may_adopt: bool,
    /// Why it cannot be adopted yet.
    findings: Vec<Finding>,
    seen: (i64, i64),
    command: String,
}

struct RoundLine {
    title: String,
    text: String,
    is_current: bool,
}

struct Moved {
    id: UnitId,
    name: String,
    asked: i64,
    before: i64,
    after: i64,
    moved: String,
    reason: String,
}

struct Row {
    id: UnitId,
    name: String,
    depth: i64,
    /// Where the fold leads, and whether it is open; none where nothing is below.
    fold: Option<(String, bool)>,
    line: Line,
    asks_too_much: bool,
    proposed: Option<i64>,
    moved: String,
    is_up: bool,
    bar: Markup,
}

struct ShareLine {
    name: String,
    as_written: String,
    least: i64,
    adopted: String,
    n: i64,
    share: String,
    bar: Markup,
    is_met: bool,
    by: i64,
}

struct ChangeLine {
    number: i64,
    unit: String,
    unit_id: UnitId,
    other: String,
    before: i64,
    after: i64,
    reason: String,
    asked_on: Markup,
    decision: Option<(Markup, bool, String)>,
    may_decide: bool,
    seen: (i64, i64),
    command: String,
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    open: String,
}

async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(plan): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, plan, &wish.open, &[])?.render()?))).await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    plan: i64,
    open: &str,
    findings: &[Finding],
) -> Result<Page, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let (row, own) = scope(site, visitor, plan)?;
    let opened: Vec<UnitId> = open.split(',').filter_map(|id| id.parse().ok()).collect();
    let view = site.store().plan_view(row.id, own.id, &opened, today)?;
    let top = view.lines.first().ok_or(Trouble::Missing)?.clone();
    let sees_all = top.unit.id == view.row.unit;
    let title = t.with("plan-title", &[("year", view.row.year.to_string())]);
    let mut years = Vec::new();
    for known in site.store().plans_over(own.id)? {
        let maker = site.store().unit(known.unit)?;
        let label = format!("{} · {}", known.year, t.of(&maker.name));
        years.push((label, format!("/plan/{}", known.id), known.id == view.row.id));
    }
    let path = [(t.say("plan-menu"), Some("/plan".to_owned())), (title.clone(), None)];
    Ok(Page {
        f: Frame::of(site, visitor, Place::Plan, title)?.path(path),
        years,
        kicker: kicker(t, &view),
        lead: lead(t, &view, &top),
        as_written: as_written(t, &view),
        rounds: round_lines(t, &view, &top),
        moved: view.lines.iter().filter_map(|line| moved(t, line)).collect(),
        rows: view.lines.iter().map(|line| table_row(t, plan, &opened, (&top, line))).collect(),
        shares: if sees_all { share_lines(t, &view) } else { Vec::new() },
        n_cells: view.rounds.last().map_or(0, |round| round.cells.values().sum()),
        changes: change_lines(site, visitor, &view, &own)?,
        certificate: view
            .rounds
            .last()
            .filter(|_| sees_all)
            .map(|round| (round.round, round.certificate_sha256.chars().take(12).collect())),
        office: office_of(site, visitor, &view, &own, findings),
        csrf: visitor.identity.csrf.clone(),
        view,
    })
}

fn kicker(t: Words, view: &View) -> String {
    match view.row.adopted_on {
        Some(day) => t.about("plan-adopted-on", t.plain_day(&day)),
        None if view.row.round == 0 => t.about("plan-asking-until", t.plain_day(&view.row.terms.ask_by)),
        None => t.with("plan-round-now", &[("round", view.row.round.to_string())]),
    }
}

/// The plan in one sentence.
fn lead(t: Words, view: &View, top: &Line) -> String {
    let name = t.of(&top.unit.name).to_owned();
    let n_below = view.lines.iter().filter(|line| line.unit.parent == Some(top.unit.id)).count();
    match (top.quota, top.places()) {
        (Some((_, n)), _) => t.with(
            "plan-lead-adopted",
            &[
                ("unit", name),
                ("n", t.number(n)),
                ("below", n_below.to_string()),
                ("used", t.number(top.n_used)),
                ("left", t.number(n - top.n_used)),
            ],
        ),
        (None, Some(n)) => t.with(
            "plan-lead-proposed",
            &[("unit", name), ("n", t.number(n)), ("asked", t.number(top.n_asked))],
        ),
        (None, None) => t.with(
            "plan-lead-asked",
            &[("unit", name), ("asked", t.number(top.n_asked)), ("ready", t.number(top.n_ready))],
        ),
    }
}

fn as_written(t: Words, view: &View) -> String {
    let terms = &view.row.terms;
    let tolerance = format!("{}.{}", terms.tolerance_permille / 10, terms.tolerance_permille % 10);
    let values = [("n", t.number(terms.intake)), ("tolerance", tolerance)];
    match terms.intake_as_written {
        Some(written) => {
            let [n, tolerance] = values;
            t.with("plan-as-written", &[("written", t.number(written)), n, tolerance])
        }
        None => t.with("plan-as-adopted", &values),
    }
}

/// The three passes with their days.
fn round_lines(t: Words, view: &View, top: &Line) -> Vec<RoundLine> {
    let (terms, round) = (&view.row.terms, view.row.round);
    let day = |day| t.plain_day(day);
    let n_late = view.requests.iter().filter(|request| request.is_late).count();
    let below = t.with(
        "plan-pass-below",
        &[
            ("day", day(&terms.ask_by)),
            ("asked", t.number(top.n_asked)),
            ("ready", t.number(top.n_ready)),
            ("late", n_late.to_string()),
        ],
    );
    let above = match view.rounds.first() {
        Some(first) => {
            let n_of =
                |kind: AnswerKind| view.answers.iter().filter(|it| it.round == 1 && it.kind == kind).count();
            let n = top.rounds.first().copied().unwrap_or(0);
            t.with(
                "plan-pass-above",
                &[
                    ("day", day(&first.proposed_on)),
                    ("n", t.number(n)),
                    ("agreed", n_of(AnswerKind::Accept).to_string()),
                    ("objected", (n_of(AnswerKind::Object) + n_of(AnswerKind::Counter)).to_string()),
                ],
            )
        }
        None => t.about("plan-pass-above-open", day(&terms.answer_by)),
    };
    let signed: Vec<&SignatureRow> = view.signatures.iter().filter(|it| it.round == round).collect();
    let together = match view.row.adopted_on {
        Some(on) => {
            let n = view.lines.iter().filter(|line| line.moved().is_some_and(|n| n != 0)).count();
            let n = if round > 1 { n.saturating_sub(usize::from(top.moved() != Some(0))) } else { 0 };
            let waiting = view.changes.iter().filter(|change| change.decision.is_none()).count();
            t.with(
                "plan-pass-together",
                &[("day", day(&on)), ("n", n.to_string()), ("waiting", waiting.to_string())],
            )
        }
        None => t.with(
            "plan-pass-together-open",
            &[
                ("day", day(&terms.sign_by)),
                ("signed", signed.len().to_string()),
                ("of", (view.plan.parties.len() + 1).to_string()),
            ],
        ),
    };
    let at = if view.row.adopted_on.is_some() || round > 1 { 2 } else { usize::from(round > 0) };
    [("plan-below", below), ("plan-above", above), ("plan-together", together)]
        .into_iter()
        .enumerate()
        .map(|(place, (title, text))| RoundLine { title: t.say(title), text, is_current: place == at })
        .collect()
}

fn moved(t: Words, line: &Line) -> Option<Moved> {
    let n = line.moved().filter(|n| *n != 0 || line.reason.is_some())?;
    let [.., before, after] = line.rounds[..] else { return None };
    Some(Moved {
        id: line.unit.id,
        name: t.of(&line.unit.name).to_owned(),
        asked: line.n_asked,
        before,
        after,
        moved: signed(n),
        reason: line.reason.clone().unwrap_or_else(|| t.say("plan-moved-along")),
    })
}

/// A difference with its sign.
fn signed(n: i64) -> String {
    match n {
        0 => "0".to_owned(),
        n if n > 0 => format!("+{n}"),
        n => format!("−{}", n.unsigned_abs()),
    }
}

fn table_row(t: Words, plan: i64, opened: &[UnitId], (top, line): (&Line, &Line)) -> Row {
    let id = line.unit.id;
    let is_open = opened.contains(&id);
    let others = opened.iter().filter(|other| **other != id);
    let kept: Vec<String> =
        others.map(ToString::to_string).chain((!is_open).then(|| id.to_string())).collect();
    let href = if kept.is_empty() {
        format!("/plan/{plan}#u{id}")
    } else {
        format!("/plan/{plan}?open={}#u{id}", kept.join(","))
    };
    let places = line.places().unwrap_or(0);
    let caption_id = format!("use-{id}");
    let desc = t.with("plan-use-desc", &[("used", t.number(line.n_used)), ("n", t.number(places))]);
    let caption = Caption { id: &caption_id, title: &t.say("plan-use"), desc: &desc };
    let bar = share_bar(caption, line.n_used.unsigned_abs(), places.max(line.n_used).unsigned_abs(), None);
    Row {
        id,
        name: t.of(&line.unit.name).to_owned(),
        depth: (line.unit.depth - top.unit.depth).clamp(0, 4),
        fold: (line.has_below && id != top.unit.id).then_some((href, is_open)),
        asks_too_much: line.n_asked > line.n_ready,
        proposed: line
            .rounds
            .len()
            .checked_sub(2)
            .map_or(line.rounds.first().copied(), |at| Some(line.rounds[at])),
        moved: line.moved().map_or_else(String::new, signed),
        is_up: line.moved().is_some_and(|n| n != 0),
        bar: Markup(bar),
        line: line.clone(),
    }
}

/// The structure of everyone in the plan, in whole people.
fn share_lines(t: Words, view: &View) -> Vec<ShareLine> {
    let Some(round) = view.rounds.last() else { return Vec::new() };
    let n_all: i64 = round.cells.values().sum();
    let line = |share: &domain::plan::ShareTarget| {
        let name = t.of(&settings().attribute(&share.attribute)?.name).to_owned();
        let (n, least) = (settings().n_with(&round.cells, &share.attribute), least(share, n_all));
        let percent = |permille: i64| format!("{}.{}", permille / 10, permille % 10);
        let id = format!("share-{}", share.attribute);
        let desc = t.with(
            "plan-share-desc",
            &[("all", t.number(n_all)), ("n", t.number(n)), ("least", t.number(least))],
        );
        let caption = Caption { id: &id, title: &name, desc: &desc };
        let whole = |n: i64| n.unsigned_abs();
        Some(ShareLine {
            bar: Markup(share_bar(caption, whole(n), whole(n_all), Some(whole(least)))),
            as_written: percent(share.permille_as_written),
            adopted: percent(share.permille),
            share: percent((n * 2000 + n_all).div_euclid(2 * n_all.max(1))),
            is_met: n >= least,
            by: (n - least).abs(),
            name,
            least,
            n,
        })
    };
    view.row.terms.shares.iter().filter_map(line).collect()
}

fn change_lines(site: &Site, visitor: &Visitor, view: &View, own: &Unit) -> Result<Vec<ChangeLine>, Trouble> {
    let t = visitor.t;
    let mut lines = Vec::new();
    for change in &view.changes {
        let unit = site.store().unit(change.unit)?;
        if !(own.pre..=own.post).contains(&unit.pre) {
            continue;
        }
        let other = match change.other {
            Some(other) => t.of(&site.store().unit(other)?.name).to_owned(),
            None => String::new(),
        };
        let may_decide = change.decision.is_none() && visitor.may(site, Action::RunPlan, &view.maker).is_ok();
        let seen = site.store().plan_seen(view.row.id, change.unit)?;
        lines.push(ChangeLine {
            number: change.number,
            unit: t.of(&unit.name).to_owned(),
            unit_id: unit.id,
            other,
            before: change.before,
            after: change.after,
            reason: change.reason.clone(),
            asked_on: t.day(&change.asked_on),
            decision: change
                .decision
                .as_ref()
                .map(|(on, is_granted, why)| (t.day(on), *is_granted, why.clone())),
            may_decide,
            seen: (seen.round, seen.version),
            command: new_command(),
        });
    }
    Ok(lines)
}

fn office_of(site: &Site, visitor: &Visitor, view: &View, own: &Unit, findings: &[Finding]) -> Office {
    let runs = visitor.may(site, Action::RunPlan, &view.maker).is_ok();
    let is_running = runs && view.row.adopted_on.is_none();
    Office {
        may_open: visitor.may(site, Action::RunPlan, own).is_ok(),
        may_send_sheet: view.row.adopted_on.is_none()
            && !own.kind.is_branch()
            && visitor.may(site, Action::AskPlan, own).is_ok(),
        may_propose: is_running,
        may_sign: is_running && view.row.round > 0 && !view.plan.is_signed,
        may_adopt: is_running && view.row.round > 0 && view.plan.is_signed,
        findings: findings.to_vec(),
        seen: (view.seen.round, view.seen.version),
        command: new_command(),
    }
}

/// What a form says it has seen.
fn seen(plan: i64, typed: &Typed) -> Result<Seen, Trouble> {
    let read = |name: &str| said(typed, name).parse::<i64>().ok();
    match (read("round"), read("version")) {
        (Some(round), Some(version)) => Ok(Seen { plan: PlanId(plan), round, version }),
        _ => Err(Trouble::Missing),
    }
}

/// Signing for the office, and adopting.
async fn office(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, act)): Path<(i64, String)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (row, _) = scope(site, &visitor, plan)?;
        let act = match act.as_str() {
            "sign" => Act::Sign,
            "adopt" => Act::Adopt,
            _ => return Err(Trouble::Missing),
        };
        let id = command(said(&typed, "command"))?;
        let done =
            site.store().act_on_plan(visitor.actor(), site.now(), id, (seen(plan, &typed)?, row.unit), act);
        match done {
            Ok(_) => Ok(Redirect::to(&format!("/plan/{plan}")).into_response()),
            Err(app::act::ActError::Refused(refusal)) => {
                let page = page(site, &visitor, plan, "", &refusal.findings)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Deciding on a change of the adopted plan.
async fn decide(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, number)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (row, _) = scope(site, &visitor, plan)?;
        let view = site.store().plan_view(row.id, row.unit, &[], site.now().today)?;
        let change = view.changes.iter().find(|change| change.number == number).ok_or(Trouble::Missing)?;
        let decision = ChangeDecision {
            number,
            is_granted: said(&typed, "decision") == "grant",
            reason: said(&typed, "reason").to_owned(),
        };
        let id = command(said(&typed, "command"))?;
        let at = (seen(plan, &typed)?, change.unit);
        let act = Act::DecideChange(decision);
        match site.store().act_on_plan(visitor.actor(), site.now(), id, at, act) {
            Ok(_) => Ok(Redirect::to(&format!("/plan/{plan}#changes")).into_response()),
            Err(app::act::ActError::Refused(refusal)) => {
                let page = page(site, &visitor, plan, "", &refusal.findings)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}
