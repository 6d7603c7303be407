//! Private keys, which take several lines.

use std::ops::Range;

use super::find::Hit;

/// Bytes that a key may have: one of RSA with 16384 bits, indented.
const MOST: usize = 32 << 10;
/// What is shorter is talk about keys.
const LEAST: usize = 60;

/// Finds the key around `at`, which is `PRIVATE KEY` in its first line or elsewhere.
pub(super) fn private_key(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let before = &text[at.start.saturating_sub(40)..at.start];
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let begin = find(&before[line..], b"-- BEGIN ")
        .map(|found| found + 2)
        .or_else(|| find(&before[line..], b"--BEGIN ").map(|found| found + 2))?;
    let mut start = at.start - before.len() + line + begin;
    while start > 0 && text[start - 1] == b'-' {
        start -= 1;
    }
    let from = at.end;
    let most = &text[from..text.len().min(from + MOST)];
    let next = find(most, b"BEGIN ").unwrap_or(most.len());
    let most = &most[..next];
    let (body, end) = match find(most, b"END ") {
        Some(end) => {
            let rest = &most[end..];
            let close = find(rest, b"KEY").map_or(0, |at| at + 3);
            let tail = rest[close..]
                .iter()
                .take_while(|byte| b"- BLOCK".contains(*byte));
            (&most[..end], from + end + close + tail.count())
        }
        None => {
            let body = most[..body_of(most)].trim_ascii_end();
            (body, from + body.len())
        }
    };
    is_body(body).then_some(Hit {
        range: start..end,
        kind: "private-key",
    })
}

/// Finds the key of a file of PuTTY after `at`, which says how many lines it has.
pub(super) fn putty(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let most = &text[at.end..text.len().min(at.end + MOST)];
    let line = most.iter().position(|byte| *byte == b'\n')?;
    let body = &most[line + 1..][..body_of(&most[line + 1..])];
    let start = at.end + line + 1;
    is_body(body).then_some(Hit {
        range: start..start + body.trim_ascii_end().len(),
        kind: "private-key",
    })
}

/// Returns where base64 over several lines ends.
fn body_of(text: &[u8]) -> usize {
    let mut end = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii();
        let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-\\\"',".contains(byte);
        let is_end = content.is_empty() && end > 1;
        if is_end || !content.iter().all(is_code) {
            break;
        }
        end += line.len();
    }
    end
}

/// Tells whether something is mostly base64, and is no mere talk about keys.
fn is_body(body: &[u8]) -> bool {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let codes = body.iter().filter(|byte| is_code(byte)).count();
    let runs = body.split(|byte| !is_code(byte));
    codes >= LEAST && runs.map(<[u8]>::len).max() >= Some(30) && codes * 10 >= body.len() * 6
}

pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
