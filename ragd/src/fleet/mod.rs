//! Tasks for workers on other machines.
//!
//! A [`Fleet`] hands tasks to workers and brings their ends back, and that is all. Bytes go in and
//! bytes come out; what they mean is known to the daemon and the worker. The daemon's ledger stays
//! the truth: it decides about order, retries and ends. A fleet that lost everything costs time and
//! nothing else, since the daemon offers again what is open.

mod crew;
mod desk;
mod error;
mod hints;
mod memory;
mod seen;
mod shared;
mod task;
mod valkey;
mod worker;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

pub use self::crew::{Crew, Hands, Undone};
pub use self::desk::{Away, Desk, Pending};
pub use self::error::FleetError;
pub use self::hints::{Heard, Hint};
pub use self::shared::{Look, Shared, Sight, Store, Unshared};
pub use self::task::{
    Cancelled, Claimed, Class, End, Ended, NewTask, Offered, TaskEnd, TaskId, TaskLease,
};
pub use self::worker::{Beat, Beats, Wanted, WorkerInfo, WorkerState};
use crate::config;
use crate::ids::ContentHash;

/// Bytes of a payload, a result or a failure. What is larger goes into blobs, and a reference here.
pub const MAX_BODY: usize = 64 << 10;
/// What a task counts for in what a user was served, beside its cost.
const COST_UNIT: u64 = 1 << 20;
/// A larger cost counts as this, so that sums stay exact where numbers are floating point.
const MAX_COST: u64 = 1 << 40;
/// Leases that one tick takes back, at most: a server does nothing else meanwhile.
const TICK_LIMIT: usize = 100;
/// A daemon that was silent for so long has stopped, and another one may hand out tasks.
const OWNED_MS: i64 = 60_000;
/// A worker is forgotten when it was silent for so many leases.
const SILENT_LEASES: u64 = 10;

/// Opens the fleet that the configuration names. Its server need not be there yet.
pub fn open(queue: &config::Queue, time: Time) -> Result<Arc<dyn Fleet>, FleetError> {
    Ok(Arc::new(valkey::Valkey::new(queue, time)?))
}

/// Looks whether a configuration names a server that can be meant, and a password that is there.
pub fn check(queue: &config::Queue) -> Result<(), FleetError> {
    valkey::check(queue)
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

/// On what terms the daemon hands out tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The daemon: no two have the same.
    pub owner: String,
    /// What people call it.
    pub name: String,
    /// Workers of another version get nothing.
    pub version: String,
    /// Nor do those that see something else.
    pub shared: Shared,
    pub lease_ms: u64,
    /// Workers may vanish so often before a task is dead.
    pub max_stalls: u32,
    /// Nothing is handed out.
    pub paused: bool,
    /// These workers finish what they have, and get nothing.
    pub paused_workers: BTreeSet<String>,
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

/// Hands tasks to workers.
///
/// A task waits, is leased, or has ended; a cancelled or forgotten one is not there. What a call does
/// to one task has happened or it has not. All calls may be repeated, and one that finds its work
/// done changes nothing, except that a [`Fleet::claim`] whose answer was lost leaves leases that run
/// out. What is stored may be lost at any time: see [`Fleet::announce`].
#[async_trait]
pub trait Fleet: Send + Sync {
    // The daemon's side.

    /// Says that a daemon hands out tasks, and on what terms; again when they change, and now and
    /// then, since the server may have been emptied. Another epoch than last time means that it was:
    /// then everything open must be offered again. Refused as long as another daemon says so.
    async fn announce(&self, terms: &Terms) -> Result<Epoch, FleetError>;

    /// Offers tasks of the daemon `owner`. The same order again is no second task. Another order
    /// takes the place of what is known under the id, and whoever works on that is fenced off; so
    /// does the same order after a cancel. The answers are in the order of the tasks.
    async fn offer(&self, owner: &str, tasks: Vec<NewTask>) -> Result<Vec<Offered>, FleetError>;

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

    /// Has a worker finish what it has, and stop. It hears it at once, or with its next beat.
    /// Returns whether there is such a worker.
    async fn drain(&self, worker: &str) -> Result<bool, FleetError>;

    /// Looks for what is wrong with the server and the workers.
    async fn check(&self) -> Result<Vec<Finding>, FleetError>;

    // The worker's side.

    /// Joins. Who has another version than the daemon or does not see what it sees is refused, and
    /// the daemon finds that in [`Fleet::check`].
    async fn enlist(&self, me: &WorkerInfo) -> Result<(), FleetError>;

    /// Leases up to `limit` tasks of the worker's classes: first the user who got least, then by
    /// rank. Empty when nothing is ready, or when the worker or everything is paused. A task of
    /// [`Class::Launched`] is never among them.
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
