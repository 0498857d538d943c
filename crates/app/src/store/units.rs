//! Rows of units and posts. A unit's subtree is the range of preorder numbers from its `pre` to its
//! `post`; children get a part of what their parent has left, and when nothing is left, or a unit
//! moves, the whole tree is numbered anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::access::Scope;
use domain::event::{Event, Fact, UnitOpened};
use domain::ids::{PersonId, UnitId};
use domain::text::Text;
use domain::unit::{Sector, Unit, UnitKind};

use super::{Connection, Row, SITE, StoreError, Value, cases, people, places, workplaces};

const WHOLE: i64 = 1 << 60;
/// A new child gets this part of what its parent has left.
const PART: i64 = 64;

const COLUMNS: &str =
    "id, root_id, parent_id, kind, sector, code, name_zh, name_en, closed_on, pre, post, depth, version";

/// A unit by its id.
pub(crate) fn unit(connection: &mut Connection, id: UnitId) -> Result<Option<Unit>, StoreError> {
    let rows = connection.query(&format!("SELECT {COLUMNS} FROM unit WHERE id = $1"), &[id.0.into()])?;
    rows.first().map(read).transpose()
}

/// Units directly below another, in preorder; without a parent, the top.
pub(crate) fn children(connection: &mut Connection, parent: Option<UnitId>) -> Result<Vec<Unit>, StoreError> {
    let rows = match parent {
        Some(parent) => connection.query(
            &format!("SELECT {COLUMNS} FROM unit WHERE parent_id = $1 ORDER BY pre"),
            &[parent.0.into()],
        )?,
        None => connection
            .query(&format!("SELECT {COLUMNS} FROM unit WHERE parent_id IS NULL ORDER BY pre"), &[])?,
    };
    rows.iter().map(read).collect()
}

/// The open unit with an office's code.
pub(crate) fn with_code(connection: &mut Connection, code: &str) -> Result<Option<UnitId>, StoreError> {
    let rows = connection
        .query("SELECT id FROM unit WHERE code = $1 AND closed_on IS NULL ORDER BY id", &[code.into()])?;
    rows.first().map(|row| row.int(0).map(UnitId)).transpose()
}

/// A unit and everything below it, in preorder.
pub(crate) fn subtree(connection: &mut Connection, top: &Unit) -> Result<Vec<Unit>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM unit WHERE pre BETWEEN $1 AND $2 ORDER BY pre");
    connection.query(&sql, &[top.pre.into(), top.post.into()])?.iter().map(read).collect()
}

/// The open units that lie in any of some scopes, in preorder. Scopes over single files hold no unit.
pub(crate) fn within(connection: &mut Connection, scopes: &[Scope]) -> Result<Vec<Unit>, StoreError> {
    let mut bounds: Vec<Value> = Vec::new();
    let mut ranges = Vec::new();
    for scope in scopes {
        if let Scope::Units { pre, post } = scope {
            ranges.push(format!("pre BETWEEN ${} AND ${}", bounds.len() + 1, bounds.len() + 2));
            bounds.extend([Value::from(*pre), Value::from(*post)]);
        }
    }
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM unit WHERE ({}) AND closed_on IS NULL ORDER BY pre",
        ranges.join(" OR ")
    );
    connection.query(&sql, &bounds)?.iter().map(read).collect()
}

/// The day on which a unit was opened.
pub(crate) fn opened_on(connection: &mut Connection, id: UnitId) -> Result<jiff::civil::Date, StoreError> {
    let rows = connection.query("SELECT opened_on FROM unit WHERE id = $1", &[id.0.into()])?;
    let day = rows.first().map(|row| people::day(row, 0)).transpose()?.flatten();
    day.ok_or(StoreError::Missing)
}

/// What a change can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Unit,
    Post,
    Group,
}

/// A free identity. The first ones are left to the site itself.
pub(crate) fn free(connection: &mut Connection, made: Made) -> Result<i64, StoreError> {
    let table = match made {
        Made::Unit => "unit",
        Made::Post => "post",
        Made::Group => "party_group",
    };
    let rows = connection.query(&format!("SELECT MAX(id) FROM {table}"), &[])?;
    let last = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten();
    Ok(last.unwrap_or(SITE.0).max(SITE.0) + 1)
}

