//! Dates in headers, in the form that RFC 9110 calls IMF-fixdate.
//!
//! Its two older forms are left out: no server of today sends them.

use std::time::{Duration, SystemTime};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads `Retry-After`: seconds or a date. A date that is over says nothing of how long a server wants
/// to be left alone: its clock and ours differ.
#[must_use]
pub fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => date(text)?.duration_since(now).ok(),
    }
}

/// Returns the day of a date, such as `1994-11-06`.
#[must_use]
pub fn day(text: &str) -> Option<String> {
    let Date {
        year, month, day, ..
    } = Date::read(text)?;
    Some(format!("{year:04}-{:02}-{day:02}", month + 1))
}

/// A date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
struct Date<'a> {
    year: u64,
    /// Counted from 0.
    month: usize,
    day: u64,
    time: &'a str,
}

impl<'a> Date<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (_, text) = text.split_once(", ")?;
        let words: Vec<_> = text.split(' ').collect();
        let [day, month, year, time, "GMT"] = words.as_slice() else {
            return None;
        };
        Some(Self {
            year: number(year, 1_970..=9_999)?,
            month: MONTHS.iter().position(|name| name == month)?,
            day: number(day, 1..=31)?,
            time,
        })
    }
}

fn date(text: &str) -> Option<SystemTime> {
    let Date {
        year,
        month,
        day,
        time,
    } = Date::read(text)?;
    let clock: Vec<_> = time.split(':').collect();
    let [hour, minute, second] = clock.as_slice() else {
        return None;
    };
    let days = days_before(year, month) + day - 1;
    let minutes = (days * 24 + number(hour, 0..=23)?) * 60 + number(minute, 0..=59)?;
    // 60 is a leap second.
    let seconds = minutes * 60 + number(second, 0..=60)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn number(text: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// Returns the days from 1970 to the first of a month, which is counted from 0.
fn days_before(year: u64, month: usize) -> u64 {
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap_days = |years: u64| years / 4 - years / 100 + years / 400;
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let earlier = (year - 1_970) * 365 + leap_days(year - 1) - leap_days(1_969);
    earlier + BEFORE[month] + u64::from(is_leap && month > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn dates_are_read() {
        let check = |text: &str, seconds: u64| assert_eq!(date(text), Some(at(seconds)), "{text}");
        check("Thu, 01 Jan 1970 00:00:00 GMT", 0);
        check("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777);
        check("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400);
        check("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800);
        check("Wed, 25 Nov 2026 20:32:00 GMT", 1_795_638_720);
        check("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400);
        assert_eq!(
            day("Sun, 06 Nov 1994 08:49:37 GMT").as_deref(),
            Some("1994-11-06")
        );
        assert_eq!(day("Sun, 06 Now 1994 08:49:37 GMT"), None);
    }

    #[test]
    fn it_is_seconds_or_a_date_to_come() {
        let now = at(784_111_777);
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(
                retry_after(text, now),
                expected.map(Duration::from_secs),
                "{text}"
            );
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:51:37 GMT", Some(120));
        check("Sun, 06 Nov 1994 08:49:36 GMT", None);
        for senseless in [
            "",
            "-1",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
        ] {
            check(senseless, None);
        }
    }
}
