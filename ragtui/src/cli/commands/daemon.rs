//! `ragctl status`, `health`, `fsck`, `queue`, `version`, and becoming the daemon.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use protocol::health::{FsckReport, Health, HealthState, Status};
use protocol::{ErrorCode, ErrorReport, hello};

use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::look::{self, Look, Paint, counted, size};
use crate::cli::schema::{FsckJson, HealthJson, StatusJson, VersionJson};
use crate::cli::table::{Column, Table, cell, facts};
use crate::client::Client;
use crate::text;

/// Pause between two looks at a daemon that is not well yet.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn status(context: &Context) -> Outcome {
    let status = context.connect().await?.status().await?;
    context.out.record(&StatusJson::from(&status), |look| {
        status_page(&status, look)
    })?;
    Ok(Exit::DONE)
}

fn status_page(status: &Status, look: &Look) -> String {
    let queue = &status.queue;
    let oldest = queue
        .oldest_queued_at
        .map_or_else(String::new, |at| format!(", oldest {}", look.time(at)));
    let paused = if queue.paused { ", paused" } else { "" };
    let page = [
        (
            "ragd",
            format!(
                "{}, pid {}, started {}",
                bare(&status.build),
                status.pid,
                look.time(status.started_at)
            ),
        ),
        (
            "state",
            format!("{}, {}", status.state_dir, size(status.state_bytes)),
        ),
        ("disk", format!("{} free", size(status.disk_free_bytes))),
        ("memory", size(status.rss_bytes)),
        (
            "content",
            format!(
                "{}, {}, {}, {}",
                counted(status.collections, "collection"),
                counted(status.documents, "document"),
                counted(status.chunks, "chunk"),
                counted(status.gaps, "gap"),
            ),
        ),
        (
            "queue",
            format!(
                "{} queued{oldest}, {} running, {} retrying, {} parked{paused}",
                look::count(queue.queued),
                look::count(queue.running),
                look::count(queue.retrying),
                look::count(queue.parked)
            ),
        ),
        (
            "ended",
            format!(
                "{} finished, {} failed, {} dead, {} cancelled",
                look::count(queue.finished),
                look::count(queue.failed),
                look::count(queue.dead),
                look::count(queue.cancelled)
            ),
        ),
        (
            "workers",
            format!("{} of {} busy", queue.workers_busy, queue.workers),
        ),
        (
            "clients",
            counted(u64::from(status.connections), "connection"),
        ),
    ];
    format!(
        "{}{}",
        facts(look, &page),
        health_table(&status.health, look)
    )
}

/// Returns the version without the name of the program, which stands before it already.
fn bare(build: &str) -> &str {
    build.strip_prefix("ragd ").unwrap_or(build)
}

