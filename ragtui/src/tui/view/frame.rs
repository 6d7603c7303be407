//! What stands around the panes: screens and connection above, notices and hints below.

use protocol::ErrorReport;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::seconds_between;
use crate::text::{clean, fit, width};
use crate::tui::actions::{Action, actions_in};
use crate::tui::layout::is_small;
use crate::tui::model::{Connection, Focus, Model, Notice, Screen};
use crate::tui::theme::Theme;

pub(super) fn too_small(area: Rect, frame: &mut Frame<'_>) {
    let text = format!("small terminal: {}x{}", area.width, area.height);
    frame.render_widget(Paragraph::new(text), area);
}

pub(super) fn header(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (connection, style) = match &model.connection {
        Connection::Opening => ("connecting".to_owned(), theme.dim()),
        Connection::Live { .. } => ("● live".to_owned(), theme.title()),
        Connection::Lost {
            since, retry_at, ..
        } => {
            let lost = seconds_between(*since, model.now);
            let retry = seconds_between(model.now, *retry_at);
            (format!("x lost {lost}, retry in {retry}"), theme.bad())
        }
    };
    let screens = [(Screen::Jobs, "1 Jobs"), (Screen::Chat, "2 Chat")];
    let mut spans = vec![Span::styled(" ragtui ", theme.title())];
    for (screen, name) in screens {
        spans.push(if screen == model.screen {
            Span::styled(format!(" [{name}]"), theme.title())
        } else {
            Span::raw(format!(" {name}"))
        });
    }
    let left: usize = spans.iter().map(Span::width).sum();
    let right = format!("{connection} ");
    let gap = usize::from(area.width).saturating_sub(left + width(&right));
    spans.push(Span::raw(" ".repeat(gap)));
    spans.push(Span::styled(right, style));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

pub(super) fn status(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (text, style) = match (&model.notice, &model.connection) {
        (Some(Notice::Problem(report)), _) => (in_words(report), theme.bad()),
        (Some(Notice::Done(notice)), _) => (notice.clone(), Style::new()),
        (None, Connection::Lost { why, .. }) => (in_words(why), theme.warn()),
        (None, _) if is_small(model.columns, model.rows) => {
            let (columns, rows) = (model.columns, model.rows);
            let text = format!("small terminal: {columns}x{rows}, full from 80x24");
            (text, Style::new())
        }
        (None, Connection::Live { build }) => (build.clone(), theme.dim()),
        (None, Connection::Opening) => return,
    };
    let room = usize::from(area.width).saturating_sub(2);
    let line = format!(" {}", fit(&clean(&text), room));
    frame.render_widget(Paragraph::new(Line::styled(line, style)), area);
}

/// The first hints stay when there is no room for all.
pub(super) fn hints(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let focus = model.focus();
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (key, action) in actions_in(focus).filter_map(|action| hint(action, focus)) {
        let columns = width(&key) + width(action.label) + 3;
        if used + columns > usize::from(area.width) + 2 {
            break;
        }
        used += columns;
        let style = match (action.blocked)(model) {
            Some(_) => theme.dim(),
            None => theme.title(),
        };
        spans.push(Span::styled(key, style));
        spans.push(Span::raw(format!(" {}  ", action.label)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn hint(action: &'static Action, focus: Focus) -> Option<(String, &'static Action)> {
    let key = action.key_names(focus).into_iter().next()?;
    action.is_hint.then_some((key, action))
}

/// Returns what happened and why, on one line.
pub(super) fn in_words(report: &ErrorReport) -> String {
    let why = report
        .why
        .as_ref()
        .map_or_else(String::new, |why| format!(": {why}"));
    clean(&format!("{}{why}", report.message)).into_owned()
}
