//! Workers: what they say of themselves, and what they hear.

use serde::{Deserialize, Serialize};

use super::{Class, Finding, TaskId};

/// A worker that was refused and does not try again is of no interest after so long.
const REFUSED_MS: i64 = 600_000;

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

/// Returns what is to be said about a worker that was refused at `at`, unless that is long ago.
pub(super) fn skew(refused: &WorkerInfo, at: i64, daemon: &str, now: i64) -> Option<Finding> {
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
