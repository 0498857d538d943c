//! The demonstration city: invented, repeatable by seed, shaped by published margins. It is made
//! through the same record as everything else; nothing here bypasses the ledger.

mod city;
mod files;
mod names;
mod people;
mod plans;
mod posts;
mod random;
mod record;
mod roster;
mod schooling;
mod staff;
mod supervision;
mod workplaces;

use domain::case_file::LocalPack;
use domain::event::{AccountClosed, AccountOpened, Fact, PersonDeparted, PersonRegistered, UnitOpened};
use domain::id_number;
use domain::ids::{AccountId, CaseId, PersonId, UnitId};
use domain::person::{Departure, Particulars, Sex, Stage};
use domain::text::Text;
use jiff::civil::Date;

use self::city::PlannedUnit;
pub use self::files::Fault;
use self::files::{PlannedFile, World};
use self::people::{Path, PlannedPerson};
use self::posts::Posts;
use self::random::Random;
use self::record::{Line, at};
use self::roster::{Rosters, full_since, left_on};
pub use self::staff::{Login, renew, staff};
use crate::rulebooks::books;
use crate::store::{Founding, KeyFile, Location, Store, StoreError};

/// The day on which the demonstration stands still: Monday 3 March 2003.
pub const DAY: Date = Date::constant(2003, 3, 3);
/// The day on which its record begins.
const FIRST_DAY: Date = Date::constant(1998, 1, 5);
/// The last day on which anything is written down: the Friday before the demonstration day.
const LAST_DAY: Date = Date::constant(2003, 2, 28);
/// Ids below this are the site's own.
const FIRST_UNIT: i64 = 10;
const FIRST_PERSON: i64 = 1_000_000;
/// The organiser who attested very late entries while the record was young; the account is closed.
const ATTESTER: AccountId = AccountId(1);

/// How large a city, and which.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Members at the end of 2001, about.
    pub n_members: usize,
    /// One seed, one city.
    pub seed: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Units of the tree.
    pub n_units: usize,
    /// Members registered.
    pub n_members: usize,
    /// Members who died since.
    pub n_died: usize,
    /// Admission files.
    pub n_files: usize,
    /// Of them, files that still run on the demonstration day.
    pub n_running: usize,
    /// What is wrong on purpose, and where to look at it.
    pub planted: Vec<Planted>,
}

/// One kind of fault in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    /// Which.
    pub fault: Fault,
    /// In how many files.
    pub n_files: usize,
    /// One of them.
    pub example: CaseId,
}

/// Founds a site and records the city in it; `progress` hears how many facts are done out of how many.
///
/// # Errors
/// The site cannot be founded or written.
pub fn found(
    location: &Location,
    keys: &KeyFile,
    wish: Wish,
    progress: &dyn Fn(usize, usize),
) -> Result<(Store, Made), StoreError> {
    let city = City::plan(wish);
    let store = Store::found(location, keys, &founding(), at(FIRST_DAY, 0))?;
    let mut interludes = plans::interludes(wish.seed);
    interludes.extend(workplaces::interludes(wish.seed));
    interludes.extend(schooling::interludes(wish.seed));
    interludes.extend(supervision::interludes(wish.seed));
    interludes.sort_by_key(|interlude| interlude.day);
    record::write(&store, city.lines(wish.seed), interludes, wish.seed, progress)?;
    Ok((store, city.made()))
}

/// Everything that will be recorded, before it is.
struct City {
    units: Vec<PlannedUnit>,
    people: Vec<PlannedPerson>,
    rosters: Rosters,
    posts: Posts,
    files: Vec<PlannedFile>,
}

impl City {
    fn plan(wish: Wish) -> City {
        let units = city::plan(wish.n_members, wish.seed);
        let mut people = people::plan(&units, wish.n_members, wish.seed);
        let mut rosters = Rosters::of_members(units.len(), &people);
        files::settle(&units, &mut people, &rosters);
        let files = files::plan(&units, &mut people, books().calendar(), wish.seed);
        let posts = Posts::plan(&units, &people, &rosters, wish.seed);
        files::confirm(&files, &mut rosters);
        City { units, people, rosters, posts, files }
    }

    /// Every fact in the order in which it is written down.
    fn lines(&self, seed: u64) -> Vec<Line> {
        let mut lines = opened(&self.units);
        lines.extend(attester());
        let mut numbers = Random::stream(seed, "numbers");
        for (position, person) in self.people.iter().enumerate() {
            if let Path::Member { admitted_on, died_on } = person.path {
                lines.push(registered(position, person, Some(admitted_on), FIRST_DAY, &mut numbers));
                if let Some(day) = died_on {
                    lines.push(Line::new(left_on(day), departed(position, person, day)));
                }
            }
        }
        for file in &self.files {
            let person = &self.people[file.person];
            lines.push(registered(file.person, person, None, file.begins_on(), &mut numbers));
        }
        lines.extend(self.posts.lines());
        let world = World {
            units: &self.units,
            people: &self.people,
            rosters: &self.rosters,
            posts: &self.posts,
            leaders: self.posts.leaders(&self.units),
            calendar: books().calendar(),
        };
        lines.extend(files::lines(&world, &self.files, seed));
        // A stable sort keeps a unit before its people, and a person before posts, files and departure.
        lines.sort_by_key(|line| line.written_on);
        lines
    }

