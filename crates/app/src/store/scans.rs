//! The bytes of scanned papers, in parts that are sealed each for its own place, written in the
//! transaction of the event that names them.

use domain::case::Recorded;
use domain::event::Event;
use domain::evidence::Evidence;
use domain::ids::{EventId, PersonId, UnitId};
use domain::text::Text;
use ledger::Hash;
use ledger::attachment::{self, PART_BYTES, Place};
use ledger::envelope;

use super::keys::{self, Keys, key_ref};
use super::{Connection, StoreError};

/// A scan's place: the event that names it, and which of its papers it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) event: EventId,
    pub(crate) position: usize,
    /// The subject of the event, whose key seals it.
    pub(crate) person: PersonId,
}

/// What verifying the scans found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scans {
    /// Scans that the record names and that are as it says.
    pub n_sound: u64,
    /// What is wrong with the others.
    pub faults: Vec<Text>,
    /// Stored parts that belong to scans which the record names.
    n_parts: i64,
}

/// Stores the bytes of a scan.
pub(crate) fn keep(
    connection: &mut Connection,
    keys: &mut Keys,
    root: UnitId,
    named: Named,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let lost = || StoreError::Damaged(format!("the key of person {} is missing", named.person));
    let key = keys.known(named.person)?.ok_or_else(lost)?;
    let origin = keys.verifier().name().to_owned();
    let n_parts = bytes.len().div_ceil(PART_BYTES) as u64;
    for (part, plain) in bytes.chunks(PART_BYTES).enumerate() {
        let place = place(&origin, named, part as u64, n_parts);
        let sealed = attachment::seal(plain, place, &key, &key_ref(named.person), &mut keys::random);
        connection.execute(
            "INSERT INTO scan (root_id, event_id, place, part, n_parts, sealed) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                root.0.into(),
                named.event.to_string().into(),
                (named.position as i64).into(),
                (part as i64).into(),
                n_parts.cast_signed().into(),
                sealed.into(),
            ],
        )?;
    }
    Ok(())
}

/// The bytes of a scan, if they are those that the event names.
pub(crate) fn bytes(
    connection: &mut Connection,
    keys: &mut Keys,
    named: Named,
    paper: &Evidence,
) -> Result<Vec<u8>, StoreError> {
    let wrong = |what: &str| StoreError::Damaged(format!("scan {}-{}: {what}", named.event, named.position));
    let scan = paper.scan.ok_or(StoreError::Missing)?;
    let key = keys.known(named.person)?.ok_or_else(|| wrong("its key is gone"))?;
    let origin = keys.verifier().name().to_owned();
    let rows = connection.query(
        "SELECT part, n_parts, sealed FROM scan WHERE event_id = $1 AND place = $2 ORDER BY part",
        &[named.event.to_string().into(), (named.position as i64).into()],
    )?;
    let mut bytes =
        Vec::with_capacity(usize::try_from(scan.n_bytes).unwrap_or(0).min(rows.len() * PART_BYTES));
    for (part, row) in rows.iter().enumerate() {
        let (number, n_parts) = (row.int(0)?.cast_unsigned(), row.int(1)?.cast_unsigned());
        if number != part as u64 || n_parts != rows.len() as u64 {
            return Err(wrong("parts are missing"));
        }
        let place = place(&origin, named, number, n_parts);
        let opened = attachment::open(row.bytes(2)?, place, &key, &key_ref(named.person));
        bytes.extend_from_slice(&opened.map_err(|error| wrong(&error.to_string()))?);
    }
    let is_same = bytes.len() as u64 == scan.n_bytes
        && paper.sha256.as_deref() == Some(Hash::of(&bytes).to_hex().as_str());
    if is_same { Ok(bytes) } else { Err(wrong("the bytes are not those that the event names")) }
}

impl Scans {
    /// Holds the scans of one event against it; `root` is the unit under which the event is kept.
    pub(crate) fn look(
        &mut self,
        connection: &mut Connection,
        keys: &mut Keys,
        root: UnitId,
        recorded: &Recorded,
    ) -> Result<(), StoreError> {
        let (Event::Case(event), Some(person)) = (&recorded.fact.event, recorded.fact.subject) else {
            return Ok(());
        };
        for (position, paper) in event.evidence.iter().enumerate().filter(|(_, paper)| paper.scan.is_some()) {
            let named = Named { event: recorded.event_id, position, person };
            let roots = connection.query(
                "SELECT root_id FROM scan WHERE event_id = $1 AND place = $2",
                &[named.event.to_string().into(), (position as i64).into()],
            )?;
            self.n_parts += roots.len() as i64;
            let is_here = roots.iter().all(|row| row.int(0).is_ok_and(|id| id == root.0));
            match bytes(connection, keys, named, paper) {
                Ok(_) if is_here => self.n_sound += 1,
                Ok(_) => self.fault(named, "它存放在别的组织下", "it is kept under another unit"),
                Err(StoreError::Damaged(_)) => self.fault(
                    named,
                    "内容缺失或与登记的摘要不符，请从备份或原件恢复",
                    "its bytes are missing or differ from what was recorded; restore them from a backup",
                ),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Compares the number of stored parts with those of the scans that the record names.
    pub(crate) fn close(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let rows = connection.query("SELECT COUNT(*) FROM scan", &[])?;
        let n_stored = rows.first().map_or(Ok(0), |row| row.int(0))?;
        let n_strays = n_stored - self.n_parts;
        if n_strays > 0 {
            self.faults.push(Text::new(
                format!("扫描件表中有 {n_strays} 行不属于任何登记"),
                format!("{n_strays} rows of scans belong to no entry"),
            ));
        }
        Ok(())
    }

    fn fault(&mut self, named: Named, zh: &str, en: &str) {
        let place = format!("{}-{}", named.event, named.position);
        self.faults.push(Text::new(format!("扫描件 {place}：{zh}"), format!("scan {place}: {en}")));
    }
}

fn place(origin: &str, named: Named, part: u64, n_parts: u64) -> Place<'_> {
    let event_id = envelope::EventId::from_bytes(named.event.0);
    Place { origin, event_id, position: named.position as u64, part, n_parts }
}
