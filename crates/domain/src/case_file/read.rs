//! JSON to a case file, strictly: every key known and written once, every value of its type and
//! range. Reading borrows from the line and keeps nothing but the case file itself. What is read is
//! not judged.

use std::fmt;
use std::marker::PhantomData;

use jiff::civil::Date;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::place::{Expected, InputError, Place, Problem, Segment};
use super::{
    Amount, Approval, CaseFile, Confirmation, ConfirmationMeeting, Course, Examination, FORMAT, Listing,
    LocalPack, Meeting, Mentor, Notice, Outcome, Person, Sponsor, Stage,
};

/// Reads one case file from one line of JSON.
///
/// # Errors
/// The first problem met, with its place.
pub fn parse(json: &str) -> Result<CaseFile, InputError> {
    let place = Place::root();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let file = Optional::<CaseFile>::at(&place)
        .deserialize(&mut deserializer)
        .and_then(|file| deserializer.end().map(|()| file));
    finish(file, place)
}

/// Reads one case file from a tree of values, as a row of a workbook makes it.
pub(super) fn from_value(value: serde_json::Value) -> Result<CaseFile, (InputError, Vec<usize>)> {
    let place = Place::root();
    let file = Optional::<CaseFile>::at(&place).deserialize(value);
    let positions = place.positions();
    finish(file, place).map_err(|error| (error, positions))
}

fn finish(file: Result<Option<CaseFile>, serde_json::Error>, place: Place) -> Result<CaseFile, InputError> {
    match file {
        Ok(Some(file)) => Ok(file),
        // A record without a single key lacks the first one it needs.
        Ok(None) => {
            place.enter(Segment::Key("format"));
            let error = place.fail(Problem::Missing);
            Err(place.input_error(&error))
        }
        Err(error) => Err(place.input_error(&error)),
    }
}

/// How a kind of value is read. Nothing is returned for an object without a present key; an empty
/// object is absent whatever was expected.
trait Read {
    type Value;
    fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<Self::Value>, D::Error>;
}

/// The method by which a visitor of something else takes an empty object as absent.
macro_rules! empty_object_is_absent {
    () => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            match map.next_key::<IgnoredAny>()? {
                None => Ok(None),
                Some(_) => Err(A::Error::invalid_type(Unexpected::Map, &self)),
            }
        }
    };
}

/// A value that may be absent: `null` is.
struct Optional<'p, T> {
    place: &'p Place,
    kind: PhantomData<T>,
}

impl<'p, T> Optional<'p, T> {
    fn at(place: &'p Place) -> Self {
        Optional { place, kind: PhantomData }
    }
}

impl<'de, T: Read> DeserializeSeed<'de> for Optional<'_, T> {
    type Value = Option<T::Value>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_option(self)
    }
}

impl<'de, T: Read> Visitor<'de> for Optional<'_, T> {
    type Value = Option<T::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        T::read(d, self.place)
    }
}

/// A key of an object: its position among the known ones.
struct Key<'p> {
    known: &'static [&'static str],
    place: &'p Place,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<usize, D::Error> {
        d.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        if let Some(position) = self.known.iter().position(|known| *known == key) {
            self.place.enter(Segment::Key(self.known[position]));
            return Ok(position);
        }
        self.place.enter(Segment::Unknown(key.to_owned()));
        Err(self.place.fail(Problem::UnknownKey))
    }
}

/// Reads the keys of an object into a record. `=` takes a value as it is, absent or not; `or` puts
/// the default in place of an absent one; `is` only checks the value. The keys after `requires`
/// must be present.
macro_rules! object {
    ($kind:ty {
        $($name:literal $how:tt $($field:ident).+ : $reader:ty,)*
    } $(requires $($required:literal)+)?) => {
        impl Read for $kind {
            type Value = Self;

            fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<Self>, D::Error> {
                const KEYS: &[&str] = &[$($name),*];

                struct Fields<'p>(&'p Place);

                impl<'de> Visitor<'de> for Fields<'_> {
                    type Value = Option<$kind>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let place = self.0;
                        let mut record = <$kind>::default();
                        let (mut seen, mut present) = (0u32, 0u32);
                        while let Some(key) = map.next_key_seed(Key { known: KEYS, place })? {
                            let bit = 1u32 << key;
                            if seen & bit != 0 {
                                return Err(place.fail(Problem::WrittenTwice));
                            }
                            seen |= bit;
                            let name = KEYS[key];
                            $(if name == $name {
                                let value = map.next_value_seed(Optional::<$reader>::at(place))?;
                                if value.is_some() {
                                    present |= bit;
                                }
                                object!(@put $how record, value, $($field).+);
                            } else)* {}
                            place.leave();
                        }
                        if present == 0 {
                            return Ok(None);
                        }
                        $($(
                            let required = KEYS.iter().position(|key| *key == $required);
                            if required.is_none_or(|key| present & (1 << key) == 0) {
                                place.enter(Segment::Key($required));
                                return Err(place.fail(Problem::Missing));
                            }
                        )+)?
                        Ok(Some(record))
                    }
                }

                place.expect(Expected::Object);
                d.deserialize_map(Fields(place))
            }
        }
    };
    (@put = $record:ident, $value:ident, $($field:ident).+) => { $record.$($field).+ = $value };
    (@put or $record:ident, $value:ident, $($field:ident).+) => {
        $record.$($field).+ = $value.unwrap_or_default()
    };
    (@put is $record:ident, $value:ident, $($field:ident).+) => {{ let (): () = $value.unwrap_or_default(); }};
}

