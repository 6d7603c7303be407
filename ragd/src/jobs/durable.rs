//! The queue on the ledger: what is open lives in memory, what happened is in SQLite.
//!
//! A claim only changes memory, so starting a job costs no fsync; after a crash nothing is claimed.
//! Every end is decided in the writer's transaction by the stored row and told to memory, and to
//! listeners, in the order of the commits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

use super::events::{EventKind, Events};
use super::model::{Failure, JobState, NewJob, PartWork, Policy, Priority, Retry, Source, Work};
use super::records;
use super::schedule::{Schedule, Slot};
use super::state::{self, Event, Part, PartState};
use super::{Beat, Clock, Ended, JobQueue, Lease, Leased, Outcome, Pushed, QueueError, Receipt};
use crate::ids::{ContentHash, JobId};
use crate::ledger::{Applied, Durability, Ledger, Tx};

const KEY_LIFE_MS: i64 = 7 * 24 * 3_600_000;
const PAUSED: &str = "paused";

pub(super) struct Durable {
    ledger: Ledger,
    shared: Arc<Shared>,
}

struct Shared {
    policy: Policy,
    clock: Arc<dyn Clock>,
    schedule: Mutex<Schedule>,
    events: Arc<Events>,
    ready: Notify,
}

impl Shared {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Anything due much further away than the longest pause comes from a clock that was wrong.
    fn due_horizon_ms(&self) -> i64 {
        let longest = self.policy.retry_max_ms.max(self.policy.retry_after_max_ms);
        i64::try_from(longest.saturating_mul(2)).unwrap_or(i64::MAX)
    }
}

/// Returns the uploads that a job needs.
fn uploads(work: &Work) -> Vec<ContentHash> {
    match work {
        Work::Ingest(work) => match &work.source {
            Source::Uploads(uploads) => uploads.iter().map(|upload| upload.content).collect(),
            Source::Paths(_) => Vec::new(),
        },
        Work::Probe => Vec::new(),
    }
}

/// Returns the first of `uploads` that is not there.
fn missing(tx: &Tx<'_>, uploads: &[ContentHash]) -> rusqlite::Result<Option<ContentHash>> {
    for hash in uploads {
        if !tx.has_blob(*hash)? {
            return Ok(Some(*hash));
        }
    }
    Ok(None)
}

/// How a run ended, as the worker has it.
enum End {
    Finish(Outcome),
    Fail(Failure),
    HandBack,
}

impl Durable {
    pub(super) async fn open(
        ledger: Ledger,
        policy: Policy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, QueueError> {
        let events = Arc::new(Events::new(Arc::clone(&clock)));
        let mut schedule = Schedule::new(ledger.start());
        let (now, rules) = (clock.now(), policy.clone());
        let (slots, paused) = ledger
            .write(Durability::Full, move |tx| {
                let slots = records::recover(tx, &rules, now)?;
                Ok((slots, records::flag(tx, PAUSED)?))
            })
            .await
            .map_err(QueueError::Ledger)?;
        for slot in slots {
            schedule.insert(slot);
        }
        schedule.paused = paused;
        let schedule = Mutex::new(schedule);
        let shared = Shared {
            policy,
            clock,
            schedule,
            events,
            ready: Notify::new(),
        };
        Ok(Self {
            ledger,
            shared: Arc::new(shared),
        })
    }

    async fn write<T, F>(&self, change: F) -> Result<T, QueueError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        self.ledger
            .write(Durability::Full, change)
            .await
            .map_err(QueueError::Ledger)
    }

    /// Writes how a run ended and settles the part accordingly.
    async fn end(&self, lease: Lease, end: End) -> Result<Ended, QueueError> {
        let Some(slot) = self.shared.schedule().begin_end(lease) else {
            return Ok(Ended::Lost);
        };
        let guard = EndGuard {
            shared: Arc::clone(&self.shared),
            lease,
        };
        self.write(move |tx| {
            let shared = Arc::clone(&guard.shared);
            shared.write_end(tx, guard, &slot, end)
        })
        .await
    }
}

