//! Many rows and cells at once, watching and stopping, and the rows of single committees.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use planner::check::check;
use planner::committee::{CommitteeRow, second_tier};
use planner::instance::{Cell, Counted, Instance, Part, Row, RowKind, Units};
use planner::plan::Status;
use planner::solve::{Ask, allocate, allocate_watched, solve_watched};
use planner::watch::{Stage, Stopped, Watch};

use crate::certificate::city;
use crate::tiny::Draws;

/// A city with 64 cells of six attributes and eight rows.
fn wide(seed: u64) -> Instance {
    let mut instance = city::city(400, 700, seed);
    let mut d = Draws(seed);
    instance.cells = (0..64u32)
        .map(|c| Cell {
            id: format!("k{c:02}"),
            attributes: (0..6).filter(|bit| c >> bit & 1 == 1).map(|bit| format!("a{bit}")).collect(),
        })
        .collect();
    let mut units = Units::default();
    for mut unit in instance.units.iter() {
        let pool: Vec<Part> = match &unit.leaf {
            Some(_) => {
                let mut cells: Vec<u32> = (0..d.below(4)).map(|_| d.below(64) as u32).collect();
                cells.sort_unstable();
                cells.dedup();
                cells.into_iter().map(|cell| Part { cell, n: 1 + d.below(2) as u32 }).collect()
            }
            None => Vec::new(),
        };
        if let Some(leaf) = &mut unit.leaf {
            leaf.pool = &pool;
        }
        if unit.leaf.is_none() {
            (unit.lower, unit.upper) = (0, None);
        }
        units.push(&unit);
    }
    instance.units = units;
    let share = |k: usize, num: i64| Row {
        id: format!("row{k}"),
        kind: RowKind::Share { num, den: 100, is_strict: k % 2 == 1 },
        counts: Counted::Attribute(format!("a{k}")),
        penalty: 300 + 40 * k as i64,
    };
    instance.rows = [72, 68, 70, 74, 66, 71].into_iter().enumerate().map(|(k, num)| share(k, num)).collect();
    for (k, at_least) in [(6, 70), (7, 90)] {
        let counts = if k == 6 { Counted::Tag("key".into()) } else { Counted::Attribute("a0".into()) };
        instance.rows.push(Row {
            id: format!("row{k}"),
            kind: RowKind::Growth { at_least },
            counts,
            penalty: 250,
        });
    }
    instance
}

#[test]
fn eight_rows_over_sixty_four_cells_are_solved_and_checked() {
    for seed in 0..3 {
        let instance = wide(seed);
        let plan = allocate(&instance, &Ask::default());
        assert_ne!(plan.status, Status::Infeasible);
        assert_eq!(check(&instance, &plan), []);
        let (cost, bound) = (plan.objective.unwrap().0, plan.bound.unwrap());
        let gap = (cost * bound.den.0 - bound.num.0) / bound.den.0;
        assert!(gap < 400_000_000, "seed {seed}: {gap} micro-points from the bound");
        let n_priced = plan.multipliers.unwrap().values().filter(|at| at.num.0 > 0).count();
        assert!(n_priced >= 4, "seed {seed}: only {n_priced} rows bind");
    }
}

#[test]
fn a_search_tells_what_it_does_and_stops_when_told() {
    let instance = city::city(240, 650, 3);
    let never = AtomicBool::new(false);
    let stages = Mutex::new(Vec::new());
    let watch = Watch { stop: &never, tell: &|stage, _| stages.lock().unwrap().push(stage) };
    let watched = allocate_watched(&instance, &Ask::default(), &watch).unwrap();
    assert_eq!(watched, allocate(&instance, &Ask::default()));
    let stages = stages.into_inner().unwrap();
    assert!(stages.contains(&Stage::Bound) && stages.contains(&Stage::Ties), "{stages:?}");

    let stop = AtomicBool::new(false);
    let n_told = Mutex::new(0);
    let watch = Watch {
        stop: &stop,
        tell: &|_, _| {
            *n_told.lock().unwrap() += 1;
            stop.store(true, Ordering::Relaxed);
        },
    };
    assert_eq!(allocate_watched(&instance, &Ask::default(), &watch), Err(Stopped));
    assert_eq!(n_told.into_inner().unwrap(), 1);
}

#[test]
fn committees_mend_their_own_shares_and_the_city_pays_no_more_than_it_said() {
    let instance = city::city(300, 800, 4);
    let never = AtomicBool::new(false);
    let watch = Watch { stop: &never, tell: &|_, _| {} };
    let solution = solve_watched(&instance, &Ask::default(), &watch).unwrap();
    let committees: Vec<usize> =
        (0..instance.units.len()).filter(|&v| !instance.units.is_leaf(v) && v != instance.root).collect();
    let row = |unit| CommitteeRow {
        unit,
        row: Row {
            id: "women".into(),
            kind: RowKind::Share { num: 30, den: 100, is_strict: false },
            counts: Counted::Attribute("women".into()),
            penalty: 100,
        },
    };
    let rows: Vec<CommitteeRow> = committees.iter().map(|&unit| row(unit)).collect();
    let (free, standings) = second_tier(&instance, &solution, &rows, 0);
    assert!(free.objective <= solution.objective);
    assert!(standings.iter().all(|standing| standing.after >= standing.before.min(0)));
    let (paid, standings) = second_tier(&instance, &solution, &rows, 2_000);
    assert!(standings.iter().any(|standing| standing.before < 0 && standing.after > standing.before));
    assert!(paid.objective <= solution.objective + 2_000_000_000);
    for v in committees.into_iter().chain([instance.root]) {
        assert_eq!(paid.totals[v], solution.totals[v], "the cascade stays");
    }
    for changed in [free, paid] {
        assert_eq!(check(&instance, &changed.to_plan(&instance)), []);
    }
}
