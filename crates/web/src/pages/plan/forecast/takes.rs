//! What it would take, in words and tables.

use app::forecasts::{Outlook, Status, Takes};

use super::wish::per_cent;
use crate::words::Words;

/// The answer to one question.
pub(super) struct TakesCard {
    pub(super) title: String,
    pub(super) is_reached: bool,
    pub(super) answer: String,
    /// What decides, or what contradicts one another.
    pub(super) rows: Vec<String>,
    pub(super) rows_title: String,
    pub(super) years: Vec<[String; 5]>,
    pub(super) years_title: String,
    pub(super) prices: Vec<[String; 3]>,
    pub(super) best: Vec<[String; 4]>,
    /// What it would take if the years were not limited.
    pub(super) without_limits: Option<Box<TakesCard>>,
}

pub(super) fn card(t: Words, outlook: &Outlook, at: usize) -> TakesCard {
    let title = t.say(if at == 0 { "forecast-takes-written" } else { "forecast-takes-tried" });
    of(t, outlook, &outlook.takes[at], title)
}

fn of(t: Words, outlook: &Outlook, takes: &Takes, title: String) -> TakesCard {
    let is_reached = takes.status.is_reached();
    TakesCard {
        title,
        is_reached,
        answer: answer(t, outlook, takes),
        rows: takes.rows.iter().map(|row| t.of(row).to_owned()).collect(),
        rows_title: t.say(if is_reached { "forecast-takes-binding" } else { "forecast-takes-conflict" }),
        years: takes
            .years
            .iter()
            .map(|year| {
                let [young, educated, women] = year.parts.map(|n| t.number(n));
                [year.year.to_string(), t.number(year.n), young, educated, women]
            })
            .collect(),
        years_title: t.say(if is_reached { "forecast-takes-years" } else { "forecast-takes-nearest" }),
        prices: prices(t, takes),
        best: best(t, takes),
        without_limits: takes
            .without_limits
            .as_ref()
            .map(|it| Box::new(of(t, outlook, it, t.say("forecast-takes-without-limits")))),
    }
}

fn answer(t: Words, outlook: &Outlook, takes: &Takes) -> String {
    let n_years = i64::try_from(takes.years.len().max(1)).unwrap_or(1);
    // Of a thousand members so many a year, rounded up: the answer may itself be the objection.
    let members = outlook.n_members.max(1) * n_years;
    let rate = (1000 * takes.total + members - 1).div_euclid(members);
    let values = [
        ("total", t.number(takes.total)),
        ("a-year", t.number((takes.total + n_years - 1).div_euclid(n_years))),
        ("bound", t.number(takes.bound)),
        ("rate", per_cent(rate)),
        ("until", outlook.until.to_string()),
    ];
    let key = match takes.status {
        Status::Least => "forecast-takes-least",
        Status::NearLeast => "forecast-takes-near",
        Status::Unreachable => "forecast-takes-unreachable",
        Status::NotFound => "forecast-takes-not-found",
    };
    t.with(key, &values)
}

/// What a tenth of a point, or one person, costs.
fn prices(t: Words, takes: &Takes) -> Vec<[String; 3]> {
    let told = |price: Option<f64>| price.map_or_else(|| "—".to_owned(), |price| format!("{price:.1}"));
    let price = |row: &app::forecasts::PriceRow| {
        let step = t.say(if row.is_share { "forecast-price-tenth" } else { "forecast-price-person" });
        let name = t.with("forecast-price-of", &[("name", t.of(&row.name).to_owned()), ("step", step)]);
        [name, told(row.higher), told(row.lower)]
    };
    takes.prices.iter().map(price).collect()
}

fn best(t: Words, takes: &Takes) -> Vec<[String; 4]> {
    let row = |best: &app::forecasts::BestRow| {
        let told = |value: f64| match best.is_share {
            // Rounded up as the planner has it, so that "at most" is true.
            true => t.about("forecast-per-cent", format!("{:.2}", (value * 100.0 - 1e-7).ceil() / 100.0)),
            false => t.number(value.ceil() as i64),
        };
        let beside = best.beside.map_or_else(|| t.say("forecast-best-none"), told);
        [t.of(&best.name).to_owned(), told(best.promised), told(best.alone), beside]
    };
    takes.best.iter().map(row).collect()
}
