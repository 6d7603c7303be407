//! How the daemon is.

use serde::{Deserialize, Serialize};

use crate::ids::{BootId, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HealthState {
    Ok,
    /// Being opened.
    Starting,
    /// It works, but something needs a look.
    Degraded,
    /// It does not work.
    Down,
}

impl HealthState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Starting => "starting",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// One part of the daemon: `ledger`, `index`, `blobs`, `queue`, `disk`, `workers`, `extract`; `models`,
/// if servers have some, and `watch`, if sources are watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthPart {
    pub name: String,
    pub state: HealthState,
    pub detail: String,
    pub cause: Option<String>,
    pub next_step: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The worst of the parts.
    pub state: HealthState,
    pub parts: Vec<HealthPart>,
}

/// One page about the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub build: String,
    pub pid: u32,
    pub uid: u32,
    pub boot_id: BootId,
    pub started_at: Timestamp,
    pub state_dir: String,
    pub health: Health,
    pub queue: QueueStatus,
    pub collections: u64,
    pub documents: u64,
    pub chunks: u64,
    pub gaps: u64,
    pub connections: u32,
    pub rss_bytes: u64,
    pub state_bytes: u64,
    pub disk_free_bytes: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStatus {
    pub queued: u64,
    pub running: u64,
    pub retrying: u64,
    pub parked: u64,
    pub finished: u64,
    pub failed: u64,
    pub dead: u64,
    pub cancelled: u64,
    pub paused: bool,
    pub workers: u32,
    pub workers_busy: u32,
    pub oldest_queued_at: Option<Timestamp>,
}

/// What `fsck` found. All counts of trouble are zero on a sound store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FsckReport {
    pub documents: u64,
    pub chunks: u64,
    /// Chunks that the ledger promises and the index does not have.
    pub missing_chunks: u64,
    /// Chunks that the index has more than once.
    pub duplicate_chunks: u64,
    /// Chunks in the index that no version in the ledger owns.
    pub orphan_chunks: u64,
    /// Chunks without a vector.
    pub missing_vectors: u64,
    /// Vectors in the index that no version in the ledger owns.
    pub orphan_vectors: u64,
    /// Contents that the ledger names and the blob store does not have.
    pub missing_blobs: u64,
    /// Contents whose bytes no longer have their hash.
    pub damaged_blobs: u64,
    /// Jobs that ended more or less than once.
    pub wrong_ends: u64,
    pub ledger_errors: Vec<String>,
    /// The first few findings in words.
    pub examples: Vec<String>,
}

impl FsckReport {
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.missing_chunks == 0
            && self.duplicate_chunks == 0
            && self.orphan_chunks == 0
            && self.missing_vectors == 0
            && self.orphan_vectors == 0
            && self.missing_blobs == 0
            && self.damaged_blobs == 0
            && self.wrong_ends == 0
            && self.ledger_errors.is_empty()
    }

    /// Returns what mends it, the gravest first.
    #[must_use]
    pub fn next_step(&self) -> Option<&'static str> {
        let of_ledger = self.wrong_ends > 0 || !self.ledger_errors.is_empty();
        let of_blobs = self.missing_blobs + self.damaged_blobs > 0;
        match (of_ledger, of_blobs, self.is_clean()) {
            (_, _, true) => None,
            (true, ..) => Some("restart ragd: it mends the ledger, or puts a backup in its place"),
            (_, true, _) => Some("submit again what these contents came from"),
            (false, false, false) => {
                Some("restart ragd: a start makes chunks again from the kept contents")
            }
        }
    }
}
