//! One entry, proved to somebody who trusts nothing but the log's key: the entry's own bytes and the
//! path from it to a signed head. What the entry says stays sealed.

use std::cell::RefCell;

use domain::dates::Moment;
use domain::ids::EventId;
use domain::text::Text;
use ledger::Hash;
use ledger::envelope::Envelope;
use ledger::note::VerifierKey;
use ledger::proof::prove_inclusion;
use ledger::proof_file::ProofFile;
use ledger::tree::{NodePosition, ReadError, ReadHashes};

use crate::store::{Connection, Receipt, SITE, Store, StoreError, hash};

/// Which entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// By its place in the log, from 0.
    Seq(u64),
    /// By its identity.
    Event(EventId),
}

/// An entry and the proof that it is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The exact bytes of the entry.
    pub envelope: Vec<u8>,
    /// The proof file (C2SP tlog-proof), which ends in the signed head.
    pub file: String,
}

/// A proof that shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// The key is not one.
    #[error("不是账本公钥 / this is not the key of a log")]
    Key,
    /// The entry's bytes are not an entry.
    #[error("条目格式不符 / this is not an entry: {0}")]
    Entry(String),
    /// The path does not lead from the entry to a head signed with the key.
    #[error("证明不成立 / the proof does not hold: {0}")]
    Proof(String),
}

impl std::str::FromStr for Which {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.parse() {
            Ok(seq) => Ok(Which::Seq(seq)),
            Err(_) => text.parse().map(Which::Event).map_err(|_| ()),
        }
    }
}

impl Store {
    /// Proves that an entry is in the log, up to the latest head.
    ///
    /// # Errors
    /// There is no such entry, or the record cannot be read.
    pub fn prove(&self, which: Which) -> Result<Proof, StoreError> {
        let head = self.head()?;
        self.read(|connection| {
            let rows = match which {
                Which::Seq(seq) => {
                    let seq = i64::try_from(seq).map_err(|_| StoreError::Missing)?;
                    connection.query("SELECT seq, envelope FROM event WHERE seq = $1", &[seq.into()])?
                }
                Which::Event(id) => connection
                    .query("SELECT seq, envelope FROM event WHERE event_id = $1", &[id.to_string().into()])?,
            };
            let row = rows.first().ok_or(StoreError::Missing)?;
            let index = row.int(0)?.cast_unsigned();
            let path = Nodes::new(connection).path(index, head.size)?;
            let file = ProofFile { index, path, checkpoint: head.note };
            Ok(Proof { envelope: row.bytes(1)?.to_vec(), file: file.to_text() })
        })
    }

    /// States the index of subjects for today, at most once in a civil day and only if something was
    /// recorded since the last one. With it, a dossier can prove that it is complete.
    ///
    /// # Errors
    /// The clock is behind the last entry, or the database fails.
    pub fn root_index(&self, now: Moment) -> Result<Option<Receipt>, StoreError> {
        self.write(move |tx| tx.daily_index(now))
    }
}

/// Checks a proof with nothing but a key, and says what it shows.
///
/// # Errors
/// What is wrong with it.
pub fn check(file: &[u8], envelope: &[u8], key: &str) -> Result<Text, ProofFault> {
    let key: VerifierKey = key.trim().parse().map_err(|_| ProofFault::Key)?;
    let entry = Envelope::parse(envelope).map_err(|error| ProofFault::Entry(error.to_string()))?;
    let failed = |error: &dyn std::fmt::Display| ProofFault::Proof(error.to_string());
    let proof = ProofFile::parse(file).map_err(|error| failed(&error))?;
    let head = proof.check(Hash::leaf(envelope), &[key]).map_err(|error| failed(&error))?.checkpoint;
    if proof.index != entry.seq || head.origin != entry.origin {
        return Err(failed(&"the entry names another place"));
    }
    Ok(Text::new(
        format!(
            "成立：{} 第 {} 条（{}）在账本内，账本共 {} 条",
            head.origin, entry.seq, entry.kind, head.size
        ),
        format!(
            "holds: entry {} of {} ({}) is in the log of {} entries",
            entry.seq, head.origin, entry.kind, head.size
        ),
    ))
}

/// The stored tree, read node by node.
pub(crate) struct Nodes<'c>(RefCell<&'c mut Connection>);

impl<'c> Nodes<'c> {
    pub(crate) fn new(connection: &'c mut Connection) -> Self {
        Nodes(RefCell::new(connection))
    }

    /// The path from an entry to the root of a tree of so many.
    pub(crate) fn path(&self, index: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        prove_inclusion(index, size, self)
            .map_err(|error| StoreError::Damaged(format!("the path of event {index}: {error}")))
    }
}

impl ReadHashes for Nodes<'_> {
    fn read(&self, positions: &[NodePosition]) -> Result<Vec<Hash>, ReadError> {
        let read = |at: &NodePosition| {
            let key = [SITE.0.into(), at.stored_index().into()];
            let rows =
                self.0.borrow_mut().query("SELECT hash FROM node WHERE root_id = $1 AND idx = $2", &key);
            let store = |error: StoreError| ReadError::Store(Box::new(error));
            let rows = rows.map_err(store)?;
            let row = rows.first().ok_or(ReadError::Missing(*at))?;
            row.bytes(0).and_then(hash).map_err(store)
        };
        positions.iter().map(read).collect()
    }
}
