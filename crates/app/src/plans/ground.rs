//! What a decision about a plan must know, looked up in the transaction that records it.

use std::collections::BTreeMap;

use domain::dates::Moment;
use domain::event::SiteFounded;
use domain::ids::UnitId;
use domain::plan::{Act, Cells, Ground, Party, Pending, Place, Plan};
use domain::unit::Unit;
use jiff::civil::Date;

use super::calendar::{self, days_of};
use crate::admission::setting::Parts;
use crate::store::{ChangeRow, Connection, PlanRow, StoreError, cases, places, plans, units};

pub(super) fn of_opening(
    connection: &mut Connection,
    unit: Unit,
    year: i16,
    now: Moment,
) -> Result<Ground, StoreError> {
    let is_taken = plans::of_unit(connection, unit.id)?.iter().any(|plan| plan.year == year);
    Ok(Ground { opening: Some((unit, is_taken)), free: plans::free(connection)?, ..Ground::at(now) })
}

pub(super) fn of_act(
    (parts, at_hand): (Parts<'_>, &mut cases::Cases),
    founded: &SiteFounded,
    (row, unit): (&PlanRow, &Unit),
    act: &Act,
    now: Moment,
) -> Result<Ground, StoreError> {
    let mut desk = Desk::of((parts, at_hand), founded, row, now.today)?;
    let pending = match act {
        Act::DecideChange(decision) => desk.changes.iter().find(|change| change.number == decision.number),
        Act::Open(..)
        | Act::Ask(_)
        | Act::Propose(_)
        | Act::Answer(_)
        | Act::Sign
        | Act::Adopt
        | Act::AskChange(_)
        | Act::AnswerAlert(..)
        | Act::SettleAlert(..) => None,
    }
    .cloned();
    // A decision is about the branch that asked, whatever page it came from.
    let here = pending.as_ref().map_or(unit.id, |change| change.unit);
    let other = match (act, &pending) {
        (Act::AskChange(request), _) => request.other,
        (_, Some(change)) => change.other,
        (_, None) => None,
    };
    let needs_ready = matches!(act, Act::Ask(_) | Act::Answer(_) | Act::AskChange(_) | Act::DecideChange(_));
    let here = desk.place(here, needs_ready)?;
    let there = match other {
        Some(id) => desk.place(id, true)?,
        None => None,
    };
    let alert = match act {
        Act::AnswerAlert(alert, _) | Act::SettleAlert(alert, ..) => {
            let known = plans::alerts(desk.parts.connection, row)?;
            let known = known.into_iter().find(|known| known.unit == unit.id && known.alert == *alert);
            known.map(|known| (known.answer.is_some(), known.settled.is_some()))
        }
        Act::Open(..)
        | Act::Ask(_)
        | Act::Propose(_)
        | Act::Answer(_)
        | Act::Sign
        | Act::Adopt
        | Act::AskChange(_)
        | Act::DecideChange(_) => None,
    };
    let rounds = plans::rounds(desk.parts.connection, row)?;
    let plan = if matches!(act, Act::Propose(_) | Act::Sign | Act::Adopt) {
        plan(desk.parts.connection, row)?
    } else {
        bare(row)
    };
    Ok(Ground {
        plan: Some(plan),
        here,
        there,
        pending: pending.map(|change| Pending {
            number: change.number,
            to: change.after,
            other: change.other,
            is_decided: change.decision.is_some(),
        }),
        alert,
        certificate_sha256: rounds.last().map_or_else(String::new, |round| round.certificate_sha256.clone()),
        free: desk.changes.last().map_or(1, |change| change.number + 1),
        quotas: desk.quotas,
        ..Ground::at(now)
    })
}

/// What is known of a plan while its places are looked up.
struct Desk<'a> {
    parts: Parts<'a>,
    /// Files folded lately.
    at_hand: &'a mut cases::Cases,
    founded: &'a SiteFounded,
    plan: &'a PlanRow,
    today: Date,
    quotas: BTreeMap<UnitId, i64>,
    changes: Vec<ChangeRow>,
}

