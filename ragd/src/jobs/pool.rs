//! Who runs parts: takes leases, keeps them alive, and reports every end.
//!
//! A part holds one of `workers` slots while it computes. When it only waits for disks it gives the
//! slot back ([`ProgressSink::computing_done`]), so that many small documents share one flush.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::model::{Failure, Stage};
use super::{
    Beat, Board, Ended, JobQueue, Lease, Leased, Outcome, PartProgress, QueueError, Receipt,
};
use crate::ids::JobId;

/// Parts that may be under way beside those that compute.
const IN_FLIGHT: usize = 256;
/// How long the end of a part is offered again to a ledger that cannot take it.
const END_RETRY: Duration = Duration::from_millis(500);

/// Does the work of a part.
#[async_trait]
pub trait Runner: Send + Sync + 'static {
    /// Works on `leased` until it is done or `context` says to stop.
    async fn run(&self, leased: &Leased, context: &PartContext) -> Result<Outcome, Failure>;
}

/// What a running part may ask and tell.
pub struct PartContext {
    sink: ProgressSink,
    stop: CancellationToken,
    draining: CancellationToken,
    /// Cancelled when the part has ended, for helpers that outlive it otherwise.
    end: CancellationToken,
}

/// Takes progress from any thread.
#[derive(Clone)]
pub struct ProgressSink {
    lease: Lease,
    board: Arc<Board>,
    slot: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
    slots: Arc<Semaphore>,
}

impl std::fmt::Debug for ProgressSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProgressSink")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

impl ProgressSink {
    pub fn tell(&self, change: impl FnOnce(&mut PartProgress)) {
        self.board.update(self.lease.job, self.lease.part, change);
    }

    /// Says what the part waits for, by name and reason, or that it waits no longer.
    pub fn waits_for(&self, waits_for: Option<(&'static str, String)>) {
        self.board.wait(self.lease.job, self.lease.part, waits_for);
    }

    /// Says that the rest is done by a worker elsewhere, for which this part only waits.
    pub fn elsewhere(&self) {
        self.computing_done();
        self.board.elsewhere(self.lease.job, self.lease.part);
    }

    /// Gives the slot to another part: from here on this one only waits.
    pub fn computing_done(&self) {
        self.slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Waits for a slot again, after [`Self::computing_done`].
    pub async fn computing(&self) {
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = slot;
    }
}

impl std::fmt::Debug for PartContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartContext")
            .field("sink", &self.sink)
            .finish_non_exhaustive()
    }
}

impl PartContext {
    /// Resolves when the part is to let go; then nothing it does counts any more.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Waits for an answer that somebody else has to give. A daemon that stops does not wait for it:
    /// it lets go of the part.
    pub async fn wait<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            answer = answer => Some(answer),
            () = self.draining.cancelled() => {
                self.stop.cancel();
                None
            }
        }
    }

    /// Resolves when the part has ended.
    #[must_use]
    pub fn end(&self) -> &CancellationToken {
        &self.end
    }

    pub fn stage(&self, stage: Stage) {
        self.sink.tell(|progress| progress.stage = Some(stage));
    }

    #[must_use]
    pub fn progress_sink(&self) -> ProgressSink {
        self.sink.clone()
    }

    #[must_use]
    pub fn job(&self) -> JobId {
        self.sink.lease.job
    }
}

/// The workers of this process.
pub struct Pool {
    queue: Arc<dyn JobQueue>,
    runner: Arc<dyn Runner>,
    board: Arc<Board>,
    workers: usize,
    slots: Arc<Semaphore>,
    in_flight: Arc<Semaphore>,
    running: Mutex<HashMap<Lease, Running>>,
    lease: Duration,
    draining: CancellationToken,
    /// The grace of the drain is over: whoever runs, or is only beginning to, is stopped.
    stopping: CancellationToken,
}

#[derive(Clone)]
struct Running {
    stop: CancellationToken,
    /// Since when no sign of life was taken.
    beaten: tokio::time::Instant,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

impl Pool {
    #[must_use]
    pub fn new(
        queue: Arc<dyn JobQueue>,
        runner: Arc<dyn Runner>,
        board: Arc<Board>,
        workers: usize,
        lease: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            queue,
            runner,
            board,
            workers,
            slots: Arc::new(Semaphore::new(workers)),
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            running: Mutex::default(),
            lease,
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// Returns the number of workers, and of those that compute.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        (self.workers, self.workers - self.slots.available_permits())
    }

    /// Lists the parts that have not ended, also those that only wait for their end to be stored.
    #[must_use]
    pub fn parts(&self) -> Vec<(JobId, u32)> {
        let running = self.running();
        let mut parts: Vec<_> = running
            .keys()
            .map(|lease| (lease.job, lease.part))
            .collect();
        parts.sort_unstable();
        parts
    }

