//! A year's responsibility: tasks split down the tree, letters signed, results decided and used. What a
//! decision needs is looked up inside the transaction that records it.

use std::collections::BTreeMap;

use domain::access::{Action, Resource};
use domain::agenda::Pressure;
use domain::charge::{Act, Charge, Ground, Letter, Records, Side, Standing, TaskTerms, Terms, decide};
use domain::dates::Moment;
use domain::event::SiteFounded;
use domain::finding::Finding;
use domain::ids::{ChargeId, UnitId};
use domain::unit::Unit;
use jiff::civil::{Date, date};
use sha2::{Digest as _, Sha256};

use crate::accounts::authority;
use crate::act::ActError;
use crate::admission::agenda_of;
use crate::store::{
    Actor, ChargeRow as Row, CommandId, Connection, Receipt, Store, StoreError, Tx, cases, charges, places,
    plans, units,
};

pub use crate::store::ChargeRow;

/// The part of a charge that a command speaks of, as the person saw it: number of its events, 0 for a
/// part that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The charge.
    pub charge: ChargeId,
    /// Version of the task or letter.
    pub version: i64,
}

/// A charge as its pages show it.
#[derive(Debug, Clone)]
pub struct View {
    /// The charge with all its parts.
    pub charge: Charge,
    /// Its units and posts.
    pub standing: Standing,
    /// What it lacks today; told to the charge's own unit and above it.
    pub findings: Vec<Finding>,
}

impl View {
    /// Leaves what concerns a unit of the charge: tasks in it, below it and above it, letters that it gives
    /// or takes. From above the charge nothing is left out.
    pub fn keep_within(&mut self, own: UnitId) {
        if own == self.charge.unit || self.standing.unit(own).is_none() {
            return;
        }
        let standing = &self.standing;
        let is_near = |unit: UnitId| standing.is_within(unit, own) || standing.is_within(own, unit);
        self.charge
            .tasks
            .retain(|_, task| task.terms.owner.as_ref().is_some_and(|owner| is_near(owner.unit)));
        self.charge.letters.retain(|_, letter| standing.is_within(letter.taker.unit, own));
        self.findings.clear();
    }
}

impl Store {
    /// The charges that cover a unit, those of the nearest unit above first, the latest year first.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn charges_over(&self, unit: UnitId) -> Result<Vec<ChargeRow>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            let mut next = Some(unit);
            while let Some(id) = next {
                found.extend(charges::of_unit(connection, id)?);
                next = units::unit(connection, id)?.ok_or(StoreError::Missing)?.parent;
            }
            Ok(found)
        })
    }

    /// A charge with everything that its pages show.
    ///
    /// # Errors
    /// There is no such charge, or the database fails.
    pub fn charge_view(&self, id: ChargeId, today: Date) -> Result<View, StoreError> {
        self.read(|connection| {
            let head = charges::head(connection, id)?.ok_or(StoreError::Missing)?;
            let charge = charges::charge(connection, &head)?;
            let unit = units::unit(connection, head.unit)?.ok_or(StoreError::Missing)?;
            let standing = charges::standing(connection, &unit)?;
            let findings = domain::charge::findings(&charge, &standing, today);
            Ok(View { charge, standing, findings })
        })
    }

    /// Opens the responsibility of a unit for a year, with its first objectives.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn open_charge(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        unit: UnitId,
        (year, terms, objectives): (i16, Terms, Vec<(String, Option<usize>)>),
    ) -> Result<ChargeId, ActError> {
        self.write(move |tx| {
            if tx.carried_out(command)?.is_none() {
                let here = units::unit(&mut tx.connection, unit)?.ok_or(StoreError::Missing)?;
                permit(&mut tx.connection, actor, now.today, (Action::RunCharge, &here))?;
                let is_taken = charges::of_unit(&mut tx.connection, unit)?.iter().any(|it| it.year == year);
                let free = charges::free(&mut tx.connection)?;
                let ground = Ground { opening: Some((here, is_taken)), free, ..ground(now) };
                let facts = decide(&Act::Open(year, Box::new(terms), objectives), &ground)?;
                tx.append(actor, now, command, &facts)?;
            }
            let all = charges::of_unit(&mut tx.connection, unit)?;
            Ok(all.iter().find(|it| it.year == year).ok_or(StoreError::Missing)?.id)
        })
    }

    /// Records an act on a charge.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when the part went
    /// on since it was seen; or the store's own failures. Nothing is recorded then.
    pub fn act_on_charge(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: Seen,
        act: Act,
    ) -> Result<Receipt, ActError> {
        let founded = self.founded.clone();
        self.write(move |tx| carry_out(tx, &founded, (actor, now, command), seen, &act))
    }
}

