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

/// `echo user:password | chpasswd`, and `echo password | sudo -S`
pub(super) fn piped(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let before = &text[at.start.saturating_sub(LOGIN)..at.start];
    let pipe = before.iter().rposition(|byte| b"|\n".contains(byte))?;
    let before = before[..pipe].trim_ascii_end();
    let is_quoted = |byte: &&u8| b"\"'".contains(*byte);
    let quotes = before.iter().rev().take(1).filter(is_quoted).count();
    let end = at
        .start
        .min(at.start.saturating_sub(LOGIN) + before.len() - quotes);
    let said = begin_of(text, end)..end;
    let is_piped = text[end..at.start].contains(&b'|');
    let is_login = text[at].eq_ignore_ascii_case(b"chpasswd");
    let said = match is_login {
        true => behind_colon(text, said)?,
        false => said,
    };
    is_piped.then(|| password(text, said)).flatten()
}

/// `CREATE USER … WITH PASSWORD '…'`, where the value is at `at`.
pub(super) fn in_sql(text: &[u8], name: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let before = text[name.start.saturating_sub(LOGIN)..name.start].to_ascii_lowercase();
    let has = |word: &[u8]| super::blocks::find(&before, word).is_some();
    let is_sql =
        (has(b"create ") || has(b"alter ")) && (has(b"user ") || has(b"role ") || has(b"login "));
    let is_quoted = matches!(text.get(at), Some(b'"' | b'\''));
    (is_sql && is_quoted && at > name.end)
        .then(|| word(text, at))
        .flatten()
}

/// What makes a password of the word behind it, and how many words are between.
pub(super) const BEFORE: &[&str] = &[
    "identified by ",
    "identified with ",
    "zip -P ",
    "ConvertTo-SecureString ",
    "add_user ",
    "rabbitmqctl change_password ",
    "net user ",
    "htpasswd -b",
];

/// The password that is a word by itself: `rabbitmqctl add_user kim …`.
pub(super) fn behind(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let said = text[at.clone()].to_ascii_lowercase();
    let between = match said.as_slice() {
        // With a small letter it is another flag.
        b"zip -p " if !text[at.clone()].ends_with(b"P ") => return None,
        b"zip -p " => 0,
        b"identified with " => 2,
        b"identified by " | b"convertto-securestring " => 0,
        // The rest of the flag, a file and a user.
        b"htpasswd -b" => 3,
        _ => 1,
    };
    let mut next = at.end;
    for _ in 0..between {
        let ends = |byte: &&u8| !byte.is_ascii_whitespace();
        next += text[next..].iter().take(LOGIN).take_while(ends).count();
        next = super::assigned::skip_blanks(text, next);
    }
    let said = word(text, next)?;
    // Without quotes it may be a word of a sentence.
    let is_one = said.start > next || text[said.clone()].iter().any(u8::is_ascii_digit);
    is_one.then(|| password(text, said)).flatten()
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