    /// Runs parts until [`Pool::drain`]; returns when the last one has ended.
    pub async fn run(self: Arc<Self>) {
        let mut tasks = JoinSet::new();
        loop {
            while tasks.try_join_next().is_some() {}
            let Some((slots, mut flights)) = self.room().await else {
                break;
            };
            let leased = self.queue.claim(slots.len()).await;
            if leased.is_empty() {
                drop((slots, flights));
                tokio::select! {
                    () = self.queue.ready() => {}
                    () = self.draining.cancelled() => break,
                }
                continue;
            }
            for (leased, slot) in leased.into_iter().zip(slots) {
                let flight = flights.pop().expect("as many as slots");
                let pool = Arc::clone(&self);
                // Registered before the task begins, so that a cancel finds it.
                let stop = pool.register(leased.lease);
                tasks.spawn(async move {
                    pool.work(leased, slot, stop).await;
                    drop(flight);
                });
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Waits for room for one part, and returns room for as many as there is.
    async fn room(&self) -> Option<(Vec<OwnedSemaphorePermit>, Vec<OwnedSemaphorePermit>)> {
        if self.draining.is_cancelled() {
            return None;
        }
        let one = |semaphore: &Arc<Semaphore>| Arc::clone(semaphore).acquire_owned();
        let (flight, slot) = tokio::select! {
            both = async { (one(&self.in_flight).await, one(&self.slots).await) } => both,
            () = self.draining.cancelled() => return None,
        };
        let (mut flights, mut slots) = (vec![flight.ok()?], vec![slot.ok()?]);
        while let (Ok(flight), Ok(slot)) = (
            Arc::clone(&self.in_flight).try_acquire_owned(),
            Arc::clone(&self.slots).try_acquire_owned(),
        ) {
            flights.push(flight);
            slots.push(slot);
        }
        Some((slots, flights))
    }

    fn register(&self, lease: Lease) -> CancellationToken {
        let stop = self.stopping.child_token();
        let running = Running {
            stop: stop.clone(),
            beaten: tokio::time::Instant::now(),
        };
        self.running().insert(lease, running);
        stop
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Lease, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(&self, leased: Leased, slot: OwnedSemaphorePermit, stop: CancellationToken) {
        let lease = leased.lease;
        let sink = ProgressSink {
            lease,
            board: Arc::clone(&self.board),
            slot: Arc::new(Mutex::new(Some(slot))),
            slots: Arc::clone(&self.slots),
        };
        let end = CancellationToken::new();
        let context = Arc::new(PartContext {
            sink: sink.clone(),
            stop: stop.clone(),
            draining: self.draining.clone(),
            end: end.clone(),
        });
        let runner = Arc::clone(&self.runner);
        // A task of its own, so that a panic ends this part and nothing else.
        let task = tokio::spawn(async move { runner.run(&leased, &context).await });
        let result = task.await;
        end.cancel();
        sink.computing_done();
        let goes_on = self.report(lease, result, &stop).await;
        self.running().remove(&lease);
        self.board.leave(lease.job, lease.part, goes_on);
    }

    /// Tells the queue how the part ended. Returns whether the job may have other work to do.
    async fn report(
        &self,
        lease: Lease,
        result: Result<Result<Outcome, Failure>, tokio::task::JoinError>,
        stop: &CancellationToken,
    ) -> bool {
        let ended = match result {
            _ if stop.is_cancelled() => self.insist(|| self.queue.hand_back(lease)).await,
            Ok(Ok(outcome)) => {
                self.insist(|| self.queue.finish(lease, outcome.clone()))
                    .await
            }
            Ok(Err(failure)) => {
                self.insist(|| self.queue.fail(lease, failure.clone()))
                    .await
            }
            Err(panic) => {
                tracing::error!(job = %lease.job, part = lease.part, %panic, "A part panicked.");
                let failure = Failure::panicked(&panic.to_string());
                self.insist(|| self.queue.fail(lease, failure.clone()))
                    .await
            }
        };
        match ended {
            Ok(Ended::Lost) => {
                tracing::warn!(job = %lease.job, part = lease.part, "A late end was refused.");
                true
            }
            Ok(_) => true,
            Err(error) => {
                let error = crate::ids::chain(&error);
                tracing::error!(job = %lease.job, error, "An end could not be stored.");
                false
            }
        }
    }

    /// Repeats an end that the ledger cannot take now, until it can or the daemon stops: what was
    /// done is not done again because a disk was full for a minute.
    async fn insist<F>(&self, mut end: impl FnMut() -> F) -> Result<Ended, QueueError>
    where
        F: Future<Output = Result<Ended, QueueError>>,
    {
        loop {
            match end().await {
                Err(error) if error.is_transient() && !self.draining.is_cancelled() => {
                    // The ledger says why, once.
                    tracing::debug!(
                        error = crate::ids::chain(&error),
                        "An end waits for the ledger."
                    );
                    tokio::time::sleep(END_RETRY).await;
                }
                ended => return ended,
            }
        }
    }

    /// Has the workers of a cancelled job let go.
    pub fn let_go(&self, receipt: &Receipt) {
        let running = self.running();
        for lease in &receipt.running {
            if let Some(running) = running.get(lease) {
                running.stop.cancel();
            }
        }
    }

    /// Prolongs all leases. Whoever lost his, or could not prolong it in time, is stopped.
    pub async fn beat(&self) {
        let leases: Vec<Lease> = self.running().keys().copied().collect();
        for lease in leases {
            let beat = self.queue.beat(lease).await;
            let mut running = self.running();
            let Some(entry) = running.get_mut(&lease) else {
                continue;
            };
            match beat {
                Beat::Go => entry.beaten = tokio::time::Instant::now(),
                Beat::Cancel => entry.stop.cancel(),
                Beat::Lost if entry.beaten.elapsed() > self.lease / 6 => entry.stop.cancel(),
                // Its end is just being written.
                Beat::Lost => {}
            }
        }
    }

    /// Takes no new parts, and stops those that run after `grace`, or as soon as all that are left
    /// wait for something that is not theirs to do, or look at pages; they are handed back.
    pub async fn drain(&self, grace: Duration) {
        self.draining.cancel();
        let deadline = tokio::time::Instant::now() + grace;
        while self.gets_on() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let left = self.running().len();
        if left > 0 {
            tracing::info!("{left} parts have not ended and are handed back.");
        }
        self.stopping.cancel();
    }

    fn gets_on(&self) -> bool {
        let lingers = |lease: &Lease| self.board.lingers(lease.job, lease.part);
        !self.running().keys().all(lingers)
    }
}
