//! Plans as the command line, the pages and the API ask for them: bytes in, a plan and plain words
//! out. The arithmetic is the planner's; the words are here, in both languages.

use std::collections::BTreeMap;

use domain::text::Text;
use planner::backtest;
pub use planner::backtest::{Intake, Prediction, band_error};
use planner::check::{self, Fault};
use planner::cohort::Mortality;
use planner::explain::{Bound, What};
use planner::history::History;
use planner::instance::{Counted, Instance, Malformed, RowKind};
use planner::plan::{Plan, Proof, Status};
use planner::solve::{self, Ask};

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
    let instance = Instance::parse(instance)?;
    let ask = Ask { tie_seed, from };
    // The search gives the same plan on any number of threads; a pool of its own keeps to the number asked for.
    let plan = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| solve::allocate(&instance, &ask)),
        Err(_) => solve::allocate(&instance, &ask),
    };
    Ok(answer(&instance, plan))
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

/// Says in words what a plan says.
///
/// # Errors
/// The instance is malformed.
pub fn explain(instance: &[u8], plan: Plan) -> Result<Answer, Unreadable> {
    Ok(answer(&Instance::parse(instance)?, plan))
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

/// Predicts from a history as if from an earlier year, with the shipped birth cohorts and deaths.
///
/// # Errors
/// The history cannot be read, or lacks what a forecast begins from: a text in both languages.
pub fn backtest(history: &str, years: (i32, i32), intake: Intake) -> Result<Vec<Prediction>, String> {
    let history = History::parse(history).map_err(|error| error.to_string())?;
    // Invariant: the table is shipped with the program.
    let mortality = Mortality::parse(planner::cohort::DEATHS).expect("the shipped table is readable");
    backtest::backtest(&history, &backtest::births(), &mortality, years, intake)
        .map_err(|error| error.to_string())
}

fn totals(plan: &Plan) -> BTreeMap<&str, i64> {
    let leaves = plan.leaves.iter().flatten().map(|share| (share.unit.as_str(), share.total));
    let inner = plan.inner.iter().flatten().map(|share| (share.unit.as_str(), share.total));
    leaves.chain(inner).collect()
}

fn answer(instance: &Instance, plan: Plan) -> Answer {
    let words = match plan.status {
        Status::Infeasible => words_of_contradiction(&plan),
        Status::Optimal | Status::Certified => words_of_plan(instance, &plan),
    };
    Answer { is_solved: plan.status != Status::Infeasible, words, plan }
}

fn words_of_plan(instance: &Instance, plan: &Plan) -> Vec<Text> {
    let totals = totals(plan);
    let total = totals.get(instance.units.id(instance.root)).copied().unwrap_or(0);
    let n_leaves = plan.leaves.iter().flatten().count();
    let asked = instance.target.intake;
    let mut words = vec![Text::new(
        format!("共安排 {total} 名（目标 {asked} 名），分到 {n_leaves} 个单位。"),
        format!("{total} places (target {asked}) go to {n_leaves} units."),
    )];
    words.extend(instance.rows.iter().map(|row| words_of_row(instance, plan, row, total)));
    for unit in plan.waived.iter().flatten() {
        words.push(Text::new(
            format!("单位“{unit}”今年没有符合条件的人，其发展责任免除。"),
            format!("The unit “{unit}” has nobody ready this year; its duty is waived."),
        ));
    }
    words.push(words_of_proof(plan));
    words
}

fn words_of_row(instance: &Instance, plan: &Plan, row: &planner::instance::Row, total: i64) -> Text {
    let count = counted(instance, plan, &row.counts);
    let (is_met, needed) = match row.kind {
        RowKind::Share { num, den, is_strict } => {
            let (left, right) = (i128::from(count) * i128::from(den), i128::from(total) * i128::from(num));
            let needed = if is_strict {
                right.div_euclid(i128::from(den)) + 1
            } else {
                -(-right).div_euclid(i128::from(den))
            };
            (if is_strict { left > right } else { left >= right }, needed)
        }
        RowKind::Growth { at_least } => (count >= at_least, i128::from(at_least)),
    };
    let id = &row.id;
    if is_met {
        Text::new(
            format!("指标“{id}”：{count} 名，要求不少于 {needed} 名，达到。"),
            format!("Row “{id}”: {count} people where {needed} are needed; it is met."),
        )
    } else {
        let missing = needed - i128::from(count);
        Text::new(
            format!("指标“{id}”：{count} 名，要求不少于 {needed} 名，差 {missing} 名。"),
            format!("Row “{id}”: {count} people where {needed} are needed; {missing} are missing."),
        )
    }
}

fn counted(instance: &Instance, plan: &Plan, counts: &Counted) -> i64 {
    let positions = instance.positions();
    let carries = |cell: &str, attribute: &String| {
        instance.cells.iter().any(|known| known.id == cell && known.attributes.contains(attribute))
    };
    plan.leaves
        .iter()
        .flatten()
        .map(|share| match counts {
            Counted::Attribute(attribute) => {
                share.cells.iter().filter(|(cell, _)| carries(cell, attribute)).map(|(_, n)| n).sum()
            }
            Counted::Tag(tag) => {
                let leaf = positions.get(share.unit.as_str()).and_then(|&v| instance.units.leaf(v));
                if leaf.is_some_and(|leaf| leaf.tags.contains(tag)) { share.total } else { 0 }
            }
        })
        .sum()
}

fn words_of_proof(plan: &Plan) -> Text {
    let gap = plan.objective.zip(plan.bound).map_or(0, |(cost, bound)| {
        // Rounded up to whole points, so that a gap is never told smaller than it is.
        let micro = cost.0 * bound.den.0 - bound.num.0;
        -(-micro).div_euclid(bound.den.0 * 1_000_000)
    });
    match (plan.status, plan.proof) {
        (Status::Optimal, Some(Proof::Bound)) => Text::new(
            "已证明最优：没有任何方案比它更好，证书可独立核验。",
            "Proved best: no plan costs less, and the certificate can be checked independently.",
        ),
        (Status::Optimal, _) => Text::new(
            "已证明最优：下界之上的其余可能已全部排除。",
            "Proved best: everything between the bound and this plan was ruled out.",
        ),
        (Status::Certified | Status::Infeasible, _) => Text::new(
            format!("距可证明的下界不超过 {gap} 分。"),
            format!("It lies at most {gap} points above the proved bound."),
        ),
    }
}

fn words_of_contradiction(plan: &Plan) -> Vec<Text> {
    let bounds = plan.explanation.as_deref().unwrap_or_default();
    let mut words = vec![Text::new(
        "无法安排：下列要求互相矛盾，去掉其中任何一项，矛盾即消失。",
        "Nothing can be allocated: these bounds contradict one another; without any one of them the contradiction is gone.",
    )];
    words.extend(bounds.iter().map(words_of_bound));
    let needed: i64 = bounds.iter().filter_map(|bound| bound.needs).sum();
    let there: i64 = bounds.iter().filter_map(|bound| bound.has).sum();
    let missing = needed - there;
    words.push(Text::new(
        format!("合计需要 {needed} 名，最多只有 {there} 名，差 {missing} 名。"),
        format!("Together they need {needed} and have {there} at most: {missing} are missing."),
    ));
    if let Some(relax) = &plan.relax {
        let name = name_of(relax.what);
        let (unit, from, to) = (&relax.unit, relax.from, relax.to);
        words.push(Text::new(
            format!("代价最小的改动：把“{unit}”的{}由 {from} 改为 {to}。", name.zh),
            format!("The least change: set the {} of “{unit}” from {from} to {to}.", name.en),
        ));
    }
    words
}

fn words_of_bound(bound: &Bound) -> Text {
    let name = name_of(bound.what);
    let unit = &bound.unit;
    match (bound.needs, bound.has) {
        (Some(n), _) => Text::new(
            format!("“{unit}”的{}：至少 {n} 名。", name.zh),
            format!("“{unit}”, {}: at least {n}.", name.en),
        ),
        (None, n) => {
            let n = n.unwrap_or(0);
            Text::new(
                format!("“{unit}”的{}：至多 {n} 名。", name.zh),
                format!("“{unit}”, {}: at most {n}.", name.en),
            )
        }
    }
}

fn name_of(what: What) -> Text {
    match what {
        What::Lower => Text::new("下限", "lower bound"),
        What::Duty => Text::new("发展责任", "duty"),
        What::IntakeMin => Text::new("总量下限", "least intake"),
        What::Upper => Text::new("上限", "upper bound"),
        What::Pool => Text::new("符合条件的人数", "people ready"),
        What::IntakeMax => Text::new("总量上限", "greatest intake"),
    }
}
