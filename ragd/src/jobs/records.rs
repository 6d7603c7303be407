//! Jobs and parts as rows of the ledger.
//!
//! A job is one JSON record beside the columns that are searched. The record is small and changes
//! as a whole, so its fields need no migrations.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Lease;
use super::gaps;
use super::model::{Failure, Job, JobKind, JobState, NewJob, PartWork, Policy, Retry};
use super::schedule::Slot;
use super::state::{self, Event, Part, PartCounts, PartState};
use crate::ids::{CollectionId, JobId, Timestamp};
use crate::ledger::{Blob16, Tx};

/// A part as it is stored, without its work.
#[derive(Clone, Debug)]
pub(super) struct PartRow {
    pub(super) number: u32,
    pub(super) state: PartState,
    attempts: u32,
    stalls: u32,
    deaths: u32,
    run_at: i64,
    cost: i64,
    work: String,
}

impl PartRow {
    pub(super) fn part(&self) -> Part {
        Part {
            state: self.state,
            attempts: self.attempts,
            stalls: self.stalls,
            deaths: self.deaths,
        }
    }

    pub(super) fn part_work(&self) -> PartWork {
        // What this build wrote it can read; anything else would have been refused by the schema.
        serde_json::from_str(&self.work).unwrap_or(PartWork::Whole)
    }
}

const STATES: [(PartState, u8); 8] = [
    (PartState::Ready, 0),
    (PartState::Delayed, 1),
    (PartState::Parked, 2),
    (PartState::Running, 3),
    (PartState::Finished, 10),
    (PartState::Failed, 11),
    (PartState::Dead, 12),
    (PartState::Cancelled, 13),
];

fn number_of(state: PartState) -> u8 {
    STATES
        .iter()
        .find(|(known, _)| *known == state)
        .expect("every state has a number")
        .1
}

fn state_of(number: u8) -> PartState {
    // A number of a newer build cannot be here: the schema version would have been refused.
    STATES
        .iter()
        .find(|(_, known)| *known == number)
        .map_or(PartState::Dead, |(state, _)| *state)
}

fn bad_json(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}

pub(super) fn parse(text: &str) -> rusqlite::Result<Job> {
    serde_json::from_str(text).map_err(bad_json)
}

fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(bad_json)
}

/// Returns where a job stands among those of its user: smaller goes first.
pub(super) fn rank(job: &Job) -> i64 {
    job.created_at.0 - job.priority.head_start_ms()
}

pub(super) fn died(how: &str, times: u32) -> Failure {
    Failure {
        code: "worker-lost".to_owned(),
        message: format!("given up: {how} {times} times while it worked on this"),
        causes: Vec::new(),
        hint: Some("look into the log of ragd, then `ragctl job retry`".to_owned()),
        retry: Retry::Never,
    }
}

pub(super) fn job(connection: &Connection, id: JobId) -> rusqlite::Result<Option<Job>> {
    let text: Option<String> = connection
        .prepare_cached("SELECT record FROM job WHERE id = ?1")?
        .query_row([Blob16(id.0)], |row| row.get(0))
        .optional()?;
    text.map(|text| parse(&text)).transpose()
}

const PART: &str = "number, state, attempts, stalls, deaths, run_at, cost, work";

fn part_from_row(row: &Row<'_>) -> rusqlite::Result<PartRow> {
    Ok(PartRow {
        number: row.get(0)?,
        state: state_of(row.get(1)?),
        attempts: row.get(2)?,
        stalls: row.get(3)?,
        deaths: row.get(4)?,
        run_at: row.get::<_, Option<i64>>(5)?.unwrap_or(0),
        cost: row.get(6)?,
        work: row.get(7)?,
    })
}

pub(super) fn parts(connection: &Connection, id: JobId) -> rusqlite::Result<Vec<PartRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {PART} FROM part WHERE job = ?1 ORDER BY number"
        ))?
        .query_map([Blob16(id.0)], part_from_row)?
        .collect()
}