    fn made(&self) -> Made {
        let members = || {
            self.people.iter().filter_map(|person| match person.path {
                Path::Member { died_on, .. } => Some(died_on),
                Path::File { .. } => None,
            })
        };
        let planted = files::planted(&self.files).into_iter();
        Made {
            n_units: self.units.len(),
            n_members: members().count(),
            n_died: members().flatten().count(),
            n_files: self.files.len() + self.files.iter().filter(|file| file.earlier.is_some()).count(),
            n_running: self.files.iter().filter(|file| !file.is_closed()).count(),
            planted: planted.map(|(fault, (n_files, example))| Planted { fault, n_files, example }).collect(),
        }
    }
}

/// An account from before the demonstration; nobody can sign in with it.
fn attester() -> [Line; 2] {
    let unit = UnitId(FIRST_UNIT);
    let opened = AccountOpened {
        account: ATTESTER,
        login: "zuzhiyuan-1998".to_owned(),
        person: None,
        display_name: "市委组织部组织员（已离任）".to_owned(),
    };
    let closed = AccountClosed { account: ATTESTER, reason: "离任".to_owned() };
    [
        Line::new(FIRST_DAY, Fact::of_unit(unit, FIRST_DAY, opened)),
        Line::new(LAST_DAY, Fact::of_unit(unit, LAST_DAY, closed)),
    ]
}

fn founding() -> Founding {
    Founding {
        name: Text::new("沐禾市", "Muhe City"),
        packs: vec![LocalPack::SourcePlan],
        // Files that ran when the record began are taken over from papers on its first day.
        legacy_until: Some(FIRST_DAY),
    }
}

fn unit_id(position: usize) -> UnitId {
    UnitId(FIRST_UNIT + position as i64)
}

fn person_id(position: usize) -> PersonId {
    PersonId(FIRST_PERSON + position as i64)
}

fn opened(units: &[PlannedUnit]) -> Vec<Line> {
    let opened = |(position, unit): (usize, &PlannedUnit)| {
        let opened = UnitOpened {
            parent: unit.parent.map(unit_id),
            unit_kind: unit.kind,
            sector: unit.sector,
            code: unit.code.clone(),
            name: unit.name.clone(),
            approval: "演示".to_owned(),
        };
        Line::new(FIRST_DAY, Fact::of_unit(unit_id(position), FIRST_DAY, opened))
    };
    units.iter().enumerate().map(opened).collect()
}

/// A member of old, or somebody whose standing the file will tell.
fn registered(
    position: usize,
    person: &PlannedPerson,
    admitted_on: Option<Date>,
    day: Date,
    numbers: &mut Random,
) -> Line {
    let particulars = Particulars {
        name: person.name.clone(),
        id_number: number(person, numbers),
        phone: String::new(),
        work_post: String::new(),
        sex: person.sex,
        born_on: person.born_on,
        ethnicity: person.ethnicity,
        education: person.education,
        occupation: person.occupation,
        is_front_line: person.is_front_line,
    };
    let registered = PersonRegistered {
        particulars,
        stage: if admitted_on.is_some() { Stage::Full } else { Stage::None },
        stage_on: None,
        admitted_on,
        full_since: admitted_on.map(full_since),
        source: None,
    };
    Line::new(day, Fact::of_person(person_id(position), unit_id(person.branch), day, registered))
}

fn departed(position: usize, person: &PlannedPerson, day: Date) -> Fact {
    let departed = PersonDeparted { departure: Departure::Died, reason: "死亡通知".to_owned() };
    Fact::of_person(person_id(position), unit_id(person.branch), day, departed)
}

/// An identity number of a region that does not exist: 15 characters for most, as papers of the time
/// have it, 18 for the others.
fn number(person: &PlannedPerson, numbers: &mut Random) -> String {
    let born = person.born_on;
    let serial = numbers.between(0, 499) * 2 + i64::from(person.sex != Sex::Female);
    let region = 379_901 + numbers.between(0, 5);
    if numbers.chance(700) && born.year() >= 1900 {
        return format!("{region}{:02}{:02}{:02}{serial:03}", born.year() % 100, born.month(), born.day());
    }
    let front = format!("{region}{:04}{:02}{:02}{serial:03}", born.year(), born.month(), born.day());
    let check = id_number::check_character(front.as_bytes()).map_or('0', char::from);
    format!("{front}{check}")
}

#[cfg(test)]
mod tests;
