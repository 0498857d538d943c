//! The question file `miaopu-forecast/1` as JSON has it: shapes only. Unknown keys, keys written
//! twice, fractions and negative numbers are refused here, with their path and line.

use std::fmt;
use std::marker::PhantomData;

use domain::text::Text;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::people::Sex;
use super::{Reading, Side};
use crate::instance::Malformed;
use crate::instance::raw::{Count, Whole, present};
use crate::target::{Kind, Population};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: String,
    pub(super) title: Text,
    /// Where the numbers come from and what was assumed; for people.
    #[serde(default)]
    pub(super) sources: Vec<Text>,
    pub(super) from: Year,
    pub(super) until: Year,
    pub(super) educations: Vec<String>,
    pub(super) sectors: Vec<String>,
    pub(super) groups: Vec<NamedGroup>,
    pub(super) members: Members,
    pub(super) deaths: Deaths,
    #[serde(default)]
    pub(super) leaving: Vec<Rate>,
    #[serde(default)]
    pub(super) not_confirmed: Vec<Rate>,
    #[serde(default)]
    pub(super) extended: Vec<Rate>,
    #[serde(default)]
    pub(super) transfers_out: Vec<Rate>,
    #[serde(default)]
    pub(super) study: Vec<Study>,
    #[serde(default)]
    pub(super) transfers_in: Vec<Arrival>,
    pub(super) exposure_of_new_permille: Permille,
    pub(super) cells: Vec<Cell>,
    #[serde(default)]
    pub(super) limits: Limits,
    pub(super) targets: Vec<Target>,
    pub(super) scenarios: Vec<Scenario>,
    pub(super) plan: String,
}

pub(super) type Permille = Whole<1000>;
pub(super) type PerMillion = Whole<1_000_000>;
pub(super) type Year = Whole<9999>;
pub(super) type Age = Whole<100>;

/// A group of people; an absent key does not restrict.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Who {
    #[serde(default, deserialize_with = "present")]
    pub(super) ages: Option<Ages>,
    #[serde(default, deserialize_with = "present")]
    pub(super) sex: Option<Sex>,
    #[serde(default, deserialize_with = "present")]
    pub(super) educations: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) sectors: Option<Vec<String>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(super) struct Ages {
    pub(super) from: Age,
    pub(super) to: Age,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedGroup {
    pub(super) id: String,
    pub(super) who: Who,
}

/// The members: by cells, or by margins that are fitted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    #[serde(default, deserialize_with = "present")]
    pub(super) rows: Option<Vec<Row>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) margins: Option<Vec<Vec<Part>>>,
    /// Weights before the fit, in thousandths; what is not named has the weight 1000.
    #[serde(default)]
    pub(super) seed: Vec<Seed>,
    /// Of the members by margins, those on probation.
    #[serde(default)]
    pub(super) on_probation: Count,
    /// The year at whose end the members were counted, when it is before `from`.
    #[serde(default, deserialize_with = "present")]
    pub(super) counted_in: Option<Year>,
    /// Admissions of the years between.
    #[serde(default)]
    pub(super) admitted_since: Pairs<Count>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) age: Age,
    pub(super) sex: Sex,
    pub(super) education: String,
    pub(super) sector: String,
    #[serde(default)]
    pub(super) full: Count,
    #[serde(default)]
    pub(super) on_probation: Count,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) who: Who,
    pub(super) people: Count,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    pub(super) who: Who,
    pub(super) times_permille: Count,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deaths {
    #[serde(default, deserialize_with = "present")]
    pub(super) table: Option<Table>,
    #[serde(default, deserialize_with = "present")]
    pub(super) rows: Option<Vec<DeathRow>>,
    pub(super) times_permille: Range<Whole<10_000>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeathRow {
    #[serde(default)]
    pub(super) who: Who,
    pub(super) per_million: PerMillion,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// The shipped table of the fifth census.
    #[serde(rename = "census-2000")]
    Census2000,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    #[serde(default)]
    pub(super) who: Who,
    pub(super) per_million: Range<PerMillion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Study {
    pub(super) who: Who,
    pub(super) to: String,
    pub(super) per_million: Range<PerMillion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arrival {
    pub(super) profile: Profile,
    pub(super) people: Range<Count>,
}

/// Who joins: the ages with equal weights, or with weights by age.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    #[serde(default, deserialize_with = "present")]
    pub(super) ages: Option<Ages>,
    #[serde(default, deserialize_with = "present")]
    pub(super) weights_by_age: Option<Pairs<Count>>,
    pub(super) sex: Sex,
    pub(super) education: String,
    pub(super) sector: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cell {
    pub(super) id: String,
    pub(super) profile: Profile,
    #[serde(default)]
    pub(super) usual: Whole<1_000_000>,
    #[serde(default)]
    pub(super) pool: Pairs<Count>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    #[serde(default, deserialize_with = "present")]
    pub(super) previous: Option<Count>,
    #[serde(default, deserialize_with = "present")]
    pub(super) change_permille: Option<Permille>,
    #[serde(default)]
    pub(super) caps: Pairs<Count>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) name: Text,
    pub(super) kind: Kind,
    pub(super) of: Population,
    #[serde(default, deserialize_with = "present")]
    pub(super) group: Option<String>,
    /// The years at whose end it is judged; every year of the plan when absent.
    #[serde(default, deserialize_with = "present")]
    pub(super) years: Option<Vec<Year>>,
    pub(super) as_written: crate::target::Bound,
    pub(super) adopted: crate::target::Bound,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) id: String,
    pub(super) name: Text,
    pub(super) reading: Reading,
    #[serde(default, deserialize_with = "present")]
    pub(super) totals: Option<Pairs<Count>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) cells: Option<Pairs<Pairs<Count>>>,
    #[serde(default)]
    pub(super) assumed: Sides,
}

