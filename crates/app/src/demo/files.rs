//! The admission files of the demonstration city: which journey each of them tells, where it stands on
//! the demonstration day, and what is wrong with it on purpose. Papers and acts are written in `acts`.

mod acts;
mod cast;
mod days;
mod faults;
mod papers;

use std::collections::BTreeMap;

use domain::calendar::Calendar;
use domain::ids::CaseId;
use domain::person::Stage;
use jiff::civil::Date;

use self::days::{Days, Diary, Training};
pub use self::faults::Fault;
use self::faults::N_COPIED;
use super::city::PlannedUnit;
use super::people::{Path, PlannedPerson};
use super::random::Random;
use super::roster::{Rosters, Seat};
use super::{FIRST_DAY, LAST_DAY};
use domain::unit::UnitKind;

pub(crate) use self::acts::lines;
pub(crate) use self::cast::World;

/// Full members that a branch needs throughout, so that its meetings stand.
const LEAST_MEMBERS: usize = 6;

/// A file before it is written.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFile {
    /// Its number.
    pub(crate) case: CaseId,
    /// The earlier file of the same person, with its number.
    pub(crate) earlier: Option<Training>,
    pub(crate) earlier_case: Option<CaseId>,
    /// Position in the plan of the people.
    pub(crate) person: usize,
    /// Position of the branch in the plan of the tree.
    pub(crate) branch: usize,
    /// Admitted by the demonstration day.
    pub(crate) is_recruit: bool,
    pub(crate) days: Days,
    /// The last day of ordinary acts.
    pub(crate) until: Date,
    pub(crate) fault: Option<Fault>,
    /// Name of the stream from which its papers are drawn.
    stream: String,
}

impl PlannedFile {
    /// The day on which the person came on the roster.
    pub(crate) fn begins_on(&self) -> Date {
        let first = self.earlier.as_ref().unwrap_or(&self.days.training);
        first.applied.max(FIRST_DAY)
    }

    /// Where the person stands by this file.
    pub(crate) fn stage(&self) -> Stage {
        let Days { training, admission, probation } = &self.days;
        if matches!(self.fault, Some(Fault::Removed | Fault::Withdrawn | Fault::Invalidated)) {
            return Stage::None;
        }
        let reached = [
            (probation.approval, Stage::Full),
            (admission.approval, Stage::Probationary),
            (training.target, Stage::Target),
            (training.listed, Stage::Activist),
        ];
        let stage = reached.into_iter().find(|(day, _)| *day <= self.until);
        stage.map_or(Stage::Applicant, |(_, stage)| stage)
    }

    /// Whether nothing more is to be done in it.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.fault, Some(Fault::Removed | Fault::Withdrawn))
            || self.days.probation.archived <= self.until
    }
}

/// Nothing is written down after the last day.
fn last_day_of(day: Date) -> Date {
    day.min(LAST_DAY)
}

/// Moves candidates of branches too small to admit to the next branch that can.
pub(crate) fn settle(units: &[PlannedUnit], people: &mut [PlannedPerson], rosters: &Rosters) {
    let is_able =
        |branch: usize| units[branch].kind.may_admit() && rosters.n_lasting(branch) >= LEAST_MEMBERS;
    let mut able: Vec<usize> = (0..units.len()).filter(|&unit| is_able(unit)).collect();
    // A city so small that no branch has enough makes do with its largest.
    if able.is_empty() {
        able.extend((0..units.len()).max_by_key(|&unit| rosters.n_lasting(unit)));
    }
    for person in people.iter_mut().filter(|person| matches!(person.path, Path::File { .. })) {
        if is_able(person.branch) {
            continue;
        }
        let next = able.partition_point(|&branch| branch < person.branch);
        if let Some(&branch) = able.get(next).or(able.last()) {
            person.branch = branch;
        }
    }
}

