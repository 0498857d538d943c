//! The record as outsiders see it: its head, its key, and its entries without what they say.

mod export;
mod proofs;

pub use export::{Exported, FORMAT};
pub(crate) use proofs::Nodes;
pub use proofs::{Proof, ProofFault, Which, check as check_proof};

use domain::ids::{EventId, PersonId, UnitId};
use domain::supervision::is_of_register;
use jiff::civil::Date;
use ledger::checkpoint::SignedCheckpoint;
use ledger::envelope::Envelope;

use crate::store::{Reader, Store, StoreError};

/// The latest signed head of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Base64 of the root over them.
    pub root: String,
    /// The checkpoint as signed.
    pub note: String,
    /// The key that verifies it, as text.
    pub key: String,
}

/// An entry without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Its place in the log.
    pub seq: u64,
    /// Its identity.
    pub id: EventId,
    /// What kind of event.
    pub kind: String,
    /// The unit that it concerns.
    pub unit: UnitId,
    /// The subject, by number only; none of an entry of the register of supervision.
    pub person: Option<PersonId>,
    /// When it is said to have happened.
    pub occurred_on: Date,
    /// When it was written down, in milliseconds since 1970 UTC.
    pub recorded_at: i64,
    /// Who wrote it down, as the record names accounts.
    pub actor: String,
    /// The role in which it was done.
    pub role: String,
}

impl Store {
    /// The latest head.
    ///
    /// # Errors
    /// The record has none or cannot be read.
    pub fn head(&self) -> Result<Head, StoreError> {
        self.read_open(head_of)
    }

    /// The head that was signed over a number of entries, if one was.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn head_at(&self, size: u64) -> Result<Option<Head>, StoreError> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        self.read_open(|reader| {
            let sql = "SELECT note FROM checkpoint WHERE size = $1";
            let rows = reader.connection.query(sql, &[size.into()])?;
            rows.first().map(|row| head(row.bytes(0)?, &reader.keys.verifier())).transpose()
        })
    }

    /// Entries before a place in the log, the latest first.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn entries(&self, before: u64, limit: u16) -> Result<Vec<EntryRow>, StoreError> {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        self.read(|connection| {
            let rows = connection.query(
                "SELECT seq, event_id, kind, unit_id, person_id, occurred_on, recorded_at, envelope
                 FROM event WHERE seq < $1 ORDER BY seq DESC LIMIT $2",
                &[before.into(), i64::from(limit).into()],
            )?;
            rows.iter().map(entry).collect()
        })
    }
}

/// The latest head, as one reader sees it.
pub(crate) fn head_of(reader: &mut Reader) -> Result<Head, StoreError> {
    let rows = reader.connection.query("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", &[])?;
    let row = rows.first().ok_or(StoreError::NotFounded)?;
    head(row.bytes(0)?, &reader.keys.verifier())
}

fn head(note: &[u8], key: &ledger::note::VerifierKey) -> Result<Head, StoreError> {
    let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(format!("a checkpoint: {error}"));
    let signed = SignedCheckpoint::open(note, std::slice::from_ref(key)).map_err(|error| damaged(&error))?;
    let note = String::from_utf8(note.to_vec()).map_err(|error| damaged(&error))?;
    let root = note.lines().nth(2).unwrap_or_default().to_owned();
    Ok(Head { size: signed.checkpoint.size, root, note, key: key.to_string() })
}

fn entry(row: &crate::store::Row) -> Result<EntryRow, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("event {}: {what}", row.int(0).unwrap_or(-1)));
    let envelope = Envelope::parse(row.bytes(7)?).map_err(|error| damaged(&error.to_string()))?;
    Ok(EntryRow {
        seq: row.int(0)?.cast_unsigned(),
        id: row.text(1)?.parse().map_err(|_| damaged("its identity"))?,
        kind: row.text(2)?.to_owned(),
        unit: UnitId(row.int(3)?),
        person: row.optional_int(4)?.map(PersonId).filter(|_| !is_of_register(row.text(2).unwrap_or(""))),
        occurred_on: row.text(5)?.parse().map_err(|_| damaged("its day"))?,
        recorded_at: row.int(6)?,
        actor: envelope.actor.id,
        role: envelope.actor.role,
    })
}

#[cfg(test)]
mod tests {
    use crate::store::tests::sites;

    #[test]
    fn the_head_is_the_latest_and_can_be_looked_up_by_its_size() {
        for site in sites() {
            let head = site.store.head().unwrap();
            assert_eq!(head.size, 1);
            assert_eq!(site.store.head_at(1).unwrap(), Some(head.clone()));
            assert_eq!(site.store.head_at(2).unwrap(), None);
            assert!(head.note.contains(&head.root) && head.key.starts_with("miaopu.site/"));
            let entries = site.store.entries(u64::MAX, 10).unwrap();
            assert_eq!((entries.len(), entries[0].kind.as_str()), (1, "site.founded"));
            assert!(site.store.entries(0, 10).unwrap().is_empty());
        }
    }
}
