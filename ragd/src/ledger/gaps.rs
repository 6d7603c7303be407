//! What was submitted and is not searchable.

use rusqlite::{Row, params};

use super::values::{from_sql_int, to_sql_int};
use super::{Blob16, Ledger, LedgerError, SourceStat, Tx};
use crate::ids::{CollectionId, JobId, Timestamp};

/// The code of a gap that somebody asked for, by an ignore file or a glob. Lists leave it out
/// unless they are asked to show it.
pub const SKIPPED: &str = "skipped";

/// What stands in a source between a document and a part of it: no path has it.
const PART: u8 = 0;

/// Returns the source of a part of a document.
#[must_use]
pub fn source_of_part(document: &[u8], part: &str) -> Vec<u8> {
    [document, &[PART], part.as_bytes()].concat()
}

/// Tells whether a source is a part of a document, which its document brings and takes along.
#[must_use]
pub fn is_part(source: &[u8]) -> bool {
    source.contains(&PART)
}

/// One gap. There is at most one for a source of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapRow {
    pub collection: CollectionId,
    pub source: Vec<u8>,
    pub path: Vec<u8>,
    /// A number of `jobs::Stage`.
    pub stage: u8,
    pub rule: String,
    pub code: String,
    pub reason: String,
    pub bytes: Option<u64>,
    pub job: Option<JobId>,
    pub at: Timestamp,
    /// Set if the content was looked at and is of no use.
    pub seen: Option<Seen>,
}

/// How a file looked when its content was found to be of no use, and to which pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub stat: SourceStat,
    pub pipeline: String,
}

/// What planning needs to know about a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownGap {
    pub rule: String,
    pub code: String,
    pub seen: Option<Seen>,
}

/// Which gaps a list is about.
#[derive(Clone, Debug, Default)]
pub struct GapFilter {
    pub collection: Option<CollectionId>,
    pub job: Option<JobId>,
    pub include_skipped: bool,
    /// Continue after this row: collection and source.
    pub after: Option<(CollectionId, Vec<u8>)>,
    pub limit: u64,
}

impl Tx<'_> {
    /// Removes what parts of a document lack: it has others now, or none.
    pub(super) fn remove_parts(&self, collection: Blob16, source: &[u8]) -> rusqlite::Result<()> {
        let low = [source, &[PART]].concat();
        let high = [source, &[PART + 1]].concat();
        self.prepare_cached(
            "DELETE FROM gap WHERE collection = ?1 AND source >= ?2 AND source < ?3",
        )?
        .execute(params![collection, low, high])?;
        Ok(())
    }

    pub(super) fn put_gap(&self, gap: &GapRow) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT OR REPLACE INTO gap
                (collection, source, path, stage, rule, code, reason, bytes, job, at,
                 modified_ns, inode, pipeline)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            Blob16(gap.collection.0),
            gap.source,
            gap.path,
            gap.stage,
            gap.rule,
            gap.code,
            gap.reason,
            gap.bytes.map(to_sql_int),
            gap.job.map(|job| Blob16(job.0)),
            gap.at.0,
            gap.seen.as_ref().map(|seen| seen.stat.modified_ns),
            gap.seen.as_ref().map(|seen| to_sql_int(seen.stat.inode)),
            gap.seen.as_ref().map(|seen| &seen.pipeline),
        ])?;
        Ok(())
    }

    pub(super) fn remove_gap(
        &self,
        collection: CollectionId,
        source: &[u8],
    ) -> rusqlite::Result<()> {
        self.prepare_cached("DELETE FROM gap WHERE collection = ?1 AND source = ?2")?
            .execute(params![Blob16(collection.0), source])?;
        Ok(())
    }
}

/// Reads a [`Seen`] from the column of the bytes and the three from `at` on.
fn seen(row: &Row<'_>, bytes: usize, at: usize) -> rusqlite::Result<Option<Seen>> {
    let Some(pipeline) = row.get(at + 2)? else {
        return Ok(None);
    };
    let stat = SourceStat {
        bytes: from_sql_int(row.get::<_, Option<i64>>(bytes)?.unwrap_or(0)),
        modified_ns: row.get(at)?,
        inode: from_sql_int(row.get(at + 1)?),
    };
    Ok(Some(Seen { stat, pipeline }))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<GapRow> {
    Ok(GapRow {
        collection: CollectionId(row.get::<_, Blob16>(0)?.0),
        source: row.get(1)?,
        path: row.get(2)?,
        stage: row.get(3)?,
        rule: row.get(4)?,
        code: row.get(5)?,
        reason: row.get(6)?,
        bytes: row.get::<_, Option<i64>>(7)?.map(from_sql_int),
        job: row.get::<_, Option<Blob16>>(8)?.map(|job| JobId(job.0)),
        at: Timestamp(row.get(9)?),
        seen: seen(row, 7, 10)?,
    })
}

impl Ledger {
    /// Lists gaps by collection and source, with their number.
    pub async fn gaps(&self, filter: GapFilter) -> Result<(Vec<GapRow>, u64), LedgerError> {
        self.read(move |connection| {
            let condition = "FROM gap WHERE (?1 IS NULL OR collection = ?1)
                AND (?2 IS NULL OR job = ?2) AND (?3 OR code != 'skipped')";
            let collection = filter.collection.map(|id| Blob16(id.0));
            let job = filter.job.map(|id| Blob16(id.0));
            let (after, source) = match filter.after {
                Some((collection, source)) => (Some(Blob16(collection.0)), source),
                None => (None, Vec::new()),
            };
            let sql = format!(
                "SELECT collection, source, path, stage, rule, code, reason, bytes, job, at,
                        modified_ns, inode, pipeline
                 {condition} AND (?4 IS NULL OR (collection, source) > (?4, ?5))
                 ORDER BY collection, source LIMIT ?6"
            );
            let rows = connection
                .prepare_cached(&sql)?
                .query_map(
                    params![
                        collection,
                        job,
                        filter.include_skipped,
                        after,
                        source,
                        to_sql_int(filter.limit)
                    ],
                    from_row,
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let total: i64 = connection
                .prepare_cached(&format!("SELECT COUNT(*) {condition}"))?
                .query_row(params![collection, job, filter.include_skipped], |row| {
                    row.get(0)
                })?;
            Ok((rows, from_sql_int(total)))
        })
        .await
    }

    /// Returns the gaps of sources that are `roots` or lie below them, by source.
    pub async fn known_gaps(
        &self,
        collection: CollectionId,
        roots: Vec<Vec<u8>>,
    ) -> Result<std::collections::HashMap<Vec<u8>, KnownGap>, LedgerError> {
        self.read(move |connection| {
            let mut known = std::collections::HashMap::new();
            let mut select = connection.prepare_cached(
                "SELECT source, rule, code, bytes, modified_ns, inode, pipeline
                 FROM gap WHERE collection = ?1
                   AND (source = ?2 OR (source > ?3 AND source < ?4))",
            )?;
            for root in roots {
                let (mut low, mut high) = (root.clone(), root.clone());
                low.push(b'/');
                high.push(b'/' + 1);
                let mut rows = select.query(params![Blob16(collection.0), root, low, high])?;
                while let Some(row) = rows.next()? {
                    let gap = KnownGap {
                        rule: row.get(1)?,
                        code: row.get(2)?,
                        seen: seen(row, 3, 4)?,
                    };
                    known.insert(row.get(0)?, gap);
                }
            }
            Ok(known)
        })
        .await
    }
}
