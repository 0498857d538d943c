//! The same decision on several files at once: filings and approvals by the level above. The files are
//! listed with their names; each is judged by itself and recorded by itself, and each gets its own line in
//! the answer.

use app::CommandId;
use app::StoreError;
use app::act::ActError;
use app::admission::Seen;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::access::{Action, role_may_take};
use domain::finding::Finding;
use domain::ids::{CaseId, UnitId};
use domain::text::Text;
use jiff::civil::Date;

use super::act::desk::Desk;
use super::act::{place, plain};
use super::file::{kind_name, kind_of};
use super::home::{days_left, tone};
use super::people::{command, new_command};
use crate::forms::{Answers, Control, Drawn, Section, element_id, sections};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::upload::Posted;
use crate::visitor::Visitor;

/// What may be done to several files at once: what the level above files or decides by one list.
const KINDS: [&str; 5] = [
    "case.activist_filed",
    "case.target_filed",
    "case.approval_decided",
    "case.approval_filed",
    "case.confirmation_decided",
];
/// Files on one page.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "batch.html")]
struct Page {
    f: Frame,
    kind: String,
    name: String,
    rows: Vec<Row>,
    n_more: usize,
    sections: Vec<Section>,
    errors: Vec<(String, Finding)>,
    on: Drawn,
    shelf: Drawn,
    paper: String,
    paper_title: String,
    csrf: String,
    command: String,
}

/// A file that waits for this step.
struct Row {
    /// The file and the version that was looked at.
    value: String,
    case: CaseId,
    person: String,
    unit: String,
    latest_on: Option<Date>,
    days: String,
    tone: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "batch_done.html")]
struct DonePage {
    f: Frame,
    kind: String,
    name: String,
    lines: Vec<Line>,
    n_recorded: usize,
}

/// What became of one file.
struct Line {
    case: CaseId,
    person: String,
    outcome: Outcome,
}

enum Outcome {
    Recorded,
    Refused(Vec<Finding>),
    /// Not allowed here, or changed meanwhile: in words.
    Stopped(Text),
}

/// Whether several files can be done at once by a kind of event.
pub(crate) fn is_for(kind: &str) -> bool {
    KINDS.contains(&kind)
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Path(kind): Path<String>) -> Response {
    site.work(move |site| {
        let page = page(site, &visitor, kind, &Answers::new(), &[], &new_command())?;
        Ok(Html(page.render()?))
    })
    .await
}

pub(crate) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path(kind): Path<String>,
    posted: Posted,
) -> Response {
    site.work(move |site| {
        visitor.check(posted.said("csrf"))?;
        let id = command(posted.said("command"))?;
        let chosen = posted.answers.get("file").cloned().unwrap_or_default();
        let again = |problems: &[Finding]| -> Result<Response, Trouble> {
            let page = page(site, &visitor, kind.clone(), &posted.answers, problems, posted.said("command"))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        };
        if chosen.is_empty() {
            return again(&[crate::forms::unreadable("file")]);
        }
        let mut lines = Vec::with_capacity(chosen.len());
        for seen in chosen.iter().take(MOST).filter_map(|value| read_seen(value)) {
            let desk = Desk::of(site, &visitor, seen.case, kind.clone(), &posted.answers)?;
            // What cannot be read is the same for every file: the form comes back before anything is done.
            let act = match desk.act(&posted.answers, None) {
                Ok(act) => act,
                Err(problems) => return again(&problems),
            };
            let outcome = match visitor.may_act(site, &desk.case, &act.change) {
                Err(Trouble::Denied(why)) => Outcome::Stopped(why),
                Err(trouble) => return Err(trouble),
                Ok(()) => {
                    let own = own_command(id, seen.case);
                    outcome(site.store().record_act(visitor.actor(), site.now(), own, seen, act))?
                }
            };
            lines.push(Line { case: seen.case, person: desk.person, outcome });
        }
        Ok(Html(done(site, &visitor, kind, lines)?.render()?).into_response())
    })
    .await
}

fn outcome(answer: Result<app::Receipt, ActError>) -> Result<Outcome, Trouble> {
    match answer {
        Ok(_) => Ok(Outcome::Recorded),
        Err(ActError::Refused(refusal)) => Ok(Outcome::Refused(refusal.findings)),
        Err(ActError::Denied(denial)) => Ok(Outcome::Stopped(denial.text)),
        Err(ActError::Store(StoreError::Changed)) => Ok(Outcome::Stopped(Trouble::Changed.told().2)),
        Err(ActError::Store(error)) => Err(error.into()),
    }
}

/// `63:12`: file 63, when it had 12 entries.
fn read_seen(value: &str) -> Option<Seen> {
    let (case, version) = value.split_once(':')?;
    Some(Seen { case: CaseId(case.parse().ok()?), version: version.parse().ok()? })
}

/// Each file's part of the command has an identity of its own, the same whenever the form is sent again.
fn own_command(CommandId(mut id): CommandId, case: CaseId) -> CommandId {
    for (byte, part) in id.iter_mut().zip(case.0.to_be_bytes()) {
        *byte ^= part;
    }
    CommandId(id)
}

