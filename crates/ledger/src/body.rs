//! The body: the content of an event, committed field by field, sealed as a whole.
//!
//! The envelope holds a [`Commitment`]: the RFC 6962 root over salted digests of the fields, so that a copy of
//! the record can show some fields and hide others, and the hash of the stored bytes, so that an auditor
//! without keys can check them. Committing to the salted content and not to the ciphertext alone matters:
//! the cipher does not bind its key, and one ciphertext could otherwise be opened to two contents.
//!
//! Each field's salt is derived from one random seed with HKDF. That hides as well as a salt drawn for each
//! field: without the seed, which is never disclosed, derived salts cannot be told from random ones.

use hkdf::Hkdf;
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::canonical::{CanonicalError, is_snake_case, push_value};
use crate::envelope::EventId;
use crate::hash::Hash;
use crate::key::{Random, SecretKey};
use crate::tree::root_of_leaves;

/// How far a field may be shown, from public to the most sensitive. The body keeps it; digests do not cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Class {
    /// Public.
    S1,
    /// For the units concerned.
    S2,
    /// Personal.
    S3,
    /// Most sensitive.
    S4,
}

/// One named value of a body.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// ASCII snake_case, unique in its body.
    pub name: String,
    /// How far it may be shown.
    pub class: Class,
    /// Any value with a canonical form.
    pub value: Value,
}

/// The content of an event: fields in order, and the seed of their salts.
pub struct Body {
    seed: Zeroizing<[u8; 32]>,
    fields: Vec<Field>,
}

/// What an envelope says of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The RFC 6962 root over the digests of the fields, in order.
    pub root: Hash,
    /// The number of fields.
    pub n: u32,
    /// SHA-256 of the stored bytes.
    pub blob: Hash,
    /// Which key sealed it; absent for a body stored in the open.
    pub key_ref: Option<String>,
}

/// A body ready to be stored, with its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBody {
    /// The bytes to store.
    pub bytes: Vec<u8>,
    /// What goes into the envelope.
    pub commitment: Commitment,
}

/// The event a sealed body belongs to; the seal opens for no other.
#[derive(Debug, Clone, Copy)]
pub struct Belonging<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// The event.
    pub event_id: EventId,
    /// Its kind.
    pub kind: &'a str,
}

/// A field as a copy of the record shows it: in full with its salt, or as a digest only.
#[derive(Debug, Clone, PartialEq)]
pub enum Disclosure {
    /// The field can be read and checked.
    Shown {
        /// The field's name.
        name: String,
        /// The field's value.
        value: Value,
        /// The salt of its digest.
        salt: [u8; 32],
    },
    /// The field exists, and nothing more is told.
    Hidden {
        /// Its digest.
        digest: Hash,
    },
}

/// A body that cannot be made, opened or accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// A field name that is not ASCII snake_case.
    #[error("the field name “{0}” is not ASCII snake_case")]
    Name(String),
    /// Two fields of the same name.
    #[error("two fields are named “{0}”")]
    Duplicate(String),
    /// A value without canonical form.
    #[error("field “{0}”: {1}")]
    Value(String, #[source] CanonicalError),
    /// The stored bytes are not those that were committed to.
    #[error("the stored body is not the one its envelope commits to")]
    WrongBlob,
    /// The fields are not those that were committed to.
    #[error("the fields of the body are not those its envelope commits to")]
    WrongRoot,
    /// The seal does not open: another key, another event, or changed bytes.
    #[error("the body does not open with this key")]
    Sealed,
    /// The body is sealed and no key was given, or the other way round.
    #[error("a key is needed exactly when the body is sealed")]
    KeyNeeded,
    /// Not a body, or not in canonical form.
    #[error("the content is not a body in canonical form")]
    Malformed,
}

/// The first byte of a sealed body; a body in the open begins with a brace.
const SEALED_V1: u8 = 1;
const NONCE_BYTES: usize = 24;

impl Body {
    /// Gathers fields; draws one seed of 32 random bytes.
    ///
    /// # Errors
    /// When a name is not snake_case or occurs twice.
    pub fn new(fields: Vec<Field>, random: Random<'_>) -> Result<Self, BodyError> {
        let mut seed = Zeroizing::new([0u8; 32]);
        random(seed.as_mut());
        Self::with_seed(seed, fields)
    }

    /// The fields, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The fields, in order, for whoever needs nothing else of the body.
    #[must_use]
    pub fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// Seals the body for one event under a key that `key_ref` names. Draws a nonce of 24 random bytes.
    ///
    /// # Errors
    /// When a value has no canonical form.
    pub fn seal(
        &self,
        belonging: Belonging<'_>,
        key: &SecretKey,
        key_ref: &str,
        random: Random<'_>,
    ) -> Result<StoredBody, BodyError> {
        let written = self.write()?;
        let bytes = key.seal(&written.bytes, &associated_data(belonging, key_ref), random);
        let blob = Hash::of(&bytes);
        let commitment =
            Commitment { root: written.root, n: written.n, blob, key_ref: Some(key_ref.to_owned()) };
        Ok(StoredBody { bytes, commitment })
    }

