//! The palette.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use super::{pane, set_cursor};
use crate::text::{clean, fit, pad, pad_left, width};
use crate::tui::layout::{chat::draft, window};
use crate::tui::model::{Model, Palette};
use crate::tui::theme::Theme;
use crate::words::counted;

const SIZE: (u16, u16) = (72, 20);
/// Columns for the key.
const KEY: usize = 9;
/// Rows below the list: a rule, and the command that does the same.
const FOOT: usize = 2;
/// What stands before the query.
const PROMPT: &str = "> ";

pub(super) fn draw(
    palette: &Palette,
    model: &Model,
    theme: Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let place = window(area, SIZE.0, SIZE.1);
    let found = palette.found(model);
    let block = pane("Palette", theme, true)
        .title_bottom(format!(" {} ", counted(found.len() as u64, "command")));
    let inner = block.inner(place);
    frame.render_widget(Clear, place);
    frame.render_widget(block, place);
    let columns = usize::from(inner.width);
    let query = draft(&palette.query, columns.saturating_sub(PROMPT.len()));
    let text = query.rows.get(query.cursor.0).map_or("", String::as_str);
    let mut lines = vec![
        Line::raw(format!("{PROMPT}{text}")),
        Line::styled("─".repeat(columns), theme.dim()),
    ];
    let rows = usize::from(inner.height).saturating_sub(2 + FOOT);
    let first = palette.selected.saturating_sub(rows.saturating_sub(1));
    for (at, found) in found.iter().enumerate().skip(first).take(rows) {
        let is_selected = at == palette.selected;
        let style = match (is_selected, &found.blocked) {
            (true, _) => theme.selected(),
            (false, Some(_)) => theme.dim(),
            (false, None) => Style::new(),
        };
        let marker = if is_selected { "> " } else { "  " };
        let room = columns.saturating_sub(2 + KEY + 2);
        let why = found.blocked.as_ref();
        let title = why.map_or(found.title.clone(), |why| {
            format!("{} ({why})", found.title)
        });
        let title = pad(&fit(&clean(&title), room), room);
        let key = pad_left(&found.action.first_key(), KEY);
        lines.push(Line::styled(format!("{marker}{title} {key} "), style));
    }
    if found.is_empty() {
        lines.push(Line::styled("  no command fits", theme.dim()));
    }
    lines.resize(rows + 2, Line::default());
    lines.push(Line::styled("─".repeat(columns), theme.dim()));
    let twin = found
        .get(palette.selected)
        .and_then(|found| found.action.command_line(model));
    let twin = twin.map_or_else(String::new, |twin| format!("  in a shell: {twin}"));
    lines.push(Line::raw(fit(&twin, columns).into_owned()));
    frame.render_widget(Paragraph::new(lines), inner);
    set_cursor(frame, inner, 0, width(PROMPT) + query.cursor.1);
}
