//! Everything that is answered to a question at once, and the answer file `miaopu-forecast-answer/1`.

use serde::Serialize;
use serde_json::{Value, json};

use super::least::is_asked;
use super::people::PARTS;
use super::{
    Chance, Judged, Least, Question, Reached, Reading, RowName, Unreachable, Year, chance, judge,
    least_intake,
};
use crate::target::{Kind, Verdict};

/// A scenario and what comes of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Position of the scenario.
    pub scenario: usize,
    /// Its years.
    pub years: Vec<Year>,
    /// Each promise at the end of each year.
    pub judged: Vec<Judged>,
    /// How sure each promise that is due is.
    pub chances: Vec<Chance>,
}

/// The whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// One for each scenario.
    pub outcomes: Vec<Outcome>,
    /// What it would take, under the reading of the plan.
    pub least: Least,
    /// The reading of the plan.
    pub reading: Reading,
}

/// Answers a question.
pub fn answer(question: &Question) -> Answer {
    let outcomes = question
        .scenarios
        .iter()
        .enumerate()
        .map(|(position, scenario)| {
            let years = question.run(scenario);
            let judged = judge(question, scenario.reading, &years, &scenario.admissions);
            let chances = chance(question, scenario.reading, &scenario.admissions, scenario.assumed);
            Outcome { scenario: position, years, judged, chances }
        })
        .collect();
    let reading = question.scenarios[question.plan].reading;
    Answer { outcomes, least: least_intake(question, reading), reading }
}

impl Outcome {
    /// Promises that are missed when they are due.
    pub fn missed(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|judged| judged.is_due && judged.verdict == Verdict::Missed)
    }

    /// The chance of a promise at the end of a year.
    pub fn chance(&self, promise: usize, year: i32) -> Option<&Chance> {
        self.chances.iter().find(|chance| chance.promise == promise && chance.year == year)
    }
}

impl Answer {
    /// What comes of the plan.
    pub fn of_plan(&self, question: &Question) -> &Outcome {
        &self.outcomes[question.plan]
    }

    /// Whether the plan keeps every promise.
    pub fn is_kept(&self, question: &Question) -> bool {
        self.of_plan(question).missed().next().is_none()
    }

