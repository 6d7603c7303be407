//! Sources that are watched: what changes in their folders is taken in by itself.
//!
//! [`Watched`] has a task for each source (`follow.rs`). The kernel tells it of changes
//! (`folders.rs`), these are gathered until it is quiet (`pending.rs`), and then planned and put
//! into the queue as one job (`update.rs`), as a submit of the same source would plan them. Where
//! the kernel cannot tell, the source is looked through from time to time.
//!
//! A watched source is durable. At start each one is looked through once, which also finds what
//! happened while the daemon was down.

mod folders;
mod follow;
mod mounts;
mod pending;
mod update;

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config;
use crate::ids::{self, CollectionId, JobId, Timestamp, WatchedId};
use crate::ingest::mark::Mark;
use crate::ingest::pipeline::Pipeline;
use crate::jobs::{self, IngestWork, JobQueue, WorkPath};
use crate::ledger::{Ledger, LedgerError, WatchedRow};
use crate::work::plan::path_of;

use follow::Follower;

/// A source cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There are as many as there may be.
    #[error("{limit} sources are watched already, which is as many as may be")]
    TooMany { limit: usize },
    /// Two sources would give one file to the same collection, each by rules of its own.
    #[error("{} is watched already, as {} is", path.display(), by.display())]
    Overlap { path: PathBuf, by: PathBuf },
    /// Nobody follows links.
    #[error("{} is a link", path.display())]
    Link { path: PathBuf },
    #[error("cannot store what is watched")]
    Ledger(#[source] LedgerError),
}

/// What is handed in to be watched.
#[derive(Clone, Debug)]
pub struct NewSource {
    pub collection: CollectionId,
    pub uid: u32,
    pub work: IngestWork,
    /// What a person calls it.
    pub name: String,
    /// The job that takes it in for the first time.
    pub job: JobId,
}

/// A watched source, and how it is.
#[derive(Clone, Debug)]
pub struct Seen {
    pub id: WatchedId,
    pub uid: u32,
    pub collection: String,
    pub roots: Vec<PathBuf>,
    pub created_at: Timestamp,
    pub state: State,
    /// Looked through from time to time, as nobody tells of changes.
    pub is_polled: bool,
    /// Folders that the system tells changes of.
    pub folders: usize,
    /// When the index was last brought up to date, and by which job.
    pub updated_at: Option<Timestamp>,
    pub job: Option<JobId>,
    pub trouble: Option<Trouble>,
}

/// How a watched source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being looked through for the first time since the start.
    Starting,
    /// The index is as the source is, as far as is known.
    Current,
    /// Something changed and is being taken in.
    Updating,
    /// A root is not there; its documents are kept.
    Away,
    /// Documents whose files are gone are kept, as too many are.
    Held,
    /// The last job failed.
    Failed,
}

/// What keeps a source from being watched well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub cause: String,
    pub next_step: Option<String>,
}

/// All watched sources.
#[derive(Debug)]
pub struct Watched {
    shared: Arc<Shared>,
    running: Mutex<HashMap<WatchedId, Running>>,
    stopping: CancellationToken,
}

/// What the tasks of all sources need.
struct Shared {
    ledger: Ledger,
    queue: Arc<dyn JobQueue>,
    pipeline: Pipeline,
    never: Vec<PathBuf>,
    settings: Settings,
}

/// The limits of watching.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub watch: config::Watch,
    pub part_files: usize,
    pub part_bytes: u64,
}

/// A source as it was handed in.
#[derive(Debug)]
struct Source {
    id: WatchedId,
    collection: CollectionId,
    uid: u32,
    name: String,
    work: IngestWork,
    roots: Vec<PathBuf>,
    created_at: Timestamp,
}

#[derive(Debug)]
struct Running {
    source: Arc<Source>,
    /// As its task saw it last.
    seen: Arc<Mutex<Seen>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What is stored of the work of a source.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    name: String,
    work: IngestWork,
}

