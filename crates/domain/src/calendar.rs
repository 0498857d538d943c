//! Working days (工作日): Monday to Friday, except as the yearly tables in `rulebooks/calendar` say.
//! A year without a table counts Monday to Friday. Nothing here knows what is counted or why.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

/// The table that the audit of outside files counts by: the only rule in working days begins in
/// 2026, and the audit's contract counts every other year from Monday to Friday.
const OF_THE_AUDIT: [&str; 1] = [include_str!("../../../rulebooks/calendar/2026.toml")];

/// Every table that came with the program.
const PUBLISHED: [&str; 25] = [
    include_str!("../../../rulebooks/calendar/2002.toml"),
    include_str!("../../../rulebooks/calendar/2003.toml"),
    include_str!("../../../rulebooks/calendar/2004.toml"),
    include_str!("../../../rulebooks/calendar/2005.toml"),
    include_str!("../../../rulebooks/calendar/2006.toml"),
    include_str!("../../../rulebooks/calendar/2007.toml"),
    include_str!("../../../rulebooks/calendar/2008.toml"),
    include_str!("../../../rulebooks/calendar/2009.toml"),
    include_str!("../../../rulebooks/calendar/2010.toml"),
    include_str!("../../../rulebooks/calendar/2011.toml"),
    include_str!("../../../rulebooks/calendar/2012.toml"),
    include_str!("../../../rulebooks/calendar/2013.toml"),
    include_str!("../../../rulebooks/calendar/2014.toml"),
    include_str!("../../../rulebooks/calendar/2015.toml"),
    include_str!("../../../rulebooks/calendar/2016.toml"),
    include_str!("../../../rulebooks/calendar/2017.toml"),
    include_str!("../../../rulebooks/calendar/2018.toml"),
    include_str!("../../../rulebooks/calendar/2019.toml"),
    include_str!("../../../rulebooks/calendar/2020.toml"),
    include_str!("../../../rulebooks/calendar/2021.toml"),
    include_str!("../../../rulebooks/calendar/2022.toml"),
    include_str!("../../../rulebooks/calendar/2023.toml"),
    include_str!("../../../rulebooks/calendar/2024.toml"),
    include_str!("../../../rulebooks/calendar/2025.toml"),
    OF_THE_AUDIT[0],
];

/// Which days offices work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    years: BTreeSet<i16>,
    provisional: BTreeSet<i16>,
    off: BTreeSet<Date>,
    worked: BTreeSet<Date>,
}

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// It is not a table of this form.
    #[error("{0}")]
    Form(String),
    /// A day lies outside the year of the table.
    #[error("{0} is not in the year of its table")]
    OtherYear(Date),
    /// A day is listed where it changes nothing.
    #[error("{0} is listed, but would be so anyway")]
    Idle(Date),
    /// Two tables for one year.
    #[error("there are two tables for {0}")]
    Twice(i16),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    year: i16,
    #[serde(default)]
    is_provisional: bool,
    off: Vec<toml::value::Datetime>,
    worked: Vec<toml::value::Datetime>,
}

impl Calendar {
    /// The calendar of the audit of outside files: 2026 by its table, other years by weekdays.
    ///
    /// # Panics
    /// Never: a test reads the same tables.
    #[must_use]
    pub fn embedded() -> Self {
        Calendar::parse(&OF_THE_AUDIT).expect("a test reads the tables that came with the program")
    }

    /// Holidays and make-up days from 2002 on, as published; the live system counts by these.
    ///
    /// # Panics
    /// Never: a test reads the same tables.
    #[must_use]
    pub fn published() -> Self {
        Calendar::parse(&PUBLISHED).expect("a test reads the tables that came with the program")
    }

    /// Reads the yearly tables.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn parse(tables: &[&str]) -> Result<Self, CalendarError> {
        let mut calendar = Calendar::default();
        for text in tables {
            let table: Table = toml::from_str(text).map_err(|e| CalendarError::Form(e.to_string()))?;
            if !calendar.years.insert(table.year) {
                return Err(CalendarError::Twice(table.year));
            }
            if table.is_provisional {
                calendar.provisional.insert(table.year);
            }
            calendar.off.extend(days(&table.off, table.year, true)?);
            calendar.worked.extend(days(&table.worked, table.year, false)?);
        }
        Ok(calendar)
    }

    /// Whether there is a table for a year; without one, counts are provisional.
    #[must_use]
    pub fn has_table(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    /// Whether a count in a year may still change: there is no table, or the table was not yet held
    /// against the notice.
    #[must_use]
    pub fn is_provisional(&self, year: i16) -> bool {
        !self.has_table(year) || self.provisional.contains(&year)
    }

    /// The last of `n` working days, counting from a day on; the day itself counts if it is worked.
    /// None when `n` is 0 or the calendar of dates ends first.
    #[must_use]
    pub fn last_of(&self, from: Date, n: u32) -> Option<Date> {
        let mut left = n.checked_sub(1)?;
        let mut day = from;
        loop {
            if self.is_working_day(day) {
                if left == 0 {
                    return Some(day);
                }
                left -= 1;
            }
            day = day.tomorrow().ok()?;
        }
    }

    /// Whether offices work on a day.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        if is_weekday(day) { !self.off.contains(&day) } else { self.worked.contains(&day) }
    }
}

