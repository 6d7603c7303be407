//! Documents, their chunks, and what is not searchable.

use serde::{Deserialize, Serialize};

use crate::ids::{ContentHash, DocumentId, JobId, Timestamp};
use crate::job::{PageRequest, Stage};
use crate::place::Place;
use crate::search::Condition;
use crate::text::{PathBytes, Private};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentState {
    /// Searchable.
    Active,
    /// Never became searchable; see the gaps.
    Failed,
    /// Searchable in an older version; the newest content could not be read.
    Stale,
}

impl DocumentState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Stale => "stale",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentView {
    pub id: DocumentId,
    pub collection: String,
    /// Path below the source, or the name of an upload.
    pub path: PathBytes,
    /// Where it comes from: an absolute path, or `upload:NAME`.
    pub source: PathBytes,
    pub state: DocumentState,
    /// Counts the contents this document has had.
    pub version: u32,
    pub content: ContentHash,
    pub bytes: u64,
    pub pages: Option<u32>,
    pub chunks: u64,
    pub title: Option<Private<String>>,
    pub language: Option<String>,
    /// Names and values that it, or somebody, says of it: `author`, `date`, `tag` and others.
    pub facts: Vec<(String, Private<String>)>,
    pub updated_at: Timestamp,
    /// Secrets that were replaced in its text.
    pub secrets: u32,
}

/// Names a document by id, or by path within a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentRef {
    Id(DocumentId),
    Path {
        collection: Option<String>,
        path: PathBytes,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentListRequest {
    pub collection: Option<String>,
    /// Glob on the path.
    pub path: Option<String>,
    pub conditions: Vec<Condition>,
    pub page: PageRequest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkListRequest {
    pub document: DocumentRef,
    pub page: PageRequest,
}

/// Names a text that somebody wants to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCatRequest {
    pub document: DocumentRef,
    /// Absent: the active one.
    pub version: Option<u32>,
}

impl From<DocumentRef> for DocumentCatRequest {
    fn from(document: DocumentRef) -> Self {
        let version = None;
        Self { document, version }
    }
}

/// Names a page that somebody wants to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentPageRequest {
    pub document: DocumentRef,
    /// Absent: the active one.
    pub version: Option<u32>,
    /// From 1.
    pub page: u32,
    /// Pixels of the longer side, at most.
    pub side: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkView {
    pub ordinal: u32,
    pub text: Private<String>,
    pub place: Place,
    pub heading: Option<Private<String>>,
    /// Of a program: what the passage has, and first what it goes on with.
    pub symbols: Vec<Symbol>,
}

/// A named item of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// The names from the outermost item to its own.
    pub path: Private<String>,
    /// A stable word, such as `function` or `struct`.
    pub kind: String,
    /// What declares it, on one line.
    pub signature: Private<String>,
    /// Of the item as a whole, without the comments above; from 1, the end is included.
    pub line_start: u32,
    pub line_end: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRemoved {
    pub id: DocumentId,
    pub path: PathBytes,
    pub chunks: u64,
}

/// The contents that a document has had, as far as they are remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVersions {
    pub id: DocumentId,
    pub path: PathBytes,
    /// The newest content, where it could not be read.
    pub unread: Option<GapView>,
    /// The active one, and those before it.
    pub versions: Vec<VersionView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    pub number: u32,
    pub state: VersionState,
    pub content: ContentHash,
    pub bytes: u64,
    pub since: Timestamp,
    /// When another took its place.
    pub until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionState {
    /// Searchable.
    Active,
    /// Replaced, and can be read still.
    Kept,
    /// Its bytes are not kept any more.
    Gone,
}

impl VersionState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Kept => "kept",
            Self::Gone => "gone",
        }
    }
}

/// Something that was submitted and is not searchable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapView {
    pub path: PathBytes,
    pub collection: String,
    pub stage: Stage,
    /// The rule that left it out, or the stable word of the error.
    pub rule: String,
    pub code: String,
    pub reason: String,
    pub bytes: Option<u64>,
    pub job: Option<JobId>,
    pub at: Timestamp,
}

/// Which gaps are meant. Empty fields do not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapFilter {
    pub collection: Option<String>,
    /// Found by this job last.
    pub job: Option<JobId>,
    pub codes: Vec<String>,
    pub stages: Vec<Stage>,
    /// Paths or sources, folders above them, or globs, of which one must fit.
    pub paths: Vec<PathBytes>,
    /// Also files that a rule left out on purpose, not only errors.
    pub include_skipped: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapListRequest {
    pub filter: GapFilter,
    pub page: PageRequest,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapGroupsRequest {
    pub filter: GapFilter,
    /// Gaps of each group that are wanted with it.
    pub examples: u32,
}

/// Gaps of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapGroupView {
    pub code: String,
    pub gaps: u64,
    /// As far as sizes are known.
    pub bytes: u64,
    /// Absent where they differ.
    pub stage: Option<Stage>,
    pub reason: Option<String>,
    pub examples: Vec<GapView>,
}

/// Has what is behind gaps read again, whatever is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRetryRequest {
    /// What was left out on purpose stays so.
    pub filter: GapFilter,
    /// Only say what would be done.
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRetry {
    pub jobs: Vec<GapRetryJob>,
    /// Gaps that the daemon cannot do anything about: they have to be submitted again.
    pub to_submit: u64,
    /// Some of these.
    pub examples: Vec<GapView>,
}

/// A job that reads again what is behind gaps of one collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRetryJob {
    /// Absent after a dry run.
    pub job: Option<JobId>,
    pub collection: String,
    pub gaps: u64,
    /// What is read: documents, or folders that are scanned again.
    pub sources: u64,
    /// Some of these.
    pub examples: Vec<PathBytes>,
}

/// Asks where secrets were replaced in texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretListRequest {
    pub collection: Option<String>,
    pub page: PageRequest,
}

/// A secret that was replaced in the text of a document. What it was is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretView {
    pub collection: String,
    pub document: DocumentId,
    pub path: PathBytes,
    /// From 1.
    pub line: u32,
    pub kind: String,
    /// Tells it from others. The configuration names it where it is none.
    pub mark: String,
}
