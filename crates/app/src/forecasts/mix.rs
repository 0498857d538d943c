//! Admissions by kind of person. What is promised of an intake is a share of young, of educated and of
//! women; a kind is one combination of these and of the sector, and a year is spread over the kinds so
//! that each share holds in whole people.

use planner::target::{Kind, Side, Targets};

/// One kind of person to be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) is_young: bool,
    pub(super) is_educated: bool,
    pub(super) is_woman: bool,
    pub(super) is_key: bool,
}

impl Sort {
    /// Every kind; at each place of the tree yes comes before no.
    pub(super) fn all() -> impl Iterator<Item = Sort> {
        (0..16).map(|place| {
            let is = |bit: u32| place & (8 >> bit) == 0;
            Sort { is_young: is(0), is_educated: is(1), is_woman: is(2), is_key: is(3) }
        })
    }

    /// Its name in files.
    pub(super) fn id(self) -> String {
        let words = [
            if self.is_young { "young" } else { "older" },
            if self.is_educated { "educated" } else { "below" },
            if self.is_woman { "women" } else { "men" },
            if self.is_key { "key" } else { "other" },
        ];
        words.join("-")
    }
}

/// What is asked of the structure of an intake, in thousandths: the young, the educated, women.
pub type Shares = [i64; 3];

/// The targets about the structure of an intake, in the order of [`Shares`].
pub(super) const SHARE_TARGETS: [&str; 3] = ["intake_young", "intake_educated", "intake_women"];

/// The shares as a file of targets has them, as written and as adopted.
pub(super) fn promised(targets: &Targets) -> [Shares; 2] {
    let of = |id: &str| targets.get(id).filter(|target| target.kind == Kind::Share);
    let written = SHARE_TARGETS.map(|id| of(id).map_or(0, |target| target.as_written.value));
    let adopted = SHARE_TARGETS.map(|id| of(id).map_or(0, |target| target.adopted.value));
    [written, adopted]
}

/// Fewest people of `n` that are such a share of them.
pub(super) fn least(permille: i64, n: i64, side: Side) -> i64 {
    let least = match side {
        Side::MoreThan => (n * permille).div_euclid(1000) + 1,
        Side::AtLeast | Side::AtMost | Side::About => -(-(n * permille)).div_euclid(1000),
    };
    least.clamp(0, n)
}

/// A year of `n` admissions: exactly so many of each property, spread over the kinds as evenly as
/// whole people allow. Counts are of young, educated, women and people in key departments.
pub(super) fn spread(n: i64, counts: [i64; 4]) -> Vec<i64> {
    let mut groups = vec![n];
    for count in counts {
        let with = share_out(&groups, count.clamp(0, n));
        groups = groups.iter().zip(with).flat_map(|(&all, with)| [with, all - with]).collect();
    }
    groups
}

/// Of each group so many that they come to `count` together, by largest remainder, the earlier first.
fn share_out(groups: &[i64], count: i64) -> Vec<i64> {
    let whole: i64 = groups.iter().sum();
    if whole == 0 {
        return vec![0; groups.len()];
    }
    let exact = |group: i64| i128::from(group) * i128::from(count);
    // Invariant: a part of a group is not larger than the group.
    let mut parts: Vec<i64> = groups.iter().map(|&group| (exact(group) / i128::from(whole)) as i64).collect();
    let missing = usize::try_from(count - parts.iter().sum::<i64>()).unwrap_or(0);
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(exact(groups[at]) % i128::from(whole)));
    for &at in order.iter().take(missing) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thirty_people_are_at_least_21_26_and_8() {
        let of = |permille, side| least(permille, 30, side);
        assert_eq!([of(700, Side::AtLeast), of(850, Side::AtLeast), of(260, Side::AtLeast)], [21, 26, 8]);
        assert_eq!(of(700, Side::MoreThan), 22);
        assert_eq!(of(1000, Side::MoreThan), 30, "nobody can be more than everybody");
    }

    #[test]
    fn kinds_are_named_once_and_stand_in_the_order_of_the_spread() {
        let all: Vec<Sort> = Sort::all().collect();
        assert_eq!(all[0].id(), "young-educated-women-key");
        assert_eq!(all[15].id(), "older-below-men-other");
        // Only young women outside key departments: the second kind of four is theirs.
        let spread = spread(5, [5, 0, 5, 0]);
        let found: Vec<String> =
            all.iter().zip(&spread).filter(|(_, n)| **n > 0).map(|(sort, _)| sort.id()).collect();
        assert_eq!(found, ["young-below-women-other"]);
    }

    proptest! {
        #[test]
        fn every_share_holds_exactly(n in 0_i64..2_000, parts in prop::array::uniform4(0_i64..=1000)) {
            let counts = parts.map(|part| n * part / 1000);
            let year = spread(n, counts);
            prop_assert_eq!(year.iter().sum::<i64>(), n);
            prop_assert!(year.iter().all(|n| *n >= 0));
            let with = |is: fn(Sort) -> bool| -> i64 {
                Sort::all().zip(&year).filter(|(sort, _)| is(*sort)).map(|(_, n)| n).sum()
            };
            let found = [with(|s| s.is_young), with(|s| s.is_educated), with(|s| s.is_woman), with(|s| s.is_key)];
            prop_assert_eq!(found, counts);
        }
    }
}
