//! Pages and files that are submitted by their address: fetched by GET, once, and nothing that they
//! name along with them.
//!
//! Whoever gives an address must not reach by it what he could not reach himself: each hop is
//! checked ([`Address`]), its host is looked up once, all that is found must be on the internet
//! (`internet`), and what was found is what is connected to.

mod address;
mod charset;
mod error;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LAST_MODIFIED, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response};
use tokio_util::sync::CancellationToken;

pub use self::address::{Address, AddressError};
pub use self::error::WebError;
use crate::config::{self, Config};
use crate::http::{self, date};
use crate::internet::{self, Names, NotPublic, SystemNames};

/// How often a host may send us on.
const HOPS: usize = 5;
const CONNECT: Duration = Duration::from_secs(10);

/// Who fetches pages.
#[derive(Clone, Debug)]
pub struct Web {
    rules: config::Web,
    names: Arc<dyn Names>,
}

/// What was fetched.
#[derive(Clone, Debug)]
pub struct Page {
    /// Text in UTF-8, where the server says in which encoding it is.
    pub bytes: Bytes,
    /// The day on which it was last changed, as the server says.
    pub day: Option<String>,
}

impl Web {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self::with_names(config, Arc::new(SystemNames))
    }

    /// Like [`Web::new`], with another way to find addresses of hosts.
    #[must_use]
    pub fn with_names(config: &Config, names: Arc<dyn Names>) -> Self {
        Self {
            rules: config.web.clone(),
            names,
        }
    }

    /// Finds out without asking anybody that an address cannot be had.
    pub fn check(&self, address: &Address) -> Result<(), WebError> {
        let host = address.shown_host();
        if !address.is_encrypted() && !self.is_listed(&self.rules.http_hosts, address) {
            let address = address.to_string();
            return Err(WebError::Plain { address, host });
        }
        let is_trusted = self.is_trusted(address);
        if !address.has_usual_port() && !is_trusted {
            let port = address.port();
            return Err(WebError::Port { port, host });
        }
        match address.ip() {
            Some(at) if !is_trusted && !internet::is_public(at) => {
                Err(WebError::Private { host, at })
            }
            _ => Ok(()),
        }
    }

    /// Fetches a page.
    pub async fn fetch(
        &self,
        address: &Address,
        cancel: &CancellationToken,
    ) -> Result<Page, WebError> {
        let wall = Duration::from_secs(self.rules.wall_s);
        tokio::select! {
            page = tokio::time::timeout(wall, self.follow(address)) => {
                page.unwrap_or_else(|_| Err(WebError::Slow {
                    address: address.to_string(),
                    wall_s: self.rules.wall_s,
                }))
            }
            () = cancel.cancelled() => Err(WebError::Stopped),
        }
    }

    async fn follow(&self, first: &Address) -> Result<Page, WebError> {
        let mut address = first.clone();
        for _ in 0..=HOPS {
            let response = self.ask(&address).await?;
            if !response.status().is_redirection() {
                return self.page(&address, response).await;
            }
            let host = address.shown_host();
            let location = response.headers().get(LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            let Some(location) = location else {
                return Err(WebError::SentOnSilently { host });
            };
            let next = address.sent_on(location);
            address = next.map_err(|reason| WebError::SentOnNowhere { host, reason })?;
        }
        let address = first.to_string();
        let limit = HOPS;
        Err(WebError::SentOnTooOften { address, limit })
    }

    /// Sends one request, to an address that was checked.
    async fn ask(&self, address: &Address) -> Result<Response, WebError> {
        self.check(address)?;
        let (host, port) = (address.host(), address.port());
        let is_trusted = self.is_trusted(address);
        let found = internet::addresses(self.names.as_ref(), host, port, is_trusted).await;
        let found = found.map_err(|error| self::not_public(address, &error))?;
        let client = client(host, &found)?;
        let response = client.get(address.url().clone()).send().await;
        response.map_err(|error| WebError::of_transport(address, &error))
    }

    async fn page(&self, address: &Address, mut response: Response) -> Result<Page, WebError> {
        refused(address, &response)?;
        let limit = self.rules.page_bytes;
        let too_large = || WebError::TooLarge {
            address: address.to_string(),
            limit,
        };
        if response.content_length().is_some_and(|bytes| bytes > limit) {
            return Err(too_large());
        }
        let mut bytes = BytesMut::new();
        loop {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|error| WebError::of_transport(address, &error))?;
            let Some(chunk) = chunk else { break };
            if (bytes.len() + chunk.len()) as u64 > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        let headers = response.headers();
        Ok(Page {
            bytes: charset::in_utf8(bytes.freeze(), text(headers, CONTENT_TYPE)),
            day: text(headers, LAST_MODIFIED).and_then(date::day),
        })
    }

    fn is_trusted(&self, address: &Address) -> bool {
        self.is_listed(&self.rules.private_hosts, address)
    }

    fn is_listed(&self, list: &[String], address: &Address) -> bool {
        let (host, port) = (address.host(), address.port());
        internet::is_listed(list, host, port, address.has_usual_port())
    }
}

/// Returns a client that knows one host, and where that is.
fn client(host: &str, found: &[SocketAddr]) -> Result<Client, WebError> {
    let client = http::client()
        // A proxy would look the host up again.
        .no_proxy()
        .resolve_to_addrs(host, found)
        .connect_timeout(CONNECT);
    client.build().map_err(|error| WebError::Setup {
        said: crate::ids::chain(&error),
    })
}

fn not_public(address: &Address, error: &NotPublic) -> WebError {
    let host = address.shown_host();
    match error {
        NotPublic::Private { address: at } => WebError::Private { host, at: *at },
        NotPublic::Unknown(_) => WebError::Away {
            host,
            said: crate::ids::chain(error),
        },
    }
}

/// Says why an answer is no page.
fn refused(address: &Address, response: &Response) -> Result<(), WebError> {
    let status = response.status().as_u16();
    let (host, address) = (address.shown_host(), address.to_string());
    Err(match status {
        200 => return Ok(()),
        401 | 403 | 407 => WebError::Login {
            address,
            host,
            status,
        },
        404 | 410 => WebError::NoPage { address, status },
        408 | 425 | 429 | 500 | 502..=504 => {
            let after = text(response.headers(), RETRY_AFTER);
            let after = after.and_then(|after| date::retry_after(after, SystemTime::now()));
            WebError::Busy {
                host,
                status,
                after,
            }
        }
        status => WebError::Refused {
            address,
            host,
            status,
        },
    })
}

fn text(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
