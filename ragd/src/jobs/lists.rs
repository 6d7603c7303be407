//! Jobs of the ledger for whoever shows them, and forgetting those that ended long ago.

use rusqlite::{OptionalExtension, ToSql, params, params_from_iter};

use super::model::{Job, JobState};
use super::records;
use crate::ids::{CollectionId, JobId, Timestamp};
use crate::ledger::{Blob16, Ledger, LedgerError};

/// Which jobs a list is about. Empty fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub ids: Vec<JobId>,
    pub states: Vec<JobState>,
    pub collection: Option<CollectionId>,
    pub text: Option<String>,
    pub uid: Option<u32>,
    pub oldest_first: bool,
    /// Continue after the job with this sequence number.
    pub after: Option<i64>,
    pub limit: u32,
}

/// How many jobs are in which state.
#[derive(Clone, Debug, Default)]
pub struct QueueCounts {
    pub by_state: Vec<(JobState, u64)>,
    pub oldest_queued_at: Option<Timestamp>,
}

impl Ledger {
    pub async fn job(&self, id: JobId) -> Result<Option<Job>, LedgerError> {
        self.read_settled(move |connection| records::job(connection, id))
            .await
    }

    /// Lists jobs, with the number of all that fit.
    pub async fn jobs(&self, filter: JobFilter) -> Result<(Vec<Job>, u64), LedgerError> {
        self.read_settled(move |connection| {
            let (mut clauses, mut values) = (vec!["1".to_owned()], Vec::<Box<dyn ToSql>>::new());
            let mut clause = |sql: &str, value: Box<dyn ToSql>| {
                values.push(value);
                clauses.push(sql.replace('?', &format!("?{}", values.len())));
            };
            if let Some(uid) = filter.uid {
                clause("uid = ?", Box::new(uid));
            }
            if let Some(id) = filter.collection {
                clause("collection = ?", Box::new(Blob16(id.0)));
            }
            if let Some(text) = &filter.text {
                let text = text.to_lowercase();
                clause(
                    "instr(lower(source) || lower(hex(id)), ?) > 0",
                    Box::new(text),
                );
            }
            let states: Vec<String> = filter
                .states
                .iter()
                .map(|state| (*state as u8).to_string())
                .collect();
            if !states.is_empty() {
                clauses.push(format!("state IN ({})", states.join(",")));
            }
            if !filter.ids.is_empty() {
                let ids: Vec<String> = filter
                    .ids
                    .iter()
                    .map(|id| format!("x'{}'", id.0.simple()))
                    .collect();
                clauses.push(format!("id IN ({})", ids.join(",")));
            }
            let condition = clauses.join(" AND ");
            let total: i64 = connection
                .prepare_cached(&format!("SELECT COUNT(*) FROM job WHERE {condition}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            let (order, compare) = if filter.oldest_first {
                ("ASC", ">")
            } else {
                ("DESC", "<")
            };
            let after = filter
                .after
                .map_or_else(String::new, |seq| format!(" AND seq {compare} {seq}"));
            let sql = format!(
                "SELECT record FROM job WHERE {condition}{after} ORDER BY seq {order} LIMIT {}",
                filter.limit
            );
            let jobs = connection
                .prepare_cached(&sql)?
                .query_map(params_from_iter(&values), |row| row.get::<_, String>(0))?
                .map(|text| records::parse(&text?))
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok((jobs, u64::try_from(total).unwrap_or(0)))
        })
        .await
    }

    /// Returns up to `limit` ids that begin or end with the hexadecimal `digits`.
    pub async fn find_jobs(&self, digits: &str, limit: u32) -> Result<Vec<JobId>, LedgerError> {
        let digits = digits.replace('-', "").to_uppercase();
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM job WHERE substr(hex(id), 1, length(?1)) = ?1
                        OR substr(hex(id), -length(?1)) = ?1 ORDER BY seq DESC LIMIT ?2",
                )?
                .query_map(params![digits, limit], |row| {
                    Ok(JobId(row.get::<_, Blob16>(0)?.0))
                })?
                .collect()
        })
        .await
    }

    pub async fn queue_counts(&self) -> Result<QueueCounts, LedgerError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached("SELECT state, COUNT(*) FROM job GROUP BY state")?
                .query_map((), |row| Ok((row.get::<_, u8>(0)?, row.get::<_, i64>(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let by_state = rows.into_iter().filter_map(|(number, count)| {
                let state = JobState::ALL
                    .into_iter()
                    .find(|state| *state as u8 == number)?;
                Some((state, u64::try_from(count).unwrap_or(0)))
            });
            let oldest: Option<i64> = connection
                .prepare_cached("SELECT created_at FROM job WHERE state = 0 ORDER BY seq LIMIT 1")?
                .query_row((), |row| row.get(0))
                .optional()?;
            Ok(QueueCounts {
                by_state: by_state.collect(),
                oldest_queued_at: oldest.map(Timestamp),
            })
        })
        .await
    }

    /// Tells whether a job has not ended whose source begins with `name`.
    pub async fn has_open_job_of(&self, name: String) -> Result<bool, LedgerError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM job WHERE ended_at IS NULL
                        AND substr(source, 1, length(?1)) = ?1)",
                )?
                .query_row([name], |row| row.get(0))
        })
        .await
    }

    /// Forgets jobs that ended before `ended`, dead ones that ended before `dead`.
    pub async fn forget_jobs(
        &self,
        ended: Timestamp,
        dead: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<JobId>, LedgerError> {
        let old: Vec<JobId> = self
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT id FROM job WHERE ended_at IS NOT NULL
                            AND ended_at < CASE state WHEN 12 THEN ?2 ELSE ?1 END LIMIT 1000",
                    )?
                    .query_map((ended.0, dead.0), |row| {
                        Ok(JobId(row.get::<_, Blob16>(0)?.0))
                    })?
                    .collect()
            })
            .await?;
        if old.is_empty() {
            // Nothing to write, so no disk is woken up.
            return Ok(old);
        }
        self.write(crate::ledger::Durability::Full, move |tx| {
            for id in &old {
                records::remove(tx, *id)?;
            }
            tx.execute("DELETE FROM job_key WHERE expires_at < ?1", [now.0])?;
            Ok(old)
        })
        .await
    }
}
