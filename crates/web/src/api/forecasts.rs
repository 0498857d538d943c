//! What becomes of the promises of a plan: the question made from the record, and its answer.

use app::forecasts::{Outlook, Said, TargetRow, Without};
use axum::Json;
use axum::extract::{Path, Query, State};
use domain::access::Action;
use domain::ids::UnitId;
use domain::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::Bilingual;
use super::{Caller, Failure, Problem, answer};
use crate::site::Site;
use crate::trouble::Trouble;

/// What is tried; what is not said is as adopted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Tried {
    /// Admissions a year.
    #[param(minimum = 0)]
    intake: Option<i64>,
    /// Thousandths of them that are 35 and under.
    #[param(minimum = 0, maximum = 1000)]
    young_permille: Option<i64>,
    /// Thousandths of them with senior high and above.
    #[param(minimum = 0, maximum = 1000)]
    educated_permille: Option<i64>,
    /// Thousandths of them that are women.
    #[param(minimum = 0, maximum = 1000)]
    women_permille: Option<i64>,
    /// Whether a year may differ from the one before by a part of it only.
    even_pace: Option<bool>,
}

/// A target as it stands today.
#[derive(Serialize, ToSchema)]
pub(crate) struct TargetToday {
    /// Its name in the file of targets.
    target: String,
    name: Bilingual,
    as_written: Bilingual,
    adopted: Bilingual,
    /// People counted today; nothing where nothing is counted.
    n: Option<i64>,
    /// Of how many, where the target is a share or a ratio.
    of: Option<i64>,
}

impl TargetToday {
    fn of(target: &TargetRow) -> Self {
        TargetToday {
            target: target.id.clone(),
            name: Bilingual::of(&target.name),
            as_written: Bilingual::of(&target.written.0),
            adopted: Bilingual::of(&target.adopted.0),
            n: target.today.map(|today| today.n),
            of: target.today.and_then(|today| today.of),
        }
    }
}

/// A question, its answer, and the answer in words.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answered {
    /// A file of `miaopu-forecast/1`, for `miaopu plan forecast`.
    #[schema(value_type = Object)]
    question: Value,
    /// A file of `miaopu-forecast-answer/1`.
    #[schema(value_type = Object)]
    answer: Value,
    words: Vec<Bilingual>,
}

/// A forecast of a unit with everything below it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForecastAnswer {
    unit: i64,
    /// The year at whose end the members were counted.
    from: i32,
    /// The last year of the targets.
    until: i32,
    /// Members at the end of `from`.
    n_members: i64,
    /// Members today.
    n_today: i64,
    targets: Vec<TargetToday>,
    /// The plans as written and as adopted.
    planned: Answered,
    /// The plan that is tried.
    tried: Answered,
}

impl ForecastAnswer {
    fn of(outlook: &Outlook) -> Result<Self, Trouble> {
        let read = |bytes: &[u8]| {
            serde_json::from_slice(bytes).map_err(|error| {
                tracing::error!(%error, "a file of a forecast is no JSON");
                Trouble::Broken
            })
        };
        let answered = |at: usize| -> Result<Answered, Trouble> {
            Ok(Answered {
                question: read(&outlook.questions[at])?,
                answer: read(&outlook.answers[at])?,
                words: outlook.words[at].iter().map(Bilingual::of).collect(),
            })
        };
        Ok(ForecastAnswer {
            unit: outlook.unit.id.0,
            from: outlook.from,
            until: outlook.until,
            n_members: outlook.n_members,
            n_today: outlook.n_today,
            targets: outlook.targets.iter().map(TargetToday::of).collect(),
            planned: answered(0)?,
            tried: answered(1)?,
        })
    }
}

/// What becomes of the promises, from the members as recorded: as written, as adopted, and as tried; and
/// what it would take to keep them.
#[utoipa::path(get, path = "/api/v1/units/{unit}/forecast", tag = "plans", security(("token" = [])),
    params(("unit" = i64, Path, description = "Number of the unit"), Tried),
    responses((status = 200, body = ForecastAnswer), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn forecast(
    State(site): State<Site>,
    Caller(visitor): Caller,
    Path(unit): Path<i64>,
    Query(tried): Query<Tried>,
) -> Result<Json<ForecastAnswer>, Failure> {
    answer(site, move |site| {
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeUnitFigures, &unit)?;
        let shares = [tried.young_permille, tried.educated_permille, tried.women_permille];
        if shares.iter().flatten().any(|share| !(0..=1000).contains(share))
            || tried.intake.is_some_and(|n| n < 0)
        {
            return Err(out_of_range().into());
        }
        let said = Said { intake: tried.intake, shares, keeps_pace: tried.even_pace };
        match site.store().outlook(unit.id, site.now().today, said)? {
            Ok(outlook) => Ok(ForecastAnswer::of(&outlook)?),
            Err(without) => Err(nothing(without).into()),
        }
    })
    .await
}

fn out_of_range() -> Trouble {
    Trouble::BadRequest(Text::new(
        "intake 须为不小于0的整数，各项比例须为0至1000的千分数。",
        "`intake` is a whole number of at least 0, and each share lies between 0 and 1000 thousandths.",
    ))
}

fn nothing(without: Without) -> Trouble {
    Trouble::BadRequest(match without {
        Without::Members => Text::new(
            "上年底这里没有党员，无从推算；请换一个组织。",
            "Nobody here was a member at the end of last year; ask for another unit.",
        ),
        Without::Targets { until } => Text::new(
            format!("指标到{until}年为止，已经过期；请使下一个规划的指标生效。"),
            format!("The targets end with {until}, which is past; put those of the next plan in force."),
        ),
    })
}
