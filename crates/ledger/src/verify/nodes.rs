//! The stored nodes, held against their children as they stream by.

use std::iter::Peekable;

use super::fault::{Fault, Log};
use super::{NodeRow, RowError};
use crate::hash::Hash;
use crate::tree::{NodePosition, fold_right, stored_count};

/// How many leaves in a row may lack both event and node before what follows is taken for a stray row.
const MAX_HOLE: u64 = 1 << 16;

/// The stream of stored nodes, read in step with the leaves.
pub(super) struct Nodes<I: Iterator> {
    rows: Peekable<I>,
    /// A row could not be read: nothing after it is asked for.
    broken: bool,
    /// A run of absent nodes, reported as one.
    absent: Option<(i64, i64)>,
}

impl<I: Iterator<Item = Result<NodeRow, RowError>>> Nodes<I> {
    pub(super) fn new(rows: I) -> Self {
        Self { rows: rows.peekable(), broken: false, absent: None }
    }

    /// Whether further nodes are stored within a reasonable distance of this leaf.
    ///
    /// A row of events whose key was changed to a huge number must not make us count up to it.
    pub(super) fn reach(&mut self, seq: u64) -> bool {
        let limit = NodePosition::leaf(seq + MAX_HOLE).stored_index();
        let near = |row: &Result<NodeRow, RowError>| row.as_ref().is_ok_and(|row| row.index <= limit);
        !self.broken && self.rows.peek().is_some_and(near)
    }

    /// Takes the node with this index; rows before it belong nowhere.
    fn take(&mut self, index: i64, log: &mut Log) -> Option<Hash> {
        while !self.broken {
            match self.rows.next_if(|row| row.as_ref().map_or(true, |row| row.index <= index)) {
                None => break,
                Some(Err(RowError(why))) => {
                    self.broken = true;
                    log.add(None, Fault::Unreadable { table: "nodes", why });
                }
                Some(Ok(row)) if row.index < index => {
                    log.add(None, Fault::StrayNode { index: row.index });
                }
                Some(Ok(row)) => {
                    self.report_absent(log);
                    if row.hash.is_none() {
                        let NodePosition { level, index } = position(row.index);
                        log.add(None, Fault::DamagedNode { level, index });
                    }
                    return row.hash;
                }
            }
        }
        self.absent = Some((self.absent.map_or(index, |(from, _)| from), index));
        None
    }

    /// Reports what is left over when all leaves have passed.
    pub(super) fn finish(&mut self, log: &mut Log) {
        self.report_absent(log);
        for row in self.rows.by_ref() {
            match row {
                _ if self.broken => break,
                Ok(row) => log.add(None, Fault::StrayNode { index: row.index }),
                Err(RowError(why)) => {
                    self.broken = true;
                    log.add(None, Fault::Unreadable { table: "nodes", why });
                }
            }
        }
    }

    fn report_absent(&mut self, log: &mut Log) {
        if let Some((from, to)) = self.absent.take() {
            log.add(None, Fault::MissingNodes { from, to });
        }
    }
}

fn position(stored: i64) -> NodePosition {
    NodePosition::from_stored_index(stored).expect("invariant: only indices of the tree are asked for")
}

/// The peaks of a tree some of whose hashes may be unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct Peaks {
    size: u64,
    // Invariant: one entry for each bit set in `size`.
    peaks: Vec<Option<Hash>>,
}

impl Peaks {
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The root, if every peak is known.
    pub(super) fn root(&self) -> Option<Hash> {
        let peaks: Vec<Hash> = self.peaks.iter().copied().collect::<Option<_>>()?;
        Some(fold_right(&peaks).unwrap_or(Hash::EMPTY_ROOT))
    }

    /// Appends a leaf and computes the nodes above it.
    pub(super) fn push(&mut self, leaf: Option<Hash>) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("invariant: one peak for each bit of the size");
            hash = left.zip(hash).map(|(left, right)| Hash::node(left, right));
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Appends the next leaf and the nodes above it as they are stored, holding each node against its two
    /// children. Gives the stored leaf. A damaged node is believed above itself, so that one is reported as one.
    pub(super) fn take_stored<I: Iterator<Item = Result<NodeRow, RowError>>>(
        &mut self,
        nodes: &mut Nodes<I>,
        log: &mut Log,
    ) -> Option<Hash> {
        let seq = self.size;
        let first = stored_count(seq).cast_signed();
        let leaf = nodes.take(first, log);
        let mut hash = leaf;
        for level in 1..=seq.trailing_ones() as u8 {
            let left = self.peaks.pop().expect("invariant: one peak for each bit of the size");
            let computed = left.zip(hash).map(|(left, right)| Hash::node(left, right));
            let stored = nodes.take(first + i64::from(level), log);
            if computed.is_some() && stored.is_some() && computed != stored {
                log.add(Some(seq), Fault::DamagedNode { level, index: seq >> level });
            }
            hash = stored.or(computed);
        }
        self.peaks.push(hash);
        self.size += 1;
        leaf
    }
}
