//! Rows of the register of workplaces, derived from events; reading is in `workplaces::reading`. Counts of
//! people go up the chain from a part to the place that it belongs to, and the rung of the ladder is
//! computed anew by the domain whenever something that it rests on changes.

mod reading;

use domain::event::{Event, Fact};
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::person::Stage;
use domain::unit::{Unit, UnitKind};
use domain::workplace::{
    Particulars, Standing, Step, WorkplaceEntrusted, WorkplaceListed, WorkplaceMoved, WorkplaceVisited, step,
};
use jiff::civil::Date;

use super::{Connection, StoreError, Value, units};

pub use reading::VisitRow;
pub(crate) use reading::{
    Seen, charged, climbed, counts, free, listed_at, n_closed, named, of_unit, parts, placed, placed_at,
    rungs, seen, some, visits, went_on, with_code, workplace,
};

/// Every column of a workplace but the root.
pub(crate) const COLUMNS: &str = "id, parent_id, unit_id, kind, ownership, scale, is_stable, is_key, n_staff, code, \
     name_zh, name_en, listed_on, closed_on, n_activists, n_members, n_full, n_contacts, n_instructors, n_cards, \
     term_until, visited_on, organisation_id, is_joint, step, version";

/// Tables whose rows go with a workplace, with their columns but root and workplace.
const WITH_IT: [(&str, &str); 5] = [
    ("placement", "id, since_on"),
    ("charge", "number, kind, person_id, letter, from_on, until_on, ended_on, reason"),
    ("visit", "number, charge_number, visited_on, note"),
    ("rung", "number, step, reached_on"),
    ("key_count", "year, n_posts, n_members"),
];

/// What somebody counts for where they work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Weight {
    n_activists: i64,
    n_members: i64,
    n_full: i64,
}

impl Weight {
    fn of(stage: Option<Stage>) -> Weight {
        match stage {
            Some(Stage::Activist | Stage::Target) => Weight { n_activists: 1, ..Weight::default() },
            Some(Stage::Probationary) => Weight { n_members: 1, ..Weight::default() },
            Some(Stage::Full) => Weight { n_members: 1, n_full: 1, ..Weight::default() },
            Some(Stage::None | Stage::Applicant | Stage::Former) | None => Weight::default(),
        }
    }
}

/// Somebody whose workplace is known, before an event that may change the standing.
pub(crate) struct Standpoint {
    person: PersonId,
    workplace: WorkplaceId,
    weight: Weight,
}

/// Where the person of a fact works and what that counts for; nothing for most.
pub(crate) fn standpoint(connection: &mut Connection, fact: &Fact) -> Result<Option<Standpoint>, StoreError> {
    let Some(person) = fact.subject else { return Ok(None) };
    let Some(workplace) = placed_at(connection, person)? else { return Ok(None) };
    Ok(Some(Standpoint { person, workplace, weight: Weight::of(stage(connection, person)?) }))
}

/// Lets the counts of a workplace follow what an event made of somebody's standing.
pub(crate) fn follow(
    connection: &mut Connection,
    before: Option<Standpoint>,
    fact: &Fact,
) -> Result<(), StoreError> {
    let Some(Standpoint { person, workplace, weight }) = before else { return Ok(()) };
    let after = stage(connection, person)?;
    let weighs = Weight::of(after);
    if weighs != weight {
        count(connection, workplace, weight, weighs, fact.occurred_on)?;
    }
    // Whoever left, or was found to be another entry, works nowhere in the register.
    if matches!(after, None | Some(Stage::Former)) {
        connection.execute("DELETE FROM placement WHERE id = $1", &[person.0.into()])?;
    }
    Ok(())
}

/// The standing of an entry that stands for itself.
fn stage(connection: &mut Connection, person: PersonId) -> Result<Option<Stage>, StoreError> {
    let sql = "SELECT stage FROM person WHERE id = $1 AND merged_into IS NULL";
    let rows = connection.query(sql, &[person.0.into()])?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.and_then(Stage::from_code))
}

