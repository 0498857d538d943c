//! A plan on paper: the workbook with the columns of the page, and the brief in words.

use documents::table::{Column, ColumnKind, Heads, Item, Layout, Table, Totals};
use domain::ids::{PlanId, UnitId};
use domain::plan::settings;
use domain::text::{Language, Text};
use jiff::civil::Date;

use super::reading::{Line, View};
use crate::store::{Store, StoreError};

impl Store {
    /// The table of a plan below a unit as a workbook, with every unit and the columns of the page.
    ///
    /// # Errors
    /// There is no such plan or unit, or the record cannot be read.
    pub fn plan_workbook(
        &self,
        id: PlanId,
        top: UnitId,
        today: Date,
        language: Language,
    ) -> Result<Vec<u8>, StoreError> {
        let all: Vec<UnitId> = self.subtree(top)?.iter().map(|unit| unit.id).collect();
        let view = self.plan_view(id, top, &all, today)?;
        let table = Table {
            layout: Layout {
                caption: Text::new(
                    format!("{}年发展党员计划", view.row.year),
                    format!("Plan for {}", view.row.year),
                ),
                columns: columns(&view),
                heads: Heads::In(language),
                totals: Totals::None,
            },
            rows: view.lines.iter().map(|line| row(line, language)).collect(),
        };
        table.to_xlsx().map_err(|error| StoreError::Unfit(error.to_string()))
    }
}

fn columns(view: &View) -> Vec<Column> {
    let whole = |zh: &str, en: &str| Column::new(Text::new(zh, en), ColumnKind::Whole);
    let mut columns = vec![
        Column::new(Text::new("代码", "Code"), ColumnKind::Digits),
        Column::new(Text::new("单位", "Unit"), ColumnKind::Text),
        whole("存量", "Stock"),
        whole("可发展", "Ready"),
        whole("申报", "Asked"),
    ];
    columns.extend((1..=view.row.round).map(|round| {
        whole(&format!("建议（第{}轮）", round + 1), &format!("Proposed (round {})", round + 1))
    }));
    columns.extend([
        whole("变动", "Moved"),
        whole("确定", "Adopted"),
        whole("现有名额", "Places now"),
        whole("已用", "Used"),
        whole("剩余", "Left"),
        Column::new(Text::new("原因", "Reason"), ColumnKind::LongText),
    ]);
    columns
}

fn row(line: &Line, language: Language) -> Vec<Item> {
    let number = |n: Option<i64>| n.map_or(Item::Blank, Item::Whole);
    let mut row: Vec<Item> = vec![
        line.unit.code.as_str().into(),
        line.unit.name.in_language(language).into(),
        line.n_stock.into(),
        line.n_ready.into(),
        line.n_asked.into(),
    ];
    row.extend(line.rounds.iter().map(|n| Item::Whole(*n)));
    row.extend([
        number(line.moved()),
        number(line.quota.map(|(adopted, _)| adopted)),
        number(line.quota.map(|(_, now)| now)),
        line.n_used.into(),
        number(line.n_left()),
        line.reason.clone().unwrap_or_default().into(),
    ]);
    row
}

/// A plan in words, sentence by sentence, for reading aloud at a meeting.
#[must_use]
pub fn brief(view: &View) -> Vec<Text> {
    let (terms, year) = (&view.row.terms, view.row.year);
    let Some(top) = view.lines.first() else { return Vec::new() };
    let tolerance = format!("{}.{}", terms.tolerance_permille / 10, terms.tolerance_permille % 10);
    let mut told = vec![Text::new(
        format!("{}{year}年计划发展党员{}名，允许上下{tolerance}%。", view.maker.name.zh, terms.intake),
        format!(
            "{} means to admit {} people in {year}, give or take {tolerance} %.",
            view.maker.name.en, terms.intake
        ),
    )];
    told.push(Text::new(
        format!("各支部共申报{}名；今年内依规可以发展的有{}名。", top.n_asked, top.n_ready),
        format!(
            "The branches ask for {}; {} people can lawfully be admitted this year.",
            top.n_asked, top.n_ready
        ),
    ));
    if let Some(n) = top.rounds.last() {
        told.push(Text::new(
            format!("经{}轮建议，名额为{n}名。", view.row.round),
            format!("After {} rounds of proposals there are {n} places.", view.row.round),
        ));
    }
    told.extend(shares(view));
    for line in &view.lines[1..] {
        if let Some(n) = line.places() {
            let (zh, en) = moved(line);
            told.push(Text::new(
                format!("{}：{n}名{zh}。", line.unit.name.zh),
                format!("{}: {n}{en}.", line.unit.name.en),
            ));
        }
    }
    if let Some(left) = top.n_left() {
        told.push(Text::new(
            format!("已发展{}名，余{left}名。", top.n_used),
            format!("{} were admitted so far; {left} places are left.", top.n_used),
        ));
    }
    told
}

fn moved(line: &Line) -> (String, String) {
    let Some(n) = line.moved().filter(|n| *n != 0) else { return (String::new(), String::new()) };
    // The minus of print, as long as the plus.
    let by = format!("{n:+}").replace('-', "−");
    match &line.reason {
        Some(reason) => (format!("（{by}，{reason}）"), format!(" ({by}: {reason})")),
        None => (format!("（{by}）"), format!(" ({by})")),
    }
}

fn shares(view: &View) -> Vec<Text> {
    let Some(round) = view.rounds.last() else { return Vec::new() };
    let n_all: i64 = round.cells.values().sum();
    let told = |share: &domain::plan::ShareTarget| {
        let name = settings().attribute(&share.attribute)?.name.clone();
        let n = settings().n_with(&round.cells, &share.attribute);
        let least = least(share, n_all);
        Some(Text::new(
            format!("其中{}{n}名，要求不少于{least}名。", name.zh),
            format!("Of them {n} are {}; at least {least} are meant.", name.en),
        ))
    };
    view.row.terms.shares.iter().filter_map(told).collect()
}

/// The least whole number of people that keeps a share of so many.
#[must_use]
pub fn least(share: &domain::plan::ShareTarget, n_all: i64) -> i64 {
    let exact = share.permille * n_all;
    if share.is_strict { exact.div_euclid(1000) + 1 } else { -(-exact).div_euclid(1000) }
}
