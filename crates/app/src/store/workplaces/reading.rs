//! Reading the register. Names are opened only for what a page shows; what a whole city is judged by is
//! read in one pass, without any name.

use std::collections::{BTreeMap, HashMap};

use domain::event::Event;
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::text::Text;
use domain::unit::Unit;
use domain::workplace::{
    Charge, Charged, Class, Ownership, Particulars, Scale, Sight, Step, Workplace, WorkplaceKind,
};
use jiff::civil::Date;

use super::COLUMNS;
use crate::store::people::day;
use crate::store::reading::of_nobody;
use crate::store::{Connection, Row, StoreError};

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("a workplace: {what}"))
}

fn must(day: Option<Date>) -> Result<Date, StoreError> {
    day.ok_or_else(|| damaged("a day is missing"))
}

/// A workplace by its id.
pub(crate) fn workplace(
    connection: &mut Connection,
    id: WorkplaceId,
) -> Result<Option<Workplace>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM workplace WHERE id = $1");
    connection.query(&sql, &[id.0.into()])?.first().map(read).transpose()
}

/// Some workplaces, in the order asked for; those that are not there are left out.
pub(crate) fn some(connection: &mut Connection, ids: &[WorkplaceId]) -> Result<Vec<Workplace>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = ids.iter().map(WorkplaceId::to_string).collect::<Vec<_>>().join(", ");
    let rows = connection.query(&format!("SELECT {COLUMNS} FROM workplace WHERE id IN ({list})"), &[])?;
    let found: HashMap<WorkplaceId, Workplace> =
        rows.iter().map(|row| read(row).map(|it| (it.id, it))).collect::<Result<_, _>>()?;
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

/// Open parts directly below a workplace, by number.
pub(crate) fn parts(connection: &mut Connection, id: WorkplaceId) -> Result<Vec<Workplace>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM workplace WHERE parent_id = $1 AND closed_on IS NULL ORDER BY id");
    connection.query(&sql, &[id.0.into()])?.iter().map(read).collect()
}

/// The open workplace with a code.
pub(crate) fn with_code(connection: &mut Connection, code: &str) -> Result<Option<WorkplaceId>, StoreError> {
    if code.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT id FROM workplace WHERE code = $1 AND closed_on IS NULL ORDER BY id";
    connection.query(sql, &[code.into()])?.first().map(|row| row.int(0).map(WorkplaceId)).transpose()
}

/// Every workplace that a unit itself answers for, closed ones too.
pub(crate) fn of_unit(connection: &mut Connection, unit: &Unit) -> Result<Vec<WorkplaceId>, StoreError> {
    let sql = "SELECT id FROM workplace WHERE unit_id = $1 ORDER BY id";
    let rows = connection.query(sql, &[unit.id.0.into()])?;
    rows.iter().map(|row| row.int(0).map(WorkplaceId)).collect()
}

/// A free identity.
pub(crate) fn free(connection: &mut Connection) -> Result<i64, StoreError> {
    let rows = connection.query("SELECT MAX(id) FROM workplace", &[])?;
    Ok(rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1)
}

