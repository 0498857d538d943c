//! The 32-byte hash of everything in the log: SHA-256 with the prefixes of RFC 6962, section 2.1.
//!
//! A leaf is hashed behind a `0x00` byte and an inner node behind `0x01`, so that no leaf can pass for a node.
//! Text forms are standard base64 (in notes, proofs and envelopes) and lower-case hexadecimal (for people).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A SHA-256 value: the hash of a leaf, of a node, of a stored body or of a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// A text or byte string that is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: 32 bytes in standard base64 were expected")]
pub struct HashError;

impl Hash {
    /// The root of the tree without leaves: SHA-256 of the empty string.
    pub const EMPTY_ROOT: Hash = Hash([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// The hash of a leaf: `SHA-256(0x00 || bytes)`.
    #[must_use]
    pub fn leaf(bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0u8]).chain_update(bytes).finalize().into())
    }

    /// The hash of an inner node: `SHA-256(0x01 || left || right)`.
    #[must_use]
    pub fn node(left: Hash, right: Hash) -> Self {
        let mut bytes = [1u8; 65];
        bytes[1..33].copy_from_slice(&left.0);
        bytes[33..].copy_from_slice(&right.0);
        Self(Sha256::digest(bytes).into())
    }

    /// The plain SHA-256 of some bytes, without a prefix: of a stored body, of a file.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256 over several pieces after each other, without a prefix.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut sha = Sha256::new();
        for part in parts {
            sha.update(part);
        }
        Self(sha.finalize().into())
    }

    /// Wraps 32 bytes that are already a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The standard base64 form, 44 characters.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The lower-case hexadecimal form, 64 characters.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Writes the base64 form to the end of `out` without allocating a string.
    pub(crate) fn push_base64(&self, out: &mut Vec<u8>) {
        let mut text = [0u8; 44];
        let written = STANDARD.encode_slice(self.0, &mut text).expect("32 bytes are 44 characters of base64");
        out.extend_from_slice(&text[..written]);
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    /// Reads the base64 form; padding and unused bits must be as the standard has them.
    fn from_str(text: &str) -> Result<Self, HashError> {
        if text.len() != 44 {
            return Err(HashError);
        }
        let bytes = STANDARD.decode(text).map_err(|_| HashError)?;
        Self::try_from(bytes.as_slice())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({})", self.to_hex())
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(Hash::of(b""), Hash::EMPTY_ROOT);
        assert_eq!(
            Hash::leaf(b"").to_hex(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn base64_reads_back_and_is_strict() {
        let hash = Hash::of(b"abc");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        let mut pushed = Vec::new();
        hash.push_base64(&mut pushed);
        assert_eq!(pushed, hash.to_base64().into_bytes());

        let text = hash.to_base64();
        // The last character before the padding carries two bits that mean nothing; they must be zero.
        let loose = format!("{}1=", &text[..42]);
        assert_eq!(loose.parse::<Hash>(), Err(HashError));
        assert_eq!(text[..43].parse::<Hash>(), Err(HashError));
        assert_eq!(format!("{text}\n").parse::<Hash>(), Err(HashError));
    }
}
