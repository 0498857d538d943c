//! Rows of the access log, and of what the record says was disclosed. Both are read as one list.

use std::collections::HashMap;

use domain::case::Recorded;
use domain::dates::Instant;
use domain::event::Event;
use domain::ids::{AccountId, CaseId, PersonId, UnitId};
use domain::looks::{Door, Sight};
use domain::role::Role;

use super::{Connection, Row, SITE, StoreError, Value, units};

/// Somebody looked at something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub seen_at: Instant,
    /// Who.
    pub account: AccountId,
    /// In which role; none where the record does not say.
    pub role: Option<Role>,
    /// In whose books.
    pub unit: UnitId,
    /// At whose entry, if at one person's.
    pub person: Option<PersonId>,
    /// At which file.
    pub case: Option<CaseId>,
    /// At what.
    pub sight: Sight,
    /// Through which door.
    pub door: Door,
    /// Number of people shown.
    pub n: i64,
    /// Which list left, or which fields were shown; empty for a look.
    pub list: String,
}

/// Which looks are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// From this instant on.
    pub(crate) from: Instant,
    /// Before this one.
    pub(crate) to: Instant,
    pub(crate) account: Option<AccountId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) sight: Option<Sight>,
    /// First and last place of the part of the tree.
    pub(crate) range: (i64, i64),
}

/// By what looks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Who looked.
    Account,
    /// At whose entry.
    Person,
    /// On which civil day; the key is the number of days since 1970.
    Day,
}

/// Looks counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The account, the person or the day.
    pub key: i64,
    /// How many looks.
    pub n: i64,
    /// Different accounts; for an account, different people.
    pub n_others: i64,
    /// The last one.
    pub last_at: Instant,
}

/// Writes looks in the order given.
pub(crate) fn insert(connection: &mut Connection, looks: &[Look]) -> Result<(), StoreError> {
    let rows = connection.query("SELECT MAX(id) FROM look", &[])?;
    let last = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0);
    let mut roots: HashMap<UnitId, UnitId> = HashMap::new();
    for (id, look) in (last + 1..).zip(looks) {
        let root = match roots.get(&look.unit) {
            Some(root) => *root,
            None => {
                let root = units::unit(connection, look.unit)?.map_or(SITE, |unit| unit.root);
                roots.insert(look.unit, root);
                root
            }
        };
        connection.execute(
            "INSERT INTO look (root_id, id, seen_at, account_id, role, unit_id, person_id, case_id, sight, door, n)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                root.0.into(),
                id.into(),
                look.seen_at.0.into(),
                look.account.0.into(),
                look.role.map_or(0, Role::code).into(),
                look.unit.0.into(),
                look.person.map(|person| person.0).into(),
                look.case.map(|case| case.0).into(),
                look.sight.code().into(),
                look.door.code().into(),
                look.n.into(),
            ],
        )?;
    }
    Ok(())
}

