//! Why a worker cannot be started, or nobody knows how it is.

use std::path::PathBuf;

#[cfg(any(feature = "aws", feature = "kubernetes"))]
use crate::config;
use crate::config::RuntimeKind;

/// Nothing can be started there, whatever it is.
#[derive(Debug, thiserror::Error)]
pub enum NotHere {
    /// Nothing has to be started for what this daemon does itself.
    #[error("the daemon starts nothing for what it does itself")]
    Local,
    #[error("this ragd was built without {}", name(*kind))]
    NotBuilt {
        kind: RuntimeKind,
        feature: &'static str,
    },
    #[error("nothing says how to use {}: `{key}` is empty", name(*kind))]
    NotNamed {
        kind: RuntimeKind,
        key: &'static str,
    },
    /// Its workers could reach neither their task, nor what it is about.
    #[error("workers of {} share nothing with this daemon", name(*kind))]
    NotShared { kind: RuntimeKind },
    #[error("cannot use {}", name(*kind))]
    Unusable {
        kind: RuntimeKind,
        #[source]
        error: RuntimeError,
    },
}

impl NotHere {
    /// Returns what the reader can do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Local => "leave out --runtime".to_owned(),
            Self::NotBuilt { feature, .. } => format!(
                "install a released package, or build it: cargo build -p ragd --features {feature}"
            ),
            Self::NotNamed { key, .. } => {
                format!("set `{key}` in the configuration of ragd, then restart it")
            }
            Self::NotShared { .. } => {
                "set `queue.url`, `index.url` and `blobs.url` in the configuration of ragd, then \
                 restart it"
                    .to_owned()
            }
            Self::Unusable { error, .. } => error
                .hint()
                .unwrap_or_else(|| "look at `[runtimes]` in the configuration of ragd".to_owned()),
        }
    }
}

/// A runtime did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// It is not there, or does not answer.
    #[error("{} at {place} cannot be reached: {why}", name(*kind))]
    Away {
        kind: RuntimeKind,
        place: String,
        why: String,
        hint: Option<String>,
    },
    /// It answered no.
    #[error("{} refused to {doing}: {said}", name(*kind))]
    Refused {
        kind: RuntimeKind,
        doing: &'static str,
        said: String,
        /// It may think better of it.
        transient: bool,
        hint: Option<String>,
    },
    /// It answered something that is no answer.
    #[error("{} answered something else when it was to {doing}", name(*kind))]
    Senseless {
        kind: RuntimeKind,
        doing: &'static str,
    },
    #[error("the variable {variable} is not set, and workers are to get it")]
    NoVariable { variable: String },
    /// What the configuration says makes no sense.
    #[error("`{key}` {why}")]
    Setting { key: &'static str, why: String },
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl RuntimeError {
    /// Whether it may be there later: until then nothing is worth a try.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away { .. })
    }

    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Senseless { .. } => true,
            Self::Refused { transient, .. } => *transient,
            Self::NoVariable { .. } | Self::Setting { .. } | Self::File { .. } => false,
        }
    }

    /// Returns what the reader can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Away { hint, .. } | Self::Refused { hint, .. } => hint.clone(),
            Self::NoVariable { .. } => {
                Some("set it for ragd, or take it out of the configuration".to_owned())
            }
            Self::Senseless { .. } | Self::Setting { .. } | Self::File { .. } => None,
        }
    }
}

fn name(kind: RuntimeKind) -> &'static str {
    match kind {
        RuntimeKind::Local => "the daemon",
        RuntimeKind::Docker => "Docker",
        RuntimeKind::Kubernetes => "Kubernetes",
        RuntimeKind::AwsBatch => "AWS Batch",
    }
}

/// Returns the innermost cause: what the libraries around it say is only that it failed.
#[cfg(any(feature = "aws", feature = "kubernetes"))]
pub(super) fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    config::quotable(&cause.to_string(), "")
}
