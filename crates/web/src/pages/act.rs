//! The form of an act: drawn, read, decided, recorded. A refusal comes back on the same page with all
//! its reasons at once, beside the fields they concern, and nothing typed is lost, nor the scan that came
//! along.

pub(super) mod desk;
pub(crate) mod news;

use app::StoreError;
use app::act::ActError;
use app::admission::Seen;
use app::scans::Scanned;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::agenda::Due;
use domain::dates::Lateness;
use domain::decide::{Grace, lateness};
use domain::finding::Finding;
use domain::ids::CaseId;
use domain::refusal::Refusal;
use jiff::civil::Date;

use super::drawn;
use super::file::{kind_name, kind_of};
use super::home::{days_left, sign, tone};
use super::people::{command, new_command};
use crate::forms::{self, Answers, Control, Drawn, Part, Section, element_id, sections};
use crate::frame::{Frame, Place, unit_path};
use crate::site::{Site, Upload};
use crate::trouble::Trouble;
use crate::upload::{Posted, read_answers};
use crate::visitor::Visitor;
use crate::words::{Markup, Words};
use desk::Desk;

#[derive(Template)]
#[template(path = "act.html")]
struct Page {
    f: Frame,
    case: CaseId,
    kind: String,
    name: String,
    person: String,
    sections: Vec<Section>,
    errors: Vec<(String, Finding)>,
    on: Drawn,
    is_late: bool,
    reason: Drawn,
    attested: Drawn,
    mode: String,
    paper: Option<String>,
    paper_title: String,
    shelf: Drawn,
    scan: Drawn,
    waiting: Option<WaitingScan>,
    csrf: String,
    command: String,
    version: i64,
    is_vote: bool,
    due_line: String,
    seats: Option<Markup>,
    window: Option<TimeWindow>,
    /// Courses that the person completed, with the way to this form filled in from each.
    courses: Vec<(String, String)>,
}

/// A scan that came with a refused form and need not be sent again.
pub(super) struct WaitingScan {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) kilobytes: u64,
}

/// When the act may be done.
struct TimeWindow {
    earliest_on: Option<Date>,
    latest_on: Option<Date>,
    days: String,
    tone: &'static str,
    sign: &'static str,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, kind)): Path<(i64, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    site.work(move |site| {
        let answers = read_answers(query.unwrap_or_default().as_bytes());
        let desk = Desk::of(site, &visitor, CaseId(case), kind, &answers)?;
        Ok(Html(desk.page(&answers, &[], None, &new_command())?.render()?))
    })
    .await
}

pub(crate) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, kind)): Path<(i64, String)>,
    mut posted: Posted,
) -> Response {
    site.work(move |site| {
        visitor.check(posted.said("csrf"))?;
        let id = command(posted.said("command"))?;
        let desk = Desk::of(site, &visitor, CaseId(case), kind, &posted.answers)?;
        let seen = Seen { case: desk.case.id, version: posted.said("version").parse().unwrap_or(-1) };
        let (waiting, mut scan_problems) = match sent_scan(site, &visitor, desk.case.id, &mut posted)? {
            Ok(waiting) => (waiting, Vec::new()),
            Err(refusal) => (None, refusal.findings),
        };
        let scan = waiting.as_ref().map(|(_, upload)| upload);
        let act = desk.act(&posted.answers, scan);
        if let Ok(act) = &act {
            visitor.may_act(site, &desk.case, &act.change)?;
        }
        let mut status = StatusCode::UNPROCESSABLE_ENTITY;
        let problems = match act {
            Ok(act) if scan_problems.is_empty() => {
                let scanned = scan.map(|upload| upload.scanned.clone()).into_iter().collect();
                let store = site.store();
                match store.record_scanned_act(visitor.actor(), site.now(), id, seen, act, scanned) {
                    Ok(_) => {
                        let path = format!("/files/{}?recorded={}", desk.case.id, desk.kind);
                        return Ok(Redirect::to(&path).into_response());
                    }
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(ActError::Store(StoreError::Changed)) => {
                        status = StatusCode::CONFLICT;
                        vec![news::finding(&desk.case, seen.version)]
                    }
                    Err(error @ (ActError::Store(_) | ActError::Denied(_))) => return Err(error.into()),
                }
            }
            // What else speaks against the act is told together with what is wrong with its scan.
            Ok(act) => {
                let account = visitor.identity.account;
                let considered = site.store().consider_act(&desk.case, &act, account, site.now())?;
                let is_other = |finding: &Finding| !is_about_paper(finding);
                scan_problems.extend(considered.refusing.into_iter().filter(is_other));
                scan_problems
            }
            Err(mut problems) => {
                problems.append(&mut scan_problems);
                problems
            }
        };
        let page = desk.page(&posted.answers, &problems, waiting, posted.said("command"))?;
        Ok((status, Html(page.render()?)).into_response())
    })
    .await
}

