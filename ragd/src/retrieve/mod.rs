//! From a query to ranked passages with an explanation of every score.
//!
//! Words and vectors each bring candidates; `fuse.rs` makes one ranking of both, in which some stand
//! aside (`asides.rs`). One snapshot of
//! what is active serves a whole query, and says which model each collection is searched by
//! (`models.rs`).

mod asides;
mod fuse;
mod models;
mod unread;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::embed::{EmbedError, Embedders};
use crate::ids::{CollectionId, DocumentId, VersionKey};
use crate::index::{Index, IndexError, NewChunk, VectorQuery, Visible, WordQuery};
use crate::ledger::{Condition, DocumentRow, Ledger, LedgerError, Snapshot};

use self::asides::Asides;
use self::fuse::{Candidates, Ranked};
use self::models::QueryVector;

pub use self::unread::Unread;

/// Candidates that words and vectors bring at least. More make the ranking no better.
const DEPTH: usize = 50;

/// Further documents of a passage that are told.
const ALSO: usize = 16;

/// What finds passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Words and vectors together.
    Hybrid,
    Words,
    Vectors,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Query {
    /// As in [`WordQuery`].
    pub text: String,
    pub paths: Vec<String>,
    pub languages: Vec<String>,
    /// What documents must meet.
    pub conditions: Vec<Condition>,
    pub limit: usize,
    pub mode: Mode,
    /// Also tell what each word contributed, and where a passage stood in each ranking.
    pub explain: bool,
}

