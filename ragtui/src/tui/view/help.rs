//! The help for the pane behind it, made from the table of actions.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use super::pane;
use crate::text::{fit, pad, width};
use crate::tui::actions::{Action, actions_in};
use crate::tui::layout::window;
use crate::tui::model::{Focus, Model};
use crate::tui::theme::Theme;

const COLUMN: u16 = 38;
const KEYS: usize = 18;

pub(super) fn draw(model: &Model, top: usize, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let focus = model.focus_behind();
    let lines: Vec<_> = actions_in(focus)
        .map(|action| line(action, focus))
        .collect();
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    // A second column where one is too short and there is room for two.
    let columns = if lines.len() > room && area.width >= 2 * COLUMN {
        2
    } else {
        1
    };
    let rows = lines.len().div_ceil(usize::from(columns));
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let place = window(area, COLUMN * columns + 2, height);
    let mut block = pane(&format!("Help  {}", focus.name()), theme, true);
    if rows > room {
        block = block.title_bottom(" ↑ ↓ for the rest ");
    }
    let inner = block.inner(place);
    frame.render_widget(Clear, place);
    frame.render_widget(block, place);
    let areas = Layout::horizontal(vec![Constraint::Fill(1); usize::from(columns)]).split(inner);
    for (part, area) in lines[top.min(rows.saturating_sub(room))..]
        .chunks(rows.max(1))
        .zip(areas.iter())
    {
        frame.render_widget(Paragraph::new(part.to_vec()), *area);
    }
}

fn line(action: &Action, focus: Focus) -> Line<'static> {
    let mut keys = String::new();
    for name in action.key_names(focus) {
        // What does not fit is named elsewhere: the first key is enough to know.
        if width(&keys) + width(&name) < KEYS {
            keys = format!("{keys}{}{name}", if keys.is_empty() { "" } else { " " });
        }
    }
    Line::raw(format!(
        " {} {}",
        pad(&fit(&keys, KEYS), KEYS),
        action.label
    ))
}
