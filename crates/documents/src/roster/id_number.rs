//! Identity numbers (公民身份号码, GB 11643-1999): 18 characters, or the 15 digits of papers from
//! before 2013. The number is never shown in a message.

use std::fmt;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::problem::IdCause;

/// An identity number that stands the tests of its standard.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdNumber {
    /// As written: 15 digits, or 17 digits and a digit or X.
    characters: String,
    born_on: Date,
}

impl IdNumber {
    /// Reads a number as offices write it: spaces dropped, full-width digits and small x folded.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, IdCause> {
        let characters: String =
            text.nfkc().filter(|c| !c.is_whitespace()).map(|c| if c == 'x' { 'X' } else { c }).collect();
        let n_chars = characters.chars().count();
        if n_chars != 15 && n_chars != 18 {
            return Err(IdCause::Length { n_chars });
        }
        let n_digits = n_chars.min(17);
        let has_digits = characters.chars().take(n_digits).all(|c| c.is_ascii_digit());
        let has_end = characters.chars().skip(n_digits).all(|c| c.is_ascii_digit() || c == 'X');
        if !has_digits || !has_end {
            return Err(IdCause::Characters);
        }
        if n_chars == 18 && !characters.ends_with(check_character(&characters)) {
            return Err(IdCause::Check);
        }
        let birth =
            if n_chars == 18 { characters[6..14].to_owned() } else { format!("19{}", &characters[6..12]) };
        let born_on = parse_birth(&birth).ok_or(IdCause::Day)?;
        Ok(IdNumber { characters, born_on })
    }

    /// The number as written: 15 or 18 characters.
    pub fn as_str(&self) -> &str {
        &self.characters
    }

    /// The day of birth in it.
    pub fn born_on(&self) -> Date {
        self.born_on
    }

    /// Whether its serial number is that of a male person.
    pub fn is_male(&self) -> bool {
        // Invariant: both lengths have a digit there; 15 digits have no check character behind it.
        let at = if self.characters.len() == 18 { 16 } else { 14 };
        self.characters.as_bytes()[at] % 2 == 1
    }
}

/// Masked: the region only.
impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({}…)", &self.characters[..6])
    }
}

fn parse_birth(digits: &str) -> Option<Date> {
    let (year, month, day) =
        (digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?);
    Date::new(year, month, day).ok().filter(|day| (1800..=2099).contains(&day.year()))
}

fn check_character(characters: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 =
        characters.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_examples_of_the_standard_stand() {
        for (text, born_on, is_male) in [
            ("11010519491231002X", date(1949, 12, 31), false),
            ("440524188001010014", date(1880, 1, 1), true),
            ("110101198003070017", date(1980, 3, 7), true),
            ("320102198511305025", date(1985, 11, 30), false),
            (" 1101 0519 4912 3100 2x ", date(1949, 12, 31), false),
            ("１１０１０５１９４９１２３１００２Ｘ", date(1949, 12, 31), false),
            ("110105491231002", date(1949, 12, 31), false),
        ] {
            let number = IdNumber::parse(text).unwrap();
            assert_eq!((number.born_on(), number.is_male()), (born_on, is_male), "{text}");
        }
    }

    #[test]
    fn any_changed_digit_is_caught() {
        let sound = "11010519491231002X";
        for at in 0..17 {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = sound.chars().collect();
                if wrong[at] != digit {
                    wrong[at] = digit;
                    let wrong: String = wrong.into_iter().collect();
                    assert_eq!(IdNumber::parse(&wrong), Err(IdCause::Check), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn each_fault_has_its_cause() {
        for (text, cause) in [
            ("110105194912310021", IdCause::Check),
            ("1101051949123100", IdCause::Length { n_chars: 16 }),
            ("", IdCause::Length { n_chars: 0 }),
            ("1101051949123100X2", IdCause::Characters),
            ("11010549123100X", IdCause::Characters),
            ("张10105194912310021", IdCause::Characters),
            ("110105491301002", IdCause::Day),
        ] {
            assert_eq!(IdNumber::parse(text), Err(cause), "{text}");
        }
    }

    #[test]
    fn the_number_is_not_shown() {
        let number = IdNumber::parse("11010519491231002X").unwrap();
        assert!(!format!("{number:?}").contains("1949"));
    }
}
