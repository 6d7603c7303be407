//! Jobs as clients see them, and the streams that report on them.

use serde::{Deserialize, Serialize};

use crate::error::ErrorReport;
use crate::ids::{BootId, JobId, Timestamp};
use crate::submit::Runtime;
use crate::text::PathBytes;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum JobState {
    Queued,
    Running,
    Retrying,
    Parked,
    Cancelling,
    Finished,
    Failed,
    Dead,
    Cancelled,
}

impl JobState {
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Running,
        Self::Retrying,
        Self::Parked,
        Self::Cancelling,
        Self::Finished,
        Self::Failed,
        Self::Dead,
        Self::Cancelled,
    ];

    /// Tells whether the job has ended.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(
            self,
            Self::Finished | Self::Failed | Self::Dead | Self::Cancelled
        )
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Parked => "parked",
            Self::Cancelling => "cancelling",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a running job does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    Saving,
    Planning,
    Extracting,
    Chunking,
    Embedding,
    Storing,
    Activating,
    Searching,
    Answering,
}

impl Stage {
    pub const ALL: [Self; 9] = [
        Self::Saving,
        Self::Planning,
        Self::Extracting,
        Self::Chunking,
        Self::Embedding,
        Self::Storing,
        Self::Activating,
        Self::Searching,
        Self::Answering,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Saving => "saving",
            Self::Planning => "planning",
            Self::Extracting => "extracting",
            Self::Chunking => "chunking",
            Self::Embedding => "embedding",
            Self::Storing => "storing",
            Self::Activating => "activating",
            Self::Searching => "searching",
            Self::Answering => "answering",
        }
    }
}

/// How soon a job is taken, compared with others of the same user.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Top,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Top];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Top => "top",
        }
    }
}

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobKind {
    /// Take in a source.
    Ingest,
    /// Do nothing, to measure the queue.
    Probe,
    /// Make the vectors of another model for a collection.
    Embed,
    /// Answer a question.
    Ask,
    /// Move a collection to another index.
    Move,
    /// Take in what changed of a watched source.
    Watch,
}

impl JobKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Probe => "probe",
            Self::Embed => "embed",
            Self::Ask => "ask",
            Self::Move => "move",
            Self::Watch => "watch",
        }
    }
}

/// Everything about one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    pub id: JobId,
    pub kind: JobKind,
    pub state: JobState,
    pub stage: Option<Stage>,
    pub collection: Option<String>,
    /// What was submitted, as a person wrote it: a path, or the name of a document.
    pub source: PathBytes,
    pub uid: u32,
    pub priority: Priority,
    /// Runs that ended in an error so far, and how many are allowed, of the part furthest along.
    pub attempt: u32,
    pub max_attempts: u32,
    /// Runs whose worker vanished.
    pub stalls: u32,
    pub idempotency_key: Option<String>,
    pub parts: PartCounts,
    pub progress: Progress,
    pub pace: Pace,
    /// Why nothing moves, when nothing does.
    pub waiting: Option<Waiting>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// When the next try begins, while the state is `retrying`.
    pub retry_at: Option<Timestamp>,
    /// The last error; on the ends `failed` and `dead` the reason.
    pub error: Option<ErrorReport>,
    pub totals: Totals,
    pub runtime: Runtime,
}

/// The parts of a job by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    pub total: u32,
    pub running: u32,
    pub retrying: u32,
    pub parked: u32,
    pub finished: u32,
    pub failed: u32,
    pub dead: u32,
    pub cancelled: u32,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub files_done: u64,
    pub files_total: u64,
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub chunks: u64,
    /// Whether planning is over, so that the totals will not grow.
    pub total_is_final: bool,
}

impl Progress {
    /// Returns the share that is done, by bytes where there are any, else by files.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let (done, total) = match (self.bytes_total, self.files_total) {
            (0, 0) => return None,
            (0, files) => (self.files_done, files),
            (bytes, _) => (self.bytes_done, bytes),
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share needs no exact integers"
        )]
        Some((done as f64 / total as f64).min(1.0))
    }
}

