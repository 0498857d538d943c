//! One paper of a course: sealing it, what became of it, more time for somebody, the figures of its items,
//! and the printed paper with its answer sheet.

use app::schooling::{CohortView, Wish, usual_draws};
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::dates::instant_of;
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId};
use domain::schooling::{Act, Draw, Item, ItemFigures, Paper, QuestionKind};

use super::{Typed, command, errors, field, figure, framed, in_hand, in_sight, minute, new_command};
use super::{number, outcome, said, typed};
use crate::forms::{self, Control, Drawn};
use crate::frame::Frame;
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "school_seal.html")]
struct Sealing {
    f: Frame,
    cohort: CohortId,
    fields: Vec<Drawn>,
    kinds: Vec<Drawn>,
    known: Vec<(String, i64)>,
    is_resit: bool,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
}

pub(super) async fn show_new(
    State(site): State<Site>,
    visitor: Visitor,
    Path(cohort): Path<i64>,
) -> Response {
    site.work(move |site| {
        let (known, _) = in_hand(site, &visitor, cohort)?;
        let mut typed = Typed::from([("minutes".to_owned(), "90".to_owned())]);
        let last = known.terms.sessions.iter().map(|session| session.on).max();
        let day = last
            .filter(|day| *day > site.now().today)
            .unwrap_or_else(|| site.now().today.saturating_add(jiff::Span::new().days(1)));
        typed.insert("opens_on".to_owned(), forms::written(&day));
        typed.insert("opens_at".to_owned(), "09:00".to_owned());
        for draw in usual_draws() {
            typed.insert(draw.kind.as_str().to_owned(), draw.n.to_string());
        }
        Ok(Html(sealing(site, &visitor, cohort, &typed, &[])?.render()?))
    })
    .await
}

fn sealing(
    site: &Site,
    visitor: &Visitor,
    cohort: i64,
    typed: &Typed,
    problems: &[Finding],
) -> Result<Sealing, Trouble> {
    let t = visitor.t;
    let (known, organiser) = in_hand(site, visitor, cohort)?;
    let bank = site.store().question_bank(organiser.id)?;
    let text =
        |name: &str, width| field(t, (name, true, Control::Text { width, mode: "text" }), typed, problems);
    let kind = |kind: &QuestionKind| {
        let word = kind.as_str();
        let control = Control::Text { width: "w3", mode: "numeric" };
        Drawn { label: t.word("question-kind", word), ..field(t, ("kind", false, control), typed, problems) }
            .named(word, typed, problems)
    };
    let n_of = |kind: &QuestionKind| {
        let n = bank.iter().filter(|it| !it.is_retired && it.question.kind == *kind).count();
        (t.word("question-kind", kind.as_str()), i64::try_from(n).unwrap_or(i64::MAX))
    };
    let is_resit = !known.papers.is_empty();
    let title = if is_resit { "school-seal-resit" } else { "school-seal-title" };
    Ok(Sealing {
        f: framed(site, visitor, &known, t.say(title))?,
        cohort: known.id,
        fields: vec![text("opens_on", "w8"), text("opens_at", "w3"), figure(t, "minutes", typed, problems)],
        kinds: QuestionKind::ALL.iter().map(kind).collect(),
        known: QuestionKind::ALL.iter().map(n_of).collect(),
        is_resit,
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: typed.get("command").cloned().unwrap_or_else(new_command),
        version: number(said(typed, "version")).unwrap_or(known.version),
    })
}

impl Drawn {
    /// The same field under another name, with what was typed there.
    fn named(self, name: &str, typed: &Typed, problems: &[Finding]) -> Drawn {
        Drawn {
            id: super::anchor(name),
            name: name.to_owned(),
            value: said(typed, name).to_owned(),
            found: super::concerns(problems, name).cloned().collect(),
            ..self
        }
    }
}

