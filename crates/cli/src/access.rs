//! `miaopu access`: care of the access log. Exit status: 0 done, 4 the site cannot be used, or fewer days
//! were named than the law asks for.

use std::process::ExitCode;

use app::clock::{Clock as _, System};
use app::{Store, StoreError};
use clap::{Args, Subcommand};
use domain::looks::DAYS_KEPT;

use crate::ledger::{CANNOT_TELL, PROGRAM};
use crate::site::Site;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take out what is older than the log is kept; it is recorded.
    Forget(Forget),
}

#[derive(Args)]
struct Forget {
    /// Days that are kept; six months at least.
    #[arg(long, default_value_t = DAYS_KEPT)]
    keep_days: i64,
    #[command(flatten)]
    site: Site,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let Command::Forget(wish) = &arguments.command;
    match forget(wish) {
        Ok(n) => {
            println!("已清除 {n} 条访问记录 / {n} lines of the access log were taken out");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(CANNOT_TELL)
        }
    }
}

fn forget(wish: &Forget) -> Result<u64, StoreError> {
    let store = Store::open(&wish.site.location(), &wish.site.keys())?;
    store.forget_looks(PROGRAM, System.now(), wish.keep_days)
}
