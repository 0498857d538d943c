//! Rows of a year's responsibility, derived from its events: a head, and a row for each task and letter
//! that holds the fold of its events.

use std::collections::BTreeMap;

use domain::charge::{
    Charge, ChargeOpened, Letter, LetterDrafted, Part, Standing, Task, Terms, fold, touched,
};
use domain::event::{Event, Fact};
use domain::ids::{ChargeId, PersonId, PostId, UnitId};
use domain::tree::Held;
use domain::unit::{PostKind, Unit};

use super::people::day;
use super::{Connection, Row, StoreError, Value, units};

/// A year's responsibility without its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRow {
    /// Identity.
    pub id: ChargeId,
    /// The unit.
    pub unit: UnitId,
    /// The calendar year.
    pub year: i16,
    /// What was settled.
    pub terms: Terms,
    root: i64,
}

const HEAD: &str = "id, unit_id, year, terms, root_id";

fn read_head(row: &Row) -> Result<ChargeRow, StoreError> {
    Ok(ChargeRow {
        id: ChargeId(row.int(0)?),
        unit: UnitId(row.int(1)?),
        year: i16::try_from(row.int(2)?).map_err(|_| damaged("a year"))?,
        terms: parse(row.text(3)?)?,
        root: row.int(4)?,
    })
}

/// A charge's head by its identity.
pub(crate) fn head(connection: &mut Connection, id: ChargeId) -> Result<Option<ChargeRow>, StoreError> {
    let rows = connection.query(&format!("SELECT {HEAD} FROM charge_year WHERE id = $1"), &[id.0.into()])?;
    rows.first().map(read_head).transpose()
}

/// The charges of a unit, the latest year first.
pub(crate) fn of_unit(connection: &mut Connection, unit: UnitId) -> Result<Vec<ChargeRow>, StoreError> {
    let sql = format!("SELECT {HEAD} FROM charge_year WHERE unit_id = $1 ORDER BY year DESC");
    connection.query(&sql, &[unit.0.into()])?.iter().map(read_head).collect()
}

/// A free identity for a new charge.
pub(crate) fn free(connection: &mut Connection) -> Result<i64, StoreError> {
    let rows = connection.query("SELECT MAX(id) FROM charge_year", &[])?;
    Ok(rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1)
}

/// A charge with all its parts.
pub(crate) fn charge(connection: &mut Connection, head: &ChargeRow) -> Result<Charge, StoreError> {
    let key = [head.root.into(), head.id.0.into()];
    let mut states = |table: &str| {
        let sql = format!("SELECT number, state FROM {table} WHERE root_id = $1 AND charge_id = $2");
        connection.query(&sql, &key)
    };
    let tasks = states("charge_task")?;
    let letters = states("charge_letter")?;
    let task = |row: &Row| Ok((row.int(0)?, parse::<Task>(row.text(1)?)?));
    let letter = |row: &Row| Ok((row.int(0)?, parse::<Letter>(row.text(1)?)?));
    Ok(Charge {
        id: head.id,
        unit: head.unit,
        year: head.year,
        terms: head.terms.clone(),
        tasks: tasks.iter().map(task).collect::<Result<_, StoreError>>()?,
        letters: letters.iter().map(letter).collect::<Result<_, StoreError>>()?,
    })
}

/// A unit with everything below, and every post there, past and present.
pub(crate) fn standing(connection: &mut Connection, unit: &Unit) -> Result<Standing, StoreError> {
    let below = units::subtree(connection, unit)?;
    let rows = connection.query(
        "SELECT p.id, p.unit_id, p.person_id, p.kind, p.from_on, p.to_on FROM post p
         JOIN unit u ON u.root_id = p.root_id AND u.id = p.unit_id
         WHERE u.pre BETWEEN $1 AND $2 ORDER BY p.id",
        &[unit.pre.into(), unit.post.into()],
    )?;
    let post = |row: &Row| {
        let held = Held {
            id: PostId(row.int(0)?),
            person: PersonId(row.int(2)?),
            kind: PostKind::from_code(row.int(3)?).ok_or_else(|| damaged("a post"))?,
            from_on: day(row, 4)?.ok_or_else(|| damaged("a post has no first day"))?,
            to_on: day(row, 5)?,
        };
        Ok((held.id, (UnitId(row.int(1)?), held)))
    };
    Ok(Standing {
        units: below.into_iter().map(|unit| (unit.id, unit)).collect(),
        posts: rows.iter().map(post).collect::<Result<BTreeMap<_, _>, StoreError>>()?,
    })
}

/// Derives the row of a fact about a charge.
pub(crate) fn apply(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    if let Event::ChargeOpened(opened) = &fact.event {
        return open(connection, root, fact, opened);
    }
    let unfit = || StoreError::Unfit(format!("`{}` is not about a part of a charge", fact.event.kind()));
    let (charge, is_letter, number) = touched(&fact.event).ok_or_else(unfit)?;
    let root = head(connection, charge)?.ok_or(StoreError::Missing)?.root;
    let place = Place { root, charge: charge.0, is_letter };
    place.work_in(connection, number, fact)?;
    if let Event::LetterDrafted(LetterDrafted { replaces: Some(old), .. }) = &fact.event {
        place.work_in(connection, *old, fact)?;
    }
    Ok(())
}

fn open(
    connection: &mut Connection,
    root: UnitId,
    fact: &Fact,
    opened: &ChargeOpened,
) -> Result<(), StoreError> {
    let row = [
        root.0.into(),
        opened.charge.0.into(),
        fact.unit.0.into(),
        i64::from(opened.year).into(),
        fact.occurred_on.to_string().into(),
        json(&opened.terms)?,
    ];
    connection.execute(
        "INSERT INTO charge_year (root_id, id, unit_id, year, opened_on, terms) VALUES ($1, $2, $3, $4, $5, $6)",
        &row,
    )?;
    Ok(())
}

/// Where the part of a fact is kept.
struct Place {
    root: i64,
    charge: i64,
    is_letter: bool,
}

impl Place {
    fn table(&self) -> &'static str {
        if self.is_letter { "charge_letter" } else { "charge_task" }
    }

    fn work_in(&self, connection: &mut Connection, number: i64, fact: &Fact) -> Result<(), StoreError> {
        let table = self.table();
        let key: [Value; 3] = [self.root.into(), self.charge.into(), number.into()];
        let sql = format!("SELECT state FROM {table} WHERE root_id = $1 AND charge_id = $2 AND number = $3");
        let rows = connection.query(&sql, &key)?;
        let old = match rows.first() {
            None => None,
            Some(row) if self.is_letter => Some(Part::Letter(parse(row.text(0)?)?)),
            Some(row) => Some(Part::Task(parse(row.text(0)?)?)),
        };
        let state = match fold(old, fact.occurred_on, &fact.event) {
            Some(Part::Task(task)) => json(&*task)?,
            Some(Part::Letter(letter)) => json(&*letter)?,
            None => return Err(damaged(&format!("`{}` does not fit part {number}", fact.event.kind()))),
        };
        let [root, charge, number] = key;
        connection.execute(
            &format!(
                "INSERT INTO {table} (root_id, charge_id, number, state) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (root_id, charge_id, number) DO UPDATE SET state = excluded.state"
            ),
            &[root, charge, number, state],
        )?;
        Ok(())
    }
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("a charge: {what}"))
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))
}

fn json(value: &impl serde::Serialize) -> Result<Value, StoreError> {
    serde_json::to_string(value).map(Value::from).map_err(|error| damaged(&error.to_string()))
}
