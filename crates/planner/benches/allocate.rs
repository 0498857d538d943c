//! Allocates synthetic cities and prints seconds, gap and proof: a plain program, so that a rival can
//! be run beside it on the same files (`benches/highs.py`).
//!
//! ```text
//! cargo bench -p planner --bench allocate -- cities BRANCHES SEEDS [FOLDER]   three tightnesses each
//! cargo bench -p planner --bench allocate -- large BRANCHES SEED              and single changes
//! ```

#![expect(clippy::print_stdout, reason = "a measurement is timed and printed")]

#[path = "city.rs"]
mod city;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use planner::check::certify;
use planner::incremental::Incremental;
use planner::instance::Instance;
use planner::solve::{Ask, Solution, solve_watched};
use planner::watch::Watch;

const FIRST_SEED: u64 = 20_020_601;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--bench")).collect();
    run(&arguments);
}

fn run(arguments: &[String]) {
    let number = |at: usize, usual: u64| arguments.get(at).and_then(|a| a.parse().ok()).unwrap_or(usual);
    match arguments.first().map(String::as_str) {
        Some("large") => large(number(1, 5_200_000) as usize, number(2, FIRST_SEED)),
        _ => cities(number(1, 3_000) as usize, number(2, 6), arguments.get(3).map(String::as_str)),
    }
}

fn solved(instance: &Instance) -> Solution {
    let never = AtomicBool::new(false);
    let watch = Watch { stop: &never, tell: &|_, _| {} };
    solve_watched(instance, &Ask::default(), &watch).expect("nothing stops this search")
}

fn cities(n_branches: usize, n_seeds: u64, folder: Option<&str>) {
    println!(
        "branches tightness     seed  solve_s solve_cpu_s certify_s    bound_points      gap_points status"
    );
    for tightness in [1000, 775, 550] {
        for seed in FIRST_SEED..FIRST_SEED + n_seeds {
            let instance = city::city(n_branches, tightness, seed);
            if let Some(folder) = folder {
                std::fs::write(
                    format!("{folder}/{n_branches}-{tightness}-{seed}.json"),
                    city::file(&instance).to_string(),
                )
                .expect("the folder can be written to");
            }
            let (start, cpu) = (Instant::now(), cpu_seconds());
            let solution = solved(&instance);
            let (solve, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            let start = Instant::now();
            assert_eq!(certify(&instance, &solution), []);
            let certified = start.elapsed().as_secs_f64();
            let (bound, gap) = points(&solution);
            println!(
                "{n_branches:8} {tightness:9} {seed:8}  {solve:7.3} {cpu:11.3} {certified:9.3} {bound:15.6} {gap:15.6} {:?} {:?}",
                solution.status, solution.proof
            );
        }
    }
}

fn large(n_branches: usize, seed: u64) {
    let start = Instant::now();
    let instance = city::city(n_branches, 775, seed);
    println!("generated {:.2} s, {:.2} GB at most", start.elapsed().as_secs_f64(), peak_gigabytes());
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let solution = solved(&instance);
    let (bound, gap) = points(&solution);
    println!(
        "solved {:.2} s ({:.2} s of processor), bound {bound:.6}, gap {gap:.6} ({:.2e}), {:?} {:?}, {:.2} GB at most",
        start.elapsed().as_secs_f64(),
        cpu_seconds() - cpu,
        gap / bound.abs(),
        solution.status,
        solution.proof,
        peak_gigabytes()
    );
    let start = Instant::now();
    assert_eq!(certify(&instance, &solution), []);
    println!("certified {:.2} s, {:.2} GB at most", start.elapsed().as_secs_f64(), peak_gigabytes());
    let multipliers = solution.multipliers.clone();
    drop(solution);
    changes(instance, &multipliers, seed);
}

/// A thousand single changes: a branch asks for one more or fewer.
fn changes(instance: Instance, multipliers: &[(i128, i128)], seed: u64) {
    let start = Instant::now();
    let mut incremental = Incremental::new(instance, multipliers, 0).expect("the city has a plan");
    println!("laid out {:.2} s, {:.2} GB at most", start.elapsed().as_secs_f64(), peak_gigabytes());
    let mut draws = city::Draws(seed ^ 1);
    let mut spent = Vec::new();
    while spent.len() < 1_000 {
        let unit = (draws.next() % incremental.instance().units.len() as u64) as usize;
        if !incremental.instance().units.is_leaf(unit) {
            continue;
        }
        let mut numbers = incremental.instance().units.numbers(unit);
        numbers.request = (numbers.request + 1 - 2 * i64::from(draws.next().is_multiple_of(2))).max(0);
        let start = Instant::now();
        incremental.change(unit, &numbers).expect("a request contradicts nothing");
        spent.push(start.elapsed().as_secs_f64() * 1e3);
    }
    spent.sort_by(f64::total_cmp);
    println!("changed: median {:.2} ms, p95 {:.2} ms, most {:.2} ms", spent[500], spent[950], spent[999]);
}

fn points(solution: &Solution) -> (f64, f64) {
    let (num, den) = solution.bound;
    let gap = (solution.objective * den - num) as f64 / den as f64 / 1e6;
    (num as f64 / den as f64 / 1e6, gap)
}

/// Seconds of processor that this process has used, where the system tells.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = text
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse().ok())
        .collect();
    fields.iter().sum::<f64>() / 100.0
}

/// The most memory that this process has held, where the system tells.
fn peak_gigabytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}
