//! Draws the model, a file per panel. Reads only.

mod composer;
mod detail;
mod frame;
mod help;
mod jobs;
mod palette;
mod sources;
mod submit;
mod transcript;
mod workers;

use std::time::Duration;

use protocol::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType};

use super::layout;
use super::model::{Model, Popup, Screen};
use super::theme::Theme;
use crate::words::{between, span};

pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let Some(body) = layout::body(area.width, area.height) else {
        frame::too_small(area, frame);
        return;
    };
    frame::header(model, theme, frame, Rect { height: 1, ..area });
    match model.screen {
        Screen::Jobs => {
            let (list, strip) = layout::jobs(body);
            jobs::draw(model, theme, frame, list);
            if strip.height > 0 {
                detail::draw(model, theme, frame, strip);
            }
        }
        Screen::Chat => chat(model, theme, frame, body),
    }
    let status = Rect {
        y: body.bottom(),
        height: 1,
        ..area
    };
    frame::status(model, theme, frame, status);
    let hints = Rect {
        y: status.bottom(),
        ..status
    };
    frame::hints(model, theme, frame, hints);
    match model.popups.last() {
        Some(Popup::Help(top)) => help::draw(model, *top, theme, frame, body),
        Some(Popup::Palette(palette)) => palette::draw(palette, model, theme, frame, body),
        Some(Popup::Submit(form)) => submit::draw(form, theme, frame, body),
        Some(Popup::Workers(list)) => workers::draw(list, theme, frame, body),
        None => {}
    }
}

fn chat(model: &Model, theme: Theme, frame: &mut Frame<'_>, body: Rect) {
    let areas = layout::chat::areas(&model.chat, body);
    transcript::draw(model, theme, frame, areas.transcript);
    sources::draw(model, theme, frame, areas);
    composer::draw(model, theme, frame, areas.composer);
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

/// Puts the terminal's own cursor `column` cells into `area`, if that has room for it.
fn set_cursor(frame: &mut Frame<'_>, area: Rect, row: usize, column: usize) {
    let place = u16::try_from(row).ok().zip(u16::try_from(column).ok());
    if let Some((row, column)) = place
        && row < area.height
        && column < area.width
    {
        frame.set_cursor_position((area.x + column, area.y + row));
    }
}

#[cfg(test)]
mod tests;
