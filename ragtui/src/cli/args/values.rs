//! Values of flags: time spans, sizes, places in the stream of events.

use std::str::FromStr;
use std::time::Duration;

use protocol::BootId;
use protocol::job::Since;

/// A time span such as `90s`, `1m30s` or `2h`; a bare number counts seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(seconds) = text.parse::<u32>() {
            return Ok(Self(Duration::from_secs(seconds.into())));
        }
        text.parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|span| Duration::try_from(span).ok())
            .map(Self)
            .ok_or_else(|| "a time span looks like 30s, 5m or 1h30m".to_owned())
    }
}

/// A size such as `512`, `64KiB`, `10MB` or `1.5GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let split = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kib" => 1024.0,
            "m" | "mib" => 1024.0 * 1024.0,
            "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
            "kb" => 1e3,
            "mb" => 1e6,
            "gb" => 1e9,
            _ => return Err("a size looks like 512, 64KiB or 10MB".to_owned()),
        };
        let number: f64 = number
            .parse()
            .map_err(|_| "a size looks like 512, 64KiB or 10MB".to_owned())?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "digits and dots make no negative number, and a limit may saturate"
        )]
        Ok(Self((number * factor) as u64))
    }
}

/// A place in the stream of events: `SEQ`, or `BOOT_ID:SEQ` as printed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position(pub(crate) Since);

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (boot, seq) = match text.rsplit_once(':') {
            Some((boot, seq)) => (Some(boot), seq),
            None => (None, text),
        };
        let wrong = || "a place is the `seq` of an event, or BOOT_ID:SEQ".to_owned();
        let boot_id = boot
            .map(BootId::from_str)
            .transpose()
            .map_err(|_| wrong())?;
        Ok(Self(Since {
            boot_id,
            seq: seq.parse().map_err(|_| wrong())?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let check = |text: &str, seconds: Option<u64>| {
            let span = text.parse::<Span>().ok().map(|span| span.0);
            assert_eq!(span, seconds.map(Duration::from_secs), "{text}");
        };
        check("90", Some(90));
        check("90s", Some(90));
        check("1m30s", Some(90));
        check("2h", Some(7200));
        check("-5s", None);
        check("soon", None);
    }

    #[test]
    fn sizes_know_both_kinds_of_units() {
        let check = |text: &str, bytes: Option<u64>| {
            assert_eq!(
                text.parse::<Bytes>().ok().map(|size| size.0),
                bytes,
                "{text}"
            );
        };
        check("512", Some(512));
        check("64KiB", Some(65_536));
        check("10MB", Some(10_000_000));
        check("1.5g", Some(1_610_612_736));
        check("-1", None);
        check("10 apples", None);
    }
}
