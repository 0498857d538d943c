//! The dossier: all events of one person, with proofs, for a reader who has neither database nor network.
//!
//! It is a set of named files; a caller packs them (as a zip without compression, say). Fields may be hidden,
//! events may not: each names its number and its predecessor, and the index of subjects states how many there
//! are. The files are listed in a manifest that the log's key signs, so that no byte of any of them can change.
//!
//! What the reader must bring along is the log's key, and better a witness's: whoever holds the log's key alone
//! can issue a false dossier of a false log, but not one that agrees with what a witness has seen.

mod check;
mod fault;
mod format;

use std::collections::BTreeMap;

pub use check::{DossierReport, Trust, check};
pub use fault::DossierFault;

use crate::body::Disclosure;
use crate::hash::Hash;
use crate::index::{Entry, EntryProof};
use crate::note::{LogKey, NoteError};
use crate::proof_file::ProofFile;

/// The files of a dossier by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The verifier in Python, standard library only, that every dossier carries.
pub const PYTHON_VERIFIER: &str = include_str!("../../../tools/verify_dossier.py");

/// The page that tells a reader, in Chinese and English, what to do.
pub const READ_ME_FIRST: &str = include_str!("dossier/read_me_first.txt");

/// What a dossier is made of.
#[derive(Debug, Clone)]
pub struct DossierParts {
    /// The name of the log.
    pub origin: String,
    /// The subject's id.
    pub subject: String,
    /// What the dossier is for.
    pub purpose: String,
    /// For whom it is.
    pub recipient: String,
    /// When it is made, in milliseconds since 1970 UTC.
    pub made_at: u64,
    /// Every event of the subject that the index covers, in order.
    pub events: Vec<EventPart>,
    /// The latest index that covers them.
    pub index: IndexPart,
    /// The signed checkpoint that all paths lead to.
    pub checkpoint: String,
    /// Further files, such as a page for printing; names begin with `attachments/`. Signed for, not proved.
    pub attachments: Files,
}

/// One event.
#[derive(Debug, Clone)]
pub struct EventPart {
    /// The exact bytes of the envelope.
    pub envelope: Vec<u8>,
    /// The fields, shown or hidden.
    pub content: Content,
    /// The inclusion path to the checkpoint.
    pub path: Vec<Hash>,
}

/// What is left to disclose of an event's body.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Its fields.
    Fields(Vec<Disclosure>),
    /// Nothing: the body was erased, and with it the digests of the fields.
    Erased,
}

/// The index event and the subject's entry in it.
#[derive(Debug, Clone)]
pub struct IndexPart {
    /// The exact bytes of the envelope.
    pub envelope: Vec<u8>,
    /// The fields, all shown.
    pub fields: Vec<Disclosure>,
    /// The inclusion path to the checkpoint.
    pub path: Vec<Hash>,
    /// The subject's entry.
    pub entry: Entry,
    /// Its place and path in the index.
    pub proof: EntryProof,
}

/// A dossier that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Something has no canonical form, or a name is not allowed.
    #[error("“{0}” cannot be written into a dossier")]
    Part(String),
    /// The manifest cannot be signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Every reader would refuse the outcome.
    #[error("the dossier would be refused: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<DossierFault>),
}

/// Makes a dossier, and issues none that a reader would refuse.
///
/// # Errors
/// When a part cannot be written, or the parts do not prove what a dossier claims.
pub fn build(parts: &DossierParts, key: &LogKey) -> Result<Files, BuildError> {
    let mut files = Files::new();
    for (at, event) in parts.events.iter().enumerate() {
        let n = at as u64 + 1;
        files.insert(format::event_name(n), event.envelope.clone());
        files.insert(format::fields_name(n), format::fields(&event.content)?);
        files.insert(format::proof_name(n), proof(&event.envelope, &event.path, parts)?);
    }
    let index = &parts.index;
    files.insert(format::INDEX_EVENT.into(), index.envelope.clone());
    files.insert(format::INDEX_FIELDS.into(), format::fields(&Content::Fields(index.fields.clone()))?);
    files.insert(format::INDEX_PROOF.into(), proof(&index.envelope, &index.path, parts)?);
    files.insert(format::INDEX_ENTRY.into(), format::entry(&index.entry, &index.proof)?);
    files.insert(format::CHECKPOINT.into(), parts.checkpoint.clone().into_bytes());
    files.insert(format::LOG_KEY.into(), format!("{}\n", key.verifier()).into_bytes());
    files.insert(format::READ_ME.into(), READ_ME_FIRST.into());
    files.insert(format::VERIFIER.into(), PYTHON_VERIFIER.into());
    for (name, bytes) in &parts.attachments {
        if !format::is_attachment(name) {
            return Err(BuildError::Part(name.clone()));
        }
        files.insert(name.clone(), bytes.clone());
    }
    sign_files(parts, key, &mut files)?;
    let report = check(&files, &Trust { log_key: Some(key.verifier()), witnesses: &[], quorum: 0 });
    if report.faults.is_empty() { Ok(files) } else { Err(BuildError::Refused(report.faults)) }
}

fn proof(envelope: &[u8], path: &[Hash], parts: &DossierParts) -> Result<Vec<u8>, BuildError> {
    let parsed = crate::envelope::Envelope::parse(envelope).map_err(|e| BuildError::Part(e.to_string()))?;
    let file = ProofFile { index: parsed.seq, path: path.to_vec(), checkpoint: parts.checkpoint.clone() };
    Ok(file.to_text().into_bytes())
}

/// Adds the manifest of all files so far, and its signature.
fn sign_files(parts: &DossierParts, key: &LogKey, files: &mut Files) -> Result<(), BuildError> {
    let manifest = format::Manifest {
        origin: parts.origin.clone(),
        subject: parts.subject.clone(),
        purpose: crate::canonical::nfc(&parts.purpose),
        recipient: crate::canonical::nfc(&parts.recipient),
        made_at: parts.made_at,
        events: parts.events.len() as u64,
        files: files.iter().map(|(name, bytes)| (name.clone(), Hash::of(bytes))).collect(),
    };
    let bytes = manifest.to_bytes()?;
    let note = key.sign(&format::manifest_text(&bytes))?;
    files.insert(format::MANIFEST.into(), bytes);
    files.insert(format::MANIFEST_NOTE.into(), note.into_bytes());
    Ok(())
}
