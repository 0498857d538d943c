//! A task: what it says, where it stands, what was said about it, and the forms by which it is set, split,
//! answered, pressed for and reported.

use app::act::ActError;
use app::charges::View;
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::charge::{Act, Measure, MeasureKind, Owner, Press, Task, TaskAnswer, TaskTerms};
use domain::finding::Finding;
use domain::ids::{PostId, UnitId};
use serde::Deserialize;

use super::{
    DAY, FIGURE, LINE, acts_for, choices, field, owner_name, placed, said, scope, seen, state, trail,
};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::pages::plan::{Typed, number, typed};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "charge_task.html")]
struct Page {
    f: Frame,
    charge: i64,
    /// The task; none for a new one.
    task: Option<Shown>,
    set: Vec<Drawn>,
    answer: Vec<Drawn>,
    press: Vec<Drawn>,
    report: Vec<Drawn>,
    can: Can,
    errors: Vec<(String, Finding)>,
    version: i64,
    csrf: String,
    command: String,
}

struct Shown {
    number: i64,
    owner: String,
    co_owners: Vec<String>,
    due: Markup,
    measure: String,
    state: &'static str,
    sign: &'static str,
    tone: &'static str,
    above: Option<(i64, String)>,
    below: Vec<(i64, String)>,
    /// What was said about it: the day, what, and in what words.
    told: Vec<(Markup, String, String)>,
    figure: Option<i64>,
}

#[derive(Clone, Copy)]
struct Can {
    set: bool,
    split: bool,
    answer: bool,
    press: bool,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    parent: Option<i64>,
}

pub(super) async fn show_new(
    State(site): State<Site>,
    visitor: Visitor,
    Path(charge): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let parent = wish.parent.map(|parent| ("parent".to_owned(), parent.to_string()));
        let typed: Typed = parent.into_iter().collect();
        Ok(Html(page(site, &visitor, (charge, None), "set", (&typed, &[]))?.render()?))
    })
    .await
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((charge, task)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        Ok(Html(page(site, &visitor, (charge, Some(task)), "", (&Typed::new(), &[]))?.render()?))
    })
    .await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (charge, number): (i64, Option<i64>),
    form: &str,
    (typed, problems): (&Typed, &[Finding]),
) -> Result<Page, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let (view, own) = scope(site, visitor, charge)?;
    let task = match number {
        Some(number) => Some(view.charge.tasks.get(&number).ok_or(Trouble::Missing)?),
        None => None,
    };
    let owner_of = |number: Option<i64>| {
        let task = number.and_then(|number| view.charge.tasks.get(&number));
        task.and_then(|task| task.terms.owner.as_ref()).map_or(view.charge.unit, |owner| owner.unit)
    };
    let is_open = task.is_none_or(|task| task.done.is_none());
    let owner = owner_of(number);
    let above = owner_of(task.and_then(|task| task.terms.parent));
    let can = Can {
        set: is_open && (task.is_none() || acts_for(site, visitor, &view, above)),
        split: task.is_some() && acts_for(site, visitor, &view, owner),
        answer: task.is_some() && is_open && acts_for(site, visitor, &view, owner),
        press: task.is_some() && is_open && acts_for(site, visitor, &view, above),
    };
    let title = task.map_or_else(|| t.say("charge-task-new"), |task| task.terms.title.clone());
    let forms = Forms { t, view: &view, own: own.id, task, form, typed, problems };
    Ok(Page {
        f: Frame::of(site, visitor, Place::Charge, title.clone())?.path(trail(t, &view, Some(&title))),
        charge,
        set: forms.set(),
        answer: forms.answer(),
        press: forms.press(),
        report: forms.report(),
        can,
        errors: placed(form, problems),
        version: task.map_or(0, |task| task.version),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        task: task.map(|task| {
            let (state, sign, tone) = state(task, today);
            let named =
                |number: i64| view.charge.tasks.get(&number).map(|it| (number, it.terms.title.clone()));
            let below = view.charge.tasks.values().filter(|it| it.terms.parent == Some(task.number));
            let co_owners = task.terms.co_owners.iter();
            Shown {
                number: task.number,
                owner: owner_name(t, &view, task.terms.owner.as_ref()),
                co_owners: co_owners
                    .map(|unit| owner_name(t, &view, Some(&Owner { unit: *unit, post: None })))
                    .collect(),
                due: t.day(&task.terms.due_on),
                measure: measured(t, &task.terms.measure),
                state,
                sign,
                tone,
                above: task.terms.parent.and_then(named),
                below: below.map(|it| (it.number, it.terms.title.clone())).collect(),
                told: told(t, task),
                figure: task.done.as_ref().and_then(|done| done.figure),
            }
        }),
    })
}

fn measured(t: Words, measure: &Measure) -> String {
    let values = [
        ("target", measure.target.map_or_else(String::new, |n| t.number(n))),
        ("base", measure.base.map_or_else(String::new, |n| t.number(n))),
    ];
    let said = t.with(&format!("charge-measured-{}", measure.kind.as_str()), &values);
    if measure.words.is_empty() { said } else { format!("{said} · {}", measure.words) }
}

