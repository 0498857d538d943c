//! Verifying a site: the record by itself, and the views by making them again. Reading goes in pages,
//! so that memory does not grow with the record.

use std::collections::HashMap;

use domain::ids::PersonId;
use domain::text::Text;
use ledger::Hash;
use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use ledger::envelope::Envelope;
use ledger::key::SecretKey;
use ledger::verify::{
    BodySlot, CheckpointRow, EnvelopeSlot, EventRow, Expectations, NodeRow, RowError, Rows, Verdict, verify,
};

use super::cases::{self, Cases};
use super::keys::{Keys, key_ref};
use super::record::{hash, origin};
use super::views::{self, VIEWS};
use super::{Connection, KeyFile, Row, SITE, Store, StoreError};
use super::{reading, schema};

/// What verifying a site found.
#[derive(Debug)]
pub struct Report {
    /// The record: counts, verdict, findings.
    pub record: ledger::verify::Report,
    /// Views whose rows differ from those made again from the record.
    pub wrong_views: Vec<&'static str>,
    /// What the engine finds wrong with its own file.
    pub engine: Vec<String>,
}

impl Report {
    /// Whether record, views and file are as they should be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.record.verdict == Verdict::Intact && !self.needs_repair()
    }

    /// 0 intact, 1 damaged, and the record's own codes for what is neither.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let is_only_around = self.record.verdict == Verdict::Intact && self.needs_repair();
        if is_only_around { Verdict::Damaged.exit_code() } else { self.record.verdict.exit_code() }
    }

    /// The verdict first, then a line for each finding.
    #[must_use]
    pub fn text(&self) -> Text {
        let mut text = Text::new(self.record.zh().trim_end(), self.record.to_string().trim_end());
        if self.record.verdict == Verdict::Intact && self.needs_repair() {
            text.zh = format!("须修复：账本本身未受损，其余见下\n{}", text.zh);
            text.en = format!("needs repair: the record itself is unharmed, the rest below\n{}", text.en);
        }
        for view in &self.wrong_views {
            text.zh += &format!("\n视图 {view}：与由账本重建的结果不同，可用 miaopu ledger rebuild 重建");
            text.en +=
                &format!("\nview {view}: differs from itself made again; miaopu ledger rebuild mends it");
        }
        for line in &self.engine {
            text.zh += &format!("\n数据库文件：{line}。可用 miaopu db copy 抄入新文件后再核验");
            text.en += &format!(
                "\ndatabase file: {line}; copy it into a new one with miaopu db copy and verify that"
            );
        }
        text
    }

    fn needs_repair(&self) -> bool {
        !self.wrong_views.is_empty() || !self.engine.is_empty()
    }
}

const PAGE: i64 = 2_000;

impl Store {
    /// Verifies the record, then makes every view again and compares. Nothing is changed.
    ///
    /// # Errors
    /// Database or keys cannot be read at all; damage is a finding, not an error.
    pub fn verify(&self, keys: &KeyFile) -> Result<Report, StoreError> {
        self.verify_against(keys, &[])
    }

    /// The same, and holds the log against heads that were kept elsewhere: signed notes of this log, from
    /// paper or another machine. A log that does not continue one of them was rolled back or rewritten.
    ///
    /// # Errors
    /// As [`Store::verify`], or a note is not a head signed by this log.
    pub fn verify_against(&self, keys: &KeyFile, notes: &[Vec<u8>]) -> Result<Report, StoreError> {
        self.read(|connection| {
            let origin = origin(connection)?.ok_or(StoreError::NotFounded)?;
            let mut keys = keys.open(&origin)?;
            let heads = notes.iter().map(|note| head(note, &keys)).collect::<Result<Vec<_>, _>>()?;
            // Everything is looked at in one state, while others go on recording.
            connection.begin_reading()?;
            let report = report(connection, &origin, &mut keys, &heads);
            connection.batch("ROLLBACK")?;
            report
        })
    }

    /// Drops every view and makes it again from the record, in one transaction.
    ///
    /// # Errors
    /// An event cannot be opened or read.
    pub fn rebuild(&self, keys: &KeyFile) -> Result<(), StoreError> {
        let keys = keys.clone();
        self.write(move |tx| {
            let mut keys = keys.open(&tx.log.origin)?;
            remake(&mut tx.connection, &mut keys)
        })
    }
}

fn report(
    connection: &mut Connection,
    origin: &str,
    keys: &mut Keys,
    heads: &[Checkpoint],
) -> Result<Report, StoreError> {
    let engine = connection.integrity()?;
    let record = verify_record(connection, origin, keys, heads)?;
    let wrong_views = wrong_views(connection, keys)?;
    Ok(Report { record, wrong_views, engine })
}

fn head(note: &[u8], keys: &Keys) -> Result<Checkpoint, StoreError> {
    let opened = SignedCheckpoint::open(note, &[keys.verifier()]);
    opened.map(|signed| signed.checkpoint).map_err(|error| {
        StoreError::Unfit(format!("给出的检查点无效 / the given head is not one of this log: {error}"))
    })
}

