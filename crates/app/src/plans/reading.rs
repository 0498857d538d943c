//! A plan as its pages show it: the units in sight with every round's number, what is used and left,
//! and everything about one unit.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;

use domain::event::Event;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Cells, Plan, PlanProposed};
use domain::unit::Unit;
use jiff::civil::Date;

use super::calendar::days_of;
use super::counting;
use super::drafting::{DraftError, Watch};
use super::{Seen, ground};
use crate::planning;
use crate::store::{
    AnswerRow, ChangeRow, Connection, PlanRow, Reader, RequestRow, RoundRow, ShareRow, SignatureRow, Store,
    StoreError, places, plans, reading, units,
};

/// A unit's line in the table of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The unit.
    pub unit: Unit,
    /// Members.
    pub n_stock: i64,
    /// People who can lawfully be admitted within the year.
    pub n_ready: i64,
    /// People asked for, as it stands.
    pub n_asked: i64,
    /// Places by round, the first one first.
    pub rounds: Vec<i64>,
    /// Why the latest number was settled by hand, if it was.
    pub reason: Option<String>,
    /// Places as adopted and as they stand.
    pub quota: Option<(i64, i64)>,
    /// Admitted within the year.
    pub n_used: i64,
    /// Listed as development targets and not yet admitted.
    pub n_reserved: i64,
    /// Whether the plan has units below it.
    pub has_below: bool,
}

impl Line {
    /// Places as they stand: of the quota, or of the latest round.
    #[must_use]
    pub fn places(&self) -> Option<i64> {
        self.quota.map(|(_, n)| n).or(self.rounds.last().copied())
    }

    /// Places that are left.
    #[must_use]
    pub fn n_left(&self) -> Option<i64> {
        self.quota.map(|(_, n)| n - self.n_used)
    }

    /// What the latest round moved.
    #[must_use]
    pub fn moved(&self) -> Option<i64> {
        let [.., before, after] = self.rounds[..] else { return None };
        Some(after - before)
    }
}

/// A plan with the lines in sight.
#[derive(Debug, Clone)]
pub struct View {
    /// The plan.
    pub row: PlanRow,
    /// With its parties.
    pub plan: Plan,
    /// The unit that makes it.
    pub maker: Unit,
    /// Its proposals.
    pub rounds: Vec<RoundRow>,
    /// Answers to any round.
    pub answers: Vec<AnswerRow>,
    /// Signatures of any round.
    pub signatures: Vec<SignatureRow>,
    /// Requests for changes.
    pub changes: Vec<ChangeRow>,
    /// The latest requests of the branches within sight.
    pub requests: Vec<RequestRow>,
    /// The units in sight, each before those below it.
    pub lines: Vec<Line>,
    /// What an act of the office must have seen.
    pub seen: Seen,
}

/// Everything about one unit in a plan.
#[derive(Debug, Clone)]
pub struct UnitView {
    /// Its line.
    pub line: Line,
    /// The plan with the line only.
    pub view: View,
    /// What an act of the unit must have seen.
    pub seen: Seen,
    /// People ready by cell; of a branch only.
    pub ready: Cells,
    /// Its places by cell in the latest round; of a branch only.
    pub cells: Cells,
}

/// Number of events about plans in the books of a unit. Whoever acts for a unit must have seen them all;
/// what others enter meanwhile does not matter, so that branches can ask at the same time.
pub(super) fn version(connection: &mut Connection, unit: UnitId) -> Result<i64, StoreError> {
    plans::n_events(connection, unit)
}

