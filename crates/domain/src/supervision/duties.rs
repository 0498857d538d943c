//! What was owed and what was held, by system and quarter; entries of systems that have no other kind of
//! entry, and exemptions.

use jiff::civil::{Date, date};

use super::{
    Desk, Entry, SupervisionExempted, SupervisionRecordEntered, SupervisionRule, System, What, settings,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::unit::{PostKind, UnitKind};

/// A quarter of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The quarter, from 1.
    pub quarter: i8,
    /// The last day.
    pub due_on: Date,
    /// Owed.
    pub n_due: u32,
    /// Held within it.
    pub n_held: u32,
    /// Of those owed, made up in a later quarter of the year.
    pub n_late: u32,
    /// Why it is excused.
    pub exempt: Option<String>,
}

/// How a quarter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is owed.
    Free,
    /// Excused, with a reason.
    Exempt,
    /// Held as owed.
    Held,
    /// Made up later.
    Late,
    /// The last day is past.
    Missing,
    /// The last day is to come.
    Open,
}

impl Cell {
    /// How it stands on a day.
    #[must_use]
    pub fn state(&self, today: Date) -> State {
        let is_covered = self.n_held + self.n_late >= self.n_due;
        match (self.n_due, &self.exempt) {
            (0, _) => State::Free,
            (_, Some(_)) => State::Exempt,
            (_, None) if self.n_held >= self.n_due => State::Held,
            (_, None) if is_covered => State::Late,
            (_, None) if self.due_on < today => State::Missing,
            (_, None) => State::Open,
        }
    }

    /// Owed and not held, whatever the day.
    #[must_use]
    pub fn n_missing(&self) -> u32 {
        let is_excused = self.exempt.is_some();
        if is_excused { 0 } else { self.n_due.saturating_sub(self.n_held + self.n_late) }
    }
}

/// A system in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemYear {
    /// Which.
    pub system: &'static System,
    /// Its four quarters.
    pub cells: [Cell; 4],
}

impl SystemYear {
    /// Entries of the year.
    #[must_use]
    pub fn n_held(&self) -> u32 {
        self.cells.iter().map(|cell| cell.n_held).sum()
    }

    /// Whether the year had no record although something was owed, and its last day is past.
    #[must_use]
    pub fn is_without_record(&self, today: Date) -> bool {
        let owed = || self.cells.iter().filter(|cell| cell.n_due > 0 && cell.exempt.is_none());
        let last = owed().map(|cell| cell.due_on).max();
        self.n_held() == 0 && last.is_some_and(|day| day < today)
    }
}

/// A dated occurrence of a recurring duty that is not held yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Of which system.
    pub system: &'static System,
    /// The last day.
    pub due_on: Date,
    /// How many are missing.
    pub n_missing: u32,
}

/// Whether a unit has a leading body that owes these systems: committees and leading groups.
#[must_use]
pub fn is_subject(kind: UnitKind) -> bool {
    kind.is_committee() || kind == UnitKind::LeadingGroup
}

/// Whether whoever holds a post is a member of the leading body.
#[must_use]
pub fn is_leading(kind: PostKind) -> bool {
    match kind {
        PostKind::Secretary
        | PostKind::DeputySecretary
        | PostKind::OrganisationMember
        | PostKind::PublicityMember
        | PostKind::DisciplineMember
        | PostKind::CommitteeMember
        | PostKind::OrganisationHead => true,
        PostKind::Organiser | PostKind::Instructor | PostKind::GroupLeader | PostKind::TrainingOfficer => {
            false
        }
    }
}

/// What a leading body owed and held in a year. Nothing is owed before a system was in force, nor in
/// a quarter that ended before the register of the site began.
#[must_use]
pub fn year(entries: &[Entry], year: i16, began_on: Date) -> Vec<SystemYear> {
    let in_force = |system: &&System| system.since <= last_day(year, 4);
    let systems = settings().systems.iter().filter(in_force);
    systems.map(|system| SystemYear { system, cells: cells(entries, system, year, began_on) }).collect()
}

/// The last day of a quarter.
fn last_day(year: i16, quarter: i8) -> Date {
    date(year, quarter * 3, 1).last_of_month()
}

fn quarter_of(day: Date) -> i8 {
    (day.month() - 1) / 3 + 1
}

