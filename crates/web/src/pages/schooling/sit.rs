//! Sitting an examination: the visitor's own papers, and the paper itself from its minute on. The form
//! works without script; with it, answers are saved every few seconds and once more when the page is left.

use app::schooling::{ExamRow, Sheet};
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::{CohortId, PersonId};
use domain::schooling::{Act, Answers, Item, QuestionKind, Save};
use domain::text::Text;

use super::{Typed, command, errors, minute, new_command, number, outcome, said, typed};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "exam_list.html")]
struct Page {
    f: Frame,
    lines: Vec<Line>,
}

struct Line {
    title: String,
    href: String,
    opens: String,
    minutes: i64,
    state: String,
    tone: &'static str,
    certificate: Option<(String, String)>,
}

/// The person behind the account; only people on a roster sit examinations.
fn me(visitor: &Visitor) -> Result<PersonId, Trouble> {
    visitor.identity.person.ok_or_else(|| {
        Trouble::Denied(Text::new(
            "您的账号没有对应名册上的人员，不能参加考试。请联系系统管理员。",
            "Your account belongs to nobody on a roster, so there is nothing to sit. Ask the system officer.",
        ))
    })
}

fn may_sit(site: &Site, visitor: &Visitor) -> Result<(), Trouble> {
    let unit = site.store().unit(visitor.grant.unit)?;
    let relation = domain::access::Relation { is_self: true, ..Default::default() };
    let resource = domain::access::Resource::of_unit(unit.pre, unit.id).tied(relation);
    let held = std::slice::from_ref(&visitor.grant);
    domain::access::decide(held, Action::SitExam, &resource, site.now().today)
        .map_err(|denial| Trouble::Denied(denial.text))
}

pub(super) async fn list(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        may_sit(site, &visitor)?;
        let rows = site.store().exams_of(me(&visitor)?, site.now())?;
        let title = t.say("exam-menu");
        let f = Frame::of(site, &visitor, Place::Exams, title)?;
        let lines = rows.iter().map(|row| line(site, &visitor, row)).collect();
        Ok(Html(Page { f, lines }.render()?))
    })
    .await
}

fn line(site: &Site, visitor: &Visitor, row: &ExamRow) -> Line {
    let (t, now) = (visitor.t, site.now());
    let extra = row.sitting.as_ref().map_or(0, |sitting| sitting.extra_minutes);
    let is_over = now.at > row.paper.ends_at(extra);
    let (state, tone) = match (&row.sitting, row.result) {
        (_, Some(it)) if it.is_pass => (t.about("school-passed", it.percent), "ok"),
        (_, Some(it)) => (t.about("school-failed", it.percent), "stop"),
        (Some(it), None) if it.handed_in_at.is_some() || is_over => (t.say("school-not-marked"), "wait"),
        (Some(_), None) => (t.word("sitting", "writing"), "wait"),
        (None, None) if is_over => (t.word("sitting", "absent"), "idle"),
        (None, None) if row.paper.is_open(now) => (t.word("school-paper", "open"), "wait"),
        (None, None) => (t.word("school-paper", "sealed"), "idle"),
    };
    let certificate = row.certificate.as_ref().filter(|it| it.issued.paper == row.paper.number);
    Line {
        title: row.cohort.terms.title.clone(),
        href: format!("/exams/{}/{}", row.cohort.id, row.paper.number),
        opens: minute(t, row.paper.sealed.opens_at),
        minutes: row.paper.sealed.minutes,
        state,
        tone,
        certificate: certificate.map(|it| {
            let href = format!("/certificates/{}/{}/{}", it.unit, it.issued.year, it.issued.serial);
            (it.issued.number.clone(), href)
        }),
    }
}

#[derive(Template)]
#[template(path = "exam_sit.html")]
struct Sitting {
    f: Frame,
    action: String,
    kicker: String,
    opens: String,
    ends: String,
    digest: String,
    stage: Stage,
    items: Vec<Asked>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    seen: i64,
    n_saves: i64,
}

/// Where a sitting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sealed,
    Open,
    Writing,
    HandedIn,
    Over,
}

