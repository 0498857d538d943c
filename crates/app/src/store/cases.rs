//! Rows of admission files, and the files themselves folded from the record. A file decides where its
//! person stands, so the person's row and the counters follow it here.

use std::collections::HashMap;

use domain::case::{Case, Change, Recorded};
use domain::event::{Event, Fact};
use domain::ids::{CaseId, PersonId, UnitId};
use domain::tree::RunningFile;
use domain::unit::Unit;

use super::keys::Keys;
use super::lately::Reach;
use super::people::Standing;
use super::{Connection, Row, StoreError, Value, people, reading};

/// Most files kept at hand, unless more are expected; the demonstration city has about seven thousand.
const AT_HAND: usize = 10_000;

/// Every column of a file's row but the root.
pub(crate) const COLUMNS: &str =
    "id, person_id, unit_id, opened_on, step, stage, stage_on, sent_to, is_held, is_closed, version";

/// Files folded lately, so that one more event does not read the whole file again.
pub(crate) struct Cases {
    files: HashMap<CaseId, Case>,
    most: usize,
}

impl Default for Cases {
    fn default() -> Self {
        Cases { files: HashMap::new(), most: AT_HAND }
    }
}

/// A row of the list of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// The file.
    pub id: CaseId,
    /// Whose it is.
    pub person: PersonId,
    /// The branch that keeps it.
    pub unit: UnitId,
    /// Whether nothing more is to be done.
    pub is_closed: bool,
    /// Number of its events.
    pub version: i64,
}

/// The file that a fact belongs to.
pub(crate) fn case_of(fact: &Fact) -> Option<CaseId> {
    if let Event::Case(event) = &fact.event { Some(event.case) } else { None }
}

/// A file folded from the record; none if nothing was recorded in it.
pub(crate) fn read(
    connection: &mut Connection,
    keys: &mut Keys,
    id: CaseId,
) -> Result<Option<Case>, StoreError> {
    before(connection, keys, id, i64::MAX)
}

