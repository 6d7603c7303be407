//! Times, durations, sizes and counts in words, and what else both clients say alike.

use std::time::Duration;

use jiff::tz::TimeZone;
use protocol::Timestamp;

/// Beside a list that has the daemon alone.
pub const ALONE: &str = "no workers elsewhere: they need `queue.url`, `index.url` and `blobs.url`";

/// Returns RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn iso(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |moment| format!("{moment:.3}"))
}

/// Returns the time of the day where the reader is.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(
        |_| at.0.to_string(),
        |moment| {
            moment
                .to_zoned(TimeZone::system())
                .strftime("%H:%M:%S")
                .to_string()
        },
    )
}

#[must_use]
pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

/// Returns a duration with its two largest units: `850ms`, `9.2s`, `3m12s`, `4h05m`, `3d04h`.
#[must_use]
pub fn span(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    match seconds {
        0 => format!("{millis}ms"),
        1..=9 => format!("{seconds}.{}s", millis / 100),
        10..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Returns the time between two moments.
#[must_use]
pub fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::from_millis(end.0.saturating_sub(start.0).max(0).unsigned_abs())
}

/// Returns a size with a binary unit and one decimal: `3.1 GiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Returns a number with a comma between thousands.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns `1 file` or `1,204 files`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// Returns how far an answer can be trusted.
#[must_use]
pub fn confidence(value: f32) -> &'static str {
    match value {
        0.7.. => "high",
        0.4.. => "medium",
        value if value > 0.0 => "low",
        _ => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_confidence_follows_its_value() {
        let check = |value: f32, word: &str| assert_eq!(confidence(value), word, "{value}");
        check(1.0, "high");
        check(0.7, "high");
        check(0.69, "medium");
        check(0.4, "medium");
        check(0.39, "low");
        check(0.001, "low");
        check(0.0, "none");
    }

    #[test]
    fn spans_have_two_units() {
        let check = |millis: u64, text: &str| assert_eq!(span(Duration::from_millis(millis)), text);
        check(0, "0ms");
        check(850, "850ms");
        check(9_240, "9.2s");
        check(59_999, "59s");
        check(192_000, "3m12s");
        check(14_700_000, "4h05m");
        check(273_600_000, "3d04h");
    }

    #[test]
    fn sizes_and_counts_are_short() {
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1024), "1.0 KiB");
        assert_eq!(size(1_048_575), "1.0 MiB");
        assert_eq!(size(3_328_599_654), "3.1 GiB");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_223_004), "1,223,004");
        assert_eq!(counted(1, "file"), "1 file");
    }

    #[test]
    fn moments_are_utc_with_milliseconds() {
        assert_eq!(
            iso(Timestamp(1_795_182_669_120)),
            "2026-11-20T13:51:09.120Z"
        );
        assert_eq!(iso(Timestamp(0)), "1970-01-01T00:00:00.000Z");
    }
}