impl Store {
    /// The plans that cover a unit, those of the nearest unit above first, the latest year first.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn plans_over(&self, unit: UnitId) -> Result<Vec<PlanRow>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            let mut next = Some(unit);
            while let Some(id) = next {
                found.extend(plans::of_unit(connection, id)?);
                next = units::unit(connection, id)?.ok_or(StoreError::Missing)?.parent;
            }
            Ok(found)
        })
    }

    /// A plan with the lines of a unit, of those directly below it, and of those below the opened ones.
    ///
    /// # Errors
    /// There is no such plan or unit, or the record cannot be read.
    pub fn plan_view(
        &self,
        id: PlanId,
        top: UnitId,
        opened: &[UnitId],
        today: Date,
    ) -> Result<View, StoreError> {
        let (row, in_sight, requests) = self.read(|connection| {
            let row = plans::plan(connection, id)?.ok_or(StoreError::Missing)?;
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            let mut requests = plans::requests(connection, &row)?;
            if top.id != row.unit {
                let below = units::subtree(connection, &top)?;
                requests.retain(|request| below.iter().any(|unit| unit.id == request.unit));
            }
            Ok((row, in_sight(connection, top, opened)?, requests))
        })?;
        let lines = self.lines(&row, in_sight, today)?;
        self.read(|connection| {
            let maker = units::unit(connection, row.unit)?.ok_or(StoreError::Missing)?;
            let seen = Seen { plan: id, round: row.round, version: version(connection, row.unit)? };
            Ok(View {
                plan: ground::plan(connection, &row)?,
                maker,
                rounds: plans::rounds(connection, &row)?,
                answers: plans::answers(connection, &row)?,
                signatures: plans::signatures(connection, &row)?,
                changes: plans::changes(connection, &row)?,
                requests,
                lines,
                seen,
                row,
            })
        })
    }

    /// Everything about one unit in a plan.
    ///
    /// # Errors
    /// There is no such plan or unit, or the record cannot be read.
    pub fn plan_unit(&self, id: PlanId, unit: UnitId, today: Date) -> Result<UnitView, StoreError> {
        let view = self.plan_view(id, unit, &[], today)?;
        let line = view.lines.first().ok_or(StoreError::Missing)?.clone();
        let is_branch = line.unit.kind.is_branch();
        let ready = if is_branch {
            let ready = self.ready(&line.unit, (view.row.year, today), &quiet());
            ready.map_err(store_error)?.remove(&unit).unwrap_or_default()
        } else {
            Cells::new()
        };
        let cells = match view.rounds.last() {
            Some(round) if is_branch => self.cells_of(&view.row, round, unit)?,
            Some(_) | None => Cells::new(),
        };
        let version = self.read(|connection| version(connection, unit))?;
        let seen = Seen { plan: id, round: view.row.round, version };
        Ok(UnitView { line, view, seen, ready, cells })
    }

    /// A round's question and answer, as they stand in the record.
    ///
    /// # Errors
    /// There is no such round, or the record cannot be read.
    pub fn round_files(&self, id: PlanId, round: i64) -> Result<(String, String), StoreError> {
        let (row, round) = self.read(|connection| {
            let row = plans::plan(connection, id)?.ok_or(StoreError::Missing)?;
            let rounds = plans::rounds(connection, &row)?;
            let round = rounds.into_iter().find(|known| known.round == round).ok_or(StoreError::Missing)?;
            Ok((row, round))
        })?;
        let proposed = self.proposed(&row, &round)?;
        Ok((proposed.instance, proposed.certificate))
    }

    fn proposed(&self, row: &PlanRow, round: &RoundRow) -> Result<PlanProposed, StoreError> {
        self.read_open(|reader| {
            let Reader { connection, keys } = reader;
            let recorded = reading::of_unit(connection, keys, (row.unit, round.event))?;
            let recorded = recorded.ok_or(StoreError::Missing)?;
            if let Event::PlanProposed(proposed) = recorded.fact.event {
                Ok(proposed)
            } else {
                Err(StoreError::Damaged("a round names another event".to_owned()))
            }
        })
    }

    fn cells_of(&self, row: &PlanRow, round: &RoundRow, unit: UnitId) -> Result<Cells, StoreError> {
        let proposed = self.proposed(row, round)?;
        let plan = planning::read_plan(proposed.certificate.as_bytes())
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        let unit = unit.to_string();
        let leaf = plan.leaves.into_iter().flatten().find(|leaf| leaf.unit == unit);
        Ok(leaf.map(|leaf| leaf.cells).unwrap_or_default())
    }

    /// What one place more and one place fewer of a unit would cost the whole plan, in points; none where
    /// no plan would be left.
    ///
    /// # Errors
    /// There is no such round, or the record cannot be read.
    pub fn price_of_place(
        &self,
        id: PlanId,
        round: i64,
        unit: UnitId,
    ) -> Result<(Option<i64>, Option<i64>), StoreError> {
        let (instance, certificate) = self.round_files(id, round)?;
        let damaged = |error: planning::Unreadable| StoreError::Damaged(error.to_string());
        let plan = planning::read_plan(certificate.as_bytes()).map_err(damaged)?;
        planning::price_of_a_place(instance.as_bytes(), &plan, &unit.to_string()).map_err(damaged)
    }

    fn lines(&self, row: &PlanRow, in_sight: Vec<Unit>, today: Date) -> Result<Vec<Line>, StoreError> {
        let maker = self.unit(row.unit)?;
        let range = (maker.pre, maker.post);
        let ids: Vec<UnitId> = in_sight.iter().map(|unit| unit.id).collect();
        let read = |connection: &mut Connection| {
            Ok(Figures {
                shares: shares_of(plans::shares(connection, row, &ids)?),
                quotas: plans::quotas(connection, row)?,
                used: places::used(connection, range, days_of(row.year))?
                    .iter()
                    .map(|(_, pre)| *pre)
                    .collect(),
                reserved: places::reserved(connection, range)?.iter().map(|(_, pre)| *pre).collect(),
                asked: asked(connection, row)?,
                live: HashMap::new(),
            })
        };
        let mut figures = self.read(read)?;
        if row.round == 0 {
            let counted = counting::count(self, row, today, &quiet()).map_err(store_error)?;
            let stock = counted.sums(|branch| branch.n_stock);
            let ready = counted.sums(|branch| branch.ready.values().sum());
            figures.live = stock.into_iter().map(|(unit, n)| (unit, (n, ready[&unit]))).collect();
        }
        Ok(in_sight.into_iter().map(|unit| figures.line(row, unit)).collect())
    }
}

