//! Sources that are watched. What stands in their records is known to `crate::watched` only.

use rusqlite::params;

use super::values::Blob16;
use super::{Durability, Ledger, LedgerError};
use crate::ids::{CollectionId, JobId, Timestamp, WatchedId};

/// A watched source as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedRow {
    pub id: WatchedId,
    pub collection: CollectionId,
    pub uid: u32,
    pub created_at: Timestamp,
    /// When the index was last brought up to date, and by which job.
    pub updated_at: Option<Timestamp>,
    pub job: Option<JobId>,
    pub work: String,
    pub marks: String,
}

impl Ledger {
    /// Returns all watched sources, the oldest first.
    pub async fn watched(&self) -> Result<Vec<WatchedRow>, LedgerError> {
        self.read(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT id, collection, uid, created_at, updated_at, job, work, marks
                 FROM watched ORDER BY created_at, id",
            )?;
            let row = |row: &rusqlite::Row<'_>| {
                Ok(WatchedRow {
                    id: WatchedId(row.get::<_, Blob16>(0)?.0),
                    collection: CollectionId(row.get::<_, Blob16>(1)?.0),
                    uid: row.get(2)?,
                    created_at: Timestamp(row.get(3)?),
                    updated_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
                    job: row.get::<_, Option<Blob16>>(5)?.map(|job| JobId(job.0)),
                    work: row.get(6)?,
                    marks: row.get(7)?,
                })
            };
            rows.query_map((), row)?.collect()
        })
        .await
    }

    /// Stores a watched source, or gives a known one another record and another first job.
    pub async fn watch(&self, row: WatchedRow) -> Result<(), LedgerError> {
        self.write(Durability::Full, move |tx| {
            tx.prepare_cached(
                "INSERT INTO watched
                    (id, collection, uid, created_at, updated_at, job, work, marks)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET uid = excluded.uid, job = excluded.job,
                    work = excluded.work",
            )?
            .execute(params![
                Blob16(row.id.0),
                Blob16(row.collection.0),
                row.uid,
                row.created_at.0,
                row.updated_at.map(|at| at.0),
                row.job.map(|job| Blob16(job.0)),
                row.work,
                row.marks,
            ])?;
            Ok(())
        })
        .await
    }

    /// Forgets a watched source. Returns whether there was one.
    pub async fn unwatch(&self, id: WatchedId) -> Result<bool, LedgerError> {
        self.write(Durability::Full, move |tx| {
            let mut delete = tx.prepare_cached("DELETE FROM watched WHERE id = ?1")?;
            Ok(delete.execute([Blob16(id.0)])? > 0)
        })
        .await
    }

    /// Notes which job brings a watched source up to date, and when one did. A crash may undo it.
    pub async fn note_update(&self, id: WatchedId, job: JobId, at: Option<Timestamp>) {
        self.post(move |tx| {
            tx.prepare_cached(
                "UPDATE watched SET updated_at = COALESCE(?2, updated_at), job = ?3 WHERE id = ?1",
            )?
            .execute(params![Blob16(id.0), at.map(|at| at.0), Blob16(job.0)])?;
            Ok(())
        })
        .await;
    }

    /// Notes which folders the roots of a watched source are. A crash may undo it.
    pub async fn note_marks(&self, id: WatchedId, marks: String) {
        self.post(move |tx| {
            tx.prepare_cached("UPDATE watched SET marks = ?2 WHERE id = ?1")?
                .execute(params![Blob16(id.0), marks])?;
            Ok(())
        })
        .await;
    }
}
