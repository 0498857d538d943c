//! The stored checkpoints and the heads known from elsewhere, each met when the replay reaches its size.

use std::iter::Peekable;

use super::fault::{Fault, Log, Signed};
use super::nodes::Peaks;
use super::prepare::in_parallel;
use super::{CheckpointRow, Expectations, RowError};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::hash::Hash;
use crate::note::{KeyKind, Note};

/// Signatures are verified in portions of this many, shared out among the processors.
const PORTION: usize = 512;

pub(super) struct Heads<'a, I: Iterator> {
    expect: &'a Expectations<'a>,
    rows: Peekable<I>,
    broken: bool,
    /// Heads known from elsewhere, the largest first.
    known: Vec<Checkpoint>,
    /// Notes whose signatures are still to be verified.
    unverified: Vec<CheckpointRow>,
    /// The size of the last row taken: a second one of the same size belongs nowhere.
    taken: Option<u64>,
    /// The last checkpoint whose root was that of the replay.
    last_good: u64,
    /// The largest checkpoint met, good or bad.
    covered: u64,
    /// A run of checkpoints with other roots, reported as one: the first, and how many follow.
    wrong: Option<(u64, u64)>,
    signed: Signed,
}

impl<'a, I: Iterator<Item = Result<CheckpointRow, RowError>>> Heads<'a, I> {
    pub(super) fn new(expect: &'a Expectations<'a>, rows: I) -> Self {
        let mut known = expect.known_heads.to_vec();
        known.sort_by_key(|head| std::cmp::Reverse(head.size));
        Self {
            expect,
            rows: rows.peekable(),
            broken: false,
            known,
            unverified: Vec::new(),
            taken: None,
            last_good: 0,
            covered: 0,
            wrong: None,
            signed: Signed::default(),
        }
    }

    /// The root of the next stored checkpoint of this size. Rows with smaller keys belong nowhere.
    pub(super) fn next_at(&mut self, size: u64, log: &mut Log) -> Option<Hash> {
        while !self.broken {
            let due = |row: &Result<CheckpointRow, RowError>| {
                row.as_ref().map_or(true, |row| u64::try_from(row.size).map_or(true, |key| key <= size))
            };
            match self.rows.next_if(due)? {
                Err(RowError(why)) => {
                    self.broken = true;
                    log.add(None, Fault::Unreadable { table: "checkpoints", why });
                }
                Ok(row) if u64::try_from(row.size) != Ok(size) || self.taken == Some(size) => {
                    log.add(None, Fault::StrayCheckpoint { size: row.size });
                }
                Ok(row) => {
                    self.taken = Some(size);
                    if let Some(root) = self.read(size, row, log) {
                        return Some(root);
                    }
                }
            }
        }
        None
    }

    /// Takes the verdict on the checkpoint that [`next_at`](Self::next_at) gave.
    pub(super) fn judged(&mut self, size: u64, holds: bool, log: &mut Log) {
        self.covered = self.covered.max(size);
        if holds {
            self.report_wrong(log);
            self.last_good = size;
        } else {
            self.wrong = Some(self.wrong.map_or((size, 0), |(first, further)| (first, further + 1)));
        }
    }

    /// Holds the heads known from elsewhere against the replay, when it has just reached their size.
    pub(super) fn pass_known(&mut self, size: u64, events: &Peaks, nodes: &Peaks, log: &mut Log) {
        while let Some(head) = self.known.pop_if(|head| head.size <= size) {
            let root = Some(head.root);
            let holds = head.origin == self.expect.origin && (events.root() == root || nodes.root() == root);
            if !holds {
                log.add(None, Fault::OtherHistory { size: head.size });
            }
        }
    }

    /// Reports what is left over and says how far signatures and witnesses reach.
    pub(super) fn finish(mut self, size: u64, log: &mut Log) -> Signed {
        self.report_wrong(log);
        while let Some(Ok(row)) = self.rows.next_if(|row| !self.broken && row.is_ok()) {
            log.add(None, Fault::CheckpointBeyond { size: row.size, events: size });
        }
        if let Some(Err(RowError(why))) = self.rows.next() {
            log.add(None, Fault::Unreadable { table: "checkpoints", why });
        }
        for head in self.known.iter().rev() {
            log.add(None, Fault::HeadBeyond { size: head.size, events: size });
        }
        self.verify_signatures(log);
        if self.covered < size {
            log.add(Some(self.covered), Fault::Unsigned { from: self.covered, to: size - 1 });
        }
        if self.signed.by_quorum < size && self.expect.quorum > 0 {
            log.add(None, Fault::Unwitnessed { from: self.signed.by_quorum, to: size - 1 });
        }
        self.signed
    }

    /// Reads the text of a checkpoint and leaves its signatures for later.
    fn read(&mut self, size: u64, row: CheckpointRow, log: &mut Log) -> Option<Hash> {
        let read = Note::parse(&row.note).ok().and_then(|note| Checkpoint::parse(&note.text).ok());
        match read {
            Some(head) if head.size == size && head.origin == self.expect.origin => {
                self.unverified.push(row);
                if self.unverified.len() >= PORTION {
                    self.verify_signatures(log);
                }
                Some(head.root)
            }
            Some(_) | None => {
                let why = "it is not a checkpoint of this log at this size".to_owned();
                log.add(None, Fault::BadCheckpoint { size, why });
                None
            }
        }
    }

    fn verify_signatures(&mut self, log: &mut Log) {
        let rows = std::mem::take(&mut self.unverified);
        if !self.expect.keys.iter().any(|key| key.kind() == KeyKind::Log) {
            return;
        }
        let opened = in_parallel(&rows, |row| SignedCheckpoint::open(&row.note, self.expect.keys));
        for (row, opened) in rows.iter().zip(opened) {
            match opened {
                Err(why) => {
                    let size = row.size.cast_unsigned();
                    log.add(None, Fault::BadCheckpoint { size, why: why.to_string() });
                }
                Ok(signed) => {
                    let size = signed.checkpoint.size;
                    self.signed.by_log = self.signed.by_log.max(size);
                    self.signed.any = true;
                    if signed.cosignatures.len() >= self.expect.quorum {
                        self.signed.by_quorum = self.signed.by_quorum.max(size);
                    }
                }
            }
        }
    }

    fn report_wrong(&mut self, log: &mut Log) {
        if let Some((size, further)) = self.wrong.take() {
            log.add(None, Fault::OtherRoot { size, after: self.last_good, further });
        }
    }
}
