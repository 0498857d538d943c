//! The bank of questions of the visitor's unit: what is in it, one question more, many from a workbook.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Multipart, Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::QuestionId;
use domain::schooling::{BankAct, Known, Question, QuestionKind, Subject};
use domain::text::Text;
use domain::unit::Unit;

use super::{Typed, command, errors, field, figure, new_command, number, outcome, said, typed, words};
use crate::files::attached;
use crate::forms::{self, Control, Drawn};
use crate::frame::{Frame, Place};
use crate::pages::roster::{Sent, receive};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "school_bank.html")]
struct Page {
    f: Frame,
    unit: String,
    groups: Vec<(String, Vec<Known>)>,
    n: usize,
    may_run: bool,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    problems: Vec<String>,
    read: Option<Read>,
    csrf: String,
    command: String,
}

/// What a workbook holds, to be looked at before it is taken over.
struct Read {
    file: String,
    questions: Vec<Question>,
    /// The questions as the next form sends them.
    text: String,
}

/// What stands around the list.
#[derive(Default)]
struct Around<'a> {
    found: &'a [Finding],
    problems: Vec<String>,
    read: Option<Read>,
}

fn own(site: &Site, visitor: &Visitor, action: Action) -> Result<Unit, Trouble> {
    let unit = site.store().unit(visitor.grant.unit)?;
    visitor.may(site, action, &unit)?;
    Ok(unit)
}

pub(super) async fn show(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| Ok(Html(page(site, &visitor, &Typed::new(), Around::default())?.render()?))).await
}

/// The way back for whoever loads the address of a form again.
pub(super) async fn back() -> Redirect {
    Redirect::to("/schooling/bank")
}

fn page(site: &Site, visitor: &Visitor, typed: &Typed, around: Around<'_>) -> Result<Page, Trouble> {
    let t = visitor.t;
    let unit = own(site, visitor, Action::SeeSchooling)?;
    let known: Vec<Known> =
        site.store().question_bank(unit.id)?.into_iter().filter(|it| !it.is_retired).collect();
    let mut groups: BTreeMap<QuestionKind, Vec<Known>> = BTreeMap::new();
    let n = known.len();
    for one in known {
        groups.entry(one.question.kind).or_default().push(one);
    }
    let list = |name: &str, words| field(t, (name, true, Control::Choice(words)), typed, around.found);
    let kinds = words(t, "question-kind", QuestionKind::ALL.iter().map(|it| it.as_str()));
    let subjects = words(t, "subject", Subject::ALL.iter().map(|it| it.as_str()));
    let lines = |name: &str, is_required| field(t, (name, is_required, Control::Lines), typed, around.found);
    let title = t.say("school-bank-title");
    let path = [(t.say("school-menu"), Some("/schooling".to_owned())), (title.clone(), None)];
    Ok(Page {
        f: Frame::of(site, visitor, Place::Schooling, title)?.path(path),
        unit: t.of(&unit.name).to_owned(),
        groups: groups.into_iter().map(|(kind, it)| (t.word("question-kind", kind.as_str()), it)).collect(),
        n,
        may_run: visitor.may(site, Action::RunSchooling, &unit).is_ok(),
        fields: vec![
            list("kind", kinds),
            list("subject", subjects),
            lines("text", true),
            lines("options", false),
            lines("key", true),
            figure(t, "points", typed, around.found),
        ],
        errors: errors(around.found),
        problems: around.problems,
        read: around.read,
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
    })
}

