//! The worker's side: claims tasks, keeps their leases alive, and reports every end.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Beat, Claimed, Ended, Fleet, FleetError, Heard, Hint, TaskId, TaskLease, Wanted, WorkerInfo,
};
use crate::ids;

/// Beats per lease.
const BEATS: u32 = 3;
/// A task is let go when this share of its lease is left since the last beat that was heard: nothing
/// is written by two workers.
const MARGIN: u32 = 6;
/// Looks at that, per lease.
const LOOKS: u32 = 30;
/// Between two attempts to reach a server that is away.
const PAUSE: Duration = Duration::from_millis(500);
const TICK_EVERY: Duration = Duration::from_secs(1);
/// Beats before the first task has told how long leases are.
const FIRST_LEASE: Duration = Duration::from_secs(6);

/// A worker for one task that does not find its daemon ends after so long: whoever started it sees
/// that, and not that it waits.
const JOIN: Duration = Duration::from_secs(60);

/// Does tasks.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Does `task` until it is done or `stop` says that its end does not count any more. Returns a
    /// result, or an error that the daemon understands.
    async fn work(&self, task: &Claimed, stop: &CancellationToken) -> Result<Bytes, Bytes>;

    /// Returns the error of a task that panicked.
    fn panicked(&self, panic: &str) -> Bytes;
}

/// The workers of one process.
pub struct Crew {
    fleet: Arc<dyn Fleet>,
    hands: Arc<dyn Hands>,
    me: WorkerInfo,
    slots: Arc<Semaphore>,
    running: Mutex<HashMap<TaskLease, Running>>,
    /// Something is to be beaten for at once.
    told: Notify,
    draining: CancellationToken,
}

struct Running {
    stop: CancellationToken,
    /// Since when no beat was heard.
    beaten: Instant,
    lease: Duration,
}

impl std::fmt::Debug for Crew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crew")
            .field("me", &self.me)
            .finish_non_exhaustive()
    }
}

impl Crew {
    #[must_use]
    pub fn new(fleet: Arc<dyn Fleet>, hands: Arc<dyn Hands>, me: WorkerInfo) -> Arc<Self> {
        let slots = usize::try_from(me.slots.max(1)).unwrap_or(1);
        Arc::new(Self {
            fleet,
            hands,
            me,
            slots: Arc::new(Semaphore::new(slots)),
            running: Mutex::default(),
            told: Notify::new(),
            draining: CancellationToken::new(),
        })
    }

    /// Works until `stopping`, or until somebody drains this worker. Then it takes nothing more,
    /// and what does not end within `grace` is handed back.
    pub async fn run(
        self: &Arc<Self>,
        stopping: CancellationToken,
        grace: Duration,
    ) -> Result<(), FleetError> {
        let drain = async {
            stopping.cancelled().await;
            self.draining.cancel();
            std::future::pending().await
        };
        let ended = tokio::select! {
            ended = self.serve() => ended,
            ended = drain => ended,
        };
        self.leave(grace).await;
        ended
    }

    /// Does one task, if it waits, and leaves. Returns whether it did.
    pub async fn run_one(
        self: &Arc<Self>,
        id: TaskId,
        stopping: CancellationToken,
        grace: Duration,
    ) -> Result<bool, FleetError> {
        self.enlist(Some(JOIN)).await?;
        let asked = Instant::now();
        let Some(claimed) = self.fleet.claim_this(&self.me, id).await? else {
            self.leave(grace).await;
            return Ok(false);
        };
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        let task = self.begin(claimed, asked, slot.ok());
        tokio::spawn(task);
        tokio::select! {
            () = self.until_idle() => {}
            () = self.beat() => {}
            () = self.guard() => {}
            () = stopping.cancelled() => {}
        }
        self.leave(grace).await;
        Ok(true)
    }

    async fn serve(self: &Arc<Self>) -> Result<(), FleetError> {
        tokio::select! {
            enlisted = self.enlist(None) => enlisted?,
            () = self.draining.cancelled() => return Ok(()),
        }
        tokio::select! {
            claimed = self.claim() => claimed,
            () = self.beat() => Ok(()),
            () = self.guard() => Ok(()),
            () = self.tick() => Ok(()),
        }
    }

