//! The index on a Qdrant server, by gRPC.
//!
//! Each collection is several ones on the server: the texts with their words as sparse vectors, the
//! tokens that occur, and for each model the vectors by it. A model is thus added and removed
//! without touching anything else, which servers do not allow for vectors of one collection, and
//! which of them serves is the ledger's business. An alias names the words that count (`names.rs`).
//!
//! [`Qdrant`] keeps what was put in memory until a flush, at most some megabytes; `send.rs` sends
//! it, `collection.rs` knows what is on the server, `search.rs` and `near.rs` search, `server.rs`
//! holds the connection. A flush is as durable as what Qdrant acknowledges: it is in its log, which
//! the server writes to the disk within seconds by itself. Whoever must survive power cuts of a
//! single server there runs replicas.
//!
//! What it leaves out: damage of files, which is the server's to find. What an older daemon wrote in
//! another layout counts as damaged here, since it has to be built anew.

mod breaker;
mod calls;
mod collection;
mod error;
mod filters;
mod mark;
mod names;
mod near;
mod pending;
mod points;
mod read;
mod rounds;
mod schema;
mod search;
mod send;
mod server;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use self::collection::{Collection, Shared};
pub use self::error::QdrantError;
use self::names::Names;
pub use self::names::Owner;
use self::search::Search;
use self::server::{Patience, Server};
use super::filter::Filter;
use super::{
    Census, Found, Index, IndexError, Near, NewChunk, NewVectors, NewVersion, Space, VectorQuery,
    Visible, WordQuery, query,
};
use crate::config::{self, Quantization};
use crate::ids::{CollectionId, VersionKey};

/// Where the server is and what it is asked to do. Keys are only named here.
#[derive(Clone, Debug)]
pub struct QdrantConfig {
    pub url: String,
    /// Empty, like `api_key_env`: there is no key.
    pub api_key_file: PathBuf,
    pub api_key_env: String,
    /// Empty: the certificates of the system.
    pub ca_file: PathBuf,
    /// For what a search asks; writes get more.
    pub timeout: Duration,
    pub on_disk: bool,
    pub quantization: Quantization,
    /// Whose collections they are.
    pub owner: Owner,
}

impl QdrantConfig {
    #[must_use]
    pub fn new(index: &config::Index, owner: Owner) -> Self {
        Self {
            url: index.url.trim_end_matches('/').to_owned(),
            api_key_file: index.api_key_file.clone(),
            api_key_env: index.api_key_env.clone(),
            ca_file: index.ca_file.clone(),
            timeout: Duration::from_millis(index.timeout_ms),
            on_disk: index.on_disk,
            quantization: index.quantization,
            owner,
        }
    }
}

/// The [`Index`] on a Qdrant server.
#[derive(Debug)]
pub(super) struct Qdrant {
    shared: Arc<Shared>,
    collections: Mutex<BTreeMap<CollectionId, Arc<Collection>>>,
    /// Set once the server said that it is a Qdrant.
    has_met: AtomicBool,
    /// Collections in an older layout; none: not looked at.
    old: Mutex<Option<BTreeSet<CollectionId>>>,
}

/// Looks at the configuration alone.
pub(super) fn check(config: &QdrantConfig) -> Result<(), QdrantError> {
    Server::new(config)?.check()
}

impl Qdrant {
    /// Prepares to ask; the server need not be there. Needs a Tokio runtime.
    pub(super) fn open(config: &QdrantConfig) -> Result<Self, QdrantError> {
        Ok(Self {
            shared: Arc::new(Shared {
                names: Names::open(&config.owner)?,
                server: Server::new(config)?,
                config: config.clone(),
            }),
            collections: Mutex::default(),
            has_met: AtomicBool::new(false),
            old: Mutex::default(),
        })
    }

    /// Returns a collection, once the server is known to be one.
    async fn collection(
        &self,
        patience: Patience,
        id: CollectionId,
    ) -> Result<Arc<Collection>, IndexError> {
        self.meet(patience).await?;
        let new = || Arc::new(Collection::new(id, Arc::clone(&self.shared)));
        let mut collections = lock(&self.collections);
        Ok(Arc::clone(collections.entry(id).or_insert_with(new)))
    }

