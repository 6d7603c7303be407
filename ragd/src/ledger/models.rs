//! Which model serves a collection, and how another one comes to.
//!
//! A switch begins with a job; while it goes on, new versions come with vectors of both models, if
//! the next one can be had. It ends with the job: the next model serves, or is forgotten.

use rusqlite::{OptionalExtension, params};

use super::values::{Blob16, from_sql_int, key_from_sql};
use super::{Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, JobId, VersionKey};

/// The next model of a collection is to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    pub model: String,
    /// As in [`Active`]: the vectors of what was active then are there.
    pub lacks: i64,
}

/// What is active in a collection.
#[derive(Clone, Debug)]
pub struct Active {
    /// How often a version became active without vectors of the next model, until just before.
    pub lacks: i64,
    pub versions: Vec<ActiveVersion>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveVersion {
    pub key: VersionKey,
    pub chunks: u32,
    /// Of the document.
    pub bytes: u64,
}

impl Tx<'_> {
    /// Begins a switch, unless `model` serves already. Returns the job of the one that is under
    /// way instead.
    pub fn begin_switch(
        &mut self,
        id: CollectionId,
        model: &str,
        job: JobId,
    ) -> rusqlite::Result<Result<(), JobId>> {
        let collection = Blob16(id.0);
        let known: Option<(String, Option<Blob16>)> = self
            .prepare_cached("SELECT model, next_job FROM collection WHERE id = ?1")?
            .query_row([collection], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match known {
            // What the serving model lacks can be made at any time.
            Some((serving, _)) if serving == model => return Ok(Ok(())),
            Some((_, Some(other))) if other.0 != job.0 => return Ok(Err(JobId(other.0))),
            _ => {}
        }
        self.prepare_cached("UPDATE collection SET next_model = ?2, next_job = ?3 WHERE id = ?1")?
            .execute(params![collection, model, Blob16(job.0)])?;
        self.show_models(id)?;
        Ok(Ok(()))
    }

    /// Forgets the model that `job` was to make the serving one, if it has not done so.
    pub fn end_switch(&mut self, job: JobId) -> rusqlite::Result<()> {
        let id = self
            .prepare_cached(
                "UPDATE collection SET next_model = NULL, next_job = NULL
                 WHERE next_job = ?1 RETURNING id",
            )?
            .query_row([Blob16(job.0)], |row| row.get::<_, Blob16>(0))
            .optional()?;
        match id {
            Some(id) => self.show_models(CollectionId(id.0)),
            None => Ok(()),
        }
    }

    /// Makes the next model the serving one. Returns whether it does: not while it lacks vectors.
    pub(super) fn serve(&mut self, id: CollectionId, serve: &Serve) -> rusqlite::Result<bool> {
        let changed = self
            .prepare_cached(
                "UPDATE collection SET previous_model = model, model = next_model,
                        next_model = NULL, next_job = NULL
                 WHERE id = ?1 AND next_model = ?2 AND lacks = ?3",
            )?
            .execute(params![Blob16(id.0), serve.model, serve.lacks])?;
        if changed > 0 {
            self.show_models(id)?;
        }
        Ok(changed > 0)
    }

    /// Notes that versions come without vectors of the next model.
    pub(super) fn note_lack(&mut self, id: CollectionId) -> rusqlite::Result<()> {
        self.prepare_cached("UPDATE collection SET lacks = lacks + 1 WHERE id = ?1")?
            .execute([Blob16(id.0)])?;
        Ok(())
    }
}

impl Ledger {
    /// Returns what is active in a collection, for whoever makes vectors of it.
    pub async fn active(&self, id: CollectionId) -> Result<Active, LedgerError> {
        self.read(move |connection| {
            // First: what becomes active in between is counted by the next look.
            let lacks = connection
                .prepare_cached("SELECT lacks FROM collection WHERE id = ?1")?
                .query_row([Blob16(id.0)], |row| row.get(0))
                .optional()?
                .unwrap_or(0);
            let versions = connection
                .prepare_cached(
                    "SELECT key, chunks, bytes FROM document
                     WHERE collection = ?1 AND key IS NOT NULL GROUP BY key",
                )?
                .query_map([Blob16(id.0)], |row| {
                    Ok(ActiveVersion {
                        key: key_from_sql(row.get(0)?),
                        chunks: row.get(1)?,
                        bytes: from_sql_int(row.get(2)?),
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Active { lacks, versions })
        })
        .await
    }
}
