//! The composition root: what is built from the configuration, and in which order it starts and
//! stops.
//!
//! The socket answers first and the stores open behind it, so that a client of a large ledger is
//! told at once that they are being opened.

mod chores;
mod elsewhere;
mod overview;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::answer::{Answers, Auto};
use crate::blobs::{self, BlobError, Blobs};
use crate::config::{Config, IndexKind};
use crate::embed::{EmbedError, Embedders};
use crate::fleet::{self, FleetError};
use crate::git::Git;
use crate::index::{
    self, EmbeddedConfig, Homes, Index, IndexConfig, IndexError, Owner, QdrantConfig,
};
use crate::ingest::chunk::ChunkParams;
use crate::ingest::make::Maker;
use crate::ingest::parse::Parser;
use crate::ingest::pipeline::{IngestError, Pipeline};
use crate::ingest::sweep::Sweeper;
use crate::jobs::{self, Board, Clock, Policy, Pool, QueueError};
use crate::ledger::{Durability, Ledger, LedgerError, Opened};
use crate::observe::Disk;
use crate::openai::ServerError;
use crate::retrieve::Unread;
use crate::runtime::{RuntimeError, Runtimes};
use crate::server::Lock;
use crate::server::{BindError, Bound, Degraded, Opening, Server, Stores};
use crate::watched::{self, Watched};
use crate::web::Web;
use crate::work::{self, Works};

use self::elsewhere::Elsewhere;

