//! The window in which a path is handed in.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::frame::in_words;
use super::{pane, set_cursor};
use crate::tui::layout::{chat::draft, window, wrap};
use crate::tui::model::{Field, SubmitForm};
use crate::tui::theme::Theme;

const SIZE: (u16, u16) = (70, 9);
/// Columns of the names of the fields.
const NAME: usize = 14;

pub(super) fn draw(form: &SubmitForm, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let place = window(area, SIZE.0, SIZE.1);
    let block = pane("Add documents", theme, true);
    let inner = block.inner(place);
    frame.render_widget(Clear, place);
    frame.render_widget(block, place);
    let columns = usize::from(inner.width);
    let path = field("Path", &form.path, !form.is_in_collection, columns, theme);
    let collection = field(
        "Collection",
        &form.collection,
        form.is_in_collection,
        columns,
        theme,
    );
    let active = usize::from(form.is_in_collection);
    let cursor = [path.1, collection.1][active];
    let mut lines = vec![path.0, collection.0, Line::default()];
    let (text, style) = match (&form.problem, form.is_sending) {
        (_, true) => ("asking ragd".to_owned(), theme.dim()),
        (Some(problem), _) => (in_words(problem), theme.bad()),
        (None, false) => (
            "A file or a folder of this machine; ~ is your home folder.".to_owned(),
            theme.dim(),
        ),
    };
    let rows = wrap::shown(&text, columns.saturating_sub(2));
    lines.extend(
        rows.into_iter()
            .map(|row| Line::styled(format!(" {row}"), style)),
    );
    frame.render_widget(Paragraph::new(lines), inner);
    set_cursor(frame, inner, active, cursor);
}

/// Returns the line of a field and the column of its cursor.
fn field(
    name: &str,
    field: &Field,
    is_active: bool,
    columns: usize,
    theme: Theme,
) -> (Line<'static>, usize) {
    let draft = draft(field, columns.saturating_sub(NAME + 1));
    let text = draft.rows.get(draft.cursor.0).cloned().unwrap_or_default();
    let marker = if is_active { ">" } else { " " };
    let style = if is_active {
        theme.title()
    } else {
        theme.dim()
    };
    let room = NAME - 2;
    let name = Span::styled(format!("{marker} {name:<room$}"), style);
    (
        Line::from(vec![name, Span::raw(text)]),
        NAME + draft.cursor.1,
    )
}
