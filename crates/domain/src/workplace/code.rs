//! Codes of legal persons: the unified social credit code (统一社会信用代码, GB 32100-2015) of 18
//! characters, and the older organisation code (组织机构代码, GB 11714-1997) of 9, which stands in the
//! newer one at places 9 to 17. Either ends in a check character.

/// What is wrong with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// Neither 18 nor 9 characters.
    Length(usize),
    /// A character that the standard does not use, at a place from 1.
    Character(usize),
    /// The check character of the credit code does not agree.
    Check,
    /// The check character of the organisation code does not agree.
    InnerCheck,
}

/// Characters of a credit code in the order of their values; I, O, S, V and Z are not used.
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of 3 modulo 31.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Checks a code, written with large letters and without separators.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check_code(code: &str) -> Result<(), CodeFault> {
    match code.chars().count() {
        18 => check_credit_code(code.as_bytes()),
        9 => check_organisation_code(code.as_bytes(), 0),
        n => Err(CodeFault::Length(n)),
    }
}

fn check_credit_code(code: &[u8]) -> Result<(), CodeFault> {
    let mut values = Vec::with_capacity(18);
    for (place, character) in code.iter().enumerate() {
        let value = ALPHABET.iter().position(|known| known == character);
        values.push(value.ok_or(CodeFault::Character(place + 1))? as u32);
    }
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    if values.last() != Some(&((31 - sum % 31) % 31)) {
        return Err(CodeFault::Check);
    }
    check_organisation_code(code.get(8..17).unwrap_or_default(), 8)
}

/// Checks the nine characters that begin after some others.
fn check_organisation_code(code: &[u8], before: usize) -> Result<(), CodeFault> {
    let mut sum = 0;
    for (place, (&character, weight)) in code.iter().zip(INNER_WEIGHTS).enumerate() {
        let value = match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A' + 10,
            _ => return Err(CodeFault::Character(before + place + 1)),
        };
        sum += u32::from(value) * weight;
    }
    let check = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    };
    match code.last() {
        Some(&last) if last == check => Ok(()),
        Some(last) if !last.is_ascii_digit() && *last != b'X' => Err(CodeFault::Character(before + 9)),
        _ => Err(CodeFault::InnerCheck),
    }
}

/// The check character of an organisation code of eight digits or letters; for invented places.
#[must_use]
pub fn organisation_check(front: &str) -> char {
    let candidates = "0123456789X".chars();
    let fits = |check: &char| check_code(&format!("{front}{check}")).is_ok();
    candidates.into_iter().find(fits).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_are_sound() {
        assert_eq!(check_code("D2143569X"), Ok(()), "GB 11714");
        assert_eq!(check_code("91350100M000100Y43"), Ok(()), "GB 32100");
    }

    #[test]
    fn one_changed_character_is_found_at_every_place() {
        for sound in ["D2143569X", "91350100M000100Y43"] {
            for place in 0..sound.len() {
                for other in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
                    let mut changed: Vec<char> = sound.chars().collect();
                    if changed[place] == other {
                        continue;
                    }
                    changed[place] = other;
                    let changed: String = changed.into_iter().collect();
                    // Modulo 11 two letters eleven apart in value are one to the older code.
                    if sound.len() == 18 {
                        assert!(check_code(&changed).is_err(), "{changed}");
                    }
                }
            }
        }
        assert_eq!(check_code("D21435691"), Err(CodeFault::InnerCheck));
        assert_eq!(check_code("91350100M000100Y44"), Err(CodeFault::Check));
    }

    #[test]
    fn length_and_alphabet_are_told() {
        assert_eq!(check_code("9135"), Err(CodeFault::Length(4)));
        assert_eq!(check_code("91350100M000100Y4I"), Err(CodeFault::Character(18)), "I is not used");
        assert_eq!(check_code("D214_569X"), Err(CodeFault::Character(5)));
        assert_eq!(
            check_code("单位代码单位代码单"),
            Err(CodeFault::Character(1)),
            "nine letters of any kind"
        );
    }

    #[test]
    fn an_invented_code_gets_its_check_character() {
        assert_eq!(organisation_check("D2143569"), 'X');
        assert!(check_code(&format!("71400001{}", organisation_check("71400001"))).is_ok());
    }
}
