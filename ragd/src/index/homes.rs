//! The index of each collection: some are in this process and some on a server.
//!
//! Who says which is the ledger, whose word arrives here by a function. While a collection moves,
//! everything is written to both places and read from the one where it was. What is left in the
//! other place when it has moved, or has not, is a stray and goes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::{
    Census, Found, Index, IndexError, Near, NewChunk, NewVectors, NewVersion, Space, VectorQuery,
    Visible, WordQuery,
};
use crate::config::IndexKind;
use crate::ids::{CollectionId, VersionKey};

/// Tells where a collection is; none: it is gone, or not known yet.
pub type HomeOf = Box<dyn Fn(CollectionId) -> Option<IndexKind> + Send + Sync>;

/// All indexes of a daemon as one.
pub struct Homes {
    embedded: Arc<dyn Index>,
    /// None: the configuration names no server.
    server: Option<Arc<dyn Index>>,
    home_of: HomeOf,
    /// Searches that began before a collection moved still look where it was, for so long.
    grace: Duration,
    moves: Mutex<HashMap<CollectionId, Move>>,
    /// Held while a stray goes, so that no move begins to write to what is being dropped.
    dropping: tokio::sync::Mutex<()>,
}

/// A collection that moves, or did so a moment ago.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// So many say so: of two parts of a job, the later may begin before the earlier lets go.
    Going {
        to: IndexKind,
        holders: u32,
    },
    Over(Instant),
}

/// Has everything written to both places, as long as it lives.
#[derive(Debug)]
pub struct Moving {
    homes: Arc<Homes>,
    collection: CollectionId,
}

impl std::fmt::Debug for Homes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Homes").finish_non_exhaustive()
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        let mut moves = self.homes.moves();
        let Some(state) = moves.get_mut(&self.collection) else {
            return;
        };
        match state {
            Move::Going { holders, .. } if *holders > 1 => *holders -= 1,
            Move::Going { .. } | Move::Over(_) => *state = Move::Over(Instant::now()),
        }
    }
}

