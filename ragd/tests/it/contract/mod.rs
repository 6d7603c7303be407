//! One suite per trait, run over every backend.

mod blobs;
pub(crate) mod fleet;
mod index;
mod index_killed;
pub(crate) mod queue;
mod vectors;
