//! Who lives in the demonstration city. The members of the end of 1997 are drawn from the published
//! margins of a real prefecture (Weifang, city yearbook: age, sex, education, intake), then five
//! years pass one by one: people die, leave and are admitted. What is left on the demonstration day
//! is the stock, and everyone admitted since 1998 has a file.

use domain::person::{Education, Ethnicity, Occupation, Sex};
use domain::unit::Sector;
use jiff::civil::Date;

use super::city::PlannedUnit;
use super::names;
use super::random::Random;

/// A person before an identity is given.
#[derive(Debug, Clone)]
pub(crate) struct PlannedPerson {
    /// Position of the branch in the plan of the tree.
    pub(crate) branch: usize,
    pub(crate) name: String,
    pub(crate) sex: Sex,
    pub(crate) born_on: Date,
    pub(crate) ethnicity: Ethnicity,
    pub(crate) education: Education,
    pub(crate) occupation: Occupation,
    pub(crate) is_front_line: bool,
    pub(crate) path: Path,
}

/// How the person came to be on the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// A member when the record began; admitted on that day.
    Member { admitted_on: Date, died_on: Option<Date> },
    /// Has a file: applied on that day, and is meant to reach this step by the demonstration day.
    File { applied_on: Date, admitted_in: Option<i16> },
}

/// First year with files; the record begins with it.
pub(crate) const FIRST_YEAR: i16 = 1998;
/// Last year that is complete on the demonstration day.
pub(crate) const LAST_YEAR: i16 = 2002;

/// Age bands of the yearbook with their share of members in thousandths.
const BANDS: [(i64, i64, u64); 6] =
    [(18, 25, 37), (26, 35, 207), (36, 45, 290), (46, 55, 220), (56, 60, 96), (61, 84, 150)];
/// Women in each band, in thousandths; together 11.9 %, as published.
const WOMEN: [u64; 6] = [240, 160, 130, 100, 80, 65];
/// College, secondary specialised, senior high, junior high, primary, none: in thousandths of each
/// band. Weighted by the bands they come to 12.9, 12.0, 16.9, 30.9, 24.7 and 2.7 %, each within
/// half a point of the published shares.
const EDUCATION: [[u64; 6]; 6] = [
    [250, 280, 270, 190, 10, 0],
    [240, 180, 250, 310, 20, 0],
    [140, 120, 260, 380, 100, 0],
    [80, 100, 100, 380, 330, 10],
    [65, 80, 50, 240, 530, 35],
    [40, 50, 30, 140, 600, 140],
];
const LEVELS: [Education; 6] = [
    Education::College,
    Education::Vocational,
    Education::SeniorHigh,
    Education::JuniorHigh,
    Education::Primary,
    Education::Other,
];
/// Intake of a year in thousandths of the stock, and of that intake: women, 35 and under.
const INTAKE: u64 = 28;
const INTAKE_WOMEN: u64 = 224;
const INTAKE_YOUNG: u64 = 743;
/// Education of the intake: 74 % senior high and above.
const INTAKE_EDUCATION: [u64; 6] = [250, 210, 280, 240, 20, 0];

/// Draws everyone for about `n_members` members at the end of 2001.
pub(crate) fn plan(units: &[PlannedUnit], n_members: usize, seed: u64) -> Vec<PlannedPerson> {
    let mut draw = Draw::new(units, seed);
    // Intake less deaths is about 1.8 % a year, so four years make a stock 7.4 % larger.
    let n_first = n_members * 1000 / 1074;
    let mut people: Vec<PlannedPerson> = (0..n_first).map(|_| draw.member()).collect();
    for year in FIRST_YEAR..=LAST_YEAR {
        let n_stock = people.iter().filter(|person| person.is_member_in(year)).count() as u64;
        for person in &mut people {
            draw.let_die(person, year);
        }
        for _ in 0..n_stock * INTAKE / 1000 {
            people.push(draw.recruit(year));
        }
    }
    // The year of the demonstration day is two months old.
    for _ in 0..n_members as u64 * INTAKE / 9_000 {
        people.push(draw.recruit(LAST_YEAR + 1));
    }
    for (share, from_months_ago, to_months_ago) in [(110, 1, 14), (70, 9, 34), (15, 15, 36)] {
        for _ in 0..n_members as u64 * share / 1000 {
            people.push(draw.candidate(from_months_ago, to_months_ago));
        }
    }
    people
}

