//! The index: chunks by their words, and by vectors of one or more models.
//!
//! The index can be rebuilt from ledger and blobs, and it knows nothing about which version of a
//! document is active: the ledger does, and every search brings a [`Visible`] with it.

mod body;
mod embedded;
mod filter;
mod homes;
mod place;
mod qdrant;
mod query;
mod symbol;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::embedded::EmbeddedConfig;
pub use self::homes::{HomeOf, Homes, Moving};
pub use self::place::{Cells, Place, Spot, Unit};
pub use self::qdrant::{Owner, QdrantConfig, QdrantError};
pub use self::symbol::{Symbol, SymbolKind, context, own_name};
use crate::ids::{CollectionId, ContentHash, DocumentId, VersionKey};

/// Which backend holds the index.
#[derive(Clone, Debug)]
pub enum IndexConfig {
    Embedded(EmbeddedConfig),
    Qdrant(QdrantConfig),
}

/// Opens the index. Needs a Tokio runtime.
pub fn open(config: &IndexConfig) -> Result<Arc<dyn Index>, IndexError> {
    Ok(match config {
        IndexConfig::Embedded(config) => Arc::new(embedded::Embedded::open(config)?),
        IndexConfig::Qdrant(config) => {
            Arc::new(qdrant::Qdrant::open(config).map_err(IndexError::Qdrant)?)
        }
    })
}

/// Looks whether a configuration names a server that can be meant, and a key that is there. Needs a
/// Tokio runtime.
pub fn check(config: &QdrantConfig) -> Result<(), IndexError> {
    qdrant::check(config).map_err(IndexError::Qdrant)
}

/// All chunks of one version of one document.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub key: VersionKey,
    pub document: DocumentId,
    /// The hash of the file.
    pub content: ContentHash,
    /// Path below its source, for the path filter and as searchable words.
    pub path: String,
    pub language: Option<String>,
    pub chunks: Vec<NewChunk>,
}

/// The vectors of all chunks of one version by one model, in order.
#[derive(Clone)]
pub struct NewVectors {
    pub key: VersionKey,
    /// As in [`NewVersion`], for the filters.
    pub path: String,
    pub language: Option<String>,
    /// All of one length, each with the length 1, or all zeros.
    pub vectors: Vec<Vec<f32>>,
}

impl std::fmt::Debug for NewVectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A text can be guessed from its vector.
        f.debug_struct("NewVectors")
            .field("key", &self.key)
            .field("vectors", &self.vectors.len())
            .finish_non_exhaustive()
    }
}

/// One passage. Its ordinal is its position in [`NewVersion::chunks`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChunk {
    pub text: String,
    pub heading: Option<String>,
    /// Of a program: what it has, and first what it goes on with.
    pub symbols: Vec<Symbol>,
    pub place: Place,
}

impl NewChunk {
    /// Returns what declares the item that the chunk goes on with: the text does not have it.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        context(&self.symbols, self.place.line_start)
    }
}

/// Which versions a search may return: one consistent moment of the ledger.
pub trait Visible: Send + Sync {
    fn is_visible(&self, version: VersionKey) -> bool;
}

/// A search by words.
#[derive(Clone, Debug)]
pub struct WordQuery {
    /// Words, `"phrases"` and `prefix*`, as the user typed them. A phrase is required; of words
    /// and prefixes, the more fit the better.
    pub text: String,
    /// Globs on the path as in a gitignore file, of which one must fit; empty: all.
    pub paths: Vec<String>,
    /// Languages, of which one must fit; empty: all.
    pub languages: Vec<String>,
    pub limit: usize,
    /// Also tell what each word contributed.
    pub explain: bool,
}

/// A search by nearness to a vector.
#[derive(Clone)]
pub struct VectorQuery {
    /// The model of the vector: only its vectors are compared.
    pub space: String,
    pub vector: Vec<f32>,
    /// As in [`WordQuery`].
    pub paths: Vec<String>,
    pub languages: Vec<String>,
    pub limit: usize,
}

