//! `miaopu person`: entries that may be one person, and merging two of them, on the console. Exit status: 0
//! done, 1 refused by a rule, 2 wrong arguments or no such unit or entry, 4 the site cannot be used.

use std::process::ExitCode;

use app::act::ActError;
use app::clock::{Clock as _, System};
use app::members::Seen;
use app::{CommandId, Store, StoreError};
use clap::{Args, Subcommand};
use domain::finding::Finding;
use domain::id_number;
use domain::ids::PersonId;
use domain::offices;
use domain::text::Text;
use jiff::civil::Date;

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
    /// List entries that may be one person, with why.
    Duplicates(Duplicates),
    /// Close an entry because another one is about the same person; both histories stay.
    Merge(Merge),
}

#[derive(Args)]
struct Duplicates {
    /// Code of the unit to look in, with everything below it; without it, the whole tree.
    #[arg(long)]
    unit: Option<String>,
    #[command(flatten)]
    site: Site,
}

#[derive(Args)]
struct Merge {
    /// Number of the entry that ends.
    person: i64,
    #[command(flatten)]
    site: Site,
    /// Number of the entry that stays.
    #[arg(long)]
    into: i64,
    /// Why they are one.
    #[arg(long)]
    reason: String,
    /// The day it was found, as YYYY-MM-DD; today when left out.
    #[arg(long)]
    on: Option<Date>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Duplicates(wish) => duplicates(wish).map_err(ActError::from),
        Command::Merge(wish) => merge(wish),
    };
    outcome.unwrap_or_else(|error| tell_trouble(&error))
}

fn tell_trouble(error: &ActError) -> ExitCode {
    match error {
        ActError::Refused(refusal) => {
            refusal.findings.iter().for_each(tell);
            ExitCode::FAILURE
        }
        ActError::Denied(denial) => {
            eprintln!("{} / {}", denial.text.zh, denial.text.en);
            ExitCode::FAILURE
        }
        ActError::Store(StoreError::Missing) => {
            eprintln!("没有这个组织或人员 / there is no such unit or entry");
            ExitCode::from(2)
        }
        ActError::Store(error) => {
            eprintln!("{error}");
            ExitCode::from(CANNOT_TELL)
        }
    }
}

fn tell(finding: &Finding) {
    eprintln!("{} {}{}", finding.rule, finding.text.zh, finding.remedy.zh);
    eprintln!("{} {} {}", finding.rule, finding.text.en, finding.remedy.en);
}

fn duplicates(wish: &Duplicates) -> Result<ExitCode, StoreError> {
    let store = Store::open(&wish.site.location(), &wish.site.keys())?;
    let unit = match &wish.unit {
        Some(code) => store.unit_with_code(code)?,
        None => store.units_below(None)?.first().map(|unit| unit.id),
    };
    let found = store.duplicates(unit.ok_or(StoreError::Missing)?, true)?;
    for group in &found.groups {
        let why: Vec<Text> = group.why.iter().map(|why| why.name()).collect();
        let joined = |side: fn(&Text) -> &str, by: &str| why.iter().map(side).collect::<Vec<_>>().join(by);
        println!("{} / {}", joined(|t| &t.zh, "、"), joined(|t| &t.en, ", "));
        for &id in &group.people {
            let person = store.person(id)?;
            let known = &person.particulars;
            let (unit, stage) = (store.unit(person.unit)?, offices::stage(person.stage));
            println!(
                "  {id}  {}  {}  {}  {} {}  {}",
                known.name,
                known.born_on,
                id_number::mask(&known.id_number),
                unit.code,
                unit.name.zh,
                stage.zh
            );
        }
    }
    println!(
        "比较了 {1} 条登记，疑似重复 {0} 组 / {0} groups among {1} entries",
        found.groups.len(),
        found.n_compared
    );
    Ok(ExitCode::SUCCESS)
}

fn merge(wish: &Merge) -> Result<ExitCode, ActError> {
    let store = Store::open(&wish.site.location(), &wish.site.keys())?;
    let now = System.now();
    let seen = |person: i64| -> Result<Seen, StoreError> {
        let person = PersonId(person);
        Ok(Seen { person, version: store.person_row(person)?.version })
    };
    let both = (seen(wish.person)?, seen(wish.into)?);
    let why = (wish.on.unwrap_or(now.today), wish.reason.clone());
    let receipt = store.merge_people(PROGRAM, now, CommandId::random(), both, why)?;
    println!("已登记，账本第 {0} 条 / recorded as entry {0}", receipt.first_seq);
    Ok(ExitCode::SUCCESS)
}