pub(super) async fn health(context: &Context, arguments: args::Health) -> Outcome {
    let (wait, target) = (arguments.wait, context.target());
    let limit = match (wait, context.global.timeout) {
        (Some(wait), Some(timeout)) => Some(wait.0.min(timeout.0)),
        (wait, timeout) => wait.or(timeout).map(|span| span.0),
    };
    let deadline = limit.map(|limit| Instant::now() + limit);
    loop {
        let outcome = async { Ok(context.connect().await?.health().await?) };
        let outcome: Result<Health, Failure> = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), outcome)
                .await
                .unwrap_or_else(|_| Err(no_answer(&target.own().display().to_string()).into())),
            None => outcome.await,
        };
        let is_well = matches!(&outcome, Ok(health) if health.state == HealthState::Ok);
        let may_wait = wait.is_some() && deadline.is_some_and(|at| Instant::now() + PAUSE < at);
        // A daemon of another version does not get well by waiting.
        let is_hopeless = matches!(&outcome, Err(failure) if failure.exit() != Exit::UNAVAILABLE);
        if is_well || is_hopeless || !may_wait {
            return told(context, &outcome?);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn no_answer(socket: &str) -> ErrorReport {
    ErrorReport::new(
        ErrorCode::TimedOut,
        format!("no answer from ragd at {socket} in time"),
    )
    .retryable()
}

fn told(context: &Context, health: &Health) -> Outcome {
    if !(context.out.quiet && context.out.is_human()) {
        context
            .out
            .record(&HealthJson::from(health), |look| health_table(health, look))?;
    }
    Ok(match health.state {
        HealthState::Ok => Exit::DONE,
        HealthState::Degraded => Exit::OTHER,
        HealthState::Starting | HealthState::Down => Exit::UNAVAILABLE,
    })
}

fn health_table(health: &Health, look: &Look) -> String {
    let mut table = Table::new(&[
        ("PART", Column::Left),
        ("STATE", Column::Left),
        ("DETAIL", Column::Left),
    ]);
    for part in &health.parts {
        let paint = match part.state {
            HealthState::Ok => Paint::Good,
            HealthState::Starting => Paint::Busy,
            HealthState::Degraded => Paint::Warn,
            HealthState::Down => Paint::Bad,
        };
        let state = cell(part.state.as_str()).paint(paint);
        table.row(vec![cell(&part.name), state, cell(&part.detail)]);
    }
    let mut out = table.render(look);
    for part in &health.parts {
        if let Some(cause) = &part.cause {
            out.push_str(&format!("{}: {}\n", part.name, text::clean(cause)));
        }
        if let Some(step) = &part.next_step {
            out.push_str(&format!("  try: {}\n", text::clean(step)));
        }
    }
    out
}

pub(super) async fn fsck(context: &Context, arguments: args::Fsck) -> Outcome {
    let client = context.connect().await?;
    let report = client.fsck(arguments.deep).await?;
    context
        .out
        .record(&FsckJson::from(&report), |look| fsck_page(&report, look))?;
    Ok(if report.is_clean() {
        Exit::DONE
    } else {
        Exit::OTHER
    })
}

fn fsck_page(report: &FsckReport, look: &Look) -> String {
    let seen = format!(
        "{} and {} compared",
        counted(report.documents, "document"),
        counted(report.chunks, "chunk")
    );
    if report.is_clean() {
        return format!(
            "{}: {seen}, nothing is wrong\n",
            look.paint(Paint::Good, "clean")
        );
    }
    let mut out = format!("{}: {seen}\n", look.paint(Paint::Bad, "damaged"));
    let findings = [
        (report.missing_chunks, "missing from the index"),
        (report.duplicate_chunks, "more than once in the index"),
        (report.orphan_chunks, "in the index without an owner"),
        (report.missing_vectors, "vectors missing"),
        (report.orphan_vectors, "vectors without an owner"),
        (report.missing_blobs, "contents missing"),
        (report.damaged_blobs, "contents damaged"),
        (report.wrong_ends, "jobs with a wrong end"),
        (report.ledger_errors.len() as u64, "errors in the ledger"),
    ];
    for (number, what) in findings.iter().filter(|(number, _)| *number > 0) {
        out.push_str(&format!("{:>8}  {what}\n", look::count(*number)));
    }
    for line in report.ledger_errors.iter().chain(&report.examples) {
        out.push_str(&format!("  {}\n", text::clean(line)));
    }
    if let Some(step) = report.next_step() {
        out.push_str(&format!("  try: {step}\n"));
    }
    out
}

pub(super) async fn queue(context: &Context, arguments: args::Queue) -> Outcome {
    let client = context.connect().await?;
    match arguments {
        args::Queue::Pause(trial) | args::Queue::Resume(trial) if trial.dry_run => {
            let is_paused = client.status().await?.queue.paused;
            context.out.note(match is_paused {
                true => "dry run: the queue stays paused",
                false => "dry run: the queue goes on",
            });
        }
        args::Queue::Pause(_) => {
            client.queue_pause().await?;
            context
                .out
                .note("the queue is paused; ragctl queue resume lets it run again");
        }
        args::Queue::Resume(_) => {
            client.queue_resume().await?;
            context.out.note("the queue runs");
        }
    }
    Ok(Exit::DONE)
}

/// Prints the client's version even when no daemon answers.
pub(super) async fn version(context: &Context) -> Outcome {
    let daemon = Client::connect(&context.target()).await.ok();
    let welcome = daemon.as_ref().map(Client::welcome);
    let version = VersionJson {
        client: env!("CARGO_PKG_VERSION").to_owned(),
        client_protocol: hello::VERSION,
        daemon: welcome.map(|welcome| welcome.build.clone()),
        daemon_protocol: welcome.map(|welcome| welcome.version),
    };
    context.out.record(&version, |_| {
        let daemon = match (&version.daemon, version.daemon_protocol) {
            (Some(build), Some(number)) => {
                format!("{} (protocol {number})", text::clean(bare(build)))
            }
            _ => "not reached".to_owned(),
        };
        format!(
            "ragctl  {} (protocol {})\nragd    {daemon}\n",
            version.client, version.client_protocol
        )
    })?;
    Ok(Exit::DONE)
}

/// Leaves the session of the terminal and becomes `command`. See `client/start.rs` for why.
pub(super) fn exec(command: &[OsString]) -> Outcome {
    // Fails only for the leader of a process group, which is then detached enough.
    let _ = rustix::process::setsid();
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::usage("exec-daemon needs a program"));
    };
    let error = std::process::Command::new(program)
        .args(arguments)
        .current_dir("/")
        .exec();
    Err(ErrorReport::new(
        ErrorCode::Unreachable,
        format!("cannot start {}", program.to_string_lossy()),
    )
    .because(error.to_string())
    .into())
}
