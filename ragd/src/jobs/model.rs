//! What jobs and parts consist of.

use serde::{Deserialize, Serialize};

use super::state::{Done, PartCounts};
use crate::config::{self, IndexKind, RuntimeKind};
use crate::ids::{
    CollectionId, ContentHash, ConversationId, DocumentId, JobId, Timestamp, WatchedId,
};
use crate::ledger::{Condition, Fact};

/// Where a job stands. The numbers are stored; from 10 on a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum JobState {
    Queued = 0,
    Running = 1,
    Retrying = 2,
    Parked = 3,
    Cancelling = 4,
    Finished = 10,
    Failed = 11,
    Dead = 12,
    Cancelled = 13,
}

impl JobState {
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Running,
        Self::Retrying,
        Self::Parked,
        Self::Cancelling,
        Self::Finished,
        Self::Failed,
        Self::Dead,
        Self::Cancelled,
    ];

    #[must_use]
    pub fn is_end(self) -> bool {
        self as u8 >= 10
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Parked => "parked",
            Self::Cancelling => "cancelling",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a running part does. The numbers are stored with gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Stage {
    Saving = 0,
    Planning = 1,
    Extracting = 2,
    Chunking = 3,
    Embedding = 4,
    Storing = 5,
    Activating = 6,
    Searching = 7,
    Answering = 8,
}

impl Stage {
    pub const ALL: [Self; 9] = [
        Self::Saving,
        Self::Planning,
        Self::Extracting,
        Self::Chunking,
        Self::Embedding,
        Self::Storing,
        Self::Activating,
        Self::Searching,
        Self::Answering,
    ];
}

/// How soon a job is taken, compared with others of the same user.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Top,
}

impl Priority {
    /// Returns the time that a level is worth: a job that waited so much longer goes first.
    ///
    /// Because waiting counts, the order of two jobs never changes while they wait, and a low
    /// priority never starves.
    #[must_use]
    pub fn head_start_ms(self) -> i64 {
        const LEVEL: i64 = 5 * 60_000;
        match self {
            Self::Low => 0,
            Self::Normal => LEVEL,
            Self::High => 2 * LEVEL,
            Self::Top => 12 * LEVEL,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    Ingest,
    Probe,
    Ask,
    Embed,
    Move,
    /// Take in what changed of a watched source.
    Watch,
}

/// The data of every kind of job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    Ingest(IngestWork),
    /// Nothing, to measure the queue.
    Probe,
    Ask(AskWork),
    Embed(EmbedWork),
    Move(MoveWork),
}

impl Work {
    #[must_use]
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Ingest(work) if work.watched.is_some() => JobKind::Watch,
            Self::Ingest(_) => JobKind::Ingest,
            Self::Probe => JobKind::Probe,
            Self::Ask(_) => JobKind::Ask,
            Self::Embed(_) => JobKind::Embed,
            Self::Move(_) => JobKind::Move,
        }
    }

    /// Returns where the parts of the job run.
    #[must_use]
    pub fn runtime(&self) -> RuntimeKind {
        match self {
            Self::Ingest(work) => work.runtime,
            Self::Probe | Self::Ask(_) | Self::Embed(_) | Self::Move(_) => RuntimeKind::Local,
        }
    }

    /// Returns the name of the collection that the job is about.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        match self {
            Self::Ingest(work) => Some(&work.collection),
            // A question does not make the collection that it is about.
            Self::Probe | Self::Ask(_) => None,
            Self::Embed(work) => Some(&work.collection),
            Self::Move(work) => Some(&work.collection),
        }
    }
}

/// Make the vectors of a collection that a model lacks. One that does not serve yet does so then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedWork {
    pub collection: String,
    pub model: String,
}

/// Move a collection to another index, while the one where it is serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveWork {
    pub collection: String,
    pub to: IndexKind,
}

/// Answer a question.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskWork {
    pub question: String,
    /// Absent: all collections.
    pub collection: Option<String>,
    pub paths: Vec<String>,
    pub languages: Vec<String>,
    #[serde(default)]
    pub conditions: Vec<Condition>,
    pub passages: u32,
    pub model: Option<String>,
    /// Absent: nothing is kept but the answer; `Some(None)`: it begins a conversation.
    pub thread: Option<Option<ConversationId>>,
    /// Whose conversation it is.
    pub uid: u32,
}

