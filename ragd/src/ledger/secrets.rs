//! Where secrets were in documents, and of which kind. What they were is known to nobody here.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::values::{from_sql_int, to_sql_int};
use super::{Blob16, Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, DocumentId};

/// A secret that was replaced in the text of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// From 1.
    pub line: u32,
    pub kind: String,
    /// Tells it from others, and does not tell it.
    pub mark: String,
}

/// The same, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactedRow {
    pub document: DocumentId,
    /// Counts those of its document.
    pub number: u32,
    pub collection_name: String,
    pub path: Vec<u8>,
    pub redacted: Redacted,
}

/// Which ones a list is about.
#[derive(Clone, Debug, Default)]
pub struct RedactedFilter {
    pub collection: Option<CollectionId>,
    /// Continue after this one.
    pub after: Option<(DocumentId, u32)>,
    pub limit: u64,
}

impl Tx<'_> {
    /// Replaces what is known of a document.
    pub(super) fn put_redacted(
        &self,
        document: DocumentId,
        redacted: &[Redacted],
    ) -> rusqlite::Result<()> {
        let document = Blob16(document.0);
        self.prepare_cached("DELETE FROM redacted WHERE document = ?1")?
            .execute([document])?;
        for (number, Redacted { line, kind, mark }) in (0_i64..).zip(redacted) {
            self.prepare_cached(
                "INSERT INTO redacted (document, number, line, kind, mark)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![document, number, line, kind, mark])?;
        }
        Ok(())
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<RedactedRow> {
    Ok(RedactedRow {
        document: DocumentId(row.get::<_, Blob16>(0)?.0),
        number: row.get(1)?,
        collection_name: row.get(2)?,
        path: row.get(3)?,
        redacted: Redacted {
            line: row.get(4)?,
            kind: row.get(5)?,
            mark: row.get(6)?,
        },
    })
}

impl Ledger {
    /// Lists what was replaced in searchable documents, those of one document together, and counts all.
    pub async fn redacted(
        &self,
        filter: RedactedFilter,
    ) -> Result<(Vec<RedactedRow>, u64), LedgerError> {
        self.read(move |connection| {
            let collection = filter.collection.map(|id| Blob16(id.0));
            let from = "FROM redacted JOIN document ON document.id = redacted.document
                 JOIN collection ON collection.id = document.collection
                 WHERE (?1 IS NULL OR document.collection = ?1)";
            let total: i64 = connection
                .prepare_cached(&format!("SELECT COUNT(*) {from}"))?
                .query_row([collection], |row| row.get(0))?;
            let sql = format!(
                "SELECT document.id, number, collection.name, path, line, kind, mark {from}
                   AND (?2 IS NULL OR (redacted.document, number) > (?2, ?3))
                 ORDER BY redacted.document, number LIMIT {}",
                to_sql_int(filter.limit)
            );
            let (after, number) = filter.after.unzip();
            let rows = connection
                .prepare_cached(&sql)?
                .query_map(
                    params![collection, after.map(|id| Blob16(id.0)), number],
                    from_row,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok((rows, from_sql_int(total)))
        })
        .await
    }
}
