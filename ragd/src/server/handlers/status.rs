//! How the daemon is.

use protocol::Reply;
use protocol::error::ErrorReport;
use protocol::health::{Health, HealthPart, HealthState, QueueStatus, Status};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use crate::embed::Cut;
use crate::jobs::JobState;
use crate::observe;

pub(super) async fn health(context: &Context) -> Reply {
    Reply::Health(look(context).await)
}

pub(super) async fn status(context: &Context) -> Result<Reply, ErrorReport> {
    let server = &context.server;
    let health = look(context).await;
    let state_dir = server.state_dir.clone();
    let state_bytes = tokio::task::spawn_blocking(move || observe::tree_bytes(&state_dir)).await;
    let mut status = Status {
        build: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        uid: server.uid,
        boot_id: server.boot_id,
        started_at: server.started_at,
        state_dir: server.state_dir.display().to_string(),
        health,
        queue: QueueStatus::default(),
        collections: 0,
        documents: 0,
        chunks: 0,
        gaps: 0,
        connections: server
            .connections
            .total
            .load(std::sync::atomic::Ordering::Relaxed),
        rss_bytes: observe::resident_bytes(),
        state_bytes: state_bytes.unwrap_or(0),
        disk_free_bytes: 0,
    };
    if let Some(stores) = server.stores_now() {
        status.queue = queue(&stores).await?;
        status.disk_free_bytes = stores.disk.space().free;
        let collections = stores.ledger.collections().await;
        for collection in collections.map_err(|error| report::ledger(&error))? {
            status.collections += 1;
            status.documents += collection.documents;
            status.chunks += collection.chunks;
            status.gaps += collection.gaps;
        }
    }
    Ok(Reply::Status(Box::new(status)))
}

async fn queue(stores: &Stores) -> Result<QueueStatus, ErrorReport> {
    let counts = stores
        .ledger
        .queue_counts()
        .await
        .map_err(|error| report::ledger(&error))?;
    let (workers, busy) = stores.pool.load();
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut status = QueueStatus {
        paused: stores.queue.is_paused(),
        workers: small(workers),
        workers_busy: small(busy),
        oldest_queued_at: counts.oldest_queued_at,
        ..QueueStatus::default()
    };
    for (state, count) in counts.by_state {
        match state {
            JobState::Queued => status.queued = count,
            JobState::Running | JobState::Cancelling => status.running += count,
            JobState::Retrying => status.retrying = count,
            JobState::Parked => status.parked = count,
            JobState::Finished => status.finished = count,
            JobState::Failed => status.failed = count,
            JobState::Dead => status.dead = count,
            JobState::Cancelled => status.cancelled = count,
        }
    }
    Ok(status)
}

pub(super) async fn fsck(context: &Context, deep: bool) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    // A task of its own: a client that goes must not stop the sweep within half way, as what is
    // being removed is locked.
    let sweeper = stores.sweeper.clone();
    let checked = tokio::spawn(async move { sweeper.check(deep).await }).await;
    let findings = checked
        .map_err(|_| report::internal())?
        .map_err(|error| report::ingest(&error))?;
    Ok(Reply::Fsck(convert::findings(findings)))
}

async fn look(context: &Context) -> Health {
    let parts = match context.server.stores_now() {
        Some(stores) => {
            let parts = [
                ledger(&stores),
                index(&stores).await,
                disk(&stores),
                workers(&stores),
            ];
            parts.into_iter().chain(models(&stores)).collect()
        }
        None => {
            let trouble = context.server.trouble_opening();
            let starting = |name| starting(name, trouble.clone());
            ["ledger", "index", "disk", "workers"]
                .map(starting)
                .to_vec()
        }
    };
    let state = parts
        .iter()
        .map(|part| part.state)
        .max()
        .unwrap_or(HealthState::Ok);
    Health { state, parts }
}