/// Notes in what state the log is, and tells the state before.
pub(crate) fn mark(connection: &mut Connection, state: &str) -> Result<Option<String>, StoreError> {
    let known = connection
        .query("SELECT value FROM site WHERE root_id = $1 AND name = $2", &[SITE.0.into(), "looks".into()])?;
    connection.execute(
        "INSERT INTO site (root_id, name, value) VALUES ($1, $2, $3)
         ON CONFLICT (root_id, name) DO UPDATE SET value = excluded.value",
        &[SITE.0.into(), "looks".into(), state.into()],
    )?;
    known.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Takes out what is older than an instant; how many rows that were.
pub(crate) fn forget(connection: &mut Connection, before: Instant) -> Result<u64, StoreError> {
    connection.execute("DELETE FROM look WHERE seen_at < $1", &[before.0.into()])
}

/// A page of looks, the latest first.
pub(crate) fn list(
    connection: &mut Connection,
    wanted: &Wanted,
    (offset, limit): (i64, i64),
) -> Result<Vec<Look>, StoreError> {
    let (all, mut values) = wanted.sql();
    let n = values.len();
    values.extend([limit.into(), offset.into()]);
    let sql = format!("{all} ORDER BY 1 DESC, 10 DESC LIMIT ${} OFFSET ${}", n + 1, n + 2);
    connection.query(&sql, &values)?.iter().map(read).collect()
}

/// Looks counted by account, person or day; the most first, days the latest first.
pub(crate) fn tally(
    connection: &mut Connection,
    wanted: &Wanted,
    by: By,
    limit: i64,
) -> Result<Vec<Tally>, StoreError> {
    let (all, mut values) = wanted.sql();
    values.push(limit.into());
    // The official time is eight hours ahead of the clock that is stored.
    let (key, others, order) = match by {
        By::Account => ("account_id", "person_id", "2 DESC, 1"),
        By::Person => ("person_id", "account_id", "2 DESC, 1"),
        By::Day => ("(seen_at + 28800000) / 86400000", "account_id", "1 DESC"),
    };
    let sql = format!(
        "SELECT {key}, COUNT(*), COUNT(DISTINCT {others}), MAX(seen_at) FROM ({all}) seen
         WHERE {key} IS NOT NULL GROUP BY {key} ORDER BY {order} LIMIT ${}",
        values.len()
    );
    let rows = connection.query(&sql, &values)?;
    let read = |row: &Row| {
        Ok(Tally { key: row.int(0)?, n: row.int(1)?, n_others: row.int(2)?, last_at: Instant(row.int(3)?) })
    };
    rows.iter().map(read).collect()
}

impl Wanted {
    /// Looks and disclosures as one table, and the values that the text names.
    fn sql(&self) -> (String, Vec<Value>) {
        let mut values: Vec<Value> =
            vec![self.from.0.into(), self.to.0.into(), self.range.0.into(), self.range.1.into()];
        let mut conditions = format!(
            "seen_at >= $1 AND seen_at < $2 AND (unit_id = {SITE} OR unit_id IN (SELECT id FROM unit WHERE pre BETWEEN $3 AND $4))"
        );
        let wishes = [
            ("account_id", self.account.map(|account| account.0)),
            ("person_id", self.person.map(|person| person.0)),
            ("sight", self.sight.map(Sight::code)),
        ];
        for (column, wish) in wishes {
            if let Some(wish) = wish {
                values.push(wish.into());
                conditions += &format!(" AND {column} = ${}", values.len());
            }
        }
        let ledger = Door::Ledger.code();
        let sql = format!(
            "SELECT seen_at, account_id, role, unit_id, person_id, case_id, sight, door, n, id AS tie, '' AS list
             FROM look WHERE {conditions}
             UNION ALL SELECT seen_at, account_id, 0, unit_id, person_id, CAST(NULL AS bigint), sight, {ledger}, n, 0, list
             FROM disclosure WHERE {conditions}"
        );
        (sql, values)
    }
}

fn read(row: &Row) -> Result<Look, StoreError> {
    let unknown = |what: &str| StoreError::Damaged(format!("the {what} of a look is unknown"));
    let role = row.int(2)?;
    Ok(Look {
        seen_at: Instant(row.int(0)?),
        account: AccountId(row.int(1)?),
        role: if role == 0 { None } else { Some(Role::from_code(role).ok_or_else(|| unknown("role"))?) },
        unit: UnitId(row.int(3)?),
        person: row.optional_int(4)?.map(PersonId),
        case: row.optional_int(5)?.map(CaseId),
        sight: Sight::from_code(row.int(6)?).ok_or_else(|| unknown("kind"))?,
        door: Door::from_code(row.int(7)?).ok_or_else(|| unknown("door"))?,
        n: row.int(8)?,
        list: row.text(10)?.to_owned(),
    })
}

/// Derives the row of an event by which something was disclosed; other events have none.
#[expect(clippy::wildcard_enum_match_arm, reason = "only two kinds of events disclose something")]
pub(crate) fn apply(
    connection: &mut Connection,
    root: UnitId,
    recorded: &Recorded,
) -> Result<(), StoreError> {
    let fact = &recorded.fact;
    let (sight, n, list) = match &fact.event {
        Event::FieldsUnmasked(shown) => (Sight::Unmasked, 1, shown.fields.join(",")),
        Event::ListExported(exported) => {
            let n = i64::try_from(exported.n_rows).unwrap_or(i64::MAX);
            (Sight::Exported, n, exported.list.clone())
        }
        _ => return Ok(()),
    };
    connection.execute(
        "INSERT INTO disclosure (root_id, id, seen_at, account_id, unit_id, person_id, sight, n, list)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            root.0.into(),
            recorded.event_id.to_string().into(),
            recorded.recorded_at.0.into(),
            recorded.actor.0.into(),
            fact.unit.0.into(),
            fact.subject.map(|person| person.0).into(),
            sight.code().into(),
            n.into(),
            list.into(),
        ],
    )?;
    Ok(())
}
