//! What was seen on the pages of contents: who looked, and where it is kept.

use rusqlite::OptionalExtension as _;

use super::blobs::from_row;
use super::values::hash_of;
use super::{BlobRow, Ledger, LedgerError, Tx};
use crate::ids::ContentHash;

/// What was seen on the pages of a content that are pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Who looked, and how.
    pub by: String,
    pub blob: BlobRow,
}

impl Tx<'_> {
    /// Keeps what was seen for as long as the content itself; what was seen before goes.
    pub(super) fn put_sight(&self, content: ContentHash, sight: &Sight) -> rusqlite::Result<()> {
        self.put_blob(&sight.blob)?;
        self.prepare_cached(
            "INSERT OR REPLACE INTO sight (content, by, hash) VALUES (?1, ?2, ?3)",
        )?
        .execute((content.0, &sight.by, sight.blob.hash.0))?;
        Ok(())
    }

    /// Lets go of what was seen on a content that may not be there any more.
    pub(super) fn lose_sight(&self, content: ContentHash) -> rusqlite::Result<()> {
        self.prepare_cached(
            "DELETE FROM sight WHERE content = ?1
                AND NOT EXISTS (SELECT 1 FROM blob WHERE hash = ?1)",
        )?
        .execute([content.0])?;
        Ok(())
    }
}

impl Ledger {
    /// Returns what was seen on those of `contents` that somebody looked at.
    pub async fn sights(
        &self,
        contents: Vec<ContentHash>,
    ) -> Result<Vec<(ContentHash, Sight)>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT blob.hash, pack, start, length, by, content
                 FROM sight JOIN blob ON blob.hash = sight.hash WHERE content = ?1",
            )?;
            let rows = contents.iter().map(|content| {
                let found = select.query_row([content.0], |row| {
                    let content = hash_of(row.get_ref(5)?.as_blob()?)?;
                    let (by, blob) = (row.get(4)?, from_row(row)?);
                    Ok((content, Sight { by, blob }))
                });
                found.optional()
            });
            rows.filter_map(Result::transpose).collect()
        })
        .await
    }
}