impl PlannedPerson {
    fn is_member_in(&self, year: i16) -> bool {
        match self.path {
            Path::Member { died_on, .. } => died_on.is_none_or(|day| day.year() >= year),
            Path::File { admitted_in, .. } => admitted_in.is_some_and(|admitted| admitted < year),
        }
    }
}

struct Draw<'a> {
    units: &'a [PlannedUnit],
    branches: Vec<usize>,
    /// Running sums of the branches' weights.
    sums: Vec<u64>,
    random: Random,
    mortality: Vec<(i64, u64, u64)>,
}

impl<'a> Draw<'a> {
    fn new(units: &'a [PlannedUnit], seed: u64) -> Self {
        let branches: Vec<usize> = (0..units.len()).filter(|&unit| units[unit].weight > 0).collect();
        let sums = branches
            .iter()
            .scan(0, |sum, &branch| {
                *sum += units[branch].weight;
                Some(*sum)
            })
            .collect();
        Draw { units, branches, sums, random: Random::stream(seed, "people"), mortality: mortality() }
    }

    fn branch(&mut self) -> usize {
        let total = self.sums.last().copied().unwrap_or(0);
        let draw = self.random.below(total);
        self.branches[self.sums.partition_point(|&sum| sum <= draw)]
    }

    fn member(&mut self) -> PlannedPerson {
        let band = self.random.weighted(&BANDS.map(|(_, _, share)| share));
        let (youngest, oldest, _) = BANDS[band];
        let age = self.random.between(youngest.max(20), oldest);
        let born_on = self.day_in((FIRST_YEAR - 1 - age as i16).max(1905));
        let sex = if self.random.chance(WOMEN[band]) { Sex::Female } else { Sex::Male };
        let education = LEVELS[self.random.weighted(&EDUCATION[band])];
        let since = self.random.between(19, (age - 1).clamp(19, 38)) as i16;
        let admitted_year = (born_on.year() + since).clamp(1924, FIRST_YEAR - 2);
        let path = Path::Member { admitted_on: self.day_in(admitted_year), died_on: None };
        self.person(sex, born_on, education, path)
    }

    /// Someone admitted in a year; the application lies one and a half to three years before.
    fn recruit(&mut self, year: i16) -> PlannedPerson {
        let months_before = self.random.between(19, 36);
        let admitted = if year > LAST_YEAR {
            Date::constant(year, 1, 1).saturating_add(jiff::Span::new().days(self.random.between(3, 58)))
        } else {
            self.day_in(year)
        };
        let applied_on = admitted.saturating_sub(jiff::Span::new().months(months_before));
        self.filed(applied_on, Some(year))
    }

    fn candidate(&mut self, from_months_ago: i64, to_months_ago: i64) -> PlannedPerson {
        let months = self.random.between(from_months_ago, to_months_ago);
        let applied_on = super::DAY
            .saturating_sub(jiff::Span::new().months(months))
            .saturating_sub(jiff::Span::new().days(self.random.between(0, 27)));
        self.filed(applied_on, None)
    }

    fn filed(&mut self, applied_on: Date, admitted_in: Option<i16>) -> PlannedPerson {
        let sex = if self.random.chance(INTAKE_WOMEN) { Sex::Female } else { Sex::Male };
        let age = if self.random.chance(INTAKE_YOUNG) {
            self.random.between(20, 33)
        } else {
            self.random.between(34, 52)
        };
        let born_on = self.day_in(applied_on.year() - age as i16);
        let education = LEVELS[self.random.weighted(&INTAKE_EDUCATION)];
        self.person(sex, born_on, education, Path::File { applied_on, admitted_in })
    }

    fn person(&mut self, sex: Sex, born_on: Date, education: Education, path: Path) -> PlannedPerson {
        let branch = self.branch();
        let sector = self.units[branch].sector;
        let occupation = self.occupation(sector, born_on, education, sex);
        let ethnicity = if self.random.chance(3) { Ethnicity(3) } else { Ethnicity::HAN };
        let is_front_line = matches!(occupation, Occupation::Worker | Occupation::Farmer)
            || (occupation == Occupation::Professional && self.random.chance(500));
        let name = names::person(&mut self.random, sex, born_on.year());
        PlannedPerson { branch, name, sex, born_on, ethnicity, education, occupation, is_front_line, path }
    }

