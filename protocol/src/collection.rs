//! Collections as clients see them.

use serde::{Deserialize, Serialize};

use crate::ids::{CollectionId, Timestamp};

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
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionRemoved {
    pub name: String,
    pub documents: u64,
    pub cancelled_jobs: u64,
}
