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
use crate::tui::model::{Chat, Focus, Model, Outcome};
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
    let turn = match chat.shown() {
        Some((_, turn)) if !turn.sources.is_empty() => turn,
        Some((_, turn)) if turn.is_running() && turn.searched.is_none() => {
            return vec![Line::styled(" searching", theme.dim())];
        }
        Some(_) => return vec![Line::styled(" no source", theme.dim())],
        None => return vec![Line::raw("")],
    };
    let first = (chat.pick.source + 1).saturating_sub(rows);
    let sources = turn.sources.iter().enumerate().skip(first).take(rows);
    let lines = sources.map(|(at, source)| {
        let entry = Entry {
            source,
            is_selected: at == chat.pick.source,
            cited: turn.times_cited(source.number),
            is_answered: matches!(turn.outcome, Outcome::Done(_)),
        };
        entry.line(columns, theme)
    });
    lines.collect()
}

/// Columns of what is said of the citations of a source.
const CITED: usize = 9;
/// With fewer columns for the place, it is said in one word or not at all.
const ROOM: usize = 30;

/// A row of the list.
struct Entry<'a> {
    source: &'a Source,
    is_selected: bool,
    /// Marks of the answer that speak of it.
    cited: usize,
    /// No mark comes any more.
    is_answered: bool,
}

impl Entry<'_> {
    fn line(&self, columns: usize, theme: Theme) -> Line<'static> {
        let hit = &self.source.hit;
        let marker = if self.is_selected { ">" } else { " " };
        let number = format!("[{}]", self.source.number);
        let gap = " ".repeat(4_usize.saturating_sub(width(&number)));
        let score = format!("{gap} {:.2}  ", hit.score);
        let left = columns.saturating_sub(width(&number) + width(&score) + 1);
        let cited = self.cited_text(left);
        let left = left.saturating_sub(if cited.is_empty() {
            0
        } else {
            width(&cited) + 2
        });
        let place = place(self.source);
        let heading = hit.heading.as_ref().map_or("", |heading| heading.as_str());
        // The place tells more than the heading, so it gets two thirds where both are long.
        let room = if heading.is_empty() || left < ROOM {
            left
        } else {
            left * 2 / 3
        };
        let place = fit_middle(&place, room).into_owned();
        let rest = left.saturating_sub(width(&place));
        let heading = fit(&clean(heading), rest.saturating_sub(2)).into_owned();
        // As wide as there is room, so that what follows stands below its like.
        let heading = pad(&format!("{}{heading}", " ".repeat(rest.min(2))), rest);
        let (of_number, of_row) = match (self.cited, self.is_answered) {
            (0, true) => (Style::new(), theme.dim()),
            (0, false) => (Style::new(), Style::new()),
            _ => (theme.mark(), Style::new()),
        };
        let selected = if self.is_selected {
            theme.selected()
        } else {
            Style::new()
        };
        Line::from(vec![
            Span::raw(marker),
            Span::styled(number, of_number),
            Span::raw(format!("{score}{place}")),
            Span::styled(heading, theme.dim()),
            Span::raw("  "),
            Span::styled(cited, of_number),
        ])
        .style(of_row.patch(selected))
    }

    /// Returns how often the answer cites it. That it does not is said when the answer is there.
    fn cited_text(&self, room: usize) -> String {
        let text = match (self.cited, self.is_answered) {
            (0, false) => return String::new(),
            _ if room < ROOM + CITED => {
                let word = if self.cited > 0 { "cited" } else { "" };
                return word.to_owned();
            }
            (0, true) => "not cited".to_owned(),
            (1, _) => "cited".to_owned(),
            (times, _) => format!("cited {times}x"),
        };
        format!("{text:>CITED$}")
    }
}

fn place(source: &Source) -> String {
    let (path, place) = (source.hit.path.to_text(), &source.hit.place);
    let path = clean(&path);
    match (place.spot, place.line_end - place.line_start) {
        // Lines of what was extracted are nothing that people can open.
        (Some(spot), _) => format!("{path}, {spot}"),
        (None, 0) => format!("{path}:{}", place.line_start),
        (None, _) => format!("{path}:{}-{}", place.line_start, place.line_end),
    }
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
