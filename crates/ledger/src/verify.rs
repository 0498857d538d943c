//! Verification of a whole log, in one pass over its rows, with memory that grows with the subjects only.
//!
//! The caller lends three streams, sorted by their keys: events, nodes and checkpoints. Every byte in them that
//! carries meaning is held against something else: envelopes against stored leaves, nodes against their
//! children, roots against signed checkpoints, bodies against envelopes, chains and indices against a replay.
//! Rows that belong to nothing are counted as well, for a changed key column would otherwise go unseen.
//! Nothing here panics on any content of the rows. What is *not* shown: that nobody who holds the log's own
//! key has rewritten everything; only heads known from elsewhere ([`Expectations::known_heads`]) show that.

mod chain;
mod fault;
mod heads;
mod nodes;
mod prepare;

use crate::checkpoint::Checkpoint;
use crate::envelope::Envelope;
use crate::hash::Hash;
use crate::key::SecretKey;
use crate::note::VerifierKey;

use chain::Chains;
pub use fault::{Counts, Fault, Finding, Report, Verdict};
use heads::Heads;
use nodes::{Nodes, Peaks};
use prepare::{BodyState, Content, Prepared};

/// What the reader holds from elsewhere, and how strict to be.
pub struct Expectations<'a> {
    /// The name of the log.
    pub origin: &'a str,
    /// Keys of the log and of witnesses. Without one of the log, no verdict is possible.
    pub keys: &'a [VerifierKey],
    /// How many known witnesses must have cosigned the latest checkpoint; 0 asks for none.
    pub quorum: usize,
    /// Heads seen elsewhere: by a witness, in an anchor file, on a printed notice.
    pub known_heads: &'a [Checkpoint],
    /// The kinds of event that authorise erasure, of their subject's earlier events or of what they cite.
    pub erasure_kinds: &'a [&'a str],
    /// Finds the key of a sealed body. Where there is none, the sealed bytes are checked, not the content.
    pub unseal: Option<Unseal<'a>>,
    /// The most findings that are kept in full; further ones are counted.
    pub max_findings: usize,
}

/// Finds the data key of a sealed body by its envelope.
pub type Unseal<'a> = &'a (dyn Fn(&Envelope) -> Option<SecretKey> + Sync);

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The key of the row.
    pub seq: i64,
    /// The envelope or what is left of it.
    pub envelope: EnvelopeSlot,
    /// The body or what is left of it.
    pub body: BodySlot,
}

/// An envelope as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvelopeSlot {
    /// The bytes that were hashed into the leaf.
    Bytes(Vec<u8>),
    /// Redacted: only the leaf hash was kept.
    Redacted(Hash),
}

/// A body as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodySlot {
    /// The bytes, sealed or in the open.
    Bytes(Vec<u8>),
    /// A tombstone: the key was destroyed and the bytes were overwritten.
    Shredded,
    /// Neither bytes nor tombstone.
    Missing,
}

/// A node of the tree as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeRow {
    /// The key of the row: the dense index.
    pub index: i64,
    /// The hash; `None` when the stored bytes are not 32.
    pub hash: Option<Hash>,
}

/// A checkpoint as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// The key of the row: the size of the tree.
    pub size: i64,
    /// The signed note.
    pub note: Vec<u8>,
}

/// A row that cannot be read; the stream ends with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RowError(pub String);

/// The three streams, each sorted by its key.
pub struct Rows<E, N, C> {
    /// By `seq`.
    pub events: E,
    /// By `index`.
    pub nodes: N,
    /// By `size`.
    pub checkpoints: C,
}

/// Events are prepared in portions of this many, shared out among the processors.
const PORTION: usize = 1024;

/// Verifies a log.
///
/// `strays` are rows of other tables that belong to no event, as the caller found them: table and key.
pub fn verify<E, N, C>(
    expect: &Expectations<'_>,
    rows: Rows<E, N, C>,
    strays: impl IntoIterator<Item = (String, String)>,
) -> Report
where
    E: Iterator<Item = Result<EventRow, RowError>>,
    N: Iterator<Item = Result<NodeRow, RowError>>,
    C: Iterator<Item = Result<CheckpointRow, RowError>>,
{
    let mut run = Run {
        expect,
        log: fault::Log::new(expect.max_findings),
        nodes: Nodes::new(rows.nodes),
        heads: Heads::new(expect, rows.checkpoints),
        from_events: Peaks::default(),
        from_nodes: Peaks::default(),
        suspects: Vec::new(),
        chains: Chains::default(),
        latest: 0,
    };
    run.pass_heads();
    let mut events = rows.events;
    let mut more = true;
    while more {
        let mut portion = Vec::with_capacity(PORTION);
        while more && portion.len() < PORTION {
            match events.next() {
                Some(Ok(row)) => portion.push(row),
                Some(Err(RowError(why))) => {
                    run.log.add(None, Fault::Unreadable { table: "events", why });
                    more = false;
                }
                None => more = false,
            }
        }
        for prepared in prepare::prepare(expect, &portion) {
            run.row(prepared);
        }
    }
    for (table, key) in strays {
        run.log.add(None, Fault::StrayRow { table, key });
    }
    run.finish()
}

/// The state of one pass.
struct Run<'a, N: Iterator, C: Iterator> {
    expect: &'a Expectations<'a>,
    log: fault::Log,
    nodes: Nodes<N>,
    heads: Heads<'a, C>,
    /// The tree as the envelopes have it.
    from_events: Peaks,
    /// The tree as the stored nodes have it.
    from_nodes: Peaks,
    /// Leaves where the two differ, until a checkpoint tells which side is damaged.
    suspects: Vec<u64>,
    chains: Chains,
    /// The latest `recorded_at`.
    latest: u64,
}

