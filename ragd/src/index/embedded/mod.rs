//! The index in this process: tantivy, one folder per collection.
//!
//! [`Embedded`] opens collections when they are first used and closes them when they were not used
//! for a while. Searches read snapshots and never wait for writers; each collection that is written
//! has one thread for it. What it leaves out: locking against other processes, which the state
//! directory of the daemon does.

mod collection;
mod folder;
mod schema;
mod search;
mod slots;
mod snapshot;
mod tokenizer;
mod writer;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tantivy::TantivyError;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::collection::Collection;
use self::folder::Folders;
use self::schema::Prepared;
use self::search::Search;
use self::slots::Slots;
use self::snapshot::Snapshot;
use self::writer::{Change, Command, Task};
use super::filter::Filter;
use super::{Census, Found, Index, IndexError, NewChunk, NewVersion, Visible, WordQuery, query};
use crate::ids::{CollectionId, VersionKey};

/// Where the embedded index is and what it may use.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// Holds a folder per collection.
    pub root: PathBuf,
    /// Collections that may be written at once; a further one waits for the least recently used.
    pub writers: usize,
    /// Memory for new postings, per writer. When it is full, a segment is written.
    pub heap_bytes: usize,
    /// Text that may wait for a flush, per writer. When it is more, the writer commits by itself.
    pub uncommitted_bytes: usize,
    /// After this time without use writers are closed, then readers.
    pub idle: Duration,
}

impl EmbeddedConfig {
    /// Returns the defaults: 2 × 64 MiB while indexing, next to nothing when idle.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            writers: 2,
            heap_bytes: 48 << 20,
            uncommitted_bytes: 16 << 20,
            idle: Duration::from_secs(20),
        }
    }
}

/// The embedded [`Index`].
#[derive(Debug)]
pub(super) struct Embedded {
    shared: Arc<Shared>,
    janitor: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    config: EmbeddedConfig,
    folders: Folders,
    slots: Arc<Slots>,
    places: Mutex<HashMap<CollectionId, Arc<Place>>>,
    /// Held while a writer is started, so that two that start at once make room twice.
    starting: Mutex<()>,
}

/// Where a collection is once it is open. Its lock is held while the folder is opened or removed,
/// and only on threads that may block.
type Place = Mutex<Option<Arc<Collection>>>;

impl Embedded {
    /// Opens the root. Needs a Tokio runtime, for the task that closes what is idle.
    pub(super) fn open(config: &EmbeddedConfig) -> Result<Self, IndexError> {
        let shared = Arc::new(Shared {
            folders: Folders::open(&config.root)?,
            slots: Arc::new(Slots::new(config.writers.max(1))),
            places: Mutex::default(),
            starting: Mutex::default(),
            config: config.clone(),
        });
        let janitor = tokio::spawn(close_idle(Arc::downgrade(&shared), config.idle));
        Ok(Self { shared, janitor })
    }

    /// Runs `read` on the last commit, on a thread that may block; nothing if there is no such
    /// collection.
    async fn read<T: Default + Send + 'static>(
        &self,
        id: CollectionId,
        read: impl FnOnce(&Snapshot) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, IndexError> {
        let shared = Arc::clone(&self.shared);
        self.blocking(id, move || {
            let Some(collection) = shared.collection(id, false)? else {
                return Ok(T::default());
            };
            let path = collection.path().to_owned();
            read(&collection.snapshot()).map_err(|source| IndexError::Store { path, source })
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        id: CollectionId,
        work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|panicked| {
                let source = TantivyError::ErrorInThread(panicked.to_string());
                Err(IndexError::Store {
                    path: self.shared.folders.path(id),
                    source,
                })
            })
    }

    async fn change(&self, id: CollectionId, changes: Vec<Change>) -> Result<(), IndexError> {
        let shared = Arc::clone(&self.shared);
        let collection = self
            .blocking(id, move || shared.collection(id, true))
            .await?;
        match collection {
            Some(collection) => self.shared.send(&collection, Task::Change(changes)).await,
            None => Err(IndexError::Closed),
        }
    }
}

#[async_trait]
impl Index for Embedded {
    async fn put(&self, id: CollectionId, versions: Vec<NewVersion>) -> Result<(), IndexError> {
        let prepare = |version| Change::Put(Arc::new(Prepared::new(version)));
        self.change(id, versions.into_iter().map(prepare).collect())
            .await
    }

    async fn remove(&self, id: CollectionId, versions: Vec<VersionKey>) -> Result<(), IndexError> {
        self.change(id, versions.into_iter().map(Change::Remove).collect())
            .await
    }

    async fn flush(&self, id: CollectionId) -> Result<(), IndexError> {
        let collection = lock(&self.shared.place(id)).clone();
        match collection {
            // What is not open has nothing that waits for a commit.
            None => Ok(()),
            Some(collection) if collection.is_flushed() => Ok(()),
            Some(collection) => self.shared.send(&collection, Task::Flush).await,
        }
    }

