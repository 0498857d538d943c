//! Files of workplaces: previewed row by row against the register, then taken over as a whole or not at
//! all.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};

use documents::guard::Limits;
use documents::problem::{Place, Severity, column_letters};
use documents::roster::Watch;
use documents::roster::workplaces::{self as sheet, Entry};
use documents::table::{Heads, WriteError};
use domain::access::Action;
use domain::dates::Moment;
use domain::event::{Fact, RowSource};
use domain::ids::{UnitId, WorkplaceId};
use domain::text::Text;
use domain::unit::Unit;
use domain::workplace::{
    Particulars, Workplace, WorkplaceChanged, WorkplaceKind, WorkplaceListed, WorkplacesImported, faults,
};
use jiff::civil::Date;

use crate::accounts::authority;
use crate::roster::{ImportError, RowProblem};
use crate::store::{Actor, CommandId, Receipt, Store, StoreError, Tx, units, workplaces as rows};

/// What importing a file of workplaces would come to; nothing is written yet.
#[derive(Debug, Clone)]
pub struct ImportPreview {
    /// Name of the file.
    pub file_name: String,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub sha256: String,
    /// What each sound row would do; whole places before their parts.
    pub rows: Vec<ImportRow>,
    /// Everything wrong, by row and column.
    pub problems: Vec<RowProblem>,
    /// Problems in all, also those not kept.
    pub n_problems: usize,
    unit: UnitId,
    /// Size of the record when the register was looked at.
    size: u64,
}

/// A row and what it would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Number in the file, from 1.
    pub number: u32,
    /// What the register is to say.
    pub particulars: Particulars,
    /// What would happen.
    pub plan: ImportPlan,
}

/// What importing a row would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportPlan {
    /// Enter a new workplace in the books of a unit.
    New(UnitId, Above),
    /// Put an entry right.
    Changed(WorkplaceId, UnitId),
    /// Nothing: the row says what is known.
    Same(WorkplaceId),
}

/// What a row is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Above {
    /// Nothing.
    None,
    /// An entry of the register.
    Known(WorkplaceId),
    /// A row of the same file.
    Row(u32),
}

