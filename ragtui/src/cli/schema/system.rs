//! The daemon: status, health, fsck, versions.

use protocol::health::{FsckReport, Health, HealthPart, QueueStatus, Status};
use serde::Serialize;

use super::{Record, time};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct HealthJson {
    state: &'static str,
    parts: Vec<PartJson>,
}

#[derive(Debug, Serialize)]
struct PartJson {
    name: String,
    state: &'static str,
    detail: String,
    cause: Option<String>,
    next_step: Option<String>,
}

impl Record for HealthJson {
    const SCHEMA: &'static str = "ragctl.health/v1";
    const LIST_SCHEMA: &'static str = "ragctl.health_list/v1";
    const FIELDS: &'static [&'static str] = &["state", "parts"];
    const COLUMNS: &'static [&'static str] = &["state"];

    fn name(&self) -> String {
        self.state.to_owned()
    }
}

impl From<&Health> for HealthJson {
    fn from(health: &Health) -> Self {
        let parts = health.parts.iter().map(|part| {
            let HealthPart {
                name,
                state,
                detail,
                cause,
                next_step,
            } = part;
            PartJson {
                name: name.clone(),
                state: state.as_str(),
                detail: detail.clone(),
                cause: cause.clone(),
                next_step: next_step.clone(),
            }
        });
        Self {
            state: health.state.as_str(),
            parts: parts.collect(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct StatusJson {
    build: String,
    pid: u32,
    uid: u32,
    boot_id: String,
    started_at: String,
    state_dir: String,
    health: HealthJson,
    queue: QueueJson,
    collections: u64,
    documents: u64,
    chunks: u64,
    gaps: u64,
    connections: u32,
    rss_bytes: u64,
    state_bytes: u64,
    disk_free_bytes: u64,
}

#[derive(Debug, Serialize)]
struct QueueJson {
    queued: u64,
    running: u64,
    retrying: u64,
    parked: u64,
    finished: u64,
    failed: u64,
    dead: u64,
    cancelled: u64,
    paused: bool,
    workers: u32,
    workers_busy: u32,
    oldest_queued_at: Option<String>,
}

impl Record for StatusJson {
    const SCHEMA: &'static str = "ragctl.status/v1";
    const LIST_SCHEMA: &'static str = "ragctl.status_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "build",
        "pid",
        "uid",
        "boot_id",
        "started_at",
        "state_dir",
        "health",
        "queue",
        "collections",
        "documents",
        "chunks",
        "gaps",
        "connections",
        "rss_bytes",
        "state_bytes",
        "disk_free_bytes",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "build",
        "pid",
        "uid",
        "started_at",
        "health.state",
        "queue.queued",
        "queue.running",
        "collections",
        "documents",
        "chunks",
        "gaps",
        "rss_bytes",
        "state_bytes",
        "disk_free_bytes",
    ];

    fn name(&self) -> String {
        self.boot_id.clone()
    }
}

impl From<&Status> for StatusJson {
    fn from(status: &Status) -> Self {
        let Status {
            build,
            pid,
            uid,
            boot_id,
            started_at,
            state_dir,
            health,
            queue,
            collections,
            documents,
            chunks,
            gaps,
            connections,
            rss_bytes,
            state_bytes,
            disk_free_bytes,
        } = status;
        Self {
            build: build.clone(),
            pid: *pid,
            uid: *uid,
            boot_id: boot_id.to_string(),
            started_at: time(*started_at),
            state_dir: state_dir.clone(),
            health: HealthJson::from(health),
            queue: QueueJson::from(queue),
            collections: *collections,
            documents: *documents,
            chunks: *chunks,
            gaps: *gaps,
            connections: *connections,
            rss_bytes: *rss_bytes,
            state_bytes: *state_bytes,
            disk_free_bytes: *disk_free_bytes,
        }
    }
}

impl From<&QueueStatus> for QueueJson {
    fn from(queue: &QueueStatus) -> Self {
        let &QueueStatus {
            queued,
            running,
            retrying,
            parked,
            finished,
            failed,
            dead,
            cancelled,
            paused,
            workers,
            workers_busy,
            oldest_queued_at,
        } = queue;
        Self {
            queued,
            running,
            retrying,
            parked,
            finished,
            failed,
            dead,
            cancelled,
            paused,
            workers,
            workers_busy,
            oldest_queued_at: oldest_queued_at.map(time),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct FsckJson {
    clean: bool,
    documents: u64,
    chunks: u64,
    missing_chunks: u64,
    duplicate_chunks: u64,
    orphan_chunks: u64,
    missing_vectors: u64,
    orphan_vectors: u64,
    missing_blobs: u64,
    damaged_blobs: u64,
    wrong_ends: u64,
    ledger_errors: Vec<String>,
    examples: Vec<String>,
}

impl Record for FsckJson {
    const SCHEMA: &'static str = "ragctl.fsck/v1";
    const LIST_SCHEMA: &'static str = "ragctl.fsck_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "clean",
        "documents",
        "chunks",
        "missing_chunks",
        "duplicate_chunks",
        "orphan_chunks",
        "missing_vectors",
        "orphan_vectors",
        "missing_blobs",
        "damaged_blobs",
        "wrong_ends",
        "ledger_errors",
        "examples",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "clean",
        "documents",
        "chunks",
        "missing_chunks",
        "duplicate_chunks",
        "orphan_chunks",
        "missing_vectors",
        "orphan_vectors",
        "missing_blobs",
        "damaged_blobs",
        "wrong_ends",
    ];

    fn name(&self) -> String {
        if self.clean {
            "clean".to_owned()
        } else {
            "damaged".to_owned()
        }
    }
}

impl From<&FsckReport> for FsckJson {
    fn from(report: &FsckReport) -> Self {
        let FsckReport {
            documents,
            chunks,
            missing_chunks,
            duplicate_chunks,
            orphan_chunks,
            missing_vectors,
            orphan_vectors,
            missing_blobs,
            damaged_blobs,
            wrong_ends,
            ledger_errors,
            examples,
        } = report;
        Self {
            clean: report.is_clean(),
            documents: *documents,
            chunks: *chunks,
            missing_chunks: *missing_chunks,
            duplicate_chunks: *duplicate_chunks,
            orphan_chunks: *orphan_chunks,
            missing_vectors: *missing_vectors,
            orphan_vectors: *orphan_vectors,
            missing_blobs: *missing_blobs,
            damaged_blobs: *damaged_blobs,
            wrong_ends: *wrong_ends,
            ledger_errors: ledger_errors.clone(),
            examples: examples.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct VersionJson {
    pub(in crate::cli) client: String,
    pub(in crate::cli) client_protocol: u16,
    pub(in crate::cli) daemon: Option<String>,
    pub(in crate::cli) daemon_protocol: Option<u16>,
}

impl Record for VersionJson {
    const SCHEMA: &'static str = "ragctl.version/v1";
    const LIST_SCHEMA: &'static str = "ragctl.version_list/v1";
    const FIELDS: &'static [&'static str] =
        &["client", "client_protocol", "daemon", "daemon_protocol"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.client.clone()
    }
}
