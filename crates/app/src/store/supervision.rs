//! Rows of the register of supervision, derived from its events. A unit keeps its numbers when it moves,
//! and rows stay under the root that they were entered under.

use domain::event::{Event, Fact};
use domain::ids::{EventId, PersonId, UnitId};
use domain::supervision::{Entry, SupervisionSettled, SupervisionViewGiven};
use jiff::civil::Date;

use super::people::day;
use super::{Connection, Row, StoreError, reading};

const ENTRY: &str = "number, event_id, held_on, person_id, due_on, settled_on, what, settled_id";

/// An entry, with the event that settled it.
pub(crate) type Kept = (Entry, Option<EventId>);

/// The register of a unit, the first entry first.
pub(crate) fn of_unit(connection: &mut Connection, unit: UnitId) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("SELECT {ENTRY} FROM supervision_entry WHERE unit_id = $1 ORDER BY number");
    connection.query(&sql, &[unit.0.into()])?.iter().map(|row| Ok(read(row)?.0)).collect()
}

/// One entry.
pub(crate) fn entry(
    connection: &mut Connection,
    (unit, number): (UnitId, i64),
) -> Result<Option<Kept>, StoreError> {
    let sql = format!("SELECT {ENTRY} FROM supervision_entry WHERE unit_id = $1 AND number = $2");
    connection.query(&sql, &[unit.0.into(), number.into()])?.first().map(read).transpose()
}

/// The events that hold the views given at a meeting, by item.
pub(crate) fn views(
    connection: &mut Connection,
    (unit, meeting): (UnitId, i64),
) -> Result<Vec<(PersonId, EventId)>, StoreError> {
    let rows = connection.query(
        "SELECT person_id, event_id FROM supervision_view WHERE unit_id = $1 AND meeting = $2
         ORDER BY item, person_id",
        &[unit.0.into(), meeting.into()],
    )?;
    rows.iter().map(|row| Ok((PersonId(row.int(0)?), event(row, 1)?))).collect()
}

/// Number of events of the register of a unit, sealed ones among them.
pub(crate) fn n_events(connection: &mut Connection, unit: UnitId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM event WHERE unit_id = $1 AND kind LIKE 'supervision.%'";
    connection.query(sql, &[unit.0.into()])?.first().map_or(Ok(0), |row| row.int(0))
}

/// An event of the register, opened.
pub(crate) fn opened(
    connection: &mut Connection,
    keys: &mut super::keys::Keys,
    (unit, event): (UnitId, EventId),
) -> Result<Event, StoreError> {
    let sql = format!("SELECT {} FROM event WHERE unit_id = $1 AND event_id = $2", reading::COLUMNS);
    let rows = connection.query(&sql, &[unit.0.into(), event.to_string().into()])?;
    Ok(reading::recorded(rows.first().ok_or(StoreError::Missing)?, keys)?.fact.event)
}

fn read(row: &Row) -> Result<Kept, StoreError> {
    let what = serde_json::from_str(row.text(6)?).map_err(|error| damaged(&error.to_string()))?;
    let held_on: Option<Date> = day(row, 2)?;
    let entry = Entry {
        number: row.int(0)?,
        event: event(row, 1)?,
        held_on: held_on.ok_or_else(|| damaged("no day"))?,
        person: row.optional_int(3)?.map(PersonId),
        due_on: day(row, 4)?,
        settled_on: day(row, 5)?,
        what,
    };
    let settled = entry.settled_on.map(|_| event(row, 7)).transpose()?;
    Ok((entry, settled))
}

fn event(row: &Row, column: usize) -> Result<EventId, StoreError> {
    row.text(column)?.parse().map_err(|_| damaged("no event"))
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("an entry of the register of supervision: {what}"))
}

/// Derives the rows of a fact of the register; `event` is its identity.
pub(crate) fn apply(
    connection: &mut Connection,
    root: UnitId,
    event: EventId,
    fact: &Fact,
) -> Result<(), StoreError> {
    if let Event::SupervisionViewGiven(given) = &fact.event {
        return give_view(connection, (root, event), fact, given);
    }
    if let Event::SupervisionSettled(settled) = &fact.event {
        return settle(connection, event, fact, settled);
    }
    let Some(entry) = Entry::of(event, fact) else { return Ok(()) };
    let what = serde_json::to_string(&entry.what).map_err(|error| damaged(&error.to_string()))?;
    connection.execute(
        "INSERT INTO supervision_entry (root_id, unit_id, number, event_id, held_on, person_id, due_on, what)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            root.0.into(),
            fact.unit.0.into(),
            entry.number.into(),
            event.to_string().into(),
            entry.held_on.to_string().into(),
            entry.person.map(|person| person.0).into(),
            entry.due_on.map(|day| day.to_string()).into(),
            what.into(),
        ],
    )?;
    Ok(())
}

fn give_view(
    connection: &mut Connection,
    (root, event): (UnitId, EventId),
    fact: &Fact,
    given: &SupervisionViewGiven,
) -> Result<(), StoreError> {
    let person = fact.subject.ok_or_else(|| damaged("a view of nobody"))?;
    connection.execute(
        "INSERT INTO supervision_view (root_id, unit_id, meeting, item, person_id, event_id)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            root.0.into(),
            fact.unit.0.into(),
            given.meeting.into(),
            given.item.into(),
            person.0.into(),
            event.to_string().into(),
        ],
    )?;
    Ok(())
}

fn settle(
    connection: &mut Connection,
    event: EventId,
    fact: &Fact,
    settled: &SupervisionSettled,
) -> Result<(), StoreError> {
    let place = [fact.unit.0.into(), settled.number.into()];
    let rows = connection
        .query("SELECT root_id FROM supervision_entry WHERE unit_id = $1 AND number = $2", &place)?;
    let root = rows.first().ok_or(StoreError::Missing)?.int(0)?;
    connection.execute(
        "UPDATE supervision_entry SET settled_on = $2, settled_id = $3
         WHERE root_id = $1 AND unit_id = $4 AND number = $5",
        &[
            root.into(),
            fact.occurred_on.to_string().into(),
            event.to_string().into(),
            fact.unit.0.into(),
            settled.number.into(),
        ],
    )?;
    Ok(())
}

/// The unit that keeps a person, if anybody registered one.
pub(crate) fn keeper(connection: &mut Connection, person: PersonId) -> Result<Option<UnitId>, StoreError> {
    let rows = connection.query("SELECT unit_id FROM person WHERE id = $1", &[person.0.into()])?;
    rows.first().map(|row| row.int(0).map(UnitId)).transpose()
}
