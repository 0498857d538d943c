//! Targets as data, and how a count is held against one: in whole numbers, never in fractions. A
//! share with nobody to measure is not applicable, which is neither kept nor missed.

use domain::text::Text;
use serde::Deserialize;

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
    /// The targets, in the order of the plan.
    #[serde(rename = "target")]
    pub targets: Vec<Target>,
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
    /// Reads a file of targets.
    ///
    /// # Errors
    /// A key is missing, unknown or of the wrong type; the message names line and key.
    pub fn parse(text: &str) -> Result<Targets, toml::de::Error> {
        toml::from_str(text)
    }

    /// The plan of 2002–2004 that is shipped.
    pub fn shipped() -> Targets {
        // Invariant: the file is part of the program and a test reads it.
        Targets::parse(include_str!("../../../rulebooks/targets/2002-2004.toml"))
            .expect("the shipped targets are readable")
    }

    /// A target by its id.
    pub fn get(&self, id: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
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
    fn a_wrong_file_names_line_and_key() {
        let text = include_str!("../../../rulebooks/targets/2002-2004.toml")
            .replace("is_hard = true", "hard = true");
        let message = Targets::parse(&text).expect_err("refused").to_string();
        assert!(message.contains("hard") && message.contains("line"), "{message}");
    }
}