/// Counts a person differently at a workplace and at those that it is a part of.
fn count(
    connection: &mut Connection,
    workplace: WorkplaceId,
    was: Weight,
    is: Weight,
    on: Date,
) -> Result<(), StoreError> {
    let mut next = Some(workplace);
    while let Some(id) = next {
        let root = root_of(connection, id)?;
        connection.execute(
            "UPDATE workplace SET n_activists = n_activists + $3, n_members = n_members + $4, n_full = n_full + $5
             WHERE root_id = $1 AND id = $2",
            &[
                root.into(),
                id.0.into(),
                (is.n_activists - was.n_activists).into(),
                (is.n_members - was.n_members).into(),
                (is.n_full - was.n_full).into(),
            ],
        )?;
        next = climb(connection, id, on)?;
    }
    Ok(())
}

/// The root under which a workplace is kept.
fn root_of(connection: &mut Connection, id: WorkplaceId) -> Result<i64, StoreError> {
    let rows = connection.query("SELECT root_id FROM workplace WHERE id = $1", &[id.0.into()])?;
    rows.first().ok_or(StoreError::Missing)?.int(0)
}

/// Makes another unit answer for a workplace.
fn answered_by(connection: &mut Connection, id: WorkplaceId, unit: UnitId) -> Result<(), StoreError> {
    let root = root_of(connection, id)?;
    let sql = "UPDATE workplace SET unit_id = $3 WHERE root_id = $1 AND id = $2";
    connection.execute(sql, &[root.into(), id.0.into(), unit.0.into()])?;
    Ok(())
}

/// Computes the rung of a workplace anew; the one that it is a part of.
fn climb(connection: &mut Connection, id: WorkplaceId, on: Date) -> Result<Option<WorkplaceId>, StoreError> {
    let rows = connection.query(
        "SELECT root_id, parent_id, n_contacts, n_instructors, n_activists, n_members, is_joint, step
         FROM workplace WHERE id = $1",
        &[id.0.into()],
    )?;
    let row = rows.first().ok_or(StoreError::Missing)?;
    let standing = Standing {
        has_contact: row.int(2)? > 0,
        has_instructor: row.int(3)? > 0,
        n_activists: row.int(4)?,
        n_members: row.int(5)?,
        is_joint: row.optional_int(6)?.map(|is_joint| is_joint != 0),
    };
    let reached = step(standing);
    if reached.code() != row.int(7)? {
        let root = row.int(0)?;
        connection.execute(
            "UPDATE workplace SET step = $1 WHERE root_id = $2 AND id = $3",
            &[reached.code().into(), root.into(), id.0.into()],
        )?;
        note_rung(connection, root, id, reached, on)?;
    }
    Ok(row.optional_int(1)?.map(WorkplaceId))
}

fn note_rung(
    connection: &mut Connection,
    root: i64,
    id: WorkplaceId,
    reached: Step,
    on: Date,
) -> Result<(), StoreError> {
    let number = next_number(connection, "rung", id)?;
    connection.execute(
        "INSERT INTO rung (root_id, workplace_id, number, step, reached_on) VALUES ($1, $2, $3, $4, $5)",
        &[root.into(), id.0.into(), number.into(), reached.code().into(), on.to_string().into()],
    )?;
    Ok(())
}

fn next_number(connection: &mut Connection, table: &str, id: WorkplaceId) -> Result<i64, StoreError> {
    let sql = format!("SELECT MAX(number) FROM {table} WHERE workplace_id = $1");
    let rows = connection.query(&sql, &[id.0.into()])?;
    Ok(rows.first().map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1)
}

