//! Papers from outside, sent in a request: put aside under a name of our own, judged, and forgotten.

use std::io::Write as _;
use std::sync::atomic::AtomicBool;

use app::audit_files::{Audit, Met, Tally, Unreadable, Workbook, audit_files};
use domain::audit::Found;
use domain::case_file::CaseFile;
use domain::finding::Finding;
use domain::rulebook::Rulebooks;
use jiff::civil::Date;

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Papers {
    /// Its name; the ending `.xlsx` makes it a workbook, any other one lines of JSON.
    pub(crate) name: String,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

impl Papers {
    /// Writes the file where the audit can read it; it is gone when the answer is dropped.
    fn put_aside(&self) -> std::io::Result<tempfile::NamedTempFile> {
        let is_workbook = self.name.to_ascii_lowercase().ends_with(".xlsx");
        let suffix = if is_workbook { ".xlsx" } else { ".jsonl" };
        let mut file = tempfile::Builder::new().prefix("miaopu-audit-").suffix(suffix).tempfile()?;
        file.write_all(&self.bytes)?;
        file.flush()?;
        Ok(file)
    }

    /// Judges every case, in the order of the file.
    ///
    /// # Errors
    /// The file cannot be put aside.
    pub(crate) fn judge(
        &self,
        today: Date,
        mut take: impl FnMut(String, Vec<Finding>),
        mut unreadable: impl FnMut(Unreadable),
    ) -> std::io::Result<Tally> {
        let file = self.put_aside()?;
        let books = Rulebooks::embedded();
        let stop = AtomicBool::new(false);
        let audit = Audit { books: &books, today, n_workers: 2, stop: &stop };
        let render = |file: &CaseFile, found: &[Found<'_>]| {
            (file.case.clone(), found.iter().cloned().map(Found::into_finding).collect::<Vec<_>>())
        };
        audit_files(&audit, &[file.path().to_owned()], render, |met| {
            match met {
                Met::Case((case, findings)) => take(case, findings),
                Met::Unreadable(place) => unreadable(place),
                Met::Progress(_) => {}
            }
            Ok(())
        })
    }

    /// The findings as a workbook.
    ///
    /// # Errors
    /// The file cannot be put aside, or the workbook not written.
    pub(crate) fn workbook(&self, today: Date) -> std::io::Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("findings.xlsx");
        let workbook = Workbook::create(&path)?;
        self.judge(today, |case, findings| workbook.put(&case, &findings), |_| {})?;
        workbook.finish()?;
        std::fs::read(&path)
    }
}
