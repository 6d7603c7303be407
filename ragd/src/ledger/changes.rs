//! What work changes in one step: documents come, change and go, gaps open and close.

use rusqlite::{OptionalExtension, params};

use super::values::{key_from_sql, key_to_sql, to_sql_int};
use super::{Blob16, BlobRow, Durability, GapRow, Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, DocumentId, Timestamp, VersionKey};

/// What a piece of work wants to change, all or nothing.
#[derive(Clone, Debug)]
pub struct Changes {
    pub collection: CollectionId,
    pub activate: Vec<Activation>,
    pub touch: Vec<Touch>,
    pub delete: Vec<Deletion>,
    pub gaps: Vec<GapRow>,
    /// Sources that are no gaps any more.
    pub no_gaps: Vec<Vec<u8>>,
}

impl Changes {
    #[must_use]
    pub fn none(collection: CollectionId) -> Self {
        Self {
            collection,
            activate: Vec::new(),
            touch: Vec::new(),
            delete: Vec::new(),
            gaps: Vec::new(),
            no_gaps: Vec::new(),
        }
    }
}

/// A new content becomes searchable. Its chunks are durable in the index already.
#[derive(Clone, Debug)]
pub struct Activation {
    pub document: DocumentId,
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    /// From [`Ledger::observe`], taken before the content was read.
    pub observed: i64,
    pub stat: Option<SourceStat>,
    pub key: VersionKey,
    pub bytes: u64,
    pub chunks: u32,
    pub title: Option<String>,
    pub language: Option<String>,
    pub blob: BlobRow,
}

/// The content is the active one: it is as new as `observed`, and its file may look different.
#[derive(Clone, Debug)]
pub struct Touch {
    pub document: DocumentId,
    pub observed: i64,
    /// The version that was active.
    pub key: VersionKey,
    pub path: Vec<u8>,
    pub stat: Option<SourceStat>,
}

/// The document is gone.
#[derive(Clone, Debug)]
pub struct Deletion {
    pub document: DocumentId,
    pub observed: i64,
}

/// How a file looked when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceStat {
    pub bytes: u64,
    pub modified_ns: i64,
    pub inode: u64,
}

/// What became of [`Changes`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub added: u64,
    pub updated: u64,
    pub deleted: u64,
    /// The same content was active already: two jobs read the same file.
    pub unchanged: u64,
    /// Documents of which somebody read a newer content meanwhile.
    pub superseded: Vec<DocumentId>,
    /// Documents that were to stay as they are, and were changed by somebody who saw less.
    pub overtaken: Vec<DocumentId>,
    /// The collection was removed meanwhile; nothing was changed.
    pub collection_gone: bool,
}

struct Before {
    observed: i64,
    key: Option<i64>,
    bytes: i64,
    chunks: i64,
    revision: i64,
}

/// How the sums of a collection change.
#[derive(Default)]
struct Sums {
    documents: i64,
    chunks: i64,
    bytes: i64,
}

