//! What was submitted and is not searchable.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::origins::below;
use super::values::{from_sql_int, hash_of, to_sql_int};
use super::{Blob16, GapFilter, Ledger, LedgerError, SourceStat, Tx};
use crate::ids::{CollectionId, ContentHash, JobId, Timestamp};

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

/// Returns between which sources all parts of a document are, the second excluded.
pub(super) fn parts_of(document: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let low = [document, &[PART]].concat();
    (low, [document, &[PART + 1]].concat())
}

/// Tells whether a source is a part of a document, which its document brings and takes along.
#[must_use]
pub fn is_part(source: &[u8]) -> bool {
    source.contains(&PART)
}

/// Returns the document of a source, and the part of it that the source is, if it is one.
#[must_use]
pub fn part_of(source: &[u8]) -> (&[u8], Option<&[u8]>) {
    match source.iter().position(|byte| *byte == PART) {
        Some(at) => (&source[..at], Some(&source[at + 1..])),
        None => (source, None),
    }
}

/// Returns a part as people know it: what is within something within is shown as such.
#[must_use]
pub fn path_of_part(part: &[u8]) -> Vec<u8> {
    let names: Vec<_> = part.split(|byte| *byte == PART).collect();
    names.join(&b"!/"[..])
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
    /// Set if a content was read, or handed in and not read yet.
    pub content: Option<GapContent>,
}

/// The content in which a gap was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapContent {
    pub hash: ContentHash,
    /// The number under which it was observed: it may never become newer than that.
    pub observed: i64,
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

/// Gaps of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapGroup {
    pub code: String,
    pub gaps: u64,
    pub bytes: u64,
    /// Set if it is the same for all.
    pub stage: Option<u8>,
    pub reason: Option<String>,
    pub examples: Vec<GapRow>,
}

/// What is told of a gap where it might be looked for.
#[derive(Clone, Debug)]
pub struct GapName {
    pub collection: CollectionId,
    pub path: Vec<u8>,
    pub code: String,
}

impl Tx<'_> {
    /// Removes what parts of a document lack: it has others now, or none.
    pub(super) fn remove_parts(&self, collection: Blob16, source: &[u8]) -> rusqlite::Result<()> {
        let (low, high) = parts_of(source);
        self.prepare_cached(
            "DELETE FROM gap WHERE collection = ?1 AND source >= ?2 AND source < ?3",
        )?
        .execute(params![collection, low, high])?;
        self.visibility().gaps_change();
        Ok(())
    }

    pub(super) fn put_gap(&self, gap: &GapRow) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT OR REPLACE INTO gap
                (collection, source, path, stage, rule, code, reason, bytes, job, at,
                 modified_ns, inode, pipeline, content, observed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
            gap.content.map(|content| content.hash.0),
            gap.content.map(|content| content.observed),
        ])?;
        self.visibility().gaps_change();
        Ok(())
    }

    pub(super) fn remove_gap(
        &self,
        collection: CollectionId,
        source: &[u8],
    ) -> rusqlite::Result<()> {
        self.prepare_cached("DELETE FROM gap WHERE collection = ?1 AND source = ?2")?
            .execute(params![Blob16(collection.0), source])?;
        self.visibility().gaps_change();
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
        content: content(row)?,
    })
}

fn content(row: &Row<'_>) -> rusqlite::Result<Option<GapContent>> {
    let Some(hash) = row.get_ref(13)?.as_blob_or_null()? else {
        return Ok(None);
    };
    Ok(Some(GapContent {
        hash: hash_of(hash)?,
        observed: row.get(14)?,
    }))
}

/// What [`from_row`] reads.
const COLUMNS: &str = "collection, source, path, stage, rule, code, reason, bytes, job, at,
    modified_ns, inode, pipeline, content, observed";

/// Reads up to `limit` of the gaps that fit, by collection and source.
fn rows(
    connection: &Connection,
    condition: &str,
    values: &[Value],
    limit: u64,
) -> rusqlite::Result<Vec<GapRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gap WHERE {condition} ORDER BY collection, source LIMIT {}",
        to_sql_int(limit)
    );
    connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), from_row)?
        .collect()
}

/// As for documents: in two halves, of which each is a few steps in the index.
pub(super) const KNOWN: &str = "SELECT source, rule, code, bytes, modified_ns, inode, pipeline
     FROM gap WHERE collection = ?1 AND source = ?2
     UNION ALL
     SELECT source, rule, code, bytes, modified_ns, inode, pipeline
     FROM gap WHERE collection = ?1 AND source > ?3 AND source < ?4";