/// Derives the rows of a fact about a workplace, or about where somebody works.
#[expect(clippy::wildcard_enum_match_arm, reason = "`views` hands over only what is about a workplace")]
pub(crate) fn apply(connection: &mut Connection, root: UnitId, fact: &Fact) -> Result<(), StoreError> {
    let on = fact.occurred_on;
    let id = match &fact.event {
        Event::PersonPlaced(placed) => return place(connection, fact, placed.workplace),
        Event::WorkplaceListed(listed) => return list(connection, root, fact, listed),
        Event::WorkplaceChanged(it) => it.workplace,
        Event::WorkplaceClosed(it) => it.workplace,
        Event::WorkplaceCounted(it) => it.workplace,
        Event::WorkplaceEntrusted(it) => it.workplace,
        Event::WorkplaceMoved(it) => it.workplace,
        Event::WorkplaceOrganised(it) => it.workplace,
        Event::WorkplaceRelieved(it) => it.workplace,
        Event::WorkplaceVisited(it) => it.workplace,
        other => return Err(StoreError::Unfit(format!("`{}` is not about a workplace", other.kind()))),
    };
    let rows = connection.query("SELECT root_id FROM workplace WHERE id = $1", &[id.0.into()])?;
    let here = Here { root: rows.first().ok_or(StoreError::Missing)?.int(0)?, id, on };
    match &fact.event {
        Event::WorkplaceChanged(it) => here.alter(connection, &it.particulars)?,
        Event::WorkplaceClosed(_) => here.set(connection, "closed_on", on.to_string().into())?,
        Event::WorkplaceCounted(it) => {
            connection.execute(
                "INSERT INTO key_count (root_id, workplace_id, year, n_posts, n_members)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (root_id, workplace_id, year)
                 DO UPDATE SET n_posts = excluded.n_posts, n_members = excluded.n_members",
                &here.row([i64::from(it.year).into(), it.n_posts.into(), it.n_members.into()]),
            )?;
        }
        Event::WorkplaceEntrusted(it) => here.entrust(connection, it)?,
        Event::WorkplaceRelieved(it) => {
            connection.execute(
                "UPDATE charge SET ended_on = $4, reason = $5 WHERE root_id = $1 AND workplace_id = $2 AND number = $3",
                &here.row([it.number.into(), on.to_string().into(), it.reason.as_str().into()]),
            )?;
            here.count_charges(connection)?;
        }
        Event::WorkplaceVisited(it) => here.visit(connection, it)?,
        Event::WorkplaceOrganised(it) => {
            let unit = it.organisation.map(|unit| units::unit(connection, unit)).transpose()?.flatten();
            here.organise(connection, unit.as_ref())?;
        }
        Event::WorkplaceMoved(it) => hand_over(connection, it, fact.unit, root)?,
        _ => {}
    }
    let sql = "UPDATE workplace SET version = version + 1 WHERE root_id = $1 AND id = $2";
    let root = root_of(connection, id)?;
    connection.execute(sql, &[root.into(), id.0.into()])?;
    Ok(())
}

/// A workplace whose rows are changed.
struct Here {
    root: i64,
    id: WorkplaceId,
    on: Date,
}

impl Here {
    fn row<const N: usize>(&self, after: [Value; N]) -> Vec<Value> {
        [self.root.into(), self.id.0.into()].into_iter().chain(after).collect()
    }

    fn set(&self, connection: &mut Connection, column: &str, value: Value) -> Result<(), StoreError> {
        let sql = format!("UPDATE workplace SET {column} = $3 WHERE root_id = $1 AND id = $2");
        connection.execute(&sql, &self.row([value]))?;
        Ok(())
    }

    fn alter(&self, connection: &mut Connection, it: &Particulars) -> Result<(), StoreError> {
        connection.execute(
            "UPDATE workplace SET kind = $3, ownership = $4, scale = $5, is_stable = $6, is_key = $7, n_staff = $8,
             code = $9, name_zh = $10, name_en = $11 WHERE root_id = $1 AND id = $2",
            &self.row(described(it)),
        )?;
        Ok(())
    }

    fn entrust(&self, connection: &mut Connection, it: &WorkplaceEntrusted) -> Result<(), StoreError> {
        connection.execute(
            "INSERT INTO charge (root_id, workplace_id, number, kind, person_id, letter, from_on, until_on, ended_on, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL)",
            &self.row([
                it.number.into(),
                it.charge.code().into(),
                it.person.0.into(),
                it.letter.as_str().into(),
                self.on.to_string().into(),
                it.until_on.map(|day| day.to_string()).into(),
            ]),
        )?;
        self.count_charges(connection)
    }

    fn visit(&self, connection: &mut Connection, it: &WorkplaceVisited) -> Result<(), StoreError> {
        let number = next_number(connection, "visit", self.id)?;
        connection.execute(
            "INSERT INTO visit (root_id, workplace_id, number, charge_number, visited_on, note)
             VALUES ($1, $2, $3, $4, $5, $6)",
            &self.row([number.into(), it.number.into(), self.on.to_string().into(), it.note.as_str().into()]),
        )?;
        self.count_charges(connection)
    }

