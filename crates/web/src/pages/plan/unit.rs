//! One unit in a plan: its numbers round by round, its people who are ready by cell, what one place
//! more would cost everybody, and the forms by which it asks, answers, signs and asks for changes.

use app::act::ActError;
use app::plans::{AnswerRow, RequestRow, UnitView};
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::plan::{Act, Answer, AnswerKind, Cells, ChangeRequest, Request, settings};
use domain::unit::Unit;

use super::{Typed, field, number, said, scope, seen, signed, typed, unit_in_scope};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "plan_unit.html")]
struct Page {
    f: Frame,
    plan: i64,
    unit: Unit,
    it: UnitView,
    rounds: Vec<RoundCell>,
    cells: Vec<CellLine>,
    price: Option<(String, String)>,
    request: Option<(RequestRow, Markup)>,
    answers: Vec<(AnswerRow, Markup, String)>,
    ask: Vec<Drawn>,
    ask_cells: Vec<Drawn>,
    answer: Vec<Drawn>,
    change: Vec<Drawn>,
    can: Can,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
}

/// What the visitor can do for the unit now.
#[derive(Clone, Copy)]
struct Can {
    ask: bool,
    answer: bool,
    sign: bool,
    change: bool,
    sheet: bool,
}

struct RoundCell {
    round: i64,
    n: i64,
    moved: String,
}

struct CellLine {
    name: String,
    ready: i64,
    asked: i64,
    given: i64,
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, unit)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, (plan, unit), "", (&Typed::new(), &[]))?.render()?)))
        .await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (plan, unit): (i64, i64),
    form: &str,
    (typed, problems): (&Typed, &[Finding]),
) -> Result<Page, Trouble> {
    let (t, today, store) = (visitor.t, site.now().today, site.store());
    let (row, own) = scope(site, visitor, plan)?;
    let unit = unit_in_scope(site, visitor, &own, unit)?;
    let it = store.plan_unit(row.id, unit.id, today)?;
    let title = t.of(&unit.name).to_owned();
    let year = t.with("plan-title", &[("year", row.year.to_string())]);
    let path = [
        (t.say("plan-menu"), Some("/plan".to_owned())),
        (year, Some(format!("/plan/{plan}"))),
        (title.clone(), None),
    ];
    let request = it.view.requests.iter().find(|request| request.unit == unit.id).cloned();
    let forms = Forms { t, it: &it, request: request.as_ref(), form, typed, problems };
    let anchor = |finding: &Finding| {
        format!("{form}-{}", finding.fields.first().map_or("", String::as_str).replace('.', "-"))
    };
    let price = match it.view.row.round {
        0 => None,
        round if visitor.may(site, Action::RunPlan, &it.view.maker).is_ok() || unit.kind.is_branch() => {
            let (more, fewer) = store.price_of_place(row.id, round, unit.id)?;
            let told = |price: Option<i64>| price.map_or_else(|| t.say("plan-price-none"), signed);
            Some((told(more), told(fewer)))
        }
        _ => None,
    };
    let can = can(site, visitor, &it, &unit);
    let (ask, ask_cells, answer, change) = (forms.ask(), forms.ask_cells(), forms.answer(), forms.change());
    Ok(Page {
        f: Frame::of(site, visitor, Place::Plan, title)?.path(path),
        plan,
        rounds: rounds(&it),
        cells: cell_lines(t, &it, request.as_ref()),
        price,
        answers: answers(t, &it, unit.id),
        request: request.map(|request| (request.clone(), t.day(&request.asked_on))),
        ask,
        ask_cells,
        answer,
        change,
        can,
        errors: problems.iter().filter(|f| f.is_error()).map(|f| (anchor(f), f.clone())).collect(),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        unit,
        it,
    })
}

