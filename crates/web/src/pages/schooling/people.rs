//! Who takes part: enrolling people of the class, and one participant with the way out.

use app::schooling::LearnerLine;
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId};
use domain::schooling::Act;

use super::{Typed, class, command, errors, field, framed, in_hand, new_command, number, outcome, said};
use super::{ticked, typed};
use crate::forms::{Control, Drawn};
use crate::frame::Frame;
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// People shown to choose from.
const MOST: i64 = 300;

#[derive(Template)]
#[template(path = "school_people.html")]
struct Page {
    f: Frame,
    cohort: CohortId,
    class: String,
    people: Vec<(PersonId, String, String, bool)>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(cohort): Path<i64>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, cohort, &[], &[])?.render()?))).await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    cohort: i64,
    chosen: &[PersonId],
    problems: &[Finding],
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let found = site.store().candidates(known.id, MOST)?;
    visitor.logs(site, Seen::list(organiser.id, found.len()))?;
    let people = found.into_iter().map(|(person, name, unit)| {
        let is_chosen = chosen.contains(&person);
        (person, name, t.of(&unit.name).to_owned(), is_chosen)
    });
    Ok(Page {
        f: framed(site, visitor, &known, t.say("school-enrol-title"))?,
        cohort: known.id,
        class: class(t, known.terms.class),
        people: people.collect(),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn enrol(
    State(site): State<Site>,
    visitor: Visitor,
    Path(cohort): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let people = ticked(&form);
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
        let act = Act::Enrol(people.clone());
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/schooling/{cohort}#people")).into_response()),
            Err(problems) => {
                let page = page(site, &visitor, cohort, &people, &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "school_person.html")]
struct One {
    f: Frame,
    cohort: CohortId,
    line: LearnerLine,
    hours: Vec<(String, String, String)>,
    reason: Drawn,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

pub(super) async fn one(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, person)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        let page = one_page(site, &visitor, (cohort, person), &Typed::new(), &[])?;
        Ok(Html(page.render()?))
    })
    .await
}

fn one_page(
    site: &Site,
    visitor: &Visitor,
    (cohort, person): (i64, i64),
    typed: &Typed,
    problems: &[Finding],
) -> Result<One, Trouble> {
    let t = visitor.t;
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let view = site.store().cohort_view(known.id, site.now())?;
    let line = view.lines.into_iter().find(|line| line.learner.person == PersonId(person));
    let line = line.ok_or(Trouble::Missing)?;
    visitor.logs(site, Seen::person(organiser.id, PersonId(person)))?;
    let hours = known.terms.sessions.iter().map(|session| {
        let noted = line.learner.attended.get(&session.number);
        let noted = noted.map_or_else(|| t.say("school-not-noted"), ToString::to_string);
        (t.plain_day(&session.on), session.topic.clone(), format!("{noted} / {}", session.hours))
    });
    Ok(One {
        hours: hours.collect(),
        f: framed(site, visitor, &known, line.name.clone())?,
        cohort: known.id,
        line,
        reason: field(t, ("reason", true, Control::Lines), typed, problems),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn withdraw(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, person)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
        let act = Act::Withdraw(PersonId(person), said(&typed, "reason").to_owned());
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/schooling/{cohort}#people")).into_response()),
            Err(problems) => {
                let page = one_page(site, &visitor, (cohort, person), &typed, &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}
