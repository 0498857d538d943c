//! A year's responsibility: what it lacks, its tasks as a tree, its letters with their results. Tasks and
//! letters have pages of their own, with the forms of what can be done to them.

mod letter;
mod opening;
mod task;

use app::charges::{Seen, View};
use askama::Template;
use axum::Router;
use axum::extract::{Path, RawForm, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::access::Action;
use domain::charge::{Act, Letter, Owner, Task, TaskAnswer};
use domain::finding::Finding;
use domain::ids::{ChargeId, UnitId};
use domain::unit::Unit;
use jiff::civil::Date;

use super::people::{command, new_command};
use super::plan::{Typed, said, typed};
use crate::forms::{Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

/// Every page of a year's responsibility.
pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/charges", get(latest))
        .route("/charges/new", get(opening::show).post(opening::open))
        .route("/charges/{charge}", get(show))
        .route("/charges/{charge}/draft", post(draft))
        .route("/charges/{charge}/tasks/new", get(task::show_new).post(task::set_new))
        .route("/charges/{charge}/tasks/{task}", get(task::show))
        .route("/charges/{charge}/tasks/{task}/act/{act}", post(task::act))
        .route("/charges/{charge}/letters/{letter}", get(letter::show))
        .route("/charges/{charge}/letters/{letter}/act/{act}", post(letter::act))
}

/// A field of one of several forms on a page.
fn field(
    t: Words,
    form: &str,
    (name, is_required, control): (&str, bool, Control),
    value: &str,
    problems: &[Finding],
) -> Drawn {
    let concerns = |finding: &&Finding| finding.fields.first().is_some_and(|field| field == name);
    Drawn {
        id: format!("{form}-{name}"),
        name: name.to_owned(),
        label: t.say(&format!("charge-field-{name}")),
        is_required,
        control,
        value: value.to_owned(),
        found: problems.iter().filter(concerns).cloned().collect(),
    }
}

/// The errors of a form with the places that they stand at.
fn placed(form: &str, problems: &[Finding]) -> Vec<(String, Finding)> {
    let place = |finding: &Finding| {
        format!("{form}-{}", finding.fields.first().map_or("", String::as_str).replace('.', "-"))
    };
    problems.iter().filter(|it| it.is_error()).map(|it| (place(it), it.clone())).collect()
}

const LINE: Control = Control::Text { width: "wfull", mode: "text" };
const FIGURE: Control = Control::Text { width: "w6", mode: "numeric" };
const DAY: Control = Control::Text { width: "w8", mode: "numeric" };

/// Words of a closed list as choices.
fn choices<'w>(t: Words, list: &str, all: impl IntoIterator<Item = &'w str>) -> Vec<Listed> {
    let listed = |word: &str| Listed { value: word.to_owned(), label: t.word(list, word) };
    all.into_iter().map(listed).collect()
}

/// A charge that covers the visitor's unit, with the part that the visitor sees.
fn scope(site: &Site, visitor: &Visitor, charge: i64) -> Result<(View, Unit), Trouble> {
    let own = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::SeeUnitFigures, &own)?;
    let all = site.store().charges_over(own.id)?;
    let row = all.into_iter().find(|row| row.id == ChargeId(charge)).ok_or(Trouble::Missing)?;
    let mut view = site.store().charge_view(row.id, site.now().today)?;
    view.keep_within(own.id);
    Ok((view, own))
}

/// Whether the visitor acts for a unit of a charge: the charge's own unit runs it, the others answer.
fn acts_for(site: &Site, visitor: &Visitor, view: &View, unit: UnitId) -> bool {
    let action = if unit == view.charge.unit { Action::RunCharge } else { Action::AnswerCharge };
    view.standing.unit(unit).is_some_and(|unit| visitor.may(site, action, unit).is_ok())
}

/// The path to a page below a charge.
fn trail(t: Words, view: &View, last: Option<&str>) -> Vec<(String, Option<String>)> {
    let year = t.with("charge-title", &[("year", view.charge.year.to_string())]);
    let here = last.is_some().then(|| format!("/charges/{}", view.charge.id));
    let mut path = vec![(t.say("charge-menu"), Some("/charges".to_owned())), (year, here)];
    path.extend(last.map(|last| (last.to_owned(), None)));
    path
}

async fn latest(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let own = site.store().unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeUnitFigures, &own)?;
        let all = site.store().charges_over(own.id)?;
        let this_year = site.now().today.year();
        if let Some(row) = all.iter().find(|row| row.year == this_year).or(all.first()) {
            return Ok(Redirect::to(&format!("/charges/{}", row.id)).into_response());
        }
        let f = Frame::of(site, &visitor, Place::Charge, visitor.t.say("charge-menu"))?;
        let may_open = visitor.may(site, Action::RunCharge, &own).is_ok();
        Ok(Html(NonePage { f, may_open }.render()?).into_response())
    })
    .await
}

#[derive(Template)]
#[template(path = "charge_none.html")]
struct NonePage {
    f: Frame,
    may_open: bool,
}

#[derive(Template)]
#[template(path = "charge.html")]
struct Page {
    f: Frame,
    charge: i64,
    unit: String,
    findings: Vec<Finding>,
    levels: Vec<(i64, usize, usize)>,
    tasks: Vec<TaskLine>,
    letters: Vec<LetterLine>,
    scheme: Vec<(String, i64, i64)>,
    /// Units for which the visitor may draft letters, with their names.
    givers: Vec<(UnitId, String)>,
    may_set: bool,
    may_open: bool,
    csrf: String,
    command: String,
}

