//! Citizen identity numbers (公民身份号码, GB 11643-1999): the check character, the fifteen-digit
//! form that ended in 2013, what the number says about birth and sex, and the masked form. Whether
//! a number belongs to a person is never known here.

use std::fmt;

use jiff::civil::Date;

/// Weights of the first seventeen digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check character for each remainder modulo eleven.
const CHECKS: &[u8; 11] = b"10X98765432";

/// An identity number of eighteen characters whose check character is right and whose birth date
/// exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber([u8; 18]);

/// Why a text is not an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Neither fifteen nor eighteen characters.
    #[error("an identity number has 15 or 18 characters")]
    Length,
    /// A character that is no ASCII digit, other than a last X.
    #[error("an identity number is made of digits, and may end in X")]
    Digit,
    /// The check character is another one.
    #[error("the check character does not fit the other seventeen")]
    Check,
    /// The birth date in the number is no day of the calendar.
    #[error("the birth date in the number does not exist")]
    BirthDate,
}

/// What an identity number says of a person's sex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// 女: an even serial number.
    Female,
    /// 男: an odd serial number.
    Male,
}

impl IdNumber {
    /// Reads eighteen characters, or converts the fifteen of the older form.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let mut number = [0u8; 18];
        match text.chars().count() {
            15 => {
                let digits: &[u8; 15] = text.as_bytes().try_into().map_err(|_| IdNumberError::Digit)?;
                number[..6].copy_from_slice(&digits[..6]);
                number[6..8].copy_from_slice(b"19");
                number[8..17].copy_from_slice(&digits[6..]);
                number[17] = check_character(&number[..17]).ok_or(IdNumberError::Digit)?;
            }
            18 => {
                number = text.as_bytes().try_into().map_err(|_| IdNumberError::Digit)?;
                let check = check_character(&number[..17]).ok_or(IdNumberError::Digit)?;
                number[17].make_ascii_uppercase();
                if number[17] != check {
                    let readable = number[17].is_ascii_digit() || number[17] == b'X';
                    return Err(if readable { IdNumberError::Check } else { IdNumberError::Digit });
                }
            }
            _ => return Err(IdNumberError::Length),
        }
        birth_date(&number[6..14]).ok_or(IdNumberError::BirthDate)?;
        Ok(IdNumber(number))
    }

    /// The day of birth written in the number.
    #[must_use]
    pub fn born_on(&self) -> Date {
        birth_date(&self.0[6..14]).expect("parsing checked that the day exists")
    }

    /// The sex written in the number.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// All eighteen characters. Only for storage and for papers that must show them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).expect("parsing admitted ASCII only")
    }

    /// The form that may be shown: four characters at each end.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(self.reveal())
    }
}

/// Numbers are masked wherever they are printed, and so also in logs.
impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({})", self.masked())
    }
}

impl fmt::Display for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Masks any text that stands where an identity number should: the first four and the last four
/// characters stay, and a text of eight or fewer disappears entirely.
#[must_use]
pub fn mask(text: &str) -> String {
    let length = text.chars().count();
    let shows = |position: usize| length > 8 && (position < 4 || position + 4 >= length);
    text.chars().enumerate().map(|(position, c)| if shows(position) { c } else { '*' }).collect()
}

/// What contradicts an identity number as it was written down, if anything (V01.id_mismatch).
///
/// Only eighteen characters can have a wrong check character, and only fifteen or eighteen can
/// disagree with a birth date. Other lengths say nothing.
#[must_use]
pub fn contradiction(text: &str, born_on: Option<Date>) -> Option<Contradiction> {
    let bytes = text.as_bytes();
    // Invariant: ASCII of the same length, or else some character is no ASCII digit.
    let length = if text.is_ascii() { bytes.len() } else { text.chars().count() };
    if length == 18 {
        let check = if text.is_ascii() { check_character(&bytes[..17]) } else { None };
        if check.is_none_or(|check| bytes[17].to_ascii_uppercase() != check) {
            return Some(Contradiction::Check);
        }
    }
    let born_on = born_on?;
    let says_otherwise = match length {
        18 => bytes[6..14] != written(born_on),
        15 => {
            let written = written(born_on);
            !(written.starts_with(b"19")
                && text.chars().skip(6).take(6).eq(written[2..].iter().map(|&d| char::from(d))))
        }
        _ => false,
    };
    says_otherwise.then_some(Contradiction::BirthDate)
}

