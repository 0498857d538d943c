//! The phases of `cargo xtask test`, with the time each took.

use std::process::Command;
use std::time::Instant;

use crate::{tidy, tools};

/// Crates that must build by themselves: a build of the whole workspace would lend them features of
/// their neighbours and hide an impurity.
const PURE: [&str; 3] = ["domain", "ledger", "planner"];

/// Runs every phase, stopping at the first failure.
pub(crate) fn all() -> Result<(), String> {
    let mut report = Vec::new();
    let mut phase = |name: &'static str, run: &dyn Fn() -> Result<(), String>| {
        println!("== {name}");
        let start = Instant::now();
        let outcome = run().map_err(|problem| format!("{name}: {problem}"));
        report.push((name, start.elapsed().as_secs()));
        outcome
    };
    phase("tools", &tools::ensure)?;
    phase("format", &|| cargo(&["fmt", "--all", "--check"]))?;
    phase("tidy", &tidy::run)?;
    phase("lints", &|| {
        cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
    })?;
    for pure in PURE {
        phase(pure, &|| cargo(&["check", "--quiet", "--package", pure]))?;
    }
    phase("documentation", &|| cargo(&["test", "--workspace", "--doc", "--quiet"]))?;
    phase("tests", &tests)?;
    for (name, seconds) in report {
        println!("{seconds:5} s  {name}");
    }
    Ok(())
}

/// Unit, story, property and integration tests; the runner's own closing line is the last word.
fn tests() -> Result<(), String> {
    if tools::is_program("cargo-nextest") {
        return cargo(&["nextest", "run", "--workspace", "--no-tests=fail"]);
    }
    cargo(&["test", "--workspace", "--lib", "--bins", "--tests"])
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("cargo").args(arguments).status().map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo {}` failed", arguments.join(" "))) }
}
