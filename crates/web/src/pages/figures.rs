//! Two drawings that a unit's page and the first page share, each with its numbers: how many stand at
//! which stage, and how many were admitted in which year.

use app::units::Composition;
use domain::ids::UnitId;
use domain::person::Stage;

use crate::chart::{
    Caption, Column, Columns, Funnel, FunnelRow, Stress, columns as draw_columns, funnel as draw_funnel,
};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::words::{Markup, Words, number_text};

/// Years that are drawn: all of them carry their figure, also on a telephone's width.
const YEARS: i16 = 12;

/// The stages that are drawn; full members would dwarf them and stand in the table alone.
const DRAWN: [Stage; 4] = [Stage::Applicant, Stage::Activist, Stage::Target, Stage::Probationary];

/// What `figures.html` shows.
pub(crate) struct Figures {
    pub(crate) funnel: Markup,
    pub(crate) stages: Vec<StageLine>,
    pub(crate) intake: Markup,
    /// Each year with its number.
    pub(crate) years: Vec<(i16, i64)>,
}

/// A stage with its number, and where its list is for whoever may see it.
pub(crate) struct StageLine {
    pub(crate) name: String,
    pub(crate) n: i64,
    pub(crate) href: Option<String>,
}

/// The figures of a unit and everything below it; `list` leads to the people of a stage.
pub(crate) fn figures(
    site: &Site,
    t: Words,
    (unit, composition): (UnitId, &Composition),
    list: impl Fn(Stage) -> Option<String>,
) -> Result<Figures, Trouble> {
    let n_of = |stage: Stage| composition.stages.get(&stage).copied().unwrap_or(0);
    let line = |stage: Stage| StageLine {
        name: t.word("stage", stage.as_str()),
        n: n_of(stage),
        href: list(stage).filter(|_| n_of(stage) > 0),
    };
    let years: Vec<(i16, i64)> = site.store().intake(unit, site.now().today, YEARS)?.into_iter().collect();
    Ok(Figures {
        funnel: funnel(t, DRAWN.map(|stage| (stage, n_of(stage)))),
        stages: DRAWN.into_iter().chain([Stage::Full]).map(line).collect(),
        intake: intake(t, &years),
        years,
    })
}

fn funnel(t: Words, counts: [(Stage, i64); 4]) -> Markup {
    let words = counts.map(|(stage, n)| (t.word("stage", stage.as_str()), t.number(n)));
    let rows: Vec<FunnelRow<'_>> = counts
        .iter()
        .zip(&words)
        .map(|((_, n), (label, figure))| FunnelRow { label, count: n.unsigned_abs(), figure })
        .collect();
    let said: Vec<String> = words.iter().map(|(label, figure)| format!("{label} {figure}")).collect();
    let desc = t.about("chart-funnel-desc", said.join(&t.say("list-comma")));
    let caption = Caption { id: "funnel-drawn", title: &t.say("chart-funnel"), desc: &desc };
    Markup(draw_funnel(&Funnel { caption, rows: &rows }))
}

fn intake(t: Words, years: &[(i16, i64)]) -> Markup {
    let last = years.last().map_or(0, |(year, _)| *year);
    let words: Vec<(String, String)> =
        years.iter().map(|(year, n)| (format!("{:02}", year.rem_euclid(100)), t.number(*n))).collect();
    let columns: Vec<Column<'_>> = years
        .iter()
        .zip(&words)
        .map(|((year, n), (label, figure))| Column {
            label,
            count: n.unsigned_abs(),
            figure,
            // The year that is not over is told apart from those that are.
            stress: if *year == last { Stress::Marked } else { Stress::Plain },
            planned: None,
        })
        .collect();
    let most = years.iter().max_by_key(|(_, n)| *n).copied().unwrap_or_default();
    let desc = t.with(
        "chart-intake-desc",
        &[
            ("first", years.first().map_or(last, |(year, _)| *year).to_string()),
            ("last", last.to_string()),
            ("n", t.number(years.iter().map(|(_, n)| n).sum::<i64>())),
            ("most", t.number(most.1)),
            ("year", most.0.to_string()),
        ],
    );
    let caption = Caption { id: "intake-drawn", title: &t.say("chart-intake"), desc: &desc };
    let figures = |number: f64| number_text(number as i64);
    Markup(draw_columns(&Columns { caption, columns: &columns, bound: None, figures: &figures }))
}
