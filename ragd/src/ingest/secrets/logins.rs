//! Passwords that stand behind the name of a user: `curl -u kim:…`, `kim:…@tcp(db)`, `.pgpass`.

use std::ops::Range;

use super::find::Hit;
use super::flags::word;
use super::value::{Asked, is_secret};

/// So much of a login is looked at.
const LOGIN: usize = 160;

/// Flags of which the value is a login.
pub(super) const FLAGS: &[&str] = &[" -u ", " --user ", " --user=", " --proxy-user "];

fn password(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let said = std::str::from_utf8(&text[at.clone()]).ok()?;
    is_secret(said, Asked::Password).then(|| Hit::new(at, "password"))
}

/// Returns where the word begins that ends at `end`.
fn begin_of(text: &[u8], end: usize) -> usize {
    let before = text[..end].iter().rev().take(LOGIN);
    let is_of_word = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"'`=".contains(*byte);
    end - before.take_while(is_of_word).count()
}

/// Returns what stands behind the first colon of a login.
fn behind_colon(text: &[u8], login: Range<usize>) -> Option<Range<usize>> {
    let colon = text[login.clone()].iter().position(|byte| *byte == b':')?;
    (colon > 0).then_some(login.start + colon + 1..login.end)
}

/// `-u user:password`
pub(super) fn in_flag(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let login = word(text, at.end)?;
    password(text, behind_colon(text, login)?)
}

/// `user:password@tcp(host)`, as libraries for Go have it.
pub(super) fn before_host(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let login = begin_of(text, at.start)..at.start;
    password(text, behind_colon(text, login)?)
}

/// `user/password@host`, as Oracle has it.
pub(super) fn of_oracle(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let word = word(text, at.end)?;
    let most = &text[word.clone()];
    let slash = most.iter().position(|byte| *byte == b'/')?;
    let host = most.iter().rposition(|byte| *byte == b'@')?;
    let is_one = slash > 0 && host > slash;
    is_one
        .then(|| password(text, word.start + slash + 1..word.start + host))
        .flatten()
}

/// `echo user:password | chpasswd`
pub(super) fn piped(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let blanks = |end: usize| {
        let before = text[..end].iter().rev().take(12);
        end - before.take_while(|byte| b" \t|\"'".contains(byte)).count()
    };
    let sudo = text[..at.start]
        .strip_suffix(b"sudo ")
        .map_or(at.start, <[u8]>::len);
    let end = blanks(sudo);
    let is_piped = text[end..sudo].contains(&b'|');
    let login = is_piped.then(|| begin_of(text, end)..end)?;
    password(text, behind_colon(text, login)?)
}

/// `host:port:database:user:password`, a line of `.pgpass`.
pub(super) fn of_postgres(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let start = begin_of(text, at.start);
    let most = &text[at.start..text.len().min(at.start + LOGIN)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`".contains(byte);
    let end = at.start + most.iter().position(ends).unwrap_or(most.len());
    let is_colon = |at: &usize| text[*at] == b':' && !text[..*at].ends_with(b"\\");
    let mut colons = (start..end).filter(is_colon);
    let last = colons.nth(3)?;
    let is_one = colons.next().is_none() && text[start] != b':';
    is_one.then(|| password(text, last + 1..end)).flatten()
}