/// Running parts get so long to end after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(20);
/// Parts that are read at the same time for workers elsewhere, at least.
const READERS: usize = 2;
/// After that, parts that were told to stop get so long to let go.
const LET_GO: Duration = Duration::from_secs(2);

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
    #[error("cannot use the queue that the configuration names")]
    Fleet(#[source] FleetError),
    #[error("cannot prepare what starts workers")]
    Runtimes(#[source] RuntimeError),
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
    _lock: Lock,
}

/// What runs behind the socket.
#[derive(Debug)]
struct Running {
    stores: Arc<Stores>,
    pool: tokio::task::JoinHandle<()>,
    chores: tokio::task::JoinHandle<()>,
    elsewhere: Option<elsewhere::Started>,
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
        running.stores.watched.stop().await;
        running.stores.pool.drain(DRAIN).await;
        if tokio::time::timeout(LET_GO, running.pool).await.is_err() {
            tracing::warn!("Parts that do not let go are handed back by the next start.");
        }
        if let Some(elsewhere) = running.elsewhere {
            elsewhere.stop().await;
        }
        let settled = running.stores.runtimes.settled();
        if tokio::time::timeout(LET_GO, settled).await.is_err() {
            tracing::warn!("Workers that were started are removed by the next start.");
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

/// Looks whether the servers of queue, index and blobs that the configuration names can be meant, and
/// whether the secrets that it names for them are there; it asks no server. Needs a Tokio runtime.
pub fn check(config: &Config) -> Result<(), DaemonError> {
    if !config.queue.url.is_empty() {
        fleet::check(&config.queue).map_err(DaemonError::Fleet)?;
    }
    if !config.index.url.is_empty() {
        let config = QdrantConfig::new(&config.index, Owner::Nobody);
        index::check(&config).map_err(DaemonError::Index)?;
    }
    blobs::check(&config.blobs).map_err(DaemonError::Blobs)
}

fn take_state_dir(path: &Path) -> Result<Lock, DaemonError> {
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
    let homes = open_indexes(&settings, state_dir, &ledger).map_err(DaemonError::Index)?;
    let index: Arc<dyn Index> = Arc::clone(&homes) as _;
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
        maker: Maker {
            index: Arc::clone(&index),
            embedders,
            params: ChunkParams::from(&settings.ingest),
            parser: Parser::new(&settings.extract, &settings.ocr, &settings.secrets),
        },
        blobs,
        versions: Arc::default(),
        contents: Arc::default(),
        spaces: Arc::default(),
        memory: Arc::new(Semaphore::new(memory_kib as usize)),
        memory_kib,
    };
    let sweeper = Sweeper::new(
        pipeline.clone(),
        settings.sweep.grace_ms,
        settings.history,
        restored.is_none(),
    );
    if !clean {
        tracing::warn!("The last stop was not a clean one.");
    }
    match sweeper.clear_blobs().await {
        Err(IngestError::Blobs(error)) if error.is_transient() => {
            let error = crate::ids::chain(&error);
            tracing::warn!(
                error,
                "What an unclean stop left in the blobs stays for now."
            );
        }
        cleared => cleared.map_err(DaemonError::Reconcile)?,
    }
    // After a clean stop too: files may have been lost since, and looking costs milliseconds. On a
    // server it costs more, and need not be possible now: that is a chore.
    let reconciled = sweeper.reconcile(IndexKind::Embedded).await;
    reconciled.map_err(DaemonError::Reconcile)?;
    let policy = Policy::from(settings.as_ref());
    let lease = Duration::from_millis(policy.lease_ms);
    let queue = jobs::open(ledger.clone(), policy, Arc::clone(&clock)).await;
    let queue = queue.map_err(DaemonError::Queue)?;
    let board = Arc::new(Board::new(clock, queue.events()));
    let (min_bytes, min_percent) = (settings.disk.min_free_bytes, settings.disk.min_free_percent);
    let disk = Arc::new(Disk::new(state_dir, min_bytes, min_percent));
    let git = Git::new(&settings, state_dir, Arc::clone(&disk));
    let web = Web::new(&settings);
    let runtimes = Runtimes::open(&settings, state_dir).await;
    let runtimes = Arc::new(runtimes.map_err(DaemonError::Runtimes)?);
    let elsewhere = Elsewhere::open(&settings, runtimes.owner(), &pipeline);
    let elsewhere = elsewhere.map_err(DaemonError::Fleet)?;
    let paused_workers = ledger.paused_workers().await.map_err(DaemonError::Ledger)?;
    let desk = elsewhere.as_ref().map(|elsewhere| elsewhere.desk());
    // Whatever they did is begun anew: the next queue offers it again.
    runtimes.clear_away().await;
    let unread = Arc::new(Unread::new(ledger.clone()));
    let works = Arc::new(Works {
        desk: desk.clone(),
        runtimes: Arc::clone(&runtimes),
        pipeline: pipeline.clone(),
        answers: Arc::clone(&answers),
        unread: Arc::clone(&unread),
        sweeper: sweeper.clone(),
        homes: Arc::clone(&homes),
        disk: Arc::clone(&disk),
        never: vec![state_dir.to_owned()],
        git: git.clone(),
        web: web.clone(),
        part_files: settings.ingest.part_files,
        part_bytes: settings.ingest.part_bytes,
    });
    // Where workers do the rest, what is left for this process is to read and to wait.
    let workers = match &desk {
        None => settings.workers.local,
        Some(_) => settings.workers.local.max(READERS),
    };
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
    let watched = Watched::open(
        Arc::clone(&queue),
        pipeline.clone(),
        vec![state_dir.to_owned()],
        watched::Settings {
            watch: settings.watch,
            part_files: settings.ingest.part_files,
            part_bytes: settings.ingest.part_bytes,
        },
    );
    let watched = watched.await.map_err(DaemonError::Ledger)?;
    let stores = Arc::new(Stores {
        settings,
        homes,
        ledger,
        queue,
        index,
        pipeline,
        answers,
        unread,
        sweeper,
        board,
        pool: Arc::clone(&pool),
        desk,
        runtimes,
        watched,
        disk,
        git,
        web,
        restored,
        never: vec![state_dir.to_owned()],
        projects: Arc::default(),
    });
    let pool = tokio::spawn(pool.run());
    let elsewhere =
        elsewhere.map(|elsewhere| elsewhere.start(stores.queue.is_paused(), paused_workers));
    let chores = tokio::spawn(chores::chores(
        Arc::clone(&stores),
        config.clone(),
        lease,
        stopping.clone(),
    ));
    Ok(Running {
        stores,
        pool,
        chores,
        elsewhere,
    })
}

/// Opens the index in this process, and the one on a server if it is named.
fn open_indexes(
    settings: &Config,
    state_dir: &Path,
    ledger: &Ledger,
) -> Result<Arc<Homes>, IndexError> {
    let (config, folder) = (&settings.index, state_dir.join("index"));
    let server = match config.kind() {
        IndexKind::Embedded => None,
        IndexKind::Qdrant => {
            let owner = Owner::Here(folder.clone());
            let config = QdrantConfig::new(config, owner);
            Some(index::open(&IndexConfig::Qdrant(config))?)
        }
    };
    let embedded = index::open(&IndexConfig::Embedded(EmbeddedConfig {
        writers: config.open_writers,
        heap_bytes: usize::try_from(config.writer_bytes).unwrap_or(usize::MAX),
        idle: Duration::from_millis(config.writer_idle_ms),
        ..EmbeddedConfig::new(folder)
    }))?;
    let visibility = ledger.visibility();
    let home_of = move |id| visibility.home(id);
    let grace = Duration::from_millis(settings.sweep.grace_ms);
    Ok(Homes::new(embedded, server, Box::new(home_of), grace))
}
