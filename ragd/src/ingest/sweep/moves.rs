//! What a collection lacks in an index that it moves to.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Sweeper;
use crate::ids::{CollectionId, VersionKey};
use crate::index::Index;
use crate::ingest::pipeline::IngestError;
use crate::ledger::ActiveVersion;

/// Active versions that something is missing of.
#[derive(Debug)]
pub struct Want {
    /// A model of a server that lacks vectors of them; none: their chunks, and what the models in
    /// this process make of these.
    pub of: Option<String>,
    pub versions: Vec<ActiveVersion>,
}

impl Sweeper {
    /// Returns one that works as if all collections were in `index`.
    #[must_use]
    pub fn towards(&self, index: Arc<dyn Index>) -> Self {
        let mut there = self.clone();
        there.pipeline.maker.index = index;
        there
    }

    /// Waits until everything is committed that was under way at the call.
    pub async fn commits_ended(&self) {
        drop(self.pipeline.spaces.write().await);
    }

    /// Lists what is not there.
    pub async fn wants(&self, id: CollectionId) -> Result<Vec<Want>, IngestError> {
        let (_, broken) = self.compare(id).await?;
        let active = self.ledger().active(id).await;
        let mut active = active.map_err(IngestError::Ledger)?.versions;
        let broken: std::collections::HashSet<_> = broken.into_iter().collect();
        active.retain(|version| broken.contains(&version.key));
        let mut wants = vec![Want {
            of: None,
            versions: active,
        }];
        for model in self.models_of_servers(id) {
            let lack = self.lack(id, &model).await?;
            wants.push(Want {
                of: Some(model),
                versions: lack.missing,
            });
        }
        wants.retain(|want| !want.versions.is_empty());
        Ok(wants)
    }

    /// Makes what is missing of some versions, and makes it durable.
    pub async fn make(
        &self,
        id: CollectionId,
        of: Option<&str>,
        keys: Vec<VersionKey>,
        stop: &CancellationToken,
    ) -> Result<(), IngestError> {
        match of {
            None => self.remake(id, &keys).await.map(drop),
            Some(model) => self.make_vectors(id, model, keys, stop).await.map(drop),
        }
    }

    pub async fn flush(&self, id: CollectionId) -> Result<(), IngestError> {
        let flushed = self.pipeline.maker.index.flush(id).await;
        flushed.map_err(IngestError::Index)
    }

    /// Lists the models that a collection needs vectors of and that servers have.
    fn models_of_servers(&self, id: CollectionId) -> Vec<String> {
        let snapshot = self.ledger().visibility().snapshot();
        let Some(models) = snapshot.models(id) else {
            return Vec::new();
        };
        let embedders = &self.pipeline.maker.embedders;
        let is_served = |model: &&String| {
            let embedder = embedders.get(model);
            embedder.is_ok_and(|embedder| !embedder.is_local())
        };
        [Some(&models.serving), models.next.as_ref()]
            .into_iter()
            .flatten()
            .filter(is_served)
            .cloned()
            .collect()
    }
}
