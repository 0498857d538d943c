//! An admission file: the next thing first, the 25 steps, what the rules find, and the record with its
//! two clocks.

use std::collections::HashMap;

use app::admission::File;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::agenda::{Due, Duty, Pressure};
use domain::case::{Case, CaseEvent, Logged, Standing, Step};
use domain::dates::{Lateness, age_on};
use domain::finding::Finding;
use domain::id_number;
use domain::ids::{AccountId, CaseId};
use domain::record::Record;
use domain::rulebook::{self, Phase};
use domain::unit::Unit;
use jiff::civil::Date;
use serde::Deserialize;

use super::drawn;
use super::home::{days_left, owed_by, sign, tone};
use crate::forms;
use crate::frame::{Frame, Place, unit_path};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "file.html")]
struct Page {
    f: Frame,
    file: File,
    unit: Unit,
    age: i16,
    id_number: String,
    mentors: String,
    beds: Vec<Bed>,
    next: Option<Task>,
    others: Vec<Task>,
    stages: Vec<StageOfSteps>,
    findings: Vec<Finding>,
    n_errors: usize,
    log: Vec<LogLine>,
    ahead: Vec<(String, Date, Option<Date>)>,
    acts: Vec<(String, String)>,
}

/// A row of plots: one stage of the procedure.
struct Bed {
    name: String,
    plots: Vec<&'static str>,
    n_done: usize,
}

/// Something due, with the way to its form.
struct Task {
    name: String,
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

struct StageOfSteps {
    name: String,
    steps: Vec<StepLine>,
    n_done: usize,
    is_open: bool,
}

struct StepLine {
    number: u8,
    name: String,
    who: String,
    done_on: Option<Date>,
    n_records: usize,
    is_here: bool,
}

struct LogLine {
    what: String,
    occurred_on: Date,
    recorded_on: Date,
    recorded_time: String,
    lateness: Option<String>,
    reason: String,
    standing: Option<String>,
    by: String,
    id: String,
    noted: Vec<String>,
    /// Ways to put the entry right and to void it, for whoever may.
    mend: Option<(String, String)>,
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
    let stages = stages(t, &file.case, edition);
    Ok(Page {
        f: Frame::of(site, visitor, Place::People, name)?.path(path).said(notice),
        age: age_on(file.person.particulars.born_on, today),
        id_number: id_number::mask(&file.person.particulars.id_number),
        mentors: vouchers.join(&t.say("list-comma")),
        beds: beds(&stages),
        next: tasks.next(),
        others: tasks.collect(),
        stages,
        n_errors: file.findings.iter().filter(|finding| finding.is_error()).count(),
        findings: file.findings.clone(),
        log: log(site, t, &file.case, edition, visitor.may(site, Action::Correct, &unit).is_ok())?,
        ahead: ahead(t, &file),
        acts: other_acts(site, visitor, &file.case, &unit),
        unit,
        file,
    })
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

fn kind_of(duty: Duty) -> &'static str {
    match duty {
        Duty::Take(step) | Duty::Repair(step) => Record::kind_of(step),
        Duty::OpenNotice(_) => "case.notice_opened",
        Duty::CloseNotice(_) => "case.notice_closed",
        Duty::SettleObjections(_) => "case.objections_settled",
        Duty::Receive => "case.transfer_received",
        Duty::Resume => "case.resumed",
    }
}

const PHASES: [Phase; 5] =
    [Phase::Applying, Phase::Activist, Phase::Target, Phase::Admission, Phase::Probation];

fn stages(t: Words, case: &Case, edition: &rulebook::Edition) -> Vec<StageOfSteps> {
    let current = case.current_step();
    let line = |described: &rulebook::Step| {
        let step = Step::parse(&described.id)?;
        Some(StepLine {
            number: described.number,
            name: t.of(&described.name).to_owned(),
            who: owed_by(t, &described.actors),
            done_on: case.done(step).map(|record| record.on),
            n_records: case.records(step).count(),
            is_here: current == Some(step),
        })
    };
    PHASES
        .into_iter()
        .map(|phase| {
            let steps: Vec<StepLine> =
                edition.steps.iter().filter(|step| step.phase == phase).filter_map(line).collect();
            StageOfSteps {
                name: t.of(&phase.name()).to_owned(),
                n_done: steps.iter().filter(|step| step.done_on.is_some()).count(),
                is_open: steps.iter().any(|step| step.is_here),
                steps,
            }
        })
        .collect()
}

fn beds(stages: &[StageOfSteps]) -> Vec<Bed> {
    let plot = |step: &StepLine| match (step.done_on.is_some(), step.is_here) {
        (true, _) => "d",
        (false, true) => "x",
        (false, false) => "",
    };
    let bed = |stage: &StageOfSteps| Bed {
        name: stage.name.clone(),
        plots: stage.steps.iter().map(plot).collect(),
        n_done: stage.n_done,
    };
    stages.iter().map(bed).collect()
}

fn log(
    site: &Site,
    t: Words,
    case: &Case,
    edition: &rulebook::Edition,
    may_mend: bool,
) -> Result<Vec<LogLine>, Trouble> {
    let mut lines = Vec::with_capacity(case.log().len());
    // Few accounts write most of a file.
    let mut names: HashMap<AccountId, String> = HashMap::new();
    for logged in case.log().iter().rev() {
        let event = logged.recorded.event_id;
        let is_entry = logged.event().is_some_and(|entry| !entry.change.is_amending());
        let way = |kind: &str| format!("/files/{}/acts/{kind}?event={event}", case.id);
        let mend = (may_mend && is_entry && logged.counts())
            .then(|| (way("case.corrected"), way("case.invalidated")));
        let actor = logged.recorded.actor;
        let by = match names.get(&actor) {
            Some(name) => name.clone(),
            None => names.entry(actor).or_insert(account_name(site, t, actor)?).clone(),
        };
        lines.push(LogLine { mend, by, ..log_line(t, edition, logged) });
    }
    Ok(lines)
}

fn log_line(t: Words, edition: &rulebook::Edition, logged: &Logged) -> LogLine {
    let recorded = &logged.recorded;
    let entry = logged.event().map(|event: &CaseEvent| event.entry.clone()).unwrap_or_default();
    let lateness = match recorded.lateness {
        Lateness::OnTime => None,
        late @ (Lateness::Late | Lateness::VeryLate | Lateness::Legacy) => {
            Some(t.word("lateness", late.as_str()))
        }
    };
    let standing = match logged.standing {
        Standing::AsWritten => None,
        Standing::Corrected(_) => Some(t.say("file-corrected")),
        Standing::Void(_) => Some(t.say("file-void")),
    };
    let minutes = recorded.recorded_at.0.div_euclid(60_000) + 8 * 60;
    LogLine {
        what: kind_name(t, edition, recorded.fact.event.kind()),
        occurred_on: logged.effective.occurred_on,
        recorded_on: recorded.recorded_on,
        recorded_time: format!("{:02}:{:02}", minutes.rem_euclid(1440) / 60, minutes.rem_euclid(60)),
        lateness,
        reason: entry.reason.unwrap_or_default(),
        standing,
        by: String::new(),
        id: recorded.event_id.to_string(),
        noted: entry.noted,
        mend: None,
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
