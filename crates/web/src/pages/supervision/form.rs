//! The forms of the register. Each reads what was typed into an act, or says of every field what cannot
//! be read; the form of a meeting, which grows with its agenda, has a module of its own.

mod fields;
mod reading;

use app::act::ActError;
use askama::Template;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::unit::Unit;
use serde::Deserialize;

use crate::forms::{Answers, Control, Drawn};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use fields::{Desk, MeetingForm};
use reading::{act, number, said, typed};

/// A form with what it takes to fill it in.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) action: Action,
}

/// Every form that begins an entry.
pub(super) const FORMS: [Form; 8] = [
    Form { name: "meeting", action: Action::KeepSupervision },
    Form { name: "matter", action: Action::KeepSupervision },
    Form { name: "record", action: Action::KeepSupervision },
    Form { name: "exempt", action: Action::KeepSupervision },
    Form { name: "talk", action: Action::HandleSealed },
    Form { name: "inquiry", action: Action::HandleSealed },
    Form { name: "report", action: Action::HandleSealed },
    Form { name: "declaration", action: Action::HandleSealed },
];

#[derive(Template)]
#[template(path = "supervision_form.html")]
struct Page {
    f: Frame,
    unit: Unit,
    form: String,
    fields: Vec<Drawn>,
    meeting: Option<MeetingForm>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
    version: i64,
    back: String,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    number: Option<i64>,
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((unit, form)): Path<(i64, String)>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let (unit, mut answers) = (UnitId(unit), Answers::new());
        if let Some(number) = wish.number {
            answers.insert("number".to_owned(), vec![number.to_string()]);
        }
        Ok(Html(page(site, &visitor, (unit, &form), (&answers, &[]))?.render()?))
    })
    .await
}

/// Whether the visitor may fill in a form; settling depends on the entry, and is decided with it.
fn permit(site: &Site, visitor: &Visitor, unit: &Unit, form: &str) -> Result<(), Trouble> {
    if form == "settle" {
        return visitor.may(site, Action::KeepSupervision, unit);
    }
    let known = FORMS.iter().find(|known| known.name == form).ok_or(Trouble::Missing)?;
    visitor.may(site, known.action, unit)
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (unit, form): (UnitId, &str),
    (answers, problems): (&Answers, &[Finding]),
) -> Result<Page, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let unit = site.store().unit(unit)?;
    permit(site, visitor, &unit, form)?;
    let register = site.store().supervision(unit.id, today.year(), today)?;
    let desk = Desk { site, t, register: &register, answers, problems };
    let (fields, meeting) =
        if form == "meeting" { (Vec::new(), Some(desk.meeting()?)) } else { (desk.fields(form)?, None) };
    let title = t.word("supervision-new", form);
    let here = t.with("supervision-title", &[("year", today.year().to_string())]);
    let back = format!("/supervision/{}", unit.id);
    let path = [(here, Some(back.clone())), (title.clone(), None)];
    let anchor = |finding: &Finding| {
        format!("s-{}", finding.fields.first().map_or("", String::as_str).replace('.', "-"))
    };
    let seen = number(said(answers, "version")).unwrap_or(register.version);
    let command = said(answers, "command");
    Ok(Page {
        f: Frame::of(site, visitor, Place::Supervision, title)?.path(path),
        form: form.to_owned(),
        errors: problems.iter().filter(|f| f.is_error()).map(|f| (anchor(f), f.clone())).collect(),
        csrf: visitor.identity.csrf.clone(),
        command: if command.is_empty() { new_command() } else { command.to_owned() },
        version: seen,
        fields,
        meeting,
        unit,
        back,
    })
}

pub(super) async fn enter(
    State(site): State<Site>,
    visitor: Visitor,
    Path((unit, form)): Path<(i64, String)>,
    RawForm(sent): RawForm,
) -> Response {
    site.work(move |site| {
        let answers = typed(&sent);
        visitor.check(said(&answers, "csrf"))?;
        let here = site.store().unit(UnitId(unit))?;
        permit(site, &visitor, &here, &form)?;
        // One item more: the form again, with everything that was typed.
        if !said(&answers, "more").is_empty() {
            return Ok(
                Html(page(site, &visitor, (here.id, &form), (&answers, &[]))?.render()?).into_response()
            );
        }
        let id = command(said(&answers, "command"))?;
        let version = number(said(&answers, "version")).ok_or(Trouble::Changed)?;
        let problems = match act(site, &here, &form, &answers)? {
            Ok((on, act)) => {
                let (actor, now) = (visitor.actor(), site.now());
                match site.store().enter_supervision(actor, now, id, (here.id, version), (on, act)) {
                    Ok(_) => return Ok(done(unit, &answers)),
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problems) => problems,
        };
        let page = page(site, &visitor, (here.id, &form), (&answers, &problems))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// Back to the entry that was settled, or to the register.
fn done(unit: i64, answers: &Answers) -> Response {
    let to = match number(said(answers, "number")) {
        Some(number) => format!("/supervision/{unit}/entries/{number}"),
        None => format!("/supervision/{unit}?done=entered"),
    };
    Redirect::to(&to).into_response()
}
