//! Names within archives, made into labels that are safe to show and tell files apart.

use std::collections::HashMap;

use super::super::ExtractError;

/// A whole label, with the archives that it lies in, at most.
const MAX_BYTES: usize = 4_096;
/// Parts of a label between slashes.
const MAX_PARTS: usize = 64;
/// So much of a name that is too long is shown.
const SHOWN: usize = 80;

/// Where names come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `\` is a letter like any other.
    Unix,
    /// `\` is a slash.
    Dos,
}

/// Returns the label of a name within an archive, without what lies around the archive.
///
/// Nothing is written by it, so a name that leads out of the archive (`../../evil`) harms nobody: the
/// file is kept, and its label lacks the steps up.
pub(super) fn clean(raw: &str, style: Style) -> String {
    let written: String = raw.chars().filter(|c| !is_hidden(*c)).collect();
    let (style, written) = match without_drive(&written) {
        Some((style, rest)) => (style, rest),
        None => (style, written.as_str()),
    };
    let slashes = match style {
        Style::Dos => written.replace('\\', "/"),
        Style::Unix => written.to_owned(),
    };
    let parts = slashes.split('/');
    let parts: Vec<_> = parts
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    parts.join("/")
}

/// Drops `C:`. Who writes `C:\` comes from Windows, whatever the archive says.
fn without_drive(name: &str) -> Option<(Style, &str)> {
    match name.as_bytes() {
        [drive, b':', b'/', ..] if drive.is_ascii_alphabetic() => Some((Style::Unix, &name[3..])),
        [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic() => Some((Style::Dos, &name[3..])),
        _ => None,
    }
}

/// Control characters, ends of lines, and signs that turn the direction of what follows.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Tells what is wrong with a label.
pub(super) fn check(label: &str, name: &str) -> Result<(), ExtractError> {
    if name.is_empty() {
        return Err(ExtractError::Name("it is empty"));
    }
    if label.len() > MAX_BYTES {
        return Err(ExtractError::Name("it is longer than 4,096 bytes"));
    }
    match label.split('/').count() > MAX_PARTS {
        true => Err(ExtractError::Name("it lies in more than 63 folders")),
        false => Ok(()),
    }
}

/// Returns what a label that cannot be used is shown as.
pub(super) fn shown(label: &str, name: &str) -> String {
    if name.is_empty() {
        return format!("{label}a file without a name");
    }
    match label.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

/// The labels that were used, and how often.
#[derive(Default)]
pub(super) struct Names(HashMap<String, u32>);

impl Names {
    /// Returns a label that is not used yet: a later file of the same name has a number.
    pub(super) fn unique(&mut self, label: String) -> String {
        let Some(used) = self.0.get(&label) else {
            self.0.insert(label.clone(), 1);
            return label;
        };
        let mut number = used + 1;
        let mut other = numbered(&label, number);
        while self.0.contains_key(&other) {
            number += 1;
            other = numbered(&label, number);
        }
        self.0.insert(label, number);
        self.0.insert(other.clone(), 1);
        other
    }
}

/// Returns `folder/name (2).txt`.
fn numbered(label: &str, number: u32) -> String {
    let (folder, file) = match label.rfind('/') {
        Some(slash) => label.split_at(slash + 1),
        None => ("", label),
    };
    match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => {
            format!("{folder}{stem} ({number}).{extension}")
        }
        _ => format!("{label} ({number})"),
    }
}