/// The place of a file's last event in the log, and how many it has.
pub(crate) fn end(connection: &mut Connection, id: CaseId) -> Result<Option<(i64, i64)>, StoreError> {
    let rows = connection.query("SELECT MAX(seq), COUNT(*) FROM event WHERE case_id = $1", &[id.0.into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let n = row.int(1)?;
    Ok(row.optional_int(0)?.map(|end| (end, n)))
}

/// The events of a file behind a place of the log.
pub(crate) fn after(
    connection: &mut Connection,
    keys: &mut Keys,
    id: CaseId,
    seq: i64,
) -> Result<Vec<Recorded>, StoreError> {
    let sql = format!("SELECT {} FROM event WHERE case_id = $1 AND seq > $2 ORDER BY seq", reading::COLUMNS);
    connection
        .query(&sql, &[id.0.into(), seq.into()])?
        .iter()
        .map(|row| reading::recorded(row, keys))
        .collect()
}

/// A file as it was before a place of the log.
fn before(
    connection: &mut Connection,
    keys: &mut Keys,
    id: CaseId,
    seq: i64,
) -> Result<Option<Case>, StoreError> {
    let sql = format!("SELECT {} FROM event WHERE case_id = $1 AND seq < $2 ORDER BY seq", reading::COLUMNS);
    let mut case: Option<Case> = None;
    for row in connection.query(&sql, &[id.0.into(), seq.into()])? {
        let recorded = reading::recorded(&row, keys)?;
        match &mut case {
            Some(case) => case.apply(recorded),
            None => case.insert(empty(&recorded)?).apply(recorded),
        }
    }
    Ok(case)
}

/// The file before its first event.
fn empty(first: &Recorded) -> Result<Case, StoreError> {
    let id = case_of(&first.fact).ok_or(StoreError::Missing)?;
    let person = first.fact.subject.ok_or(StoreError::Missing)?;
    Ok(Case::new(id, person, first.fact.unit))
}

impl Cases {
    /// Room for so many files, for whoever goes through a whole record: each of them would otherwise be
    /// read again with each of its events.
    pub(crate) fn expect(&mut self, n_files: usize) {
        self.most = n_files.max(AT_HAND);
    }

    /// Forgets everything; what was folded may have been taken back.
    pub(crate) fn forget(&mut self) {
        self.files.clear();
    }

    /// The file as it stands, from memory or from the record.
    pub(crate) fn load(
        &mut self,
        connection: &mut Connection,
        keys: &mut Keys,
        id: CaseId,
    ) -> Result<Option<&Case>, StoreError> {
        if !self.files.contains_key(&id)
            && let Some(case) = read(connection, keys, id)?
        {
            self.make_room();
            self.files.insert(id, case);
        }
        Ok(self.files.get(&id))
    }

    /// The file, if it is in memory.
    pub(crate) fn at_hand(&self, id: CaseId) -> Option<&Case> {
        self.files.get(&id)
    }

    fn make_room(&mut self) {
        if self.files.len() >= self.most {
            self.files.retain(|_, case| !case.is_closed());
        }
        if self.files.len() >= self.most {
            self.files.clear();
        }
    }

    /// Keeps a file at hand that somebody else folded; nothing was recorded in it since.
    pub(crate) fn offer(&mut self, case: &Case) {
        if !self.files.contains_key(&case.id) {
            self.make_room();
            self.files.insert(case.id, case.clone());
        }
    }

    /// Takes one more event, whose row was just written, into a file. The file, and how it was before, if
    /// there was a file.
    fn take(
        &mut self,
        connection: &mut Connection,
        keys: &mut Keys,
        recorded: &Recorded,
    ) -> Result<(Option<Before>, &Case), StoreError> {
        let id = case_of(&recorded.fact).ok_or(StoreError::Missing)?;
        if !self.files.contains_key(&id) {
            let rows = connection.query(
                "SELECT MIN(seq) FROM event WHERE case_id = $1 AND event_id = $2",
                &[id.0.into(), recorded.event_id.to_string().into()],
            )?;
            let seq = rows.first().map_or(Ok(0), |row| row.int(0))?;
            let case = match before(connection, keys, id, seq)? {
                Some(case) => case,
                None => empty(recorded)?,
            };
            self.make_room();
            self.files.insert(id, case);
        }
        let case = self.files.get_mut(&id).ok_or(StoreError::Missing)?;
        let before = (case.version() > 0).then(|| Before {
            standing: Standing::by(case),
            unit: case.unit,
            is_closed: case.is_closed(),
        });
        case.apply(recorded.clone());
        Ok((before, case))
    }
}

/// How a file was before an event.
struct Before {
    standing: Standing,
    unit: UnitId,
    is_closed: bool,
}

impl Before {
    /// Whether a file is still found under the same entries of every index.
    fn is_in_place(&self, case: &Case) -> bool {
        self.unit == case.unit && self.is_closed == case.is_closed()
    }
}

/// Sets a row that is there, with the values of an insertion.
const UPDATE: &str =
    "UPDATE admission SET person_id = $3, unit_id = $4, opened_on = $5, step = $6, stage = $7,
                             stage_on = $8, sent_to = $9, is_held = $10, is_closed = $11, version = $12
                      WHERE root_id = $1 AND id = $2";

/// The same for a row whose branch and whose end stay as they are: no index has to be touched.
const UPDATE_IN_PLACE: &str = "UPDATE admission SET opened_on = $3, step = $4, stage = $5, stage_on = $6,
                             sent_to = $7, is_held = $8, version = $9
                      WHERE root_id = $1 AND id = $2";

/// Derives the rows of one event of a file; says how far it reaches.
pub(crate) fn apply(
    connection: &mut Connection,
    keys: &mut Keys,
    cases: &mut Cases,
    root: UnitId,
    recorded: &Recorded,
) -> Result<Reach, StoreError> {
    let (before, case) = cases.take(connection, keys, recorded)?;
    let day = |day: Option<jiff::civil::Date>| Value::from(day.map(|day| day.to_string()));
    let row: [Value; 12] = [
        root.0.into(),
        case.id.0.into(),
        case.person.0.into(),
        case.unit.0.into(),
        day(case.opened_on().or(Some(recorded.fact.occurred_on))),
        case.furthest().map_or(0, |step| step.code()).into(),
        case.stage().code().into(),
        day(case.stage_on()),
        case.on_the_way_to().map(|(to, _)| to.0).into(),
        i64::from(case.hold().is_some()).into(),
        i64::from(case.is_closed()).into(),
        case.version().into(),
    ];
    let is_first = case.version() == 1;
    let is_in_place = before.as_ref().is_some_and(|before| before.is_in_place(case));
    let is_set = if is_first {
        false
    } else if is_in_place {
        let values = [0, 1, 4, 5, 6, 7, 8, 9, 11].map(|at| row[at].clone());
        connection.execute(UPDATE_IN_PLACE, &values)? > 0
    } else {
        connection.execute(UPDATE, &row)? > 0
    };
    if !is_set {
        // There was none, or another root keeps the file from now on.
        if !is_first {
            connection.execute("DELETE FROM admission WHERE id = $1", &[case.id.0.into()])?;
        }
        let sql = format!(
            "INSERT INTO admission (root_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        );
        connection.execute(&sql, &row)?;
    }
    super::notices::follow(connection, root, case, change(recorded))?;
    let mut reach = Reach::File;
    if let Some(Change::TransferReceived(received)) = change(recorded) {
        people::move_one(connection, case.person, received.by)?;
        reach = Reach::Everything;
    }
    // Most events leave the standing as it is; then the person's row is not even looked at.
    let standing = Standing::by(case);
    if before.map(|before| before.standing) != Some(standing)
        && let Some(unit) = people::follow(connection, case.person, standing)?
        && reach == Reach::File
    {
        reach = Reach::Roster(unit);
    }
    Ok(reach)
}

fn change(recorded: &Recorded) -> Option<&Change> {
    if let Event::Case(event) = &recorded.fact.event { Some(&event.change) } else { None }
}

const LISTED: &str = "a.id, a.person_id, a.unit_id, a.is_closed, a.version";

/// Files kept below a unit; only running ones when so asked.
pub(crate) fn below(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    is_running: bool,
) -> Result<Vec<CaseRow>, StoreError> {
    let sql = format!(
        "SELECT {LISTED} FROM admission a JOIN unit u ON u.id = a.unit_id AND u.root_id = a.root_id
         WHERE u.pre BETWEEN $1 AND $2 AND a.is_closed <= $3 ORDER BY u.pre, a.id"
    );
    connection
        .query(&sql, &[pre.into(), post.into(), i64::from(!is_running).into()])?
        .iter()
        .map(row)
        .collect()
}

/// A file, if it runs and is kept below a unit.
pub(crate) fn running_below(
    connection: &mut Connection,
    (pre, post): (i64, i64),
    id: CaseId,
) -> Result<Option<CaseRow>, StoreError> {
    let sql = format!(
        "SELECT {LISTED} FROM admission a JOIN unit u ON u.id = a.unit_id AND u.root_id = a.root_id
         WHERE a.id = $1 AND a.is_closed = 0 AND u.pre BETWEEN $2 AND $3"
    );
    connection.query(&sql, &[id.0.into(), pre.into(), post.into()])?.first().map(row).transpose()
}

/// The files of a person, the latest first.
pub(crate) fn of_person(connection: &mut Connection, person: PersonId) -> Result<Vec<CaseRow>, StoreError> {
    let sql = format!("SELECT {LISTED} FROM admission a WHERE a.person_id = $1 ORDER BY a.id DESC");
    connection.query(&sql, &[person.0.into()])?.iter().map(row).collect()
}

/// Running files of a unit, by person.
pub(crate) fn running_in(
    connection: &mut Connection,
    unit: &Unit,
) -> Result<Vec<(PersonId, RunningFile)>, StoreError> {
    let rows = connection.query(
        "SELECT person_id, id, sent_to FROM admission WHERE root_id = $1 AND unit_id = $2 AND is_closed = 0
         ORDER BY id",
        &[unit.root.0.into(), unit.id.0.into()],
    )?;
    rows.iter().map(|row| Ok((PersonId(row.int(0)?), running(row)?))).collect()
}

/// The running file of a person.
pub(crate) fn running_of(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Option<RunningFile>, StoreError> {
    let rows = connection.query(
        "SELECT person_id, id, sent_to FROM admission WHERE person_id = $1 AND is_closed = 0 ORDER BY id",
        &[person.0.into()],
    )?;
    rows.last().map(running).transpose()
}

fn running(row: &Row) -> Result<RunningFile, StoreError> {
    Ok(RunningFile { case: CaseId(row.int(1)?), is_on_the_way: row.optional_int(2)?.is_some() })
}

fn row(row: &Row) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        id: CaseId(row.int(0)?),
        person: PersonId(row.int(1)?),
        unit: UnitId(row.int(2)?),
        is_closed: row.int(3)? != 0,
        version: row.int(4)?,
    })
}

/// A free number for a new file.
pub(crate) fn next_id(connection: &mut Connection) -> Result<CaseId, StoreError> {
    let rows = connection.query("SELECT id FROM admission ORDER BY id DESC LIMIT 1", &[])?;
    Ok(CaseId(rows.first().map_or(Ok(0), |row| row.int(0))? + 1))
}
