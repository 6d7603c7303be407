//! Contents that documents had before: which there were, and how many of them are kept.

use rusqlite::{OptionalExtension as _, params};

use super::values::{from_sql_int, hash_of, to_sql_int};
use super::{Blob16, Durability, Ledger, LedgerError, Tx};
use crate::config::MAX_KEPT_VERSIONS;
use crate::ids::{ContentHash, DocumentId, Timestamp};

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
        let revision: Option<i64> = self
            .prepare_cached(
                "INSERT OR REPLACE INTO past
                    (document, revision, content, bytes, since, until, kept)
                 SELECT id, revision, content, bytes, updated_at, ?3, 1 FROM document
                 WHERE id = ?1 AND content IS NOT NULL AND content != ?2
                 RETURNING revision",
            )?
            .query_row(params![document, next.0, now.0], |row| row.get(0))
            .optional()?;
        if let Some(revision) = revision {
            self.prepare_cached("DELETE FROM past WHERE document = ?1 AND revision <= ?2")?
                .execute((document, revision - i64::from(MAX_KEPT_VERSIONS)))?;
        }
        Ok(())
    }

    /// Forgets what a document was.
    pub(super) fn forget_past(&self, document: Blob16) -> rusqlite::Result<()> {
        self.prepare_cached("DELETE FROM past WHERE document = ?1")?
            .execute([document])?;
        Ok(())
    }

    /// Lets go of a content that may not be there any more.
    pub(super) fn lose_past(&self, content: ContentHash) -> rusqlite::Result<()> {
        self.prepare_cached(
            "UPDATE past SET kept = 0 WHERE content = ?1 AND kept = 1
                AND NOT EXISTS (SELECT 1 FROM blob WHERE hash = ?1)",
        )?
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

    /// Lets contents go that are not to be kept, those of `limit` documents at most, and tells whether
    /// there may be more. How many there are is counted of documents that changed since `looked`.
    pub async fn thin_past(
        &self,
        retention: Retention,
        looked: Timestamp,
        limit: u64,
    ) -> Result<bool, LedgerError> {
        let Retention { versions, since } = retention;
        let limit = to_sql_int(limit);
        let due: Vec<Blob16> = self
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT * FROM (SELECT document FROM past
                            WHERE kept = 1 AND until < ?1 LIMIT ?4)
                         UNION SELECT * FROM (SELECT document FROM past
                            WHERE kept = 1
                                AND document IN (SELECT document FROM past WHERE until >= ?2)
                            GROUP BY document HAVING COUNT(*) > ?3 LIMIT ?4)",
                    )?
                    .query_map((since.0, looked.0, versions, limit), |row| row.get(0))?
                    .collect()
            })
            .await?;
        if due.is_empty() {
            return Ok(false);
        }
        let more = due.len() as i64 >= limit;
        self.write(Durability::Full, move |tx| {
            let mut let_go = tx.prepare_cached(
                "UPDATE past SET kept = 0 WHERE document = ?1 AND kept = 1
                    AND (until < ?2 OR revision NOT IN (SELECT revision FROM past
                        WHERE document = ?1 AND kept = 1 ORDER BY revision DESC LIMIT ?3))",
            )?;
            for document in &due {
                let_go.execute((document, since.0, versions))?;
            }
            Ok(more)
        })
        .await
    }
}
