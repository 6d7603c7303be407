//! Which part of the transcript is in view.
//!
//! It follows the end until the user looks at something else; then it never moves by itself. Quotes
//! come all at once, the best first, and are shown from their beginning.

use super::Chat;
use crate::tui::layout::transcript::{Row, rows};

/// The room for the transcript, without its border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Size {
    pub(in crate::tui) columns: usize,
    pub(in crate::tui) rows: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scroll {
    /// The first row in view; absent: the end is followed.
    top: Option<usize>,
    /// How many rows there were when the user left the end.
    seen: usize,
    /// While the end is followed: the turn whose beginning stays in view.
    pub(super) anchor: Option<usize>,
}

impl Chat {
    /// Returns the first row in view.
    pub(in crate::tui) fn top(&self, rows: &[Row], size: Size) -> usize {
        let last = rows.len().saturating_sub(size.rows);
        let top = self.scroll.top.or_else(|| self.anchored(rows));
        top.map_or(last, |top| top.min(last))
    }

    fn anchored(&self, rows: &[Row]) -> Option<usize> {
        let anchor = self.scroll.anchor?;
        rows.iter().position(|row| row.turn == anchor)
    }

    /// Returns how many rows came while the user looked elsewhere, or do not fit below the
    /// beginning; nothing while the end is followed.
    pub(in crate::tui) fn news(&self, rows: &[Row], size: Size) -> Option<usize> {
        match (self.scroll.top, self.anchored(rows)) {
            (Some(_), _) => Some(rows.len().saturating_sub(self.scroll.seen)),
            (None, Some(top)) => Some(rows.len().saturating_sub(top + size.rows)),
            (None, None) => None,
        }
    }

    pub(in crate::tui) fn scroll(&mut self, by: isize, size: Size) {
        let rows = rows(self, size.columns);
        let top = self.top(&rows, size).saturating_add_signed(by);
        self.scroll_to(top, rows.len(), size);
    }

    /// Brings the selected mark, or the first one of the selected source, into view.
    pub(in crate::tui) fn reveal_mark(&mut self, size: Size) {
        let rows = rows(self, size.columns);
        let selected = self.pick.turn.zip(self.first_mark());
        let Some(at) = rows
            .iter()
            .position(|row| selected.is_some_and(|it| row.has(it)))
        else {
            return;
        };
        let top = self.top(&rows, size);
        if !(top..top + size.rows).contains(&at) {
            self.scroll_to(at.saturating_sub(size.rows / 3), rows.len(), size);
        } else if self.running().is_some() {
            // The mark must not be carried away by the text that is still to come.
            self.scroll.top = Some(top);
            self.scroll.seen = rows.len();
        }
    }

    /// Keeps the same text in view when the room changes from `old` to `new`.
    pub(in crate::tui) fn resize(&mut self, old: Size, new: Size) {
        let Some(top) = self.scroll.top.filter(|_| old != new) else {
            return;
        };
        let before = rows(self, old.columns);
        let Some(place) = before.get(top).map(Row::place) else {
            return;
        };
        let unseen = before.len().saturating_sub(self.scroll.seen);
        let after = rows(self, new.columns);
        let top = after.iter().rposition(|row| row.place() <= place);
        self.scroll = Scroll {
            top: Some(top.unwrap_or(0)),
            seen: after.len().saturating_sub(unseen),
            anchor: None,
        };
    }

    fn scroll_to(&mut self, top: usize, total: usize, size: Size) {
        let last = total.saturating_sub(size.rows);
        if top >= last {
            self.scroll = Scroll::default();
            return;
        }
        if self.scroll.top.is_none() {
            self.scroll.seen = total;
        }
        self.scroll.top = Some(top);
    }
}
