//! Workers: what they say of themselves, and what they hear.

use serde::{Deserialize, Serialize};

use super::{Class, Finding, FleetError, Shared, TaskId, Unshared};
use crate::ids;

/// A worker that was refused tries again all the time: one that does not, for so long, is gone.
const REFUSED_MS: i64 = 60_000;

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
    pub shared: Shared,
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

/// Returns why a worker may not work for a daemon of this version that sees this.
pub(super) fn refusal(me: &WorkerInfo, version: &str, shared: &Shared) -> Option<FleetError> {
    if me.version != version {
        return Some(FleetError::Version {
            worker: me.version.clone(),
            daemon: version.to_owned(),
        });
    }
    Unshared::find(&me.shared, shared).map(FleetError::Unshared)
}

/// Returns what is to be said about a worker that was refused at `at`, unless that is long ago, or
/// the daemon has changed since.
pub(super) fn refused(
    worker: &WorkerInfo,
    at: i64,
    version: &str,
    shared: &Shared,
    now: i64,
) -> Option<Finding> {
    let recent = now.saturating_sub(at) < REFUSED_MS;
    let refusal = refusal(worker, version, shared).filter(|_| recent)?;
    Some(Finding {
        what: format!(
            "worker {} on {} was refused: {}",
            worker.name,
            worker.host,
            ids::chain(&refusal)
        ),
        next_step: refusal.next_step(),
    })
}
