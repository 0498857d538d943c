//! The back-test against published bands.

use planner::backtest::{Intake, Prediction, backtest, band_error};
use planner::cohort::Mortality;
use planner::history::History;

fn run(origin: i32, until: i32, intake: Intake) -> Vec<Prediction> {
    let history = History::parse(include_str!("../../data/bulletins.tsv")).unwrap();
    let mortality = Mortality::parse(include_str!("../../data/mortality2000.tsv")).unwrap();
    let sizes = planner::backtest::cohort_sizes();
    backtest(&history, &sizes, &mortality, (origin, until), intake).unwrap()
}

#[test]
fn bands_are_predicted_within_the_known_errors() {
    let error = |origin, year| band_error(&run(origin, year, Intake::Given), year).unwrap();
    for (origin, year, most) in [
        (2017, 2018, 0.013),
        (2018, 2021, 0.014),
        (2017, 2021, 0.017),
        (2020, 2021, 0.014),
        (2014, 2021, 0.045),
    ] {
        let found = error(origin, year);
        assert!(found < most, "{origin} {year}: {found}");
    }
}

#[test]
fn ranges_hold_what_was_published_nineteen_times_in_twenty() {
    let rows: Vec<Prediction> = (2014..=2020)
        .flat_map(|origin| run(origin, 2021, Intake::Given))
        .filter(|row| row.actual.is_some())
        .collect();
    let n_held = rows.iter().filter(|row| row.actual.is_some_and(|a| row.low <= a && a <= row.high)).count();
    assert!(rows.len() > 150 && n_held * 20 >= rows.len() * 19, "{n_held} of {}", rows.len());
    // And they are not simply wide: where all bands were known, none is wider than a seventh of its figure.
    let known = run(2018, 2021, Intake::Given);
    assert!(known.iter().all(|row| row.high - row.low < row.predicted / 7.0));
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
        backtest(&cut, &planner::backtest::cohort_sizes(), &mortality, (2018, 2021), Intake::Frozen).unwrap();
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
    let sizes = planner::backtest::cohort_sizes();
    let empty = History::default();
    assert!(backtest(&empty, &sizes, &mortality, (2018, 2021), Intake::Given).is_err());
    let history = History::parse(include_str!("../../data/bulletins.tsv")).unwrap();
    assert!(backtest(&history, &sizes, &mortality, (2018, 2017), Intake::Given).is_err());
}
