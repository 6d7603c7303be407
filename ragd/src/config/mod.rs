//! The configuration: one TOML file, every key with a default and a sentence.
//!
//! [`Config`] is what the rest of the daemon sees. `keys.rs` documents each key, and a test holds
//! that the two agree. Reading, with errors that name line and nearest key, is in `read.rs`; what an
//! entry of `[[models]]` may say, in `models.rs`.

mod blobs;
mod extract;
mod files;
mod git;
mod keys;
mod limits;
mod models;
mod places;
mod read;
mod runtimes;
mod secret;
mod secrets;
mod web;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use blobs::{Blobs, BlobsAt};
pub use extract::{Extract, Ocr};
pub use git::{Git, GitHost};
pub use keys::reference;
pub use limits::{Limit, limits};
pub use places::{default_config_path, default_socket, default_state_dir};
pub(crate) use read::distance;
pub use read::{ConfigError, parse, read};
pub use runtimes::{AwsBatch, Docker, Kubernetes, RuntimeKind, Runtimes};
pub use secret::{Secret, SecretError, after_colon, quotable};
pub use secrets::Secrets;
pub use web::Web;

/// The model for vectors inside the daemon.
pub const BUILTIN: &str = "builtin";
/// Answers by a model server that is found on this machine.
pub const AUTO: &str = "auto";
/// Answers by quotes alone.
pub const NO_MODEL: &str = "none";

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Config {
    /// Empty: the place that the platform names.
    pub state_dir: PathBuf,
    /// Empty: the place where clients look.
    pub socket: PathBuf,
    pub log: Log,
    pub workers: Workers,
    pub queue: Queue,
    pub ingest: Ingest,
    pub extract: Extract,
    pub ocr: Ocr,
    pub secrets: Secrets,
    pub index: Index,
    pub blobs: Blobs,
    pub runtimes: Runtimes,
    pub limits: Limits,
    pub disk: Disk,
    pub sweep: Sweep,
    pub history: History,
    pub embed: Embed,
    pub answer: Answer,
    pub models: Vec<Model>,
    pub git: Git,
    pub git_hosts: Vec<GitHost>,
    pub watch: Watch,
    pub web: Web,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Embed {
    pub model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    pub model: String,
    pub passages: u32,
    pub context_tokens: u32,
    pub answer_tokens: u32,
}

/// A model of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    pub name: String,
    pub kind: ModelKind,
    pub url: String,
    /// Empty: as `name`.
    pub model: String,
    /// Empty, like `key_env`: there is no key.
    pub key_file: PathBuf,
    pub key_env: String,
    pub context_tokens: u32,
    pub silence_ms: u64,
    pub batch: u32,
    pub requests: u32,
    pub query_prefix: String,
    pub passage_prefix: String,
    pub cents_per_million_tokens: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// A server that speaks the protocol of OpenAI.
    #[default]
    OpenAi,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workers {
    pub local: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    pub max_queued: u64,
    pub max_queued_per_user: u64,
    pub max_attempts: u32,
    pub max_stalls: u32,
    pub retry_min_ms: u64,
    pub retry_max_ms: u64,
    pub lease_ms: u64,
    pub keep_ended_days: u64,
    pub keep_dead_days: u64,
    /// Empty: there are no workers on other machines.
    pub url: String,
    /// Empty, like `password_env`: there is no password.
    pub password_file: PathBuf,
    pub password_env: String,
    pub ca_file: PathBuf,
    pub prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ingest {
    pub max_file_bytes: u64,
    pub part_files: usize,
    pub part_bytes: u64,
    pub memory_bytes: u64,
    pub chunk_tokens: u32,
    pub overlap_tokens: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// Empty: in this process.
    pub url: String,
    /// Empty, like `api_key_env`: there is no key.
    pub api_key_file: PathBuf,
    pub api_key_env: String,
    /// Empty: the certificates of the system.
    pub ca_file: PathBuf,
    pub timeout_ms: u64,
    pub on_disk: bool,
    pub quantization: Quantization,
    pub writer_bytes: u64,
    pub open_writers: usize,
    pub writer_idle_ms: u64,
}

/// Where the chunks of a collection are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexKind {
    /// In the daemon.
    #[default]
    Embedded,
    Qdrant,
}

impl IndexKind {
    pub const ALL: [Self; 2] = [Self::Embedded, Self::Qdrant];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Qdrant => "qdrant",
        }
    }
}

impl Index {
    /// Returns where new collections are.
    #[must_use]
    pub fn kind(&self) -> IndexKind {
        match self.url.is_empty() {
            true => IndexKind::Embedded,
            false => IndexKind::Qdrant,
        }
    }
}

/// How Qdrant keeps vectors besides the numbers as they came, which have the last word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantization {
    #[default]
    None,
    /// A byte for each number.
    Int8,
    /// A bit for each number.
    Binary,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    pub connections: usize,
    pub connections_per_user: usize,
    pub requests_in_flight: usize,
    pub hello_ms: u64,
    pub partial_frame_ms: u64,
    pub idle_ms: u64,
    pub stalled_client_ms: u64,
    pub upload_bytes: u64,
    pub heartbeat_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    pub min_free_bytes: u64,
    pub min_free_percent: u64,
    pub check_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sweep {
    pub grace_ms: u64,
    pub interval_ms: u64,
}

