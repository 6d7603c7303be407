//! Breaks text into rows of a pane: one wrapper for answers, passages and what is typed.
//!
//! The source text is kept as it came; a row knows where in it each of its cells stands, so that
//! marks survive cleaning and wrapping.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::text::{clean, width};

/// A grapheme cluster as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Cell<'a> {
    pub(in crate::tui) text: Cow<'a, str>,
    pub(in crate::tui) width: usize,
    /// Where it stands in the source text, in bytes.
    pub(in crate::tui) at: usize,
}

impl Cell<'_> {
    fn is_space(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Returns the cells of a line that begins at `start` of its text.
pub(in crate::tui) fn cells(line: &str, start: usize) -> Vec<Cell<'_>> {
    line.grapheme_indices(true)
        .map(|(at, cluster)| {
            let text = match cluster {
                "\t" => Cow::Borrowed("    "),
                _ => clean(cluster),
            };
            Cell {
                width: width(&text),
                text,
                at: start + at,
            }
        })
        .collect()
}

/// Returns the lines of `text` with the place where each begins.
pub(in crate::tui) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        Some((start, line.strip_suffix('\r').unwrap_or(line)))
    })
}

/// Returns the cells of each row. Breaks at spaces and beside wide characters, and only inside a
/// word that is longer than a row.
pub(in crate::tui) fn wrap(cells: &[Cell<'_>], columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut at, mut used) = (0, 0, 0);
    let mut may_break = None;
    while at < cells.len() {
        let cell = &cells[at];
        if used + cell.width > columns.max(1) && at > start {
            let (end, next) = if cell.is_space() {
                (at, after_spaces(cells, at))
            } else {
                may_break
                    .map(|next| (before_spaces(cells, start, next), next))
                    .filter(|(end, _)| *end > start)
                    .unwrap_or((at, at))
            };
            rows.push(start..end);
            (start, at, used, may_break) = (next, next, 0, None);
            continue;
        }
        used += cell.width;
        at += 1;
        if cell.is_space() || cell.width > 1 {
            may_break = Some(at);
        }
    }
    if start < cells.len() || rows.is_empty() {
        rows.push(start..cells.len());
    }
    rows
}

/// Returns rows cut wherever they are full: what is typed must not jump while it grows.
pub(in crate::tui) fn chop(cells: &[Cell<'_>], columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, cell) in cells.iter().enumerate() {
        if used + cell.width > columns.max(1) && at > start {
            rows.push(start..at);
            (start, used) = (at, 0);
        }
        used += cell.width;
    }
    rows.push(start..cells.len());
    rows
}

/// Returns the rows of `text` as they are shown.
pub(in crate::tui) fn shown(text: &str, columns: usize) -> Vec<String> {
    lines(text)
        .flat_map(|(start, line)| {
            let cells = cells(line, start);
            wrap(&cells, columns)
                .into_iter()
                .map(|row| joined(&cells[row]))
                .collect::<Vec<_>>()
        })
        .collect()
}

pub(in crate::tui) fn joined(cells: &[Cell<'_>]) -> String {
    cells.iter().map(|cell| cell.text.as_ref()).collect()
}

fn after_spaces(cells: &[Cell<'_>], at: usize) -> usize {
    let spaces = cells[at..].iter().take_while(|cell| cell.is_space());
    at + spaces.count()
}

fn before_spaces(cells: &[Cell<'_>], start: usize, end: usize) -> usize {
    let spaces = cells[start..end].iter().rev();
    end - spaces.take_while(|cell| cell.is_space()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_at_spaces_and_never_inside_a_cluster() {
        let check =
            |text: &str, columns, rows: &[&str]| assert_eq!(shown(text, columns), rows, "{text}");
        check("one two three", 7, &["one two", "three"]);
        check("one two   three", 7, &["one two", "three"]);
        check("abcdefgh", 3, &["abc", "def", "gh"]);
        check("    abcdefgh", 6, &["    ab", "cdefgh"]);
        check("漢字漢字", 5, &["漢字", "漢字"]);
        check("a\n\nb", 5, &["a", "", "b"]);
        check("e\u{301}e\u{301}", 1, &["e\u{301}", "e\u{301}"]);
        check("a\u{1b}[2J", 9, &["a␛[2J"]);
        check("漢", 1, &["漢"]);
        check("", 5, &[]);
    }

    #[test]
    fn cells_know_where_they_came_from() {
        let text = "\ta\r\nb";
        let places: Vec<_> = lines(text)
            .flat_map(|(start, line)| cells(line, start))
            .map(|cell| &text[cell.at..=cell.at])
            .collect();
        assert_eq!(places, ["\t", "a", "b"]);
    }

    #[test]
    fn no_cell_is_lost_but_spaces() {
        let text = "some words of many lengths, 漢字 too";
        let cells = cells(text, 0);
        for columns in 1..20 {
            let kept: String = wrap(&cells, columns)
                .into_iter()
                .map(|row| joined(&cells[row]))
                .collect();
            assert_eq!(kept.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
