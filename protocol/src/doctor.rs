//! What came of trying everything that the daemon needs.

use serde::{Deserialize, Serialize};

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about, as in the configuration: `queue`, `index`, `blobs`, or `model` and a name.
    pub part: String,
    pub state: FindingState,
    /// What was found, without anything secret.
    pub what: String,
    /// A command, where one mends it.
    pub next_step: Option<String>,
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FindingState {
    Ok,
    /// It works, but something needs a look.
    Warning,
    /// It does not work.
    Error,
}

impl FindingState {
    pub const ALL: [Self; 3] = [Self::Ok, Self::Warning, Self::Error];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Finding {
    #[must_use]
    pub fn ok(part: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            state: FindingState::Ok,
            what: what.into(),
            next_step: None,
        }
    }

    #[must_use]
    pub fn warning(part: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            state: FindingState::Warning,
            ..Self::ok(part, what)
        }
    }

    #[must_use]
    pub fn error(part: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            state: FindingState::Error,
            ..Self::ok(part, what)
        }
    }

    #[must_use]
    pub fn try_next(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }
}
