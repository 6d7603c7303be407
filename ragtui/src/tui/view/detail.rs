//! The selected job, in four lines.

use protocol::Timestamp;
use protocol::job::{JobState, JobView};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::jobs::{seconds, state_word, waiting_words};
use super::pane;
use crate::text::{clean, fit};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{count, size};

/// Rules that are named; the rest is in their sum.
const RULES: usize = 3;

pub(super) fn draw(model: &Model, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some((_, job)) = model.jobs.selection() else {
        frame.render_widget(pane("no job", theme, false), area);
        return;
    };
    let title = format!("{}  {}", job.id.short(), clean(&job.source.to_text()));
    let room = usize::from(area.width).saturating_sub(4);
    let block = pane(&fit(&title, room.saturating_sub(2)), theme, false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines = [
        progress(job),
        standing(job, model.now),
        outcome(job),
        last(job),
    ];
    let lines: Vec<_> = lines
        .iter()
        .map(|line| Line::raw(format!(" {}", fit(&clean(line), room))))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn progress(job: &JobView) -> String {
    let progress = &job.progress;
    let about = if progress.total_is_final { "" } else { "~" };
    let mut parts = vec![
        format!(
            "{} of {about}{} files",
            count(progress.files_done),
            count(progress.files_total)
        ),
        format!(
            "{} of {about}{}",
            size(progress.bytes_done),
            size(progress.bytes_total)
        ),
    ];
    if job.state == JobState::Running {
        parts.extend(
            job.pace
                .chunks_per_min
                .map(|chunks| format!("{} chunks/s", count(chunks / 60))),
        );
        parts.extend(job.pace.eta_s.map(|eta| {
            let error = job.pace.eta_error_s;
            let error = error.map_or_else(String::new, |error| format!(" ±{}", seconds(error)));
            format!("ETA {}{error}", seconds(eta))
        }));
    }
    parts.push(format!("{} chunks", count(progress.chunks)));
    parts.join(" · ")
}

fn standing(job: &JobView, now: Timestamp) -> String {
    let mut parts = vec![state_word(job)];
    if let Some(stage) = job.stage.filter(|_| job.state == JobState::Running) {
        parts.push(stage.as_str().to_owned());
    }
    parts.extend(
        job.waiting
            .as_ref()
            .map(|waiting| waiting_words(waiting, now)),
    );
    parts.push(format!(
        "collection {}",
        job.collection.as_deref().unwrap_or("-")
    ));
    parts.push(format!("priority {}", job.priority.as_str()));
    parts.push(format!("attempt {} of {}", job.attempt, job.max_attempts));
    parts.join(" · ")
}

fn outcome(job: &JobView) -> String {
    let totals = &job.totals;
    let skipped: u64 = totals.skipped.iter().map(|(_, files)| files).sum();
    let rules: Vec<_> = totals
        .skipped
        .iter()
        .take(RULES)
        .map(|(rule, files)| format!("{rule} {}", count(*files)))
        .collect();
    // Without a rule nothing was skipped, and this is not shown.
    let rules = format!(" ({})", rules.join(" · "));
    let counts = [
        (totals.added, "added"),
        (totals.updated, "updated"),
        (totals.deleted, "deleted"),
        (totals.unchanged, "unchanged"),
        (totals.failed, "failed"),
    ];
    let mut parts: Vec<_> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{word} {}", count(*number)))
        .collect();
    if skipped > 0 {
        parts.push(format!("skipped {}{rules}", count(skipped)));
    }
    parts.join(" · ")
}

fn last(job: &JobView) -> String {
    job.error.as_ref().map_or_else(String::new, |error| {
        let why = error
            .why
            .as_ref()
            .map_or_else(String::new, |why| format!(": {why}"));
        format!("last error: {}{why}", error.message)
    })
}