impl std::fmt::Debug for VectorQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VectorQuery")
            .field("space", &self.space)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// A chunk by its nearness to a query: the product of the two vectors, at most 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    pub version: VersionKey,
    pub ordinal: u32,
    pub score: f32,
}

/// A chunk that fits a query.
#[derive(Clone, Debug)]
pub struct Found {
    pub version: VersionKey,
    pub ordinal: u32,
    pub score: f32,
    /// With `explain`: word and contribution, in the order of the query. They sum up to `score`.
    pub terms: Vec<(String, f32)>,
}

/// A model that has vectors in a collection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Space {
    pub name: String,
    /// The length of its vectors.
    pub dimensions: usize,
}

/// What the index holds of one version, for `fsck`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    pub version: VersionKey,
    /// Different ordinals.
    pub chunks: u32,
    /// Chunks beyond the first of an ordinal.
    pub duplicates: u32,
    /// The highest ordinal + 1.
    pub end: u32,
}

/// Something the index could not do.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The query has no meaning, such as a lone quote, or is too long, or has a broken glob.
    #[error("cannot understand the query: {reason}")]
    Query { reason: String },
    /// Reading or writing the files of a collection failed.
    #[error("cannot use the index at {path}")]
    Store {
        path: PathBuf,
        source: tantivy::TantivyError,
    },
    /// Creating or removing the folder of a collection failed.
    #[error("cannot use the index folder {path}")]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Reading or writing vectors failed.
    #[error("cannot use the vectors of collection {collection}")]
    Vectors {
        collection: CollectionId,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server that holds the index cannot be asked, or refuses.
    #[error("cannot use the index")]
    Qdrant(#[source] QdrantError),
    /// The collection is on an index server, and the configuration names none.
    #[error("collection {collection} is on an index server, and `index.url` names none")]
    NoServer { collection: CollectionId },
    /// The index is shutting down.
    #[error("the index is closed")]
    Closed,
}

impl IndexError {
    /// Tells whether the same call may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Query { .. } | Self::NoServer { .. } => false,
            Self::Qdrant(error) => error.is_transient(),
            Self::Store { .. } | Self::Folder { .. } | Self::Vectors { .. } | Self::Closed => true,
        }
    }

    /// Tells whether a server is in the way that cannot be asked at all right now: then trying
    /// again is in vain until [`Index::reach`] succeeds.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Qdrant(error) if error.is_out_of_reach())
    }

    /// Returns what can be done about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Qdrant(error) => error.hint(),
            Self::NoServer { .. } => Some(
                "set `index.url` and restart the daemon, or make the chunks anew in it: \
                 ragctl migrate COLLECTION --to embedded",
            ),
            _ => None,
        }
    }
}

/// Stores chunks and finds them again.
///
/// All calls are idempotent: a version is named by its key, and putting it again replaces it. A call
/// that is cancelled may still have its effect.
#[async_trait]
pub trait Index: Send + Sync {
    /// Stores `versions`. Durable and searchable after the next [`Index::flush`] that begins after
    /// this returned; a crash before that may keep any part of them.
    async fn put(
        &self,
        collection: CollectionId,
        versions: Vec<NewVersion>,
    ) -> Result<(), IndexError>;

    /// Stores vectors of versions by the model `space`, with the same guarantee as [`Index::put`],
    /// before or after their words.
    async fn put_vectors(
        &self,
        collection: CollectionId,
        space: &str,
        versions: Vec<NewVectors>,
    ) -> Result<(), IndexError>;

    /// Removes versions, their words and the vectors of all models, with the same guarantee as
    /// [`Index::put`]. Unknown ones are ignored.
    async fn remove(
        &self,
        collection: CollectionId,
        versions: Vec<VersionKey>,
    ) -> Result<(), IndexError>;

    /// Returns once everything put or removed before the call would survive a power cut and is
    /// seen by searches. Callers that wait at the same time share one commit. After an error
    /// nothing that was put is lost: a later flush tries again. What was to be removed may have to
    /// be removed again.
    async fn flush(&self, collection: CollectionId) -> Result<(), IndexError>;

