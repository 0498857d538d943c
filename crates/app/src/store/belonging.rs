//! Rows that say something the record does not: columns of events against their envelopes, ends of
//! chains against the events, commands against what they recorded. A changed byte with a meaning is
//! found here when it is not in the record itself.

use std::collections::{BTreeMap, HashMap};

use ledger::Hash;
use ledger::envelope::Envelope;

use super::{Connection, Row, SITE, StoreError};

/// Table and key of a row that does not belong.
pub(crate) type Stray = (String, String);

const PAGE: i64 = 2_000;

/// Looks through every row that repeats something of the record.
pub(crate) fn strays(connection: &mut Connection) -> Result<Vec<Stray>, StoreError> {
    let mut seen = Seen::default();
    let mut last = i64::MIN;
    loop {
        let rows = connection.query(
            "SELECT seq, event_id, kind, unit_id, person_id, case_id, occurred_on, recorded_at, envelope, root_id
             FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
            &[last.into(), PAGE.into()],
        )?;
        let Some(end) = rows.last() else { break };
        last = end.int(0)?;
        rows.iter().for_each(|row| seen.event(row));
    }
    seen.commands(
        &connection
            .query("SELECT command_id, first_seq, n_events, root_id FROM command ORDER BY first_seq", &[])?,
    );
    seen.subjects(
        &connection.query("SELECT person_id, n, head, root_id FROM subject ORDER BY person_id", &[])?,
    );
    for (table, key) in [("node", "idx"), ("checkpoint", "size"), ("site", "name"), ("command", "command_id")]
    {
        let sql = format!("SELECT {key} FROM {table} WHERE root_id <> $1");
        for row in connection.query(&sql, &[SITE.0.into()])? {
            seen.strays.push((table.to_owned(), format!("{row:?}")));
        }
    }
    Ok(seen.strays)
}

#[derive(Default)]
struct Seen {
    /// Event ids by place.
    ids: BTreeMap<i64, String>,
    /// Number of events and last leaf of each subject.
    ends: HashMap<String, (i64, Hash)>,
    strays: Vec<Stray>,
}

impl Seen {
    fn event(&mut self, row: &Row) {
        let seq = row.int(0).unwrap_or(-1);
        // What cannot be parsed is a finding of the record's own verification.
        let Some(envelope) = row.bytes(8).ok().and_then(|bytes| Envelope::parse(bytes).ok()) else { return };
        let subject = envelope.subject.as_ref().map(|subject| subject.id.clone());
        let occurred = envelope.occurred.map(|occurred| occurred.on.to_string());
        let agrees = || -> Result<bool, StoreError> {
            Ok(row.text(1)? == envelope.event_id.to_string()
                && row.text(2)? == envelope.kind
                && row.int(3)?.to_string() == envelope.org
                && row.optional_int(4)?.map(|person| format!("p{person}")) == subject
                // Which file it is stands in the sealed body; making the views again compares it.
                && row.optional_int(5)?.is_some() == envelope.kind.starts_with("case.")
                && occurred.as_deref().is_none_or(|day| row.text(6).is_ok_and(|stored| stored == day))
                && row.int(7)? == envelope.recorded_at.cast_signed())
        };
        if !agrees().unwrap_or(false) {
            self.strays.push(("event".to_owned(), seq.to_string()));
        }
        if let (Some(subject), Ok(bytes)) = (envelope.subject, row.bytes(8)) {
            self.ends.insert(subject.id, (subject.n.cast_signed(), Hash::leaf(bytes)));
        }
        self.ids.insert(seq, envelope.event_id.to_string());
    }

    fn commands(&mut self, rows: &[Row]) {
        let mut next = 0;
        for row in rows {
            let agrees = || -> Result<bool, StoreError> {
                let first = row.int(1)?;
                let is_own =
                    self.ids.get(&first).is_some_and(|id| row.text(0).is_ok_and(|command| command == id));
                Ok(first == next && is_own && row.int(2)? > 0)
            };
            if !agrees().unwrap_or(false) {
                self.strays.push(("command".to_owned(), row.text(0).unwrap_or("?").to_owned()));
            }
            next = row.int(1).unwrap_or(0).saturating_add(row.int(2).unwrap_or(0));
        }
        if next != self.ids.len() as i64 {
            self.strays.push(("command".to_owned(), format!("events from {next}")));
        }
    }

    fn subjects(&mut self, rows: &[Row]) {
        for row in rows {
            let end = row.int(0).ok().and_then(|person| self.ends.remove(&format!("p{person}")));
            let agrees = || -> Result<bool, StoreError> {
                let Some((n, head)) = end else { return Ok(false) };
                Ok(row.int(1)? == n && row.bytes(2)? == head.as_bytes() && row.int(3)? == SITE.0)
            };
            if !agrees().unwrap_or(false) {
                self.strays.push(("subject".to_owned(), row.int(0).unwrap_or(-1).to_string()));
            }
        }
        let mut missing: Vec<_> = self.ends.keys().cloned().collect();
        missing.sort_unstable();
        self.strays.extend(missing.into_iter().map(|subject| ("subject".to_owned(), subject)));
    }
}
