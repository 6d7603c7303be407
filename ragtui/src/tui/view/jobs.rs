//! The list of jobs.

use protocol::Timestamp;
use protocol::job::{JobKind, JobState, JobView, Waiting};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{pane, seconds_between, set_cursor};
use crate::text::{clean, fit, fit_middle, pad, pad_left, width};
use crate::tui::model::{Connection, Focus, Model};
use crate::tui::theme::Theme;
use crate::words::{between, count, span};

/// Columns whose width does not depend on the terminal.
const ID: usize = 8;
const STATE: usize = 9;
const STAGE: usize = 10;
const PROGRESS: usize = 16;
const RATE: usize = 8;
const ETA: usize = 6;
/// From this width on, the list also shows stage and rate.
const WIDE: usize = 100;
/// Below this, only what a job is and how it stands.
const NARROW: usize = 56;

pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let counts = model.jobs.counts();
    let title = format!(
        "Jobs  active {} · queued {} · failed {}",
        count(counts.active),
        count(counts.queued),
        count(counts.failed)
    );
    let focus = model.focus();
    let mut block = pane(&title, theme, matches!(focus, Focus::Jobs | Focus::Filter));
    let filter = &model.jobs.filter;
    if model.jobs.is_typing || !filter.is_empty() {
        block = block.title_bottom(format!(" /{} ", clean(filter.text())));
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if focus == Focus::Filter {
        let before = clean(&filter.text()[..filter.cursor()]);
        let last = usize::from(area.height).saturating_sub(1);
        set_cursor(frame, area, last, 3 + width(&before));
    }
    if inner.height == 0 || inner.width < 10 {
        return;
    }
    let width = usize::from(inner.width);
    let mut lines = vec![Line::styled(titles(width), theme.dim())];
    let rows = usize::from(inner.height - 1);
    let selected = model.jobs.selection().map_or(0, |(at, _)| at);
    // The cursor is kept on the screen by whole pages, so the list does not creep.
    let first = selected - selected.checked_rem(rows).unwrap_or(0);
    for (at, job) in model.jobs.visible().enumerate().skip(first).take(rows) {
        lines.push(row(job, at == selected, width, model.now, theme));
    }
    if lines.len() == 1 {
        lines.push(Line::styled(nothing(model), theme.dim()));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn nothing(model: &Model) -> String {
    let text = match &model.connection {
        Connection::Opening => "connecting to ragd",
        Connection::Lost { .. } if model.jobs.is_empty() => "ragd does not answer",
        _ if model.jobs.is_loading => "loading",
        _ if model.jobs.is_empty() => "No jobs yet. Press a, or run: ragctl submit ~/docs",
        _ => "no job fits the filter",
    };
    format!("  {text}")
}

fn source_width(width: usize) -> usize {
    let fixed = match width {
        WIDE.. => 2 + ID + 2 + STATE + 1 + 1 + STAGE + 1 + PROGRESS + 1 + RATE + 1 + ETA,
        NARROW.. => 2 + ID + 2 + STATE + 1 + 1 + PROGRESS + 1 + ETA,
        _ => 2 + ID + 1 + STATE + 1,
    };
    width.saturating_sub(fixed)
}

fn titles(width: usize) -> String {
    let source = source_width(width);
    match width {
        WIDE.. => format!(
            "  {}  {} {} {} {} {} {}",
            pad("ID", ID),
            pad("STATE", STATE),
            pad("SOURCE", source),
            pad("STAGE", STAGE),
            pad("PROGRESS", PROGRESS),
            pad_left("RATE", RATE),
            pad_left("ETA", ETA)
        ),
        NARROW.. => format!(
            "  {}  {} {} {} {}",
            pad("ID", ID),
            pad("STATE", STATE),
            pad("SOURCE", source),
            pad("PROGRESS", PROGRESS),
            pad_left("ETA", ETA)
        ),
        _ => format!("  {} {} SOURCE", pad("ID", ID), pad("STATE", STATE)),
    }
}

fn row(
    job: &JobView,
    is_selected: bool,
    width: usize,
    now: Timestamp,
    theme: Theme,
) -> Line<'static> {
    let source = clean(&job.source.to_text()).into_owned();
    let columns = source_width(width);
    let source = pad(&fit_middle(&source, columns), columns);
    let marker = if is_selected { "> " } else { "  " };
    let gap = if width < NARROW { " " } else { "  " };
    let rest = match width {
        WIDE.. => {
            let room = PROGRESS + 1 + RATE + 1 + ETA;
            let stage = job.stage.filter(|_| job.state == JobState::Running);
            let stage = stage.map_or("-", protocol::job::Stage::as_str);
            format!(
                " {source} {} {}",
                pad(stage, STAGE),
                standing(job, room, true, now)
            )
        }
        NARROW.. => format!(
            " {source} {}",
            standing(job, PROGRESS + 1 + ETA, false, now)
        ),
        _ => format!(" {source}"),
    };
    let base = if is_selected {
        theme.selected()
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::raw(format!("{marker}{}{gap}", job.id.short())),
        Span::styled(pad(&state_word(job), STATE), theme.state(job.state)),
        Span::raw(rest),
    ])
    .style(base)
}

