//! The index in this process: tantivy, one folder per collection.
//!
//! [`Embedded`] opens collections when they are first used and closes them when they were not used
//! for a while. Searches read snapshots and never wait for writers; each collection that is written
//! has one thread for it. What it leaves out: locking against other processes, which the state
//! directory of the daemon does.

mod collection;
mod folder;
mod gate;
mod places;
mod prefix;
mod schema;
mod search;
mod slots;
mod snapshot;
mod tokenizer;
mod vectors;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tantivy::TantivyError;
use tokio::task::JoinHandle;

use self::collection::Collection;
use self::places::Places;
use self::schema::Prepared;
use self::search::Search;
use self::snapshot::Snapshot;
use self::vectors::StoreError;
use self::writer::{Change, Task};
use super::filter::Filter;
use super::{
    Census, Found, Index, IndexError, Near, NewChunk, NewVectors, NewVersion, Space, VectorQuery,
    Visible, WordQuery, query,
};
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
    places: Arc<Places>,
    janitor: JoinHandle<()>,
}

impl Embedded {
    /// Opens the root. Needs a Tokio runtime, for the task that closes what is idle.
    pub(super) fn open(config: &EmbeddedConfig) -> Result<Self, IndexError> {
        let places = Arc::new(Places::open(config)?);
        let janitor = tokio::spawn(places::close_idle(Arc::downgrade(&places), config.idle));
        Ok(Self { places, janitor })
    }

    /// Runs `read` on the last commit, on a thread that may block; nothing if there is no such
    /// collection.
    async fn read<T: Default + Send + 'static>(
        &self,
        id: CollectionId,
        read: impl FnOnce(&Snapshot) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, IndexError> {
        let places = Arc::clone(&self.places);
        self.blocking(id, move || {
            let Some(collection) = places.collection(id, false)? else {
                return Ok(T::default());
            };
            let path = collection.path().to_owned();
            read(&collection.snapshot()).map_err(|source| IndexError::Store { path, source })
        })
        .await
    }

