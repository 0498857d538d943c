//! Schooling: the courses of a year, each with its sessions, its people, its examination and its
//! certificates; the bank of questions; and the page on which somebody sits. Each part has a module.

mod attendance;
mod bank;
mod certificate;
mod cohort;
mod exam;
mod marking;
mod opening;
mod people;
mod sit;

use std::collections::BTreeMap;

use app::act::ActError;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::{CohortId, UnitId};
use domain::schooling::{Cohort, LearnerClass};
use domain::unit::Unit;
use serde::Deserialize;

use super::people::{command, new_command};
use crate::chart::{Caption, share_bar};
use crate::forms::{Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

/// Every page of schooling.
pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/schooling", get(list))
        .route("/schooling/new", get(opening::show).post(opening::open))
        .route("/schooling/bank", get(bank::show).post(bank::enter))
        .route("/schooling/bank/preview", get(bank::back).post(bank::preview))
        .route("/schooling/bank/import", get(bank::back).post(bank::import))
        .route("/schooling/bank/template.xlsx", get(bank::template))
        .route("/schooling/bank/{question}/retire", get(bank::back).post(bank::retire))
        .route("/schooling/{cohort}", get(cohort::show))
        .route("/schooling/{cohort}/plan", get(opening::show_plan).post(opening::plan))
        .route("/schooling/{cohort}/people", get(people::show).post(people::enrol))
        .route("/schooling/{cohort}/people/{person}", get(people::one).post(people::withdraw))
        .route("/schooling/{cohort}/sessions/{session}", get(attendance::show).post(attendance::record))
        .route("/schooling/{cohort}/sessions/{session}/sheet.xlsx", get(attendance::sheet))
        .route("/schooling/{cohort}/sessions/{session}/read", get(attendance::back).post(attendance::read))
        .route("/schooling/{cohort}/papers/new", get(exam::show_new).post(exam::seal))
        .route("/schooling/{cohort}/papers/{paper}", get(exam::show).post(exam::extend))
        .route("/schooling/{cohort}/papers/{paper}/print", get(exam::print))
        .route("/schooling/{cohort}/papers/{paper}/mark", get(marking::show).post(marking::mark))
        .route("/schooling/{cohort}/papers/{paper}/enter", get(marking::show_entry).post(marking::enter))
        .route("/schooling/{cohort}/certificates", get(certificate::list).post(certificate::issue))
        .route("/certificates/{unit}/{year}/{serial}", get(certificate::show))
        .route(
            "/certificates/{unit}/{year}/{serial}/void",
            get(certificate::ask_void).post(certificate::void),
        )
        .route("/certificates", get(certificate::check))
        .route("/exams", get(sit::list))
        .route("/exams/{cohort}/{paper}", get(sit::show).post(sit::save))
        .route("/exams/{cohort}/{paper}/begin", post(sit::begin))
}

/// What was typed into a form; of a name that stands more than once, every value together.
pub(super) type Typed = BTreeMap<String, String>;

fn typed(form: &[u8]) -> Typed {
    let mut typed = Typed::new();
    for (name, value) in form_urlencoded::parse(form).into_owned() {
        typed.entry(name).or_default().push_str(&value);
    }
    typed
}

fn said<'t>(typed: &'t Typed, name: &str) -> &'t str {
    typed.get(name).map_or("", |value| value.trim())
}

fn number(text: &str) -> Option<i64> {
    text.replace([',', '，', ' '], "").parse().ok()
}

/// People who were ticked, by number.
fn ticked(form: &[u8]) -> Vec<domain::ids::PersonId> {
    let ticks = form_urlencoded::parse(form).filter(|(name, _)| name == "people");
    ticks.filter_map(|(_, value)| value.parse().ok()).collect()
}

fn concerns<'a>(problems: &'a [Finding], name: &'a str) -> impl Iterator<Item = &'a Finding> {
    problems.iter().filter(move |finding| finding.fields.first().is_some_and(|field| field == name))
}