/// An item with what was answered.
struct Asked {
    item: Item,
    name: String,
    kind: String,
    answer: String,
    options: Vec<(String, String, bool)>,
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor, Path(at): Path<(i64, i64)>) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, at, None, &[])?.render()?))).await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (cohort, paper): (i64, i64),
    typed: Option<&Typed>,
    problems: &[Finding],
) -> Result<Sitting, Trouble> {
    let (t, now) = (visitor.t, site.now());
    may_sit(site, visitor)?;
    let sheet = site.store().exam_sheet((CohortId(cohort), paper), me(visitor)?, now)?;
    let extra = sheet.sitting.as_ref().map_or(0, |sitting| sitting.extra_minutes);
    let ends_at = sheet.paper.ends_at(extra);
    let stage = match &sheet.sitting {
        Some(sitting) if sitting.handed_in_at.is_some() => Stage::HandedIn,
        Some(_) | None if now.at > ends_at => Stage::Over,
        Some(_) => Stage::Writing,
        None if sheet.items.is_some() => Stage::Open,
        None => Stage::Sealed,
    };
    let n_saves = sheet.sitting.as_ref().map_or(0, |sitting| sitting.n_saves);
    let title = sheet.cohort.terms.title.clone();
    let path = [(t.say("exam-menu"), Some("/exams".to_owned())), (title.clone(), None)];
    let kind = if sheet.paper.sealed.is_resit { "school-resit" } else { "school-exam" };
    Ok(Sitting {
        f: Frame::of(site, visitor, Place::Exams, title)?.path(path),
        action: format!("/exams/{cohort}/{paper}"),
        kicker: t.say(kind),
        opens: minute(t, sheet.paper.sealed.opens_at),
        ends: minute(t, ends_at),
        digest: sheet.paper.sealed.sha256.clone(),
        items: if stage == Stage::Writing { asked(t, &sheet, typed) } else { Vec::new() },
        stage,
        errors: errors(problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
        // After a warning about another window, saving again is meant to win over it.
        seen: n_saves,
        n_saves,
    })
}

fn asked(t: crate::words::Words, sheet: &Sheet, typed: Option<&Typed>) -> Vec<Asked> {
    let one = |item: &Item| {
        let name = format!("a{}", item.number);
        let saved = || sheet.answers.get(&item.number).cloned().unwrap_or_default();
        let answer = typed.map_or_else(saved, |typed| said(typed, &name).to_owned());
        let letters = ["A", "B", "C", "D", "E", "F", "G", "H"];
        let options: Vec<(String, String)> = if item.asked.kind == QuestionKind::TrueFalse {
            ["T", "F"].map(|it| (it.to_owned(), t.word("truth", it))).to_vec()
        } else {
            letters
                .iter()
                .zip(&item.asked.options)
                .map(|(it, text)| ((*it).to_owned(), text.clone()))
                .collect()
        };
        let options = options.into_iter().map(|(letter, text)| {
            let is_chosen = answer.contains(&letter);
            (letter, text, is_chosen)
        });
        Asked {
            kind: t.word("question-kind", item.asked.kind.as_str()),
            options: options.collect(),
            item: item.clone(),
            answer: answer.clone(),
            name,
        }
    };
    sheet.items.iter().flatten().map(one).collect()
}

pub(super) async fn begin(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, paper)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let id = command(said(&typed, "command"))?;
        let act = Act::Begin(paper, me(&visitor)?);
        let at = (CohortId(cohort), None);
        match outcome(site.store().act_on_cohort(visitor.actor(), site.now(), id, at, act))? {
            Ok(_) => Ok(Redirect::to(&format!("/exams/{cohort}/{paper}")).into_response()),
            Err(problems) => {
                let page = page(site, &visitor, (cohort, paper), None, &problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

pub(super) async fn save(
    State(site): State<Site>,
    visitor: Visitor,
    Path((cohort, paper)): Path<(i64, i64)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let (id, person) = (command(said(&typed, "command"))?, me(&visitor)?);
        let (store, actor, at) = (site.store(), visitor.actor(), (CohortId(cohort), None));
        let seen = number(said(&typed, "seen")).unwrap_or(0);
        let save = Act::Save(Save { paper, person, answers: answers(&typed), seen });
        if let Err(problems) = outcome(store.act_on_cohort(actor, site.now(), id, at, save))? {
            let page = page(site, &visitor, (cohort, paper), Some(&typed), &problems)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
        match said(&typed, "do") {
            // What the script asks: only how often answers are saved now.
            "quiet" => {
                let sheet = store.exam_sheet((CohortId(cohort), paper), person, site.now())?;
                Ok(sheet.sitting.map_or(0, |sitting| sitting.n_saves).to_string().into_response())
            }
            "hand_in" => {
                let act = Act::HandIn(paper, person);
                let id = app::CommandId::random();
                outcome(store.act_on_cohort(actor, site.now(), id, at, act))?
                    .map_err(|_| Trouble::Changed)?;
                Ok(Redirect::to(&format!("/exams/{cohort}/{paper}")).into_response())
            }
            _ => Ok(Redirect::to(&format!("/exams/{cohort}/{paper}")).into_response()),
        }
    })
    .await
}

/// Answers as the form sends them, by item; those without one are left out.
fn answers(typed: &Typed) -> Answers {
    let one = |(name, value): (&String, &String)| {
        let item = name.strip_prefix('a')?.parse().ok()?;
        Some((item, value.trim_end().to_owned())).filter(|(_, answer)| !answer.trim().is_empty())
    };
    typed.iter().filter_map(one).collect()
}
