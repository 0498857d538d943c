//! Rows of posts and Party groups of one unit.

use domain::event::{Event, Fact};
use domain::ids::{GroupId, PersonId, PostId, UnitId};
use domain::text::Text;
use domain::tree::{Group, Held};
use domain::unit::{PostKind, Unit};
use jiff::civil::Date;

use super::people::day;
use super::{Connection, Row, StoreError};

const COLUMNS: &str = "id, person_id, kind, from_on, to_on";

/// Every post of a unit, past and present, by office and first day.
pub(crate) fn posts(connection: &mut Connection, unit: &Unit) -> Result<Vec<Held>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM post WHERE root_id = $1 AND unit_id = $2 ORDER BY kind, from_on, id");
    connection.query(&sql, &[unit.root.0.into(), unit.id.0.into()])?.iter().map(read).collect()
}

/// The posts that a person has not given up, with the units they are in.
pub(crate) fn of_person(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<(UnitId, Held)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, unit_id FROM post WHERE person_id = $1 AND to_on IS NULL ORDER BY unit_id, kind, id"
    );
    let rows = connection.query(&sql, &[person.0.into()])?;
    rows.iter().map(|row| Ok((UnitId(row.int(5)?), read(row)?))).collect()
}

/// Every post of a person, past and present, the latest first.
pub(crate) fn ever_of_person(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<(UnitId, Held)>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS}, unit_id FROM post WHERE person_id = $1 ORDER BY from_on DESC, id DESC");
    let rows = connection.query(&sql, &[person.0.into()])?;
    rows.iter().map(|row| Ok((UnitId(row.int(5)?), read(row)?))).collect()
}

fn read(row: &Row) -> Result<Held, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("a post has no {what}"));
    Ok(Held {
        id: PostId(row.int(0)?),
        person: PersonId(row.int(1)?),
        kind: PostKind::from_code(row.int(2)?).ok_or_else(|| damaged("known office"))?,
        from_on: day(row, 3)?.ok_or_else(|| damaged("first day"))?,
        to_on: day(row, 4)?,
    })
}

/// The Party groups of a unit, in the order in which they were formed.
pub(crate) fn groups(connection: &mut Connection, unit: UnitId) -> Result<Vec<Group>, StoreError> {
    let rows = connection.query(
        "SELECT id, name_zh, name_en, formed_on FROM party_group WHERE unit_id = $1 ORDER BY id",
        &[unit.0.into()],
    )?;
    let group = |row: &Row| {
        let formed_on: Option<Date> = day(row, 3)?;
        Ok(Group {
            id: GroupId(row.int(0)?),
            name: Text::new(row.text(1)?, row.text(2)?),
            formed_on: formed_on.ok_or_else(|| StoreError::Damaged("a group has no day".to_owned()))?,
        })
    };
    rows.iter().map(group).collect()
}

/// Derives the row of a group that was formed, which is an event about its branch.
pub(crate) fn form(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    let Event::GroupFormed(formed) = &fact.event else { return Ok(()) };
    connection.execute(
        "INSERT INTO party_group (root_id, id, unit_id, name_zh, name_en, formed_on)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            root.0.into(),
            formed.group.0.into(),
            fact.unit.0.into(),
            formed.name.zh.as_str().into(),
            formed.name.en.as_str().into(),
            fact.occurred_on.to_string().into(),
        ],
    )?;
    connection.execute(
        "UPDATE unit SET version = version + 1 WHERE root_id = $1 AND id = $2",
        &[root.0.into(), fact.unit.0.into()],
    )?;
    Ok(())
}
