//! Sources that are watched: what changes in them is taken in by itself.

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, Timestamp, WatchedId};
use crate::text::PathBytes;

/// A watched source, and how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedView {
    pub id: WatchedId,
    pub uid: u32,
    pub collection: String,
    pub roots: Vec<PathBytes>,
    pub state: WatchedState,
    /// The system does not tell of changes, so it is looked through from time to time.
    pub is_polled: bool,
    /// Folders that the system tells changes of.
    pub folders: u64,
    pub created_at: Timestamp,
    /// When a job last changed what is searchable of it, and which one.
    pub updated_at: Option<Timestamp>,
    pub job: Option<JobId>,
    /// What is wrong with it, if something is.
    pub cause: Option<String>,
    pub next_step: Option<String>,
}

/// How a watched source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WatchedState {
    /// Being looked through for the first time since the daemon started.
    Starting,
    /// What is searchable is what is there.
    Current,
    /// Something changed and is being taken in.
    Updating,
    /// A file or folder that was named is not there; its documents are kept.
    Away,
    /// Documents whose files are gone are kept, as there are too many.
    Held,
    /// The last job failed.
    Failed,
}

impl WatchedState {
    pub const ALL: [Self; 6] = [
        Self::Starting,
        Self::Current,
        Self::Updating,
        Self::Away,
        Self::Held,
        Self::Failed,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Current => "current",
            Self::Updating => "updating",
            Self::Away => "away",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }
}
