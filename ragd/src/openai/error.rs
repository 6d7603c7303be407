//! What can go wrong with a model server, and whether it may get better.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};

use crate::config::{SecretError, after_colon, quotable};
use crate::http::date;

/// Bytes of a refusal that are read for them.
const REFUSAL: usize = 16 << 10;

/// A model server could not be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("cannot read the key of the model server from {path}")]
    KeyFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the variable {name} with the key of the model server is not set")]
    KeyVariable { name: String },
    /// It has characters that no key has.
    #[error("the key of the model server is no key")]
    KeySenseless,
    /// Certificates of the system, most likely.
    #[error("cannot prepare to ask model servers")]
    Setup { source: reqwest::Error },
    #[error("cannot reach the model server at {url}")]
    Unreachable { url: String, source: reqwest::Error },
    /// Nothing came for too long.
    #[error("the model server at {url} does not answer")]
    Silent { url: String },
    /// The connection ended in the middle.
    #[error("the model server at {url} broke off")]
    BrokeOff { url: String, source: reqwest::Error },
    /// The key is missing or wrong, or does not allow this.
    #[error(
        "the model server at {url} refuses the key ({status}){}",
        after_colon(said)
    )]
    Forbidden {
        url: String,
        status: StatusCode,
        said: String,
    },
    #[error("the model server at {url} is busy ({status}){}", after_colon(said))]
    Busy {
        url: String,
        status: StatusCode,
        said: String,
        retry_after: Option<Duration>,
    },
    /// The server has a fault of its own.
    #[error("the model server at {url} failed ({status}){}", after_colon(said))]
    Failed {
        url: String,
        status: StatusCode,
        said: String,
    },
    /// The text is longer than the model takes.
    #[error("the text is too long for the model at {url}{}", after_colon(said))]
    TooLong { url: String, said: String },
    /// The server cannot do what was asked: no such model, most often.
    #[error(
        "the model server at {url} refuses the request ({status}){}",
        after_colon(said)
    )]
    Rejected {
        url: String,
        status: StatusCode,
        said: String,
    },
    /// It answers with something else.
    #[error("the server at {url} does not speak the protocol of OpenAI: {reason}")]
    Garbage { url: String, reason: String },
}

impl From<SecretError> for ServerError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::File { path, source } => Self::KeyFile { path, source },
            SecretError::Variable { name } => Self::KeyVariable { name },
        }
    }
}

impl ServerError {
    /// Tells whether the same request may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::BrokeOff { .. }
            | Self::Busy { .. }
            | Self::Failed { .. } => true,
            Self::KeyFile { .. }
            | Self::KeyVariable { .. }
            | Self::KeySenseless
            | Self::Setup { .. }
            | Self::Forbidden { .. }
            | Self::TooLong { .. }
            | Self::Rejected { .. }
            | Self::Garbage { .. } => false,
        }
    }

    /// Returns how long the server wants to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub(super) fn of_transport(url: String, source: reqwest::Error) -> Self {
        // The address in it may have a password.
        let source = source.without_url();
        if source.is_timeout() {
            Self::Silent { url }
        } else if source.is_connect() || source.is_request() {
            Self::Unreachable { url, source }
        } else {
            Self::BrokeOff { url, source }
        }
    }

    pub(super) async fn of_refusal(url: String, mut response: Response, key: &str) -> Self {
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after
            .and_then(|value| date::retry_after(value.to_str().ok()?, SystemTime::now()));
        let mut bytes = Vec::new();
        while bytes.len() < REFUSAL {
            match response.chunk().await {
                Ok(Some(more)) => bytes.extend_from_slice(&more),
                Ok(None) | Err(_) => break,
            }
        }
        let said = said(&bytes, key);
        match status.as_u16() {
            401 | 403 => Self::Forbidden { url, status, said },
            429 | 503 => Self::Busy {
                url,
                status,
                said,
                retry_after,
            },
            413 => Self::TooLong { url, said },
            // llama.cpp says it with a 500.
            400 | 422 | 500 if speaks_of_length(&said) => Self::TooLong { url, said },
            500.. => Self::Failed { url, status, said },
            _ => Self::Rejected { url, status, said },
        }
    }
}

/// Returns the server's own words on one line.
fn said(body: &[u8], key: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let message = json.as_ref().and_then(|json| {
        let error = json.get("error").unwrap_or(json);
        error.get("message").unwrap_or(error).as_str()
    });
    // A page of HTML says nothing that helps.
    let text = message.unwrap_or_default();
    quotable(text, key)
}

/// There is no code for it that all servers use.
fn speaks_of_length(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "context length",
        "context size",
        "context window",
        "maximum context",
        "context_length",
        "input length",
        "too long",
        "too many tokens",
        "too large to process",
        "maximum number of tokens",
    ]
    .iter()
    .any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_servers_are_found_and_cut() {
        assert_eq!(
            said(br#"{"error":{"message":"no\nsuch model"}}"#, ""),
            "no such model"
        );
        assert_eq!(said(br#"{"error":"no such model"}"#, ""), "no such model");
        assert_eq!(said(br#"{"message":"no such model"}"#, ""), "no such model");
        assert_eq!(said(b"<html>", ""), "");
        let long = format!("{{\"error\":\"{}\"}}", "x".repeat(1_000));
        assert_eq!(said(long.as_bytes(), "").len(), 300);
        let repeated = br#"{"error":"bad key Bearer sk-1 and sk-1"}"#;
        assert_eq!(said(repeated, "sk-1"), "bad key Bearer <key> and <key>");
    }

    #[test]
    fn servers_say_in_many_ways_that_a_text_is_too_long() {
        for said in [
            "This model's maximum context length is 8192 tokens.",
            "the request exceeds the available context size",
            "input length exceeds the context length",
        ] {
            assert!(speaks_of_length(said), "{said}");
        }
        assert!(!speaks_of_length("no such model"));
    }
}
