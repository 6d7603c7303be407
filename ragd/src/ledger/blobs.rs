//! Where the bytes of a content are.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::values::{from_sql_int, hash_of, to_sql_int};
use super::{Blob16, Durability, Ledger, LedgerError, Tx};
use crate::ids::{ContentHash, JobId, Timestamp};

/// A content and its place in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobRow {
    pub hash: ContentHash,
    pub pack: ContentHash,
    pub start: u64,
    pub length: u64,
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<BlobRow> {
    Ok(BlobRow {
        hash: hash_of(row.get_ref(0)?.as_blob()?)?,
        pack: hash_of(row.get_ref(1)?.as_blob()?)?,
        start: from_sql_int(row.get(2)?),
        length: from_sql_int(row.get(3)?),
    })
}

fn has_sent(
    connection: &Connection,
    uid: u32,
    hash: ContentHash,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sent JOIN blob USING (hash)
                WHERE uid = ?1 AND hash = ?2 AND until >= ?3)",
        )?
        .query_row(params![uid, hash.0, now.0], |row| row.get(0))
}

impl Tx<'_> {
    /// Notes where a content was just written or found: an older place may be one whose file is gone.
    pub(super) fn put_blob(&self, blob: &BlobRow) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO blob (hash, pack, start, length) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hash) DO UPDATE SET pack = excluded.pack, start = excluded.start,
                length = excluded.length",
        )?
        .execute(params![
            blob.hash.0,
            blob.pack.0,
            to_sql_int(blob.start),
            to_sql_int(blob.length)
        ])?;
        Ok(())
    }

    /// Tells whether a content is there.
    pub fn has_blob(&self, hash: ContentHash) -> rusqlite::Result<bool> {
        self.prepare_cached("SELECT EXISTS (SELECT 1 FROM blob WHERE hash = ?1)")?
            .query_row([hash.0], |row| row.get(0))
    }

    /// Tells whether a content is there and `uid` sent it, not too long ago.
    pub fn has_sent(&self, uid: u32, hash: ContentHash, now: Timestamp) -> rusqlite::Result<bool> {
        has_sent(self, uid, hash, now)
    }

    /// Keeps a content until `job` lets it go or is forgotten.
    pub fn hold_blob(&self, job: JobId, hash: ContentHash) -> rusqlite::Result<()> {
        self.prepare_cached("INSERT OR IGNORE INTO job_blob (job, hash) VALUES (?1, ?2)")?
            .execute(params![Blob16(job.0), hash.0])?;
        Ok(())
    }

    /// Lets go what [`Tx::hold_blob`] kept.
    pub fn release_blobs(&self, job: JobId) -> rusqlite::Result<()> {
        self.prepare_cached("DELETE FROM job_blob WHERE job = ?1")?
            .execute([Blob16(job.0)])?;
        Ok(())
    }
}

impl Ledger {
    /// Notes where contents are, and keeps them until `job` lets them go or is forgotten.
    pub async fn keep_for_job(&self, job: JobId, blobs: Vec<BlobRow>) -> Result<(), LedgerError> {
        self.write(Durability::Full, move |tx| {
            for blob in &blobs {
                tx.put_blob(blob)?;
                tx.hold_blob(job, blob.hash)?;
            }
            Ok(())
        })
        .await
    }

    /// Returns where a content is.
    pub async fn blob(&self, hash: ContentHash) -> Result<Option<BlobRow>, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT hash, pack, start, length FROM blob WHERE hash = ?1")?
                .query_row([hash.0], from_row)
                .optional()
        })
        .await
    }

    /// Returns where those of `hashes` are that are known.
    pub async fn blobs(&self, hashes: Vec<ContentHash>) -> Result<Vec<BlobRow>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection
                .prepare_cached("SELECT hash, pack, start, length FROM blob WHERE hash = ?1")?;
            let rows = hashes
                .iter()
                .map(|hash| select.query_row([hash.0], from_row).optional());
            rows.filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Notes an upload of `uid` that no job names yet.
    pub async fn keep_upload(
        &self,
        uid: u32,
        blob: BlobRow,
        until: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(Durability::Full, move |tx| {
            tx.put_blob(&blob)?;
            tx.prepare_cached("UPDATE blob SET keep_until = MAX(keep_until, ?2) WHERE hash = ?1")?
                .execute(params![blob.hash.0, until.0])?;
            tx.prepare_cached(
                "INSERT INTO sent (uid, hash, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT (uid, hash) DO UPDATE SET until = MAX(until, excluded.until)",
            )?
            .execute(params![uid, blob.hash.0, until.0])?;
            Ok(())
        })
        .await
    }

    /// Tells whether a content is there and `uid` sent it, not too long ago.
    pub async fn has_sent(
        &self,
        uid: u32,
        hash: ContentHash,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.read(move |connection| has_sent(connection, uid, hash, now))
            .await
    }

    /// Returns all blobs, for `fsck`.
    pub async fn all_blobs(&self) -> Result<Vec<BlobRow>, LedgerError> {
        self.read(|connection| {
            connection
                .prepare("SELECT hash, pack, start, length FROM blob")?
                .query_map((), from_row)?
                .collect()
        })
        .await
    }
}
