//! An admission file: the next thing first, the 25 steps, what the rules find, and the record with its
//! two clocks.

mod log;
mod papers;
mod steps;

use std::collections::HashSet;

use app::admission::File;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::agenda::{Due, Duty, Pressure};
use domain::case::{Case, Step};
use domain::dates::age_on;
use domain::finding::Finding;
use domain::id_number;
use domain::ids::{AccountId, CaseId};
use domain::record::{Record, Voucher};
use domain::rulebook;
use domain::unit::Unit;
use jiff::civil::Date;
use serde::Deserialize;

use super::drawn;
use super::home::{days_left, owed_by, sign, tone};
use crate::forms;
use crate::frame::{Frame, Place, unit_path};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};
use log::{Log, log};
use papers::{PaperPlace, Papers, papers};
use steps::{Bed, StageOfSteps, beds, stages};

#[derive(Template)]
#[template(path = "file.html")]
struct Page {
    f: Frame,
    file: File,
    unit: Unit,
    age: i16,
    id_number: String,
    mentors: String,
    sponsors: String,
    pending: Option<Pending>,
    beds: Vec<Bed>,
    next: Option<Task>,
    /// The step after the next, and why it cannot be taken yet.
    following: Option<(String, String)>,
    others: Vec<Task>,
    stages: Vec<StageOfSteps>,
    findings: Vec<Finding>,
    n_errors: usize,
    papers: Papers,
    log: Log,
    ahead: Vec<(String, Date, Option<Date>)>,
    acts: Vec<(String, String)>,
    may_issue: bool,
}

/// Where the file stands among those that wait for the visitor's unit, and its neighbours.
struct Pending {
    position: usize,
    n: usize,
    before: Option<CaseId>,
    after: Option<CaseId>,
}

/// Something due, with the way to its form.
struct Task {
    name: String,
    step: Option<Step>,
    number: Option<u8>,
    who: String,
    earliest_on: Option<Date>,
    latest_on: Option<Date>,
    days: String,
    tone: &'static str,
    sign: &'static str,
    hand_in: Vec<String>,
    window: Option<Markup>,
    article: String,
    href: Option<String>,
    why_not: String,
}

