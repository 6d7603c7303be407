//! What has to be done from time to time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::overview::overviews;
use crate::config::{Config, IndexKind, RuntimeKind};
use crate::jobs;
use crate::ledger::LedgerError;
use crate::observe;
use crate::server::Stores;
use crate::work;

/// Leases are prolonged three times while they last.
const BEATS_PER_LEASE: u64 = 3;
/// How often servers are asked that a job waits for.
const SERVERS_EVERY: Duration = Duration::from_secs(3);
const LATE_WRITES_EVERY: Duration = Duration::from_secs(3_600);
const BACKUP_AGE: Duration = Duration::from_secs(3_600);

/// Does it all, and sleeps as long as nothing is due.
pub(super) async fn chores(
    stores: Arc<Stores>,
    config: watch::Receiver<Arc<Config>>,
    lease: Duration,
    stopping: CancellationToken,
) {
    let beat = lease / u32::try_from(BEATS_PER_LEASE).unwrap_or(3);
    let settings = Arc::clone(&config.borrow());
    let disk_every = Duration::from_millis(settings.disk.check_ms);
    let sweep_every = Duration::from_millis(settings.sweep.interval_ms);
    let chore = async {
        tokio::join!(
            keep_leases(&stores, beat),
            watch_disk(&stores, disk_every),
            watch_servers(&stores),
            reconcile(&stores, lease),
            sweep(&stores, &settings, sweep_every),
            try_sandbox(&stores),
            overviews(&stores),
            observe::trim_memory(|| stores.queue.active_jobs() == 0),
        )
    };
    tokio::select! {
        _ = chore => {}
        () = stopping.cancelled() => {}
    }
}

/// Prolongs leases, then looks for retries that are due. In this order, so that a daemon that was
/// stopped for a while does not take its own leases for lost.
async fn keep_leases(stores: &Stores, beat: Duration) {
    let mut events = stores.queue.events().subscribe().0;
    loop {
        stores.pool.beat().await;
        let next = match stores.queue.tick().await {
            Ok((next, _)) => next.map_or(beat, |ticks| beat.min(Duration::from_millis(ticks))),
            Err(error) => {
                tracing::warn!(
                    error = crate::ids::chain(&error),
                    "Retries cannot be looked at."
                );
                beat
            }
        };
        let deadline = tokio::time::Instant::now() + next.max(Duration::from_millis(5));
        // A failure may make a retry due earlier than anything known so far.
        while let Ok(event) = tokio::time::timeout_at(deadline, events.next()).await {
            if let jobs::EventKind::State(job) = event.kind
                && job.counts.delayed > 0
            {
                break;
            }
        }
    }
}

/// Finds out whether documents can be read before the first one comes, so that health knows.
async fn try_sandbox(stores: &Stores) {
    if let Err(lost) = stores.pipeline.maker.parser.pool().try_one().await {
        let (error, next_step) = (lost.to_string(), lost.hint());
        tracing::warn!(error, next_step, "Documents cannot be read.");
    }
}

/// Has work go on that waited for space.
async fn watch_disk(stores: &Stores, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if stores.disk.look().is_none()
            && let Err(error) = stores.queue.unpark(work::DISK).await
        {
            tracing::warn!(
                error = crate::ids::chain(&error),
                "Parked jobs cannot be resumed."
            );
        }
    }
}

/// Has work go on that waited for a server: of a model, of the index, of the queue, or of contents.
async fn watch_servers(stores: &Stores) {
    loop {
        tokio::time::sleep(SERVERS_EVERY).await;
        for dependency in stores.queue.waited_for() {
            let is_away = match dependency.strip_prefix(work::MODEL) {
                Some(name) => is_model_away(stores, name).await,
                None if dependency.starts_with(work::RUNTIME) => {
                    is_runtime_away(stores, &dependency).await
                }
                None if dependency == work::QUEUE => is_queue_away(stores),
                None if dependency == work::INDEX => {
                    let reached = stores.index.reach().await;
                    reached.is_err_and(|error| error.is_out_of_reach())
                }
                None if dependency == work::SANDBOX => {
                    stores.pipeline.maker.parser.pool().try_one().await.is_err()
                }
                None if dependency == work::BLOBS => {
                    let reached = stores.pipeline.blobs.reach().await;
                    reached.is_err_and(|error| error.is_out_of_reach())
                }
                None => continue,
            };
            if !is_away && let Err(error) = stores.queue.unpark(&dependency).await {
                tracing::warn!(
                    error = crate::ids::chain(&error),
                    "Parked jobs cannot be resumed."
                );
            }
        }
    }
}