impl std::fmt::Debug for AskWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What was asked belongs into no log.
        f.debug_struct("AskWork")
            .field("question", &self.question.len())
            .finish_non_exhaustive()
    }
}

/// Take in a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestWork {
    pub collection: String,
    pub source: Source,
    pub rules: Rules,
    /// Where its parts run. Not written where it says nothing new: equal requests stay equal to
    /// those that were stored before there was a choice.
    #[serde(default, skip_serializing_if = "RuntimeKind::is_local")]
    pub runtime: RuntimeKind,
    /// Somebody asked for each of its documents by itself, as it is a gap or has some: it is read,
    /// whatever is known of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// The watched source of which it is a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched: Option<WatchedId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Paths(Vec<WorkPath>),
    Uploads(Vec<Upload>),
    Git(GitSource),
    Web(WebSource),
}

/// A commit of a repository that is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitSource {
    /// Checked, and written in one way.
    pub address: String,
    /// `HEAD`, or the name of a branch, a tag or a commit.
    pub reference: String,
    /// 0: all commits.
    pub depth: u32,
    /// The folder that is wanted, without slashes at its ends; empty: all.
    pub subdir: WorkPath,
    /// The keys and tokens of the daemon's user may be used.
    pub own: bool,
}

impl GitSource {
    /// Returns what the sources of all its documents begin with.
    ///
    /// No address has an `@` in its path, and no reference a colon, so two that differ never meet.
    #[must_use]
    pub fn top(&self) -> Vec<u8> {
        format!("git:{}@{}:", self.address, self.reference).into_bytes()
    }

    /// Returns the root of what is wanted.
    #[must_use]
    pub fn root(&self) -> Vec<u8> {
        match self.subdir.as_bytes() {
            b"" => self.top(),
            subdir => [&self.top(), b"/".as_slice(), subdir].concat(),
        }
    }

    /// Returns what a person calls it.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = format!("git:{}", self.address);
        if self.reference != "HEAD" {
            name.push('@');
            name.push_str(&self.reference);
        }
        if !self.subdir.as_bytes().is_empty() {
            name.push_str(":/");
            name.push_str(&String::from_utf8_lossy(self.subdir.as_bytes()));
        }
        name
    }
}

/// A page or a file that is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSource {
    /// Checked, and written in one way.
    pub address: String,
}

impl WebSource {
    /// What the source of its document begins with.
    pub const SCHEME: &str = "web:";

    /// Returns the source under which the ledger knows the document.
    #[must_use]
    pub fn source(&self) -> Vec<u8> {
        [Self::SCHEME, &self.address].concat().into_bytes()
    }

    /// Returns what people see: the address without its scheme.
    #[must_use]
    pub fn path(&self) -> Vec<u8> {
        let (_, path) = self
            .address
            .split_once("://")
            .unwrap_or(("", &self.address));
        path.trim_end_matches('/').as_bytes().to_vec()
    }
}

/// A document that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub name: WorkPath,
    pub content: ContentHash,
    pub bytes: u64,
    /// What [`crate::ledger::Ledger::observe`] said when it was handed in, if that was for an
    /// earlier job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<i64>,
    /// It is the overview that the daemon wrote of the programs of the collection.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub project: bool,
}

impl Upload {
    /// What the source of an overview begins with.
    pub const PROJECT: &[u8] = b"project:";

    /// Returns the source under which the ledger knows the document.
    #[must_use]
    pub fn source(&self) -> Vec<u8> {
        let kind = match self.project {
            true => Self::PROJECT,
            false => b"upload:",
        };
        [kind, self.name.as_bytes()].concat()
    }
}

/// How a source is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub ignore_files: bool,
    pub hidden: bool,
    pub max_file_bytes: u64,
    pub delete_missing: bool,
    pub force_delete: bool,
    /// What is said of all documents that are taken in; empty: nothing new.
    #[serde(default)]
    pub facts: Vec<Fact>,
}

