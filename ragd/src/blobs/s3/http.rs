//! Requests of `object_store` by our own HTTP client, and what refusals mean.
//!
//! Its own client would follow redirects with the keys in hand, and its errors are texts. Bodies
//! come whole: whoever asks wants all of them, and an answer that broke off is asked for again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use reqwest::header::{HeaderMap, RANGE};
use reqwest::{Client, Method, Response};

use crate::blobs::RemoteError;
use crate::config;
use crate::http;

/// A server in reach answers at once; one that is far away needs three trips.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of a second that a line carries at least, to a server that takes them.
const SLOWEST: usize = 64 << 10;
/// A list of a thousand names is far smaller.
const MAX_ANSWER: usize = 4 << 20;
/// Characters of a server's own words that are repeated.
const SAID: usize = 300;

/// An error on its way through `object_store`.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Fault(pub(super) Arc<RemoteError>);

impl From<RemoteError> for Fault {
    fn from(error: RemoteError) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Fault> for object_store::Error {
    fn from(fault: Fault) -> Self {
        Self::Generic {
            store: "S3",
            source: Box::new(fault),
        }
    }
}

/// Our client as `object_store` wants it.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    /// Silence that is too long.
    silence: Duration,
}

impl Http {
    pub(super) fn new(config: &config::Blobs) -> Result<Self, RemoteError> {
        let silence = Duration::from_millis(config.timeout_ms);
        let mut client = http::client().connect_timeout(CONNECT.min(silence));
        if is_loopback(&config.endpoint) {
            // No proxy reaches this machine's own ports.
            client = client.no_proxy();
        }
        if !config.ca_file.as_os_str().is_empty() {
            let path = config.ca_file.clone();
            let pem = match std::fs::read(&path) {
                Ok(pem) => pem,
                Err(source) => return Err(RemoteError::File { path, source }),
            };
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if certificates.is_empty() {
                return Err(RemoteError::NoCertificates { path });
            }
            client = client.tls_certs_only(certificates);
        }
        let client = client.build();
        let client = client.map_err(|source| RemoteError::Setup { source })?;
        Ok(Self { client, silence })
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, RemoteError> {
        let (head, body) = request.into_parts();
        let limit = limit(&head.headers);
        // A server says nothing while it listens.
        let listening = Duration::from_secs((body.content_length() / SLOWEST) as u64);
        let is_post = head.method == Method::POST;
        let request = self
            .client
            .request(head.method, head.uri.to_string())
            .headers(head.headers)
            .body(reqwest::Body::wrap(body));
        let sent = tokio::time::timeout(self.silence + listening, request.send()).await;
        let response = sent.map_err(|_| RemoteError::Silent)?.map_err(transport)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = self.collect(response, limit).await?;
        // The end of a long upload may be answered with a success before it fails.
        if status.is_success() && is_post && is_error(&bytes) {
            return Err(refusal(503, &headers, &bytes));
        }
        if !status.is_success() {
            return Err(refusal(status.as_u16(), &headers, &bytes));
        }
        let mut response = HttpResponse::new(HttpResponseBody::from(bytes));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn collect(&self, mut response: Response, limit: usize) -> Result<Bytes, RemoteError> {
        let mut bytes = BytesMut::new();
        loop {
            let more = tokio::time::timeout(self.silence, response.chunk()).await;
            let more = more.map_err(|_| RemoteError::Silent)?.map_err(transport)?;
            let Some(more) = more else {
                return Ok(bytes.freeze());
            };
            if bytes.len() + more.len() > limit {
                return Err(RemoteError::TooMuch { limit });
            }
            bytes.extend_from_slice(&more);
        }
    }
}

impl HttpConnector for Http {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Http {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.ask(request).await.map_err(|error| {
            // What may be tried again at once: `object_store` does so.
            let kind = match &error {
                RemoteError::Unreachable { .. } => HttpErrorKind::Connect,
                RemoteError::Failed { .. } => HttpErrorKind::Request,
                RemoteError::Silent => HttpErrorKind::Timeout,
                RemoteError::BrokeOff { .. } => HttpErrorKind::Interrupted,
                _ => HttpErrorKind::Unknown,
            };
            HttpError::new(kind, Fault::from(error))
        })
    }
}

/// Returns how long an answer may be: as long as the range that is asked for.
fn limit(headers: &HeaderMap) -> usize {
    let range = || {
        let range = headers.get(RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
        let (start, end) = range.split_once('-')?;
        let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
        usize::try_from(end.checked_sub(start)?.saturating_add(1)).ok()
    };
    // A refusal may be longer than the range.
    range().unwrap_or(0).max(MAX_ANSWER)
}

fn transport(source: reqwest::Error) -> RemoteError {
    // The address stands in what is said around it.
    let source = source.without_url();
    if source.is_timeout() {
        RemoteError::Silent
    } else if source.is_builder() {
        RemoteError::Setup { source }
    } else if source.is_connect() {
        RemoteError::Unreachable { source }
    } else {
        RemoteError::BrokeOff { source }
    }
}

/// Returns what a refusal means. Of its text, only code and message are used: it may also repeat
/// keys and what was signed.
fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> RemoteError {
    let code = tag(body, "Code").unwrap_or_default();
    let message = tag(body, "Message").unwrap_or_default();
    let said = match (code.as_str(), message.as_str()) {
        ("", _) => String::new(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    let region = || {
        let header = headers.get("x-amz-bucket-region");
        let header = header.and_then(|region| region.to_str().ok());
        header.map_or_else(|| tag(body, "Region").unwrap_or_default(), str::to_owned)
    };
    match (status, code.as_str()) {
        (_, "NoSuchBucket") => RemoteError::NoBucket,
        (_, "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect") => {
            RemoteError::Elsewhere { region: region() }
        }
        (301 | 302 | 307 | 308, _) if headers.contains_key("x-amz-bucket-region") => {
            RemoteError::Elsewhere { region: region() }
        }
        (401 | 403, _)
        | (_, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" | "InvalidAccessKeyId") => {
            RemoteError::Denied { status, said }
        }
        // The server has forgotten an upload, or ended it before its answer was lost: to send the
        // object once more mends both.
        (_, "NoSuchUpload") | (408 | 429 | 500.., _) => RemoteError::Failed { status, said },
        _ => RemoteError::Refused { status, said },
    }
}

fn is_error(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start();
    let root = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, root)| root),
        None => text,
    };
    root.trim_start().starts_with("<Error")
}

/// Returns the text of an element as it may be shown: on one line, and cut.
fn tag(body: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(
        line.chars()
            .filter(|c| !c.is_control())
            .take(SAID)
            .collect(),
    )
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|own| host.starts_with(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: &str, is_transient: bool) {
        let error = refusal(status, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.to_string(), expected, "{status} {body}");
        assert_eq!(error.is_transient(), is_transient, "{status} {body}");
    }

    fn error(code: &str, rest: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code>{rest}</Error>")
    }

    #[test]
    fn refusals_are_told_apart() {
        check(
            404,
            &error("NoSuchBucket", ""),
            "it has no such bucket",
            false,
        );
        check(
            403,
            &error(
                "SignatureDoesNotMatch",
                "<Message>no\n match</Message><StringToSign>secret</StringToSign>",
            ),
            "it refuses the keys (403, SignatureDoesNotMatch: no match)",
            false,
        );
        check(
            400,
            &error("ExpiredToken", ""),
            "it refuses the keys (400, ExpiredToken)",
            false,
        );
        check(
            400,
            &error("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
            "the bucket is in another region: eu-west-1",
            false,
        );
        check(
            503,
            &error("SlowDown", "<Message>Please</Message>"),
            "it failed (503, SlowDown: Please)",
            true,
        );
        check(
            404,
            &error("NoSuchUpload", ""),
            "it failed (404, NoSuchUpload)",
            true,
        );
        check(429, "", "it failed (429)", true);
        check(404, "<html>", "it refuses the request (404)", false);
        check(302, "", "it refuses the request (302)", false);
    }

    #[test]
    fn an_error_is_seen_inside_a_success() {
        assert!(is_error(error("InternalError", "").as_bytes()));
        assert!(is_error(b" <Error></Error>"));
        assert!(!is_error(b"<DeleteResult><Error></Error></DeleteResult>"));
        assert!(!is_error(b""));
    }

    #[test]
    fn an_answer_may_be_as_long_as_its_range() {
        let check = |range: &str, expected: usize| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, range.parse().unwrap());
            assert_eq!(limit(&headers), expected, "{range}");
        };
        check("bytes=0-99999999", 100_000_000);
        check("bytes=5-4", MAX_ANSWER);
        check("bytes=7-", MAX_ANSWER);
        check("apples", MAX_ANSWER);
        assert_eq!(limit(&HeaderMap::new()), MAX_ANSWER);
    }
}
