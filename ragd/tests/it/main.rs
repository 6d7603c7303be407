//! Tests of the daemon's parts through their public faces.

mod contract;
mod daemon;
mod moto;
mod pool;
mod qdrant;
mod qdrant_server;
mod unruly;