/// A scan with the number under which it waits.
pub(super) type Waiting = (u64, Upload);

/// The scan that came with a form, or that waits since the form was refused; or why it is none.
pub(super) fn sent_scan(
    site: &Site,
    visitor: &Visitor,
    case: CaseId,
    posted: &mut Posted,
) -> Result<Result<Option<Waiting>, Refusal>, Trouble> {
    let account = visitor.identity.account;
    if let Some((name, bytes)) = posted.file.take() {
        let scanned = match Scanned::look(bytes) {
            Ok(scanned) => scanned,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let upload = Upload { name, scanned };
        let number = site.keep_scan(account, case, upload.clone())?;
        return Ok(Ok(Some((number, upload))));
    }
    let Ok(number) = posted.said("kept_scan").parse() else { return Ok(Ok(None)) };
    Ok(Ok(site.kept_scan(account, case, number)?.map(|upload| (number, upload))))
}

fn is_about_paper(finding: &Finding) -> bool {
    finding.fields.first().is_some_and(|field| field.starts_with("evidence"))
}

impl Desk<'_> {
    fn page(
        &self,
        answers: &Answers,
        problems: &[Finding],
        waiting: Option<Waiting>,
        command: &str,
    ) -> Result<Page, Trouble> {
        let (t, today) = (self.visitor.t, self.site.now().today);
        let edition = app::rulebooks::books().on(today);
        let name = kind_name(t, edition, &self.kind);
        let mut path = unit_path(self.site, self.visitor, &self.unit)?;
        path.push((self.person.clone(), Some(format!("/files/{}", self.case.id))));
        path.push((name.clone(), None));
        let is_vote = self.kind.ends_with("_voted");
        let mut answers = answers.clone();
        if is_vote {
            // The roster knows how many are due; whoever knows better writes another number.
            let n_due = self.sheet.members.len().to_string();
            answers.entry("ballot.due".to_owned()).or_insert_with(|| vec![n_due]);
        }
        let answers = &answers;
        let said = |name: &str| answers.get(name).and_then(|v| v.first()).cloned().unwrap_or_default();
        let on = if answers.contains_key("on") { said("on") } else { forms::written(&today) };
        let known = self.sheet.paths();
        let placed: Vec<(String, Finding)> =
            problems.iter().map(|finding| (place(finding, &known), finding.clone())).collect();
        let errors = placed.iter().filter(|(_, finding)| finding.is_error());
        let plain = |name: &str, label: &str, value: String| plain(name, t.say(label), value, &placed);
        Ok(Page {
            case: self.case.id,
            kind: self.kind.clone(),
            person: self.person.clone(),
            is_late: self.is_late(&on, today),
            on: plain("on", "act-on", on),
            reason: plain("entry.reason", "act-reason", said("entry.reason")),
            attested: plain("entry.attested_by", "act-attest-login", said("attest.login")),
            mode: said("entry.mode"),
            paper: self.paper(answers).map(|name| t.of(&name).to_owned()),
            paper_title: said("paper_title"),
            shelf: plain("shelf", "act-shelf", said("shelf")),
            scan: plain("scan", "act-scan", String::new()),
            waiting: waiting.map(WaitingScan::of),
            csrf: self.visitor.identity.csrf.clone(),
            command: command.to_owned(),
            version: self.case.version(),
            due_line: if is_vote { due_line(t, self.sheet.members.len()) } else { String::new() },
            seats: if is_vote { drawn::seats(t, answers, self.sheet.members.len()) } else { None },
            is_vote,
            window: self.window(today)?,
            courses: self.courses()?,
            errors: errors.map(|(place, finding)| (element_id(place), finding.clone())).collect(),
            sections: sections(t, self.sheet.draw(t, answers, &placed)),
            f: Frame::of(self.site, self.visitor, Place::People, name.clone())?.path(path),
            name,
        })
    }

    fn is_late(&self, on: &str, today: Date) -> bool {
        let Some(day) = forms::day(on) else { return false };
        let grace = if self.kind.starts_with("case.notice") { Grace::NOTICE } else { Grace::USUAL };
        lateness(day, today, grace, app::rulebooks::books().calendar()) != Lateness::OnTime
    }

    /// Certificates on record of short courses that the person completed, for the step that asks for one.
    fn courses(&self) -> Result<Vec<(String, String)>, Trouble> {
        if self.kind != "case.course_attended" {
            return Ok(Vec::new());
        }
        let t = self.visitor.t;
        let paid = self.site.store().training_of(self.case.person)?;
        let told = paid.into_iter().map(|paid| {
            let issued = &paid.certificate.issued;
            let days = paid.cohort.terms.sessions.iter().map(|session| session.on);
            let (from, to) = (days.clone().min(), days.max());
            let day = |day: Option<Date>| day.as_ref().map(forms::written).unwrap_or_default();
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("on", &forms::written(&paid.certificate.issued_on))
                .append_pair("from", &day(from))
                .append_pair("to", &day(to))
                .append_pair("days", &paid.n_days.to_string())
                .append_pair("hours", &paid.n_hours.to_string())
                .append_pair("cohort", &paid.cohort.terms.title)
                .append_pair("paper", &paid.paper)
                .append_pair("exam_on", &forms::written(&issued.exam_on))
                .append_pair("is_passed", "true")
                .append_pair("certificate", &issued.number)
                .append_pair("certificate_on", &forms::written(&paid.certificate.issued_on))
                .append_pair("paper_title", &issued.number)
                .finish();
            let line = t.with(
                "school-training-note",
                &[
                    ("number", issued.number.clone()),
                    ("title", paid.cohort.terms.title.clone()),
                    ("days", paid.n_days.to_string()),
                    ("hours", paid.n_hours.to_string()),
                    ("exam", t.plain_day(&issued.exam_on)),
                    ("issued", t.plain_day(&paid.certificate.issued_on)),
                ],
            );
            (line, format!("/files/{}/acts/{}?{query}", self.case.id, self.kind))
        });
        Ok(told.collect())
    }

    /// When the act may be done, if it is one of the things due.
    fn window(&self, today: Date) -> Result<Option<TimeWindow>, Trouble> {
        let agenda = self.site.store().file(self.case.id, today)?.agenda;
        let due = agenda.due.into_iter().find(|due| kind_of(due.duty) == self.kind);
        Ok(due.map(|due| TimeWindow::of(self.visitor.t, &due)))
    }
}

