//! Signed notes: text with signature lines, as C2SP signed-note has them. Ed25519 only.
//!
//! Two kinds of signature are known: the log's own (type `0x01`) and a witness's cosignature with its time
//! (type `0x04`, C2SP tlog-cosignature). A signature by an unknown key is ignored; one by a known key that
//! fails spoils the whole note. No key is ever trusted because a note names it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The longest note that is read.
pub const MAX_NOTE_BYTES: usize = 64 * 1024;
/// The most signatures that are read from a note.
pub const MAX_SIGNATURES: usize = 100;

/// A note or a key that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not text followed by an empty line and signature lines.
    #[error("not a signed note")]
    Malformed,
    /// A key name that is empty or contains a space or a plus sign.
    #[error("a key name must not be empty or contain spaces or plus signs")]
    KeyName,
    /// Not the text of a key of a kind known here.
    #[error("not a key: name+hash+base64 with an Ed25519 key was expected")]
    Key,
    /// A known key's signature does not verify.
    #[error("a signature by a known key does not verify")]
    BadSignature,
    /// None of the signatures is by a known key.
    #[error("no signature by a known key")]
    Unsigned,
}

/// What a signature by a key says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The log's own signature over the text.
    Log,
    /// A witness's cosignature over a time and the text.
    Witness,
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }
}

/// A public key with its name: what a reader must hold from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    id: [u8; 4],
    key: VerifyingKey,
}

impl VerifierKey {
    /// The name that stands in signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a log's or a witness's.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    fn new(name: &str, kind: KeyKind, key: VerifyingKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), kind, id: key_id(name, kind, &key), key })
    }

    /// Verifies what follows the key id in a signature line; gives the time of a cosignature.
    fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>, NoteError> {
        let check = |message: &[u8], signature: &[u8]| {
            let signature = Signature::from_slice(signature).map_err(|_| NoteError::BadSignature)?;
            self.key.verify_strict(message, &signature).map_err(|_| NoteError::BadSignature)
        };
        match self.kind {
            KeyKind::Log => check(text.as_bytes(), signature).map(|()| None),
            KeyKind::Witness => {
                let (time, signature) = signature.split_first_chunk::<8>().ok_or(NoteError::BadSignature)?;
                let time = u64::from_be_bytes(*time);
                if time > i64::MAX.cast_unsigned() {
                    return Err(NoteError::BadSignature);
                }
                check(cosigned(time, text).as_bytes(), signature).map(|()| Some(time))
            }
        }
    }
}

/// The verifier-key text: `name+hash+base64(type || key)`.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), STANDARD.encode(bytes))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let KeyParts { name, kind, id, bytes } = KeyParts::split(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key)?;
        let verifier = Self::new(name, kind, key)?;
        if verifier.id != id {
            return Err(NoteError::Key);
        }
        Ok(verifier)
    }
}

/// The log's signing key.
pub struct LogKey(NamedKey);

/// A witness's signing key.
pub struct WitnessKey(NamedKey);

struct NamedKey {
    key: SigningKey,
    verifier: VerifierKey,
}

impl LogKey {
    /// A key from 32 random bytes, under the name of the log.
    ///
    /// # Errors
    /// When the name is empty or contains a space or a plus sign.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        NamedKey::new(name, KeyKind::Log, seed).map(Self)
    }

    /// Reads the text that [`to_secret_text`](Self::to_secret_text) writes.
    ///
    /// # Errors
    /// When it is not such a text.
    pub fn from_secret_text(text: &str) -> Result<Self, NoteError> {
        NamedKey::from_secret_text(text, KeyKind::Log).map(Self)
    }

    /// The secret key as text: `PRIVATE+KEY+name+hash+base64(type || seed)`, as Go's note package reads it.
    #[must_use]
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        self.0.to_secret_text()
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.0.verifier
    }

    /// Signs a text that ends in a newline and gives the whole note.
    ///
    /// # Errors
    /// When the text cannot be the text of a note.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        check_text(text)?;
        let signature = self.0.key.sign(text.as_bytes());
        Ok(format!("{text}\n{}", signature_line(&self.0.verifier, &[&signature.to_bytes()])))
    }
}

impl WitnessKey {
    /// A key from 32 random bytes, under the name of the witness.
    ///
    /// # Errors
    /// When the name is empty or contains a space or a plus sign.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        NamedKey::new(name, KeyKind::Witness, seed).map(Self)
    }

    /// Reads the text that [`to_secret_text`](Self::to_secret_text) writes.
    ///
    /// # Errors
    /// When it is not such a text.
    pub fn from_secret_text(text: &str) -> Result<Self, NoteError> {
        NamedKey::from_secret_text(text, KeyKind::Witness).map(Self)
    }

    /// The secret key as text.
    #[must_use]
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        self.0.to_secret_text()
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.0.verifier
    }

    /// Adds a cosignature to a note, saying that it was seen at `seconds` since 1970 UTC.
    ///
    /// Whoever cosigns has first checked that the note continues what was cosigned before.
    ///
    /// # Errors
    /// When `note` is not a signed note.
    pub fn cosign(&self, note: &str, seconds: u64) -> Result<String, NoteError> {
        let parsed = Note::parse(note.as_bytes())?;
        if seconds > i64::MAX.cast_unsigned() {
            return Err(NoteError::Malformed);
        }
        let signature = self.0.key.sign(cosigned(seconds, &parsed.text).as_bytes());
        let parts: [&[u8]; 2] = [&seconds.to_be_bytes(), &signature.to_bytes()];
        Ok(format!("{note}{}", signature_line(&self.0.verifier, &parts)))
    }
}

