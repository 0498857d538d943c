//! Appending facts to the record. The life of an event: its fields become a body with one commitment
//! each, sealed under the subject's key (`sealing`); the envelope names who, when and what kind, and
//! commits to the body; its bytes are the leaf. Event, tree nodes, views and one signed checkpoint are
//! committed together.

use std::collections::HashMap;
use std::sync::Arc;

use domain::case::Recorded;
use domain::dates::{Instant, Lateness, Moment, Precision, civil_day, days_between};
use domain::event::{Fact, SiteFounded};
use domain::ids::{AccountId, EventId, PersonId, UnitId};
use domain::role::Role;
use ledger::Hash;
use ledger::body::Commitment;
use ledger::checkpoint::Checkpoint;
use ledger::envelope::{self, CivilDate, Envelope, Late};
use ledger::key::SecretKey;
use ledger::tree::{Frontier, NodePosition, ReadError, ReadHashes};

use super::lately::{Lately, Pulse, Reach};
use super::sealing::{Sealable, Sealed, seal_all};
use super::{Connection, SITE, StoreError, Tx, Value, cases, keys, reading, views};
use crate::rulebooks;

/// Who asked first may be carried out second: an entry whose moment is behind the last one by no more
/// than this, on the same day, waited for its turn and is written down at the moment of the last one.
/// More than that, and a clock was set back.
const LONGEST_WAIT_MS: i64 = 10_000;

/// Who acts, as the record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The account; none for the program itself (founding, import on the console).
    pub account: Option<AccountId>,
    /// The role in which the act is done.
    pub role: Option<Role>,
    /// The unit for which it is done.
    pub unit: UnitId,
}

/// A command's own identity, made by the client: repeating the command repeats the answer, not the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandId(pub [u8; 16]);

/// What was recorded for a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Index of its first event in the log.
    pub first_seq: u64,
    /// Number of its events.
    pub n_events: u64,
    /// It had been carried out before; nothing was added.
    pub is_repeat: bool,
}

impl CommandId {
    /// Draws an identity.
    #[must_use]
    pub fn random() -> Self {
        let mut id = [0; 16];
        keys::random(&mut id);
        CommandId(id)
    }

    /// The identity of the n-th event of the command; the first one has the command's own.
    pub(crate) fn event(self, n: usize) -> EventId {
        if n == 0 {
            return EventId(self.0);
        }
        let digest = Hash::of_parts(&[b"miaopu/event-of-command/v1", &self.0, &(n as u64).to_be_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.as_bytes()[..16]);
        EventId(id)
    }
}

/// The end of the log, in memory: all that appending needs.
pub(crate) struct Log {
    pub(crate) origin: String,
    frontier: Frontier,
    /// Nodes completed in this group, not yet written.
    pending: Vec<(i64, Hash)>,
    /// Size at the last commit.
    committed: u64,
    last_recorded_at: Instant,
    /// Ends of subjects' chains that were looked at since the cache was emptied.
    subjects: HashMap<PersonId, End>,
    /// How far the latest events reach.
    pub(crate) lately: Lately,
    /// Number of events up to and with the last one that reached beyond its own file.
    rosters: u64,
    pulse: Arc<Pulse>,
}

/// The end of a subject's chain: the number of events and the leaf of the last one.
type End = (u64, Option<Hash>);

/// A place to go back to when a use case fails.
pub(crate) struct Mark {
    frontier: Frontier,
    n_pending: usize,
    last_recorded_at: Instant,
}

impl Log {
    pub(crate) fn load(
        connection: &mut Connection,
        origin: String,
        pulse: Arc<Pulse>,
    ) -> Result<Log, StoreError> {
        let head = connection.query("SELECT seq, recorded_at FROM event ORDER BY seq DESC LIMIT 1", &[])?;
        let (size, last) = match head.first() {
            Some(row) => (row.int(0)? as u64 + 1, row.int(1)?),
            None => (0, i64::MIN),
        };
        let mut peaks = HashMap::new();
        for position in Frontier::positions(size) {
            let rows = connection.query(
                "SELECT hash FROM node WHERE root_id = $1 AND idx = $2",
                &[SITE.0.into(), position.stored_index().into()],
            )?;
            if let Some(row) = rows.first() {
                peaks.insert(position, hash(row.bytes(0)?)?);
            }
        }
        let frontier = Frontier::load(size, &Peaks(peaks))
            .map_err(|error| StoreError::Damaged(format!("the tree of {size} leaves: {error}")))?;
        Ok(Log {
            origin,
            frontier,
            pending: Vec::new(),
            committed: size,
            last_recorded_at: Instant(last),
            subjects: HashMap::new(),
            lately: Lately::at(size),
            rosters: size,
            pulse,
        })
    }

