//! Targets as data, and how a count is held against one: in whole numbers, never in fractions. A
//! share with nobody to measure is not applicable, which is neither kept nor missed.

use domain::text::Text;
use serde::Deserialize;

mod lint;

pub use lint::Fault;

use crate::forecast::Sex;

/// A plan's targets, as in `rulebooks/targets/*.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Name of the plan.
    pub plan: String,
    /// Title.
    pub title: Text,
    /// First day.
    pub from: toml::value::Datetime,
    /// Last day.
    pub to: toml::value::Datetime,
    /// The guiding policy that the plan cites.
    pub policy: Text,
    /// What the groups of the targets are, exactly.
    #[serde(rename = "group", default)]
    pub groups: Vec<Definition>,
    /// The targets, in the order of the plan.
    #[serde(rename = "target")]
    pub targets: Vec<Target>,
}

/// What a group is. Each property that is present must hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name in the file.
    pub id: String,
    /// Name on pages.
    pub name: Text,
    /// First and last age in completed years on the reference day, both included: 31 December for
    /// members and units, the day of approval's 31 December for admissions.
    #[serde(default)]
    pub ages: Option<Ages>,
    /// Sex.
    #[serde(default)]
    pub sex: Option<Sex>,
    /// Education with a code of GB/T 4658 below this one: smaller codes are higher levels, and 70 is
    /// junior high.
    #[serde(default)]
    pub education_below: Option<u8>,
    /// A mark that a person's post, a candidate's stage or a unit carries in the roster.
    #[serde(default)]
    pub mark: Option<String>,
}

/// Ages in completed years, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// The first; 18 when absent.
    #[serde(default = "eighteen")]
    pub from: u8,
    /// The last; none when absent.
    #[serde(default)]
    pub to: Option<u8>,
}

fn eighteen() -> u8 {
    18
}

/// One target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name in the file; for ever.
    pub id: String,
    /// The mechanism of the source plan that it comes from.
    pub mechanism: String,
    /// Name on pages.
    pub name: Text,
    /// What kind of figure.
    pub kind: Kind,
    /// Over whom.
    pub of: Population,
    /// The part that is counted; everyone when absent.
    #[serde(default)]
    pub group: Option<String>,
    /// For a ratio, the group that stands for one.
    #[serde(default)]
    pub per: Option<String>,
    /// For whom it is judged.
    #[serde(default)]
    pub scope: Scope,
    /// Judged for each such period.
    #[serde(default)]
    pub period: Option<Period>,
    /// Judged on this day.
    #[serde(default)]
    pub by: Option<toml::value::Datetime>,
    /// As the source has it.
    pub as_written: Bound,
    /// As the office reads it.
    pub adopted: Bound,
    /// How sure the reading is.
    pub sure: Sure,
    /// Why the two differ, or how the words were read.
    #[serde(default)]
    pub reason: Option<Text>,
    /// May not be missed by a plan.
    pub is_hard: bool,
    /// Points for each person missing, when soft.
    pub weight: i64,
}

/// Kinds of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Number of people.
    Count,
    /// Thousandths of a whole.
    Share,
    /// Hundredths to one.
    Ratio,
    /// People more than a year before.
    Growth,
    /// Thousandths of the units.
    Coverage,
}

/// Over whom a figure is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Those admitted in the period, by the day of approval.
    Intake,
    /// Members on the day.
    Stock,
    /// Applicants, activists and prospective members on the day.
    Candidates,
    /// Units.
    Units,
}

/// Periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Each calendar year.
    Year,
}

/// For whom a target is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole of the plan's area, once.
    #[default]
    Whole,
    /// Each committee's area that is large enough to carry it.
    EachCommittee,
    /// Each unit by itself.
    EachUnit,
}

/// How sure a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sure {
    /// Two sources agree, or the text is plain.
    High,
    /// One good reading.
    Medium,
    /// An inference.
    Low,
}

