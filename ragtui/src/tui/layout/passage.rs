//! The passage of a source as numbered rows.

use protocol::answer::{Citation, Source};

use super::wrap::{cells, joined, wrap};

/// Digits of a line number, and what stands between it and the text.
const NUMBER: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct PassageRow {
    pub(in crate::tui) number: String,
    pub(in crate::tui) text: String,
    pub(in crate::tui) is_cited: bool,
}

/// Rows that stay in view above the first cited line.
const BEFORE: usize = 1;

/// Returns the first row in view: where the user scrolled to, else just above what is cited.
pub(in crate::tui) fn first_row(
    rows: &[PassageRow],
    scrolled: Option<usize>,
    room: usize,
) -> usize {
    let cited = rows.iter().position(|row| row.is_cited).unwrap_or(0);
    let wanted = scrolled.unwrap_or(cited.saturating_sub(BEFORE));
    wanted.min(rows.len().saturating_sub(room))
}

/// Returns the rows of the passage; the lines that `cited` speaks of are marked.
pub(in crate::tui) fn passage(
    source: &Source,
    cited: &[Citation],
    columns: usize,
) -> Vec<PassageRow> {
    let first = source.hit.place.line_start;
    let mut rows = Vec::new();
    for (number, line) in (first..).zip(source.hit.text.lines()) {
        let is_cited = cited
            .iter()
            .any(|citation| (citation.line_start..=citation.line_end).contains(&number));
        let cells = cells(line, 0);
        for (at, row) in wrap(&cells, columns.saturating_sub(NUMBER + 2))
            .into_iter()
            .enumerate()
        {
            let number = if at == 0 {
                format!("{number:>NUMBER$}")
            } else {
                " ".repeat(NUMBER)
            };
            rows.push(PassageRow {
                number,
                text: joined(&cells[row]),
                is_cited,
            });
        }
    }
    rows
}
