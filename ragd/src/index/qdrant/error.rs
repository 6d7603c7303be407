//! What can go wrong with a Qdrant server, and whether it may get better.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use tonic::{Code, Status};

use crate::config::{SecretError, after_colon, quotable};

/// A Qdrant server could not be asked, or did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum QdrantError {
    #[error("cannot read the key of the Qdrant server from {path}")]
    KeyFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the variable {name} with the key of the Qdrant server is not set")]
    KeyVariable { name: String },
    /// It has characters that no key has.
    #[error("the key of the Qdrant server is no key")]
    KeySenseless,
    #[error("cannot read the certificates in {path}")]
    Certificates {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The address or the certificates make no sense.
    #[error("cannot prepare to ask the Qdrant server at {url}")]
    Setup {
        url: String,
        source: tonic::transport::Error,
    },
    /// The file that says whose the collections on the server are.
    #[error("cannot use {path}")]
    Owner {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A daemon that does not say whose its collections are shares none.
    #[error("`{number}` is no daemon that has collections on a Qdrant server")]
    NoOwner { number: String },
    #[error("cannot reach the Qdrant server at {url}: {reason}")]
    Unreachable { url: String, reason: String },
    /// Its certificate is not by anybody that we trust, or for another name.
    #[error("the Qdrant server at {url} cannot be trusted: {reason}")]
    Untrusted { url: String, reason: String },
    /// No answer came in time.
    #[error("the Qdrant server at {url} did not answer within {limit_ms} ms")]
    Silent { url: String, limit_ms: u128 },
    /// It failed several times in a row, so it is left alone for a moment.
    #[error("the Qdrant server at {url} is out of reach")]
    LeftAlone { url: String },
    /// It limits how much it takes, or is short of something.
    #[error("the Qdrant server at {url} is busy{}", after_colon(said))]
    Busy { url: String, said: String },
    /// It has a fault of its own.
    #[error("the Qdrant server at {url} failed{}", after_colon(said))]
    Failed { url: String, said: String },
    /// The key is missing or wrong, or does not allow this.
    #[error("the Qdrant server at {url} refuses the key{}", after_colon(said))]
    Forbidden { url: String, said: String },
    #[error(
        "a request is too large for the Qdrant server at {url}{}",
        after_colon(said)
    )]
    TooLarge { url: String, said: String },
    /// There is no such collection, because somebody removed it.
    #[error(
        "a collection is missing on the Qdrant server at {url}{}",
        after_colon(said)
    )]
    Missing { url: String, said: String },
    /// It is just being made, and lacks what it is asked by.
    #[error(
        "a collection on the Qdrant server at {url} is being made{}",
        after_colon(said)
    )]
    Unready { url: String, said: String },
    #[error("the Qdrant server at {url} refuses a request{}", after_colon(said))]
    Refused { url: String, said: String },
    /// It answers with something else.
    #[error("the server at {url} is no Qdrant server, or not its gRPC port: {reason}")]
    WrongKind { url: String, reason: String },
    #[error("the Qdrant server at {url} has version {version}, and 1.16 or later is needed")]
    TooOld { url: String, version: String },
    /// A collection there is not as we make them.
    #[error("the collection {name} at {url} is not one of ours: {reason}")]
    NotOurs {
        url: String,
        name: String,
        reason: String,
    },
    /// Vectors of another length than those before.
    #[error("the vectors have {found} numbers, those of this model have {known}")]
    Dimensions { found: usize, known: usize },
}

impl From<SecretError> for QdrantError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::File { path, source } => Self::KeyFile { path, source },
            SecretError::Variable { name } => Self::KeyVariable { name },
        }
    }
}