fn can(site: &Site, visitor: &Visitor, it: &UnitView, unit: &Unit) -> Can {
    let row = &it.view.row;
    let may = visitor.may(site, Action::AskPlan, unit).is_ok();
    let is_running = row.adopted_on.is_none();
    let party = it.view.plan.parties.iter().find(|party| party.unit == unit.id);
    let has_round = row.round > 0 && unit.id != row.unit;
    Can {
        ask: may && is_running && unit.kind.may_admit(),
        answer: may && is_running && has_round,
        sign: may
            && is_running
            && party.is_some_and(|party| party.answer == Some(AnswerKind::Accept) && !party.is_signed),
        change: may && !is_running && unit.kind.may_admit(),
        sheet: may && is_running && it.line.has_below,
    }
}

fn rounds(it: &UnitView) -> Vec<RoundCell> {
    let numbers = &it.line.rounds;
    let cell = |(place, n): (usize, &i64)| RoundCell {
        round: i64::try_from(place).unwrap_or(0) + 1,
        n: *n,
        moved: place.checked_sub(1).map_or_else(String::new, |before| signed(n - numbers[before])),
    };
    numbers.iter().enumerate().map(cell).collect()
}

fn cell_lines(t: Words, it: &UnitView, request: Option<&RequestRow>) -> Vec<CellLine> {
    let of = |cells: &Cells, id: &str| cells.get(id).copied().unwrap_or(0);
    let line = |(id, _): (String, Vec<_>)| CellLine {
        name: cell_name(t, &id),
        ready: of(&it.ready, &id),
        asked: request.map_or(0, |request| of(&request.cells, &id)),
        given: of(&it.cells, &id),
    };
    let lines = settings().cells().into_iter().map(line);
    lines.filter(|line| line.ready + line.asked + line.given > 0).collect()
}

/// What the people of a cell are called.
fn cell_name(t: Words, id: &str) -> String {
    let names = id.split('_').filter_map(|id| settings().attribute(id));
    let names: Vec<&str> = names.map(|attribute| t.of(&attribute.name)).collect();
    if names.is_empty() { t.say("plan-cell-other") } else { names.join(&t.say("list-comma")) }
}

fn answers(t: Words, it: &UnitView, unit: UnitId) -> Vec<(AnswerRow, Markup, String)> {
    let own = it.view.answers.iter().filter(|answer| answer.unit == unit);
    own.map(|answer| {
        let said = t.say(&format!("plan-answer-{}", answer.kind.as_str()));
        (answer.clone(), t.day(&answer.answered_on), said)
    })
    .collect()
}

/// The forms of the page; what was typed stands in the one that was sent.
struct Forms<'a> {
    t: Words,
    it: &'a UnitView,
    request: Option<&'a RequestRow>,
    form: &'a str,
    typed: &'a Typed,
    problems: &'a [Finding],
}

const FIGURE: Control = Control::Text { width: "w3", mode: "numeric" };

impl Forms<'_> {
    fn draw(&self, form: &str, what: (&str, bool, Control), suggested: String) -> Drawn {
        if self.form == form {
            return field(self.t, form, what, self.typed, self.problems);
        }
        let name = what.0.to_owned();
        field(self.t, form, what, &Typed::from([(name, suggested)]), &[])
    }

    fn ask(&self) -> Vec<Drawn> {
        let n = self.request.map_or_else(String::new, |request| request.n.to_string());
        let reason = self.request.map_or_else(String::new, |request| request.reason.clone());
        vec![
            self.draw("ask", ("n", true, FIGURE), n),
            self.draw("ask", ("reason", true, Control::Lines), reason),
        ]
    }

    /// A figure for each cell that has somebody ready.
    fn ask_cells(&self) -> Vec<Drawn> {
        let ready = self.it.ready.keys();
        ready
            .map(|cell| {
                let asked = self.request.and_then(|request| request.cells.get(cell));
                let suggested = asked.map_or_else(String::new, ToString::to_string);
                let drawn = self.draw("ask", ("n", false, FIGURE), String::new());
                let value = if self.form == "ask" { said(self.typed, cell).to_owned() } else { suggested };
                let concerns = |f: &&Finding| f.fields.first().is_some_and(|field| field == cell);
                Drawn {
                    id: format!("ask-{cell}"),
                    name: cell.clone(),
                    label: cell_name(self.t, cell),
                    found: self.problems.iter().filter(concerns).cloned().collect(),
                    value,
                    ..drawn
                }
            })
            .collect()
    }

    fn answer(&self) -> Vec<Drawn> {
        let kinds = AnswerKind::ALL.iter().map(|kind| Listed {
            value: kind.as_str().to_owned(),
            label: self.t.say(&format!("plan-answer-{}", kind.as_str())),
        });
        vec![
            self.draw("answer", ("answer", true, Control::Radios(kinds.collect())), String::new()),
            self.draw("answer", ("n", false, FIGURE), String::new()),
            self.draw("answer", ("reason", false, Control::Lines), String::new()),
        ]
    }

    fn change(&self) -> Vec<Drawn> {
        let now = self.it.line.places().map_or_else(String::new, |n| n.to_string());
        vec![
            self.draw("change", ("to", true, FIGURE), now),
            self.draw(
                "change",
                ("other", false, Control::Text { width: "w20", mode: "text" }),
                String::new(),
            ),
            self.draw("change", ("reason", true, Control::Lines), String::new()),
        ]
    }
}

pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, unit, form)): Path<(i64, i64, String)>,
    RawForm(sent): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&sent);
        visitor.check(said(&typed, "csrf"))?;
        let (_, own) = scope(site, &visitor, plan)?;
        let here = unit_in_scope(site, &visitor, &own, unit)?;
        let id = command(said(&typed, "command"))?;
        let problems = match read(site, &form, &typed)? {
            Ok(act) => {
                let at = (seen(plan, &typed)?, here.id);
                match site.store().act_on_plan(visitor.actor(), site.now(), id, at, act) {
                    Ok(_) => return Ok(Redirect::to(&format!("/plan/{plan}/units/{unit}")).into_response()),
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, (plan, unit), &form, (&typed, &problems))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// The act that was typed, or every field that cannot be read.
fn read(site: &Site, form: &str, typed: &Typed) -> Result<Result<Act, Vec<Finding>>, Trouble> {
    let mut problems = Vec::new();
    let reason = said(typed, "reason").to_owned();
    let act = match form {
        "ask" => {
            let n = figure(typed, "n", &mut problems).unwrap_or(0);
            let mut cells = Cells::new();
            for (cell, _) in settings().cells() {
                if let Some(n) = optional(typed, &cell, &mut problems).filter(|n| *n != 0) {
                    cells.insert(cell, n);
                }
            }
            Act::Ask(Request { n, cells, reason })
        }
        "answer" => {
            let kind = AnswerKind::parse(said(typed, "answer"));
            if kind.is_none() {
                problems.push(forms::unreadable("answer"));
            }
            let n = optional(typed, "n", &mut problems);
            Act::Answer(Answer { kind: kind.unwrap_or(AnswerKind::Object), n, reason })
        }
        "sign" => Act::Sign,
        "change" => {
            let to = figure(typed, "to", &mut problems).unwrap_or(0);
            let other = match said(typed, "other") {
                "" => None,
                code => {
                    let found = site.store().unit_with_code(code)?;
                    if found.is_none() {
                        problems.push(forms::unreadable("other"));
                    }
                    found
                }
            };
            Act::AskChange(ChangeRequest { to, other, reason })
        }
        _ => return Err(Trouble::Missing),
    };
    Ok(if problems.is_empty() { Ok(act) } else { Err(problems) })
}

fn figure(typed: &Typed, name: &str, problems: &mut Vec<Finding>) -> Option<i64> {
    let read = number(said(typed, name));
    if read.is_none() {
        problems.push(forms::unreadable(name));
    }
    read
}

fn optional(typed: &Typed, name: &str, problems: &mut Vec<Finding>) -> Option<i64> {
    if said(typed, name).is_empty() { None } else { figure(typed, name, problems) }
}