    /// Returns the best `limit` chunks of visible versions, best first; ties by version and
    /// ordinal. A collection that was never written to is empty, and nothing fits a query of
    /// nothing but stop words.
    async fn search(
        &self,
        collection: CollectionId,
        query: WordQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Found>, IndexError>;

    /// Returns the chunks of visible versions nearest to a vector, best first; ties by version and
    /// ordinal. A model without vectors finds nothing.
    async fn nearest(
        &self,
        collection: CollectionId,
        query: VectorQuery,
        visible: Arc<dyn Visible>,
    ) -> Result<Vec<Near>, IndexError>;

    /// Returns how near single chunks are to a vector; none where the model has no vector of it.
    async fn products(
        &self,
        collection: CollectionId,
        space: &str,
        vector: Vec<f32>,
        chunks: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<f32>>, IndexError>;

    /// Returns single chunks in the order of `wanted`; none where there is no such chunk.
    async fn passages(
        &self,
        collection: CollectionId,
        wanted: Vec<(VersionKey, u32)>,
    ) -> Result<Vec<Option<NewChunk>>, IndexError>;

    /// Returns chunks `from..from + limit` of a version in order.
    async fn chunks(
        &self,
        collection: CollectionId,
        version: VersionKey,
        from: u32,
        limit: u32,
    ) -> Result<Vec<NewChunk>, IndexError>;

    /// Counts what is stored, per version.
    async fn census(&self, collection: CollectionId) -> Result<Vec<Census>, IndexError>;

    /// Returns the versions that a model has vectors of, with their number.
    async fn vector_census(
        &self,
        collection: CollectionId,
        space: &str,
    ) -> Result<Vec<(VersionKey, u32)>, IndexError>;

    /// Lists the models that have, or had, vectors in a collection, in the order of their names.
    async fn spaces(&self, collection: CollectionId) -> Result<Vec<Space>, IndexError>;

    /// Removes all vectors of a model. Whatever is put at the same time goes or stays; what is put
    /// after this returned stays.
    async fn drop_space(&self, collection: CollectionId, space: &str) -> Result<(), IndexError>;

    /// Lists the collections that have files.
    async fn collections(&self) -> Result<Vec<CollectionId>, IndexError>;

    /// Forgets a collection and its files.
    async fn drop_collection(&self, collection: CollectionId) -> Result<(), IndexError>;

    /// Removes what a collection left behind where it moved away from, if it can have moved.
    async fn drop_strays(&self) -> Result<(), IndexError> {
        Ok(())
    }

    /// Lists collections of which files were damaged and set aside. They are missing chunks until
    /// they are built anew, and stay in this list, over restarts, until
    /// [`Index::forget_damaged`]. Damage is found when a collection is first used.
    async fn damaged(&self) -> Result<Vec<CollectionId>, IndexError>;

    /// Asks whether the index can be used right now. What is in this process always can.
    async fn reach(&self) -> Result<(), IndexError>;

    /// Returns the name that was drawn for the server when it was first used, so that two processes
    /// can tell whether they use the same, and whether it was emptied since. None: only this process
    /// sees the index, or nobody has used the server yet.
    async fn identity(&self) -> Result<Option<String>, IndexError>;

    /// Counts the chunks of these versions.
    async fn count(
        &self,
        collection: CollectionId,
        versions: Vec<VersionKey>,
    ) -> Result<u64, IndexError> {
        let census = self.census(collection).await?;
        let wanted: HashSet<VersionKey> = versions.into_iter().collect();
        let counted = census.iter().filter(|one| wanted.contains(&one.version));
        Ok(counted.map(|one| u64::from(one.chunks)).sum())
    }

    /// Returns what another process has to be told to write into the same collection; nothing, if
    /// only this one may.
    fn owner(&self, collection: CollectionId) -> String;

    /// Says in a word or two where the index is, for people.
    fn place(&self) -> String;

    /// Returns why the last attempt to write failed, if it did.
    fn trouble(&self) -> Option<String>;

    /// Removes what was set aside of a collection, because it was built anew.
    async fn forget_damaged(&self, collection: CollectionId) -> Result<(), IndexError>;
}
