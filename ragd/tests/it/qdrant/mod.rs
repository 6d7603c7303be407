//! The index on Qdrant beyond what every index promises: faults of the server, and the ranking.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

mod faults;
mod ranking;
mod sharing;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ragd::ids::{CollectionId, ContentHash, DocumentId, VersionKey};
use ragd::index::{
    Index, IndexConfig, IndexError, NewChunk, NewVectors, NewVersion, Owner, Place, QdrantConfig,
    QdrantError, Visible, WordQuery, open,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::qdrant_server::QdrantServer;

const PAPERS: CollectionId = CollectionId(uuid::Uuid::from_u128(1));

/// Long enough for a machine that is busy, where it does not matter.
const PATIENT: Duration = Duration::from_secs(30);

struct All;

impl Visible for All {
    fn is_visible(&self, _: VersionKey) -> bool {
        true
    }
}

/// A server with an index on it.
struct World {
    server: QdrantServer,
    folder: TempDir,
    index: Arc<dyn Index>,
}

impl World {
    fn new() -> Self {
        Self::with(QdrantServer::start(), PATIENT)
    }

    fn with(server: QdrantServer, timeout: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = index_at(&server.url(), folder.path(), timeout);
        Self {
            server,
            folder,
            index,
        }
    }

    /// Another daemon with the same state.
    fn again(&self, timeout: Duration) -> Arc<dyn Index> {
        index_at(&self.server.url(), self.folder.path(), timeout)
    }
}

fn config(url: &str, folder: &Path, timeout: Duration) -> QdrantConfig {
    let index = ragd::config::Index {
        url: url.to_owned(),
        timeout_ms: timeout.as_millis().try_into().unwrap(),
        ..ragd::config::Index::default()
    };
    QdrantConfig::new(&index, Owner::Here(folder.to_owned()))
}

fn index_at(url: &str, folder: &Path, timeout: Duration) -> Arc<dyn Index> {
    open(&IndexConfig::Qdrant(config(url, folder, timeout))).unwrap()
}

fn version(key: u64, path: &str, texts: &[&str]) -> NewVersion {
    let chunk = |text: &&str| NewChunk {
        text: (*text).to_owned(),
        heading: None,
        symbols: Vec::new(),
        place: Place {
            line_start: 1,
            line_end: 2,
            byte_start: 0,
            byte_end: 9,
            spot: None,
        },
    };
    NewVersion {
        key: VersionKey(key),
        document: DocumentId(Uuid::from_u128(key.into())),
        content: ContentHash([7; 32]),
        path: path.to_owned(),
        language: None,
        chunks: texts.iter().map(chunk).collect(),
    }
}

fn vectors(key: u64, numbers: Vec<f32>) -> NewVectors {
    NewVectors {
        key: VersionKey(key),
        path: "a".to_owned(),
        language: None,
        vectors: vec![numbers],
    }
}

fn query(text: &str) -> WordQuery {
    WordQuery {
        text: text.to_owned(),
        paths: Vec::new(),
        languages: Vec::new(),
        limit: 10,
        explain: false,
    }
}

async fn search(index: &dyn Index, text: &str) -> Result<Vec<u64>, IndexError> {
    let found = index.search(PAPERS, query(text), Arc::new(All)).await?;
    Ok(found.iter().map(|hit| hit.version.0).collect())
}

async fn store(index: &dyn Index, versions: Vec<NewVersion>) -> Result<(), IndexError> {
    index.put(PAPERS, versions).await?;
    index.flush(PAPERS).await
}

/// How many versions are stored, and how many chunks.
async fn counts(index: &dyn Index) -> (usize, u32) {
    let census = index.census(PAPERS).await.unwrap();
    (census.len(), census.iter().map(|one| one.chunks).sum())
}

/// Returns what went wrong with the server.
fn cause(error: &IndexError) -> &QdrantError {
    match error {
        IndexError::Qdrant(cause) => cause,
        other => panic!("not the server's fault: {other:?}"),
    }
}
