//! Rows of letters of transfer that are on the way: one for a person who was sent and not yet received
//! or returned.

use domain::event::{Event, Fact};
use domain::ids::{PersonId, UnitId};
use domain::members::Letter;
use domain::unit::Unit;
use jiff::civil::Date;

use super::{Connection, Row, StoreError};

const COLUMNS: &str = "id, from_id, to_id, sent_on, is_file_included";

/// The letter of a person, if one is on the way.
pub(crate) fn of_person(connection: &mut Connection, person: PersonId) -> Result<Option<Letter>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM letter WHERE id = $1");
    connection.query(&sql, &[person.0.into()])?.first().map(read).transpose()
}

/// Letters from or to a unit, the oldest first.
pub(crate) fn of_unit(connection: &mut Connection, unit: UnitId) -> Result<Vec<Letter>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM letter WHERE from_id = $1 OR to_id = $1 ORDER BY sent_on, id");
    connection.query(&sql, &[unit.0.into()])?.iter().map(read).collect()
}

/// Letters from or to a unit and everything below it, the oldest first.
pub(crate) fn below(connection: &mut Connection, top: &Unit) -> Result<Vec<Letter>, StoreError> {
    let within = "SELECT id FROM unit WHERE pre BETWEEN $1 AND $2";
    let sql = format!(
        "SELECT {COLUMNS} FROM letter WHERE from_id IN ({within}) OR to_id IN ({within}) ORDER BY sent_on, id"
    );
    connection.query(&sql, &[top.pre.into(), top.post.into()])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Letter, StoreError> {
    let day = row.text(3)?;
    Ok(Letter {
        person: PersonId(row.int(0)?),
        from: UnitId(row.int(1)?),
        to: UnitId(row.int(2)?),
        sent_on: day.parse::<Date>().map_err(|_| StoreError::Damaged(format!("`{day}` is no day")))?,
        is_file_included: row.int(4)? != 0,
    })
}

/// Derives the row of a fact about a transfer; other facts have none.
#[expect(clippy::wildcard_enum_match_arm, reason = "only transfers have letters")]
pub(crate) fn apply(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    let Some(person) = fact.subject else { return Ok(()) };
    match &fact.event {
        Event::TransferSent(sent) => {
            take_away(connection, person)?;
            connection.execute(
                "INSERT INTO letter (root_id, id, from_id, to_id, sent_on, is_file_included)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                &[
                    root.0.into(),
                    person.0.into(),
                    fact.unit.0.into(),
                    sent.to.0.into(),
                    fact.occurred_on.to_string().into(),
                    i64::from(sent.is_file_included).into(),
                ],
            )?;
        }
        Event::TransferReceived(_) | Event::TransferReturned(_) => take_away(connection, person)?,
        _ => {}
    }
    Ok(())
}

fn take_away(connection: &mut Connection, person: PersonId) -> Result<(), StoreError> {
    connection.execute("DELETE FROM letter WHERE id = $1", &[person.0.into()])?;
    Ok(())
}