pub(super) fn job_and_part(
    connection: &Connection,
    lease: Lease,
) -> rusqlite::Result<Option<(Job, PartRow)>> {
    let Some(job) = job(connection, lease.job)? else {
        return Ok(None);
    };
    let row = connection
        .prepare_cached(&format!(
            "SELECT {PART} FROM part WHERE job = ?1 AND number = ?2"
        ))?
        .query_row(params![Blob16(lease.job.0), lease.part], part_from_row)
        .optional()?;
    Ok(row.map(|row| (job, row)))
}

pub(super) fn update_part(
    tx: &Tx<'_>,
    lease: Lease,
    part: &Part,
    due: i64,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE part SET state = ?3, attempts = ?4, stalls = ?5, deaths = ?6, run_at = ?7
         WHERE job = ?1 AND number = ?2",
    )?
    .execute(params![
        Blob16(lease.job.0),
        lease.part,
        number_of(part.state),
        part.attempts,
        part.stalls,
        part.deaths,
        due,
    ])?;
    Ok(())
}

pub(super) fn note_part(tx: &Tx<'_>, lease: Lease, state: PartState) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE part SET state = ?3 WHERE job = ?1 AND number = ?2")?
        .execute(params![Blob16(lease.job.0), lease.part, number_of(state)])?;
    Ok(())
}

/// Stores new parts of `job` and returns them as they are to be scheduled.
pub(super) fn add_parts(
    tx: &Tx<'_>,
    job: &mut Job,
    new: Vec<(PartWork, u64)>,
) -> rusqlite::Result<Vec<Slot>> {
    let mut slots = Vec::with_capacity(new.len());
    for (work, cost) in new {
        let row = PartRow {
            number: job.counts.total(),
            state: PartState::Ready,
            attempts: 0,
            stalls: 0,
            deaths: 0,
            run_at: 0,
            cost: i64::try_from(cost).unwrap_or(i64::MAX),
            work: to_json(&work)?,
        };
        tx.prepare_cached(
            "INSERT INTO part (job, number, state, cost, work) VALUES (?1, ?2, 0, ?3, ?4)",
        )?
        .execute(params![Blob16(job.id.0), row.number, row.cost, row.work])?;
        job.counts.ready += 1;
        slots.push(slot_with(job, &row, Part::NEW, work));
    }
    Ok(slots)
}

/// Returns a stored part as it is to be scheduled.
pub(super) fn slot(job: &Job, row: &PartRow, part: Part) -> Slot {
    slot_with(job, row, part, row.part_work())
}

fn slot_with(job: &Job, row: &PartRow, part: Part, work: PartWork) -> Slot {
    let parked = part.state == PartState::Parked;
    Slot {
        job: job.id,
        number: row.number,
        uid: job.uid,
        rank: rank(job),
        seq: job.seq,
        part,
        due: row.run_at,
        parked_for: job.parked_for.clone().filter(|_| parked),
        cost: u64::try_from(row.cost).unwrap_or(0),
        work: Arc::clone(&job.work),
        part_work: Arc::new(work),
        collection: job.collection,
        accepted: job.accepted,
        holder: None,
    }
}

/// Stores a job after its parts changed. An end is counted, and lets go what the job held.
pub(super) fn settle(tx: &mut Tx<'_>, job: Job, now: Timestamp) -> rusqlite::Result<Job> {
    let state = state::job_state(&job.counts, job.cancelling);
    let ends = state.is_end() && !job.state.is_end();
    store(tx, job, state, i64::from(ends), now)
}

/// Stores a job that had ended and goes on.
pub(super) fn reopen(tx: &mut Tx<'_>, job: Job, now: Timestamp) -> rusqlite::Result<Job> {
    let state = state::job_state(&job.counts, false);
    store(tx, job, state, -1, now)
}

