//! The worker's side: claims tasks, keeps their leases alive, and reports every end.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Beat, Claimed, Ended, Fleet, FleetError, Heard, Hint, Look, TaskId, TaskLease, Wanted,
    WorkerInfo,
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
/// Between two attempts to join after somebody has to change something.
const REFUSED_PAUSE: Duration = Duration::from_secs(3);
const TICK_EVERY: Duration = Duration::from_secs(1);
/// Beats before the first task has told how long leases are.
const FIRST_LEASE: Duration = Duration::from_secs(6);

/// A worker for one task that does not find its daemon ends after so long: whoever started it sees
/// that, and not that it waits.
const JOIN: Duration = Duration::from_secs(60);

/// Why a task was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// For a reason that the daemon understands.
    Failed(Bytes),
    /// A store is out of reach from here, as the daemon is told; the worker looks before it takes
    /// more.
    Away(Bytes),
    /// What this worker sees is not what the daemon does: another one is to do it.
    Elsewhere,
}

/// Does tasks.
#[async_trait]
pub trait Hands: Send + Sync + 'static {
    /// Does `task` until it is done or `stop` says that its end does not count any more.
    async fn work(&self, task: &Claimed, stop: &CancellationToken) -> Result<Bytes, Undone>;

    /// Returns the error of a task that panicked.
    fn panicked(&self, panic: &str) -> Bytes;
}

/// The workers of one process.
pub struct Crew {
    fleet: Arc<dyn Fleet>,
    hands: Arc<dyn Hands>,
    look: Arc<dyn Look>,
    me: Mutex<WorkerInfo>,
    slots: Arc<Semaphore>,
    running: Mutex<HashMap<TaskLease, Running>>,
    /// Something is to be beaten for at once.
    told: Notify,
    draining: CancellationToken,
    /// What is seen may have changed.
    has_to_look: AtomicBool,
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
            .field("me", &self.me())
            .finish_non_exhaustive()
    }
}

impl Crew {
    #[must_use]
    pub fn new(
        fleet: Arc<dyn Fleet>,
        hands: Arc<dyn Hands>,
        look: Arc<dyn Look>,
        me: WorkerInfo,
    ) -> Arc<Self> {
        let slots = usize::try_from(me.slots.max(1)).unwrap_or(1);
        Arc::new(Self {
            fleet,
            hands,
            look,
            me: Mutex::new(me),
            slots: Arc::new(Semaphore::new(slots)),
            running: Mutex::default(),
            told: Notify::new(),
            draining: CancellationToken::new(),
            has_to_look: AtomicBool::new(false),
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
        let Some(claimed) = self.fleet.claim_this(&self.me(), id).await? else {
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
        self.enlist_or_drain().await?;
        tokio::select! {
            claimed = self.claim() => claimed,
            () = self.beat() => Ok(()),
            () = self.guard() => Ok(()),
            () = self.tick() => Ok(()),
        }
    }

    /// Joins, again and again: whatever is in the way may be mended without anybody coming here.
    /// With `patience`, only what passes by itself is waited for, and so long at most.
    async fn enlist(&self, patience: Option<Duration>) -> Result<(), FleetError> {
        let began = Instant::now();
        let is_over = |patience| began.elapsed() > patience;
        let mut told: Option<String> = None;
        let mut has_to_look = true;
        loop {
            if has_to_look {
                let shared = self.look.look().await;
                self.me_mut().shared = shared;
            }
            let error = match self.fleet.enlist(&self.me()).await {
                Ok(()) => {
                    if told.is_some() {
                        tracing::info!("Working again.");
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            has_to_look = matches!(error, FleetError::Unshared(_));
            let is_worth_it = match patience {
                Some(patience) => error.is_transient() && !is_over(patience),
                None => !error.is_final(),
            };
            if !is_worth_it {
                return Err(error);
            }
            let (next_step, text) = (error.next_step(), ids::chain(&error));
            if told.as_ref() != Some(&text) {
                tracing::warn!(error = text, next_step, "Not working, will try again.");
                told = Some(text);
            }
            let pause = match error.is_transient() {
                true => PAUSE,
                false => REFUSED_PAUSE,
            };
            tokio::time::sleep(pause).await;
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
            let is_fit = !self.has_to_look.swap(false, Ordering::SeqCst);
            let claimed = match is_fit {
                true => self.fleet.claim(&self.me(), slots.len()).await,
                false => self.enlist_or_drain().await.map(|()| Vec::new()),
            };
            let claimed = match claimed {
                Ok(claimed) => claimed,
                Err(error) if error.is_final() => return Err(error),
                Err(error) => {
                    tracing::warn!(error = ids::chain(&error), "No tasks can be had.");
                    drop(slots);
                    tokio::time::sleep(PAUSE).await;
                    // A server that was emptied does not know this worker any more, and a daemon
                    // that was moved sees something else.
                    self.enlist_or_drain().await?;
                    continue;
                }
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

    async fn enlist_or_drain(&self) -> Result<(), FleetError> {
        tokio::select! {
            enlisted = self.enlist(None) => enlisted,
            () = self.draining.cancelled() => Ok(()),
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
                Err(Undone::Failed(self.hands.panicked(&panic.to_string())))
            }
        };
        if let Err(Undone::Away(_) | Undone::Elsewhere) = result {
            self.has_to_look.store(true, Ordering::SeqCst);
        }
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
        result: Result<Bytes, Undone>,
        stop: &CancellationToken,
    ) -> Result<Ended, FleetError> {
        loop {
            let told = match &result {
                _ if stop.is_cancelled() => self.fleet.hand_back(lease).await,
                Ok(result) => self.fleet.finish(lease, result.clone()).await,
                Err(Undone::Failed(failure) | Undone::Away(failure)) => {
                    self.fleet.fail(lease, failure.clone()).await
                }
                Err(Undone::Elsewhere) => self.fleet.hand_back(lease).await,
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
        let (patience, me) = (self.lease() / BEATS, self.me());
        let beats = tokio::time::timeout(patience, self.fleet.beat(&me, &leases)).await;
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
        if let Err(error) = self.fleet.dismiss(&self.me()).await {
            tracing::debug!(error = ids::chain(&error), "The worker did not sign off.");
        }
    }

    /// Tells whether nothing is being worked on.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running().is_empty()
    }

    fn me(&self) -> WorkerInfo {
        self.me_mut().clone()
    }

    fn me_mut(&self) -> MutexGuard<'_, WorkerInfo> {
        self.me.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<TaskLease, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