/// The most that [`History::versions`] may be, and contents that are remembered by name.
pub const MAX_KEPT_VERSIONS: u32 = 100;

/// How much of what documents were before is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    pub versions: u32,
    pub days: u32,
}

/// How sources are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    pub sources: usize,
    pub folders: usize,
    pub poll_ms: u64,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            local: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            max_queued: 100_000,
            max_queued_per_user: 10_000,
            max_attempts: 8,
            max_stalls: 3,
            retry_min_ms: 1_000,
            retry_max_ms: 300_000,
            lease_ms: 30_000,
            keep_ended_days: 7,
            keep_dead_days: 30,
            url: String::new(),
            password_file: PathBuf::new(),
            password_env: String::new(),
            ca_file: PathBuf::new(),
            prefix: "ragd".to_owned(),
        }
    }
}

impl Default for Ingest {
    fn default() -> Self {
        Self {
            max_file_bytes: 10 << 20,
            part_files: 256,
            part_bytes: 8 << 20,
            memory_bytes: 64 << 20,
            chunk_tokens: 400,
            overlap_tokens: 40,
        }
    }
}

impl Default for Index {
    fn default() -> Self {
        Self {
            url: String::new(),
            api_key_file: PathBuf::new(),
            api_key_env: String::new(),
            ca_file: PathBuf::new(),
            timeout_ms: 1_800,
            on_disk: false,
            quantization: Quantization::None,
            writer_bytes: 64 << 20,
            open_writers: 8,
            writer_idle_ms: 10_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            connections_per_user: 256,
            requests_in_flight: 32,
            hello_ms: 5_000,
            partial_frame_ms: 10_000,
            idle_ms: 600_000,
            stalled_client_ms: 30_000,
            upload_bytes: 256 << 20,
            heartbeat_ms: 15_000,
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            min_free_bytes: 512 << 20,
            min_free_percent: 2,
            check_ms: 5_000,
        }
    }
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            grace_ms: 60_000,
            interval_ms: 30_000,
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            versions: 5,
            days: 30,
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            sources: 32,
            folders: 50_000,
            poll_ms: 10_000,
        }
    }
}

impl Default for Embed {
    fn default() -> Self {
        Self {
            model: BUILTIN.to_owned(),
        }
    }
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            model: AUTO.to_owned(),
            passages: 8,
            context_tokens: 6_000,
            answer_tokens: 1_024,
        }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: ModelKind::OpenAi,
            url: String::new(),
            model: String::new(),
            key_file: PathBuf::new(),
            key_env: String::new(),
            context_tokens: 8_192,
            silence_ms: 120_000,
            batch: 64,
            requests: 4,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            cents_per_million_tokens: 0,
        }
    }
}

impl Model {
    /// Returns what the server calls it.
    #[must_use]
    pub fn server_name(&self) -> &str {
        if self.model.is_empty() {
            &self.name
        } else {
            &self.model
        }
    }
}

impl Config {
    /// Returns what differs from `running` and is read at the start only.
    #[must_use]
    pub fn waiting_since(&self, running: &Self) -> Vec<&'static str> {
        let Self {
            state_dir,
            socket,
            log,
            workers,
            queue,
            ingest,
            extract,
            ocr,
            secrets,
            index,
            blobs,
            runtimes,
            // Looked at whenever they are needed.
            limits: _,
            disk,
            sweep,
            history,
            embed,
            answer,
            models,
            git,
            git_hosts,
            watch,
            web,
        } = self;
        // Which files are too large is decided by each submit.
        let ingest_running = Ingest {
            max_file_bytes: ingest.max_file_bytes,
            ..running.ingest.clone()
        };
        [
            ("state_dir", *state_dir != running.state_dir),
            ("socket", *socket != running.socket),
            ("[log]", *log != running.log),
            ("[workers]", *workers != running.workers),
            ("[queue]", *queue != running.queue),
            ("[ingest]", *ingest != ingest_running),
            ("[extract]", *extract != running.extract),
            ("[ocr]", *ocr != running.ocr),
            ("[secrets]", *secrets != running.secrets),
            ("[index]", *index != running.index),
            ("[blobs]", *blobs != running.blobs),
            ("[runtimes]", *runtimes != running.runtimes),
            ("[disk]", *disk != running.disk),
            ("[sweep]", *sweep != running.sweep),
            ("[history]", *history != running.history),
            ("[embed]", *embed != running.embed),
            ("[watch]", *watch != running.watch),
            ("[answer]", *answer != running.answer),
            ("[[models]]", *models != running.models),
            ("[git]", *git != running.git),
            ("[[git_hosts]]", *git_hosts != running.git_hosts),
            ("[web]", *web != running.web),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }

    /// Returns the state directory that is meant.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        if self.state_dir.as_os_str().is_empty() {
            default_state_dir()
        } else {
            self.state_dir.clone()
        }
    }

    /// Returns the socket that is meant.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        if self.socket.as_os_str().is_empty() {
            default_socket()
        } else {
            self.socket.clone()
        }
    }
}