async fn is_model_away(stores: &Stores, name: &str) -> bool {
    // An answer that is no good is the job's to tell, and so is a model that is gone.
    match stores.pipeline.maker.embedders.get(name) {
        Ok(model) => model
            .reach(SERVERS_EVERY)
            .await
            .is_err_and(|error| error.is_transient()),
        Err(_) => false,
    }
}

async fn is_runtime_away(stores: &Stores, dependency: &str) -> bool {
    let word = dependency.strip_prefix(work::RUNTIME).unwrap_or_default();
    let kind = RuntimeKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == word);
    match kind {
        Some(kind) => stores.runtimes.is_away(kind).await,
        // Of another version of ragd: the job is to say so.
        None => false,
    }
}

fn is_queue_away(stores: &Stores) -> bool {
    // Without one, because the configuration names none any more, there is nothing to wait for.
    let desk = stores.desk.as_ref();
    desk.is_some_and(|desk| desk.trouble().is_some())
}

/// Compares an index server with the ledger after each start and whenever it lost something, and
/// clears away from time to time what workers wrote too late.
async fn reconcile(stores: &Stores, lease: Duration) {
    if stores.homes.of_kind(IndexKind::Qdrant).is_none() {
        return;
    }
    // Workers elsewhere may still write what an earlier daemon wanted of them.
    tokio::time::sleep(lease * 2).await;
    let mut cleared = Instant::now();
    loop {
        if let Err(error) = stores.sweeper.mend_server().await {
            let error = crate::ids::chain(&error);
            tracing::warn!(error, "The index is not yet compared with the ledger.");
        }
        if cleared.elapsed() >= LATE_WRITES_EVERY {
            cleared = Instant::now();
            if let Err(error) = stores.sweeper.clear_late_writes().await {
                let error = crate::ids::chain(&error);
                tracing::warn!(error, "What workers wrote too late stays for now.");
            }
        }
        tokio::time::sleep(lease).await;
    }
}

/// Has vectors made again that were lost and that only a server can make.
async fn mend(stores: &Stores) {
    let lacking = match stores.sweeper.newly_lacking().await {
        Ok(lacking) => lacking,
        Err(error) => {
            let error = crate::ids::chain(&error);
            return tracing::warn!(error, "Missing vectors cannot be looked for.");
        }
    };
    if let Err(error) = work::mend_vectors(&stores.queue, lacking).await {
        let error = crate::ids::chain(&error);
        tracing::warn!(error, "Missing vectors are left to the next start.");
    }
}

/// Removes repositories that no document and no job needs any more.
async fn clear_repositories(stores: &Stores) {
    for unused in stores.git.unused() {
        let needed = match unused.address.clone() {
            Some(address) => is_needed(stores, address, unused.has_many_packs).await,
            None => Ok(false),
        };
        match needed {
            Ok(true) => {}
            Ok(false) => stores.git.remove(&unused),
            Err(error) => {
                let error = crate::ids::chain(&error);
                return tracing::warn!(error, "Repositories that nobody needs stay for now.");
            }
        }
    }
}

async fn is_needed(
    stores: &Stores,
    address: String,
    has_many_packs: bool,
) -> Result<bool, LedgerError> {
    let (jobs, sources) = (format!("git:{address}"), format!("git:{address}@"));
    let sources = sources.into_bytes();
    Ok(stores.ledger.has_open_job_of(jobs).await?
        || (!has_many_packs && stores.ledger.has_sources(sources).await?))
}

async fn sweep(stores: &Stores, settings: &Config, every: Duration) {
    const DAY_MS: i64 = 24 * 3_600_000;
    loop {
        match stores.sweeper.sweep().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(error = crate::ids::chain(&error), "Clearing away failed.");
            }
        }
        mend(stores).await;
        clear_repositories(stores).await;
        let now = crate::ids::now();
        let days = |days: u64| i64::try_from(days).unwrap_or(36_500).saturating_mul(DAY_MS);
        let before = |age: i64| crate::ids::Timestamp(now.0.saturating_sub(age));
        let ended = before(days(settings.queue.keep_ended_days));
        let dead = before(days(settings.queue.keep_dead_days));
        match stores.ledger.forget_jobs(ended, dead, now).await {
            Ok(ids) => {
                for id in ids {
                    stores.queue.events().tell(jobs::EventKind::Removed(id));
                }
            }
            Err(error) => {
                tracing::warn!(
                    error = crate::ids::chain(&error),
                    "Old jobs were not forgotten."
                );
            }
        }
        if let Err(error) = stores.ledger.back_up(BACKUP_AGE).await {
            tracing::warn!(
                error = crate::ids::chain(&error),
                "The ledger was not backed up."
            );
        }
        tokio::time::sleep(every).await;
    }
}
