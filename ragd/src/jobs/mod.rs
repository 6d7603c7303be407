//! The durable queue: jobs, their parts, and who works on them.
//!
//! A [`Job`] is what a person sees. Its *parts* are what is leased to workers. The rules of all
//! transitions are pure functions in `state.rs`; [`JobQueue`] is the queue as the rest of the daemon
//! sees it, with the ledger as its backend (`durable/`); `pool.rs` runs parts. Nothing here knows
//! what a job does: a [`Runner`] is handed in.

mod board;
mod durable;
mod events;
mod gaps;
mod lists;
mod model;
mod pool;
mod records;
mod schedule;
pub mod state;

use std::sync::Arc;

use async_trait::async_trait;

pub use board::{Board, Live, PartProgress};
pub use events::{Event, EventKind, Events, Subscription};
pub use lists::{JobFilter, QueueCounts};
pub use model::{
    AskWork, BlobEntry, EmbedWork, Failure, FileEntry, GitSource, IngestWork, Job, JobKind,
    JobState, MemberEntry, MoveWork, NewJob, PartWork, Policy, Priority, Retry, Rules, Source,
    Stage, Totals, Upload, WebSource, Work, WorkPath,
};
pub use pool::{PartContext, Pool, ProgressSink, Runner};
pub use state::{PartCounts, PartState};

use crate::ids::{JobId, Timestamp};
use crate::ledger::{Applied, Changes, Ledger, LedgerError};

/// Opens the queue that the configuration names.
pub async fn open(
    ledger: Ledger,
    policy: Policy,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn JobQueue>, QueueError> {
    Ok(Arc::new(
        durable::Durable::open(ledger, policy, clock).await?,
    ))
}

/// The time, so that tests can set it.
pub trait Clock: Send + Sync {
    /// Wall clock, for what is stored.
    fn now(&self) -> Timestamp;
    /// Milliseconds that only grow, for leases; sleeping machines included.
    fn ticks(&self) -> u64;
    /// A number between 0 and 1 for the jitter of retries.
    fn random(&self) -> f64;
}

/// The queue cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The queue, or this user's share of it, is full.
    #[error("{queued} jobs wait already, {limit} may")]
    Busy {
        queued: u64,
        limit: u64,
        retry_after_ms: u64,
    },
    /// There is no such job.
    #[error("no job {job}")]
    NoJob { job: JobId },
    /// The job is in a state in which this cannot be done.
    #[error("job {job} is {}", state.as_str())]
    WrongState { job: JobId, state: JobState },
    /// The key was used for another request.
    #[error("the key `{key}` was used for another request")]
    KeyReused { key: String },
    /// An upload that the job needs is not there any more, or is not the user's.
    #[error("the upload {hash} is not there")]
    NoUpload { hash: crate::ids::ContentHash },
    /// Another user's collection.
    #[error("collection `{name}` belongs to uid {owner}")]
    NotOwner { name: String, owner: u32 },
    /// The collection is gone.
    #[error("there is no collection `{name}`")]
    NoCollection { name: String },
    /// Another model is on its way to serve the collection.
    #[error("the collection is being switched to another model by job {job}")]
    Switching { job: JobId },
    /// The ledger could not be written.
    #[error("cannot store the change")]
    Ledger(#[source] LedgerError),
}

impl QueueError {
    /// Tells whether the same call may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Ledger(error) => error.is_transient(),
            Self::NoJob { .. }
            | Self::WrongState { .. }
            | Self::KeyReused { .. }
            | Self::NoUpload { .. }
            | Self::NotOwner { .. }
            | Self::NoCollection { .. }
            | Self::Switching { .. } => false,
        }
    }
}

/// The answer to a submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    pub job: JobId,
    /// An equal job was there and does the work.
    pub existing: bool,
    pub created_collection: bool,
}

/// A part that a worker may work on.
#[derive(Clone, Debug)]
pub struct Leased {
    pub lease: Lease,
    pub work: Arc<Work>,
    pub part: Arc<PartWork>,
    pub uid: u32,
    pub collection: Option<crate::ids::CollectionId>,
    /// Runs of this part that ended in an error so far.
    pub attempts: u32,
    /// What [`crate::ledger::Ledger::observe`] said when the job was accepted.
    pub accepted: i64,
}

