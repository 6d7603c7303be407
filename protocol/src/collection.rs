//! Collections as clients see them.

use serde::{Deserialize, Serialize};

use crate::ids::{CollectionId, JobId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionView {
    pub id: CollectionId,
    pub name: String,
    /// The user who may change it.
    pub owner: u32,
    pub documents: u64,
    pub chunks: u64,
    pub bytes: u64,
    pub gaps: u64,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    /// The model whose vectors serve.
    pub model: String,
    /// The model that it is being switched to.
    pub switching: Option<ModelSwitch>,
    /// The model that served before, whose vectors are still there: going back is quick.
    pub previous: Option<String>,
    /// Where its chunks are.
    pub index: IndexKind,
}

/// Where the chunks of a collection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexKind {
    /// In the daemon.
    Embedded,
    /// On a server.
    Qdrant,
}

impl IndexKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Qdrant => "qdrant",
        }
    }
}

/// A model on its way to serve: its vectors are built beside those that do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSwitch {
    pub model: String,
    /// The job that builds them.
    pub job: JobId,
    /// Chunks that have a vector, of how many.
    pub done: u64,
    pub total: u64,
}

/// Changes a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionUpdateRequest {
    pub name: String,
    /// The job that does it, made by the client.
    pub job: JobId,
    /// The model to switch to: a name from `model list`. The one that serves ends a switch under
    /// way.
    pub model: String,
}

/// Moves a collection to another index, while the one where it is serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionMoveRequest {
    pub name: String,
    /// The job that does it, made by the client.
    pub job: JobId,
    pub to: IndexKind,
}

/// What a change of a collection led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionUpdated {
    pub collection: CollectionView,
    /// The job that is under way; absent: there is nothing to do.
    pub job: Option<JobId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionRemoved {
    pub name: String,
    pub documents: u64,
    pub cancelled_jobs: u64,
}
