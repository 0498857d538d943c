//! Opening a course, and planning its sessions anew: the same rows in both forms.

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::schooling::{Act, Content, Gathering, LearnerClass, Mode, Session, Subject, Terms};

use super::{Typed, command, concerns, errors, field, figure, framed, in_hand, new_command, number};
use super::{outcome, said, typed, words};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

/// Rows that are free to be filled in.
const FREE: i64 = 6;

#[derive(Template)]
#[template(path = "school_open.html")]
struct Page {
    f: Frame,
    kicker: String,
    action: String,
    fields: Vec<Drawn>,
    rows: Vec<Row>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
    n_rows: i64,
}

/// The row of a session, as a form has it.
struct Row {
    number: i64,
    on: String,
    hours: String,
    topic: String,
    lecturer: String,
    lists: [(&'static str, String, Vec<Listed>); 4],
    bad: Vec<String>,
}

impl Row {
    fn is_bad(&self, name: &str) -> bool {
        self.bad.iter().any(|bad| *bad == format!("s{}.{name}", self.number))
    }
}

fn rows(t: Words, typed: &Typed, n_rows: i64, problems: &[Finding]) -> Vec<Row> {
    let row = |number: i64| {
        let value = |name: &str| said(typed, &format!("s{number}.{name}")).to_owned();
        let names = ["on", "hours", "topic"].map(|name| format!("s{number}.{name}"));
        let bad = names.into_iter().filter(|name| concerns(problems, name).next().is_some());
        Row {
            number,
            on: value("on"),
            hours: value("hours"),
            topic: value("topic"),
            lecturer: value("lecturer"),
            lists: [
                (
                    "gathering",
                    value("gathering"),
                    words(t, "gathering", Gathering::ALL.iter().map(|it| it.as_str())),
                ),
                ("content", value("content"), words(t, "content", Content::ALL.iter().map(|it| it.as_str()))),
                ("mode", value("mode"), words(t, "mode", Mode::ALL.iter().map(|it| it.as_str()))),
                ("subject", value("subject"), words(t, "subject", Subject::ALL.iter().map(|it| it.as_str()))),
            ],
            bad: bad.collect(),
        }
    };
    (1..=n_rows).map(row).collect()
}

/// The sessions that were typed; a row without a day and a topic is no session.
fn sessions(typed: &Typed, problems: &mut Vec<Finding>) -> Vec<Session> {
    let n_rows = number(said(typed, "rows")).unwrap_or(0).clamp(0, 100);
    let mut sessions = Vec::new();
    for at in 1..=n_rows {
        let value = |name: &str| said(typed, &format!("s{at}.{name}"));
        if value("on").is_empty() && value("topic").is_empty() {
            continue;
        }
        let (on, hours) = (forms::day(value("on")), number(value("hours")));
        for (name, is_read) in [("on", on.is_some()), ("hours", hours.is_some())] {
            if !is_read {
                problems.push(forms::unreadable(&format!("s{at}.{name}")));
            }
        }
        if let (Some(on), Some(hours)) = (on, hours) {
            sessions.push(Session {
                number: at,
                on,
                hours,
                gathering: Gathering::parse(value("gathering")).unwrap_or(Gathering::Central),
                content: Content::parse(value("content")).unwrap_or(Content::Theory),
                mode: Mode::parse(value("mode")).unwrap_or(Mode::Study),
                subject: Subject::parse(value("subject")).unwrap_or(Subject::Theory),
                topic: value("topic").to_owned(),
                lecturer: value("lecturer").to_owned(),
            });
        }
    }
    sessions
}

fn written(sessions: &[Session], typed: &mut Typed) -> i64 {
    let mut last = 0;
    for session in sessions {
        let mut put = |name: &str, value: &str| {
            typed.insert(format!("s{}.{name}", session.number), value.to_owned());
        };
        put("on", &forms::written(&session.on));
        put("hours", &session.hours.to_string());
        put("gathering", session.gathering.as_str());
        put("content", session.content.as_str());
        put("mode", session.mode.as_str());
        put("subject", session.subject.as_str());
        put("topic", &session.topic);
        put("lecturer", &session.lecturer);
        last = last.max(session.number);
    }
    last
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let today = site.now().today;
        let (_, hours) = site.store().course_length(today).unwrap_or((3, 24));
        let typed = Typed::from([
            ("year".to_owned(), today.year().to_string()),
            ("class".to_owned(), "target".to_owned()),
            ("short".to_owned(), "true".to_owned()),
            ("hours_due".to_owned(), hours.to_string()),
            ("pass".to_owned(), "60".to_owned()),
            ("tolerance".to_owned(), "20".to_owned()),
        ]);
        Ok(Html(page(site, &visitor, &typed, &[])?.render()?))
    })
    .await
}