fn told(t: Words, task: &Task) -> Vec<(Markup, String, String)> {
    let mut told: Vec<_> = task
        .pressed
        .iter()
        .map(|(on, press, words)| (*on, t.word("charge-press", press.as_str()), words.clone()))
        .collect();
    told.extend(
        task.answer
            .iter()
            .map(|(on, answer, reason)| (*on, t.word("charge-answer", answer.as_str()), reason.clone())),
    );
    told.extend(task.done.iter().map(|done| (done.on, t.say("charge-reported"), done.evidence.clone())));
    told.sort_by_key(|(on, ..)| *on);
    told.into_iter().map(|(on, what, words)| (t.day(&on), what, words)).collect()
}

/// The forms of the page; what was typed stands in the one that was sent.
struct Forms<'a> {
    t: Words,
    view: &'a View,
    own: UnitId,
    task: Option<&'a Task>,
    form: &'a str,
    typed: &'a Typed,
    problems: &'a [Finding],
}

impl Forms<'_> {
    fn draw(&self, form: &str, (name, is_required, control): (&str, bool, Control), known: String) -> Drawn {
        let is_sent = self.form == form && (self.task.is_some() || self.typed.contains_key(name));
        let value = if is_sent { said(self.typed, name).to_owned() } else { known };
        let problems = if self.form == form { self.problems } else { &[] };
        field(self.t, form, (name, is_required, control), &value, problems)
    }

    fn set(&self) -> Vec<Drawn> {
        let terms = self.task.map(|task| &task.terms);
        let text = |of: &dyn Fn(&TaskTerms) -> String| terms.map_or_else(String::new, of);
        let number = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        let tasks = self.view.charge.tasks.values().filter(|task| task.done.is_none());
        let above = tasks.filter(|it| self.task.is_none_or(|task| task.number != it.number));
        let above =
            above.map(|it| Listed { value: it.number.to_string(), label: it.terms.title.clone() }).collect();
        let kinds = choices(self.t, "charge-measure", MeasureKind::ALL.iter().map(|kind| kind.as_str()));
        let kind = terms.map_or(MeasureKind::Words, |terms| terms.measure.kind);
        vec![
            self.draw("set", ("title", true, LINE), text(&|terms| terms.title.clone())),
            self.draw("set", ("parent", false, Control::Choice(above)), text(&|it| number(it.parent))),
            self.draw(
                "set",
                ("owner", true, Control::Choice(self.owners())),
                text(&|it| spelt(it.owner.as_ref())),
            ),
            self.draw("set", ("co_owners", false, LINE), text(&|terms| self.codes(&terms.co_owners))),
            self.draw("set", ("due_on", true, DAY), text(&|terms| forms::written(&terms.due_on))),
            self.draw("set", ("measure", true, Control::Choice(kinds)), kind.as_str().to_owned()),
            self.draw("set", ("target", false, FIGURE), text(&|terms| number(terms.measure.target))),
            self.draw("set", ("base", false, FIGURE), text(&|terms| number(terms.measure.base))),
            self.draw("set", ("words", false, LINE), text(&|terms| terms.measure.words.clone())),
        ]
    }

    fn codes(&self, units: &[UnitId]) -> String {
        let codes = units.iter().filter_map(|unit| self.view.standing.unit(*unit));
        codes.map(|unit| unit.code.clone()).collect::<Vec<_>>().join(" ")
    }

    /// Whoever can own a task of the visitor's: the unit, those directly below, and posts in them.
    fn owners(&self) -> Vec<Listed> {
        let standing = &self.view.standing;
        let near = standing.unit(self.own).into_iter().chain(standing.below(self.own));
        let mut owners = Vec::new();
        for unit in near {
            let owner = Owner { unit: unit.id, post: None };
            owners.push(owner.clone());
            let held = standing.posts.values().filter(|(at, held)| *at == unit.id && held.to_on.is_none());
            owners.extend(held.map(|(_, held)| Owner { post: Some(held.id), ..owner.clone() }));
        }
        let current = self.task.and_then(|task| task.terms.owner.clone());
        owners.extend(current.filter(|owner| !owners.contains(owner)));
        let label = |owner: &Owner| owner_name(self.t, self.view, Some(owner));
        owners.iter().map(|owner| Listed { value: spelt(Some(owner)), label: label(owner) }).collect()
    }

    fn answer(&self) -> Vec<Drawn> {
        let kinds = choices(self.t, "charge-answer", TaskAnswer::ALL.iter().map(|it| it.as_str()));
        vec![
            self.draw("answer", ("answer", true, Control::Radios(kinds)), String::new()),
            self.draw("answer", ("reason", false, Control::Lines), String::new()),
        ]
    }

    fn press(&self) -> Vec<Drawn> {
        let kinds = choices(self.t, "charge-press", Press::ALL.iter().map(|it| it.as_str()));
        vec![
            self.draw("press", ("press", true, Control::Radios(kinds)), String::new()),
            self.draw("press", ("reason", true, Control::Lines), String::new()),
        ]
    }

    fn report(&self) -> Vec<Drawn> {
        let mut fields = Vec::new();
        if self.task.is_some_and(|task| task.terms.measure.target.is_some()) {
            fields.push(self.draw("report", ("figure", true, FIGURE), String::new()));
        }
        fields.push(self.draw("report", ("evidence", true, Control::Lines), String::new()));
        fields
    }
}

