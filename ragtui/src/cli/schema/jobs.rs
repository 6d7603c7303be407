//! Jobs, their errors, and what became of a cancel.

use std::collections::BTreeMap;

use protocol::PathBytes;
use protocol::job::{CancelReceipt, JobErrorView, JobView, Pace, PartCounts, Progress, Waiting};
use serde::Serialize;

use super::{PathJson, ProblemJson, Record, time};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct JobJson {
    id: String,
    kind: &'static str,
    state: &'static str,
    stage: Option<&'static str>,
    collection: Option<String>,
    source: SourceJson,
    attempt: u32,
    max_attempts: u32,
    priority: &'static str,
    idempotency_key: Option<String>,
    deduplicated: Option<bool>,
    progress: ProgressJson,
    rate: RateJson,
    eta_s: Option<u64>,
    eta_error_s: Option<u64>,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    skipped: BTreeMap<String, u64>,
    error: Option<ProblemJson>,
    result: Option<ResultJson>,
    retry_at: Option<String>,
    waiting: Option<WaitingJson>,
    stalls: u32,
    uid: u32,
    parts: PartsJson,
    runtime: &'static str,
}

#[derive(Debug, Serialize)]
struct SourceJson {
    r#type: &'static str,
    uri: String,
    commit: Option<String>,
    #[serde(flatten)]
    path: PathJson,
}

#[derive(Debug, Serialize)]
struct ProgressJson {
    ratio: Option<f64>,
    files_done: u64,
    files_total: u64,
    total_is_final: bool,
    bytes_done: u64,
    bytes_total: u64,
    chunks: u64,
}

#[derive(Debug, Serialize)]
struct RateJson {
    chunks_per_s: Option<f64>,
    bytes_per_s: Option<u64>,
}

/// What a job did; present once it has ended.
#[derive(Debug, Serialize)]
struct ResultJson {
    added: u64,
    updated: u64,
    deleted: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
    held_back: u64,
    secrets: u64,
}

/// Why a job does not move.
#[derive(Debug, Serialize)]
struct WaitingJson {
    reason: &'static str,
    ahead: Option<u64>,
    until: Option<String>,
    since: Option<String>,
    name: Option<String>,
    detail: Option<String>,
    job: Option<String>,
}

#[derive(Debug, Serialize)]
struct PartsJson {
    total: u32,
    running: u32,
    retrying: u32,
    parked: u32,
    finished: u32,
    failed: u32,
    dead: u32,
    cancelled: u32,
}

impl Record for JobJson {
    const SCHEMA: &'static str = "ragctl.job/v1";
    const LIST_SCHEMA: &'static str = "ragctl.job_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "kind",
        "state",
        "stage",
        "collection",
        "source",
        "attempt",
        "max_attempts",
        "priority",
        "idempotency_key",
        "deduplicated",
        "progress",
        "rate",
        "eta_s",
        "eta_error_s",
        "created_at",
        "started_at",
        "finished_at",
        "skipped",
        "error",
        "result",
        "retry_at",
        "waiting",
        "stalls",
        "uid",
        "parts",
        "runtime",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "state",
        "stage",
        "collection",
        "source.path",
        "priority",
        "progress.ratio",
        "progress.files_done",
        "progress.files_total",
        "progress.chunks",
        "created_at",
        "started_at",
        "finished_at",
        "error.code",
    ];

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&JobView> for JobJson {
    fn from(job: &JobView) -> Self {
        Self {
            id: job.id.to_string(),
            kind: job.kind.as_str(),
            state: job.state.as_str(),
            stage: job.stage.map(protocol::job::Stage::as_str),
            collection: job.collection.clone(),
            source: SourceJson::from(&job.source),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            priority: job.priority.as_str(),
            idempotency_key: job.idempotency_key.clone(),
            deduplicated: None,
            progress: ProgressJson::from(&job.progress),
            rate: RateJson::from(&job.pace),
            eta_s: job.pace.eta_s,
            eta_error_s: job.pace.eta_error_s,
            created_at: time(job.created_at),
            started_at: job.started_at.map(time),
            finished_at: job.finished_at.map(time),
            skipped: job.totals.skipped.iter().cloned().collect(),
            error: job.error.as_ref().map(ProblemJson::new),
            result: job.state.is_end().then(|| ResultJson {
                added: job.totals.added,
                updated: job.totals.updated,
                deleted: job.totals.deleted,
                unchanged: job.totals.unchanged,
                skipped: job.totals.skipped.iter().map(|(_, files)| files).sum(),
                failed: job.totals.failed,
                held_back: job.totals.held_back,
                secrets: job.totals.secrets,
            }),
            retry_at: job.retry_at.map(time),
            waiting: job.waiting.as_ref().map(WaitingJson::from),
            stalls: job.stalls,
            uid: job.uid,
            parts: PartsJson::from(&job.parts),
            runtime: job.runtime.as_str(),
        }
    }
}

impl JobJson {
    /// Adds what only the answer to a submit tells.
    pub(in crate::cli) fn deduplicated(mut self, is_deduplicated: bool) -> Self {
        self.set_deduplicated(is_deduplicated);
        self
    }

    pub(in crate::cli) fn set_deduplicated(&mut self, is_deduplicated: bool) {
        self.deduplicated = Some(is_deduplicated);
    }
}

