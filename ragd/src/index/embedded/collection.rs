//! A collection that is open: what searches read, and the way to its writer.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tantivy::Index;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::EmbeddedConfig;
use super::slots::Slots;
use super::snapshot::{self, Snapshot};
use super::vectors::Stores;
use super::writer::{Command, Pending, Task, Writer};
use crate::ids::CollectionId;
use crate::index::IndexError;

/// Shares of the queue: this many flushes may wait, or four changes, since those hold text.
const SHARES: usize = 256;
const SHARES_OF_A_CHANGE: u32 = 64;

pub(super) struct Collection {
    id: CollectionId,
    path: PathBuf,
    index: Index,
    snapshot: RwLock<Arc<Snapshot>>,
    vectors: Stores,
    queue: Arc<Semaphore>,
    writing: Mutex<Writing>,
    pending: Mutex<Pending>,
    trouble: Mutex<Option<String>>,
    used: Mutex<Instant>,
    closing: AtomicBool,
    dropped: AtomicBool,
}

#[derive(Default)]
struct Writing {
    /// Present while the writer takes commands. Dropping it ends the writer.
    sender: Option<SyncSender<Command>>,
    /// The current writer or the last one, which the next one waits for.
    thread: Option<JoinHandle<()>>,
}

impl Collection {
    pub(super) fn new(id: CollectionId, path: PathBuf, index: Index, snapshot: Snapshot) -> Self {
        Self {
            id,
            vectors: Stores::new(path.join("vectors")),
            path,
            index,
            snapshot: RwLock::new(Arc::new(snapshot)),
            queue: Arc::new(Semaphore::new(SHARES)),
            writing: Mutex::default(),
            pending: Mutex::default(),
            trouble: Mutex::default(),
            used: Mutex::new(Instant::now()),
            closing: AtomicBool::new(false),
            dropped: AtomicBool::new(false),
        }
    }

    pub(super) fn id(&self) -> CollectionId {
        self.id
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        *lock(&self.used) = Instant::now();
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn vectors(&self) -> &Stores {
        *lock(&self.used) = Instant::now();
        &self.vectors
    }

    /// Shows the last commit to searches that begin from now on.
    pub(super) fn refresh(&self) -> tantivy::Result<()> {
        let snapshot = Arc::new(snapshot::take(&self.index)?);
        *self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }

    /// Waits for a place in the queue of the writer.
    pub(super) async fn queue(&self, task: &Task) -> Result<OwnedSemaphorePermit, IndexError> {
        let shares = match task {
            Task::Change(_) => SHARES_OF_A_CHANGE,
            Task::Flush => 1,
        };
        let queue = Arc::clone(&self.queue);
        queue
            .acquire_many_owned(shares)
            .await
            .map_err(|_| IndexError::Closed)
    }

    /// Hands `command` to the writer, which is started if there is none. Does not block.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        command: Command,
        config: &EmbeddedConfig,
        slots: &Arc<Slots>,
    ) -> Result<(), IndexError> {
        *lock(&self.used) = Instant::now();
        let mut writing = lock(&self.writing);
        if self.is_dropped() {
            // A writer started now would find no folder, or the next one of that name.
            return Err(IndexError::Closed);
        }
        // The channel has room for all shares, so sending never blocks. It fails if the writer
        // panicked, and then a new one gets the command.
        let refused = match &writing.sender {
            Some(sender) => match sender.send(command) {
                Ok(()) => return Ok(()),
                Err(refused) => refused.0,
            },
            None => command,
        };
        let (sender, commands) = sync_channel(SHARES);
        let last = writing.thread.take();
        let (collection, config, ticket) = (Arc::clone(self), config.clone(), slots.queue_up());
        let started = thread::Builder::new()
            .name("index-writer".to_owned())
            .spawn(move || {
                if let Some(last) = last {
                    // If it panicked, its commands were answered by that.
                    let _ = last.join();
                }
                Writer::run(collection, config, ticket, &commands);
            });
        writing.thread = Some(started.map_err(|source| IndexError::Folder {
            path: self.path.clone(),
            source,
        })?);
        let sent = sender.send(refused).map_err(|_| IndexError::Closed);
        writing.sender = Some(sender);
        sent
    }

    /// Whether a flush would find nothing to do: no writer, and nothing left from the last one.
    pub(super) fn is_flushed(&self) -> bool {
        let writing = lock(&self.writing);
        let at_work = writing
            .thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished());
        !at_work && lock(&self.pending).is_empty()
    }

    /// Whether vectors are missing because files were damaged.
    pub(super) fn has_lost_vectors(&self) -> bool {
        self.vectors.has_lost()
    }

    pub(super) fn has_writer(&self) -> bool {
        lock(&self.writing).sender.is_some()
    }

    /// Lets the writer end once it has done what it was told. Does not wait.
    pub(super) fn close_writer(&self) {
        lock(&self.writing).sender = None;
    }

    /// Ends the writer and merges, and waits for them.
    pub(super) fn join_writer(&self) {
        self.closing.store(true, Ordering::Relaxed);
        let thread = {
            let mut writing = lock(&self.writing);
            writing.sender = None;
            writing.thread.take()
        };
        if let Some(thread) = thread {
            // A panic of the writer was answered to those who waited for it.
            let _ = thread.join();
        }
        self.vectors.close();
    }

    pub(super) fn mark_dropped(&self) {
        self.dropped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    pub(super) fn idle_for(&self) -> Duration {
        lock(&self.used).elapsed()
    }

    pub(super) fn take_pending(&self) -> Pending {
        std::mem::take(&mut *lock(&self.pending))
    }

    pub(super) fn keep_pending(&self, pending: Pending) {
        *lock(&self.pending) = pending;
    }

    /// Returns why the last attempt to write failed, if it did.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        *lock(&self.trouble) = trouble;
    }

    /// Whether it can be closed without losing anything.
    pub(super) fn is_clean(&self) -> bool {
        lock(&self.pending).is_empty() && self.vectors.is_at_rest()
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A panic while one of these locks is held leaves its data whole: each is set in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
