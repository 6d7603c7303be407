//! The index: chunks by their words (vectors come beside them).
//!
//! The index can be rebuilt from ledger and blobs, and it knows nothing about which version of a
//! document is active: the ledger does, and every search brings a [`Visible`] with it.

mod embedded;
mod filter;
mod query;
mod stems;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

pub use self::embedded::EmbeddedConfig;
use crate::ids::{CollectionId, VersionKey};

/// Which backend holds the index.
#[derive(Clone, Debug)]
pub enum IndexConfig {
    Embedded(EmbeddedConfig),
}

/// Opens the index. Needs a Tokio runtime.
pub fn open(config: &IndexConfig) -> Result<Arc<dyn Index>, IndexError> {
    Ok(match config {
        IndexConfig::Embedded(config) => Arc::new(embedded::Embedded::open(config)?),
    })
}

/// All chunks of one version of one document.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub key: VersionKey,
    /// Path below its source, for the path filter and as searchable words.
    pub path: String,
    pub language: Option<String>,
    pub chunks: Vec<NewChunk>,
}

/// One passage. Its ordinal is its position in [`NewVersion::chunks`].
#[derive(Clone, Debug)]
pub struct NewChunk {
    pub text: String,
    pub heading: Option<String>,
    pub place: Place,
}

/// Where a passage stands: lines count from 1 with the end included, bytes are of the extracted
/// text with the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line_start: u32,
    pub line_end: u32,
    pub byte_start: u64,
    pub byte_end: u64,
    pub page: Option<u32>,
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

/// A chunk that fits a query.
#[derive(Clone, Debug)]
pub struct Found {
    pub version: VersionKey,
    pub ordinal: u32,
    pub score: f32,
    /// With `explain`: word and contribution, in the order of the query. They sum up to `score`.
    pub terms: Vec<(String, f32)>,
    pub chunk: NewChunk,
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
    /// The index is shutting down.
    #[error("the index is closed")]
    Closed,
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

    /// Removes versions, with the same guarantee as [`Index::put`]. Unknown ones are ignored.
    async fn remove(
        &self,
        collection: CollectionId,
        versions: Vec<VersionKey>,
    ) -> Result<(), IndexError>;

    /// Returns once everything put or removed before the call would survive a power cut and is
    /// seen by searches. Callers that wait at the same time share one commit. After an error
    /// nothing that was put is lost: a later flush tries again.
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

    /// Lists the collections that have files.
    async fn collections(&self) -> Result<Vec<CollectionId>, IndexError>;

    /// Forgets a collection and its files.
    async fn drop_collection(&self, collection: CollectionId) -> Result<(), IndexError>;

    /// Lists collections of which files were damaged and set aside. They are missing chunks until
    /// they are built anew, and stay in this list, over restarts, until
    /// [`Index::forget_damaged`]. Damage is found when a collection is first used.
    async fn damaged(&self) -> Result<Vec<CollectionId>, IndexError>;

    /// Returns why the last attempt to write failed, if it did.
    fn trouble(&self) -> Option<String>;

    /// Removes what was set aside of a collection, because it was built anew.
    async fn forget_damaged(&self, collection: CollectionId) -> Result<(), IndexError>;
}