impl Ledger {
    /// Returns the gap of a source.
    pub async fn gap(
        &self,
        collection: CollectionId,
        source: Vec<u8>,
    ) -> Result<Option<GapRow>, LedgerError> {
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM gap WHERE collection = ?1 AND source = ?2");
            let mut select = connection.prepare_cached(&sql)?;
            let row = select.query_row((Blob16(collection.0), source), from_row);
            row.optional()
        })
        .await
    }

    /// Lists gaps by collection and source, with their number.
    pub async fn gaps(&self, filter: GapFilter) -> Result<(Vec<GapRow>, u64), LedgerError> {
        self.read(move |connection| {
            let (mut condition, mut values) = filter.condition();
            let total: i64 = connection
                .prepare_cached(&format!("SELECT COUNT(*) FROM gap WHERE {condition}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            if let Some((collection, source)) = filter.after {
                let at = values.len();
                condition += &format!(" AND (collection, source) > (?{}, ?{})", at + 1, at + 2);
                values.push(Value::Blob(collection.0.as_bytes().to_vec()));
                values.push(Value::Blob(source));
            }
            let rows = rows(connection, &condition, &values, filter.limit)?;
            Ok((rows, from_sql_int(total)))
        })
        .await
    }

    /// Groups gaps by their cause, the largest group first, with up to `examples` of each; also
    /// returns the number of causes.
    pub async fn gap_groups(
        &self,
        filter: GapFilter,
        examples: u64,
    ) -> Result<(Vec<GapGroup>, u64), LedgerError> {
        self.read(move |connection| {
            let (condition, mut values) = filter.condition();
            let sql = format!(
                "SELECT code, COUNT(*), TOTAL(bytes), MIN(stage), MAX(stage), MIN(reason),
                        MAX(reason), COUNT(*) OVER ()
                 FROM gap WHERE {condition}
                 GROUP BY code ORDER BY COUNT(*) DESC, code LIMIT {}",
                to_sql_int(filter.limit)
            );
            let group = |row: &Row<'_>| {
                let (first, last): (u8, u8) = (row.get(3)?, row.get(4)?);
                let (low, high): (String, String) = (row.get(5)?, row.get(6)?);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a sum of sizes"
                )]
                let bytes = row.get::<_, f64>(2)? as u64;
                let group = GapGroup {
                    code: row.get(0)?,
                    gaps: from_sql_int(row.get(1)?),
                    bytes,
                    stage: Some(first).filter(|first| *first == last),
                    reason: Some(low).filter(|low| *low == high),
                    examples: Vec::new(),
                };
                Ok((group, from_sql_int(row.get(7)?)))
            };
            let found = connection
                .prepare_cached(&sql)?
                .query_map(params_from_iter(&values), group)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let total = found.first().map_or(0, |(_, total)| *total);
            let mut groups: Vec<_> = found.into_iter().map(|(group, _)| group).collect();
            let condition = format!("{condition} AND code = ?{}", values.len() + 1);
            for group in &mut groups {
                values.push(Value::Text(group.code.clone()));
                group.examples = rows(connection, &condition, &values, examples)?;
                values.pop();
            }
            Ok((groups, total))
        })
        .await
    }

    /// Returns a number that is another one after each change of what [`Ledger::gap_names`] returns.
    #[must_use]
    pub fn gaps_as_of(&self) -> u64 {
        self.visibility().gaps()
    }

    /// Returns the first `limit` gaps that nobody wished for.
    pub async fn gap_names(&self, limit: u64) -> Result<Vec<GapName>, LedgerError> {
        self.read(move |connection| {
            // All that is asked for is in the index.
            connection
                .prepare_cached(
                    "SELECT collection, path, code FROM gap INDEXED BY gap_listed
                     WHERE code != 'skipped' LIMIT ?1",
                )?
                .query_map([to_sql_int(limit)], |row| {
                    Ok(GapName {
                        collection: CollectionId(row.get::<_, Blob16>(0)?.0),
                        path: row.get(1)?,
                        code: row.get(2)?,
                    })
                })?
                .collect()
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
            let mut select = connection.prepare_cached(KNOWN)?;
            for root in roots {
                let (low, high) = below(&root);
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
