//! Plans as the command line, the pages and the API ask for them: bytes in, a plan and plain words
//! out. The arithmetic is the planner's; the words are here, in both languages.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

mod forecast;
mod targets;
mod words;

use domain::text::Text;
pub use forecast::{Forecast, forecast};
pub(crate) use forecast::{answered, name_of_row, words_of_answer};
use planner::backtest;
pub use planner::backtest::{Intake, Prediction, band_error};
use planner::check::{self, Fault};
use planner::cohort::Mortality;
use planner::history::History;
use planner::instance::{Instance, Malformed};
use planner::plan::{Plan, Status};
use planner::solve::{self, Ask};
pub use planner::watch::{Stage, Watch};
pub(crate) use targets::bound_in_words;
pub use targets::targets;

/// Why a file could not be read: place and remedy.
pub type Unreadable = Malformed;

/// A plan, and what it says in plain words, sentence by sentence.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The plan.
    pub plan: Plan,
    /// Whether places were allocated.
    pub is_solved: bool,
    /// The plan in words.
    pub words: Vec<Text>,
}

/// A unit whose number differs between two plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The unit.
    pub unit: String,
    /// Persons in the earlier plan.
    pub before: i64,
    /// Persons in the later plan.
    pub after: i64,
}

/// Reads an instance and allocates.
///
/// # Errors
/// The instance is malformed.
pub fn allocate(
    instance: &[u8],
    tie_seed: u64,
    from: Option<&Plan>,
    threads: usize,
) -> Result<Answer, Unreadable> {
    let never = AtomicBool::new(false);
    let watch = Watch { stop: &never, tell: &|_, _| {} };
    // Invariant: nobody else knows the flag.
    Ok(allocate_watched(instance, tie_seed, from, threads, &watch)?.expect("nothing stops this search"))
}

/// Reads an instance and allocates under a watch; none when the watch said stop.
///
/// # Errors
/// The instance is malformed.
pub fn allocate_watched(
    instance: &[u8],
    tie_seed: u64,
    from: Option<&Plan>,
    threads: usize,
    watch: &Watch<'_>,
) -> Result<Option<Answer>, Unreadable> {
    let instance = Instance::parse(instance)?;
    let ask = Ask { tie_seed, from };
    // The search gives the same plan on any number of threads; a pool of its own keeps to the number asked for.
    let plan = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| solve::allocate_watched(&instance, &ask, watch)),
        Err(_) => solve::allocate_watched(&instance, &ask, watch),
    };
    Ok(plan.ok().map(|plan| answer(&instance, plan)))
}

/// What a search is doing, in words.
pub fn words_of_stage(stage: Stage) -> Text {
    match stage {
        Stage::Sample => Text::new("在抽样部分上估价", "pricing a sample"),
        Stage::Bound => Text::new("提高下界", "raising the bound"),
        Stage::Ties => Text::new("按抽签定方案", "drawing a plan"),
        Stage::Exchanges => Text::new("逐对调整", "mending by exchanges"),
        Stage::Proof => Text::new("排除其余可能", "ruling out the rest"),
    }
}

/// Reads a plan file.
///
/// # Errors
/// The file is not a plan.
pub fn read_plan(bytes: &[u8]) -> Result<Plan, Unreadable> {
    Plan::parse(bytes).map_err(|error| Malformed {
        place: format!("line {} column {}", error.line(), error.column()),
        what: Text::new(
            format!("不是 miaopu-plan/1 计划文件：{error}"),
            format!("this is not a plan file of miaopu-plan/1: {error}"),
        ),
    })
}

/// Computes again everything that a plan claims.
///
/// # Errors
/// The instance is malformed.
pub fn check(instance: &[u8], plan: &Plan) -> Result<Vec<Fault>, Unreadable> {
    Ok(check::check(&Instance::parse(instance)?, plan))
}

/// Says in words what a plan says, what one place more and one fewer would cost, and what resolving
/// a contradiction leads to. Prices of places are those of the city, of the units directly below it
/// and of the units named.
///
/// # Errors
/// The instance is malformed, or a unit that was named is not in it.
pub fn explain(instance: &[u8], plan: Plan, units: &[String]) -> Result<Answer, Unreadable> {
    let instance = Instance::parse(instance)?;
    if let Some(unit) = units.iter().find(|unit| !instance.units.iter().any(|known| known.id == **unit)) {
        return Err(Malformed {
            place: unit.clone(),
            what: Text::new("题目中没有这个单位，请核对", "the instance has no such unit; check the name"),
        });
    }
    let prices = words::prices(&instance, &plan, units);
    let mut answer = answer(&instance, plan);
    answer.words.extend(prices);
    Ok(answer)
}

/// Units whose numbers differ, in the order of the instance.
///
/// # Errors
/// The instance is malformed.
pub fn differences(instance: &[u8], before: &Plan, after: &Plan) -> Result<Vec<Difference>, Unreadable> {
    let instance = Instance::parse(instance)?;
    let (before, after) = (totals(before), totals(after));
    let number = |totals: &BTreeMap<&str, i64>, id: &str| totals.get(id).copied().unwrap_or(0);
    Ok(instance
        .units
        .iter()
        .map(|unit| Difference {
            unit: unit.id.to_owned(),
            before: number(&before, unit.id),
            after: number(&after, unit.id),
        })
        .filter(|difference| difference.before != difference.after)
        .collect())
}

/// Persons whose cell differs within a unit, and rows whose count differs, in words.
///
/// # Errors
/// The instance is malformed.
pub fn moved_shares(instance: &[u8], before: &Plan, after: &Plan) -> Result<Vec<Text>, Unreadable> {
    Ok(words::moved_shares(&Instance::parse(instance)?, before, after))
}

/// What one place more and one fewer at a unit would cost, in points rounded up, at the present prices of
/// the rows; none where it is impossible, or where nothing was allocated.
///
/// # Errors
/// The instance is malformed.
pub fn price_of_a_place(
    instance: &[u8],
    plan: &Plan,
    unit: &str,
) -> Result<(Option<i64>, Option<i64>), Unreadable> {
    Ok(words::price_of_a_place(&Instance::parse(instance)?, plan, unit))
}

/// Predicts from a history as if from an earlier year, with the shipped cohorts and deaths.
///
/// # Errors
/// The history cannot be read, or lacks what a forecast begins from: a text in both languages.
pub fn backtest(history: &str, years: (i32, i32), intake: Intake) -> Result<Vec<Prediction>, String> {
    let history = History::parse(history).map_err(|error| error.to_string())?;
    // Invariant: the table is shipped with the program.
    let mortality = Mortality::parse(planner::cohort::DEATHS).expect("the shipped table is readable");
    backtest::backtest(&history, &backtest::cohort_sizes(), &mortality, years, intake)
        .map_err(|error| error.to_string())
}

fn totals(plan: &Plan) -> BTreeMap<&str, i64> {
    let leaves = plan.leaves.iter().flatten().map(|share| (share.unit.as_str(), share.total));
    let inner = plan.inner.iter().flatten().map(|share| (share.unit.as_str(), share.total));
    leaves.chain(inner).collect()
}

fn answer(instance: &Instance, plan: Plan) -> Answer {
    let words = words::of(instance, &plan);
    Answer { is_solved: plan.status != Status::Infeasible, words, plan }
}
