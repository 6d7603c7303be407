//! The local socket: who may connect, what is asked, what is answered.
//!
//! Only this module knows `protocol`. `socket.rs` binds, `session.rs` speaks with one client,
//! `handlers/` answers one kind of request each, `convert.rs` turns wire types into ours and back,
//! `report.rs` is the one place that makes error reports.

mod convert;
mod doorway;
mod handlers;
mod lookout;
mod plans;
mod report;
mod session;
mod socket;
mod watch;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use protocol::error::{ErrorCode, ErrorReport};
use tokio::sync::watch as latest;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::Answers;
use crate::config::Config;
use crate::fleet::Desk;
use crate::git::Git;
use crate::ids::{BootId, Timestamp};
use crate::index::{Homes, Index};
use crate::ingest::pipeline::Pipeline;
use crate::ingest::sweep::Sweeper;
use crate::jobs::{Board, JobQueue, Pool};
use crate::ledger::Ledger;
use crate::observe::Disk;
use crate::retrieve::Unread;
use crate::runtime::Runtimes;
use crate::watched::Watched;
use crate::web::Web;

pub use handlers::Projects;
pub use socket::{BindError, Bound};
pub(crate) use socket::{Lock, lock};

/// How long a request waits for stores that are being opened before it is told so.
const OPENING_PATIENCE: Duration = Duration::from_millis(1_500);

/// What requests work on, once it is open.
#[derive(Clone)]
pub struct Stores {
    /// What they were opened with: what a reload changes waits for the next start.
    pub settings: Arc<Config>,
    pub ledger: Ledger,
    pub queue: Arc<dyn JobQueue>,
    pub homes: Arc<Homes>,
    pub index: Arc<dyn Index>,
    pub pipeline: Pipeline,
    pub answers: Arc<Answers>,
    pub unread: Arc<Unread>,
    pub sweeper: Sweeper,
    pub board: Arc<Board>,
    pub pool: Arc<Pool>,
    /// None: all work is done in this process.
    pub desk: Option<Arc<Desk>>,
    pub runtimes: Arc<Runtimes>,
    pub watched: Arc<Watched>,
    pub disk: Arc<Disk>,
    pub git: Git,
    pub web: Web,
    /// Set when a damaged ledger was replaced by a backup.
    pub restored: Option<Degraded>,
    /// Folders that are never taken in.
    pub never: Vec<PathBuf>,
    pub projects: Arc<Projects>,
}

/// A part that works and is not as it should be.
#[derive(Clone, Debug)]
pub struct Degraded {
    pub cause: String,
    pub next_step: String,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

/// How far the stores are.
#[derive(Clone, Debug)]
pub enum Opening {
    UnderWay,
    /// They cannot be opened now, for this reason; it is tried again.
    Waiting(String),
    Open(Arc<Stores>),
}

impl Opening {
    #[must_use]
    pub fn stores(&self) -> Option<&Arc<Stores>> {
        match self {
            Self::Open(stores) => Some(stores),
            Self::UnderWay | Self::Waiting(_) => None,
        }
    }
}

/// The server, shared by all sessions.
#[derive(Debug)]
pub struct Server {
    config: latest::Receiver<Arc<Config>>,
    stores: latest::Receiver<Opening>,
    boot_id: BootId,
    uid: u32,
    started_at: Timestamp,
    state_dir: PathBuf,
    plans: plans::Plans,
    connections: Connections,
    doorway: doorway::Doorway,
    lookout: lookout::Lookout,
    stopping: CancellationToken,
}

/// How many clients each user has.
#[derive(Debug, Default)]
struct Connections {
    total: AtomicU32,
    by_user: Mutex<HashMap<u32, usize>>,
}

impl Server {
    #[must_use]
    pub fn new(
        config: latest::Receiver<Arc<Config>>,
        stores: latest::Receiver<Opening>,
        state_dir: PathBuf,
        stopping: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            config,
            stores,
            boot_id: BootId(uuid::Uuid::now_v7()),
            uid: rustix::process::geteuid().as_raw(),
            started_at: crate::ids::now(),
            state_dir,
            plans: plans::Plans::default(),
            connections: Connections::default(),
            doorway: doorway::Doorway::default(),
            lookout: lookout::Lookout::default(),
            stopping,
        })
    }

    /// Serves clients until `stopping`, then lets requests under way end.
    pub async fn serve(self: Arc<Self>, bound: Bound) {
        let sessions = TaskTracker::new();
        loop {
            let stream = tokio::select! {
                stream = bound.accept() => stream,
                () = self.stopping.cancelled() => break,
            };
            match stream {
                Ok(stream) => {
                    let server = Arc::clone(&self);
                    sessions.spawn(async move { session::run(server, stream).await });
                }
                Err(error) => {
                    // No file descriptors left, most likely: accepting at once again would spin.
                    tracing::warn!(%error, "A client could not be accepted.");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(bound);
        sessions.close();
        sessions.wait().await;
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.borrow())
    }

    /// Returns the stores, waiting a little for them.
    async fn stores(&self) -> Result<Arc<Stores>, ErrorReport> {
        let mut stores = self.stores.clone();
        let opened = stores.wait_for(|opening| !matches!(opening, Opening::UnderWay));
        let why = match tokio::time::timeout(OPENING_PATIENCE, opened).await {
            Ok(Ok(opening)) => match &*opening {
                Opening::Open(stores) => return Ok(Arc::clone(stores)),
                Opening::Waiting(reason) => reason.clone(),
                Opening::UnderWay => unreachable!("waited for"),
            },
            Ok(Err(_)) => return Err(report::stopping()),
            Err(_) => "a large ledger or index is being checked".to_owned(),
        };
        Err(
            ErrorReport::new(ErrorCode::Starting, "ragd is still opening its stores")
                .because(why)
                .try_next("ragctl health --wait 60s")
                .retry_after_ms(1_000),
        )
    }

    /// Returns the stores if they are open.
    fn stores_now(&self) -> Option<Arc<Stores>> {
        self.stores.borrow().stores().cloned()
    }

    /// Returns why the stores cannot be opened, if they cannot.
    fn trouble_opening(&self) -> Option<String> {
        match &*self.stores.borrow() {
            Opening::Waiting(reason) => Some(reason.clone()),
            Opening::UnderWay | Opening::Open(_) => None,
        }
    }
}

impl Connections {
    /// Counts a client in, if there is room for one more of this user.
    fn enter(&self, uid: u32, config: &Config) -> Result<(), ErrorReport> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let own = by_user.entry(uid).or_default();
        let all = self.total.load(Ordering::Relaxed) as usize;
        let limits = &config.limits;
        for (count, limit) in [
            (all, limits.connections),
            (*own, limits.connections_per_user),
        ] {
            if count >= limit {
                return Err(report::too_many_connections(count));
            }
        }
        *own += 1;
        self.total.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn leave(&self, uid: u32) {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = by_user.get_mut(&uid) {
            *own -= 1;
            if *own == 0 {
                by_user.remove(&uid);
            }
        }
        self.total.fetch_sub(1, Ordering::Relaxed);
    }
}