/// See [`contradiction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The number does not fit its own check character.
    Check,
    /// The number and the record give different days of birth.
    BirthDate,
}

/// The check character of seventeen digits; nothing if one of them is no ASCII digit.
pub fn check_character(digits: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        if !digit.is_ascii_digit() {
            return None;
        }
        sum += u32::from(digit - b'0') * weight;
    }
    Some(CHECKS[(sum % 11) as usize])
}

fn birth_date(digits: &[u8]) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| {
        digits[range].iter().try_fold(0i16, |n, d| d.is_ascii_digit().then(|| n * 10 + i16::from(d - b'0')))
    };
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The eight digits of a day, as they stand in a number.
fn written(day: Date) -> [u8; 8] {
    let mut rest =
        u32::from(day.year().unsigned_abs()) * 10_000 + (day.month() as u32) * 100 + day.day() as u32;
    let mut digits = [0; 8];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const VALID: [&str; 5] = [
        "11010519491231002X",
        "440524188001010014",
        "110101198003070017",
        "320102198511305025",
        "999999198407011233",
    ];

    #[test]
    fn the_known_numbers_are_valid_and_any_changed_digit_is_not() {
        for number in VALID {
            assert_eq!(IdNumber::parse(number).unwrap().reveal(), number);
            for position in 0..18 {
                for digit in b'0'..=b'9' {
                    let mut changed = number.as_bytes().to_vec();
                    if changed[position] == digit {
                        continue;
                    }
                    changed[position] = digit;
                    let changed = String::from_utf8(changed).unwrap();
                    assert!(IdNumber::parse(&changed).is_err(), "{changed}");
                    assert_eq!(contradiction(&changed, None), Some(Contradiction::Check), "{changed}");
                }
            }
        }
    }

    #[test]
    fn fifteen_digits_are_converted() {
        let number = IdNumber::parse("110105491231002").unwrap();
        assert_eq!(number.reveal(), "11010519491231002X");
        assert_eq!(number.born_on(), date(1949, 12, 31));
        assert_eq!(number.sex(), Sex::Female);
        assert_eq!(IdNumber::parse("110101198003070017").unwrap().sex(), Sex::Male);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("1101051949123100", IdNumberError::Length),
            ("110105194912310021", IdNumberError::Check),
            ("11010519491231002?", IdNumberError::Digit),
            ("11010519491231002\u{ff38}", IdNumberError::Digit),
            ("1101054912310X2", IdNumberError::Digit),
            ("110105491301002", IdNumberError::BirthDate),
        ] {
            assert_eq!(IdNumber::parse(text), Err(error), "{text}");
        }
        assert_eq!(IdNumber::parse("11010519491231002x").unwrap().reveal(), VALID[0]);
    }

    #[test]
    fn contradictions_follow_the_written_characters() {
        let born_on = date(1949, 12, 31);
        for (text, dob, expected) in [
            ("11010519491231002x", Some(born_on), None),
            ("11010519491231002X", Some(date(1949, 12, 30)), Some(Contradiction::BirthDate)),
            ("11010519491231002X", None, None),
            ("110105491231002", Some(born_on), None),
            ("110105491231002", Some(date(2049, 12, 31)), Some(Contradiction::BirthDate)),
            ("11010549123100\u{ff12}", Some(born_on), None),
            ("1101054912310021", Some(date(2000, 1, 1)), None),
            ("", Some(born_on), None),
            ("１10105194912310021", None, Some(Contradiction::Check)),
        ] {
            assert_eq!(contradiction(text, dob), expected, "{text}");
        }
    }

    #[test]
    fn masking_leaves_four_at_each_end() {
        assert_eq!(IdNumber::parse(VALID[0]).unwrap().to_string(), "1101**********002X");
        assert_eq!(mask("12345678"), "********");
        assert_eq!(mask("123456789"), "1234*6789");
        assert_eq!(format!("{:?}", IdNumber::parse(VALID[0]).unwrap()), "IdNumber(1101**********002X)");
    }
}