    fn occupation(&mut self, sector: Sector, born_on: Date, education: Education, sex: Sex) -> Occupation {
        let retires_at = if sex == Sex::Female { 55 } else { 60 };
        let is_old = super::DAY.year() - born_on.year() > retires_at;
        let is_schooled = education.is_college_or_above();
        match sector {
            Sector::Village => match self.random.below(20) {
                0 => Occupation::Other,
                _ => Occupation::Farmer,
            },
            _ if is_old => Occupation::Retired,
            Sector::Organ => Occupation::Official,
            Sector::School | Sector::Institution => Occupation::Professional,
            Sector::StateEnterprise | Sector::NonPublic => match self.random.below(10) {
                0 | 1 if is_schooled => Occupation::Manager,
                2 | 3 => Occupation::Professional,
                _ => Occupation::Worker,
            },
            Sector::Community | Sector::SocialOrganisation | Sector::Other => Occupation::Other,
        }
    }

    /// Lets a member who joined before the record began die in a year, by the census's rates.
    fn let_die(&mut self, person: &mut PlannedPerson, year: i16) {
        let Path::Member { admitted_on, died_on: None } = person.path else { return };
        let age = i64::from(year - person.born_on.year());
        let row = self.mortality.partition_point(|&(from, ..)| from <= age).saturating_sub(1);
        let (_, men, women) = self.mortality[row];
        let rate = if person.sex == Sex::Female { women } else { men };
        if self.random.below(100_000) < rate {
            let died_on = Some(self.day_in(year));
            person.path = Path::Member { admitted_on, died_on };
        }
    }

    fn day_in(&mut self, year: i16) -> Date {
        let day = self.random.between(0, 364);
        Date::constant(year, 1, 1).saturating_add(jiff::Span::new().days(day))
    }
}

/// First age of each group, deaths of men and of women per hundred thousand.
fn mortality() -> Vec<(i64, u64, u64)> {
    let per_hundred_thousand = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        Some(whole.parse::<u64>().ok()? * 100 + format!("{part:0<2}").get(..2)?.parse::<u64>().ok()?)
    };
    include_str!("mortality.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let ages = cells.next()?;
            let from = ages.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
            Some((from, per_hundred_thousand(cells.next()?)?, per_hundred_thousand(cells.next()?)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::city;

    fn permille(part: usize, whole: usize) -> usize {
        part * 1000 / whole
    }

    #[test]
    fn the_first_members_keep_the_published_margins() {
        let units = city::plan(20_000, 1);
        let mut draw = Draw::new(&units, 1);
        let members: Vec<_> = (0..20_000).map(|_| draw.member()).collect();
        let share = |test: &dyn Fn(&PlannedPerson) -> bool| {
            permille(members.iter().filter(|person| test(person)).count(), members.len())
        };
        assert!((112..=126).contains(&share(&|p| p.sex == Sex::Female)));
        assert!((400..=430).contains(&share(&|p| p.education.is_senior_high_or_above())));
        assert!((120..=138).contains(&share(&|p| p.education.is_college_or_above())));
        assert!((235..=255).contains(&share(&|p| p.born_on.year() >= 1962)));
    }

    #[test]
    fn the_stock_of_the_end_of_2001_is_what_was_asked_for() {
        let units = city::plan(20_000, 1);
        let people = plan(&units, 20_000, 1);
        let n_stock = people.iter().filter(|person| person.is_member_in(2002)).count();
        assert!((19_600..=20_400).contains(&n_stock), "{n_stock}");
        let n_files = people.iter().filter(|person| matches!(person.path, Path::File { .. })).count();
        assert!((6_000..=8_000).contains(&n_files), "{n_files}");
    }

    #[test]
    fn every_age_has_a_rate() {
        let table = mortality();
        assert!(table.len() >= 15, "{table:?}");
        assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let below_95 = table.iter().filter(|&&(from, ..)| from < 95);
        assert!(below_95.into_iter().all(|&(_, men, women)| men > women));
    }
}
