//! Errors as people and scripts see them: the only place that makes an [`ErrorReport`].

use std::error::Error;

use protocol::error::{ErrorCode, ErrorReport};

use crate::answer::AnswerError;
use crate::blobs::BlobError;
use crate::embed::EmbedError;
use crate::fleet::{FleetError, Wanted};
use crate::git::{AddressError, GitError};
use crate::index::IndexError;
use crate::ingest::pipeline::IngestError;
use crate::ingest::plan::PlanError;
use crate::jobs::{Failure, JobState, QueueError, Retry};
use crate::ledger::LedgerError;
use crate::retrieve::RetrieveError;
use crate::runtime::NotHere;
use crate::watched::WatchError;
use crate::web::WebError;

/// Returns a report with the chain of causes of `error`.
fn report(code: ErrorCode, error: &dyn Error) -> ErrorReport {
    let mut report = ErrorReport::new(code, error.to_string());
    let mut source = error.source();
    while let Some(cause) = source {
        report.causes.push(cause.to_string());
        source = cause.source();
    }
    report
}

pub(super) fn no_version(number: u32) -> ErrorReport {
    not_found(&format!("version {number} of this document")).try_next("ragctl doc versions DOC")
}

pub(super) fn not_kept(number: u32) -> ErrorReport {
    ErrorReport::new(
        ErrorCode::NotFound,
        format!("version {number} is not kept any more"),
    )
    .because("`history.versions` and `history.days` say how much of the past is kept")
    .try_next("ragctl doc versions DOC")
}

pub(super) fn internal() -> ErrorReport {
    ErrorReport::new(ErrorCode::Internal, "ragd met a bug while it answered")
        .try_next("look into the log of ragd: the place is named there")
}

pub(super) fn cancelled() -> ErrorReport {
    ErrorReport::new(ErrorCode::Cancelled, "the request was cancelled")
}

pub(super) fn stopping() -> ErrorReport {
    ErrorReport::new(ErrorCode::Stopping, "ragd is stopping").retry_after_ms(1_000)
}

pub(super) fn too_many_connections(count: usize) -> ErrorReport {
    ErrorReport::new(
        ErrorCode::Busy,
        format!("{count} clients are connected already"),
    )
    .retry_after_ms(1_000)
}

pub(super) fn too_many_streams() -> ErrorReport {
    ErrorReport::new(
        ErrorCode::Busy,
        "this connection has too many streams and uploads open",
    )
    .try_next("end one of them, or open another connection")
    .retry_after_ms(100)
}

pub(super) fn no_collection(name: &str, known: &[String]) -> ErrorReport {
    let report = ErrorReport::new(
        ErrorCode::NotFound,
        format!("unknown collection \"{name}\""),
    );
    nearest(report, name, known).try_next("ragctl collection list")
}

/// Says which of the known names may be meant.
fn nearest(report: ErrorReport, name: &str, known: &[String]) -> ErrorReport {
    let near = known
        .iter()
        .min_by_key(|known| crate::config::distance(name, known));
    match near.filter(|near| crate::config::distance(name, near) <= 2) {
        Some(near) => report.because(format!("did you mean \"{near}\"?")),
        None => report,
    }
}

pub(super) fn not_found(what: &str) -> ErrorReport {
    ErrorReport::new(ErrorCode::NotFound, format!("there is no {what}"))
}

pub(super) fn forbidden(what: &str) -> ErrorReport {
    ErrorReport::new(ErrorCode::Forbidden, format!("you may not {what}"))
}

pub(super) fn disk_full(reason: &str) -> ErrorReport {
    ErrorReport::new(
        ErrorCode::DiskFull,
        "ragd accepts no work: the disk is nearly full",
    )
    .because(reason)
    .try_next("free some space; searches go on meanwhile")
    .retry_after_ms(10_000)
}

pub(super) fn ledger(error: &LedgerError) -> ErrorReport {
    let code = match error {
        LedgerError::Full { .. } => ErrorCode::DiskFull,
        LedgerError::Store { .. } | LedgerError::File { .. } => ErrorCode::StoreFailed,
        LedgerError::Damaged { .. } | LedgerError::Newer { .. } => ErrorCode::Damaged,
        LedgerError::Closed => return stopping(),
    };
    let report = ErrorReport {
        retryable: error.is_transient(),
        ..report(code, error)
    };
    match code {
        ErrorCode::DiskFull => report.try_next("free some space, then try again"),
        _ => report.try_next("ragctl health"),
    }
}

pub(super) fn answer(error: &AnswerError) -> ErrorReport {
    match error {
        AnswerError::Retrieve(error) => retrieve(error),
        AnswerError::Ledger(error) => ledger(error),
        AnswerError::NoConversation { .. } => {
            report(ErrorCode::NotFound, error).try_next("ragctl chat list")
        }
        AnswerError::NoModel { known, .. } => report(ErrorCode::NotFound, error)
            .because(format!("known are {}", known.join(", ")))
            .try_next("ragctl model list"),
        AnswerError::TooLong { .. } | AnswerError::Empty => report(ErrorCode::BadQuery, error),
    }
}

