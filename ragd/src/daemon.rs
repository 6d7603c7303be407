//! The composition root: what is built from the configuration, and in which order it starts and
//! stops.
//!
//! The socket answers first and the stores open behind it, so that a client of a large ledger is
//! told at once that they are being opened.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::answer::{Answers, Auto};
use crate::blobs::{BlobError, Blobs};
use crate::config::Config;
use crate::embed::{EmbedError, Embedders};
use crate::index::{self, EmbeddedConfig, IndexConfig, IndexError, QdrantConfig};
use crate::ingest::chunk::ChunkParams;
use crate::ingest::pipeline::{IngestError, Pipeline};
use crate::ingest::sweep::Sweeper;
use crate::jobs::{self, Board, Clock, Policy, Pool, QueueError};
use crate::ledger::{Durability, Ledger, LedgerError, Opened};
use crate::observe::{Disk, Trimmer};
use crate::openai::ServerError;
use crate::server::{BindError, Bound, Degraded, Opening, Server, Stores};
use crate::work::{self, Works};

/// Running parts get so long to end after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(20);
/// After that, parts that were told to stop get so long to let go.
const LET_GO: Duration = Duration::from_secs(2);
/// Leases are prolonged three times while they last.
const BEATS_PER_LEASE: u64 = 3;
/// Writers of the index are closed after some ten seconds without use, and readers later.
const TRIM_EVERY: Duration = Duration::from_secs(15);
/// How often servers are asked that a job waits for.
const MODELS_EVERY: Duration = Duration::from_secs(3);
const BACKUP_AGE: Duration = Duration::from_secs(3_600);

