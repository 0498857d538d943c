//! Rosters in and out (名册导入、导出): a file is previewed row by row against the people who are there,
//! then taken over as a whole or not at all. What was exported can be imported again and changes nothing.

mod export;
mod matching;
mod quota;

use std::io::{Read, Seek};

use documents::guard::Limits;
use documents::problem::{Place, Severity};
use documents::roster::people::{self as sheet, Entry};
use domain::access::{Action, Denial};
use domain::dates::Moment;
use domain::event::{Fact, FieldChange, PersonCorrected, PersonRegistered, RosterImported, RowSource};
use domain::ids::{PersonId, UnitId};
use domain::person::Stage;
use domain::text::Text;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::accounts::authority;
use crate::store::{Actor, CommandId, Receipt, Store, StoreError, Tx, units};

pub use documents::roster::Watch;
pub use export::{Purpose, template};
use matching::Known;

/// Lower-case hexadecimal SHA-256 of a file.
///
/// # Errors
/// It cannot be read.
pub fn digest(mut source: impl Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut part = [0u8; 1 << 16];
    loop {
        match source.read(&mut part)? {
            0 => return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hasher.update(&part[..n]),
        }
    }
}

/// What importing a file would come to; nothing is written yet.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Name of the file.
    pub file_name: String,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub sha256: String,
    /// What each sound row would do, in the order of the file.
    pub rows: Vec<PlannedRow>,
    /// Everything wrong, by row and column.
    pub problems: Vec<RowProblem>,
    /// Problems in all, also those not kept.
    pub n_problems: usize,
    unit: UnitId,
    /// Size of the record when the roster was looked at.
    size: u64,
}

/// What a row would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRow {
    /// Number in the file, from 1.
    pub number: u32,
    /// The name, as written.
    pub name: String,
    /// What would happen.
    pub plan: Plan,
}

/// What importing a row would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Enter a new person in a unit.
    New(UnitId, Box<Entry>),
    /// Put fields of a known person right.
    Changed(PersonId, Vec<FieldChange>),
    /// Nothing: the row says what is known.
    Same(PersonId),
}

/// Something wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The row, from 1; none for the file as a whole.
    pub row: Option<u32>,
    /// What and where, and what to do next.
    pub text: Text,
    /// Whether the file cannot be taken over.
    pub is_error: bool,
}

impl Preview {
    /// Rows that would enter a person, change one, and say nothing new.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64) {
        let mut counts = (0, 0, 0);
        for row in &self.rows {
            match row.plan {
                Plan::New(..) => counts.0 += 1,
                Plan::Changed(..) => counts.1 += 1,
                Plan::Same(_) => counts.2 += 1,
            }
        }
        counts
    }

    /// Whether nothing stands against taking the file over.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.iter().all(|problem| !problem.is_error)
    }
}

/// Why a file was not taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It has problems; the preview lists them.
    #[error("文件有问题，没有导入任何内容 / the file has problems; nothing was imported")]
    Problems,
    /// Whoever acts may not do this.
    #[error("{} / {}", .0.text.zh, .0.text.en)]
    Denied(Denial),
    /// The store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denial> for ImportError {
    fn from(denial: Denial) -> Self {
        ImportError::Denied(denial)
    }
}

impl Store {
    /// Looks at a roster file for a unit and everything below it. Nothing is written.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read. What is wrong with the file is no error:
    /// the preview lists it.
    pub fn preview_roster<R: Read + Seek>(
        &self,
        unit: UnitId,
        file_name: &str,
        sha256: &str,
        source: R,
        today: Date,
        watch: &mut Watch<'_>,
    ) -> Result<Preview, StoreError> {
        let size = self.head()?.size;
        let read = sheet::read(file_name, source, &Limits::IMPORT, watch);
        let known = self.known(unit)?;
        let mut preview = Preview {
            file_name: file_name.to_owned(),
            sha256: sha256.to_owned(),
            rows: Vec::with_capacity(read.entries.len()),
            problems: read.reading.problems.iter().map(problem).collect(),
            n_problems: read.reading.n_problems,
            unit,
            size,
        };
        let mut seen = matching::Seen::default();
        for entry in read.entries {
            let number = entry.row;
            let name = entry.particulars.name.clone();
            match known.plan(entry, &mut seen, today) {
                Ok(plan) => preview.rows.push(PlannedRow { number, name, plan }),
                Err(texts) => {
                    preview.n_problems += texts.len();
                    let wrong = |text: Text| RowProblem { row: Some(number), text, is_error: true };
                    preview.problems.extend(texts.into_iter().map(wrong));
                }
            }
        }
        preview.problems.sort_by_key(|problem| problem.row);
        Ok(preview)
    }

