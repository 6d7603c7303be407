//! Tasks for workers on other machines.
//!
//! A [`Fleet`] hands tasks to workers and brings their ends back, and that is all. Bytes go in and
//! bytes come out; what they mean is known to the daemon and the worker. The daemon's ledger stays
//! the truth: it decides about order, retries and ends. A fleet that lost everything costs time and
//! nothing else, since the daemon offers again what is open.

mod error;
mod memory;
mod valkey;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::error::FleetError;
use crate::config;
use crate::ids::{ContentHash, JobId};

/// Bytes of a payload, a result or a failure. What is larger goes into blobs, and a reference here.
pub const MAX_BODY: usize = 64 << 10;
/// What a task counts for in what a user was served, beside its cost.
const COST_UNIT: u64 = 1 << 20;
/// A larger cost counts as this, so that sums stay exact where numbers are floating point.
const MAX_COST: u64 = 1 << 40;
/// Leases that one tick takes back, at most: a server does nothing else meanwhile.
const TICK_LIMIT: usize = 100;
/// A worker is forgotten when it was silent for so many leases.
const SILENT_LEASES: u64 = 10;
/// A worker that was refused and does not try again is of no interest after so long.
const REFUSED_MS: i64 = 600_000;

/// Opens the fleet that the configuration names. Its server need not be there yet.
pub fn open(queue: &config::Queue, time: Time) -> Result<Arc<dyn Fleet>, FleetError> {
    Ok(Arc::new(valkey::Valkey::new(queue, time)?))
}

/// Returns a fleet inside this process.
#[must_use]
pub fn in_memory(time: Time) -> Arc<dyn Fleet> {
    Arc::new(memory::Memory::new(time))
}

/// Whose clock counts.
#[derive(Clone, Debug)]
pub enum Time {
    /// That of the server; of this machine, where there is no server. Clocks of workers never count.
    Own,
    /// Milliseconds that a test sets.
    Told(Arc<AtomicI64>),
}

impl Time {
    /// Returns the time that was told.
    fn told(&self) -> Option<i64> {
        match self {
            Self::Own => None,
            Self::Told(ms) => Some(ms.load(Ordering::SeqCst)),
        }
    }
}

/// Names a task: a part of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    pub job: JobId,
    pub part: u32,
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.job, self.part)
    }
}

/// What a worker must be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Read and cut documents.
    Extract,
    /// Make vectors.
    Embed,
}

impl Class {
    pub const ALL: [Self; 2] = [Self::Extract, Self::Embed];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Embed => "embed",
        }
    }
}

/// A task as the daemon offers it.
#[derive(Clone)]
pub struct NewTask {
    pub id: TaskId,
    pub class: Class,
    pub uid: u32,
    /// Smaller goes first among the tasks of a user. Equal ones go by job and part.
    pub rank: i64,
    /// Bytes, about: users get the same cost, not the same number of tasks.
    pub cost: u64,
    /// Names what is to be done, so a task of the same id and order is the same task. Whoever wants
    /// a task that failed to be tried again gives it another order, or forgets the failure first.
    pub order: ContentHash,
    pub payload: Bytes,
}

impl std::fmt::Debug for NewTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewTask")
            .field("id", &self.id)
            .field("class", &self.class)
            .field("uid", &self.uid)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It waits for a worker now. What was there under its id before is gone.
    New,
    /// The same task waits already, or is worked on.
    Known,
    /// The same task has ended.
    Ended(End),
}

/// How a task ended.
#[derive(Clone, PartialEq, Eq)]
pub enum End {
    /// With a result.
    Finished(Bytes),
    /// With an error that the worker tells.
    Failed(Bytes),
    /// Its workers vanished too often.
    Dead { stalls: u32, last_worker: String },
}

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Finished(body) => write!(f, "Finished({} bytes)", body.len()),
            Self::Failed(body) => write!(f, "Failed({} bytes)", body.len()),
            Self::Dead {
                stalls,
                last_worker,
            } => write!(f, "Dead({stalls} stalls, last of {last_worker:?})"),
        }
    }
}

/// An end as the daemon hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskEnd {
    pub id: TaskId,
    /// That of the task that ended; the daemon may have another in mind by now.
    pub order: ContentHash,
    pub end: End,
}

/// The right to work on a task. No two claims have the same fence, so a late holder is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskLease {
    pub id: TaskId,
    pub fence: u64,
}