    /// The answer file: pretty JSON with a newline at its end, whole numbers only.
    pub fn to_bytes(&self, question: &Question) -> Vec<u8> {
        let file = json!({
            "format": "miaopu-forecast-answer/1",
            "from": question.from,
            "until": question.until,
            "plan": question.scenarios[question.plan].id,
            "is_kept": self.is_kept(question),
            "scenarios": self.outcomes.iter().map(|one| scenario(question, one)).collect::<Vec<_>>(),
            "what_it_takes": what_it_takes(question, self.reading, &self.least),
        });
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Thousandths of a person, to the nearest.
fn milli(parts: i64) -> i64 {
    let half = PARTS / 2000;
    (parts + half * parts.signum()) / (PARTS / 1000)
}

fn milli_of(people: f64) -> i64 {
    (people * 1000.0).round() as i64
}

fn name_of<T: Serialize>(value: T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn scenario(question: &Question, outcome: &Outcome) -> Value {
    let scenario = &question.scenarios[outcome.scenario];
    let promises: Vec<Value> =
        outcome.judged.iter().map(|judged| promise(question, outcome, judged)).collect();
    let years: Vec<Value> = outcome.years.iter().map(year).collect();
    json!({
        "id": scenario.id,
        "reading": name_of(scenario.reading),
        "admissions": admissions(question, &scenario.admissions),
        "years": years,
        "promises": promises,
    })
}

fn year(year: &Year) -> Value {
    let flows = &year.flows;
    json!({
        "year": year.year,
        "members_milli": milli(year.state.total()),
        "on_probation_milli": milli(year.state.on_probation()),
        "deaths_milli": milli(flows.deaths),
        "leaving_milli": milli(flows.leaving),
        "confirmed_milli": milli(flows.confirmed),
        "not_confirmed_milli": milli(flows.not_confirmed),
        "extended_milli": milli(flows.extended),
        "transfers_out_milli": milli(flows.transfers_out),
        "studied_milli": milli(flows.studied),
        "transfers_in_milli": milli(flows.transfers_in),
        "intake_milli": milli(flows.intake),
    })
}

fn promise(question: &Question, outcome: &Outcome, judged: &Judged) -> Value {
    let promise = &question.promises[judged.promise];
    let verdict = match judged.verdict {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::NotApplicable => "not_applicable",
    };
    let mut value = json!({
        "id": promise.id,
        "year": judged.year,
        "is_due": judged.is_due,
        "count_milli": milli(judged.count),
        "verdict": verdict,
    });
    if promise.kind == Kind::Share && judged.whole > 0 {
        value["whole_milli"] = milli(judged.whole).into();
        // Rounded down, so that a share is never told to be reached when it is not.
        let millionths = i128::from(judged.count) * 1_000_000 / i128::from(judged.whole);
        value["share_millionths"] = i64::try_from(millionths).unwrap_or(i64::MAX).into();
    }
    if let Some(chance) = outcome.chance(judged.promise, judged.year).filter(|_| judged.is_due) {
        value["chance_permille"] = chance.permille.into();
        value["sd_of_fates_milli"] = milli_of(chance.sd_of_fates).into();
        value["sd_of_rates_milli"] = milli_of(chance.sd_of_rates).into();
    }
    value
}

fn admissions(question: &Question, years: &[super::Admissions]) -> Value {
    let by_year: serde_json::Map<String, Value> = question
        .years()
        .zip(years)
        .map(|(year, admitted)| {
            let cells: serde_json::Map<String, Value> = question
                .cells
                .iter()
                .zip(admitted)
                .filter(|(_, n_people)| **n_people > 0)
                .map(|(cell, &n_people)| (cell.id.clone(), n_people.into()))
                .collect();
            let total: i64 = admitted.iter().sum();
            (year.to_string(), json!({ "total": total, "cells": cells }))
        })
        .collect();
    Value::Object(by_year)
}

fn row(question: &Question, name: RowName) -> Value {
    match name {
        RowName::Promise(promise, year) => {
            json!({ "what": "target", "target": question.promises[promise].id, "year": year })
        }
        RowName::Cap(year) => json!({ "what": "cap", "year": year }),
        RowName::Rise(year) => json!({ "what": "rise", "year": year }),
        RowName::Fall(year) => json!({ "what": "fall", "year": year }),
        RowName::Pool(year) => json!({ "what": "pool", "year": year }),
    }
}

fn what_it_takes(question: &Question, reading: Reading, least: &Least) -> Value {
    let rows = |names: &[RowName]| names.iter().map(|&name| row(question, name)).collect::<Vec<_>>();
    match least {
        Least::Reached(reached) => json!({
            "reading": name_of(reading),
            "status": if reached.is_least() { "least" } else { "near_least" },
            "total": reached.total,
            "bound": reached.bound,
            "admissions": admissions(question, &reached.admissions),
            "binding": rows(&reached.binding),
            "prices": prices(question, reached),
        }),
        Least::Unreachable(unreachable) => json!({
            "reading": name_of(reading),
            "status": if unreachable.is_proved { "unreachable" } else { "not_found" },
            "conflict": rows(&unreachable.conflict),
            "best": best(question, unreachable),
            "nearest": admissions(question, &unreachable.nearest),
            "without_limits": unreachable.without_limits.as_ref().map(|reached| json!({
                "status": if reached.is_least() { "least" } else { "near_least" },
                "total": reached.total,
                "bound": reached.bound,
                "admissions": admissions(question, &reached.admissions),
            })),
        }),
    }
}

fn prices(question: &Question, reached: &Reached) -> Vec<Value> {
    reached
        .prices
        .iter()
        .map(|price| {
            let promise = &question.promises[price.promise];
            json!({
                "target": promise.id,
                "step": if promise.kind == Kind::Share { "a tenth of a point" } else { "a person" },
                "higher_costs_milli": price.higher.map(milli_of),
                "lower_saves_milli": price.lower.map(milli_of),
            })
        })
        .collect()
}

fn best(question: &Question, unreachable: &Unreachable) -> Vec<Value> {
    unreachable
        .best
        .iter()
        .filter(|best| is_asked(question, best.promise))
        .map(|best| {
            let promise = &question.promises[best.promise];
            let unit = if promise.kind == Kind::Share { "millionths" } else { "people" };
            json!({
                "target": promise.id,
                "year": best.year,
                "unit": unit,
                "alone": best.alone,
                "beside_the_others": best.beside_the_others,
            })
        })
        .collect()
}
