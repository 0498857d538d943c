//! The forecast in words: what becomes of each promise under each scenario, and what it would take.

use domain::text::Text;
use planner::forecast::{
    self, Answer, Best, Least, Outcome, PARTS, Question, Reached, Reading, RowName, Unreachable,
};
use planner::target::{Kind, Verdict};

use super::Unreadable;
use super::targets::bound_in_words;

/// A forecast: the answer file, and what it says in plain words.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The answer file.
    pub file: Vec<u8>,
    /// Whether the plan keeps every promise.
    pub is_kept: bool,
    /// The answer in words, sentence by sentence.
    pub words: Vec<Text>,
}

/// Reads a question and answers it.
///
/// # Errors
/// The question is malformed.
pub fn forecast(question: &[u8]) -> Result<Forecast, Unreadable> {
    let (question, answer) = answered(question)?;
    Ok(Forecast {
        file: answer.to_bytes(&question),
        is_kept: answer.is_kept(&question),
        words: words_of_answer(&question, &answer),
    })
}

/// Reads a question and answers it, for whoever shows more of the answer than its words.
///
/// # Errors
/// The question is malformed.
pub(crate) fn answered(question: &[u8]) -> Result<(Question, Answer), Unreadable> {
    let question = Question::parse(question)?;
    let answer = forecast::answer(&question);
    Ok((question, answer))
}

/// An answer in words, sentence by sentence.
pub(crate) fn words_of_answer(question: &Question, answer: &Answer) -> Vec<Text> {
    let mut words = vec![words_of_start(question)];
    words.extend(question.sources.iter().cloned());
    for outcome in &answer.outcomes {
        words.extend(words_of_outcome(question, outcome, outcome.scenario == question.plan));
    }
    match &answer.least {
        Least::Reached(reached) => words.extend(words_of_least(question, reached, answer.reading)),
        Least::Unreachable(unreachable) => {
            words.extend(words_of_unreachable(question, unreachable, answer.reading));
        }
    }
    words
}

fn words_of_start(question: &Question) -> Text {
    let n = question.state.total() / PARTS;
    let (from, until, title) = (question.from, question.until, &question.title);
    Text::new(
        format!("{}：{from} 年底党员 {n} 名，推算到 {until} 年底。", title.zh),
        format!("{}: {n} members at the end of {from}, projected to the end of {until}.", title.en),
    )
}

fn words_of_outcome(question: &Question, outcome: &Outcome, is_plan: bool) -> Vec<Text> {
    let scenario = &question.scenarios[outcome.scenario];
    let by_year = listed(question.years().zip(scenario.admissions.iter().map(|year| year.iter().sum())));
    let n_missed = outcome.missed().count();
    let (mark_zh, mark_en) = if is_plan { ("（规划）", " (the plan)") } else { ("", "") };
    let mut words = vec![Text::new(
        format!("方案“{}”{mark_zh}：发展 {by_year}；未达到 {n_missed} 项。", scenario.name.zh),
        format!("Scenario “{}”{mark_en}: admissions {by_year}; {n_missed} missed.", scenario.name.en),
    )];
    for judged in outcome.judged.iter().filter(|judged| judged.is_due) {
        let promise = &question.promises[judged.promise];
        let bound = promise.bound(scenario.reading);
        let found = figure(promise.kind, judged.count, judged.whole);
        let wanted = bound_in_words(promise.kind, bound);
        let (year, name) = (judged.year, &promise.name);
        let verdict = match judged.verdict {
            Verdict::Met => Text::new("达到", "met"),
            Verdict::Missed => Text::new("未达到", "missed"),
            Verdict::NotApplicable => Text::new("不适用", "not applicable"),
        };
        let chance = chance_of(outcome, judged.promise, year);
        words.push(Text::new(
            format!("  {year} 年 {}：{found}，要求{}，{}{}。", name.zh, wanted.zh, verdict.zh, chance.zh),
            format!("  {year}, {}: {found}, wanted {}: {}{}.", name.en, wanted.en, verdict.en, chance.en),
        ));
    }
    words.extend(question.promises.iter().enumerate().filter_map(|(position, promise)| {
        let year = fails_in(outcome, position)?;
        let name = &promise.name;
        Some(Text::new(
            format!("  “{}”从 {year} 年底起低于要求，一直到期满。", name.zh),
            format!("  “{}” is below its bound from the end of {year} on, until it is due.", name.en),
        ))
    }));
    words
}

