//! A year's responsibility: reading it, and every act on it.

use std::collections::BTreeMap;

use app::charges::Seen;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::access::Action;
use domain::charge::{
    Act, Deduction, Letter, Press, Side, Signing, Task, TaskAnswer, TaskTerms, Terms, Usage, Verdict,
};
use domain::ids::{ChargeId, PostId, UnitId};
use domain::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answers::Bilingual;
use super::files::command;
use super::{Caller, Failure, Given, Problem, answer};
use crate::site::Site;
use crate::trouble::Trouble;

/// The responsibility of a unit for a year.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargeAnswer {
    /// Its number.
    charge: i64,
    /// The unit.
    unit: i64,
    /// The calendar year.
    year: i16,
}

/// Something that is missing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Gap {
    /// The rule.
    rule: String,
    what: Bilingual,
    remedy: Bilingual,
}

/// A year's responsibility with the part that the caller sees.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargeWithParts {
    charge: ChargeAnswer,
    /// Last days and scheme.
    #[schema(value_type = Object)]
    terms: Terms,
    /// Tasks as they stand; an act on one names its `version`.
    #[schema(value_type = Vec<Object>)]
    tasks: Vec<Task>,
    /// Letters as they stand, with the appraisal under each.
    #[schema(value_type = Vec<Object>)]
    letters: Vec<Letter>,
    /// What is missing.
    gaps: Vec<Gap>,
}

/// The years of responsibility that cover a unit.
#[utoipa::path(get, path = "/api/v1/units/{unit}/charges", tag = "charges", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit")),
    responses((status = 200, body = Vec<ChargeAnswer>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn charges(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
) -> Result<Json<Vec<ChargeAnswer>>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let all = site.store().charges_over(unit.id)?;
        let read = |row: &app::charges::ChargeRow| ChargeAnswer {
            charge: row.id.0,
            unit: row.unit.0,
            year: row.year,
        };
        Ok(all.iter().map(read).collect())
    })
    .await
}

/// A year's responsibility: tasks, letters and results within the caller's part of the tree.
#[utoipa::path(get, path = "/api/v1/charges/{charge}", tag = "charges", security(("token" = [])),
    params(("charge" = i64, Path, description = "Number of the charge")),
    responses((status = 200, body = ChargeWithParts), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn charge(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(charge): Path<i64>,
) -> Result<Json<ChargeWithParts>, Failure> {
    answer(site, move |site| {
        let own = site.store().unit(visitor.grant.unit)?;
        visitor.may(site, Action::SeeUnitFigures, &own)?;
        let all = site.store().charges_over(own.id)?;
        let row = all.into_iter().find(|row| row.id == ChargeId(charge)).ok_or(Trouble::Missing)?;
        let mut view = site.store().charge_view(row.id, site.now().today)?;
        view.keep_within(own.id);
        let gap = |finding: &domain::finding::Finding| Gap {
            rule: finding.rule.clone(),
            what: Bilingual::of(&finding.text),
            remedy: Bilingual::of(&finding.remedy),
        };
        Ok(ChargeWithParts {
            charge: ChargeAnswer { charge, unit: row.unit.0, year: row.year },
            terms: row.terms,
            gaps: view.findings.iter().map(gap).collect(),
            tasks: view.charge.tasks.into_values().collect(),
            letters: view.charge.letters.into_values().collect(),
        })
    })
    .await
}

/// A year to be opened.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewCharge {
    /// The unit.
    unit: i64,
    /// The calendar year.
    year: i16,
    /// Last days and scheme.
    #[schema(value_type = Object)]
    terms: Terms,
    /// What the first objectives are called, each with the place of the one above, from 0.
    #[serde(default)]
    objectives: Vec<NewObjective>,
}

/// An objective of a year to be opened.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewObjective {
    title: String,
    above: Option<usize>,
}

/// A year that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenedCharge {
    /// Its number.
    charge: i64,
}

/// Open the responsibility of a unit for a year.
#[utoipa::path(post, path = "/api/v1/charges", tag = "charges", security(("token" = [])), request_body = NewCharge,
    params(("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")),
    responses((status = 200, body = OpenedCharge), (status = 403, body = Problem), (status = 422, body = Problem, description = "Refused: every reason at once")))]
pub(crate) async fn open(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Given(new): Given<NewCharge>,
) -> Result<Json<OpenedCharge>, Failure> {
    answer(site, move |site| {
        let id = command(&headers)?;
        let objectives = new.objectives.into_iter().map(|it| (it.title, it.above)).collect();
        let start = (new.year, new.terms, objectives);
        let charge = site.store().open_charge(visitor.actor(), site.now(), id, UnitId(new.unit), start)?;
        Ok(OpenedCharge { charge: charge.0 })
    })
    .await
}

