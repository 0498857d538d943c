//! The demonstration city: invented, repeatable by seed, shaped by published margins. It is made
//! through the same record as everything else; nothing here bypasses the ledger.
//!
//! Known limit: the tree, its posts and the members of the end of 1997 with their later deaths are
//! recorded; the files of those admitted since are drawn (`people`) but not yet written.

mod city;
mod names;
mod people;
mod posts;
mod random;
mod record;
mod roster;
mod staff;

use domain::case_file::LocalPack;
use domain::event::{Fact, PersonDeparted, PersonRegistered, UnitOpened};
use domain::id_number;
use domain::ids::{PersonId, UnitId};
use domain::person::{Departure, Particulars, Sex, Stage};
use domain::text::Text;
use jiff::civil::Date;

use self::city::PlannedUnit;
use self::people::{Path, PlannedPerson};
use self::posts::Posts;
use self::random::Random;
use self::record::{Line, at};
use self::roster::{Rosters, full_since, left_on};
pub use self::staff::{Login, staff};
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

/// How large a city, and which.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Members at the end of 2001, about.
    pub n_members: usize,
    /// One seed, one city.
    pub seed: u64,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Units of the tree.
    pub n_units: usize,
    /// Members registered.
    pub n_members: usize,
    /// Members who died since.
    pub n_died: usize,
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
    let units = city::plan(wish.n_members, wish.seed);
    let people = people::plan(&units, wish.n_members, wish.seed);
    let rosters = Rosters::of_members(units.len(), &people);
    let posts = Posts::plan(&units, &people, &rosters, wish.seed);
    let store = Store::found(location, keys, &founding(), at(FIRST_DAY, 0))?;
    let mut lines = opened(&units);
    let mut made = Made { n_units: units.len(), n_members: 0, n_died: 0 };
    let mut numbers = Random::stream(wish.seed, "numbers");
    for (position, person) in people.iter().enumerate() {
        let Path::Member { admitted_on, died_on } = person.path else { continue };
        made.n_members += 1;
        lines.push(Line::new(FIRST_DAY, registered(position, person, admitted_on, &mut numbers)));
        if let Some(day) = died_on {
            made.n_died += 1;
            lines.push(Line::new(left_on(day), departed(position, person, day)));
        }
    }
    lines.extend(posts.lines());
    // A stable sort keeps a unit before its people, and a person before posts and departure.
    lines.sort_by_key(|line| line.written_on);
    record::write(&store, lines, wish.seed, progress)?;
    Ok((store, made))
}

fn founding() -> Founding {
    Founding {
        name: Text::new("沐禾市", "Muhe City"),
        packs: vec![LocalPack::SourcePlan],
        legacy_until: None,
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

fn registered(position: usize, person: &PlannedPerson, admitted_on: Date, numbers: &mut Random) -> Fact {
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
        stage: Stage::Full,
        stage_on: None,
        admitted_on: Some(admitted_on),
        full_since: Some(full_since(admitted_on)),
        source: None,
    };
    Fact::of_person(person_id(position), unit_id(person.branch), FIRST_DAY, registered)
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
mod tests {
    use super::*;

    #[test]
    fn a_small_city_is_recorded_counted_and_verified() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = KeyFile(folder.path().join("keys"));
        let location = Location::File(folder.path().join("site.db"));
        let wish = Wish { n_members: 600, seed: 7 };
        let (store, made) = found(&location, &keys, wish, &|_, _| {}).expect("the city is made");
        let city = store.units_below(None).expect("the top is there")[0].clone();
        assert_eq!(city.name.en, "Muhe City");
        assert_eq!(store.subtree(city.id).expect("the tree").len(), made.n_units);
        let composition = store.composition(city.id).expect("the people");
        assert_eq!(composition.n_members() as usize, made.n_members - made.n_died);
        assert_eq!(composition.stages[&Stage::Former] as usize, made.n_died);
        assert!(composition.n_of(Sex::Female) > 0 && composition.n_educated > 0);
        let report = store.verify(&keys).expect("it can be verified");
        assert_eq!(report.record.verdict, ledger::verify::Verdict::Intact, "{:?}", report.record.findings);
        assert!(report.wrong_views.is_empty());
    }
}
