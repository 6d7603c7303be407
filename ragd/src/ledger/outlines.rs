//! What programs say of themselves and of others: kept with their documents, read when somebody asks
//! for a project as a whole. The ledger does not know what is in it.

use rusqlite::{OptionalExtension, params};

use super::standings::{self, Standings};
use super::values::hash_of;
use super::{Blob16, Durability, Ledger, LedgerError, Tx};
use crate::ids::{CollectionId, ContentHash, DocumentId};

/// The outline of a document.
#[derive(Clone, Debug)]
pub struct OutlineRow {
    pub document: DocumentId,
    pub path: Vec<u8>,
    pub language: Option<String>,
    pub bytes: u64,
    pub packed: Vec<u8>,
}

impl Tx<'_> {
    /// Replaces the outline of a document, and tells whether there is or was one.
    pub(super) fn put_outline(
        &self,
        document: DocumentId,
        packed: Option<&[u8]>,
    ) -> rusqlite::Result<bool> {
        let document = Blob16(document.0);
        let rows = match packed {
            Some(packed) => self
                .prepare_cached(
                    "INSERT OR REPLACE INTO outline (document, packed) VALUES (?1, ?2)",
                )?
                .execute(params![document, packed])?,
            None => self
                .prepare_cached("DELETE FROM outline WHERE document = ?1")?
                .execute([document])?,
        };
        Ok(rows > 0)
    }

    /// Notes that something changed of what the programs of a collection say, or people of them.
    pub(super) fn note_project(&self, collection: Blob16) -> rusqlite::Result<()> {
        self.prepare_cached(
            "INSERT INTO project (collection, revision) VALUES (?1, 1)
             ON CONFLICT (collection) DO UPDATE SET revision = revision + 1",
        )?
        .execute([collection])?;
        Ok(())
    }
}

/// A file that introduces people to a project.
#[derive(Clone, Debug)]
pub struct ReadmeRow {
    pub path: Vec<u8>,
    pub title: Option<String>,
    pub content: ContentHash,
    /// Its path fits what was asked for.
    pub fits: bool,
}

/// Tells whether a file introduces people to a project, by its name.
pub(super) fn is_readme(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    name.get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"readme"))
}

impl Ledger {
    /// Returns how often what is known of the programs of a collection changed.
    pub async fn project_revision(&self, collection: CollectionId) -> Result<i64, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT revision FROM project WHERE collection = ?1")?
                .query_row([Blob16(collection.0)], |row| row.get(0))
                .optional()
                .map(Option::unwrap_or_default)
        })
        .await
    }

    /// Lists the collections whose overview tells of an earlier state than this.
    pub async fn untold_projects(&self) -> Result<Vec<(CollectionId, i64)>, LedgerError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT collection, revision FROM project WHERE told != revision")?
                .query_map((), |row| {
                    Ok((CollectionId(row.get::<_, Blob16>(0)?.0), row.get(1)?))
                })?
                .collect()
        })
        .await
    }

    /// Notes that the overview of a collection tells of this state, in which these documents stand
    /// out.
    pub async fn told_project(
        &self,
        collection: CollectionId,
        revision: i64,
        standings: Standings,
    ) -> Result<(), LedgerError> {
        self.write(Durability::Full, move |tx| {
            let told = tx
                .prepare_cached(
                    "UPDATE project SET told = ?2, standings = ?3 WHERE collection = ?1",
                )?
                .execute(params![
                    Blob16(collection.0),
                    revision,
                    standings::pack(&standings)
                ])?;
            // The collection may have gone meanwhile.
            if told > 0 {
                let visibility = tx.visibility();
                tx.after_commit(move || visibility.set_standings(collection, standings));
            }
            Ok(())
        })
        .await
    }

    /// Returns the outlines of a collection whose paths fit a GLOB of SQLite, by path, and of no more
    /// than so many documents.
    pub async fn outlines(
        &self,
        collection: CollectionId,
        path: Option<String>,
        limit: u32,
    ) -> Result<Vec<OutlineRow>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT path, language, bytes, packed, id
                 FROM document JOIN outline ON outline.document = document.id
                 WHERE collection = ?1 AND removed = 0 AND key IS NOT NULL
                   AND (?2 IS NULL OR CAST(path AS TEXT) GLOB ?2)
                 ORDER BY path LIMIT ?3",
            )?;
            let rows = select.query_map(params![Blob16(collection.0), path, limit], |row| {
                Ok(OutlineRow {
                    path: row.get(0)?,
                    language: row.get(1)?,
                    bytes: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                    packed: row.get(3)?,
                    document: DocumentId(row.get::<_, Blob16>(4)?.0),
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// Returns the files that introduce people to the projects of a collection, the outermost first,
    /// and whether they fit a GLOB of SQLite.
    pub async fn readmes(
        &self,
        collection: CollectionId,
        path: Option<String>,
    ) -> Result<Vec<ReadmeRow>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT path, title, content, ?2 IS NULL OR CAST(path AS TEXT) GLOB ?2
                 FROM document
                 WHERE collection = ?1 AND removed = 0 AND key IS NOT NULL
                   AND CAST(path AS TEXT) GLOB '*[Rr][Ee][Aa][Dd][Mm][Ee]*'",
            )?;
            let rows = select.query_map(params![Blob16(collection.0), path], |row| {
                Ok(ReadmeRow {
                    path: row.get(0)?,
                    title: row.get(1)?,
                    content: hash_of(row.get_ref(2)?.as_blob()?)?,
                    fits: row.get(3)?,
                })
            })?;
            let mut rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            rows.retain(|row: &ReadmeRow| is_readme(&row.path));
            rows.sort_by_cached_key(|row| {
                let folders = row.path.iter().filter(|byte| **byte == b'/').count();
                (folders, row.path.clone())
            });
            Ok(rows)
        })
        .await
    }
}
