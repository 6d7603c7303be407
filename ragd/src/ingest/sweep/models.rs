//! Vectors that a model lacks, and vectors that no model needs any more.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::Sweeper;
use crate::ids::{CollectionId, VersionKey};
use crate::index::NewVersion;
use crate::ingest::pipeline::IngestError;
use crate::ledger::{ActiveVersion, CollectionRow, DocumentRow, Snapshot};

/// The vectors of each version by the model that serves.
pub(super) enum Counted {
    /// A model in this process makes them.
    Here(HashMap<VersionKey, u32>),
    /// A server makes them.
    Elsewhere(HashMap<VersionKey, u32>),
    /// The configuration does not know the model any more.
    Unknown,
}

/// What a model lacks of a collection.
#[derive(Debug)]
pub struct Lack {
    /// As in [`crate::ledger::Active`].
    pub lacks: i64,
    pub missing: Vec<ActiveVersion>,
    /// Chunks that have a vector, of how many that are searchable.
    pub done: u64,
    pub total: u64,
}

/// Vectors that were made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Made {
    pub versions: u64,
    pub chunks: u64,
}

impl Sweeper {
    /// Waits until no vectors are being removed: those of a model that just begins to be needed
    /// again may be among them.
    pub async fn settled(&self) {
        drop(self.pipeline.spaces.read().await);
    }

    /// Returns what `model` lacks.
    pub async fn lack(&self, id: CollectionId, model: &str) -> Result<Lack, IngestError> {
        let embedder = self.pipeline.maker.embedders.get(model);
        let space = embedder.map_err(IngestError::Embed)?.space();
        let active = self.ledger().active(id).await;
        let active = active.map_err(IngestError::Ledger)?;
        let there = self.census(id, space).await?;
        let mut lack = Lack {
            lacks: active.lacks,
            missing: Vec::new(),
            done: 0,
            total: 0,
        };
        for version in active.versions {
            lack.total += u64::from(version.chunks);
            match there.get(&version.key).copied().unwrap_or(0) == version.chunks {
                true => lack.done += u64::from(version.chunks),
                false => lack.missing.push(version),
            }
        }
        Ok(lack)
    }

    /// Makes vectors of those of `keys` that are still active, and makes them durable. Stops where
    /// nobody wants the model any more.
    pub async fn make_vectors(
        &self,
        id: CollectionId,
        model: &str,
        keys: Vec<VersionKey>,
        stop: &CancellationToken,
    ) -> Result<Made, IngestError> {
        let _spaces = self.pipeline.spaces.read().await;
        if !self.uses(id, model) {
            return Err(IngestError::Stopped);
        }
        let entered = keys.iter().map(|key| (id, *key)).collect();
        let _entered = self.pipeline.versions.enter(entered).await;
        let documents = self.ledger().documents_by_key(id, keys).await;
        let mut versions = Vec::new();
        for document in documents.map_err(IngestError::Ledger)? {
            versions.extend(self.stored(document).await?);
        }
        let vectors = tokio::select! {
            vectors = self.pipeline.maker.vectors(model, versions.iter()) => vectors,
            () = stop.cancelled() => return Err(IngestError::Stopped),
        };
        let vectors = vectors.map_err(IngestError::Embed)?;
        self.pipeline.maker.put_vectors(id, vectors).await?;
        let flushed = self.pipeline.maker.index.flush(id).await;
        flushed.map_err(IngestError::Index)?;
        let chunks = versions.iter().map(|version| version.chunks.len() as u64);
        Ok(Made {
            versions: versions.len() as u64,
            chunks: chunks.sum(),
        })
    }

    /// Returns a version as the index has it, or as it is made again; none, if it is lost.
    async fn stored(&self, document: DocumentRow) -> Result<Option<NewVersion>, IngestError> {
        let (id, key) = (document.collection, document.key);
        let index = &self.pipeline.maker.index;
        let chunks = index.chunks(id, key, 0, document.chunks).await;
        let chunks = chunks.map_err(IngestError::Index)?;
        if chunks.len() == document.chunks as usize {
            return Ok(Some(NewVersion {
                key,
                document: document.id,
                content: document.content,
                path: String::from_utf8_lossy(&document.path).into_owned(),
                language: document.language,
                chunks,
            }));
        }
        let remade = self.pipeline.remake(&document).await?;
        match &remade {
            Some(version) => {
                let put = index.put(id, vec![version.clone()]).await;
                put.map_err(IngestError::Index)?;
            }
            None => self.give_up(document).await?,
        }
        Ok(remade)
    }

    /// Lists the collections whose serving model lacks vectors that only a server can make.
    pub async fn lacking(&self) -> Result<Vec<CollectionRow>, IngestError> {
        let collections = self.ledger().collections().await;
        let mut lacking = Vec::new();
        for collection in collections.map_err(IngestError::Ledger)? {
            let embedder = self.pipeline.maker.embedders.get(&collection.model);
            if embedder.is_ok_and(|embedder| !embedder.is_local())
                && !self
                    .lack(collection.id, &collection.model)
                    .await?
                    .missing
                    .is_empty()
            {
                lacking.push(collection);
            }
        }
        Ok(lacking)
    }

