//! `miaopu import | export | template`: rosters in and out on the console of a site.

use std::fs::File;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use app::clock::{Clock as _, System};
use app::roster::{Plan, Preview, Purpose, template};
use app::{Actor, CommandId, Store};
use clap::Args;
use domain::ids::UnitId;
use indicatif::ProgressBar;

use crate::site::Site;

/// See the options.
#[derive(Args)]
pub(crate) struct Import {
    #[command(flatten)]
    site: Site,
    /// Code of the unit that the roster is of.
    #[arg(long)]
    unit: String,
    /// Take it over without asking, if nothing is wrong with it.
    #[arg(long)]
    yes: bool,
    /// The roster: an xlsx workbook or a csv file.
    file: PathBuf,
}

/// See the options.
#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    site: Site,
    /// Code of the unit that the roster is of.
    #[arg(long)]
    unit: String,
    /// Why the list leaves the system; written in the record.
    #[arg(long)]
    purpose: String,
    /// Identity numbers and telephones go along.
    #[arg(long)]
    with_numbers: bool,
    /// Where to write it; a name that ends in .csv makes a comma-separated file.
    #[arg(long)]
    out: PathBuf,
}

/// See the options.
#[derive(Args)]
pub(crate) struct Template {
    /// Where to write the empty workbook.
    #[arg(long)]
    out: PathBuf,
}

type Failure = Box<dyn std::error::Error>;

/// Problems printed; the file may have thousands.
const SHOWN: usize = 200;

pub(crate) fn import(arguments: &Import) -> ExitCode {
    answer(imported(arguments))
}

pub(crate) fn export(arguments: &Export) -> ExitCode {
    answer(exported(arguments))
}

pub(crate) fn write_template(arguments: &Template) -> ExitCode {
    let written = || -> Result<ExitCode, Failure> {
        std::fs::write(&arguments.out, template()?)?;
        println!("{}", arguments.out.display());
        Ok(ExitCode::SUCCESS)
    };
    answer(written())
}

fn answer(outcome: Result<ExitCode, Failure>) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn open(site: &Site, code: &str) -> Result<(Store, UnitId), Failure> {
    let store = Store::open(&site.location(), &site.keys())?;
    let unit = store
        .unit_with_code(code)?
        .ok_or_else(|| format!("没有编码为 {code} 的组织 / no unit has the code {code}"))?;
    Ok((store, unit))
}

fn imported(arguments: &Import) -> Result<ExitCode, Failure> {
    let (store, unit) = open(&arguments.site, &arguments.unit)?;
    let sha256 = app::roster::digest(File::open(&arguments.file)?)?;
    let bar = ProgressBar::new_spinner();
    let mut progress = |n| bar.set_position(u64::from(n));
    let cancel = AtomicBool::new(false);
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let source = File::open(&arguments.file)?;
    let mut watch = app::roster::Watch { progress: &mut progress, cancel: &cancel };
    let today = System.now().today;
    let preview = store.preview_roster(unit, &name, &sha256, source, today, &mut watch)?;
    bar.finish_and_clear();
    tell(&preview);
    if !preview.is_clean() {
        println!(
            "没有导入任何内容。请改正后重新导入。/ Nothing was imported. Put the file right and import it again."
        );
        return Ok(ExitCode::from(2));
    }
    if !arguments.yes && !agreed()? {
        println!("没有导入任何内容。/ Nothing was imported.");
        return Ok(ExitCode::from(1));
    }
    let actor = Actor { account: None, role: None, unit };
    let receipt = store.confirm_roster(actor, System.now(), CommandId::random(), preview)?;
    println!("已导入，登记 {} 条。/ Imported; {} entries.", receipt.n_events, receipt.n_events);
    Ok(ExitCode::SUCCESS)
}

fn tell(preview: &Preview) {
    for problem in preview.problems.iter().take(SHOWN) {
        println!("{}\n{}", problem.text.zh, problem.text.en);
    }
    if preview.n_problems > SHOWN {
        let more = preview.n_problems - SHOWN;
        println!("另有 {more} 处问题。/ {more} more problems.");
    }
    for row in &preview.rows {
        if let Plan::Changed(_, changes) = &row.plan {
            let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
            println!("{} {}: {}", row.number, row.name, fields.join(", "));
        }
    }
    let (new, changed, same) = preview.counts();
    println!(
        "新增 {new} 人，更正 {changed} 人，相同 {same} 人。/ {new} new, {changed} changed, {same} the same."
    );
}

/// Asks on a terminal; elsewhere nobody can agree.
fn agreed() -> std::io::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("导入吗？输入 yes / Import? Type yes: ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}

fn exported(arguments: &Export) -> Result<ExitCode, Failure> {
    let (store, unit) = open(&arguments.site, &arguments.unit)?;
    let is_csv = arguments.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let purpose = Purpose { text: arguments.purpose.clone(), with_numbers: arguments.with_numbers, is_csv };
    let actor = Actor { account: None, role: None, unit };
    let bytes = store.export_roster(actor, System.now(), unit, &purpose)?;
    std::fs::write(&arguments.out, bytes)?;
    println!("{}", arguments.out.display());
    Ok(ExitCode::SUCCESS)
}