impl Homes {
    #[must_use]
    pub fn new(
        embedded: Arc<dyn Index>,
        server: Option<Arc<dyn Index>>,
        home_of: HomeOf,
        grace: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            embedded,
            server,
            home_of,
            grace,
            moves: Mutex::default(),
            dropping: tokio::sync::Mutex::default(),
        })
    }

    /// Returns an index by itself, where the configuration has it.
    pub fn of_kind(&self, kind: IndexKind) -> Option<&Arc<dyn Index>> {
        match kind {
            IndexKind::Embedded => Some(&self.embedded),
            IndexKind::Qdrant => self.server.as_ref(),
        }
    }

    /// Begins to write everything of a collection to `to` as well.
    pub async fn begin_move(self: &Arc<Self>, collection: CollectionId, to: IndexKind) -> Moving {
        let _none_goes = self.dropping.lock().await;
        let mut moves = self.moves();
        let before = match moves.get(&collection) {
            Some(Move::Going { holders, .. }) => *holders,
            Some(Move::Over(_)) | None => 0,
        };
        let holders = before + 1;
        moves.insert(collection, Move::Going { to, holders });
        Moving {
            homes: Arc::clone(self),
            collection,
        }
    }

    fn new_home(&self) -> IndexKind {
        match self.server {
            Some(_) => IndexKind::Qdrant,
            None => IndexKind::Embedded,
        }
    }

    /// Returns where a collection is read.
    fn home(&self, id: CollectionId) -> Result<&Arc<dyn Index>, IndexError> {
        let kind = (self.home_of)(id).unwrap_or_else(|| self.new_home());
        self.of_kind(kind)
            .ok_or(IndexError::NoServer { collection: id })
    }

    /// Returns where a collection is written.
    fn homes(&self, id: CollectionId) -> Result<Vec<&Arc<dyn Index>>, IndexError> {
        let home = self.home(id)?;
        let target = match self.moves().get(&id) {
            Some(Move::Going { to, .. }) => self.of_kind(*to),
            Some(Move::Over(_)) | None => None,
        };
        let other = target.filter(|target| !Arc::ptr_eq(target, home));
        Ok([home].into_iter().chain(other).collect())
    }

    fn all(&self) -> impl Iterator<Item = (IndexKind, &Arc<dyn Index>)> {
        let kinds = IndexKind::ALL.into_iter();
        kinds.filter_map(|kind| Some((kind, self.of_kind(kind)?)))
    }

    /// Whether a collection may have something in `kind`.
    fn is_at(&self, id: CollectionId, kind: IndexKind) -> bool {
        let moves = match self.moves().get(&id) {
            Some(Move::Going { .. }) => true,
            Some(Move::Over(when)) => when.elapsed() < self.grace,
            None => false,
        };
        moves || (self.home_of)(id).is_none_or(|home| home == kind)
    }

    fn moves(&self) -> MutexGuard<'_, HashMap<CollectionId, Move>> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Index for Homes {
    async fn put(&self, id: CollectionId, versions: Vec<NewVersion>) -> Result<(), IndexError> {
        let homes = self.homes(id)?;
        for home in &homes[1..] {
            home.put(id, versions.clone()).await?;
        }
        homes[0].put(id, versions).await
    }

    async fn put_vectors(
        &self,
        id: CollectionId,
        space: &str,
        versions: Vec<NewVectors>,
    ) -> Result<(), IndexError> {
        let homes = self.homes(id)?;
        for home in &homes[1..] {
            home.put_vectors(id, space, versions.clone()).await?;
        }
        homes[0].put_vectors(id, space, versions).await
    }

    async fn remove(&self, id: CollectionId, versions: Vec<VersionKey>) -> Result<(), IndexError> {
        for home in self.homes(id)? {
            home.remove(id, versions.clone()).await?;
        }
        Ok(())
    }

    async fn flush(&self, id: CollectionId) -> Result<(), IndexError> {
        for home in self.homes(id)? {
            home.flush(id).await?;
        }
        Ok(())
    }

    async fn search(
        &self,
        id: CollectionId,
        query: WordQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Found>, IndexError> {
        self.home(id)?.search(id, query, visible).await
    }

    async fn nearest(
        &self,
        id: CollectionId,
        query: VectorQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Near>, IndexError> {
        self.home(id)?.nearest(id, query, visible).await
    }

    async fn products(
        &self,
        id: CollectionId,
        space: &str,
        vector: Vec<f32>,
        chunks: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<f32>>, IndexError> {
        self.home(id)?.products(id, space, vector, chunks).await
    }

    async fn passages(
        &self,
        id: CollectionId,
        wanted: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<NewChunk>>, IndexError> {
        self.home(id)?.passages(id, wanted).await
    }

    async fn chunks(
        &self,
        id: CollectionId,
        version: VersionKey,
        from: u32,
        limit: u32,
    ) -> Result<Vec<NewChunk>, IndexError> {
        self.home(id)?.chunks(id, version, from, limit).await
    }

    async fn census(&self, id: CollectionId) -> Result<Vec<Census>, IndexError> {
        self.home(id)?.census(id).await
    }

    async fn vector_census(
        &self,
        id: CollectionId,
        space: &str,
    ) -> Result<Vec<(VersionKey, u32)>, IndexError> {
        self.home(id)?.vector_census(id, space).await
    }

    async fn spaces(&self, id: CollectionId) -> Result<Vec<Space>, IndexError> {
        self.home(id)?.spaces(id).await
    }

    async fn drop_space(&self, id: CollectionId, space: &str) -> Result<(), IndexError> {
        for home in self.homes(id)? {
            home.drop_space(id, space).await?;
        }
        Ok(())
    }

    async fn collections(&self) -> Result<Vec<CollectionId>, IndexError> {
        let mut ids = BTreeSet::new();
        for (_, index) in self.all() {
            ids.extend(index.collections().await?);
        }
        Ok(ids.into_iter().collect())
    }

    async fn drop_collection(&self, id: CollectionId) -> Result<(), IndexError> {
        for (_, index) in self.all() {
            index.drop_collection(id).await?;
        }
        Ok(())
    }

    async fn drop_strays(&self) -> Result<(), IndexError> {
        for (kind, index) in self.all() {
            for id in index.collections().await? {
                let _no_move_begins = self.dropping.lock().await;
                if !self.is_at(id, kind) {
                    index.drop_collection(id).await?;
                }
            }
        }
        Ok(())
    }

    async fn damaged(&self) -> Result<Vec<CollectionId>, IndexError> {
        let mut damaged = Vec::new();
        for (kind, index) in self.all() {
            let ids = index.damaged().await?.into_iter();
            damaged.extend(ids.filter(|id| (self.home_of)(*id) == Some(kind)));
        }
        Ok(damaged)
    }

    async fn reach(&self) -> Result<(), IndexError> {
        match &self.server {
            Some(server) => server.reach().await,
            None => Ok(()),
        }
    }

    async fn identity(&self) -> Result<Option<String>, IndexError> {
        match &self.server {
            Some(server) => server.identity().await,
            None => Ok(None),
        }
    }

    async fn count(&self, id: CollectionId, versions: Vec<VersionKey>) -> Result<u64, IndexError> {
        self.home(id)?.count(id, versions).await
    }

    fn owner(&self, id: CollectionId) -> String {
        match self.homes(id).as_deref() {
            Ok([home]) => home.owner(id),
            // What moves is written by the daemon, to both places.
            Ok(_) | Err(_) => String::new(),
        }
    }

    fn place(&self) -> String {
        let home = self.server.as_ref().unwrap_or(&self.embedded);
        home.place()
    }

    fn trouble(&self) -> Option<String> {
        self.all().find_map(|(_, index)| index.trouble())
    }

    async fn forget_damaged(&self, id: CollectionId) -> Result<(), IndexError> {
        self.home(id)?.forget_damaged(id).await
    }
}
