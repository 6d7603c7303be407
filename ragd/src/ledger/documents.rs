//! Documents, to look at.

use std::collections::HashMap;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::facts::clauses;
use super::origins::below;
use super::values::{from_sql_int, hash_of, key_from_sql, key_to_sql, to_sql_int};
use super::{Blob16, Condition, Ledger, LedgerError, SourceStat};
use crate::ids::{CollectionId, ContentHash, DocumentId, Timestamp, VersionKey};

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
    /// The number under which its content was observed last.
    pub observed: i64,
    /// Whether the newest content could not be read.
    pub stale: bool,
    /// How many secrets were replaced in its text.
    pub redacted: u32,
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
    pub conditions: Vec<Condition>,
    /// Continue after this path.
    pub after: Option<Vec<u8>>,
    pub limit: u64,
}

/// Returns what may be the beginning of an id, as SQLite writes ids.
fn id_digits(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?.replace('-', "");
    let is_id = text.len() >= 4 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_id.then(|| text.to_uppercase())
}

const COLUMNS: &str = "document.id, document.collection, collection.name, document.source, path,
    key, content, document.bytes, document.chunks, revision, title, language, document.updated_at,
    observed,
    EXISTS (SELECT 1 FROM gap WHERE gap.collection = document.collection
            AND gap.source = document.source),
    (SELECT COUNT(*) FROM redacted WHERE redacted.document = document.id)";
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
        observed: row.get(13)?,
        stale: row.get(14)?,
        redacted: row.get(15)?,
    })
}

/// What is at a source, and what lies below it. In two halves: with `OR`, SQLite would go through
/// the whole collection for each of the thousands of paths that a plan may be about.
pub(super) const KNOWN: &str =
    "SELECT source, id, key, modified_ns, inode, bytes, content FROM document
     WHERE collection = ?1 AND removed = 0 AND key IS NOT NULL AND source = ?2
     UNION ALL
     SELECT source, id, key, modified_ns, inode, bytes, content FROM document
     WHERE collection = ?1 AND removed = 0 AND key IS NOT NULL AND source > ?3 AND source < ?4";

impl Ledger {
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

    /// Returns a document for each of `keys` that is an active version.
    pub async fn documents_by_key(
        &self,
        collection: CollectionId,
        keys: Vec<VersionKey>,
    ) -> Result<Vec<DocumentRow>, LedgerError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} {FROM} WHERE document.collection = ?1 AND key = ?2 LIMIT 1"
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
            let text = |text: String| Value::Text(text);
            let collection = collection.map(|id| Value::Blob(id.0.as_bytes().to_vec()));
            let mut values = vec![
                collection.unwrap_or(Value::Null),
                filter.path.map_or(Value::Null, text),
            ];
            let condition = format!("{condition}{}", clauses(&filter.conditions, &mut values));
            let total: i64 = connection
                .prepare_cached(&format!("SELECT COUNT(*) {FROM} {condition}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            let at = values.len();
            let sql = format!(
                "SELECT {COLUMNS} {FROM} {condition}
                   AND (?{0} IS NULL OR document.source > ?{0})
                 ORDER BY document.source LIMIT {1}",
                at + 1,
                to_sql_int(filter.limit)
            );
            values.push(filter.after.map_or(Value::Null, Value::Blob));
            let rows = connection
                .prepare_cached(&sql)?
                .query_map(params_from_iter(&values), from_row)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok((rows, from_sql_int(total)))
        })
        .await
    }

    /// Tells whether there are documents whose sources begin so.
    pub async fn has_sources(&self, first: Vec<u8>) -> Result<bool, LedgerError> {
        let mut last = first.clone();
        last.extend([u8::MAX; 8]);
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM collection JOIN document
                        ON document.collection = collection.id
                        WHERE source >= ?1 AND source < ?2 AND removed = 0)",
                )?
                .query_row([first, last], |row| row.get(0))
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
            let mut select = connection.prepare_cached(KNOWN)?;
            for root in roots {
                let (low, high) = below(&root);
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
