//! Plans in plain words, in both languages.

use std::collections::BTreeMap;

use domain::text::Text;
use planner::explain::{self, Bound, Relaxation, Unpriced, What};
use planner::incremental::Incremental;
use planner::instance::{Counted, Instance, POINT, Row, RowKind};
use planner::plan::{Plan, Proof, Rational, Status};

use super::totals;

/// What a plan says, sentence by sentence.
pub(super) fn of(instance: &Instance, plan: &Plan) -> Vec<Text> {
    match plan.status {
        Status::Infeasible => words_of_contradiction(plan),
        Status::Optimal | Status::Certified => words_of_plan(instance, plan),
    }
}

/// Micro-points in points, rounded up.
fn points(micro: i128) -> i128 {
    -(-micro).div_euclid(POINT)
}

/// What rows, places and relaxations cost.
pub(super) fn prices(instance: &Instance, plan: &Plan, units: &[String]) -> Vec<Text> {
    match (&plan.multipliers, &plan.relax) {
        (Some(multipliers), _) => {
            let at = prices_of_rows(instance, multipliers);
            let mut words: Vec<Text> =
                instance.rows.iter().zip(&at).map(|(row, at)| price_of_row(row, *at)).collect();
            words.extend(prices_of_places(instance, plan, &at, units));
            words
        }
        (None, Some(relax)) => vec![price_of_relaxation(instance, relax)],
        (None, None) => Vec::new(),
    }
}

fn price_of_row(row: &Row, (num, den): (i128, i128)) -> Text {
    // A share row is counted in parts of a person; the price is told for a whole one.
    let person = match row.kind {
        RowKind::Share { den, .. } => i128::from(den),
        RowKind::Growth { .. } => 1,
    };
    let price = points((num * person).div_euclid(den.max(1)));
    let id = &row.id;
    Text::new(
        format!("指标“{id}”的价格：每多要求 1 名约 {price} 分（0 表示不紧）。"),
        format!(
            "Price of the row “{id}”: about {price} points for each person more that it asks (0: it does not bind)."
        ),
    )
}

/// The multiplier of each row in micro-points, numerator and denominator; nothing for a row without one.
fn prices_of_rows(instance: &Instance, multipliers: &BTreeMap<String, Rational>) -> Vec<(i128, i128)> {
    let price = |row: &Row| multipliers.get(&row.id).map_or((0, 1), |at| (at.num.0, at.den.0));
    instance.rows.iter().map(price).collect()
}

/// What one place more and one fewer at a unit would cost, in points rounded up, at the present prices of
/// the rows; none where it is impossible or the plan has no prices.
pub(super) fn price_of_a_place(instance: &Instance, plan: &Plan, unit: &str) -> (Option<i64>, Option<i64>) {
    let at = plan.multipliers.as_ref().map(|multipliers| prices_of_rows(instance, multipliers));
    let position = (0..instance.units.len()).find(|&v| instance.units.id(v) == unit);
    let (Some(at), Some(position)) = (at, position) else { return (None, None) };
    let Ok(mut incremental) = Incremental::new(instance.clone(), &at, plan.tie_seed) else {
        return (None, None);
    };
    let price = incremental.price_of_a_place(position);
    let side = |price: Option<i128>| price.and_then(|price| i64::try_from(points(price)).ok());
    (side(price.more), side(price.fewer))
}

