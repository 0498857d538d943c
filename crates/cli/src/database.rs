//! `miaopu db`: make and check the tables, move a site between engines, back one up.

use std::path::PathBuf;
use std::process::ExitCode;

use app::database::{self, Condition};
use app::{KeyFile, Location, Report, StoreError};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::ledger::CANNOT_TELL;
use crate::site::{Site, place};

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the tables in an empty database; `miaopu init` then founds the site in it.
    Init(Site),
    /// Look at the database without changing it: engine, log, tables, the file's own soundness.
    Check(Site),
    /// Bring the tables up to this program's version. Back up first.
    Migrate(Site),
    /// Copy every row into an empty database of either engine, then verify it there.
    Copy(Copy),
    /// Copy the database file and the keys while the site is served, then verify the copy; of a site on
    /// a server, the keys alone.
    Backup(Backup),
}

#[derive(Args)]
struct Copy {
    /// The source: a file, or a server as `host=… port=… user=… dbname=…`.
    #[arg(long, value_parser = place)]
    from: Location,
    /// The target, in the same form; it must be empty.
    #[arg(long, value_parser = place)]
    to: Location,
    /// The folder of the site's keys, to verify the target.
    #[arg(long, default_value = "site/keys")]
    keys: PathBuf,
}

#[derive(Args)]
struct Backup {
    #[command(flatten)]
    site: Site,
    /// The file to write the database to; left out for a server, whose own tools copy it.
    #[arg(long, required_unless_present = "server", conflicts_with = "server")]
    to: Option<PathBuf>,
    /// The folder to write the keys to: on another medium than the database.
    #[arg(long)]
    keys_to: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Init(site) => init(site),
        Command::Check(site) => check(site),
        Command::Migrate(site) => migrate(site),
        Command::Copy(wish) => copy(wish),
        Command::Backup(wish) => back_up(wish),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(CANNOT_TELL)
    })
}

fn init(site: &Site) -> Result<ExitCode, StoreError> {
    site.make_folder()?;
    let applied = database::migrate(&site.location())?;
    println!("{} 项建表已完成。", applied.len());
    println!("{} sets of tables were made.", applied.len());
    Ok(ExitCode::SUCCESS)
}

fn check(site: &Site) -> Result<ExitCode, StoreError> {
    let condition: Condition = database::check(&site.location())?;
    let text = condition.text();
    println!("{}\n{}", text.zh, text.en);
    Ok(if condition.is_ready() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn migrate(site: &Site) -> Result<ExitCode, StoreError> {
    // A mistyped folder must not become an empty database.
    database::check(&site.location())?;
    for name in database::migrate(&site.location())? {
        println!("{name}");
    }
    println!("数据库已是本程序的版本。");
    println!("The database is of this program's version.");
    Ok(ExitCode::SUCCESS)
}

fn copy(wish: &Copy) -> Result<ExitCode, StoreError> {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {pos}") {
        bar.set_style(style);
    }
    let moved = database::move_to(&wish.from, &wish.to, &KeyFile(wish.keys.clone()), &|table, n| {
        bar.set_prefix(table.to_owned());
        bar.set_position(n);
    })?;
    bar.finish_and_clear();
    println!("已抄 {} 行，检查点与来源相同：\n{}", moved.n_rows, moved.note.trim_end());
    println!("{} rows were copied; the head is that of the source.", moved.n_rows);
    Ok(tell(&moved.report))
}

fn back_up(wish: &Backup) -> Result<ExitCode, StoreError> {
    let keys_to = KeyFile(wish.keys_to.clone());
    let Some(to) = &wish.to else {
        database::back_up_keys(&wish.site.keys(), &keys_to)?;
        println!("密钥已备份到 {}。", wish.keys_to.display());
        println!("The keys are in {}.", wish.keys_to.display());
        return Ok(ExitCode::SUCCESS);
    };
    let report = database::back_up(&wish.site.location(), &wish.site.keys(), to, &keys_to)?;
    println!("数据库已备份到 {}，密钥已备份到 {}。", to.display(), wish.keys_to.display());
    println!("The database is in {}, the keys are in {}.", to.display(), wish.keys_to.display());
    Ok(tell(&report))
}

fn tell(report: &Report) -> ExitCode {
    let text = report.text();
    println!("{}\n{}", text.zh, text.en);
    ExitCode::from(report.exit_code())
}
