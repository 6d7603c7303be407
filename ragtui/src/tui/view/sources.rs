//! The sources of an answer, and the passage of the selected one.

use protocol::answer::Source;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::pane;
use crate::text::{clean, fit, fit_middle, pad, width};
use crate::tui::layout::chat::Areas;
use crate::tui::layout::passage::{PassageRow, first_row, passage};
use crate::tui::model::{Chat, Focus, Model};
use crate::tui::theme::Theme;

/// Draws the list, and the passage below if there is room.
pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>, areas: Areas) {
    let area = areas.sources;
    if area.height == 0 {
        return;
    }
    let chat = &model.chat;
    let block = pane(&title(chat), theme, model.focus() == Focus::Sources);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let rows = usize::from(areas.listed.min(inner.height));
    let mut lines = list(chat, rows, columns, theme);
    let room = areas.passage_size().rows;
    if let Some(source) = chat.selected_source().filter(|_| room > 0) {
        lines.push(rule(source, columns, theme));
        let passage = passage(source, &chat.cited(), columns);
        let first = first_row(&passage, chat.passage_top, room);
        let shown = passage.iter().skip(first).take(room);
        lines.extend(shown.map(|row| passage_line(row, theme)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn title(chat: &Chat) -> String {
    match chat.shown() {
        Some((_, turn)) if !turn.sources.is_empty() => {
            let at = chat.pick.source.min(turn.sources.len() - 1) + 1;
            format!("Sources  {at} of {}", turn.sources.len())
        }
        _ => "Sources".to_owned(),
    }
}

fn list(chat: &Chat, rows: usize, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let sources = chat.shown().map_or(&[][..], |(_, turn)| &turn.sources);
    if sources.is_empty() {
        let text = match chat.shown() {
            Some((_, turn)) if turn.is_running() && turn.searched.is_none() => " searching",
            Some(_) => " no source",
            None => "",
        };
        return vec![Line::styled(text, theme.dim())];
    }
    let first = (chat.pick.source + 1).saturating_sub(rows);
    let lines = sources.iter().enumerate().skip(first).take(rows);
    lines
        .map(|(at, source)| entry(source, at == chat.pick.source, columns, theme))
        .collect()
}

fn entry(source: &Source, is_selected: bool, columns: usize, theme: Theme) -> Line<'static> {
    let hit = &source.hit;
    let marker = if is_selected { ">" } else { " " };
    let head = format!(
        "{marker}{} {:.2}  ",
        pad(&format!("[{}]", source.number), 4),
        hit.score
    );
    let left = columns.saturating_sub(width(&head));
    let place = place(source);
    let heading = hit.heading.as_ref().map_or("", |heading| heading.as_str());
    // The place tells more than the heading, so it gets two thirds where both are long.
    let room = if heading.is_empty() || left < 30 {
        left
    } else {
        left * 2 / 3
    };
    let place = fit_middle(&place, room).into_owned();
    let rest = left.saturating_sub(width(&place) + 2);
    let heading = fit(&clean(heading), rest).into_owned();
    let style = if is_selected {
        theme.selected()
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::raw(format!("{head}{place}  ")),
        Span::styled(heading, theme.dim()),
    ])
    .style(style)
}

fn place(source: &Source) -> String {
    let (path, place) = (source.hit.path.to_text(), &source.hit.place);
    let lines = if place.line_start == place.line_end {
        place.line_start.to_string()
    } else {
        format!("{}-{}", place.line_start, place.line_end)
    };
    format!("{}:{lines}", clean(&path))
}

fn rule(source: &Source, columns: usize, theme: Theme) -> Line<'static> {
    let text = format!("── [{}] {} ", source.number, source.hit.collection);
    let text = fit(&clean(&text), columns).into_owned();
    let rest = columns.saturating_sub(width(&text));
    Line::styled(format!("{text}{}", "─".repeat(rest)), theme.dim())
}

fn passage_line(row: &PassageRow, theme: Theme) -> Line<'static> {
    let (bar, style) = if row.is_cited {
        ("▌", theme.cited())
    } else {
        (" ", Style::new())
    };
    Line::from(vec![
        Span::styled(row.number.clone(), theme.dim()),
        Span::styled(format!("{bar} {}", row.text), style),
    ])
}