    /// Joins; waits for a daemon and for a server that is away, for as long as `patience` says.
    async fn enlist(&self, patience: Option<Duration>) -> Result<(), FleetError> {
        let began = Instant::now();
        let is_over = || patience.is_some_and(|patience| began.elapsed() > patience);
        let mut is_told = false;
        loop {
            match self.fleet.enlist(&self.me).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_transient() && !is_over() => {
                    if !std::mem::replace(&mut is_told, true) {
                        let next_step = error.next_step();
                        tracing::warn!(error = ids::chain(&error), next_step, "Will try again.");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes tasks until the worker is drained. A claim under way is never dropped: what it was
    /// given would belong to nobody until the lease ran out.
    async fn claim(self: &Arc<Self>) -> Result<(), FleetError> {
        let mut heard = Heard::default();
        loop {
            let mut slots = tokio::select! {
                slots = self.room() => slots,
                never = self.listen(&mut heard) => match never {},
                () = self.draining.cancelled() => return Ok(()),
            };
            let asked = Instant::now();
            let claimed = match self.fleet.claim(&self.me, slots.len()).await {
                Ok(claimed) => claimed,
                Err(error) if error.is_transient() => {
                    tracing::warn!(error = ids::chain(&error), "No tasks can be had.");
                    drop(slots);
                    tokio::time::sleep(PAUSE).await;
                    // A server that was emptied does not know this worker any more.
                    self.enlist(None).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Who got something may get more at once.
            let may_be_more = !claimed.is_empty();
            for claimed in claimed {
                tokio::spawn(self.begin(claimed, asked, slots.pop()));
            }
            drop(slots);
            if may_be_more {
                continue;
            }
            tokio::select! {
                () = self.until_ready(&mut heard) => {}
                () = self.draining.cancelled() => return Ok(()),
            }
        }
    }

    /// Waits until there may be a task; meanwhile the rest of the crew hears what it is told.
    async fn until_ready(&self, heard: &mut Heard) {
        while let Hint::Told = self.fleet.woken(heard).await {
            self.told.notify_one();
        }
    }

    /// Has the crew hear what it is told while it has no room: tasks of it may have been cancelled.
    async fn listen(&self, heard: &mut Heard) -> Infallible {
        loop {
            if let Hint::Told = self.fleet.woken(heard).await {
                self.told.notify_one();
            }
        }
    }

    /// Waits for room for one task, and returns room for as many as there is.
    async fn room(&self) -> Vec<OwnedSemaphorePermit> {
        let one = Arc::clone(&self.slots).acquire_owned().await;
        let mut slots: Vec<_> = one.into_iter().collect();
        while let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            slots.push(slot);
        }
        slots
    }

    /// Takes a task into the list of those that are beaten for, and returns the work on it. Its
    /// lease counts from when it was `asked` for, at the earliest.
    fn begin(
        self: &Arc<Self>,
        claimed: Claimed,
        asked: Instant,
        slot: Option<OwnedSemaphorePermit>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let stop = CancellationToken::new();
        let running = Running {
            stop: stop.clone(),
            beaten: asked,
            lease: Duration::from_millis(claimed.lease_ms),
        };
        self.running().insert(claimed.lease, running);
        let crew = Arc::clone(self);
        async move {
            crew.work(claimed, stop).await;
            drop(slot);
        }
    }

    async fn work(self: Arc<Self>, claimed: Claimed, stop: CancellationToken) {
        let lease = claimed.lease;
        let hands = Arc::clone(&self.hands);
        let token = stop.clone();
        // A task of its own, so that a panic ends this one and nothing else.
        let task = tokio::spawn(async move { hands.work(&claimed, &token).await });
        let result = match task.await {
            Ok(result) => result,
            Err(panic) => {
                tracing::error!(id = %lease.id, %panic, "A task panicked.");
                Err(self.hands.panicked(&panic.to_string()))
            }
        };
        match self.report(lease, result, &stop).await {
            Ok(Ended::Yes) => {}
            Ok(Ended::Cancelled) => tracing::debug!(id = %lease.id, "A task was cancelled."),
            Ok(Ended::Lost) => tracing::warn!(id = %lease.id, "A late end was refused."),
            Err(error) => {
                let error = ids::chain(&error);
                tracing::warn!(id = %lease.id, error, "An end was not told; its lease runs out.");
            }
        }
        self.running().remove(&lease);
    }

    /// Tells how a task ended, again and again as long as the lease may live.
    async fn report(
        &self,
        lease: TaskLease,
        result: Result<Bytes, Bytes>,
        stop: &CancellationToken,
    ) -> Result<Ended, FleetError> {
        loop {
            let told = match &result {
                _ if stop.is_cancelled() => self.fleet.hand_back(lease).await,
                Ok(result) => self.fleet.finish(lease, result.clone()).await,
                Err(failure) => self.fleet.fail(lease, failure.clone()).await,
            };
            match told {
                Err(error) if error.is_transient() && !stop.is_cancelled() => {
                    tokio::time::sleep(PAUSE).await;
                }
                told => return told,
            }
        }
    }

    async fn beat(&self) {
        loop {
            let every = self.lease() / BEATS;
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = self.told.notified() => {}
            }
            self.beat_once().await;
        }
    }

    async fn until_idle(&self) {
        while !self.running().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets go what was not heard of for too long.
    async fn guard(&self) {
        loop {
            tokio::time::sleep(self.lease() / LOOKS).await;
            for (lease, running) in self.running().iter() {
                let left = running.lease.saturating_sub(running.beaten.elapsed());
                if left < running.lease / MARGIN && !running.stop.is_cancelled() {
                    tracing::warn!(id = %lease.id, "Not heard for too long: the task is let go.");
                    running.stop.cancel();
                }
            }
        }
    }

    fn lease(&self) -> Duration {
        let running = self.running();
        let leases = running.values().map(|running| running.lease);
        leases.min().unwrap_or(FIRST_LEASE)
    }

    async fn beat_once(&self) {
        let leases: Vec<TaskLease> = self.running().keys().copied().collect();
        let began = Instant::now();
        let patience = self.lease() / BEATS;
        let beats = tokio::time::timeout(patience, self.fleet.beat(&self.me, &leases)).await;
        match beats {
            Ok(Ok(beats)) => {
                let mut running = self.running();
                for (lease, beat) in leases.iter().zip(beats.leases) {
                    let Some(running) = running.get_mut(lease) else {
                        continue;
                    };
                    match beat {
                        Beat::Go => running.beaten = began,
                        Beat::Cancel | Beat::Lost => running.stop.cancel(),
                    }
                }
                if beats.wanted == Wanted::Drain {
                    self.draining.cancel();
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(error = ids::chain(&error), "A sign of life was not heard.");
            }
            Err(_) => tracing::warn!("A sign of life was not answered."),
        }
    }

    async fn tick(&self) {
        loop {
            tokio::time::sleep(TICK_EVERY).await;
            if let Err(error) = self.fleet.tick().await {
                tracing::debug!(error = ids::chain(&error), "Leases cannot be looked at.");
            }
        }
    }

    /// Lets running tasks end, then has them handed back.
    async fn leave(&self, grace: Duration) {
        let deadline = Instant::now() + grace;
        let lease = self.lease();
        let stop = async {
            tokio::time::sleep_until(deadline).await;
            for running in self.running().values() {
                running.stop.cancel();
            }
            std::future::pending::<()>().await;
        };
        // What does not let go is another's when its lease has run out.
        let patience = tokio::time::sleep(grace + lease);
        tokio::select! {
            () = self.until_idle() => {}
            () = self.beat() => {}
            () = self.guard() => {}
            () = stop => {}
            () = patience => {}
        }
        if let Err(error) = self.fleet.dismiss(&self.me).await {
            tracing::debug!(error = ids::chain(&error), "The worker did not sign off.");
        }
    }

    /// Tells whether nothing is being worked on.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running().is_empty()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<TaskLease, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
