//! What programs say of themselves and of others: kept with their documents, read when somebody asks
//! for a project as a whole. The ledger does not know what is in it.

use rusqlite::params;

use super::{Blob16, Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, DocumentId};

/// The outline of a document.
#[derive(Clone, Debug)]
pub struct OutlineRow {
    pub path: Vec<u8>,
    pub language: Option<String>,
    pub bytes: u64,
    pub packed: Vec<u8>,
}

impl Tx<'_> {
    /// Replaces the outline of a document.
    pub(super) fn put_outline(
        &self,
        document: DocumentId,
        packed: Option<&[u8]>,
    ) -> rusqlite::Result<()> {
        let document = Blob16(document.0);
        match packed {
            Some(packed) => self
                .prepare_cached(
                    "INSERT OR REPLACE INTO outline (document, packed) VALUES (?1, ?2)",
                )?
                .execute(params![document, packed])?,
            None => self
                .prepare_cached("DELETE FROM outline WHERE document = ?1")?
                .execute([document])?,
        };
        Ok(())
    }
}

impl Ledger {
    /// Returns the outlines of a collection whose paths fit a GLOB of SQLite, by path, and of no more
    /// than so many documents.
    pub async fn outlines(
        &self,
        collection: CollectionId,
        path: Option<String>,
        limit: u32,
    ) -> Result<Vec<OutlineRow>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT path, language, bytes, packed
                 FROM document JOIN outline ON outline.document = document.id
                 WHERE collection = ?1 AND removed = 0 AND key IS NOT NULL
                   AND (?2 IS NULL OR CAST(path AS TEXT) GLOB ?2)
                 ORDER BY path LIMIT ?3",
            )?;
            let rows = select.query_map(params![Blob16(collection.0), path, limit], |row| {
                Ok(OutlineRow {
                    path: row.get(0)?,
                    language: row.get(1)?,
                    bytes: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                    packed: row.get(3)?,
                })
            })?;
            rows.collect()
        })
        .await
    }
}
