//! The index of subjects: stating it in the record, and making it again as it stood at a place in the
//! log. What the index proves is told in the ledger's own module.

use domain::dates::{Instant, Moment, civil_day};
use domain::event::{Fact, IndexRooted};
use domain::ids::PersonId;
use ledger::envelope::Envelope;
use ledger::index::{Entry, Index, KIND};

use super::record::{hash, subject};
use super::{Actor, CommandId, Connection, Receipt, SITE, StoreError, Tx};

/// Where the latest index stands in the log, and when it was stated.
pub(crate) fn latest(connection: &mut Connection) -> Result<Option<(u64, Instant)>, StoreError> {
    let sql = "SELECT seq, recorded_at FROM event WHERE kind = $1 ORDER BY seq DESC LIMIT 1";
    let rows = connection.query(sql, &[KIND.into()])?;
    rows.first().map(|row| Ok((row.int(0)?.cast_unsigned(), Instant(row.int(1)?)))).transpose()
}

/// The index over the events below a place. Ends of chains are kept for now only, so those that went on
/// since are taken back: the first later event of a subject says what came before it.
pub(crate) fn at(connection: &mut Connection, origin: &str, covers: u64) -> Result<Index, StoreError> {
    let rows =
        connection.query("SELECT person_id, n, head FROM subject WHERE root_id = $1", &[SITE.0.into()])?;
    let mut ends = std::collections::BTreeMap::new();
    for row in &rows {
        let count = row.int(1)?.cast_unsigned();
        ends.insert(subject(PersonId(row.int(0)?)), Some((count, hash(row.bytes(2)?)?)));
    }
    let later = connection.query(
        "SELECT e.envelope FROM event e
         JOIN (SELECT MIN(seq) AS seq FROM event WHERE seq >= $1 AND person_id IS NOT NULL GROUP BY person_id) f
           ON f.seq = e.seq",
        &[covers.cast_signed().into()],
    )?;
    for row in &later {
        let envelope =
            Envelope::parse(row.bytes(0)?).map_err(|error| StoreError::Damaged(error.to_string()))?;
        if let Some(link) = envelope.subject {
            let before = link.prev.map(|prev| (link.n - 1, prev));
            ends.insert(link.id, before);
        }
    }
    let entry =
        |(id, end): (&String, &Option<_>)| end.map(|(count, head)| Entry::new(origin, id, count, head));
    Index::new(ends.iter().filter_map(entry).collect())
        .map_err(|error| StoreError::Damaged(error.to_string()))
}

impl Tx {
    /// States the index of today, unless it is stated already or nothing came since the last one.
    pub(crate) fn daily_index(&mut self, now: Moment) -> Result<Option<Receipt>, StoreError> {
        let is_stated = match latest(&mut self.connection)? {
            Some((seq, at)) => civil_day(at) == civil_day(now.at) || seq + 1 == self.log.size(),
            None => false,
        };
        if is_stated { Ok(None) } else { self.state_index(now).map(Some) }
    }

    /// States an index that covers everything up to a place, unless the latest one does.
    pub(crate) fn index_beyond(&mut self, seq: u64, now: Moment) -> Result<u64, StoreError> {
        match latest(&mut self.connection)? {
            Some((covers, _)) if covers > seq => Ok(covers),
            Some(_) | None => self.state_index(now).map(|receipt| receipt.first_seq),
        }
    }

    fn state_index(&mut self, now: Moment) -> Result<Receipt, StoreError> {
        let covers = self.log.size();
        let statement = at(&mut self.connection, &self.log.origin, covers)?.statement(covers);
        let rooted = IndexRooted { covers, root: statement.root.to_base64(), subjects: statement.subjects };
        let actor = Actor { account: None, role: None, unit: SITE };
        let fact = Fact::of_unit(SITE, now.today, rooted);
        self.append(actor, now, CommandId::random(), &[fact])
    }
}