impl ImportPreview {
    /// Rows that would enter a workplace, put one right, and say nothing new.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64) {
        let mut counts = (0, 0, 0);
        for row in &self.rows {
            match row.plan {
                ImportPlan::New(..) => counts.0 += 1,
                ImportPlan::Changed(..) => counts.1 += 1,
                ImportPlan::Same(_) => counts.2 += 1,
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

/// An empty workbook with heads, drop-downs and a sample row.
///
/// # Errors
/// The workbook cannot be written.
pub fn template() -> Result<Vec<u8>, WriteError> {
    let caption = Text::new("单位名录", "Register of workplaces");
    documents::template::write(&sheet::columns(), caption, Heads::Both)
}

impl Store {
    /// Looks at a file of workplaces for a unit and everything below it. Nothing is written.
    ///
    /// # Errors
    /// There is no such unit, or the database fails. What is wrong with the file is no error: the preview
    /// lists it.
    pub fn preview_workplaces<R: Read + Seek>(
        &self,
        unit: UnitId,
        (file_name, sha256): (&str, &str),
        source: R,
        watch: &mut Watch<'_>,
    ) -> Result<ImportPreview, StoreError> {
        let size = self.head()?.size;
        let read = sheet::read(file_name, source, &Limits::IMPORT, watch);
        let known = self.known_workplaces(unit)?;
        let mut preview = ImportPreview {
            file_name: file_name.to_owned(),
            sha256: sha256.to_owned(),
            rows: Vec::with_capacity(read.entries.len()),
            problems: read.reading.problems.iter().map(problem).collect(),
            n_problems: read.reading.n_problems,
            unit,
            size,
        };
        let mut entries = read.entries;
        // A part finds the place above it in the same file, wherever that row stands.
        entries.sort_by_key(|entry| (depth(entry.particulars.kind), entry.row));
        let mut file = InFile::default();
        for entry in entries {
            match known.plan(&entry, &mut file) {
                Ok(plan) => {
                    let Entry { row: number, particulars, .. } = entry;
                    preview.rows.push(ImportRow { number, particulars, plan });
                }
                Err(wrong) => {
                    preview.n_problems += wrong.len();
                    let told = wrong.into_iter().map(|(column, text)| {
                        at(entry.row, read.reading.columns.get(column).copied().flatten(), &text)
                    });
                    preview.problems.extend(told);
                }
            }
        }
        preview.problems.sort_by_key(|problem| problem.row);
        Ok(preview)
    }

    /// Takes a previewed file over: every row, in one command, or nothing.
    ///
    /// # Errors
    /// The file has problems, the register went on since the preview ([`StoreError::Changed`]), or the
    /// store fails.
    pub fn confirm_workplaces(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        preview: ImportPreview,
    ) -> Result<Receipt, ImportError> {
        if !preview.is_clean() {
            return Err(ImportError::Problems);
        }
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let (place, action) = ((preview.unit, true), Action::KeepRegister);
            authority::permit_unit::<ImportError>(&mut tx.connection, actor, action, place, now.today)?;
            if rows::went_on(&mut tx.connection, preview.size)? {
                return Err(StoreError::Changed.into());
            }
            let facts = facts(tx, &preview, now.today)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    fn known_workplaces(&self, unit: UnitId) -> Result<Known, StoreError> {
        self.read(|connection| {
            let top = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
            let units = units::subtree(connection, &top)?;
            let seen = rows::seen(connection, (top.pre, top.post))?;
            let ids: Vec<WorkplaceId> = seen.iter().map(|seen| seen.id).collect();
            let entries = rows::some(connection, &ids)?;
            Ok(Known::of(units, entries))
        })
    }
}

fn depth(kind: WorkplaceKind) -> u8 {
    match kind {
        WorkplaceKind::Department | WorkplaceKind::Workshop | WorkplaceKind::VillagerGroup => 1,
        WorkplaceKind::Team => 2,
        WorkplaceKind::Enterprise
        | WorkplaceKind::Village
        | WorkplaceKind::Community
        | WorkplaceKind::Institution
        | WorkplaceKind::Association
        | WorkplaceKind::Intermediary
        | WorkplaceKind::Organ => 0,
    }
}

/// A problem of the file, with its place.
fn problem(problem: &documents::problem::Problem) -> RowProblem {
    let row = match problem.place {
        Place::File => None,
        Place::Row(row) | Place::Cell { row, .. } => Some(row),
    };
    RowProblem { row, text: problem.text(), is_error: problem.severity() == Severity::Error }
}

/// A problem of what a row means, at the cell that it is about.
fn at(row: u32, column: Option<u32>, text: &Text) -> RowProblem {
    let place = match column {
        Some(column) => {
            (format!("{}{row}", column_letters(column)), format!("{}{row}", column_letters(column)))
        }
        None => (format!("第 {row} 行"), format!("row {row}")),
    };
    let text = Text::new(format!("{}：{}", place.0, text.zh), format!("{}: {}", place.1, text.en));
    RowProblem { row: Some(row), text, is_error: true }
}

/// Columns of the file, by their places in the list.
const CODE: usize = 3;
const PARENT: usize = 9;
const UNIT: usize = 10;

fn column_of(field: &str) -> usize {
    match field {
        "kind" => 2,
        "code" => CODE,
        "ownership" => 4,
        "scale" => 5,
        "n_staff" => 6,
        "parent" => PARENT,
        "unit" => UNIT,
        _ => 0,
    }
}

/// What earlier rows of the file said.
#[derive(Default)]
struct InFile {
    codes: HashMap<String, u32>,
    /// Rows by name and by code, with kind and unit.
    rows: HashMap<String, Vec<(u32, WorkplaceKind, UnitId)>>,
    used: HashMap<WorkplaceId, u32>,
    names: HashMap<(UnitId, String, String), u32>,
}

/// Units and entries that a file can speak of.
struct Known {
    units: Vec<Unit>,
    entries: BTreeMap<WorkplaceId, Workplace>,
    by_code: HashMap<String, WorkplaceId>,
    by_name: HashMap<String, Vec<WorkplaceId>>,
}

type Wrong = (usize, Text);

impl Known {
    fn of(units: Vec<Unit>, entries: Vec<Workplace>) -> Known {
        let mut known =
            Known { units, entries: BTreeMap::new(), by_code: HashMap::new(), by_name: HashMap::new() };
        for entry in entries {
            if !entry.particulars.code.is_empty() {
                known.by_code.insert(entry.particulars.code.clone(), entry.id);
            }
            known.by_name.entry(entry.particulars.name.zh.clone()).or_default().push(entry.id);
            known.entries.insert(entry.id, entry);
        }
        known
    }

    /// What a row would do, or everything wrong with it.
    fn plan(&self, entry: &Entry, file: &mut InFile) -> Result<ImportPlan, Vec<Wrong>> {
        let mut wrong: Vec<Wrong> = Vec::new();
        let it = &entry.particulars;
        let unit = self.unit(&entry.unit).map_err(|text| wrong.push((UNIT, text))).ok();
        let above = self.above(entry, file).map_err(|text| wrong.push((PARENT, text))).ok();
        let parent_kind = above.as_ref().and_then(|(_, kind, _)| *kind);
        // A parent that was not found is told already.
        let is_told = above.is_none();
        let found = faults(it, parent_kind).into_iter().filter(domain::finding::Finding::is_error);
        for finding in found {
            let field = finding.fields.first().map_or("", String::as_str).to_owned();
            if !(is_told && field == "parent") {
                wrong.push((column_of(&field), joined(&finding)));
            }
        }
        if let Some(row) =
            (!it.code.is_empty()).then(|| file.codes.insert(it.code.clone(), entry.row)).flatten()
        {
            wrong.push((
                CODE,
                Text::new(format!("代码与第 {row} 行相同"), format!("the code is that of row {row}")),
            ));
        }
        let (Some(unit), Some((above, _, above_unit)), true) = (unit, above, wrong.is_empty()) else {
            return Err(wrong);
        };
        // A part is kept in the books of the place that it belongs to.
        let unit = above_unit.unwrap_or(unit);
        let key = (unit, entry.parent.clone(), it.name.zh.clone());
        if let Some(row) = file.names.insert(key, entry.row) {
            let text =
                Text::new(format!("与第 {row} 行是同一单位"), format!("this is the workplace of row {row}"));
            return Err(vec![(0, text)]);
        }
        for key in [&it.name.zh, &it.code] {
            if !key.is_empty() {
                file.rows.entry(key.clone()).or_default().push((entry.row, it.kind, unit));
            }
        }
        let Some(known) = self.same(it, above, unit) else { return Ok(ImportPlan::New(unit, above)) };
        if let Some(row) = file.used.insert(known.id, entry.row) {
            let text =
                Text::new(format!("与第 {row} 行是同一单位"), format!("this is the workplace of row {row}"));
            return Err(vec![(0, text)]);
        }
        if known.particulars == *it {
            return Ok(ImportPlan::Same(known.id));
        }
        if known.particulars.kind != it.kind
            && self.entries.values().any(|part| part.parent == Some(known.id))
        {
            let text = Text::new(
                "该单位有内设部门，不能改变类型",
                "the workplace has parts, so its kind cannot change",
            );
            return Err(vec![(column_of("kind"), text)]);
        }
        Ok(ImportPlan::Changed(known.id, known.unit))
    }

    /// The entry that a row is about: by code, else by name in the same books.
    fn same(&self, it: &Particulars, above: Above, unit: UnitId) -> Option<&Workplace> {
        if let Some(id) = self.by_code.get(&it.code).filter(|_| !it.code.is_empty()) {
            return self.entries.get(id);
        }
        let parent = match above {
            Above::None => None,
            Above::Known(id) => Some(id),
            Above::Row(_) => return None,
        };
        let named = self.by_name.get(&it.name.zh)?.iter().filter_map(|id| self.entries.get(id));
        let fits = |known: &&Workplace| {
            let agrees = known.particulars.code.is_empty() || it.code.is_empty();
            known.unit == unit && known.parent == parent && agrees
        };
        named.into_iter().find(fits)
    }

    fn unit(&self, written: &str) -> Result<UnitId, Text> {
        let open = || self.units.iter().filter(|unit| unit.is_open);
        if let Some(unit) = open().find(|unit| unit.code == written) {
            return Ok(unit.id);
        }
        let named: Vec<&Unit> =
            open().filter(|unit| unit.name.zh == written || unit.name.en == written).collect();
        match named.as_slice() {
            [only] => Ok(only.id),
            [] => Err(Text::new(
                format!("您的职责范围内没有党组织“{written}”；请填写编码或全称"),
                format!("no organisation “{written}” lies within your duties; give its code or full name"),
            )),
            _ => Err(Text::new(
                format!("有多个党组织叫“{written}”；请填写编码"),
                format!("several organisations are called “{written}”; give the code"),
            )),
        }
    }

    /// What a row is a part of, its kind, and the unit in whose books it is kept.
    fn above(
        &self,
        entry: &Entry,
        file: &InFile,
    ) -> Result<(Above, Option<WorkplaceKind>, Option<UnitId>), Text> {
        let written = entry.parent.as_str();
        if written.is_empty() {
            return Ok((Above::None, None, None));
        }
        let fits = |kind: WorkplaceKind| entry.particulars.kind.parents().contains(&kind);
        let mut found: Vec<(Above, WorkplaceKind, UnitId)> = Vec::new();
        let by_code = self.by_code.get(written).copied();
        let ids = by_code.into_iter().chain(self.by_name.get(written).into_iter().flatten().copied());
        found.extend(
            ids.filter_map(|id| self.entries.get(&id))
                .map(|it| (Above::Known(it.id), it.particulars.kind, it.unit)),
        );
        let of_file = file.rows.get(written).into_iter().flatten();
        let is_new = |row: u32| !file.used.values().any(|used| *used == row);
        found.extend(
            of_file
                .filter(|(row, ..)| is_new(*row))
                .map(|(row, kind, unit)| (Above::Row(*row), *kind, *unit)),
        );
        if found.iter().any(|(_, kind, _)| fits(*kind)) {
            found.retain(|(_, kind, _)| fits(*kind));
        }
        match found.as_slice() {
            [(above, kind, unit)] => Ok((*above, Some(*kind), Some(*unit))),
            [] => Err(Text::new(
                format!("名录和本文件中没有“{written}”；请填写代码或全称"),
                format!("neither the register nor this file has “{written}”; give its code or full name"),
            )),
            _ => Err(Text::new(
                format!("有多个单位叫“{written}”；请填写代码"),
                format!("several workplaces are called “{written}”; give the code"),
            )),
        }
    }
}

fn joined(finding: &domain::finding::Finding) -> Text {
    Text::new(
        format!("{}{}", finding.text.zh, finding.remedy.zh),
        format!("{} {}", finding.text.en, finding.remedy.en),
    )
}

fn facts(tx: &mut Tx, preview: &ImportPreview, today: Date) -> Result<Vec<Fact>, StoreError> {
    let (n_new, n_changed, n_same) = preview.counts();
    let imported = WorkplacesImported {
        file_name: preview.file_name.clone(),
        sha256: preview.sha256.clone(),
        n_new,
        n_changed,
        n_same,
    };
    let mut facts = vec![Fact::of_unit(preview.unit, today, imported)];
    let mut next = rows::free(&mut tx.connection)?;
    let mut made: HashMap<u32, WorkplaceId> = HashMap::new();
    for row in &preview.rows {
        let particulars = row.particulars.clone();
        match row.plan {
            ImportPlan::New(unit, above) => {
                let workplace = WorkplaceId(next);
                next += 1;
                made.insert(row.number, workplace);
                let parent = match above {
                    Above::None => None,
                    Above::Known(id) => Some(id),
                    Above::Row(row) => Some(*made.get(&row).ok_or(StoreError::Missing)?),
                };
                let source = Some(RowSource { sha256: preview.sha256.clone(), row: row.number });
                let listed = WorkplaceListed { workplace, parent, particulars, source };
                facts.push(Fact::of_unit(unit, today, listed));
            }
            ImportPlan::Changed(workplace, unit) => {
                let reason = format!("导入名录 {} 第 {} 行", preview.file_name, row.number);
                let changed = WorkplaceChanged { workplace, particulars, is_correction: true, reason };
                facts.push(Fact::of_unit(unit, today, changed));
            }
            ImportPlan::Same(_) => {}
        }
    }
    Ok(facts)
}
