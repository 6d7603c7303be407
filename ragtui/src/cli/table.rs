//! Aligned columns for people.

use super::look::{Look, Paint};
use crate::text;

/// One cell: its text, cleaned, and how it is painted.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    paint: Paint,
}

/// How a column behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Left,
    Right,
    /// Gives way when the terminal is narrow, and keeps both its ends.
    Path,
}

/// Rows that are printed in columns.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(&'static str, Column)>,
    rows: Vec<Vec<Cell>>,
}

const GAP: usize = 2;
/// A path shorter than this tells nothing.
const SHORTEST_PATH: usize = 12;

pub(super) fn cell(text: impl AsRef<str>) -> Cell {
    Cell {
        text: text::clean(text.as_ref()).into_owned(),
        paint: Paint::Plain,
    }
}

impl Cell {
    pub(super) fn paint(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }
}

impl Table {
    pub(super) fn new(columns: &[(&'static str, Column)]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    pub(super) fn render(&self, look: &Look) -> String {
        let widths = self.widths(look);
        let mut out = String::new();
        if look.header && !self.rows.is_empty() {
            let titles: Vec<_> = self
                .columns
                .iter()
                .map(|(title, _)| Cell {
                    text: (*title).to_owned(),
                    paint: Paint::Dim,
                })
                .collect();
            self.line(&titles, &widths, look, &mut out);
        }
        for row in &self.rows {
            self.line(row, &widths, look, &mut out);
        }
        out
    }

    fn widths(&self, look: &Look) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let widest = self.rows.iter().map(|row| text::width(&row[at].text)).max();
                let title = if look.header {
                    text::width(self.columns[at].0)
                } else {
                    0
                };
                widest.unwrap_or(0).max(title)
            })
            .collect();
        if let Some(limit) = look.width {
            let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
            let excess = total.saturating_sub(limit);
            if let Some(at) = self
                .columns
                .iter()
                .position(|(_, column)| *column == Column::Path)
            {
                let least = SHORTEST_PATH.min(widths[at]);
                widths[at] = widths[at].saturating_sub(excess).max(least);
            }
        }
        widths
    }

    fn line(&self, cells: &[Cell], widths: &[usize], look: &Look, out: &mut String) {
        let mut line = String::new();
        let mut used = 0;
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let gap = if at == 0 { 0 } else { GAP };
            let is_last = at + 1 == cells.len();
            let room = match look.width {
                // Whatever is last may take what is left, and no more.
                Some(limit) if is_last => limit.saturating_sub(used + gap).min(*width),
                _ => *width,
            };
            let fitted = match self.columns[at].1 {
                Column::Path => text::fit_middle(&cell.text, room),
                Column::Left | Column::Right => text::fit(&cell.text, room),
            };
            let filler = " ".repeat(width.saturating_sub(text::width(&fitted)));
            line.extend(std::iter::repeat_n(' ', gap));
            let painted = look.paint(cell.paint, &fitted);
            match self.columns[at].1 {
                Column::Right => line.extend([filler, painted]),
                Column::Left | Column::Path => line.extend([painted, filler]),
            }
            used += gap + width;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Returns `name  value` lines with aligned values.
pub(super) fn facts(look: &Look, facts: &[(&str, String)]) -> String {
    let widest = facts
        .iter()
        .map(|(name, _)| text::width(name))
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (name, value) in facts {
        let name = look.paint(Paint::Dim, &text::pad(name, widest));
        out.push_str(&format!("{name}  {}\n", text::clean(value)));
    }
    out
}
