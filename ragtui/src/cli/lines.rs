//! Jobs in words: one line each, for tables, progress and summaries.

use protocol::ErrorReport;
use protocol::job::{JobKind, JobState, JobView, Progress, Totals, Waiting};
use protocol::submit::Runtime;

use super::look::{self, Look, Paint, between, counted, size, state_paint};
use super::table::{Cell, Column, Table, cell};
use crate::text;

/// Width of a drawn bar; fits a line of 80 columns with everything around it.
const BAR: usize = 10;

pub(super) fn job_table(jobs: &[JobView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("JOB", Column::Left),
        ("STATE", Column::Left),
        ("COLLECTION", Column::Left),
        ("SOURCE", Column::Path),
        ("PROGRESS", Column::Left),
        ("CREATED", Column::Left),
    ]);
    for job in jobs {
        table.row(vec![
            cell(job.id.short()),
            state_cell(job),
            cell(job.collection.as_deref().unwrap_or("-")),
            cell(source(job)),
            cell(standing(job, look)),
            cell(look.time(job.created_at)),
        ]);
    }
    table.render(look)
}

/// Returns what a job is about. Changes of watched sources come by themselves: nobody submitted them.
fn source(job: &JobView) -> String {
    match job.kind {
        JobKind::Watch => format!("{} (watched)", job.source.to_text()),
        JobKind::Ingest | JobKind::Probe | JobKind::Embed | JobKind::Ask | JobKind::Move => {
            job.source.to_text()
        }
    }
}

pub(super) fn state_cell(job: &JobView) -> Cell {
    cell(job.state.as_str()).paint(state_paint(job.state))
}

/// Returns how far a job is, or why it does not move, or how it ended.
pub(super) fn standing(job: &JobView, look: &Look) -> String {
    match job.state {
        JobState::Running | JobState::Cancelling => match &job.waiting {
            Some(waiting) => waiting_text(waiting, look),
            None => running_text(job),
        },
        JobState::Queued | JobState::Retrying | JobState::Parked => job
            .waiting
            .as_ref()
            .map_or_else(|| "-".to_owned(), |waiting| waiting_text(waiting, look)),
        JobState::Finished | JobState::Cancelled => outcome_text(job),
        JobState::Failed | JobState::Dead => job
            .error
            .as_ref()
            .map_or_else(|| outcome_text(job), |error| error.message.clone()),
    }
}

fn running_text(job: &JobView) -> String {
    let stage = job.stage.map_or("starting", protocol::job::Stage::as_str);
    let share = percent(job).map_or_else(String::new, |share| format!(" {share}"));
    format!("{stage}{share}")
}

/// Returns ` 61%`, or `~61%` while the total still grows.
pub(super) fn percent(job: &JobView) -> Option<String> {
    let ratio = job.progress.ratio()?;
    let about = if job.progress.total_is_final { "" } else { "~" };
    Some(format!("{about}{:.0}%", (ratio * 100.0).floor()))
}

pub(super) fn waiting_text(waiting: &Waiting, look: &Look) -> String {
    match waiting {
        Waiting::Worker { ahead: 0 } => "next in line".to_owned(),
        Waiting::Worker { ahead } => format!("{} ahead", look::count(*ahead)),
        Waiting::QueuePaused => "the queue is paused".to_owned(),
        Waiting::Backoff { until } => format!("next try {}", look.time(*until)),
        Waiting::Dependency { name, reason } => format!("waits for {name}: {reason}"),
        Waiting::Silent { since } => format!("worker silent since {}", look.time(*since)),
        Waiting::OtherJob { job } => format!("after job {}", job.short()),
    }
}

/// Only a job that takes something in counts documents.
fn outcome_text(job: &JobView) -> String {
    match (job.kind, job.state) {
        (JobKind::Ask, JobState::Finished) => {
            format!("answered: ragctl result {}", job.id.short())
        }
        (JobKind::Embed, _) => format!("{} embedded", counted(job.progress.chunks, "chunk")),
        (JobKind::Move, _) => format!("{} moved", counted(job.progress.chunks, "chunk")),
        (JobKind::Ask, _) => "no answer".to_owned(),
        (JobKind::Ingest | JobKind::Probe | JobKind::Watch, _) => totals_text(&job.totals),
    }
}

