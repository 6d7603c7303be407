//! Workers: who does the parts of jobs, here and on other machines.

use serde::{Deserialize, Serialize};

use crate::ids::JobId;

/// What the daemon itself is called where it does all work: `queue.url` is not set then.
pub const LOCAL: &str = "local";

/// A worker as the daemon knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerView {
    /// No two workers have the same.
    pub name: String,
    pub host: String,
    pub pid: u32,
    pub version: String,
    pub classes: Vec<WorkerClass>,
    /// Parts that it works on at the same time.
    pub slots: u32,
    /// Parts that it works on now.
    pub busy: u32,
    /// Those of them that the asker may see: the parts of others' jobs are only counted.
    pub running: Vec<PartRef>,
    /// Time since its last sign of life.
    pub silent_ms: u64,
    pub wanted: Wanted,
}

/// Names a part of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRef {
    pub job: JobId,
    pub part: u32,
}

/// What a worker is able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkerClass {
    /// Read and cut documents, and store them with their vectors.
    Extract,
    /// Make the vectors of another model.
    Embed,
    /// Do the one part that it was started for.
    Launched,
}

impl WorkerClass {
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

/// What somebody wants of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    Run,
    /// End what it has, and take nothing until it is to run again.
    Pause,
    /// End what it has, and stop.
    Drain,
}

impl Wanted {
    pub const ALL: [Self; 3] = [Self::Run, Self::Pause, Self::Drain];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Pause => "pause",
            Self::Drain => "drain",
        }
    }
}
