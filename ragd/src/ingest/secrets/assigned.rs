//! Secrets that are known by the name of what they are given to: `password = "…"`.

use std::ops::Range;

use super::called::{self, NAME, is_part};
use super::find::Hit;
use super::value::{Asked, is_secret, is_varied};
use super::{flags, pairs, settings, unsigned};

/// So much of a value tells whether it is a secret,
pub(super) const PEEK: usize = 160;
/// and so much more of it is replaced.
const VALUE: usize = 8 << 10;

pub(super) fn skip_blanks(text: &[u8], from: usize) -> usize {
    let blanks = text.get(from..).unwrap_or_default().iter().take(12);
    from + blanks
        .take_while(|byte| **byte == b' ' || **byte == b'\t')
        .count()
}

/// Finds the value of a name that has a keyword at `at`.
pub(super) fn named(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let name = called::name(text, &at)?;
    let paired = pairs::value(text, &name).map(|value| (value, Ends::Quoted));
    let (value, ends) = paired.or_else(|| value_of(text, &name))?;
    // That is a login in an address, of which another rule knows where it ends.
    if text[..name.start].ends_with(b"://") {
        return None;
    }
    let called = called::called(text, &at, &name)?;
    let value_text = std::str::from_utf8(&text[value.clone()]).ok()?;
    // A blank is like any other joint of words there.
    let is_setting = || ends == Ends::Setting || settings::is_one(text, &name, &value);
    let is_one = match value_text.contains(' ') && called.is_password && is_setting() {
        true => is_secret(&value_text.replace(' ', "_"), Asked::Password),
        false => is_secret(value_text, ends.asked(&called)),
    };
    // Types, sizes and words of a sentence stand there, too.
    let is_plain =
        matches!(ends, Ends::Cell | Ends::Last) && called.is_password && !is_telling(value_text);
    let is_call = ends == Ends::Line && value_text.ends_with(')') && value_text.contains('(');
    let kind = called.kind(value.len());
    (is_one && !is_call && !is_plain).then(|| Hit::new(whole(text, value), kind))
}

/// Tells whether a value is a password by itself.
fn is_telling(value: &str) -> bool {
    (is_varied(value) || value.contains(['!', '@', '#', '$', '%'])) && !value.contains('(')
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
pub(super) enum Ends {
    Quoted,
    /// A line of a name and a value, as configurations have.
    Line,
    /// A word of a shell.
    Word,
    /// One of several settings of a connection.
    Setting,
    /// A cell of a table.
    Cell,
    /// The end of a line, which may be one of a sentence, too.
    Last,
    /// It is not known: it may be an expression of a program.
    Open,
}

impl Ends {
    fn asked(self, called: &called::Called) -> Asked {
        match self {
            Self::Open => Asked::Bare,
            Self::Last if !called.is_password => Asked::Bare,
            _ if called.is_password => Asked::Password,
            Self::Quoted => Asked::Key,
            Self::Line | Self::Word | Self::Setting | Self::Cell | Self::Last => Asked::Word,
        }
    }
}

/// Returns the value that is given to a name.
fn value_of(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, Ends)> {
    let at = name.end;
    if text[..name.start].ends_with(b"${") {
        return in_braces(text, at).map(|value| (value, Ends::Word));
    }
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
        | [b'?', b'=', ..]
        // What is taken where there is none.
        | [b'|', b'|', ..]
        | [b'?', b'?', ..] => 2,
        [b'=' | b':', ..] => 1,
        [b'(', ..] if closing == 0 => 1,
        [b',', ..] if closing > 0 => 1,
        // The second is `name="password">`.
        [b'>', ..] if closing <= 1 && here == at + closing => 1,
        _ => return unsigned::value(text, name, here),
    };
    let is_colon = rest[0] == b':' && sign == 1;
    let is_tag = rest[0] == b'>';
    here = skip_blanks(text, here + sign);
    if is_colon && let Some(after) = after_type(text, here) {
        here = skip_blanks(text, after);
    }
    if is_tag {
        return in_tag(text, here);
    }
    here += before_quote(&text[here..]);
    let most = &text[here..text.len().min(here + PEEK)];
    match most {
        [b'\\', quote @ (b'"' | b'\''), rest @ ..] => {
            // JSON within a string.
            let end = rest.windows(2).position(|pair| pair == [b'\\', *quote])?;
            Some((here + 2..here + 2 + end, Ends::Quoted))
        }
        _ if is_curly(most) => {
            let rest = &most[CURLY..];
            let ends = |byte: &u8| !byte.is_ascii_graphic() || b"\"'".contains(byte);
            let end = rest.iter().position(ends)?;
            Some((here + CURLY..here + CURLY + end, Ends::Quoted))
        }
        [quote @ (b'"' | b'\'' | b'`'), rest @ ..] => {
            let end = end_of_string(rest, *quote).or_else(|| is_cut(most).then_some(rest.len()))?;
            Some((here + 1..here + 1 + end, Ends::Quoted))
        }
        _ if sign == 1
            && (text[here.saturating_sub(1)] == b'('
                || closing > 0 && !is_colon && rest[0] == b',') =>
        {
            None
        }
        _ if matches!(rest, [b'|', b'|', ..] | [b'?', b'?', ..]) => None,
        _ => settings::value(text, name, here)
            .map(|value| (value, Ends::Setting))
            .or_else(|| bare(text, name, here)),
    }
}

