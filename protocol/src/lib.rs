//! Everything that clients of `ragd` and the daemon can say to each other.
//!
//! A connection opens with the [`hello`] exchange, whose layout never changes. After it each frame
//! carries one [`ClientMessage`] or one [`DaemonMessage`]. Every request has an id and gets exactly
//! one reply, or a stream that ends in one `End` or one `Failed`.
//!
//! This crate knows no sockets and no runtime: it turns messages into bytes and back.

pub mod answer;
pub mod codec;
pub mod collection;
pub mod doctor;
pub mod document;
pub mod error;
pub mod frame;
pub mod health;
pub mod hello;
pub mod ids;
pub mod job;
pub mod limit;
pub mod message;
pub mod model;
pub mod place;
pub mod project;
pub mod search;
pub mod submit;
pub mod text;
pub mod watched;
pub mod worker;

pub use error::{ErrorCode, ErrorReport};
pub use ids::{
    BootId, CollectionId, ContentHash, ConversationId, DocumentId, JobId, PlanId, RequestId,
    Timestamp, WatchedId,
};
pub use message::{ClientMessage, DaemonMessage, Item, Reply, Request};
pub use text::{PathBytes, Private};
