//! A whole daemon in process, spoken to through its socket.

mod cleaning;
mod client;
mod consistency;
mod gaps;
mod identity;
mod jobs;
mod path;
mod plan;
mod protocol_abuse;
mod watch;
mod world;
