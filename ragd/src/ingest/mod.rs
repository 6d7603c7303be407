//! From a source to searchable chunks.
//!
//! [`walk`] finds files and [`read`] takes one safely.

pub mod read;
pub mod walk;
