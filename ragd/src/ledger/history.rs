//! Contents that documents had before: which there were, and how many of them are kept.

use rusqlite::params;

use super::values::{from_sql_int, hash_of};
use super::{Blob16, Durability, Ledger, LedgerError, Tx};
use crate::ids::{ContentHash, DocumentId, Timestamp};

/// Of a document, so many contents are remembered by name, kept or not.
const REMEMBERED: u32 = 100;

/// A content that was replaced by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastRow {
    pub revision: u32,
    pub content: ContentHash,
    pub bytes: u64,
    /// It was the active one from then on,
    pub since: Timestamp,
    /// and until then.
    pub until: Timestamp,
    /// Its bytes are there.
    pub kept: bool,
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Contents of a document, beside the active one.
    pub versions: u32,
    /// What was replaced before is not kept.
    pub since: Timestamp,
}

impl Tx<'_> {
    /// Notes the content that a document has until now, if `next` is another.
    pub(super) fn remember(
        &self,
        document: Blob16,
        next: ContentHash,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT OR REPLACE INTO past (document, revision, content, bytes, since, until, kept)
             SELECT id, revision, content, bytes, updated_at, ?3, 1 FROM document
             WHERE id = ?1 AND content IS NOT NULL AND content != ?2",
        )?
        .execute(params![document, next.0, now.0])?;
        Ok(())
    }

    /// Forgets what a document was.
    pub(super) fn forget_past(&self, document: Blob16) -> rusqlite::Result<()> {
        self.prepare_cached("DELETE FROM past WHERE document = ?1")?
            .execute([document])?;
        Ok(())
    }

    /// Notes that a content is not there any more.
    pub(super) fn lose_past(&self, content: ContentHash) -> rusqlite::Result<()> {
        self.prepare_cached("UPDATE past SET kept = 0 WHERE content = ?1 AND kept = 1")?
            .execute([content.0])?;
        Ok(())
    }
}

impl Ledger {
    /// Lists what a document was, the newest first.
    pub async fn past(&self, document: DocumentId) -> Result<Vec<PastRow>, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT revision, content, bytes, since, until, kept FROM past
                     WHERE document = ?1 ORDER BY revision DESC",
                )?
                .query_map([Blob16(document.0)], |row| {
                    Ok(PastRow {
                        revision: row.get(0)?,
                        content: hash_of(row.get_ref(1)?.as_blob()?)?,
                        bytes: from_sql_int(row.get(2)?),
                        since: Timestamp(row.get(3)?),
                        until: Timestamp(row.get(4)?),
                        kept: row.get(5)?,
                    })
                })?
                .collect()
        })
        .await
    }

    /// Lets go what is not to be kept. Documents are counted that changed after `looked`, when that
    /// was done last.
    pub async fn thin_past(
        &self,
        retention: Retention,
        looked: Timestamp,
    ) -> Result<(), LedgerError> {
        // Indexes answer this at once; a write waits for the disk.
        let is_due = self
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM past WHERE kept = 1 AND until < ?1)
                             OR EXISTS (SELECT 1 FROM past WHERE until >= ?2)",
                    )?
                    .query_row((retention.since.0, looked.0), |row| row.get::<_, bool>(0))
            })
            .await?;
        if !is_due {
            return Ok(());
        }
        self.write(Durability::Full, move |tx| {
            tx.prepare_cached("UPDATE past SET kept = 0 WHERE kept = 1 AND until < ?1")?
                .execute([retention.since.0])?;
            // The newest that is one too many, and all before it.
            let beyond = "document IN (SELECT document FROM past WHERE until >= ?1)
                AND revision <= (SELECT revision FROM past AS later
                    WHERE later.document = past.document
                    ORDER BY revision DESC LIMIT 1 OFFSET ?2)";
            tx.prepare_cached(&format!(
                "UPDATE past SET kept = 0 WHERE kept = 1 AND {beyond}"
            ))?
            .execute((looked.0, retention.versions))?;
            tx.prepare_cached(&format!("DELETE FROM past WHERE kept = 0 AND {beyond}"))?
                .execute((looked.0, REMEMBERED))?;
            Ok(())
        })
        .await
    }
}
