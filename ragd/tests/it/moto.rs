//! A real server of S3 for the tests: `moto` in a process of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use ragd::config;
use reqwest::{Client, Method, Response};

/// What the tests are to say who has no moto.
const INSTALL: &str = "the tests of blobs in an object store need moto: `python3 -m venv moto && \
    moto/bin/pip install 'moto[server]'`, then set RAGD_TEST_MOTO to the full path of \
    moto/bin/moto_server, or have moto_server on the PATH";

/// What any request may be signed with: nobody looks.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, \
    SignedHeaders=host, Signature=x";

pub(crate) struct Moto {
    pub(crate) endpoint: String,
    buckets: AtomicU32,
}

impl Moto {
    /// Returns the one that all tests of this process share.
    pub(crate) fn get() -> &'static Self {
        static MOTO: OnceLock<Moto> = OnceLock::new();
        MOTO.get_or_init(|| Self::start("", ""))
    }

    /// Starts one on a free port. It ends with this process, however that ends: the shell waits for
    /// the end of its input, and that is when nobody holds the other side any more.
    pub(crate) fn start(variables: &str, options: &str) -> Self {
        let script = format!(
            "{variables} \"$1\" -H 127.0.0.1 -p 0 {options} & cat >/dev/null; kill $! 2>/dev/null"
        );
        let program = std::env::var_os("RAGD_TEST_MOTO").unwrap_or("moto_server".into());
        let mut shell = Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(shell.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let endpoint = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!("{INSTALL}\n{}", said.join("\n"));
            };
            if line.contains("not found") || line.contains("No such file") {
                panic!("{INSTALL}\n{line}");
            }
            if let Some((_, url)) = line.split_once("Running on ") {
                break url.trim().to_owned();
            }
            said.push(line);
        };
        // It says something about each request, and would wait if nobody listened.
        std::thread::spawn(move || lines.for_each(drop));
        // For as long as this process lives.
        std::mem::forget(shell);
        Self {
            endpoint,
            buckets: AtomicU32::new(0),
        }
    }

    /// Creates a bucket and returns its name.
    pub(crate) async fn bucket(&self) -> String {
        let number = self.buckets.fetch_add(1, Ordering::Relaxed);
        let bucket = format!("bucket-{number}");
        self.ask(Method::PUT, &bucket, "").await;
        bucket
    }

    /// Does with the server what a hand would do.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &'static str) -> String {
        // Whoever was first is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        let request = client.request(method, format!("{}/{path}", self.endpoint));
        let request = request.header("authorization", SIGNED).body(body);
        let answer = request.send().await.and_then(Response::error_for_status);
        answer.unwrap().text().await.unwrap()
    }
}

/// Returns a configuration for `bucket` whose keys are in files of `dir`.
pub(crate) fn config(endpoint: &str, bucket: &str, dir: &Path) -> config::Blobs {
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    config::Blobs {
        url: format!("s3://{bucket}/some/prefix"),
        endpoint: endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        access_key_file: file("access", "AKIATEST\n"),
        secret_key_file: file("secret", "do-not-show-this\n"),
        ..config::Blobs::default()
    }
}
