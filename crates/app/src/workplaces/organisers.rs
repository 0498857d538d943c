//! Organisers (组织员): who holds the post where and until when, the running files each has to see
//! through, the talks before approval that wait for them, and the units without one.

use std::collections::HashMap;

use domain::agenda::{Duty, Pressure};
use domain::case::Step;
use domain::ids::{PersonId, UnitId};
use domain::months::add_months;
use domain::unit::{PostKind, Unit, UnitKind};
use domain::workplace::settings;
use jiff::civil::Date;

use crate::store::{Store, StoreError, cases, units};

/// The organisers below a unit.
#[derive(Debug, Clone, Default)]
pub struct Organisers {
    /// Those in office, in the order of the tree.
    pub lines: Vec<OrganiserLine>,
    /// Units that should have one and do not.
    pub vacant: Vec<Vacancy>,
}

/// An organiser in office.
#[derive(Debug, Clone)]
pub struct OrganiserLine {
    /// The unit.
    pub unit: Unit,
    /// Who.
    pub person: PersonId,
    /// First day.
    pub from_on: Date,
    /// The day on which the usual term ends.
    pub until_on: Date,
    /// Running files below the unit for each of its organisers, rounded up, without those of units that
    /// have an organiser of their own.
    pub n_files: i64,
    /// Talks before approval that can be held now or are overdue, for each of its organisers.
    pub n_talks: i64,
    /// Of them, overdue.
    pub n_overdue: i64,
}

/// A unit without an organiser.
#[derive(Debug, Clone)]
pub struct Vacancy {
    /// The unit.
    pub unit: Unit,
    /// Since when nobody holds the post; none when nobody ever did.
    pub since_on: Option<Date>,
    /// Running files below it without those that another organiser sees through.
    pub n_files: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Load {
    n_files: i64,
    n_talks: i64,
    n_overdue: i64,
}

impl Store {
    /// The organisers of the units below one, with what waits for each.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read.
    pub fn organisers(&self, top: UnitId, today: Date) -> Result<Organisers, StoreError> {
        let all = self.read(|connection| {
            let top = units::unit(connection, top)?.ok_or(StoreError::Missing)?;
            units::subtree(connection, &top)
        })?;
        let due: Vec<&Unit> = all.iter().filter(|unit| unit.is_open && should_have_one(unit.kind)).collect();
        let (mut held, mut ended) = (HashMap::new(), HashMap::new());
        for unit in &due {
            let posts = self.terms(unit.id)?.into_iter().filter(|post| post.kind == PostKind::Organiser);
            let (now, before): (Vec<_>, Vec<_>) = posts.partition(|post| post.is_held_on(today));
            ended.insert(unit.id, before.iter().filter_map(|post| post.to_on).max());
            if !now.is_empty() {
                held.insert(unit.id, now);
            }
        }
        let loads = self.loads(top, today, (&all, &due), |unit| held.contains_key(&unit))?;
        let mut found = Organisers::default();
        for unit in due {
            let load = loads.get(&unit.id).copied().unwrap_or_default();
            let Some(posts) = held.get(&unit.id) else {
                let since_on = ended.get(&unit.id).copied().flatten();
                found.vacant.push(Vacancy { unit: unit.clone(), since_on, n_files: load.n_files });
                continue;
            };
            let n = i64::try_from(posts.len()).unwrap_or(1);
            let each = |sum: i64| -(-sum).div_euclid(n);
            found.lines.extend(posts.iter().map(|post| OrganiserLine {
                unit: unit.clone(),
                person: post.person,
                from_on: post.from_on,
                until_on: term_end(post.from_on),
                n_files: each(load.n_files),
                n_talks: each(load.n_talks),
                n_overdue: each(load.n_overdue),
            }));
        }
        Ok(found)
    }

    /// What each unit's organisers have to see through: a file belongs to the nearest unit above it that
    /// has an organiser, and where none has, to the nearest that should have one.
    fn loads(
        &self,
        top: UnitId,
        today: Date,
        (all, due): (&[Unit], &[&Unit]),
        is_held: impl Fn(UnitId) -> bool,
    ) -> Result<HashMap<UnitId, Load>, StoreError> {
        let parents: HashMap<UnitId, Option<UnitId>> =
            all.iter().map(|unit| (unit.id, unit.parent)).collect();
        let nearest = |from: UnitId| {
            let chain = || {
                std::iter::successors(Some(from), |id| parents.get(id).copied().flatten())
                    .filter(|id| due.iter().any(|unit| unit.id == *id))
            };
            chain().find(|id| is_held(*id)).or_else(|| chain().next())
        };
        let owners: HashMap<UnitId, Option<UnitId>> =
            all.iter().filter(|unit| unit.kind.is_branch()).map(|unit| (unit.id, nearest(unit.id))).collect();
        let mut loads: HashMap<UnitId, Load> = HashMap::new();
        let span = all.first().map_or((0, -1), |unit| (unit.pre, unit.post));
        for row in self.read(|connection| cases::below(connection, span, true))? {
            if let Some(owner) = owners.get(&row.unit).copied().flatten() {
                loads.entry(owner).or_default().n_files += 1;
            }
        }
        for entry in &self.docket(top, today)?.entries {
            let is_talk = entry.due.duty == Duty::Take(Step::ApprovalTalk);
            let waits = matches!(entry.due.pressure, Pressure::Overdue | Pressure::Pressing | Pressure::Open);
            if let Some(owner) = owners.get(&entry.unit).copied().flatten().filter(|_| is_talk && waits) {
                let load = loads.entry(owner).or_default();
                load.n_talks += 1;
                load.n_overdue += i64::from(entry.due.pressure == Pressure::Overdue);
            }
        }
        Ok(loads)
    }
}

/// Units that approve or prepare approvals: they need somebody who guarantees the quality of files.
fn should_have_one(kind: UnitKind) -> bool {
    match kind {
        UnitKind::City
        | UnitKind::County
        | UnitKind::WorkCommittee
        | UnitKind::Town
        | UnitKind::Committee => true,
        UnitKind::Nation
        | UnitKind::Province
        | UnitKind::GeneralBranch
        | UnitKind::Branch
        | UnitKind::JointBranch
        | UnitKind::ProvisionalBranch
        | UnitKind::LeadingGroup => false,
    }
}

fn term_end(from_on: Date) -> Date {
    let months = settings().organiser_term_years.value * 12;
    add_months(from_on, u16::try_from(months).unwrap_or(u16::MAX))
}
