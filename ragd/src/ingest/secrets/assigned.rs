//! Secrets that are known by the name of what they are given to: `password = "…"`.

use std::ops::Range;

use super::find::Hit;
use super::value::{Asked, is_secret};

/// What the names of secrets have in them.
pub(super) const KEYWORDS: &[&str] = &[
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "authkey",
    "auth_key",
    "privatekey",
    "private_key",
    "private-key",
    "encryption_key",
    "encryptionkey",
    "signing_key",
    "signingkey",
    "master_key",
    "masterkey",
    "account_key",
    "accountkey",
    "credential",
    "_auth",
];

/// A name with one of these behind the keyword is about something else.
const ABOUT: &[&str] = &[
    "type",
    "url",
    "uri",
    "name",
    "path",
    "file",
    "field",
    "endpoint",
    "hint",
    "header",
    "prefix",
    "policy",
    "len",
    "ttl",
    "expir",
    "label",
    "placeholder",
    "prompt",
    "regex",
    "pattern",
    "error",
    "msg",
    "message",
    "help",
    "desc",
    "title",
    "count",
    "limit",
    "size",
    "max",
    "min",
    "index",
    "class",
    "kind",
    "version",
    "stream",
    "iz",
    "ref",
    "arn",
    "format",
    "scope",
    "column",
    "digest",
    "sha",
    "checksum",
    "fingerprint",
    "hash",
    "arg",
    "var",
    "env",
    "flag",
    "mgr",
    "manag",
    "code",
];

/// Tokens of these are no secrets, but places in a list and the like.
const PLACES: &[&str] = &[
    "next",
    "page",
    "paging",
    "pagination",
    "continuation",
    "cursor",
    "sync",
    "idempotency",
    "request",
    "cancel",
    "start",
    "marker",
    "resume",
    "upload",
    "client_token",
    "clienttoken",
    "public",
    "design",
    "syntax",
    "lex",
    "parse",
];

/// A name has so many characters beside the keyword, at most.
const NAME: usize = 48;
/// So much of a value tells whether it is a secret,
const PEEK: usize = 160;
/// and so much more of it is replaced.
const VALUE: usize = 8 << 10;

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

pub(super) fn skip_blanks(text: &[u8], from: usize) -> usize {
    let blanks = text[from..].iter().take(12);
    from + blanks
        .take_while(|byte| **byte == b' ' || **byte == b'\t')
        .count()
}

/// Finds the value of a name that has a keyword at `at`.
pub(super) fn named(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let after = text[at.end..].iter().take(NAME + 1);
    let rest = after.take_while(|byte| is_part(**byte)).count();
    if rest > NAME {
        return None;
    }
    let end = at.end + rest;
    let (value, is_quoted) = value_of(text, end)?;
    let begin = at.start
        - text[..at.start]
            .iter()
            .rev()
            .take(NAME)
            .take_while(|byte| is_part(**byte))
            .count();
    // That is a login in an address, of which another rule knows where it ends.
    if text[..begin].ends_with(b"://") {
        return None;
    }
    let value_text = std::str::from_utf8(&text[value.clone()]).ok()?;
    let name = text[begin..end].to_ascii_lowercase();
    let name = std::str::from_utf8(&name).ok()?;
    let (prefix, suffix) = (&name[..at.start - begin], &name[at.end - begin..]);
    if ABOUT.iter().any(|about| suffix.contains(about)) {
        return None;
    }
    let keyword = &name[at.start - begin..at.end - begin];
    if keyword == "token" && PLACES.iter().any(|place| prefix.contains(place)) {
        return None;
    }
    let is_password = matches!(keyword, "passw" | "passphrase" | "pwd");
    if keyword == "passw"
        && !(suffix.starts_with("ord") || suffix.starts_with('d') || suffix.starts_with("rt"))
    {
        return None;
    }
    if keyword == "_auth" && !suffix.is_empty() {
        return None;
    }
    // One of several, as in the addresses of databases.
    let is_setting = matches!(text[..begin].last(), Some(b';' | b'&' | b'?'));
    let asked = match (is_password, is_quoted) {
        (true, Quoted::No) if is_setting => Asked::Password,
        (true, Quoted::Yes | Quoted::Line) => Asked::Password,
        (false, Quoted::Yes) => Asked::Key,
        (_, Quoted::No) | (false, Quoted::Line) => Asked::Bare,
    };
    if !is_secret(value_text, asked) {
        return None;
    }
    let is_of_aws = value.len() == 40
        && (name.contains("aws")
            || name.contains("secret_access")
            || name.contains("secretaccess"));
    let kind = match () {
        () if is_password => "password",
        () if is_of_aws => "aws-secret-key",
        () => "generic-secret",
    };
    Some(Hit::new(whole(text, value), kind))
}

