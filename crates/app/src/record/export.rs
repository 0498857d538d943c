//! The record as a stream of lines for somebody who keeps a copy or verifies it elsewhere: every entry
//! and every signed head, and nothing of what the entries say. The format is in `docs/ledger.md`.

use std::io::Write;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::head_of;
use crate::store::{Reader, Store, StoreError};

/// The first line names it.
pub const FORMAT: &str = "miaopu-record/v1";

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Number of entries.
    pub n_entries: u64,
    /// Number of signed heads.
    pub n_heads: u64,
}

const PAGE: i64 = 2_000;

impl Store {
    /// Writes every entry up to the latest head, and the heads in between; `progress` hears how many
    /// entries are done out of how many. Memory does not grow with the record.
    ///
    /// # Errors
    /// The record cannot be read, or the lines cannot be written.
    pub fn export_record(
        &self,
        out: &mut dyn Write,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Exported, StoreError> {
        self.read_open(|reader| {
            let head = head_of(reader)?;
            let mut lines = Lines { out, digest: Sha256::new() };
            let origin = head.note.lines().next().unwrap_or_default();
            let first = json!({"format": FORMAT, "key": head.key, "origin": origin, "size": head.size});
            lines.line(first.to_string().as_bytes())?;
            let mut exported = Exported { n_entries: 0, n_heads: 0 };
            while exported.n_entries < head.size {
                page(reader, head.size, &mut lines, &mut exported)?;
                progress(exported.n_entries, head.size);
            }
            lines.end(exported)?;
            Ok(exported)
        })
    }
}

/// Writes one page of entries, each head after the last entry that it covers.
fn page(
    reader: &mut Reader,
    size: u64,
    lines: &mut Lines<'_>,
    done: &mut Exported,
) -> Result<(), StoreError> {
    let from = done.n_entries.cast_signed();
    let to = size.cast_signed().min(from + PAGE);
    let entries = reader.connection.query(
        "SELECT seq, envelope FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        &[from.into(), to.into()],
    )?;
    let heads = reader.connection.query(
        "SELECT size, note FROM checkpoint WHERE size > $1 AND size <= $2 ORDER BY size",
        &[from.into(), to.into()],
    )?;
    let mut heads = heads.iter().peekable();
    for row in &entries {
        let seq = row.int(0)?;
        let envelope = row.bytes(1)?;
        if seq.cast_unsigned() != done.n_entries || envelope.contains(&b'\n') {
            return Err(StoreError::Damaged(format!("event {}: it is not in its place", done.n_entries)));
        }
        lines.line(envelope)?;
        done.n_entries += 1;
        while let Some(head) = heads.next_if(|head| head.int(0).is_ok_and(|size| size == seq + 1)) {
            lines.line(
                json!({"checkpoint": String::from_utf8_lossy(head.bytes(1)?)}).to_string().as_bytes(),
            )?;
            done.n_heads += 1;
        }
    }
    if entries.is_empty() {
        return Err(StoreError::Damaged(format!("event {}: it is missing", done.n_entries)));
    }
    Ok(())
}

/// Lines, with a digest over all of them so that a cut file is seen.
struct Lines<'o> {
    out: &'o mut dyn Write,
    digest: Sha256,
}

impl Lines<'_> {
    fn line(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        for part in [bytes, b"\n"] {
            self.digest.update(part);
            self.out.write_all(part).map_err(|error| StoreError::Unfit(error.to_string()))?;
        }
        Ok(())
    }

    fn end(mut self, exported: Exported) -> Result<(), StoreError> {
        let digest: String =
            self.digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let last = json!({"checkpoints": exported.n_heads, "events": exported.n_entries, "sha256": digest});
        self.line(last.to_string().as_bytes())?;
        self.out.flush().map_err(|error| StoreError::Unfit(error.to_string()))
    }
}
