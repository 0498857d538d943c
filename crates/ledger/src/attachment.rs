//! Bytes that an event names by their digest and that are kept beside the record: sealed in parts under
//! the key of the event's subject, each part for its own place. The event commits to the whole; a part
//! that was changed, exchanged or left out is found when it is opened.

use zeroize::Zeroizing;

use crate::envelope::EventId;
use crate::key::{Random, SecretKey};

/// Bytes in a part, before it is sealed.
pub const PART_BYTES: usize = 64 * 1024;

/// The place of a part; the seal opens for no other.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// The event that names the bytes.
    pub event_id: EventId,
    /// Which of the things that the event names.
    pub position: u64,
    /// Which part, from 0.
    pub part: u64,
    /// How many parts there are.
    pub n_parts: u64,
}

/// A part that does not open: another key, another place, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the part does not open with this key in this place")]
pub struct PartError;

/// Seals one part.
#[must_use]
pub fn seal(part: &[u8], place: Place<'_>, key: &SecretKey, key_ref: &str, random: Random<'_>) -> Vec<u8> {
    key.seal(part, &associated_data(place, key_ref), random)
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// When key, place or bytes are not those of the sealing.
pub fn open(
    sealed: &[u8],
    place: Place<'_>,
    key: &SecretKey,
    key_ref: &str,
) -> Result<Zeroizing<Vec<u8>>, PartError> {
    key.open(sealed, &associated_data(place, key_ref)).ok_or(PartError)
}

/// Texts are preceded by their length, so that no two places read alike.
fn associated_data(place: Place<'_>, key_ref: &str) -> Vec<u8> {
    let mut aad = b"miaopu/attachment/v1\0".to_vec();
    for text in [place.origin, key_ref] {
        aad.extend_from_slice(&(text.len() as u64).to_be_bytes());
        aad.extend_from_slice(text.as_bytes());
    }
    aad.extend_from_slice(place.event_id.as_bytes());
    for number in [place.position, place.part, place.n_parts] {
        aad.extend_from_slice(&number.to_be_bytes());
    }
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_opens_in_its_own_place_only() {
        let mut random = |bytes: &mut [u8]| bytes.fill(7);
        let key = SecretKey::generate(&mut random);
        let event_id = EventId::from_bytes([1; 16]);
        let place = Place { origin: "log.example/1", event_id, position: 0, part: 0, n_parts: 2 };
        let sealed = seal(b"scan", place, &key, "p1.1", &mut random);
        assert_eq!(open(&sealed, place, &key, "p1.1").unwrap().as_slice(), b"scan");
        let others = [
            Place { origin: "log.example/2", ..place },
            Place { event_id: EventId::from_bytes([2; 16]), ..place },
            Place { position: 1, ..place },
            Place { part: 1, ..place },
            Place { n_parts: 1, ..place },
        ];
        for other in others {
            assert_eq!(open(&sealed, other, &key, "p1.1"), Err(PartError), "{other:?}");
        }
        assert_eq!(open(&sealed, place, &key, "p1.2"), Err(PartError));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 0x01;
            assert_eq!(open(&bad, place, &key, "p1.1"), Err(PartError));
            assert_eq!(open(&sealed[..at], place, &key, "p1.1"), Err(PartError));
        }
    }
}
