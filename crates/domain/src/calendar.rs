//! Working days (工作日): Monday to Friday, except as the yearly tables in `rulebooks/calendar` say.
//! A year without a table counts Monday to Friday. Nothing here knows what is counted or why.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

/// The tables that came with the program.
const TABLES: [&str; 1] = [include_str!("../../../rulebooks/calendar/2026.toml")];

/// Which days offices work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    years: BTreeSet<i16>,
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
    off: Vec<toml::value::Datetime>,
    worked: Vec<toml::value::Datetime>,
}

impl Calendar {
    /// The calendar that came with the program.
    ///
    /// # Panics
    /// Never: a test reads the same tables.
    #[must_use]
    pub fn embedded() -> Self {
        Calendar::parse(&TABLES).expect("a test reads the tables that came with the program")
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