/// How fast a job moves. Empty until there is enough evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    pub chunks_per_min: Option<u64>,
    pub bytes_per_s: Option<u64>,
    pub eta_s: Option<u64>,
    pub eta_error_s: Option<u64>,
}

/// Why a job does not move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// All workers are busy; this many jobs are taken first.
    Worker { ahead: u64 },
    /// Somebody paused the queue.
    QueuePaused,
    /// The next try is due at that time.
    Backoff { until: Timestamp },
    /// Something the job needs is away: a full disk, a store, a server.
    Dependency { name: String, reason: String },
    /// A worker has the job and reports nothing since then.
    Silent { since: Timestamp },
    /// Another job is about the same documents and goes first.
    OtherJob { job: JobId },
}

/// What a job did, counted in documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub added: u64,
    pub updated: u64,
    pub deleted: u64,
    pub unchanged: u64,
    /// Files that ended in an error and are listed as gaps.
    pub failed: u64,
    /// Files left out, by the rule that did it.
    pub skipped: Vec<(String, u64)>,
    /// Documents whose files are gone and which were kept all the same: the scan met errors, or too
    /// much of the source had vanished.
    pub held_back: u64,
    /// Secrets that were replaced in texts.
    pub secrets: u64,
}

/// Which jobs a list or a stream is about. Empty fields do not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFilter {
    pub ids: Vec<JobId>,
    pub states: Vec<JobState>,
    pub collection: Option<String>,
    /// Text that the source or the id must contain.
    pub text: Option<String>,
    pub uid: Option<u32>,
}

/// The order of a list of jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobOrder {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// Asks for a page of jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobListRequest {
    pub filter: JobFilter,
    pub order: JobOrder,
    pub page: PageRequest,
}

/// Which page of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// 0 asks for the daemon's own page size.
    pub limit: u32,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    pub total: u64,
}

/// A document of a job that ended in an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobErrorView {
    pub job: JobId,
    pub path: PathBytes,
    pub stage: Stage,
    pub code: String,
    pub reason: String,
    pub at: Timestamp,
}

/// What was kept and what was rolled back by a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelReceipt {
    pub job: JobId,
    /// `cancelled`, `cancelling` while a worker still lets go, or the end it already had.
    pub state: JobState,
    /// Documents that had become searchable before and stay so.
    pub kept: u64,
    /// Parts that were running and whose work is dropped.
    pub rolled_back_parts: u32,
    /// Parts that never began.
    pub never_started_parts: u32,
}

/// One message of a stream about jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobEvent {
    pub boot_id: BootId,
    /// Grows by one with every change of any job. Of progress, only the newest is kept.
    pub seq: u64,
    pub at: Timestamp,
    pub what: JobEventKind,
}

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobEventKind {
    /// A job as it is when the stream begins, or after a gap.
    Snapshot(Box<JobView>),
    /// All snapshots were sent.
    SnapshotEnd,
    Created(Box<JobView>),
    /// The state changed, or something else that is not mere progress.
    State(Box<JobView>),
    Progress(Box<JobView>),
    Removed(JobId),
    /// Nothing happened for a while; the line is alive.
    Heartbeat,
    /// Changes were missed. A new snapshot follows.
    Gap,
    /// The state of a part of the daemon changed.
    Health {
        part: String,
        state: crate::health::HealthState,
    },
}

/// Asks for a stream of [`JobEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRequest {
    pub filter: JobFilter,
    /// Continue after this event instead of beginning with a snapshot.
    pub since: Option<Since>,
    /// End the stream when every job of the filter has ended.
    pub until_ended: bool,
}

/// A place in the stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// Absent: the boot that answers.
    pub boot_id: Option<BootId>,
    pub seq: u64,
}
