//! The terminal clients of `ragd`.
//!
//! - [`client`] talks to the daemon: connect, ask, stream, upload.
//! - [`cli`] is `ragctl`: commands for people and scripts.
//! - [`text`] makes foreign text safe and fitting for a terminal.
//! - [`tui`] is `ragtui`: screens.
//! - [`words`] says times, sizes and counts.
//!
//! Clients never open the daemon's files: whatever they show came through the socket.

pub mod cli;
pub mod client;
pub mod text;
pub mod tui;
pub mod words;
