//! Requests to the engine, and what its answers mean.

use std::path::Path;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::{RuntimeError, lines};
use crate::config::{self, RuntimeKind};
use crate::http;

const KIND: RuntimeKind = RuntimeKind::Docker;
const USUAL: &str = "unix:///var/run/docker.sock";
const CONNECT: Duration = Duration::from_secs(5);
/// An engine that has much to do takes its time to start a container.
const PATIENCE: Duration = Duration::from_secs(60);
/// A registry that sends nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(120);
const MAX_ANSWER: usize = 1 << 20;

/// The engine, by its address.
pub(super) struct Engine {
    client: Client,
    /// What comes before the paths.
    base: String,
    /// How people know it.
    place: String,
}

/// What the engine answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

impl Answer {
    /// Fails if the engine refused. What is as it should be already is fine.
    pub(super) fn done(self, doing: &'static str) -> Result<Self, RuntimeError> {
        if self.status.is_success() || self.status == StatusCode::NOT_MODIFIED {
            return Ok(self);
        }
        let said = match serde_json::from_slice::<Message>(&self.body) {
            Ok(message) => message.message,
            Err(_) => String::from_utf8_lossy(&self.body).into_owned(),
        };
        let said = match said.trim() {
            "" => self.status.to_string(),
            said => config::quotable(said, ""),
        };
        Err(RuntimeError::Refused {
            kind: KIND,
            doing,
            said,
            transient: self.status.is_server_error()
                || [StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS].contains(&self.status),
            hint: None,
        })
    }

    pub(super) fn read<T: DeserializeOwned>(&self, doing: &'static str) -> Result<T, RuntimeError> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|_| RuntimeError::Senseless { kind: KIND, doing })
    }
}

impl Engine {
    pub(super) fn new(host: &str) -> Result<Self, RuntimeError> {
        let variable = std::env::var("DOCKER_HOST").unwrap_or_default();
        let place = [host, &variable, USUAL];
        let place = place.into_iter().find(|place| !place.is_empty());
        let place = place.unwrap_or(USUAL).to_owned();
        let unusable = |why: &str| RuntimeError::Setting {
            key: "runtimes.docker.host",
            why: format!("or DOCKER_HOST is {place}: {why}"),
        };
        let mut client = http::client().connect_timeout(CONNECT);
        let base = if let Some(path) = place.strip_prefix("unix://") {
            client = client.unix_socket(Path::new(path)).no_proxy();
            "http://docker".to_owned()
        } else if let Some(rest) = place.strip_prefix("tcp://") {
            // As the variable is written.
            format!("http://{rest}")
        } else if place.starts_with("http://") || place.starts_with("https://") {
            place.clone()
        } else {
            return Err(unusable(
                "only unix://, tcp://, http:// and https:// are known",
            ));
        };
        let client = client.build();
        Ok(Self {
            client: client.map_err(|error| unusable(&error.to_string()))?,
            base: base.trim_end_matches('/').to_owned(),
            place,
        })
    }

    /// Asks which version of the API the engine speaks.
    pub(super) async fn version(&self) -> Result<String, RuntimeError> {
        const DOING: &str = "say its version";
        let request = self.client.get(format!("{}/_ping", self.base));
        let response = self.within(PATIENCE, request.send()).await?;
        let header = response.headers().get("api-version").cloned();
        let status = response.status();
        let body = self.within(PATIENCE, response.bytes()).await?;
        Answer { status, body }.done(DOING)?;
        let version = header.and_then(|header| header.to_str().ok().map(str::to_owned));
        let version = version.filter(|version| version.chars().all(|c| "0123456789.".contains(c)));
        version.ok_or(RuntimeError::Senseless {
            kind: KIND,
            doing: DOING,
        })
    }

    pub(super) async fn ask(
        &self,
        doing: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, RuntimeError> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let mut response = self.within(PATIENCE, request.send()).await?;
        let status = response.status();
        let mut body = BytesMut::new();
        while let Some(more) = self.within(PATIENCE, response.chunk()).await? {
            if body.len() + more.len() > MAX_ANSWER {
                return Err(RuntimeError::Senseless { kind: KIND, doing });
            }
            body.extend_from_slice(&more);
        }
        let body = body.freeze();
        Ok(Answer { status, body })
    }

    /// Has the engine fetch an image, and waits until it has.
    pub(super) async fn pull(&self, version: &str, image: &str) -> Result<(), RuntimeError> {
        const DOING: &str = "fetch the image";
        let image = escaped(&with_tag(image));
        let path = format!("{}/v{version}/images/create?fromImage={image}", self.base);
        let response = self.within(SILENCE, self.client.post(path).send()).await?;
        let status = response.status();
        if !status.is_success() {
            let body = self.within(PATIENCE, response.bytes()).await?;
            return Answer { status, body }.done(DOING).map(drop);
        }
        match self.last_error(response).await? {
            None => Ok(()),
            Some(said) => Err(RuntimeError::Refused {
                kind: KIND,
                doing: DOING,
                said,
                transient: true,
                hint: Some("look at `runtimes.docker.image`, or pull it by hand".to_owned()),
            }),
        }
    }