pub(super) fn queue(error: &QueueError) -> ErrorReport {
    match error {
        QueueError::Busy { retry_after_ms, .. } => {
            ErrorReport::new(ErrorCode::Busy, "the queue is full")
                .because(error.to_string())
                .try_next("wait until jobs have ended: ragctl jobs --state active")
                .retry_after_ms(*retry_after_ms)
        }
        QueueError::NoJob { .. } => report(ErrorCode::NotFound, error).try_next("ragctl jobs"),
        QueueError::WrongState { state, .. } => {
            let report = report(ErrorCode::Conflict, error);
            match state {
                JobState::Failed | JobState::Dead | JobState::Cancelled | JobState::Finished => {
                    report.because("it has ended")
                }
                _ => report
                    .because("it has not ended")
                    .try_next("ragctl job cancel ID"),
            }
        }
        QueueError::KeyReused { .. } => report(ErrorCode::KeyReused, error)
            .because("key reused with different input")
            .try_next("use another --idempotency-key"),
        QueueError::NoUpload { .. } => {
            report(ErrorCode::NotFound, error).try_next("upload it again")
        }
        QueueError::NotOwner { .. } => {
            report(ErrorCode::Forbidden, error).try_next("use a collection of your own: -c NAME")
        }
        QueueError::NoCollection { .. } => {
            report(ErrorCode::NotFound, error).try_next("ragctl collection list")
        }
        QueueError::Switching { job } => report(ErrorCode::Conflict, error)
            .because("a collection is switched to one model at a time")
            .try_next(format!("wait for it: ragctl job show {job}"))
            .try_next(format!("or end it: ragctl job cancel {job}")),
        QueueError::Ledger(inner) => {
            let inner = ledger(inner);
            let causes = std::iter::once(inner.message).chain(inner.causes).collect();
            ErrorReport {
                message: error.to_string(),
                causes,
                ..inner
            }
        }
    }
}

pub(super) fn index(error: &IndexError) -> ErrorReport {
    match error {
        IndexError::Query { .. } => report(ErrorCode::BadQuery, error),
        _ => {
            let hint = error.hint().unwrap_or("ragctl health");
            ErrorReport {
                retryable: error.is_transient(),
                ..report(ErrorCode::StoreFailed, error).try_next(hint)
            }
        }
    }
}

pub(super) fn runtime(missing: &NotHere) -> ErrorReport {
    report(ErrorCode::Unsupported, missing).try_next(missing.hint())
}

pub(super) fn retrieve(error: &RetrieveError) -> ErrorReport {
    match error {
        RetrieveError::Index(error) => index(error),
        // Only a search that wants nothing but vectors fails for the lack of them.
        RetrieveError::Embed(error) => {
            embed(error).try_next("search by words meanwhile: --mode words")
        }
        RetrieveError::Ledger(error) => ledger(error),
    }
}

pub(super) fn embed(error: &EmbedError) -> ErrorReport {
    let code = match error {
        EmbedError::Broken { .. } => ErrorCode::Internal,
        EmbedError::Unknown { .. } => ErrorCode::NotFound,
        EmbedError::Server { .. }
        | EmbedError::NotThere { .. }
        | EmbedError::Dimensions { .. }
        | EmbedError::Useless { .. } => ErrorCode::ModelFailed,
    };
    let mut report = ErrorReport {
        retryable: error.is_transient(),
        ..report(code, error)
    };
    report.try_next.extend(error.hint().map(str::to_owned));
    report
}

pub(super) fn blobs(error: &BlobError) -> ErrorReport {
    let code = match error {
        error if error.is_disk_full() => ErrorCode::DiskFull,
        BlobError::Mismatch { .. } => ErrorCode::BadRequest,
        BlobError::Missing { .. } | BlobError::Damaged { .. } => ErrorCode::Damaged,
        _ => ErrorCode::StoreFailed,
    };
    let mut report = ErrorReport {
        retryable: error.is_transient(),
        ..report(code, error)
    };
    report.try_next.extend(error.hint().map(str::to_owned));
    report
}

pub(super) fn ingest(error: &IngestError) -> ErrorReport {
    match error {
        IngestError::Ledger(error) => ledger(error),
        IngestError::Index(error) => index(error),
        IngestError::Embed(error) => embed(error),
        IngestError::Blobs(error) => blobs(error),
        IngestError::NothingMade { .. } | IngestError::NotStored { .. } => {
            report(ErrorCode::StoreFailed, error).retryable()
        }
        IngestError::Sandbox(lost) => report(ErrorCode::DocumentFailed, error)
            .retryable()
            .try_next(lost.hint()),
        IngestError::Rules(_) => report(ErrorCode::BadRequest, error),
        IngestError::Stopped => stopping(),
        IngestError::Git(error) => git(error),
    }
}

pub(super) fn web(error: &WebError) -> ErrorReport {
    let mut report = ErrorReport {
        retryable: error.is_transient(),
        ..report(code_of(error.code()), error)
    };
    report.try_next.extend(error.hint());
    report
}