pub(super) async fn seal(
    State(site): State<Site>,
    visitor: Visitor,
    Path(cohort): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, seen) = (command(said(&typed, "command"))?, number(said(&typed, "version")));
        let problems = match wish(&typed) {
            Ok(wish) => {
                let at = (CohortId(cohort), seen.unwrap_or(0));
                match outcome(site.store().seal_exam(visitor.actor(), site.now(), id, at, wish))? {
                    Ok(_) => return Ok(Redirect::to(&format!("/schooling/{cohort}#exam")).into_response()),
                    Err(problems) => problems,
                }
            }
            Err(problems) => problems,
        };
        let page = sealing(site, &visitor, cohort, &typed, &problems)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// The paper that is wished for, or every field that cannot be read.
fn wish(typed: &Typed) -> Result<Wish, Vec<Finding>> {
    let mut problems = Vec::new();
    let day = forms::day(said(typed, "opens_on"));
    let time = clock_time(said(typed, "opens_at"));
    let minutes = number(said(typed, "minutes"));
    let fields = [("opens_on", day.is_some()), ("opens_at", time.is_some()), ("minutes", minutes.is_some())];
    problems.extend(fields.iter().filter(|(_, is_read)| !is_read).map(|(name, _)| forms::unreadable(name)));
    let mut draws = Vec::new();
    for kind in QuestionKind::ALL {
        let text = said(typed, kind.as_str());
        let n = if text.is_empty() { Some(0) } else { number(text) };
        match n {
            Some(n) => draws.push(Draw { kind: *kind, subject: None, n }),
            None => problems.push(forms::unreadable(kind.as_str())),
        }
    }
    let (Some(day), Some((hour, minute)), Some(minutes), true) = (day, time, minutes, problems.is_empty())
    else {
        return Err(problems);
    };
    let is_resit = said(typed, "resit") == "true";
    let opens_at = instant_of(day, hour, minute);
    Ok(Wish { is_resit, opens_at, minutes, draws, seed: Wish::any_seed() })
}

