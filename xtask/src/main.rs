//! `cargo xtask`: the one place that knows how the house is checked. `test` runs everything, in the
//! order that fails soonest, and stops at the first failure; nothing is skipped in silence.

#![expect(clippy::print_stdout, reason = "a command line answers on standard output")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod phases;
mod server;
mod sql;
mod tidy;
mod tools;

/// Checks of the house.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything: format, tidy, lints, pure crates alone, tests, documentation.
    Test,
    /// Only the manners of the repository: edges, sizes, names.
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test => phases::all(),
        Command::Tidy => tidy::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
