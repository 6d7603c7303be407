//! Errors of the layers below as ends of a run.

use std::error::Error;

use crate::ids;
use crate::ingest::pipeline::IngestError;
use crate::ingest::plan::PlanError;
use crate::jobs::{Failure, Retry};
use crate::ledger::LedgerError;

/// What jobs are parked for while the disk is full.
pub const DISK: &str = "disk";

pub(super) fn of_ingest(error: &IngestError) -> Failure {
    if is_disk_full(error) {
        return disk_full(ids::chain(error));
    }
    let (code, transient) = match error {
        IngestError::Ledger(inner) => ("store-failed", inner.is_transient()),
        IngestError::Blobs(inner) => ("store-failed", inner.is_transient()),
        IngestError::Index(_) => ("store-failed", true),
        IngestError::Embed(_) => ("embed-failed", true),
        IngestError::Stopped => ("cancelled", true),
    };
    failure(code, error, transient)
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
