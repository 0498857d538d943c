//! The sheet on which branches ask for places: sent out with what is known of each branch, taken back as
//! a whole or not at all. Every row becomes the same act as the branch's own form.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Cursor;
use std::sync::atomic::AtomicBool;

use documents::guard::Limits;
use documents::problem::{Place, Problem, Severity};
use documents::requests::{self, Asked, Line, column_of};
use documents::table::Heads;
use domain::access::Action;
use domain::dates::Moment;
use domain::event::SiteFounded;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Act, Cells, Request, decide, settings};
use domain::text::{Language, Text};
use domain::unit::Unit;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::reading::{quiet, store_error};
use super::{Seen, carry_out, ground, permit, reading};
use crate::act::ActError;
use crate::admission::setting::Parts;
use crate::roster::RowProblem;
use crate::store::cases::Cases;
use crate::store::{Actor, CommandId, PlanRow, Receipt, Store, StoreError, places, plans, units};

/// What taking a sheet back would come to; nothing is recorded yet.
#[derive(Debug, Clone)]
pub struct SheetPreview {
    /// Name of the file.
    pub file_name: String,
    /// What each row that asks for something new would do.
    pub rows: Vec<SheetRow>,
    /// Rows that repeat what is asked for already.
    pub n_same: usize,
    /// Rows that ask for nothing.
    pub n_silent: usize,
    /// Everything wrong, by row and column.
    pub problems: Vec<RowProblem>,
    /// Problems in all, also those not kept.
    pub n_problems: usize,
}

/// A row that would be recorded.
#[derive(Debug, Clone)]
pub struct SheetRow {
    /// Number in the file, from 1.
    pub number: u32,
    /// The branch.
    pub unit: UnitId,
    /// Its name.
    pub name: Text,
    /// People asked for before, if any were.
    pub before: Option<i64>,
    /// What is asked.
    pub request: Request,
    seen: Seen,
}

impl SheetPreview {
    /// Whether nothing stands against recording every row.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.iter().all(|problem| !problem.is_error)
    }

    /// People asked for by the rows together.
    #[must_use]
    pub fn n_asked(&self) -> i64 {
        self.rows.iter().map(|row| row.request.n).sum()
    }
}

/// The cells that a sheet has a column for, with their names.
fn cells() -> Vec<(String, Text)> {
    let named = settings().cells().into_iter().map(|(id, carried)| {
        let side = |side: fn(&Text) -> &str, comma: &str| {
            carried.iter().map(|attribute| side(&attribute.name)).collect::<Vec<_>>().join(comma)
        };
        let name = if carried.is_empty() {
            Text::new("其他", "everyone else")
        } else {
            Text::new(side(|text| &text.zh, "、"), side(|text| &text.en, ", "))
        };
        (id, name)
    });
    named.collect()
}

fn heads() -> Vec<Text> {
    cells().into_iter().map(|(_, name)| name).collect()
}

impl Store {
    /// The sheet of the branches below a unit, with what is known of each and what it asks for so far.
    ///
    /// # Errors
    /// There is no such plan or unit, or the record cannot be read.
    pub fn request_sheet(
        &self,
        plan: PlanId,
        top: UnitId,
        today: Date,
        language: Language,
    ) -> Result<Vec<u8>, StoreError> {
        let top = self.unit(top)?;
        let row = self.read(|connection| plans::plan(connection, plan)?.ok_or(StoreError::Missing))?;
        let ready = self.ready(&top, (row.year, today), &quiet()).map_err(store_error)?;
        let (branches, stock, asked) = self.read(|connection| {
            let branches = branches(connection, &top)?;
            let mut stock: HashMap<UnitId, i64> = HashMap::new();
            for (unit, stage, n) in places::stages(connection, (top.pre, top.post))? {
                if stage.is_member() {
                    *stock.entry(unit).or_default() += n;
                }
            }
            let asked: HashMap<UnitId, _> =
                plans::requests(connection, &row)?.into_iter().map(|it| (it.unit, it)).collect();
            Ok((branches, stock, asked))
        })?;
        let cells = cells();
        let line = |unit: &Unit| {
            let asked = asked.get(&unit.id);
            let of_cell = |(id, _): &(String, Text)| asked.and_then(|it| it.cells.get(id).copied());
            Line {
                row: 0,
                code: unit.code.clone(),
                name: unit.name.in_language(language).to_owned(),
                n_stock: stock.get(&unit.id).copied().unwrap_or(0),
                n_ready: ready.get(&unit.id).map_or(0, |cells| cells.values().sum()),
                n: asked.map(|it| it.n),
                cells: cells.iter().map(of_cell).collect(),
                reason: asked.map_or_else(String::new, |it| it.reason.clone()),
            }
        };
        let lines: Vec<Line> = branches.iter().map(line).collect();
        let caption =
            Text::new(format!("{}年发展党员申报表", row.year), format!("Requests for {}", row.year));
        let table = requests::table(caption, &heads(), &lines, Heads::In(language));
        table.to_xlsx().map_err(|error| StoreError::Unfit(error.to_string()))
    }

