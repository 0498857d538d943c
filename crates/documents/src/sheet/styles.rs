//! Which cell styles show a number as a day. Everything else about styles is passed over.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::xml::{Item, Xml, attribute};
use crate::problem::{Problem, SizeCause};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// For each style of a cell, whether it shows a day.
#[derive(Debug, Default)]
pub(super) struct Styles {
    is_day: Vec<bool>,
}

/// The day from which a workbook counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Day 1 is 1900-01-01, and 1900 is taken for a leap year.
    Y1900,
    /// Day 0 is 1904-01-01.
    Y1904,
}

impl Styles {
    pub(super) fn read(source: impl BufRead, part: &str) -> Result<Self, Problem> {
        let mut styles = Styles::default();
        let mut formats: BTreeMap<u32, bool> = BTreeMap::new();
        let mut is_in_cell_styles = false;
        let mut xml = Xml::new(source, part);
        loop {
            if styles.is_day.len().max(formats.len()) > N_STYLES {
                return Err(Problem::file(SizeCause::Parts { max: N_STYLES }));
            }
            match xml.next()? {
                Item::Start(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                        if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")) {
                            formats.insert(id, shows_day(&code));
                        }
                    }
                    "cellXfs" => is_in_cell_styles = true,
                    "xf" if is_in_cell_styles => {
                        let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                        let is_day = formats.get(&id).copied().unwrap_or_else(|| is_builtin_day(id));
                        styles.is_day.push(is_day);
                    }
                    _ => {}
                },
                Item::End(element) => match element.local_name().as_ref() {
                    "cellXfs" => is_in_cell_styles = false,
                    "styleSheet" => return Ok(styles),
                    _ => {}
                },
                Item::Over => return Err(xml.cut_short()),
                Item::Text(_) | Item::Aside => {}
            }
        }
    }

    pub(super) fn is_day(&self, style: usize) -> bool {
        self.is_day.get(style).copied().unwrap_or(false)
    }
}

impl Epoch {
    /// The day a serial number stands for; the 1900 calendar's 29 February 1900 is none.
    pub(super) fn day(self, serial: f64) -> Option<Date> {
        if !(0.0..SERIAL_END).contains(&serial) {
            return None;
        }
        let days = serial.floor() as i64;
        let day_zero = match self {
            Epoch::Y1900 if days == 0 || days == 60 => return None,
            Epoch::Y1900 if days < 60 => date(1899, 12, 31),
            Epoch::Y1900 => date(1899, 12, 30),
            Epoch::Y1904 => date(1904, 1, 1),
        };
        day_zero.checked_add(days.days()).ok()
    }
}

/// A format with a year or a day in it shows a day; hours alone show a time.
fn shows_day(code: &str) -> bool {
    let mut chars = code.chars();
    let (mut has_day, mut has_month, mut has_time) = (false, false, false);
    while let Some(c) = chars.next() {
        match c {
            // Only the first section counts: it is the one for positive numbers.
            ';' => break,
            '"' => while chars.next().is_some_and(|c| c != '"') {},
            '[' => {
                let bracket: String = chars.by_ref().take_while(|&c| c != ']').collect();
                has_time |= is_elapsed_time(&bracket);
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            // `General` and `0.00E+00` have letters, but none of a date.
            'G' | 'E' => return false,
            'y' | 'Y' | 'd' | 'D' | 'e' => has_day = true,
            'm' | 'M' => has_month = true,
            'h' | 'H' | 's' | 'S' => has_time = true,
            _ => {}
        }
    }
    has_day || (has_month && !has_time)
}

fn is_elapsed_time(bracket: &str) -> bool {
    !bracket.is_empty() && bracket.chars().all(|c| matches!(c, 'h' | 'H' | 'm' | 'M' | 's' | 'S'))
}

/// Formats that have a number instead of a code; 27 to 58 are the East Asian ones.
fn is_builtin_day(id: u32) -> bool {
    matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58)
}

/// The first serial number after 9999-12-31 in the 1900 calendar.
const SERIAL_END: f64 = 2_958_466.0;

/// The most a workbook may have, with some room.
const N_STYLES: usize = 70_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_show_a_day_are_told_from_others() {
        for code in [
            "yyyy-mm-dd",
            "yyyy\"年\"m\"月\"d\"日\"",
            "[$-804]yyyy/m/d;@",
            "m/d",
            "m\"月\"d\"日\"",
            "mmm-yy",
            "yyyy/m/d h:mm",
            "[Red]d.m.",
            "[$-F800]dddd\\,\\ mmmm",
        ] {
            assert!(shows_day(code), "{code}");
        }
        for code in [
            "General",
            "0.00",
            "@",
            "h:mm:ss",
            "[h]:mm",
            "mm:ss.0",
            "0\"day\"",
            "#,##0;[Red]-d",
            "0.00E+00",
            "\\d0",
            "[$-804]0",
            "h\"时\"mm\"分\"",
        ] {
            assert!(!shows_day(code), "{code}");
        }
    }

    #[test]
    fn serial_numbers_are_days() {
        for (epoch, serial, day) in [
            (Epoch::Y1900, 1.0, Some(date(1900, 1, 1))),
            (Epoch::Y1900, 59.0, Some(date(1900, 2, 28))),
            (Epoch::Y1900, 60.0, None),
            (Epoch::Y1900, 61.0, Some(date(1900, 3, 1))),
            (Epoch::Y1900, 38_064.75, Some(date(2004, 3, 18))),
            (Epoch::Y1904, 36_602.0, Some(date(2004, 3, 18))),
            (Epoch::Y1900, 2_958_465.0, Some(date(9999, 12, 31))),
            (Epoch::Y1900, 2_958_466.0, None),
            (Epoch::Y1904, 2_958_465.0, None),
            (Epoch::Y1900, -1.0, None),
            (Epoch::Y1900, f64::NAN, None),
        ] {
            assert_eq!(epoch.day(serial), day, "{epoch:?} {serial}");
        }
    }

    #[test]
    fn only_cell_styles_count() {
        let part = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy&quot;年&quot;'/></numFmts>\
            <cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>\
            <cellXfs><xf/><xf numFmtId='164'/><xf numFmtId='14'><alignment/></xf></cellXfs></styleSheet>";
        let styles = Styles::read(part.as_bytes(), "styles").unwrap();
        assert_eq!([0, 1, 2, 3].map(|style| styles.is_day(style)), [false, true, true, false]);
    }
}