fn totals_text(totals: &Totals) -> String {
    let parts = [
        (totals.added, "added"),
        (totals.updated, "updated"),
        (totals.deleted, "deleted"),
        (totals.unchanged, "unchanged"),
        (totals.held_back, "held back"),
        (totals.failed, "failed"),
    ];
    let said: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", look::count(*number)))
        .collect();
    if said.is_empty() {
        "nothing to do".to_owned()
    } else {
        said.join(", ")
    }
}

/// Returns the line that ends `submit --wait` and `wait`, with every count, so that it can be
/// compared from run to run.
pub(super) fn summary(job: &JobView, look: &Look) -> String {
    let took = match (job.started_at, job.finished_at) {
        (Some(start), Some(end)) => format!(" in {}", look::span(between(start, end))),
        _ => String::new(),
    };
    let state = look.paint(state_paint(job.state), job.state.as_str());
    let counts = match job.kind {
        JobKind::Ask | JobKind::Embed | JobKind::Move => outcome_text(job),
        JobKind::Ingest | JobKind::Probe | JobKind::Watch => counts_text(&job.totals),
    };
    let mut line = format!("job {} {state}{took}: {counts}\n", job.id.short());
    let (held_back, failed) = (job.totals.held_back, job.totals.failed);
    if held_back > 0 {
        line.push_str(&format!(
            "  {} not deleted, though their files are gone: the source could not be read whole, or \
             lost too much to be believed\n  try:  look at the source; to delete all the same: \
             --sync --force-delete\n",
            look::counted(held_back, "document")
        ));
    }
    if let Some(error) = job
        .error
        .as_ref()
        .filter(|_| job.state != JobState::Finished)
    {
        line.push_str(&format!("  {}\n", text::clean(&error.message)));
        line.push_str(&why(error));
        line.push_str(&tries(error));
    }
    if job.totals.secrets > 0 {
        line.push_str(&format!(
            "  {} replaced in texts: ragctl secrets\n",
            look::counted(job.totals.secrets, "secret")
        ));
    }
    if failed > 0 {
        line.push_str(&format!("  why: ragctl job errors {}\n", job.id.short()));
    }
    line
}

/// Returns every count of a job that takes something in.
fn counts_text(totals: &Totals) -> String {
    let Totals {
        added,
        updated,
        deleted,
        unchanged,
        failed,
        skipped,
        // These get lines of their own.
        held_back: _,
        secrets: _,
    } = totals;
    let rules = skipped
        .iter()
        .map(|(rule, files)| format!("{rule} {}", look::count(*files)));
    let rules: Vec<_> = rules.collect();
    let skipped: u64 = skipped.iter().map(|(_, files)| files).sum();
    let counts = [
        (*added, "added"),
        (*updated, "updated"),
        (*deleted, "deleted"),
        (*unchanged, "unchanged"),
        (skipped, "skipped"),
        (*failed, "failed"),
    ]
    .map(|(number, word)| match word {
        "skipped" if number > 0 => format!("{} {word} ({})", look::count(number), rules.join(", ")),
        _ => format!("{} {word}", look::count(number)),
    });
    counts.join(", ")
}

/// Returns the line that says why something failed, if that is known.
pub(super) fn why(report: &ErrorReport) -> String {
    let causes = || (!report.causes.is_empty()).then(|| report.causes.join(": "));
    let why = report.why.clone().or_else(causes);
    why.map_or_else(String::new, |why| {
        format!("  why:  {}\n", text::clean(&why))
    })
}

/// Returns a line for each thing that may help.
pub(super) fn tries(report: &ErrorReport) -> String {
    let mut out = String::new();
    for (at, action) in report.try_next.iter().enumerate() {
        let label = if at == 0 { "try:" } else { "" };
        out.push_str(&format!("  {label:<5} {}\n", text::clean(action)));
    }
    out
}