impl QdrantError {
    /// Tells whether the same request may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::LeftAlone { .. }
            | Self::Busy { .. }
            | Self::Failed { .. }
            | Self::Missing { .. }
            | Self::Unready { .. } => true,
            Self::KeyFile { .. }
            | Self::KeyVariable { .. }
            | Self::KeySenseless
            | Self::Certificates { .. }
            | Self::Setup { .. }
            | Self::Untrusted { .. }
            | Self::Owner { .. }
            | Self::NoOwner { .. }
            | Self::Forbidden { .. }
            | Self::TooLarge { .. }
            | Self::Refused { .. }
            | Self::WrongKind { .. }
            | Self::TooOld { .. }
            | Self::NotOurs { .. }
            | Self::Dimensions { .. } => false,
        }
    }

    /// Tells whether the server cannot be asked at all right now.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Silent { .. }
                | Self::LeftAlone { .. }
                | Self::Busy { .. }
        )
    }

    /// Returns what can be done about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::KeyFile { .. } | Self::KeyVariable { .. } | Self::KeySenseless => {
                "check `index.api_key_file` and `index.api_key_env`"
            }
            Self::Forbidden { .. } => {
                "put the key of the server into the file that `index.api_key_file` names"
            }
            Self::Certificates { .. } => "check `index.ca_file`",
            Self::Untrusted { .. } => {
                "let `index.ca_file` name the certificate that its own was made with"
            }
            Self::Setup { .. } => "check `index.url` and `index.ca_file`",
            Self::Unreachable { .. } | Self::LeftAlone { .. } => {
                "start Qdrant or check `index.url`; waiting work goes on by itself"
            }
            Self::Silent { .. } => "look at the load of Qdrant, or raise `index.timeout_ms`",
            Self::Busy { .. } | Self::Failed { .. } => "look at the log of Qdrant",
            Self::TooLarge { .. } => {
                "raise the message limit of the server, or of the proxy before it"
            }
            Self::WrongKind { .. } => {
                "let `index.url` name the gRPC port of Qdrant, which is 6334 unless changed"
            }
            Self::Missing { .. } | Self::Unready { .. } | Self::NotOurs { .. } => {
                "restart the daemon: it makes anew what is missing"
            }
            Self::TooOld { .. } => "update Qdrant",
            Self::NoOwner { .. } => {
                "set `index.url` in the configuration of the daemon to the same as in the worker's"
            }
            Self::Refused { .. } | Self::Owner { .. } | Self::Dimensions { .. } => return None,
        })
    }

    /// Reads the status of a failed call. `key` is left out of what is repeated.
    pub(super) fn of_status(url: &str, key: &str, status: &Status) -> Self {
        let url = url.to_owned();
        let said = quotable(status.message(), key);
        let reason = reason(status, key);
        match status.code() {
            Code::Unavailable if reason.contains("certificate") => Self::Untrusted { url, reason },
            Code::Unavailable | Code::Cancelled | Code::Aborted => {
                Self::Unreachable { url, reason }
            }
            Code::DeadlineExceeded => Self::Busy { url, said },
            // The words of gRPC libraries for a message beyond their limit.
            Code::OutOfRange | Code::ResourceExhausted if said.contains("message") => {
                Self::TooLarge { url, said }
            }
            Code::ResourceExhausted => Self::Busy { url, said },
            Code::Unauthenticated | Code::PermissionDenied => Self::Forbidden { url, said },
            Code::NotFound => Self::Missing { url, said },
            // The words of the server for a field that has to have an index of its own.
            Code::InvalidArgument if said.contains("Index required") => Self::Unready { url, said },
            Code::InvalidArgument | Code::AlreadyExists | Code::FailedPrecondition => {
                Self::Refused { url, said }
            }
            // What comes of a server that speaks another protocol: calls that it does not know, and
            // frames that make no sense.
            Code::Unimplemented => Self::WrongKind { url, reason: said },
            Code::Unknown | Code::Internal if is_of_the_wire(status) => match is_cut(&reason) {
                true => Self::Unreachable { url, reason },
                false => Self::WrongKind { url, reason },
            },
            _ => Self::Failed { url, said },
        }
    }

    pub(super) fn silent(url: &str, limit: Duration) -> Self {
        Self::Silent {
            url: url.to_owned(),
            limit_ms: limit.as_millis(),
        }
    }
}

/// Whether a status was made on our side, of an answer that is not of gRPC.
fn is_of_the_wire(status: &Status) -> bool {
    std::error::Error::source(status).is_some() || status.message().contains("HTTP status code")
}

/// Whether a connection ended in the middle of a call. The library gives the words and no error of
/// the operating system.
fn is_cut(reason: &str) -> bool {
    let kinds = [
        ErrorKind::ConnectionReset,
        ErrorKind::ConnectionAborted,
        ErrorKind::BrokenPipe,
        ErrorKind::UnexpectedEof,
    ];
    kinds.iter().any(|kind| reason.contains(&kind.to_string()))
}

/// Returns the innermost cause: the words of the library around it say only that it failed.
fn reason(status: &Status, key: &str) -> String {
    let mut innermost = status.message().to_owned();
    let mut source = std::error::Error::source(status);
    while let Some(cause) = source {
        innermost = cause.to_string();
        source = cause.source();
    }
    quotable(&innermost, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_server_are_told_apart() {
        let of = |code, said: &str| {
            QdrantError::of_status("http://q:6334", "secret", &Status::new(code, said))
        };
        let away = of(Code::Unavailable, "no");
        assert!(away.is_transient() && away.is_out_of_reach());
        let busy = of(Code::ResourceExhausted, "rate limit");
        assert!(matches!(busy, QdrantError::Busy { .. }));
        let large = of(Code::OutOfRange, "decoded message length too large");
        assert!(matches!(large, QdrantError::TooLarge { .. }));
        let key = of(Code::Unauthenticated, "the key secret is wrong");
        assert!(!key.is_transient());
        assert!(key.to_string().contains("the key <key> is wrong"), "{key}");
        let words = "Wrong input: Index required but not found for \"length\"";
        let unready = of(Code::InvalidArgument, words);
        assert!(matches!(unready, QdrantError::Unready { .. }) && unready.is_transient());
        let other = of(Code::Unimplemented, "");
        assert!(matches!(other, QdrantError::WrongKind { .. }));
    }

    #[test]
    fn a_server_that_goes_in_the_middle_of_a_call_is_not_one_of_another_kind() {
        let of = |kind| {
            let cause = Box::new(std::io::Error::from(kind));
            QdrantError::of_status("http://q:6334", "", &Status::from_error(cause))
        };
        assert!(of(ErrorKind::ConnectionReset).is_out_of_reach());
        assert!(of(ErrorKind::BrokenPipe).is_out_of_reach());
        let nonsense = of(ErrorKind::InvalidData);
        assert!(matches!(nonsense, QdrantError::WrongKind { .. }));
    }
}
