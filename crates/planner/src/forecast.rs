//! The composition of the members over several years: what will be, what it would take, and how sure
//! that is.
//!
//! A [`Question`] holds the members at the end of a year, what happens to them in a year, who could be
//! admitted, what was promised and some scenarios. [`project()`] goes through the years of one of them,
//! [`judge`] holds the years against the promises, [`chance()`] says how sure each verdict is, and
//! [`least_intake`] finds the fewest admissions that keep every promise, or proves that none do.
//! [`answer()`] does all of it. The file format is told in `docs/planning.md`.

mod answer;
mod assumptions;
mod chance;
mod fit;
mod judge;
mod least;
mod linear;
mod people;
mod project;
mod rates;
mod raw;
mod response;
mod rows;
mod validate;

pub use answer::{Answer, Outcome, answer};
pub use assumptions::{AgesAtAdmission, Arrivals, Assumptions, Ends};
pub use chance::{Chance, chance};
pub use judge::{Judged, judge};
pub use least::{Best, Least, Price, Reached, Unreachable, least_intake};
pub use people::{Cell, Group, MOST_PEOPLE, N_AGES, PARTS, Sex, Shape, State};
pub use project::{Admissions, Flows, Year, project};
pub use rates::{Arrival, Assumed, Deaths, LINES, Line, MILLION, Profile, Range, Rate, Rates, Side, Study};
pub use rows::RowName;

use domain::text::Text;

use crate::instance::Malformed;
use crate::target::{Bound, Definition, Kind, Population, Scope, Target, Targets};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Title, for people.
    pub title: Text,
    /// Where the numbers come from and what was assumed, for people.
    pub sources: Vec<Text>,
    /// The year at whose end the members are counted.
    pub from: i32,
    /// The last year of the plan.
    pub until: i32,
    /// Names of the levels of education.
    pub educations: Vec<String>,
    /// Names of the sectors.
    pub sectors: Vec<String>,
    /// Members at the end of `from`.
    pub state: State,
    /// What happens in a year.
    pub rates: Rates,
    /// Who could be admitted.
    pub cells: Vec<IntakeCell>,
    /// What a plan of admissions may not do.
    pub limits: Limits,
    /// What was promised.
    pub promises: Vec<Promise>,
    /// Plans to be looked at.
    pub scenarios: Vec<Scenario>,
    /// Position of the scenario that is the plan; the others are for comparison.
    pub plan: usize,
}

/// People who could be admitted and are equal to the forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeCell {
    /// Name in the file.
    pub id: String,
    /// Who they are.
    pub profile: Profile,
    /// Most admissions in each year of the plan; none where nothing is known.
    pub pool: Vec<Option<i64>>,
    /// Weight in the usual composition of an intake.
    pub usual: u32,
}

/// What a plan of admissions may not do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Admissions of the year before the plan.
    pub previous: Option<i64>,
    /// Thousandths by which a year may differ from the year before it: neither rush nor drought.
    pub change: Option<u32>,
    /// Most admissions in each year of the plan; without one, as many as there are members at first.
    pub caps: Vec<Option<i64>>,
}

/// A target that members or admissions can be held against in a forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Name in the file.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Count, share or growth.
    pub kind: Kind,
    /// Members or admissions.
    pub of: Population,
    /// Whom it counts.
    pub group: Group,
    /// The years at whose end it is judged.
    pub years: Vec<i32>,
    /// As the source has it.
    pub as_written: Bound,
    /// As the office reads it.
    pub adopted: Bound,
}

/// Which bound of a promise counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// As the source has it.
    AsWritten,
    /// As the office reads it.
    Adopted,
}

/// A plan to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Name in the file.
    pub id: String,
    /// Name for people.
    pub name: Text,
    /// Which bounds it is held against.
    pub reading: Reading,
    /// Admissions of each year by intake cell.
    pub admissions: Vec<Admissions>,
    /// Which end of its range each line is taken at.
    pub assumed: Assumed,
}

impl Question {
    /// Reads a question file.
    ///
    /// # Errors
    /// The first thing that makes the file malformed, with its place and a remedy.
    pub fn parse(bytes: &[u8]) -> Result<Question, Malformed> {
        validate::question(raw::read(bytes)?)
    }