/// Where somebody works, as far as entered.
pub(crate) fn placed_at(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Option<WorkplaceId>, StoreError> {
    let rows = connection.query("SELECT workplace_id FROM placement WHERE id = $1", &[person.0.into()])?;
    rows.first().map(|row| row.int(0).map(WorkplaceId)).transpose()
}

/// Who is entered as working at a place itself, with the day.
pub(crate) fn placed(
    connection: &mut Connection,
    id: WorkplaceId,
) -> Result<Vec<(PersonId, Date)>, StoreError> {
    let sql = "SELECT id, since_on FROM placement WHERE workplace_id = $1 ORDER BY since_on, id";
    let rows = connection.query(sql, &[id.0.into()])?;
    rows.iter().map(|row| Ok((PersonId(row.int(0)?), must(day(row, 1)?)?))).collect()
}

/// Everybody who was ever charged with a workplace.
pub(crate) fn charged(connection: &mut Connection, id: WorkplaceId) -> Result<Vec<Charged>, StoreError> {
    let sql = "SELECT number, kind, person_id, letter, from_on, until_on, ended_on FROM charge
               WHERE workplace_id = $1 ORDER BY number";
    let rows = connection.query(sql, &[id.0.into()])?;
    let charged = |row: &Row| {
        Ok(Charged {
            number: row.int(0)?,
            charge: Charge::from_code(row.int(1)?).ok_or_else(|| damaged("an unknown charge"))?,
            person: PersonId(row.int(2)?),
            letter: row.text(3)?.to_owned(),
            from_on: must(day(row, 4)?)?,
            until_on: day(row, 5)?,
            ended_on: day(row, 6)?,
        })
    };
    rows.iter().map(charged).collect()
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// The charge under which it was made.
    pub charge: i64,
    /// The day.
    pub visited_on: Date,
    /// What was done.
    pub note: String,
}

/// The visits to a workplace, the latest first.
pub(crate) fn visits(connection: &mut Connection, id: WorkplaceId) -> Result<Vec<VisitRow>, StoreError> {
    let sql = "SELECT charge_number, visited_on, note FROM visit WHERE workplace_id = $1
               ORDER BY visited_on DESC, number DESC";
    let rows = connection.query(sql, &[id.0.into()])?;
    let visit = |row: &Row| {
        Ok(VisitRow { charge: row.int(0)?, visited_on: must(day(row, 1)?)?, note: row.text(2)?.to_owned() })
    };
    rows.iter().map(visit).collect()
}

/// The rungs that a workplace reached, the first one first.
pub(crate) fn rungs(connection: &mut Connection, id: WorkplaceId) -> Result<Vec<(Step, Date)>, StoreError> {
    let sql = "SELECT step, reached_on FROM rung WHERE workplace_id = $1 ORDER BY number";
    let rows = connection.query(sql, &[id.0.into()])?;
    rows.iter().map(|row| Ok((step(row.int(0)?)?, must(day(row, 1)?)?))).collect()
}

/// Key posts and the members who hold them, by year.
pub(crate) fn counts(
    connection: &mut Connection,
    id: WorkplaceId,
) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    let sql = "SELECT year, n_posts, n_members FROM key_count WHERE workplace_id = $1 ORDER BY year";
    let rows = connection.query(sql, &[id.0.into()])?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?, row.int(2)?))).collect()
}

fn step(code: i64) -> Result<Step, StoreError> {
    Step::from_code(code).ok_or_else(|| damaged("an unknown rung"))
}

fn read(row: &Row) -> Result<Workplace, StoreError> {
    let ownership =
        row.optional_int(4)?.map(|code| Ownership::from_code(code).ok_or_else(|| damaged("an owner")));
    let scale = row.optional_int(5)?.map(|code| Scale::from_code(code).ok_or_else(|| damaged("a scale")));
    let is_joint = row.optional_int(23)?.is_some_and(|is_joint| is_joint != 0);
    Ok(Workplace {
        id: WorkplaceId(row.int(0)?),
        parent: row.optional_int(1)?.map(WorkplaceId),
        unit: UnitId(row.int(2)?),
        particulars: Particulars {
            kind: WorkplaceKind::from_code(row.int(3)?).ok_or_else(|| damaged("an unknown kind"))?,
            ownership: ownership.transpose()?,
            scale: scale.transpose()?,
            is_stable: row.int(6)? != 0,
            is_key: row.int(7)? != 0,
            n_staff: row.int(8)?,
            code: row.text(9)?.to_owned(),
            name: Text::new(row.text(10)?, row.text(11)?),
        },
        listed_on: must(day(row, 12)?)?,
        closed_on: day(row, 13)?,
        n_activists: row.int(14)?,
        n_members: row.int(15)?,
        n_full: row.int(16)?,
        organisation: row.optional_int(22)?.map(|unit| (UnitId(unit), is_joint)),
        step: step(row.int(24)?)?,
        version: row.int(25)?,
    })
}

/// A workplace as a survey sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: WorkplaceId,
    pub(crate) parent: Option<WorkplaceId>,
    /// Preorder number of the unit that answers for it.
    pub(crate) pre: i64,
    pub(crate) is_key: bool,
    pub(crate) sight: Sight,
}

const SEEN: &str = "w.id, w.parent_id, u.pre, w.kind, w.ownership, w.scale, w.n_staff, w.is_stable, w.step, \
     w.n_members, w.n_full, w.n_cards, w.n_instructors, w.term_until, w.visited_on, w.is_key";

