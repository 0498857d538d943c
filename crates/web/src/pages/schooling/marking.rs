//! Marking written answers one after another without names, and entering closed answers from paper.

use app::schooling::CohortView;
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::finding::Finding;
use domain::ids::{AccountId, CohortId, PersonId};
use domain::schooling::{Act, Answers, Item, Medium};
use serde::Deserialize;

use super::{Typed, command, errors, field, figure, framed, in_hand, new_command, number, outcome, said};
use super::{anchor, concerns, typed};
use crate::forms::{Control, Drawn};
use crate::frame::Frame;
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// An answer that waits for this marker: whose, and which item. In the order of the items, so that one
/// question is marked through before the next.
pub(super) fn waiting(view: &CohortView, paper: i64, marker: AccountId) -> Vec<(PersonId, Item)> {
    let tolerance = view.cohort.terms.tolerance_percent;
    let mut found = Vec::new();
    for item in view.items.get(&paper).into_iter().flatten().filter(|item| !item.asked.kind.is_closed()) {
        for (sitting, result) in view.sittings.iter().filter(|(it, _)| it.paper == paper) {
            let marks: Vec<_> = sitting.marks.iter().filter(|mark| mark.item == item.number).collect();
            let answer = view.answers.get(&(paper, sitting.person)).and_then(|it| it.get(&item.number));
            let is_blank = answer.is_none_or(|it| it.trim().is_empty()) && sitting.medium == Medium::Screen;
            let is_open = match marks[..] {
                [] | [_] => true,
                [first, second] => 100 * (first.points - second.points).abs() > tolerance * item.asked.points,
                _ => false,
            };
            let is_own = marks.iter().any(|mark| mark.marker == marker);
            if result.is_none() && is_open && !is_blank && !is_own {
                found.push((sitting.person, item.clone()));
            }
        }
    }
    found
}

#[derive(Template)]
#[template(path = "school_mark.html")]
struct Page {
    f: Frame,
    cohort: CohortId,
    paper: i64,
    n_left: usize,
    next: Option<Next>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

struct Next {
    script: usize,
    person: PersonId,
    item: Item,
    answer: String,
    is_on_paper: bool,
    points: Drawn,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(at): Path<(i64, i64)>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, at, &Typed::new(), &[])?.render()?))).await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (cohort, paper): (i64, i64),
    typed: &Typed,
    problems: &[Finding],
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let view = site.store().cohort_view(known.id, site.now())?;
    let waiting = waiting(&view, paper, visitor.identity.account);
    visitor.logs(site, Seen::list(organiser.id, 1))?;
    // A refused form keeps to its answer.
    let kept = (number(said(typed, "person")), number(said(typed, "item")));
    let next = waiting
        .iter()
        .find(|(person, item)| kept == (Some(person.0), Some(item.number)))
        .or(waiting.first())
        .map(|(person, item)| {
            let place = view.sittings.iter().filter(|(it, _)| it.paper == paper);
            let script = place.clone().position(|(it, _)| it.person == *person).unwrap_or(0) + 1;
            let mut place = place;
            let is_on_paper = place.any(|(it, _)| it.person == *person && it.medium == Medium::Paper);
            let answer = view.answers.get(&(paper, *person)).and_then(|it| it.get(&item.number));
            Next {
                script,
                person: *person,
                answer: answer.cloned().unwrap_or_default(),
                is_on_paper,
                points: figure(t, "points", typed, problems),
                item: item.clone(),
            }
        });
    Ok(Page {
        f: framed(site, visitor, &known, t.say("school-mark-title"))?,
        cohort: known.id,
        paper,
        n_left: waiting.len(),
        next,
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn mark(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, paper)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let person = PersonId(number(said(&typed, "person")).unwrap_or(0));
        let item = number(said(&typed, "item")).unwrap_or(0);
        let problems = match number(said(&typed, "points")) {
            None => vec![crate::forms::unreadable("points")],
            Some(points) => {
                let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
                let act = Act::Mark(paper, person, item, points);
                match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
                    Ok(_) => {
                        let to = format!("/schooling/{cohort}/papers/{paper}/mark");
                        return Ok(Redirect::to(&to).into_response());
                    }
                    Err(problems) => problems,
                }
            }
        };
        let page = page(site, &visitor, (cohort, paper), &typed, &problems)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

#[derive(Template)]
#[template(path = "school_enter.html")]
struct Entry {
    f: Frame,
    cohort: CohortId,
    paper: i64,
    person: PersonId,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

#[derive(Deserialize)]
pub(super) struct Who {
    person: i64,
}

pub(super) async fn show_entry(
    State(site): State<Site>,
    visitor: Visitor,
    Path(at): Path<(i64, i64)>,
    Query(who): Query<Who>,
) -> Response {
    site.work(move |site| {
        let page = entry(site, &visitor, at, PersonId(who.person), &Typed::new(), &[])?;
        Ok(Html(page.render()?))
    })
    .await
}

fn entry(
    site: &Site,
    visitor: &Visitor,
    (cohort, paper): (i64, i64),
    person: PersonId,
    typed: &Typed,
    problems: &[Finding],
) -> Result<Entry, Trouble> {
    let t = visitor.t;
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let view = site.store().cohort_view(known.id, site.now())?;
    let line = view.lines.iter().find(|line| line.learner.person == person).ok_or(Trouble::Missing)?;
    visitor.logs(site, Seen::person(organiser.id, person))?;
    let closed = view.items.get(&paper).into_iter().flatten().filter(|item| item.asked.kind.is_closed());
    let one = |item: &Item| {
        let name = format!("a{}", item.number);
        let kind = t.word("question-kind", item.asked.kind.as_str());
        Drawn {
            id: anchor(&name),
            label: format!("{}. {kind}", item.number),
            value: said(typed, &name).to_owned(),
            found: concerns(problems, &name).cloned().collect(),
            name,
            ..field(t, ("answer", false, Control::Text { width: "w3", mode: "text" }), typed, &[])
        }
    };
    Ok(Entry {
        f: framed(site, visitor, &known, t.about("school-enter-title", &line.name))?,
        cohort: known.id,
        paper,
        person,
        fields: closed.map(one).collect(),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn enter(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, paper)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let person = PersonId(number(said(&typed, "person")).unwrap_or(0));
        let act = Act::EnterPaper(paper, person, answers(&typed));
        let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/schooling/{cohort}/papers/{paper}")).into_response()),
            Err(problems) => {
                let page = entry(site, &visitor, (cohort, paper), person, &typed, &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

/// Answers as typed, by item; letters may be small.
fn answers(typed: &Typed) -> Answers {
    let one = |(name, value): (&String, &String)| {
        let item = name.strip_prefix('a')?.parse().ok()?;
        let letters: String = value.chars().filter(|it| !it.is_whitespace()).collect();
        Some((item, letters.to_uppercase())).filter(|(_, letters)| !letters.is_empty())
    };
    typed.iter().filter_map(one).collect()
}
