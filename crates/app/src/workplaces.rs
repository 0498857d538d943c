//! The register of workplaces: entering, changing, charging somebody, founding an organisation, and where
//! somebody works. What a decision needs is looked up inside the transaction that records it.

mod import;
mod organisers;
mod papers;
mod reading;
mod survey;

use domain::access::{Action, Relation, Resource};
use domain::dates::Moment;
use domain::decide::Consideration;
use domain::event::UnitOpened;
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::tree;
use domain::unit::Unit;
use domain::workplace::{Act, Change, Ground, Holder, Placed, Workplace, consider, decide, place};
use jiff::civil::Date;

use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{
    Actor, CommandId, Connection, Receipt, Store, StoreError, roster, units, workplaces as rows,
};

pub use crate::store::VisitRow;
pub use import::{ImportPlan, ImportPreview, ImportRow, template};
pub use organisers::{OrganiserLine, Organisers, Vacancy};
pub use reading::{Detail, Someone};
pub(crate) use survey::Surveys;
pub use survey::{Changed, Filter, Listed, Survey, Tally};

/// The workplace that a command speaks of, as the person saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenWorkplace {
    /// The workplace.
    pub workplace: WorkplaceId,
    /// Number of its events when it was looked at.
    pub version: i64,
}

impl Store {
    /// Enters a workplace in the register of a unit, or as a part of another.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn list_workplace(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        unit: UnitId,
        act: Act,
    ) -> Result<WorkplaceId, ActError> {
        self.write(move |tx| {
            let receipt = match tx.carried_out(command)? {
                Some(receipt) => receipt,
                None => {
                    permit(&mut tx.connection, actor, now.today, unit)?;
                    let facts = decide(&act, &ground(&mut tx.connection, (unit, None), &act, now)?)?;
                    tx.append(actor, now, command, &facts)?
                }
            };
            Ok(rows::listed_at(&mut tx.connection, receipt.first_seq)?)
        })
    }

    /// Records a change of a workplace.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once; [`StoreError::Changed`] when it was changed
    /// since it was seen; or the store's own failures. Nothing is recorded then.
    pub fn change_workplace(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        seen: SeenWorkplace,
        act: Act,
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let here = current(&mut tx.connection, seen)?;
            permit(&mut tx.connection, actor, now.today, here.unit)?;
            if let Change::Move { to, .. } = act.change {
                permit(&mut tx.connection, actor, now.today, to)?;
            }
            let at = (here.unit, Some(here.id));
            let facts = decide(&act, &ground(&mut tx.connection, at, &act, now)?)?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }

    /// What a change of a workplace would come to, without recording it.
    ///
    /// # Errors
    /// There is no such workplace, or the database fails.
    pub fn consider_workplace(
        &self,
        workplace: WorkplaceId,
        act: &Act,
        now: Moment,
    ) -> Result<Consideration, StoreError> {
        self.read(|connection| {
            let here = rows::workplace(connection, workplace)?.ok_or(StoreError::Missing)?;
            Ok(consider(act, &ground(connection, (here.unit, Some(here.id)), act, now)?))
        })
    }

    /// Founds an organisation for a workplace: opens the unit by the rules of the tree, and enters it as
    /// the one that covers the workplace, in one command.
    ///
    /// # Errors
    /// As for [`Store::open_unit`] and [`Store::change_workplace`]; the reasons of both at once.
    pub fn found_organisation(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (seen, on): (SeenWorkplace, Date),
        opened: UnitOpened,
    ) -> Result<UnitId, ActError> {
        self.write(move |tx| {
            let receipt = match tx.carried_out(command)? {
                Some(receipt) => receipt,
                None => {
                    let here = current(&mut tx.connection, seen)?;
                    permit(&mut tx.connection, actor, now.today, here.unit)?;
                    let approval = opened.approval.clone();
                    let open = tree::Act { on, change: tree::Change::Open(opened) };
                    crate::tree::permit(&mut tx.connection, actor, now.today, (None, &open.change))?;
                    let tree_ground = crate::tree::ground(&mut tx.connection, None, &open, now)?;
                    let unit = UnitId(tree_ground.free);
                    let change = Change::Organise { organisation: Some(unit), approval };
                    let act = Act { on, change };
                    let mut ground = ground(&mut tx.connection, (here.unit, Some(here.id)), &act, now)?;
                    ground.organisation = Some(to_be(&open, unit, tree_ground.here.as_ref()));
                    let facts = both(tree::decide(&open, &tree_ground), decide(&act, &ground))?;
                    tx.append(actor, now, command, &facts)?
                }
            };
            Ok(units::opened_at(&mut tx.connection, receipt.first_seq)?)
        })
    }

    /// Enters where somebody works or lives; none for nowhere in the register.
    ///
    /// # Errors
    /// Whoever acts may not; every reason of a refusal at once, or the store's own failures.
    pub fn place_person(
        &self,
        actor: Actor,
        now: Moment,
        command: CommandId,
        (person, workplace): (PersonId, Option<WorkplaceId>),
        on: Date,
    ) -> Result<Receipt, ActError> {
        self.write(move |tx| {
            if let Some(receipt) = tx.carried_out(command)? {
                return Ok(receipt);
            }
            let connection = &mut tx.connection;
            let row = roster::row(connection, person)?.filter(|row| row.merged_into.is_none());
            let from = rows::placed_at(connection, person)?;
            if let Some(row) = &row {
                permit_person(connection, actor, now.today, (row.unit, person))?;
            }
            let known = workplace.map(|id| rows::workplace(connection, id)).transpose()?.flatten();
            if let Some(known) = &known {
                permit(connection, actor, now.today, known.unit)?;
            }
            let who = row.map(|row| Placed { person, unit: row.unit, stage: row.stage, workplace: from });
            let facts = place(now, on, who, (workplace, known.as_ref())).answer()?;
            Ok(tx.append(actor, now, command, &facts)?)
        })
    }
}