fn store(
    tx: &mut Tx<'_>,
    mut job: Job,
    state: JobState,
    ends: i64,
    now: Timestamp,
) -> rusqlite::Result<Job> {
    job.state = state;
    if ends > 0 {
        job.ended_at = Some(now);
        tx.release_blobs(job.id)?;
        if job.work.kind() == JobKind::Embed {
            // A switch that did not come to its end is none any more.
            tx.end_switch(job.id)?;
        }
    }
    job.retry_at = match state {
        JobState::Retrying => first_retry(tx, job.id)?,
        _ => None,
    };
    if job.counts.parked == 0 {
        job.parked_for = None;
    }
    tx.prepare_cached(
        "UPDATE job SET state = ?2, ends = ends + ?3, ended_at = ?4, record = ?5 WHERE id = ?1",
    )?
    .execute(params![
        Blob16(job.id.0),
        state as u8,
        ends,
        job.ended_at.map(|at| at.0),
        to_json(&job)?
    ])?;
    Ok(job)
}

/// Returns when the first delayed part of a job is due.
fn first_retry(tx: &Tx<'_>, id: JobId) -> rusqlite::Result<Option<Timestamp>> {
    let first: Option<i64> = tx
        .prepare_cached("SELECT MIN(run_at) FROM part WHERE job = ?1 AND state = ?2")?
        .query_row(
            params![Blob16(id.0), number_of(PartState::Delayed)],
            |row| row.get(0),
        )?;
    Ok(first.map(Timestamp))
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    new: NewJob,
    collection: Option<CollectionId>,
    accepted: i64,
    now: Timestamp,
) -> rusqlite::Result<(Job, Vec<Slot>)> {
    let seq: i64 = tx
        .prepare_cached("SELECT COALESCE(MAX(seq), 0) + 1 FROM job")?
        .query_row((), |row| row.get(0))?;
    let mut job = Job {
        id: new.id,
        seq,
        uid: new.uid,
        work: Arc::new(new.work),
        collection,
        source: new.source,
        priority: new.priority,
        key: new.key,
        accepted,
        state: JobState::Queued,
        counts: PartCounts::default(),
        cancelling: false,
        attempts: 0,
        stalls: 0,
        created_at: now,
        started_at: None,
        ended_at: None,
        retry_at: None,
        parked_for: None,
        last_error: None,
        totals: new.totals,
        done: new.planned,
        kept: 0,
    };
    tx.prepare_cached(
        "INSERT INTO job (id, seq, uid, state, collection, source, created_at, record)
         VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, '')",
    )?
    .execute(params![
        Blob16(job.id.0),
        seq,
        job.uid,
        collection.map(|id| Blob16(id.0)),
        job.source,
        now.0
    ])?;
    let parts = match new.parts.is_empty() {
        true => vec![(PartWork::Whole, new.cost)],
        false => new.parts,
    };
    let slots = add_parts(tx, &mut job, parts)?;
    let job = settle(tx, job, now)?;
    Ok((job, slots))
}

pub(super) fn remove(tx: &Tx<'_>, id: JobId) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM job_key WHERE job = ?1",
        "UPDATE gap SET job = NULL WHERE job = ?1",
        "DELETE FROM job WHERE id = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([Blob16(id.0)])?;
    }
    Ok(())
}

pub(super) fn exists(tx: &Tx<'_>, id: JobId) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM job WHERE id = ?1)")?
        .query_row([Blob16(id.0)], |row| row.get(0))
}

pub(super) fn collection(tx: &Tx<'_>, name: &str) -> rusqlite::Result<Option<CollectionId>> {
    tx.prepare_cached("SELECT id FROM collection WHERE name = ?1")?
        .query_row([name], |row| Ok(CollectionId(row.get::<_, Blob16>(0)?.0)))
        .optional()
}

