//! The members of a question file: by cells, or fitted to margins and moved on to the first year.

use std::collections::BTreeSet;

use super::super::fit::{Margin, Unfit, fit};
use super::super::people::{Cell, PARTS, Sex, Shape, State};
use super::super::rates::Assumed;
use super::super::{Question, project, raw};
use super::{Answer, Names, age, by_year, people_within_range, year};
use crate::instance::Malformed;

pub(super) fn members(names: &Names, question: &Question, members: raw::Members) -> Answer<State> {
    let state = match (&members.rows, &members.margins) {
        (Some(rows), None) => of_rows(names, question.state.shape(), rows)?,
        (None, Some(margins)) => of_margins(names, question, &members, margins)?,
        _ => {
            return Err(Malformed::new(
                "members",
                "rows 与 margins 必须且只能写一个",
                "write exactly one of rows and margins",
            ));
        }
    };
    let counted_in = members.counted_in.map_or(question.from, year);
    if counted_in > question.from {
        return Err(Malformed::new("members.counted_in", "不得晚于 from", "it may not lie after `from`"));
    }
    let admitted = by_year("members.admitted_since", (counted_in, question.from), &members.admitted_since)?;
    let admissions: Vec<_> = admitted
        .iter()
        .map(|admitted| {
            let n_people = admitted.ok_or_else(|| {
                Malformed::new(
                    "members.admitted_since",
                    "counted_in 与 from 之间的每一年都要写发展人数",
                    "write the admissions of every year between counted_in and from",
                )
            })?;
            Ok(question.usual(n_people.0))
        })
        .collect::<Answer<_>>()?;
    people_within_range(state.total() / PARTS, admissions.iter().flatten().sum())?;
    let start = (counted_in, &state);
    let years = project(start, &question.rates, Assumed::default(), &question.profiles(), &admissions);
    Ok(years.into_iter().last().map_or(state, |year| year.state))
}

fn of_rows(names: &Names, shape: Shape, rows: &[raw::Row]) -> Answer<State> {
    let total: i64 = rows.iter().map(|row| row.full.0 + row.on_probation.0).sum();
    people_within_range(total, 0)?;
    let mut state = State::empty(shape);
    let mut seen = BTreeSet::new();
    for (position, row) in rows.iter().enumerate() {
        let place = format!("members.rows[{position}]");
        let cell = Cell {
            age: age(&place, row.age.0)?,
            sex: row.sex,
            education: names.education(&place, &row.education)?,
            sector: names.sector(&place, &row.sector)?,
        };
        if !seen.insert(cell) {
            return Err(Malformed::new(
                place,
                "同一年龄、性别、文化程度和领域只能写一行",
                "one row for each age, sex, education and sector",
            ));
        }
        state.add_full(cell, row.full.0);
        state.add_on_probation(cell, row.on_probation.0);
    }
    Ok(state)
}

fn of_margins(
    names: &Names,
    question: &Question,
    members: &raw::Members,
    margins: &[Vec<raw::Part>],
) -> Answer<State> {
    let shape = question.state.shape();
    let mut fitted: Vec<Margin> = Vec::new();
    for (position, margin) in margins.iter().enumerate() {
        let place = format!("members.margins[{position}]");
        people_within_range(margin.iter().map(|part| part.people.0).sum(), 0)?;
        let parts = margin.iter().map(|part| Ok((names.group(&place, &part.who)?, part.people.0)));
        fitted.push(parts.collect::<Answer<_>>()?);
    }
    let mut weights = vec![1.0; shape.n_cells()];
    for (position, seed) in members.seed.iter().enumerate() {
        let group = names.group(&format!("members.seed[{position}].who"), &seed.who)?;
        for (cell, weight) in shape.cells().zip(&mut weights) {
            if group.has(cell) {
                *weight *= seed.times_permille.0 as f64 / 1000.0;
            }
        }
    }
    let mut state = fit(shape, &fitted, weights).map_err(|unfit| no_fit(unfit, question))?;
    on_probation(question, &mut state, members.on_probation.0);
    Ok(state)
}

/// Members on probation are last year's admitted, so they are taken where an intake puts them.
fn on_probation(question: &Question, state: &mut State, n_people: i64) {
    let shape = state.shape();
    for (cell, admitted) in question.cells.iter().zip(question.usual(n_people)) {
        for (index, parts) in cell.profile.spread(shape, admitted * PARTS) {
            let whole = (parts / PARTS * PARTS).min(state.full[index]);
            state.full[index] -= whole;
            state.probation[index] += whole;
        }
    }
}

fn no_fit(unfit: Unfit, question: &Question) -> Malformed {
    match unfit {
        Unfit::NoPartition(margin, cell) => {
            let (education, sector) = (&question.educations[cell.education], &question.sectors[cell.sector]);
            let (sex_zh, sex) = if cell.sex == Sex::Men { ("男", "men") } else { ("女", "women") };
            let age = cell.age;
            Malformed::new(
                format!("members.margins[{margin}]"),
                format!("{age}岁、{sex_zh}、{education}、{sector} 须恰好属于其中一项"),
                format!("{sex} of {age}, {education}, {sector}, must belong to exactly one of its parts"),
            )
        }
        Unfit::Totals(margin) => Malformed::new(
            format!("members.margins[{margin}]"),
            "合计须与第一组相同",
            "its total must be that of the first",
        ),
        Unfit::Contradiction => Malformed::new(
            "members.margins",
            "各组数字或权数互相矛盾，没有与之相符的党员构成",
            "the margins or the weights contradict one another; no membership fits them",
        ),
    }
}
