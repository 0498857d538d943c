//! Yearly plans: reading them, their files, and every act on them.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use app::plans::{DraftError, Line, Seen, Watch};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Act, Answer, AnswerKind, ChangeDecision, ChangeRequest, Request, Settled, Terms};
use domain::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::Bilingual;
use super::files::command;
use super::{Caller, Failure, Given, Problem, answer};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// A plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanAnswer {
    /// Its number.
    plan: i64,
    /// The unit that makes it.
    unit: i64,
    /// The calendar year.
    year: i16,
    /// The latest proposal; 0 while branches ask.
    round: i64,
    /// The day of adoption.
    adopted_on: Option<String>,
    /// What was settled when it was opened.
    #[schema(value_type = Object)]
    terms: Terms,
}

impl PlanAnswer {
    fn of(row: &app::plans::PlanRow) -> Self {
        PlanAnswer {
            plan: row.id.0,
            unit: row.unit.0,
            year: row.year,
            round: row.round,
            adopted_on: row.adopted_on.map(|day| day.to_string()),
            terms: row.terms.clone(),
        }
    }
}

/// A unit's line in a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineAnswer {
    unit: i64,
    name: Bilingual,
    /// Members.
    n_stock: i64,
    /// People who can lawfully be admitted within the year.
    n_ready: i64,
    /// People asked for.
    n_asked: i64,
    /// Places by proposal, the first one first.
    rounds: Vec<i64>,
    /// Why the latest number was settled by hand.
    reason: Option<String>,
    /// Places as adopted.
    n_adopted: Option<i64>,
    /// Places as they stand.
    n_places: Option<i64>,
    /// Reserved for development targets.
    n_reserved: i64,
    /// Used by admissions.
    n_used: i64,
}

impl LineAnswer {
    fn of(line: &Line) -> Self {
        LineAnswer {
            unit: line.unit.id.0,
            name: Bilingual::of(&line.unit.name),
            n_stock: line.n_stock,
            n_ready: line.n_ready,
            n_asked: line.n_asked,
            rounds: line.rounds.clone(),
            reason: line.reason.clone(),
            n_adopted: line.quota.map(|(adopted, _)| adopted),
            n_places: line.places(),
            n_reserved: line.n_reserved,
            n_used: line.n_used,
        }
    }
}

/// A plan with a unit's line and those directly below.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanWithLines {
    plan: PlanAnswer,
    lines: Vec<LineAnswer>,
    /// What an act for the unit must have seen: the round.
    round: i64,
    /// And the number of events about plans in its books.
    version: i64,
}

/// The plans that cover a unit.
#[utoipa::path(get, path = "/api/v1/units/{unit}/plans", tag = "plans", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<PlanAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn plans(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<PlanAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        Ok(site.store().plans_over(unit.id)?.iter().map(PlanAnswer::of).collect())
    })
    .await
}

/// Which unit of a plan.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wish {
    /// Number of the unit; the duty's own without it.
    unit: Option<i64>,
}

/// A plan, a unit's numbers in it, and those of the units directly below.
#[utoipa::path(get, path = "/api/v1/plans/{plan}", tag = "plans", security(("token" = [])),
    params(("plan" = i64, Path, description = "Number of the plan"), Wish),
    responses((status = 200, body = PlanWithLines), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn plan(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(plan): Path<i64>,
    Query(wish): Query<Wish>,
) -> Result<Json<PlanWithLines>, Failure> {
    answer(site, move |site| {
        let unit = covered(site, &visitor, plan, wish.unit.map(UnitId))?;
        let view = site.store().plan_view(PlanId(plan), unit, &[], site.now().today)?;
        let seen = site.store().plan_seen(PlanId(plan), unit)?;
        Ok(PlanWithLines {
            plan: PlanAnswer::of(&view.row),
            lines: view.lines.iter().map(LineAnswer::of).collect(),
            round: seen.round,
            version: seen.version,
        })
    })
    .await
}

/// The unit asked for, if the caller sees it and the plan covers it.
pub(super) fn covered(
    site: &Site,
    visitor: &Visitor,
    plan: i64,
    unit: Option<UnitId>,
) -> Result<UnitId, Failure> {
    let unit = site.store().unit(unit.unwrap_or(visitor.grant.unit))?;
    visitor.may(site, Action::SeeUnitFigures, &unit)?;
    let plans = site.store().plans_over(unit.id)?;
    let is_covered = plans.iter().any(|row| row.id == PlanId(plan));
    if is_covered { Ok(unit.id) } else { Err(Trouble::Missing.into()) }
}

/// Question and answer of a proposal, as they stand in the record.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoundFiles {
    /// The bytes of a file of `miaopu-allocation/1`.
    instance: String,
    /// The bytes of a file of `miaopu-plan/1`.
    certificate: String,
}