/// The open workplaces that units of a range answer for, in the order of the tree.
pub(crate) fn seen(connection: &mut Connection, (pre, post): (i64, i64)) -> Result<Vec<Seen>, StoreError> {
    let range = [pre.into(), post.into()];
    let sql = format!(
        "SELECT {SEEN} FROM unit u JOIN workplace w ON w.root_id = u.root_id AND w.unit_id = u.id
         WHERE u.pre BETWEEN $1 AND $2 AND w.closed_on IS NULL ORDER BY u.pre, w.id"
    );
    let rows = connection.query(&sql, &range)?;
    let mut found = rows.iter().map(see).collect::<Result<Vec<_>, _>>()?;
    let place: HashMap<WorkplaceId, usize> =
        found.iter().enumerate().map(|(place, seen)| (seen.id, place)).collect();
    for at in 0..found.len() {
        let has_member = found[at].sight.n_members > 0;
        if let Some(&above) = found[at].parent.and_then(|parent| place.get(&parent)) {
            let sight = &mut found[above].sight;
            sight.n_parts += 1;
            sight.n_parts_with += i64::from(has_member);
        }
    }
    for (id, admitted_on) in admissions(connection, (pre, post))? {
        if let Some(&at) = place.get(&id) {
            let known = &mut found[at].sight.admitted_on;
            *known = (*known).max(Some(admitted_on));
        }
    }
    for (id, counts) in key_counts(connection, (pre, post))? {
        if let Some(&at) = place.get(&id)
            && let [.., before, now] = counts.as_slice()
        {
            found[at].sight.key_members = Some((*now, *before));
        }
    }
    Ok(found)
}

fn see(row: &Row) -> Result<Seen, StoreError> {
    let kind = WorkplaceKind::from_code(row.int(3)?).ok_or_else(|| damaged("an unknown kind"))?;
    let ownership = row.optional_int(4)?.and_then(Ownership::from_code);
    Ok(Seen {
        id: WorkplaceId(row.int(0)?),
        parent: row.optional_int(1)?.map(WorkplaceId),
        pre: row.int(2)?,
        is_key: row.int(15)? != 0,
        sight: Sight {
            class: Class::of(kind, ownership),
            scale: row.optional_int(5)?.and_then(Scale::from_code),
            n_staff: row.int(6)?,
            is_stable: row.int(7)? != 0,
            step: step(row.int(8)?)?,
            n_members: row.int(9)?,
            n_full: row.int(10)?,
            n_parts: 0,
            n_parts_with: 0,
            has_card: row.int(11)? > 0,
            has_instructor: row.int(12)? > 0,
            term_until: day(row, 13)?,
            visited_on: day(row, 14)?,
            admitted_on: None,
            key_members: None,
        },
    })
}

