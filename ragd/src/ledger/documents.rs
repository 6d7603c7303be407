//! Documents and their versions, and the one way in which they change.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};

use super::values::{from_sql_int, hash_of, key_from_sql, key_to_sql, to_sql_int};
use super::{Blob16, BlobRow, Durability, GapRow, Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, ContentHash, DocumentId, Timestamp, VersionKey};

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

/// A document that has an active version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    pub id: DocumentId,
    pub collection: CollectionId,
    pub collection_name: String,
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    pub key: VersionKey,
    pub content: ContentHash,
    pub bytes: u64,
    pub chunks: u32,
    pub revision: u32,
    pub title: Option<String>,
    pub language: Option<String>,
    pub updated_at: Timestamp,
    /// Whether the newest content could not be read.
    pub stale: bool,
}

/// What planning needs to know about a document.
#[derive(Clone, Debug)]
pub struct Known {
    pub document: DocumentId,
    pub key: VersionKey,
    pub content: ContentHash,
    pub stat: Option<SourceStat>,
    pub bytes: u64,
}

/// Which documents a list is about.
#[derive(Clone, Debug, Default)]
pub struct DocumentFilter {
    pub collection: Option<CollectionId>,
    /// GLOB of SQLite on the path: `*` also crosses slashes.
    pub path: Option<String>,
    /// Continue after this path.
    pub after: Option<Vec<u8>>,
    pub limit: u64,
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

/// Returns what may be the beginning of an id, as SQLite writes ids.
fn id_digits(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?.replace('-', "");
    let is_id = text.len() >= 4 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_id.then(|| text.to_uppercase())
}

impl Sums {
    fn take(&mut self, before: &Before) {
        self.documents -= 1;
        self.chunks -= before.chunks;
        self.bytes -= before.bytes;
    }
}

const COLUMNS: &str = "document.id, document.collection, collection.name, document.source, path,
    key, content, document.bytes, document.chunks, revision, title, language, document.updated_at,
    EXISTS (SELECT 1 FROM gap WHERE gap.collection = document.collection
            AND gap.source = document.source)";
const FROM: &str = "FROM document JOIN collection ON collection.id = document.collection";

fn from_row(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        id: DocumentId(row.get::<_, Blob16>(0)?.0),
        collection: CollectionId(row.get::<_, Blob16>(1)?.0),
        collection_name: row.get(2)?,
        source: row.get(3)?,
        path: row.get(4)?,
        key: key_from_sql(row.get(5)?),
        content: hash_of(row.get_ref(6)?.as_blob()?)?,
        bytes: from_sql_int(row.get(7)?),
        chunks: row.get(8)?,
        revision: row.get(9)?,
        title: row.get(10)?,
        language: row.get(11)?,
        updated_at: Timestamp(row.get(12)?),
        stale: row.get(13)?,
    })
}

impl Ledger {
    /// Applies `changes` on their own, for work that is not a part of a job.
    pub async fn apply(&self, changes: Changes) -> Result<Applied, LedgerError> {
        self.write(Durability::Full, move |tx| {
            tx.apply(changes, crate::ids::now())
        })
        .await
    }

    /// Returns a document that is searchable.
    pub async fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>, LedgerError> {
        Ok(self.documents_by_id(vec![id]).await?.pop())
    }