/// Which end of its range each line is taken at.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sides {
    pub(super) deaths: Side,
    pub(super) leaving: Side,
    pub(super) not_confirmed: Side,
    pub(super) extended: Side,
    pub(super) transfers_out: Side,
    pub(super) study: Side,
    pub(super) transfers_in: Side,
}

/// A number, or `{"low": …, "mid": …, "high": …}`.
pub(super) struct Range<T>(pub(super) [T; 3]);

impl<'de, const LIMIT: i64> Deserialize<'de> for Range<Whole<LIMIT>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Ends<const LIMIT: i64> {
            low: Whole<LIMIT>,
            mid: Whole<LIMIT>,
            high: Whole<LIMIT>,
        }
        struct RangeVisitor<const LIMIT: i64>;
        impl<'de, const LIMIT: i64> Visitor<'de> for RangeVisitor<LIMIT> {
            type Value = Range<Whole<LIMIT>>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {LIMIT}, or {{\"low\": n, \"mid\": n, \"high\": n}}")
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
                match i64::try_from(n) {
                    Ok(n) if n <= LIMIT => Ok(Range([Whole(n), Whole(n), Whole(n)])),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(n), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let ends = Ends::<LIMIT>::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                if ends.low.0 > ends.mid.0 || ends.mid.0 > ends.high.0 {
                    return Err(A::Error::custom("a range goes from low through mid to high"));
                }
                Ok(Range([ends.low, ends.mid, ends.high]))
            }
        }
        deserializer.deserialize_any(RangeVisitor)
    }
}

/// An object whose keys are names, in the order written; a key written twice is refused.
pub(super) struct Pairs<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
            type Value = Pairs<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs: Vec<(String, T)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, T>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("the key `{key}` is written twice")));
                    }
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

/// Reads the shapes; what is wrong is told with its path.
pub(super) fn read(bytes: &[u8]) -> Result<File, Malformed> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let file = serde_path_to_error::deserialize::<_, File>(&mut deserializer).map_err(|error| {
        let place = error.path().to_string();
        let inner = error.into_inner();
        Malformed::new(
            place,
            format!("文件格式不对，请按提示改正：{inner}"),
            format!("{inner}; correct it there and read the file again"),
        )
    })?;
    deserializer.end().map_err(|_| {
        Malformed::new(
            "file",
            "文件末尾有多余内容，请删去",
            "there is more text after the end of the object; remove it",
        )
    })?;
    Ok(file)
}