    fn organise(&self, connection: &mut Connection, unit: Option<&Unit>) -> Result<(), StoreError> {
        let is_joint = unit.map(|unit| i64::from(unit.kind == UnitKind::JointBranch));
        self.set(connection, "organisation_id", unit.map(|unit| unit.id.0).into())?;
        self.set(connection, "is_joint", is_joint.into())?;
        climb(connection, self.id, self.on).map(drop)
    }

    /// Sums the charges that are held up again.
    fn count_charges(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let rows = connection.query(
            "SELECT c.kind, COUNT(*), MAX(c.until_on), MAX(c.from_on) FROM charge c
             WHERE c.workplace_id = $1 AND c.ended_on IS NULL GROUP BY c.kind ORDER BY c.kind",
            &[self.id.0.into()],
        )?;
        let mut held = [0; 3];
        let (mut until, mut since) = (None, None);
        for row in &rows {
            let charge = domain::workplace::Charge::from_code(row.int(0)?);
            match charge {
                Some(domain::workplace::Charge::Contact) => held[0] = row.int(1)?,
                Some(domain::workplace::Charge::Instructor) => {
                    held[1] = row.int(1)?;
                    until = row.optional_text(2)?.map(str::to_owned);
                    since = row.optional_text(3)?.map(str::to_owned);
                }
                Some(domain::workplace::Charge::Area) => held[2] = row.int(1)?,
                None => return Err(StoreError::Damaged("a charge of unknown kind".to_owned())),
            }
        }
        let visited = match &since {
            Some(since) => {
                let sql = "SELECT MAX(visited_on) FROM visit WHERE workplace_id = $1 AND visited_on >= $2";
                let rows = connection.query(sql, &[self.id.0.into(), since.as_str().into()])?;
                let last = rows.first().map(|row| row.optional_text(0)).transpose()?.flatten();
                Some(last.unwrap_or(since).to_owned())
            }
            None => None,
        };
        let [n_contacts, n_instructors, n_cards] = held;
        connection.execute(
            "UPDATE workplace SET n_contacts = $3, n_instructors = $4, n_cards = $5, term_until = $6, visited_on = $7
             WHERE root_id = $1 AND id = $2",
            &self.row([n_contacts.into(), n_instructors.into(), n_cards.into(), until.into(), visited.into()]),
        )?;
        climb(connection, self.id, self.on).map(drop)
    }
}

fn described(it: &Particulars) -> [Value; 9] {
    [
        it.kind.code().into(),
        it.ownership.map(|ownership| ownership.code()).into(),
        it.scale.map(|scale| scale.code()).into(),
        i64::from(it.is_stable).into(),
        i64::from(it.is_key).into(),
        it.n_staff.into(),
        it.code.as_str().into(),
        it.name.zh.as_str().into(),
        it.name.en.as_str().into(),
    ]
}

fn list(
    connection: &mut Connection,
    root: UnitId,
    fact: &Fact,
    listed: &WorkplaceListed,
) -> Result<(), StoreError> {
    let head = [
        root.0.into(),
        listed.workplace.0.into(),
        listed.parent.map(|parent| parent.0).into(),
        fact.unit.0.into(),
    ];
    let row: Vec<Value> = head
        .into_iter()
        .chain(described(&listed.particulars))
        .chain([fact.occurred_on.to_string().into()])
        .collect();
    let sql = format!(
        "INSERT INTO workplace (root_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
         $14, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 1)"
    );
    connection.execute(&sql, &row)?;
    note_rung(connection, root.0, listed.workplace, Step::Blank, fact.occurred_on)
}

fn place(connection: &mut Connection, fact: &Fact, to: Option<WorkplaceId>) -> Result<(), StoreError> {
    let person = fact.subject.ok_or_else(|| StoreError::Unfit("`person.placed` names nobody".to_owned()))?;
    let weight = Weight::of(stage(connection, person)?);
    if let Some(from) = placed_at(connection, person)? {
        count(connection, from, weight, Weight::default(), fact.occurred_on)?;
        connection.execute("DELETE FROM placement WHERE id = $1", &[person.0.into()])?;
    }
    let Some(to) = to else { return Ok(()) };
    let root = root_of(connection, to)?;
    connection.execute(
        "INSERT INTO placement (root_id, id, workplace_id, since_on) VALUES ($1, $2, $3, $4)",
        &[root.into(), person.0.into(), to.0.into(), fact.occurred_on.to_string().into()],
    )?;
    count(connection, to, Weight::default(), weight, fact.occurred_on)
}