impl NamedKey {
    fn new(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    fn from_secret_text(text: &str, kind: KeyKind) -> Result<Self, NoteError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(NoteError::Key)?;
        let parts = KeyParts::split(rest)?;
        let named = Self::new(parts.name, kind, &parts.bytes)?;
        if parts.kind != kind || named.verifier.id != parts.id {
            return Err(NoteError::Key);
        }
        Ok(named)
    }

    fn to_secret_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(vec![self.verifier.kind.byte()]);
        bytes.extend_from_slice(self.key.as_bytes());
        let id = u32::from_be_bytes(self.verifier.id);
        let encoded = Zeroizing::new(STANDARD.encode(&*bytes));
        Zeroizing::new(format!("PRIVATE+KEY+{}+{id:08x}+{}", self.verifier.name, *encoded))
    }
}

/// A signed note, split but not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text, with its final newline.
    pub text: String,
    signatures: Vec<SignatureLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SignatureLine {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

/// A signature that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The name of the key.
    pub name: String,
    /// Whether it is a log's or a witness's.
    pub kind: KeyKind,
    /// The time a witness put to it, in seconds since 1970 UTC.
    pub seconds: Option<u64>,
}

impl Note {
    /// Splits a note into text and signatures. Never panics, whatever the bytes.
    ///
    /// # Errors
    /// When the bytes are not a signed note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES || bytes.iter().any(|b| *b < 0x20 && *b != b'\n') {
            return Err(NoteError::Malformed);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let signatures = lines.split('\n').map(SignatureLine::parse).collect::<Result<Vec<_>, _>>()?;
        if text.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Verifies every signature by one of these keys and names those that signed.
    ///
    /// # Errors
    /// When a known key's signature fails, or no known key signed.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Verified>, NoteError> {
        let mut verified: Vec<Verified> = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|key| key.name == line.name && key.id == line.id) else {
                continue;
            };
            let seconds = key.verify(&self.text, &line.signature)?;
            if !verified.iter().any(|earlier| earlier.name == key.name && earlier.kind == key.kind) {
                verified.push(Verified { name: key.name.clone(), kind: key.kind, seconds });
            }
        }
        if verified.is_empty() {
            return Err(NoteError::Unsigned);
        }
        Ok(verified)
    }
}

impl SignatureLine {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, encoded) =
            line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Malformed)?;
        check_name(name).map_err(|_| NoteError::Malformed)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
        match bytes.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => {
                Ok(Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
            }
            Some(_) | None => Err(NoteError::Malformed),
        }
    }
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(bad) { Err(NoteError::KeyName) } else { Ok(()) }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    let sound = text.len() > 1
        && text.len() <= MAX_NOTE_BYTES / 2
        && text.ends_with('\n')
        && !text.bytes().any(|b| b < 0x20 && b != b'\n');
    if sound { Ok(()) } else { Err(NoteError::Malformed) }
}

/// The first four bytes of `SHA-256(name || 0x0A || type || key)`.
fn key_id(name: &str, kind: KeyKind, key: &VerifyingKey) -> [u8; 4] {
    let sha =
        Sha256::new().chain_update(name).chain_update([b'\n', kind.byte()]).chain_update(key.as_bytes());
    let digest: [u8; 32] = sha.finalize().into();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// The parts of `name+hash+base64(type || bytes)`, the form of public and secret keys alike.
struct KeyParts<'a> {
    name: &'a str,
    kind: KeyKind,
    id: [u8; 4],
    bytes: Zeroizing<[u8; 32]>,
}

impl<'a> KeyParts<'a> {
    fn split(text: &'a str) -> Result<Self, NoteError> {
        let (name, rest) = text.split_once('+').ok_or(NoteError::Key)?;
        let (id, encoded) = rest.split_once('+').ok_or(NoteError::Key)?;
        if id.len() != 8 || !id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(NoteError::Key);
        }
        let id = u32::from_str_radix(id, 16).map_err(|_| NoteError::Key)?.to_be_bytes();
        let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| NoteError::Key)?);
        let (kind, bytes) = decoded.split_first().ok_or(NoteError::Key)?;
        let kind = match kind {
            0x01 => KeyKind::Log,
            0x04 => KeyKind::Witness,
            _ => return Err(NoteError::Key),
        };
        let bytes = Zeroizing::new(bytes.try_into().map_err(|_| NoteError::Key)?);
        Ok(Self { name, kind, id, bytes })
    }
}

/// What a witness signs: C2SP tlog-cosignature, "Ed25519 signed message".
fn cosigned(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

fn signature_line(key: &VerifierKey, parts: &[&[u8]]) -> String {
    let bytes = [&key.id[..], &parts.concat()].concat();
    format!("— {} {}\n", key.name, STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests;
