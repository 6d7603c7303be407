//! The queue on the ledger: what is open lives in memory, what happened is in SQLite.
//!
//! A claim only changes memory, so starting a job costs no fsync; after a crash nothing is claimed.
//! Every end is decided in the writer's transaction by the stored row and told to memory, and to
//! listeners, in the order of the commits.

mod person;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

use self::worker::{End, LossGuard};
use super::events::{EventKind, Events};
use super::model::{Failure, NewJob, Policy, Priority};
use super::records;
use super::schedule::Schedule;
use super::state::PartState;
use super::{Beat, Clock, Ended, JobQueue, Lease, Leased, Outcome, Pushed, QueueError, Receipt};
use crate::ids::JobId;
use crate::ledger::{Durability, Ledger, Tx};

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
        self.end(lease, End::Finish(Box::new(outcome))).await
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

    fn waited_for(&self) -> Vec<String> {
        self.shared.schedule().waited_for()
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
