//! A whole daemon in process, spoken to through its socket.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]

mod answers;
mod archives;
mod bucket;
mod chat_server;
mod cleaning;
mod client;
mod consistency;
mod documents;
mod embed_server;
mod embedding;
mod facts;
mod gaps;
mod git;
mod history;
mod hostile;
mod identity;
mod inbox;
mod jobs;
mod made;
mod moves;
mod ocr;
mod path;
mod plan;
mod project;
mod protocol_abuse;
mod shared;
mod switching;
mod watch;
mod watched;
mod web;
mod workers;
mod world;
