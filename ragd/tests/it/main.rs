//! Tests of the daemon's parts through their public faces.

mod contract;
mod daemon;
mod pool;
