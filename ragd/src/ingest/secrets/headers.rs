//! Passwords and tokens in addresses and headers.

use std::ops::Range;

use super::assigned::skip_blanks;
use super::find::Hit;
use super::tokens::begins_word;
use super::value::{Asked, is_secret};

/// So much of a login or a token is looked at.
const VALUE: usize = 512;

/// The password of `scheme://user:password@host`, or the token of `scheme://token@host`.
pub(super) fn in_url(text: &[u8], at: Range<usize>) -> Option<Hit> {
    if !text[..at.start]
        .last()
        .is_some_and(u8::is_ascii_alphanumeric)
    {
        return None;
    }
    let most = &text[at.end..text.len().min(at.end + 256)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'`<>\\,()|".contains(byte);
    let end = most.iter().position(ends).unwrap_or(most.len());
    let host = most[..end].iter().rposition(|byte| *byte == b'@');
    let host = host.or_else(|| host_behind(most, end))?;
    if most.len() <= host + 1 {
        return None;
    }
    let login = &most[..host];
    let colon = login.iter().position(|byte| *byte == b':');
    let (user, password) = (
        &login[..colon.unwrap_or(host)],
        &login[colon.map_or(host, |at| at + 1)..],
    );
    let said = std::str::from_utf8(password).ok()?;
    if password != user && is_secret(said, Asked::Password) {
        let start = at.end + host - password.len();
        return Some(Hit::new(start..at.end + host, "url-password"));
    }
    // A token is all that some servers ask for.
    let is_alone = [b"".as_slice(), b"x-oauth-basic", b"x"].contains(&password);
    let said = std::str::from_utf8(user).ok()?;
    let is_web = text[..at.start].ends_with(b"http") || text[..at.start].ends_with(b"https");
    let is_one = is_web && is_alone && user.len() >= 20 && is_secret(said, Asked::Key);
    is_one.then(|| Hit::new(at.end..at.end + user.len(), "url-password"))
}

/// Returns where the `@` is behind a password with signs that would have had to be escaped.
fn host_behind(most: &[u8], end: usize) -> Option<usize> {
    let colon = most[..end].iter().position(|byte| *byte == b':')?;
    let (user, begun) = (&most[..colon], &most[colon + 1..end]);
    // That is a host and its port.
    if user.contains(&b'.') || begun.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>\\()|".contains(byte);
    let stop = most.iter().position(ends).unwrap_or(most.len());
    most.get(..stop)?.iter().position(|byte| *byte == b'@')
}

/// What comes after `Authorization: Bearer`.
pub(super) fn bearer(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let token = text[at.end..]
        .iter()
        .take(4_096)
        .take_while(|byte| is_token(byte))
        .count();
    let value = &text[at.end..at.end + token];
    let value_text = std::str::from_utf8(value).ok()?;
    let is_one = token >= 12
        && begins_word(text, at.start)
        && is_secret(&value_text[..token.min(VALUE)], Asked::Key);
    is_one.then(|| Hit::new(at.end..at.end + token, "bearer-token"))
}

/// What comes after `Authorization: Basic`, or after `"auth":` in the configuration of Docker.
pub(super) fn basic(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let mut from = at.end;
    if text[at.clone()].ends_with(b"\"") {
        from = skip_blanks(text, from);
        if text.get(from) != Some(&b':') {
            return None;
        }
        from = skip_blanks(text, from + 1);
        if text.get(from) != Some(&b'"') {
            return None;
        }
        from += 1;
    }
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let length = text[from..]
        .iter()
        .take(VALUE)
        .take_while(|byte| is_code(byte))
        .count();
    let decoded = decode(&text[from..from + length])?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let is_login = decoded.iter().all(|byte| *byte >= b' ' && *byte != 0x7f) && decoded.len() >= 8;
    let password = std::str::from_utf8(&decoded[colon + 1..]).ok()?;
    let is_one = is_login && begins_word(text, at.start) && is_secret(password, Asked::Password);
    is_one.then(|| Hit::new(from..from + length, "basic-auth"))
}

/// Decodes base64; none if it is none.
pub(super) fn decode(code: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(code.len());
    let (mut bits, mut have) = (0_u32, 0);
    let code = code
        .strip_suffix(b"==")
        .or(code.strip_suffix(b"="))
        .unwrap_or(code);
    for byte in code {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have & 0xff) as u8);
        }
    }
    Some(out)
}
