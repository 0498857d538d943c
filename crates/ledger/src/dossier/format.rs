//! The files of a dossier: their names, and the JSON in them, written and read in canonical form only.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{BuildError, Content};
use crate::body::Disclosure;
use crate::canonical::{from_canonical, to_canonical};
use crate::hash::Hash;
use crate::index::{Entry, EntryProof};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const MANIFEST_NOTE: &str = "manifest.note";
pub(super) const CHECKPOINT: &str = "checkpoint.txt";
pub(super) const LOG_KEY: &str = "log-key.txt";
pub(super) const READ_ME: &str = "READ-ME-FIRST.txt";
pub(super) const VERIFIER: &str = "verify.py";
pub(super) const INDEX_EVENT: &str = "index/event.json";
pub(super) const INDEX_FIELDS: &str = "index/fields.json";
pub(super) const INDEX_PROOF: &str = "index/event.tlog-proof";
pub(super) const INDEX_ENTRY: &str = "index/entry.json";

/// The files that are there once, besides the manifest and its signature.
pub(super) const SINGLE: [&str; 8] =
    [CHECKPOINT, LOG_KEY, READ_ME, VERIFIER, INDEX_EVENT, INDEX_FIELDS, INDEX_PROOF, INDEX_ENTRY];

pub(super) fn event_name(n: u64) -> String {
    format!("events/{n:04}.json")
}

pub(super) fn fields_name(n: u64) -> String {
    format!("fields/{n:04}.json")
}

pub(super) fn proof_name(n: u64) -> String {
    format!("proofs/{n:04}.tlog-proof")
}

/// Whether a name is that of an attachment, and of no file outside the dossier.
pub(super) fn is_attachment(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    name.strip_prefix("attachments/")
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('.') && rest.bytes().all(allowed))
}

/// The text whose signature covers the manifest and, through it, every file.
pub(super) fn manifest_text(manifest: &[u8]) -> String {
    format!("miaopu-dossier/v1\n{}\n", Hash::of(manifest))
}

/// What a dossier says of itself.
pub(super) struct Manifest {
    pub(super) origin: String,
    pub(super) subject: String,
    pub(super) purpose: String,
    pub(super) recipient: String,
    pub(super) made_at: u64,
    pub(super) events: u64,
    pub(super) files: BTreeMap<String, Hash>,
}

impl Manifest {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, BuildError> {
        let file = |(name, hash): (&String, &Hash)| json!({"name": name, "sha256": hash.to_hex()});
        write(&json!({
            "events": self.events,
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
            "made_at": self.made_at,
            "origin": self.origin,
            "purpose": self.purpose,
            "recipient": self.recipient,
            "subj": self.subject,
            "v": 1,
        }))
    }

    /// Accepts only what [`to_bytes`](Self::to_bytes) writes.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let value = from_canonical(bytes)?;
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        let file = |file: &Value| {
            let name = file.get("name")?.as_str()?.to_owned();
            Some((name, hash_of_hex(file.get("sha256")?.as_str()?)?))
        };
        let manifest = Self {
            origin: text("origin")?,
            subject: text("subj")?,
            purpose: text("purpose")?,
            recipient: text("recipient")?,
            made_at: value.get("made_at")?.as_u64()?,
            events: value.get("events")?.as_u64()?,
            files: value.get("files")?.as_array()?.iter().map(file).collect::<Option<_>>()?,
        };
        (manifest.to_bytes().ok()? == bytes).then_some(manifest)
    }
}

pub(super) fn fields(content: &Content) -> Result<Vec<u8>, BuildError> {
    let field = |disclosure: &Disclosure| match disclosure {
        Disclosure::Hidden { digest } => json!({"digest": digest.to_base64()}),
        Disclosure::Shown { name, value, salt } => {
            json!({"name": name, "salt": STANDARD.encode(salt), "value": value})
        }
    };
    match content {
        Content::Erased => write(&json!({"erased": true, "v": 1})),
        Content::Fields(disclosures) => {
            write(&json!({"fields": disclosures.iter().map(field).collect::<Vec<_>>(), "v": 1}))
        }
    }
}

/// Accepts only what [`fields`] writes.
pub(super) fn read_fields(bytes: &[u8]) -> Option<Content> {
    let value = from_canonical(bytes)?;
    let content = match value.get("fields") {
        None => Content::Erased,
        Some(fields) => {
            let fields = fields.as_array()?.iter().map(|field| read_field(field.as_object()?));
            Content::Fields(fields.collect::<Option<_>>()?)
        }
    };
    (self::fields(&content).ok()? == bytes).then_some(content)
}

fn read_field(field: &Map<String, Value>) -> Option<Disclosure> {
    if let Some(digest) = field.get("digest") {
        return Some(Disclosure::Hidden { digest: digest.as_str()?.parse().ok()? });
    }
    let salt: Hash = field.get("salt")?.as_str()?.parse().ok()?;
    let name = field.get("name")?.as_str()?.to_owned();
    Some(Disclosure::Shown { name, value: field.get("value")?.clone(), salt: *salt.as_bytes() })
}

pub(super) fn entry(entry: &Entry, proof: &EntryProof) -> Result<Vec<u8>, BuildError> {
    write(&json!({
        "count": entry.count,
        "head": entry.head.to_base64(),
        "path": proof.path.iter().map(Hash::to_base64).collect::<Vec<_>>(),
        "position": proof.position,
        "v": 1,
    }))
}

/// Accepts only what [`entry`] writes. Whose entry it is, the file does not say: the reader knows.
pub(super) fn read_entry(bytes: &[u8], blind: Hash) -> Option<(Entry, EntryProof)> {
    let value = from_canonical(bytes)?;
    let hash = |value: &Value| value.as_str()?.parse().ok();
    let found = Entry { blind, count: value.get("count")?.as_u64()?, head: hash(value.get("head")?)? };
    let path = value.get("path")?.as_array()?.iter().map(hash).collect::<Option<_>>()?;
    let proof = EntryProof { position: value.get("position")?.as_u64()?, path };
    (entry(&found, &proof).ok()? == bytes).then_some((found, proof))
}

fn write(value: &Value) -> Result<Vec<u8>, BuildError> {
    to_canonical(value).map_err(|why| BuildError::Part(why.to_string()))
}

fn hash_of_hex(text: &str) -> Option<Hash> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(Hash::from_bytes(bytes))
}
