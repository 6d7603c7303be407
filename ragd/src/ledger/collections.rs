//! Collections.

use rusqlite::{OptionalExtension, Row, params};

use super::values::{Blob16, from_sql_int, key_from_sql};
use super::visibility::Models;
use super::{Durability, Ledger, LedgerError, Tx};
use crate::config::IndexKind;
use crate::ids::{CollectionId, DocumentId, JobId, Timestamp, VersionKey};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRow {
    pub id: CollectionId,
    pub name: String,
    pub owner: u32,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub documents: u64,
    pub chunks: u64,
    pub bytes: u64,
    pub gaps: u64,
    /// The model whose vectors serve.
    pub model: String,
    /// The model that is to serve next, and the job that makes its vectors.
    pub next: Option<(String, JobId)>,
    /// The model that served before; its vectors are kept.
    pub previous: Option<String>,
    pub home: IndexKind,
}

const COLUMNS: &str = "id, name, owner, created_at, updated_at, documents, chunks, bytes,
    (SELECT COUNT(*) FROM gap WHERE gap.collection = collection.id AND code != 'skipped'),
    model, next_model, next_job, previous_model, home";

fn from_row(row: &Row<'_>) -> rusqlite::Result<CollectionRow> {
    Ok(CollectionRow {
        id: CollectionId(row.get::<_, Blob16>(0)?.0),
        name: row.get(1)?,
        owner: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
        updated_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        documents: from_sql_int(row.get(5)?),
        chunks: from_sql_int(row.get(6)?),
        bytes: from_sql_int(row.get(7)?),
        gaps: from_sql_int(row.get(8)?),
        model: row.get(9)?,
        next: row
            .get::<_, Option<String>>(10)?
            .zip(row.get::<_, Option<Blob16>>(11)?.map(|id| JobId(id.0))),
        previous: row.get(12)?,
        home: home_from_sql(&row.get::<_, String>(13)?),
    })
}

/// A word that this daemon does not know is of a younger one, which the version of the file tells.
pub(super) fn home_from_sql(word: &str) -> IndexKind {
    let known = IndexKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == word);
    known.unwrap_or_default()
}

impl Tx<'_> {
    /// Returns the id of a collection and whether it was made now; then `model` serves it.
    pub fn ensure_collection(
        &mut self,
        name: &str,
        owner: u32,
        model: &str,
        home: IndexKind,
        now: Timestamp,
    ) -> rusqlite::Result<(CollectionId, bool)> {
        let known = self
            .prepare_cached("SELECT id FROM collection WHERE name = ?1")?
            .query_row([name], |row| row.get::<_, Blob16>(0))
            .optional()?;
        if let Some(id) = known {
            return Ok((CollectionId(id.0), false));
        }
        let id = uuid::Uuid::now_v7();
        self.prepare_cached(
            "INSERT INTO collection (id, name, owner, model, home, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            Blob16(id),
            name,
            owner,
            model,
            home.as_str(),
            now.0
        ])?;
        let id = CollectionId(id);
        self.show_models(id)?;
        Ok((id, true))
    }

    /// The chunks of a collection are all there: from the commit on they are looked for there.
    pub(super) fn move_to(&mut self, id: CollectionId, home: IndexKind) -> rusqlite::Result<()> {
        self.prepare_cached("UPDATE collection SET home = ?2 WHERE id = ?1")?
            .execute(params![Blob16(id.0), home.as_str()])?;
        self.show_models(id)
    }

    /// Has what is stored of home and models of a collection seen by all, from the commit on.
    pub(super) fn show_models(&mut self, id: CollectionId) -> rusqlite::Result<()> {
        let models = self
            .prepare_cached("SELECT model, next_model, home FROM collection WHERE id = ?1")?
            .query_row([Blob16(id.0)], |row| {
                Ok(Models {
                    serving: row.get(0)?,
                    next: row.get(1)?,
                    home: home_from_sql(&row.get::<_, String>(2)?),
                })
            })
            .optional()?;
        let visibility = self.visibility();
        self.after_commit(move || visibility.set_models(id, models));
        Ok(())
    }
}

impl Ledger {
    /// Returns the collection of a name.
    pub async fn collection(&self, name: &str) -> Result<Option<CollectionRow>, LedgerError> {
        let name = name.to_owned();
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM collection WHERE name = ?1"))?
                .query_row([name], from_row)
                .optional()
        })
        .await
    }

    /// Returns all collections by name.
    pub async fn collections(&self) -> Result<Vec<CollectionRow>, LedgerError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM collection ORDER BY name"))?
                .query_map((), from_row)?
                .collect()
        })
        .await
    }

    /// Makes a collection; `None` if the name is taken.
    pub async fn create_collection(
        &self,
        name: &str,
        owner: u32,
        model: &str,
        home: IndexKind,
    ) -> Result<Option<CollectionId>, LedgerError> {
        let (name, model) = (name.to_owned(), model.to_owned());
        self.write(Durability::Full, move |tx| {
            let (id, new) = tx.ensure_collection(&name, owner, &model, home, crate::ids::now())?;
            Ok(new.then_some(id))
        })
        .await
    }

    /// Removes a collection with everything in it, from this moment on invisible.
    pub async fn remove_collection(&self, id: CollectionId) -> Result<(), LedgerError> {
        let visibility = self.visibility();
        self.write(Durability::Full, move |tx| {
            let gone: Vec<(VersionKey, DocumentId)> = tx
                .prepare("SELECT key, id FROM document WHERE collection = ?1 AND key IS NOT NULL")?
                .query_map([Blob16(id.0)], |row| {
                    let document = DocumentId(row.get::<_, Blob16>(1)?.0);
                    Ok((key_from_sql(row.get(0)?), document))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let keys: Vec<_> = gone.iter().map(|(key, _)| *key).collect();
            tx.execute("DELETE FROM version WHERE collection = ?1", [Blob16(id.0)])?;
            tx.execute("DELETE FROM collection WHERE id = ?1", [Blob16(id.0)])?;
            tx.after_commit(move || {
                visibility.flip(&gone, &[]);
                visibility.forget(&keys);
                visibility.set_models(id, None);
            });
            Ok(())
        })
        .await
    }
}
