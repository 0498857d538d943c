//! `miaopu certificate`: a certificate of training checked without a site and without a network. Exit
//! status: 0 it holds, 1 it was altered or is not signed by the key, 4 it cannot be read.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use app::schooling::check_certificate;
use clap::{Args, Subcommand};

use crate::ledger::CANNOT_TELL;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the text of the picture code on a certificate with the published key.
    Check(Check),
}

#[derive(Args)]
struct Check {
    /// The file with the text, as the telephone read it; `-` reads it from standard input.
    text: PathBuf,
    /// The published key; `miaopu ledger key` prints it at the site, and the page of certificates shows it.
    #[arg(long)]
    key: String,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let Command::Check(wish) = &arguments.command;
    let mut text = String::new();
    let read = if wish.text.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(&wish.text).and_then(|mut file| file.read_to_string(&mut text))
    };
    if let Err(error) = read {
        eprintln!("{}: {error}", wish.text.display());
        return ExitCode::from(CANNOT_TELL);
    }
    // Telephones and editors leave out or add the last line break, and some write two characters for one.
    let text = format!("{}\n", text.replace("\r\n", "\n").trim_end_matches('\n'));
    match check_certificate(&text, &wish.key) {
        Ok(checked) => {
            let claim = checked.claim;
            println!("有效 / valid: {}", claim.number);
            println!("{}，{}，{}", claim.name, claim.organiser, claim.title);
            println!("考试 / examined on {}，发证 / issued on {}", claim.exam_on, claim.issued_on);
            println!("签名 / signed by {}", checked.signed_by);
            println!(
                "是否作废须按编号在网站查验。 Whether it was found void since, the site says by its number."
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
