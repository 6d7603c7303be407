//! From a source to searchable chunks.
//!
//! [`walk`] finds files, [`read`] takes one safely, [`extract`] turns bytes into text and
//! [`chunk`] cuts text into passages. The last two are pure: the same input gives the same output,
//! under the fingerprint of [`chunk::fingerprint`].

pub mod chunk;
pub mod extract;
mod language;
pub mod read;
pub mod walk;
