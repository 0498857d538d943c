//! Members as they were on a day, and admissions of earlier years, counted by the properties that a
//! forecast tells apart. Days decide: a member counts from the day of admission until the day of
//! leaving. Education, sex and unit are those known today.

use domain::person::{Education, Sex, Stage};
use domain::unit::Sector;
use jiff::civil::Date;

use super::{Connection, Row, StoreError};

/// People who are equal to a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alike {
    /// Year of birth.
    pub(crate) born: i64,
    pub(crate) sex: Sex,
    pub(crate) education: Education,
    pub(crate) sector: Sector,
    pub(crate) n: i64,
}

const ALIKE: &str = "p.sex, p.education, u.sector, SUBSTR(p.born_on, 1, 4)";
const PEOPLE: &str = "FROM person p JOIN unit u ON u.id = p.unit_id AND u.root_id = p.root_id
     WHERE u.pre BETWEEN $1 AND $2 AND p.merged_into IS NULL";

/// Members below a unit at the end of a day: those on probation, then the full members.
pub(crate) fn members_on(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    day: Date,
) -> Result<[Vec<Alike>; 2], StoreError> {
    // Of members of old only the stage may be known, and neither day.
    let is_full = "CASE WHEN p.full_since IS NULL THEN p.stage = $4 ELSE p.full_since <= $3 END";
    let was_member = "(p.admitted_on <= $3 OR p.admitted_on IS NULL AND p.stage IN ($4, $5))
         AND (p.left_on IS NULL OR p.left_on > $3)";
    let count = |connection: &mut Connection, which: &str| -> Result<Vec<Alike>, StoreError> {
        let sql = format!(
            "SELECT {ALIKE}, COUNT(*) {PEOPLE} AND {was_member} AND {which} {is_full} GROUP BY {ALIKE}"
        );
        let stages = [Stage::Full, Stage::Probationary].map(|stage| stage.code().into());
        let [full, probationary] = stages;
        let values = [pre.into(), post.into(), day.to_string().into(), full, probationary];
        connection.query(&sql, &values)?.iter().map(alike).collect()
    };
    Ok([count(connection, "NOT")?, count(connection, "")?])
}

/// Admissions below a unit from one day to another, where the people are now.
pub(crate) fn admitted_between(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    (from, to): (Date, Date),
) -> Result<Vec<Alike>, StoreError> {
    let sql =
        format!("SELECT {ALIKE}, COUNT(*) {PEOPLE} AND p.admitted_on BETWEEN $3 AND $4 GROUP BY {ALIKE}");
    let values = [pre.into(), post.into(), from.to_string().into(), to.to_string().into()];
    connection.query(&sql, &values)?.iter().map(alike).collect()
}

fn alike(row: &Row) -> Result<Alike, StoreError> {
    let unknown = |what: &str| StoreError::Damaged(format!("a person has no known {what}"));
    Ok(Alike {
        sex: Sex::from_code(row.int(0)?).ok_or_else(|| unknown("sex"))?,
        education: Education::from_code(row.int(1)?).ok_or_else(|| unknown("education"))?,
        sector: Sector::from_code(row.int(2)?).ok_or_else(|| unknown("sector"))?,
        born: row.text(3)?.parse().map_err(|_| unknown("year of birth"))?,
        n: row.int(4)?,
    })
}