    /// Writes the body in the open, for events that are about nobody.
    ///
    /// # Errors
    /// When a value has no canonical form.
    pub fn plain(&self) -> Result<StoredBody, BodyError> {
        let Written { bytes, root, n } = self.write()?;
        let blob = Hash::of(&bytes);
        let bytes = bytes.to_vec();
        Ok(StoredBody { bytes, commitment: Commitment { root, n, blob, key_ref: None } })
    }

    /// Opens stored bytes and checks them against the envelope's commitment.
    ///
    /// `key` is given exactly when the commitment names one.
    ///
    /// # Errors
    /// When bytes, key, event or fields are not those committed to.
    pub fn open(
        bytes: &[u8],
        commitment: &Commitment,
        belonging: Belonging<'_>,
        key: Option<&SecretKey>,
    ) -> Result<Self, BodyError> {
        if Hash::of(bytes) != commitment.blob {
            return Err(BodyError::WrongBlob);
        }
        let (body, written) = match (&commitment.key_ref, key) {
            (None, None) => Self::parse(bytes)?,
            (Some(key_ref), Some(key)) => Self::parse(&unseal(bytes, belonging, key, key_ref)?)?,
            (None, Some(_)) | (Some(_), None) => return Err(BodyError::KeyNeeded),
        };
        // The bytes were found to be what is written of these fields, so their root is at hand.
        if (written.n, written.root) != (commitment.n, commitment.root) {
            return Err(BodyError::WrongRoot);
        }
        Ok(body)
    }

    /// The digests of the fields, in order.
    ///
    /// # Errors
    /// When a value has no canonical form.
    pub fn digests(&self) -> Result<Vec<Hash>, BodyError> {
        let salts = Salts::new(&self.seed);
        let digest = |(at, field): (usize, &Field)| {
            field_digest(&salts.salt(at, &field.name), &field.name, &field.value)
        };
        self.fields.iter().enumerate().map(digest).collect()
    }

    /// Shows the fields that `show` picks and hides the others.
    ///
    /// # Errors
    /// When a value has no canonical form.
    pub fn disclose(&self, show: impl Fn(&Field) -> bool) -> Result<Vec<Disclosure>, BodyError> {
        let salts = Salts::new(&self.seed);
        let disclose = |(at, field): (usize, &Field)| {
            let salt = salts.salt(at, &field.name);
            if show(field) {
                return Ok(Disclosure::Shown { name: field.name.clone(), value: field.value.clone(), salt });
            }
            field_digest(&salt, &field.name, &field.value).map(|digest| Disclosure::Hidden { digest })
        };
        self.fields.iter().enumerate().map(disclose).collect()
    }

    fn with_seed(seed: Zeroizing<[u8; 32]>, fields: Vec<Field>) -> Result<Self, BodyError> {
        for (at, field) in fields.iter().enumerate() {
            if !is_snake_case(&field.name) {
                return Err(BodyError::Name(field.name.clone()));
            }
            if fields[..at].iter().any(|earlier| earlier.name == field.name) {
                return Err(BodyError::Duplicate(field.name.clone()));
            }
        }
        Ok(Self { seed, fields })
    }

    /// Writes the canonical JSON and the root in one pass, so that each value is encoded once.
    fn write(&self) -> Result<Written, BodyError> {
        let salts = Salts::new(&self.seed);
        let mut digests = Vec::with_capacity(self.fields.len());
        let mut out = Zeroizing::new(Vec::with_capacity(128 + self.fields.len() * 96));
        out.extend_from_slice(b"{\"fields\":[");
        for (at, field) in self.fields.iter().enumerate() {
            out.extend_from_slice(if at > 0 { b",{\"class\":\"" } else { b"{\"class\":\"" });
            out.extend_from_slice(field.class.name().as_bytes());
            out.extend_from_slice(b"\",\"name\":\"");
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b"\",\"value\":");
            let start = out.len();
            push_value(&field.value, &mut out).map_err(|e| BodyError::Value(field.name.clone(), e))?;
            digests.push(digest_of(&salts.salt(at, &field.name), &field.name, &out[start..]));
            out.push(b'}');
        }
        out.extend_from_slice(b"],\"seed\":");
        let seed = Hash::from_bytes(*self.seed);
        out.push(b'"');
        seed.push_base64(&mut out);
        out.extend_from_slice(b"\",\"v\":1}");
        let n = u32::try_from(digests.len()).map_err(|_| BodyError::Malformed)?;
        Ok(Written { bytes: out, root: root_of_digests(&digests), n })
    }

    fn parse(bytes: &[u8]) -> Result<(Self, Written), BodyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            fields: Vec<Field>,
            seed: Hash,
            v: u64,
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|_| BodyError::Malformed)?;
        let body = Self::with_seed(Zeroizing::new(*wire.seed.as_bytes()), wire.fields)?;
        // A value without canonical form, such as a float, was not written by us either.
        match body.write() {
            Ok(written) if wire.v == 1 && written.bytes.as_slice() == bytes => Ok((body, written)),
            Ok(_) | Err(_) => Err(BodyError::Malformed),
        }
    }
}