/// A bound on a figure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// Which side.
    pub bound: Side,
    /// People, thousandths or hundredths, by the kind.
    pub value: i64,
    /// For `about`: thousandths of the value on either side.
    #[serde(default)]
    pub tolerance: i64,
    /// The words of the source.
    #[serde(default)]
    pub text: Option<String>,
}

/// Sides of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The number itself is enough.
    AtLeast,
    /// The number itself is not enough.
    MoreThan,
    /// The number itself is allowed.
    AtMost,
    /// Within the tolerance on either side.
    About,
}

/// Whether a target is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Kept.
    Met,
    /// Missed.
    Missed,
    /// There is nobody to measure.
    NotApplicable,
}

impl Targets {
    /// Reads a file of targets and checks what its keys say together.
    ///
    /// # Errors
    /// Everything that is wrong, each with line, key and remedy.
    pub fn parse(text: &str) -> Result<Targets, Vec<Fault>> {
        let targets = toml::from_str(text).map_err(|error| vec![Fault::of_shape(text, &error)])?;
        let faults = lint::faults(text, &targets);
        if faults.is_empty() { Ok(targets) } else { Err(faults) }
    }

    /// The plan of 2002–2004 that is shipped.
    pub fn shipped() -> Targets {
        // Invariant: the file is part of the program and a test reads it.
        Targets::parse(include_str!("../../../rulebooks/targets/2002-2004.toml"))
            .expect("the shipped targets are readable")
    }

    /// A group by its id.
    pub fn group(&self, id: &str) -> Option<&Definition> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The years at whose end a target is judged.
    pub fn years(&self, target: &Target) -> Vec<i32> {
        let year = |day: &toml::value::Datetime| day.date.map_or(0, |date| i32::from(date.year));
        match &target.by {
            Some(day) => vec![year(day)],
            None => (year(&self.from)..=year(&self.to)).collect(),
        }
    }

    /// A target by its id.
    pub fn get(&self, id: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
    }
}

impl Definition {
    /// Whether a person of so many completed years, with an education of this code, belongs to it, as
    /// far as marks are not asked for.
    pub fn has(&self, age: u8, sex: Sex, education: u8) -> bool {
        self.ages.is_none_or(|ages| ages.from <= age && ages.to.is_none_or(|to| age <= to))
            && self.sex.is_none_or(|only| only == sex)
            && self.education_below.is_none_or(|code| education < code)
    }
}

impl Kind {
    /// How many units of the value make one whole.
    fn whole(self) -> i128 {
        match self {
            Kind::Count | Kind::Growth => 1,
            Kind::Ratio => 100,
            Kind::Share | Kind::Coverage => 1000,
        }
    }
}

impl Bound {
    /// Holds `count` out of `whole` against the bound. For counts and growth the whole is 1.
    pub fn judge(&self, kind: Kind, count: i64, whole: i64) -> Verdict {
        let whole = if kind.whole() == 1 { 1 } else { whole };
        self.judge_parts(kind, count, whole, 1)
    }

    /// Holds a number in parts of a person against the bound, `unit` parts being one person. For counts
    /// and growth the whole is one person, and "more than" asks for one person more, as among whole
    /// people.
    pub fn judge_parts(&self, kind: Kind, count: i64, whole: i64, unit: i64) -> Verdict {
        if whole == 0 {
            return Verdict::NotApplicable;
        }
        // Both sides in the same small parts, so that nothing is ever divided.
        let have = i128::from(count) * kind.whole() * 1000;
        let value = i128::from(self.value) * i128::from(whole);
        let (low, high) =
            (value * i128::from(1000 - self.tolerance), value * i128::from(1000 + self.tolerance));
        let is_met = match self.bound {
            Side::AtLeast => have >= value * 1000,
            Side::MoreThan if kind.whole() == 1 => have >= (value + i128::from(unit)) * 1000,
            Side::MoreThan => have > value * 1000,
            Side::AtMost => have <= value * 1000,
            Side::About => (low..=high).contains(&have),
        };
        if is_met { Verdict::Met } else { Verdict::Missed }
    }

