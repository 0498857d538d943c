//! Reading events back from the record: opening the sealed body, and giving a fact its two clocks.

use domain::case::{EntryMode, Recorded};
use domain::dates::{Instant, Lateness, Precision, civil_day};
use domain::decide::{Grace, lateness};
use domain::event::{Event, Fact, SiteFounded};
use domain::ids::{AccountId, CaseId, EventId, PersonId, UnitId};
use ledger::body::{Belonging, Body};
use ledger::envelope::{self, Envelope};
use ledger::key::SecretKey;
use serde_json::Value as Json;

use super::keys::Keys;
use super::{Connection, Row, StoreError};
use crate::rulebooks::books;

/// The account that stands for the program itself: founding, and work on the console.
pub(crate) const PROGRAM: AccountId = AccountId(0);

/// The columns that [`recorded`] reads, in order.
pub(crate) const COLUMNS: &str = "seq, unit_id, person_id, occurred_on, recorded_at, envelope, body";
/// How many they are, for whoever asks for more.
pub(crate) const N_COLUMNS: usize = 7;

/// Number of events in the log.
pub(crate) fn size(connection: &mut Connection) -> Result<i64, StoreError> {
    let rows = connection.query("SELECT seq FROM event ORDER BY seq DESC LIMIT 1", &[])?;
    rows.first().map_or(Ok(0), |row| row.int(0).map(|last| last + 1))
}

/// The unit under which an event's row is kept.
pub(crate) fn root(connection: &mut Connection, seq: u64) -> Result<UnitId, StoreError> {
    let rows = connection.query("SELECT root_id FROM event WHERE seq = $1", &[seq.cast_signed().into()])?;
    Ok(UnitId(rows.first().ok_or(StoreError::Missing)?.int(0)?))
}

/// The file and the person that an event is about, as far as there are.
pub(crate) type About = (Option<CaseId>, Option<PersonId>);

/// What each event is about, from one place of the log up to another.
pub(crate) fn touched(connection: &mut Connection, (from, to): (i64, i64)) -> Result<Vec<About>, StoreError> {
    let sql = "SELECT case_id, person_id FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let rows = connection.query(sql, &[from.into(), to.into()])?;
    rows.iter()
        .map(|row| Ok((row.optional_int(0)?.map(CaseId), row.optional_int(1)?.map(PersonId))))
        .collect()
}

/// Everything that was recorded about a person, the latest first.
pub(crate) fn of_person(
    connection: &mut Connection,
    keys: &mut Keys,
    person: PersonId,
) -> Result<Vec<Recorded>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE person_id = $1 ORDER BY seq DESC");
    connection.query(&sql, &[person.0.into()])?.iter().map(|row| recorded(row, keys)).collect()
}

/// An event in the books of a unit that is about no person.
pub(crate) fn of_unit(
    connection: &mut Connection,
    keys: &mut Keys,
    (unit, event): (UnitId, EventId),
) -> Result<Option<Recorded>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM event WHERE unit_id = $1 AND person_id IS NULL AND event_id = $2");
    let rows = connection.query(&sql, &[unit.0.into(), event.to_string().into()])?;
    rows.first().map(|row| recorded(row, keys)).transpose()
}

/// An event about nobody by its place in the log.
pub(crate) fn of_nobody(connection: &mut Connection, seq: u64) -> Result<Recorded, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = $1 AND person_id IS NULL");
    let rows = connection.query(&sql, &[seq.cast_signed().into()])?;
    Opening(None).open(rows.first().ok_or(StoreError::Missing)?)
}

/// How the site began: its first event.
pub(crate) fn founded(connection: &mut Connection, keys: &mut Keys) -> Result<SiteFounded, StoreError> {
    let rows = connection.query(&format!("SELECT {COLUMNS} FROM event WHERE seq = $1"), &[0.into()])?;
    let first = recorded(rows.first().ok_or(StoreError::NotFounded)?, keys)?;
    if let Event::SiteFounded(founded) = first.fact.event {
        Ok(founded)
    } else {
        Err(StoreError::Damaged("event 0: the log does not begin with its founding".to_owned()))
    }
}

/// What opens the body of an event: the key of its subject, if it has one.
pub(crate) struct Opening(Option<SecretKey>);

