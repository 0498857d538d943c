//! A course: its sessions, who takes part and how far they are, its papers, and what is wrong with it.

use app::schooling::CohortView;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::CohortId;
use domain::schooling::Session;

use super::{class, days, framed, hours_bar, in_sight, minute};
use crate::frame::Frame;
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "school_cohort.html")]
struct Page {
    f: Frame,
    view: CohortView,
    kicker: String,
    lead: String,
    sessions: Vec<SessionLine>,
    people: Vec<PersonLine>,
    papers: Vec<PaperLine>,
    findings: Vec<Finding>,
    may_run: bool,
    n_in: usize,
}

struct SessionLine {
    session: Session,
    on: Markup,
    kind: String,
    subject: String,
    attended: String,
}

struct PersonLine {
    id: domain::ids::PersonId,
    name: String,
    is_in: bool,
    bar: Markup,
    hours: String,
    result: String,
    tone: &'static str,
    certificate: Option<(String, String)>,
}

struct PaperLine {
    number: i64,
    title: String,
    opens: String,
    state: String,
    digest: String,
    n_sat: usize,
    is_marked: bool,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(cohort): Path<i64>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, cohort)?.render()?))).await
}

fn page(site: &Site, visitor: &Visitor, cohort: i64) -> Result<Page, Trouble> {
    let (t, now) = (visitor.t, site.now());
    let (known, organiser) = in_sight(site, visitor, cohort)?;
    let view = site.store().cohort_view(CohortId(cohort), now)?;
    visitor.logs(site, Seen::list(organiser.id, view.lines.len()))?;
    let n_in = view.lines.iter().filter(|line| line.is_in()).count();
    let lead = t.with(
        "school-cohort-lead",
        &[
            ("days", days(t, &known)),
            ("n", t.number(n_in)),
            ("due", t.number(known.terms.hours_due)),
            ("pass", known.terms.pass_percent.to_string()),
        ],
    );
    let kind = if known.terms.is_short_course { "true" } else { "false" };
    let class = class(t, known.terms.class);
    Ok(Page {
        f: framed(site, visitor, &known, known.terms.title.clone())?
            .path([(t.say("school-menu"), Some("/schooling".to_owned())), (known.terms.title.clone(), None)]),
        kicker: format!("{} · {class} · {}", t.of(&organiser.name), t.word("school-short", kind)),
        lead,
        sessions: known.terms.sessions.iter().map(|session| session_line(t, &view, session)).collect(),
        people: view.lines.iter().map(|line| person_line(t, &view, line)).collect(),
        papers: view.cohort.papers.iter().map(|paper| paper_line(t, now, &view, paper)).collect(),
        findings: view.findings.clone(),
        may_run: visitor.may(site, Action::RunSchooling, &organiser).is_ok(),
        n_in,
        view,
    })
}

fn session_line(t: Words, view: &CohortView, session: &Session) -> SessionLine {
    let inside = view.lines.iter().filter(|line| line.is_in());
    let noted: Vec<i64> =
        inside.filter_map(|line| line.learner.attended.get(&session.number).copied()).collect();
    let came = noted.iter().filter(|hours| **hours > 0).count();
    let attended = if noted.is_empty() {
        t.say("school-not-noted")
    } else {
        t.with("school-came", &[("n", came.to_string()), ("of", noted.len().to_string())])
    };
    let words = [
        t.word("gathering", session.gathering.as_str()),
        t.word("content", session.content.as_str()),
        t.word("mode", session.mode.as_str()),
    ];
    SessionLine {
        on: t.day(&session.on),
        kind: words.join(" · "),
        subject: t.word("subject", session.subject.as_str()),
        attended,
        session: session.clone(),
    }
}

fn person_line(t: Words, view: &CohortView, line: &app::schooling::LearnerLine) -> PersonLine {
    let due = view.cohort.terms.hours_due;
    let id = format!("hours-{}", line.learner.person);
    let (result, tone) = match line.result {
        None => (t.say("school-not-sat"), "idle"),
        Some((_, None)) => (t.say("school-not-marked"), "wait"),
        Some((_, Some(it))) if it.is_pass => (t.about("school-passed", it.percent), "ok"),
        Some((_, Some(it))) => (t.about("school-failed", it.percent), "stop"),
    };
    let certificate = line.certificate.as_ref().map(|it| {
        let href = format!("/certificates/{}/{}/{}", it.unit, it.issued.year, it.issued.serial);
        (it.issued.number.clone(), href)
    });
    PersonLine {
        id: line.learner.person,
        name: line.name.clone(),
        is_in: line.is_in(),
        bar: hours_bar(t, &id, line.done, due),
        hours: format!("{} / {due}", line.done),
        result,
        tone,
        certificate,
    }
}

fn paper_line(
    t: Words,
    now: domain::dates::Moment,
    view: &CohortView,
    paper: &domain::schooling::Paper,
) -> PaperLine {
    let state = if !paper.is_open(now) {
        "sealed"
    } else if now.at <= paper.ends_at(0) {
        "open"
    } else {
        "over"
    };
    let sat: Vec<_> = view.sittings.iter().filter(|(it, _)| it.paper == paper.number).collect();
    let title = if paper.sealed.is_resit { "school-resit" } else { "school-exam" };
    PaperLine {
        number: paper.number,
        title: t.say(title),
        opens: minute(t, paper.sealed.opens_at),
        state: t.word("school-paper", state),
        digest: paper.sealed.sha256.clone(),
        n_sat: sat.len(),
        is_marked: state == "over" && sat.iter().all(|(_, result)| result.is_some()),
    }
}