    /// Returns those of `ids` that are searchable, in any order.
    pub async fn documents_by_id(
        &self,
        ids: Vec<DocumentId>,
    ) -> Result<Vec<DocumentRow>, LedgerError> {
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} {FROM} WHERE document.id = ?1 AND key IS NOT NULL");
            let mut select = connection.prepare_cached(&sql)?;
            let rows = ids
                .iter()
                .map(|id| select.query_row([Blob16(id.0)], from_row).optional());
            rows.filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Returns the documents of which `keys` are the active versions.
    pub async fn documents_by_key(
        &self,
        collection: CollectionId,
        keys: Vec<VersionKey>,
    ) -> Result<Vec<DocumentRow>, LedgerError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} {FROM} WHERE document.collection = ?1 AND key = ?2
                 AND document.id = (SELECT version.document FROM version WHERE version.key = ?2)"
            );
            let mut select = connection.prepare_cached(&sql)?;
            let rows = keys.iter().map(|key| {
                select
                    .query_row(params![Blob16(collection.0), key_to_sql(*key)], from_row)
                    .optional()
            });
            rows.filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Returns documents by path, by source, or by at least four first digits of the id.
    pub async fn documents_at(
        &self,
        collection: Option<CollectionId>,
        path: Vec<u8>,
    ) -> Result<Vec<DocumentRow>, LedgerError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} {FROM} WHERE key IS NOT NULL
                   AND (?1 IS NULL OR document.collection = ?1)
                   AND (path = ?2 OR document.source = ?2
                        OR substr(hex(document.id), 1, length(?3)) = ?3) LIMIT 10"
            );
            let collection = collection.map(|id| Blob16(id.0));
            let digits = id_digits(&path);
            connection
                .prepare_cached(&sql)?
                .query_map(params![collection, path, digits], from_row)?
                .collect()
        })
        .await
    }

    /// Lists documents by path.
    pub async fn documents(
        &self,
        filter: DocumentFilter,
    ) -> Result<(Vec<DocumentRow>, u64), LedgerError> {
        self.read(move |connection| {
            let collection = filter.collection.map(|id| Blob16(id.0));
            let condition = "WHERE key IS NOT NULL AND (?1 IS NULL OR document.collection = ?1)
                   AND (?2 IS NULL OR CAST(path AS TEXT) GLOB ?2)";
            let sql = format!(
                "SELECT {COLUMNS} {FROM} {condition} AND (?3 IS NULL OR document.source > ?3)
                 ORDER BY document.source LIMIT ?4"
            );
            let rows = connection
                .prepare_cached(&sql)?
                .query_map(
                    params![
                        collection,
                        filter.path,
                        filter.after,
                        to_sql_int(filter.limit)
                    ],
                    from_row,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let total: i64 = connection
                .prepare_cached(&format!("SELECT COUNT(*) {FROM} {condition}"))?
                .query_row(params![collection, filter.path], |row| row.get(0))?;
            Ok((rows, from_sql_int(total)))
        })
        .await
    }

    /// Returns what is known of the sources that are `roots` or lie below them.
    pub async fn known(
        &self,
        collection: CollectionId,
        roots: Vec<Vec<u8>>,
    ) -> Result<HashMap<Vec<u8>, Known>, LedgerError> {
        self.read(move |connection| {
            let mut known = HashMap::new();
            let mut select = connection.prepare_cached(
                "SELECT source, id, key, modified_ns, inode, bytes, content FROM document
                 WHERE collection = ?1 AND removed = 0 AND key IS NOT NULL
                   AND (source = ?2 OR (source > ?3 AND source < ?4))",
            )?;
            for root in roots {
                // All that begins with `root/` lies between `root/` and `root0`, the next byte.
                let (mut low, mut high) = (root.clone(), root.clone());
                while low.last() == Some(&b'/') {
                    low.pop();
                    high.pop();
                }
                low.push(b'/');
                high.push(b'/' + 1);
                let mut rows = select.query(params![Blob16(collection.0), root, low, high])?;
                while let Some(row) = rows.next()? {
                    let bytes = from_sql_int(row.get(5)?);
                    let modified: Option<i64> = row.get(3)?;
                    let inode: Option<i64> = row.get(4)?;
                    let stat = modified.zip(inode).map(|(modified_ns, inode)| SourceStat {
                        bytes,
                        modified_ns,
                        inode: from_sql_int(inode),
                    });
                    let found = Known {
                        document: DocumentId(row.get::<_, Blob16>(1)?.0),
                        key: key_from_sql(row.get(2)?),
                        content: hash_of(row.get_ref(6)?.as_blob()?)?,
                        stat,
                        bytes,
                    };
                    known.insert(row.get(0)?, found);
                }
            }
            Ok(known)
        })
        .await
    }
}
