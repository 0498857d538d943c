//! Allocates synthetic cities and prints time, gap and proof; a plain program, so that a rival can be
//! run beside it on the same files (`--write DIR`).

#![expect(clippy::print_stdout, reason = "a measurement is timed and printed")]

mod city;

use std::time::Instant;

use planner::instance::Instance;
use planner::solve::{Ask, allocate};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--bench")).collect();
    let n_branches = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(3_000);
    let n_seeds = arguments.get(1).and_then(|a| a.parse().ok()).unwrap_or(2);
    println!("branches tightness seed  read_s solve_s check_s  gap_points status");
    for tightness in [1000, 775, 550] {
        for seed in 0..n_seeds {
            let bytes = city::city(n_branches, tightness, 20_020_601 + seed).to_string().into_bytes();
            if let Some(folder) = arguments.get(2) {
                std::fs::write(format!("{folder}/{n_branches}-{tightness}-{seed}.json"), &bytes)
                    .expect("written");
            }
            let start = Instant::now();
            let instance = Instance::parse(&bytes).expect("the generator writes what the reader reads");
            let read = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let plan = allocate(&instance, &Ask::default());
            let solve = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let faults = planner::check::check(&instance, &plan);
            let checked = start.elapsed().as_secs_f64();
            assert!(faults.is_empty(), "{faults:?}");
            let gap = plan.objective.zip(plan.bound).map_or(f64::NAN, |(cost, bound)| {
                (cost.0 * bound.den.0 - bound.num.0) as f64 / bound.den.0 as f64 / 1e6
            });
            println!(
                "{n_branches:8} {tightness:9} {seed:4}  {read:6.3} {solve:7.3} {checked:7.3}  {gap:10.3} {:?} {:?}",
                plan.status, plan.proof
            );
        }
    }
}