    /// Whether the stored log is another than the one that was last committed from here.
    pub(crate) fn is_behind(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        Ok(reading::size(connection)?.cast_unsigned() != self.committed)
    }

    /// Number of events, those of this group included.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            frontier: self.frontier.clone(),
            n_pending: self.pending.len(),
            last_recorded_at: self.last_recorded_at,
        }
    }

    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.frontier = mark.frontier;
        self.pending.truncate(mark.n_pending);
        self.last_recorded_at = mark.last_recorded_at;
        self.subjects.clear();
        self.lately.back_to(self.frontier.size());
    }

    /// The same log, as another process left it.
    pub(crate) fn load_again(&self, connection: &mut Connection) -> Result<Log, StoreError> {
        Log::load(connection, self.origin.clone(), Arc::clone(&self.pulse))
    }

    pub(crate) fn settle(&mut self) {
        self.committed = self.frontier.size();
        self.pulse.committed(self.committed, self.rosters);
        if self.subjects.len() > 4096 {
            self.subjects.clear();
        }
    }
}

struct Peaks(HashMap<NodePosition, Hash>);

impl ReadHashes for Peaks {
    fn read(&self, positions: &[NodePosition]) -> Result<Vec<Hash>, ReadError> {
        positions.iter().map(|at| self.0.get(at).copied().ok_or(ReadError::Missing(*at))).collect()
    }
}

/// A hash from a column.
pub(crate) fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    let bytes: [u8; 32] =
        bytes.try_into().map_err(|_| StoreError::Damaged(format!("a hash of {} bytes", bytes.len())))?;
    Ok(Hash::from_bytes(bytes))
}

