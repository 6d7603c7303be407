//! Where a question is written.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{pane, set_cursor};
use crate::tui::layout::chat::draft;
use crate::tui::model::{Focus, Model, Pane};
use crate::tui::theme::Theme;

pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let has_focus = model.focus() == Focus::Composer;
    let block = pane("Ask", theme, has_focus);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.is_empty() {
        return;
    }
    let field = &model.chat.composer;
    let draft = draft(field, usize::from(inner.width));
    let (row, column) = draft.cursor;
    // The row of the cursor stays in view.
    let first = (row + 1).saturating_sub(usize::from(inner.height));
    let lines: Vec<_> = if field.is_empty() && model.chat.pane != Pane::Composer {
        vec![Line::styled("i to write a question", theme.dim())]
    } else {
        draft.rows.into_iter().skip(first).map(Line::raw).collect()
    };
    frame.render_widget(Paragraph::new(lines), inner);
    if has_focus {
        set_cursor(frame, inner, row - first, column);
    }
}
