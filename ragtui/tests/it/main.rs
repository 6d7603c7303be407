//! The clients against a stand-in daemon that speaks the real protocol over a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod ask;
mod chat;
mod client;
mod commands;
mod completions;
mod faults;
mod fixtures;
mod result;
mod schemas;
mod stand_in;
mod start;
mod submit;
mod terminal;
mod waiting;
mod workers;