    /// Lists what [`Sweeper::lacking`] does, if something was lost since the last call.
    pub async fn newly_lacking(&self) -> Result<Vec<CollectionRow>, IngestError> {
        match self.has_lost.swap(false, Ordering::SeqCst) {
            true => self.lacking().await,
            false => Ok(Vec::new()),
        }
    }

    /// Tells the models how long the vectors are that are kept.
    pub(super) async fn tell_dimensions(&self, id: CollectionId) -> Result<(), IngestError> {
        let spaces = self.pipeline.maker.index.spaces(id).await;
        for space in spaces.map_err(IngestError::Index)? {
            let models = &self.pipeline.maker.embedders;
            models.expect_dimensions(&space.name, space.dimensions);
        }
        Ok(())
    }

    /// Removes vectors of models that a collection neither uses nor is going back to.
    pub(super) async fn drop_unneeded_spaces(&self) -> Result<(), IngestError> {
        // An older ledger may know another model than the one that served last.
        if !self.trusts_ledger {
            return Ok(());
        }
        // Whoever makes vectors now may make them for such a model; a later round finds a pause.
        let Ok(_spaces) = self.pipeline.spaces.try_write() else {
            return Ok(());
        };
        // Looking opens the files of all collections, and mostly nothing has changed.
        let now = self.ledger().visibility().snapshot();
        if self
            .cleared()
            .as_ref()
            .is_some_and(|then| then.has_models_of(&now))
        {
            return Ok(());
        }
        let index = &self.pipeline.maker.index;
        let collections = self.ledger().collections().await;
        for collection in collections.map_err(IngestError::Ledger)? {
            let spaces = index.spaces(collection.id).await;
            let spaces = spaces.map_err(IngestError::Index)?;
            // As a model that is not configured may come back, nothing of it is known to go.
            let Some(needed) = self.needed(&collection) else {
                continue;
            };
            let unneeded = spaces.iter().filter(|space| !needed.contains(&space.name));
            for space in unneeded {
                tracing::info!(collection = %collection.id, space = space.name,
                    "Vectors that no model needs are removed.");
                let dropped = index.drop_space(collection.id, &space.name).await;
                dropped.map_err(IngestError::Index)?;
            }
        }
        *self.cleared() = Some(now);
        Ok(())
    }

    fn cleared(&self) -> MutexGuard<'_, Option<Snapshot>> {
        self.cleared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether a collection uses a model, or is on its way to do so.
    fn uses(&self, id: CollectionId, model: &str) -> bool {
        let models = self.ledger().visibility().snapshot();
        models
            .models(id)
            .is_some_and(|models| models.serving == model || models.next.as_deref() == Some(model))
    }

    /// Returns where the vectors are that a collection needs.
    fn needed(&self, collection: &CollectionRow) -> Option<HashSet<String>> {
        let next = collection.next.as_ref().map(|(model, _)| model);
        let models = [Some(&collection.model), next, collection.previous.as_ref()];
        let space = |model: &String| {
            let embedder = self.pipeline.maker.embedders.get(model).ok()?;
            Some(embedder.space().to_owned())
        };
        models.into_iter().flatten().map(space).collect()
    }

    /// Counts the vectors of each version by the model that serves.
    pub(super) async fn vectors(&self, id: CollectionId) -> Result<Counted, IngestError> {
        let models = self.ledger().visibility().snapshot();
        let embedder = models
            .models(id)
            .and_then(|models| self.pipeline.maker.embedders.get(&models.serving).ok());
        let Some(embedder) = embedder else {
            return Ok(Counted::Unknown);
        };
        let counts = self.census(id, embedder.space()).await?;
        Ok(match embedder.is_local() {
            true => Counted::Here(counts),
            false => Counted::Elsewhere(counts),
        })
    }

    /// Counts the vectors of each version by all models together.
    pub(super) async fn versions_with_vectors(
        &self,
        id: CollectionId,
    ) -> Result<HashMap<VersionKey, u64>, IngestError> {
        let spaces = self.pipeline.maker.index.spaces(id).await;
        let mut versions = HashMap::new();
        for space in spaces.map_err(IngestError::Index)? {
            for (version, count) in self.census(id, &space.name).await? {
                *versions.entry(version).or_default() += u64::from(count);
            }
        }
        Ok(versions)
    }

    /// Returns the model that serves, if it is in this process.
    pub(super) fn local_model(&self, id: CollectionId) -> Option<String> {
        let models = self.ledger().visibility().snapshot();
        let serving = &models.models(id)?.serving;
        let embedder = self.pipeline.maker.embedders.get(serving).ok()?;
        embedder.is_local().then(|| serving.clone())
    }

    async fn census(
        &self,
        id: CollectionId,
        space: &str,
    ) -> Result<HashMap<VersionKey, u32>, IngestError> {
        let census = self.pipeline.maker.index.vector_census(id, space).await;
        Ok(census.map_err(IngestError::Index)?.into_iter().collect())
    }
}
