//! The people who can sign in to the demonstration: one for each kind of work, with passwords drawn anew
//! each time. There are no default accounts anywhere.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::access::Grant;
use domain::dates::Moment;
use domain::ids::UnitId;
use domain::role::{Reach, Role};
use domain::text::Text;
use domain::unit::Unit;
use jiff::Span;

use crate::accounts::{AccountError, NewGrant, drawn_password};
use crate::store::{Actor, Store, StoreError};

/// Someone who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name to type.
    pub login: String,
    /// The password to type.
    pub password: String,
    /// As what.
    pub role: Role,
    /// Where.
    pub unit: Text,
}

/// Opens an account for each kind of work: the city's offices, and the branch whose files need the most
/// attention on the day with the committee that stands above it.
///
/// # Errors
/// The store fails.
pub fn staff(store: &Store, now: Moment) -> Result<Vec<Login>, AccountError> {
    let city = store.units_below(None)?.into_iter().next().ok_or(StoreError::Missing)?;
    let branch = busiest(store, &city, now)?;
    let committee = above(store, &branch)?;
    let county = above(store, &committee)?;
    [
        ("zuzhibu", "沈明远", Role::OrganisationDepartment, &city),
        ("zuzhiyuan", "吴秀兰", Role::Organiser, &city),
        ("xianqu", "许丽华", Role::Organiser, &county),
        ("dangwei", "宋志强", Role::Approver, &committee),
        ("xianwei", "郑海涛", Role::Approver, &county),
        ("guihua", "孙立新", Role::PlanOfficer, &county),
        ("jijian", "罗正平", Role::Inspector, &county),
        ("shuji", "马建国", Role::BranchSecretary, &branch),
        ("zuwei", "高红梅", Role::BranchOrganiser, &branch),
        ("lingdao", "赵建民", Role::Leader, &city),
        ("anquan", "周国平", Role::SecurityOfficer, &city),
        ("xitong", "韩立", Role::SystemOfficer, &city),
        ("shenji", "张慧", Role::Auditor, &city),
    ]
    .into_iter()
    .map(|(login, name, role, unit)| open(store, now, (login, name), role, unit))
    .chain(learner(store, now, &county).transpose())
    .collect()
}

/// Somebody who sits an examination on the day, if anybody of the county does.
fn learner(store: &Store, now: Moment, county: &Unit) -> Result<Option<Login>, AccountError> {
    let today = store.cohorts_below(county.id)?.into_iter().map(|(cohort, ..)| cohort).find(|cohort| {
        let is_open = |paper: &domain::schooling::Paper| paper.is_open(now) && now.at < paper.ends_at(0);
        cohort.papers.iter().any(is_open)
    });
    let Some(cohort) = today else { return Ok(None) };
    let view = store.cohort_view(cohort.id, now)?;
    let Some(line) = view.lines.first() else { return Ok(None) };
    let person = line.learner.person;
    let branch = store.unit(store.person_row(person)?.unit)?;
    let actor = Actor { account: None, role: None, unit: branch.id };
    let (login, role, unit) = ("xueyuan", Role::Applicant, branch.id);
    let account = store.open_account(actor, now, login, &line.name, Some(person))?;
    let to = now.today.saturating_add(Span::new().years(1));
    let reach = Reach::OwnFile;
    store.give_grant(actor, now, NewGrant { account, role, unit, reach, from: now.today, to })?;
    let password = drawn_password();
    store.set_password(actor, now, account, &password, false)?;
    Ok(Some(Login { login: login.to_owned(), password, role, unit: branch.name }))
}

fn open(
    store: &Store,
    now: Moment,
    (login, name): (&str, &str),
    role: Role,
    unit: &Unit,
) -> Result<Login, AccountError> {
    let actor = Actor { account: None, role: None, unit: unit.id };
    let account = store.open_account(actor, now, login, name, None)?;
    let to = now.today.saturating_add(Span::new().years(1));
    let reach = Reach::Subtree;
    store.give_grant(actor, now, NewGrant { account, role, unit: unit.id, reach, from: now.today, to })?;
    let password = drawn_password();
    store.set_password(actor, now, account, &password, false)?;
    Ok(Login { login: login.to_owned(), password, role, unit: unit.name.clone() })
}

/// Gives every duty that ran out anew for another year: that the day of a demonstration was moved on is no
/// reason that nobody may act any more. A duty that somebody ended stays ended.
///
/// # Errors
/// The store fails.
pub fn renew(store: &Store, now: Moment) -> Result<(), AccountError> {
    for identity in store.accounts()? {
        let mut last: BTreeMap<(&str, UnitId), &Grant> = BTreeMap::new();
        for grant in &identity.grants {
            let held = last.entry((grant.role.as_str(), grant.unit)).or_insert(grant);
            if grant.to > held.to {
                *held = grant;
            }
        }
        for grant in last.into_values().filter(|grant| grant.to < now.today) {
            let actor = Actor { account: None, role: None, unit: grant.unit };
            let to = now.today.saturating_add(Span::new().years(1));
            let (account, role, unit, reach) = (identity.account, grant.role, grant.unit, grant.reach);
            store.give_grant(actor, now, NewGrant { account, role, unit, reach, from: now.today, to })?;
        }
    }
    Ok(())
}

/// The branch with the most to do.
fn busiest(store: &Store, city: &Unit, now: Moment) -> Result<Unit, StoreError> {
    let docket = store.docket(city.id, now.today)?;
    let mut loads: BTreeMap<UnitId, usize> = BTreeMap::new();
    for entry in &docket.entries {
        *loads.entry(entry.unit).or_default() += 1;
    }
    match loads.into_iter().max_by_key(|(unit, n)| (*n, Reverse(*unit))) {
        Some((unit, _)) => store.unit(unit),
        None => {
            let units = store.subtree(city.id)?;
            units.into_iter().find(|unit| unit.kind.is_branch()).ok_or(StoreError::Missing)
        }
    }
}

fn above(store: &Store, unit: &Unit) -> Result<Unit, StoreError> {
    match unit.parent {
        Some(parent) => store.unit(parent),
        None => Ok(unit.clone()),
    }
}
