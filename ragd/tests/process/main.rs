//! The real binary as a process: killed, stopped, starved and lied to.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail where tests may"
)]

#[expect(dead_code, reason = "here it behaves")]
#[path = "../it/daemon/chat_server.rs"]
mod chat_server;
mod client;
mod daemon;
mod dice;
#[cfg(feature = "docker")]
#[expect(dead_code, reason = "some of it is for tests of the runtime alone")]
#[path = "../it/docker_engine.rs"]
mod docker_engine;
#[expect(dead_code, reason = "here it behaves")]
#[path = "../it/daemon/embed_server.rs"]
mod embed_server;
mod hostile;
#[cfg(feature = "kubernetes")]
#[expect(dead_code, reason = "some of it is for tests of the runtime alone")]
#[path = "../it/kubernetes_server.rs"]
mod kubernetes_server;
#[cfg(any(feature = "aws", feature = "docker", feature = "kubernetes"))]
mod launched;
mod lifecycle;
mod machines;
#[cfg(feature = "aws")]
#[expect(dead_code, reason = "the rest is about contents")]
#[path = "../it/moto.rs"]
mod moto;
mod ocr;
#[expect(dead_code, reason = "the rest is about archives that mean harm")]
#[path = "../it/packed.rs"]
mod packed;
#[cfg(any(feature = "docker", feature = "kubernetes"))]
#[path = "../it/plain_http.rs"]
mod plain_http;
#[path = "../it/daemon/planted.rs"]
mod planted;
#[expect(dead_code, reason = "here it behaves")]
#[path = "../it/qdrant_server/mod.rs"]
mod qdrant_server;
mod secrets;
mod servers;
mod stores;
mod storm;
mod switcher;
#[cfg(feature = "aws")]
#[path = "../it/unruly.rs"]
#[expect(dead_code, reason = "here it misbehaves little")]
mod unruly;
mod uploads;
mod wait;
mod watched;

use wait::{eventually, pause};
