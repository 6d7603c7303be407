//! Tests of the daemon's parts through their public faces.

mod contract;
mod daemon;
#[cfg(feature = "docker")]
#[expect(dead_code, reason = "here it runs nothing")]
mod docker_engine;
mod fleet;
mod moto;
mod pool;
mod qdrant;
mod qdrant_server;
mod runtime;
mod unruly;