/// The unit in whose books the event at a place of the log is kept.
pub(crate) fn opened_at(connection: &mut Connection, seq: u64) -> Result<UnitId, StoreError> {
    let rows = connection.query("SELECT unit_id FROM event WHERE seq = $1", &[seq.cast_signed().into()])?;
    rows.first().map(|row| row.int(0).map(UnitId)).transpose()?.ok_or(StoreError::Missing)
}

/// Who held a kind of post in a unit on a day.
pub(crate) fn holders(
    connection: &mut Connection,
    unit: &Unit,
    kind: domain::unit::PostKind,
    day: jiff::civil::Date,
) -> Result<Vec<PersonId>, StoreError> {
    let rows = connection.query(
        "SELECT person_id FROM post WHERE root_id = $1 AND unit_id = $2 AND kind = $3 AND from_on <= $4
         AND (to_on IS NULL OR to_on > $4) ORDER BY from_on",
        &[unit.root.0.into(), unit.id.0.into(), kind.code().into(), day.to_string().into()],
    )?;
    rows.iter().map(|row| row.int(0).map(PersonId)).collect()
}

/// The kinds of posts of a unit that somebody held on a day.
pub(crate) fn posts_held(
    connection: &mut Connection,
    unit: &Unit,
    day: jiff::civil::Date,
) -> Result<std::collections::BTreeSet<domain::unit::PostKind>, StoreError> {
    let rows = connection.query(
        "SELECT DISTINCT kind FROM post WHERE root_id = $1 AND unit_id = $2 AND from_on <= $3
         AND (to_on IS NULL OR to_on > $3)",
        &[unit.root.0.into(), unit.id.0.into(), day.to_string().into()],
    )?;
    let kind = |row: &Row| {
        let code = row.int(0)?;
        let kind = domain::unit::PostKind::from_code(code);
        kind.ok_or_else(|| StoreError::Damaged(format!("a post has the unknown kind {code}")))
    };
    rows.iter().map(kind).collect()
}

fn read(row: &Row) -> Result<Unit, StoreError> {
    let code =
        |column: usize, what: &str| StoreError::Damaged(format!("column {column} of a unit is no {what}"));
    Ok(Unit {
        id: UnitId(row.int(0)?),
        root: UnitId(row.int(1)?),
        parent: row.optional_int(2)?.map(UnitId),
        kind: UnitKind::from_code(row.int(3)?).ok_or_else(|| code(3, "kind"))?,
        sector: Sector::from_code(row.int(4)?).ok_or_else(|| code(4, "sector"))?,
        code: row.text(5)?.to_owned(),
        name: Text::new(row.text(6)?, row.text(7)?),
        is_open: row.optional_text(8)?.is_none(),
        pre: row.int(9)?,
        post: row.int(10)?,
        depth: row.int(11)?,
        version: row.int(12)?,
    })
}

/// Roots of units that were looked up since the tree last changed.
#[derive(Default)]
pub(crate) struct Roots(HashMap<UnitId, UnitId>);

impl Roots {
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// The root under which a fact is kept, before its rows are derived.
    pub(crate) fn root_for(
        &mut self,
        connection: &mut Connection,
        fact: &Fact,
    ) -> Result<UnitId, StoreError> {
        if fact.subject.is_none() {
            // What is about nobody may change the tree.
            self.forget();
            return root_for(connection, fact);
        }
        if let Some(&root) = self.0.get(&fact.unit) {
            return Ok(root);
        }
        let root = root_for(connection, fact)?;
        self.0.insert(fact.unit, root);
        Ok(root)
    }
}

/// The root under which a fact is kept: that of its unit, or of the unit it opens.
fn root_for(connection: &mut Connection, fact: &Fact) -> Result<UnitId, StoreError> {
    if let Event::UnitOpened(opened) = &fact.event {
        return root_below(connection, opened.parent, fact.unit);
    }
    Ok(unit(connection, fact.unit)?.map_or(SITE, |unit| unit.root))
}

/// The root of a unit that stands under a parent: at and above county level each unit is its own.
fn root_below(connection: &mut Connection, parent: Option<UnitId>, id: UnitId) -> Result<UnitId, StoreError> {
    let Some(parent) = parent else { return Ok(id) };
    let parent = unit(connection, parent)?.ok_or(StoreError::Missing)?;
    let is_above = matches!(parent.kind, UnitKind::Nation | UnitKind::Province | UnitKind::City);
    Ok(if is_above { id } else { parent.root })
}