/// The files that wait for a step which the visitor takes, the most pressing first.
fn rows(site: &Site, visitor: &Visitor, kind: &str, chosen: &[String]) -> Result<(Vec<Row>, usize), Trouble> {
    let (t, store) = (visitor.t, site.store());
    let docket = store.docket(visitor.grant.unit, site.now().today)?;
    let is_mine = |step| role_may_take(visitor.role(), step);
    let wanted = docket.entries.iter().filter(|entry| {
        entry.is_to_do() && kind_of(entry.due.duty) == kind && entry.due.duty.step().is_some_and(is_mine)
    });
    let wanted: Vec<_> = wanted.collect();
    let people: Vec<_> = wanted.iter().take(MOST).map(|entry| entry.person).collect();
    let names = store.names(&people)?;
    let mut rows = Vec::with_capacity(people.len());
    for entry in wanted.iter().take(MOST) {
        let value = format!("{}:{}", entry.case, store.case(entry.case)?.version());
        rows.push(Row {
            is_chosen: chosen.contains(&value),
            value,
            case: entry.case,
            person: names.get(&entry.person).cloned().unwrap_or_default(),
            unit: unit_name(site, visitor, entry.unit)?,
            latest_on: entry.due.latest_on,
            days: days_left(t, entry.due.days_left),
            tone: tone(entry.due.pressure),
        });
    }
    Ok((rows, wanted.len().saturating_sub(MOST)))
}

fn unit_name(site: &Site, visitor: &Visitor, unit: UnitId) -> Result<String, Trouble> {
    Ok(visitor.t.of(&site.store().unit(unit)?.name).to_owned())
}

fn page(
    site: &Site,
    visitor: &Visitor,
    kind: String,
    answers: &Answers,
    problems: &[Finding],
    command: &str,
) -> Result<Page, Trouble> {
    if !is_for(&kind) {
        return Err(Trouble::Missing);
    }
    visitor.may(site, Action::DecideStep, &site.store().unit(visitor.grant.unit)?)?;
    let (t, today) = (visitor.t, site.now().today);
    let chosen = answers.get("file").cloned().unwrap_or_default();
    let (rows, n_more) = rows(site, visitor, &kind, &chosen)?;
    if !rows.is_empty() {
        visitor.logs(site, crate::sight::Seen::list(visitor.grant.unit, rows.len()))?;
    }
    let name = kind_name(t, app::rulebooks::books().on(today), &kind);
    let said = |name: &str| answers.get(name).and_then(|v| v.first()).cloned().unwrap_or_default();
    let on = if answers.contains_key("on") { said("on") } else { crate::forms::written(&today) };
    // The lists of the form are those of the first file; what does not fit another is refused there.
    let desk = match rows.first() {
        Some(row) => Some(Desk::of(site, visitor, row.case, kind.clone(), answers)?),
        None => None,
    };
    let known = desk.as_ref().map(|desk| desk.sheet.paths()).unwrap_or_default();
    let placed: Vec<(String, Finding)> =
        problems.iter().map(|finding| (place_or_list(finding, &known), finding.clone())).collect();
    let path = [(t.say("waiting-title"), Some("/waiting".to_owned())), (name.clone(), None)];
    Ok(Page {
        f: Frame::of(site, visitor, Place::Home, name.clone())?.path(path),
        errors: placed.iter().map(|(place, finding)| (element_id(place), finding.clone())).collect(),
        on: plain("on", t.say("act-on"), on, &placed),
        shelf: plain("shelf", t.say("act-shelf"), said("shelf"), &placed),
        paper: desk
            .as_ref()
            .and_then(|desk| desk.paper(answers))
            .map_or(String::new(), |p| t.of(&p).to_owned()),
        paper_title: said("paper_title"),
        sections: desk.map_or(Vec::new(), |desk| sections(t, desk.sheet.draw(t, answers, &placed))),
        csrf: visitor.identity.csrf.clone(),
        command: command.to_owned(),
        name,
        kind,
        rows,
        n_more,
    })
}

fn place_or_list(finding: &Finding, known: &[&str]) -> String {
    if finding.fields.first().is_some_and(|field| field == "file") {
        return "file".to_owned();
    }
    place(finding, known)
}

fn done(site: &Site, visitor: &Visitor, kind: String, lines: Vec<Line>) -> Result<DonePage, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let name = kind_name(t, app::rulebooks::books().on(today), &kind);
    let path = [(t.say("waiting-title"), Some("/waiting".to_owned())), (name.clone(), None)];
    Ok(DonePage {
        f: Frame::of(site, visitor, Place::Home, name.clone())?.path(path),
        n_recorded: lines.iter().filter(|line| matches!(line.outcome, Outcome::Recorded)).count(),
        kind,
        name,
        lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_a_command_of_its_own() {
        let id = CommandId([7; 16]);
        let (one, other) = (own_command(id, CaseId(63)), own_command(id, CaseId(64)));
        assert_ne!(one, other);
        assert_eq!(one, own_command(id, CaseId(63)));
        assert_eq!(read_seen("63:12"), Some(Seen { case: CaseId(63), version: 12 }));
        assert_eq!((read_seen("63"), read_seen("x:1")), (None, None));
    }
}