impl<'a> Desk<'a> {
    fn of(
        (parts, at_hand): (Parts<'a>, &'a mut cases::Cases),
        founded: &'a SiteFounded,
        plan: &'a PlanRow,
        today: Date,
    ) -> Result<Desk<'a>, StoreError> {
        let quotas = plans::quotas(parts.connection, plan)?;
        Ok(Desk {
            quotas: quotas.into_iter().map(|(unit, (_, n))| (unit, n)).collect(),
            changes: plans::changes(parts.connection, plan)?,
            parts,
            at_hand,
            founded,
            plan,
            today,
        })
    }

    fn place(&mut self, id: UnitId, needs_ready: bool) -> Result<Option<Place>, StoreError> {
        let Some(unit) = units::unit(self.parts.connection, id)? else { return Ok(None) };
        let mut above = Vec::new();
        let mut next = unit.parent;
        while let Some(id) = next {
            above.push(id);
            next = units::unit(self.parts.connection, id)?.ok_or(StoreError::Missing)?.parent;
        }
        let shares = plans::shares(self.parts.connection, self.plan, &[id])?;
        let share = shares.into_iter().find(|share| share.round == self.plan.round);
        let ready = if !needs_ready {
            Cells::new()
        } else if unit.kind.is_branch() {
            let when = (self.plan.year, self.today);
            calendar::of_branch((&mut self.parts, self.at_hand), self.founded, &unit, when)?
        } else {
            // Above the branches the figure of the proposal stands; its cells are not needed.
            share.as_ref().map(|share| Cells::from([(String::new(), share.n_ready)])).unwrap_or_default()
        };
        let range = (unit.pre, unit.post);
        let used = places::used(self.parts.connection, range, days_of(self.plan.year))?;
        let asked = plans::request_of(self.parts.connection, self.plan, id)?;
        let pending = self.changes.iter().filter(|change| change.unit == id && change.decision.is_none());
        Ok(Some(Place {
            above,
            ready,
            n_used: count(used.len()),
            n: self.quotas.get(&id).copied().or(share.map(|share| share.n)),
            asked: asked.map(|request| (request.n, request.cells)),
            n_pending: count(pending.count()),
            unit,
        }))
    }
}

/// A plan without what only proposing, signing and adopting look at.
fn bare(row: &PlanRow) -> Plan {
    Plan {
        id: row.id,
        unit: row.unit,
        year: row.year,
        terms: row.terms.clone(),
        round: row.round,
        adopted_on: row.adopted_on,
        parties: Vec::new(),
        is_signed: false,
        version: row.version,
    }
}

/// A plan with its parties: the open units directly below its own that hold a branch.
pub(super) fn plan(connection: &mut Connection, row: &PlanRow) -> Result<Plan, StoreError> {
    let answers = plans::answers(connection, row)?;
    let signatures = plans::signatures(connection, row)?;
    let asked: Vec<UnitId> = plans::requests(connection, row)?.iter().map(|request| request.unit).collect();
    let is_signed = |unit: UnitId| signatures.iter().any(|it| it.round == row.round && it.unit == unit);
    let mut parties = Vec::new();
    for unit in units::children(connection, Some(row.unit))?.into_iter().filter(|unit| unit.is_open) {
        let below = units::subtree(connection, &unit)?;
        let mut branches = below.iter().filter(|unit| unit.is_open && unit.kind.may_admit()).peekable();
        if branches.peek().is_none() {
            continue;
        }
        let answer = answers.iter().find(|it| it.round == row.round && it.unit == unit.id);
        parties.push(Party {
            unit: unit.id,
            n_requests: count(branches.filter(|branch| asked.contains(&branch.id)).count()),
            answer: answer.map(|answer| answer.kind),
            is_signed: is_signed(unit.id),
            name: unit.name,
        });
    }
    Ok(Plan { parties, is_signed: is_signed(row.unit), ..bare(row) })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