impl Tx<'_> {
    /// Applies `changes`. What somebody else observed later stays as it is.
    pub fn apply(&mut self, changes: Changes, now: Timestamp) -> rusqlite::Result<Applied> {
        let mut applied = Applied::default();
        let collection = Blob16(changes.collection.0);
        let known: bool = self
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM collection WHERE id = ?1)")?
            .query_row([collection], |row| row.get(0))?;
        if !known {
            applied.collection_gone = true;
            return Ok(applied);
        }
        let (mut sums, mut gone, mut new) = (Sums::default(), Vec::new(), Vec::new());
        for activation in changes.activate {
            let before = self.document_before(activation.document)?;
            if before
                .as_ref()
                .is_some_and(|before| before.observed >= activation.observed)
            {
                applied.superseded.push(activation.document);
                continue;
            }
            let key = key_to_sql(activation.key);
            match before.as_ref().filter(|before| before.key.is_some()) {
                Some(before) => {
                    let same = u64::from(before.key == Some(key));
                    applied.unchanged += same;
                    applied.updated += 1 - same;
                    sums.take(before);
                }
                None => applied.added += 1,
            }
            sums.documents += 1;
            sums.chunks += i64::from(activation.chunks);
            sums.bytes += to_sql_int(activation.bytes);
            if let Some(old) = before.as_ref().and_then(|before| before.key)
                && old != key
            {
                self.retire(old, now)?;
                gone.push(key_from_sql(old));
            }
            self.activate(&activation, collection, before.as_ref(), now)?;
            new.push((activation.key, activation.document));
        }
        for touch in changes.touch {
            let before = self.document_before(touch.document)?;
            if before
                .as_ref()
                .is_some_and(|before| before.observed >= touch.observed)
            {
                continue;
            }
            if before.and_then(|before| before.key) != Some(key_to_sql(touch.key)) {
                applied.overtaken.push(touch.document);
                continue;
            }
            self.prepare_cached(
                "UPDATE document SET modified_ns = COALESCE(?2, modified_ns),
                        inode = COALESCE(?3, inode), path = ?4, observed = ?5
                 WHERE id = ?1",
            )?
            .execute(params![
                Blob16(touch.document.0),
                touch.stat.map(|stat| stat.modified_ns),
                touch.stat.map(|stat| to_sql_int(stat.inode)),
                touch.path,
                touch.observed
            ])?;
        }
        for deletion in changes.delete {
            let Some(before) = self.document_before(deletion.document)? else {
                continue;
            };
            if before.observed >= deletion.observed {
                continue;
            }
            self.prepare_cached(
                "UPDATE document SET removed = 1, key = NULL, content = NULL, title = NULL,
                        observed = ?2, updated_at = ?3, bytes = 0, chunks = 0
                 WHERE id = ?1",
            )?
            .execute(params![
                Blob16(deletion.document.0),
                deletion.observed,
                now.0
            ])?;
            if let Some(old) = before.key {
                // Searches under way lose nothing by missing it, so its chunks may go at once.
                self.retire(old, Timestamp(0))?;
                gone.push(key_from_sql(old));
                sums.take(&before);
                applied.deleted += 1;
            }
            // What nobody wants any more lacks nothing.
            self.prepare_cached(
                "DELETE FROM gap WHERE collection = ?1
                    AND source = (SELECT source FROM document WHERE id = ?2)",
            )?
            .execute(params![collection, Blob16(deletion.document.0)])?;
        }
        for source in changes.no_gaps {
            self.remove_gap(changes.collection, &source)?;
        }
        for gap in &changes.gaps {
            self.put_gap(gap)?;
        }
        let changed = !(gone.is_empty() && new.is_empty());
        if changed {
            self.prepare_cached(
                "UPDATE collection SET documents = documents + ?2, chunks = chunks + ?3,
                        bytes = bytes + ?4, updated_at = ?5 WHERE id = ?1",
            )?
            .execute(params![
                collection,
                sums.documents,
                sums.chunks,
                sums.bytes,
                now.0
            ])?;
        }
        Ok(self.flipping(applied, gone, new))
    }

    /// Has the flips made at the commit.
    fn flipping(
        &mut self,
        applied: Applied,
        gone: Vec<VersionKey>,
        new: Vec<(VersionKey, DocumentId)>,
    ) -> Applied {
        if !(gone.is_empty() && new.is_empty()) {
            let visibility = self.visibility();
            self.after_commit(move || visibility.flip(&gone, &new));
        }
        applied
    }

    fn document_before(&self, document: DocumentId) -> rusqlite::Result<Option<Before>> {
        self.prepare_cached(
            "SELECT observed, key, bytes, chunks, revision FROM document WHERE id = ?1",
        )?
        .query_row([Blob16(document.0)], |row| {
            Ok(Before {
                observed: row.get(0)?,
                key: row.get(1)?,
                bytes: row.get(2)?,
                chunks: row.get(3)?,
                revision: row.get(4)?,
            })
        })
        .optional()
    }

    fn retire(&self, key: i64, now: Timestamp) -> rusqlite::Result<()> {
        self.prepare_cached("UPDATE version SET retired_at = ?2 WHERE key = ?1")?
            .execute((key, now.0))?;
        Ok(())
    }

    fn activate(
        &self,
        activation: &Activation,
        collection: Blob16,
        before: Option<&Before>,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let key = key_to_sql(activation.key);
        let document = Blob16(activation.document.0);
        let same = before.is_some_and(|before| before.key == Some(key));
        let revision = before.map_or(0, |before| before.revision) + i64::from(!same);
        self.put_blob(&activation.blob)?;
        self.prepare_cached(
            "INSERT INTO version (key, document, collection, chunks, retired_at)
             VALUES (?1, ?2, ?3, ?4, NULL)
             ON CONFLICT (key) DO UPDATE SET retired_at = NULL, chunks = excluded.chunks",
        )?
        .execute(params![key, document, collection, activation.chunks])?;
        self.prepare_cached(
            "INSERT OR REPLACE INTO document
                (id, collection, source, path, observed, removed, key, content, bytes, chunks,
                 revision, title, language, modified_ns, inode, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            document,
            collection,
            activation.source,
            activation.path,
            activation.observed,
            key,
            activation.blob.hash.0,
            to_sql_int(activation.bytes),
            activation.chunks,
            revision,
            activation.title,
            activation.language,
            activation.stat.map(|stat| stat.modified_ns),
            activation.stat.map(|stat| to_sql_int(stat.inode)),
            now.0,
        ])?;
        self.remove_gap(CollectionId(collection.0), &activation.source)
    }
}

impl Sums {
    fn take(&mut self, before: &Before) {
        self.documents -= 1;
        self.chunks -= before.chunks;
        self.bytes -= before.bytes;
    }
}

impl Ledger {
    /// Applies `changes` on their own, for work that is not a part of a job.
    pub async fn apply(&self, changes: Changes) -> Result<Applied, LedgerError> {
        self.write(Durability::Full, move |tx| {
            tx.apply(changes, crate::ids::now())
        })
        .await
    }
}
