//! The sheet of one session: everybody at once, typed or read from a workbook. What a workbook says is put
//! into the form and looked at; it is recorded as the form is, whole or not at all.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Multipart, Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId};
use domain::schooling::{Act, Session};

use super::{Typed, command, concerns, errors, framed, in_hand, new_command, number, outcome, said, typed};
use crate::files::attached;
use crate::forms;
use crate::frame::Frame;
use crate::pages::roster::{Sent, receive};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "school_session.html")]
struct Page {
    f: Frame,
    cohort: CohortId,
    session: Session,
    kicker: String,
    people: Vec<Line>,
    errors: Vec<(String, Finding)>,
    problems: Vec<String>,
    read_from: Option<String>,
    is_due: bool,
    csrf: String,
    command: String,
    version: i64,
}

struct Line {
    id: PersonId,
    name: String,
    hours: String,
    is_bad: bool,
}

/// What stands in the form beside the people.
#[derive(Default)]
struct Around<'a> {
    found: &'a [Finding],
    problems: Vec<String>,
    read_from: Option<String>,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(at): Path<(i64, i64)>) -> Response {
    site.work(move |site| {
        let page = page(site, &visitor, at, &BTreeMap::new(), Around::default())?;
        Ok(Html(page.render()?))
    })
    .await
}

pub(super) async fn back(Path((cohort, session)): Path<(i64, i64)>) -> Redirect {
    Redirect::to(&format!("/schooling/{cohort}/sessions/{session}"))
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (cohort, session): (i64, i64),
    written: &BTreeMap<PersonId, String>,
    around: Around<'_>,
) -> Result<Page, Trouble> {
    let (t, now) = (visitor.t, site.now());
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let view = site.store().cohort_view(known.id, now)?;
    let session = known.terms.sessions.iter().find(|it| it.number == session);
    let session = session.ok_or(Trouble::Missing)?.clone();
    visitor.logs(site, Seen::list(organiser.id, view.lines.len()))?;
    let line = |line: &app::schooling::LearnerLine| {
        let id = line.learner.person;
        // Whoever was not noted is taken to have come; absences are few and are typed.
        let noted = line.learner.attended.get(&session.number).copied().unwrap_or(session.hours);
        let field = format!("p{id}");
        Line {
            id,
            name: line.name.clone(),
            hours: written.get(&id).cloned().unwrap_or_else(|| noted.to_string()),
            is_bad: concerns(around.found, &field).next().is_some(),
        }
    };
    let title = t.with("school-session-title", &[("n", session.number.to_string())]);
    Ok(Page {
        f: framed(site, visitor, &known, title)?,
        cohort: known.id,
        kicker: format!("{} · {}", t.plain_day(&session.on), session.topic),
        people: view.lines.iter().filter(|line| line.is_in()).map(line).collect(),
        errors: errors(around.found),
        problems: around.problems,
        read_from: around.read_from,
        is_due: session.on <= now.today,
        session,
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
    })
}

pub(super) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, session)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let written = written(&typed);
        let mut problems = Vec::new();
        let mut rows = Vec::new();
        for (person, text) in &written {
            match number(text) {
                Some(hours) => rows.push((session, *person, hours)),
                None => problems.push(forms::unreadable(&format!("p{person}"))),
            }
        }
        if problems.is_empty() {
            let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
            let act = Act::Attend(rows);
            match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
                Ok(_) => return Ok(Redirect::to(&format!("/schooling/{cohort}")).into_response()),
                Err(found) => problems = found,
            }
        }
        let around = Around { found: &problems, ..Around::default() };
        let page = page(site, &visitor, (cohort, session), &written, around)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// Hours as typed, by person.
fn written(typed: &Typed) -> BTreeMap<PersonId, String> {
    let one = |(name, value): (&String, &String)| {
        let person = name.strip_prefix('p')?.parse().ok()?;
        Some((person, value.trim().to_owned()))
    };
    typed.iter().filter_map(one).collect()
}

pub(super) async fn sheet(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, session)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        let (known, organiser) = in_hand(site, &visitor, cohort)?;
        let bytes = site.store().attendance_sheet(known.id, session, site.now())?;
        visitor.logs(site, Seen::list(organiser.id, 1))?;
        Ok(attached(bytes, &format!("miaopu-attendance-{cohort}-{session}.xlsx")))
    })
    .await
}

pub(super) async fn read(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, session)): Path<(i64, i64)>,
    form: Multipart,
) -> Response {
    let Sent { csrf, name, bytes } = match receive(form).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    site.work(move |site| {
        visitor.check(&csrf)?;
        let t = visitor.t;
        let file = (name.as_str(), bytes);
        let read = site.store().read_attendance(visitor.actor(), site.now(), CohortId(cohort), file);
        let read = read.map_err(Trouble::from)?;
        let mut problems: Vec<String> =
            read.problems.iter().map(|problem| t.of(&problem.text).to_owned()).collect();
        if read.rows.iter().any(|(number, ..)| *number != session) {
            problems.push(t.say("school-other-session"));
        }
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let mut written = BTreeMap::new();
        if problems.is_empty() {
            written.extend(read.rows.iter().map(|(_, person, hours)| (*person, hours.to_string())));
        }
        let read_from = problems.is_empty().then_some(name);
        let around = Around { problems, read_from, ..Around::default() };
        let page = page(site, &visitor, (cohort, session), &written, around)?;
        Ok((status, Html(page.render()?)).into_response())
    })
    .await
}
