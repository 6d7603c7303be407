//! What a person or a script is told when something does not work.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Stable words for scripts. A word is never given another meaning; new ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// A bug in the daemon or the client.
    Internal,
    /// The request makes no sense as sent.
    BadRequest,
    /// Nothing has this name or id, or it is not yours to see.
    NotFound,
    /// Several things fit the shortened id.
    Ambiguous,
    /// This user may not do that.
    Forbidden,
    /// A thing of this name is there already.
    Exists,
    /// The same idempotency key came with another request.
    KeyReused,
    /// The thing is in a state in which this cannot be done.
    Conflict,
    /// The source is missing.
    SourceMissing,
    /// The source cannot be read.
    SourceUnreadable,
    /// The queue, this user's share of it, or a rate limit is full.
    Busy,
    /// The disk is (nearly) full.
    DiskFull,
    /// Writing to the state directory failed.
    StoreFailed,
    /// The stores are still being opened.
    Starting,
    /// The daemon is about to stop.
    Stopping,
    /// A size or count exceeds its limit.
    TooLarge,
    /// The plan is too old, or the source changed since it was made.
    PlanStale,
    /// The query cannot be understood.
    BadQuery,
    /// Nobody answers on the socket.
    Unreachable,
    /// Client and daemon have no protocol version in common.
    VersionSkew,
    /// The other side broke the protocol.
    Protocol,
    /// It took too long.
    TimedOut,
    /// The caller asked to stop it.
    Cancelled,
    /// The configuration is wrong.
    Config,
    /// This build or this configuration cannot do that.
    Unsupported,
    /// Stored data is damaged.
    Damaged,
    /// The document ended in an error of its own and is listed as a gap.
    DocumentFailed,
    /// The worker vanished while it held the work.
    WorkerLost,
    /// The server of a model does not answer, refuses, or answers with something else.
    ModelFailed,
    /// Docker, Kubernetes or AWS Batch, which was to run a part, does not answer or refuses.
    RuntimeFailed,
    /// Git, which fetches repositories, is not installed.
    GitMissing,
    /// A host of repositories wants a token, and there is none.
    GitNoToken,
    /// A host of repositories refuses the token.
    GitTokenRefused,
    /// A host of repositories wants a key, and there is none.
    GitNoKey,
    /// A host of repositories refuses all keys.
    GitKeyRefused,
    /// A host of repositories is not known, or has another key than it had.
    GitHostKey,
    /// A host of repositories cannot be reached.
    GitAway,
    /// The certificate of a host is not trusted, or it sends elsewhere.
    GitHostRefused,
    /// A repository has no such branch, tag or commit.
    GitNoRef,
    /// A repository is larger than what is allowed.
    GitTooLarge,
    /// Fetching a repository took too long.
    GitSlow,
    /// Git failed, and says why in words of its own.
    GitFailed,
    /// The host of a page cannot be reached, or is busy.
    WebAway,
    /// The host of a page, or of a repository for somebody else, is not on the internet.
    WebPrivate,
    /// The host of a page does not show it, or sends elsewhere.
    WebRefused,
    /// A page is larger than what is allowed.
    WebTooLarge,
    /// Fetching a page took too long.
    WebSlow,
}

impl ErrorCode {
    /// Every code, in the order of the table in the documentation.
    pub const ALL: [Self; 47] = [
        Self::Internal,
        Self::BadRequest,
        Self::NotFound,
        Self::Ambiguous,
        Self::Forbidden,
        Self::Exists,
        Self::KeyReused,
        Self::Conflict,
        Self::SourceMissing,
        Self::SourceUnreadable,
        Self::Busy,
        Self::DiskFull,
        Self::StoreFailed,
        Self::Starting,
        Self::Stopping,
        Self::TooLarge,
        Self::PlanStale,
        Self::BadQuery,
        Self::Unreachable,
        Self::VersionSkew,
        Self::Protocol,
        Self::TimedOut,
        Self::Cancelled,
        Self::Config,
        Self::Unsupported,
        Self::Damaged,
        Self::DocumentFailed,
        Self::WorkerLost,
        Self::ModelFailed,
        Self::RuntimeFailed,
        Self::GitMissing,
        Self::GitNoToken,
        Self::GitTokenRefused,
        Self::GitNoKey,
        Self::GitKeyRefused,
        Self::GitHostKey,
        Self::GitAway,
        Self::GitHostRefused,
        Self::GitNoRef,
        Self::GitTooLarge,
        Self::GitSlow,
        Self::GitFailed,
        Self::WebAway,
        Self::WebPrivate,
        Self::WebRefused,
        Self::WebTooLarge,
        Self::WebSlow,
    ];

    /// Returns the word that scripts compare with.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::BadRequest => "bad-request",
            Self::NotFound => "not-found",
            Self::Ambiguous => "ambiguous",
            Self::Forbidden => "forbidden",
            Self::Exists => "exists",
            Self::KeyReused => "key-reused",
            Self::Conflict => "conflict",
            Self::SourceMissing => "source-missing",
            Self::SourceUnreadable => "source-unreadable",
            Self::Busy => "busy",
            Self::DiskFull => "disk-full",
            Self::StoreFailed => "store-failed",
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::TooLarge => "too-large",
            Self::PlanStale => "plan-stale",
            Self::BadQuery => "bad-query",
            Self::Unreachable => "unreachable",
            Self::VersionSkew => "version-skew",
            Self::Protocol => "protocol",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
            Self::Config => "config",
            Self::Unsupported => "unsupported",
            Self::Damaged => "damaged",
            Self::DocumentFailed => "document-failed",
            Self::WorkerLost => "worker-lost",
            Self::ModelFailed => "model-failed",
            Self::RuntimeFailed => "runtime-failed",
            Self::GitMissing => "git-missing",
            Self::GitNoToken => "git-no-token",
            Self::GitTokenRefused => "git-token-refused",
            Self::GitNoKey => "git-no-key",
            Self::GitKeyRefused => "git-key-refused",
            Self::GitHostKey => "git-host-key",
            Self::GitAway => "git-away",
            Self::GitHostRefused => "git-host-refused",
            Self::GitNoRef => "git-no-ref",
            Self::GitTooLarge => "git-too-large",
            Self::GitSlow => "git-slow",
            Self::GitFailed => "git-failed",
            Self::WebAway => "web-away",
            Self::WebPrivate => "web-private",
            Self::WebRefused => "web-refused",
            Self::WebTooLarge => "web-too-large",
            Self::WebSlow => "web-slow",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as it is shown: what happened, why, and what to try.
///
/// Reports are logged, so none of the texts may quote a query, a document or a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    pub code: ErrorCode,
    /// What could not be done, in one line.
    pub message: String,
    /// The chain of reasons below `message`, outermost first.
    pub causes: Vec<String>,
    /// The last link of the chain in plain words, where the chain alone would not tell.
    pub why: Option<String>,
    /// Commands or actions that may help, best first.
    pub try_next: Vec<String>,
    /// Whether the same request may work later without anybody changing anything.
    pub retryable: bool,
    pub retry_after_ms: Option<u64>,
}

impl ErrorReport {
    /// Returns a report that says only what happened.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            why: None,
            try_next: Vec::new(),
            retryable: false,
            retry_after_ms: None,
        }
    }

    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    #[must_use]
    pub fn try_next(mut self, action: impl Into<String>) -> Self {
        self.try_next.push(action.into());
        self
    }

    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    #[must_use]
    pub fn retry_after_ms(mut self, millis: u64) -> Self {
        self.retryable = true;
        self.retry_after_ms = Some(millis);
        self
    }
}

impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ErrorReport {}
