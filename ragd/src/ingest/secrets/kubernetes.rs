//! Secrets of Kubernetes: what stands below `data` of something of the kind `Secret`.

use std::ops::Range;

use super::blocks::find;
use super::find::Hit;
use super::headers::decode;
use super::value::is_wordy;

/// So far from its kind is what a secret holds, at most.
const MOST: usize = 16 << 10;
const KIND: &str = "kubernetes-secret";

/// What says that something is one.
pub(super) const BEGINS: &[&str] = &[
    "kind: Secret",
    "kind: \"Secret\"",
    "\"kind\": \"Secret\"",
    "\"kind\":\"Secret\"",
    // In the notes of what was applied last.
    "kind\\\":\\\"Secret\\\"",
];

/// Finds what is held by the secret that says so at `at`.
pub(super) fn held(text: &[u8], at: Range<usize>) -> Vec<Hit> {
    let is_one = find(&text[at.clone()], b"Secret").is_some()
        && !text.get(at.end).is_some_and(u8::is_ascii_alphanumeric);
    match text[at.start] {
        _ if !is_one => Vec::new(),
        b'k' if text[at.start + 4] == b':' => in_yaml(text, at),
        _ => in_json(text, at),
    }
}

/// A line, without its end.
struct Line {
    range: Range<usize>,
    /// How far its content is from its begin, behind the mark of a list, too.
    column: usize,
    is_listed: bool,
}

impl Line {
    fn new(text: &[u8], range: Range<usize>) -> Self {
        let line = &text[range.clone()];
        let blanks = line.iter().take_while(|byte| **byte == b' ').count();
        let is_listed = line[blanks..].starts_with(b"- ");
        Self {
            column: blanks + if is_listed { 2 } else { 0 },
            is_listed,
            range,
        }
    }

    fn content<'text>(&self, text: &'text [u8]) -> &'text [u8] {
        let line = &text[self.range.clone()];
        line.get(self.column..).unwrap_or_default().trim_ascii_end()
    }

    /// A document ends here, or what is within it does.
    fn is_end(&self, text: &[u8], column: usize) -> bool {
        let content = self.content(text);
        let is_empty =
            content.is_empty() || content.starts_with(b"#") || content.starts_with(b"{{");
        content.starts_with(b"---")
            || !is_empty && self.column < column
            || self.column == column && content.starts_with(b"kind:")
    }
}

fn in_yaml(text: &[u8], at: Range<usize>) -> Vec<Hit> {
    let from = at.start.saturating_sub(MOST);
    let begin = text[from..at.start].iter().rposition(|byte| *byte == b'\n');
    let start = begin.map_or(from, |begin| from + begin + 1);
    let kind = Line::new(text, start..at.end);
    if kind.column != at.start - start {
        return Vec::new();
    }
    let column = kind.column;
    let mut lines = Vec::new();
    let mut end = start;
    while !kind.is_listed && end > from {
        let begin = text[from..end - 1].iter().rposition(|byte| *byte == b'\n');
        let line = Line::new(text, begin.map_or(from, |begin| from + begin + 1)..end - 1);
        end = line.range.start;
        if line.is_end(text, column) {
            break;
        }
        let is_first = line.is_listed && line.column == column;
        lines.push(line);
        if is_first {
            break;
        }
    }
    lines.reverse();
    let mut start = at.end;
    let most = text.len().min(at.end + MOST);
    while start < most {
        let length = text[start..most].iter().position(|byte| *byte == b'\n');
        let end = length.map_or(most, |length| start + length);
        let line = Line::new(text, start..end);
        let is_next = line.is_listed && line.column == column;
        if start > at.end && (line.is_end(text, column) || is_next) {
            break;
        }
        lines.push(line);
        start = end + 1;
    }
    of_lines(text, &lines, column)
}