/// Hour and minute as people type them.
fn clock_time(text: &str) -> Option<(i64, i64)> {
    let (hour, minute) = text.split_once([':', '：', '.', '点'])?;
    let (hour, minute) = (hour.trim().parse().ok()?, minute.trim().parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some((hour, minute))
}

#[derive(Template)]
#[template(path = "school_paper.html")]
struct Page {
    f: Frame,
    cohort: CohortId,
    paper: Paper,
    lead: String,
    ends: String,
    is_open: bool,
    may_run: bool,
    lines: Vec<Line>,
    items: Vec<(Item, ItemFigures)>,
    errors: Vec<(String, Finding)>,
    typed_more: String,
    typed_reason: String,
    csrf: String,
    command: String,
    version: i64,
    n_to_mark: usize,
}

struct Line {
    person: PersonId,
    name: String,
    state: String,
    tone: &'static str,
    medium: String,
    until: String,
    n_saves: i64,
    result: String,
    may_extend: bool,
    may_enter: bool,
    /// The form of this line was refused and stays open.
    is_extended: bool,
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
    let (t, now) = (visitor.t, site.now());
    let (known, organiser) = in_sight(site, visitor, cohort)?;
    let view = site.store().cohort_view(known.id, now)?;
    let found = known.papers.iter().find(|it| it.number == paper).ok_or(Trouble::Missing)?.clone();
    visitor.logs(site, Seen::list(organiser.id, view.lines.len()))?;
    let figures = view.figures.get(&paper).cloned().unwrap_or_default();
    let items = view.items.get(&paper).cloned().unwrap_or_default();
    let title = t.say(if found.sealed.is_resit { "school-resit" } else { "school-exam" });
    let lead = t.with(
        "school-paper-lead",
        &[
            ("opens", minute(t, found.sealed.opens_at)),
            ("minutes", found.sealed.minutes.to_string()),
            ("items", found.sealed.n_items.to_string()),
            ("points", found.sealed.points.to_string()),
        ],
    );
    let is_over = now.at > found.ends_at(0);
    Ok(Page {
        f: framed(site, visitor, &known, title)?,
        cohort: known.id,
        lead,
        ends: minute(t, found.ends_at(0)),
        is_open: found.is_open(now),
        may_run: visitor.may(site, Action::RunSchooling, &organiser).is_ok(),
        lines: lines(t, &view, (&found, number(said(typed, "person"))), now),
        n_to_mark: if is_over {
            super::marking::waiting(&view, paper, visitor.identity.account).len()
        } else {
            0
        },
        items: items.into_iter().zip(figures).collect(),
        errors: errors(problems),
        typed_more: said(typed, "more").to_owned(),
        typed_reason: said(typed, "reason").to_owned(),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        version: known.version,
        paper: found,
    })
}

fn lines(
    t: crate::words::Words,
    view: &CohortView,
    (paper, extended): (&Paper, Option<i64>),
    now: domain::dates::Moment,
) -> Vec<Line> {
    let one = |learner: &app::schooling::LearnerLine| {
        let person = learner.learner.person;
        let sat = view.sittings.iter().find(|(it, _)| it.paper == paper.number && it.person == person);
        let extra = sat.map_or(0, |(it, _)| it.extra_minutes);
        let is_over = now.at > paper.ends_at(extra);
        let (state, tone) = match sat {
            None if is_over => ("absent", "idle"),
            None => ("not_begun", "idle"),
            Some((it, _)) if it.handed_in_at.is_some() => ("handed_in", "ok"),
            Some(_) if is_over => ("time_over", "ok"),
            Some(_) => ("writing", "wait"),
        };
        let result = match sat {
            Some((_, Some(it))) if it.is_pass => t.about("school-passed", it.percent),
            Some((_, Some(it))) => t.about("school-failed", it.percent),
            Some((_, None)) if is_over => t.say("school-not-marked"),
            Some((_, None)) | None => String::new(),
        };
        Line {
            person,
            name: learner.name.clone(),
            state: t.word("sitting", state),
            tone,
            medium: sat.map_or_else(String::new, |(it, _)| t.word("medium", it.medium.as_str())),
            until: if extra > 0 { minute(t, paper.ends_at(extra)) } else { String::new() },
            n_saves: sat.map_or(0, |(it, _)| it.n_saves),
            result,
            may_extend: state == "writing" || state == "time_over",
            may_enter: state == "absent",
            is_extended: extended == Some(person.0),
        }
    };
    view.lines.iter().filter(|line| line.is_in()).map(one).collect()
}

pub(super) async fn extend(
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
        let minutes = number(said(&typed, "more")).unwrap_or(0);
        let act = Act::Extend(paper, person, minutes, said(&typed, "reason").to_owned());
        let at = (CohortId(cohort), Some(seen.unwrap_or(0)));
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/schooling/{cohort}/papers/{paper}")).into_response()),
            Err(problems) => {
                let page = page(site, &visitor, (cohort, paper), &typed, &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "school_print.html")]
struct Print {
    f: Frame,
    paper: Paper,
    kicker: String,
    lead: String,
    items: Vec<Item>,
}

pub(super) async fn print(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, paper)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let (known, organiser) = in_hand(site, &visitor, cohort)?;
        let view = site.store().cohort_view(known.id, site.now())?;
        let found = known.papers.iter().find(|it| it.number == paper).ok_or(Trouble::Missing)?.clone();
        // Before its minute a paper is not there to be printed either.
        let items = view.items.get(&paper).cloned().ok_or_else(|| Trouble::Denied(sealed_text()))?;
        let lead = t.with(
            "school-paper-lead",
            &[
                ("opens", minute(t, found.sealed.opens_at)),
                ("minutes", found.sealed.minutes.to_string()),
                ("items", found.sealed.n_items.to_string()),
                ("points", found.sealed.points.to_string()),
            ],
        );
        let title = t.about("school-print-title", &known.terms.title);
        let kicker = t.of(&organiser.name).to_owned();
        let f = framed(site, &visitor, &known, title)?;
        Ok(Html(Print { f, paper: found, kicker, lead, items }.render()?))
    })
    .await
}

fn sealed_text() -> domain::text::Text {
    domain::text::Text::new(
        "试卷尚未开封，开考时间到后才能打印。",
        "The paper is sealed; it can be printed from the minute at which it opens.",
    )
}