/// The names of the fields only: values must not find their way into a log by `{:?}`.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|field| &field.name)).finish()
    }
}

impl Class {
    /// The name under which the class is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S1 => "S1",
            Self::S2 => "S2",
            Self::S3 => "S3",
            Self::S4 => "S4",
        }
    }
}

impl Disclosure {
    /// The digest of the field, shown or hidden.
    ///
    /// # Errors
    /// When a shown value has no canonical form.
    pub fn digest(&self) -> Result<Hash, BodyError> {
        match self {
            Self::Shown { name, value, salt } => field_digest(salt, name, value),
            Self::Hidden { digest } => Ok(*digest),
        }
    }
}

/// The body root that a list of disclosed fields leads to.
///
/// # Errors
/// When a shown value has no canonical form.
pub fn root_of_disclosures(disclosures: &[Disclosure]) -> Result<Hash, BodyError> {
    let digests: Vec<Hash> = disclosures.iter().map(Disclosure::digest).collect::<Result<_, _>>()?;
    Ok(root_of_digests(&digests))
}

/// `SHA-256("miaopu/field/v1" || 0x00 || salt || len(name) || name || canonical(value))`.
///
/// The length is four bytes, the highest first.
///
/// # Errors
/// When the value has no canonical form.
pub fn field_digest(salt: &[u8; 32], name: &str, value: &Value) -> Result<Hash, BodyError> {
    let mut canonical = Zeroizing::new(Vec::with_capacity(64));
    push_value(value, &mut canonical).map_err(|e| BodyError::Value(name.to_owned(), e))?;
    Ok(digest_of(salt, name, &canonical))
}

struct Written {
    bytes: Zeroizing<Vec<u8>>,
    root: Hash,
    n: u32,
}

fn digest_of(salt: &[u8; 32], name: &str, canonical: &[u8]) -> Hash {
    let length = u32::try_from(name.len()).expect("invariant: a field name is short").to_be_bytes();
    Hash::of_parts(&[b"miaopu/field/v1\0", salt, &length, name.as_bytes(), canonical])
}

/// The digests are the entries of the tree, so each is hashed once more as a leaf.
fn root_of_digests(digests: &[Hash]) -> Hash {
    root_of_leaves(digests.iter().map(|digest| Hash::leaf(digest.as_bytes())))
}

/// HKDF-Expand over the seed, which is uniformly random and so needs no extraction.
struct Salts(Hkdf<Sha256>);

impl Salts {
    fn new(seed: &[u8; 32]) -> Self {
        Self(Hkdf::from_prk(seed).expect("invariant: a seed has the length of a SHA-256 value"))
    }

    /// `HKDF-Expand(seed, "miaopu/salt/v1" || 0x00 || place || name, 32)`, the place in four bytes.
    fn salt(&self, place: usize, name: &str) -> [u8; 32] {
        let place = u32::try_from(place).expect("invariant: a body has fewer than 2^32 fields").to_be_bytes();
        let mut salt = [0u8; 32];
        let context: [&[u8]; 3] = [b"miaopu/salt/v1\0", &place, name.as_bytes()];
        self.0.expand_multi_info(&context, &mut salt).expect("invariant: 32 bytes is one block of HKDF");
        salt
    }
}

/// `"miaopu/body/v1" || origin || event_id || kind || key_ref`, zero bytes between them.
///
/// The parts are printable ASCII, so none of them holds a zero byte.
fn associated_data(belonging: Belonging<'_>, key_ref: &str) -> Vec<u8> {
    let Belonging { origin, event_id, kind } = belonging;
    let mut aad = Vec::with_capacity(64 + origin.len() + kind.len() + key_ref.len());
    aad.extend_from_slice(b"miaopu/body/v1\0");
    aad.extend_from_slice(origin.as_bytes());
    aad.push(0);
    crate::canonical::push_hex(event_id.as_bytes(), &mut aad);
    for part in [kind, key_ref] {
        aad.push(0);
        aad.extend_from_slice(part.as_bytes());
    }
    aad
}

fn unseal(
    bytes: &[u8],
    belonging: Belonging<'_>,
    key: &SecretKey,
    key_ref: &str,
) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    if bytes.len() <= NONCE_BYTES || bytes[0] != SEALED_V1 {
        return Err(BodyError::Malformed);
    }
    key.open(bytes, &associated_data(belonging, key_ref)).ok_or(BodyError::Sealed)
}

#[cfg(test)]
mod tests;
