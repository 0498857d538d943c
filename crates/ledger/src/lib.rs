//! An append-only log whose changes cannot go unseen: tree, proofs, checkpoints, commitments, verification.
//!
//! *Tamper-evident* means: whoever holds one checkpoint can tell whether a log shown later is a continuation of
//! the one it was signed for, and whether an event shown to them is in it, unchanged. It does not mean that
//! nothing can be changed, nor that what was recorded is true. `docs/ledger.md` says exactly what is proved.
//!
//! The crate knows nothing of persons or procedures, has neither storage nor clock nor random numbers (all are
//! passed in), and depends on nothing else of ours, so that an outsider can build a verifier from it alone.
//!
//! Reading order: [`hash`], [`tree`], [`proof`] are the arithmetic of RFC 6962; [`envelope`] and [`body`] say
//! what a leaf is; [`note`] and [`checkpoint`] what the log signs; [`verify`] checks a whole log; [`index`] and
//! [`dossier`] hand out one person's part of it.
//!
//! ```
//! use ledger::body::{Belonging, Body, Class, Field};
//! use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
//! use ledger::envelope::{Actor, Envelope, EventId, Recorded};
//! use ledger::key::SecretKey;
//! use ledger::note::LogKey;
//! use ledger::proof::{check_inclusion, prove_inclusion};
//! use ledger::tree::{Frontier, append};
//! use ledger::Hash;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A generator fit for keys belongs here; this one counts, so that the example is the same every time.
//! let mut counter = 0u8;
//! let mut random = |bytes: &mut [u8]| bytes.fill_with(|| { counter = counter.wrapping_add(1); counter });
//!
//! // The content is sealed under the person's key; the leaf only commits to it.
//! let event_id = EventId::from_bytes([7; 16]);
//! let fields = vec![Field { name: "votes_for".into(), class: Class::S2, value: 17.into() }];
//! let body = Body::new(fields, &mut random)?;
//! let belonging = Belonging { origin: "log.example/county", event_id, kind: "ballot.recorded" };
//! let data_key = SecretKey::generate(&mut random);
//! let stored = body.seal(belonging, &data_key, "p1.1", &mut random)?;
//!
//! // The envelope is the leaf.
//! let actor = Actor { id: "u7".into(), role: "secretary".into(), org: "o1".into(), auth: "1:totp".into() };
//! let recorded = Recorded {
//!     org: "o1".into(), recorded_at: 1_760_000_000_000, actor, body: stored.commitment,
//!     rules: Hash::of(b"the rules in force"), app: "miaopu 0.1.0".into(),
//! };
//! let envelope = Envelope::new("log.example/county", 0, event_id, "ballot.recorded", recorded)
//!     .about("p1", 1, None);
//! let bytes = envelope.to_bytes()?;
//!
//! // Appending needs the frontier only, and names the nodes to store.
//! let grown = append(&Frontier::new(), &[Hash::leaf(&bytes)]);
//! let nodes: Vec<Hash> = grown.nodes.iter().map(|node| node.hash).collect();
//!
//! // The log signs its head.
//! let log_key = LogKey::from_seed("log.example/county", &[1; 32])?;
//! let head = Checkpoint::new("log.example/county", grown.frontier.size(), grown.frontier.root());
//! let note = head.sign(&log_key)?;
//!
//! // Whoever holds the log's public key can check that the event is in it.
//! let opened = SignedCheckpoint::open(note.as_bytes(), &[log_key.verifier().clone()])?.checkpoint;
//! let path = prove_inclusion(0, opened.size, &nodes)?;
//! check_inclusion(0, opened.size, Hash::leaf(&bytes), &path, opened.root)?;
//!
//! // Whoever also holds the data key can read it, and sees that it is what the leaf commits to.
//! let read = Body::open(&stored.bytes, &Envelope::parse(&bytes)?.body, belonging, Some(&data_key))?;
//! assert_eq!(read.get("votes_for"), Some(&17.into()));
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

pub mod attachment;
pub mod body;
pub mod canonical;
pub mod checkpoint;
pub mod dossier;
pub mod envelope;
pub mod hash;
pub mod index;
pub mod key;
pub mod note;
pub mod proof;
pub mod proof_file;
pub mod tree;
pub mod verify;

pub use hash::Hash;