fn prices_of_places(instance: &Instance, plan: &Plan, at: &[(i128, i128)], units: &[String]) -> Vec<Text> {
    let Ok(mut incremental) = Incremental::new(instance.clone(), at, plan.tie_seed) else {
        return Vec::new();
    };
    let told = (0..instance.units.len()).filter(|&v| {
        let unit = instance.unit(v);
        v == instance.root
            || (unit.parent == Some(instance.root) && unit.leaf.is_none())
            || units.iter().any(|named| named == unit.id)
    });
    told.map(|v| {
        let price = incremental.price_of_a_place(v);
        let side = |price: Option<i128>| match price {
            Some(price) => (format!("{} 分", points(price)), format!("{} points", points(price))),
            None => ("不可能".to_owned(), "impossible".to_owned()),
        };
        let ((zh_more, en_more), (zh_fewer, en_fewer)) = (side(price.more), side(price.fewer));
        let id = instance.units.id(v);
        Text::new(
            format!("“{id}”：多 1 名的代价 {zh_more}，少 1 名的代价 {zh_fewer}（按现行指标价格）。"),
            format!("“{id}”: one place more costs {en_more}, one fewer {en_fewer} (at the present prices of the rows)."),
        )
    })
    .collect()
}

fn price_of_relaxation(instance: &Instance, relax: &Relaxation) -> Text {
    match explain::price_of(instance, relax) {
        Ok(price) => {
            let cost = points(price.cost);
            let further = price.one_further.map(points);
            let (zh, en) = match further {
                Some(more) if more <= 0 => (
                    format!("再放宽 1 名可再省 {} 分", -more),
                    format!("one person further saves another {} points", -more),
                ),
                Some(more) => (
                    format!("再放宽 1 名多花 {more} 分"),
                    format!("one person further costs {more} points more"),
                ),
                None => ("不能再放宽".to_owned(), "there is no step further".to_owned()),
            };
            Text::new(
                format!("这样改后可以安排，目标值 {cost} 分；少改 1 名仍然矛盾；{zh}。"),
                format!(
                    "With that change places can be allocated, at {cost} points; one person less and the contradiction stays; {en}."
                ),
            )
        }
        Err(Unpriced::Another) => Text::new(
            "这样改后还有别的矛盾；请改后再算一次。",
            "With that change another contradiction remains; make it and allocate again.",
        ),
        Err(Unpriced::NoBound) => Text::new(
            "这一改动要另找人选或改总目标，没有价格可算。",
            "That change means finding people or moving the target; it has no price.",
        ),
    }
}

/// Persons whose cell differs within a unit, then rows whose count or whole differs.
pub(super) fn moved_shares(instance: &Instance, before: &Plan, after: &Plan) -> Vec<Text> {
    let by_unit = |plan: &Plan| -> BTreeMap<String, BTreeMap<String, i64>> {
        plan.leaves.iter().flatten().map(|share| (share.unit.clone(), share.cells.clone())).collect()
    };
    let (old, new) = (by_unit(before), by_unit(after));
    let nobody = BTreeMap::new();
    let mut words = Vec::new();
    for unit in instance.units.iter().filter(|unit| unit.leaf.is_some()) {
        let (old, new) = (old.get(unit.id).unwrap_or(&nobody), new.get(unit.id).unwrap_or(&nobody));
        for cell in &instance.cells {
            let number = |cells: &BTreeMap<String, i64>| cells.get(&cell.id).copied().unwrap_or(0);
            let (n_old, n_new) = (number(old), number(new));
            if n_old != n_new {
                words.push(Text::new(
                    format!("“{}”的类别“{}”：{n_old} → {n_new}", unit.id, cell.id),
                    format!("“{}”, cell “{}”: {n_old} → {n_new}", unit.id, cell.id),
                ));
            }
        }
    }
    let whole = |plan: &Plan| totals(plan).get(instance.units.id(instance.root)).copied().unwrap_or(0);
    let (all_old, all_new) = (whole(before), whole(after));
    for row in &instance.rows {
        let (n_old, n_new) = (counted(instance, before, &row.counts), counted(instance, after, &row.counts));
        if (n_old, all_old) != (n_new, all_new) {
            words.push(Text::new(
                format!("指标“{}”：{all_old} 名中 {n_old} 名 → {all_new} 名中 {n_new} 名", row.id),
                format!("Row “{}”: {n_old} of {all_old} → {n_new} of {all_new}", row.id),
            ));
        }
    }
    words
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

fn words_of_row(instance: &Instance, plan: &Plan, row: &Row, total: i64) -> Text {
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
