//! The phases of `cargo xtask test`, with the time each took.

use std::process::Command;
use std::time::Instant;

use crate::{server, tidy, tools};

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

/// Unit, story, property and integration tests, the store's on SQLite and on a PostgreSQL server of
/// their own.
fn tests() -> Result<(), String> {
    let server = server::Server::start()?;
    let database = [("TEST_DATABASE_URL", server.text())];
    if tools::is_program("cargo-nextest") {
        return cargo_with(&["nextest", "run", "--workspace", "--no-tests=fail"], &database);
    }
    cargo_with(&["test", "--workspace", "--lib", "--bins", "--tests"], &database)
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    cargo_with(arguments, &[])
}

fn cargo_with(arguments: &[&str], environment: &[(&str, String)]) -> Result<(), String> {
    let variables = environment.iter().map(|(name, value)| (name, value));
    let status = Command::new("cargo")
        .args(arguments)
        .envs(variables)
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo {}` failed", arguments.join(" "))) }
}