/// A [`Mark`] as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct MarkRecord(WorkPath, u64, u64);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Watched {
    /// Goes on to watch what was watched before.
    pub async fn open(
        queue: Arc<dyn JobQueue>,
        pipeline: Pipeline,
        never: Vec<PathBuf>,
        settings: Settings,
    ) -> Result<Arc<Self>, LedgerError> {
        let shared = Arc::new(Shared {
            ledger: pipeline.ledger.clone(),
            queue,
            pipeline,
            never,
            settings,
        });
        let rows = shared.ledger.watched().await?;
        let watched = Arc::new(Self {
            shared,
            running: Mutex::default(),
            stopping: CancellationToken::new(),
        });
        for row in rows {
            let id = row.id;
            if let Err(error) = watched.start(&row) {
                let error = ids::chain(&error);
                tracing::error!(source = %id, error, "A watched source cannot be understood.");
            }
        }
        Ok(watched)
    }

    /// Refuses what cannot be watched, before anything is done.
    pub fn check(
        &self,
        collection: Option<CollectionId>,
        work: &IngestWork,
    ) -> Result<(), WatchError> {
        let roots = roots_of(work);
        let is_link = |root: &&PathBuf| root.symlink_metadata().is_ok_and(|stat| stat.is_symlink());
        if let Some(path) = roots.iter().find(is_link) {
            return Err(WatchError::Link { path: path.clone() });
        }
        let id = collection.map(|collection| id_of(collection, &roots));
        let running = self.running();
        let mut others = running.values().map(|running| &running.source);
        if Some(true) == id.map(|id| running.contains_key(&id)) {
            // The same again, perhaps with other rules.
            return Ok(());
        }
        let limit = self.shared.settings.watch.sources;
        if running.len() >= limit {
            return Err(WatchError::TooMany { limit });
        }
        let overlap = others.find_map(|other| {
            (Some(other.collection) == collection).then_some(())?;
            let pairs = roots
                .iter()
                .flat_map(|ours| other.roots.iter().map(move |by| (ours, by)));
            let mut pairs = pairs.filter(|(ours, by)| ours.starts_with(by) || by.starts_with(ours));
            pairs.next().map(|(path, by)| (path.clone(), by.clone()))
        });
        overlap.map_or(Ok(()), |(path, by)| Err(WatchError::Overlap { path, by }))
    }

    /// Watches a source from now on, also after restarts.
    pub async fn add(&self, new: NewSource) -> Result<WatchedId, WatchError> {
        let roots = roots_of(&new.work);
        let id = id_of(new.collection, &roots);
        let record = Record {
            name: new.name,
            work: new.work,
        };
        let row = WatchedRow {
            id,
            collection: new.collection,
            uid: new.uid,
            created_at: ids::now(),
            updated_at: None,
            job: Some(new.job),
            work: serde_json::to_string(&record).expect("work is plain data"),
            marks: "[]".to_owned(),
        };
        let stored = self.shared.ledger.watch(row.clone()).await;
        stored.map_err(WatchError::Ledger)?;
        self.halt(id).await;
        self.start(&row).expect("what was just written can be read");
        Ok(id)
    }

    /// Watches a source no more. Its documents stay. Returns whether it was watched.
    pub async fn end(&self, id: WatchedId) -> Result<bool, LedgerError> {
        let known = self.shared.ledger.unwatch(id).await?;
        self.halt(id).await;
        Ok(known)
    }

    /// Stops what would bring a collection back that is about to be removed.
    pub async fn end_all_of(&self, collection: CollectionId) -> Result<(), LedgerError> {
        let ids: Vec<WatchedId> = {
            let running = self.running();
            let all = running.values().map(|running| &running.source);
            let of_it = all.filter(|source| source.collection == collection);
            of_it.map(|source| source.id).collect()
        };
        for id in ids {
            self.end(id).await?;
        }
        Ok(())
    }

    /// Lists what is watched, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Seen> {
        let running = self.running();
        let seen = running.values().map(|running| running.seen.lock());
        let seen = seen.map(|seen| seen.unwrap_or_else(PoisonError::into_inner).clone());
        let mut seen: Vec<Seen> = seen.collect();
        seen.sort_by_key(|seen| (seen.created_at, seen.id));
        seen
    }

    /// Watches nothing any more, until the next start.
    pub async fn stop(&self) {
        self.stopping.cancel();
        let running: Vec<Running> = self.running().drain().map(|(_, running)| running).collect();
        for running in running {
            let _ = running.task.await;
        }
    }

    fn start(&self, row: &WatchedRow) -> Result<(), serde_json::Error> {
        let Record { name, work } = serde_json::from_str(&row.work)?;
        let marks: Vec<MarkRecord> = serde_json::from_str(&row.marks)?;
        let source = Arc::new(Source {
            id: row.id,
            collection: row.collection,
            uid: row.uid,
            name,
            roots: roots_of(&work),
            work,
            created_at: row.created_at,
        });
        let seen = Arc::new(Mutex::new(Seen {
            id: row.id,
            uid: row.uid,
            collection: source.work.collection.clone(),
            roots: source.roots.clone(),
            created_at: source.created_at,
            state: State::Starting,
            is_polled: false,
            folders: 0,
            updated_at: row.updated_at,
            job: row.job,
            trouble: None,
        }));
        let marks = marks
            .into_iter()
            .map(|MarkRecord(root, file_system, inode)| Mark {
                root: path_of(&root),
                file_system,
                inode,
            });
        let follower = Follower::new(
            Arc::clone(&self.shared),
            Arc::clone(&source),
            Arc::clone(&seen),
            marks.collect(),
        );
        let stop = self.stopping.child_token();
        let task = tokio::spawn(follower.run(stop.clone()));
        let running = Running {
            source,
            seen,
            stop,
            task,
        };
        self.running().insert(row.id, running);
        Ok(())
    }

    /// Ends the task of a source.
    async fn halt(&self, id: WatchedId) {
        let running = self.running().remove(&id);
        if let Some(running) = running {
            running.stop.cancel();
            let _ = running.task.await;
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<WatchedId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn roots_of(work: &IngestWork) -> Vec<PathBuf> {
    match &work.source {
        jobs::Source::Paths(paths) => {
            let paths = paths.iter().map(path_of);
            let roots = paths.map(|path| crate::ingest::walk::absolute(&path).unwrap_or(path));
            let mut roots: Vec<_> = roots.collect();
            roots.sort();
            roots.dedup();
            roots
        }
        jobs::Source::Uploads(_) | jobs::Source::Git(_) | jobs::Source::Web(_) => Vec::new(),
    }
}

fn id_of(collection: CollectionId, roots: &[PathBuf]) -> WatchedId {
    use std::os::unix::ffi::OsStrExt as _;
    let roots: Vec<&[u8]> = roots
        .iter()
        .map(|root| root.as_os_str().as_bytes())
        .collect();
    ids::watched_id(collection, &roots)
}

fn record_of(marks: &[Mark]) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let path = |root: &Path| WorkPath::from(root.as_os_str().as_bytes());
    let marks = marks.iter();
    let marks: Vec<_> = marks
        .map(|mark| MarkRecord(path(&mark.root), mark.file_system, mark.inode))
        .collect();
    serde_json::to_string(&marks).expect("marks are plain data")
}

/// Has the runtime wait for what the kernel tells by `descriptor`.
fn register(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(
        deprecated,
        reason = "its successor is unsafe, for types that close their descriptor while it is registered"
    )]
    AsyncFd::with_interest(descriptor, interest)
}