/// Gives the part back to its holder, unless it is settled by then.
///
/// It travels with the change and is dropped where that is given up: unsent, undone, or not
/// committed. A caller who goes away in between decides nothing.
struct EndGuard {
    shared: Arc<Shared>,
    lease: Lease,
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        let shared = &self.shared;
        let (ticks, length) = (shared.clock.ticks(), shared.policy.lease_ms);
        shared.schedule().abort_end(self.lease, ticks, length);
    }
}

/// Has leases that ran out found again, unless their parts are settled by then.
struct LossGuard {
    shared: Arc<Shared>,
    lost: Vec<Lease>,
}

impl Drop for LossGuard {
    fn drop(&mut self) {
        self.shared.schedule().undo_expire(&self.lost);
    }
}

/// A place in the queue for a job that is being stored.
struct Reserved {
    shared: Arc<Shared>,
    uid: u32,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shared.schedule().release(self.uid);
    }
}

impl Shared {
    fn write_end(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        guard: EndGuard,
        slot: &Slot,
        end: End,
    ) -> rusqlite::Result<Ended> {
        let (now, lease) = (self.clock.now(), guard.lease);
        let Some((mut job, row)) = records::job_and_part(tx, lease)? else {
            return Ok(Ended::Lost);
        };
        if row.state.is_end() {
            return Ok(Ended::Lost);
        }
        let running = Part {
            state: PartState::Running,
            ..slot.part
        };
        let (mut due, mut parked_for, mut more) = (0, None, Vec::new());
        let mut ended = Ended::Yes(Applied::default());
        let event = match &end {
            _ if job.cancelling => Event::Cancelled,
            End::Finish(_) => Event::Finished,
            End::Fail(failure) => Event::Failed(failure),
            End::HandBack => Event::HandedBack,
        };
        let mut part =
            state::apply(running, event, &self.policy).expect("whoever holds a part runs it");
        if job.cancelling {
            ended = Ended::Cancelled;
        }
        match end {
            _ if job.cancelling => {}
            End::HandBack => {}
            End::Fail(failure) => {
                match &failure.retry {
                    Retry::Never => {}
                    Retry::Backoff { after_ms } => {
                        let random = self.clock.random();
                        let pause =
                            state::backoff_ms(part.attempts, *after_ms, random, &self.policy);
                        due = now.0 + i64::try_from(pause).unwrap_or(i64::MAX);
                    }
                    Retry::When { dependency } => parked_for = Some(dependency.clone()),
                }
                if parked_for.is_some() {
                    job.parked_for.clone_from(&parked_for);
                }
                job.last_error = Some(failure);
            }
            End::Finish(outcome) => {
                let applied = match outcome.changes {
                    Some(changes) => tx.apply(changes, now)?,
                    None => Applied::default(),
                };
                if applied.collection_gone {
                    part.state = PartState::Cancelled;
                    ended = Ended::Cancelled;
                } else {
                    job.totals.add(&outcome.totals);
                    job.totals.added += applied.added;
                    job.totals.updated += applied.updated;
                    job.totals.deleted += applied.deleted;
                    job.totals.unchanged += applied.unchanged;
                    job.kept += applied.added + applied.updated + applied.deleted;
                    job.done.add(&outcome.progress);
                    more = outcome.more;
                    // Uploads cannot be read anew, but taken in again: what is done is not redone.
                    if outcome.redo.is_empty() && !applied.overtaken.is_empty() {
                        more.push((slot.part_work.as_ref().clone(), slot.cost));
                    }
                    let redo = outcome.redo.into_iter();
                    let redo = redo.filter(|(id, _)| {
                        applied.superseded.contains(id) || applied.overtaken.contains(id)
                    });
                    let redo: Vec<_> = redo.map(|(_, entry)| entry).collect();
                    if !redo.is_empty() {
                        let cost = redo.iter().map(|entry| entry.bytes).sum();
                        more.push((PartWork::Files(redo), cost));
                    }
                    ended = Ended::Yes(applied);
                }
            }
        }
        job.attempts = job.attempts.max(part.attempts);
        job.counts.shift(row.state, part.state);
        records::update_part(tx, lease, &part, due)?;
        let new = records::add_parts(tx, &mut job, more)?;
        let job = records::settle(tx, job, now)?;
        let shared = Arc::clone(self);
        tx.after_commit(move || {
            let mut schedule = shared.schedule();
            schedule.settle((lease.job, lease.part), part, due, parked_for);
            let any_ready = part.state == PartState::Ready || !new.is_empty();
            for slot in new {
                schedule.insert(slot);
            }
            drop(schedule);
            drop(guard);
            if any_ready {
                shared.ready.notify_one();
            }
            shared.events.tell(EventKind::State(Arc::new(job)));
        });
        Ok(ended)
    }