/// Another unit answers for a workplace and its parts from now on.
fn hand_over(
    connection: &mut Connection,
    moved: &WorkplaceMoved,
    unit: UnitId,
    root: UnitId,
) -> Result<(), StoreError> {
    let mut next = vec![moved.workplace];
    while let Some(id) = next.pop() {
        let parts =
            connection.query("SELECT id FROM workplace WHERE parent_id = $1 ORDER BY id", &[id.0.into()])?;
        next.extend(parts.iter().map(|row| row.int(0).map(WorkplaceId)).collect::<Result<Vec<_>, _>>()?);
        answered_by(connection, id, unit)?;
        rewrite(connection, id, root)?;
    }
    Ok(())
}

/// Writes a workplace and what goes with it under another root. A row's root is never changed in place.
fn rewrite(connection: &mut Connection, id: WorkplaceId, root: UnitId) -> Result<(), StoreError> {
    let rows = connection.query("SELECT root_id FROM workplace WHERE id = $1", &[id.0.into()])?;
    let old = rows.first().ok_or(StoreError::Missing)?.int(0)?;
    if old == root.0 {
        return Ok(());
    }
    let own = WITH_IT.map(|(table, columns)| (table, "workplace_id", format!("workplace_id, {columns}")));
    let tables = [("workplace", "id", COLUMNS.to_owned())].into_iter().chain(own);
    for (table, key, columns) in tables {
        let copy = format!(
            "INSERT INTO {table} (root_id, {columns}) SELECT $1, {columns} FROM {table} WHERE root_id = $2 AND {key} = $3"
        );
        connection.execute(&copy, &[root.0.into(), old.into(), id.0.into()])?;
        let gone = format!("DELETE FROM {table} WHERE root_id = $1 AND {key} = $2");
        connection.execute(&gone, &[old.into(), id.0.into()])?;
    }
    Ok(())
}

/// Takes the workplaces of a unit along when the unit comes under another root.
pub(crate) fn rehome(connection: &mut Connection, unit: &Unit, root: UnitId) -> Result<(), StoreError> {
    for id in of_unit(connection, unit)? {
        rewrite(connection, id, root)?;
    }
    Ok(())
}

/// Lets the register follow the tree: the workplaces of a unit that ends go to the unit that takes its
/// place or stands above it, and an organisation that ends, or is now a joint one, changes the rung of
/// what it covers. Called when the tree has changed.
#[expect(clippy::wildcard_enum_match_arm, reason = "only ends and changes of units matter here")]
pub(crate) fn follow_unit(connection: &mut Connection, fact: &Fact) -> Result<(), StoreError> {
    let Some(unit) = units::unit(connection, fact.unit)? else { return Ok(()) };
    let heir = match &fact.event {
        Event::UnitMerged(merged) => Some(merged.into),
        Event::UnitClosed(_) => None,
        Event::UnitChanged(_) => Some(unit.id),
        _ => return Ok(()),
    };
    if !unit.is_open
        && let Some(to) = heir.or(unit.parent)
    {
        let to = units::unit(connection, to)?.ok_or(StoreError::Missing)?;
        for id in of_unit(connection, &unit)? {
            answered_by(connection, id, to.id)?;
            rewrite(connection, id, to.root)?;
        }
    }
    let covered = connection.query(
        "SELECT root_id, id FROM workplace WHERE organisation_id = $1 ORDER BY id",
        &[unit.id.0.into()],
    )?;
    let organisation = heir.map(|heir| units::unit(connection, heir)).transpose()?.flatten();
    for row in covered {
        let here = Here { root: row.int(0)?, id: WorkplaceId(row.int(1)?), on: fact.occurred_on };
        here.organise(connection, organisation.as_ref())?;
    }
    Ok(())
}
