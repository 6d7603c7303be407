//! Secrets among the settings of a connection: `host=db user=x password=…`, also with `;` and `&`
//! between them.

use std::ops::Range;

use super::assigned::PEEK;

/// So much of a line is looked at on either side.
const BESIDE: usize = 200;
/// What else is told of a connection.
const OTHERS: &[&str] = &[
    "host",
    "hostaddr",
    "server",
    "dbname",
    "database",
    "catalog",
    "user",
    "username",
    "uid",
    "user id",
    "source",
    "driver",
    "dsn",
    "sslmode",
    "accountname",
    "endpoint",
    "account",
    "port",
    "login",
];

/// Returns what a line says before a name.
fn before<'text>(text: &'text [u8], name: &Range<usize>) -> &'text [u8] {
    let before = &text[name.start.saturating_sub(BESIDE)..name.start];
    let line = before.iter().rposition(|byte| *byte == b'\n');
    &before[line.map_or(0, |at| at + 1)..]
}

/// Returns what a line says from `here` on.
fn after(text: &[u8], here: usize) -> &[u8] {
    let most = &text[here..text.len().min(here + BESIDE)];
    let line = most.iter().position(|byte| *byte == b'\n');
    &most[..line.unwrap_or(most.len())]
}

/// Tells whether a value in quotes is one of several settings.
pub(super) fn is_one(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    is_one_of_many(before(text, name), after(text, value.end))
}

/// Returns the value at `here` of a name that is one of several settings.
pub(super) fn value(text: &[u8], name: &Range<usize>, here: usize) -> Option<Range<usize>> {
    let (before, most) = (before(text, name), after(text, here));
    let most = &most[..most.len().min(PEEK)];
    let is_joined = matches!(before.last(), Some(b';' | b'&' | b'?'));
    if !is_joined && !is_one_of_many(before, most) {
        return None;
    }
    let (skip, end) = match most {
        [b'{', rest @ ..] => (1, rest.iter().position(|byte| *byte == b'}')?),
        _ => (0, end_of(before, most)),
    };
    let value = &most[skip..skip + end];
    // In a program they are arguments.
    let is_code = !is_joined && (value.ends_with(b",") || value.contains(&b'('));
    (end > 0 && !is_code).then_some(here + skip..here + skip + end)
}

/// Tells whether a line says more of a connection, and is no call of a function.
fn is_one_of_many(before: &[u8], after: &[u8]) -> bool {
    let is_apart = match before.last() {
        None | Some(b'"' | b'\'') => true,
        // Options of a mount.
        Some(b',') => !before.contains(&b'('),
        Some(b' ' | b'\t') => !matches!(before.trim_ascii_end().last(), Some(b',' | b'(')),
        Some(_) => false,
    };
    let has = |part: &[u8]| {
        let signs = (0..part.len()).filter(|at| part[*at] == b'=');
        let mut said = signs.map(|at| &part[..at]);
        said.any(|said| OTHERS.iter().any(|other| ends_with(said, other)))
    };
    is_apart && (has(before) || has(after))
}

fn ends_with(text: &[u8], word: &str) -> bool {
    let start = text.len().checked_sub(word.len());
    start.is_some_and(|start| text[start..].eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns where a value without quotes ends.
fn end_of(before: &[u8], most: &[u8]) -> usize {
    let opened = before.iter().rfind(|byte| b"\"'`".contains(byte));
    let closes = |byte: u8| match opened {
        Some(quote) => byte == *quote,
        None => b"\"'`".contains(&byte),
    };
    let is_listed = before.ends_with(b";") || is_followed_by_more(most, b';');
    let is_query = before.ends_with(b"&") || before.ends_with(b"?");
    let ends = |at: usize, byte: u8| match byte {
        b';' => is_listed,
        b'&' => is_query || is_followed_by_more(&most[at..], b'&'),
        b',' => before.ends_with(b","),
        b'#' | b'<' | b'>' | b')' => is_query,
        b'\\' => closes(most.get(at + 1).copied().unwrap_or(0)),
        b' ' | b'\t' => !is_listed,
        b'\r' => true,
        _ => closes(byte),
    };
    let end = most
        .iter()
        .enumerate()
        .position(|(at, byte)| ends(at, *byte));
    most[..end.unwrap_or(most.len())].trim_ascii_end().len()
}

/// Tells whether another setting comes behind the first `sign`.
fn is_followed_by_more(most: &[u8], sign: u8) -> bool {
    let rest = most.iter().position(|byte| *byte == sign);
    let rest = rest.map_or(&[][..], |at| most[at + 1..].trim_ascii_start());
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. ".contains(byte);
    let name = rest
        .iter()
        .take(40)
        .take_while(|byte| is_of_name(byte))
        .count();
    name > 1 && rest.get(name) == Some(&b'=')
}