    /// Asks who the server is, the first time. Several may do so at once: waiting for each other,
    /// each would wait for all before it.
    async fn meet(&self, patience: Patience) -> Result<(), IndexError> {
        if !self.has_met.load(Ordering::SeqCst) {
            let met = self.shared.server.health(patience).await;
            met.map_err(IndexError::Qdrant)?;
            self.has_met.store(true, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Lists what this daemon has on the server.
    async fn list(
        &self,
        patience: Patience,
    ) -> Result<Vec<(CollectionId, names::Kind)>, IndexError> {
        self.meet(patience).await?;
        let names = self
            .shared
            .server
            .list(patience)
            .await
            .map_err(IndexError::Qdrant)?;
        let ours = names.iter().filter_map(|name| self.shared.names.read(name));
        let ours: Vec<_> = ours.collect();
        let old = ours.iter().filter(|(_, kind)| kind.is_old());
        *lock(&self.old) = Some(old.map(|(id, _)| *id).collect());
        Ok(ours)
    }
}

/// Nothing, where the server has no such collection: it was never written to.
fn or_nothing<T: Default>(result: Result<T, QdrantError>) -> Result<T, IndexError> {
    match result {
        Err(QdrantError::Missing { .. }) => Ok(T::default()),
        result => result.map_err(IndexError::Qdrant),
    }
}

#[async_trait]
impl Index for Qdrant {
    async fn put(&self, id: CollectionId, versions: Vec<NewVersion>) -> Result<(), IndexError> {
        let put = self
            .collection(Patience::Write, id)
            .await?
            .put(versions)
            .await;
        put.map_err(IndexError::Qdrant)
    }

    async fn put_vectors(
        &self,
        id: CollectionId,
        space: &str,
        versions: Vec<NewVectors>,
    ) -> Result<(), IndexError> {
        let put = self
            .collection(Patience::Write, id)
            .await?
            .put_vectors(space, versions)
            .await;
        put.map_err(|error| match error {
            QdrantError::Dimensions { .. } => IndexError::Vectors {
                collection: id,
                source: Box::new(error),
            },
            error => IndexError::Qdrant(error),
        })
    }

    async fn remove(&self, id: CollectionId, versions: Vec<VersionKey>) -> Result<(), IndexError> {
        let removed = self
            .collection(Patience::Write, id)
            .await?
            .remove(&versions)
            .await;
        removed.map_err(IndexError::Qdrant)
    }

    async fn flush(&self, id: CollectionId) -> Result<(), IndexError> {
        // What nobody put anything into has nothing that waits.
        let Some(collection) = lock(&self.collections).get(&id).cloned() else {
            return Ok(());
        };
        collection.flush().await.map_err(IndexError::Qdrant)
    }

    async fn search(
        &self,
        id: CollectionId,
        query: WordQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Found>, IndexError> {
        let (terms, filter) = (
            query::parse(&query.text)?,
            Filter::new(&query.paths, &query.languages)?,
        );
        let collection = self.collection(Patience::Read, id).await?;
        let search = Search {
            collection: &collection,
            terms,
            filter,
            limit: query.limit,
            explain: query.explain,
            visible: &*visible,
        };
        or_nothing(search.run().await)
    }

    async fn nearest(
        &self,
        id: CollectionId,
        query: VectorQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Near>, IndexError> {
        let filter = Filter::new(&query.paths, &query.languages)?;
        let collection = self.collection(Patience::Read, id).await?;
        or_nothing(near::nearest(&collection, &query, &filter, &*visible).await)
    }

    async fn products(
        &self,
        id: CollectionId,
        space: &str,
        vector: Vec<f32>,
        chunks: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<f32>>, IndexError> {
        let collection = self.collection(Patience::Read, id).await?;
        let products = near::products(&collection, space, &vector, &chunks).await;
        let mut products = or_nothing(products)?;
        products.resize(chunks.len(), None);
        Ok(products)
    }

    async fn passages(
        &self,
        id: CollectionId,
        wanted: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<NewChunk>>, IndexError> {
        let collection = self.collection(Patience::Read, id).await?;
        let found = read::passages(&collection, &wanted).await;
        let mut found = or_nothing(found)?;
        found.resize(wanted.len(), None);
        Ok(found)
    }

    async fn chunks(
        &self,
        id: CollectionId,
        version: VersionKey,
        from: u32,
        limit: u32,
    ) -> Result<Vec<NewChunk>, IndexError> {
        let collection = self.collection(Patience::Read, id).await?;
        or_nothing(read::chunks(&collection, version, from, limit).await)
    }

    async fn census(&self, id: CollectionId) -> Result<Vec<Census>, IndexError> {
        let collection = self.collection(Patience::Write, id).await?;
        let keys = or_nothing(read::ordinals(&collection, &collection.words()).await)?;
        let count = |(version, ordinals): (VersionKey, BTreeSet<u32>)| Census {
            version,
            chunks: u32::try_from(ordinals.len()).unwrap_or(u32::MAX),
            // Two chunks of one ordinal would be one point.
            duplicates: 0,
            end: ordinals.last().map_or(0, |last| last.saturating_add(1)),
        };
        Ok(keys.into_iter().map(count).collect())
    }

    async fn vector_census(
        &self,
        id: CollectionId,
        space: &str,
    ) -> Result<Vec<(VersionKey, u32)>, IndexError> {
        let collection = self.collection(Patience::Write, id).await?;
        let keys = read::ordinals(&collection, &collection.vectors(space)).await;
        let keys = or_nothing(keys)?;
        let count = |(version, ordinals): (VersionKey, BTreeSet<u32>)| {
            (version, u32::try_from(ordinals.len()).unwrap_or(u32::MAX))
        };
        Ok(keys.into_iter().map(count).collect())
    }

    async fn spaces(&self, id: CollectionId) -> Result<Vec<Space>, IndexError> {
        let collection = self.collection(Patience::Write, id).await?;
        // A worker elsewhere may have written to one that was not here before.
        let looked = collection.look_at_spaces().await;
        looked.map_err(IndexError::Qdrant)?;
        let spaces = collection.spaces().await;
        let space = |(name, dimensions)| Space { name, dimensions };
        let spaces = spaces.map_err(IndexError::Qdrant)?;
        Ok(spaces.into_iter().map(space).collect())
    }

    async fn drop_space(&self, id: CollectionId, space: &str) -> Result<(), IndexError> {
        let dropped = self
            .collection(Patience::Write, id)
            .await?
            .drop_space(space)
            .await;
        dropped.map_err(IndexError::Qdrant)
    }

    async fn collections(&self) -> Result<Vec<CollectionId>, IndexError> {
        let ids: BTreeSet<_> = self
            .list(Patience::Write)
            .await?
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        Ok(ids.into_iter().collect())
    }

    async fn drop_collection(&self, id: CollectionId) -> Result<(), IndexError> {
        let dropped = self.collection(Patience::Write, id).await?.drop_all().await;
        dropped.map_err(IndexError::Qdrant)
    }

    async fn damaged(&self) -> Result<Vec<CollectionId>, IndexError> {
        // Searches ask this too, and must not wait for a server that was never there.
        let is_unknown = lock(&self.old).is_none() && self.has_met.load(Ordering::SeqCst);
        if is_unknown {
            self.list(Patience::Read).await?;
        }
        let old = lock(&self.old);
        Ok(old.iter().flatten().copied().collect())
    }

    async fn reach(&self) -> Result<(), IndexError> {
        let reached = self.shared.server.health(Patience::Write).await;
        reached.map_err(IndexError::Qdrant)
    }

    async fn identity(&self) -> Result<Option<String>, IndexError> {
        self.meet(Patience::Read).await?;
        let (server, config) = (&self.shared.server, &self.shared.config);
        let mark = match config.owner {
            Owner::Here(_) => server.set_mark(config).await.map(Some),
            Owner::Told(_) | Owner::Nobody => server.mark().await,
        };
        let mark = mark.map_err(IndexError::Qdrant)?;
        Ok(mark.map(|mark| mark.to_string()))
    }

    async fn count(&self, id: CollectionId, versions: Vec<VersionKey>) -> Result<u64, IndexError> {
        let collection = self.collection(Patience::Write, id).await?;
        let counted = read::count(&collection, &versions).await;
        or_nothing(counted)
    }

    fn owner(&self, _: CollectionId) -> String {
        self.shared.names.owner()
    }

    fn place(&self) -> String {
        format!("Qdrant at {}", self.shared.server.url())
    }

    fn trouble(&self) -> Option<String> {
        let collections = lock(&self.collections);
        collections.values().find_map(|one| one.trouble())
    }

    async fn forget_damaged(&self, id: CollectionId) -> Result<(), IndexError> {
        let dropped = self.collection(Patience::Write, id).await?.drop_old().await;
        dropped.map_err(IndexError::Qdrant)?;
        if let Some(old) = &mut *lock(&self.old) {
            old.remove(&id);
        }
        Ok(())
    }
}

/// A panic while one of these locks is held leaves its data whole: each is set in one step.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
