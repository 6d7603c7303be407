//! One method for each request that has one reply.

use protocol::answer::{AnswerView, AskLaterRequest, ConversationView};
use protocol::collection::{
    CollectionMoveRequest, CollectionRemoved, CollectionUpdateRequest, CollectionUpdated,
    CollectionView,
};
use protocol::doctor::Finding;
use protocol::document::{
    ChunkListRequest, ChunkView, DocumentListRequest, DocumentRef, DocumentRemoved,
    DocumentVersions, DocumentView, GapGroupView, GapGroupsRequest, GapListRequest, GapRetry,
    GapRetryRequest, GapView, SecretListRequest, SecretView,
};
use protocol::health::{FsckReport, Health, Status};
use protocol::job::{
    CancelReceipt, JobErrorView, JobListRequest, JobView, Page, PageRequest, Priority,
};
use protocol::limit::LimitView;
use protocol::model::ModelView;
use protocol::project::{ProjectRequest, ProjectView};
use protocol::search::{SearchReply, SearchRequest};
use protocol::submit::{Accepted, PlanRequest, PlanView, SubmitRequest};
use protocol::watched::WatchedView;
use protocol::worker::{Wanted, WorkerView};
use protocol::{ConversationId, ErrorCode, ErrorReport, JobId, Reply, Request, WatchedId};

use super::{Client, QUICK};

/// Sends `$request` and takes the one kind of reply that belongs to it.
macro_rules! ask {
    ($client:expr, $limit:expr, $request:expr, $reply:pat => $value:expr) => {
        match $client.call($request).await?.reply($limit).await? {
            $reply => Ok($value),
            other => Err(unexpected(&other)),
        }
    };
}

impl Client {
    pub async fn ping(&self) -> Result<(), ErrorReport> {
        ask!(self, Some(QUICK), Request::Ping, Reply::Done => ())
    }

    /// A plan walks the whole source, which has no useful limit.
    pub async fn plan(&self, request: PlanRequest) -> Result<PlanView, ErrorReport> {
        ask!(self, None, Request::Plan(request), Reply::Plan(plan) => *plan)
    }

    pub async fn submit(&self, request: SubmitRequest) -> Result<Accepted, ErrorReport> {
        ask!(self, Some(QUICK), Request::Submit(request), Reply::Accepted(accepted) => accepted)
    }

