//! What can go wrong with the fleet, whether it may get better, and what to do about it.

use std::path::PathBuf;
use std::sync::Arc;

use super::{MAX_BODY, Unshared};
use crate::config::SecretError;

/// The fleet cannot do what was asked.
///
/// `server` is its address without user and password. `said` are the server's own words.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FleetError {
    /// The configuration names no server that can be meant.
    #[error("`queue.url` {reason}")]
    BadUrl { reason: String },
    #[error("cannot read the password of the queue from {path}")]
    PasswordFile {
        path: PathBuf,
        source: Arc<std::io::Error>,
    },
    #[error("the variable {name} with the password of the queue is not set")]
    PasswordVariable { name: String },
    #[error("cannot read the certificates of the queue from {path}")]
    CaFile {
        path: PathBuf,
        source: Arc<std::io::Error>,
    },
    /// Nobody listens, the name is unknown, or TLS failed.
    #[error("cannot reach the queue server at {server}: {said}")]
    Unreachable { server: String, said: String },
    /// TLS could not be agreed on: the certificate is not by anybody that we trust, or for another
    /// name; or the server speaks without.
    #[error("the queue server at {server} cannot be trusted: {said}")]
    Untrusted { server: String, said: String },
    /// Nothing came for too long.
    #[error("the queue server at {server} does not answer")]
    Silent { server: String },
    /// The connection ended in the middle.
    #[error("the queue server at {server} broke off: {said}")]
    BrokeOff { server: String, said: String },
    /// User or password are missing or wrong.
    #[error("the queue server at {server} refuses user or password: {said}")]
    Refused { server: String, said: String },
    /// The user may not do this.
    #[error("the queue server at {server} does not allow this: {said}")]
    Forbidden {
        server: String,
        said: String,
        /// The command that gives the user what ragd needs.
        grant: String,
    },
    /// It answers with something else.
    #[error("the server at {server} is no Valkey or Redis: {said}")]
    NotRedis { server: String, said: String },
    /// It is a replica.
    #[error("the queue server at {server} is a replica that cannot be written to")]
    ReadOnly { server: String },
    /// `maxmemory` is reached.
    #[error("the memory of the queue server at {server} is full")]
    Full { server: String },
    /// It is loading, failing over, or cannot save.
    #[error("the queue server at {server} cannot work now: {said}")]
    Unwell { server: String, said: String },
    /// A script failed, or an answer makes no sense.
    #[error("the queue server at {server} answers what was not expected: {said}")]
    Unexpected { server: String, said: String },
    /// A daemon of another version hands out the tasks.
    #[error("the worker is version {worker} and the daemon {daemon}")]
    Version { worker: String, daemon: String },
    /// What the worker makes would not be where the daemon looks for it.
    #[error(transparent)]
    Unshared(Unshared),
    /// Two daemons would take each other's tasks.
    #[error("another ragd, {other}, hands out tasks on this queue")]
    Taken { other: String },
    /// No daemon has announced itself, or the server was emptied since.
    #[error("no daemon hands out tasks here")]
    NoDaemon,
    /// It belongs into blobs.
    #[error("the {what} of a task has {bytes} bytes, {MAX_BODY} may travel")]
    TooLarge { what: &'static str, bytes: usize },
}

impl From<SecretError> for FleetError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::File { path, source } => Self::PasswordFile {
                path,
                source: Arc::new(source),
            },
            SecretError::Variable { name } => Self::PasswordVariable { name },
        }
    }
}

impl FleetError {
    /// Tells whether the same call may work later, without anybody changing a setting.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::BrokeOff { .. }
            | Self::ReadOnly { .. }
            | Self::Full { .. }
            | Self::Unwell { .. }
            | Self::NoDaemon => true,
            Self::Unshared(unshared) => unshared.is_transient(),
            Self::BadUrl { .. }
            | Self::PasswordFile { .. }
            | Self::PasswordVariable { .. }
            | Self::CaFile { .. }
            | Self::Untrusted { .. }
            | Self::Refused { .. }
            | Self::Forbidden { .. }
            | Self::NotRedis { .. }
            | Self::Unexpected { .. }
            | Self::Version { .. }
            | Self::Taken { .. }
            | Self::TooLarge { .. } => false,
        }
    }

    /// Tells whether only a restart helps: the configuration, or this program, is at fault.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::BadUrl { .. } | Self::PasswordVariable { .. } | Self::TooLarge { .. }
        )
    }

    /// Returns what the reader can do.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self {
            Self::BadUrl { .. } => "write redis://HOST:PORT, rediss://, redis+unix:///PATH, \
                redis+cluster://A:1,B:2 or redis+sentinel://A:1,B:2/NAME"
                .to_owned(),
            Self::PasswordFile { .. } => {
                "set `queue.password_file` to a file that ragd may read".to_owned()
            }
            Self::PasswordVariable { name } => {
                format!("set {name}, or use `queue.password_file`")
            }
            Self::CaFile { .. } => {
                "set `queue.ca_file` to a PEM file that ragd may read, or remove it".to_owned()
            }
            Self::Unreachable { .. } | Self::Silent { .. } => {
                "start the server, or correct `queue.url`; work goes on when it is back".to_owned()
            }
            Self::BrokeOff { .. } => "look at the log of the server; `queue.url` begins with \
                rediss:// if it wants TLS; work goes on when it is back"
                .to_owned(),
            Self::Untrusted { .. } => {
                "set `queue.ca_file` to the certificates that signed its own, \
                and name it in `queue.url` as it is named there; or write redis:// if it has no TLS"
                    .to_owned()
            }
            Self::Refused { .. } => {
                "correct the user in `queue.url` and the password in `queue.password_file`"
                    .to_owned()
            }
            Self::Forbidden { grant, .. } => {
                format!("have its administrator give the user what ragd needs: {grant}")
            }
            Self::NotRedis { .. } => {
                "correct `queue.url`: host, port, and rediss:// if the server wants TLS".to_owned()
            }
            Self::ReadOnly { .. } => {
                "name the primary in `queue.url`, or sentinels that know it".to_owned()
            }
            Self::Full { .. } => "raise its limit: CONFIG SET maxmemory SIZE".to_owned(),
            Self::Unwell { .. } => "look at the log of the server".to_owned(),
            Self::Unexpected { .. } => {
                "is it Redis 6.2 or Valkey 7.2, or newer? If so, this is a bug in ragd".to_owned()
            }
            Self::Version { worker, daemon } => {
                format!(
                    "install ragd {daemon} where the worker runs, or {worker} where the daemon does"
                )
            }
            Self::Unshared(unshared) => unshared.next_step(),
            Self::Taken { .. } => "set `queue.prefix` to a name of its own for each; or stop the \
                other, and this one takes over after a minute"
                .to_owned(),
            Self::NoDaemon => "start the daemon with the same `queue.url` and `queue.prefix`; \
                the worker goes on when it is there"
                .to_owned(),
            Self::TooLarge { .. } => {
                "this is a bug in ragd: large contents go into blobs".to_owned()
            }
        }
    }
}
