//! Rows of people, without names: what statistics, due days and scopes need in the clear. Counters by
//! unit and cell are kept in the same breath.

use std::collections::HashSet;

use domain::case::Case;
use domain::event::{Event, Fact, FieldChange, PersonRegistered};
use domain::ids::{GroupId, PersonId, UnitId};
use domain::person::{Education, Occupation, Particulars, Person, Sex, Stage};
use domain::unit::Unit;
use jiff::civil::Date;

use super::{Connection, Row, StoreError, Value, units};

/// Every column of a person but the root.
pub(crate) const COLUMNS: &str = "id, unit_id, group_id, stage, stage_on, admitted_on, full_since, left_on, departure, sex, \
     born_on, ethnicity, education, occupation, is_front_line, is_under_sanction, merged_into, version";

/// Counts of people by cell below a unit: of a root and above from the totals, below it from the counters.
pub(crate) fn counts(connection: &mut Connection, top: &Unit) -> Result<Vec<(Cell, i64)>, StoreError> {
    let sql = if top.root == top.id {
        "SELECT t.cell, CAST(SUM(t.n) AS bigint) FROM unit u JOIN root_total t ON t.root_id = u.id
         WHERE u.root_id = u.id AND u.pre BETWEEN $1 AND $2 GROUP BY t.cell ORDER BY t.cell"
    } else {
        "SELECT r.cell, CAST(SUM(r.n) AS bigint) FROM unit u JOIN rollup r ON r.root_id = u.root_id AND r.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 GROUP BY r.cell ORDER BY r.cell"
    };
    let rows = connection.query(sql, &[top.pre.into(), top.post.into()])?;
    rows.iter().map(|row| Ok((Cell(row.int(0)?), row.int(1)?))).collect()
}

/// Stage, sex, education and year of birth in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell(pub(crate) i64);

impl Cell {
    fn new(stage: i64, sex: i64, education: i64, born_on: &str) -> Cell {
        let born = born_on.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
        Cell(((stage * 10 + sex) * 100 + education) * 10_000 + born)
    }

    /// The least cell of a stage; those of one stage stand together, in the order of the stages.
    pub(crate) fn first(stage: Stage) -> Cell {
        Cell(stage.code() * 10_000_000)
    }

    /// The cell of the same people at another stage.
    fn at(self, stage: Stage) -> Cell {
        Cell(stage.code() * 10_000_000 + self.0 % 10_000_000)
    }

    /// The stage of the cell's people.
    pub(crate) fn stage(self) -> Option<Stage> {
        Stage::from_code(self.0 / 10_000_000)
    }

    /// Their sex.
    pub(crate) fn sex(self) -> Option<Sex> {
        Sex::from_code(self.0 / 1_000_000 % 10)
    }

    /// Their education.
    pub(crate) fn education(self) -> Option<Education> {
        Education::from_code(self.0 / 10_000 % 100)
    }

    /// Their year of birth.
    pub(crate) fn born(self) -> i64 {
        self.0 % 10_000
    }
}

/// Where a person is kept: root, unit and cell.
struct Home {
    root: UnitId,
    unit: UnitId,
    cell: Cell,
    /// How often the person is counted: an entry that was merged into another is not.
    n: i64,
}