    pub async fn job_list(&self, request: JobListRequest) -> Result<Page<JobView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::JobList(request), Reply::Jobs(page) => page)
    }

    pub async fn job_show(&self, job: JobId) -> Result<JobView, ErrorReport> {
        ask!(self, Some(QUICK), Request::JobShow(job), Reply::Job(job) => *job)
    }

    pub async fn job_find(&self, text: String) -> Result<JobId, ErrorReport> {
        ask!(self, Some(QUICK), Request::JobFind(text), Reply::JobId(job) => job)
    }

    pub async fn job_cancel(&self, job: JobId) -> Result<CancelReceipt, ErrorReport> {
        ask!(self, Some(QUICK), Request::JobCancel(job), Reply::Cancelled(receipt) => receipt)
    }

    pub async fn job_retry(&self, job: JobId) -> Result<JobView, ErrorReport> {
        self.changed(Request::JobRetry(job), job).await
    }

    pub async fn job_priority(
        &self,
        job: JobId,
        priority: Priority,
    ) -> Result<JobView, ErrorReport> {
        self.changed(Request::JobPriority { job, priority }, job)
            .await
    }

    pub async fn job_errors(
        &self,
        job: Option<JobId>,
        page: PageRequest,
    ) -> Result<Page<JobErrorView>, ErrorReport> {
        let request = Request::JobErrors { job, page };
        ask!(self, Some(QUICK), request, Reply::JobErrors(page) => page)
    }

    pub async fn job_remove(&self, job: JobId) -> Result<(), ErrorReport> {
        ask!(self, Some(QUICK), Request::JobRemove(job), Reply::Done => ())
    }

    pub async fn queue_pause(&self) -> Result<(), ErrorReport> {
        ask!(self, Some(QUICK), Request::QueuePause, Reply::Done => ())
    }

    pub async fn queue_resume(&self) -> Result<(), ErrorReport> {
        ask!(self, Some(QUICK), Request::QueueResume, Reply::Done => ())
    }

    pub async fn search(&self, request: SearchRequest) -> Result<SearchReply, ErrorReport> {
        ask!(self, Some(QUICK), Request::Search(request), Reply::Search(reply) => reply)
    }

    pub async fn collection_list(
        &self,
        page: PageRequest,
    ) -> Result<Page<CollectionView>, ErrorReport> {
        let request = Request::CollectionList(page);
        ask!(self, Some(QUICK), request, Reply::Collections(page) => page)
    }

    pub async fn collection_show(&self, name: String) -> Result<CollectionView, ErrorReport> {
        let request = Request::CollectionShow(name);
        ask!(self, Some(QUICK), request, Reply::Collection(collection) => collection)
    }

    pub async fn collection_create(&self, name: String) -> Result<CollectionView, ErrorReport> {
        let request = Request::CollectionCreate(name);
        ask!(self, Some(QUICK), request, Reply::Collection(collection) => collection)
    }

    pub async fn collection_remove(&self, name: String) -> Result<CollectionRemoved, ErrorReport> {
        let request = Request::CollectionRemove(name);
        ask!(self, Some(QUICK), request, Reply::CollectionRemoved(removed) => removed)
    }

    pub async fn collection_update(
        &self,
        request: CollectionUpdateRequest,
    ) -> Result<CollectionUpdated, ErrorReport> {
        let request = Request::CollectionUpdate(request);
        ask!(self, Some(QUICK), request, Reply::CollectionUpdated(updated) => *updated)
    }

    pub async fn collection_move(
        &self,
        request: CollectionMoveRequest,
    ) -> Result<CollectionUpdated, ErrorReport> {
        let request = Request::CollectionMove(request);
        ask!(self, Some(QUICK), request, Reply::CollectionUpdated(updated) => *updated)
    }

    pub async fn model_list(&self) -> Result<Vec<ModelView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::ModelList, Reply::Models(models) => models)
    }

    pub async fn worker_list(&self) -> Result<Vec<WorkerView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::WorkerList, Reply::Workers(workers) => workers)
    }

    /// Returns the worker as it is then.
    pub async fn worker_want(
        &self,
        name: String,
        wanted: Wanted,
    ) -> Result<WorkerView, ErrorReport> {
        let request = Request::WorkerWant { name, wanted };
        ask!(self, Some(QUICK), request, Reply::Worker(worker) => worker)
    }

    pub async fn watched_list(&self) -> Result<Vec<WatchedView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::WatchedList, Reply::Watched(sources) => sources)
    }

    pub async fn watched_end(&self, source: WatchedId) -> Result<(), ErrorReport> {
        ask!(self, Some(QUICK), Request::WatchedEnd(source), Reply::Done => ())
    }

    pub async fn limits(&self) -> Result<Vec<LimitView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::Limits, Reply::Limits(limits) => limits)
    }

    pub async fn project(&self, request: ProjectRequest) -> Result<ProjectView, ErrorReport> {
        ask!(self, None, Request::Project(request), Reply::Project(project) => *project)
    }

    pub async fn doctor(&self) -> Result<Vec<Finding>, ErrorReport> {
        ask!(self, Some(QUICK), Request::Doctor, Reply::Findings(findings) => findings)
    }

    pub async fn ask_later(&self, request: AskLaterRequest) -> Result<Accepted, ErrorReport> {
        ask!(self, Some(QUICK), Request::AskLater(request), Reply::Accepted(accepted) => accepted)
    }

    /// Returns the answer of a job that has ended.
    pub async fn job_result(&self, job: JobId) -> Result<AnswerView, ErrorReport> {
        ask!(self, Some(QUICK), Request::JobResult(job), Reply::Answer(answer) => *answer)
    }

    pub async fn conversation_list(
        &self,
        page: PageRequest,
    ) -> Result<Page<ConversationView>, ErrorReport> {
        let request = Request::ConversationList(page);
        ask!(self, Some(QUICK), request, Reply::Conversations(page) => page)
    }

    pub async fn conversation_show(
        &self,
        conversation: ConversationId,
        page: PageRequest,
    ) -> Result<Page<AnswerView>, ErrorReport> {
        let request = Request::ConversationShow { conversation, page };
        ask!(self, Some(QUICK), request, Reply::Conversation(page) => page)
    }

    pub async fn conversation_remove(
        &self,
        conversation: ConversationId,
    ) -> Result<(), ErrorReport> {
        let request = Request::ConversationRemove(conversation);
        ask!(self, Some(QUICK), request, Reply::Done => ())
    }

    pub async fn document_list(
        &self,
        request: DocumentListRequest,
    ) -> Result<Page<DocumentView>, ErrorReport> {
        let request = Request::DocumentList(request);
        ask!(self, Some(QUICK), request, Reply::Documents(page) => page)
    }

    pub async fn document_show(&self, document: DocumentRef) -> Result<DocumentView, ErrorReport> {
        let request = Request::DocumentShow(document);
        ask!(self, Some(QUICK), request, Reply::Document(document) => *document)
    }

    pub async fn document_versions(
        &self,
        document: DocumentRef,
    ) -> Result<DocumentVersions, ErrorReport> {
        let request = Request::DocumentVersions(document);
        ask!(self, Some(QUICK), request, Reply::DocumentVersions(versions) => versions)
    }

    pub async fn document_chunks(
        &self,
        request: ChunkListRequest,
    ) -> Result<Page<ChunkView>, ErrorReport> {
        let request = Request::DocumentChunks(request);
        ask!(self, Some(QUICK), request, Reply::Chunks(page) => page)
    }

    pub async fn document_remove(
        &self,
        document: DocumentRef,
    ) -> Result<DocumentRemoved, ErrorReport> {
        let request = Request::DocumentRemove(document);
        ask!(self, Some(QUICK), request, Reply::DocumentRemoved(removed) => removed)
    }

    pub async fn status(&self) -> Result<Status, ErrorReport> {
        ask!(self, Some(QUICK), Request::Status, Reply::Status(status) => *status)
    }

    pub async fn health(&self) -> Result<Health, ErrorReport> {
        ask!(self, Some(QUICK), Request::Health, Reply::Health(health) => health)
    }

    pub async fn gaps(&self, request: GapListRequest) -> Result<Page<GapView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::Gaps(request), Reply::Gaps(page) => page)
    }

    pub async fn gap_groups(
        &self,
        request: GapGroupsRequest,
    ) -> Result<Page<GapGroupView>, ErrorReport> {
        let request = Request::GapGroups(request);
        ask!(self, Some(QUICK), request, Reply::GapGroups(page) => page)
    }

    pub async fn secrets(
        &self,
        request: SecretListRequest,
    ) -> Result<Page<SecretView>, ErrorReport> {
        ask!(self, Some(QUICK), Request::Secrets(request), Reply::Secrets(page) => page)
    }

    /// Looks at the file of every gap, which has no useful limit.
    pub async fn gap_retry(&self, request: GapRetryRequest) -> Result<GapRetry, ErrorReport> {
        ask!(self, None, Request::GapRetry(request), Reply::GapRetry(retry) => retry)
    }

    /// Reads everything that is stored, which has no useful limit.
    pub async fn fsck(&self, deep: bool) -> Result<FsckReport, ErrorReport> {
        ask!(self, None, Request::Fsck { deep }, Reply::Fsck(report) => report)
    }

    /// Sends a request that changes `job` and returns the job as it is then.
    async fn changed(&self, request: Request, job: JobId) -> Result<JobView, ErrorReport> {
        match self.call(request).await?.reply(Some(QUICK)).await? {
            Reply::Job(job) => Ok(*job),
            Reply::Done => self.job_show(job).await,
            other => Err(unexpected(&other)),
        }
    }
}

pub(super) fn unexpected(reply: &Reply) -> ErrorReport {
    let text = format!("{reply:?}");
    let kind = text.split(['(', ' ', '{']).next().unwrap_or_default();
    ErrorReport::new(ErrorCode::Protocol, "cannot understand ragd").because(format!(
        "it answered with `{kind}`, which does not fit the request"
    ))
}
