//! Models that the daemon can use.

use serde::{Deserialize, Serialize};

/// A model that makes vectors or answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelView {
    /// `builtin`, a name from `[[models]]`, or `auto` for what was found on this machine.
    pub name: String,
    pub kind: ModelKind,
    /// Where its server is, without anything secret.
    pub url: Option<String>,
    /// What its server calls it.
    pub model: Option<String>,
    pub uses: Vec<ModelUse>,
    pub state: ModelState,
    /// Numbers of a vector, once one was made.
    pub dimensions: Option<u32>,
    /// Collections with vectors of this model.
    pub collections: Vec<String>,
}

/// How a model is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelKind {
    /// Inside the daemon.
    Builtin,
    /// By a server that speaks the protocol of OpenAI.
    OpenAi,
}

impl ModelKind {
    pub const ALL: [Self; 2] = [Self::Builtin, Self::OpenAi];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::OpenAi => "openai",
        }
    }
}

/// What the configuration uses a model for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelUse {
    /// Vectors of new collections.
    Embed,
    /// Answers.
    Answer,
}

impl ModelUse {
    pub const ALL: [Self; 2] = [Self::Embed, Self::Answer];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Answer => "answer",
        }
    }
}

/// Whether a model can be used now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelState {
    Ready,
    /// Its server does not answer, or does not have it, for this reason.
    Away(String),
}