    async fn search(
        &self,
        id: CollectionId,
        query: WordQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Found>, IndexError> {
        let search = Search {
            terms: query::parse(&query.text)?,
            filter: Filter::new(&query)?,
            limit: query.limit,
            explain: query.explain,
        };
        self.read(id, move |snapshot| search.run(snapshot, &*visible))
            .await
    }

    async fn chunks(
        &self,
        id: CollectionId,
        version: VersionKey,
        from: u32,
        limit: u32,
    ) -> Result<Vec<NewChunk>, IndexError> {
        self.read(id, move |snapshot| snapshot.chunks(version, from, limit))
            .await
    }

    async fn census(&self, id: CollectionId) -> Result<Vec<Census>, IndexError> {
        self.read(id, |snapshot| Ok(snapshot.census())).await
    }

    async fn collections(&self) -> Result<Vec<CollectionId>, IndexError> {
        self.shared.folders.collections()
    }

    async fn drop_collection(&self, id: CollectionId) -> Result<(), IndexError> {
        let shared = Arc::clone(&self.shared);
        self.blocking(id, move || shared.remove(id)).await
    }

    async fn damaged(&self) -> Result<Vec<CollectionId>, IndexError> {
        self.shared.folders.damaged()
    }

    async fn forget_damaged(&self, id: CollectionId) -> Result<(), IndexError> {
        self.shared.folders.forget_damaged(id)
    }
}

impl Shared {
    fn place(&self, id: CollectionId) -> Arc<Place> {
        Arc::clone(lock(&self.places).entry(id).or_default())
    }

    /// Opens a collection unless it is open. Blocks.
    fn collection(
        &self,
        id: CollectionId,
        create: bool,
    ) -> Result<Option<Arc<Collection>>, IndexError> {
        let place = self.place(id);
        let mut place = lock(&place);
        if place.is_none() {
            let Some((index, snapshot)) = self.folders.open_index(id, create)? else {
                return Ok(None);
            };
            let path = self.folders.path(id);
            *place = Some(Arc::new(Collection::new(id, path, index, snapshot)));
        }
        Ok(place.clone())
    }

    async fn send(&self, collection: &Arc<Collection>, task: Task) -> Result<(), IndexError> {
        let permit = collection.queue(&task).await?;
        let (reply, answer) = oneshot::channel();
        self.enqueue(
            collection,
            Command {
                task,
                reply,
                permit,
            },
        )?;
        answer.await.unwrap_or(Err(IndexError::Closed))
    }

    fn enqueue(&self, collection: &Arc<Collection>, command: Command) -> Result<(), IndexError> {
        let _starting = lock(&self.starting);
        if !collection.has_writer() {
            self.make_room();
        }
        collection.enqueue(command, &self.config, &self.slots)
    }

    /// Closes the writers that were not used for longest, so that one more has a place.
    fn make_room(&self) {
        let mut writing: Vec<_> = self
            .open_collections()
            .into_iter()
            .filter(|other| other.has_writer())
            .collect();
        writing.sort_by_key(|other| std::cmp::Reverse(other.idle_for()));
        let surplus = (writing.len() + 1).saturating_sub(self.config.writers.max(1));
        for other in writing.iter().take(surplus) {
            other.close_writer();
        }
    }

    /// Lists what is open, leaving out what is being opened or removed right now.
    fn open_collections(&self) -> Vec<Arc<Collection>> {
        let places: Vec<_> = lock(&self.places).values().cloned().collect();
        places
            .iter()
            .filter_map(|place| place.try_lock().ok()?.clone())
            .collect()
    }

    fn remove(&self, id: CollectionId) -> Result<(), IndexError> {
        let place = self.place(id);
        let mut place = lock(&place);
        if let Some(collection) = place.take() {
            collection.mark_dropped();
            collection.join_writer();
        }
        self.folders.remove(id)
    }

    /// Closes writers that nobody uses, and collections whose writer is closed already.
    fn close_idle(&self) {
        let places: Vec<_> = lock(&self.places).values().cloned().collect();
        for place in places {
            let Ok(mut place) = place.try_lock() else {
                continue;
            };
            let Some(collection) = &*place else { continue };
            if collection.idle_for() < self.config.idle {
                continue;
            }
            if collection.has_writer() {
                collection.close_writer();
            } else if Arc::strong_count(collection) == 1 && collection.is_clean() {
                // Nobody else has it, and nobody can get it while its place is locked.
                *place = None;
            }
        }
    }
}

/// Ends with the index: it holds no more of it than a weak reference.
async fn close_idle(shared: Weak<Shared>, idle: Duration) {
    loop {
        // Never faster than a second: an idle daemon sleeps.
        tokio::time::sleep(idle.max(Duration::from_secs(1))).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.close_idle();
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.janitor.abort();
        for collection in self.shared.open_collections() {
            collection.join_writer();
        }
    }
}

/// A panic while one of these locks is held leaves its data whole: each is set in one step.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
