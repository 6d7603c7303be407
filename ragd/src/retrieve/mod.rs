//! From a query to ranked passages with an explanation of every score.
//!
//! For now by words; the vectors join here. One snapshot of what is active serves a whole query.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ids::{CollectionId, DocumentId, VersionKey};
use crate::index::{Found, Index, IndexError, Visible, WordQuery};
use crate::ledger::{DocumentRow, Ledger, LedgerError, Snapshot};

/// A search cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    #[error("cannot search")]
    Index(#[source] IndexError),
    #[error("cannot look up what was found")]
    Ledger(#[source] LedgerError),
}

/// A passage with its document.
#[derive(Clone, Debug)]
pub struct Passage {
    pub document: DocumentRow,
    /// From 1, among the files found.
    pub rank_by_file: u32,
    pub found: Found,
}

impl Visible for Snapshot {
    fn is_visible(&self, version: VersionKey) -> bool {
        self.document(version).is_some()
    }
}

/// Searches `collections` as of one moment and returns the best passages first.
pub async fn search(
    index: &Arc<dyn Index>,
    ledger: &Ledger,
    collections: &[CollectionId],
    query: &WordQuery,
) -> Result<Vec<Passage>, RetrieveError> {
    // Before the searchers are taken: what is active in the snapshot was flushed before it.
    let snapshot = Arc::new(ledger.visibility().snapshot());
    let mut found = Vec::new();
    for collection in collections {
        let visible: Arc<dyn Visible> = Arc::clone(&snapshot) as _;
        let hits = index.search(*collection, query.clone(), visible).await;
        found.extend(hits.map_err(RetrieveError::Index)?);
    }
    found.sort_by(|a, b| {
        let ties = (a.version, a.ordinal).cmp(&(b.version, b.ordinal));
        b.score.total_cmp(&a.score).then(ties)
    });
    found.truncate(query.limit);
    let documents = documents_of(ledger, &snapshot, &found).await?;
    Ok(rank(&snapshot, found, &documents))
}

async fn documents_of(
    ledger: &Ledger,
    snapshot: &Snapshot,
    found: &[Found],
) -> Result<HashMap<DocumentId, DocumentRow>, RetrieveError> {
    let ids: HashSet<_> = found
        .iter()
        .filter_map(|hit| snapshot.document(hit.version))
        .collect();
    let rows = ledger.documents_by_id(ids.into_iter().collect()).await;
    let rows = rows.map_err(RetrieveError::Ledger)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn rank(
    snapshot: &Snapshot,
    found: Vec<Found>,
    documents: &HashMap<DocumentId, DocumentRow>,
) -> Vec<Passage> {
    let mut files = Vec::new();
    let passages = found.into_iter().filter_map(|found| {
        // A document that was deleted since the snapshot is not shown any more.
        let document = documents.get(&snapshot.document(found.version)?)?.clone();
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
            rank_by_file,
            found,
        })
    });
    passages.collect()
}