    /// Takes a previewed file over: every row, in one command, or nothing.
    ///
    /// # Errors
    /// The file has problems, the roster went on since the preview ([`StoreError::Changed`]), or the
    /// store fails.
    pub fn confirm_roster(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        preview: Preview,
    ) -> Result<Receipt, ImportError> {
        if !preview.is_clean() {
            return Err(ImportError::Problems);
        }
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let (place, today) = ((preview.unit, true), now.today);
            authority::permit_unit::<ImportError>(
                &mut tx.connection,
                actor,
                Action::ImportRoster,
                place,
                today,
            )?;
            if tx.has_people_since(preview.size)? {
                return Err(StoreError::Changed.into());
            }
            let facts = tx.facts_of(&preview, now.today)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    fn known(&self, unit: UnitId) -> Result<Known, StoreError> {
        let top = self.unit(unit)?;
        let units = self.read(|connection| units::subtree(connection, &top))?;
        let ids = self.people_below(unit, None, 0, i64::MAX)?;
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let has_file = !self.files_of(id)?.is_empty();
            people.push((self.person(id)?, has_file));
        }
        Ok(Known::of(units, people))
    }
}

fn problem(problem: &documents::problem::Problem) -> RowProblem {
    let row = match problem.place {
        Place::File => None,
        Place::Row(row) | Place::Cell { row, .. } => Some(row),
    };
    RowProblem { row, text: problem.text(), is_error: problem.severity() == Severity::Error }
}

impl Tx {
    /// Whether anything about people was recorded since the record had a size.
    fn has_people_since(&mut self, size: u64) -> Result<bool, StoreError> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let sql = "SELECT seq FROM event WHERE seq >= $1 AND person_id IS NOT NULL LIMIT 1";
        Ok(!self.connection.query(sql, &[size.into()])?.is_empty())
    }

    fn facts_of(&mut self, preview: &Preview, today: Date) -> Result<Vec<Fact>, StoreError> {
        let (n_new, n_changed, n_same) = preview.counts();
        let imported = RosterImported {
            file_name: preview.file_name.clone(),
            sha256: preview.sha256.clone(),
            n_new,
            n_changed,
            n_same,
        };
        let mut facts = vec![Fact::of_unit(preview.unit, today, imported)];
        let rows = self.connection.query("SELECT id FROM person ORDER BY id DESC LIMIT 1", &[])?;
        let mut last = rows.first().map_or(Ok(0), |row| row.int(0))?;
        for row in &preview.rows {
            let source = Some(RowSource { sha256: preview.sha256.clone(), row: row.number });
            match &row.plan {
                Plan::New(unit, entry) => {
                    last += 1;
                    let fact = registered(entry, source);
                    facts.push(Fact::of_person(PersonId(last), *unit, today, fact));
                }
                Plan::Changed(person, changes) => {
                    let unit = self.unit_of(*person)?;
                    let reason = format!("导入名册 {} 第 {} 行", preview.file_name, row.number);
                    let fact = PersonCorrected { changes: changes.clone(), reason, source };
                    facts.push(Fact::of_person(*person, unit, today, fact));
                }
                Plan::Same(_) => {}
            }
        }
        Ok(facts)
    }

    fn unit_of(&mut self, person: PersonId) -> Result<UnitId, StoreError> {
        let rows = self.connection.query("SELECT unit_id FROM person WHERE id = $1", &[person.0.into()])?;
        rows.first().map(|row| row.int(0).map(UnitId)).transpose()?.ok_or(StoreError::Missing)
    }
}

fn registered(entry: &Entry, source: Option<RowSource>) -> PersonRegistered {
    PersonRegistered {
        particulars: entry.particulars.clone(),
        stage: entry.stage,
        stage_on: stage_on(entry),
        admitted_on: entry.admitted_on,
        full_since: entry.confirmed_on,
        source,
    }
}

/// The day of the stage, from the column of that stage.
fn stage_on(entry: &Entry) -> Option<Date> {
    match entry.stage {
        Stage::Applicant => entry.applied_on,
        Stage::Activist => entry.activist_on,
        Stage::Target => entry.target_on,
        Stage::Probationary => entry.admitted_on,
        Stage::Full => entry.confirmed_on,
        Stage::None | Stage::Former => None,
    }
}

#[cfg(test)]
mod tests;