impl<N, C> Run<'_, N, C>
where
    N: Iterator<Item = Result<NodeRow, RowError>>,
    C: Iterator<Item = Result<CheckpointRow, RowError>>,
{
    fn size(&self) -> u64 {
        self.from_events.size()
    }

    /// Takes one row of the events: in its place, after a gap, or one that belongs nowhere.
    fn row(&mut self, prepared: Prepared) {
        let next = self.size();
        let Ok(seq) = u64::try_from(prepared.seq) else {
            return self.log.add(None, Fault::StrayEvent { seq: prepared.seq });
        };
        if seq < next || !self.cross_gap(seq) {
            return self.log.add(None, Fault::StrayEvent { seq: prepared.seq });
        }
        self.event(seq, prepared);
    }

    /// Goes on to the event `seq` when those before it are missing, as far as stored nodes vouch for them.
    fn cross_gap(&mut self, seq: u64) -> bool {
        let first = self.size();
        while self.size() < seq && self.nodes.reach(self.size()) {
            self.chains.damaged.insert(self.size());
            // The stored leaf stands in for the event, so that what follows can still be checked.
            let stored = self.from_nodes.take_stored(&mut self.nodes, &mut self.log);
            self.from_events.push(stored);
            self.pass_heads();
        }
        if first < self.size() {
            self.log.add(Some(first), Fault::MissingEvents { from: first, to: self.size() - 1 });
        }
        self.size() == seq
    }

    fn event(&mut self, seq: u64, prepared: Prepared) {
        let stored = self.from_nodes.take_stored(&mut self.nodes, &mut self.log);
        if stored.is_some_and(|stored| stored != prepared.leaf) {
            self.suspects.push(seq);
        }
        self.from_events.push(Some(prepared.leaf));
        match prepared.content {
            Content::Redacted => self.chains.redacted(seq, prepared.leaf),
            Content::Refused(why) => {
                self.chains.unreadable();
                self.damaged(seq, Fault::BadEnvelope { seq, why });
            }
            Content::Read(envelope) => self.envelope(seq, &envelope, prepared.leaf, &prepared.body),
        }
        match prepared.body {
            BodyState::Intact(_) => {}
            BodyState::Shredded => self.chains.shredded(seq),
            BodyState::Missing => self.damaged(seq, Fault::MissingBody { seq }),
            BodyState::Damaged(why) => self.damaged(seq, Fault::BadBody { seq, why }),
        }
        self.pass_heads();
    }

    /// Holds an envelope against its place, the time, its subject's chain and, if it states one, the index.
    fn envelope(&mut self, seq: u64, envelope: &Envelope, leaf: Hash, body: &BodyState) {
        if envelope.seq != seq || envelope.origin != self.expect.origin {
            let says = format!("{} {}", envelope.origin, envelope.seq);
            self.damaged(seq, Fault::Misplaced { seq, says });
        }
        if envelope.recorded_at < self.latest {
            self.damaged(seq, Fault::ClockWentBack { seq });
        }
        self.latest = self.latest.max(envelope.recorded_at);
        if envelope.kind == crate::index::KIND {
            let stated = match body {
                BodyState::Intact(statement) => *statement,
                BodyState::Shredded | BodyState::Missing | BodyState::Damaged(_) => None,
            };
            if !self.chains.index_holds(seq, stated) {
                self.damaged(seq, Fault::WrongIndex { seq });
            }
        }
        if let Err(why) = self.chains.follow(seq, envelope, leaf, self.expect) {
            self.damaged(seq, Fault::BrokenChain { seq, why });
        }
    }

    /// Takes the checkpoints of the present size and lets them judge what is in doubt.
    fn pass_heads(&mut self) {
        let Self { heads, from_events, from_nodes, suspects, log, chains, .. } = self;
        let size = from_events.size();
        heads.pass_known(size, from_events, from_nodes, log);
        while let Some(root) = heads.next_at(size, log) {
            let events_hold = from_events.root() == Some(root);
            let nodes_hold = !events_hold && from_nodes.root() == Some(root);
            judge(suspects, events_hold, log, chains);
            log.close_ranges(size);
            if nodes_hold {
                *from_events = from_nodes.clone();
            } else if events_hold {
                *from_nodes = from_events.clone();
            }
            heads.judged(size, events_hold || nodes_hold, log);
        }
    }

    fn damaged(&mut self, seq: u64, fault: Fault) {
        self.chains.damaged.insert(seq);
        self.log.add(Some(seq), fault);
    }

    fn finish(mut self) -> Report {
        let size = self.size();
        judge(&mut self.suspects, false, &mut self.log, &mut self.chains);
        self.nodes.finish(&mut self.log);
        let signed = self.heads.finish(size, &mut self.log);
        self.chains.finish(&mut self.log);
        let root = self.from_events.root();
        let counts = self.chains.counts(size);
        self.log.report(self.expect, size, root, counts, signed)
    }
}

/// Settles on which side of a leaf the damage is: if the envelopes lead to a signed root, it is the node.
fn judge(suspects: &mut Vec<u64>, events_hold: bool, log: &mut fault::Log, chains: &mut Chains) {
    for seq in suspects.drain(..) {
        if events_hold {
            log.add(Some(seq), Fault::DamagedNode { level: 0, index: seq });
        } else {
            chains.damaged.insert(seq);
            log.add(Some(seq), Fault::LeafMismatch { seq });
        }
    }
}