/// A path in stored JSON: text where it is UTF-8, else its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WorkPath {
    Text(String),
    Bytes(Vec<u8>),
}

impl WorkPath {
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for WorkPath {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
    }
}

impl From<&[u8]> for WorkPath {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

/// What one part is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartWork {
    /// Everything, beginning with finding out what there is.
    Whole,
    /// These files, already found to be new or changed.
    Files(Vec<FileEntry>),
    /// Documents of these sources are gone, as was observed under that number.
    Deletes {
        observed: i64,
        sources: Vec<WorkPath>,
    },
    /// Files of this version of an archive, which was observed under that number.
    Members {
        archive: DocumentId,
        version: u64,
        observed: i64,
        files: Vec<MemberEntry>,
    },
}

/// One file of [`PartWork::Members`]. Its content is kept for the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEntry {
    pub source: WorkPath,
    pub path: WorkPath,
    pub content: ContentHash,
    pub bytes: u64,
}

/// One file of [`PartWork::Files`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub source: WorkPath,
    /// Path below the root it was found under.
    pub path: WorkPath,
    pub bytes: u64,
    /// What a `.gitattributes` says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// Where it is not on the disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<BlobEntry>,
}

/// A content of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobEntry {
    /// As git names it.
    pub id: String,
    /// What [`crate::ledger::Ledger::observe`] said before its commit was looked for: the content
    /// is as old as that, whenever it is read.
    pub observed: i64,
    /// What is known of it beside its content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

/// A job to be stored.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: JobId,
    pub uid: u32,
    /// May use collections of others.
    pub admin: bool,
    pub work: Work,
    pub priority: Priority,
    /// What a person calls it.
    pub source: String,
    /// Names the request: an equal one that still waits is joined.
    pub dedup: Option<[u8; 32]>,
    /// A word of the caller.
    pub key: Option<String>,
    /// Names the request for `key`.
    pub fingerprint: [u8; 32],
    /// Bytes of work, about; 0 if unknown.
    pub cost: u64,
    /// Parts of a plan that was made before; empty: the job plans itself.
    pub parts: Vec<(PartWork, u64)>,
    /// What the plan found already.
    pub totals: Totals,
    pub planned: Done,
}

impl NewJob {
    /// Returns a job that makes what a model lacks.
    #[must_use]
    pub fn of_vectors(id: JobId, uid: u32, collection: &str, model: &str) -> Self {
        let work = Work::Embed(EmbedWork {
            collection: collection.to_owned(),
            model: model.to_owned(),
        });
        Self::of_upkeep(id, uid, work, format!("vectors by {model}"))
    }

    /// Returns a job that makes an overview searchable.
    #[must_use]
    pub fn of_overview(
        id: JobId,
        uid: u32,
        collection: &str,
        overview: Upload,
        max_file_bytes: u64,
    ) -> Self {
        let work = Work::Ingest(IngestWork {
            collection: collection.to_owned(),
            source: Source::Uploads(vec![overview]),
            rules: Rules {
                max_file_bytes,
                ..Rules::default()
            },
            runtime: RuntimeKind::Local,
            again: false,
            watched: None,
        });
        // One that waits has another content, or is older.
        Self {
            dedup: None,
            priority: Priority::Low,
            ..Self::of_upkeep(id, uid, work, "project overview".to_owned())
        }
    }

    /// Returns a job that moves a collection to another index.
    #[must_use]
    pub fn of_move(id: JobId, uid: u32, collection: &str, to: IndexKind) -> Self {
        let work = Work::Move(MoveWork {
            collection: collection.to_owned(),
            to,
        });
        Self::of_upkeep(id, uid, work, format!("move to {}", to.as_str()))
    }