    /// Notes claims and the like without waiting: a crash makes them void anyway.
    fn note(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        parts: &[(JobId, u32)],
        to: PartState,
    ) -> rusqlite::Result<()> {
        let now = self.clock.now();
        for (id, number) in parts {
            let lease = Lease {
                job: *id,
                part: *number,
                fence: 0,
            };
            let Some((mut job, row)) = records::job_and_part(tx, lease)? else {
                continue;
            };
            // A retry that became due may have been claimed before that was noted.
            let late = to == PartState::Ready && row.state == PartState::Running;
            if row.state.is_end() || row.state == to || late {
                continue;
            }
            records::note_part(tx, lease, to)?;
            job.counts.shift(row.state, to);
            if to == PartState::Running {
                job.started_at.get_or_insert(now);
            }
            let job = records::settle(tx, job, now)?;
            let shared = Arc::clone(self);
            tx.after_commit(move || shared.events.tell(EventKind::State(Arc::new(job))));
        }
        Ok(())
    }

    fn write_push(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        new: NewJob,
        accepted: i64,
    ) -> rusqlite::Result<Result<Pushed, QueueError>> {
        let now = self.clock.now();
        let existing = |job| {
            Ok(Ok(Pushed {
                job,
                existing: true,
                created_collection: false,
            }))
        };
        if records::exists(tx, new.id)? {
            return existing(new.id);
        }
        if let Some(key) = &new.key {
            match records::keyed(tx, new.uid, key, now)? {
                Some((job, fingerprint)) if fingerprint == new.fingerprint => return existing(job),
                Some(_) => return Ok(Err(QueueError::KeyReused { key: key.clone() })),
                None => {}
            }
        }
        if let Some(dedup) = &new.dedup {
            let equal = records::waiting_with(tx, dedup)?;
            if let Some(job) = equal.filter(|job| !self.schedule().is_begun(*job)) {
                if let Some(key) = &new.key {
                    let expires = now.0 + KEY_LIFE_MS;
                    records::remember_key(tx, new.uid, key, &new.fingerprint, job, expires)?;
                }
                return existing(job);
            }
        }
        if let Err(busy) = self.room(&new) {
            return Ok(Err(busy));
        }
        let uploads = uploads(&new.work);
        if let Some(hash) = missing(tx, &uploads)? {
            return Ok(Err(QueueError::NoUpload { hash }));
        }
        let (mut collection, mut created_collection) = (None, false);
        if let Work::Ingest(work) = &new.work {
            let (id, created) = tx.ensure_collection(&work.collection, new.uid, now)?;
            let owner = records::owner(tx, id)?;
            if owner != new.uid && !new.admin {
                let name = work.collection.clone();
                return Ok(Err(QueueError::NotOwner { name, owner }));
            }
            (collection, created_collection) = (Some(id), created);
        }
        let (id, uid, key, fingerprint, dedup) =
            (new.id, new.uid, new.key.clone(), new.fingerprint, new.dedup);
        let (job, slots) = records::insert(tx, new, collection, accepted, now)?;
        for hash in uploads {
            tx.hold_blob(id, hash)?;
        }
        if let Some(key) = key {
            records::remember_key(tx, uid, &key, &fingerprint, id, now.0 + KEY_LIFE_MS)?;
        }
        if let Some(dedup) = dedup {
            records::set_dedup(tx, id, &dedup)?;
        }
        self.schedule().reserve(uid);
        let reserved = Reserved {
            shared: Arc::clone(self),
            uid,
        };
        let shared = Arc::clone(self);
        tx.after_commit(move || {
            let mut schedule = shared.schedule();
            for slot in slots {
                schedule.insert(slot);
            }
            drop(schedule);
            drop(reserved);
            shared.events.tell(EventKind::Created(Arc::new(job)));
            shared.ready.notify_one();
        });
        Ok(Ok(Pushed {
            job: id,
            existing: false,
            created_collection,
        }))
    }

