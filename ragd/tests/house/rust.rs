//! Just enough of Rust's grammar to see which paths a source names.

use std::fs;
use std::path::{Path, PathBuf};

/// A path that a source names, as in `use crate::index::{Found, Visible};` (two of them).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    /// The segments, with `crate` and `super` resolved: `crate::index::Found` is `index`, `Found`.
    pub(crate) path: Vec<String>,
    pub(crate) origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Begins at the root of this crate.
    Own,
    /// Begins with the name of another crate, or with something in scope.
    Other,
}

/// Returns all Rust files below `folder`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        // A crate need not have every folder.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a folder of ours can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the module of `file` below `src`: `index/mod.rs` is `index`, `main.rs` is `main`.
pub(crate) fn module_of(file: &Path, src: &Path) -> Vec<String> {
    let below = file
        .strip_prefix(src)
        .expect("the file is below src")
        .with_extension("");
    let mut parts: Vec<_> = below
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Returns every path that `source`, the text of `module`, names.
pub(crate) fn named(source: &str, module: &[String]) -> Vec<Named> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    // Inline modules that are open here, each with its depth in braces.
    let mut inline: Vec<(usize, String)> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        let (_, token) = &tokens[at];
        match token.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.retain(|(opened, _)| *opened <= depth);
            }
            "mod" if is(&tokens, at + 2, "{") => {
                inline.push((depth + 1, tokens[at + 1].1.clone()));
            }
            "crate" | "super" | "self" if is(&tokens, at + 1, "::") && !is_segment(&tokens, at) => {
                let mut prefix: Vec<String> = match token.as_str() {
                    "crate" => Vec::new(),
                    _ => {
                        let opened = inline.iter().map(|(_, name)| name.clone());
                        // `main` and `lib` are the root itself.
                        let file = module.iter().filter(|part| !is_root(part)).cloned();
                        file.chain(opened).collect()
                    }
                };
                while is(&tokens, at, "super") {
                    prefix.pop();
                    at += 2;
                }
                if matches!(
                    tokens.get(at).map(|(_, word)| word.as_str()),
                    Some("crate" | "self")
                ) {
                    at += 2;
                }
                at = tree(&tokens, at, &prefix, Origin::Own, &mut found);
                continue;
            }
            word if is_word(word) && is(&tokens, at + 1, "::") && !is_segment(&tokens, at) => {
                at = tree(&tokens, at, &[], Origin::Other, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn is_root(part: &str) -> bool {
    part == "main" || part == "lib"
}

type Tokens = [(usize, String)];

fn is(tokens: &Tokens, at: usize, word: &str) -> bool {
    tokens.get(at).is_some_and(|(_, token)| token == word)
}

/// Tells whether the token continues a path.
fn is_segment(tokens: &Tokens, at: usize) -> bool {
    at > 0 && is(tokens, at - 1, "::") && at > 1 && is_word(&tokens[at - 2].1)
}

fn is_word(token: &str) -> bool {
    // In `use ::protocol` and `return ::x` the word before is no segment.
    const NO_SEGMENTS: [&str; 8] = ["use", "return", "in", "as", "else", "match", "mut", "dyn"];
    starts_word(token) && !NO_SEGMENTS.contains(&token)
}

fn starts_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Reads what may follow `prefix::`, a name or a group, and returns the place behind it.
fn tree(
    tokens: &Tokens,
    mut at: usize,
    prefix: &[String],
    origin: Origin,
    found: &mut Vec<Named>,
) -> usize {
    let mut path = prefix.to_vec();
    let line = tokens.get(at).map_or(0, |(line, _)| *line);
    while let Some((_, token)) = tokens.get(at) {
        if token == "{" {
            at += 1;
            while at < tokens.len() && !is(tokens, at, "}") {
                let before = at;
                at = tree(tokens, at, &path, origin, found);
                // `as Name`, commas, and whatever else stands between two members.
                while at < tokens.len() && !is(tokens, at, ",") && !is(tokens, at, "}") {
                    at += 1;
                }
                if is(tokens, at, ",") {
                    at += 1;
                }
                assert!(at > before, "a group of a path gets on");
            }
            return at + 1;
        }
        if !is_word(token) {
            break;
        }
        path.push(token.clone());
        at += 1;
        if !is(tokens, at, "::") {
            break;
        }
        at += 1;
    }
    if path.len() > prefix.len() {
        found.push(Named { line, path, origin });
    }
    at
}

/// Returns words, `::` and single signs with their lines; without comments, texts and lifetimes.
fn tokens(source: &str) -> Vec<(usize, String)> {
    let code = code_only(source);
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if starts_word(rest) {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push((number + 1, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Returns `source` with comments and the insides of texts blanked, line by line as it was.
pub(crate) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = source.to_owned().into_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => {
                at + bytes[at..]
                    .iter()
                    .position(|b| *b == b'\n')
                    .unwrap_or(bytes.len() - at)
            }
            b'/' if bytes[at..].starts_with(b"/*") => end_of_comment(bytes, at),
            b'"' => end_of_text(bytes, at),
            b'r' if !follows_word(bytes, at) => match end_of_raw_text(bytes, at) {
                Some(end) => end,
                None => {
                    at += 1;
                    continue;
                }
            },
            b'\'' => match end_of_character(source, at) {
                Some(end) => end,
                None => {
                    at += 1;
                    continue;
                }
            },
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(code).expect("only whole literals were blanked")
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    // `br"…"` and `cr"…"` are raw as well.
    let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
    (before.is_ascii_alphanumeric() || before == b'_') && before != b'b' && before != b'c'
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start + 2, 1);
    while at < bytes.len() && depth > 0 {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    at
}

fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

fn end_of_raw_text(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start + 1..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    if bytes.get(start + 1 + hashes) != Some(&b'"') {
        return None;
    }
    let close = [&b"\""[..], &vec![b'#'; hashes]].concat();
    let inside = start + 2 + hashes;
    let length = bytes[inside..]
        .windows(close.len())
        .position(|window| window == close)?;
    Some(inside + length + close.len())
}

/// Returns the end of `'x'`, or nothing where the quote begins a lifetime.
fn end_of_character(source: &str, start: usize) -> Option<usize> {
    let mut inside = source[start + 1..].char_indices();
    let (_, first) = inside.next()?;
    if first == '\\' {
        inside.next()?;
        let close = source[start + 3..].find('\'')?;
        return Some(start + 3 + close + 1);
    }
    let (length, second) = inside.next()?;
    (second == '\'').then_some(start + 1 + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(module: &str, source: &str, wanted: &[&str]) {
        let module: Vec<_> = module.split('/').map(str::to_owned).collect();
        let got: Vec<_> = named(source, &module)
            .into_iter()
            .map(|named| {
                let root = if named.origin == Origin::Own {
                    "crate::"
                } else {
                    ""
                };
                format!("{} {root}{}", named.line, named.path.join("::"))
            })
            .collect();
        assert_eq!(got, wanted, "{source}");
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        check("jobs", "use crate::work;", &["1 crate::work"]);
        check(
            "jobs",
            "\nuse crate::{work, ids::{A, B as C}};",
            &["2 crate::work", "2 crate::ids::A", "2 crate::ids::B"],
        );
        check(
            "jobs",
            "use crate::{\n    ids,\n    work::run,\n};",
            &["2 crate::ids", "3 crate::work::run"],
        );
        check(
            "jobs",
            "fn f(x: &crate::work::X<'_>) -> crate::ids::Y {}",
            &["1 crate::work::X", "1 crate::ids::Y"],
        );
        check("jobs", "pub(crate) fn f() {}", &[]);
        check(
            "jobs",
            "use protocol::{Request, ids::JobId};",
            &["1 protocol::Request", "1 protocol::ids::JobId"],
        );
        check(
            "index",
            "embedded::Embedded::open(path)",
            &["1 embedded::Embedded::open"],
        );
        check("index", "use ::protocol::Reply;", &["1 protocol::Reply"]);
    }

    #[test]
    fn relative_paths_are_resolved() {
        check(
            "index/embedded/words",
            "use super::super::Found;",
            &["1 crate::index::Found"],
        );
        check("jobs", "use super::work;", &["1 crate::work"]);
        check(
            "jobs",
            "mod tests { use super::*; use super::super::work; }",
            &["1 crate::work"],
        );
        check(
            "jobs",
            "mod a { fn f() {} } use self::pool::Pool;",
            &["1 crate::jobs::pool::Pool"],
        );
        check("main", "use self::x::Y;", &["1 crate::x::Y"]);
    }

    #[test]
    fn comments_and_texts_name_nothing() {
        check(
            "jobs",
            "// crate::work\n/* crate::a /* crate::b */ crate::c */ x",
            &[],
        );
        check(
            "jobs",
            "let a = \"crate::work \\\" crate::b\"; let b = r#\"crate::\"c\"#;",
            &[],
        );
        check(
            "jobs",
            "let q = '\"'; use crate::work; let l: &'a str; let n = '\\'';",
            &["1 crate::work"],
        );
    }
}
