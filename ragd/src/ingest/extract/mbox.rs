//! Mailboxes: messages in one file, each below a line `From ADDRESS DATE`, its envelope.
//!
//! Lines of a text that begin like that should be escaped, and many are not.

use std::borrow::Cow;

use super::mail::HEADERS;

/// Tells whether a file is a mailbox: a text may begin with the word, and then no header follows.
pub(super) fn fits(bytes: &[u8]) -> bool {
    let line = lines(bytes).next().unwrap_or_default();
    let rest = &bytes[line.len()..];
    let next = lines(rest).next().unwrap_or_default();
    let next = String::from_utf8_lossy(next).to_ascii_lowercase();
    let is_known = HEADERS.iter().any(|known| next.starts_with(known));
    line.starts_with(b"From ") && (is_known || is_envelope(line) && has_header(rest))
}

/// Gives out one message after the other, without envelopes. What stands between two of them is all of
/// the first one.
pub(super) fn messages(bytes: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut at = 0;
    let mut envelopes = Vec::new();
    for line in lines(bytes) {
        let begin = at;
        at += line.len();
        if begin == 0 || is_envelope(line) && has_header(&bytes[at..]) {
            envelopes.push((begin, at));
        }
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

/// Tells whether a line may begin a message: behind a word or more it has the time of day.
fn is_envelope(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let mut words = rest
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.next().is_some() && words.any(has_time)
}

/// Tells whether there is something like `10:42` in a word.
fn has_time(word: &[u8]) -> bool {
    let is_time = |signs: &[u8]| match signs {
        [hour, b':', tens, ones] => [hour, tens, ones].iter().all(|sign| sign.is_ascii_digit()),
        _ => false,
    };
    word.windows(4).any(is_time)
}

/// Tells whether a header comes next.
fn has_header(bytes: &[u8]) -> bool {
    let line = lines(bytes).next().unwrap_or_default();
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_named = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_named && name.len() < line.len()
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
        let head = "From: a@x.org\n\nbody\n";
        for (line, begins) in [
            ("From a@x.org Mon Jan  1 10:00:00 2024", true),
            ("From - Mon Jan  1 10:00:00 2024", true),
            ("From ???@??? Mon Jan  1 10:00:00 2024", true),
            ("From 1793@xxx Mon Jan 01 10:00:00 +0000 2024", true),
            ("From a at x.org  Mon Jan  1 10:00:00 2024", true),
            ("From a@x.org Mon Jan  1 10:00 MET 2024", true),
            ("From a@x.org 2024-01-01T10:00:00Z", true),
            ("From here on lynxtwo is lost.", false),
            ("From 10:00", false),
            ("From: a@x.org Mon Jan  1 10:00:00 2024", false),
            (">From a@x.org Mon Jan  1 10:00:00 2024", false),
        ] {
            let mailbox = format!("From a@x.org\n{head}{line}\n{head}");
            let found = messages(mailbox.as_bytes()).count();
            assert_eq!(found, 1 + usize::from(begins), "{line}");
            // Before a text, it is part of one.
            let mailbox = format!("From a@x.org\n{head}{line}\nwe went: home\n");
            assert_eq!(messages(mailbox.as_bytes()).count(), 1, "{line}");
        }
    }

    #[test]
    fn a_mailbox_is_none_that_only_begins_like_one() {
        for (begin, expected) in [
            ("From a@x.org Mon Jan  1 10:00:00 2024\nX-A: b\n", true),
            ("From a@x.org Mon Jan  1 10:00:00 2024\r\nX-A: b\r\n", true),
            ("From a@x.org\nSubject: b\n", true),
            ("From a@x.org\nand: b\n", false),
            ("From here, https://x.org\nhttps://y.org\n", false),
            ("From a@x.org Mon Jan  1 10:00:00 2024\n\nX-A: b\n", false),
        ] {
            assert_eq!(fits(begin.as_bytes()), expected, "{begin}");
        }
    }

    #[test]
    fn lines_that_were_escaped_are_as_before() {
        let mailbox = b"From a\nTo: b\n\n>From x\n>>From y\n> From z\n>\n\nFrom here on\n";
        assert!(fits(mailbox));
        let found: Vec<_> = messages(mailbox).collect();
        assert_eq!(
            found,
            [b"To: b\n\nFrom x\n>From y\n> From z\n>\n\nFrom here on\n".as_slice()]
        );
    }
}