/// The origin of the site's log, once founded.
pub(crate) fn origin(connection: &mut Connection) -> Result<Option<String>, StoreError> {
    let rows = connection.query(
        "SELECT value FROM site WHERE root_id = $1 AND name = $2",
        &[SITE.0.into(), "origin".into()],
    )?;
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

impl Tx {
    /// Appends facts for a command. A command that was carried out before gets its first receipt again.
    ///
    /// # Errors
    /// The clock is behind the last entry, or the database fails.
    pub fn append(
        &mut self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        facts: &[Fact],
    ) -> Result<Receipt, StoreError> {
        self.carry_out(now, command, |tx| {
            let account = actor.account.unwrap_or(reading::PROGRAM);
            let mut sealable: Vec<Sealable> = Vec::with_capacity(facts.len());
            for (n, fact) in facts.iter().enumerate() {
                let key = fact.subject.map(|person| tx.key_of(person)).transpose()?;
                sealable.push((reading::recorded_as(command.event(n), fact.clone(), now.at, account), key));
            }
            let origin = tx.log.origin.clone();
            seal_all(&origin, sealable, |sealed| tx.place(actor, sealed))
        })
    }

    /// The same for facts that were sealed beforehand as those of this command.
    ///
    /// # Errors
    /// As [`Tx::append`].
    pub(crate) fn append_sealed(
        &mut self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        facts: Vec<Sealed>,
    ) -> Result<Receipt, StoreError> {
        self.carry_out(now, command, |tx| facts.into_iter().try_for_each(|sealed| tx.place(actor, sealed)))
    }

    fn carry_out(
        &mut self,
        now: Moment,
        command: CommandId,
        place: impl FnOnce(&mut Tx) -> Result<(), StoreError>,
    ) -> Result<Receipt, StoreError> {
        if let Some(receipt) = self.carried_out(command)? {
            return Ok(receipt);
        }
        let last = self.log.last_recorded_at;
        let is_too_late = || last.0 - now.at.0 > LONGEST_WAIT_MS || civil_day(last) != civil_day(now.at);
        if now.at < last && is_too_late() {
            return Err(StoreError::ClockBehind);
        }
        self.log.last_recorded_at = now.at.max(last);
        let first_seq = self.log.frontier.size();
        place(self)?;
        let n_events = self.log.frontier.size() - first_seq;
        // Where nothing happened there is nothing to repeat either.
        if n_events > 0 {
            self.connection.execute(
                "INSERT INTO command (root_id, command_id, first_seq, n_events) VALUES ($1, $2, $3, $4)",
                &[
                    SITE.0.into(),
                    EventId(command.0).to_string().into(),
                    (first_seq as i64).into(),
                    (n_events as i64).into(),
                ],
            )?;
        }
        Ok(Receipt { first_seq, n_events, is_repeat: false })
    }

    /// The receipt of a command that was carried out before.
    pub(crate) fn carried_out(&mut self, command: CommandId) -> Result<Option<Receipt>, StoreError> {
        let known = self.connection.query(
            "SELECT first_seq, n_events FROM command WHERE root_id = $1 AND command_id = $2",
            &[SITE.0.into(), EventId(command.0).to_string().into()],
        )?;
        let Some(row) = known.first() else { return Ok(None) };
        let (first_seq, n_events) = (row.int(0)? as u64, row.int(1)? as u64);
        Ok(Some(Receipt { first_seq, n_events, is_repeat: true }))
    }

    /// Gives a sealed fact its place: the next leaf, the end of its subject's chain, its row, its views.
    fn place(&mut self, actor: Actor, sealed: Sealed) -> Result<(), StoreError> {
        let Sealed { mut recorded, body } = sealed;
        recorded.recorded_at = self.log.last_recorded_at;
        let seq = self.log.frontier.size();
        let envelope = self.envelope(actor, seq, body.commitment, &recorded)?;
        let bytes = envelope.to_bytes().map_err(|error| StoreError::Unfit(error.to_string()))?;
        let leaf = Hash::leaf(&bytes);
        let pending = &mut self.log.pending;
        self.log.frontier.push(leaf, |node| pending.push((node.index, node.hash)));
        if let Some(person) = recorded.fact.subject {
            self.extend_chain(person, leaf)?;
        }
        let root = self.roots.root_for(&mut self.connection, &recorded.fact)?;
        self.insert(root, seq, &recorded, bytes, body.bytes)?;
        let reach = views::apply(&mut self.connection, &mut self.keys, &mut self.cases, root, &recorded)?;
        self.log.lately.push(recorded.fact.subject, reach);
        if reach != Reach::File {
            // Taken back or not: a roster counted once more than necessary is no harm.
            self.log.rosters = seq + 1;
        }
        Ok(())
    }

    /// The leaf: who, when and what kind, how late, by which rules, and commitments to the rest.
    fn envelope(
        &mut self,
        actor: Actor,
        seq: u64,
        body: Commitment,
        recorded: &Recorded,
    ) -> Result<Envelope, StoreError> {
        let fact = &recorded.fact;
        let act = envelope::Recorded {
            org: fact.unit.to_string(),
            recorded_at: recorded.recorded_at.0.max(0) as u64,
            actor: envelope_actor(actor),
            body,
            rules: rulebooks::digest(),
            app: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let event_id = envelope::EventId::from_bytes(recorded.event_id.0);
        let mut envelope = Envelope::new(&self.log.origin, seq, event_id, fact.event.kind(), act);
        if let Some(day) = civil(fact) {
            envelope = envelope.occurred(day, precision(fact.precision));
        }
        if let Some(late) = late(recorded) {
            envelope = envelope.late(late);
        }
        for cited in &fact.cites {
            envelope = envelope.cite(envelope::Cite::Event(envelope::EventId::from_bytes(cited.0)));
        }
        if let Some(person) = fact.subject {
            let (n, prev) = self.chain(person)?;
            envelope = envelope.about(&subject(person), n + 1, prev);
        }
        Ok(envelope)
    }

    fn insert(
        &mut self,
        root: UnitId,
        seq: u64,
        recorded: &Recorded,
        envelope: Vec<u8>,
        body: Vec<u8>,
    ) -> Result<(), StoreError> {
        let fact = &recorded.fact;
        let row: [Value; 11] = [
            root.0.into(),
            (seq as i64).into(),
            recorded.event_id.to_string().into(),
            fact.event.kind().into(),
            fact.unit.0.into(),
            fact.subject.map(|person| person.0).into(),
            cases::case_of(fact).map(|case| case.0).into(),
            fact.occurred_on.to_string().into(),
            recorded.recorded_at.0.into(),
            envelope.into(),
            body.into(),
        ];
        self.connection.execute(
            "INSERT INTO event (root_id, seq, event_id, kind, unit_id, person_id, case_id, occurred_on,
                                recorded_at, envelope, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &row,
        )?;
        Ok(())
    }

    /// The key that seals what is recorded about a person, made with the first event. A lost key is never
    /// replaced: what one key sealed and what another did could not be told apart later.
    fn key_of(&mut self, person: PersonId) -> Result<SecretKey, StoreError> {
        if let Some(key) = self.keys.known(person)? {
            return Ok(key);
        }
        if self.chain(person)?.0 > 0 {
            return Err(StoreError::Unfit(format!(
                "人员 {person} 的密钥缺失，请恢复密钥文件夹 / the key of person {person} is gone; restore the keys"
            )));
        }
        self.keys.make(person)
    }

    fn chain(&mut self, person: PersonId) -> Result<End, StoreError> {
        if let Some(&end) = self.log.subjects.get(&person) {
            return Ok(end);
        }
        let rows = self.connection.query(
            "SELECT n, head FROM subject WHERE root_id = $1 AND person_id = $2",
            &[SITE.0.into(), person.0.into()],
        )?;
        let end = match rows.first() {
            Some(row) => (row.int(0)? as u64, Some(hash(row.bytes(1)?)?)),
            None => (0, None),
        };
        self.log.subjects.insert(person, end);
        Ok(end)
    }

    fn extend_chain(&mut self, person: PersonId, leaf: Hash) -> Result<(), StoreError> {
        let (n, _) = self.chain(person)?;
        self.connection.execute(
            "INSERT INTO subject (root_id, person_id, n, head) VALUES ($1, $2, $3, $4)
             ON CONFLICT (root_id, person_id) DO UPDATE SET n = excluded.n, head = excluded.head",
            &[SITE.0.into(), person.0.into(), (n as i64 + 1).into(), leaf.as_bytes().to_vec().into()],
        )?;
        self.log.subjects.insert(person, (n + 1, Some(leaf)));
        Ok(())
    }

    /// The first event of a log.
    pub(crate) fn begin_log(&mut self, founded: SiteFounded, now: Moment) -> Result<Receipt, StoreError> {
        self.connection.execute(
            "INSERT INTO site (root_id, name, value) VALUES ($1, $2, $3)",
            &[SITE.0.into(), "origin".into(), founded.origin.as_str().into()],
        )?;
        let actor = Actor { account: None, role: None, unit: SITE };
        self.append(actor, now, CommandId::random(), &[Fact::of_unit(SITE, now.today, founded)])
    }

    /// Writes the nodes of a group and the signed head over them.
    pub(crate) fn seal_group(&mut self) -> Result<(), StoreError> {
        let size = self.log.frontier.size();
        if size == self.log.committed {
            return Ok(());
        }
        let nodes = std::mem::take(&mut self.log.pending).into_iter();
        let nodes = nodes.flat_map(|(index, hash)| -> [Value; 3] {
            [SITE.0.into(), index.into(), hash.as_bytes().to_vec().into()]
        });
        self.connection.insert_all("node", &["root_id", "idx", "hash"], &nodes.collect::<Vec<_>>())?;
        let head = Checkpoint::new(&self.log.origin, size, self.log.frontier.root());
        let note = head.sign(&self.keys.log).map_err(|error| StoreError::Unfit(error.to_string()))?;
        self.connection.execute(
            "INSERT INTO checkpoint (root_id, size, note) VALUES ($1, $2, $3)",
            &[SITE.0.into(), (size as i64).into(), note.into_bytes().into()],
        )?;
        Ok(())
    }
}

/// How the record names a person: by a number that is no identity number.
pub(crate) fn subject(person: PersonId) -> String {
    format!("p{person}")
}

fn envelope_actor(actor: Actor) -> envelope::Actor {
    envelope::Actor {
        id: actor.account.map_or_else(|| "program".to_owned(), |account| format!("a{account}")),
        role: actor.role.map_or("none", Role::as_str).to_owned(),
        org: actor.unit.to_string(),
        auth: if actor.account.is_some() { "session" } else { "console" }.to_owned(),
    }
}

/// The mark of lateness, for ever.
fn late(recorded: &Recorded) -> Option<Late> {
    let days = days_between(recorded.fact.occurred_on, recorded.recorded_on);
    let class = recorded.lateness;
    (class != Lateness::OnTime).then(|| Late {
        class: class.as_str().to_owned(),
        days: u64::try_from(days).unwrap_or(0),
        reason_ref: None,
    })
}

fn civil(fact: &Fact) -> Option<CivilDate> {
    let day = fact.occurred_on;
    CivilDate::new(u16::try_from(day.year()).ok()?, day.month().unsigned_abs(), day.day().unsigned_abs())
}

fn precision(precision: Precision) -> envelope::Precision {
    match precision {
        Precision::Day => envelope::Precision::Day,
        Precision::Month => envelope::Precision::Month,
        Precision::Year => envelope::Precision::Year,
        Precision::Unknown => envelope::Precision::Unknown,
    }
}