/// An act on a year's responsibility.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewChargeAct {
    /// The version of the task or letter when it was looked at; 0 for an act about neither.
    version: i64,
    /// What: `set`, `answer`, `press`, `report`, `draft`, `renew`, `sign`, `rate`, `inspect`, `appraise`,
    /// `appeal`, `decide_appeal`, `award` or `use`, under `do`, with the fields of the act.
    #[schema(value_type = Object)]
    act: Value,
}

/// The acts as the API spells them.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Spelt {
    Set {
        task: Option<i64>,
        terms: TaskTerms,
    },
    Answer {
        task: i64,
        answer: TaskAnswer,
        #[serde(default)]
        reason: String,
    },
    Press {
        task: i64,
        press: Press,
        reason: String,
    },
    Report {
        task: i64,
        figure: Option<i64>,
        evidence: String,
    },
    Draft {
        giver: i64,
    },
    Renew {
        letter: i64,
    },
    Sign {
        letter: i64,
        side: Side,
        post: i64,
        on: Date,
        sha256: String,
    },
    Rate {
        letter: i64,
        points: BTreeMap<String, i64>,
        #[serde(default)]
        words: String,
    },
    Inspect {
        letter: i64,
        #[serde(default)]
        deductions: Vec<Deduction>,
        words: String,
    },
    Appraise {
        letter: i64,
        as_of: Date,
        #[serde(default)]
        bonus: i64,
        #[serde(default)]
        bonus_reason: String,
        veto: Option<String>,
    },
    Appeal {
        letter: i64,
        reason: String,
    },
    DecideAppeal {
        letter: i64,
        is_upheld: bool,
        reason: String,
        #[serde(default)]
        bonus: i64,
        #[serde(default)]
        bonus_reason: String,
        veto: Option<String>,
    },
    Award {
        letter: i64,
        base: i64,
    },
    Use {
        letter: i64,
        usage: Usage,
        reason: String,
    },
}

impl Spelt {
    /// The act, by an inspector of a unit where it is an inspection.
    fn read(self, own: UnitId) -> Act {
        match self {
            Spelt::Set { task, terms } => Act::Set(task, terms),
            Spelt::Answer { task, answer, reason } => Act::AnswerTask(task, answer, reason),
            Spelt::Press { task, press, reason } => Act::Press(task, press, reason),
            Spelt::Report { task, figure, evidence } => Act::Report(task, figure, evidence),
            Spelt::Draft { giver } => Act::Draft(UnitId(giver)),
            Spelt::Renew { letter } => Act::Renew(letter),
            Spelt::Sign { letter, side, post, on, sha256 } => {
                Act::Sign(Signing { number: letter, side, post: PostId(post), on, sha256 })
            }
            Spelt::Rate { letter, points, words } => Act::Rate(letter, points, words),
            Spelt::Inspect { letter, deductions, words } => Act::Inspect(letter, own, deductions, words),
            Spelt::Appraise { letter, as_of, bonus, bonus_reason, veto } => {
                Act::Appraise(letter, as_of, Verdict { bonus, bonus_reason, veto })
            }
            Spelt::Appeal { letter, reason } => Act::Appeal(letter, reason),
            Spelt::DecideAppeal { letter, is_upheld, reason, bonus, bonus_reason, veto } => {
                let verdict = is_upheld.then_some(Verdict { bonus, bonus_reason, veto });
                Act::DecideAppeal(letter, verdict, reason)
            }
            Spelt::Award { letter, base } => Act::Award(letter, base),
            Spelt::Use { letter, usage, reason } => Act::Use(letter, usage, reason),
        }
    }
}

/// What was recorded of a year's responsibility.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargeRecorded {
    /// The command had been carried out before; nothing was added.
    is_repeat: bool,
}

/// Record an act on a year's responsibility.
#[utoipa::path(post, path = "/api/v1/charges/{charge}/acts", tag = "charges", security(("token" = [])), request_body = NewChargeAct,
    params(
        ("charge" = i64, Path, description = "Number of the charge"),
        ("Idempotency-Key" = Option<String>, Header, description = "32 hexadecimal digits; repeating them repeats the answer")
    ),
    responses(
        (status = 200, body = ChargeRecorded),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "The task or letter went on since it was looked at"),
        (status = 422, body = Problem, description = "Refused: every reason at once")
    ))]
pub(crate) async fn act(
    State(site): State<Site>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    Path(charge): Path<i64>,
    Given(new): Given<NewChargeAct>,
) -> Result<Json<ChargeRecorded>, Failure> {
    answer(site, move |site| {
        let spelt: Spelt = serde_json::from_value(new.act).map_err(|error| unreadable(&error))?;
        let seen = Seen { charge: ChargeId(charge), version: new.version };
        let act = spelt.read(visitor.grant.unit);
        let receipt =
            site.store().act_on_charge(visitor.actor(), site.now(), command(&headers)?, seen, act)?;
        Ok(ChargeRecorded { is_repeat: receipt.is_repeat })
    })
    .await
}

fn unreadable(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::BadRequest(Text::new(
        format!("内容无法识别：{error}"),
        format!("The body cannot be read: {error}"),
    ))
}