/// The bytes of a quote as printers set it, which texts of pages have.
const CURLY: usize = 3;

fn is_curly(text: &[u8]) -> bool {
    matches!(text, [0xe2, 0x80, 0x98..=0x9f, ..])
}

/// What a variable of a shell is where it is not set: `${PASSWORD:-…}`, also with `:` alone.
fn in_braces(text: &[u8], at: usize) -> Option<Range<usize>> {
    let most = &text[at..text.len().min(at + PEEK)];
    let end = most.iter().position(|byte| *byte == b'}')?;
    let sign = most.iter().take_while(|byte| b":-=".contains(byte)).count();
    (1..end).contains(&sign).then_some(at + sign..at + end)
}

/// A value between tags.
pub(super) fn in_tag(text: &[u8], here: usize) -> Option<(Range<usize>, Ends)> {
    let cdata = b"<![CDATA[";
    let here = match text[here..].starts_with(cdata) {
        true => here + cdata.len(),
        false => here,
    };
    let most = &text[here..text.len().min(here + PEEK)];
    let end = most
        .iter()
        .position(|byte| *byte == b'<')
        .or_else(|| is_cut(most).then_some(most.len()))?;
    let mut value = most[..end].trim_ascii_end();
    value = value.strip_suffix(b"]]>").unwrap_or(value);
    Some((here..here + value.len(), Ends::Quoted))
}

/// A value without quotes.
fn bare(text: &[u8], name: &Range<usize>, here: usize) -> Option<(Range<usize>, Ends)> {
    let most = &text[here..text.len().min(here + PEEK)];
    let line = most
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(most.len());
    let line = most[..line].trim_ascii_end();
    let in_word = |end: &u8| end.is_ascii_whitespace() || b"\"'`;&<>)|".contains(end);
    let end = flags::end_of_word(line);
    if flags::is_word(text, name, here..here + end) {
        return Some((here..here + end, Ends::Word));
    }
    let blank = line.iter().position(u8::is_ascii_whitespace);
    let is_alone = blank.is_none_or(|blank| line[blank..].trim_ascii_start().starts_with(b"#"));
    if is_alone && !line.ends_with(b";") && !line.ends_with(b",") && begins_line(text, name.end) {
        let end = blank.unwrap_or(line.len());
        return Some((here..here + end, Ends::Line));
    }
    // `password = …;`, and the last of a sentence.
    let is_all = &line[end..] == b";" && begins_line(text, name.end);
    if is_all || end == line.len() {
        return Some((here..here + end, Ends::Last));
    }
    // `password=… command`
    let is_set = here == name.end + 1 && text[name.end] == b'=' && begins_line(text, name.end);
    let next = line[end..].trim_ascii_start().first();
    if is_set && next.is_some_and(|next| next.is_ascii_lowercase() || b"./".contains(next)) {
        return Some((here..here + end, Ends::Cell));
    }
    let ends = |byte: &u8| in_word(byte) || b",]}".contains(byte);
    let end = line.iter().position(ends).unwrap_or(line.len());
    Some((here..here + end, Ends::Open))
}

/// Tells whether the name that ends at `end` is the first of its line, as in configurations.
pub(super) fn begins_line(text: &[u8], end: usize) -> bool {
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
    if let Some(rest) = text.strip_prefix(b"[]") {
        return before_quote(rest) + 2;
    }
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

pub(super) fn end_of_string(text: &[u8], quote: u8) -> Option<usize> {
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
