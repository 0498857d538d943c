//! `miaopu rulebook`: for the people who write and check rulebooks. Exit status: 0 sound or nothing
//! changed, 1 differences were found, 2 something could not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use app::audit_files::{Audit, Met, audit_files};
use app::clock::{Clock, System};
use app::rulebooks;
use clap::{Args, Subcommand};
use domain::audit::{Found, judge_lazily};
use domain::case_file::CaseFile;
use domain::rulebook::{By, Edition, Rule, Rulebooks, compare};
use jiff::civil::Date;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A folder of rulebooks to use instead of those that came with the program.
    #[arg(long, global = true, value_name = "FOLDER")]
    rulebooks: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read the rulebooks and say everything that is wrong with them.
    Lint,
    /// Show the steps and rules of an edition.
    Show {
        /// Its short name, such as 2014.
        edition: String,
    },
    /// Show what differs between two editions.
    Compare {
        /// The one.
        before: String,
        /// The other.
        after: String,
    },
    /// Judge files as if one edition had always been in force, and show what would change.
    DryRun {
        /// The edition to try.
        edition: String,
        /// Case files, as for `miaopu audit`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The day of looking for cases that name none; today if absent.
        #[arg(long, value_name = "YYYY-MM-DD")]
        as_of: Option<Date>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let books = match &arguments.rulebooks {
        None => Rulebooks::embedded(),
        Some(folder) => match rulebooks::load(folder) {
            Ok(books) => books,
            Err(error) => return fail(&error.to_string()),
        },
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let answer = match &arguments.command {
        Command::Lint => lint(&books, &mut out),
        Command::Show { edition } => match books.edition(edition) {
            Some(edition) => show(edition, &mut out),
            None => return fail(&unknown(&books, edition)),
        },
        Command::Compare { before, after } => match (books.edition(before), books.edition(after)) {
            (Some(before), Some(after)) => differences(before, after, &mut out),
            (None, _) => return fail(&unknown(&books, before)),
            (_, None) => return fail(&unknown(&books, after)),
        },
        Command::DryRun { edition, files, as_of } => match books.only(edition) {
            Some(only) => {
                let today = as_of.unwrap_or_else(|| System.now().today);
                dry_run(&books, &only, files, today, &mut out)
            }
            None => return fail(&unknown(&books, edition)),
        },
    };
    match answer.and_then(|status| out.flush().map(|()| status)) {
        Ok(status) => ExitCode::from(status),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
        Err(error) => fail(&error.to_string()),
    }
}

fn lint(books: &Rulebooks, out: &mut impl Write) -> io::Result<u8> {
    for edition in books.editions() {
        let (n_steps, n_rules) = (edition.steps.len(), edition.rules.len());
        writeln!(out, "{} · {} · {n_steps} steps · {n_rules} rules", edition.id, edition.title.en)?;
    }
    for pack in books.packs() {
        writeln!(out, "{} · {} rules", pack.title.en, pack.rules.len())?;
    }
    writeln!(out, "规则库无误。The rulebooks are sound.")?;
    Ok(0)
}

fn show(edition: &Edition, out: &mut impl Write) -> io::Result<u8> {
    writeln!(
        out,
        "{}\n{}\n施行 in force from {}\n",
        edition.title.zh, edition.title.en, edition.in_force_from
    )?;
    for step in &edition.steps {
        writeln!(out, "{:2} {} · {} ({})", step.number, step.name.zh, step.name.en, step.id)?;
        let actors: Vec<_> = step.actors.iter().map(|actor| actor.as_str()).collect();
        let limits: Vec<_> =
            step.limits.iter().map(|(limit, n)| format!("{} = {n}", limit.as_str())).collect();
        writeln!(out, "     {} · {}", actors.join(", "), limits.join(", "))?;
        writeln!(out, "     {}", step.article)?;
        for rule in edition.rules.iter().filter(|rule| step.rules.contains(&rule.id)) {
            show_rule(rule, out)?;
        }
    }
    Ok(0)
}

fn show_rule(rule: &Rule, out: &mut impl Write) -> io::Result<()> {
    let by = match rule.by {
        By::Date(date) => format!(" · by {}", date.as_str()),
        By::Each => String::new(),
    };
    let parameters: Vec<_> = rule.parameters.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    writeln!(
        out,
        "     - {} · {} · {}{by} · {}",
        rule.id,
        rule.severity,
        rule.requirement.kind(),
        parameters.join(", ")
    )?;
    writeln!(out, "       {}\n       {}", rule.what.zh, rule.what.en)?;
    writeln!(out, "       {} ({})", rule.article, rule.certainty.as_str())
}

fn differences(before: &Edition, after: &Edition, out: &mut impl Write) -> io::Result<u8> {
    let found = compare(before, after);
    for difference in &found {
        writeln!(out, "{}", difference.what)?;
        let sides = [(&before.id, &difference.before), (&after.id, &difference.after)];
        for (edition, says) in sides {
            writeln!(out, "    {edition}: {}", says.as_deref().unwrap_or("无 none"))?;
        }
    }
    Ok(u8::from(!found.is_empty()))
}

/// What would come and go in one case.
struct Change {
    case: String,
    /// Each with its sign: `+` would be found, `-` would not be found any more.
    lines: Vec<(char, String)>,
}

fn dry_run(
    books: &Rulebooks,
    only: &Rulebooks,
    files: &[PathBuf],
    today: Date,
    out: &mut impl Write,
) -> io::Result<u8> {
    let stop = AtomicBool::new(false);
    let n_workers = std::thread::available_parallelism().map_or(1, Into::into);
    let audit = Audit { books, today, n_workers, stop: &stop };
    let change = |file: &CaseFile, found: &[Found<'_>]| {
        let (now, tried) = (places(found), places(&judge_lazily(file, only, today)));
        let gone = now.difference(&tried).map(|place| ('-', place.clone()));
        let come = tried.difference(&now).map(|place| ('+', place.clone()));
        Change { case: file.case.clone(), lines: gone.chain(come).collect() }
    };
    let mut sums: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    let mut n_changed = 0u64;
    let tally = audit_files(&audit, files, change, |met| {
        match met {
            Met::Case(change) => {
                n_changed += u64::from(!change.lines.is_empty());
                for (sign, place) in &change.lines {
                    writeln!(out, "{sign} {} {place}", change.case.escape_debug())?;
                    let code = place.split('#').next().unwrap_or(place).to_owned();
                    sums.entry(code).or_default()[usize::from(*sign == '+')] += 1;
                }
            }
            Met::Unreadable(unreadable) => eprintln!("{unreadable}"),
            Met::Progress(_) => {}
        }
        Ok(())
    })?;
    writeln!(out)?;
    for (code, [gone, come]) in &sums {
        writeln!(out, "{code}: -{gone} +{come}")?;
    }
    let n_cases = tally.n_cases;
    writeln!(out, "{n_cases}份中{n_changed}份的结论会改变。{n_changed} of {n_cases} cases would change.")?;
    Ok(if tally.n_unreadable > 0 { 2 } else { u8::from(n_changed > 0) })
}

/// The findings by code and occurrence.
fn places(found: &[Found<'_>]) -> BTreeSet<String> {
    found.iter().map(|finding| format!("{}#{}", finding.rule(), finding.occurrence())).collect()
}

fn unknown(books: &Rulebooks, edition: &str) -> String {
    let known: Vec<_> = books.editions().iter().map(|edition| edition.id.as_str()).collect();
    format!("没有版本“{edition}”。There is no edition “{edition}”; there are: {}", known.join(", "))
}

fn fail(what: &str) -> ExitCode {
    eprintln!("{what}");
    ExitCode::from(2)
}
