//! The vectors of a query, by the models that serve the collections.

use std::collections::HashMap;

use super::{Mode, Query, RetrieveError, Sources};
use crate::embed::{EmbedError, Purpose};
use crate::ids::{self, CollectionId};
use crate::ledger::Snapshot;

/// A query as a model sees it.
#[derive(Debug)]
pub(super) struct QueryVector {
    pub(super) space: String,
    pub(super) floor: f32,
    pub(super) vector: Vec<f32>,
}

/// What a search begins with.
pub(super) struct Prepared {
    pub(super) snapshot: Snapshot,
    /// By the name of the model. None: it cannot be asked, and words have to do.
    pub(super) vectors: HashMap<String, Option<QueryVector>>,
    pub(super) notes: Vec<String>,
}

/// Makes the vectors, and takes the snapshot that they are for.
///
/// A collection may be switched while its old model is asked. Its newest versions have no vectors
/// of that model, so the snapshot is looked at once more, and counts only if it brings nothing new.
pub(super) async fn prepare(
    sources: Sources<'_>,
    collections: &[CollectionId],
    query: &Query,
) -> Result<Prepared, RetrieveError> {
    let visibility = sources.ledger.visibility();
    let (mut vectors, mut notes) = (HashMap::new(), Vec::new());
    loop {
        // Before the searchers are taken: what is active in the snapshot was flushed before it.
        let snapshot = visibility.snapshot();
        let serving = collections
            .iter()
            .filter_map(|id| Some(&snapshot.models(*id)?.serving));
        let unknown = match query.mode {
            Mode::Words => None,
            Mode::Hybrid | Mode::Vectors => serving
                .into_iter()
                .find(|name| !vectors.contains_key(*name)),
        };
        let Some(model) = unknown.cloned() else {
            return Ok(Prepared {
                snapshot,
                vectors,
                notes,
            });
        };
        let made = match make(sources, &model, query).await {
            Ok(made) => Some(made),
            Err(error) if query.mode == Mode::Vectors => return Err(RetrieveError::Embed(error)),
            Err(error) => {
                notes.push(format!(
                    "without vectors, by words alone, where `{model}` serves: {}",
                    ids::chain(&error)
                ));
                None
            }
        };
        vectors.insert(model, made);
    }
}

async fn make(sources: Sources<'_>, model: &str, query: &Query) -> Result<QueryVector, EmbedError> {
    let embedder = sources.embedders.get(model)?;
    let made = embedder
        .embed(vec![query.text.clone()], Purpose::Query)
        .await?;
    Ok(QueryVector {
        space: embedder.space().to_owned(),
        floor: embedder.floor(),
        vector: made.into_iter().next().unwrap_or_default(),
    })
}
