//! Conversations, and the answers of jobs. What is in a record is known to `answer` only.

use rusqlite::{OptionalExtension, params};

use super::values::{Blob16, from_sql_int};
use super::{Durability, Ledger, LedgerError};
use crate::ids::{ConversationId, JobId, Timestamp};

/// Turns of one conversation; of a longer one the oldest go.
const MOST_TURNS: i64 = 1_000;

/// A turn that is to be kept.
#[derive(Clone, Debug)]
pub struct KeptTurn {
    pub conversation: ConversationId,
    pub uid: u32,
    /// Of the conversation, if this is its first turn.
    pub title: String,
    pub collection: Option<String>,
    pub at: Timestamp,
    pub record: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub title: String,
    pub collection: Option<String>,
    pub turns: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Ledger {
    /// Adds a turn to its conversation, which begins with it or is there already. One of somebody
    /// else, or one that was removed meanwhile, is left alone.
    pub async fn keep_turn(&self, turn: KeptTurn) -> Result<(), LedgerError> {
        self.write(Durability::Full, move |tx| {
            let id = Blob16(turn.conversation.0);
            let first: i64 = tx.query_row("SELECT COUNT(*) FROM turn WHERE conversation = ?1", [id], |row| row.get(0))?;
            if first == 0 {
                tx.prepare_cached(
                    "INSERT INTO conversation (id, uid, title, collection, created_at, updated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO NOTHING",
                )?
                .execute(params![id, turn.uid, turn.title, turn.collection, turn.at.0])?;
            }
            let known = tx
                .prepare_cached(
                    "UPDATE conversation SET updated_at = ?3, collection = ?4 WHERE id = ?1 AND uid = ?2",
                )?
                .execute(params![id, turn.uid, turn.at.0, turn.collection])?;
            if known == 0 {
                return Ok(());
            }
            let number: i64 = tx.query_row(
                "SELECT COALESCE(MAX(number), 0) + 1 FROM turn WHERE conversation = ?1",
                [id],
                |row| row.get(0),
            )?;
            tx.prepare_cached("INSERT INTO turn (conversation, number, record) VALUES (?1, ?2, ?3)")?
                .execute(params![id, number, turn.record])?;
            tx.prepare_cached("DELETE FROM turn WHERE conversation = ?1 AND number <= ?2")?
                .execute(params![id, number - MOST_TURNS])?;
            Ok(())
        })
        .await
    }

    /// Returns the records of the last turns, oldest first. `None`: this user has no such
    /// conversation.
    pub async fn last_turns(
        &self,
        id: ConversationId,
        uid: u32,
        limit: u32,
    ) -> Result<Option<Vec<String>>, LedgerError> {
        self.read(move |connection| {
            let id = Blob16(id.0);
            let own: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM conversation WHERE id = ?1 AND uid = ?2)",
                )?
                .query_row(params![id, uid], |row| row.get(0))?;
            if !own {
                return Ok(None);
            }
            let mut records = connection
                .prepare_cached(
                    "SELECT record FROM turn WHERE conversation = ?1 ORDER BY number DESC LIMIT ?2",
                )?
                .query_map(params![id, limit], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<String>>>()?;
            records.reverse();
            Ok(Some(records))
        })
        .await
    }

    /// Returns turns after number `after` with their numbers, oldest first, and how many there are.
    /// `None`: this user has no such conversation.
    pub async fn turns(
        &self,
        id: ConversationId,
        uid: u32,
        after: i64,
        limit: u32,
    ) -> Result<Option<(Vec<(i64, String)>, u64)>, LedgerError> {
        self.read(move |connection| {
            let id = Blob16(id.0);
            let total = connection
                .prepare_cached(
                    "SELECT (SELECT COUNT(*) FROM turn WHERE conversation = id)
                     FROM conversation WHERE id = ?1 AND uid = ?2",
                )?
                .query_row(params![id, uid], |row| row.get::<_, i64>(0))
                .optional()?;
            let Some(total) = total else { return Ok(None) };
            let turns = connection
                .prepare_cached(
                    "SELECT number, record FROM turn WHERE conversation = ?1 AND number > ?2
                     ORDER BY number LIMIT ?3",
                )?
                .query_map(params![id, after, limit], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Some((turns, from_sql_int(total))))
        })
        .await
    }

    /// Returns conversations of a user, the one last spoken in first, and how many there are.
    pub async fn conversations(
        &self,
        uid: u32,
        skip: u64,
        limit: u32,
    ) -> Result<(Vec<ConversationRow>, u64), LedgerError> {
        self.read(move |connection| {
            let total: i64 = connection
                .prepare_cached("SELECT COUNT(*) FROM conversation WHERE uid = ?1")?
                .query_row([uid], |row| row.get(0))?;
            let rows = connection
                .prepare_cached(
                    "SELECT id, title, collection, created_at, updated_at,
                            (SELECT COUNT(*) FROM turn WHERE conversation = id)
                     FROM conversation WHERE uid = ?1
                     ORDER BY updated_at DESC, id DESC LIMIT ?3 OFFSET ?2",
                )?
                .query_map(
                    params![uid, i64::try_from(skip).unwrap_or(i64::MAX), limit],
                    |row| {
                        Ok(ConversationRow {
                            id: ConversationId(row.get::<_, Blob16>(0)?.0),
                            title: row.get(1)?,
                            collection: row.get(2)?,
                            created_at: Timestamp(row.get(3)?),
                            updated_at: Timestamp(row.get(4)?),
                            turns: from_sql_int(row.get(5)?),
                        })
                    },
                )?
                .collect::<rusqlite::Result<_>>()?;
            Ok((rows, from_sql_int(total)))
        })
        .await
    }

    /// Forgets a conversation. `false`: this user has no such conversation.
    pub async fn remove_conversation(
        &self,
        id: ConversationId,
        uid: u32,
    ) -> Result<bool, LedgerError> {
        self.write(Durability::Full, move |tx| {
            let gone = tx.execute(
                "DELETE FROM conversation WHERE id = ?1 AND uid = ?2",
                params![Blob16(id.0), uid],
            )?;
            Ok(gone > 0)
        })
        .await
    }

    /// Keeps the answer of a job. A later one takes its place.
    pub async fn keep_answer(&self, job: JobId, record: String) -> Result<(), LedgerError> {
        self.write(Durability::Full, move |tx| {
            tx.execute(
                "INSERT INTO job_answer (job, record) SELECT id, ?2 FROM job WHERE id = ?1
                 ON CONFLICT (job) DO UPDATE SET record = excluded.record",
                params![Blob16(job.0), record],
            )?;
            Ok(())
        })
        .await
    }

    /// Returns the answer of a job.
    pub async fn answer(&self, job: JobId) -> Result<Option<String>, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT record FROM job_answer WHERE job = ?1")?
                .query_row([Blob16(job.0)], |row| row.get(0))
                .optional()
        })
        .await
    }
}
