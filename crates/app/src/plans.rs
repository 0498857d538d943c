//! The plan of a year: opened, asked for from below, proposed from above, answered, signed, adopted,
//! followed. What a decision needs is looked up inside the transaction that records it; files of a
//! proposal are solved outside of it and stand in the record once they are proposed.

mod calendar;
mod counting;
mod drafting;
mod following;
mod ground;
mod papers;
mod question;
mod reading;
mod sheets;

use domain::access::{Action, Resource};
use domain::dates::Moment;
use domain::event::SiteFounded;
use domain::ids::{PlanId, UnitId};
use domain::plan::{Act, Terms, decide, settings};
use domain::unit::Unit;
use jiff::civil::Date;
use planner::target::{Kind, Population, Side, Targets};

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{Actor, CommandId, Connection, Receipt, Store, StoreError, Tx, plans, units};

pub use crate::store::{AlertRow, AnswerRow, ChangeRow, PlanRow, RequestRow, RoundRow, SignatureRow};
pub use drafting::{Draft, DraftError, Phase, Watch};
pub use following::{Following, MonthRow, Taken, Told};
pub use papers::{brief, least};
pub use reading::{Line, UnitView, View};
pub(crate) use reading::{quiet, store_error};
pub use sheets::{SheetPreview, SheetRow};

/// The plan that a command speaks of, as the person saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The plan.
    pub plan: PlanId,
    /// Its latest round when it was looked at.
    pub round: i64,
    /// Number of events about plans in the books of the unit that acts.
    pub version: i64,
}

impl Store {
    /// What a new plan of a unit would start from: the shipped targets, and an intake that fits its
    /// members.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn plan_start(&self, unit: UnitId, today: Date) -> Result<Terms, StoreError> {
        let n_members = self.composition(unit)?.n_members();
        Ok(start(n_members, today))
    }

    /// Opens the plan of a unit for a year.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn open_plan(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        unit: UnitId,
        (year, terms): (i16, Terms),
    ) -> Result<PlanId, ActError> {
        self.write(move |tx| {
            if tx.carried_out(command)?.is_none() {
                let here = units::unit(&mut tx.connection, unit)?.ok_or(StoreError::Missing)?;
                permit(&mut tx.connection, actor, now.today, Action::RunPlan, &here)?;
                let act = Act::Open(year, terms);
                let facts = decide(&act, &ground::of_opening(&mut tx.connection, here, year, now)?)?;
                tx.append(actor, now, command, &facts)?;
            }
            let plans = plans::of_unit(&mut tx.connection, unit)?;
            Ok(plans.iter().find(|plan| plan.year == year).ok_or(StoreError::Missing)?.id)
        })
    }

    /// What a command about a unit must have seen, as it stands.
    ///
    /// # Errors
    /// There is no such plan, or the database fails.
    pub fn plan_seen(&self, plan: PlanId, unit: UnitId) -> Result<Seen, StoreError> {
        self.read(|connection| current(connection, plan, unit))
    }

    /// Records an act on a plan, by or about a unit.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when the plan went
    /// on since it was seen; or the store's own failures. Nothing is recorded then.
    pub fn act_on_plan(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (seen, unit): (Seen, UnitId),
        act: Act,
    ) -> Result<Receipt, ActError> {
        let founded = self.founded.clone();
        self.write(move |tx| carry_out(tx, &founded, (actor, now, command), (seen, unit), &act))
    }
}

/// Carries out an act inside a transaction.
pub(crate) fn carry_out(
    tx: &mut Tx,
    founded: &SiteFounded,
    (actor, now, command): (Actor, Moment, CommandId),
    (seen, unit): (Seen, UnitId),
    act: &Act,
) -> Result<Receipt, ActError> {
    if let Some(receipt) = tx.carried_out(command)? {
        return Ok(receipt);
    }
    let plan = plans::plan(&mut tx.connection, seen.plan)?.ok_or(StoreError::Missing)?;
    let here = units::unit(&mut tx.connection, unit)?.ok_or(StoreError::Missing)?;
    let is_current = plan.round == seen.round && reading::version(&mut tx.connection, unit)? == seen.version;
    if !is_current {
        return Err(StoreError::Changed.into());
    }
    let (action, at) = answers_for(act, &plan, &here);
    let at = units::unit(&mut tx.connection, at)?.ok_or(StoreError::Missing)?;
    permit(&mut tx.connection, actor, now.today, action, &at)?;
    let (parts, at_hand) = tx.parts_at_hand();
    let ground = ground::of_act((parts, at_hand), founded, (&plan, &here), act, now)?;
    let facts = decide(act, &ground)?;
    Ok(tx.append(actor, now, command, &facts)?)
}

/// What a command about a unit must have seen, as it stands.
pub(crate) fn current(connection: &mut Connection, plan: PlanId, unit: UnitId) -> Result<Seen, StoreError> {
    let round = plans::plan(connection, plan)?.ok_or(StoreError::Missing)?.round;
    Ok(Seen { plan, round, version: reading::version(connection, unit)? })
}

/// What an act is in the words of the table of access, and the unit that must be answered for.
fn answers_for(act: &Act, plan: &plans::PlanRow, here: &Unit) -> (Action, UnitId) {
    match act {
        Act::Open(..) | Act::Propose(_) | Act::Adopt | Act::DecideChange(_) | Act::SettleAlert(..) => {
            (Action::RunPlan, plan.unit)
        }
        Act::Sign if here.id == plan.unit => (Action::RunPlan, plan.unit),
        Act::Ask(_) | Act::Answer(_) | Act::Sign | Act::AskChange(_) | Act::AnswerAlert(..) => {
            (Action::AskPlan, here.id)
        }
    }
}

fn permit(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    action: Action,
    unit: &Unit,
) -> Result<(), ActError> {
    authority::permit(connection, actor, action, &Resource::of_unit(unit.pre, unit.id), today)
}

/// What a plan for so many members starts from.
pub(crate) fn start(n_members: i64, today: Date) -> Terms {
    let (targets, start) = (Targets::shipped(), &settings().start);
    let shares = targets.targets.iter().filter(|target| {
        target.kind == Kind::Share && target.of == Population::Intake && target.group.is_some()
    });
    let shares = shares.map(|target| domain::plan::ShareTarget {
        attribute: target.group.clone().unwrap_or_default(),
        permille_as_written: target.as_written.value,
        permille: target.adopted.value,
        is_strict: target.adopted.bound == Side::MoreThan,
        penalty: target.weight,
    });
    let intake = targets.get("intake");
    let days = |n: i64| today.saturating_add(jiff::Span::new().days(n));
    Terms {
        intake_as_written: intake.map(|target| target.as_written.value),
        intake: ((n_members * start.intake_permille + 500).div_euclid(1000)).max(1),
        reason: intake
            .and_then(|target| target.reason.as_ref())
            .map_or_else(String::new, |reason| reason.zh.clone()),
        tolerance_permille: start.tolerance_permille,
        shares: shares.collect(),
        weights: start.weights,
        ask_by: days(14),
        answer_by: days(35),
        sign_by: days(56),
    }
}

#[cfg(test)]
mod tests;