pub(super) async fn enter(State(site): State<Site>, visitor: Visitor, RawForm(form): RawForm) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let unit = own(site, &visitor, Action::RunSchooling)?;
        let id = command(said(&typed, "command"))?;
        let problems = match question(&typed) {
            Ok(question) => {
                let act = BankAct::Enter(vec![question]);
                match outcome(site.store().act_on_bank(visitor.actor(), site.now(), id, unit.id, act))? {
                    Ok(_) => return Ok(Redirect::to("/schooling/bank").into_response()),
                    Err(problems) => problems,
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, &typed, Around { found: &problems, ..Around::default() })?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// The question that was typed: options line by line, the key as offices write it.
fn question(typed: &Typed) -> Result<Question, Vec<Finding>> {
    let kind = QuestionKind::parse(said(typed, "kind"));
    let subject = Subject::parse(said(typed, "subject"));
    let points = number(said(typed, "points"));
    let fields = [("kind", kind.is_some()), ("subject", subject.is_some()), ("points", points.is_some())];
    let unread = fields.iter().filter(|(_, is_read)| !is_read).map(|(name, _)| forms::unreadable(name));
    let problems: Vec<Finding> = unread.collect();
    let (Some(kind), Some(subject), Some(points)) = (kind, subject, points) else { return Err(problems) };
    let options = said(typed, "options").lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(Question {
        kind,
        subject,
        text: said(typed, "text").to_owned(),
        options: options.map(str::to_owned).collect(),
        key: app::schooling::key_of(kind, said(typed, "key")),
        points,
    })
}

pub(super) async fn template(State(site): State<Site>, visitor: Visitor) -> Response {
    site.work(move |site| {
        own(site, &visitor, Action::RunSchooling)?;
        Ok(attached(app::schooling::question_template()?, "miaopu-question-template.xlsx"))
    })
    .await
}

pub(super) async fn preview(State(site): State<Site>, visitor: Visitor, form: Multipart) -> Response {
    let Sent { csrf, name, bytes } = match receive(form).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    site.work(move |site| {
        visitor.check(&csrf)?;
        let unit = own(site, &visitor, Action::RunSchooling)?;
        let sheet = site.store().read_questions(unit.id, site.now(), &name, &bytes)?;
        let t = visitor.t;
        let problems: Vec<String> = sheet.problems.iter().map(|it| t.of(&it.text).to_owned()).collect();
        let is_clean = problems.is_empty();
        let text = serde_json::to_string(&sheet.questions).map_err(|_| Trouble::Broken)?;
        let read = is_clean.then_some(Read { file: name, questions: sheet.questions, text });
        let page = page(site, &visitor, &Typed::new(), Around { found: &[], problems, read })?;
        let status = if is_clean { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        Ok((status, Html(page.render()?)).into_response())
    })
    .await
}

pub(super) async fn import(State(site): State<Site>, visitor: Visitor, RawForm(form): RawForm) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let unit = own(site, &visitor, Action::RunSchooling)?;
        let id = command(said(&typed, "command"))?;
        let questions: Vec<Question> = serde_json::from_str(said(&typed, "questions")).map_err(|_| {
            Trouble::BadRequest(Text::new(
                "预览已失效，没有录入任何题目。请重新上传文件。",
                "The preview cannot be read; nothing was entered. Send the file again.",
            ))
        })?;
        let act = BankAct::Enter(questions);
        match outcome(site.store().act_on_bank(visitor.actor(), site.now(), id, unit.id, act))? {
            Ok(_) => Ok(Redirect::to("/schooling/bank").into_response()),
            Err(problems) => {
                let around = Around { found: &problems, ..Around::default() };
                let page = page(site, &visitor, &Typed::new(), around)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}

pub(super) async fn retire(
    State(site): State<Site>,
    visitor: Visitor,
    Path(question): Path<i64>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&form);
        visitor.check(said(&typed, "csrf"))?;
        let unit = own(site, &visitor, Action::RunSchooling)?;
        let id = command(said(&typed, "command"))?;
        let act = BankAct::Retire(QuestionId(question), said(&typed, "reason").to_owned());
        match outcome(site.store().act_on_bank(visitor.actor(), site.now(), id, unit.id, act))? {
            Ok(_) => Ok(Redirect::to("/schooling/bank").into_response()),
            Err(problems) => {
                let around = Around { found: &problems, ..Around::default() };
                let page = page(site, &visitor, &Typed::new(), around)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
            }
        }
    })
    .await
}
