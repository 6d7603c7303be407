//! What is not searchable.

use protocol::document::{GapGroupView, GapRetry, GapRetryJob, GapView};
use serde::Serialize;

use super::{PathJson, Record, time};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct GapJson {
    #[serde(flatten)]
    path: PathJson,
    collection: String,
    stage: &'static str,
    rule: String,
    code: String,
    reason: String,
    bytes: Option<u64>,
    at: String,
}

impl Record for GapJson {
    const SCHEMA: &'static str = "ragctl.gap/v1";
    const LIST_SCHEMA: &'static str = "ragctl.gap_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "path",
        "collection",
        "stage",
        "rule",
        "code",
        "reason",
        "bytes",
        "at",
    ];
    const COLUMNS: &'static [&'static str] = Self::FIELDS;

    fn name(&self) -> String {
        self.path.path.clone()
    }
}

impl From<&GapView> for GapJson {
    fn from(gap: &GapView) -> Self {
        let GapView {
            path,
            collection,
            stage,
            rule,
            code,
            reason,
            bytes,
            job: _,
            at,
        } = gap;
        Self {
            path: PathJson::from(path),
            collection: collection.clone(),
            stage: stage.as_str(),
            rule: rule.clone(),
            code: code.clone(),
            reason: reason.clone(),
            bytes: *bytes,
            at: time(*at),
        }
    }
}

/// Gaps of one cause.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct GapGroupJson {
    code: String,
    gaps: u64,
    bytes: u64,
    stage: Option<&'static str>,
    reason: Option<String>,
    examples: Vec<GapJson>,
}

impl Record for GapGroupJson {
    const SCHEMA: &'static str = "ragctl.gap_group/v1";
    const LIST_SCHEMA: &'static str = "ragctl.gap_group_list/v1";
    const FIELDS: &'static [&'static str] =
        &["code", "gaps", "bytes", "stage", "reason", "examples"];
    const COLUMNS: &'static [&'static str] = &["code", "gaps", "bytes", "stage", "reason"];

    fn name(&self) -> String {
        self.code.clone()
    }
}

impl From<&GapGroupView> for GapGroupJson {
    fn from(group: &GapGroupView) -> Self {
        let GapGroupView {
            code,
            gaps,
            bytes,
            stage,
            reason,
            examples,
        } = group;
        Self {
            code: code.clone(),
            gaps: *gaps,
            bytes: *bytes,
            stage: stage.map(protocol::job::Stage::as_str),
            reason: reason.clone(),
            examples: examples.iter().map(GapJson::from).collect(),
        }
    }
}

/// What `gaps retry` did, or would do.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct GapRetryJson {
    jobs: Vec<GapRetryJobJson>,
    /// Gaps that have to be submitted again.
    to_submit: u64,
    examples: Vec<GapJson>,
}

impl Record for GapRetryJson {
    const SCHEMA: &'static str = "ragctl.gap_retry/v1";
    const LIST_SCHEMA: &'static str = "ragctl.gap_retry_list/v1";
    const FIELDS: &'static [&'static str] = &["jobs", "to_submit", "examples"];
    const COLUMNS: &'static [&'static str] = &["to_submit"];

    fn name(&self) -> String {
        let jobs = self.jobs.iter().filter_map(|job| job.job.clone());
        jobs.collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct GapRetryJobJson {
    /// Null after a dry run.
    job: Option<String>,
    collection: String,
    gaps: u64,
    sources: u64,
    examples: Vec<PathJson>,
}

impl From<&GapRetry> for GapRetryJson {
    fn from(retry: &GapRetry) -> Self {
        let GapRetry {
            jobs,
            to_submit,
            examples,
        } = retry;
        Self {
            jobs: jobs.iter().map(GapRetryJobJson::from).collect(),
            to_submit: *to_submit,
            examples: examples.iter().map(GapJson::from).collect(),
        }
    }
}

impl From<&GapRetryJob> for GapRetryJobJson {
    fn from(retry: &GapRetryJob) -> Self {
        let GapRetryJob {
            job,
            collection,
            gaps,
            sources,
            examples,
        } = retry;
        Self {
            job: job.map(|job| job.to_string()),
            collection: collection.clone(),
            gaps: *gaps,
            sources: *sources,
            examples: examples.iter().map(PathJson::from).collect(),
        }
    }
}