/// Returns one line of a live view.
pub(super) fn live(job: &JobView, look: &Look) -> String {
    let mut parts = vec![job.id.short()];
    parts.push(look.paint(state_paint(job.state), &text::pad(job.state.as_str(), 10)));
    if job.state == JobState::Running && job.waiting.is_none() {
        parts.push(text::pad(
            job.stage.map_or("starting", protocol::job::Stage::as_str),
            10,
        ));
        if let Some(ratio) = job.progress.ratio() {
            parts.push(bar(ratio));
            parts.push(text::pad_left(&percent(job).unwrap_or_default(), 4));
        }
        parts.push(counted(job.progress.files_done, "file"));
        parts.extend(pace(job));
    } else {
        parts.push(text::clean(&standing(job, look)).into_owned());
    }
    let line = parts.join("  ");
    match look.width {
        // Colour codes have no width, so a painted line is cut only where it can be.
        Some(width) if !look.color => text::fit(&line, width.saturating_sub(1)).into_owned(),
        _ => line,
    }
}

/// Returns the line that the log painter prints: `14:02:11 1a2b3c4d embedding 61% 214 chunks/s`.
pub(super) fn log(job: &JobView, look: &Look) -> String {
    let mut parts = vec![look::clock(look::now()), job.id.short()];
    match (job.state, job.stage) {
        (JobState::Running, Some(stage)) if job.waiting.is_none() => {
            parts.push(stage.as_str().to_owned());
            parts.extend(percent(job));
            parts.extend(pace(job));
        }
        (state, _) => {
            parts.push(state.as_str().to_owned());
            let standing = standing(job, look);
            if standing != "-" && standing != "starting" {
                parts.push(text::clean(&standing).into_owned());
            }
        }
    }
    parts.join(" ")
}

fn pace(job: &JobView) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(chunks) = job.pace.chunks_per_min {
        parts.push(if chunks < 600 {
            format!("{} chunks/min", look::count(chunks))
        } else {
            format!("{} chunks/s", look::count(chunks / 60))
        });
    }
    if let Some(seconds) = job.pace.eta_s {
        parts.push(format!(
            "eta {}",
            look::span(std::time::Duration::from_secs(seconds))
        ));
    }
    parts
}

fn bar(ratio: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share between 0 and 1 of ten cells"
    )]
    let full = ((ratio.clamp(0.0, 1.0) * BAR as f64) as usize).min(BAR);
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

fn progress_text(progress: &Progress) -> String {
    let about = if progress.total_is_final { "" } else { "~" };
    format!(
        "{} of {about}{}, {} of {about}{}, {}",
        look::count(progress.files_done),
        counted(progress.files_total, "file"),
        size(progress.bytes_done),
        size(progress.bytes_total),
        counted(progress.chunks, "chunk"),
    )
}

/// Returns everything about one job, as `name  value` lines.
pub(super) fn details(job: &JobView, look: &Look) -> String {
    let mut facts = vec![
        ("job", job.id.to_string()),
        ("state", job.state.as_str().to_owned()),
        ("source", job.source.to_text()),
        (
            "collection",
            job.collection.clone().unwrap_or_else(|| "-".to_owned()),
        ),
        ("priority", job.priority.as_str().to_owned()),
        (
            "attempts",
            format!("{} of {}", job.attempt, job.max_attempts),
        ),
    ];
    if job.runtime != Runtime::Local {
        facts.push(("runtime", job.runtime.as_str().to_owned()));
    }
    if let Some(stage) = job.stage {
        facts.push(("stage", stage.as_str().to_owned()));
    }
    if let Some(waiting) = &job.waiting {
        facts.push(("waits", waiting_text(waiting, look)));
    }
    // A question has no files.
    if job.kind != JobKind::Ask {
        facts.push(("progress", progress_text(&job.progress)));
    }
    let pace = pace(job);
    if !pace.is_empty() {
        facts.push(("pace", pace.join(", ")));
    }
    facts.push(("result", outcome_text(job)));
    for (rule, files) in &job.totals.skipped {
        facts.push(("skipped", format!("{} by {rule}", counted(*files, "file"))));
    }
    facts.push(("created", look.time(job.created_at)));
    facts.push(("started", look.time_or_dash(job.started_at)));
    facts.push(("finished", look.time_or_dash(job.finished_at)));
    if let Some(key) = &job.idempotency_key {
        facts.push(("key", key.clone()));
    }
    let mut out = super::table::facts(look, &facts);
    if let Some(error) = &job.error {
        let head = look.paint(Paint::Bad, "last error");
        out.push_str(&format!(
            "{head}  {} ({})\n",
            text::clean(&error.message),
            error.code
        ));
        out.push_str(&why(error));
        out.push_str(&tries(error));
    }
    out
}