    /// The least whole count out of `whole` that keeps a lower bound; none for other bounds.
    pub fn least(&self, kind: Kind, whole: i64) -> Option<i64> {
        let (whole, part) = if kind.whole() == 1 { (1, 1) } else { (i128::from(whole), kind.whole()) };
        let exact = i128::from(self.value) * whole;
        let least = match self.bound {
            Side::AtLeast => -(-exact).div_euclid(part),
            Side::MoreThan => exact.div_euclid(part) + 1,
            Side::AtMost | Side::About => return None,
        };
        i64::try_from(least).ok()
    }

    /// Whether a group of `whole` people can carry the bound as a matter of its own: keeping it must
    /// neither ask for everybody nor change by more than `step` thousandths with one person.
    pub fn is_carried_by(&self, kind: Kind, whole: i64, step: i64) -> bool {
        whole > 0
            && kind.whole() > 1
            && 1000 <= step.saturating_mul(whole)
            && self.least(kind, whole).is_some_and(|least| least < whole)
    }

    /// The least number of people from which on every group can carry the bound; none when no group
    /// can, as for counts or a share that asks for everybody.
    pub fn least_carrier(&self, kind: Kind, step: i64) -> Option<i64> {
        // A step of one thousandth is carried by a thousand people, and no share below one asks for
        // everybody of more than a thousand.
        let last_refused = (1..=1_001).rev().find(|&whole| !self.is_carried_by(kind, whole, step));
        let least = last_refused.map_or(1, |whole| whole + 1);
        (least <= 1_001).then_some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(bound: Side, value: i64) -> Bound {
        Bound { bound, value, tolerance: 0, text: None }
    }

    #[test]
    fn the_shipped_targets_are_read_and_say_why_they_differ() {
        let targets = Targets::shipped();
        assert_eq!(targets.targets.len(), 10);
        for target in &targets.targets {
            let differs = target.as_written.value != target.adopted.value || target.sure != Sure::High;
            assert!(!differs || target.reason.is_some(), "{} lacks its reason", target.id);
            assert!(target.as_written.text.is_some(), "{} lacks the words of the source", target.id);
        }
        assert_eq!(targets.get("intake").map(|t| (t.as_written.value, t.adopted.value)), Some((30, 560)));
    }

    #[test]
    fn least_counts_of_a_year() {
        for (n, strict_70, at_least_70, at_least_85, at_least_26) in [
            (29, 21, 21, 25, 8),
            (30, 22, 21, 26, 8),
            (31, 22, 22, 27, 9),
            (300, 211, 210, 255, 78),
            (3000, 2101, 2100, 2550, 780),
        ] {
            let least = |bound, value| share(bound, value).least(Kind::Share, n).expect("a lower bound");
            assert_eq!(least(Side::MoreThan, 700), strict_70, "{n}");
            assert_eq!(least(Side::AtLeast, 700), at_least_70, "{n}");
            assert_eq!(least(Side::AtLeast, 850), at_least_85, "{n}");
            assert_eq!(least(Side::AtLeast, 260), at_least_26, "{n}");
        }
    }

    #[test]
    fn shares_of_the_stock_are_judged_in_whole_people() {
        let judge = |bound, value, count| share(bound, value).judge(Kind::Share, count, 1000);
        assert_eq!(judge(Side::AtLeast, 185, 184), Verdict::Missed);
        assert_eq!(judge(Side::AtLeast, 185, 185), Verdict::Met);
        assert_eq!(judge(Side::MoreThan, 550, 550), Verdict::Missed);
        assert_eq!(judge(Side::MoreThan, 550, 551), Verdict::Met);
        assert_eq!(judge(Side::AtLeast, 160, 159), Verdict::Missed);
        assert_eq!(share(Side::AtLeast, 160).judge(Kind::Share, 0, 0), Verdict::NotApplicable);
    }

    #[test]
    fn about_has_two_sides_and_a_ratio_is_to_one() {
        let about = Bound { bound: Side::About, value: 560, tolerance: 20, text: None };
        let verdicts = [548, 549, 571, 572].map(|count| about.judge(Kind::Count, count, 0));
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Met, Verdict::Met, Verdict::Missed]);
        let five = Bound { bound: Side::About, value: 500, tolerance: 200, text: None };
        let verdicts = [39, 40, 60, 61].map(|activists| five.judge(Kind::Ratio, activists, 10));
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Met, Verdict::Met, Verdict::Missed]);
    }

    #[test]
    fn two_places_cannot_be_26_percent_women() {
        let women = share(Side::AtLeast, 260);
        assert!(!women.is_carried_by(Kind::Share, 2, 50));
        assert!(women.is_carried_by(Kind::Share, 30, 50));
        assert!(!women.is_carried_by(Kind::Share, 0, 50));
    }

    #[test]
    fn groups_that_are_large_enough_are_told_from_those_that_are_not() {
        let women = share(Side::AtLeast, 260);
        assert_eq!(women.least_carrier(Kind::Share, 50), Some(20));
        assert!(!women.is_carried_by(Kind::Share, 19, 50) && women.is_carried_by(Kind::Share, 20, 50));
        // Of 6 people 85 % are all six; of 7 one may lack schooling.
        let educated = share(Side::AtLeast, 850);
        assert!(
            !educated.is_carried_by(Kind::Share, 6, 1000) && educated.is_carried_by(Kind::Share, 7, 1000)
        );
        assert_eq!(educated.least_carrier(Kind::Share, 1000), Some(7));
        assert_eq!(share(Side::AtLeast, 1000).least_carrier(Kind::Share, 50), None);
        assert_eq!(share(Side::AtLeast, 3).least_carrier(Kind::Count, 50), None);
    }

    #[test]
    fn groups_are_defined_to_the_year_and_the_code() {
        let targets = Targets::shipped();
        let of = |id: &str| targets.group(id).expect("defined");
        assert!(of("young").has(35, Sex::Men, 90) && !of("young").has(36, Sex::Men, 90));
        assert!(of("educated").has(50, Sex::Men, 63) && !of("educated").has(50, Sex::Men, 70));
        assert!(of("educated").has(50, Sex::Men, 41), "secondary vocational counts");
        assert!(of("women").has(50, Sex::Women, 90) && !of("women").has(50, Sex::Men, 10));
    }

    #[test]
    fn a_target_is_due_by_its_day_or_every_year() {
        let targets = Targets::shipped();
        let years = |id: &str| targets.get(id).map(|target| targets.years(target));
        assert_eq!(years("stock_young"), Some(vec![2004]));
        assert_eq!(years("intake_young"), Some(vec![2002, 2003, 2004]));
    }

    #[test]
    fn more_than_a_count_means_one_person_more_even_in_parts() {
        let growth = share(Side::MoreThan, 0);
        assert_eq!(growth.judge(Kind::Growth, 0, 0), Verdict::Missed);
        assert_eq!(growth.judge(Kind::Growth, 1, 0), Verdict::Met);
        assert_eq!(growth.judge_parts(Kind::Growth, 999, 1000, 1000), Verdict::Missed);
        assert_eq!(growth.judge_parts(Kind::Growth, 1000, 1000, 1000), Verdict::Met);
    }

    #[test]
    fn a_wrong_file_names_line_and_key() {
        let text = include_str!("../../../rulebooks/targets/2002-2004.toml")
            .replace("is_hard = true", "hard = true");
        let faults = Targets::parse(&text).expect_err("refused");
        let line = text.lines().position(|line| line == "hard = true").map(|at| at + 1);
        assert_eq!(faults.first().map(|fault| fault.line), line);
        assert!(faults[0].what.en.contains("hard"), "{}", faults[0].what.en);
    }
}
