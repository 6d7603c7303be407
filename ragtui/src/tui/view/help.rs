//! The help, made from the table of keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use super::pane;
use crate::text::pad;
use crate::tui::keys::BINDINGS;
use crate::tui::model::Focus;
use crate::tui::theme::Theme;

const WIDTH: u16 = 44;

pub(super) fn draw(theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut lines = Vec::new();
    for (focus, title) in [
        (Focus::Jobs, "Jobs"),
        (Focus::Filter, "While typing a filter"),
    ] {
        lines.push(Line::styled(title, theme.title()));
        for binding in BINDINGS.iter().filter(|binding| binding.focus == focus) {
            lines.push(Line::raw(format!(
                "  {} {}",
                pad(binding.keys, 14),
                binding.title
            )));
        }
    }
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2)
        .min(area.height);
    let width = WIDTH.min(area.width);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let block = pane("Help", theme, true);
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).block(block), place);
}