/// The right to work on a part. `fence` grows with every claim, so a late holder is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    pub job: JobId,
    pub part: u32,
    pub fence: u64,
}

/// What a worker hears when it shows a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    Go,
    /// The job is being cancelled: let go.
    Cancel,
    /// The lease is another's: stop, and write nothing.
    Lost,
}

/// What a part that went well leaves behind.
#[derive(Clone, Default)]
pub struct Outcome {
    /// More parts for the same job.
    pub more: Vec<(PartWork, u64)>,
    /// Applied in the same transaction that ends the part, or not at all.
    pub changes: Option<Changes>,
    pub totals: Totals,
    pub progress: state::Done,
    /// Files to read again, each as a new part, if its document turns out to be superseded.
    pub redo: Vec<(crate::ids::DocumentId, FileEntry)>,
    /// Kept until the end is written, for the sake of its `Drop`.
    pub hold: Option<Arc<dyn std::any::Any + Send + Sync>>,
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outcome")
            .field("more", &self.more.len())
            .field("totals", &self.totals)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

/// What became of an end that a worker reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It counts.
    Yes(Applied),
    /// The job was cancelled; nothing was applied.
    Cancelled,
    /// The lease was another's; nothing was applied.
    Lost,
}

/// What a cancel kept and dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub state: JobState,
    pub kept: u64,
    pub rolled_back_parts: u32,
    pub never_started_parts: u32,
    /// Leases whose workers must let go.
    pub running: Vec<Lease>,
}

/// A durable queue that hands each part to one worker at a time.
///
/// Every call that changes a job returns only when the change would survive a power cut, except
/// [`JobQueue::claim`] and [`JobQueue::beat`], which a crash makes void. All may be repeated.
/// A call that is dropped half way has happened or has not, never in part.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Stores a job; with the id of a known one, changes nothing.
    async fn push(&self, job: NewJob) -> Result<Pushed, QueueError>;

    /// Leases up to `limit` parts: first the user who got least, then by priority and age.
    /// Empty when nothing is ready or the queue is paused.
    async fn claim(&self, limit: usize) -> Vec<Leased>;

    /// Prolongs a lease.
    async fn beat(&self, lease: Lease) -> Beat;

    /// Ends a part well, with its changes, both or neither.
    async fn finish(&self, lease: Lease, outcome: Outcome) -> Result<Ended, QueueError>;

    /// Ends a run in an error: the part is tried again, parked, failed or dead.
    async fn fail(&self, lease: Lease, failure: Failure) -> Result<Ended, QueueError>;

    /// Gives a part back untried, counting nothing. After a cancel it ends here.
    async fn hand_back(&self, lease: Lease) -> Result<Ended, QueueError>;

    /// Makes due retries ready, and takes leases back that were not prolonged. Returns the ticks
    /// until the next call is useful, and leases taken back.
    async fn tick(&self) -> Result<(Option<u64>, Vec<Lease>), QueueError>;

    /// Lists what parked parts wait for, each once.
    fn waited_for(&self) -> Vec<String>;

    /// Has parts that were parked for `dependency` tried again.
    async fn unpark(&self, dependency: &str) -> Result<u64, QueueError>;

    /// Cancels a job. What never began is over at once; for the rest see [`Receipt::running`].
    async fn cancel(&self, job: JobId) -> Result<Receipt, QueueError>;

    /// Runs failed, dead and cancelled parts of an ended job again.
    async fn retry(&self, job: JobId) -> Result<(), QueueError>;

    async fn prioritise(&self, job: JobId, priority: Priority) -> Result<(), QueueError>;

    /// Forgets an ended job.
    async fn remove(&self, job: JobId) -> Result<(), QueueError>;

    /// Stops or resumes the handing out of parts; remembered over restarts.
    async fn pause(&self, paused: bool) -> Result<(), QueueError>;

    fn is_paused(&self) -> bool;

    /// Counts jobs that have not ended and do not merely wait for something outside. Asked by every
    /// search, so it is answered from memory.
    fn active_jobs(&self) -> u64;

    /// Parts that would be claimed before the first of `job`, counted up to `limit`.
    fn ahead(&self, job: JobId, limit: u64) -> Option<u64>;

    /// Resolves when parts may have become ready.
    async fn ready(&self);

    /// Where changes of jobs are told.
    fn events(&self) -> Arc<Events>;
}
