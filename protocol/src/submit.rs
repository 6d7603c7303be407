//! Handing in sources: what, how, and what it would do.

use serde::{Deserialize, Serialize};

use crate::ids::{ContentHash, JobId, PlanId, Timestamp};
use crate::job::Priority;
use crate::text::{PathBytes, Private};

/// Where documents come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Files and folders on the daemon's machine, absolute. Only for the daemon's own user.
    Paths(Vec<PathBytes>),
    /// Documents whose bytes were uploaded before.
    Uploads(Vec<UploadedDocument>),
    /// A repository, which the daemon fetches. By ssh or with tokens only for its own user.
    Git(Box<GitSource>),
    /// A page or file of the web by its address, as somebody typed it; the daemon fetches it.
    Web(Private<String>),
}

/// Which files of which repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitSource {
    /// As somebody typed it: what should not be in it may be.
    pub address: Private<String>,
    /// A branch, a tag, or a commit by all of its hash; absent: what the repository shows first.
    pub reference: Option<String>,
    /// Commits that come along, the wanted one included; 0: all.
    pub depth: u32,
    /// The folder that is wanted; absent: all.
    pub subdir: Option<PathBytes>,
}

/// One document of [`Source::Uploads`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedDocument {
    /// Name within the collection; a later upload of the same name replaces it.
    pub name: PathBytes,
    pub content: ContentHash,
    pub bytes: u64,
}

/// How a source is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRules {
    /// Globs of which a file must fit one, if there are any.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Respect `.gitignore`, `.ignore` and `.ragignore`.
    pub ignore_files: bool,
    pub hidden: bool,
    /// Larger files are skipped; absent: the daemon's limit.
    pub max_file_bytes: Option<u64>,
    /// Delete documents of the source whose files are gone.
    pub delete_missing: bool,
    /// Delete even when more than 30 % would vanish.
    pub force_delete: bool,
    /// Names and values to say of every document, in place of what was said before; empty: nothing.
    pub facts: Vec<(String, Private<String>)>,
}

impl Default for SourceRules {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            ignore_files: true,
            hidden: false,
            max_file_bytes: None,
            delete_missing: false,
            force_delete: false,
            facts: Vec::new(),
        }
    }
}

/// Asks what a submit would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    pub collection: String,
    pub source: Source,
    pub rules: SourceRules,
    /// How many entries of the plan are sent back, at most.
    pub sample: u32,
}

/// What a submit would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    pub id: PlanId,
    pub collection: String,
    pub creates_collection: bool,
    pub add: PlanSum,
    pub update: PlanSum,
    pub delete: PlanSum,
    pub unchanged: PlanSum,
    /// By rule, most files first.
    pub skipped: Vec<(String, PlanSum)>,
    /// Files or folders that could not be read, with the reason.
    pub unreadable: Vec<(PathBytes, String)>,
    /// Set when the deletes are held back, with the reason.
    pub delete_guard: Option<String>,
    pub entries: Vec<PlanEntry>,
    /// Whether `entries` holds all of them.
    pub entries_complete: bool,
    pub expires_at: Timestamp,
    pub estimate: PlanEstimate,
}

/// What a plan takes. All of it is about so much, from sizes and from what jobs took before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEstimate {
    pub chunks: u64,
    pub seconds: u64,
    /// Of the daemon and its children, at most.
    pub memory_bytes: u64,
    pub disk_bytes: u64,
    /// Where a server makes the vectors.
    pub embedding: Option<PlanEmbedding>,
}

/// What a server of a model is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEmbedding {
    pub model: String,
    pub tokens: u64,
    /// Of the currency in which the configuration says what a model costs; none: it does not.
    pub cents: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSum {
    pub files: u64,
    pub bytes: u64,
}

/// One file of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEntry {
    pub path: PathBytes,
    pub bytes: u64,
    pub action: PlanAction,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanAction {
    Add,
    Update,
    Delete,
    Unchanged,
    Skip { rule: String },
}

/// Where the parts of a job run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Runtime {
    /// By the daemon and its workers.
    #[default]
    Local,
    /// Each in a container of its own.
    Docker,
    /// Each in a Job of its own.
    Kubernetes,
    /// Each as a job of AWS Batch.
    AwsBatch,
}

impl Runtime {
    pub const ALL: [Self; 4] = [Self::Local, Self::Docker, Self::Kubernetes, Self::AwsBatch];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
            Self::AwsBatch => "aws-batch",
        }
    }
}

/// Puts a job into the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitRequest {
    pub job: JobId,
    pub work: SubmitWork,
    pub priority: Priority,
    /// A word of the caller for this request; the same word later means the same job.
    pub idempotency_key: Option<String>,
    /// Do not join an equal job that still waits.
    pub force: bool,
    pub runtime: Runtime,
}

/// What the job is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubmitWork {
    Ingest {
        collection: String,
        source: Source,
        rules: SourceRules,
    },
    /// Run a plan as it was shown.
    Plan(PlanId),
    /// Do nothing, to measure the queue.
    Probe,
    /// Take a source in, deletes included, and whatever changes in it from then on.
    Watch {
        collection: String,
        source: Source,
        rules: SourceRules,
    },
}

/// The job is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The job that does the work: an older one when `deduplicated`.
    pub job: JobId,
    pub deduplicated: bool,
    pub created_collection: bool,
    pub collection: Option<String>,
}

/// Announces the bytes of one document; `Data` frames and `DataEnd` follow under the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRequest {
    /// What the bytes must hash to, where the client knows.
    pub expected: Option<ContentHash>,
}

/// Announces one document that the client can read again, or goes on with it after a cut.
///
/// The daemon says with [`crate::Item::UploadFrom`] from where on it wants the bytes, also when it
/// has them all. They follow under the same id as for [`UploadRequest`], and the `End` of the
/// stream says that the whole is durable and has this hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadResumeRequest {
    pub content: ContentHash,
    pub bytes: u64,
}

/// The bytes are durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    pub content: ContentHash,
    pub bytes: u64,
}