/// Returns the values of what is below `data` and `stringData`.
fn of_lines(text: &[u8], lines: &[Line], column: usize) -> Vec<Hit> {
    let mut hits = Vec::new();
    // Whether what comes is packed, and below which column it is a text of several lines.
    let (mut packed, mut block) = (None, None);
    for line in lines {
        let content = line.content(text);
        if content.is_empty() {
            continue;
        }
        if line.column <= column {
            packed = match content {
                b"data:" => Some(true),
                b"stringData:" => Some(false),
                _ => None,
            };
            block = None;
            continue;
        }
        let Some(is_packed) = packed else { continue };
        let at = line.range.start + line.column;
        if block.is_some_and(|block| line.column > block) {
            // Base64 may be broken anywhere.
            hits.extend(hit(text, at..at + content.len(), false));
            continue;
        }
        block = None;
        let Some(colon) = find(content, b": ") else {
            continue;
        };
        let value = content[colon + 2..].trim_ascii_start();
        match value.first() {
            Some(b'|' | b'>') => block = Some(line.column),
            _ => {
                let start = at + content.len() - value.len();
                hits.extend(hit(text, scalar(value, start), is_packed));
            }
        }
    }
    hits
}

/// Returns where a value is, without quotes and comments.
fn scalar(value: &[u8], start: usize) -> Range<usize> {
    match value {
        [quote @ (b'"' | b'\''), rest @ ..] => {
            let end = rest.iter().rposition(|byte| byte == quote);
            start + 1..start + 1 + end.unwrap_or(rest.len())
        }
        _ => start..start + find(value, b" #").unwrap_or(value.len()),
    }
}

fn in_json(text: &[u8], at: Range<usize>) -> Vec<Hit> {
    let kind: &[u8] = match text[at.start] {
        b'"' => b"\"kind\"",
        _ => b"\"kind\\",
    };
    let before = &text[at.start.saturating_sub(MOST)..at.start];
    let last = before.windows(kind.len()).rposition(|word| word == kind);
    let from = at.start - before.len() + last.unwrap_or(0);
    let after = &text[at.end..text.len().min(at.end + MOST)];
    let to = at.end + find(after, kind).unwrap_or(after.len());
    let mut hits = Vec::new();
    for (name, is_packed) in [(b"\"data".as_slice(), true), (b"\"stringData", false)] {
        if let Some(begin) = find(&text[from..to], name) {
            of_object(text, from + begin + name.len()..to, is_packed, &mut hits);
        }
    }
    hits
}

/// Adds the values of the object that begins within `range`, also where all quotes are escaped.
fn of_object(text: &[u8], range: Range<usize>, is_packed: bool, hits: &mut Vec<Hit>) {
    let is_before = |byte: &u8| byte.is_ascii_whitespace() || b"\\\":".contains(byte);
    let most = &text[range.clone()];
    let open = most.iter().take_while(|byte| is_before(byte)).count();
    if most.get(open) != Some(&b'{') {
        return;
    }
    let Some(close) = most.iter().position(|byte| *byte == b'}') else {
        return;
    };
    // Names and values take turns.
    let mut quotes = (open..close).filter(|at| most[*at] == b'"');
    while let (Some(_), Some(_), Some(start), Some(end)) =
        (quotes.next(), quotes.next(), quotes.next(), quotes.next())
    {
        let value = most[start + 1..end]
            .strip_suffix(b"\\")
            .unwrap_or(&most[start + 1..end]);
        let start = range.start + start + 1;
        hits.extend(hit(text, start..start + value.len(), is_packed));
    }
}

/// Returns what is no place for a value that is to be filled in.
fn hit(text: &[u8], range: Range<usize>, is_packed: bool) -> Option<Hit> {
    let value = text[range.clone()].trim_ascii();
    let marks: [&[u8]; 5] = [b"{{", b"${", b"$(", b"<", b"[SECRET:"];
    let is_filled = !value.is_empty() && !marks.iter().any(|mark| find(value, mark).is_some());
    let plain = match is_packed {
        true => decode(value)?,
        false => value.to_vec(),
    };
    let is_text = plain
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    let is_one = is_filled && !(is_text && is_wordy(&plain.to_ascii_lowercase()));
    is_one.then(|| Hit::new(range, KIND))
}
