//! The answer: `miaopu-plan/1`, immutable, with the certificate that a stranger can check, or with
//! the explanation why there is none. No times are in it, so equal questions give equal bytes.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::explain::{Bound, Relaxation};
use crate::instance::{Object, object};

/// A plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Always `miaopu-plan/1`.
    pub format: String,
    /// Digest of the instance's bytes.
    pub instance_sha256: String,
    /// What is claimed.
    pub status: Status,
    /// On what the claim `optimal` rests.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Cost in micro-points.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub objective: Option<Exact>,
    /// No plan costs less.
    #[serde(default, deserialize_with = "record", skip_serializing_if = "Option::is_none")]
    pub bound: Option<Rational>,
    /// Seed of the lottery between equals.
    pub tie_seed: u64,
    /// Price of each row, in micro-points per unit of its residual.
    #[serde(default, deserialize_with = "multipliers", skip_serializing_if = "Option::is_none")]
    pub multipliers: Option<BTreeMap<String, Rational>>,
    /// Leaves whose duty is waived because nobody is ready.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub waived: Option<Vec<String>>,
    /// Persons by leaf.
    #[serde(default, deserialize_with = "records", skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Vec<LeafShare>>,
    /// Persons by inner unit.
    #[serde(default, deserialize_with = "records", skip_serializing_if = "Option::is_none")]
    pub inner: Option<Vec<InnerShare>>,
    /// Bounds that contradict one another.
    #[serde(default, deserialize_with = "records", skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Vec<Bound>>,
    /// What would resolve them.
    #[serde(default, deserialize_with = "record", skip_serializing_if = "Option::is_none")]
    pub relax: Option<Relaxation>,
}

/// What a plan claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No plan costs less.
    Optimal,
    /// No plan costs less than the bound.
    Certified,
    /// There is no plan.
    Infeasible,
}

/// On what `optimal` rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The objective is less than a micro-point above the bound.
    Bound,
    /// Nothing between the bound and the objective was left to look at.
    Search,
}

/// The share of one leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafShare {
    /// The leaf.
    pub unit: String,
    /// Persons.
    pub total: i64,
    /// Persons by cell.
    #[serde(deserialize_with = "by_name")]
    pub cells: BTreeMap<String, i64>,
}

/// The share of one inner unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InnerShare {
    /// The unit.
    pub unit: String,
    /// Persons.
    pub total: i64,
}

/// A fraction in lowest terms, its denominator positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rational {
    /// Numerator.
    pub num: Exact,
    /// Denominator.
    pub den: Exact,
}

/// A whole number that may need more than 64 bits and is never rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub i128);

impl Rational {
    /// The fraction in lowest terms.
    pub fn new(num: i128, den: i128) -> Self {
        let divisor = common_divisor(num.unsigned_abs(), den.unsigned_abs()).max(1) as i128;
        let sign = if den < 0 { -1 } else { 1 };
        Rational { num: Exact(sign * num / divisor), den: Exact(sign * den / divisor) }
    }
}

/// A key that may be absent but, once written, holds a value.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The same for an object with named keys.
fn record<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    object(deserializer).map(Some)
}

/// The same for a list of them.
fn records<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let records = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(Some(records.into_iter().map(|record| record.0).collect()))
}

fn multipliers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, Rational>>, D::Error> {
    let named: BTreeMap<String, Object<Rational>> = by_name(deserializer)?;
    Ok(Some(named.into_iter().map(|(id, at)| (id, at.0)).collect()))
}

/// Values by name; a name that is written twice is refused.
fn by_name<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    struct NamedVisitor<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for NamedVisitor<T> {
        type Value = BTreeMap<String, T>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of values by name")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut named = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, T>()? {
                if named.contains_key(&name) {
                    return Err(A::Error::custom(format!("`{name}` is written twice")));
                }
                named.insert(name, value);
            }
            Ok(named)
        }
    }
    deserializer.deserialize_map(NamedVisitor(std::marker::PhantomData))
}

fn common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i128(self.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A raw number keeps every digit; a double would not.
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        let is_whole =
            raw.get().strip_prefix('-').unwrap_or(raw.get()).bytes().all(|byte| byte.is_ascii_digit());
        match raw.get().parse() {
            Ok(number) if is_whole => Ok(Exact(number)),
            _ => Err(D::Error::custom(format!("`{}` is not a whole number", raw.get()))),
        }
    }
}

impl Plan {
    /// Reads a plan file.
    ///
    /// # Errors
    /// The JSON is malformed, has an unknown key, or a number is not whole.
    pub fn parse(bytes: &[u8]) -> Result<Plan, serde_json::Error> {
        serde_json::from_slice::<Object<Plan>>(bytes).map(|plan| plan.0)
    }

    /// The file, ending in a line end.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Invariant: the type holds nothing that JSON cannot.
        let mut bytes = serde_json::to_vec(self).expect("a plan is plain data");
        bytes.push(b'\n');
        bytes
    }
}
