//! How much the daemon takes.

use serde::{Deserialize, Serialize};

/// A limit of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitView {
    /// Its key in the configuration, which ends in its unit: `_bytes`, `_ms` or `_s`.
    pub key: String,
    pub value: u64,
    /// What it is unless it is set.
    pub usual: u64,
    /// The stable word of the error or gap that what is beyond it becomes; or `closed`, or `waits`.
    pub code: String,
    pub meaning: String,
}
