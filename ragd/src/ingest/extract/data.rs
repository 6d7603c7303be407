//! Where the headings of data are: the outer keys of JSON and YAML, the outer elements of XML.
//!
//! A key counts with its whole path, so that a passage from the middle of a long file says where it is.
//! Within lists there are none: what stands there has no name.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Heading;
use super::markup::{heading, lines};

/// Keys within keys that count.
const DEPTH: usize = 4;
/// Of more keys than these none counts: that is a table, and not something with parts.
const MOST: usize = 50_000;

/// Reads what is nearly JSON, too: comments, keys without quotes around them, several values.
pub(super) fn json(text: &str) -> Vec<Heading> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // Of each container that is open: whether it is an object.
    let mut open: Vec<bool> = Vec::new();
    let (mut lists, mut had_one) = (0_usize, false);
    // Up to here, what is passed since the last line end opens containers at most.
    let mut line = Some(0);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let begin = at;
        at += 1;
        match byte {
            b'\n' => line = Some(at),
            b' ' | b'\t' | b'\r' => {}
            // Lines of records have no path: each is one.
            b'{' | b'[' if open.is_empty() && had_one => return Vec::new(),
            b'{' | b'[' => {
                had_one = true;
                open.push(*byte == b'{');
                lists += usize::from(*byte == b'[');
            }
            b'}' | b']' => {
                if open.pop() == Some(false) {
                    lists -= 1;
                }
            }
            b'"' => {
                at = end_of_string(bytes, at);
                let is_named = open.last() == Some(&true) && lists == 0 && open.len() <= DEPTH;
                if is_named && is_key(&bytes[at..]) {
                    let title = text.get(begin + 1..at - 1).unwrap_or_default();
                    // What stands before it on its line belongs to it only if it says nothing.
                    found.extend(heading(line.take().unwrap_or(begin), open.len(), title));
                }
                line = None;
                if found.len() > MOST {
                    return Vec::new();
                }
            }
            b'/' if bytes.get(at) == Some(&b'/') => {
                let end = bytes[at..].iter().position(|byte| *byte == b'\n');
                at = end.map_or(bytes.len(), |end| at + end);
            }
            b'/' if bytes.get(at) == Some(&b'*') => {
                let end = text.get(at + 1..).and_then(|rest| rest.find("*/"));
                at = end.map_or(bytes.len(), |end| at + 1 + end + 2);
            }
            _ => line = None,
        }
    }
    found
}

/// Returns the place behind the string that begins at `at`; one that is not closed ends with its line.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_key(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Goes by indentation, as people read it.
pub(super) fn yaml(text: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    // How far the keys around a line are indented.
    let mut open: Vec<usize> = Vec::new();
    // Lines that are indented further than this are text, or belong to a list.
    let mut passed: Option<usize> = None;
    for (at, line) in lines(text) {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if passed.is_some_and(|passed| indent > passed) {
            continue;
        }
        passed = None;
        if content == "---" {
            open.clear();
        }
        if content.starts_with("- ") || content == "-" {
            passed = Some(indent);
            continue;
        }
        let Some((name, rest)) = key(content).or_else(|| complex_key(content)) else {
            continue;
        };
        open.retain(|around| *around < indent);
        open.push(indent);
        if open.len() <= DEPTH {
            found.extend(heading(at, open.len(), name));
        }
        if rest.starts_with(['|', '>']) {
            passed = Some(indent);
        }
        if found.len() > MOST {
            return Vec::new();
        }
    }
    found
}

/// Returns a key that is no word but a list or the like. What is indented below it is part of it.
fn complex_key(line: &str) -> Option<(&str, &str)> {
    match line.strip_prefix('?')? {
        "" => Some(("?", "|")),
        name => name.starts_with(' ').then_some((name, "|")),
    }
}

/// Splits a line into its key and what follows.
fn key(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].split_once(quote)?,
        first if first.is_alphanumeric() || "_$./<".contains(first) => {
            let end = line
                .find(": ")
                .or_else(|| line.strip_suffix(':').map(str::len));
            line.split_at(end?)
        }
        _ => return None,
    };
    let rest = rest.strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| (name, rest.trim_start()))
}

/// Takes an element with its name, if it has one: `target build`.
pub(super) fn xml(text: &str) -> Vec<Heading> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut found = Vec::new();
    let (mut depth, mut line, mut passed) = (0_usize, 0, 0);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let (start, is_open) = match reader.read_event() {
            Ok(Event::Start(start)) => (start, 1),
            Ok(Event::Empty(start)) => (start, 0),
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => continue,
        };
        if depth < DEPTH {
            let end = text[passed..at].rfind('\n');
            line = end.map_or(line, |end| passed + end + 1);
            passed = at;
            let is_first = text[line..at].trim_start().is_empty();
            let at = if is_first { line } else { at };
            found.extend(heading(at, depth + 1, &title(&start)));
        }
        if found.len() > MOST {
            return Vec::new();
        }
        depth += is_open;
    }
}

fn title(start: &BytesStart<'_>) -> String {
    let tag = start.local_name().into_inner();
    let mut attributes = start.attributes();
    let named = attributes.with_checks(false).flatten().find(|attribute| {
        let name = attribute.key.local_name().into_inner();
        matches!(name, "name" | "id" | "key")
    });
    match named {
        Some(attribute) => format!("{tag} {}", attribute.value),
        None => tag.to_owned(),
    }
}
