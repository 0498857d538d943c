//! How plans count and weigh, read from `rulebooks/planning.toml`: the cells of people, the tags of
//! branches, what a new plan starts from, and from where on something is an anomaly.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use serde::Deserialize;

use super::event::Weights;
use crate::dates::age_on;
use crate::person::{Education, Sex};
use crate::text::Text;
use crate::unit::Sector;

/// Everything of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is counted of a person; every combination is a cell.
    #[serde(rename = "attribute")]
    pub attributes: Vec<Attribute>,
    /// What branches are grouped by.
    #[serde(rename = "tag")]
    pub tags: Vec<Tag>,
    /// What a new plan starts from.
    pub start: Start,
    /// From where on something is an anomaly.
    pub anomaly: Anomalies,
}

/// Something that is true of a person or not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Name in files and events; for ever. Cells join such names by a low line, so it has none.
    pub id: String,
    /// Name on pages.
    pub name: Text,
    /// True up to this age, in completed years on the last day of the plan's year.
    pub most_age: Option<i16>,
    /// True for levels of education with a lower code.
    pub education_below: Option<i64>,
    /// True for this sex.
    pub sex: Option<Sex>,
}

/// A group of branches.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Name in files.
    pub id: String,
    /// Name on pages.
    pub name: Text,
    /// The kinds of place that belong to it.
    pub sectors: Vec<Sector>,
}

/// What a new plan starts from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Intake in thousandths of the members.
    pub intake_permille: i64,
    /// Allowed difference in thousandths of the intake.
    pub tolerance_permille: i64,
    /// Points for each admission in key departments below the year before.
    pub growth_penalty: i64,
    /// Members from which on a non-public branch stands for a large enterprise.
    pub duty_members: i64,
    /// Most admissions of a branch, in thousandths of its members.
    pub burst_permille: i64,
    /// Or so many times the year before, and one more.
    pub burst_times: i64,
    /// Points of cost.
    pub weights: Weights,
}

/// From where on something is an anomaly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anomalies {
    /// 突击发展.
    pub rush: Rush,
    /// 长期不发展.
    pub drought: Drought,
    /// 长期没有新的入党积极分子.
    pub no_activist: NoActivist,
    /// 大起大落.
    pub swing: Swing,
    /// 积极分子与发展对象之比.
    pub ratio: Ratio,
}

/// Too many at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rush {
    /// Thousandths of the mean of the three years before.
    pub times_mean_permille: i64,
    /// People that a year must have at least.
    pub least: i64,
    /// Thousandths of a year's quota in one month.
    pub month_permille: i64,
    /// People that a month must have at least.
    pub month_least: i64,
    /// Most admissions at one meeting.
    pub meeting_most: i64,
    /// What the figures rest on.
    pub source: Text,
}

/// Nobody for too long.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drought {
    /// Years without an admission.
    pub years: i16,
    /// Months before its day from which it is told.
    pub ahead_months: u16,
    /// What the figures rest on.
    pub source: Text,
}

/// No new activist for too long.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoActivist {
    /// Years without one.
    pub years: i16,
    /// What the figures rest on.
    pub source: Text,
}

/// A year too different from the one before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swing {
    /// Thousandths of the year before.
    pub permille: i64,
    /// People by which it must differ at least.
    pub least: i64,
    /// What the figures rest on.
    pub source: Text,
}

/// Activists to one prospective member.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// Lower end, in hundredths.
    pub low_hundredths: i64,
    /// Upper end, in hundredths.
    pub high_hundredths: i64,
    /// Prospective members from which on it says something.
    pub least: i64,
    /// What the figures rest on.
    pub source: Text,
}

/// What a cell needs to know of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Day of birth.
    pub born_on: Date,
    /// Sex.
    pub sex: Sex,
    /// Highest education.
    pub education: Education,
}

/// People by cell; a cell without people is left out.
pub type Cells = BTreeMap<String, i64>;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../rulebooks/planning.toml"))
        .expect("a test reads the settings that came with the program")
});

/// The settings in force.
#[must_use]
pub fn settings() -> &'static Settings {
    &SETTINGS
}

