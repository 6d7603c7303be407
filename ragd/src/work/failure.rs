//! Errors of the layers below as ends of a run.

use std::error::Error;

use crate::blobs::BlobError;
use crate::config::RuntimeKind;
use crate::embed::EmbedError;
use crate::git::GitError;
use crate::ids;
use crate::index::IndexError;
use crate::ingest::pipeline::IngestError;
use crate::ingest::plan::PlanError;
use crate::jobs::{Failure, Retry};
use crate::ledger::LedgerError;
use crate::runtime::NotHere;
use crate::sandbox::Lost;
use crate::web::WebError;

/// What jobs are parked for while the disk is full.
pub const DISK: &str = "disk";
/// What jobs are parked for while the server of the index is out of reach.
pub const INDEX: &str = "index";
/// What jobs are parked for while the object store is out of reach.
pub const BLOBS: &str = "blobs";
/// What jobs are parked for while documents cannot be read in a sandbox.
pub const SANDBOX: &str = "sandbox";
/// What jobs are parked for while the server of a model is out of reach, before its name.
pub const MODEL: &str = "model:";

/// What jobs are parked for while a runtime is out of reach, before its word.
pub const RUNTIME: &str = "runtime:";

pub(super) fn of_ingest(error: &IngestError) -> Failure {
    if is_disk_full(error) {
        return disk_full(ids::chain(error));
    }
    let (code, transient) = match error {
        IngestError::Ledger(inner) => ("store-failed", inner.is_transient()),
        IngestError::Blobs(inner) => return of_blobs(error, inner),
        IngestError::Index(inner) => return of_index(error, inner),
        IngestError::Embed(inner) => return of_embed(error, inner),
        IngestError::NothingMade { .. } => ("store-failed", true),
        IngestError::NotStored { .. } => {
            let hint = "compare `index.url` of the workers with that of the daemon";
            return of_store(error, Some(hint), true, None);
        }
        IngestError::Sandbox(lost) => return of_sandbox(error, lost),
        IngestError::Rules(_) => ("bad-request", false),
        IngestError::Stopped => ("cancelled", true),
        IngestError::Git(inner) => return of_git(inner),
    };
    failure(code, error, transient)
}

pub(super) fn of_index(error: &dyn Error, inner: &IndexError) -> Failure {
    let away = inner.is_out_of_reach().then_some(INDEX);
    of_store(error, inner.hint(), inner.is_transient(), away)
}

pub(super) fn of_blobs(error: &dyn Error, inner: &BlobError) -> Failure {
    if inner.is_disk_full() {
        return disk_full(ids::chain(error));
    }
    let away = inner.is_out_of_reach().then_some(BLOBS);
    of_store(error, inner.hint(), inner.is_transient(), away)
}

/// Whoever waits for what is `away` is parked for it.
fn of_store(error: &dyn Error, hint: Option<&str>, transient: bool, away: Option<&str>) -> Failure {
    let failed = failure("store-failed", error, transient);
    let parked = away.map(|dependency| Retry::When {
        dependency: dependency.to_owned(),
    });
    Failure {
        hint: hint.map(str::to_owned),
        retry: parked.unwrap_or(failed.retry),
        ..failed
    }
}

/// Documents wait until they can be read safely.
fn of_sandbox(error: &IngestError, lost: &Lost) -> Failure {
    Failure {
        hint: Some(lost.hint().to_owned()),
        retry: Retry::When {
            dependency: SANDBOX.to_owned(),
        },
        ..failure(lost.code(), error, true)
    }
}

