//! Days as people write them, and as exchange formats write them.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// Why a text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDate {
    /// It does not read as a date.
    Format,
    /// It reads as a date, but the calendar has no such day from 1900 to 2099.
    Day,
}

/// Reads a day as an office writes it: `2004-03-18`, `2004.3.18`, `2004/03/18`, `2004年3月18日`
/// or `20040318`, full-width digits too, a time of day behind it dropped.
///
/// # Errors
/// The text is no date, or no day.
pub fn parse_date(text: &str) -> Result<Date, NotDate> {
    let folded: String = text.trim().nfkc().collect();
    let day = match folded.split_once([' ', 'T']) {
        Some((day, time)) if is_time(time) => day,
        Some(_) => return Err(NotDate::Format),
        None => folded.as_str(),
    };
    if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        return of_parts(&day[..4], &day[4..6], &day[6..]);
    }
    let spaced = day.replace(['年', '月', '.', '/'], "-");
    let plain = spaced.strip_suffix(['日', '号']).unwrap_or(&spaced);
    let mut parts = plain.split('-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day), None) => of_parts(year, month, day),
        _ => Err(NotDate::Format),
    }
}

/// Reads `YYYY-MM-DD` in ASCII digits and nothing else.
///
/// # Errors
/// The text is no such date, or no day from 1900 to 2099.
pub fn parse_iso_date(text: &str) -> Result<Date, NotDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' || !text.is_ascii() {
        return Err(NotDate::Format);
    }
    of_parts(&text[..4], &text[5..7], &text[8..])
}

fn of_parts(year: &str, month: &str, day: &str) -> Result<Date, NotDate> {
    let number = |digits: &str, n_max: usize| {
        let is_number = (1..=n_max).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number { digits.parse::<i16>().map_err(|_| NotDate::Format) } else { Err(NotDate::Format) }
    };
    if year.len() != 4 {
        return Err(NotDate::Format);
    }
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if !(1900..=2099).contains(&year) {
        return Err(NotDate::Day);
    }
    // Invariant: two digits fit an i8.
    Date::new(year, month as i8, day as i8).map_err(|_| NotDate::Day)
}

fn is_time(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'Z'))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_as_offices_write_them() {
        for text in [
            "2004-03-18",
            " 2004.03.18 ",
            "2004/3/18",
            "2004年3月18日",
            "2004年03月18号",
            "20040318",
            "2004-3-18",
            "2004-03-18 00:00:00",
            "2004-03-18T08:30:00Z",
            "２００４．３．１８",
        ] {
            assert_eq!(parse_date(text), Ok(date(2004, 3, 18)), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_told_from_what_is_no_date() {
        for text in ["2001-02-30", "20011301", "2001年0月1日", "1899-12-31", "2100/1/1", "0204-03-18"] {
            assert_eq!(parse_date(text), Err(NotDate::Day), "{text}");
        }
        for text in [
            "",
            "2004",
            "2004年3月",
            "04-03-18",
            "2004-03-18 x",
            "18/3/2004",
            "2004-03--18",
            "2004-3-1-8",
            "明天",
        ] {
            assert_eq!(parse_date(text), Err(NotDate::Format), "{text}");
        }
    }

    #[test]
    fn exchange_dates_have_one_form() {
        assert_eq!(parse_iso_date("2004-02-29"), Ok(date(2004, 2, 29)));
        assert_eq!(parse_iso_date("2003-02-29"), Err(NotDate::Day));
        for text in ["2004-2-29", "2004/02/29", "2004-02-29 ", "２００４-02-29", "2004-02-2é", "+004-02-29"]
        {
            assert_eq!(parse_iso_date(text), Err(NotDate::Format), "{text}");
        }
    }
}
