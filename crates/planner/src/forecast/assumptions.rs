//! What a forecast takes for granted about the members of a site, as data: `rulebooks/forecast.toml`.

use std::collections::BTreeMap;

use domain::text::Text;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Rates and ages that no record counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Thousandths by which a year may differ from the one before, at an even pace.
    pub change_permille: i64,
    /// Transfers from other places.
    pub arrivals: Arrivals,
    /// Ages at admission.
    pub ages: AgesAtAdmission,
    /// The lines of a question file that hold rates, as they stand there.
    pub lines: Map<String, Value>,
    /// Where the figures come from, for people.
    #[serde(rename = "source")]
    pub sources: Vec<Text>,
}

/// Transfers from other places in a year, for a million members.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Their ages.
    pub ages: Map<String, Value>,
    /// Men.
    pub men_per_million: Ends,
    /// Women.
    pub women_per_million: Ends,
}

/// A figure with the ends between which it may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// The lower end.
    pub low: i64,
    /// The figure itself.
    pub mid: i64,
    /// The upper end.
    pub high: i64,
}

/// Weights of the ages at admission.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgesAtAdmission {
    /// Of those who count as young.
    pub young: BTreeMap<String, i64>,
    /// Of the others.
    pub others: BTreeMap<String, i64>,
}

impl Assumptions {
    /// The file that is shipped.
    #[must_use]
    pub fn shipped() -> Assumptions {
        // Invariant: the file is part of the program and a test reads it.
        toml::from_str(include_str!("../../../../rulebooks/forecast.toml"))
            .expect("the shipped assumptions are readable")
    }
}

impl Ends {
    /// So many for each million of a number of people, to the nearest, as a question file writes it.
    #[must_use]
    pub fn of(self, n_people: i64) -> Value {
        let whole = |per_million: i64| {
            let exact = i128::from(n_people) * i128::from(per_million) + 500_000;
            i64::try_from(exact / 1_000_000).unwrap_or(i64::MAX)
        };
        json!({ "low": whole(self.low), "mid": whole(self.mid), "high": whole(self.high) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Targets;

    #[test]
    fn the_shipped_ages_end_where_the_young_of_the_targets_end() {
        let (assumed, targets) = (Assumptions::shipped(), Targets::shipped());
        let ages = targets.group("young").and_then(|young| young.ages).unwrap();
        let of = |weights: &BTreeMap<String, i64>| -> Vec<u8> {
            weights.keys().map(|age| age.parse().unwrap()).collect()
        };
        assert_eq!(of(&assumed.ages.young).iter().max().copied(), ages.to);
        assert_eq!(of(&assumed.ages.others).iter().min().copied(), ages.to.map(|age| age + 1));
        assert!(assumed.ages.young.values().chain(assumed.ages.others.values()).all(|weight| *weight > 0));
    }

    #[test]
    fn a_rate_for_a_million_is_told_for_fewer() {
        let ends = Ends { low: 650, mid: 1300, high: 2600 };
        assert_eq!(ends.of(20_000), json!({ "low": 13, "mid": 26, "high": 52 }));
        assert_eq!(ends.of(0), json!({ "low": 0, "mid": 0, "high": 0 }));
    }
}