/// As for a store.
fn of_embed(error: &IngestError, inner: &EmbedError) -> Failure {
    let code = match inner {
        EmbedError::Broken { .. } => "internal",
        EmbedError::Unknown { .. } => "not-found",
        EmbedError::Server { .. }
        | EmbedError::NotThere { .. }
        | EmbedError::Dimensions { .. }
        | EmbedError::Useless { .. } => "model-failed",
    };
    let failed = failure(code, error, inner.is_transient());
    let hint = match inner.out_of_reach() {
        Some(_) => Some("start the server: the job goes on by itself"),
        None => inner.hint(),
    };
    let after = inner.retry_after().map(|pause| pause.as_millis());
    let retry = match (inner.out_of_reach(), failed.retry) {
        (Some(model), _) => Retry::When {
            dependency: format!("{MODEL}{model}"),
        },
        (None, Retry::Backoff { .. }) => Retry::Backoff {
            after_ms: after.map(|pause| u64::try_from(pause).unwrap_or(u64::MAX)),
        },
        (None, retry) => retry,
    };
    Failure {
        hint: hint.map(str::to_owned),
        retry,
        ..failed
    }
}

pub(super) fn of_git(error: &GitError) -> Failure {
    if let GitError::DiskFull { reason } = error {
        return disk_full(reason.clone());
    }
    Failure {
        hint: error.hint(),
        ..failure(error.code(), error, error.is_transient())
    }
}

pub(super) fn of_web(error: &WebError) -> Failure {
    let failed = failure(error.code(), error, error.is_transient());
    let after = error.retry_after();
    let after = after.and_then(|pause| u64::try_from(pause.as_millis()).ok());
    Failure {
        hint: error.hint(),
        retry: match failed.retry {
            Retry::Backoff { .. } => Retry::Backoff { after_ms: after },
            retry => retry,
        },
        ..failed
    }
}

pub(super) fn of_ledger(error: &LedgerError) -> Failure {
    if is_disk_full(error) {
        return disk_full(ids::chain(error));
    }
    failure("store-failed", error, error.is_transient())
}

pub(super) fn stopped() -> Failure {
    failure("cancelled", &IngestError::Stopped, true)
}

/// The job was to run elsewhere, and the configuration names no queue any more.
pub(super) fn no_queue(kind: RuntimeKind) -> Failure {
    let missing = NotHere::NotShared { kind };
    Failure {
        hint: Some(missing.hint()),
        ..failure("runtime-failed", &missing, false)
    }
}

/// The job was to run elsewhere, and the chunks of its collection are in this process.
pub(super) fn not_shared(kind: RuntimeKind) -> Failure {
    Failure {
        code: "runtime-failed".to_owned(),
        message: format!(
            "{} cannot write to a collection whose index is in this daemon, or is just moving",
            kind.as_str()
        ),
        causes: Vec::new(),
        hint: Some("move it first: ragctl migrate COLLECTION --to qdrant --wait".to_owned()),
        retry: Retry::Never,
    }
}

pub(super) fn of_plan(error: &PlanError) -> Failure {
    if is_disk_full(error) {
        return disk_full(ids::chain(error));
    }
    match error {
        PlanError::Missing { .. } => {
            let hint = "check the path, then submit again".to_owned();
            Failure {
                hint: Some(hint),
                ..failure("source-missing", error, false)
            }
        }
        PlanError::Rules(_) => failure("bad-request", error, false),
        PlanError::Ledger(inner) => failure("store-failed", error, inner.is_transient()),
        PlanError::Cancelled => failure("cancelled", error, true),
    }
}

pub(super) fn disk_full(reason: String) -> Failure {
    Failure {
        code: "disk-full".to_owned(),
        message: "the disk is full".to_owned(),
        causes: vec![reason],
        hint: Some("free some space: the job goes on by itself".to_owned()),
        retry: Retry::When {
            dependency: DISK.to_owned(),
        },
    }
}

pub(super) fn failure(code: &str, error: &dyn Error, transient: bool) -> Failure {
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    Failure {
        code: code.to_owned(),
        message: error.to_string(),
        causes,
        hint: None,
        retry: if transient {
            Retry::Backoff { after_ms: None }
        } else {
            Retry::Never
        },
    }
}

/// Tells whether a full disk is at the bottom of `error`, whichever library met it.
pub fn is_disk_full(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            )
        {
            return true;
        }
        // Some libraries keep the text only.
        if error.to_string().contains("No space left on device") {
            return true;
        }
        if let Some(crate::ledger::LedgerError::Full { .. }) = error.downcast_ref() {
            return true;
        }
        next = error.source();
    }
    false
}