    /// Looks at a sheet that came back for the branches below a unit. Nothing is recorded.
    ///
    /// # Errors
    /// There is no such plan or unit, or the record cannot be read. What is wrong with the file is no
    /// error: the preview lists it.
    pub fn preview_requests(
        &self,
        actor: Actor,
        now: Moment,
        (plan, top): (PlanId, UnitId),
        (file_name, bytes): (&str, Vec<u8>),
    ) -> Result<SheetPreview, StoreError> {
        let cancel = AtomicBool::new(false);
        let mut watch = crate::roster::Watch { progress: &mut |_| {}, cancel: &cancel };
        let sheet = requests::read(file_name, Cursor::new(bytes), &heads(), &Limits::UPLOAD, &mut watch);
        let top = self.unit(top)?;
        self.read_open(|reader| {
            let row = plans::plan(&mut reader.connection, plan)?.ok_or(StoreError::Missing)?;
            let branches = branches(&mut reader.connection, &top)?;
            let asked = plans::requests(&mut reader.connection, &row)?;
            let mut desk = Desk {
                parts: Parts { connection: &mut reader.connection, keys: &mut reader.keys },
                at_hand: Cases::default(),
                founded: &self.founded,
                plan: &row,
                branches: branches.iter().map(|unit| (unit.code.as_str(), unit)).collect(),
                asked: asked.iter().map(|it| (it.unit, (it.n, &it.cells))).collect(),
                columns: &sheet.reading.columns,
                met: BTreeSet::new(),
            };
            let mut preview = SheetPreview {
                file_name: file_name.to_owned(),
                rows: Vec::new(),
                n_same: 0,
                n_silent: sheet.n_silent,
                problems: sheet.reading.problems.iter().map(told).collect(),
                n_problems: sheet.reading.n_problems,
            };
            for line in sheet.unsound.iter().filter(|line| !line.code.trim().is_empty()) {
                if let Err(problem) = desk.branch(line) {
                    preview.n_problems += 1;
                    preview.problems.push(problem);
                }
            }
            for line in &sheet.lines {
                match desk.weigh(actor, now, line)? {
                    Weighed::Same => preview.n_same += 1,
                    Weighed::New(row, warnings) => {
                        preview.rows.push(row);
                        preview.problems.extend(warnings);
                    }
                    Weighed::Wrong(problems) => {
                        preview.n_problems += problems.iter().filter(|problem| problem.is_error).count();
                        preview.problems.extend(problems);
                    }
                }
            }
            preview.problems.sort_by_key(|problem| problem.row);
            Ok(preview)
        })
    }

    /// Records every row of a previewed sheet, in one transaction, or none.
    ///
    /// # Errors
    /// Whoever acts may not, a rule refuses a row, [`StoreError::Changed`] when the plan or a branch went
    /// on since the preview or the preview has problems, or the store fails. Nothing is recorded then.
    pub fn confirm_requests(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        preview: SheetPreview,
    ) -> Result<Receipt, ActError> {
        if !preview.is_clean() || preview.rows.is_empty() {
            return Err(StoreError::Changed.into());
        }
        let founded = self.founded.clone();
        self.write(move |tx| {
            let mut whole: Option<Receipt> = None;
            for row in preview.rows {
                let id = part(command, row.number);
                let act = Act::Ask(row.request);
                let receipt = carry_out(tx, &founded, (actor, now, id), (row.seen, row.unit), &act)?;
                whole = Some(match whole {
                    None => receipt,
                    Some(before) => Receipt { n_events: before.n_events + receipt.n_events, ..before },
                });
            }
            whole.ok_or_else(|| StoreError::Changed.into())
        })
    }
}

/// The identity of the command for one row: the same again when the whole is sent again.
fn part(command: CommandId, row: u32) -> CommandId {
    let digest = Sha256::new().chain_update(command.0).chain_update(row.to_be_bytes()).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    CommandId(id)
}

/// The open units below another that ask for places, in preorder.
fn branches(connection: &mut crate::store::Connection, top: &Unit) -> Result<Vec<Unit>, StoreError> {
    let mut below = units::subtree(connection, top)?;
    below.retain(|unit| unit.is_open && unit.kind.may_admit());
    Ok(below)
}

fn told(problem: &Problem) -> RowProblem {
    RowProblem {
        row: problem.place.row(),
        text: problem.text(),
        is_error: problem.severity() == Severity::Error,
    }
}

/// What became of a row.
enum Weighed {
    /// It repeats what is asked for already.
    Same,
    /// It can be recorded, with what is to be noted.
    New(SheetRow, Vec<RowProblem>),
    /// Everything that stands against it.
    Wrong(Vec<RowProblem>),
}

