//! What documents say of themselves and what people say of them, as flags.

use clap::Args;
use protocol::Private;
use protocol::search::{Compare, Condition};

/// Which documents, by what is known of them.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct About {
    /// Only documents by an author whose name contains this
    #[arg(long, value_name = "NAME")]
    author: Vec<String>,
    /// Only documents whose title contains this
    #[arg(long, value_name = "WORDS")]
    title: Vec<String>,
    /// Only documents with one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<String>,
    /// Only documents written in one of these spoken languages, such as de
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    spoken: Vec<String>,
    /// Only documents of which this is known, as given to `ragctl submit --meta`
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact)]
    meta: Vec<(String, String)>,
    /// Only documents of this day (2024-05-31, 2024-05 or 2024) and later ones
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    since: Option<String>,
    /// Only documents of this day and earlier ones
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    until: Option<String>,
}

/// What is said of documents that are handed in.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Said {
    /// Tag the documents, in place of what was said of them before
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<String>,
    /// Say something else of the documents, such as team=search
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact)]
    meta: Vec<(String, String)>,
}

impl About {
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        let condition = |name: &str, is, value: &String| Condition {
            name: name.to_owned(),
            is,
            value: Private(value.clone()),
        };
        let mut all = Vec::new();
        let contains = |name, values: &[String]| -> Vec<_> {
            let values = values.iter();
            values
                .map(|value| condition(name, Compare::Contains, value))
                .collect()
        };
        all.extend(contains("author", &self.author));
        all.extend(contains("title", &self.title));
        let tags = self.tag.iter();
        all.extend(tags.map(|tag| condition("tag", Compare::Is, tag)));
        let spoken = self.spoken.iter();
        all.extend(spoken.map(|code| condition("spoken", Compare::Is, code)));
        let meta = self.meta.iter();
        all.extend(meta.map(|(name, value)| condition(name, Compare::Is, value)));
        let since = self.since.iter();
        all.extend(since.map(|day| condition("date", Compare::AtLeast, day)));
        let until = self.until.iter();
        all.extend(until.map(|day| condition("date", Compare::AtMost, day)));
        all
    }
}

impl Said {
    pub(crate) fn facts(&self) -> Vec<(String, Private<String>)> {
        let tags = self.tag.iter().map(|tag| ("tag", tag));
        let meta = self.meta.iter().map(|(name, value)| (name.as_str(), value));
        let all = tags.chain(meta);
        all.map(|(name, value)| (name.to_owned(), Private(value.clone())))
            .collect()
    }
}

fn fact(said: &str) -> Result<(String, String), String> {
    match said.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("it has to be NAME=VALUE".to_owned()),
    }
}

fn first_day(date: &str) -> Result<String, String> {
    day(date, ["-01", "-01"])
}

/// The last of a month need not exist: days are compared as texts.
fn last_day(date: &str) -> Result<String, String> {
    day(date, ["-12", "-31"])
}

fn day(date: &str, rest: [&str; 2]) -> Result<String, String> {
    let [month, day] = rest;
    let (whole, first) = match date.len() {
        4 => (format!("{date}{month}{day}"), format!("{date}-01-01")),
        7 => (format!("{date}{day}"), format!("{date}-01")),
        _ => (date.to_owned(), date.to_owned()),
    };
    // Others are dates, too, and would not compare as texts.
    let has_form = first.len() == "2024-05-31".len()
        && first.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !has_form {
        return Err("write it like 2024-05-31, 2024-05 or 2024".to_owned());
    }
    match first.parse::<jiff::civil::Date>() {
        Ok(_) => Ok(whole),
        Err(_) => Err("the calendar has no such day".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_dates_are_whole_years_and_months() {
        assert_eq!(first_day("2024").unwrap(), "2024-01-01");
        assert_eq!(last_day("2024").unwrap(), "2024-12-31");
        assert_eq!(last_day("2024-02").unwrap(), "2024-02-31");
        assert_eq!(first_day("2024-05-31").unwrap(), "2024-05-31");
        for wrong in ["", "24", "2024-5", "31.05.2024", "2024-05-31T10"] {
            assert!(first_day(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_days_of_the_calendar_are_days() {
        for day in ["2024-02-29", "2000-02-29", "2023-02-28", "2024-12-31"] {
            assert_eq!(first_day(day).as_deref(), Ok(day));
            assert_eq!(last_day(day).as_deref(), Ok(day));
        }
        for wrong in [
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "2024-01-32",
            "2024-04-31",
            "2024-02-30",
            "2023-02-29",
            "1900-02-29",
            "2024-13",
            "2024-00",
        ] {
            for read in [first_day, last_day] {
                let error = read(wrong).unwrap_err();
                assert_eq!(error, "the calendar has no such day", "{wrong}");
            }
        }
    }

    #[test]
    fn facts_have_a_name_and_a_value() {
        let fact = |said| fact(said).ok();
        let of = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(fact("team = search=web"), of("team", "search=web"));
        for wrong in ["team", "=x", "team=", " = "] {
            assert_eq!(fact(wrong), None, "{wrong}");
        }
    }
}
