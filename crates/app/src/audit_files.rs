//! The audit of papers from outside: files of any size against the rulebooks, on all cores, with
//! flat memory and the order of the input kept. No database, no account, no network. What becomes
//! of each case is the caller's business: it is rendered on the workers and handed over in order.

mod blocks;
mod work;
mod workbook;
mod written;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use domain::audit::Found;
use domain::case_file::CaseFile;
use domain::rulebook::Rulebooks;
use jiff::civil::Date;

pub use workbook::Workbook;
pub use written::{write_finding_json, write_finding_report, write_json, write_report};

/// What to audit, and how.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// The rules.
    pub books: &'a Rulebooks,
    /// The day of looking for cases that name none.
    pub today: Date,
    /// How many workers; at least one.
    pub n_workers: usize,
    /// Set from outside to end the audit early.
    pub stop: &'a AtomicBool,
}

/// What the audit meets, in the order of the input.
#[derive(Debug)]
pub enum Met<P> {
    /// A case, as it was rendered.
    Case(P),
    /// Something that could not be read.
    Unreadable(Unreadable),
    /// So many bytes of the input have been dealt with.
    Progress(u64),
}

/// Something that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, or the row of a workbook, from one; nothing for the file as a whole.
    pub line: Option<u64>,
    /// The place and what is wrong there.
    pub what: String,
}

/// How an audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Cases judged.
    pub n_cases: u64,
    /// Records, rows or files that could not be read.
    pub n_unreadable: u64,
}

/// `FILE:LINE: path: what is wrong`.
impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.line {
            Some(line) => write!(f, "{file}:{line}: {}", self.what),
            None => write!(f, "{file}: {}", self.what),
        }
    }
}

/// The most bytes a line may have, its end not counted.
pub const LINE_BYTES: usize = 1 << 20;

/// The sum of the sizes of files, for showing progress; what cannot be asked counts as nothing.
#[must_use]
pub fn size_bytes(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|metadata| metadata.len()).sum()
}

/// Audits files in their order; `-` is the standard input.
///
/// `render` runs on the workers, `take` on the calling thread and in the order of the input.
///
/// # Errors
/// What `take` answers, at once. Input that cannot be read is no error of the audit: it is met.
pub fn audit_files<P: Send>(
    audit: &Audit<'_>,
    files: &[PathBuf],
    render: impl Fn(&CaseFile, &[Found<'_>]) -> P + Sync,
    take: impl FnMut(Met<P>) -> io::Result<()>,
) -> io::Result<Tally> {
    work::run(audit, files, &render, take)
}

/// Whether the path stands for the standard input.
fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}
