//! `miaopu audit`: admission files from outside against the rulebooks. Needs no database, no
//! account and no network. Exit status: 0 no finding of severity error, 1 at least one, 2 something
//! could not be read.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use app::audit_files::{
    Audit, Met, Tally, Workbook, audit_files, size_bytes, write_finding_json, write_finding_report,
    write_json, write_report,
};
use app::clock::{Clock, System};
use app::rulebooks;
use clap::Args;
use domain::audit::Found;
use domain::audit::across::{Across, CrossFinding, Trace};
use domain::case_file::CaseFile;
use domain::finding::{Finding, Severity};
use domain::rulebook::Rulebooks;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;

/// See the options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Case files: JSON Lines (miaopu-case/1) or workbooks with one case to a row; `-` is the
    /// standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write the findings as JSON Lines instead of a report.
    #[arg(long)]
    json: bool,
    /// Also write the findings to this workbook.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// Also compare the files with one another (X…), after everything else.
    #[arg(long)]
    across: bool,
    /// The day of looking for cases that name none; today if absent.
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
    /// A folder of rulebooks to use instead of those that came with the program.
    #[arg(long, value_name = "FOLDER")]
    rulebooks: Option<PathBuf>,
}

/// What a case comes to on a worker.
struct Page {
    case: String,
    text: Vec<u8>,
    n_errors: u64,
    n_warnings: u64,
    /// Only when a workbook is written.
    findings: Vec<Finding>,
    /// Only when files are compared.
    trace: Option<Trace>,
}

/// What the audit came to.
#[derive(Default)]
struct Sum {
    n_errors: u64,
    n_warnings: u64,
    n_cases_with_findings: u64,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let books = match &arguments.rulebooks {
        None => Rulebooks::embedded(),
        Some(folder) => match rulebooks::load(folder) {
            Ok(books) => books,
            Err(error) => return fail(&error),
        },
    };
    match audit(arguments, &books) {
        Ok((_, tally)) if tally.n_unreadable > 0 => ExitCode::from(2),
        Ok((sum, _)) => ExitCode::from(u8::from(sum.n_errors > 0)),
        // Whoever reads the answer has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
        Err(error) => fail(&error),
    }
}

fn audit(arguments: &Arguments, books: &Rulebooks) -> io::Result<(Sum, Tally)> {
    let stop = AtomicBool::new(false);
    let audit = Audit {
        books,
        today: arguments.as_of.unwrap_or_else(|| System.now().today),
        n_workers: std::thread::available_parallelism().map_or(1, Into::into),
        stop: &stop,
    };
    let workbook = arguments.xlsx.as_deref().map(Workbook::create).transpose()?;
    let progress = progress(&arguments.files);
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    let mut sum = Sum::default();
    let mut across = Across::default();
    let render = |file: &CaseFile, found: &[Found<'_>]| Page {
        trace: arguments.across.then(|| Trace::of(file, audit.today)),
        ..page(arguments, file, found)
    };
    let tally = audit_files(&audit, &arguments.files, render, |met| {
        match met {
            Met::Case(page) => {
                sum.add(&page);
                out.write_all(&page.text)?;
                workbook.iter().for_each(|workbook| workbook.put(&page.case, &page.findings));
                page.trace.into_iter().for_each(|trace| across.add(trace));
            }
            Met::Unreadable(unreadable) => progress.suspend(|| eprintln!("{unreadable}")),
            Met::Progress(bytes) => progress.inc(bytes),
        }
        Ok(())
    })?;
    progress.finish_and_clear();
    for found in across.findings(books) {
        let CrossFinding { case, finding } = &found;
        let mut text = Vec::new();
        if arguments.json {
            write_finding_json(&mut text, case, finding);
        } else {
            write_finding_report(&mut text, case, finding);
        }
        out.write_all(&text)?;
        workbook.iter().for_each(|workbook| workbook.put(case, std::slice::from_ref(finding)));
        sum.n_warnings += 1;
    }
    if !arguments.json {
        sum.write(&tally, &mut out)?;
    }
    out.flush()?;
    workbook.map_or(Ok(()), Workbook::finish)?;
    Ok((sum, tally))
}

fn page(arguments: &Arguments, file: &CaseFile, found: &[Found<'_>]) -> Page {
    let mut text = Vec::new();
    if arguments.json {
        write_json(&mut text, &file.case, found);
    } else {
        write_report(&mut text, &file.case, found);
    }
    let is_for_workbook = arguments.xlsx.is_some() && !found.is_empty();
    let n_errors = found.iter().filter(|finding| finding.severity() == Severity::Error).count() as u64;
    Page {
        case: if is_for_workbook { file.case.clone() } else { String::new() },
        text,
        n_errors,
        n_warnings: found.len() as u64 - n_errors,
        findings: if is_for_workbook {
            found.iter().cloned().map(Found::into_finding).collect()
        } else {
            Vec::new()
        },
        trace: None,
    }
}

impl Sum {
    fn add(&mut self, page: &Page) {
        self.n_errors += page.n_errors;
        self.n_warnings += page.n_warnings;
        self.n_cases_with_findings += u64::from(page.n_errors + page.n_warnings > 0);
    }

    fn write(&self, tally: &Tally, out: &mut impl Write) -> io::Result<()> {
        let Tally { n_cases, n_unreadable } = tally;
        let Sum { n_errors, n_warnings, n_cases_with_findings } = self;
        writeln!(
            out,
            "审查{n_cases}份，{n_cases_with_findings}份有问题：错误{n_errors}项，警告{n_warnings}项；\
             无法读取{n_unreadable}处。"
        )?;
        writeln!(
            out,
            "{n_cases} cases read, {n_cases_with_findings} with findings: {n_errors} errors, {n_warnings} \
             warnings; {n_unreadable} records could not be read."
        )?;
        writeln!(out, "程序只核对材料，由人作出判断。The program checks papers; people decide.")
    }
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(files: &[PathBuf]) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(size_bytes(files));
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(2)
}