/// Derives the rows of a fact about units or posts.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about a unit")]
pub(crate) fn apply(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    let day = fact.occurred_on.to_string();
    let id = fact.unit;
    match &fact.event {
        Event::UnitOpened(opened) => return open(connection, root, fact, opened),
        Event::UnitChanged(changed) => {
            connection.execute(
                "UPDATE unit SET kind = $1, sector = $2, code = $3, name_zh = $4, name_en = $5 WHERE root_id = $6 AND id = $7",
                &[
                    changed.unit_kind.code().into(),
                    changed.sector.code().into(),
                    changed.code.as_str().into(),
                    changed.name.zh.as_str().into(),
                    changed.name.en.as_str().into(),
                    root.0.into(),
                    id.0.into(),
                ],
            )?;
        }
        Event::UnitMoved(moved) => move_under(connection, id, moved.parent)?,
        Event::UnitMerged(merged) => {
            let here = unit(connection, id)?.ok_or(StoreError::Missing)?;
            for child in children(connection, Some(id))? {
                move_under(connection, child.id, merged.into)?;
            }
            people::move_all(connection, &here, merged.into)?;
            close(connection, root, id, &day)?;
        }
        Event::UnitSplit(split) => {
            for &child in &split.units {
                move_under(connection, child, split.into)?;
            }
            for &person in &split.people {
                people::move_one(connection, person, split.into)?;
            }
        }
        Event::UnitClosed(_) => close(connection, root, id, &day)?,
        Event::PostAssigned(post) => {
            connection.execute(
                "INSERT INTO post (root_id, id, unit_id, person_id, kind, from_on, to_on) VALUES ($1, $2, $3, $4, $5, $6, NULL)",
                &[root.0.into(), post.post.0.into(), id.0.into(), post.person.0.into(), post.kind.code().into(), day.into()],
            )?;
        }
        Event::PostEnded(ended) => {
            connection.execute(
                "UPDATE post SET to_on = $1 WHERE root_id = $2 AND id = $3",
                &[day.into(), root.0.into(), ended.post.0.into()],
            )?;
        }
        other => return Err(StoreError::Unfit(format!("`{}` is not about a unit", other.kind()))),
    }
    let root = unit(connection, id)?.map_or(root, |unit| unit.root);
    connection.execute(
        "UPDATE unit SET version = version + 1 WHERE root_id = $1 AND id = $2",
        &[root.0.into(), id.0.into()],
    )?;
    Ok(())
}

fn close(connection: &mut Connection, root: UnitId, id: UnitId, day: &str) -> Result<(), StoreError> {
    let values = [day.into(), root.0.into(), id.0.into()];
    connection.execute("UPDATE unit SET closed_on = $1 WHERE root_id = $2 AND id = $3", &values)?;
    Ok(())
}

fn open(
    connection: &mut Connection,
    root: UnitId,
    fact: &Fact,
    opened: &UnitOpened,
) -> Result<(), StoreError> {
    let (pre, post, depth) = place(connection, opened.parent)?;
    connection.execute(
        "INSERT INTO unit (root_id, id, parent_id, kind, sector, code, name_zh, name_en, depth, pre, post,
                           opened_on, closed_on, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, 1)",
        &[
            root.0.into(),
            fact.unit.0.into(),
            opened.parent.map(|parent| parent.0).into(),
            opened.unit_kind.code().into(),
            opened.sector.code().into(),
            opened.code.as_str().into(),
            opened.name.zh.as_str().into(),
            opened.name.en.as_str().into(),
            depth.into(),
            pre.into(),
            post.into(),
            fact.occurred_on.to_string().into(),
        ],
    )?;
    Ok(())
}

/// Room for one more child.
fn place(connection: &mut Connection, parent: Option<UnitId>) -> Result<(i64, i64, i64), StoreError> {
    let Some(parent) = parent else { return Ok((0, WHOLE, 0)) };
    for _ in 0..2 {
        let above = unit(connection, parent)?.ok_or(StoreError::Missing)?;
        let rows = connection.query("SELECT MAX(post) FROM unit WHERE parent_id = $1", &[parent.0.into()])?;
        let taken = rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(above.pre);
        let width = (above.post - taken) / PART;
        if width >= 1 {
            return Ok((taken + 1, taken + width, above.depth + 1));
        }
        number_anew(connection)?;
    }
    Err(StoreError::Unfit("the tree has more units than numbers".to_owned()))
}

