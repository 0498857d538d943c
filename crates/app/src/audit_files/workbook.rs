//! Findings into a workbook, row by row while the audit runs. The writer pulls and the audit
//! pushes, so a short queue and a thread stand between them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use documents::findings::{layout, row};
use documents::table::{Heads, Item, write_xlsx};
use domain::finding::Finding;

/// Rows that may wait for the writer.
const N_WAITING: usize = 1024;

/// A workbook of findings being written.
#[derive(Debug)]
pub struct Workbook {
    rows: SyncSender<Vec<Item>>,
    writer: JoinHandle<io::Result<()>>,
}

impl Workbook {
    /// Begins a workbook.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let (rows, waiting) = sync_channel(N_WAITING);
        let writer = std::thread::spawn(move || {
            write_xlsx(&layout(Heads::Both), waiting, &mut file).map_err(io::Error::other)?;
            file.flush()
        });
        Ok(Workbook { rows, writer })
    }

    /// Adds the findings of a case.
    ///
    /// Why a writer has given up is said by [`Workbook::finish`].
    pub fn put(&self, case: &str, findings: &[Finding]) {
        for finding in findings {
            self.rows.send(row(case, finding, Heads::Both)).unwrap_or_default();
        }
    }

    /// Ends the workbook.
    ///
    /// # Errors
    /// A row or the file could not be written.
    pub fn finish(self) -> io::Result<()> {
        drop(self.rows);
        self.writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer of the workbook failed")))
    }
}
