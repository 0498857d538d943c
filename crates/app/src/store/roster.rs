//! Rows of people as lists show them: everything that is kept in the clear, and nothing more.

use domain::ids::{GroupId, PersonId, UnitId};
use domain::person::{Departure, Education, Ethnicity, Occupation, Sex, Stage};
use domain::unit::Unit;
use jiff::civil::Date;

use super::people::{COLUMNS, day};
use super::{Connection, Row, StoreError};

/// A person in a list, without name, number or contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Identity.
    pub id: PersonId,
    /// The unit whose roster the person is on.
    pub unit: UnitId,
    /// The Party group inside it.
    pub group: Option<GroupId>,
    /// Where the person stands.
    pub stage: Stage,
    /// Since when.
    pub stage_on: Option<Date>,
    /// Admission as a probationary member.
    pub admitted_on: Option<Date>,
    /// Start of the standing as a full member.
    pub full_since: Option<Date>,
    /// The day on which the membership ended, and how.
    pub left: Option<(Date, Departure)>,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: Date,
    /// Ethnic group.
    pub ethnicity: Ethnicity,
    /// Highest education.
    pub education: Education,
    /// Occupation.
    pub occupation: Occupation,
    /// Works on the front line.
    pub is_front_line: bool,
    /// Voting right is suspended.
    pub is_under_sanction: bool,
    /// The entry that this one was merged into.
    pub merged_into: Option<PersonId>,
    /// Number of events about the person.
    pub version: i64,
}

/// People of a unit and below it, a page of them, in the order of the tree.
pub(crate) fn below(
    connection: &mut Connection,
    top: &Unit,
    stage: Option<Stage>,
    (offset, limit): (i64, i64),
) -> Result<Vec<PersonRow>, StoreError> {
    let (from, to) = span(stage);
    let columns = COLUMNS.split(", ").map(|column| format!("p.{}", column.trim())).collect::<Vec<_>>();
    let sql = format!(
        "SELECT {} FROM unit u JOIN person p ON p.root_id = u.root_id AND p.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND p.stage BETWEEN $3 AND $4 AND p.merged_into IS NULL
         ORDER BY u.pre, p.stage, p.id LIMIT $5 OFFSET $6",
        columns.join(", ")
    );
    let values = [top.pre.into(), top.post.into(), from.into(), to.into(), limit.into(), offset.into()];
    connection.query(&sql, &values)?.iter().map(read).collect()
}

/// How many [`below`] would list without pages.
pub(crate) fn n_below(
    connection: &mut Connection,
    top: &Unit,
    stage: Option<Stage>,
) -> Result<i64, StoreError> {
    let (from, to) = span(stage);
    let rows = connection.query(
        "SELECT COUNT(*) FROM unit u JOIN person p ON p.root_id = u.root_id AND p.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND p.stage BETWEEN $3 AND $4 AND p.merged_into IS NULL",
        &[top.pre.into(), top.post.into(), from.into(), to.into()],
    )?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Without a stage everyone is meant who is still there; the code of those who left is the last.
fn span(stage: Option<Stage>) -> (i64, i64) {
    stage.map_or((0, Stage::Former.code() - 1), |stage| (stage.code(), stage.code()))
}

/// Everyone still on the roster of one unit itself.
pub(crate) fn of_unit(connection: &mut Connection, unit: &Unit) -> Result<Vec<PersonRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM person WHERE root_id = $1 AND unit_id = $2 AND stage < $3
         AND merged_into IS NULL ORDER BY id"
    );
    let values = [unit.root.0.into(), unit.id.0.into(), Stage::Former.code().into()];
    connection.query(&sql, &values)?.iter().map(read).collect()
}

/// One person's row.
pub(crate) fn row(connection: &mut Connection, person: PersonId) -> Result<Option<PersonRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM person WHERE id = $1");
    connection.query(&sql, &[person.0.into()])?.first().map(read).transpose()
}

fn read(row: &Row) -> Result<PersonRow, StoreError> {
    let unknown = |what: &str| StoreError::Damaged(format!("a person's {what} is unknown"));
    let departure = row.optional_int(8)?.map(|code| Departure::from_code(code).ok_or_else(|| unknown("end")));
    Ok(PersonRow {
        id: PersonId(row.int(0)?),
        unit: UnitId(row.int(1)?),
        group: row.optional_int(2)?.map(GroupId),
        stage: Stage::from_code(row.int(3)?).ok_or_else(|| unknown("stage"))?,
        stage_on: day(row, 4)?,
        admitted_on: day(row, 5)?,
        full_since: day(row, 6)?,
        left: day(row, 7)?.zip(departure.transpose()?),
        sex: Sex::from_code(row.int(9)?).ok_or_else(|| unknown("sex"))?,
        born_on: day(row, 10)?.ok_or_else(|| unknown("birth"))?,
        ethnicity: Ethnicity(u8::try_from(row.int(11)?).map_err(|_| unknown("ethnic group"))?),
        education: Education::from_code(row.int(12)?).ok_or_else(|| unknown("education"))?,
        occupation: Occupation::from_code(row.int(13)?).ok_or_else(|| unknown("occupation"))?,
        is_front_line: row.int(14)? != 0,
        is_under_sanction: row.int(15)? != 0,
        merged_into: row.optional_int(16)?.map(PersonId),
        version: row.int(17)?,
    })
}