/// A task in the hands of a worker.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed {
    pub lease: TaskLease,
    pub class: Class,
    /// Workers that vanished with it before.
    pub stalls: u32,
    pub payload: Bytes,
    /// Without a beat for so long the task is another's.
    pub lease_ms: u64,
}

impl std::fmt::Debug for Claimed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claimed")
            .field("lease", &self.lease)
            .field("class", &self.class)
            .field("stalls", &self.stalls)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// What a cancel found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// No worker had it; it is gone.
    Gone,
    /// A worker has it and is told. It is gone when that worker lets go; no end is told.
    Told,
    /// It has ended already, and stays until it is forgotten.
    Ended,
    /// There is no such task.
    Unknown,
}

/// What a worker hears about a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    Go,
    /// The task is cancelled: let go.
    Cancel,
    /// The lease is another's: stop, and write nothing.
    Lost,
}

/// What a worker hears when it shows a sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beats {
    /// In the order of the leases that were asked about.
    pub leases: Vec<Beat>,
    pub wanted: Wanted,
}

/// What became of an end that a worker reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It counts, also when it is said again.
    Yes,
    /// The task was cancelled.
    Cancelled,
    /// The lease was another's.
    Lost,
}

/// What somebody wants of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Run,
    /// Finish what it has, and take nothing until it is to run again.
    Pause,
    /// Finish what it has, and stop.
    Drain,
}

impl Wanted {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Pause => "pause",
            Self::Drain => "drain",
        }
    }
}

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// No two workers have the same.
    pub name: String,
    pub host: String,
    pub pid: u32,
    pub version: String,
    pub classes: Vec<Class>,
    pub slots: u32,
}

/// A worker as the daemon sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerState {
    pub info: WorkerInfo,
    pub running: Vec<TaskId>,
    pub silent_ms: u64,
    pub wanted: Wanted,
}

/// On what terms the daemon hands out tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Workers of another version get nothing.
    pub version: String,
    pub lease_ms: u64,
    /// Workers may vanish so often before a task is dead.
    pub max_stalls: u32,
    /// Nothing is handed out.
    pub paused: bool,
}

/// Names one life of what is stored. Another one says that everything was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch(pub String);

/// Something about the fleet that somebody should mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: String,
    /// A command, where one mends it.
    pub next_step: String,
}

/// Why a worker was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Tasks may have become ready: claim.
    Ready,
    /// A task was cancelled, or a worker is wanted to do something else: beat.
    Told,
    /// Nothing was said for a while. Hints may be lost, so do both.
    Quiet,
}

/// Which hints somebody has heard. Whoever begins has heard none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    ready: u64,
    told: u64,
}

impl Heard {
    /// Counts a hint of each kind.
    fn tell_all(&mut self) {
        self.ready += 1;
        self.told += 1;
    }

    /// Returns what is new in `now`, which has been heard then.
    fn hear(&mut self, now: Self) -> Option<Hint> {
        if self.told != now.told {
            self.told = now.told;
            return Some(Hint::Told);
        }
        if self.ready != now.ready {
            self.ready = now.ready;
            return Some(Hint::Ready);
        }
        None
    }
}

/// Hands tasks to workers.
///
/// A task waits, is leased, or has ended; a cancelled or forgotten one is not there. Every call is
/// one step: it has happened or it has not. All may be repeated, and a repeated call that found the
/// first one done changes nothing, except that a [`Fleet::claim`] whose answer was lost leaves
/// leases that run out. What is stored may be lost at any time: see [`Fleet::announce`].
#[async_trait]
pub trait Fleet: Send + Sync {
    // The daemon's side.

    /// Says that a daemon hands out tasks, and on what terms; again when they change, and now and
    /// then, since the server may have been emptied. Another epoch than last time means that it was:
    /// then everything open must be offered again.
    async fn announce(&self, terms: &Terms) -> Result<Epoch, FleetError>;

    /// Offers tasks. The same order again is no second task. Another order takes the place of what
    /// is known under the id, and whoever works on that is fenced off; so does the same order after
    /// a cancel. The answers are in the order of the tasks.
    async fn offer(&self, tasks: Vec<NewTask>) -> Result<Vec<Offered>, FleetError>;

    /// Cancels a task.
    async fn cancel(&self, id: TaskId) -> Result<Cancelled, FleetError>;

    /// Forgets ends that the ledger knows. What has not ended, or has another order, stays.
    async fn forget(&self, ends: &[(TaskId, ContentHash)]) -> Result<(), FleetError>;