/// The facts of two acts, or the reasons against either.
fn both(
    first: Result<Vec<domain::event::Fact>, domain::refusal::Refusal>,
    second: Result<Vec<domain::event::Fact>, domain::refusal::Refusal>,
) -> Result<Vec<domain::event::Fact>, domain::refusal::Refusal> {
    match (first, second) {
        (Ok(mut facts), Ok(more)) => {
            facts.extend(more);
            Ok(facts)
        }
        (Err(mut refusal), Err(more)) => {
            // Day and approval are asked for by both; they are told once.
            let told = |field: &str| matches!(field, "on" | "approval");
            let again =
                |finding: &domain::finding::Finding| finding.fields.first().is_some_and(|field| told(field));
            refusal.findings.extend(more.findings.into_iter().filter(|finding| !again(finding)));
            Err(refusal)
        }
        (Err(refusal), Ok(_)) | (Ok(_), Err(refusal)) => Err(refusal),
    }
}

/// The unit that an opening would make, as far as the register must know it.
fn to_be(open: &tree::Act, id: UnitId, above: Option<&tree::Place>) -> Unit {
    let tree::Change::Open(opened) = &open.change else { unreachable!("only an opening is handed in") };
    Unit {
        id,
        root: above.map_or(id, |above| above.unit.root),
        parent: opened.parent,
        kind: opened.unit_kind,
        sector: opened.sector,
        code: opened.code.clone(),
        name: opened.name.clone(),
        is_open: true,
        pre: 0,
        post: 0,
        depth: 0,
        version: 0,
    }
}

/// The workplace as it was seen.
fn current(connection: &mut Connection, seen: SeenWorkplace) -> Result<Workplace, ActError> {
    let here = rows::workplace(connection, seen.workplace)?.ok_or(StoreError::Missing)?;
    if here.version == seen.version { Ok(here) } else { Err(StoreError::Changed.into()) }
}

/// Whoever keeps the register answers for the unit that the workplace is entered under.
fn permit(connection: &mut Connection, actor: Actor, today: Date, unit: UnitId) -> Result<(), ActError> {
    authority::permit_unit(connection, actor, Action::KeepRegister, (unit, false), today)
}

/// Nobody enters the own workplace.
fn permit_person(
    connection: &mut Connection,
    actor: Actor,
    today: Date,
    (unit, person): (UnitId, PersonId),
) -> Result<(), ActError> {
    let unit = units::unit(connection, unit)?.ok_or(StoreError::Missing)?;
    let own = authority::acting(connection, actor)?.and_then(|(account, _)| account.person);
    let relation = Relation { is_self: own == Some(person), ..Relation::default() };
    let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
    authority::permit(connection, actor, Action::ChangeMembers, &resource, today)
}

/// What a decision about a workplace must know.
fn ground(
    connection: &mut Connection,
    (unit, workplace): (UnitId, Option<WorkplaceId>),
    act: &Act,
    now: Moment,
) -> Result<Ground, StoreError> {
    let here = workplace.map(|id| rows::workplace(connection, id)).transpose()?.flatten();
    let (mut parent, mut answers) = (here.as_ref().and_then(|here| here.parent), unit);
    let (mut code, mut holder, mut organisation) = (None, None, None);
    match &act.change {
        Change::List { parent: above, particulars } => {
            parent = *above;
            code = Some(particulars.code.clone());
        }
        Change::Alter { particulars, .. } => code = Some(particulars.code.clone()),
        Change::Move { to, .. } => answers = *to,
        Change::Entrust(entrust) => holder = Some(entrust.person),
        Change::Organise { organisation: named, .. } => organisation = *named,
        Change::Close { .. } | Change::Relieve { .. } | Change::Visit { .. } | Change::Count { .. } => {}
    }
    let (mut n_parts, mut n_placed, mut charged) = (0, 0, Vec::new());
    if let Some(here) = &here {
        n_parts = i64::try_from(rows::parts(connection, here.id)?.len()).unwrap_or(i64::MAX);
        n_placed = i64::try_from(rows::placed(connection, here.id)?.len()).unwrap_or(i64::MAX);
        charged = rows::charged(connection, here.id)?;
    }
    let held = |row: roster::PersonRow| Holder {
        person: row.id,
        is_full: row.stage == domain::person::Stage::Full,
        is_under_sanction: row.is_under_sanction,
    };
    let holder = holder.map(|person| roster::row(connection, person)).transpose()?.flatten();
    Ok(Ground {
        now,
        unit: units::unit(connection, answers)?,
        parent: parent.map(|id| rows::workplace(connection, id)).transpose()?.flatten(),
        here,
        n_parts,
        n_placed,
        code_owner: code.map(|code| rows::with_code(connection, &code)).transpose()?.flatten(),
        charged,
        holder: holder.filter(|row| row.merged_into.is_none()).map(held),
        organisation: organisation.map(|id| units::unit(connection, id)).transpose()?.flatten(),
        free: rows::free(connection)?,
    })
}

#[cfg(test)]
mod tests;