/// A watch that nobody looks at.
pub(crate) fn quiet() -> Watch<'static> {
    static GO_ON: AtomicBool = AtomicBool::new(false);
    Watch { progress: &|_, _, _| {}, cancel: &GO_ON }
}

/// Nobody stops a count that nobody watches, and a count asks nothing of the planner.
pub(crate) fn store_error(error: DraftError) -> StoreError {
    match error {
        DraftError::Store(error) => error,
        DraftError::Stopped => StoreError::Stopped,
        DraftError::Malformed(error) => StoreError::Unfit(error.to_string()),
    }
}

fn in_sight(connection: &mut Connection, top: Unit, opened: &[UnitId]) -> Result<Vec<Unit>, StoreError> {
    let mut found = Vec::new();
    let mut stack = vec![top];
    while let Some(unit) = stack.pop() {
        if found.is_empty() || opened.contains(&unit.id) {
            let below = units::children(connection, Some(unit.id))?;
            stack.extend(below.into_iter().filter(|unit| unit.is_open).rev());
        }
        found.push(unit);
    }
    Ok(found)
}

/// People asked for, by the preorder number of the branch.
fn asked(connection: &mut Connection, row: &PlanRow) -> Result<Vec<(i64, i64)>, StoreError> {
    // Requests are kept under the unit that makes the plan, their branches under their counties.
    let maker = units::unit(connection, row.unit)?.ok_or(StoreError::Missing)?;
    let below = units::subtree(connection, &maker)?;
    let places: HashMap<UnitId, i64> = below.iter().map(|unit| (unit.id, unit.pre)).collect();
    let requests = plans::requests(connection, row)?;
    let placed = requests.iter().filter_map(|request| Some((*places.get(&request.unit)?, request.n)));
    let mut asked: Vec<(i64, i64)> = placed.collect();
    asked.sort_unstable();
    Ok(asked)
}

fn shares_of(rows: Vec<ShareRow>) -> HashMap<UnitId, BTreeMap<i64, ShareRow>> {
    let mut found: HashMap<UnitId, BTreeMap<i64, ShareRow>> = HashMap::new();
    for row in rows {
        found.entry(row.unit).or_default().insert(row.round, row);
    }
    found
}

/// What lines are made from.
struct Figures {
    shares: HashMap<UnitId, BTreeMap<i64, ShareRow>>,
    quotas: BTreeMap<UnitId, (i64, i64)>,
    /// Preorder numbers of the branches of used and of reserved places.
    used: Vec<i64>,
    reserved: Vec<i64>,
    asked: Vec<(i64, i64)>,
    /// Members and people ready, while nothing is proposed.
    live: HashMap<UnitId, (i64, i64)>,
}

impl Figures {
    fn line(&self, row: &PlanRow, unit: Unit) -> Line {
        let shares = self.shares.get(&unit.id);
        let last = shares.and_then(|shares| shares.last_key_value()).map(|(_, share)| share);
        let is_below = |pre: i64| (unit.pre..=unit.post).contains(&pre);
        let n_of = |places: &[i64]| places.iter().filter(|pre| is_below(**pre)).count();
        let live = self.live.get(&unit.id).copied().unwrap_or((0, 0));
        let number = |round: i64| shares.and_then(|shares| shares.get(&round)).map_or(0, |share| share.n);
        let asked = self.asked.iter().filter(|(pre, _)| is_below(*pre)).map(|(_, n)| n).sum();
        Line {
            n_stock: last.map_or(live.0, |share| share.n_stock),
            n_ready: last.map_or(live.1, |share| share.n_ready),
            n_asked: asked,
            rounds: (1..=row.round).map(number).collect(),
            reason: last.and_then(|share| share.reason.clone()),
            quota: self.quotas.get(&unit.id).copied(),
            n_used: i64::try_from(n_of(&self.used)).unwrap_or(i64::MAX),
            n_reserved: i64::try_from(n_of(&self.reserved)).unwrap_or(i64::MAX),
            has_below: !unit.kind.is_branch(),
            unit,
        }
    }
}