    /// Waits for the next ends, at most some seconds: an empty answer says that there were none. One
    /// caller at a time. Each end comes once, and again to the next process until it is forgotten.
    async fn ends(&self) -> Result<Vec<TaskEnd>, FleetError>;

    /// Lists all tasks that are known. One that begins or ends meanwhile may be missing.
    async fn open_tasks(&self) -> Result<Vec<(TaskId, ContentHash)>, FleetError>;

    /// Lists the workers by name.
    async fn workers(&self) -> Result<Vec<WorkerState>, FleetError>;

    /// Says what a worker is wanted to do. It hears it at once, or with its next beat. Returns
    /// whether there is such a worker.
    async fn want(&self, worker: &str, wanted: Wanted) -> Result<bool, FleetError>;

    /// Looks for what is wrong with the server and the workers.
    async fn check(&self) -> Result<Vec<Finding>, FleetError>;

    // The worker's side.

    /// Joins. A version other than the daemon's is refused, and the daemon finds that in
    /// [`Fleet::check`].
    async fn enlist(&self, me: &WorkerInfo) -> Result<(), FleetError>;

    /// Leases up to `limit` tasks of the worker's classes: first the user who got least, then by
    /// rank. Empty when nothing is ready, or when the worker or everything is paused.
    async fn claim(&self, me: &WorkerInfo, limit: usize) -> Result<Vec<Claimed>, FleetError>;

    /// Leases this one task, if it waits.
    async fn claim_this(&self, me: &WorkerInfo, id: TaskId) -> Result<Option<Claimed>, FleetError>;

    /// Shows a sign of life of a worker and prolongs its leases.
    async fn beat(&self, me: &WorkerInfo, leases: &[TaskLease]) -> Result<Beats, FleetError>;

    /// Ends a task with a result.
    async fn finish(&self, lease: TaskLease, result: Bytes) -> Result<Ended, FleetError>;

    /// Ends a task with an error.
    async fn fail(&self, lease: TaskLease, failure: Bytes) -> Result<Ended, FleetError>;

    /// Gives a task back untried, counting nothing.
    async fn hand_back(&self, lease: TaskLease) -> Result<Ended, FleetError>;

    /// Takes back leases that were not prolonged, and returns how many. Anybody may call it, as
    /// often as he likes. If nobody did for a whole lease, the server was away or its clock jumped:
    /// then these workers are not to blame, and no stalls are counted.
    async fn tick(&self) -> Result<usize, FleetError>;

    /// Resolves on a hint, or after a short while at random (250 to 1000 ms) without one.
    async fn woken(&self, heard: &mut Heard) -> Hint;

    /// Leaves. What the worker still holds runs out.
    async fn dismiss(&self, me: &WorkerInfo) -> Result<(), FleetError>;
}

/// Refuses a body that is too large.
fn check_body(what: &'static str, body: &Bytes) -> Result<(), FleetError> {
    if body.len() > MAX_BODY {
        return Err(FleetError::TooLarge {
            what,
            bytes: body.len(),
        });
    }
    Ok(())
}

/// Returns what is to be said about a worker that was refused at `at`, unless that is long ago.
fn skew(refused: &WorkerInfo, at: i64, daemon: &str, now: i64) -> Option<Finding> {
    let recent = now.saturating_sub(at) < REFUSED_MS && refused.version != daemon;
    recent.then(|| Finding {
        what: format!(
            "worker {} on {} is version {} and was refused",
            refused.name, refused.host, refused.version
        ),
        next_step: format!(
            "install ragd {daemon} there, or {} where the daemon runs",
            refused.version
        ),
    })
}

/// Waits for what somebody has not heard yet, but not for long.
async fn next_hint(hints: &watch::Sender<Heard>, heard: &mut Heard) -> Hint {
    let mut hints = hints.subscribe();
    let waiting = async {
        loop {
            let now = *hints.borrow_and_update();
            if let Some(hint) = heard.hear(now) {
                return hint;
            }
            if hints.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    };
    let waited = tokio::time::timeout(quiet(), waiting).await;
    waited.unwrap_or(Hint::Quiet)
}

/// Returns how long somebody waits for a hint. Not all alike, so that they do not come at once.
fn quiet() -> std::time::Duration {
    let random = uuid::Uuid::now_v7().as_u128() % 751;
    std::time::Duration::from_millis(250 + u64::try_from(random).unwrap_or_default())
}