fn carry_out(
    tx: &mut Tx,
    founded: &SiteFounded,
    (actor, now, command): (Actor, Moment, CommandId),
    seen: Seen,
    act: &Act,
) -> Result<Receipt, ActError> {
    if let Some(receipt) = tx.carried_out(command)? {
        return Ok(receipt);
    }
    let head = charges::head(&mut tx.connection, seen.charge)?.ok_or(StoreError::Missing)?;
    let charge = charges::charge(&mut tx.connection, &head)?;
    if version(&charge, act) != seen.version {
        return Err(StoreError::Changed.into());
    }
    let own = units::unit(&mut tx.connection, head.unit)?.ok_or(StoreError::Missing)?;
    let (action, at) = answers_for(act, &charge);
    let at = units::unit(&mut tx.connection, at)?.ok_or(StoreError::Missing)?;
    permit(&mut tx.connection, actor, now.today, (action, &at))?;
    let standing = charges::standing(&mut tx.connection, &own)?;
    let records = records(tx, founded, (&head, &charge, &standing), act, now.today)?;
    let ground = Ground { charge: Some(charge), standing, records, ..ground(now) };
    // An inspector comes from where the duty lies, whatever the form says.
    let mut act = act.clone();
    if let Act::Inspect(_, by, ..) = &mut act
        && actor.account.is_some()
    {
        *by = actor.unit;
    }
    let facts = decide(&act, &ground)?;
    Ok(tx.append(actor, now, command, &facts)?)
}

