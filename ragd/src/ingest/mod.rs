//! From a source to searchable chunks.
//!
//! [`walk`] finds files, [`read`] takes one safely, [`extract`] turns bytes into text and
//! [`chunk`] cuts text into passages. The last two are pure: the same input gives the same output,
//! under the fingerprint of [`chunk::fingerprint`]. [`plan`] compares a source with the ledger, and
//! [`pipeline`] makes chunks durable; [`in_flight`] keeps the sweeper ([`sweep`]) out of its way.

pub mod away;
pub mod chunk;
pub mod commits;
pub mod estimate;
pub mod extract;
mod eyes;
mod gather;
#[cfg(test)]
mod golden;
pub mod in_flight;
mod language;
pub mod made;
pub mod make;
pub mod mark;
pub mod members;
pub mod overview;
pub mod parse;
pub mod pipeline;
pub mod plan;
pub mod read;
pub mod secrets;
mod sights;
pub mod sweep;
mod unique;
pub mod walk;