impl From<&PathBytes> for SourceJson {
    fn from(source: &PathBytes) -> Self {
        let (kind, uri) = match source.0.strip_prefix(b"upload:") {
            Some(name) => ("upload", format!("upload:{}", percent_encoded(name))),
            None if source.0.starts_with(b"project:") => {
                let name = &source.0[b"project:".len()..];
                ("project", format!("project:{}", percent_encoded(name)))
            }
            None if source.0.starts_with(b"git:") => {
                // What addresses are made of needs no escapes, and neither do names of branches.
                let address = String::from_utf8_lossy(&source.0[b"git:".len()..]);
                ("git", crate::text::clean(&address).into_owned())
            }
            None if source.0.starts_with(b"web:") => {
                let address = String::from_utf8_lossy(&source.0[b"web:".len()..]);
                ("web", crate::text::clean(&address).into_owned())
            }
            None if source.0.starts_with(b"/") => {
                ("path", format!("file://{}", percent_encoded(&source.0)))
            }
            None => ("upload", format!("upload:{}", percent_encoded(&source.0))),
        };
        Self {
            r#type: kind,
            uri,
            commit: None,
            path: PathJson::from(source),
        }
    }
}

fn percent_encoded(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl From<&Progress> for ProgressJson {
    fn from(progress: &Progress) -> Self {
        let ratio = progress
            .ratio()
            .map(|ratio| (ratio * 10_000.0).round() / 10_000.0);
        let &Progress {
            files_done,
            files_total,
            bytes_done,
            bytes_total,
            chunks,
            total_is_final,
        } = progress;
        Self {
            ratio,
            files_done,
            files_total,
            total_is_final,
            bytes_done,
            bytes_total,
            chunks,
        }
    }
}

impl From<&Pace> for RateJson {
    fn from(pace: &Pace) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a rate has few digits")]
        let per_second = |chunks: u64| (chunks as f64 / 6.0).round() / 10.0;
        Self {
            chunks_per_s: pace.chunks_per_min.map(per_second),
            bytes_per_s: pace.bytes_per_s,
        }
    }
}

impl From<&Waiting> for WaitingJson {
    fn from(waiting: &Waiting) -> Self {
        let empty = |reason| Self {
            reason,
            ahead: None,
            until: None,
            since: None,
            name: None,
            detail: None,
            job: None,
        };
        match waiting {
            Waiting::Worker { ahead } => Self {
                ahead: Some(*ahead),
                ..empty("worker")
            },
            Waiting::QueuePaused => empty("queue-paused"),
            Waiting::Backoff { until } => Self {
                until: Some(time(*until)),
                ..empty("backoff")
            },
            Waiting::Dependency { name, reason } => Self {
                name: Some(name.clone()),
                detail: Some(reason.clone()),
                ..empty("dependency")
            },
            Waiting::Silent { since } => Self {
                since: Some(time(*since)),
                ..empty("silent")
            },
            Waiting::OtherJob { job } => Self {
                job: Some(job.to_string()),
                ..empty("other-job")
            },
        }
    }
}

impl From<&PartCounts> for PartsJson {
    fn from(parts: &PartCounts) -> Self {
        let &PartCounts {
            total,
            running,
            retrying,
            parked,
            finished,
            failed,
            dead,
            cancelled,
        } = parts;
        Self {
            total,
            running,
            retrying,
            parked,
            finished,
            failed,
            dead,
            cancelled,
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct JobErrorJson {
    job: String,
    #[serde(flatten)]
    path: PathJson,
    stage: &'static str,
    code: String,
    reason: String,
    at: String,
}

impl Record for JobErrorJson {
    const SCHEMA: &'static str = "ragctl.job_error/v1";
    const LIST_SCHEMA: &'static str = "ragctl.job_error_list/v1";
    const FIELDS: &'static [&'static str] = &["job", "path", "stage", "code", "reason", "at"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.path.path.clone()
    }
}

impl From<&JobErrorView> for JobErrorJson {
    fn from(error: &JobErrorView) -> Self {
        let JobErrorView {
            job,
            path,
            stage,
            code,
            reason,
            at,
        } = error;
        Self {
            job: job.to_string(),
            path: PathJson::from(path),
            stage: stage.as_str(),
            code: code.clone(),
            reason: reason.clone(),
            at: time(*at),
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct CancelJson {
    id: String,
    state: &'static str,
    kept: u64,
    rolled_back_parts: u32,
    never_started_parts: u32,
}

impl Record for CancelJson {
    const SCHEMA: &'static str = "ragctl.cancel/v1";
    const LIST_SCHEMA: &'static str = "ragctl.cancel_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "state",
        "kept",
        "rolled_back_parts",
        "never_started_parts",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.id.clone()
    }
}

impl From<&CancelReceipt> for CancelJson {
    fn from(receipt: &CancelReceipt) -> Self {
        let &CancelReceipt {
            job,
            state,
            kept,
            rolled_back_parts,
            never_started_parts,
        } = receipt;
        Self {
            id: job.to_string(),
            state: state.as_str(),
            kept,
            rolled_back_parts,
            never_started_parts,
        }
    }
}

/// A job that is gone.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct RemovedJson {
    pub(in crate::cli) id: String,
    pub(in crate::cli) removed: bool,
}

impl Record for RemovedJson {
    const SCHEMA: &'static str = "ragctl.removed/v1";
    const LIST_SCHEMA: &'static str = "ragctl.removed_list/v1";
    const FIELDS: &'static [&'static str] = &["id", "removed"];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.id.clone()
    }
}