fn home(connection: &mut Connection, person: PersonId) -> Result<Option<Home>, StoreError> {
    let rows = connection.query(
        "SELECT root_id, unit_id, stage, sex, education, born_on, merged_into FROM person WHERE id = $1",
        &[person.0.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    let cell = Cell::new(row.int(2)?, row.int(3)?, row.int(4)?, row.text(5)?);
    let n = i64::from(row.optional_int(6)?.is_none());
    Ok(Some(Home { root: UnitId(row.int(0)?), unit: UnitId(row.int(1)?), cell, n }))
}

fn count(
    connection: &mut Connection,
    root: UnitId,
    unit: UnitId,
    cell: Cell,
    by: i64,
) -> Result<(), StoreError> {
    if by == 0 {
        return Ok(());
    }
    connection.execute(
        "INSERT INTO rollup (root_id, unit_id, cell, n) VALUES ($1, $2, $3, $4)
         ON CONFLICT (root_id, unit_id, cell) DO UPDATE SET n = rollup.n + excluded.n",
        &[root.0.into(), unit.0.into(), cell.0.into(), by.into()],
    )?;
    connection.execute(
        "INSERT INTO root_total (root_id, cell, n) VALUES ($1, $2, $3)
         ON CONFLICT (root_id, cell) DO UPDATE SET n = root_total.n + excluded.n",
        &[root.0.into(), cell.0.into(), by.into()],
    )?;
    if by < 0 {
        // A cell without people is no row, so that live rows equal those made again.
        connection.execute(
            "DELETE FROM rollup WHERE root_id = $1 AND unit_id = $2 AND cell = $3 AND n = 0",
            &[root.0.into(), unit.0.into(), cell.0.into()],
        )?;
        connection.execute(
            "DELETE FROM root_total WHERE root_id = $1 AND cell = $2 AND n = 0",
            &[root.0.into(), cell.0.into()],
        )?;
    }
    Ok(())
}

/// Sums the counters of a root up again, when units came to it or left it.
pub(crate) fn total(connection: &mut Connection, root: UnitId) -> Result<(), StoreError> {
    connection.execute("DELETE FROM root_total WHERE root_id = $1", &[root.0.into()])?;
    connection.execute(
        "INSERT INTO root_total (root_id, cell, n)
         SELECT root_id, cell, CAST(SUM(n) AS bigint) FROM rollup WHERE root_id = $1 GROUP BY root_id, cell",
        &[root.0.into()],
    )?;
    Ok(())
}

/// A person's row, with particulars that were opened elsewhere.
pub(crate) fn person(
    connection: &mut Connection,
    id: PersonId,
    particulars: Particulars,
) -> Result<Option<Person>, StoreError> {
    let rows = connection.query(
        "SELECT unit_id, group_id, stage, stage_on, admitted_on, full_since, is_under_sanction, version
         FROM person WHERE id = $1",
        &[id.0.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Person {
        id,
        unit: UnitId(row.int(0)?),
        group: row.optional_int(1)?.map(GroupId),
        particulars,
        stage: Stage::from_code(row.int(2)?).ok_or_else(|| StoreError::Damaged("a stage".to_owned()))?,
        stage_on: day(row, 3)?,
        admitted_on: day(row, 4)?,
        full_since: day(row, 5)?,
        is_under_sanction: row.int(6)? != 0,
        version: row.int(7)?,
    }))
}

/// A day from a column.
pub(crate) fn day(row: &Row, column: usize) -> Result<Option<Date>, StoreError> {
    let text = row.optional_text(column)?;
    text.map(|text| text.parse().map_err(|_| StoreError::Damaged(format!("`{text}` is no day")))).transpose()
}

/// People below a unit, a page of them.
pub(crate) fn below(
    connection: &mut Connection,
    top: &Unit,
    stage: Option<Stage>,
    (offset, limit): (i64, i64),
) -> Result<Vec<PersonId>, StoreError> {
    // Without a stage everyone is meant who is still there; the code of those who left is the last.
    let (from, to) = stage.map_or((0, Stage::Former.code() - 1), |stage| (stage.code(), stage.code()));
    let rows = connection.query(
        "SELECT p.id FROM unit u JOIN person p ON p.root_id = u.root_id AND p.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND p.stage BETWEEN $3 AND $4 AND p.merged_into IS NULL
         ORDER BY u.pre, p.stage, p.id LIMIT $5 OFFSET $6",
        &[top.pre.into(), top.post.into(), from.into(), to.into(), limit.into(), offset.into()],
    )?;
    rows.iter().map(|row| row.int(0).map(PersonId)).collect()
}

/// Those of some people whose entry stands for itself and who are within a range of the tree, if one is
/// given.
pub(crate) fn within(
    connection: &mut Connection,
    people: &[PersonId],
    scope: Option<(i64, i64)>,
) -> Result<HashSet<PersonId>, StoreError> {
    if people.is_empty() {
        return Ok(HashSet::new());
    }
    let list = people.iter().map(PersonId::to_string).collect::<Vec<_>>().join(", ");
    let (pre, post) = scope.unwrap_or((i64::MIN, i64::MAX));
    let rows = connection.query(
        &format!(
            "SELECT p.id FROM person p JOIN unit u ON u.root_id = p.root_id AND u.id = p.unit_id
             WHERE p.id IN ({list}) AND p.merged_into IS NULL AND u.pre BETWEEN $1 AND $2"
        ),
        &[pre.into(), post.into()],
    )?;
    rows.iter().map(|row| row.int(0).map(PersonId)).collect()
}

/// Entries that were merged into another.
pub(crate) fn merged_into(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Vec<PersonId>, StoreError> {
    let rows =
        connection.query("SELECT id FROM person WHERE merged_into = $1 ORDER BY id", &[person.0.into()])?;
    rows.iter().map(|row| row.int(0).map(PersonId)).collect()
}

/// Sex and day of birth of everyone in a range of the tree who has not left and was not merged into
/// another entry.
pub(crate) fn births(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<Vec<(PersonId, Sex, Date)>, StoreError> {
    let rows = connection.query(
        "SELECT p.id, p.sex, p.born_on FROM unit u JOIN person p ON p.root_id = u.root_id AND p.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND p.stage < $3 AND p.merged_into IS NULL ORDER BY p.id",
        &[pre.into(), post.into(), Stage::Former.code().into()],
    )?;
    let read = |row: &Row| {
        let unknown = |what: &str| StoreError::Damaged(format!("a person's {what} is unknown"));
        let sex = Sex::from_code(row.int(1)?).ok_or_else(|| unknown("sex"))?;
        Ok((PersonId(row.int(0)?), sex, day(row, 2)?.ok_or_else(|| unknown("birth"))?))
    };
    rows.iter().map(read).collect()
}

/// Full members of a unit on a day, and those of them with a vote.
pub(crate) fn n_full(connection: &mut Connection, unit: &Unit, on: Date) -> Result<(u32, u32), StoreError> {
    let rows = connection.query(
        "SELECT COUNT(*), CAST(COALESCE(SUM(1 - is_under_sanction), 0) AS bigint) FROM person
         WHERE root_id = $1 AND unit_id = $2 AND stage = $3 AND (full_since IS NULL OR full_since <= $4)",
        &[unit.root.0.into(), unit.id.0.into(), Stage::Full.code().into(), on.to_string().into()],
    )?;
    let count = |column| -> Result<u32, StoreError> {
        Ok(rows.first().map_or(Ok(0), |row| row.int(column))?.try_into().unwrap_or(0))
    };
    Ok((count(0)?, count(1)?))
}

/// A free identity for a new person.
pub(crate) fn free(connection: &mut Connection) -> Result<PersonId, StoreError> {
    let rows = connection.query("SELECT MAX(id) FROM person", &[])?;
    let last = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
    Ok(PersonId(last.unwrap_or(0) + 1))
}

/// The person whom the event at a place of the log is about.
pub(crate) fn registered_at(connection: &mut Connection, seq: u64) -> Result<PersonId, StoreError> {
    let rows = connection.query("SELECT person_id FROM event WHERE seq = $1", &[seq.cast_signed().into()])?;
    let person = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
    person.map(PersonId).ok_or(StoreError::Missing)
}

/// Derives the rows of a fact about a person.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about a person")]
pub(crate) fn apply(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    let person =
        fact.subject.ok_or_else(|| StoreError::Unfit(format!("`{}` names nobody", fact.event.kind())))?;
    if let Event::PersonRegistered(registered) = &fact.event {
        return register(connection, root, fact.unit, person, registered);
    }
    let before = home(connection, person)?.ok_or(StoreError::Missing)?;
    count(connection, before.root, before.unit, before.cell, -before.n)?;
    let day = fact.occurred_on.to_string();
    let mut set = |column: &str, value: Value| {
        let sql = format!("UPDATE person SET {column} = $1 WHERE root_id = $2 AND id = $3");
        connection.execute(&sql, &[value, before.root.0.into(), person.0.into()]).map(drop)
    };
    match &fact.event {
        Event::PersonCorrected(corrected) => {
            for (column, value) in corrected.changes.iter().filter_map(corrected_column) {
                set(column, value)?;
            }
        }
        Event::PersonGrouped(grouped) => set("group_id", grouped.group.map(|group| group.0).into())?,
        Event::PersonDeparted(departed) => {
            set("stage", Stage::Former.code().into())?;
            set("stage_on", day.as_str().into())?;
            set("left_on", day.into())?;
            set("departure", departed.departure.code().into())?;
        }
        Event::PersonMerged(merged) => {
            set("stage", Stage::None.code().into())?;
            set("merged_into", merged.into.0.into())?;
        }
        Event::PersonSanctioned(sanctioned) => {
            set("is_under_sanction", i64::from(sanctioned.is_under_sanction).into())?;
        }
        Event::TransferSent(_) | Event::TransferReturned(_) => {}
        Event::TransferReceived(_) => rewrite(connection, person, &before, fact.unit)?,
        other => return Err(StoreError::Unfit(format!("`{}` is not about a person", other.kind()))),
    }
    let after = home(connection, person)?.ok_or(StoreError::Missing)?;
    count(connection, after.root, after.unit, after.cell, after.n)?;
    connection.execute(
        "UPDATE person SET version = version + 1 WHERE root_id = $1 AND id = $2",
        &[after.root.0.into(), person.0.into()],
    )?;
    Ok(())
}

fn register(
    connection: &mut Connection,
    root: UnitId,
    unit: UnitId,
    person: PersonId,
    registered: &PersonRegistered,
) -> Result<(), StoreError> {
    let particulars = &registered.particulars;
    let day = |day: Option<Date>| Value::from(day.map(|day| day.to_string()));
    let born_on = particulars.born_on.to_string();
    let cell =
        Cell::new(registered.stage.code(), particulars.sex.code(), particulars.education.code(), &born_on);
    let sql = format!(
        "INSERT INTO person (root_id, {COLUMNS})
         VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, NULL, NULL, $8, $9, $10, $11, $12, $13, 0, NULL, 1)"
    );
    let row: [Value; 13] = [
        root.0.into(),
        person.0.into(),
        unit.0.into(),
        registered.stage.code().into(),
        day(registered.stage_on),
        day(registered.admitted_on),
        day(registered.full_since),
        particulars.sex.code().into(),
        born_on.into(),
        i64::from(particulars.ethnicity.0).into(),
        particulars.education.code().into(),
        particulars.occupation.code().into(),
        i64::from(particulars.is_front_line).into(),
    ];
    connection.execute(&sql, &row)?;
    count(connection, root, unit, cell, 1)
}

/// The column that a corrected field is kept in, if it is kept in the clear.
fn corrected_column(change: &FieldChange) -> Option<(&'static str, Value)> {
    let text = change.becomes.as_str();
    match change.field.as_str() {
        "sex" => Some(("sex", Sex::parse(text?)?.code().into())),
        "education" => Some(("education", Education::parse(text?)?.code().into())),
        "occupation" => Some(("occupation", Occupation::parse(text?)?.code().into())),
        "born_on" => Some(("born_on", text?.into())),
        "ethnicity" => Some(("ethnicity", change.becomes.as_i64()?.into())),
        "is_front_line" => Some(("is_front_line", i64::from(change.becomes.as_bool()?).into())),
        "stage" => Some(("stage", Stage::parse(text?)?.code().into())),
        "stage_on" => Some(("stage_on", text.into())),
        "admitted_on" => Some(("admitted_on", text.into())),
        "full_since" => Some(("full_since", text.into())),
        _ => None,
    }
}

/// Writes a person's row under another unit, and under its root.
fn rewrite(
    connection: &mut Connection,
    person: PersonId,
    before: &Home,
    to: UnitId,
) -> Result<(), StoreError> {
    let to = units::unit(connection, to)?.ok_or(StoreError::Missing)?;
    if to.root != before.root {
        let copy = format!(
            "INSERT INTO person (root_id, {COLUMNS}) SELECT $1, {COLUMNS} FROM person WHERE root_id = $2 AND id = $3"
        );
        connection.execute(&copy, &[to.root.0.into(), before.root.0.into(), person.0.into()])?;
        connection.execute(
            "DELETE FROM person WHERE root_id = $1 AND id = $2",
            &[before.root.0.into(), person.0.into()],
        )?;
    }
    connection.execute(
        "UPDATE person SET unit_id = $1, group_id = NULL WHERE root_id = $2 AND id = $3",
        &[to.id.0.into(), to.root.0.into(), person.0.into()],
    )?;
    Ok(())
}

/// What a file says of its person's standing: the stage, since when, admission, and full membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    stage: Stage,
    stage_on: Option<Date>,
    admitted_on: Option<Date>,
    full_since: Option<Date>,
}

impl Standing {
    pub(crate) fn by(case: &Case) -> Self {
        Standing {
            stage: case.stage(),
            stage_on: case.stage_on(),
            admitted_on: case.admitted_on(),
            full_since: case.full_since(),
        }
    }
}

/// Lets a person's row follow what the file has come to say of the standing; the unit on whose roster
/// that changed something. A membership that ended otherwise stays ended, and a member of old whose file
/// is only now filled in does not fall back.
pub(crate) fn follow(
    connection: &mut Connection,
    person: PersonId,
    standing: Standing,
) -> Result<Option<UnitId>, StoreError> {
    let before = home(connection, person)?.ok_or(StoreError::Missing)?;
    let Standing { stage, stage_on, admitted_on, full_since } = standing;
    let known = before.cell.stage();
    if known == Some(Stage::Former) || (known == Some(Stage::Full) && stage != Stage::Former) {
        return Ok(None);
    }
    let day = |day: Option<Date>| Value::from(day.map(|day| day.to_string()));
    connection.execute(
        "UPDATE person SET stage = $1, stage_on = $2, admitted_on = $3, full_since = $4
         WHERE root_id = $5 AND id = $6",
        &[
            stage.code().into(),
            day(stage_on),
            day(admitted_on),
            day(full_since),
            before.root.0.into(),
            person.0.into(),
        ],
    )?;
    if known != Some(stage) {
        count(connection, before.root, before.unit, before.cell, -before.n)?;
        count(connection, before.root, before.unit, before.cell.at(stage), before.n)?;
    }
    Ok(Some(before.unit))
}

/// Moves one person with the counters; for changes of the tree.
pub(crate) fn move_one(connection: &mut Connection, person: PersonId, to: UnitId) -> Result<(), StoreError> {
    let before = home(connection, person)?.ok_or(StoreError::Missing)?;
    count(connection, before.root, before.unit, before.cell, -before.n)?;
    rewrite(connection, person, &before, to)?;
    let after = home(connection, person)?.ok_or(StoreError::Missing)?;
    count(connection, after.root, after.unit, after.cell, after.n)
}

/// Moves everyone of a unit.
pub(crate) fn move_all(connection: &mut Connection, from: &Unit, to: UnitId) -> Result<(), StoreError> {
    let rows = connection.query(
        "SELECT id FROM person WHERE root_id = $1 AND unit_id = $2 ORDER BY id",
        &[from.root.0.into(), from.id.0.into()],
    )?;
    for row in rows {
        move_one(connection, PersonId(row.int(0)?), to)?;
    }
    Ok(())
}