/// A search cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    #[error("cannot search")]
    Index(#[source] IndexError),
    #[error("cannot make a vector of the query")]
    Embed(#[source] EmbedError),
    #[error("cannot look up what was found")]
    Ledger(#[source] LedgerError),
}

/// A passage with its document.
#[derive(Clone, Debug)]
pub struct Passage {
    pub document: DocumentRow,
    /// Others that have it, too: the same path and content below another source.
    pub also: Vec<DocumentId>,
    /// From 1, among the files found.
    pub rank_by_file: u32,
    pub score: f32,
    /// The parts of the score by name, and why it stands aside; with `explain`, also words and ranks.
    pub parts: Vec<(String, f32)>,
    pub chunk: NewChunk,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Best first.
    pub passages: Vec<Passage>,
    /// What whoever reads them should know.
    pub notes: Vec<String>,
}

/// What a search works with.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    pub index: &'a Arc<dyn Index>,
    pub embedders: &'a Embedders,
    pub ledger: &'a Ledger,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// Searches `collections` as of one moment.
pub async fn search(
    sources: Sources<'_>,
    collections: &[CollectionId],
    query: &Query,
) -> Result<Results, RetrieveError> {
    let models::Prepared {
        snapshot,
        vectors,
        notes,
    } = models::prepare(sources, collections, query).await?;
    let view = view(sources.ledger, snapshot, collections, query).await?;
    let mut candidates = Candidates::default();
    for collection in collections {
        let models = view.snapshot.models(*collection);
        let vector = models.and_then(|models| vectors.get(&models.serving)?.as_ref());
        let visible = Arc::clone(&view);
        let candidates = &mut candidates;
        collect(sources, *collection, query, vector, visible, candidates).await?;
    }
    let asides = Asides::of(sources.ledger, &view, candidates.versions(), query).await?;
    candidates.stand_aside(asides);
    let standing = |collection, version| {
        let document = view.document(version);
        document.map_or(0, |document| view.snapshot.standing(collection, document))
    };
    let ranked = candidates.rank(query, standing);
    let documents = documents_of(sources.ledger, &view, &ranked).await?;
    let chunks = chunks_of(sources.index, &ranked).await?;
    Ok(Results {
        passages: passages(&view, ranked, &documents, chunks),
        notes,
    })
}

/// What a query may find.
struct View {
    snapshot: Snapshot,
    /// The documents that meet its conditions, by version; absent: all that are active.
    chosen: Option<HashMap<VersionKey, Vec<DocumentId>>>,
}

impl Visible for View {
    fn is_visible(&self, version: VersionKey) -> bool {
        let is_chosen = |chosen: &HashMap<_, _>| chosen.contains_key(&version);
        self.chosen.as_ref().is_none_or(is_chosen) && self.snapshot.document(version).is_some()
    }
}

impl View {
    /// Returns the document that stands for all that have a version.
    fn document(&self, version: VersionKey) -> Option<DocumentId> {
        match &self.chosen {
            None => self.snapshot.document(version),
            Some(_) => self.documents(version).into_iter().next(),
        }
    }

    /// Returns the documents that have a version.
    fn documents(&self, version: VersionKey) -> Vec<DocumentId> {
        let mut documents = self.snapshot.documents(version);
        if let Some(chosen) = &self.chosen {
            let chosen = chosen.get(&version);
            documents.retain(|document| chosen.is_some_and(|chosen| chosen.contains(document)));
        }
        documents
    }
}

async fn view(
    ledger: &Ledger,
    snapshot: Snapshot,
    collections: &[CollectionId],
    query: &Query,
) -> Result<Arc<View>, RetrieveError> {
    let chosen = match query.conditions.is_empty() {
        true => None,
        false => {
            let (collections, conditions) = (collections.to_vec(), query.conditions.clone());
            let chosen = ledger.documents_that_meet(collections, conditions).await;
            Some(chosen.map_err(RetrieveError::Ledger)?)
        }
    };
    Ok(Arc::new(View { snapshot, chosen }))
}

/// Adds what words and vectors find in one collection.
async fn collect(
    sources: Sources<'_>,
    collection: CollectionId,
    query: &Query,
    vector: Option<&QueryVector>,
    visible: Arc<View>,
    candidates: &mut Candidates,
) -> Result<(), RetrieveError> {
    // Also where one score is all: what stands aside gives way to what comes after it.
    let limit = query.limit.max(DEPTH);
    let words = async {
        if query.mode == Mode::Vectors {
            return Ok(Vec::new());
        }
        let words = WordQuery {
            text: query.text.clone(),
            paths: query.paths.clone(),
            languages: query.languages.clone(),
            limit,
            explain: query.explain,
        };
        sources
            .index
            .search(collection, words, Arc::clone(&visible) as Arc<dyn Visible>)
            .await
    };
    let near = async {
        let Some(vector) = vector else {
            return Ok(Vec::new());
        };
        let query = VectorQuery {
            space: vector.space.clone(),
            vector: vector.vector.clone(),
            paths: query.paths.clone(),
            languages: query.languages.clone(),
            limit,
        };
        sources
            .index
            .nearest(collection, query, Arc::clone(&visible) as Arc<dyn Visible>)
            .await
    };
    let (words, near) = tokio::join!(words, near);
    let (words, near) = (
        words.map_err(RetrieveError::Index)?,
        near.map_err(RetrieveError::Index)?,
    );
    // What only the words found is near or not, too.
    let known: HashSet<_> = near
        .iter()
        .map(|near| (near.version, near.ordinal))
        .collect();
    let unknown: Vec<_> = words
        .iter()
        .map(|found| (found.version, found.ordinal))
        .filter(|chunk| !known.contains(chunk))
        .collect();
    let products = match vector {
        Some(vector) if !unknown.is_empty() => {
            let QueryVector { space, vector, .. } = vector;
            let (vector, chunks) = (vector.clone(), unknown.clone());
            let products = sources.index.products(collection, space, vector, chunks);
            products.await.map_err(RetrieveError::Index)?
        }
        _ => Vec::new(),
    };
    if let Some(vector) = vector {
        candidates.floor(collection, vector.floor);
    }
    candidates.words(collection, words);
    candidates.near(collection, near);
    for (chunk, product) in unknown.into_iter().zip(products) {
        candidates.product(collection, chunk, product.unwrap_or(0.0));
    }
    Ok(())
}

async fn documents_of(
    ledger: &Ledger,
    view: &View,
    ranked: &[Ranked],
) -> Result<HashMap<DocumentId, DocumentRow>, RetrieveError> {
    let ids: HashSet<_> = ranked
        .iter()
        .filter_map(|ranked| view.document(ranked.version))
        .collect();
    let rows = ledger.documents_by_id(ids.into_iter().collect()).await;
    let rows = rows.map_err(RetrieveError::Ledger)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Returns the chunks in the order of `ranked`.
async fn chunks_of(
    index: &Arc<dyn Index>,
    ranked: &[Ranked],
) -> Result<Vec<Option<NewChunk>>, RetrieveError> {
    let mut by_collection = HashMap::<_, Vec<usize>>::new();
    for (at, ranked) in ranked.iter().enumerate() {
        by_collection.entry(ranked.collection).or_default().push(at);
    }
    let mut chunks = vec![None; ranked.len()];
    for (collection, places) in by_collection {
        let wanted = places
            .iter()
            .map(|at| (ranked[*at].version, ranked[*at].ordinal));
        let found = index.passages(collection, wanted.collect()).await;
        for (at, chunk) in places.iter().zip(found.map_err(RetrieveError::Index)?) {
            chunks[*at] = chunk;
        }
    }
    Ok(chunks)
}

fn passages(
    view: &View,
    ranked: Vec<Ranked>,
    documents: &HashMap<DocumentId, DocumentRow>,
    chunks: Vec<Option<NewChunk>>,
) -> Vec<Passage> {
    let mut files = Vec::new();
    let passages = ranked
        .into_iter()
        .zip(chunks)
        .filter_map(|(ranked, chunk)| {
            let mut having = view.documents(ranked.version).into_iter();
            // A document that was deleted since the snapshot is not shown any more.
            let document = documents.get(&having.next()?)?.clone();
            let chunk = chunk?;
            let position = files
                .iter()
                .position(|id| *id == document.id)
                .unwrap_or_else(|| {
                    files.push(document.id);
                    files.len() - 1
                });
            let rank_by_file = u32::try_from(position + 1).unwrap_or(u32::MAX);
            Some(Passage {
                document,
                also: having.take(ALSO).collect(),
                rank_by_file,
                score: ranked.score,
                parts: ranked.parts,
                chunk,
            })
        });
    passages.collect()
}
