//! Tests of the daemon's parts through their public faces.

mod contract;
mod daemon;
mod fleet;
mod moto;
mod pool;
mod qdrant;
mod qdrant_server;
mod unruly;