/// Returns all of a value of which the beginning is known.
fn whole(text: &[u8], value: Range<usize>) -> Range<usize> {
    if value.len() + CURLY < PEEK {
        return value;
    }
    let is_more = |byte: &&u8| byte.is_ascii_graphic() && !b"\"'`<>;,&".contains(*byte);
    let more = text[value.end..].iter().take(VALUE).take_while(is_more);
    value.start..value.end + more.count()
}

/// Tells whether there may be more of a value than was looked at.
fn is_cut(most: &[u8]) -> bool {
    most.len() == PEEK && !most.contains(&b'\n')
}

/// How it is known where a value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoted {
    Yes,
    /// A line of a name and a value, as configurations have.
    Line,
    No,
}

/// Returns the value that is given to a name which ends at `at`.
fn value_of(text: &[u8], at: usize) -> Option<(Range<usize>, Quoted)> {
    let mut here = at;
    let mut closing = text[here..]
        .iter()
        .take(3)
        .take_while(|byte| b"\"'`]\\".contains(*byte))
        .count();
    if closing == 0 && is_curly(&text[here..]) {
        closing = CURLY;
    }
    here = skip_blanks(text, here + closing);
    let rest = &text[here..];
    let sign = match rest {
        [b':', b'=', ..]
        | [b'=', b'>', ..]
        | [b'=', b'=', ..]
        | [b'!', b'=', ..]
        | [b'?', b'=', ..] => 2,
        [b'=' | b':', ..] => 1,
        [b'(', ..] if closing == 0 => 1,
        [b',', ..] if closing > 0 => 1,
        [b'>', ..] if closing == 0 && here == at => 1,
        _ => return at_login(text, at, here),
    };
    let is_colon = rest[0] == b':' && sign == 1;
    let is_tag = rest[0] == b'>';
    here = skip_blanks(text, here + sign);
    if is_colon && let Some(after) = after_type(text, here) {
        here = skip_blanks(text, after);
    }
    if is_tag {
        let most = &text[here..text.len().min(here + PEEK)];
        let end = most.iter().position(|byte| *byte == b'<')?;
        let value = most[..end].trim_ascii_end();
        return Some((here..here + value.len(), Quoted::Yes));
    }
    here += before_quote(&text[here..]);
    let most = &text[here..text.len().min(here + PEEK)];
    match most {
        [b'\\', quote @ (b'"' | b'\''), rest @ ..] => {
            // JSON within a string.
            let end = rest.windows(2).position(|pair| pair == [b'\\', *quote])?;
            Some((here + 2..here + 2 + end, Quoted::Yes))
        }
        _ if is_curly(most) => {
            let rest = &most[CURLY..];
            let ends = |byte: &u8| !byte.is_ascii_graphic() || b"\"'".contains(byte);
            let end = rest.iter().position(ends)?;
            Some((here + CURLY..here + CURLY + end, Quoted::Yes))
        }
        [quote @ (b'"' | b'\'' | b'`'), rest @ ..] => {
            let end = end_of_string(rest, *quote).or_else(|| is_cut(most).then_some(rest.len()))?;
            Some((here + 1..here + 1 + end, Quoted::Yes))
        }
        _ if sign == 1
            && (text[here.saturating_sub(1)] == b'('
                || closing > 0 && !is_colon && rest[0] == b',') =>
        {
            None
        }
        _ => bare(text, at, here),
    }
}