/// A field of a form.
fn field(
    t: Words,
    (name, is_required, control): (&str, bool, Control),
    typed: &Typed,
    problems: &[Finding],
) -> Drawn {
    Drawn {
        id: anchor(name),
        name: name.to_owned(),
        label: t.say(&format!("school-field-{name}")),
        is_required,
        control,
        value: said(typed, name).to_owned(),
        found: concerns(problems, name).cloned().collect(),
    }
}

fn figure(t: Words, name: &str, typed: &Typed, problems: &[Finding]) -> Drawn {
    field(t, (name, true, Control::Text { width: "w3", mode: "numeric" }), typed, problems)
}

/// The words of a closed list, to choose from.
fn words<'w>(t: Words, list: &str, all: impl IntoIterator<Item = &'w str>) -> Vec<Listed> {
    let one = |word: &str| Listed { value: word.to_owned(), label: t.word(list, word) };
    all.into_iter().map(one).collect()
}

/// Where on a page a field stands.
fn anchor(name: &str) -> String {
    format!("f-{}", name.replace('.', "-"))
}

/// The list of reasons above a form, each with the way to its field.
fn errors(problems: &[Finding]) -> Vec<(String, Finding)> {
    let name = |finding: &Finding| finding.fields.first().map_or(String::new(), |name| anchor(name));
    problems.iter().map(|finding| (name(finding), finding.clone())).collect()
}

/// What a use case came to: what it answers, or the reasons of a refusal.
fn outcome<T>(answer: Result<T, ActError>) -> Result<Result<T, Vec<Finding>>, Trouble> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(ActError::Refused(refusal)) => Ok(Err(refusal.findings)),
        Err(error) => Err(error.into()),
    }
}

/// A course whose organiser the visitor sees.
fn in_sight(site: &Site, visitor: &Visitor, cohort: i64) -> Result<(Cohort, Unit), Trouble> {
    let cohort = site.store().cohort(CohortId(cohort))?;
    let organiser = site.store().unit(cohort.unit)?;
    visitor.may(site, Action::SeeSchooling, &organiser)?;
    Ok((cohort, organiser))
}

/// A course that the visitor holds.
fn in_hand(site: &Site, visitor: &Visitor, cohort: i64) -> Result<(Cohort, Unit), Trouble> {
    let (cohort, organiser) = in_sight(site, visitor, cohort)?;
    visitor.may(site, Action::RunSchooling, &organiser)?;
    Ok((cohort, organiser))
}

/// The frame of a page about a course.
fn framed(site: &Site, visitor: &Visitor, cohort: &Cohort, title: String) -> Result<Frame, Trouble> {
    let t = visitor.t;
    let path = [
        (t.say("school-menu"), Some("/schooling".to_owned())),
        (cohort.terms.title.clone(), Some(format!("/schooling/{}", cohort.id))),
        (title.clone(), None),
    ];
    Ok(Frame::of(site, visitor, Place::Schooling, title)?.path(path))
}

/// A minute as people read it.
fn minute(t: Words, at: domain::dates::Instant) -> String {
    let (hour, minute) = domain::dates::time_of_day(at);
    format!("{} {hour:02}:{minute:02}", t.plain_day(&domain::dates::civil_day(at)))
}

/// Hours done of hours due, as a bar.
fn hours_bar(t: Words, id: &str, done: i64, due: i64) -> Markup {
    let desc = t.with("school-hours-desc", &[("done", t.number(done)), ("due", t.number(due))]);
    let caption = Caption { id, title: &t.say("school-hours"), desc: &desc };
    Markup(share_bar(caption, done.unsigned_abs(), due.max(done).unsigned_abs(), None))
}

#[derive(Template)]
#[template(path = "school.html")]
struct Page {
    f: Frame,
    year: i16,
    years: Vec<(i16, bool)>,
    lead: String,
    findings: Vec<Finding>,
    bar: Option<Markup>,
    groups: Vec<(String, Vec<Line>)>,
    may_run: bool,
    organiser: UnitId,
}