/// The cell of people without any attribute.
const PLAIN: &str = "other";

impl Settings {
    /// Every cell with the attributes that its people carry, those with most attributes first.
    #[must_use]
    pub fn cells(&self) -> Vec<(String, Vec<&Attribute>)> {
        let n = self.attributes.len();
        let cell = |mask: usize| -> Vec<&Attribute> {
            let carried = self.attributes.iter().enumerate();
            carried.filter(|(place, _)| mask >> place & 1 == 1).map(|(_, attribute)| attribute).collect()
        };
        (0..1 << n).rev().map(cell).map(|carried| (cell_id(&carried), carried)).collect()
    }

    /// The cell of a person in the year of a plan.
    #[must_use]
    pub fn cell_of(&self, traits: Traits, year: i16) -> String {
        let carried: Vec<&Attribute> =
            self.attributes.iter().filter(|attribute| attribute.is_true_of(traits, year)).collect();
        cell_id(&carried)
    }

    /// An attribute by its id.
    #[must_use]
    pub fn attribute(&self, id: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.id == id)
    }

    /// Ids of the tags of a branch.
    #[must_use]
    pub fn tags_of(&self, sector: Sector) -> Vec<String> {
        let fits = self.tags.iter().filter(|tag| tag.sectors.contains(&sector));
        fits.map(|tag| tag.id.clone()).collect()
    }

    /// How many people of some cells carry an attribute.
    #[must_use]
    pub fn n_with(&self, cells: &Cells, attribute: &str) -> i64 {
        let carries = |cell: &str| cell.split('_').any(|carried| carried == attribute);
        cells.iter().filter(|(cell, _)| carries(cell)).map(|(_, n)| n).sum()
    }
}

impl Attribute {
    fn is_true_of(&self, traits: Traits, year: i16) -> bool {
        let last_day = date(year, 12, 31);
        self.most_age.is_none_or(|most| age_on(traits.born_on, last_day) <= most)
            && self.education_below.is_none_or(|below| traits.education.code() < below)
            && self.sex.is_none_or(|sex| traits.sex == sex)
    }
}

fn cell_id(carried: &[&Attribute]) -> String {
    let ids: Vec<&str> = carried.iter().map(|attribute| attribute.id.as_str()).collect();
    if ids.is_empty() { PLAIN.to_owned() } else { ids.join("_") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_combination_of_three_attributes_is_a_cell_of_its_own() {
        let settings = settings();
        let cells = settings.cells();
        let ids: BTreeSet<&str> = cells.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!((cells.len(), ids.len()), (8, 8));
        assert_eq!(cells[0].0, "young_educated_women");
        assert_eq!(cells[7].0, "other");
        for attribute in &settings.attributes {
            assert!(attribute.id.chars().all(|c| c.is_ascii_lowercase()), "{}", attribute.id);
            let tests =
                [attribute.most_age.is_some(), attribute.education_below.is_some(), attribute.sex.is_some()];
            assert_eq!(tests.iter().filter(|is_set| **is_set).count(), 1, "{}", attribute.id);
        }
    }

    #[test]
    fn thirty_five_is_young_to_the_end_of_the_year_in_which_it_is_reached() {
        let of = |born_on| {
            let traits = Traits { born_on, sex: Sex::Female, education: Education::SeniorHigh };
            settings().cell_of(traits, 2003)
        };
        assert_eq!(of(date(1968, 1, 1)), "young_educated_women");
        assert_eq!(of(date(1967, 12, 31)), "educated_women");
        let man = Traits { born_on: date(1950, 5, 5), sex: Sex::Male, education: Education::JuniorHigh };
        assert_eq!(settings().cell_of(man, 2003), "other");
    }

    #[test]
    fn people_are_counted_by_what_their_cells_carry() {
        let cells =
            Cells::from([("young_women".to_owned(), 2), ("women".to_owned(), 1), ("other".to_owned(), 4)]);
        let n = |attribute| settings().n_with(&cells, attribute);
        assert_eq!((n("young"), n("women"), n("educated")), (2, 3, 0));
    }
}