/// The end of the year from which a promise about members stays missed until it is due.
fn fails_in(outcome: &Outcome, promise: usize) -> Option<i32> {
    let course: Vec<_> = outcome.judged.iter().filter(|judged| judged.promise == promise).collect();
    let due = course.iter().rposition(|judged| judged.is_due)?;
    let is_missed = |at: &usize| course[*at].verdict == Verdict::Missed;
    let first = (0..=due).rev().take_while(is_missed).last()?;
    (first < due).then(|| course[first].year)
}

fn chance_of(outcome: &Outcome, promise: usize, year: i32) -> Text {
    let Some(chance) = outcome.chance(promise, year) else { return Text::new("", "") };
    // What is certain needs no chance.
    if chance.sd_of_fates == 0.0 && chance.sd_of_rates == 0.0 {
        return Text::new("", "");
    }
    let percent = tenths(i64::from(chance.permille));
    Text::new(format!("，达到的可能性 {percent}%"), format!(" (chance of keeping it {percent} %)"))
}

fn words_of_least(question: &Question, reached: &Reached, reading: Reading) -> Vec<Text> {
    let by_year = listed(question.years().zip(reached.admissions.iter().map(|year| year.iter().sum())));
    let total = reached.total;
    let how = if reached.is_least() {
        Text::new("已证明再少就做不到", "proved: with fewer it cannot be done")
    } else {
        let bound = reached.bound;
        Text::new(
            format!("已证明少于 {bound} 名就做不到"),
            format!("proved: with fewer than {bound} it cannot be done"),
        )
    };
    let asked = words_of_reading(reading);
    let mut words = vec![Text::new(
        format!("全部做到（{}）需要：共发展 {total} 名，{by_year}（{}）。", asked.zh, how.zh),
        format!("To keep every promise ({}) takes {total} admissions, {by_year} ({}).", asked.en, how.en),
    )];
    for (year, admitted) in question.years().zip(&reached.admissions) {
        let cells = question.cells.iter().zip(admitted).filter(|(_, n_people)| **n_people > 0);
        let cells: Vec<String> = cells.map(|(cell, n_people)| format!("{} {n_people}", cell.id)).collect();
        if !cells.is_empty() {
            let cells = cells.join(", ");
            words.push(Text::new(format!("  {year} 年：{cells}。"), format!("  {year}: {cells}.")));
        }
    }
    words.extend(reached.binding.iter().map(|&name| {
        let row = name_of_row(question, name);
        Text::new(format!("  起决定作用的：{}。", row.zh), format!("  What decides: {}.", row.en))
    }));
    words.extend(reached.prices.iter().map(|price| {
        let promise = &question.promises[price.promise];
        let step = if promise.kind == Kind::Share {
            Text::new("0.1 个百分点", "a tenth of a point")
        } else {
            Text::new("1 名", "one person")
        };
        let cost = |cost: Option<f64>| cost.map_or_else(|| "—".to_owned(), |cost| format!("{cost:.1}"));
        let (higher, lower) = (cost(price.higher), cost(price.lower));
        let name = &promise.name;
        Text::new(
            format!("  “{}”提高 {}多发展 {higher} 名，降低则少 {lower} 名。", name.zh, step.zh),
            format!("  “{}” higher by {} costs {higher} admissions, lower saves {lower}.", name.en, step.en),
        )
    }));
    words
}

