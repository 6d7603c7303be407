//! The way to the server: one connection, keys, time limits, retries and the breaker.

use std::future::Future;
use std::time::{Duration, Instant};

use qdrant_client::qdrant::collections_client::CollectionsClient;
use qdrant_client::qdrant::points_client::PointsClient;
use qdrant_client::qdrant::qdrant_client::QdrantClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Response, Status};

use super::breaker::Breaker;
use super::{QdrantConfig, QdrantError};
use crate::config::Secret;

/// A server that does not even take a connection in this time is away.
const CONNECT: Duration = Duration::from_secs(1);
/// Writes get so many times as long as what a search asks: nobody waits for them at a screen.
const WRITE_FACTOR: u32 = 10;
/// Pause before the second try of a call; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Tries of a call. The first may meet a connection that died unseen.
const TRIES: u32 = 4;
/// Largest answer that is taken: thousands of candidates, or hundreds of texts.
const MAX_ANSWER: usize = 64 << 20;

/// A Qdrant server.
#[derive(Debug)]
pub(super) struct Server {
    url: String,
    key: Secret,
    limit: Duration,
    channel: Channel,
    breaker: Breaker,
}

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Somebody waits for it.
    Read,
    Write,
}

/// What calls are made with. They share one connection.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    pub(super) points: PointsClient<Channel>,
    pub(super) collections: CollectionsClient<Channel>,
    pub(super) server: QdrantClient<Channel>,
}

impl Server {
    /// Prepares to ask; the server need not be there. Needs a Tokio runtime.
    pub(super) fn new(config: &QdrantConfig) -> Result<Self, QdrantError> {
        let key = Secret::new(&config.api_key_file, &config.api_key_env);
        Ok(Self {
            url: config.url.clone(),
            key,
            limit: config.timeout,
            channel: channel(config)?,
            breaker: Breaker::default(),
        })
    }

    /// Finds out whether a server that was left alone is back. Of several calls at once, one may
    /// try; whoever makes several does this first, or the others would fail and drop that one.
    pub(super) async fn come_back(&self) -> Result<(), QdrantError> {
        match self.breaker.is_closed() {
            true => Ok(()),
            false => self.health(Patience::Write).await,
        }
    }

    /// Looks whether the key is one.
    pub(super) fn check(&self) -> Result<(), QdrantError> {
        self.header().map(drop)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Makes a call, again if it failed for a reason that may pass, as long as `patience` lasts.
    pub(super) async fn call<M, R, F>(
        &self,
        patience: Patience,
        message: M,
        send: impl Fn(Clients, Request<M>) -> F + Send + Sync,
    ) -> Result<R, QdrantError>
    where
        M: Clone + Send + Sync,
        R: Send,
        F: Future<Output = Result<Response<R>, Status>> + Send,
    {
        let limit = match patience {
            Patience::Read => self.limit,
            Patience::Write => self.limit * WRITE_FACTOR,
        };
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut last = QdrantError::LeftAlone {
            url: self.url.clone(),
        };
        for tried in 1..=TRIES {
            if !self.breaker.lets(Instant::now()) {
                break;
            }
            let left = limit.saturating_sub(began.elapsed());
            let request = self.request(message.clone())?;
            let error = match tokio::time::timeout(left, send(self.clients(), request)).await {
                Ok(Ok(response)) => {
                    self.breaker.succeeded();
                    return Ok(response.into_inner());
                }
                Ok(Err(status)) => self.error(&status),
                Err(_) => QdrantError::silent(&self.url, limit),
            };
            let now = Instant::now();
            match &error {
                // Others wait in line to find out the same.
                QdrantError::Silent { .. } if patience == Patience::Write => self.breaker.open(now),
                error if error.is_out_of_reach() => self.breaker.failed(now),
                // Whatever it says, it is there.
                _ => self.breaker.succeeded(),
            }
            let is_over = began.elapsed() + pause >= limit;
            let may_pass = error.is_out_of_reach()
                || matches!(
                    error,
                    QdrantError::Failed { .. } | QdrantError::Unready { .. }
                );
            last = error;
            if is_over || !may_pass || tried == TRIES {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(last)
    }

    fn clients(&self) -> Clients {
        let channel = || self.channel.clone();
        Clients {
            points: PointsClient::new(channel()).max_decoding_message_size(MAX_ANSWER),
            collections: CollectionsClient::new(channel()).max_decoding_message_size(MAX_ANSWER),
            server: QdrantClient::new(channel()),
        }
    }

    fn request<M>(&self, message: M) -> Result<Request<M>, QdrantError> {
        let mut request = Request::new(message);
        if let Some(key) = self.header()? {
            request.metadata_mut().insert("api-key", key);
        }
        Ok(request)
    }

    fn header(&self) -> Result<Option<MetadataValue<Ascii>>, QdrantError> {
        if self.key == Secret::None {
            return Ok(None);
        }
        let header = MetadataValue::try_from(self.key.text()?.trim());
        let mut header = header.map_err(|_| QdrantError::KeySenseless)?;
        header.set_sensitive(true);
        Ok(Some(header))
    }

    fn error(&self, status: &Status) -> QdrantError {
        let key = self.key.text().unwrap_or_default();
        QdrantError::of_status(&self.url, &key, status)
    }
}

/// Connects with the first call, and again after the connection is lost.
fn channel(config: &QdrantConfig) -> Result<Channel, QdrantError> {
    let fail = |source| QdrantError::Setup {
        url: config.url.clone(),
        source,
    };
    let mut endpoint = Endpoint::from_shared(config.url.clone())
        .map_err(fail)?
        .connect_timeout(CONNECT.min(config.timeout))
        .tcp_nodelay(true)
        // A connection that died without a word is noticed, also while a flush waits.
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5));
    if config.url.starts_with("https://") {
        let tls = ClientTlsConfig::new();
        let tls = match config.ca_file.as_os_str().is_empty() {
            true => tls.with_native_roots(),
            false => tls.ca_certificate(certificate(config)?),
        };
        endpoint = endpoint.tls_config(tls).map_err(fail)?;
    }
    Ok(endpoint.connect_lazy())
}

fn certificate(config: &QdrantConfig) -> Result<Certificate, QdrantError> {
    let pem = std::fs::read(&config.ca_file).map_err(|source| QdrantError::Certificates {
        path: config.ca_file.clone(),
        source,
    })?;
    Ok(Certificate::from_pem(pem))
}