/// The latest admission at each workplace: of those who work there, and of those on the rosters of its
/// organisation.
fn admissions(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<Vec<(WorkplaceId, Date)>, StoreError> {
    let range = [pre.into(), post.into()];
    let mut rows = connection.query(
        "SELECT w.id, MAX(p.admitted_on) FROM unit u JOIN workplace w ON w.root_id = u.root_id AND w.unit_id = u.id
         JOIN placement a ON a.root_id = w.root_id AND a.workplace_id = w.id JOIN person p ON p.id = a.id
         WHERE u.pre BETWEEN $1 AND $2 AND p.admitted_on IS NOT NULL GROUP BY w.id",
        &range,
    )?;
    rows.extend(connection.query(
        "SELECT w.id, MAX(p.admitted_on) FROM unit u JOIN workplace w ON w.root_id = u.root_id AND w.unit_id = u.id
         JOIN unit o ON o.id = w.organisation_id JOIN unit b ON b.pre BETWEEN o.pre AND o.post
         JOIN person p ON p.root_id = b.root_id AND p.unit_id = b.id
         WHERE u.pre BETWEEN $1 AND $2 AND w.is_joint = 0 AND p.admitted_on IS NOT NULL GROUP BY w.id",
        &range,
    )?);
    rows.iter().map(|row| Ok((WorkplaceId(row.int(0)?), must(day(row, 1)?)?))).collect()
}

/// Members in key posts, year after year.
fn key_counts(
    connection: &mut Connection,
    (pre, post): (i64, i64),
) -> Result<BTreeMap<WorkplaceId, Vec<i64>>, StoreError> {
    let rows = connection.query(
        "SELECT w.id, k.n_members FROM unit u JOIN workplace w ON w.root_id = u.root_id AND w.unit_id = u.id
         JOIN key_count k ON k.root_id = w.root_id AND k.workplace_id = w.id WHERE u.pre BETWEEN $1 AND $2 ORDER BY w.id, k.year",
        &[pre.into(), post.into()],
    )?;
    let mut counts: BTreeMap<WorkplaceId, Vec<i64>> = BTreeMap::new();
    for row in &rows {
        counts.entry(WorkplaceId(row.int(0)?)).or_default().push(row.int(1)?);
    }
    Ok(counts)
}

/// A workplace with the rung before, the rung now, and the day on which it was reached.
type Climbed = (WorkplaceId, Option<Step>, Step, Date);

/// Rungs reached since a day at workplaces that units of a range answer for, by day, each with the rung
/// that stood before that day; none for what came into the register since.
pub(crate) fn climbed(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    since: Date,
) -> Result<Vec<Climbed>, StoreError> {
    let rows = connection.query(
        "SELECT w.id, r.step, r.reached_on,
                (SELECT b.step FROM rung b WHERE b.root_id = w.root_id AND b.workplace_id = w.id AND b.reached_on < $3
                 ORDER BY b.number DESC LIMIT 1)
         FROM rung r JOIN workplace w ON w.root_id = r.root_id AND w.id = r.workplace_id
         JOIN unit u ON u.root_id = w.root_id AND u.id = w.unit_id
         WHERE r.reached_on >= $3 AND u.pre BETWEEN $1 AND $2 AND w.closed_on IS NULL ORDER BY w.id, r.number",
        &[pre.into(), post.into(), since.to_string().into()],
    )?;
    // The last rung of the span is the one that counts.
    let mut found: Vec<Climbed> = Vec::new();
    for row in &rows {
        let id = WorkplaceId(row.int(0)?);
        let before = row.optional_int(3)?.map(step).transpose()?;
        let entry = (id, before, step(row.int(1)?)?, must(day(row, 2)?)?);
        match found.last_mut() {
            Some(last) if last.0 == id => *last = entry,
            _ => found.push(entry),
        }
    }
    found.retain(|(_, before, now, _)| *before != Some(*now));
    Ok(found)
}

/// Workplaces that were closed since a day.
pub(crate) fn n_closed(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    since: Date,
) -> Result<i64, StoreError> {
    let rows = connection.query(
        "SELECT COUNT(*) FROM workplace w JOIN unit u ON u.root_id = w.root_id AND u.id = w.unit_id
         WHERE u.pre BETWEEN $1 AND $2 AND w.closed_on >= $3",
        &[pre.into(), post.into(), since.to_string().into()],
    )?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Open workplaces whose name or code holds a text, in a range of the tree.
pub(crate) fn named(
    connection: &mut Connection,
    typed: &str,
    (pre, post): (i64, i64),
) -> Result<Vec<WorkplaceId>, StoreError> {
    // What is typed is looked for as it stands; the signs of patterns mean nothing.
    let plain: String = typed.chars().filter(|letter| !matches!(letter, '%' | '_' | '\\')).collect();
    let pattern = format!("%{}%", plain.to_lowercase());
    let rows = connection.query(
        "SELECT w.id FROM workplace w JOIN unit u ON u.root_id = w.root_id AND u.id = w.unit_id
         WHERE u.pre BETWEEN $1 AND $2 AND w.closed_on IS NULL
         AND (LOWER(w.name_zh) LIKE $3 OR LOWER(w.name_en) LIKE $3 OR LOWER(w.code) LIKE $3) ORDER BY w.id",
        &[pre.into(), post.into(), pattern.into()],
    )?;
    rows.iter().map(|row| row.int(0).map(WorkplaceId)).collect()
}

/// The workplace that the event at a place of the log entered.
#[expect(clippy::wildcard_enum_match_arm, reason = "one kind of event enters a workplace")]
pub(crate) fn listed_at(connection: &mut Connection, seq: u64) -> Result<WorkplaceId, StoreError> {
    match of_nobody(connection, seq)?.fact.event {
        Event::WorkplaceListed(listed) => Ok(listed.workplace),
        _ => Err(StoreError::Missing),
    }
}

/// Whether anything about workplaces was recorded since the record had a size.
pub(crate) fn went_on(connection: &mut Connection, size: u64) -> Result<bool, StoreError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let sql = "SELECT seq FROM event WHERE seq >= $1 AND kind LIKE 'workplace.%' LIMIT 1";
    Ok(!connection.query(sql, &[size.into()])?.is_empty())
}