    /// Refuses another job of a user when there are too many. The daemon's own user may fill the
    /// queue: nobody but him is meant to.
    fn room(&self, new: &NewJob) -> Result<(), QueueError> {
        let (all, own) = self.schedule().open_jobs(new.uid);
        let own_limit = if new.admin {
            self.policy.max_queued
        } else {
            self.policy.max_queued_per_user
        };
        let limits = [(all, self.policy.max_queued), (own, own_limit)];
        match limits.into_iter().find(|(queued, limit)| queued >= limit) {
            None => Ok(()),
            Some((queued, limit)) => Err(QueueError::Busy {
                queued,
                limit,
                retry_after_ms: 1_000,
            }),
        }
    }

    fn write_cancel(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        id: JobId,
    ) -> rusqlite::Result<Result<Receipt, QueueError>> {
        let Some(mut job) = records::job(tx, id)? else {
            return Ok(Err(QueueError::NoJob { job: id }));
        };
        let mut receipt = Receipt {
            state: job.state,
            kept: job.kept,
            rolled_back_parts: 0,
            never_started_parts: 0,
            running: Vec::new(),
        };
        if job.state.is_end() {
            return Ok(Ok(receipt));
        }
        job.cancelling = true;
        let leases = self.schedule().leases(id);
        let open = records::parts(tx, id)?.into_iter();
        for row in open.filter(|row| !row.state.is_end()) {
            // Whose end is being written is held until then; that it was written earlier in this
            // group, memory does not know yet, but the row does.
            let held = leases.iter().find(|(lease, ending)| {
                lease.part == row.number && (row.state == PartState::Running || !ending)
            });
            if let Some((lease, _)) = held {
                receipt.rolled_back_parts += 1;
                receipt.running.push(*lease);
                continue;
            }
            let lease = Lease {
                job: id,
                part: row.number,
                fence: 0,
            };
            let part = Part {
                state: PartState::Cancelled,
                ..row.part()
            };
            records::update_part(tx, lease, &part, 0)?;
            job.counts.shift(row.state, PartState::Cancelled);
            receipt.never_started_parts += 1;
            let shared = Arc::clone(self);
            tx.after_commit(move || shared.schedule().settle((id, row.number), part, 0, None));
        }
        let job = records::settle(tx, job, self.clock.now())?;
        receipt.state = job.state;
        let shared = Arc::clone(self);
        let running = receipt.running.clone();
        tx.after_commit(move || {
            for lease in running {
                shared.schedule().cancel(lease);
            }
            shared.events.tell(EventKind::State(Arc::new(job)));
        });
        Ok(Ok(receipt))
    }