/// Returns the code that a stable word stands for.
fn code_of(word: &str) -> ErrorCode {
    let mut codes = ErrorCode::ALL.into_iter();
    let code = codes.find(|code| code.as_str() == word);
    code.unwrap_or(ErrorCode::Internal)
}

pub(super) fn git(error: &GitError) -> ErrorReport {
    let mut report = ErrorReport {
        retryable: error.is_transient(),
        ..report(code_of(error.code()), error)
    };
    report.try_next.extend(error.hint());
    report
}

pub(super) fn address(error: &AddressError) -> ErrorReport {
    report(ErrorCode::BadRequest, error).try_next(error.hint())
}

pub(super) fn plan(error: &PlanError) -> ErrorReport {
    match error {
        PlanError::Rules(_) => report(ErrorCode::BadRequest, error),
        PlanError::Missing { .. } => report(ErrorCode::SourceMissing, error),
        PlanError::Ledger(error) => ledger(error),
        PlanError::Cancelled => cancelled(),
    }
}

pub(super) fn fleet(error: &FleetError) -> ErrorReport {
    let code = match error {
        FleetError::Version { .. } => ErrorCode::VersionSkew,
        FleetError::TooLarge { .. } => ErrorCode::Internal,
        FleetError::BadUrl { .. }
        | FleetError::PasswordFile { .. }
        | FleetError::PasswordVariable { .. }
        | FleetError::CaFile { .. }
        | FleetError::Untrusted { .. }
        | FleetError::Refused { .. }
        | FleetError::Forbidden { .. }
        | FleetError::NotRedis { .. } => ErrorCode::Config,
        // Not `unreachable`: that says that the daemon is.
        FleetError::Unreachable { .. }
        | FleetError::Silent { .. }
        | FleetError::BrokeOff { .. }
        | FleetError::ReadOnly { .. }
        | FleetError::Full { .. }
        | FleetError::Unwell { .. }
        | FleetError::Unexpected { .. }
        | FleetError::Unshared(_)
        | FleetError::Taken { .. }
        | FleetError::NoDaemon => ErrorCode::StoreFailed,
    };
    ErrorReport {
        retryable: error.is_transient(),
        ..report(code, error).try_next(error.next_step())
    }
}

pub(super) fn watch(error: &WatchError) -> ErrorReport {
    match error {
        WatchError::TooMany { .. } => report(ErrorCode::TooLarge, error)
            .try_next("end one of them: ragctl source list; ragctl source unwatch ID")
            .try_next("or raise `watch.sources`, and restart ragd"),
        WatchError::Overlap { .. } => report(ErrorCode::Conflict, error)
            .because("the same files would be in one collection twice, by different rules")
            .try_next("use another collection: -c NAME")
            .try_next("or end the other one: ragctl source list; ragctl source unwatch ID"),
        WatchError::Link { .. } => report(ErrorCode::Unsupported, error)
            .because("links are not followed")
            .try_next("name what it leads to"),
        WatchError::Ledger(error) => ledger(error),
    }
}

pub(super) fn no_worker(name: &str, known: &[String]) -> ErrorReport {
    let report = ErrorReport::new(ErrorCode::NotFound, format!("unknown worker \"{name}\""));
    nearest(report, name, known).try_next("ragctl worker list")
}

/// There is none but the workers of the daemon, and they go with the queue.
pub(super) fn only_worker(wanted: Wanted) -> ErrorReport {
    let step = match wanted {
        Wanted::Run => "ragctl queue resume",
        Wanted::Pause | Wanted::Drain => "ragctl queue pause",
    };
    let message = "the workers of the daemon cannot be steered alone";
    ErrorReport::new(ErrorCode::Conflict, message)
        .because("there are no others: `queue.url` is not set")
        .try_next(step)
}

/// The daemon's own worker comes back by itself.
pub(super) fn own_worker(name: &str) -> ErrorReport {
    let message = format!("the worker {name} cannot be drained");
    ErrorReport::new(ErrorCode::Conflict, message)
        .because("it is a part of the daemon, and stops with it")
        .try_next(format!("ragctl worker pause {name}"))
        .try_next("or set `workers.local = 0`, and restart ragd")
}

/// Returns the report of a job's end.
pub(super) fn failure(failure: &Failure) -> ErrorReport {
    let code = ErrorCode::ALL
        .into_iter()
        .find(|code| code.as_str() == failure.code);
    let (retryable, retry_after_ms) = match &failure.retry {
        Retry::Never | Retry::Spent => (false, None),
        Retry::Backoff { after_ms } => (true, *after_ms),
        Retry::When { .. } => (true, None),
    };
    ErrorReport {
        code: code.unwrap_or(ErrorCode::Internal),
        message: failure.message.clone(),
        causes: failure.causes.clone(),
        why: None,
        try_next: failure.hint.iter().cloned().collect(),
        retryable,
        retry_after_ms,
    }
}