/// Returns the state as a word, with the try where that tells something.
pub(super) fn state_word(job: &JobView) -> String {
    match job.state {
        JobState::Queued => "QUEUED".into(),
        JobState::Running => "RUN".into(),
        JobState::Retrying => format!("RETRY {}/{}", job.attempt, job.max_attempts),
        JobState::Parked => "PARKED".into(),
        JobState::Cancelling => "STOPPING".into(),
        JobState::Finished => "DONE".into(),
        JobState::Failed => "FAILED".into(),
        JobState::Dead => "DEAD".into(),
        JobState::Cancelled => "CANCELLED".into(),
    }
}

/// Returns bar and numbers of a job that moves, else in words why it does not.
fn standing(job: &JobView, room: usize, has_rate: bool, now: Timestamp) -> String {
    if job.state == JobState::Running && job.waiting.is_none() {
        let eta = job.pace.eta_s.map_or_else(String::new, seconds);
        let rate = match (has_rate, job.pace.chunks_per_min) {
            (false, _) => String::new(),
            (true, Some(chunks)) => {
                format!("{} ", pad_left(&format!("{}/s", count(chunks / 60)), RATE))
            }
            (true, None) => " ".repeat(RATE + 1),
        };
        return format!("{} {rate}{}", pad(&bar(job), PROGRESS), pad_left(&eta, ETA));
    }
    let words = match (&job.waiting, job.state) {
        (Some(waiting), _) => waiting_words(waiting, now),
        (None, JobState::Failed | JobState::Dead) => job
            .error
            .as_ref()
            .map_or_else(String::new, |error| error.message.clone()),
        (None, JobState::Finished) => match job.kind {
            JobKind::Ask => "answered".into(),
            JobKind::Embed => format!("{} vectors", count(job.progress.chunks)),
            JobKind::Move => format!("{} chunks moved", count(job.progress.chunks)),
            JobKind::Ingest | JobKind::Probe | JobKind::Watch => {
                let totals = &job.totals;
                format!(
                    "{} docs",
                    count(totals.added + totals.updated + totals.unchanged)
                )
            }
        },
        (None, JobState::Cancelled) => job.progress.ratio().map_or_else(String::new, |ratio| {
            format!("stopped at {:.0}%", ratio * 100.0)
        }),
        (None, _) => String::new(),
    };
    let took = match (job.started_at, job.finished_at) {
        (Some(start), Some(end)) => span(between(start, end)),
        _ => String::new(),
    };
    let left = room.saturating_sub(if took.is_empty() { 0 } else { ETA + 1 });
    let words = pad(&fit(&clean(&words), left), left);
    if took.is_empty() {
        words
    } else {
        format!("{words} {}", pad_left(&took, ETA))
    }
}

pub(super) fn waiting_words(waiting: &Waiting, now: Timestamp) -> String {
    match waiting {
        Waiting::Worker { ahead: 0 } => "next in line".into(),
        Waiting::Worker { ahead } => format!("{} ahead", count(*ahead)),
        Waiting::QueuePaused => "queue paused".into(),
        Waiting::Backoff { until } => format!("next try in {}", seconds_between(now, *until)),
        Waiting::Dependency { name, reason } => format!("{name}: {reason}"),
        Waiting::Silent { since } => format!("silent {}", seconds_between(*since, now)),
        Waiting::OtherJob { job } => format!("after {}", job.short()),
    }
}

fn bar(job: &JobView) -> String {
    const CELLS: usize = 10;
    let Some(ratio) = job.progress.ratio() else {
        return "planning".into();
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share between 0 and 1 of ten cells"
    )]
    let full = ((ratio * CELLS as f64) as usize).min(CELLS);
    let about = if job.progress.total_is_final {
        " "
    } else {
        "~"
    };
    let percent = format!("{:.0}%", (ratio * 100.0).floor());
    format!(
        "{}{}{about}{}",
        "█".repeat(full),
        "░".repeat(CELLS - full),
        pad_left(&percent, 4)
    )
}

pub(super) fn seconds(seconds: u64) -> String {
    span(std::time::Duration::from_secs(seconds))
}