pub(super) fn owner(tx: &Tx<'_>, id: CollectionId) -> rusqlite::Result<u32> {
    tx.prepare_cached("SELECT owner FROM collection WHERE id = ?1")?
        .query_row([Blob16(id.0)], |row| row.get(0))
}

/// Returns the job of a caller's key, and what it asked for.
pub(super) fn keyed(
    tx: &Tx<'_>,
    uid: u32,
    key: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<(JobId, [u8; 32])>> {
    tx.prepare_cached(
        "SELECT job, fingerprint FROM job_key WHERE uid = ?1 AND name = ?2 AND expires_at > ?3",
    )?
    .query_row(params![uid, key, now.0], |row| {
        Ok((JobId(row.get::<_, Blob16>(0)?.0), row.get(1)?))
    })
    .optional()
}

pub(super) fn remember_key(
    tx: &Tx<'_>,
    uid: u32,
    key: &str,
    fingerprint: &[u8; 32],
    job: JobId,
    expires_at: i64,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO job_key VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![uid, key, fingerprint, Blob16(job.0), expires_at])?;
    Ok(())
}

/// Returns the newest job of an equal request that was not begun, as far as the ledger knows.
pub(super) fn waiting_with(tx: &Tx<'_>, dedup: &[u8; 32]) -> rusqlite::Result<Option<JobId>> {
    tx.prepare_cached(
        "SELECT id FROM job WHERE dedup = ?1 AND state = 0 ORDER BY seq DESC LIMIT 1",
    )?
    .query_row([dedup], |row| Ok(JobId(row.get::<_, Blob16>(0)?.0)))
    .optional()
}

pub(super) fn set_dedup(tx: &Tx<'_>, id: JobId, dedup: &[u8; 32]) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE job SET dedup = ?2 WHERE id = ?1")?
        .execute(params![Blob16(id.0), dedup])?;
    Ok(())
}

pub(super) fn flag(tx: &Tx<'_>, name: &str) -> rusqlite::Result<bool> {
    tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?1 AND value = 1)",
        [name],
        |row| row.get(0),
    )
}

pub(super) fn set_flag(tx: &Tx<'_>, name: &str, on: bool) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
        params![name, on],
    )?;
    Ok(())
}

/// Makes the claims of an earlier start void, and returns all open parts.
pub(super) fn recover(
    tx: &mut Tx<'_>,
    policy: &Policy,
    now: Timestamp,
) -> rusqlite::Result<Vec<Slot>> {
    let ids: Vec<JobId> = tx
        .prepare("SELECT id FROM job WHERE state < 10 ORDER BY seq")?
        .query_map((), |row| Ok(JobId(row.get::<_, Blob16>(0)?.0)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut slots = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(mut job) = job(tx, id)? else {
            continue;
        };
        let (mut changed, mut open) = (false, Vec::new());
        for row in parts(tx, id)?.into_iter().filter(|row| !row.state.is_end()) {
            let mut part = row.part();
            let event = match row.state {
                _ if job.cancelling => Some(Event::Cancelled),
                PartState::Running => Some(Event::OwnerDied),
                // What it waited for may be back: trying tells.
                PartState::Parked => Some(Event::Due),
                _ => None,
            };
            if let Some(event) = event {
                part = state::apply(part, event, policy).expect("open parts take these events");
                let lease = Lease {
                    job: id,
                    part: row.number,
                    fence: 0,
                };
                update_part(tx, lease, &part, row.run_at)?;
                job.counts.shift(row.state, part.state);
                changed = true;
                if part.state == PartState::Dead {
                    let failure = died("ragd died", part.deaths);
                    gaps::give_up(tx, &mut job, &row.part_work(), failure, now)?;
                }
            }
            if !part.state.is_end() {
                open.push((row, part));
            }
        }
        if changed {
            job = settle(tx, job, now)?;
        }
        slots.extend(open.into_iter().map(|(row, part)| slot(&job, &row, part)));
    }
    Ok(slots)
}
