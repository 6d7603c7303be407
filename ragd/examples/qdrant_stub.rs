//! The stand-in for Qdrant of the tests, as a process of its own.
//!
//! `qdrant_stub LOG [ADDRESS]` prints the URL where it listens, on a line, and serves until it is
//! killed. Its points are in the file `LOG`, and are there again when it is started once more.

#![expect(
    clippy::print_stdout,
    reason = "whoever started it reads from there where it listens"
)]

#[path = "../tests/it/qdrant_server/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "the tests use more of it"
)]
mod qdrant_server;

use std::path::PathBuf;

use qdrant_server::{Faults, QdrantServer};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(log) = arguments.next().map(PathBuf::from) else {
        return Err(std::io::Error::other("usage: qdrant_stub LOG [ADDRESS]"));
    };
    let address = arguments
        .next()
        .map(|one| one.to_string_lossy().into_owned());
    let address = address.unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let server = QdrantServer::start_at(&address, &log, Faults::default())?;
    println!("{}", server.url());
    loop {
        std::thread::park();
    }
}
