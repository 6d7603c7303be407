//! Secrets of which name and value are a pair: `name: DB_PASSWORD` and, beside it, `value: …`.

use std::ops::Range;

use super::assigned::{PEEK, end_of_string, skip_blanks};

/// So far from the name is the value, at most.
const BESIDE: usize = 240;
/// What a name is called,
const NAMES: &[&[u8]] = &[b"name", b"key", b"field", b"variable"];
/// and a value.
const VALUES: &[&[u8]] = &[b"value", b"string"];

/// Returns the value beside what `name` is part of.
pub(super) fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let is_dotted = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/-".contains(byte);
    let before = text[..name.start].iter().rev().take(60);
    let begin = name.start - before.take_while(|byte| is_dotted(byte)).count();
    let after = text[name.end..].iter().take(60);
    let end = name.end + after.take_while(|byte| is_dotted(byte)).count();
    if text[..begin].ends_with(b">") {
        return between_tags(text, begin, end);
    }
    if text[..begin].ends_with(b"variable \"") {
        return default_of(text, end);
    }
    let called = name_before(&text[..begin])?;
    let next = skip_joint(text, end);
    value_at(text, next)
        .map(|(value, _)| value)
        .or_else(|| value_before(text, called))
}

/// Returns where the word stands that says that a name comes at the end of `text`.
fn name_before(text: &[u8]) -> Option<usize> {
    let quotes = |text: &[u8]| {
        let quotes = text.iter().rev().take(2);
        text.len() - quotes.take_while(|byte| b"\"'\\".contains(byte)).count()
    };
    let text = &text[..quotes(text)];
    let text = trim_blanks(text);
    let text = text.strip_suffix(b":").or(text.strip_suffix(b"="))?;
    let text = trim_blanks(text);
    let text = &text[..quotes(text)];
    NAMES.iter().find_map(|word| {
        let start = text.len().checked_sub(word.len())?;
        let is_one = text[start..].eq_ignore_ascii_case(word)
            && !text[..start].last().is_some_and(u8::is_ascii_alphanumeric);
        is_one.then_some(start)
    })
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take(12);
    &text[..text.len() - blanks.take_while(|byte| b" \t".contains(byte)).count()]
}

fn is_joint(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b",\"'\\".contains(&byte)
}

fn skip_joint(text: &[u8], from: usize) -> usize {
    let joint = text[from..].iter().take(80);
    from + joint.take_while(|byte| is_joint(**byte)).count()
}

/// Returns the value that `value` names at `at`, and where it ends with its quotes.
fn value_at(text: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let length = VALUES[0].len();
    let is_value = text.get(at..at + length)?.eq_ignore_ascii_case(VALUES[0]);
    is_value.then(|| value_behind(text, at + length)).flatten()
}

/// Returns what a word that ends at `at` is given.
fn value_behind(text: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let quotes = text[at..].iter().take(2);
    let quotes = quotes.take_while(|byte| b"\"'\\".contains(byte)).count();
    let here = skip_blanks(text, at + quotes);
    if !matches!(text.get(here), Some(b':' | b'=')) {
        return None;
    }
    let here = skip_blanks(text, here + 1);
    let most = &text[here..text.len().min(here + PEEK)];
    match most {
        [b'\\', quote @ (b'"' | b'\''), rest @ ..] => {
            let end = rest.windows(2).position(|pair| pair == [b'\\', *quote])?;
            Some((here + 2..here + 2 + end, here + 4 + end))
        }
        [quote @ (b'"' | b'\''), rest @ ..] => {
            let end = end_of_string(rest, *quote)?;
            Some((here + 1..here + 1 + end, here + 2 + end))
        }
        _ => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b",}\"".contains(byte);
            let end = here + most.iter().position(ends).unwrap_or(most.len());
            Some((here..end, end))
        }
    }
}

/// Returns the value that stands before the word at `called`, which says that a name comes.
fn value_before(text: &[u8], called: usize) -> Option<Range<usize>> {
    let from = called.saturating_sub(BESIDE);
    let most = text[from..called].to_ascii_lowercase();
    let at = from
        + most
            .windows(VALUES[0].len())
            .rposition(|word| word == VALUES[0])?;
    let (value, end) = value_at(text, at)?;
    let is_beside = end <= called && text[end..called].iter().all(|byte| is_joint(*byte));
    is_beside.then_some(value)
}

/// `<key>password</key> <string>…</string>`, also with `name` and `value`.
fn between_tags(text: &[u8], begin: usize, end: usize) -> Option<Range<usize>> {
    let is_name = |word: &&&[u8]| {
        let tag = text[..begin].strip_suffix(b">");
        let tag = tag.and_then(|before| before.strip_suffix(**word));
        tag.is_some_and(|before| before.ends_with(b"<"))
    };
    NAMES.iter().find(is_name)?;
    let rest = text.get(end..)?.strip_prefix(b"</")?;
    let close = 3 + rest.iter().take(12).position(|byte| *byte == b'>')?;
    let next = skip_joint(text, end + close);
    VALUES.iter().find_map(|word| {
        let tag = text.get(next..)?.strip_prefix(b"<")?.strip_prefix(*word)?;
        let most = tag.strip_prefix(b">")?;
        let start = text.len() - most.len();
        let length = most.iter().take(PEEK).position(|byte| *byte == b'<')?;
        Some(start..start + length)
    })
}

/// The value of a tag that has it as an attribute: `<password value="…"/>`.
pub(super) fn attribute(text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let most = text[range.clone()].to_ascii_lowercase();
    let at = range.start + super::blocks::find(&most, b"value=\"")?;
    value_at(text, at).map(|(value, _)| value)
}

/// The default of a variable of Terraform, of which the name ends at `end`.
fn default_of(text: &[u8], end: usize) -> Option<Range<usize>> {
    let most = &text[end..text.len().min(end + BESIDE)];
    let most = &most[..most
        .iter()
        .position(|byte| *byte == b'}')
        .unwrap_or(most.len())];
    let word = b"default";
    let at = end + super::blocks::find(most, word)? + word.len();
    value_behind(text, at).map(|(value, _)| value)
}