/// The bytes of a quote as printers set it, which texts of pages have.
const CURLY: usize = 3;

fn is_curly(text: &[u8]) -> bool {
    matches!(text, [0xe2, 0x80, 0x98..=0x9f, ..])
}

/// A value without quotes.
fn bare(text: &[u8], name_end: usize, here: usize) -> Option<(Range<usize>, Quoted)> {
    let most = &text[here..text.len().min(here + PEEK)];
    let line = most
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(most.len());
    let line = most[..line].trim_ascii_end();
    let blank = line.iter().position(u8::is_ascii_whitespace);
    let is_alone = blank.is_none_or(|blank| line[blank..].trim_ascii_start().starts_with(b"#"));
    if is_alone && !line.ends_with(b";") && !line.ends_with(b",") && begins_line(text, name_end) {
        let end = blank.unwrap_or(line.len());
        return Some((here..here + end, Quoted::Line));
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`,;&<>)]}|".contains(byte);
    let end = line.iter().position(ends).unwrap_or(line.len());
    Some((here..here + end, Quoted::No))
}

/// Tells whether the name that ends at `end` is the first of its line, as in configurations.
fn begins_line(text: &[u8], end: usize) -> bool {
    let before = &text[end.saturating_sub(NAME * 2)..end];
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut line = before[line..].trim_ascii_start();
    // In a comment, a list or a script of a shell.
    let words: [&[u8]; 10] = [
        b"export ", b"set ", b"ENV ", b"ARG ", b"- ", b"// ", b"# ", b"* ", b"; ", b"> ",
    ];
    while let Some(rest) = words.iter().find_map(|word| line.strip_prefix(*word)) {
        line = rest.trim_ascii_start();
    }
    line.iter()
        .all(|byte| is_part(*byte) || b".:/\"'".contains(byte))
}

/// Returns where the sign of the assignment ends behind a type: `: &'static str =`.
fn after_type(text: &[u8], from: usize) -> Option<usize> {
    let most = &text[from..text.len().min(from + 40)];
    let is_of_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"&'<>:_ ?[]".contains(byte);
    let end = most.iter().position(|byte| !is_of_type(byte))?;
    (most[end] == b'='
        && most.get(end + 1) != Some(&b'=')
        && most[..end].iter().any(u8::is_ascii_alphabetic))
    .then_some(from + end + 1)
}

/// Returns how much stands before a quote that belongs to it: `b`, or the call that makes a string.
fn before_quote(text: &[u8]) -> usize {
    let is_of_call = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:.&@$#".contains(byte);
    let name = text
        .iter()
        .take(32)
        .take_while(|byte| is_of_call(byte))
        .count();
    match text.get(name) {
        Some(b'"' | b'\'') if name <= 3 => name,
        Some(b'(') if name > 0 && matches!(text.get(name + 1), Some(b'"' | b'\'')) => name + 1,
        _ => 0,
    }
}

fn end_of_string(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'\n' => return None,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// `login NAME password VALUE`, as in files of curl and ftp.
fn at_login(text: &[u8], name_end: usize, value: usize) -> Option<(Range<usize>, Quoted)> {
    let before = &text[name_end.saturating_sub(200)..name_end];
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let is_login = super::blocks::find(&before[line..], b"login ").is_some();
    let most = &text[value..text.len().min(value + PEEK)];
    let end = most
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || b"\"'".contains(byte))
        .unwrap_or(most.len());
    (is_login && value > name_end && end > 0).then_some((value..value + end, Quoted::Line))
}
