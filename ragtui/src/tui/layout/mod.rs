//! Where everything goes: pure sums over sizes and text, for drawing and for scrolling alike.

pub(super) mod chat;
pub(super) mod passage;
pub(super) mod transcript;
pub(super) mod wrap;

use ratatui::layout::Rect;

/// Below this there is room for one pane only.
const SMALL: (u16, u16) = (60, 16);
/// Rows of the strip below the list of jobs, with its border.
const STRIP: u16 = 6;
/// Rows around the panes: header, status, hints.
const CHROME: u16 = 3;

/// Returns the room for panes and windows, if there is any.
pub(super) fn body(columns: u16, rows: u16) -> Option<Rect> {
    (columns >= 2 && rows > CHROME).then(|| Rect::new(0, 1, columns, rows - CHROME))
}

pub(super) fn is_small(columns: u16, rows: u16) -> bool {
    columns < SMALL.0 || rows < SMALL.1
}

/// Returns the list of jobs and the strip below it, which may have no rows.
pub(super) fn jobs(body: Rect) -> (Rect, Rect) {
    let strip = if is_small(body.width, body.height + CHROME) {
        0
    } else {
        STRIP
    };
    split_bottom(body, strip)
}

/// Returns how many rows of jobs a terminal of this size shows.
pub(super) fn job_rows(columns: u16, rows: u16) -> u16 {
    let list = body(columns, rows).map_or(0, |body| jobs(body).0.height);
    // Two lines of border and one of titles.
    list.saturating_sub(3)
}

/// Returns a window in the middle of `area`, as large as it may be.
pub(super) fn window(area: Rect, columns: u16, rows: u16) -> Rect {
    let (width, height) = (columns.min(area.width), rows.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

fn split_bottom(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let top = Rect {
        height: area.height - rows,
        ..area
    };
    let bottom = Rect {
        y: top.bottom(),
        height: rows,
        ..area
    };
    (top, bottom)
}
