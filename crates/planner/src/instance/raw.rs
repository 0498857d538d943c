//! The file as JSON has it: shapes only. Unknown keys, keys written twice, fractions and negative
//! numbers are refused here with their path and line.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::{MOST, Malformed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default, deserialize_with = "present")]
    pub(super) year: Option<i64>,
    #[serde(deserialize_with = "object")]
    pub(super) target: Target,
    #[serde(deserialize_with = "object")]
    pub(super) weights: Weights,
    pub(super) cells: Vec<Object<Cell>>,
    pub(super) rows: Vec<Object<Row>>,
    pub(super) units: Vec<Object<Unit>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    pub(super) intake: Count,
    pub(super) tolerance_permille: Count,
    pub(super) weight: Count,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    pub(super) short: Count,
    pub(super) over: Count,
    pub(super) fair: Count,
    pub(super) smooth: Count,
    pub(super) dormant: Count,
    pub(super) node_fair: Count,
    #[serde(default)]
    pub(super) cell_short: Count,
    #[serde(default)]
    pub(super) cell_over: Count,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cell {
    pub(super) id: String,
    #[serde(default)]
    pub(super) attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) kind: Kind,
    #[serde(default, deserialize_with = "present")]
    pub(super) attribute: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(super) tag: Option<String>,
    pub(super) at_least: AtLeast,
    #[serde(default, deserialize_with = "present")]
    pub(super) strict: Option<bool>,
    pub(super) penalty: Count,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(super) enum Kind {
    Share,
    Growth,
}

impl TryFrom<String> for Kind {
    type Error = String;
    fn try_from(word: String) -> Result<Kind, String> {
        match word.as_str() {
            "share" => Ok(Kind::Share),
            "growth" => Ok(Kind::Growth),
            _ => Err(format!("the kind `{word}` is neither `share` nor `growth`")),
        }
    }
}

/// A whole number for growth, a rational for a share.
pub(super) enum AtLeast {
    Whole(i64),
    Rational(Rational),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rational {
    pub(super) num: Count,
    pub(super) den: Count,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    pub(super) id: String,
    /// Present always; null for the root.
    pub(super) parent: Parent,
    #[serde(default)]
    pub(super) lower: Count,
    #[serde(default, deserialize_with = "present")]
    pub(super) upper: Option<Count>,
    #[serde(default)]
    pub(super) fair_milli: FairMilli,
    #[serde(default, deserialize_with = "present")]
    pub(super) request: Option<Count>,
    #[serde(default, deserialize_with = "present")]
    pub(super) request_cells: Option<Counts>,
    #[serde(default, deserialize_with = "present")]
    pub(super) previous: Option<Count>,
    #[serde(default, deserialize_with = "present")]
    pub(super) dormant: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub(super) duty: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub(super) tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    pub(super) pool: Option<Counts>,
}

/// The unit above, or none. Unlike an `Option`, the key must be written.
pub(super) struct Parent(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Parent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ParentVisitor;
        impl Visitor<'_> for ParentVisitor {
            type Value = Parent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a unit, or null for the root")
            }
            fn visit_unit<E: Error>(self) -> Result<Parent, E> {
                Ok(Parent(None))
            }
            fn visit_str<E: Error>(self, id: &str) -> Result<Parent, E> {
                Ok(Parent(Some(id.to_owned())))
            }
        }
        deserializer.deserialize_any(ParentVisitor)
    }
}

/// A key that may be absent but, once written, holds a value: null is refused.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A record written as an object; the derived readers would also take a list of its values.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with named keys")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(std::marker::PhantomData))
    }
}

/// Reads a field that is an [`Object`].
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|object| object.0)
}

/// A whole number from 0 to `LIMIT`.
#[derive(Default, Clone, Copy)]
pub(crate) struct Whole<const LIMIT: i64>(pub(crate) i64);

pub(crate) type Count = Whole<MOST>;
pub(super) type FairMilli = Whole<10_000_000_000_000>;

impl<'de, const LIMIT: i64> Deserialize<'de> for Whole<LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor<const LIMIT: i64>;
        impl<const LIMIT: i64> Visitor<'_> for WholeVisitor<LIMIT> {
            type Value = Whole<LIMIT>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {LIMIT}")
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<Whole<LIMIT>, E> {
                match i64::try_from(n) {
                    Ok(n) if n <= LIMIT => Ok(Whole(n)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(n), &self)),
                }
            }
        }
        deserializer.deserialize_any(WholeVisitor)
    }
}

impl<'de> Deserialize<'de> for AtLeast {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AtLeastVisitor;
        impl<'de> Visitor<'de> for AtLeastVisitor {
            type Value = AtLeast;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {MOST}, or {{\"num\": n, \"den\": d}}")
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<AtLeast, E> {
                match i64::try_from(n) {
                    Ok(n) if n <= MOST => Ok(AtLeast::Whole(n)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(n), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AtLeast, A::Error> {
                Rational::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(AtLeast::Rational)
            }
        }
        deserializer.deserialize_any(AtLeastVisitor)
    }
}

/// Numbers by cell id, in the order written; an id written twice is refused.
pub(super) struct Counts(pub(super) Vec<(String, i64)>);

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountsVisitor;
        impl<'de> Visitor<'de> for CountsVisitor {
            type Value = Counts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of numbers by cell")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Counts, A::Error> {
                let mut counts: Vec<(String, i64)> = Vec::new();
                while let Some((cell, Whole(n))) = map.next_entry::<String, Count>()? {
                    if counts.iter().any(|(known, _)| *known == cell) {
                        return Err(A::Error::custom(format!("the cell `{cell}` is written twice")));
                    }
                    counts.push((cell, n));
                }
                Ok(Counts(counts))
            }
        }
        deserializer.deserialize_map(CountsVisitor)
    }
}

/// Reads the shapes; on failure reads again with the path, which costs time only then.
pub(super) fn read(bytes: &[u8]) -> Result<File, Malformed> {
    if bytes.len() >= u32::MAX as usize {
        return Err(Malformed::new(
            "file",
            "文件达到 4 GiB，请按较小的单位分开计算",
            "the file has 4 GiB or more; plan smaller units apart",
        ));
    }
    if let Ok(Object(file)) = serde_json::from_slice::<Object<File>>(bytes) {
        return Ok(file);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let outcome = serde_path_to_error::deserialize::<_, Object<File>>(&mut deserializer);
    match outcome {
        Err(error) => {
            let path = error.path().to_string();
            let place = match name_of_unit(bytes, &path) {
                Some(unit) => format!("{path} ({unit})"),
                None => path,
            };
            let inner = error.into_inner();
            Err(Malformed::new(
                place,
                format!("文件格式不对，请按提示改正：{inner}"),
                format!("{inner}; correct it there and read the file again"),
            ))
        }
        Ok(_) => Err(Malformed::new(
            "file",
            "文件末尾有多余内容，请删去",
            "there is more text after the end of the object; remove it",
        )),
    }
}

/// The id of the unit that a path like `units[3].upper` points into, when it can be read.
fn name_of_unit(bytes: &[u8], path: &str) -> Option<String> {
    let position: usize = path.strip_prefix("units[")?.split(']').next()?.parse().ok()?;
    let file: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    file.get("units")?.get(position)?.get("id")?.as_str().map(|id| format!("unit {id}"))
}