impl Opening {
    /// Looks the key up; the row begins with [`COLUMNS`].
    pub(crate) fn of(row: &Row, keys: &mut Keys) -> Result<Self, StoreError> {
        let Some(person) = row.optional_int(2)?.map(PersonId) else { return Ok(Opening(None)) };
        let key = keys.known(person)?.ok_or_else(|| damaged(row, "its key is gone"))?;
        Ok(Opening(Some(key)))
    }

    /// The event as it was recorded.
    pub(crate) fn open(&self, row: &Row) -> Result<Recorded, StoreError> {
        opened(row, self.0.as_ref())
    }
}

/// An event as it was recorded; the row begins with [`COLUMNS`].
pub(crate) fn recorded(row: &Row, keys: &mut Keys) -> Result<Recorded, StoreError> {
    Opening::of(row, keys)?.open(row)
}

fn damaged(row: &Row, what: &str) -> StoreError {
    StoreError::Damaged(format!("event {}: {what}", row.int(0).unwrap_or(-1)))
}

fn opened(row: &Row, key: Option<&SecretKey>) -> Result<Recorded, StoreError> {
    let damaged = |what: String| damaged(row, &what);
    let envelope = Envelope::parse(row.bytes(5)?).map_err(|error| damaged(error.to_string()))?;
    let subject = row.optional_int(2)?.map(PersonId);
    let belonging = Belonging { origin: &envelope.origin, event_id: envelope.event_id, kind: &envelope.kind };
    let body = Body::open(row.bytes(6)?, &envelope.body, belonging, key)
        .map_err(|error| damaged(error.to_string()))?;
    let object = body.into_fields().into_iter().map(|field| (field.name, field.value)).collect();
    let event =
        Event::read(&envelope.kind, Json::Object(object)).map_err(|error| damaged(error.to_string()))?;
    let fact = Fact {
        occurred_on: row.text(3)?.parse().map_err(|_| damaged("its day is no date".to_owned()))?,
        precision: envelope.occurred.map_or(Precision::Unknown, |occurred| precision(occurred.precision)),
        unit: UnitId(row.int(1)?),
        subject,
        cites: envelope.cites.iter().filter_map(cited).collect(),
        event,
    };
    let actor = envelope.actor.id.strip_prefix('a').and_then(|id| id.parse().ok()).unwrap_or(PROGRAM);
    let recorded_at = Instant(row.int(4)?);
    // The mark stands as it was made: a calendar published since must not change it.
    let lateness = match &envelope.late {
        Some(late) => {
            Lateness::parse(&late.class).ok_or_else(|| damaged("its lateness is unknown".to_owned()))?
        }
        None => Lateness::OnTime,
    };
    let event_id = EventId(*envelope.event_id.as_bytes());
    Ok(Recorded { event_id, fact, recorded_at, recorded_on: civil_day(recorded_at), lateness, actor })
}

/// A fact about to be written, with both clocks. Its lateness is judged now and then stands.
pub(crate) fn recorded_as(event_id: EventId, fact: Fact, at: Instant, actor: AccountId) -> Recorded {
    let recorded_on = civil_day(at);
    let lateness = match case_entry(&fact) {
        Some((EntryMode::Legacy, _)) => Lateness::Legacy,
        Some((EntryMode::Live | EntryMode::BackFill, grace)) => {
            lateness(fact.occurred_on, recorded_on, grace, books().calendar())
        }
        None => Lateness::OnTime,
    };
    Recorded { event_id, fact, recorded_at: at, recorded_on, lateness, actor }
}

fn case_entry(fact: &Fact) -> Option<(EntryMode, Grace)> {
    let Event::Case(event) = &fact.event else { return None };
    Some((event.entry.mode, Grace::of(&event.change)))
}

fn cited(cite: &envelope::Cite) -> Option<EventId> {
    if let envelope::Cite::Event(id) = cite { Some(EventId(*id.as_bytes())) } else { None }
}

fn precision(precision: envelope::Precision) -> Precision {
    match precision {
        envelope::Precision::Day => Precision::Day,
        envelope::Precision::Month => Precision::Month,
        envelope::Precision::Year => Precision::Year,
        envelope::Precision::Unknown => Precision::Unknown,
    }
}