fn words_of_unreachable(question: &Question, unreachable: &Unreachable, reading: Reading) -> Vec<Text> {
    let asked = words_of_reading(reading);
    let first = if unreachable.is_proved {
        Text::new(
            format!("无法全部做到（{}），已证明。下列各项互相矛盾，去掉其中任何一项，矛盾即消失：", asked.zh),
            format!(
                "Not everything can be kept ({}); that is proved. These contradict one another, and without any one of them the contradiction is gone:",
                asked.en
            ),
        )
    } else {
        Text::new(
            format!("没有找到以整数人数全部做到的方案（{}），也没有证明做不到。", asked.zh),
            format!(
                "No plan in whole people that keeps everything ({}) was found, nor a proof that there is none.",
                asked.en
            ),
        )
    };
    let mut words = vec![first];
    words.extend(unreachable.conflict.iter().map(|&name| {
        let row = name_of_row(question, name);
        Text::new(format!("  {}。", row.zh), format!("  {}.", row.en))
    }));
    words.extend(unreachable.best.iter().map(|best| words_of_best(question, best)));
    let by_year = listed(question.years().zip(unreachable.nearest.iter().map(|year| year.iter().sum())));
    words.push(Text::new(
        format!("最接近的方案发展 {by_year}。"),
        format!("The plan that comes nearest admits {by_year}."),
    ));
    if let Some(reached) = &unreachable.without_limits {
        words.push(Text::new(
            "如果不限每年人数、增减幅度和可发展人数：",
            "If the numbers of a year, its rise and fall and the people who are ready were no limit:",
        ));
        words.extend(words_of_least(question, reached, reading));
    }
    words
}

fn words_of_best(question: &Question, best: &Best) -> Text {
    let promise = &question.promises[best.promise];
    let told = |value: i64| {
        if promise.kind == Kind::Share {
            // A hundredth of a point, rounded up as the number itself is.
            let hundredths = (value + 99).div_euclid(100);
            format!("{}.{:02}%", hundredths / 100, hundredths % 100)
        } else {
            value.to_string()
        }
    };
    let (year, name, alone) = (best.year, &promise.name, told(best.alone));
    match best.beside_the_others.map(told) {
        Some(beside) => Text::new(
            format!("  {year} 年“{}”最多到 {alone}；其他各项都做到时最多到 {beside}。", name.zh),
            format!("  {year}, “{}”: at most {alone}; with all others kept, at most {beside}.", name.en),
        ),
        None => Text::new(
            format!("  {year} 年“{}”最多到 {alone}；其他各项本身不能同时做到。", name.zh),
            format!("  {year}, “{}”: at most {alone}; the others cannot all be kept anyway.", name.en),
        ),
    }
}

fn words_of_reading(reading: Reading) -> Text {
    match reading {
        Reading::AsWritten => Text::new("按原文", "as written"),
        Reading::Adopted => Text::new("按采用值", "as adopted"),
    }
}

/// A promise or a limit in words.
pub(crate) fn name_of_row(question: &Question, name: RowName) -> Text {
    match name {
        RowName::Promise(promise, year) => {
            let name = &question.promises[promise].name;
            Text::new(format!("{year} 年“{}”", name.zh), format!("“{}” in {year}", name.en))
        }
        RowName::Cap(year) => {
            Text::new(format!("{year} 年发展人数上限"), format!("the most admissions of {year}"))
        }
        RowName::Rise(year) => {
            Text::new(format!("{year} 年不得比上年增加过多"), format!("the limit on a rise in {year}"))
        }
        RowName::Fall(year) => {
            Text::new(format!("{year} 年不得比上年减少过多"), format!("the limit on a fall in {year}"))
        }
        RowName::Pool(year) => {
            Text::new(format!("{year} 年可发展的人数"), format!("the people who are ready in {year}"))
        }
    }
}

/// Numbers by year: `2002 30, 2003 30`.
fn listed(years: impl Iterator<Item = (i32, i64)>) -> String {
    let listed: Vec<String> = years.map(|(year, n_people)| format!("{year}: {n_people}")).collect();
    listed.join(", ")
}

/// A count of tenths with one decimal.
fn tenths(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A share to the hundredth of a point, rounded down so that it is never told to be reached when it
/// is not; other figures in people.
fn figure(kind: Kind, count: i64, whole: i64) -> String {
    if kind == Kind::Share && whole > 0 {
        let hundredths = i128::from(count) * 10_000 / i128::from(whole);
        return format!("{}.{:02}%", hundredths / 100, hundredths % 100);
    }
    let parts = count.unsigned_abs() / (PARTS.unsigned_abs() / 10);
    format!("{}{}.{}", if count < 0 { "-" } else { "" }, parts / 10, parts % 10)
}