    /// Runs `work` on the vectors of a collection, on a thread that may block; nothing if there is
    /// no such collection.
    async fn with_vectors<T: Default + Send + 'static>(
        &self,
        id: CollectionId,
        create: bool,
        work: impl FnOnce(&Collection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let places = Arc::clone(&self.places);
        self.blocking(id, move || {
            let Some(collection) = places.collection(id, create)? else {
                return Ok(T::default());
            };
            work(&collection).map_err(|source| IndexError::Vectors {
                collection: id,
                source: Box::new(source),
            })
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
                    path: self.places.folders.path(id),
                    source,
                })
            })
    }

    async fn change(&self, id: CollectionId, changes: Vec<Change>) -> Result<(), IndexError> {
        let places = Arc::clone(&self.places);
        let collection = self
            .blocking(id, move || places.collection(id, true))
            .await?;
        match collection {
            Some(collection) => self.places.send(&collection, Task::Change(changes)).await,
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

    async fn put_vectors(
        &self,
        id: CollectionId,
        space: &str,
        versions: Vec<NewVectors>,
    ) -> Result<(), IndexError> {
        let space = space.to_owned();
        self.with_vectors(id, true, move |collection| {
            collection.vectors().put(&space, &versions)
        })
        .await
    }

    async fn remove(&self, id: CollectionId, versions: Vec<VersionKey>) -> Result<(), IndexError> {
        let keys = versions.clone();
        self.with_vectors(id, false, move |collection| {
            collection.vectors().remove(&keys)
        })
        .await?;
        self.change(id, versions.into_iter().map(Change::Remove).collect())
            .await
    }

    async fn flush(&self, id: CollectionId) -> Result<(), IndexError> {
        // What is not open has nothing that waits for a commit.
        let Some(collection) = self.places.if_open(id) else {
            return Ok(());
        };
        let words = async {
            match collection.is_flushed() {
                true => Ok(()),
                false => self.places.send(&collection, Task::Flush).await,
            }
        };
        let vectors = async {
            match collection.vectors().is_flushed() {
                true => Ok(()),
                false => {
                    self.with_vectors(id, false, |collection| collection.vectors().flush())
                        .await
                }
            }
        };
        let (words, vectors) = tokio::join!(words, vectors);
        words.and(vectors)
    }

    async fn search(
        &self,
        id: CollectionId,
        query: WordQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Found>, IndexError> {
        let search = Search {
            terms: query::parse(&query.text)?,
            filter: Filter::new(&query.paths, &query.languages)?,
            limit: query.limit,
            explain: query.explain,
        };
        self.read(id, move |snapshot| search.run(snapshot, &*visible))
            .await
    }

    async fn nearest(
        &self,
        id: CollectionId,
        query: VectorQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Near>, IndexError> {
        let filter = Filter::new(&query.paths, &query.languages)?;
        self.with_vectors(id, false, move |collection| {
            let VectorQuery {
                space,
                vector,
                limit,
                ..
            } = query;
            collection
                .vectors()
                .nearest(&space, &vector, limit, &filter, &*visible)
        })
        .await
    }

    async fn products(
        &self,
        id: CollectionId,
        space: &str,
        vector: Vec<f32>,
        chunks: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<f32>>, IndexError> {
        let space = space.to_owned();
        self.with_vectors(id, false, move |collection| {
            collection.vectors().products(&space, &vector, &chunks)
        })
        .await
    }

    async fn passages(
        &self,
        id: CollectionId,
        wanted: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<NewChunk>>, IndexError> {
        let none = vec![None; wanted.len()];
        let found = self.read(id, move |snapshot| {
            let passage = |(version, ordinal): &(VersionKey, u32)| {
                let chunks = snapshot.chunks(*version, *ordinal, 1);
                chunks.map(|mut chunks| chunks.pop())
            };
            wanted
                .iter()
                .map(passage)
                .collect::<tantivy::Result<Vec<_>>>()
        });
        let found = found.await?;
        Ok(if found.is_empty() { none } else { found })
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

    async fn vector_census(
        &self,
        id: CollectionId,
        space: &str,
    ) -> Result<Vec<(VersionKey, u32)>, IndexError> {
        let space = space.to_owned();
        self.with_vectors(id, false, move |collection| {
            collection.vectors().census(&space)
        })
        .await
    }

    async fn spaces(&self, id: CollectionId) -> Result<Vec<Space>, IndexError> {
        self.with_vectors(id, false, |collection| collection.vectors().spaces())
            .await
    }

    async fn drop_space(&self, id: CollectionId, space: &str) -> Result<(), IndexError> {
        let space = space.to_owned();
        self.with_vectors(id, false, move |collection| {
            collection.vectors().drop_space(&space)
        })
        .await
    }

    async fn identity(&self) -> Result<Option<String>, IndexError> {
        Ok(None)
    }

    async fn collections(&self) -> Result<Vec<CollectionId>, IndexError> {
        self.places.folders.collections()
    }

    async fn drop_collection(&self, id: CollectionId) -> Result<(), IndexError> {
        let places = Arc::clone(&self.places);
        self.blocking(id, move || places.remove(id)).await
    }

    async fn damaged(&self) -> Result<Vec<CollectionId>, IndexError> {
        let mut damaged = self.places.folders.damaged()?;
        let open = self.places.open_collections();
        let lost = open.iter().filter(|one| one.has_lost_vectors());
        damaged.extend(lost.map(|collection| collection.id()));
        damaged.sort_unstable();
        damaged.dedup();
        Ok(damaged)
    }

    async fn reach(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn owner(&self, _: CollectionId) -> String {
        String::new()
    }

    fn place(&self) -> String {
        "embedded".to_owned()
    }

    fn trouble(&self) -> Option<String> {
        let collections = self.places.open_collections();
        collections
            .iter()
            .find_map(|collection| collection.trouble())
    }

    async fn forget_damaged(&self, id: CollectionId) -> Result<(), IndexError> {
        if let Some(collection) = self.places.if_open(id) {
            collection.vectors().forget_lost();
        }
        self.places.folders.forget_damaged(id)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.janitor.abort();
        for collection in self.places.open_collections() {
            collection.join_writer();
        }
    }
}
