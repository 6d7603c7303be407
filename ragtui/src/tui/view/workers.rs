//! The workers.

use std::time::Duration;

use protocol::worker::{LOCAL, Wanted, WorkerView};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::frame::in_words;
use super::pane;
use crate::text::{clean, fit, fit_middle, pad, pad_left};
use crate::tui::layout::window;
use crate::tui::model::Workers;
use crate::tui::theme::Theme;
use crate::words::{ALONE, counted, span};

const SIZE: (u16, u16) = (110, 20);
const STATE: usize = 8;
const BUSY: usize = 7;
const VERSION: usize = 8;
const BEAT: usize = 6;
/// Columns that do not depend on the terminal, with the gaps.
const FIXED: usize = 2 + 1 + STATE + 1 + BUSY + 1 + VERSION + 1 + BEAT;

pub(super) fn draw(workers: &Workers, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let place = window(area, SIZE.0, SIZE.1);
    let list = workers.list.as_deref().unwrap_or_default();
    let title = match &workers.list {
        None => "Workers".to_owned(),
        Some(list) => format!("Workers  {}", counted(list.len() as u64, "worker")),
    };
    let block = pane(&title, theme, true);
    let inner = block.inner(place);
    frame.render_widget(Clear, place);
    frame.render_widget(block, place);
    let widths = Widths::of(usize::from(inner.width));
    let mut lines = vec![Line::styled(widths.titles(), theme.dim())];
    // The last line is for what is wrong, or for what the columns have no room for.
    let rows = usize::from(inner.height).saturating_sub(2);
    let selected = workers.selection();
    let at_cursor = selected.map_or(0, |(at, _)| at);
    let first = (at_cursor + 1).saturating_sub(rows);
    for (at, worker) in list.iter().enumerate().skip(first).take(rows) {
        lines.push(widths.row(worker, at == at_cursor, theme));
    }
    if list.is_empty() {
        let text = match workers.list {
            Some(_) => "  no workers; on any machine: ragd worker",
            None if workers.problem.is_some() => "",
            None => "  loading",
        };
        lines.push(Line::styled(text, theme.dim()));
    }
    lines.resize(rows + 1, Line::default());
    let room = usize::from(inner.width).saturating_sub(2);
    let last = match (&workers.problem, selected) {
        (Some(problem), _) => Some((in_words(problem), theme.bad())),
        (None, Some((_, worker))) if worker.name == LOCAL => Some((ALONE.to_owned(), theme.dim())),
        (None, Some((_, worker))) => Some((details(worker), theme.dim())),
        (None, None) => None,
    };
    if let Some((text, style)) = last {
        lines.push(Line::styled(format!(" {}", fit(&text, room)), style));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Columns of what has no width of its own.
struct Widths {
    name: usize,
    host: usize,
    parts: usize,
}

/// Returns all of a worker that a row may not have room for.
fn details(worker: &WorkerView) -> String {
    let who = format!("{} on {}, process {}", worker.name, worker.host, worker.pid);
    let text = match worker.running.is_empty() {
        true => who,
        false => format!("{who}: {}", parts(worker)),
    };
    clean(&text).into_owned()
}

fn parts(worker: &WorkerView) -> String {
    let parts = worker.running.iter();
    let parts = parts.map(|part| format!("{}/{}", part.job.short(), part.part));
    parts.collect::<Vec<_>>().join(" ")
}

impl Widths {
    fn of(columns: usize) -> Self {
        let left = columns.saturating_sub(FIXED);
        let name = left.min((left / 3).max(16));
        let left = left.saturating_sub(name + 2);
        let host = (left / 2).min(20);
        let parts = left - host;
        Self { name, host, parts }
    }

    fn titles(&self) -> String {
        let (name, state, busy) = ("WORKER", "STATE", "BUSY");
        format!(
            "  {} {}",
            pad(&fit(name, self.name), self.name),
            pad(state, STATE)
        ) + &self.rest(busy, "VERSION", "BEAT", "HOST", "PARTS")
    }

    fn rest(&self, busy: &str, version: &str, beat: &str, host: &str, parts: &str) -> String {
        let mut text = format!(
            " {} {} {}",
            pad_left(busy, BUSY),
            pad(&fit(version, VERSION), VERSION),
            pad_left(&fit(beat, BEAT), BEAT)
        );
        for (value, width) in [(host, self.host), (parts, self.parts)] {
            if width > 0 {
                text.push_str(&format!(" {}", pad(&fit(value, width), width)));
            }
        }
        text
    }

    fn row(&self, worker: &WorkerView, is_selected: bool, theme: Theme) -> Line<'static> {
        let marker = if is_selected { "> " } else { "  " };
        let name = clean(&worker.name).into_owned();
        let name = pad(&fit_middle(&name, self.name), self.name);
        let (state, style) = match (worker.wanted, worker.busy) {
            (Wanted::Run, 0) => ("IDLE", Style::new()),
            (Wanted::Run, _) => ("BUSY", Style::new()),
            (Wanted::Pause, 0) => ("PAUSED", theme.warn()),
            (Wanted::Pause, _) => ("PAUSING", theme.warn()),
            (Wanted::Drain, _) => ("DRAINING", theme.warn()),
        };
        let rest = self.rest(
            &format!("{}/{}", worker.busy, worker.slots),
            &clean(&worker.version),
            &span(Duration::from_millis(worker.silent_ms)),
            &clean(&worker.host),
            &parts(worker),
        );
        let base = match is_selected {
            true => theme.selected(),
            false => Style::new(),
        };
        Line::from(vec![
            Span::raw(format!("{marker}{name} ")),
            Span::styled(pad(state, STATE), style),
            Span::raw(rest),
        ])
        .style(base)
    }
}
