//! Questions and answers.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{pane, seconds_between};
use crate::text::{clean, fit};
use crate::tui::layout::transcript::{Role, Row, rows};
use crate::tui::model::{Chat, Connection, Focus, Model, Size, Turn};
use crate::tui::theme::Theme;
use crate::words::counted;

pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let chat = &model.chat;
    let title = title(chat, usize::from(area.width).saturating_sub(4));
    let mut block = pane(&title, theme, model.focus() == Focus::Transcript);
    let inner = block.inner(area);
    let size = Size {
        columns: usize::from(inner.width),
        rows: usize::from(inner.height),
    };
    let rows = rows(chat, size.columns);
    let top = chat.top(&rows, size);
    let foot = [
        chat.running().map(|turn| stage(turn, model)),
        chat.news(&rows, size)
            .filter(|news| *news > 0)
            .map(|news| news_below(news, model.focus())),
    ];
    for text in foot.into_iter().flatten() {
        block = block.title_bottom(format!(" {text} "));
    }
    frame.render_widget(block, area);
    let lines: Vec<_> = if rows.is_empty() {
        vec![Line::styled(nothing(model), theme.dim())]
    } else {
        let shown = rows.iter().skip(top).take(size.rows);
        shown.map(|row| line(row, chat, theme)).collect()
    };
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Names a key that leads back to the end where the focus is.
fn news_below(news: usize, focus: Focus) -> String {
    let key = if focus.is_text() { "PgDn" } else { "G" };
    format!("{}, {key} to follow", counted(news as u64, "new line"))
}

/// Names the conversation by its first question.
fn title(chat: &Chat, columns: usize) -> String {
    let first = chat.turns.first().map_or("", |turn| turn.question.as_str());
    let title = format!("Chat  {}", clean(first));
    fit(title.trim_end(), columns).into_owned()
}

fn nothing(model: &Model) -> &'static str {
    match &model.connection {
        Connection::Opening => " connecting to ragd",
        Connection::Lost { .. } => " ragd does not answer",
        Connection::Live { .. } => " Ask about your documents. Sources come with every answer.",
    }
}

/// Returns what the answer waits for.
fn stage(turn: &Turn, model: &Model) -> String {
    let waited = seconds_between(turn.asked_at, model.now);
    let what = match (&turn.searched, turn.text.is_empty()) {
        (None, _) => "searching",
        (Some(_), true) => "waiting for the answer",
        (Some(_), false) => "writing",
    };
    format!("{what} {waited}, Esc stops")
}

fn line(row: &Row, chat: &Chat, theme: Theme) -> Line<'static> {
    let spans = row.pieces.iter().map(|piece| {
        let style = match piece.role {
            Role::Plain => Style::new(),
            Role::Name => theme.title(),
            Role::Aside => theme.dim(),
            Role::Problem => theme.bad(),
            Role::Mark(mark) => mark_style(chat, row.turn, mark, theme),
        };
        Span::styled(piece.text.clone(), style)
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// The selected mark is reversed; where a source is selected, all of its marks are.
fn mark_style(chat: &Chat, turn: usize, mark: usize, theme: Theme) -> Style {
    let pick = chat.pick;
    let is_selected = pick.turn == Some(turn)
        && match pick.mark {
            Some(selected) => selected == mark,
            None => {
                let number = chat.selected_source().map(|source| source.number);
                Some(chat.turns[turn].citations[mark].source) == number
            }
        };
    if is_selected {
        theme.selected()
    } else {
        theme.mark()
    }
}