impl WaitingScan {
    pub(super) fn of((number, upload): Waiting) -> Self {
        let kilobytes = upload.scanned.scan().n_bytes.div_ceil(1_024);
        WaitingScan { number, name: upload.name, kilobytes }
    }
}

impl TimeWindow {
    fn of(t: Words, due: &Due) -> Self {
        TimeWindow {
            earliest_on: due.earliest_on,
            latest_on: due.latest_on,
            days: days_left(t, due.days_left),
            tone: tone(due.pressure),
            sign: sign(due.pressure),
        }
    }
}

/// For a vote: how many members are due by the roster, and how many more than half are.
fn due_line(t: Words, n: usize) -> String {
    t.with("act-due", &[("n", n.to_string()), ("half", (n / 2 + 1).to_string())])
}

/// The field at which a finding can be mended: its own, else the first of the same group, else the day.
pub(super) fn place(finding: &Finding, known: &[&str]) -> String {
    let path = finding.fields.first().map_or("on", String::as_str);
    let path = match path {
        "evidence.scan" => "scan",
        path if path.starts_with("evidence") => "shelf",
        path => path,
    };
    if known.contains(&path) || ["on", "shelf", "scan", "entry.reason", "entry.attested_by"].contains(&path) {
        return path.to_owned();
    }
    let in_group = |field: &&&str| field.starts_with(&format!("{path}."));
    known.iter().find(in_group).copied().unwrap_or("on").to_owned()
}

pub(super) fn plain(name: &str, label: String, value: String, placed: &[(String, Finding)]) -> Drawn {
    let own = placed.iter().filter(|(place, _)| place == name);
    Drawn {
        id: element_id(name),
        name: name.to_owned(),
        label,
        is_required: true,
        control: Control::Text { width: "w8", mode: "text" },
        value,
        found: own.map(|(_, finding)| finding.clone()).collect(),
    }
}