object!(CaseFile {
    "format" is format: Format,
    "case" or case: Name,
    "as_of" = as_of: Day,
    "local" or local: List<LocalPack>,
    "person" or person: Person,
    "applied_on" = applied_on: Day,
    "talk_on" = talk_on: Day,
    "activist" or activist: Listing,
    "mentors" or mentors: List<Mentor>,
    "reviews" or reviews: List<Day>,
    "target" or target: Listing,
    "sponsors" or sponsors: List<Sponsor>,
    "political_review" = political_review: Examination,
    "course" = course: Course,
    "notices" or notices: List<Notice>,
    "pre_examination" = pre_examination: Examination,
    "form_on" = form_on: Day,
    "meeting" or meeting: Meeting,
    "approval_talk_on" = approval_talk_on: Day,
    "approval" or approval: Approval,
    "oath_on" = oath_on: Day,
    "confirmation" or confirmation: Confirmation,
} requires "format" "case");

object!(Person { "dob" = dob: Day, "id_number" = id_number: Words, });

object!(Listing { "on" = on: Day, });

object!(Mentor {
    "name" = name: Words,
    "from" = from: Day,
    "full_member_since" = full_member_since: Day,
});

object!(Sponsor {
    "name" = name: Words,
    "named_on" = named_on: Day,
    "full_member_since" = full_member_since: Day,
});

object!(Examination { "on" = on: Day, "passed" = passed: bool, });

object!(Course {
    "from" = from: Day,
    "to" = to: Day,
    "days" = days: Amount,
    "hours" = hours: Amount,
    "exam_on" = exam_on: Day,
    "passed" = passed: bool,
    "certificate_on" = certificate_on: Day,
});

object!(Notice { "stage" or stage: Stage, "from" = from: Day, "to" = to: Day, } requires "stage");

object!(Meeting {
    "on" = on: Day,
    "due" = votes.due: Count,
    "present" = votes.present: Count,
    "for" = votes.in_favour: Count,
    "against" = votes.against: Count,
    "abstain" = votes.abstain: Count,
    "written_for" = votes.written_for: Count,
    "secret" = votes.secret: bool,
    "signed" = votes.signed: bool,
});

object!(Approval { "on" = on: Day, "probation_from" = probation_from: Day, "probation_to" = probation_to: Day, });

object!(Confirmation {
    "applied_on" = applied_on: Day,
    "meetings" or meetings: List<ConfirmationMeeting>,
    "approval_on" = approval_on: Day,
});

object!(ConfirmationMeeting {
    "on" or on: Day,
    "outcome" or outcome: Outcome,
    "extend_months" = extend_months: Months,
    "due" = votes.due: Count,
    "present" = votes.present: Count,
    "for" = votes.in_favour: Count,
    "against" = votes.against: Count,
    "abstain" = votes.abstain: Count,
    "written_for" = votes.written_for: Count,
    "secret" = votes.secret: bool,
    "signed" = votes.signed: bool,
} requires "on" "outcome");

/// A list of anything; null and objects without a present key have no place in it.
struct List<T>(PhantomData<T>);

impl<T: Read> Read for List<T> {
    type Value = Vec<T::Value>;

    fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<Self::Value>, D::Error> {
        struct Entries<'p, T>(&'p Place, PhantomData<T>);

        impl<'de, T: Read> Visitor<'de> for Entries<'_, T> {
            type Value = Option<Vec<T::Value>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                loop {
                    self.0.enter(Segment::Position(list.len()));
                    let Some(entry) = entries.next_element_seed(Optional::<T>::at(self.0))? else { break };
                    list.push(entry.ok_or_else(|| self.0.fail(Problem::NothingInList))?);
                    self.0.leave();
                }
                self.0.leave();
                Ok(Some(list))
            }

            empty_object_is_absent!();
        }

        place.expect(Expected::List);
        d.deserialize_any(Entries::<T>(place, PhantomData))
    }
}

/// Reads text by a function from the text to a value or a problem.
struct FromText<'p, T>(&'p Place, fn(&str) -> Result<T, Problem>);

impl<'de, T> Visitor<'de> for FromText<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        (self.1)(text).map(Some).map_err(|problem| self.0.fail(problem))
    }

    empty_object_is_absent!();
}

macro_rules! text {
    ($kind:ty, $value:ty, $expected:expr, $read:expr) => {
        impl Read for $kind {
            type Value = $value;

            fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<$value>, D::Error> {
                place.expect($expected);
                d.deserialize_any(FromText(place, $read))
            }
        }
    };
}

