//! Identities of the things the system keeps, one type each, so that a person can never be passed
//! where a unit is meant. The list is alphabetical and only grows.
//!
//! Row ids are 64-bit numbers made by the application (`docs/decisions/0004`); event ids are 128
//! random bits and double as the idempotency key of the command that caused the event.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map($name)
            }
        }
    )*};
}

ids! {
    /// An account that can sign in.
    AccountId,
    /// A Party group (党小组) inside a branch.
    GroupId,
    /// One admission file (发展党员档案) from application to archive.
    CaseId,
    /// A course held for one class of learners (培训班).
    CohortId,
    /// A unit's responsibility for a year.
    ChargeId,
    /// A dated grant of a role over a part of the tree.
    GrantId,
    /// A stored file, kept encrypted beside the record.
    PaperId,
    /// A person, never an identity number.
    PersonId,
    /// The plan of a unit for a year.
    PlanId,
    /// A dated post held by a person in a unit.
    PostId,
    /// A question of a bank.
    QuestionId,
    /// A unit of the tree.
    UnitId,
    /// A place where people work or live, in the register of workplaces.
    WorkplaceId,
}

/// The identity of an event: 128 random bits, written as 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event id is 32 lower-case hexadecimal digits")]
pub struct EventIdError;

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let digits = s.as_bytes();
        if digits.len() != 32 || !digits.iter().all(|d| matches!(d, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(EventIdError);
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(s.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| EventIdError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| EventIdError)?;
        }
        Ok(EventId(bytes))
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_survive_their_text() {
        let id = EventId(*b"\x00\x01\x7f\x80\xff56789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "00", "0001FF00000000000000000000000000", "zz000000000000000000000000000000"] {
            assert_eq!(wrong.parse::<EventId>(), Err(EventIdError), "{wrong}");
        }
    }
}
