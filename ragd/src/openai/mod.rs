//! Servers that speak the protocol of OpenAI: Ollama, llama.cpp, vLLM, clouds.
//!
//! [`Server`] is one model of one server: it knows where to ask, with which key, how long to wait
//! and when to try again. What is asked is known to `embed` and `answer`.

mod error;

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::error::ServerError;
use crate::config::{self, Secret};
use crate::http;

/// A server on this machine or beside it answers at once; one that is far away needs three trips.
const CONNECT: Duration = Duration::from_secs(5);
/// Pause before the second try; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A list of models is far smaller.
const MAX_LIST: usize = 4 << 20;

/// How often and how long a request is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub tries: u32,
    /// Time after which no further try begins.
    pub within: Duration,
}

/// One model of one server.
#[derive(Clone, Debug)]
pub struct Server {
    name: String,
    model: String,
    url: String,
    key: Secret,
    client: Client,
}

impl Server {
    /// Prepares to ask; the server need not be there.
    pub fn new(model: &config::Model) -> Result<Self, ServerError> {
        let key = Secret::new(&model.key_file, &model.key_env);
        let url = model.url.trim_end_matches('/').to_owned();
        let client = client(&url, Duration::from_millis(model.silence_ms))?;
        Ok(Self {
            name: model.name.clone(),
            model: model.server_name().to_owned(),
            url,
            key,
            client,
        })
    }

    /// Returns what the configuration calls the model.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the server calls it.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns the address without user and password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        match (self.url.split_once("://"), self.url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => self.url.clone(),
        }
    }

    /// Returns the names of the models that the server has.
    pub async fn models(&self, limit: Duration) -> Result<Vec<String>, ServerError> {
        #[derive(serde::Deserialize)]
        struct List {
            data: Vec<Entry>,
        }
        #[derive(serde::Deserialize)]
        struct Entry {
            id: String,
        }
        let asking = async {
            let request = self.client.get(format!("{}/models", self.url));
            let response = self.send(request).await?;
            self.read::<List>(response, MAX_LIST).await
        };
        let list = tokio::time::timeout(limit, asking).await;
        let list = list.map_err(|_| ServerError::Silent {
            url: self.shown_url(),
        })??;
        Ok(list.data.into_iter().map(|entry| entry.id).collect())
    }

    /// Posts `body`, again and again as long as `patience` lasts and the server may think better of
    /// it. A response that comes back is a success, of which nothing is read yet.
    pub async fn post(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
        patience: Patience,
    ) -> Result<Response, ServerError> {
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut tried = 0;
        loop {
            let request = self.client.post(format!("{}/{path}", self.url)).json(body);
            let error = match self.send(request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            tried += 1;
            let wait = error.retry_after().unwrap_or(pause);
            let left = patience.within.saturating_sub(began.elapsed());
            // Where nobody listens, nobody will within seconds: whoever asks has something better
            // to do than to wait here.
            let nobody = matches!(error, ServerError::Unreachable { .. });
            if nobody || !error.is_transient() || tried >= patience.tries || wait > left {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }

    /// Reads a response of at most `limit` bytes as JSON.
    pub async fn read<T: DeserializeOwned>(
        &self,
        mut response: Response,
        limit: usize,
    ) -> Result<T, ServerError> {
        let mut bytes = Vec::new();
        while let Some(more) = self.more(&mut response).await? {
            if bytes.len() + more.len() > limit {
                return Err(self.garbage(format!("the response is larger than {limit} bytes")));
            }
            bytes.extend_from_slice(&more);
        }
        // The error of serde could quote what was answered.
        serde_json::from_slice(&bytes).map_err(|error| {
            self.garbage(format!(
                "the response is not what was asked for (line {}, column {})",
                error.line(),
                error.column()
            ))
        })
    }

    /// Returns the next bytes of a response.
    pub async fn more(&self, response: &mut Response) -> Result<Option<bytes::Bytes>, ServerError> {
        response
            .chunk()
            .await
            .map_err(|error| ServerError::of_transport(self.shown_url(), error))
    }

    /// Returns the error for a response that makes no sense.
    #[must_use]
    pub fn garbage(&self, reason: String) -> ServerError {
        ServerError::Garbage {
            url: self.shown_url(),
            reason,
        }
    }

    /// Returns words of the server as they may be shown: on one line, cut, and without the key, which
    /// some servers repeat.
    #[must_use]
    pub fn quotable(&self, said: &str) -> String {
        let key = self.key.text().unwrap_or_default();
        config::quotable(said, &key)
    }

    fn header(&self) -> Result<Option<HeaderValue>, ServerError> {
        if self.key == Secret::None {
            return Ok(None);
        }
        let header = HeaderValue::try_from(format!("Bearer {}", self.key.text()?.trim()));
        let mut header = header.map_err(|_| ServerError::KeySenseless)?;
        header.set_sensitive(true);
        Ok(Some(header))
    }

    async fn send(&self, mut request: RequestBuilder) -> Result<Response, ServerError> {
        if let Some(key) = self.header()? {
            request = request.header(AUTHORIZATION, key);
        }
        let response = request
            .send()
            .await
            .map_err(|error| ServerError::of_transport(self.shown_url(), error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let key = self.key.text().unwrap_or_default();
        Err(ServerError::of_refusal(self.shown_url(), response, &key).await)
    }
}

fn client(url: &str, silence: Duration) -> Result<Client, ServerError> {
    let mut client = http::client()
        .connect_timeout(CONNECT)
        .read_timeout(silence);
    if is_loopback(url) {
        // No proxy reaches this machine's own ports.
        client = client.no_proxy();
    }
    client
        .build()
        .map_err(|source| ServerError::Setup { source })
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|own| host.starts_with(own))
}