fn days(listed: &[toml::value::Datetime], year: i16, weekday: bool) -> Result<Vec<Date>, CalendarError> {
    let read = |entry: &toml::value::Datetime| {
        let day: Date = entry.to_string().parse().map_err(|_| CalendarError::Form(entry.to_string()))?;
        match day {
            day if day.year() != year => Err(CalendarError::OtherYear(day)),
            day if is_weekday(day) != weekday => Err(CalendarError::Idle(day)),
            day => Ok(day),
        }
    };
    listed.iter().map(read).collect()
}

fn is_weekday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    fn working(from: Date, to: Date) -> usize {
        let calendar = Calendar::embedded();
        let days = from.series(1.day()).take_while(|day| *day <= to);
        days.filter(|day| calendar.is_working_day(*day)).count()
    }

    #[test]
    fn the_year_with_a_table() {
        let calendar = Calendar::embedded();
        for (day, works) in [
            (date(2026, 5, 9), true),
            (date(2026, 5, 10), false),
            (date(2026, 6, 19), false),
            (date(2026, 6, 18), true),
            (date(2026, 10, 10), true),
            (date(2026, 10, 8), true),
        ] {
            assert_eq!(calendar.is_working_day(day), works, "{day}");
        }
        assert!(calendar.has_table(2026) && !calendar.has_table(2027));
        // 365 days, 104 of them on weekends: 19 weekdays off, 6 weekend days worked.
        assert_eq!(working(date(2026, 1, 1), date(2026, 12, 31)), 365 - 104 - 19 + 6);
    }

    #[test]
    fn published_years_have_their_holidays() {
        let calendar = Calendar::published();
        for (day, works) in [
            (date(2003, 2, 3), false),
            (date(2003, 2, 8), true),
            (date(2005, 12, 31), true),
            (date(2006, 1, 3), false),
            (date(2008, 9, 29), false),
            (date(2008, 9, 27), true),
            (date(2014, 5, 28), true),
            (date(2025, 10, 8), false),
            (date(2025, 10, 11), true),
        ] {
            assert_eq!(calendar.is_working_day(day), works, "{day}");
        }
        assert!((2002..=2026).all(|year| calendar.has_table(year)));
        assert!(
            calendar.is_provisional(2003) && !calendar.is_provisional(2014) && calendar.is_provisional(2027)
        );
    }

    #[test]
    fn a_posting_ends_with_its_last_working_day() {
        let calendar = Calendar::embedded();
        for (from, n, last) in [
            (date(2003, 3, 3), 5, date(2003, 3, 7)),
            (date(2003, 3, 5), 5, date(2003, 3, 11)),
            (date(2003, 3, 8), 5, date(2003, 3, 14)),
            (date(2003, 3, 3), 7, date(2003, 3, 11)),
            (date(2026, 9, 30), 2, date(2026, 10, 8)),
        ] {
            assert_eq!(calendar.last_of(from, n), Some(last), "{from} {n}");
        }
        assert_eq!(calendar.last_of(date(2003, 3, 3), 0), None);
        // Spring Festival of 2003: a notice of five days begun on the eve ends after the make-up days.
        assert_eq!(Calendar::published().last_of(date(2003, 1, 30), 5), Some(date(2003, 2, 10)));
    }

    #[test]
    fn years_without_a_table_count_weekdays() {
        assert_eq!(working(date(2003, 3, 3), date(2003, 3, 7)), 5);
        assert_eq!(working(date(2003, 3, 8), date(2003, 3, 14)), 5);
        assert_eq!(working(date(2027, 10, 1), date(2027, 10, 1)), 1);
    }

    #[test]
    fn a_table_that_says_nothing_is_refused() {
        let refused = |text: &str| Calendar::parse(&[text]).unwrap_err();
        let idle = "year = 2027\noff = [2027-01-02]\nworked = []";
        assert_eq!(refused(idle), CalendarError::Idle(date(2027, 1, 2)));
        let other = "year = 2027\noff = [2026-01-01]\nworked = []";
        assert_eq!(refused(other), CalendarError::OtherYear(date(2026, 1, 1)));
        assert!(matches!(refused("year = 2027\noff = [1]\nworked = []"), CalendarError::Form(_)));
        let year = "year = 2027\noff = []\nworked = []";
        assert_eq!(Calendar::parse(&[year, year]), Err(CalendarError::Twice(2027)));
    }
}