/// The daemon cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Another daemon owns the state directory.
    #[error("another ragd (pid {pid}) uses the state directory {path}")]
    StateTaken { path: PathBuf, pid: String },
    #[error("cannot use the state directory {path}")]
    StateDir { path: PathBuf, source: io::Error },
    #[error("cannot open the local socket")]
    Socket(#[source] BindError),
    #[error("cannot open the ledger")]
    Ledger(#[source] LedgerError),
    #[error("cannot open the queue")]
    Queue(#[source] QueueError),
    #[error("cannot open the index")]
    Index(#[source] IndexError),
    #[error("cannot prepare to ask models")]
    Models(#[source] ServerError),
    #[error("cannot prepare the models for vectors")]
    Embedders(#[source] EmbedError),
    #[error("cannot open the blobs")]
    Blobs(#[source] BlobError),
    #[error("cannot compare ledger, index and blobs")]
    Reconcile(#[source] IngestError),
}

/// A daemon that answers on its socket.
#[derive(Debug)]
pub struct Daemon {
    config: watch::Sender<Arc<Config>>,
    stores: watch::Receiver<Opening>,
    opening: tokio::task::JoinHandle<Result<Running, DaemonError>>,
    serving: tokio::task::JoinHandle<()>,
    stopping: CancellationToken,
    _lock: File,
}

/// What runs behind the socket.
#[derive(Debug)]
struct Running {
    stores: Arc<Stores>,
    pool: tokio::task::JoinHandle<()>,
    chores: tokio::task::JoinHandle<()>,
}

/// The real time.
#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> crate::ids::Timestamp {
        crate::ids::now()
    }

    fn ticks(&self) -> u64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let millis = time.tv_sec * 1_000 + time.tv_nsec / 1_000_000;
        u64::try_from(millis).unwrap_or(0)
    }

    fn random(&self) -> f64 {
        use std::hash::{BuildHasher, Hasher};
        // Every `RandomState` has keys of its own; jitter needs no better randomness.
        let bits = std::hash::RandomState::new().build_hasher().finish() >> 11;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit into an f64")]
        let share = bits as f64 / (1_u64 << 53) as f64;
        share
    }
}

impl Daemon {
    /// Takes the state directory and the socket, and begins to answer. The stores open behind it.
    pub fn start(config: Config) -> Result<Self, DaemonError> {
        let state_dir = config.state_dir();
        let lock = take_state_dir(&state_dir)?;
        let bound = Bound::bind(&config.socket()).map_err(DaemonError::Socket)?;
        let stopping = CancellationToken::new();
        let (config_out, config_in) = watch::channel(Arc::new(config));
        let (stores_out, stores_in) = watch::channel(Opening::UnderWay);
        let server = Server::new(
            config_in.clone(),
            stores_in.clone(),
            state_dir.clone(),
            stopping.clone(),
        );
        let serving = tokio::spawn(server.serve(bound));
        let opening = tokio::spawn(keep_opening(
            config_in,
            state_dir,
            stores_out,
            stopping.clone(),
        ));
        Ok(Self {
            config: config_out,
            stores: stores_in,
            opening,
            serving,
            stopping,
            _lock: lock,
        })
    }

    /// Waits until the stores are open, or until it is clear that they cannot be.
    pub async fn opened(&mut self) -> Result<(), DaemonError> {
        let is_open = |opening: &Opening| opening.stores().is_some();
        if self.stores.wait_for(is_open).await.is_ok() {
            return Ok(());
        }
        match (&mut self.opening).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) => Ok(()),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// Takes over a new configuration. Returns the tables and keys in which something has changed
    /// that only a restart takes up.
    pub fn reload(&self, config: Config) -> Vec<&'static str> {
        let old = self.config.send_replace(Arc::new(config));
        self.config.borrow().waiting_since(&old)
    }

    /// Passes through the writer and the scheduler, to show that both are alive.
    pub async fn is_alive(&self) -> bool {
        let Some(stores) = self.stores.borrow().stores().cloned() else {
            // Opening a large ledger is life too.
            return true;
        };
        // A task of its own: a caller that waits no longer must not stop it half way.
        let alive = tokio::spawn(async move {
            let written = stores.ledger.write(Durability::Volatile, |_| Ok(())).await;
            // Before looking for lost leases, as in `keep_leases`.
            stores.pool.beat().await;
            written.is_ok() && stores.queue.tick().await.is_ok()
        });
        alive.await.unwrap_or(false)
    }

    /// Ends in order: no new work, running parts end or are handed back, everything is flushed.
    pub async fn stop(self) -> Result<(), DaemonError> {
        if matches!(*self.stores.borrow(), Opening::Waiting(_)) {
            self.opening.abort();
            self.stopping.cancel();
            let _ = self.serving.await;
            return Ok(());
        }
        let running = match tokio::time::timeout(DRAIN, self.opening).await {
            Ok(Ok(Ok(running))) => running,
            Ok(Ok(Err(error))) => return Err(error),
            Ok(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
            // The next start opens them anew; nothing of it is lost.
            Err(_) => return Ok(()),
        };
        running.stores.pool.drain(DRAIN).await;
        if tokio::time::timeout(LET_GO, running.pool).await.is_err() {
            tracing::warn!("Parts that do not let go are handed back by the next start.");
        }
        self.stopping.cancel();
        let _ = self.serving.await;
        let _ = running.chores.await;
        let ledger = &running.stores.ledger;
        if let Err(error) = ledger.back_up(Duration::ZERO).await {
            tracing::warn!(
                error = crate::ids::chain(&error),
                "The ledger was not backed up."
            );
        }
        ledger.close().await;
        Ok(())
    }
}

fn take_state_dir(path: &Path) -> Result<File, DaemonError> {
    use std::os::unix::fs::DirBuilderExt;
    let fail = |source| DaemonError::StateDir {
        path: path.to_owned(),
        source,
    };
    if !path.exists() {
        std::fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(path)
            .map_err(fail)?;
    }
    crate::server::lock(&path.join("lock")).map_err(|error| match error {
        BindError::Taken { pid, .. } => DaemonError::StateTaken {
            path: path.to_owned(),
            pid,
        },
        BindError::Io { source, .. } => fail(source),
        BindError::Unsafe { .. } | BindError::TooLong { .. } => {
            fail(io::Error::other(error.to_string()))
        }
    })
}

/// Opens all stores, again and again as long as only a full disk is in the way.
async fn keep_opening(
    config: watch::Receiver<Arc<Config>>,
    state_dir: PathBuf,
    opening: watch::Sender<Opening>,
    stopping: CancellationToken,
) -> Result<Running, DaemonError> {
    loop {
        let opened = open(&config, &state_dir, &stopping).await;
        let full = match opened {
            Err(error) if work::is_disk_full(&error) => crate::ids::chain(&error),
            Err(error) => return Err(error),
            Ok(running) => {
                opening.send_replace(Opening::Open(Arc::clone(&running.stores)));
                return Ok(running);
            }
        };
        tracing::error!(error = full, "The disk is full, will try again.");
        opening.send_replace(Opening::Waiting(full));
        let check_ms = config.borrow().disk.check_ms;
        tokio::time::sleep(Duration::from_millis(check_ms)).await;
    }
}

/// Opens all stores, mends what an unclean stop left, and starts the workers.
async fn open(
    config: &watch::Receiver<Arc<Config>>,
    state_dir: &Path,
    stopping: &CancellationToken,
) -> Result<Running, DaemonError> {
    let settings = Arc::clone(&config.borrow());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let dir = state_dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || Ledger::open(&dir)).await;
    let opened = opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    let Opened {
        ledger,
        clean,
        restored,
    } = opened.map_err(DaemonError::Ledger)?;
    let index = index::open(&index_config(&settings, state_dir)).map_err(DaemonError::Index)?;
    let (config_now, dir) = (Arc::clone(&settings), state_dir.to_owned());
    let embedders = tokio::task::spawn_blocking(move || Embedders::open(&config_now, &dir)).await;
    let embedders = embedders.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    let embedders = embedders.map_err(DaemonError::Embedders)?;
    let embedders = Arc::new(embedders);
    let answers = Answers::new(
        Arc::clone(&index),
        Arc::clone(&embedders),
        ledger.clone(),
        &settings,
        Auto::default(),
    );
    let answers = Arc::new(answers.map_err(DaemonError::Models)?);
    let blobs = Blobs::open(&settings.blobs, &state_dir.join("blobs"))
        .await
        .map_err(DaemonError::Blobs)?;
    let memory_kib = u32::try_from(settings.ingest.memory_bytes / 1_024).unwrap_or(u32::MAX);
    let pipeline = Pipeline {
        ledger: ledger.clone(),
        index: Arc::clone(&index),
        embedders,
        blobs,
        versions: Arc::default(),
        contents: Arc::default(),
        spaces: Arc::default(),
        memory: Arc::new(Semaphore::new(memory_kib as usize)),
        memory_kib,
        params: ChunkParams {
            max_tokens: settings.ingest.chunk_tokens,
            overlap_tokens: settings.ingest.overlap_tokens,
        },
    };
    let sweeper = Sweeper::new(
        pipeline.clone(),
        settings.sweep.grace_ms,
        restored.is_none(),
    );
    if !clean {
        tracing::warn!("The last stop was not a clean one.");
    }
    // After a clean stop too: files may have been lost since, and looking costs milliseconds.
    sweeper.reconcile().await.map_err(DaemonError::Reconcile)?;
    let lacking = sweeper.lacking().await.map_err(DaemonError::Reconcile)?;
    let policy = Policy::from(settings.as_ref());
    let lease = Duration::from_millis(policy.lease_ms);
    let queue = jobs::open(ledger.clone(), policy, Arc::clone(&clock)).await;
    let queue = queue.map_err(DaemonError::Queue)?;
    let mending = work::mend_vectors(&queue, lacking).await;
    mending.map_err(DaemonError::Queue)?;
    let board = Arc::new(Board::new(clock, queue.events()));
    let (min_bytes, min_percent) = (settings.disk.min_free_bytes, settings.disk.min_free_percent);
    let disk = Arc::new(Disk::new(state_dir, min_bytes, min_percent));
    let works = Arc::new(Works {
        pipeline: pipeline.clone(),
        answers: Arc::clone(&answers),
        sweeper: sweeper.clone(),
        disk: Arc::clone(&disk),
        never: vec![state_dir.to_owned()],
        part_files: settings.ingest.part_files,
        part_bytes: settings.ingest.part_bytes,
    });
    let workers = settings.workers.local;
    let pool = Pool::new(
        Arc::clone(&queue),
        works,
        Arc::clone(&board),
        workers,
        lease,
    );
    let restored = restored.map(|restored| {
        tracing::error!(
            finding = restored.finding, set_aside = %restored.set_aside.display(),
            backup = %restored.backup.display(), "The ledger was damaged; a backup took its place."
        );
        Degraded {
            cause: format!(
                "it was damaged ({}); it lies in {}, and {} took its place",
                restored.finding,
                restored.set_aside.display(),
                restored.backup.display()
            ),
            next_step: format!(
                "submit again what is missing: files that are known cost nothing, and contents that \
                 this ledger does not know are kept until you remove {}",
                restored.note.display()
            ),
        }
    });
    let stores = Arc::new(Stores {
        ledger,
        queue,
        index,
        pipeline,
        answers,
        sweeper,
        board,
        pool: Arc::clone(&pool),
        disk,
        restored,
        never: vec![state_dir.to_owned()],
    });
    let pool = tokio::spawn(pool.run());
    let chores = tokio::spawn(chores(
        Arc::clone(&stores),
        config.clone(),
        lease,
        stopping.clone(),
    ));
    Ok(Running {
        stores,
        pool,
        chores,
    })
}

/// The index on a server if one is named, else in this process.
fn index_config(settings: &Config, state_dir: &Path) -> IndexConfig {
    let (index, folder) = (&settings.index, state_dir.join("index"));
    if !index.url.is_empty() {
        return IndexConfig::Qdrant(QdrantConfig::new(index, folder));
    }
    IndexConfig::Embedded(EmbeddedConfig {
        writers: index.open_writers,
        heap_bytes: usize::try_from(index.writer_bytes).unwrap_or(usize::MAX),
        idle: Duration::from_millis(index.writer_idle_ms),
        ..EmbeddedConfig::new(folder)
    })
}

/// What has to be done from time to time. Sleeps as long as nothing is due.
async fn chores(
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
            watch_models(&stores),
            sweep(&stores, &settings, sweep_every),
            trim_memory(&stores),
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

/// Has work go on that waited for the server of a model or of the index.
async fn watch_models(stores: &Stores) {
    loop {
        tokio::time::sleep(MODELS_EVERY).await;
        for dependency in stores.queue.waited_for() {
            let name = dependency.strip_prefix(work::MODEL);
            if name.is_none() && dependency != work::INDEX {
                continue;
            }
            // An answer that is no good is the job's to tell, and so is a model that is gone.
            let is_away = match name.map(|name| stores.pipeline.embedders.get(name)) {
                None => {
                    let reached = stores.index.reach().await;
                    reached.is_err_and(|error| error.is_out_of_reach())
                }
                Some(Ok(model)) => model
                    .reach(MODELS_EVERY)
                    .await
                    .is_err_and(|e| e.is_transient()),
                Some(Err(_)) => false,
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

/// Gives memory back while nothing is to be done.
async fn trim_memory(stores: &Stores) {
    let mut trimmer = Trimmer::default();
    loop {
        tokio::time::sleep(TRIM_EVERY).await;
        if stores.queue.active_jobs() > 0 {
            continue;
        }
        let trim = tokio::task::spawn_blocking(move || {
            trimmer.trim();
            trimmer
        });
        trimmer = trim.await.unwrap_or_default();
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