    fn write_lost(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        lost: &[(Lease, Part)],
        guard: LossGuard,
    ) -> rusqlite::Result<()> {
        let now = self.clock.now();
        for (lease, part) in lost {
            let (lease, mut part) = (*lease, *part);
            let Some((mut job, row)) = records::job_and_part(tx, lease)? else {
                continue;
            };
            if row.state.is_end() {
                continue;
            }
            if job.cancelling {
                part.state = PartState::Cancelled;
            }
            if part.state == PartState::Dead {
                job.last_error = Some(records::died("its worker vanished", part.stalls));
            }
            job.stalls = job.stalls.max(part.stalls);
            job.counts.shift(row.state, part.state);
            records::update_part(tx, lease, &part, 0)?;
            let job = records::settle(tx, job, now)?;
            let shared = Arc::clone(self);
            tx.after_commit(move || {
                shared
                    .schedule()
                    .settle((lease.job, lease.part), part, 0, None);
                shared.ready.notify_one();
                shared.events.tell(EventKind::State(Arc::new(job)));
            });
        }
        tx.after_commit(move || drop(guard));
        Ok(())
    }

    fn write_retry(
        self: &Arc<Self>,
        tx: &mut Tx<'_>,
        id: JobId,
    ) -> rusqlite::Result<Result<(), QueueError>> {
        let Some(mut job) = records::job(tx, id)? else {
            return Ok(Err(QueueError::NoJob { job: id }));
        };
        if !job.state.is_end() || job.state == JobState::Finished {
            return Ok(Err(QueueError::WrongState {
                job: id,
                state: job.state,
            }));
        }
        // The end let go of them.
        let uploads = uploads(&job.work);
        if let Some(hash) = missing(tx, &uploads)? {
            return Ok(Err(QueueError::NoUpload { hash }));
        }
        for hash in uploads {
            tx.hold_blob(id, hash)?;
        }
        let mut slots = Vec::new();
        for row in records::parts(tx, id)? {
            let Ok(part) = state::apply(row.part(), Event::Retried, &self.policy) else {
                continue;
            };
            let lease = Lease {
                job: id,
                part: row.number,
                fence: 0,
            };
            records::update_part(tx, lease, &part, 0)?;
            job.counts.shift(row.state, part.state);
            slots.push(records::slot(&job, &row, part));
        }
        (job.attempts, job.stalls, job.cancelling) = (0, 0, false);
        (job.ended_at, job.last_error) = (None, None);
        let job = records::reopen(tx, job, self.clock.now())?;
        let shared = Arc::clone(self);
        tx.after_commit(move || {
            let mut schedule = shared.schedule();
            for slot in slots {
                schedule.insert(slot);
            }
            drop(schedule);
            shared.ready.notify_one();
            shared.events.tell(EventKind::State(Arc::new(job)));
        });
        Ok(Ok(()))
    }
}

#[async_trait]
impl JobQueue for Durable {
    async fn push(&self, new: NewJob) -> Result<Pushed, QueueError> {
        let accepted = self.ledger.observe();
        let shared = Arc::clone(&self.shared);
        self.write(move |tx| shared.write_push(tx, new, accepted))
            .await?
    }

    async fn claim(&self, limit: usize) -> Vec<Leased> {
        let (ticks, length) = (self.shared.clock.ticks(), self.shared.policy.lease_ms);
        let leased = self.shared.schedule().claim(limit, ticks, length);
        if !leased.is_empty() {
            let parts: Vec<_> = leased
                .iter()
                .map(|leased| (leased.lease.job, leased.lease.part))
                .collect();
            let shared = Arc::clone(&self.shared);
            // Sent before the lease is handed out, so it is written before any end of the part.
            self.ledger
                .post(move |tx| shared.note(tx, &parts, PartState::Running))
                .await;
        }
        leased
    }

    async fn beat(&self, lease: Lease) -> Beat {
        let (ticks, length) = (self.shared.clock.ticks(), self.shared.policy.lease_ms);
        self.shared.schedule().beat(lease, ticks, length)
    }

    async fn finish(&self, lease: Lease, outcome: Outcome) -> Result<Ended, QueueError> {
        self.end(lease, End::Finish(outcome)).await
    }

    async fn fail(&self, lease: Lease, failure: Failure) -> Result<Ended, QueueError> {
        self.end(lease, End::Fail(failure)).await
    }

    async fn hand_back(&self, lease: Lease) -> Result<Ended, QueueError> {
        self.end(lease, End::HandBack).await
    }