fn ground(now: Moment) -> Ground {
    Ground {
        now,
        charge: None,
        opening: None,
        free: 1,
        standing: Standing::default(),
        records: BTreeMap::new(),
        digest: |text| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The letter that an act is about.
fn letter_of(act: &Act) -> Option<i64> {
    match act {
        Act::Renew(number)
        | Act::Rate(number, ..)
        | Act::Inspect(number, ..)
        | Act::Appraise(number, ..)
        | Act::Appeal(number, _)
        | Act::DecideAppeal(number, ..)
        | Act::Award(number, _)
        | Act::Use(number, ..) => Some(*number),
        Act::Sign(signing) => Some(signing.number),
        Act::Open(..)
        | Act::Set(..)
        | Act::AnswerTask(..)
        | Act::Press(..)
        | Act::Report(..)
        | Act::Draft(_) => None,
    }
}

/// The task that an act is about.
fn task_of(act: &Act) -> Option<i64> {
    match act {
        Act::Set(number, _) => *number,
        Act::AnswerTask(number, ..) | Act::Press(number, ..) | Act::Report(number, ..) => Some(*number),
        Act::Open(..)
        | Act::Draft(_)
        | Act::Renew(_)
        | Act::Sign(_)
        | Act::Rate(..)
        | Act::Inspect(..)
        | Act::Appraise(..)
        | Act::Appeal(..)
        | Act::DecideAppeal(..)
        | Act::Award(..)
        | Act::Use(..) => None,
    }
}

/// Number of events of the part that an act is about; 0 where it is about none.
fn version(charge: &Charge, act: &Act) -> i64 {
    let task = task_of(act).and_then(|number| charge.tasks.get(&number)).map(|task| task.version);
    let letter = letter_of(act).and_then(|number| charge.letters.get(&number)).map(|it| it.version);
    task.or(letter).unwrap_or(0)
}

/// What an act is in the words of the table of access, and the unit that must be answered for. What the
/// charge's own unit owns it runs itself.
fn answers_for(act: &Act, charge: &Charge) -> (Action, UnitId) {
    let for_unit = |unit: UnitId| {
        let action = if unit == charge.unit { Action::RunCharge } else { Action::AnswerCharge };
        (action, unit)
    };
    let owner = |number: i64| {
        let owner = charge.tasks.get(&number).and_then(|task| task.terms.owner.as_ref());
        owner.map_or(charge.unit, |owner| owner.unit)
    };
    let above = |terms: &TaskTerms| terms.parent.map_or(charge.unit, owner);
    let letter = letter_of(act).and_then(|number| charge.letters.get(&number));
    let taker = |letter: Option<&Letter>| letter.map_or(charge.unit, |it| it.taker.unit);
    let giver = |letter: Option<&Letter>| letter.map_or(charge.unit, |it| it.giver);
    match act {
        // A task that is set anew must be answered for as it was, not only as it would be.
        Act::Set(Some(number), _) => {
            let was = charge.tasks.get(number).and_then(|task| task.terms.parent);
            for_unit(was.map_or(charge.unit, owner))
        }
        Act::Set(None, terms) => for_unit(above(terms)),
        Act::AnswerTask(number, ..) | Act::Report(number, ..) => for_unit(owner(*number)),
        Act::Press(number, ..) => {
            let parent = charge.tasks.get(number).and_then(|task| task.terms.parent);
            for_unit(parent.map_or(charge.unit, owner))
        }
        Act::Draft(giver) => for_unit(*giver),
        Act::Renew(_) => for_unit(giver(letter)),
        Act::Sign(signing) => match signing.side {
            Side::Giver => for_unit(giver(letter)),
            Side::Taker => for_unit(taker(letter)),
        },
        Act::Rate(..) | Act::Appeal(..) => for_unit(taker(letter)),
        Act::Inspect(..) => (Action::InspectCharge, taker(letter)),
        Act::Open(..) | Act::Appraise(..) | Act::DecideAppeal(..) | Act::Award(..) | Act::Use(..) => {
            (Action::RunCharge, charge.unit)
        }
    }
}

fn permit(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    (action, unit): (Action, &Unit),
) -> Result<(), ActError> {
    authority::permit(connection, actor, action, &Resource::of_unit(unit.pre, unit.id), today)
}

/// What other records say about the units that an act needs to know about: places for those a letter is
/// drafted to; places, files and overdue steps for the one that is appraised.
fn records(
    tx: &mut Tx,
    founded: &SiteFounded,
    (head, charge, standing): (&Row, &Charge, &Standing),
    act: &Act,
    today: Date,
) -> Result<BTreeMap<UnitId, Records>, StoreError> {
    let letter = letter_of(act).and_then(|number| charge.letters.get(&number));
    let (units, as_of): (Vec<UnitId>, Option<Date>) = match (act, letter) {
        (Act::Draft(giver), _) => (standing.below(*giver).map(|unit| unit.id).collect(), None),
        (Act::Renew(_), Some(letter)) => (vec![letter.taker.unit], None),
        (Act::Appraise(_, as_of, _), Some(letter)) => (vec![letter.taker.unit], Some(*as_of)),
        (Act::DecideAppeal(..), Some(letter)) => {
            let as_of = letter.appraisal.outcome().map_or(today, |outcome| outcome.as_of);
            (vec![letter.taker.unit], Some(as_of))
        }
        _ => return Ok(BTreeMap::new()),
    };
    let quotas = adopted(&mut tx.connection, head)?;
    let mut all = BTreeMap::new();
    for unit in units.iter().filter_map(|id| standing.unit(*id)) {
        let range = (unit.pre, unit.post);
        let mut used = |year: i16, to: Date| {
            let used = places::used(&mut tx.connection, range, (date(year, 1, 1), to))?;
            Ok::<i64, StoreError>(count(used.len()))
        };
        let n_last = used(head.year - 1, date(head.year - 1, 12, 31))?;
        let to = as_of.unwrap_or(today).min(date(head.year, 12, 31));
        let n_used = used(head.year, to)?;
        let quota = quotas.get(&unit.id).map(|n| (*n, n_used));
        let (n_files, n_overdue) = match as_of {
            Some(as_of) => files(tx, founded, range, as_of)?,
            None => (0, 0),
        };
        all.insert(unit.id, Records { quota, n_last, n_files, n_overdue });
    }
    Ok(all)
}

/// Places of the adopted plan of the year that covers the charge's unit.
fn adopted(connection: &mut Connection, head: &Row) -> Result<BTreeMap<UnitId, i64>, StoreError> {
    let mut next = Some(head.unit);
    while let Some(id) = next {
        let all = plans::of_unit(connection, id)?;
        if let Some(plan) = all.iter().find(|plan| plan.year == head.year && plan.adopted_on.is_some()) {
            let quotas = plans::quotas(connection, plan)?;
            return Ok(quotas.into_iter().map(|(unit, (_, n))| (unit, n)).collect());
        }
        next = units::unit(connection, id)?.ok_or(StoreError::Missing)?.parent;
    }
    Ok(BTreeMap::new())
}

/// Running files below a unit, and the steps of them that are overdue on a day.
fn files(
    tx: &mut Tx,
    founded: &SiteFounded,
    range: (i64, i64),
    as_of: Date,
) -> Result<(i64, i64), StoreError> {
    let Tx { connection, keys, cases: at_hand, .. } = tx;
    let rows = cases::below(connection, range, true)?;
    let mut n_overdue = 0;
    for row in &rows {
        let case = at_hand.load(connection, keys, row.id)?.ok_or(StoreError::Missing)?;
        let due = agenda_of(case, founded, as_of).due;
        n_overdue += due.iter().filter(|due| due.pressure == Pressure::Overdue).count();
    }
    Ok((count(rows.len()), count(n_overdue)))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
