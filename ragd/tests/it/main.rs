//! Tests of the daemon's parts through their public faces.

mod contract;
mod daemon;
mod damage;
#[cfg(feature = "docker")]
#[expect(dead_code, reason = "here it runs nothing")]
mod docker_engine;
mod fleet;
#[cfg(feature = "kubernetes")]
#[expect(dead_code, reason = "here it runs nothing")]
mod kubernetes_server;
mod moto;
#[expect(dead_code, reason = "some of it is for tests of single formats")]
#[expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]
mod packed;
#[cfg(any(feature = "docker", feature = "kubernetes"))]
mod plain_http;
mod pool;
mod qdrant;
mod qdrant_server;
mod runtime;
mod sandbox;
mod unruly;