    async fn tick(&self) -> Result<(Option<u64>, Vec<Lease>), QueueError> {
        let (now, ticks) = (self.shared.clock.now(), self.shared.clock.ticks());
        let (due, lost) = {
            let mut schedule = self.shared.schedule();
            (
                schedule.due(now.0, self.shared.due_horizon_ms()),
                schedule.expire(ticks, &self.shared.policy),
            )
        };
        if !due.is_empty() {
            self.shared.ready.notify_one();
            let shared = Arc::clone(&self.shared);
            self.ledger
                .post(move |tx| shared.note(tx, &due, PartState::Ready))
                .await;
        }
        let leases: Vec<Lease> = lost.iter().map(|(lease, _)| *lease).collect();
        if !lost.is_empty() {
            let shared = Arc::clone(&self.shared);
            let guard = LossGuard {
                shared: Arc::clone(&shared),
                lost: leases.clone(),
            };
            self.write(move |tx| shared.write_lost(tx, &lost, guard))
                .await?;
        }
        Ok((self.shared.schedule().next_event(ticks, now.0), leases))
    }

    async fn unpark(&self, dependency: &str) -> Result<u64, QueueError> {
        let back = self.shared.schedule().unpark(dependency);
        let count = u64::try_from(back.len()).unwrap_or(u64::MAX);
        if count > 0 {
            self.shared.ready.notify_one();
            let shared = Arc::clone(&self.shared);
            self.ledger
                .post(move |tx| shared.note(tx, &back, PartState::Ready))
                .await;
        }
        Ok(count)
    }

    async fn cancel(&self, job: JobId) -> Result<Receipt, QueueError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |tx| shared.write_cancel(tx, job)).await?
    }

    async fn retry(&self, job: JobId) -> Result<(), QueueError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |tx| shared.write_retry(tx, job)).await?
    }

    async fn prioritise(&self, id: JobId, priority: Priority) -> Result<(), QueueError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |tx| {
            let Some(mut job) = records::job(tx, id)? else {
                return Ok(Err(QueueError::NoJob { job: id }));
            };
            if job.state.is_end() {
                return Ok(Err(QueueError::WrongState {
                    job: id,
                    state: job.state,
                }));
            }
            job.priority = priority;
            let rank = records::rank(&job);
            let job = records::settle(tx, job, shared.clock.now())?;
            tx.after_commit(move || {
                shared.schedule().set_rank(id, rank);
                shared.events.tell(EventKind::State(Arc::new(job)));
            });
            Ok(Ok(()))
        })
        .await?
    }

    async fn remove(&self, id: JobId) -> Result<(), QueueError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |tx| {
            let Some(job) = records::job(tx, id)? else {
                return Ok(Err(QueueError::NoJob { job: id }));
            };
            if !job.state.is_end() {
                return Ok(Err(QueueError::WrongState {
                    job: id,
                    state: job.state,
                }));
            }
            records::remove(tx, id)?;
            tx.after_commit(move || shared.events.tell(EventKind::Removed(id)));
            Ok(Ok(()))
        })
        .await?
    }

    async fn pause(&self, paused: bool) -> Result<(), QueueError> {
        let shared = Arc::clone(&self.shared);
        self.write(move |tx| {
            records::set_flag(tx, PAUSED, paused)?;
            tx.after_commit(move || {
                shared.schedule().paused = paused;
                shared.ready.notify_one();
            });
            Ok(())
        })
        .await
    }

    fn is_paused(&self) -> bool {
        self.shared.schedule().paused
    }

    fn active_jobs(&self) -> u64 {
        self.shared.schedule().active_jobs()
    }

    fn ahead(&self, job: JobId, limit: u64) -> Option<u64> {
        self.shared.schedule().ahead(job, limit)
    }

    async fn ready(&self) {
        self.shared.ready.notified().await;
    }

    fn events(&self) -> Arc<Events> {
        Arc::clone(&self.shared.events)
    }
}
