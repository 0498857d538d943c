//! The two clocks. When a thing happened is a civil date and a claim; when it was written down is
//! an instant and the system's own. Nothing here reads a clock: a `Moment` is handed in.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

/// Now, as it is told to a decision: the instant, and the civil day at the site.
///
/// Both are given, so that tests can stand still on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant of recording.
    pub at: Instant,
    /// The civil day at the site.
    pub today: Date,
}

impl Moment {
    /// The moment of an instant, with the civil day of China.
    #[must_use]
    pub fn at(at: Instant) -> Self {
        Moment { at, today: civil_day(at) }
    }
}

/// Hours by which the one official time of China is ahead of UTC, in every year since 1992.
const AHEAD_HOURS: i64 = 8;

/// The civil day of an instant by the one official time of China.
///
/// A machine's own time zone is never asked: it could be set wrong, and a day that was once read from
/// the record must come out the same on every machine.
///
/// ```
/// use domain::dates::{Instant, civil_day};
/// use jiff::civil::date;
///
/// // Sixteen hours after midnight UTC the next day begins.
/// assert_eq!(civil_day(Instant(16 * 3_600_000 - 1)), date(1970, 1, 1));
/// assert_eq!(civil_day(Instant(16 * 3_600_000)), date(1970, 1, 2));
/// ```
#[must_use]
pub fn civil_day(at: Instant) -> Date {
    let days = (at.0 + AHEAD_HOURS * 3_600_000).div_euclid(86_400_000);
    let days = i32::try_from(days).unwrap_or(0);
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap_or(Date::MAX)
}

/// The instant of a minute of a civil day at the site.
///
/// ```
/// use domain::dates::{instant_of, time_of_day};
/// use jiff::civil::date;
///
/// assert_eq!(time_of_day(instant_of(date(2003, 6, 20), 9, 30)), (9, 30));
/// ```
#[must_use]
pub fn instant_of(day: Date, hour: i64, minute: i64) -> Instant {
    let days = days_between(Date::constant(1970, 1, 1), day);
    Instant((((days * 24 + hour - AHEAD_HOURS) * 60) + minute) * 60_000)
}

/// Hour and minute of an instant by the one official time of China.
#[must_use]
pub fn time_of_day(at: Instant) -> (i64, i64) {
    let minutes = (at.0 + AHEAD_HOURS * 3_600_000).div_euclid(60_000).rem_euclid(1_440);
    (minutes / 60, minutes % 60)
}

/// How exactly a claimed day is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The day itself.
    #[default]
    Day,
    /// Only the month; the date holds its first day.
    Month,
    /// Only the year; the date holds its first day.
    Year,
    /// Not known; the date holds a placeholder and no rule may rest on it.
    Unknown,
}

/// How late a fact was written down, computed when it is recorded and never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lateness {
    /// Within the days of grace.
    OnTime,
    /// After the grace; a reason is owed.
    Late,
    /// After the late limit; a second person one level up is owed and the mark is public.
    VeryLate,
    /// Taken over from papers or an earlier system.
    Legacy,
}

impl Lateness {
    /// The word used in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Lateness::OnTime => "on_time",
            Lateness::Late => "late",
            Lateness::VeryLate => "very_late",
            Lateness::Legacy => "legacy",
        }
    }

    /// Reads the word used in the record.
    pub fn parse(word: &str) -> Option<Self> {
        [Lateness::OnTime, Lateness::Late, Lateness::VeryLate, Lateness::Legacy]
            .into_iter()
            .find(|class| class.as_str() == word)
    }
}

/// Whole days from one date to another; negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    // Invariant: two civil dates within jiff's range always have a difference in days.
    i64::from(from.until(to).map_or(0, |span| span.get_days()))
}

/// Completed years of age on a day. A person born on 29 February completes a year on 1 March of
/// common years.
pub fn age_on(born_on: Date, day: Date) -> i16 {
    let years = day.year() - born_on.year();
    let before_birthday = (day.month(), day.day()) < (born_on.month(), born_on.day());
    years - i16::from(before_birthday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn ages_are_completed_years() {
        assert_eq!(age_on(date(1968, 3, 3), date(2003, 3, 2)), 34);
        assert_eq!(age_on(date(1968, 3, 3), date(2003, 3, 3)), 35);
        assert_eq!(age_on(date(1980, 2, 29), date(2003, 2, 28)), 22);
        assert_eq!(age_on(date(1980, 2, 29), date(2003, 3, 1)), 23);
        assert_eq!(age_on(date(1980, 2, 29), date(2004, 2, 29)), 24);
    }

    #[test]
    fn days_count_both_ways() {
        assert_eq!(days_between(date(2003, 2, 22), date(2003, 3, 3)), 9);
        assert_eq!(days_between(date(2003, 3, 3), date(2003, 2, 22)), -9);
    }

    #[test]
    fn lateness_words_are_read_back() {
        for class in [Lateness::OnTime, Lateness::Late, Lateness::VeryLate, Lateness::Legacy] {
            assert_eq!(Lateness::parse(class.as_str()), Some(class));
        }
    }
}
