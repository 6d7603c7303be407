//! The panes of the chat.

use ratatui::layout::Rect;

use super::wrap::{cells, chop, joined};
use super::{is_small, split_bottom};
use crate::tui::model::{Chat, Field, Pane, Size};

/// From this width on, sources stand beside the transcript.
const WIDE: u16 = 120;
/// Rows of the list of sources where there is little room.
const LISTED: u16 = 3;
/// Rows of the strip of sources while it also shows a passage.
const WITH_PASSAGE: u16 = 11;

/// Where the panes are. A pane without rows is not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Areas {
    pub(in crate::tui) transcript: Rect,
    pub(in crate::tui) sources: Rect,
    pub(in crate::tui) composer: Rect,
    /// Rows for the list; the passage has the rest.
    pub(in crate::tui) listed: u16,
}

impl Areas {
    pub(in crate::tui) fn transcript_size(&self) -> Size {
        Size {
            columns: usize::from(self.transcript.width.saturating_sub(2)),
            rows: usize::from(self.transcript.height.saturating_sub(2)),
        }
    }

    /// Returns the room for the passage, below the list and a rule.
    pub(in crate::tui) fn passage_size(&self) -> Size {
        let inner = self.sources.height.saturating_sub(2);
        Size {
            columns: usize::from(self.sources.width.saturating_sub(2)),
            rows: usize::from(inner.saturating_sub(self.listed + 1)),
        }
    }
}

pub(in crate::tui) fn areas(chat: &Chat, body: Rect) -> Areas {
    let listed = chat.shown().map_or(0, |(_, turn)| turn.sources.len());
    let listed = u16::try_from(listed).unwrap_or(u16::MAX).max(1);
    if body.width >= WIDE {
        return beside(chat, body, listed);
    }
    let (panes, composer) = split_bottom(body, composer_rows(chat, body.width, body.height));
    let is_small = is_small(body.width, body.height + super::CHROME);
    let strip = match (is_small, chat.pane) {
        (true, Pane::Sources) => panes.height,
        (true, _) => 0,
        (false, _) if chat.turns.is_empty() => 0,
        (false, _) if chat.shows_passage() => WITH_PASSAGE.min(panes.height - panes.height / 3),
        (false, _) => listed.min(LISTED) + 2,
    };
    let (transcript, sources) = split_bottom(panes, strip);
    Areas {
        transcript,
        sources,
        composer,
        listed: if is_small { 1 } else { listed.min(LISTED) },
    }
}

fn beside(chat: &Chat, body: Rect, listed: u16) -> Areas {
    let width = body.width - body.width * 2 / 5;
    let left = Rect { width, ..body };
    let sources = Rect {
        x: left.right(),
        width: body.width - width,
        ..body
    };
    let (transcript, composer) = split_bottom(left, composer_rows(chat, width, body.height));
    Areas {
        transcript,
        sources,
        composer,
        listed: listed.min(body.height / 3),
    }
}

/// Returns the rows of the composer with its border: it grows with the draft up to a third.
fn composer_rows(chat: &Chat, columns: u16, height: u16) -> u16 {
    let draft = draft(&chat.composer, usize::from(columns.saturating_sub(2)));
    let rows = u16::try_from(draft.rows.len()).unwrap_or(u16::MAX);
    rows.saturating_add(2).min((height / 3).max(3))
}

/// What is being typed, as rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Draft {
    pub(in crate::tui) rows: Vec<String>,
    /// Row and column.
    pub(in crate::tui) cursor: (usize, usize),
}

pub(in crate::tui) fn draft(field: &Field, columns: usize) -> Draft {
    let mut draft = Draft {
        rows: Vec::new(),
        cursor: (0, 0),
    };
    let mut start = 0;
    for line in field.text().split('\n') {
        let cells = cells(line, start);
        // One column is left for the cursor behind a full row.
        for row in chop(&cells, columns.saturating_sub(1)) {
            let cells = &cells[row];
            let first = cells.first().map_or(start, |cell| cell.at);
            if first <= field.cursor() {
                let before = cells.iter().take_while(|cell| cell.at < field.cursor());
                draft.cursor = (draft.rows.len(), before.map(|cell| cell.width).sum());
            }
            draft.rows.push(joined(cells));
        }
        start += line.len() + 1;
    }
    draft
}