    /// Returns a job that makes something of what is there. One that waits already does it.
    fn of_upkeep(id: JobId, uid: u32, work: Work, source: String) -> Self {
        let name = serde_json::to_vec(&work).expect("work is plain data");
        let ContentHash(fingerprint) = crate::ids::content_hash(&name);
        Self {
            id,
            uid,
            admin: true,
            work,
            priority: Priority::Normal,
            source,
            dedup: Some(fingerprint),
            key: None,
            fingerprint,
            cost: 0,
            parts: Vec::new(),
            totals: Totals::default(),
            planned: Done::default(),
        }
    }
}

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub seq: i64,
    pub uid: u32,
    pub work: std::sync::Arc<Work>,
    pub collection: Option<CollectionId>,
    pub source: String,
    pub priority: Priority,
    pub key: Option<String>,
    /// From the ledger's counter of observations: what was handed in is as old as that.
    pub accepted: i64,
    pub state: JobState,
    pub counts: PartCounts,
    pub cancelling: bool,
    /// The most attempts and stalls of any part.
    pub attempts: u32,
    pub stalls: u32,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub retry_at: Option<Timestamp>,
    pub parked_for: Option<String>,
    pub last_error: Option<Failure>,
    pub totals: Totals,
    pub done: Done,
    /// Documents that became searchable or were deleted, for the receipt of a cancel.
    pub kept: u64,
}

/// What a job did, counted in documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub added: u64,
    pub updated: u64,
    pub deleted: u64,
    pub unchanged: u64,
    pub failed: u64,
    /// By rule.
    pub skipped: std::collections::BTreeMap<String, u64>,
    /// Documents whose files are gone and which were not deleted all the same.
    #[serde(default)]
    pub held_back: u64,
    /// Secrets that were replaced in texts.
    #[serde(default)]
    pub redacted: u64,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        self.held_back += other.held_back;
        self.redacted += other.redacted;
        self.added += other.added;
        self.updated += other.updated;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.failed += other.failed;
        for (rule, count) in &other.skipped {
            *self.skipped.entry(rule.clone()).or_default() += count;
        }
    }
}

/// Why a run ended in an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word.
    pub code: String,
    pub message: String,
    pub causes: Vec<String>,
    /// What a person can do.
    pub hint: Option<String>,
    pub retry: Retry,
}

impl Failure {
    #[must_use]
    pub fn panicked(panic: &str) -> Self {
        Self {
            code: "internal".to_owned(),
            message: "the work panicked".to_owned(),
            causes: vec![panic.to_owned()],
            hint: Some("this is a bug in ragd: its log has the place".to_owned()),
            retry: Retry::Backoff { after_ms: None },
        }
    }
}

/// Whether another run makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retry {
    Never,
    /// Its workers vanished elsewhere, as often as they may: the part is dead.
    Spent,
    /// After a backoff, or after what the other side asked for.
    Backoff {
        after_ms: Option<u64>,
    },
    /// When the dependency is back; not counted as an attempt.
    When {
        dependency: String,
    },
}

/// The numbers by which transitions are decided.
#[derive(Clone, Debug)]
pub struct Policy {
    pub max_queued: u64,
    pub max_queued_per_user: u64,
    pub max_attempts: u32,
    pub max_stalls: u32,
    /// Starts of the daemon that may find a part running; a part that kills its daemon ends here.
    pub max_deaths: u32,
    pub retry_min_ms: u64,
    pub retry_max_ms: u64,
    /// The longest `Retry-After` that is obeyed.
    pub retry_after_max_ms: u64,
    pub lease_ms: u64,
    /// Serves the collections that a job makes.
    pub new_model: String,
    /// Where new collections are.
    pub new_home: IndexKind,
}

impl From<&config::Config> for Policy {
    fn from(config: &config::Config) -> Self {
        let new_model = config.embed.model.clone();
        let new_home = config.index.kind();
        let config = &config.queue;
        Self {
            new_model,
            new_home,
            max_queued: config.max_queued,
            max_queued_per_user: config.max_queued_per_user,
            max_attempts: config.max_attempts,
            max_stalls: config.max_stalls,
            max_deaths: 20,
            retry_min_ms: config.retry_min_ms,
            retry_max_ms: config.retry_max_ms,
            retry_after_max_ms: 3_600_000,
            lease_ms: config.lease_ms,
        }
    }
}