struct TaskLine {
    number: i64,
    depth: usize,
    title: String,
    owner: String,
    due: Markup,
    state: &'static str,
    sign: &'static str,
    tone: &'static str,
}

struct LetterLine {
    number: i64,
    giver: String,
    taker: String,
    n_signed: usize,
    total: Option<i64>,
    grade: Option<&'static str>,
    is_replaced: bool,
}

/// How a task stands, as a word, a sign and a tone, so that no colour speaks alone.
fn state(task: &Task, today: Date) -> (&'static str, &'static str, &'static str) {
    match (&task.done, &task.answer) {
        (Some(done), _) if done.is_in_time && done.is_reached => ("done", "ok", "ok"),
        (Some(_), _) => ("done_late", "warn", "wait"),
        (None, _) if today > task.terms.due_on => ("overdue", "late", "stop"),
        (None, Some((_, TaskAnswer::Return, _))) => ("returned", "warn", "wait"),
        (None, Some((_, TaskAnswer::Accept, _))) => ("accepted", "ok", "ok"),
        (None, None) => ("open", "wait", "wait"),
    }
}

fn owner_name(t: Words, view: &View, owner: Option<&Owner>) -> String {
    owner.map_or_else(|| t.say("charge-nobody"), |owner| t.of(&view.standing.name(owner)).to_owned())
}

/// Tasks as a tree, each before those below it.
fn task_lines(t: Words, view: &View, today: Date) -> Vec<TaskLine> {
    let tasks = &view.charge.tasks;
    let is_shown = |number: Option<i64>| number.is_some_and(|number| tasks.contains_key(&number));
    let mut lines = Vec::new();
    let mut waiting: Vec<(usize, &Task)> =
        tasks.values().rev().filter(|task| !is_shown(task.terms.parent)).map(|task| (0, task)).collect();
    while let Some((depth, task)) = waiting.pop() {
        let (state, sign, tone) = state(task, today);
        lines.push(TaskLine {
            number: task.number,
            depth,
            title: task.terms.title.clone(),
            owner: owner_name(t, view, task.terms.owner.as_ref()),
            due: t.day(&task.terms.due_on),
            state,
            sign,
            tone,
        });
        let below = tasks.values().rev().filter(|it| it.terms.parent == Some(task.number));
        waiting.extend(below.map(|it| (depth + 1, it)));
    }
    lines
}

fn letter_line(t: Words, view: &View, letter: &Letter) -> LetterLine {
    let outcome = letter.appraisal.outcome();
    LetterLine {
        number: letter.number,
        giver: owner_name(t, view, Some(&Owner { unit: letter.giver, post: None })),
        taker: owner_name(t, view, Some(&letter.taker)),
        n_signed: usize::from(letter.giver_signed.is_some()) + usize::from(letter.taker_signed.is_some()),
        total: outcome.map(|outcome| outcome.total),
        grade: outcome.map(|outcome| outcome.grade.as_str()),
        is_replaced: letter.replaced_by.is_some(),
    }
}

async fn show(State(site): State<Site>, visitor: Visitor, Path(charge): Path<i64>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let (view, own) = scope(site, &visitor, charge)?;
        let title = t.with("charge-title", &[("year", view.charge.year.to_string())]);
        let levels = domain::charge::share_signed(&view.charge, &view.standing);
        let scheme = view.charge.terms.scheme.items.iter();
        let givers = view.standing.units.values().filter(|unit| {
            let has_below = view.standing.below(unit.id).next().is_some();
            let is_near = unit.id == own.id || unit.id == view.charge.unit;
            is_near && has_below && acts_for(site, &visitor, &view, unit.id)
        });
        let page = Page {
            charge,
            unit: owner_name(t, &view, Some(&Owner { unit: view.charge.unit, post: None })),
            levels: levels.into_iter().map(|(depth, (n, signed))| (depth, n, signed)).collect(),
            tasks: task_lines(t, &view, today),
            letters: view.charge.letters.values().map(|letter| letter_line(t, &view, letter)).collect(),
            scheme: scheme.map(|item| (t.of(&item.name).to_owned(), item.weight, item.each)).collect(),
            givers: givers.map(|unit| (unit.id, t.of(&unit.name).to_owned())).collect(),
            may_set: acts_for(site, &visitor, &view, own.id),
            may_open: visitor.may(site, Action::RunCharge, &own).is_ok(),
            csrf: visitor.identity.csrf.clone(),
            command: new_command(),
            f: Frame::of(site, &visitor, Place::Charge, title)?.path(trail(t, &view, None)),
            findings: view.findings,
        };
        Ok(Html(page.render()?))
    })
    .await
}

/// Drafts the letters of a unit to everybody directly below.
async fn draft(
    State(site): State<Site>,
    visitor: Visitor,
    Path(charge): Path<i64>,
    RawForm(sent): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&sent);
        visitor.check(said(&typed, "csrf"))?;
        scope(site, &visitor, charge)?;
        let giver = said(&typed, "giver").parse().map(UnitId).map_err(|_| Trouble::Missing)?;
        let seen = Seen { charge: ChargeId(charge), version: 0 };
        let id = command(said(&typed, "command"))?;
        site.store().act_on_charge(visitor.actor(), site.now(), id, seen, Act::Draft(giver))?;
        Ok(Redirect::to(&format!("/charges/{charge}#letters")).into_response())
    })
    .await
}

/// The part that a form speaks of, as it was seen.
fn seen(charge: i64, typed: &Typed) -> Result<Seen, Trouble> {
    let version = said(typed, "version").parse().map_err(|_| Trouble::Missing)?;
    Ok(Seen { charge: ChargeId(charge), version })
}
