//! Values that no sign parts from their name: `password …` of a login, a flag, a cell or a sentence.

use std::ops::Range;

use super::assigned::{Ends, PEEK, begins_line, end_of_string, in_tag, skip_blanks};
use super::called::NAME;
use super::{flags, logins, pairs};

/// A value that only a blank parts from its name, or the rest of a tag.
pub(super) fn value(
    text: &[u8],
    name: &Range<usize>,
    value: usize,
) -> Option<(Range<usize>, Ends)> {
    if text[..name.start].ends_with(b"<") && value > name.end {
        let most = &text[value..text.len().min(value + NAME * 2)];
        let end = most.iter().position(|byte| b"<>\n".contains(byte))?;
        if let Some(value) = pairs::attribute(text, value..value + end) {
            return Some((value, Ends::Quoted));
        }
        let is_open = most[end] == b'>' && !most[..end].ends_with(b"/");
        return is_open.then(|| in_tag(text, value + end + 1)).flatten();
    }
    if let Some(value) = typed(text, name, value) {
        return Some((value, Ends::Quoted));
    }
    let others = [
        flags::value(text, name).map(|value| (value, Ends::Word)),
        at_login(text, name, value).map(|value| (value, Ends::Line)),
        in_cell(text, name, value).map(|value| (value, Ends::Cell)),
        logins::in_sql(text, name, value).map(|value| (value, Ends::Quoted)),
        alone(text, name, value),
        told(text, value).map(|value| (value, Ends::Cell)),
    ];
    others.into_iter().flatten().next()
}

/// `var password string = "…"` and `#define PASSWORD "…"`
fn typed(text: &[u8], name: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let mut here = at;
    if !text[..name.start].ends_with(b"#define ") {
        let is_of_type = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.:[]*&<>".contains(*byte);
        let length = text[at..].iter().take(NAME).take_while(is_of_type).count();
        here = skip_blanks(text, at + length);
        let is_given = length > 0 && text.get(here) == Some(&b'=');
        here = skip_blanks(text, here + 1);
        if !is_given {
            return None;
        }
    }
    let most = text.get(here..)?;
    let (b'"' | b'`') = most.first()? else {
        return None;
    };
    let is_apart = text[name.end].is_ascii_whitespace() && at > name.end;
    let end = end_of_string(&most[1..most.len().min(PEEK)], most[0])?;
    is_apart.then_some(here + 1..here + 1 + end)
}

/// `| NAME | VALUE |`
fn in_cell(text: &[u8], name: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let before = &text[name.start.saturating_sub(NAME)..name.start];
    let is_cell = |byte: &&u8| !b" `*\t".contains(byte);
    if before.iter().rev().find(is_cell) != Some(&b'|') {
        return None;
    }
    let most = text[at..text.len().min(at + PEEK)].strip_prefix(b"|")?;
    let end = most.iter().position(|byte| b"|\n".contains(byte))?;
    // Without what has it set in bold or as code.
    let marks = |byte: &&u8| b" \t`*".contains(*byte);
    let start = most[..end].iter().take_while(marks).count();
    let rest = most[start..end].iter().rev().take_while(marks).count();
    Some(at + 1 + start..at + 1 + end - rest).filter(|value| !value.is_empty() && end > rest)
}

/// `password is …`
fn told(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?.strip_prefix(b"is")?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
    let start = text.len() - rest.len();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`,;)".contains(byte);
    let most = &rest[..rest.len().min(PEEK)];
    let end = most.iter().position(ends).unwrap_or(most.len());
    let word = most[..end].strip_suffix(b".").unwrap_or(&most[..end]);
    Some(start..start + word.len())
}

/// A name and a value that are all of a line.
fn alone(text: &[u8], name: &Range<usize>, at: usize) -> Option<(Range<usize>, Ends)> {
    if at == name.end || !begins_line(text, name.end) {
        return None;
    }
    let most = &text[at..text.len().min(at + PEEK)];
    let line = most.iter().position(|byte| *byte == b'\n');
    let line = most[..line.unwrap_or(most.len())].trim_ascii_end();
    if let [quote @ (b'"' | b'\''), rest @ ..] = line {
        let end = end_of_string(rest, *quote)?;
        let is_all = rest[end + 1..].iter().all(|byte| b",;)".contains(byte));
        return is_all.then_some((at + 1..at + 1 + end, Ends::Quoted));
    }
    let line = line.strip_suffix(b";").unwrap_or(line);
    let is_word = !line.iter().any(u8::is_ascii_whitespace);
    let is_setting =
        [b"requirepass".as_slice(), b"masterauth", b"bindpw"].contains(&&text[name.clone()]);
    let ends = if is_setting { Ends::Line } else { Ends::Cell };
    is_word.then_some((at..at + line.len(), ends))
}

/// `login NAME password VALUE`, as in files of curl and ftp.
fn at_login(text: &[u8], name: &Range<usize>, value: usize) -> Option<Range<usize>> {
    let before = &text[name.start.saturating_sub(200)..name.start];
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    // Each on a line of its own, or all on one.
    let before = match before[line..].trim_ascii().is_empty() {
        true => before,
        false => &before[line..],
    };
    let has = |word: &[u8]| super::blocks::find(before, word).is_some();
    let most = &text[value..text.len().min(value + PEEK)];
    let end = most
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || b"\"'".contains(byte))
        .unwrap_or(most.len());
    let is_login = has(b"login ") || has(b"machine ");
    (is_login && value > name.end && end > 0).then_some(value..value + end)
}
