//! `miaopu ledger`: is the record whole, and what may an outsider have of it? Exit status: 0 intact,
//! 1 damaged, 2 rolled back, 3 a range that no witness has seen, 4 cannot tell.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use app::clock::{Clock as _, System};
use app::record::{Which, check_proof};
use app::{Actor, Store, StoreError};
use clap::{Args, Subcommand};
use domain::ids::UnitId;
use indicatif::ProgressBar;

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
    Verify(Verify),
    /// Drop every view and make it again from the record.
    Rebuild(Site),
    /// Print the public key by which others verify this log.
    Key(Site),
    /// Print the latest signed head: to post, to print, to keep elsewhere.
    Checkpoint(Checkpoint),
    /// Write the proof that one entry is in the log.
    Prove(Prove),
    /// Check such a proof, without a site and without a network.
    CheckProof(CheckProof),
    /// Write every entry and signed head, without what the entries say.
    Export(Export),
}

#[derive(Args)]
struct Verify {
    #[command(flatten)]
    site: Site,
    /// A signed head that was kept elsewhere; the log must continue it. May be given several times.
    #[arg(long)]
    head: Vec<PathBuf>,
}

#[derive(Args)]
struct Checkpoint {
    #[command(flatten)]
    site: Site,
    /// State the index of subjects first, unless that was done today.
    #[arg(long)]
    index: bool,
}

#[derive(Args)]
struct Prove {
    /// The entry: its place in the log, or its id of 32 hexadecimal digits.
    entry: String,
    #[command(flatten)]
    site: Site,
    /// The proof file to write (C2SP tlog-proof); the entry itself goes beside it, ending in `.json`.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
struct CheckProof {
    /// The proof file.
    file: PathBuf,
    /// The entry; without it, the proof file's name and `.json`.
    #[arg(long)]
    entry: Option<PathBuf>,
    /// The log's public key, obtained from elsewhere.
    #[arg(long)]
    key: String,
}

#[derive(Args)]
struct Export {
    #[command(flatten)]
    site: Site,
    /// The file to write; one that is there already is left alone.
    #[arg(long)]
    out: PathBuf,
}

pub(crate) const CANNOT_TELL: u8 = 4;

/// Who acts on the console: the program, for the site.
pub(crate) const PROGRAM: Actor = Actor { account: None, role: None, unit: UnitId(1) };

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Verify(wish) => verify(wish),
        Command::Rebuild(site) => rebuild(site),
        Command::Key(site) => open(site).and_then(|store| Ok(print(&format!("{}\n", store.head()?.key)))),
        Command::Checkpoint(wish) => checkpoint(wish),
        Command::Prove(wish) => prove(wish),
        Command::CheckProof(wish) => Ok(check(wish)),
        Command::Export(wish) => export(wish),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(CANNOT_TELL)
    })
}

fn open(site: &Site) -> Result<Store, StoreError> {
    Store::open(&site.location(), &site.keys())
}

fn print(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
}

fn verify(wish: &Verify) -> Result<ExitCode, StoreError> {
    let read = |path: &PathBuf| {
        std::fs::read(path).map_err(|error| StoreError::Unfit(format!("{}: {error}", path.display())))
    };
    let heads = wish.head.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let report = open(&wish.site)?.verify_against(&wish.site.keys(), &heads)?;
    let text = report.text();
    println!("{}", text.zh);
    println!("{}", text.en);
    Ok(ExitCode::from(report.exit_code()))
}

fn rebuild(site: &Site) -> Result<ExitCode, StoreError> {
    open(site)?.rebuild(&site.keys())?;
    println!("视图已由账本重建。");
    println!("The views were made again from the record.");
    Ok(ExitCode::SUCCESS)
}

fn checkpoint(wish: &Checkpoint) -> Result<ExitCode, StoreError> {
    let store = open(&wish.site)?;
    if wish.index {
        let said = match store.root_index(System.now())? {
            Some(receipt) => format!("索引已写入第 {0} 条 / the index is entry {0}", receipt.first_seq),
            None => "今日索引已有，或其后并无新条目 / the index of today is there, or nothing came since"
                .to_owned(),
        };
        // The head alone goes to standard output, so that it can be kept as it is.
        eprintln!("{said}");
    }
    Ok(print(&store.head()?.note))
}

fn prove(wish: &Prove) -> Result<ExitCode, StoreError> {
    let Ok(which) = wish.entry.parse::<Which>() else {
        eprintln!("须为序号或 32 位事件号 / give a place in the log, or an id of 32 hexadecimal digits");
        return Ok(ExitCode::from(CANNOT_TELL));
    };
    let proof = open(&wish.site)?.prove(which)?;
    for (path, bytes) in
        [(beside(&wish.out), proof.envelope.as_slice()), (wish.out.clone(), proof.file.as_bytes())]
    {
        let written = new_file(&path).and_then(|mut file| {
            file.write_all(bytes).map_err(|error| format!("{}: {error}", path.display()))
        });
        if let Err(text) = written {
            eprintln!("{text}");
            return Ok(ExitCode::from(CANNOT_TELL));
        }
    }
    println!("证明已写入 {}，条目在 {}", wish.out.display(), beside(&wish.out).display());
    println!("The proof is in {}, the entry in {}", wish.out.display(), beside(&wish.out).display());
    Ok(ExitCode::SUCCESS)
}

fn beside(proof: &Path) -> PathBuf {
    let mut name = proof.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

fn check(wish: &CheckProof) -> ExitCode {
    let entry = wish.entry.clone().unwrap_or_else(|| beside(&wish.file));
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    match read(&wish.file).and_then(|file| Ok((file, read(&entry)?))) {
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(CANNOT_TELL)
        }
        Ok((file, entry)) => match check_proof(&file, &entry, &wish.key) {
            Ok(text) => print(&format!("{}\n{}\n", text.zh, text.en)),
            Err(fault) => {
                println!("{fault}");
                ExitCode::FAILURE
            }
        },
    }
}

fn export(wish: &Export) -> Result<ExitCode, StoreError> {
    let store = open(&wish.site)?;
    let file = match new_file(&wish.out) {
        Ok(file) => file,
        Err(text) => {
            eprintln!("{text}");
            return Ok(ExitCode::from(CANNOT_TELL));
        }
    };
    let bar = ProgressBar::new(0);
    let mut out = BufWriter::new(file);
    let exported = store
        .export_record(&mut out, &|n_done, n| {
            bar.set_length(n);
            bar.set_position(n_done);
        })
        .inspect_err(|_| remove(&wish.out))?;
    bar.finish_and_clear();
    println!("已导出 {} 条及 {} 个签名检查点，不含内容。", exported.n_entries, exported.n_heads);
    println!(
        "{} entries and {} signed heads are written, without what the entries say.",
        exported.n_entries, exported.n_heads
    );
    Ok(ExitCode::SUCCESS)
}

/// A file that was not there before.
pub(crate) fn new_file(path: &Path) -> Result<File, String> {
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    made.map_err(|error| format!("{}: {error}", path.display()))
}

/// Takes back a file that was begun in vain.
pub(crate) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        eprintln!("{}: {error}", path.display());
    }
}
