//! Mailboxes: messages in one file, each below a line `From ADDRESS DATE`, its envelope.
//!
//! Lines of a text that begin like that should be escaped, and many are not.

use std::borrow::Cow;

use super::head;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Tells whether a file is a mailbox: a text may begin with the word, and then no message follows.
pub(super) fn fits(bytes: &[u8]) -> bool {
    let line = lines(bytes).next().unwrap_or_default();
    // An envelope without a date tells less.
    let least = if is_envelope(line) { 1 } else { 2 };
    line.starts_with(b"From ") && head::begins(&bytes[line.len()..], least)
}

/// Gives out one message after the other, without envelopes. What stands between two of them is all of
/// the first one.
pub(super) fn messages(bytes: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut at = 0;
    let mut envelopes = Vec::new();
    let mut is_after_empty = true;
    for line in lines(bytes) {
        let begin = at;
        at += line.len();
        let begins = is_after_empty && is_envelope(line) && head::begins(&bytes[at..], 1);
        if begin == 0 || begins {
            envelopes.push((begin, at));
        }
        is_after_empty = line.trim_ascii().is_empty();
    }
    let ends: Vec<_> = envelopes.iter().skip(1).map(|(begin, _)| *begin).collect();
    let ends = ends.into_iter().chain([bytes.len()]);
    let begins = envelopes.into_iter().map(|(_, after)| after);
    begins
        .zip(ends)
        .map(|(begin, end)| unescaped(&bytes[begin..end]))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// Tells whether a line may begin a message: behind a word or more it has a date and the time of day.
fn is_envelope(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let words = rest.split(|byte| byte.is_ascii_whitespace() || *byte == b',');
    let words = words.filter(|word| !word.is_empty()).skip(1);
    let date: Vec<_> = words.collect();
    let is_year = |word: &[u8]| word.len() == 4 && word.iter().all(u8::is_ascii_digit);
    let is_day = |word: &[u8]| word.len() <= 2 && word.iter().all(u8::is_ascii_digit);
    let has = |is: &dyn Fn(&[u8]) -> bool| date.iter().any(|word| is(word));
    let named = |names: &[&str]| has(&|word| names.iter().any(|name| name.as_bytes() == word));
    has(&has_time) && named(&DAYS) && named(&MONTHS) && has(&is_day) && has(&is_year)
}

/// Tells whether there is something like `10:42` in a word.
fn has_time(word: &[u8]) -> bool {
    let is_time = |signs: &[u8]| match signs {
        [hour, b':', tens, ones] => [hour, tens, ones].iter().all(|sign| sign.is_ascii_digit()),
        _ => false,
    };
    word.windows(4).any(is_time)
}

/// Takes back what protects the lines of a text that look like an envelope.
fn unescaped(message: &[u8]) -> Cow<'_, [u8]> {
    let is_escaped = |line: &[u8]| {
        let bare = line.iter().position(|byte| *byte != b'>').unwrap_or(0);
        bare > 0 && line[bare..].starts_with(b"From ")
    };
    match lines(message).any(is_escaped) {
        false => Cow::Borrowed(message),
        true => {
            let bare = |line| &line[usize::from(is_escaped(line))..];
            Cow::Owned(lines(message).map(bare).collect::<Vec<_>>().concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_with_an_envelope_and_a_header() {
        let first = "From a@x.org Mon Jan  1 10:00:00 2024\n";
        let head = "From: a@x.org\n\nbody\n";
        for (line, begins) in [
            ("From a@x.org Mon Jan  1 10:00:00 2024", true),
            ("From - Mon Jan  1 10:00:00 2024", true),
            ("From ???@??? Mon Jan  1 10:00:00 2024", true),
            ("From 1793@xxx Mon Jan 01 10:00:00 +0000 2024", true),
            ("From a at x.org  Mon Jan  1 10:00:00 2024", true),
            ("From a@x.org Mon Jan  1 10:00 MET 2024", true),
            ("From a@x.org 2024-01-01T10:00:00Z", false),
            ("From here on lynxtwo is lost.", false),
            ("From 10:00", false),
            ("From 10:30 to 11:00 we are in room 2024", false),
            ("From Mon Jan  1 10:00:00 2024", false),
            ("From: a@x.org Mon Jan  1 10:00:00 2024", false),
            (">From a@x.org Mon Jan  1 10:00:00 2024", false),
        ] {
            let count = |mailbox: &str| messages(mailbox.as_bytes()).count();
            let found = count(&format!("{first}{head}\n{line}\n{head}"));
            assert_eq!(found, 1 + usize::from(begins), "{line}");
            let windows = format!("{first}{head}\n{line}\n{head}").replace('\n', "\r\n");
            assert_eq!(count(&windows), 1 + usize::from(begins), "{line}");
            // Within a paragraph, and before a text or a log, it is part of one.
            for text in [
                format!("{first}{head}{line}\n{head}"),
                format!("{first}{head}\n{line}\nwe went: home\n"),
                format!("{first}{head}\n{line}\nhost1 kernel: up\nSubject: x\n\n"),
                format!("{first}{head}\n{line}\n\n{head}"),
            ] {
                assert_eq!(count(&text), 1, "{text}");
            }
        }
    }

    #[test]
    fn a_mailbox_is_none_that_only_begins_like_one() {
        for (begin, expected) in [
            ("From a@x.org Mon Jan  1 10:00:00 2024\nX-A: b\n", false),
            ("From a@x.org Mon Jan  1 10:00:00 2024\nSubject: b\n", true),
            (
                "From a@x.org Mon Jan  1 10:00:00 2024\r\nSubject: b\r\n",
                true,
            ),
            ("From a@x.org\nX-A: b\nSubject: b\nTo: c\n", true),
            ("From the desk of a walrus\nDate: today\n\nwords\n", false),
            ("From a@x.org\nand: b\n", false),
            ("From here, https://x.org\nhttps://y.org\n", false),
            ("From a@x.org Mon Jan  1 10:00:00 2024\n\nX-A: b\n", false),
        ] {
            assert_eq!(fits(begin.as_bytes()), expected, "{begin}");
        }
    }

    #[test]
    fn lines_that_were_escaped_are_as_before() {
        let mailbox = b"From a\nFrom: a\nTo: b\n\n>From x\n>>From y\n> From z\n>\n\nFrom here on\n";
        assert!(fits(mailbox));
        let found: Vec<_> = messages(mailbox).collect();
        assert_eq!(
            found,
            [b"From: a\nTo: b\n\nFrom x\n>From y\n> From z\n>\n\nFrom here on\n".as_slice()]
        );
    }
}
