//! The daemon. `main.rs` is thin; everything is here so that tests can run a daemon in process.
//!
//! Arrows go down only: `server` → `jobs`, `answer`, `retrieve`, `ledger`; `work` → `ingest`,
//! `answer`, `fleet`, `runtime`; `runtime` → `fleet`; `answer` → `retrieve`, `openai`; `ingest` → `embed`, `index`, `blobs`, `ledger`, `sandbox`;
//! `watched` → `jobs`, `ingest`, `ledger`; `retrieve` → `embed`, `index`, `ledger`; `embed` → `openai`; `embed`, `index` → `tokens`.
//! `tests/house/layering.rs` holds this.

pub mod answer;
pub mod blobs;
pub mod config;
pub mod daemon;
pub mod embed;
pub mod fleet;
pub mod git;
pub mod http;
pub mod ids;
pub mod index;
pub mod ingest;
pub mod internet;
pub mod jobs;
pub mod ledger;
pub mod observe;
pub mod openai;
pub mod project;
pub mod retrieve;
pub mod runtime;
pub mod sandbox;
pub mod server;
pub mod tokens;
pub mod watched;
pub mod web;
pub mod work;
pub mod worker;
