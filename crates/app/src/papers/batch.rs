//! Many papers at once: each one printed and issued by itself, all of them packed into one archive with a
//! list of what is in it and what is not, and why.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::dates::Moment;
use domain::ids::{CaseId, UnitId};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Issued, PaperError, Press, Wanted};
use crate::store::{Actor, CommandId, Store, StoreError, cases, units};

/// Most papers of one batch.
const MOST: usize = 1_000;

/// How a batch tells how far it is, and is told to stop.
pub struct Watch<'a> {
    /// How many of how many are done.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Whether to stop before the next paper.
    pub cancel: &'a AtomicBool,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Batch {
    /// The archive.
    pub zip: Vec<u8>,
    /// Number of papers issued.
    pub n_issued: usize,
    /// Files without a paper, and why.
    pub skipped: Vec<(CaseId, Skipped)>,
    /// Whether it was stopped before the end.
    pub is_stopped: bool,
}

/// Why a file has no paper in a batch.
#[derive(Debug)]
pub enum Skipped {
    /// It was refused.
    Refused(PaperError),
    /// The batch was stopped before it.
    Stopped,
}

impl Store {
    /// Running files below a unit that have something to say for a kind of paper, at most as many as one
    /// batch takes.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read.
    pub fn files_ready_for(&self, top: UnitId, wanted: Wanted) -> Result<Vec<CaseId>, StoreError> {
        let rows = self.read(|connection| {
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            cases::below(connection, (top.pre, top.post), true)
        })?;
        let mut ready = Vec::new();
        for row in rows {
            if ready.len() == MOST {
                break;
            }
            if wanted.kind.is_ready(&self.case(row.id)?) {
                ready.push(row.id);
            }
        }
        Ok(ready)
    }

    /// Issues a paper of each file. What was issued before a stop stays issued and is in the archive;
    /// repeating the command goes on where it stopped and issues nothing twice.
    ///
    /// # Errors
    /// The archive cannot be written; what is wrong with one file only leaves that file out.
    pub fn issue_batch(
        &self,
        press: &Press,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (files, wanted): (&[CaseId], Wanted),
        watch: &Watch<'_>,
    ) -> Result<Batch, StoreError> {
        let (next, n_done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let one = |n: usize, case: CaseId| {
            if watch.cancel.load(Ordering::Relaxed) {
                return Err(Skipped::Stopped);
            }
            // Each paper is a command of its own, so that one that is refused holds up no other.
            let own = CommandId(command.event(n + 1).0);
            let issued = self.issue_paper(press, actor, now, own, (case, wanted));
            (watch.progress)(n_done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
            issued.map_err(Skipped::Refused)
        };
        // Threads of our own: the setter shares out its pages among rayon's, and one of those that waits
        // for a page would begin other papers meanwhile, all of them before anybody could stop it.
        let work = || {
            let taken = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
            let known = taken.map_while(|n| Some((n, *files.get(n)?)));
            known.map(|(n, case)| (n, case, one(n, case))).collect::<Vec<_>>()
        };
        let mut outcomes: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..rayon::current_num_threads()).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        outcomes.sort_unstable_by_key(|(n, ..)| *n);
        let outcomes: Vec<_> = outcomes.into_iter().map(|(_, case, outcome)| (case, outcome)).collect();
        let unwritten = |error: zip::result::ZipError| StoreError::Unfit(error.to_string());
        let zip = pack(&outcomes, wanted).map_err(unwritten)?;
        let n_issued = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
        let skipped: Vec<_> =
            outcomes.into_iter().filter_map(|(case, outcome)| Some((case, outcome.err()?))).collect();
        let is_stopped = skipped.iter().any(|(_, why)| matches!(why, Skipped::Stopped));
        Ok(Batch { zip, n_issued, skipped, is_stopped })
    }
}

impl Skipped {
    /// Why, in one line of both languages.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Skipped::Stopped => "未打印：已停止 / not printed: stopped".to_owned(),
            Skipped::Refused(error) => {
                error.text().map_or_else(|| error.to_string(), |text| format!("{} / {}", text.zh, text.en))
            }
        }
    }
}

/// Printed files are compressed already; without times the same papers are the same archive.
fn pack(
    outcomes: &[(CaseId, Result<Issued, Skipped>)],
    wanted: Wanted,
) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut list = String::new();
    for (case, outcome) in outcomes {
        let line = match outcome {
            Ok(issued) => {
                let name = format!("{}-{case}.pdf", wanted.kind.as_str());
                zip.start_file(name.as_str(), options)?;
                zip.write_all(&issued.printed.bytes)?;
                format!("{name}\t{}\t{}", issued.event, issued.sha256)
            }
            Err(why) => format!("{case}\t{}", why.line()),
        };
        writeln!(list, "{line}").expect("writing to a string cannot fail");
    }
    zip.start_file("list.tsv", options)?;
    zip.write_all(list.as_bytes())?;
    Ok(zip.finish()?.into_inner())
}
