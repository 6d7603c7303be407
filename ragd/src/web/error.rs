//! Why a page could not be had.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use super::address::{Address, AddressError};
use crate::ids;

/// A page cannot be had. No text has a key or a token in it.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    #[error("{address} is not encrypted")]
    Plain { address: String, host: String },
    #[error("pages are not fetched from port {port}")]
    Port { port: u16, host: String },
    #[error("{host} is not on the internet, but at {at}")]
    Private { host: String, at: IpAddr },
    #[error("{host} cannot be reached: {said}")]
    Away { host: String, said: String },
    #[error("{host} is busy, as it says by status {status}")]
    Busy {
        host: String,
        status: u16,
        after: Option<Duration>,
    },
    #[error("there is no page at {address}: status {status}")]
    NoPage { address: String, status: u16 },
    #[error("{host} shows {address} only to those it knows: status {status}")]
    Login {
        address: String,
        host: String,
        status: u16,
    },
    #[error("{host} answers for {address} by status {status}")]
    Refused {
        address: String,
        host: String,
        status: u16,
    },
    #[error("{host} sends on to what is no page to fetch: {reason}")]
    SentOnNowhere { host: String, reason: AddressError },
    #[error("{host} sends on to another page, but does not say where that is")]
    SentOnSilently { host: String },
    #[error("{address} was sent on more than {limit} times")]
    SentOnTooOften { address: String, limit: usize },
    #[error("{address} has more than {}", ids::size(*limit))]
    TooLarge { address: String, limit: u64 },
    #[error("fetching {address} took longer than {wall_s} s")]
    Slow { address: String, wall_s: u64 },
    #[error("pages cannot be fetched: {said}")]
    Setup { said: String },
    #[error("fetching was stopped")]
    Stopped,
}

impl WebError {
    pub(super) fn of_transport(address: &Address, error: &reqwest::Error) -> Self {
        // The outermost text has the address in it, which was just said.
        let mut said = "it does not answer".to_owned();
        let mut cause = error.source();
        while let Some(inner) = cause {
            said = inner.to_string();
            cause = inner.source();
        }
        Self::Away {
            host: address.shown_host(),
            said,
        }
    }

    /// Returns the stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plain { .. } | Self::Port { .. } => "bad-request",
            Self::Private { .. } => "web-private",
            Self::Away { .. } | Self::Busy { .. } => "web-away",
            Self::NoPage { .. } => "source-missing",
            Self::Login { .. }
            | Self::Refused { .. }
            | Self::SentOnNowhere { .. }
            | Self::SentOnSilently { .. }
            | Self::SentOnTooOften { .. } => "web-refused",
            Self::TooLarge { .. } => "web-too-large",
            Self::Slow { .. } => "web-slow",
            Self::Setup { .. } => "internal",
            Self::Stopped => "cancelled",
        }
    }

    /// Tells whether it may work later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Busy { .. } | Self::Slow { .. } | Self::Stopped => true,
            Self::Plain { .. }
            | Self::Port { .. }
            | Self::Private { .. }
            | Self::NoPage { .. }
            | Self::Login { .. }
            | Self::Refused { .. }
            | Self::SentOnNowhere { .. }
            | Self::SentOnSilently { .. }
            | Self::SentOnTooOften { .. }
            | Self::TooLarge { .. }
            | Self::Setup { .. } => false,
        }
    }

    /// Returns the pause that the host asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { after, .. } => *after,
            _ => None,
        }
    }

    /// Returns what somebody can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        const BY_HAND: &str = "fetch it yourself: curl ADDRESS | ragctl submit - --name NAME";
        Some(match self {
            Self::Plain { host, .. } => format!(
                "use https://, or allow it for this host in the configuration: [web] \
                 http_hosts = [\"{host}\"]"
            ),
            Self::Port { host, .. } => format!(
                "if the page is meant to be fetched there, say so in the configuration: [web] \
                 private_hosts = [\"{host}\"]"
            ),
            Self::Private { host, .. } => format!(
                "if its pages may be fetched all the same, say so in the configuration: [web] \
                 private_hosts = [\"{host}\"]"
            ),
            Self::Away { .. } | Self::Busy { .. } | Self::Slow { .. } => {
                "check the host in the address, or wait: a job tries again by itself".to_owned()
            }
            Self::NoPage { .. } => "look where it is now, and submit that address".to_owned(),
            Self::Login { .. } | Self::Refused { .. } => BY_HAND.to_owned(),
            Self::SentOnNowhere { reason, .. } => reason.hint().to_owned(),
            Self::SentOnSilently { .. } | Self::SentOnTooOften { .. } => BY_HAND.to_owned(),
            Self::TooLarge { .. } => "raise `web.page_bytes`".to_owned(),
            Self::Setup { .. } | Self::Stopped => return None,
        })
    }
}