/// A course in the list.
struct Line {
    cohort: Cohort,
    organiser: String,
    class: String,
    days: String,
    n: i64,
    exam: String,
}

#[derive(Deserialize)]
struct Wish {
    year: Option<i16>,
}

async fn list(State(site): State<Site>, visitor: Visitor, Query(wish): Query<Wish>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let own = site.store().unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeSchooling, &own)?;
        let cohorts = site.store().cohorts_below(own.id)?;
        let mut years: Vec<i16> = cohorts.iter().map(|(cohort, ..)| cohort.terms.year).collect();
        years.push(today.year());
        years.sort_unstable();
        years.dedup();
        let year = wish.year.filter(|year| years.contains(year)).unwrap_or(today.year());
        let plan = site.store().study_plan(own.id, year)?;
        let mut groups: Vec<(String, Vec<Line>)> = Vec::new();
        for state in ["running", "coming", "past"] {
            let of_state = cohorts
                .iter()
                .filter(|(cohort, ..)| cohort.terms.year == year && state_of(cohort, today) == state);
            let lines: Vec<Line> = of_state.map(|found| line(t, found)).collect();
            if !lines.is_empty() {
                groups.push((t.word("school-state", state), lines));
            }
        }
        let lead = t.with(
            "school-lead",
            &[
                ("courses", groups.iter().map(|(_, lines)| lines.len()).sum::<usize>().to_string()),
                ("learners", t.number(plan.n_learners)),
                ("hours", t.number(plan.n_hours)),
                ("done", t.number(plan.n_done)),
                ("due", t.number(plan.n_due)),
            ],
        );
        let title = t.with("school-title", &[("year", year.to_string())]);
        let page = Page {
            f: Frame::of(site, &visitor, Place::Schooling, title)?.path([(t.say("school-menu"), None)]),
            year,
            years: years.into_iter().rev().map(|it| (it, it == year)).collect(),
            lead,
            findings: if groups.is_empty() { Vec::new() } else { plan.findings },
            bar: (plan.n_due > 0).then(|| hours_bar(t, "year-hours", plan.n_done, plan.n_due)),
            groups,
            may_run: visitor.may(site, Action::RunSchooling, &own).is_ok(),
            organiser: own.id,
        };
        Ok(Html(page.render()?).into_response())
    })
    .await
}

fn line(t: Words, (cohort, organiser, n): &(Cohort, Unit, i64)) -> Line {
    let exam = cohort.papers.last().map(|paper| minute(t, paper.sealed.opens_at));
    Line {
        organiser: t.of(&organiser.name).to_owned(),
        class: class(t, cohort.terms.class),
        days: days(t, cohort),
        n: *n,
        exam: exam.unwrap_or_else(|| t.say("school-no-exam")),
        cohort: cohort.clone(),
    }
}

fn class(t: Words, class: LearnerClass) -> String {
    t.word("school-class", class.as_str())
}

/// First and last day of a course.
fn days(t: Words, cohort: &Cohort) -> String {
    let days = cohort.terms.sessions.iter().map(|session| session.on);
    match (days.clone().min(), days.max()) {
        (Some(first), Some(last)) if first != last => {
            format!("{} – {}", t.plain_day(&first), t.plain_day(&last))
        }
        (Some(day), _) => t.plain_day(&day),
        (None, _) => String::new(),
    }
}

/// Whether a course lies ahead, runs, or is over.
fn state_of(cohort: &Cohort, today: jiff::civil::Date) -> &'static str {
    let days = cohort.terms.sessions.iter().map(|session| session.on);
    if days.clone().min().is_some_and(|first| today < first) {
        "coming"
    } else if days.max().is_some_and(|last| last < today) {
        "past"
    } else {
        "running"
    }
}
