//! `miaopu ledger`: is the record whole? Exit status: 0 intact, 1 damaged, 2 rolled back, 3 a range
//! that no witness has seen, 4 cannot tell.

use std::process::ExitCode;

use app::{Store, StoreError};
use clap::{Args, Subcommand};

use crate::site::Site;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Verify every event, node, signed head and view.
    Verify(Site),
    /// Drop every view and make it again from the record.
    Rebuild(Site),
}

const CANNOT_TELL: u8 = 4;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Verify(site) => verify(site),
        Command::Rebuild(site) => rebuild(site),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(CANNOT_TELL)
    })
}

fn verify(site: &Site) -> Result<ExitCode, StoreError> {
    let store = Store::open(&site.location(), &site.keys())?;
    let report = store.verify(&site.keys())?;
    let text = report.text();
    println!("{}", text.zh);
    println!("{}", text.en);
    Ok(ExitCode::from(report.exit_code()))
}

fn rebuild(site: &Site) -> Result<ExitCode, StoreError> {
    let store = Store::open(&site.location(), &site.keys())?;
    store.rebuild(&site.keys())?;
    println!("视图已由账本重建。");
    println!("The views were made again from the record.");
    Ok(ExitCode::SUCCESS)
}