    /// Reads how a fetch goes on, line by line, and returns the error it ends with, if it does.
    async fn last_error(&self, mut response: Response) -> Result<Option<String>, RuntimeError> {
        #[derive(Deserialize)]
        struct Line {
            error: Option<String>,
        }
        let mut rest = BytesMut::new();
        let mut error = None;
        loop {
            let more = self.within(SILENCE, response.chunk()).await?;
            let is_end = more.is_none();
            rest.extend_from_slice(&more.unwrap_or_default());
            while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(at + 1);
                let line = serde_json::from_slice::<Line>(&line);
                error = line.ok().and_then(|line| line.error).or(error);
            }
            if is_end {
                let line = serde_json::from_slice::<Line>(&rest);
                return Ok(line.ok().and_then(|line| line.error).or(error));
            }
            if rest.len() > MAX_ANSWER {
                rest.clear();
            }
        }
    }

    async fn within<T>(
        &self,
        limit: Duration,
        asking: impl Future<Output = reqwest::Result<T>>,
    ) -> Result<T, RuntimeError> {
        match tokio::time::timeout(limit, asking).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.away(&error)),
            Err(_) => Err(RuntimeError::Away {
                kind: KIND,
                place: self.place.clone(),
                why: "it does not answer".to_owned(),
                hint: None,
            }),
        }
    }

    fn away(&self, error: &reqwest::Error) -> RuntimeError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let kind = cause
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        let path = self.place.strip_prefix("unix://").unwrap_or(&self.place);
        let (why, hint) = match kind {
            Some(std::io::ErrorKind::NotFound) => (
                "there is no such socket".to_owned(),
                "start Docker, or set `runtimes.docker.host`: the job goes on by itself".to_owned(),
            ),
            Some(std::io::ErrorKind::PermissionDenied) => (
                "the user of ragd may not use its socket".to_owned(),
                format!("add that user to the group of {path}, then restart ragd"),
            ),
            _ => (
                cause.to_string(),
                "start Docker: the job goes on by itself".to_owned(),
            ),
        };
        RuntimeError::Away {
            kind: KIND,
            place: self.place.clone(),
            why,
            hint: Some(hint),
        }
    }
}

/// Without a tag all of them would be fetched.
fn with_tag(image: &str) -> String {
    let (_, name) = image.rsplit_once('/').unwrap_or(("", image));
    match name.contains([':', '@']) {
        true => image.to_owned(),
        false => format!("{image}:latest"),
    }
}

/// Returns `text` as the value of a parameter.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Returns the lines of a log, in which each piece has a head of eight bytes that end in its length.
pub(super) fn log_lines(mut log: &[u8]) -> Vec<String> {
    let mut text = Vec::new();
    let mut has_heads = false;
    while let Some((head, rest)) = log.split_first_chunk::<8>() {
        let &[_, 0, 0, 0, a, b, c, d] = head else {
            break;
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let (piece, rest) = rest.split_at(length.min(rest.len()));
        text.extend_from_slice(piece);
        (log, has_heads) = (rest, true);
    }
    // Podman, and containers with a terminal, have no heads. Of others, this is a head cut short.
    if !has_heads {
        text.extend_from_slice(log);
    }
    let text = String::from_utf8_lossy(&text);
    lines(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_fetched_by_one_tag() {
        let check = |image, expected| assert_eq!(with_tag(image), expected);
        check("ragd", "ragd:latest");
        check("ragd:1", "ragd:1");
        check("host:5000/ragd", "host:5000/ragd:latest");
        check("host:5000/ragd@sha256:ab", "host:5000/ragd@sha256:ab");
    }

    #[test]
    fn logs_are_read_with_and_without_heads() {
        let piece = |text: &str| {
            let length = u32::try_from(text.len()).unwrap().to_be_bytes();
            [&[2, 0, 0, 0][..], &length, text.as_bytes()].concat()
        };
        let log = [piece("a\nb"), piece("c\n"), piece("d\n")].concat();
        assert_eq!(log_lines(&log), ["a", "bc", "d"]);
        assert_eq!(
            log_lines(b"plain text\nof two lines\n"),
            ["plain text", "of two lines"]
        );
        assert_eq!(log_lines(&log[..log.len() - 3]), ["a", "bc"]);
        assert_eq!(log_lines(b""), [""; 0]);
    }
}