fn page(site: &Site, visitor: &Visitor, typed: &Typed, problems: &[Finding]) -> Result<Page, Trouble> {
    let t = visitor.t;
    let unit = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, Action::RunSchooling, &unit)?;
    let title = t.say("school-open-title");
    let path = [(t.say("school-menu"), Some("/schooling".to_owned())), (title.clone(), None)];
    let line = |name| field(t, (name, true, Control::Text { width: "wfull", mode: "text" }), typed, problems);
    let classes = words(t, "school-class", LearnerClass::ALL.iter().map(|it| it.as_str()));
    let class = field(t, ("class", true, Control::Choice(classes)), typed, problems);
    let shorts = words(t, "school-short", ["true", "false"]);
    let short = field(t, ("short", true, Control::Radios(shorts)), typed, problems);
    let figure = |name| figure(t, name, typed, problems);
    let n_rows = number(said(typed, "rows")).unwrap_or(FREE + 2);
    Ok(Page {
        f: Frame::of(site, visitor, Place::Schooling, title)?.path(path),
        kicker: t.of(&unit.name).to_owned(),
        action: "/schooling/new".to_owned(),
        fields: vec![
            line("title"),
            figure("year"),
            class,
            short,
            figure("hours_due"),
            figure("pass"),
            figure("tolerance"),
        ],
        rows: rows(t, typed, n_rows, problems),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: typed.get("command").cloned().unwrap_or_else(new_command),
        version: 0,
        n_rows,
    })
}

pub(super) async fn open(State(site): State<Site>, visitor: Visitor, RawForm(form): RawForm) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let id = command(said(&typed, "command"))?;
        let problems = match terms(&typed) {
            Ok(terms) => {
                let unit = visitor.grant.unit;
                match outcome(site.store().open_cohort(visitor.actor(), site.now(), id, unit, terms))? {
                    Ok(cohort) => return Ok(Redirect::to(&format!("/schooling/{cohort}")).into_response()),
                    Err(problems) => problems,
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, &typed, &problems)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

fn terms(typed: &Typed) -> Result<Terms, Vec<Finding>> {
    let mut problems = Vec::new();
    let mut figure = |name: &str| {
        let read = number(said(typed, name));
        if read.is_none() {
            problems.push(forms::unreadable(name));
        }
        read.unwrap_or(0)
    };
    let (year, hours_due) = (figure("year"), figure("hours_due"));
    let (pass_percent, tolerance_percent) = (figure("pass"), figure("tolerance"));
    let class = LearnerClass::parse(said(typed, "class"));
    if class.is_none() {
        problems.push(forms::unreadable("class"));
    }
    let sessions = sessions(typed, &mut problems);
    let (Some(class), true) = (class, problems.is_empty()) else { return Err(problems) };
    Ok(Terms {
        title: said(typed, "title").to_owned(),
        class,
        year: i16::try_from(year).unwrap_or(0),
        is_short_course: said(typed, "short") == "true",
        hours_due,
        pass_percent,
        tolerance_percent,
        sessions,
    })
}

pub(super) async fn show_plan(
    State(site): State<Site>,
    visitor: Visitor,
    Path(cohort): Path<i64>,
) -> Response {
    site.work(move |site| Ok(Html(plan_page(site, &visitor, cohort, None, &[])?.render()?))).await
}

fn plan_page(
    site: &Site,
    visitor: &Visitor,
    cohort: i64,
    typed: Option<&Typed>,
    problems: &[Finding],
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let (cohort, _) = in_hand(site, visitor, cohort)?;
    let mut stored = Typed::new();
    let last = written(&cohort.terms.sessions, &mut stored);
    let n_rows = typed.and_then(|typed| number(said(typed, "rows"))).unwrap_or(last + FREE);
    let (typed, version) = match typed {
        Some(typed) => (typed, number(said(typed, "version")).unwrap_or(0)),
        None => (&stored, cohort.version),
    };
    Ok(Page {
        f: framed(site, visitor, &cohort, t.say("school-plan-title"))?,
        kicker: cohort.terms.title.clone(),
        action: format!("/schooling/{}/plan", cohort.id),
        fields: Vec::new(),
        rows: rows(t, typed, n_rows, problems),
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: typed.get("command").cloned().unwrap_or_else(new_command),
        version,
        n_rows,
    })
}

pub(super) async fn plan(
    State(site): State<Site>,
    visitor: Visitor,
    Path(cohort): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (known, _) = in_hand(site, &visitor, cohort)?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let mut problems = Vec::new();
        let sessions = sessions(&typed, &mut problems);
        if problems.is_empty() {
            let at = (known.id, Some(seen.unwrap_or(0)));
            let act = Act::Plan(sessions);
            match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
                Ok(_) => return Ok(Redirect::to(&format!("/schooling/{cohort}")).into_response()),
                Err(found) => problems = found,
            }
        }
        let page = plan_page(site, &visitor, cohort, Some(&typed), &problems)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}
