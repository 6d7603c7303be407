//! What nobody needs any more.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, params};

use super::values::{from_sql_int, hash_of, key_from_sql, key_to_sql, to_sql_int};
use super::{Blob16, Durability, Ledger, LedgerError};
use crate::ids::{CollectionId, ContentHash, Timestamp, VersionKey};

/// A blob that nobody needs at the time `?1`.
const UNNEEDED: &str = "keep_until < ?1
    AND NOT EXISTS (SELECT 1 FROM document WHERE content = blob.hash)
    AND NOT EXISTS (SELECT 1 FROM past WHERE content = blob.hash AND kept = 1)
    AND NOT EXISTS (SELECT 1 FROM sight WHERE sight.hash = blob.hash)
    AND NOT EXISTS (SELECT 1 FROM job_blob WHERE job_blob.hash = blob.hash)";

/// A version that was replaced or deleted and whose chunks are still in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    pub key: VersionKey,
    pub collection: CollectionId,
}

impl Ledger {
    /// Returns versions that were retired before `cutoff`.
    pub async fn retired(
        &self,
        cutoff: Timestamp,
        limit: u64,
    ) -> Result<Vec<Retired>, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT key, collection FROM version
                     WHERE retired_at IS NOT NULL AND retired_at <= ?1 LIMIT ?2",
                )?
                .query_map((cutoff.0, to_sql_int(limit)), |row| {
                    Ok(Retired {
                        key: key_from_sql(row.get(0)?),
                        collection: CollectionId(row.get::<_, Blob16>(1)?.0),
                    })
                })?
                .collect()
        })
        .await
    }

    /// Returns those of `keys` that no document may come to need: retired before `cutoff`, or
    /// unknown.
    pub async fn still_unneeded(
        &self,
        keys: Vec<VersionKey>,
        cutoff: Timestamp,
    ) -> Result<Vec<VersionKey>, LedgerError> {
        self.read(move |connection| {
            let mut needed = connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM version WHERE key = ?1
                    AND (retired_at IS NULL OR retired_at > ?2))",
            )?;
            let mut unneeded = Vec::new();
            for key in keys {
                if !needed.query_row((key_to_sql(key), cutoff.0), |row| row.get::<_, bool>(0))? {
                    unneeded.push(key);
                }
            }
            Ok(unneeded)
        })
        .await
    }

    /// Forgets versions whose chunks have left the index, unless they came back meanwhile.
    pub async fn forget_versions(&self, keys: Vec<VersionKey>) -> Result<(), LedgerError> {
        let visibility = self.visibility();
        self.write(Durability::Full, move |tx| {
            let mut delete =
                tx.prepare_cached("DELETE FROM version WHERE key = ?1 AND retired_at IS NOT NULL")?;
            for key in &keys {
                delete.execute([key_to_sql(*key)])?;
            }
            drop(delete);
            tx.after_commit(move || visibility.forget(&keys));
            Ok(())
        })
        .await
    }

    /// Returns all versions of a collection with the number of their chunks.
    pub async fn versions(
        &self,
        collection: CollectionId,
    ) -> Result<Vec<(VersionKey, u32, bool)>, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT key, chunks, retired_at IS NULL FROM version WHERE collection = ?1",
                )?
                .query_map([Blob16(collection.0)], |row| {
                    Ok((key_from_sql(row.get(0)?), row.get(1)?, row.get(2)?))
                })?
                .collect()
        })
        .await
    }

    /// Returns contents that no document, job or fresh upload needs.
    pub async fn unneeded_blobs(
        &self,
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<ContentHash>, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT hash FROM blob WHERE {UNNEEDED} LIMIT ?2"))?
                .query_map(params![now.0, to_sql_int(limit)], |row| {
                    hash_of(row.get_ref(0)?.as_blob()?)
                })?
                .collect()
        })
        .await
    }

    /// Forgets those of `hashes` that still nobody needs. Returns packs that became empty; their
    /// files may go.
    pub async fn forget_blobs(
        &self,
        hashes: Vec<ContentHash>,
        now: Timestamp,
    ) -> Result<Vec<ContentHash>, LedgerError> {
        self.write(Durability::Full, move |tx| {
            let sql = format!("DELETE FROM blob WHERE {UNNEEDED} AND hash = ?2 RETURNING pack");
            let mut delete = tx.prepare_cached(&sql)?;
            let mut packs = HashSet::new();
            for hash in hashes {
                let pack = delete
                    .query_row(params![now.0, hash.0], |row| {
                        hash_of(row.get_ref(0)?.as_blob()?)
                    })
                    .optional()?;
                tx.lose_sight(hash)?;
                packs.extend(pack);
            }
            let mut used =
                tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM blob WHERE pack = ?1)")?;
            let mut empty = Vec::new();
            for pack in packs {
                if !used.query_row([pack.0], |row| row.get::<_, bool>(0))? {
                    empty.push(pack);
                }
            }
            Ok(empty)
        })
        .await
    }

    /// Forgets who sent what, once it is too long ago to count.
    pub async fn forget_senders(&self, now: Timestamp) -> Result<(), LedgerError> {
        let are_due = self.read(move |connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM sent WHERE until < ?1)")?
                .query_row([now.0], |row| row.get(0))
        });
        if !are_due.await? {
            return Ok(());
        }
        self.write(Durability::Full, move |tx| {
            tx.prepare_cached("DELETE FROM sent WHERE until < ?1")?
                .execute([now.0])?;
            Ok(())
        })
        .await
    }

    /// Returns the packs that contents are in.
    pub async fn packs(&self) -> Result<HashSet<ContentHash>, LedgerError> {
        self.read(|connection| {
            connection
                .prepare("SELECT DISTINCT pack FROM blob")?
                .query_map((), |row| hash_of(row.get_ref(0)?.as_blob()?))?
                .collect()
        })
        .await
    }

    /// Returns what SQLite and our own invariants find wrong in the ledger itself.
    pub async fn self_check(&self) -> Result<(Vec<String>, u64), LedgerError> {
        self.read(|connection| {
            let mut findings: Vec<String> = connection
                .prepare("PRAGMA integrity_check(10)")?
                .query_map((), |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            findings.retain(|finding| finding != "ok");
            let unowned: i64 = connection.query_row(
                "SELECT COUNT(*) FROM document WHERE key IS NOT NULL AND NOT EXISTS
                    (SELECT 1 FROM version WHERE version.key = document.key
                        AND retired_at IS NULL
                        AND version.chunks = document.chunks)",
                (),
                |row| row.get(0),
            )?;
            if unowned > 0 {
                findings.push(format!(
                    "{unowned} documents whose active version is not listed"
                ));
            }
            let unused: i64 = connection.query_row(
                "SELECT COUNT(*) FROM version WHERE retired_at IS NULL AND NOT EXISTS
                    (SELECT 1 FROM document WHERE document.key = version.key)",
                (),
                |row| row.get(0),
            )?;
            if unused > 0 {
                findings.push(format!("{unused} active versions without a document"));
            }
            let sums: i64 = connection.query_row(
                "SELECT COUNT(*) FROM collection WHERE
                    (documents, chunks, bytes) IS NOT (SELECT COUNT(*), COALESCE(SUM(chunks), 0),
                        COALESCE(SUM(bytes), 0) FROM document
                        WHERE document.collection = collection.id AND key IS NOT NULL)",
                (),
                |row| row.get(0),
            )?;
            if sums > 0 {
                findings.push(format!("{sums} collections whose sums are wrong"));
            }
            let lost: i64 = connection.query_row(
                "SELECT COUNT(*) FROM past WHERE kept = 1
                    AND NOT EXISTS (SELECT 1 FROM blob WHERE blob.hash = past.content)",
                (),
                |row| row.get(0),
            )?;
            if lost > 0 {
                findings.push(format!("{lost} kept contents of before without a place"));
            }
            let unseen: i64 = connection.query_row(
                "SELECT COUNT(*) FROM sight
                    WHERE NOT EXISTS (SELECT 1 FROM blob WHERE blob.hash = sight.hash)
                    OR NOT EXISTS (SELECT 1 FROM blob WHERE blob.hash = sight.content)",
                (),
                |row| row.get(0),
            )?;
            if unseen > 0 {
                findings.push(format!(
                    "{unseen} contents of which what was seen has no place"
                ));
            }
            let ends: i64 = connection.query_row(
                "SELECT COUNT(*) FROM job WHERE ends != (state >= 10)",
                (),
                |row| row.get(0),
            )?;
            Ok((findings, from_sql_int(ends)))
        })
        .await
    }
}
