//! Workers.

use protocol::worker::{PartRef, Wanted, WorkerClass, WorkerView};
use serde::Serialize;

use super::Record;

#[derive(Debug, Serialize)]
pub(in crate::cli) struct WorkerJson {
    name: String,
    host: String,
    pid: u32,
    version: String,
    state: &'static str,
    wanted: &'static str,
    classes: Vec<&'static str>,
    slots: u32,
    busy: u32,
    /// Parts of others' jobs are not listed.
    running: Vec<PartJson>,
    silent_ms: u64,
}

#[derive(Debug, Serialize)]
struct PartJson {
    job: String,
    part: u32,
}

impl Record for WorkerJson {
    const SCHEMA: &'static str = "ragctl.worker/v1";
    const LIST_SCHEMA: &'static str = "ragctl.worker_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "host",
        "pid",
        "version",
        "state",
        "wanted",
        "classes",
        "slots",
        "busy",
        "running",
        "silent_ms",
    ];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "host",
        "pid",
        "version",
        "state",
        "slots",
        "busy",
        "silent_ms",
    ];

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// Returns in a word what a worker does.
pub(in crate::cli) fn worker_state(worker: &WorkerView) -> &'static str {
    match (worker.wanted, worker.busy) {
        (Wanted::Run, 0) => "idle",
        (Wanted::Run, _) => "busy",
        (Wanted::Pause, 0) => "paused",
        (Wanted::Pause, _) => "pausing",
        (Wanted::Drain, _) => "draining",
    }
}

impl From<&WorkerView> for WorkerJson {
    fn from(view: &WorkerView) -> Self {
        let WorkerView {
            name,
            host,
            pid,
            version,
            classes,
            slots,
            busy,
            running,
            silent_ms,
            wanted,
        } = view;
        let part = |part: &PartRef| PartJson {
            job: part.job.to_string(),
            part: part.part,
        };
        Self {
            name: name.clone(),
            host: host.clone(),
            pid: *pid,
            version: version.clone(),
            state: worker_state(view),
            wanted: wanted.as_str(),
            classes: classes.iter().copied().map(WorkerClass::as_str).collect(),
            slots: *slots,
            busy: *busy,
            running: running.iter().map(part).collect(),
            silent_ms: *silent_ms,
        }
    }
}