/// What is known while rows are looked at.
struct Desk<'a> {
    parts: Parts<'a>,
    at_hand: Cases,
    founded: &'a SiteFounded,
    plan: &'a PlanRow,
    branches: BTreeMap<&'a str, &'a Unit>,
    asked: HashMap<UnitId, (i64, &'a Cells)>,
    /// Where each column stands in the file.
    columns: &'a [Option<u32>],
    met: BTreeSet<UnitId>,
}

impl<'a> Desk<'a> {
    fn weigh(&mut self, actor: Actor, now: Moment, line: &Line) -> Result<Weighed, StoreError> {
        let unit = match self.branch(line) {
            Ok(unit) => unit,
            Err(problem) => return Ok(Weighed::Wrong(vec![problem])),
        };
        let cells = cells().into_iter().zip(&line.cells);
        let cells: Cells = cells.filter_map(|((id, _), n)| Some((id, n.filter(|n| *n != 0)?))).collect();
        let request = Request { n: line.n.unwrap_or(0), cells, reason: line.reason.clone() };
        if self.asked.get(&unit.id).is_some_and(|(n, cells)| *n == request.n && **cells == request.cells) {
            return Ok(Weighed::Same);
        }
        let connection = &mut *self.parts.connection;
        match permit(connection, actor, now.today, Action::AskPlan, unit) {
            Ok(()) => {}
            Err(ActError::Denied(denial)) => return Ok(self.wrong(line, Asked::Code, denial.text)),
            Err(ActError::Store(error)) => return Err(error),
            Err(ActError::Refused(refusal)) => return Ok(self.refused(line, &refusal.findings)),
        }
        let act = Act::Ask(request.clone());
        let parts = Parts { connection: &mut *self.parts.connection, keys: &mut *self.parts.keys };
        let ground = ground::of_act((parts, &mut self.at_hand), self.founded, (self.plan, unit), &act, now)?;
        if let Err(refusal) = decide(&act, &ground) {
            return Ok(self.refused(line, &refusal.findings));
        }
        let version = reading::version(self.parts.connection, unit.id)?;
        let row = SheetRow {
            number: line.row,
            unit: unit.id,
            name: unit.name.clone(),
            before: self.asked.get(&unit.id).map(|(n, _)| *n),
            seen: Seen { plan: self.plan.id, round: self.plan.round, version },
            request,
        };
        Ok(Weighed::New(row, self.warnings(line, now.today)))
    }

    /// The branch of a row; each has one row at most.
    fn branch(&mut self, line: &Line) -> Result<&'a Unit, RowProblem> {
        let Some(&unit) = self.branches.get(line.code.trim()) else {
            let code = &line.code;
            let text = Text::new(
                format!("“{code}”不是这里参与申报的支部；请核对代码"),
                format!("“{code}” is no branch here that can ask; look at its code again"),
            );
            return Err(self.problem(line, Asked::Code, text));
        };
        if !self.met.insert(unit.id) {
            let text = Text::new("同一支部写了两行；请删去一行", "this branch has two rows; remove one");
            return Err(self.problem(line, Asked::Code, text));
        }
        Ok(unit)
    }

    /// A request after its last day is recorded as late; that is told before it is.
    fn warnings(&self, line: &Line, today: Date) -> Vec<RowProblem> {
        let by = self.plan.terms.ask_by;
        if today <= by {
            return Vec::new();
        }
        let text = Text::new(
            format!("申报截止日{by}已过，将注明逾期"),
            format!("the last day for requests was {by}; this will be marked as late"),
        );
        vec![RowProblem { is_error: false, ..self.problem(line, Asked::Number, text) }]
    }

    fn wrong(&self, line: &Line, field: Asked, text: Text) -> Weighed {
        Weighed::Wrong(vec![self.problem(line, field, text)])
    }

    /// The findings of the rules, each at the cell that it concerns.
    fn refused(&self, line: &Line, findings: &[domain::finding::Finding]) -> Weighed {
        let cells = cells();
        let problem = |finding: &domain::finding::Finding| {
            let field = match finding.fields.first().map(String::as_str) {
                Some("n") => Asked::Number,
                Some("reason") => Asked::Reason,
                Some(id) => cells.iter().position(|(cell, _)| cell == id).map_or(Asked::Code, Asked::Cell),
                None => Asked::Code,
            };
            let text = Text::new(
                format!("{}{}", finding.text.zh, finding.remedy.zh),
                format!("{} {}", finding.text.en, finding.remedy.en),
            );
            RowProblem { is_error: finding.is_error(), ..self.problem(line, field, text) }
        };
        Weighed::Wrong(findings.iter().map(problem).collect())
    }

    fn problem(&self, line: &Line, field: Asked, text: Text) -> RowProblem {
        let at = self.columns.get(column_of(field, cells().len())).copied().flatten();
        let place = match at {
            Some(column) => Place::Cell { row: line.row, column },
            None => Place::Row(line.row),
        };
        let text = Text::new(format!("{place}：{}", text.zh), format!("{place}: {}", text.en));
        RowProblem { row: Some(line.row), text, is_error: true }
    }
}
