//! Foreign text made safe and fitting for a terminal.
//!
//! A document must never drive the terminal: its controls, escapes and invisible marks are shown
//! as what they are. Width is counted in columns, by one function for all.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns `text` as one line that is safe to print: line ends become `␊`.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| mark(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match mark(c) {
            None => out.push(c),
            Some(Mark::Picture(picture)) => out.push(picture),
            Some(Mark::Nothing) => {}
            // Writing to a string does not fail.
            Some(Mark::Number) => drop(write!(out, "<U+{:04X}>", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

/// Returns the lines of `text`, each safe to print, tabs expanded to four columns.
pub fn clean_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        clean(&line.replace('\t', "    ")).into_owned()
    })
}

enum Mark {
    Picture(char),
    Number,
    Nothing,
}

fn mark(c: char) -> Option<Mark> {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).map(Mark::Picture),
        0x7f => Some(Mark::Picture('␡')),
        // Asks for emoji form, which changes the width after the fact.
        0xfe0f => Some(Mark::Nothing),
        // C1 controls.
        0x80..=0x9f
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        | 0xad | 0x61c | 0x180e
        // Zero width, line and paragraph separators, bidi embeddings, isolates.
        | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        // Byte order mark, interlinear marks, tags.
        | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f => Some(Mark::Number),
        _ => None,
    }
}

/// Returns how many columns `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Returns `text` cut at its end to at most `columns`, with `…` where something is missing.
#[must_use]
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}…", head(text, columns - 1)))
}

/// Returns `text` cut in its middle: of a path, both the root and the file name tell something.
#[must_use]
pub fn fit_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns || columns < 8 {
        return fit(text, columns);
    }
    let first = (columns - 1) / 3;
    let last = columns - 1 - first;
    Cow::Owned(format!("{}…{}", head(text, first), tail(text, last)))
}

/// Returns `text` with spaces up to `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{:missing$}", "")
}

/// Returns spaces up to `columns`, then `text`.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{:missing$}{text}", "")
}

fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_passes() {
        let check = |input: &str, expected: &str| assert_eq!(clean(input), expected);
        check("plain, ünïcode, 漢字", "plain, ünïcode, 漢字");
        check("\x1b[2J\x07", "␛[2J␇");
        check("a\nb\r\tc\x7f", "a␊b␍␉c␡");
        check("\u{9b}31m", "<U+009B>31m");
        check("ab\u{202e}cd\u{2066}", "ab<U+202E>cd<U+2066>");
        check("a\u{200b}b\u{feff}", "a<U+200B>b<U+FEFF>");
        check("\u{2764}\u{fe0f}", "\u{2764}");
        check("\u{e0041}", "<U+E0041>");
    }

    #[test]
    fn lines_keep_their_indent() {
        let lines: Vec<_> = clean_lines("\tif x {\r\n}\n").collect();
        assert_eq!(lines, ["    if x {", "}"]);
    }

    #[test]
    fn cut_text_fits_and_says_so() {
        let check = |text: &str, columns: usize, expected: &str| {
            assert_eq!(fit(text, columns), expected);
        };
        check("abc", 3, "abc");
        check("abcd", 3, "ab…");
        check("漢字漢字", 4, "漢…");
        check("abc", 0, "");
        assert_eq!(fit_middle("/home/kim/src/kernel/fs.c", 13), "/hom…nel/fs.c");
    }

    #[test]
    fn padding_counts_columns() {
        assert_eq!(pad("漢", 4), "漢  ");
        assert_eq!(pad_left("漢", 4), "  漢");
        assert_eq!(pad("long", 2), "long");
    }
}
