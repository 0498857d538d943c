//! `miaopu dossier`: one person's part of the record, with proofs, for a reader elsewhere. Exit status
//! of verifying: 0 accepted, 1 refused, 4 cannot tell.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use app::Store;
use app::clock::{Clock as _, System};
use app::dossier::{Disclose, DossierError, DossierRequest, check_dossier};
use clap::{Args, Subcommand};
use domain::ids::PersonId;

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
    /// Hand out all events of one person, with proofs, as one zip file; it is recorded.
    Export(Export),
    /// Check a dossier, without a site and without a network.
    Verify(Verify),
}

#[derive(Args)]
struct Export {
    /// The person, by number.
    person: i64,
    #[command(flatten)]
    site: Site,
    /// The file to write; one that is there already is left alone.
    #[arg(long)]
    out: PathBuf,
    /// What it is for.
    #[arg(long)]
    purpose: String,
    /// Who receives it.
    #[arg(long)]
    recipient: String,
    /// The fields to show: `ordinary` (no particulars, no papers), `all`, or names with commas between.
    #[arg(long, default_value = "ordinary")]
    fields: String,
}

#[derive(Args)]
struct Verify {
    /// The dossier.
    file: PathBuf,
    /// The log's public key, obtained from elsewhere; `miaopu ledger key` prints it at the site.
    #[arg(long)]
    key: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match &arguments.command {
        Command::Export(wish) => export(wish).unwrap_or_else(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        }),
        Command::Verify(wish) => verify(wish),
    }
}

fn export(wish: &Export) -> Result<ExitCode, DossierError> {
    let disclose = match wish.fields.as_str() {
        "ordinary" => Disclose::Ordinary,
        "all" => Disclose::Everything,
        names => Disclose::Named(names.split(',').map(|name| name.trim().to_owned()).collect()),
    };
    let request = DossierRequest {
        person: PersonId(wish.person),
        purpose: wish.purpose.clone(),
        recipient: wish.recipient.clone(),
        disclose,
    };
    // The file comes first: a dossier that cannot be written down must not be recorded as handed out.
    let mut file = match crate::ledger::new_file(&wish.out) {
        Ok(file) => file,
        Err(text) => {
            eprintln!("{text}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let made = Store::open(&wish.site.location(), &wish.site.keys())
        .map_err(DossierError::from)
        .and_then(|store| Ok((store.export_dossier(PROGRAM, System.now(), &request)?, store.head()?.key)));
    let (bytes, key) = made.inspect_err(|_| crate::ledger::remove(&wish.out))?;
    if let Err(error) = std::io::Write::write_all(&mut file, &bytes).and_then(|()| file.sync_all()) {
        eprintln!("{}: {error}", wish.out.display());
        return Ok(ExitCode::FAILURE);
    }
    println!("卷宗已写入 {}。请让收件人从别处取得账本公钥：\n{key}", wish.out.display());
    println!("The dossier is in {}. Let its reader have the key above from elsewhere.", wish.out.display());
    Ok(ExitCode::SUCCESS)
}

fn verify(wish: &Verify) -> ExitCode {
    match read(&wish.file, wish.key.as_deref()) {
        Ok((is_accepted, text)) => {
            println!("{text}");
            if is_accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(CANNOT_TELL)
        }
    }
}

fn read(path: &Path, key: Option<&str>) -> Result<(bool, String), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let found = check_dossier(&bytes, key).map_err(|text| format!("{} / {}", text.zh, text.en))?;
    Ok((found.is_accepted, format!("{}\n{}", found.text.zh, found.text.en)))
}
