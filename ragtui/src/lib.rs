//! The terminal clients of `ragd`.
//!
//! - [`client`] talks to the daemon: connect, ask, stream, upload.
//!
//! Clients never open the daemon's files: whatever they show came through the socket.

pub mod client;