/// The files of a proposal, to be checked by anybody who sees the whole plan.
#[utoipa::path(get, path = "/api/v1/plans/{plan}/rounds/{round}", tag = "plans", security(("token" = [])),
    params(("plan" = i64, Path, description = "Number of the plan"), ("round" = i64, Path, description = "Which proposal, from 1")),
    responses((status = 200, body = RoundFiles), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn round(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path((plan, round)): Path<(i64, i64)>,
) -> Result<Json<RoundFiles>, Failure> {
    answer(site, move |site| {
        let own = covered(site, &visitor, plan, None)?;
        let maker = site.store().plan_view(PlanId(plan), own, &[], site.now().today)?.row.unit;
        covered(site, &visitor, plan, Some(maker))?;
        let (instance, certificate) = site.store().round_files(PlanId(plan), round)?;
        Ok(RoundFiles { instance, certificate })
    })
    .await
}

/// A plan to be opened.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPlan {
    /// The unit that makes it.
    unit: i64,
    /// The calendar year.
    year: i16,
    /// What is settled; `GET /api/v1/units/{unit}/plan-start` suggests it.
    #[schema(value_type = Object)]
    terms: Terms,
}

/// A plan that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenedPlan {
    /// Its number.
    plan: i64,
}

/// What a new plan of a unit would start from.
#[utoipa::path(get, path = "/api/v1/units/{unit}/plan-start", tag = "plans", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Object), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn start(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Terms>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::RunPlan, &unit)?;
        Ok(site.store().plan_start(unit.id, site.now().today)?)
    })
    .await
}

/// Open the plan of a unit for a year.
#[utoipa::path(post, path = "/api/v1/plans", tag = "plans", security(("token" = [])), request_body = NewPlan,
    params(("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")),
    responses((status = 200, body = OpenedPlan), (status = 403, body = Problem), (status = 422, body = Problem, description = "Refused: every reason at once")))]
pub(crate) async fn open(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Given(new): Given<NewPlan>,
) -> Result<Json<OpenedPlan>, Failure> {
    answer(site, move |site| {
        let id = command(&headers)?;
        let opened = (new.year, new.terms);
        let plan = site.store().open_plan(visitor.actor(), site.now(), id, UnitId(new.unit), opened)?;
        Ok(OpenedPlan { plan: plan.0 })
    })
    .await
}

/// An act on a plan.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPlanAct {
    /// The unit that acts or is acted on.
    unit: i64,
    /// The round when it was looked at.
    round: i64,
    /// The version when it was looked at.
    version: i64,
    /// What: `ask`, `answer`, `sign`, `adopt`, `ask_change`, `decide_change`, `answer_alert` or
    /// `settle_alert`, under `do`, with the fields of the act.
    #[schema(value_type = Object)]
    act: Value,
}

/// The acts as the API spells them.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Spelt {
    Ask {
        n: i64,
        #[serde(default)]
        cells: BTreeMap<String, i64>,
        reason: String,
    },
    Answer {
        answer: AnswerKind,
        n: Option<i64>,
        #[serde(default)]
        reason: String,
    },
    Sign {},
    Adopt {},
    AskChange {
        to: i64,
        other: Option<i64>,
        reason: String,
    },
    DecideChange {
        number: i64,
        is_granted: bool,
        reason: String,
    },
    AnswerAlert {
        alert: String,
        reason: String,
    },
    SettleAlert {
        alert: String,
        is_escalated: bool,
        reason: String,
    },
}