/// A text, possibly empty.
struct Words;
text!(Words, String, Expected::Text, |text| Ok(text.to_owned()));

/// The name of a case.
struct Name;
text!(Name, String, Expected::Text, |text| {
    if text.is_empty() { Err(Problem::Empty) } else { Ok(text.to_owned()) }
});

/// The name of the format.
struct Format;
text!(Format, (), Expected::Text, |text| {
    if text == FORMAT { Ok(()) } else { Err(Problem::Word(&[FORMAT])) }
});

text!(LocalPack, LocalPack, Expected::Text, |text| match text {
    "source-plan" => Ok(LocalPack::SourcePlan),
    _ => Err(Problem::Word(&["source-plan"])),
});

text!(Stage, Stage, Expected::Text, |text| match text {
    "target" => Ok(Stage::Target),
    "admission" => Ok(Stage::Admission),
    "confirmation" => Ok(Stage::Confirmation),
    _ => Err(Problem::Word(&["target", "admission", "confirmation"])),
});

text!(Outcome, Outcome, Expected::Text, |text| match text {
    "confirm" => Ok(Outcome::Confirm),
    "extend" => Ok(Outcome::Extend),
    "cancel" => Ok(Outcome::Cancel),
    _ => Err(Problem::Word(&["confirm", "extend", "cancel"])),
});

/// A day, `YYYY-MM-DD` in ASCII digits, from 1900 to 2099.
struct Day;
text!(Day, Date, Expected::Day, |text| {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return Err(Problem::NotADay) };
    let digits = [a, b, c, d, e, f, g, h].map(|digit| digit.wrapping_sub(b'0'));
    if digits.iter().any(|digit| *digit > 9) {
        return Err(Problem::NotADay);
    }
    let [a, b, c, d, e, f, g, h] = digits.map(i16::from);
    let year = a * 1000 + b * 100 + c * 10 + d;
    if !(1900..=2099).contains(&year) {
        return Err(Problem::Year);
    }
    // Invariant: two digits always fit.
    Date::new(year, (e * 10 + f) as i8, (g * 10 + h) as i8).map_err(|_| Problem::NoSuchDay)
});

impl Read for bool {
    type Value = bool;

    fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<bool>, D::Error> {
        struct Truth;

        impl<'de> Visitor<'de> for Truth {
            type Value = Option<bool>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Option<bool>, E> {
                Ok(Some(truth))
            }

            empty_object_is_absent!();
        }

        place.expect(Expected::Truth);
        d.deserialize_any(Truth)
    }
}

/// Reads a whole number in a range. `25.0` is a whole number too: JSON has one kind of number, and
/// spreadsheets write nothing else.
struct Whole<'p> {
    place: &'p Place,
    least: i32,
    most: i32,
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<Option<i32>, E> {
        let whole = i32::try_from(n).ok().filter(|n| (self.least..=self.most).contains(n));
        if whole.is_none() {
            return Err(self.place.fail(Problem::Range(self.least.into(), self.most.into())));
        }
        Ok(whole)
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<Option<i32>, E> {
        self.visit_i64(i64::try_from(n).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<Option<i32>, E> {
        if n.fract() == 0.0 && n.abs() <= f64::from(i32::MAX) {
            return self.visit_i64(n as i64);
        }
        Err(self.place.fail(Problem::NotWhole(self.least.into(), self.most.into())))
    }

    empty_object_is_absent!();
}

/// A count of votes.
struct Count;

impl Read for Count {
    type Value = i32;

    fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<i32>, D::Error> {
        place.expect(Expected::WholeNumber);
        d.deserialize_any(Whole { place, least: -1_000_000, most: 1_000_000 })
    }
}

/// The months of an extension.
struct Months;

impl Read for Months {
    type Value = u16;

    fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<u16>, D::Error> {
        place.expect(Expected::WholeNumber);
        let months = d.deserialize_any(Whole { place, least: 0, most: 120 })?;
        Ok(months.and_then(|months| u16::try_from(months).ok()))
    }
}

impl Read for Amount {
    type Value = Amount;

    fn read<'de, D: Deserializer<'de>>(d: D, place: &Place) -> Result<Option<Amount>, D::Error> {
        struct Fraction<'p>(&'p Place);

        impl Fraction<'_> {
            fn admit<E: Error>(&self, amount: Option<Amount>) -> Result<Option<Amount>, E> {
                if amount.is_none() {
                    return Err(self.0.fail(Problem::Range(0, 10_000)));
                }
                Ok(amount)
            }
        }

        impl<'de> Visitor<'de> for Fraction<'_> {
            type Value = Option<Amount>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<Option<Amount>, E> {
                self.admit(Amount::whole(n))
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<Option<Amount>, E> {
                self.admit(u64::try_from(n).ok().and_then(Amount::whole))
            }

            fn visit_f64<E: Error>(self, n: f64) -> Result<Option<Amount>, E> {
                self.admit(Amount::fraction(n))
            }

            empty_object_is_absent!();
        }

        place.expect(Expected::Number);
        d.deserialize_any(Fraction(place))
    }
}

#[cfg(test)]
mod tests;