fn verify_record(
    connection: &mut Connection,
    origin: &str,
    keys: &mut Keys,
    known_heads: &[Checkpoint],
) -> Result<ledger::verify::Report, StoreError> {
    let people = connection.query("SELECT person_id FROM subject WHERE root_id = $1", &[SITE.0.into()])?;
    let mut data_keys: HashMap<String, SecretKey> = HashMap::new();
    for row in people {
        let person = PersonId(row.int(0)?);
        if let Some(key) = keys.known(person)? {
            data_keys.insert(key_ref(person), key);
        }
    }
    let unseal = |envelope: &Envelope| data_keys.get(envelope.body.key_ref.as_deref()?).cloned();
    let verifiers = [keys.verifier()];
    let expect = Expectations {
        origin,
        keys: &verifiers,
        quorum: 0,
        known_heads,
        erasure_kinds: &[],
        unseal: Some(&unseal),
        max_findings: 200,
    };
    let strays = super::belonging::strays(connection)?;
    // The three streams are read in turn through one connection.
    let shared = std::cell::RefCell::new(connection);
    let rows = Rows {
        events: Pages::new(
            &shared,
            "SELECT seq, envelope, body FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
        )
        .map(|row| row.and_then(|row| event_row(&row).map_err(unreadable))),
        nodes: Pages::new(&shared, "SELECT idx, hash FROM node WHERE idx > $1 ORDER BY idx LIMIT $2").map(
            |row| {
                let row = row?;
                let index = row.int(0).map_err(unreadable)?;
                Ok(NodeRow { index, hash: row.bytes(1).ok().and_then(|bytes| hash(bytes).ok()) })
            },
        ),
        checkpoints: Pages::new(
            &shared,
            "SELECT size, note FROM checkpoint WHERE size > $1 ORDER BY size LIMIT $2",
        )
        .map(|row| {
            let row = row?;
            let note = row.bytes(1).map_err(unreadable)?.to_vec();
            Ok(CheckpointRow { size: row.int(0).map_err(unreadable)?, note })
        }),
    };
    Ok(verify(&expect, rows, strays))
}

fn unreadable(error: StoreError) -> RowError {
    RowError(error.to_string())
}

fn event_row(row: &Row) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        seq: row.int(0)?,
        envelope: EnvelopeSlot::Bytes(row.bytes(1)?.to_vec()),
        body: BodySlot::Bytes(row.bytes(2)?.to_vec()),
    })
}

/// Rows in order of a whole-number key, a page at a time.
struct Pages<'a, 'c> {
    connection: &'a std::cell::RefCell<&'c mut Connection>,
    sql: &'static str,
    last: i64,
    page: std::vec::IntoIter<Row>,
    is_over: bool,
}

impl<'a, 'c> Pages<'a, 'c> {
    fn new(connection: &'a std::cell::RefCell<&'c mut Connection>, sql: &'static str) -> Self {
        Pages { connection, sql, last: i64::MIN, page: Vec::new().into_iter(), is_over: false }
    }
}

impl Iterator for Pages<'_, '_> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.page.next() {
            return Some(Ok(row));
        }
        if self.is_over {
            return None;
        }
        let page = self.connection.borrow_mut().query(self.sql, &[self.last.into(), PAGE.into()]);
        match page.and_then(|rows| rows.last().map(|row| row.int(0)).transpose().map(|last| (rows, last))) {
            Ok((rows, last)) => {
                self.is_over = (rows.len() as i64) < PAGE;
                self.last = last.unwrap_or(i64::MAX);
                self.page = rows.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.is_over = true;
                Some(Err(unreadable(error)))
            }
        }
    }
}

/// Compares every view with itself made again, in tables of this connection's own that the caller's
/// transaction takes back.
fn wrong_views(connection: &mut Connection, keys: &mut Keys) -> Result<Vec<&'static str>, StoreError> {
    let before = digests(connection)?;
    for view in VIEWS {
        connection.shadow(view)?;
    }
    match remake(connection, keys).and_then(|()| digests(connection)) {
        Ok(after) => Ok(VIEWS.into_iter().filter(|view| before.get(view) != after.get(view)).collect()),
        // What cannot be made again cannot be right; the record's own findings say why.
        Err(_) => Ok(VIEWS.to_vec()),
    }
}

/// A digest of each view's rows, in the order of their keys.
fn digests(connection: &mut Connection) -> Result<HashMap<&'static str, Hash>, StoreError> {
    let tables = schema::tables();
    let mut found = HashMap::new();
    for view in VIEWS {
        let table = tables.iter().find(|table| table.name == view).ok_or(StoreError::Missing)?;
        let order = table.key.join(", ");
        let rows = connection.query(&format!("SELECT * FROM {view} ORDER BY {order}"), &[])?;
        let text: String = rows.iter().map(|row| format!("{row:?}\n")).collect();
        found.insert(view, Hash::of(text.as_bytes()));
    }
    Ok(found)
}

fn remake(connection: &mut Connection, keys: &mut Keys) -> Result<(), StoreError> {
    for view in VIEWS {
        connection.execute(&format!("DELETE FROM {view}"), &[])?;
    }
    let mut cases = Cases::default();
    let sql = format!(
        "SELECT {}, root_id, case_id FROM event WHERE seq > $1 ORDER BY seq LIMIT $2",
        reading::COLUMNS
    );
    let mut last = -1;
    loop {
        let rows = connection.query(&sql, &[last.into(), PAGE.into()])?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.int(0)?;
        for row in &rows {
            let recorded = reading::recorded(row, keys)?;
            let root = super::units::root_for(connection, &recorded.fact)?;
            let case = cases::case_of(&recorded.fact).map(|case| case.0);
            if row.int(reading::N_COLUMNS)? != root.0 || row.optional_int(reading::N_COLUMNS + 1)? != case {
                let place = row.int(0)?;
                return Err(StoreError::Damaged(format!("event {place}: it is kept in another place")));
            }
            views::apply(connection, keys, &mut cases, root, &recorded)?;
        }
    }
}
