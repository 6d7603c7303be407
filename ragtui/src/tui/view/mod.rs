//! Draws the model, a file per panel. Reads only.

mod detail;
mod help;
mod jobs;

use std::time::Duration;

use protocol::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};

use super::keys::BINDINGS;
use super::model::{Connection, Focus, Model, Notice};
use super::theme::Theme;
use crate::text;
use crate::words::{between, span};

/// Below this there is room for one pane only.
const SMALL: (u16, u16) = (60, 16);
/// Rows of the strip below the list, with its border.
const STRIP: u16 = 6;
/// Rows around the panes: header, status, hints.
const CHROME: u16 = 3;

pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < 2 || area.height <= CHROME {
        return;
    }
    let strip = strip_rows(area.height, area.width);
    let list = Rect {
        y: 1,
        height: area.height - CHROME - strip,
        ..area
    };
    header(model, theme, frame, Rect { height: 1, ..area });
    jobs::draw(model, theme, frame, list);
    if strip > 0 {
        let below = Rect {
            y: list.bottom(),
            height: strip,
            ..area
        };
        detail::draw(model, theme, frame, below);
    }
    status(
        model,
        theme,
        frame,
        Rect {
            y: area.height - 2,
            height: 1,
            ..area
        },
    );
    hints(
        model,
        theme,
        frame,
        Rect {
            y: area.height - 1,
            height: 1,
            ..area
        },
    );
    if model.focus() == Focus::Help {
        help::draw(
            theme,
            frame,
            Rect {
                y: 1,
                height: area.height - CHROME,
                ..area
            },
        );
    }
}

/// Returns how many rows of jobs a terminal of this size shows.
pub(super) fn job_rows(rows: u16, columns: u16) -> u16 {
    // Two lines of border and one of titles.
    rows.saturating_sub(CHROME + strip_rows(rows, columns) + 3)
}

fn is_small(rows: u16, columns: u16) -> bool {
    columns < SMALL.0 || rows < SMALL.1
}

fn strip_rows(rows: u16, columns: u16) -> u16 {
    if is_small(rows, columns) { 0 } else { STRIP }
}

fn header(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (connection, style) = match &model.connection {
        Connection::Opening => ("connecting".to_owned(), theme.dim()),
        Connection::Live { .. } => ("● live".to_owned(), theme.title()),
        Connection::Lost {
            since, retry_at, ..
        } => {
            let lost = seconds_between(*since, model.now);
            (
                format!(
                    "x lost {lost}, retry in {}",
                    seconds_between(model.now, *retry_at)
                ),
                theme.bad(),
            )
        }
    };
    let (left, right) = (" ragtui  [Jobs]", format!("{connection} "));
    let gap = usize::from(area.width).saturating_sub(text::width(left) + text::width(&right));
    let line = Line::from(vec![
        Span::styled(left, theme.title()),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, style),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

fn status(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let line = match (&model.notice, &model.connection) {
        (Some(Notice::Problem(report)), _) => {
            let why = report
                .why
                .as_ref()
                .map_or_else(String::new, |why| format!(": {why}"));
            Span::styled(
                text::clean(&format!("{}{why}", report.message)).into_owned(),
                theme.bad(),
            )
        }
        (Some(Notice::Done(notice)), _) => Span::raw(text::clean(notice).into_owned()),
        (None, Connection::Lost { why, .. }) => {
            let reason = why
                .why
                .as_ref()
                .map_or_else(String::new, |why| format!(": {why}"));
            Span::styled(
                text::clean(&format!("{}{reason}", why.message)).into_owned(),
                theme.warn(),
            )
        }
        (None, _) if is_small(model.rows, model.columns) => {
            let (columns, rows) = (model.columns, model.rows);
            Span::raw(format!("small: {columns}x{rows}, full view from 80x24"))
        }
        (None, Connection::Live { build }) => {
            Span::styled(text::clean(build).into_owned(), theme.dim())
        }
        (None, Connection::Opening) => Span::raw(""),
    };
    frame.render_widget(Paragraph::new(Line::from(vec![Span::raw(" "), line])), area);
}

/// The first hints stay when there is no room for all.
fn hints(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for binding in BINDINGS
        .iter()
        .filter(|one| one.focus == model.focus() && one.is_hint)
    {
        let width = text::width(binding.keys) + text::width(binding.title) + 3;
        if used + width > usize::from(area.width) + 2 {
            break;
        }
        used += width;
        spans.push(Span::styled(binding.keys, theme.title()));
        spans.push(Span::raw(format!(" {}  ", binding.title)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// Returns a time that is counted down or up once a second.
fn seconds_between(start: Timestamp, end: Timestamp) -> String {
    let seconds = between(start, end).as_millis().div_ceil(1000);
    match u64::try_from(seconds).unwrap_or(u64::MAX) {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds => span(Duration::from_secs(seconds)),
    }
}

/// Returns the border of a pane: heavy where the focus is, so that it shows without colour.
fn pane(title: &str, theme: Theme, has_focus: bool) -> Block<'static> {
    let (border, style) = if has_focus {
        (BorderType::Thick, theme.title())
    } else {
        (BorderType::Plain, theme.dim())
    };
    Block::bordered()
        .border_type(border)
        .title(Span::styled(format!(" {title} "), style))
}

#[cfg(test)]
mod tests;