#[derive(Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    recorded: String,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(case): Path<i64>,
    Query(said): Query<Said>,
) -> Response {
    site.work(move |site| {
        let file = site.store().file(CaseId(case), site.now().today)?;
        let unit = site.store().unit(file.case.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        visitor.logs(site, Seen::file(unit.id, file.case.person, file.case.id))?;
        Ok(Html(page(site, &visitor, file, unit, &said.recorded)?.render()?))
    })
    .await
}

fn page(site: &Site, visitor: &Visitor, file: File, unit: Unit, said: &str) -> Result<Page, Trouble> {
    let (t, today) = (visitor.t, site.now().today);
    let edition = app::rulebooks::books().on(today);
    let name = file.person.particulars.name.clone();
    let mut path = unit_path(site, visitor, &unit)?;
    path.push((name.clone(), None));
    let notice = (!said.is_empty()).then(|| t.about("file-recorded", kind_name(t, edition, said)));
    let mut tasks = file.agenda.due.iter().map(|due| task(visitor, &file.case, edition, due, today));
    let vouchers: Vec<_> = file.case.mentors().iter().map(|mentor| mentor.voucher.name.clone()).collect();
    let sponsors: Vec<_> = sponsors(&file.case).map(|voucher| voucher.name.clone()).collect();
    let stages = stages(t, &file, edition);
    let next = tasks.next();
    Ok(Page {
        f: Frame::of(site, visitor, Place::People, name)?.path(path).said(notice),
        age: age_on(file.person.particulars.born_on, today),
        id_number: id_number::mask(&file.person.particulars.id_number),
        may_issue: visitor.may(site, Action::IssuePaper, &unit).is_ok(),
        mentors: vouchers.join(&t.say("list-comma")),
        sponsors: sponsors.join(&t.say("list-comma")),
        pending: pending(site, visitor, file.case.id)?,
        beds: beds(&stages),
        following: next.as_ref().and_then(|next| following(t, &file, next)),
        next,
        others: tasks.collect(),
        stages,
        n_errors: file.findings.iter().filter(|finding| finding.is_error()).count(),
        findings: file.findings.clone(),
        papers: papers(site, visitor, &file.case, edition),
        log: log(site, t, &file.case, edition, visitor.may(site, Action::Correct, &unit).is_ok())?,
        ahead: ahead(t, &file),
        acts: other_acts(site, visitor, &file.case, &unit),
        unit,
        file,
    })
}

/// The sponsors named last.
fn sponsors(case: &Case) -> impl Iterator<Item = &Voucher> {
    let named = case.last(Step::Sponsors).map(|record| &record.record);
    let vouchers = match named {
        Some(Record::Sponsors(named)) => named.sponsors.as_slice(),
        Some(_) | None => &[],
    };
    vouchers.iter()
}

/// The files that wait for the visitor's unit, the most pressing first, and this one among them.
fn pending(site: &Site, visitor: &Visitor, case: CaseId) -> Result<Option<Pending>, Trouble> {
    if !visitor.sees(site, Action::SeeFile)? {
        return Ok(None);
    }
    let docket = site.store().docket(visitor.grant.unit, site.now().today)?;
    let mut seen = HashSet::new();
    let to_do = docket.entries.iter().filter(|entry| entry.is_to_do()).map(|entry| entry.case);
    let waiting: Vec<CaseId> = to_do.filter(|case| seen.insert(*case)).collect();
    let Some(at) = waiting.iter().position(|other| *other == case) else { return Ok(None) };
    Ok(Some(Pending {
        position: at + 1,
        n: waiting.len(),
        before: at.checked_sub(1).map(|before| waiting[before]),
        after: waiting.get(at + 1).copied(),
    }))
}

/// The step after the next one, as an action that is not open yet.
fn following(t: Words, file: &File, next: &Task) -> Option<(String, String)> {
    let now = next.step?;
    let after = file.agenda.ahead.iter().find(|ahead| ahead.step > now)?;
    Some((t.of(&after.name).to_owned(), t.about("file-first", next.name.as_str())))
}

/// What an event of a file is called.
pub(crate) fn kind_name(t: Words, edition: &rulebook::Edition, kind: &str) -> String {
    let step = Step::ALL.iter().find(|step| Record::kind_of(**step) == kind);
    match step {
        Some(step) => step_name(t, edition, *step),
        None => t.word("kind", kind.trim_start_matches("case.")),
    }
}

/// The official name of a step, by the edition in force or the nearest that has it.
pub(crate) fn step_name(t: Words, edition: &rulebook::Edition, step: Step) -> String {
    let named = |edition: &rulebook::Edition| {
        edition.steps.iter().find(|described| described.id == step.as_str()).map(|d| t.of(&d.name).to_owned())
    };
    named(edition)
        .or_else(|| app::rulebooks::books().editions().iter().rev().find_map(named))
        .unwrap_or_else(|| step.as_str().to_owned())
}

fn task(visitor: &Visitor, case: &Case, edition: &rulebook::Edition, due: &Due, today: Date) -> Task {
    let t = visitor.t;
    let kind = kind_of(due.duty);
    let may = due.duty.step().is_none_or(|step| domain::access::role_may_take(visitor.role(), step));
    let is_waiting = due.pressure == Pressure::Waiting;
    let query = match due.duty {
        Duty::CloseNotice(event) | Duty::SettleObjections(event) => format!("?notice={event}"),
        Duty::OpenNotice(stage) => format!("?stage={}", stage.as_str()),
        Duty::Take(_) | Duty::Repair(_) | Duty::Receive | Duty::Resume => String::new(),
    };
    let why_not = match (may, is_waiting) {
        (false, _) => t.about("file-not-yours", owed_by(t, &due.owed_by)),
        (true, true) => {
            due.earliest_on.map_or(String::new(), |day| t.about("file-not-yet", t.plain_day(&day)))
        }
        (true, false) => String::new(),
    };
    Task {
        name: t.of(&due.name).to_owned(),
        step: due.duty.step(),
        number: due.duty.step().map(Step::number).filter(|_| edition.steps.len() > 1),
        who: owed_by(t, &due.owed_by),
        earliest_on: due.earliest_on,
        latest_on: due.latest_on,
        days: days_left(t, due.days_left),
        tone: tone(due.pressure),
        sign: sign(due.pressure),
        window: due
            .earliest_on
            .zip(due.latest_on)
            .filter(|(from, to)| from <= to)
            .map(|(from, to)| drawn::window(t, from, to, today)),
        hand_in: due.hand_in.iter().map(|paper| t.of(paper).to_owned()).collect(),
        article: due.article.clone(),
        href: (may && !is_waiting).then(|| format!("/files/{}/acts/{kind}{query}", case.id)),
        why_not,
    }
}

/// The kind of event that does what is due.
pub(crate) fn kind_of(duty: Duty) -> &'static str {
    match duty {
        Duty::Take(step) | Duty::Repair(step) => Record::kind_of(step),
        Duty::OpenNotice(_) => "case.notice_opened",
        Duty::CloseNotice(_) => "case.notice_closed",
        Duty::SettleObjections(_) => "case.objections_settled",
        Duty::Receive => "case.transfer_received",
        Duty::Resume => "case.resumed",
    }
}

/// The name shown beside acts.
pub(crate) fn account_name(site: &Site, t: Words, account: AccountId) -> Result<String, Trouble> {
    if account == AccountId(0) {
        return Ok(t.say("file-by-program"));
    }
    Ok(site.store().identity(account)?.display_name)
}

fn ahead(t: Words, file: &File) -> Vec<(String, Date, Option<Date>)> {
    // A review of an earlier stage can still be made good, but it is not ahead.
    let lines = file.agenda.ahead.iter().filter(|step| Some(step.step) >= file.case.furthest());
    lines.map(|step| (t.of(&step.name).to_owned(), step.earliest_on, step.latest_on)).collect()
}

/// Whether the visitor's role takes the step of a kind of event; kinds that are no step are anybody's
/// who may record.
pub(crate) fn takes(visitor: &Visitor, kind: &str) -> bool {
    let step = Step::ALL.iter().find(|step| Record::kind_of(**step) == kind);
    step.is_none_or(|step| domain::access::role_may_take(visitor.role(), *step))
}

/// What can be entered besides the next step, with the way to its form.
fn other_acts(site: &Site, visitor: &Visitor, case: &Case, unit: &Unit) -> Vec<(String, String)> {
    let t = visitor.t;
    if case.is_closed() {
        return Vec::new();
    }
    forms::BESIDE
        .iter()
        .filter(|kind| visitor.may(site, forms::action(kind), unit).is_ok())
        .filter(|kind| takes(visitor, kind))
        .filter(|kind| match **kind {
            "case.resumed" => case.hold().is_some(),
            "case.suspended" => case.hold().is_none(),
            "case.mentor_replaced" => !case.mentors().is_empty(),
            _ => true,
        })
        .map(|kind| {
            let label = t.word("kind", kind.trim_start_matches("case."));
            (format!("/files/{}/acts/{kind}", case.id), label)
        })
        .collect()
}
