//! `ragctl worker`.

use std::time::Duration;

use protocol::worker::{LOCAL, PartRef, Wanted, WorkerView};
use protocol::{ErrorCode, ErrorReport};

use super::jobs::print_all;
use crate::cli::args::{Worker, Workers};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{Look, Paint, span};
use crate::cli::schema::{List, WorkerJson, worker_state};
use crate::cli::table::{Column, Table, cell};
use crate::client::Client;
use crate::words::ALONE;

/// A worker shows a sign of life every few seconds; one that does not is worth a look.
const SILENT: Duration = Duration::from_secs(30);

pub(super) async fn run(context: &Context, command: Worker) -> Outcome {
    let client = context.connect().await?;
    match command {
        Worker::List => list(context, &client).await,
        Worker::Pause(workers) => want(context, &client, workers, Wanted::Pause).await,
        Worker::Resume(workers) => want(context, &client, workers, Wanted::Run).await,
        Worker::Drain(workers) => want(context, &client, workers, Wanted::Drain).await,
    }
}

async fn list(context: &Context, client: &Client) -> Outcome {
    let workers = client.worker_list().await?;
    let list = List::complete(workers.iter().map(WorkerJson::from).collect());
    context
        .out
        .list(&list, |look| worker_table(&workers, look))?;
    if context.out.is_human() {
        match workers.as_slice() {
            [] => context.out.note("no workers; on any machine: ragd worker"),
            [only] if only.name == LOCAL => context
                .out
                .note(&format!("{ALONE}; then, there: ragd worker")),
            _ => {}
        }
    }
    Ok(Exit::DONE)
}

async fn want(context: &Context, client: &Client, which: Workers, wanted: Wanted) -> Outcome {
    let Workers { names, trial } = which;
    if trial.dry_run {
        return tried(context, client, &names, wanted).await;
    }
    let mut told = Vec::new();
    let mut failed = None;
    for name in names {
        match client.worker_want(name, wanted).await {
            Ok(worker) => told.push(worker),
            Err(report) => failed = failed.or(Some(report)),
        }
    }
    print_all::<WorkerJson, _>(context, &told, |look, workers| worker_table(workers, look))?;
    failed.map_or(Ok(Exit::DONE), |report| Err(report.into()))
}

/// Shows the workers that a command would change.
async fn tried(context: &Context, client: &Client, names: &[String], wanted: Wanted) -> Outcome {
    let mut workers = client.worker_list().await?;
    let known = |name: &&String| workers.iter().any(|worker| worker.name == **name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let message = format!("unknown worker \"{unknown}\"");
        let report = ErrorReport::new(ErrorCode::NotFound, message);
        return Err(report.try_next("ragctl worker list").into());
    }
    workers.retain(|worker| names.contains(&worker.name));
    print_all::<WorkerJson, _>(context, &workers, |look, workers| {
        worker_table(workers, look)
    })?;
    let who = if workers.len() == 1 { "it" } else { "they" };
    context.out.note(&match wanted {
        Wanted::Run => format!("dry run: {who} would go on"),
        Wanted::Pause => format!("dry run: {who} would end what runs, and rest"),
        Wanted::Drain => format!("dry run: {who} would end what runs, and stop"),
    });
    Ok(Exit::DONE)
}

fn worker_table(workers: &[WorkerView], look: &Look) -> String {
    let mut table = Table::new(&[
        ("WORKER", Column::Left),
        ("STATE", Column::Left),
        ("BUSY", Column::Left),
        ("HOST", Column::Left),
        ("VERSION", Column::Left),
        ("LAST BEAT", Column::Left),
        ("PARTS", Column::Left),
    ]);
    for worker in workers {
        let paint = match (worker.wanted, worker.busy) {
            (Wanted::Run, 0) => Paint::Good,
            (Wanted::Run, _) => Paint::Busy,
            (Wanted::Pause | Wanted::Drain, _) => Paint::Warn,
        };
        let silent = Duration::from_millis(worker.silent_ms);
        let beat = cell(format!("{} ago", span(silent)));
        table.row(vec![
            cell(&worker.name),
            cell(worker_state(worker)).paint(paint),
            cell(format!("{} of {}", worker.busy, worker.slots)),
            cell(&worker.host),
            cell(&worker.version),
            if silent > SILENT {
                beat.paint(Paint::Bad)
            } else {
                beat
            },
            cell(parts(&worker.running)),
        ]);
    }
    table.render(look)
}

fn parts(running: &[PartRef]) -> String {
    if running.is_empty() {
        return "-".to_owned();
    }
    let parts = running
        .iter()
        .map(|part| format!("{}/{}", part.job.short(), part.part));
    parts.collect::<Vec<_>>().join(" ")
}