fn spelt(owner: Option<&Owner>) -> String {
    match owner {
        None => String::new(),
        Some(Owner { unit, post: None }) => unit.to_string(),
        Some(Owner { unit, post: Some(post) }) => format!("{unit}-{post}"),
    }
}

fn owner(text: &str) -> Option<Owner> {
    let (unit, post) = match text.split_once('-') {
        Some((unit, post)) => (unit, Some(post.parse().ok().map(PostId)?)),
        None => (text, None),
    };
    Some(Owner { unit: unit.parse().ok().map(UnitId)?, post })
}

/// The task that was typed, or every field that cannot be read.
fn terms(site: &Site, typed: &Typed) -> Result<Result<TaskTerms, Vec<Finding>>, Trouble> {
    let mut problems = Vec::new();
    let mut optional = |name: &str| {
        let text = said(typed, name);
        let read = number(text);
        if !text.is_empty() && read.is_none() {
            problems.push(forms::unreadable(name));
        }
        read
    };
    let (parent, target, base) = (optional("parent"), optional("target"), optional("base"));
    let mut co_owners = Vec::new();
    for code in said(typed, "co_owners").split_whitespace() {
        match site.store().unit_with_code(code)? {
            Some(unit) => co_owners.push(unit),
            None => problems.push(forms::unreadable("co_owners")),
        }
    }
    let kind = MeasureKind::parse(said(typed, "measure"));
    let due_on = forms::day(said(typed, "due_on"));
    for (name, is_missing) in [("measure", kind.is_none()), ("due_on", due_on.is_none())] {
        if is_missing {
            problems.push(forms::unreadable(name));
        }
    }
    Ok(match (kind, due_on) {
        (Some(kind), Some(due_on)) if problems.is_empty() => Ok(TaskTerms {
            parent,
            title: said(typed, "title").to_owned(),
            owner: owner(said(typed, "owner")),
            co_owners,
            due_on,
            measure: Measure { kind, words: said(typed, "words").to_owned(), base, target },
        }),
        _ => Err(problems),
    })
}

/// The act that was typed, or every field that cannot be read.
fn read(site: &Site, (task, form): (i64, &str), typed: &Typed) -> Result<Result<Act, Vec<Finding>>, Trouble> {
    let reason = said(typed, "reason").to_owned();
    let unreadable = |name: &str| vec![forms::unreadable(name)];
    Ok(match form {
        "set" => terms(site, typed)?.map(|terms| Act::Set(Some(task), terms)),
        "answer" => TaskAnswer::parse(said(typed, "answer"))
            .map(|answer| Act::AnswerTask(task, answer, reason))
            .ok_or_else(|| unreadable("answer")),
        "press" => Press::parse(said(typed, "press"))
            .map(|press| Act::Press(task, press, reason))
            .ok_or_else(|| unreadable("press")),
        "report" => {
            let figure = said(typed, "figure");
            let read = number(figure);
            if !figure.is_empty() && read.is_none() {
                Err(unreadable("figure"))
            } else {
                Ok(Act::Report(task, read, said(typed, "evidence").to_owned()))
            }
        }
        _ => return Err(Trouble::Missing),
    })
}

pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    Path((charge, task, form)): Path<(i64, i64, String)>,
    RawForm(sent): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&sent);
        let act = read(site, (task, &form), &typed)?;
        record(site, &visitor, (charge, Some(task)), &form, (&typed, act))
    })
    .await
}

pub(super) async fn set_new(
    State(site): State<Site>,
    visitor: Visitor,
    Path(charge): Path<i64>,
    RawForm(sent): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&sent);
        let act = terms(site, &typed)?.map(|terms| Act::Set(None, terms));
        record(site, &visitor, (charge, None), "set", (&typed, act))
    })
    .await
}

fn record(
    site: &Site,
    visitor: &Visitor,
    (charge, task): (i64, Option<i64>),
    form: &str,
    (typed, act): (&Typed, Result<Act, Vec<Finding>>),
) -> Result<Response, Trouble> {
    visitor.check(said(typed, "csrf"))?;
    scope(site, visitor, charge)?;
    let problems = match act {
        Ok(act) => {
            let (id, seen) = (command(said(typed, "command"))?, seen(charge, typed)?);
            match site.store().act_on_charge(visitor.actor(), site.now(), id, seen, act) {
                Ok(_) => {
                    let to = task.map_or_else(String::new, |task| format!("/tasks/{task}"));
                    return Ok(Redirect::to(&format!("/charges/{charge}{to}")).into_response());
                }
                Err(ActError::Refused(refusal)) => refusal.findings,
                Err(error) => return Err(error.into()),
            }
        }
        Err(problems) => problems,
    };
    let page = page(site, visitor, (charge, task), form, (typed, &problems))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}
