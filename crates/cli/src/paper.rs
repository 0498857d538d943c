//! `miaopu paper`: papers out of the record, one or many, and holding a printed file against it. Exit status
//! of checking: 0 the record knows the file, 1 it does not, 4 cannot tell.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::clock::{Clock as _, System};
use app::papers::{Press, Wanted, Watch, digest};
use app::{CommandId, Store};
use clap::{Args, Subcommand, ValueEnum};
use domain::ids::CaseId;
use domain::paper::PaperKind;
use domain::text::Language;
use indicatif::ProgressBar;

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
    /// Issue one paper of an admission file as PDF; it is recorded.
    Issue(Issue),
    /// Issue a paper of every running file below a unit that is far enough, as one zip archive.
    Batch(Batch),
    /// Whether the record knows a printed file.
    Check(Check),
    /// The kinds of paper.
    Kinds,
}

/// Which paper.
#[derive(Args)]
struct Kind {
    /// The kind; `miaopu paper kinds` lists them.
    #[arg(long, value_parser = kind)]
    kind: PaperKind,
    /// The language.
    #[arg(long, value_enum, default_value = "zh")]
    language: Tongue,
    /// A folder with a font file that has Chinese characters; otherwise where systems keep fonts.
    #[arg(long, env = "MIAOPU_FONTS")]
    fonts: Option<PathBuf>,
    /// The file to write; one that is there already is left alone.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    Zh,
    En,
}

#[derive(Args)]
struct Issue {
    /// The admission file, by number.
    file: i64,
    #[command(flatten)]
    kind: Kind,
    #[command(flatten)]
    site: Site,
}

#[derive(Args)]
struct Batch {
    /// Code of the unit.
    #[arg(long)]
    unit: String,
    #[command(flatten)]
    kind: Kind,
    #[command(flatten)]
    site: Site,
}

#[derive(Args)]
struct Check {
    /// The printed file.
    file: PathBuf,
    #[command(flatten)]
    site: Site,
}

type Failure = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let done = match &arguments.command {
        Command::Issue(wish) => issue(wish),
        Command::Batch(wish) => batch(wish),
        Command::Check(wish) => {
            return check(wish).unwrap_or_else(|error| {
                eprintln!("{error}");
                ExitCode::from(CANNOT_TELL)
            });
        }
        Command::Kinds => {
            for kind in PaperKind::ALL {
                let name = kind.name();
                println!("{:<20} {} / {}", kind.as_str(), name.zh, name.en);
            }
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn kind(word: &str) -> Result<PaperKind, String> {
    PaperKind::parse(word).ok_or_else(|| {
        let known: Vec<_> = PaperKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("没有这种文书 / no such kind; known: {}", known.join(", "))
    })
}

impl Kind {
    fn wanted(&self) -> Wanted {
        let language = match self.language {
            Tongue::Zh => Language::Zh,
            Tongue::En => Language::En,
        };
        Wanted { kind: self.kind, language }
    }

    fn press(&self) -> Press {
        Press::new(self.fonts.clone())
    }
}

fn open(site: &Site) -> Result<Store, app::StoreError> {
    Store::open(&site.location(), &site.keys())
}

/// Writes what was made; the file comes first, because what cannot be written down must not be recorded as
/// issued.
fn written(out: &Path, make: impl FnOnce() -> Result<Vec<u8>, Failure>) -> Result<(), Failure> {
    let mut file = crate::ledger::new_file(out)?;
    let bytes = make().inspect_err(|_| crate::ledger::remove(out))?;
    std::io::Write::write_all(&mut file, &bytes).and_then(|()| file.sync_all())?;
    Ok(())
}

fn issue(wish: &Issue) -> Result<(), Failure> {
    written(&wish.kind.out, || {
        let (store, press) = (open(&wish.site)?, wish.kind.press());
        let what = (CaseId(wish.file), wish.kind.wanted());
        let issued = store.issue_paper(&press, PROGRAM, System.now(), CommandId::random(), what);
        let issued = issued.map_err(told)?;
        println!("{}\n账本凭证 / entry {}\nSHA-256 {}", wish.kind.out.display(), issued.event, issued.sha256);
        Ok(issued.printed.bytes)
    })
}

/// What was refused, in both languages where whoever asked can mend it.
fn told(error: app::papers::PaperError) -> Failure {
    match error.text() {
        Some(text) => format!("{}\n{}", text.zh, text.en).into(),
        None => error.into(),
    }
}

fn batch(wish: &Batch) -> Result<(), Failure> {
    written(&wish.kind.out, || {
        let (store, press) = (open(&wish.site)?, wish.kind.press());
        let unit = store.unit_with_code(&wish.unit)?;
        let unit =
            unit.ok_or_else(|| format!("没有代码为 {0} 的组织 / no unit with the code {0}", wish.unit))?;
        let files = store.files_ready_for(unit, wish.kind.wanted())?;
        let bar = ProgressBar::new(files.len() as u64);
        let cancel = Arc::new(AtomicBool::new(false));
        stop_when_interrupted(Arc::clone(&cancel));
        let progress = |n_done: usize, _| bar.set_position(n_done as u64);
        let watch = Watch { progress: &progress, cancel: &cancel };
        let what = (files.as_slice(), wish.kind.wanted());
        let made = store.issue_batch(&press, PROGRAM, System.now(), CommandId::random(), what, &watch)?;
        bar.finish_and_clear();
        println!(
            "已出具 {} 份，共 {} 份 / {} of {} issued",
            made.n_issued,
            files.len(),
            made.n_issued,
            files.len()
        );
        for (case, why) in &made.skipped {
            eprintln!("{case}: {}", why.line());
        }
        Ok(made.zip)
    })
}

/// The first Ctrl+C stops the batch before its next paper, so that what was issued is written down.
fn stop_when_interrupted(cancel: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build()
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            cancel.store(true, Ordering::Relaxed);
        }
    });
}

fn check(wish: &Check) -> Result<ExitCode, Failure> {
    let bytes = std::fs::read(&wish.file).map_err(|error| format!("{}: {error}", wish.file.display()))?;
    let sha256 = digest(&bytes);
    let Some((row, seq)) = open(&wish.site)?.check_paper(&sha256)? else {
        println!("账本中没有这份文件 / the record does not know this file\nSHA-256 {sha256}");
        return Ok(ExitCode::FAILURE);
    };
    let name = row.kind.name();
    println!("确系出具，一字未改：{}，{}\n账本第 {seq} 条，凭证 {}", name.zh, row.issued_on, row.event);
    println!("Issued, and not changed: {}, {}; entry {seq}, {}", name.en, row.issued_on, row.event);
    Ok(ExitCode::SUCCESS)
}
