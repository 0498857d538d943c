//! Calendar months as the admission rules count them. "Plus n months" is clamped to the month's
//! end, "within n months" includes the last day, "after n months" may happen on that day. Each due
//! day is counted in one step from its own starting day, so clamping never adds up. The 1 March
//! rule is for ages only.

use jiff::civil::Date;

/// The day `months` calendar months later, clamped to the end of its month.
///
/// Saturates at the last day of the calendar (9999-12-31).
#[must_use]
pub fn add_months(day: Date, months: u16) -> Date {
    let month_index = i32::from(day.year()) * 12 + i32::from(day.month()) - 1 + i32::from(months);
    let (year, month) = (month_index.div_euclid(12), month_index.rem_euclid(12) + 1);
    let Ok(year) = i16::try_from(year) else { return Date::MAX };
    let month = i8::try_from(month).unwrap_or(12);
    Date::new(year, month, day.day().min(days_in_month(year, month))).unwrap_or(Date::MAX)
}

/// Whether `day` is within `months` months of `since`; the last day counts.
#[must_use]
pub fn is_within(day: Date, since: Date, months: u16) -> bool {
    day <= add_months(since, months)
}

/// Whether `months` months have run by `day`; the day itself will do.
#[must_use]
pub fn has_run(day: Date, since: Date, months: u16) -> bool {
    day >= add_months(since, months)
}

/// The day on which a person reaches an age: the birthday, or 1 March of a common year for those
/// born on 29 February.
#[must_use]
pub fn birthday(born_on: Date, age_years: u8) -> Date {
    let year = born_on.year().saturating_add(i16::from(age_years));
    Date::new(year, born_on.month(), born_on.day()).or_else(|_| Date::new(year, 3, 1)).unwrap_or(Date::MAX)
}

fn days_in_month(year: i16, month: i8) -> i8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_worked_sums() {
        for (day, months, expected) in [
            (date(2003, 1, 31), 1, date(2003, 2, 28)),
            (date(2003, 8, 31), 6, date(2004, 2, 29)),
            (date(2004, 2, 29), 12, date(2005, 2, 28)),
            (date(2003, 3, 10), 3, date(2003, 6, 10)),
            (date(2003, 3, 10), 6, date(2003, 9, 10)),
            (date(2014, 7, 31), 1, date(2014, 8, 31)),
            (date(2015, 1, 31), 1, date(2015, 2, 28)),
            (date(2003, 11, 30), 3, date(2004, 2, 29)),
            (date(2003, 12, 31), 0, date(2003, 12, 31)),
        ] {
            assert_eq!(add_months(day, months), expected, "{day} + {months}");
        }
    }

    /// Counting by hand agrees with the calendar library, which also clamps.
    #[test]
    fn agrees_with_the_calendar_library() {
        for start in [date(1899, 12, 31), date(2000, 2, 29), date(2100, 1, 31), date(2023, 8, 30)] {
            for offset in 0..400 {
                let day = start.checked_add((offset * 31).days()).unwrap();
                for months in [0u16, 1, 3, 6, 11, 12, 13, 15, 120, 1200] {
                    let expected = day.checked_add(i64::from(months).months()).unwrap();
                    assert_eq!(add_months(day, months), expected, "{day} + {months}");
                }
            }
        }
    }

    #[test]
    fn within_includes_the_last_day_and_after_may_happen_on_it() {
        let since = date(2003, 6, 9);
        assert!(is_within(date(2003, 9, 9), since, 3) && !is_within(date(2003, 9, 10), since, 3));
        assert!(has_run(date(2004, 6, 9), since, 12) && !has_run(date(2004, 6, 8), since, 12));
    }

    #[test]
    fn eighteen_is_reached_on_the_birthday() {
        assert_eq!(birthday(date(1981, 5, 20), 18), date(1999, 5, 20));
        assert_eq!(birthday(date(1984, 2, 29), 18), date(2002, 3, 1));
        assert_eq!(birthday(date(1988, 2, 29), 20), date(2008, 2, 29));
    }

    #[test]
    fn the_end_of_the_calendar_saturates() {
        assert_eq!(add_months(Date::MAX, 1), Date::MAX);
    }
}