    /// The years of the plan.
    pub fn years(&self) -> impl Iterator<Item = i32> + use<> {
        self.from + 1..=self.until
    }

    /// How many years the plan has.
    pub fn n_years(&self) -> usize {
        self.years().count()
    }

    /// The profiles of the intake cells.
    pub fn profiles(&self) -> Vec<Profile> {
        self.cells.iter().map(|cell| cell.profile.clone()).collect()
    }

    /// A year of `n_people` spread over the cells by their usual weights: whole people, by largest
    /// remainder, earlier cells first among equals.
    pub fn usual(&self, n_people: i64) -> Admissions {
        let whole: i128 = self.cells.iter().map(|cell| i128::from(cell.usual)).sum();
        if whole == 0 {
            return vec![0; self.cells.len()];
        }
        let exact = |cell: &IntakeCell| i128::from(n_people) * i128::from(cell.usual);
        // Invariant: a share of a count is not larger than the count.
        let mut admitted: Admissions = self.cells.iter().map(|cell| (exact(cell) / whole) as i64).collect();
        let mut by_remainder: Vec<usize> = (0..self.cells.len()).collect();
        by_remainder.sort_by_key(|&cell| std::cmp::Reverse(exact(&self.cells[cell]) % whole));
        let missing = n_people - admitted.iter().sum::<i64>();
        for &cell in by_remainder.iter().take(usize::try_from(missing).unwrap_or(0)) {
            admitted[cell] += 1;
        }
        admitted
    }

    /// Most admissions of a year of the plan, from 0.
    pub fn cap(&self, step: usize) -> i64 {
        let cap = self.limits.caps.get(step).copied().flatten();
        cap.map_or_else(|| self.room(), |cap| cap.min(self.room()))
    }

    /// Most admissions of a year whatever the limits: as many as there are members at first, and no
    /// more than the arithmetic can hold.
    pub(crate) fn room(&self) -> i64 {
        let n_years = i64::try_from(self.n_years().max(1)).unwrap_or(i64::MAX);
        let members = self.state.total() / PARTS;
        members.min((MOST_PEOPLE - members - self.n_arriving()) / n_years).max(0)
    }

    /// People who are transferred in during all years together, at most.
    pub(crate) fn n_arriving(&self) -> i64 {
        let a_year: i64 = self.rates.transfers_in.iter().map(|one| i64::from(one.a_year.high)).sum();
        a_year.saturating_mul(i64::try_from(self.n_years()).unwrap_or(i64::MAX))
    }

    /// The years of one scenario.
    pub fn run(&self, scenario: &Scenario) -> Vec<Year> {
        self.run_plan(&scenario.admissions, scenario.assumed)
    }

    /// The years under given admissions.
    pub fn run_plan(&self, admissions: &[Admissions], assumed: Assumed) -> Vec<Year> {
        project((self.from, &self.state), &self.rates, assumed, &self.profiles(), admissions)
    }
}

impl Promise {
    /// The targets of a plan that a forecast can hold members or admissions against: counts, shares and
    /// growth. `group` says which people of the forecast a group of the plan is; targets about a group
    /// that the forecast does not tell apart are left out.
    pub fn of_targets(targets: &Targets, group: impl Fn(&Definition) -> Option<Group>) -> Vec<Promise> {
        let is_known = |target: &&Target| {
            matches!(target.kind, Kind::Count | Kind::Share | Kind::Growth)
                && matches!(target.of, Population::Stock | Population::Intake)
                && target.scope == Scope::Whole
        };
        let promise = |target: &Target| {
            let group = match &target.group {
                None => Group::everyone(),
                Some(id) => group(targets.group(id)?)?,
            };
            Some(Promise {
                id: target.id.clone(),
                name: target.name.clone(),
                kind: target.kind,
                of: target.of,
                group,
                years: targets.years(target),
                as_written: target.as_written.clone(),
                adopted: target.adopted.clone(),
            })
        };
        targets.targets.iter().filter(is_known).filter_map(promise).collect()
    }

    /// The bound under a reading.
    pub fn bound(&self, reading: Reading) -> &Bound {
        match reading {
            Reading::AsWritten => &self.as_written,
            Reading::Adopted => &self.adopted,
        }
    }
}
