//! The daemon on one page, and whether its stores agree.

use protocol::Reply;
use protocol::error::ErrorReport;
use protocol::health::{QueueStatus, Status};

use super::super::session::Context;
use super::super::{Stores, convert, report};
use super::health;
use crate::jobs::JobState;
use crate::observe;

pub(super) async fn status(context: &Context) -> Result<Reply, ErrorReport> {
    let server = &context.server;
    let health = health::look(context).await;
    let state_dir = server.state_dir.clone();
    let sizes = tokio::task::spawn_blocking(move || {
        let free = observe::Space::of(&state_dir).map_or(0, |space| space.free);
        (observe::tree_bytes(&state_dir), free)
    });
    let (state_bytes, disk_free_bytes) = sizes.await.unwrap_or_default();
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
        state_bytes,
        disk_free_bytes,
    };
    if let Some(stores) = server.stores_now() {
        status.queue = queue(context, &stores).await?;
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

async fn queue(context: &Context, stores: &Stores) -> Result<QueueStatus, ErrorReport> {
    let counts = stores
        .ledger
        .queue_counts()
        .await
        .map_err(|error| report::ledger(&error))?;
    let seen = context.server.lookout.look(stores).await;
    let (workers, busy) = match &seen.queue {
        None => stores.pool.load(),
        Some(Err(_)) => (0, 0),
        Some(Ok(fleet)) => fleet.load(stores.settings.queue.lease_ms),
    };
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
