//! Tasks, from the offer to the end.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::ids::{ContentHash, JobId};

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

/// A text is no name of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part is named JOB/NUMBER")]
pub struct BadTaskId;

impl std::str::FromStr for TaskId {
    type Err = BadTaskId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (job, part) = text.split_once('/').ok_or(BadTaskId)?;
        Ok(Self {
            job: job.parse().map_err(|_| BadTaskId)?,
            part: part.parse().map_err(|_| BadTaskId)?,
        })
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
    /// Do one task that it was started for. No worker is given such a task that did not ask for it
    /// by its name.
    Launched,
}

impl Class {
    pub const ALL: [Self; 3] = [Self::Extract, Self::Embed, Self::Launched];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Embed => "embed",
            Self::Launched => "launched",
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
