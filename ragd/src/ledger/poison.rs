//! Contents that cost too much to be tried again unasked.

use rusqlite::{OptionalExtension, params};

use super::values::from_sql_int;
use super::{Durability, GapFilter, Ledger, LedgerError, Tx};
use crate::ids::{ContentHash, Timestamp};

/// A content, and what a pipeline came to by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    pub content: ContentHash,
    pub pipeline: String,
    pub code: String,
    pub reason: String,
}

/// What is known of such a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poisoned {
    pub content: ContentHash,
    pub code: String,
    pub reason: String,
    /// Date and time, for people.
    pub at: String,
}

impl Tx<'_> {
    pub(super) fn put_poison(&self, poison: &Poison, now: Timestamp) -> rusqlite::Result<()> {
        let Poison {
            content,
            pipeline,
            code,
            reason,
        } = poison;
        // Nobody asks any more what another pipeline came to.
        self.prepare_cached("DELETE FROM poison WHERE pipeline != ?1")?
            .execute([pipeline])?;
        self.prepare_cached(
            "INSERT OR REPLACE INTO poison (content, pipeline, code, reason, at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![content.0, pipeline, code, reason, now.0])?;
        Ok(())
    }
}

impl Ledger {
    /// Returns those of `contents` that are not to be read by `pipeline`.
    pub async fn poisoned(
        &self,
        contents: Vec<ContentHash>,
        pipeline: String,
    ) -> Result<Vec<Poisoned>, LedgerError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT code, reason, strftime('%Y-%m-%d %H:%M UTC', at / 1000, 'unixepoch')
                 FROM poison WHERE content = ?1 AND pipeline = ?2",
            )?;
            let rows = contents.into_iter().map(|content| {
                let row = select.query_row(params![content.0, pipeline], |row| {
                    Ok(Poisoned {
                        content,
                        code: row.get(0)?,
                        reason: row.get(1)?,
                        at: row.get(2)?,
                    })
                });
                row.optional()
            });
            rows.filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Lets the contents of gaps be read again. Returns how many were not to be.
    pub async fn pardon(&self, filter: GapFilter) -> Result<u64, LedgerError> {
        self.write(Durability::Full, move |tx| {
            let (condition, values) = filter.condition();
            let sql = format!(
                "DELETE FROM poison WHERE content IN (SELECT content FROM gap WHERE {condition})"
            );
            let pardoned = tx.execute(&sql, rusqlite::params_from_iter(values))?;
            Ok(from_sql_int(i64::try_from(pardoned).unwrap_or(i64::MAX)))
        })
        .await
    }
}
