//! The back-test against published bands.

use planner::backtest::{Intake, Prediction, backtest, band_error};
use planner::cohort::Mortality;
use planner::history::History;

fn run(origin: i32, until: i32, intake: Intake) -> Vec<Prediction> {
    let history = History::parse(include_str!("../../data/bulletins.tsv")).unwrap();
    let mortality = Mortality::parse(include_str!("../../data/mortality2000.tsv")).unwrap();
    let births = planner::backtest::births();
    backtest(&history, &births, &mortality, (origin, until), intake).unwrap()
}

#[test]
fn bands_are_predicted_within_the_known_errors() {
    let one_year = band_error(&run(2017, 2018, Intake::Given), 2018).unwrap();
    let three_years = band_error(&run(2018, 2021, Intake::Given), 2021).unwrap();
    assert!(one_year < 0.013, "{one_year}");
    assert!(three_years < 0.032, "{three_years}");
}

#[test]
fn nothing_after_the_origin_is_used_for_fitting() {
    let known = include_str!("../../data/bulletins.tsv");
    let until_2018: String = known
        .lines()
        .filter(|line| !["2019", "2020", "2021"].iter().any(|y| line.starts_with(y)))
        .map(|l| format!("{l}\n"))
        .collect();
    let cut = History::parse(&until_2018).unwrap();
    let mortality = Mortality::parse(include_str!("../../data/mortality2000.tsv")).unwrap();
    let blind =
        backtest(&cut, &planner::backtest::births(), &mortality, (2018, 2021), Intake::Frozen).unwrap();
    let full = run(2018, 2021, Intake::Frozen);
    for (blind, full) in blind.iter().zip(&full) {
        assert_eq!(
            (blind.predicted, blind.low, blind.high),
            (full.predicted, full.low, full.high),
            "{}",
            full.category
        );
        assert!(blind.actual.is_none());
    }
}

#[test]
fn every_year_has_every_category_and_a_range_around_it() {
    let rows = run(2021, 2024, Intake::Frozen);
    assert_eq!(rows.len(), 3 * 11);
    assert!(
        rows.iter().all(|row| row.low < row.predicted && row.predicted < row.high && row.actual.is_none())
    );
    for year in 2022..=2024 {
        let of = |category: &str| {
            rows.iter().find(|row| row.year == year && row.category == category).unwrap().predicted
        };
        let bands: f64 = planner::cohort::BANDS.iter().map(|(name, ..)| of(name)).sum();
        assert!((bands - of("total")).abs() < 1e-6);
    }
}

#[test]
fn what_is_missing_is_named() {
    let mortality = Mortality::parse(include_str!("../../data/mortality2000.tsv")).unwrap();
    let births = planner::backtest::births();
    let empty = History::default();
    assert!(backtest(&empty, &births, &mortality, (2018, 2021), Intake::Given).is_err());
    let history = History::parse(include_str!("../../data/bulletins.tsv")).unwrap();
    assert!(backtest(&history, &births, &mortality, (2018, 2017), Intake::Given).is_err());
}
