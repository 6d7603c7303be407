//! The two message types and the catalogue of requests.

use serde::{Deserialize, Serialize};

use crate::answer::{AnswerEvent, AnswerView, AskLaterRequest, AskRequest, ConversationView};
use crate::collection::{
    CollectionMoveRequest, CollectionRemoved, CollectionUpdateRequest, CollectionUpdated,
    CollectionView,
};
use crate::doctor::Finding;
use crate::document::{
    ChunkListRequest, ChunkView, DocumentCatRequest, DocumentListRequest, DocumentPageRequest,
    DocumentRef, DocumentRemoved, DocumentVersions, DocumentView, GapGroupView, GapGroupsRequest,
    GapListRequest, GapRetry, GapRetryRequest, GapView, SecretListRequest, SecretView,
};
use crate::error::ErrorReport;
use crate::health::{FsckReport, Health, Status};
use crate::ids::{ConversationId, JobId, RequestId, WatchedId};
use crate::job::{
    CancelReceipt, JobErrorView, JobEvent, JobListRequest, JobView, Page, PageRequest, Priority,
    WatchRequest,
};
use crate::limit::LimitView;
use crate::model::ModelView;
use crate::project::{ProjectRequest, ProjectView};
use crate::search::{SearchReply, SearchRequest};
use crate::submit::{
    Accepted, PlanRequest, PlanView, SubmitRequest, UploadRequest, UploadResumeRequest, Uploaded,
};
use crate::text::Private;
use crate::watched::WatchedView;
use crate::worker::{Wanted, WorkerView};

/// From a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    Request {
        id: RequestId,
        body: Request,
    },
    /// Bytes of the upload `id`, at most 256 KiB each.
    Data {
        id: RequestId,
        bytes: Private<Vec<u8>>,
    },
    DataEnd {
        id: RequestId,
    },
    /// Stop the request or stream `id`. It still ends in one `End` or `Failed`.
    Cancel {
        id: RequestId,
    },
}

/// From the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DaemonMessage {
    Reply {
        id: RequestId,
        body: Reply,
    },
    /// One element of the stream `id`.
    Item {
        id: RequestId,
        body: Item,
    },
    /// The stream `id` is over and nothing is missing.
    End {
        id: RequestId,
    },
    Failed {
        id: RequestId,
        report: ErrorReport,
    },
}

/// What a client can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    Ping,
    Plan(PlanRequest),
    Submit(SubmitRequest),
    Upload(UploadRequest),
    JobList(JobListRequest),
    JobShow(JobId),
    /// Finds the one job whose id begins or ends with the text.
    JobFind(String),
    JobCancel(JobId),
    JobRetry(JobId),
    JobPriority {
        job: JobId,
        priority: Priority,
    },
    /// The documents of a job (or of all jobs) that ended in an error.
    JobErrors {
        job: Option<JobId>,
        page: PageRequest,
    },
    /// Forgets a job that has ended.
    JobRemove(JobId),
    /// A stream of [`Item::Job`].
    Watch(WatchRequest),
    QueuePause,
    QueueResume,
    Search(SearchRequest),
    CollectionList(PageRequest),
    CollectionShow(String),
    CollectionCreate(String),
    CollectionRemove(String),
    DocumentList(DocumentListRequest),
    DocumentShow(DocumentRef),
    DocumentChunks(ChunkListRequest),
    /// The extracted text, as a stream of [`Item::Bytes`].
    DocumentCat(DocumentCatRequest),
    DocumentRemove(DocumentRef),
    Status,
    Health,
    Gaps(GapListRequest),
    /// Compares ledger, index and blobs both ways; with `deep`, hashes every blob.
    Fsck {
        deep: bool,
    },
    /// A stream of [`Item::Answer`]; cancelling it stops the model.
    Ask(AskRequest),
    AskLater(AskLaterRequest),
    /// The answer that a job of [`Request::AskLater`] ended with.
    JobResult(JobId),
    ConversationList(PageRequest),
    /// The turns of a conversation, oldest first.
    ConversationShow {
        conversation: ConversationId,
        page: PageRequest,
    },
    ConversationRemove(ConversationId),
    CollectionUpdate(CollectionUpdateRequest),
    ModelList,
    /// Answered like [`Request::CollectionUpdate`].
    CollectionMove(CollectionMoveRequest),
    WorkerList,
    /// Has a worker rest, go on, or stop; answered with the worker as it is then.
    WorkerWant {
        name: String,
        wanted: Wanted,
    },
    /// Tries everything that the daemon needs.
    Doctor,
    /// Lists how much the daemon takes.
    Limits,
    /// Groups gaps by their cause, the largest group first.
    GapGroups(GapGroupsRequest),
    GapRetry(GapRetryRequest),
    /// The picture of a page as JPEG, as a stream of [`Item::Bytes`].
    DocumentPage(DocumentPageRequest),
    /// Lists the contents that a document has had.
    DocumentVersions(DocumentRef),
    /// A stream of one [`Item::UploadFrom`]; then the client sends what is missing.
    UploadResume(UploadResumeRequest),
    /// Puts together what the programs of a collection say of themselves.
    Project(ProjectRequest),
    /// Lists the secrets that were replaced in texts.
    Secrets(SecretListRequest),
    /// Lists the sources that are watched.
    WatchedList,
    /// Watches a source no more; what is searchable of it stays.
    WatchedEnd(WatchedId),
}

/// The one answer to a request that is not a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The request is done and there is nothing to say.
    Done,
    Plan(Box<PlanView>),
    Accepted(Accepted),
    Uploaded(Uploaded),
    Job(Box<JobView>),
    JobId(JobId),
    Jobs(Page<JobView>),
    JobErrors(Page<JobErrorView>),
    Cancelled(CancelReceipt),
    Search(SearchReply),
    Collection(CollectionView),
    Collections(Page<CollectionView>),
    CollectionRemoved(CollectionRemoved),
    Document(Box<DocumentView>),
    Documents(Page<DocumentView>),
    Chunks(Page<ChunkView>),
    DocumentRemoved(DocumentRemoved),
    Status(Box<Status>),
    Health(Health),
    Gaps(Page<GapView>),
    Fsck(FsckReport),
    Answer(Box<AnswerView>),
    Conversations(Page<ConversationView>),
    Conversation(Page<AnswerView>),
    CollectionUpdated(Box<CollectionUpdated>),
    Models(Vec<ModelView>),
    Workers(Vec<WorkerView>),
    Worker(WorkerView),
    Findings(Vec<Finding>),
    Limits(Vec<LimitView>),
    GapGroups(Page<GapGroupView>),
    GapRetry(GapRetry),
    DocumentVersions(DocumentVersions),
    Project(Box<ProjectView>),
    Secrets(Page<SecretView>),
    Watched(Vec<WatchedView>),
}

/// One element of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    Job(JobEvent),
    Bytes(Private<Vec<u8>>),
    Answer(AnswerEvent),
    /// So many bytes of the upload are here and durable; the client goes on behind them.
    UploadFrom(u64),
}