fn part(name: &str, state: HealthState, detail: String) -> HealthPart {
    HealthPart {
        name: name.to_owned(),
        state,
        detail,
        cause: None,
        next_step: None,
    }
}

fn starting(name: &str, trouble: Option<String>) -> HealthPart {
    let starting = part(name, HealthState::Starting, "is being opened".to_owned());
    match trouble {
        None => starting,
        Some(cause) => HealthPart {
            cause: Some(cause),
            next_step: Some("free some space: opening is tried again".to_owned()),
            ..starting
        },
    }
}

fn ledger(stores: &Stores) -> HealthPart {
    let path = stores.ledger.path().display();
    if let Some(cause) = stores.ledger.trouble() {
        return HealthPart {
            cause: Some(cause),
            next_step: Some(format!(
                "look at the disk below {path}; writing is tried again"
            )),
            ..part("ledger", HealthState::Down, "cannot be written".to_owned())
        };
    }
    match &stores.restored {
        Some(restored) => HealthPart {
            cause: Some(restored.cause.clone()),
            next_step: Some(restored.next_step.clone()),
            ..part(
                "ledger",
                HealthState::Degraded,
                "was restored from a backup".to_owned(),
            )
        },
        None => part("ledger", HealthState::Ok, path.to_string()),
    }
}

async fn index(stores: &Stores) -> HealthPart {
    if let Some(cause) = stores.index.trouble() {
        return HealthPart {
            cause: Some(cause),
            next_step: Some("look at the disk, or the server; writing is tried again".to_owned()),
            ..part("index", HealthState::Down, "cannot be written".to_owned())
        };
    }
    let damaged = stores.index.damaged().await.unwrap_or_default();
    match damaged.is_empty() {
        true => part("index", HealthState::Ok, stores.index.place()),
        false => HealthPart {
            cause: Some(format!("{} collections have damaged files", damaged.len())),
            next_step: Some(
                "restart ragd: chunks are made again from the kept contents".to_owned(),
            ),
            ..part("index", HealthState::Degraded, "is incomplete".to_owned())
        },
    }
}

fn disk(stores: &Stores) -> HealthPart {
    let free = stores.disk.space().free >> 20;
    match stores.disk.look() {
        None => part("disk", HealthState::Ok, format!("{free} MiB free")),
        Some(cause) => HealthPart {
            cause: Some(cause),
            next_step: Some("free some space; submits are refused until then".to_owned()),
            ..part("disk", HealthState::Degraded, format!("{free} MiB free"))
        },
    }
}

fn workers(stores: &Stores) -> HealthPart {
    let (workers, busy) = stores.pool.load();
    if stores.queue.is_paused() {
        return HealthPart {
            cause: Some("the queue is paused".to_owned()),
            next_step: Some("ragctl queue resume".to_owned()),
            ..part("workers", HealthState::Degraded, "rest".to_owned())
        };
    }
    match workers {
        0 => HealthPart {
            cause: Some("`workers.local` is 0".to_owned()),
            next_step: Some("set `workers.local` to the number of cores".to_owned()),
            ..part("workers", HealthState::Degraded, "none".to_owned())
        },
        workers => part(
            "workers",
            HealthState::Ok,
            format!("{busy} of {workers} busy"),
        ),
    }
}

/// Tells which models of servers there are, and what they do not take at once. Whether the servers
/// are there takes seconds to find out: `ragctl model list` does.
fn models(stores: &Stores) -> Option<HealthPart> {
    let all = stores.pipeline.maker.embedders.all();
    let told = all
        .filter(|model| !model.is_local())
        .map(|model| match model.cut() {
            None => model.name().to_owned(),
            Some(Cut { longest, times }) => format!(
                "{} (cuts texts of more than {longest} bytes and averages their vectors, {times} \
                 so far)",
                model.name()
            ),
        });
    let told = told.collect::<Vec<_>>().join(", ");
    (!told.is_empty()).then(|| part("models", HealthState::Ok, told))
}