impl From<Spelt> for Act {
    fn from(spelt: Spelt) -> Act {
        match spelt {
            Spelt::Ask { n, cells, reason } => Act::Ask(Request { n, cells, reason }),
            Spelt::Answer { answer, n, reason } => Act::Answer(Answer { kind: answer, n, reason }),
            Spelt::Sign {} => Act::Sign,
            Spelt::Adopt {} => Act::Adopt,
            Spelt::AskChange { to, other, reason } => {
                Act::AskChange(ChangeRequest { to, other: other.map(UnitId), reason })
            }
            Spelt::DecideChange { number, is_granted, reason } => {
                Act::DecideChange(ChangeDecision { number, is_granted, reason })
            }
            Spelt::AnswerAlert { alert, reason } => Act::AnswerAlert(alert, reason),
            Spelt::SettleAlert { alert, is_escalated, reason } => {
                Act::SettleAlert(alert, is_escalated, reason)
            }
        }
    }
}

/// What was recorded of a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanRecorded {
    /// The command had been carried out before; nothing was added.
    is_repeat: bool,
}

/// Record an act on a plan.
#[utoipa::path(post, path = "/api/v1/plans/{plan}/acts", tag = "plans", security(("token" = [])), request_body = NewPlanAct,
    params(
        ("plan" = i64, Path, description = "Number of the plan"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = PlanRecorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The plan went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn act(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(plan): Path<i64>,
    Given(new): Given<NewPlanAct>,
) -> Result<Json<PlanRecorded>, Failure> {
    answer(site, move |site| {
        let spelt: Spelt = serde_json::from_value(new.act).map_err(|error| unreadable(&error))?;
        let seen = Seen { plan: PlanId(plan), round: new.round, version: new.version };
        let (id, at) = (command(&headers)?, (seen, UnitId(new.unit)));
        let receipt = site.store().act_on_plan(visitor.actor(), site.now(), id, at, spelt.into())?;
        Ok(PlanRecorded { is_repeat: receipt.is_repeat })
    })
    .await
}

/// A proposal to be worked out and made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewRound {
    /// The round when it was looked at.
    round: i64,
    /// The version when it was looked at.
    version: i64,
    /// Numbers settled by hand: `unit`, `n` and `reason` of each.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    settled: Vec<Settled>,
}

/// A proposal that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proposed {
    /// Which.
    round: i64,
    /// The plan in plain words.
    words: Vec<Bilingual>,
    /// Digest of the answer with its certificate.
    certificate_sha256: String,
}

/// Work out the next proposal and make it. What cannot be allotted is explained, and nothing is recorded.
#[utoipa::path(post, path = "/api/v1/plans/{plan}/rounds", tag = "plans", security(("token" = [])), request_body = NewRound,
    params(
        ("plan" = i64, Path, description = "Number of the plan"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = Proposed),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The plan went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn propose(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(plan): Path<i64>,
    Given(new): Given<NewRound>,
) -> Result<Json<Proposed>, Failure> {
    answer(site, move |site| {
        let id = command(&headers)?;
        let own = covered(site, &visitor, plan, None)?;
        let maker = site.store().plan_view(PlanId(plan), own, &[], site.now().today)?.maker;
        visitor.may(site, Action::RunPlan, &maker)?;
        let watch = Watch { progress: &|_, _, _| {}, cancel: &AtomicBool::new(false) };
        let draft = site.store().draft_round(PlanId(plan), new.settled, site.now().today, &watch);
        let draft = draft.map_err(|error| match error {
            DraftError::Store(error) => Failure::from(error),
            DraftError::Stopped | DraftError::Malformed(_) => unreadable(&error).into(),
        })?;
        let certificate_sha256 = draft.proposal.certificate.0.clone();
        let seen = Seen { plan: PlanId(plan), round: new.round, version: new.version };
        let act = Act::Propose(Box::new(draft.proposal));
        site.store().act_on_plan(visitor.actor(), site.now(), id, (seen, maker.id), act)?;
        let words = draft.words.iter().map(Bilingual::of).collect();
        Ok(Proposed { round: draft.round, words, certificate_sha256 })
    })
    .await
}

fn unreadable(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::BadRequest(Text::new(
        format!("内容无法识别：{error}"),
        format!("The body cannot be read: {error}"),
    ))
}