/// Plans the file of everyone who has one.
pub(crate) fn plan(
    units: &[PlannedUnit],
    people: &mut [PlannedPerson],
    calendar: &Calendar,
    seed: u64,
) -> Vec<PlannedFile> {
    let copied = copy_one_set(people);
    let mut chance = Random::stream(seed, "faults");
    let mut files = Vec::new();
    for (person, planned) in people.iter().enumerate() {
        let Path::File { applied_on, admitted_in } = planned.path else { continue };
        let is_copied = copied.contains(&person);
        let stream = if is_copied { "copied".to_owned() } else { format!("file {person}") };
        let mut diary = diary(units, planned.branch, calendar, seed, &stream);
        let mut file = PlannedFile {
            case: CaseId(0),
            earlier: None,
            earlier_case: None,
            person,
            branch: planned.branch,
            is_recruit: admitted_in.is_some(),
            days: diary.journey(applied_on, admitted_in),
            until: LAST_DAY,
            fault: is_copied.then_some(Fault::CopiedPapers),
            stream,
        };
        let mut is_drawn = |fault: &&Fault| fault.suits(&file) && chance.chance(fault.share());
        let drawn = Fault::ALL.iter().find(|fault| !is_copied && is_drawn(fault)).copied();
        if let Some(fault) = drawn {
            fault.apply(&mut file, &mut diary);
        }
        files.push(file);
    }
    complete(&mut files, |file| diary(units, file.branch, calendar, seed, &format!("{} more", file.stream)));
    number(&mut files);
    files
}

/// Adds those who were confirmed to the rosters of their branches.
pub(crate) fn confirm(files: &[PlannedFile], rosters: &mut Rosters) {
    for file in files {
        let probation = &file.days.probation;
        if file.stage() == Stage::Full {
            let seat =
                Seat { person: file.person, full_since: probation.ends, from: probation.approval, to: None };
            rosters.add(file.branch, seat);
        }
    }
}

fn diary<'a>(
    units: &[PlannedUnit],
    branch: usize,
    calendar: &'a Calendar,
    seed: u64,
    stream: &str,
) -> Diary<'a> {
    let mut county = branch;
    while units[county].kind != UnitKind::County
        && let Some(parent) = units[county].parent
    {
        county = parent;
    }
    Diary { calendar, random: Random::stream(seed, stream), county }
}

/// Gives every fault at least one file, so that each can be seen in a city of any size.
fn complete<'a>(files: &mut [PlannedFile], diary: impl Fn(&PlannedFile) -> Diary<'a>) {
    for &fault in Fault::ALL {
        if files.iter().any(|file| file.fault == Some(fault)) {
            continue;
        }
        if let Some(file) = files.iter_mut().find(|file| file.fault.is_none() && fault.suits(file)) {
            let mut diary = diary(file);
            fault.apply(file, &mut diary);
        }
    }
}

/// Lets some recruits of one year have one branch and one day of application.
fn copy_one_set(people: &mut [PlannedPerson]) -> Vec<usize> {
    let is_of_2000 =
        |person: &PlannedPerson| matches!(person.path, Path::File { admitted_in: Some(2000), .. });
    let set: Vec<usize> = (0..people.len()).filter(|&p| is_of_2000(&people[p])).take(N_COPIED).collect();
    if let Some((&first, others)) = set.split_first() {
        let (branch, path) = (people[first].branch, people[first].path);
        for &other in others {
            (people[other].branch, people[other].path) = (branch, path);
        }
    }
    set
}

/// Numbers the files in the order in which they were opened.
fn number(files: &mut [PlannedFile]) {
    let mut opened: Vec<(Date, usize, bool)> = Vec::new();
    for (position, file) in files.iter().enumerate() {
        opened.push((file.days.training.applied, position, false));
        opened.extend(file.earlier.as_ref().map(|earlier| (earlier.applied, position, true)));
    }
    opened.sort_unstable();
    for (number, (_, position, is_earlier)) in (1..).zip(opened) {
        match is_earlier {
            true => files[position].earlier_case = Some(CaseId(number)),
            false => files[position].case = CaseId(number),
        }
    }
}

/// How many files carry each fault, with the number of one of them.
pub(crate) fn planted(files: &[PlannedFile]) -> BTreeMap<Fault, (usize, CaseId)> {
    let mut planted = BTreeMap::new();
    for file in files {
        if let Some(fault) = file.fault {
            let entry = planted.entry(fault).or_insert((0, file.case));
            *entry = (entry.0 + 1, file.case);
        }
    }
    planted
}