/// Puts a unit and all below it under another parent.
fn move_under(connection: &mut Connection, id: UnitId, parent: UnitId) -> Result<(), StoreError> {
    let moved = unit(connection, id)?.ok_or(StoreError::Missing)?;
    let values = [parent.0.into(), moved.root.0.into(), id.0.into()];
    connection.execute("UPDATE unit SET parent_id = $1 WHERE root_id = $2 AND id = $3", &values)?;
    let root = root_below(connection, Some(parent), id)?;
    if root != moved.root {
        let mut left = BTreeSet::new();
        for below in subtree(connection, &moved)? {
            left.insert(below.root);
            rehome(connection, &below, root)?;
        }
        for root in left.into_iter().chain([root]) {
            people::total(connection, root)?;
        }
    }
    number_anew(connection)
}

/// Writes a unit's rows under another root. A row's root is never changed in place: a sharded database
/// would have to move it.
fn rehome(connection: &mut Connection, unit: &Unit, root: UnitId) -> Result<(), StoreError> {
    let tables = [
        (
            "unit",
            "id",
            "id, parent_id, kind, sector, code, name_zh, name_en, depth, pre, post, opened_on, closed_on, version",
        ),
        ("post", "unit_id", "id, unit_id, person_id, kind, from_on, to_on"),
        ("person", "unit_id", people::COLUMNS),
        ("rollup", "unit_id", "unit_id, cell, n"),
        ("admission", "unit_id", cases::COLUMNS),
        ("place", "unit_id", places::COLUMNS),
        ("party_group", "unit_id", "id, unit_id, name_zh, name_en, formed_on"),
        ("letter", "from_id", "id, from_id, to_id, sent_on, is_file_included"),
    ];
    for (table, key, columns) in tables {
        let copy = format!(
            "INSERT INTO {table} (root_id, {columns}) SELECT $1, {columns} FROM {table} WHERE root_id = $2 AND {key} = $3"
        );
        connection.execute(&copy, &[root.0.into(), unit.root.0.into(), unit.id.0.into()])?;
        let old = format!("DELETE FROM {table} WHERE root_id = $1 AND {key} = $2");
        connection.execute(&old, &[unit.root.0.into(), unit.id.0.into()])?;
    }
    workplaces::rehome(connection, unit, root)
}

/// Numbers the whole tree anew, keeping the order of children. Every unit gets one slot where it begins
/// and one where it ends, so that each has room for further children behind the last.
fn number_anew(connection: &mut Connection) -> Result<(), StoreError> {
    let rows = connection.query("SELECT id, root_id, parent_id FROM unit ORDER BY pre, id", &[])?;
    let mut below: BTreeMap<Option<i64>, Vec<(i64, i64)>> = BTreeMap::new();
    for row in &rows {
        below.entry(row.optional_int(2)?).or_default().push((row.int(0)?, row.int(1)?));
    }
    let slot = WHOLE / (2 * rows.len() as i64 + 1);
    let mut next = 0;
    // Each entry is visited twice: when it begins, with no start yet, and when all below it is done.
    let mut stack: Vec<(i64, i64, i64, Option<i64>)> = Vec::new();
    stack.extend(below.get(&None).into_iter().flatten().rev().map(|&(id, root)| (id, root, 0, None)));
    while let Some((id, root, depth, start)) = stack.pop() {
        let here = next * slot;
        next += 1;
        let Some(start) = start else {
            stack.push((id, root, depth, Some(here)));
            let children = below.get(&Some(id)).into_iter().flatten().rev();
            stack.extend(children.map(|&(child, root)| (child, root, depth + 1, None)));
            continue;
        };
        let values = [start.into(), (here + slot - 1).into(), depth.into(), root.into(), id.into()];
        connection.execute(
            "UPDATE unit SET pre = $1, post = $2, depth = $3 WHERE root_id = $4 AND id = $5",
            &values,
        )?;
    }
    Ok(())
}