fn cells(entries: &[Entry], system: &System, year: i16, began_on: Date) -> [Cell; 4] {
    let mut cells = [1, 2, 3, 4].map(|quarter: i8| {
        let due_on = last_day(year, quarter);
        let counts = |entry: &&Entry| {
            entry.held_on.year() == year && quarter_of(entry.held_on) == quarter && is_of(entry, system)
        };
        let is_owed = system.since <= due_on && began_on <= due_on;
        let place = usize::from(quarter.unsigned_abs()) - 1;
        Cell {
            quarter,
            due_on,
            n_due: if is_owed { system.due[place] } else { 0 },
            n_held: u32::try_from(entries.iter().filter(counts).count()).unwrap_or(u32::MAX),
            n_late: 0,
            exempt: exemption(entries, &system.id, (year, quarter)),
        }
    });
    // What a later quarter held beyond its own makes up the earliest one that is short.
    for later in 1..cells.len() {
        let (before, rest) = cells.split_at_mut(later);
        let mut n_over = rest[0].n_held.saturating_sub(rest[0].n_due);
        for earlier in before {
            let n = earlier.n_missing().min(n_over);
            earlier.n_late += n;
            n_over -= n;
        }
    }
    cells
}

fn is_of(entry: &Entry, system: &System) -> bool {
    match &entry.what {
        What::Record(record) => record.system == system.id,
        What::Meeting(_)
        | What::Rectification(_)
        | What::Matter(_)
        | What::Talk { .. }
        | What::Inquiry {}
        | What::Report { .. }
        | What::Declaration {}
        | What::Exemption(_) => system.counts.contains(&entry.what.word()),
    }
}

fn exemption(entries: &[Entry], system: &str, (year, quarter): (i16, i8)) -> Option<String> {
    entries.iter().find_map(|entry| match &entry.what {
        What::Exemption(it) if it.system == system && it.year == year && it.quarter == quarter => {
            Some(it.reason.clone())
        }
        What::Exemption(_)
        | What::Meeting(_)
        | What::Rectification(_)
        | What::Matter(_)
        | What::Talk { .. }
        | What::Inquiry {}
        | What::Report { .. }
        | What::Declaration {}
        | What::Record(_) => None,
    })
}

/// The occurrences that wait on a day: those of the year so far that are missing, and those whose last
/// day is near; the earliest first.
#[must_use]
pub fn occurrences(years: &[SystemYear], today: Date) -> Vec<Occurrence> {
    let near = today.saturating_add(jiff::Span::new().days(settings().figures.ahead_days));
    let waits = |cell: &&Cell| match cell.state(today) {
        State::Missing => true,
        State::Open => cell.due_on <= near,
        State::Free | State::Exempt | State::Held | State::Late => false,
    };
    let mut found: Vec<Occurrence> = years
        .iter()
        .flat_map(|of| {
            let occurrence = |cell: &Cell| Occurrence {
                system: of.system,
                due_on: cell.due_on,
                n_missing: cell.n_missing(),
            };
            of.cells.iter().filter(waits).map(occurrence).collect::<Vec<_>>()
        })
        .collect();
    found.sort_by_key(|occurrence| occurrence.due_on);
    found
}

pub(super) fn record(mut desk: Desk<'_>, system: &str, title: &str) -> Consideration {
    desk.check_filled("title", title);
    match settings().system(system) {
        None => desk.find(SupervisionRule::UnknownSystem, "system", &[]),
        Some(known) if !known.counts.is_empty() => {
            desk.find(SupervisionRule::OwnKind, "system", &[("system", At::Words(known.name.clone()))]);
        }
        Some(_) => {}
    }
    let fact = desk.fact(SupervisionRecordEntered {
        number: desk.ground.free(),
        system: system.to_owned(),
        title: title.trim().to_owned(),
    });
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn exempt(
    mut desk: Desk<'_>,
    system: &str,
    (year, quarter): (i16, i8),
    reason: &str,
) -> Consideration {
    desk.check_filled("reason", reason);
    let place = usize::from(quarter.unsigned_abs()).checked_sub(1).filter(|place| *place < 4);
    if place.is_none() || quarter < 1 {
        desk.find(SupervisionRule::Quarter, "quarter", &[]);
    }
    match settings().system(system) {
        None => desk.find(SupervisionRule::UnknownSystem, "system", &[]),
        Some(known) => {
            let values = [
                ("system", At::Words(known.name.clone())),
                ("year", At::Number(year.into())),
                ("quarter", At::Number(quarter.into())),
            ];
            if place.is_some_and(|place| known.due[place] == 0) {
                desk.find(SupervisionRule::NothingOwed, "quarter", &values);
            }
            if exemption(&desk.ground.entries, system, (year, quarter)).is_some() {
                desk.find(SupervisionRule::ExemptTwice, "quarter", &values);
            }
        }
    }
    let fact = desk.fact(SupervisionExempted {
        number: desk.ground.free(),
        system: system.to_owned(),
        year,
        quarter,
        reason: reason.trim().to_owned(),
    });
    desk.reasons.answer(|| vec![fact])
}
