//! Secret keys of 32 bytes, wrapped under each other. Randomness is passed in, never drawn here.
//!
//! A data key seals bodies; a key of the unit wraps data keys; a root key wraps those. To destroy every
//! wrapped copy of a data key is to erase what it sealed, while the log's leaves stay as they are.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A source of random bytes: fills the whole slice from a generator fit for keys.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// A symmetric key of 32 bytes, overwritten when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

/// A wrapped key that does not open: another key, another purpose, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the wrapped key does not open with this key for this purpose")]
pub struct UnwrapError;

/// The length of a wrapped key: version, nonce, key, authenticator.
pub const WRAPPED_BYTES: usize = 1 + NONCE_BYTES + 32 + 16;
const NONCE_BYTES: usize = 24;
const SEALED_V1: u8 = 1;

impl SecretKey {
    /// Draws a key.
    #[must_use]
    pub fn generate(random: Random<'_>) -> Self {
        let mut key = Self([0; 32]);
        random(&mut key.0);
        key
    }

    /// Takes a key from its bytes; the caller answers for overwriting its own copy.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a cipher or for a safe place.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals `inner` under this key. `purpose` names what is wrapped, such as `p1.1`, and must be given again
    /// to unwrap, so that wrapped keys cannot be exchanged for one another.
    #[must_use]
    pub fn wrap(&self, inner: &SecretKey, purpose: &str, random: Random<'_>) -> Vec<u8> {
        self.seal(&inner.0, &associated_data(purpose), random)
    }

    /// Seals bytes under this key: one byte of version, a nonce of 24 random bytes, and the sealed bytes
    /// with their authenticator. `aad` must be given again to open them.
    pub(crate) fn seal(&self, plain: &[u8], aad: &[u8], random: Random<'_>) -> Vec<u8> {
        let mut nonce = [0u8; NONCE_BYTES];
        random(&mut nonce);
        let cipher = XChaCha20Poly1305::new(self.as_bytes().into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
            .expect("invariant: what memory holds is within what the cipher can seal");
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        bytes.push(SEALED_V1);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        bytes
    }

    /// Opens what [`seal`](Self::seal) sealed; nothing when key, `aad` or bytes are others.
    pub(crate) fn open(&self, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        if *version != SEALED_V1 {
            return None;
        }
        let cipher = XChaCha20Poly1305::new(self.as_bytes().into());
        cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad }).ok().map(Zeroizing::new)
    }

    /// Opens what [`wrap`](Self::wrap) sealed.
    ///
    /// # Errors
    /// When key, purpose or bytes are not those of the wrapping.
    pub fn unwrap_key(&self, wrapped: &[u8], purpose: &str) -> Result<SecretKey, UnwrapError> {
        let opened = self.open(wrapped, &associated_data(purpose)).ok_or(UnwrapError)?;
        opened.as_slice().try_into().map(SecretKey).map_err(|_| UnwrapError)
    }
}

/// Nothing of the key is shown.
impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

fn associated_data(purpose: &str) -> Vec<u8> {
    [b"miaopu/key/v1\0", purpose.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_only_as_it_was_wrapped() {
        let mut counter = 0u8;
        let mut random = |bytes: &mut [u8]| {
            for byte in bytes {
                counter = counter.wrapping_add(1);
                *byte = counter;
            }
        };
        let outer = SecretKey::generate(&mut random);
        let inner = SecretKey::generate(&mut random);
        let wrapped = outer.wrap(&inner, "p1.1", &mut random);
        assert_eq!(wrapped.len(), WRAPPED_BYTES);
        assert_eq!(outer.unwrap_key(&wrapped, "p1.1").unwrap().as_bytes(), inner.as_bytes());
        assert_eq!(outer.unwrap_key(&wrapped, "p1.2").unwrap_err(), UnwrapError);
        assert_eq!(inner.unwrap_key(&wrapped, "p1.1").unwrap_err(), UnwrapError);
        for at in 0..wrapped.len() {
            let mut bad = wrapped.clone();
            bad[at] ^= 0x80;
            assert_eq!(outer.unwrap_key(&bad, "p1.1").unwrap_err(), UnwrapError);
            assert_eq!(outer.unwrap_key(&wrapped[..at], "p1.1").unwrap_err(), UnwrapError);
        }
        assert_eq!(format!("{outer:?}"), "SecretKey(…)");
    }
}
