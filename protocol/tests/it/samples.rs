//! One sample of every message.
//!
//! A new variant does not compile until `catalogue!` names it, and its name has no sample until
//! one is added below: `golden` and `laws` then cover it.

use protocol::answer::{
    AnswerEnd, AnswerEvent, AnswerView, Answerer, AskLaterRequest, AskRequest, Citation,
    ConversationView, Finish, Searched, Source as Quoted, Thread, Usage,
};
use protocol::collection::{
    CollectionMoveRequest, CollectionRemoved, CollectionUpdateRequest, CollectionUpdated,
    CollectionView, IndexKind, ModelSwitch,
};
use protocol::doctor::{Finding, FindingState};
use protocol::document::{
    ChunkListRequest, ChunkView, DocumentCatRequest, DocumentListRequest, DocumentPageRequest,
    DocumentRef, DocumentRemoved, DocumentState, DocumentVersions, DocumentView, GapFilter,
    GapGroupView, GapGroupsRequest, GapListRequest, GapRetry, GapRetryJob, GapRetryRequest,
    GapView, SecretListRequest, SecretView, Symbol, VersionState, VersionView,
};
use protocol::health::{FsckReport, Health, HealthPart, HealthState, QueueStatus, Status};
use protocol::job::{
    CancelReceipt, JobErrorView, JobEvent, JobEventKind, JobFilter, JobKind, JobListRequest,
    JobOrder, JobState, JobView, Pace, Page, PageRequest, PartCounts, Priority, Progress, Since,
    Stage, Totals, Waiting, WatchRequest,
};
use protocol::limit::LimitView;
use protocol::model::{ModelKind, ModelState, ModelUse, ModelView};
use protocol::place::{Cells, Place, Spot, Unit};
use protocol::project::{
    FileView, FolderLinkView, LinkView, PackageView, ProjectRequest, ProjectView, ReadmeView,
    StartView,
};
use protocol::search::{Compare, Condition, Hit, SearchMode, SearchReply, SearchRequest};
use protocol::submit::{
    Accepted, GitSource, PlanAction, PlanEmbedding, PlanEntry, PlanEstimate, PlanRequest, PlanSum,
    PlanView, Runtime, Source, SourceRules, SubmitRequest, SubmitWork, UploadRequest,
    UploadResumeRequest, Uploaded, UploadedDocument,
};
use protocol::watched::{WatchedState, WatchedView};
use protocol::worker::{PartRef, Wanted, WorkerClass, WorkerView};
use protocol::{
    BootId, ClientMessage, CollectionId, ContentHash, ConversationId, DaemonMessage, DocumentId,
    ErrorCode, ErrorReport, Item, JobId, PlanId, Reply, Request, RequestId, WatchedId,
};
use uuid::Uuid;

use crate::dice::Dice;

/// Names each variant in a closed match and lists the names.
macro_rules! catalogue {
    ($list:ident, $name:ident, $type:ty, { $($pattern:pat => $word:literal,)* }) => {
        pub(crate) const $list: &[&str] = &[$($word),*];

        pub(crate) fn $name(of: &$type) -> &'static str {
            match of { $($pattern => $word,)* }
        }
    };
}

catalogue!(CLIENT, client_name, ClientMessage, {
    ClientMessage::Request { .. } => "client-request",
    ClientMessage::Data { .. } => "client-data",
    ClientMessage::DataEnd { .. } => "client-data-end",
    ClientMessage::Cancel { .. } => "client-cancel",
});

catalogue!(DAEMON, daemon_name, DaemonMessage, {
    DaemonMessage::Reply { .. } => "daemon-reply",
    DaemonMessage::Item { .. } => "daemon-item",
    DaemonMessage::End { .. } => "daemon-end",
    DaemonMessage::Failed { .. } => "daemon-failed",
});

catalogue!(REQUESTS, request_name, Request, {
    Request::Ping => "request-ping",
    Request::Plan(_) => "request-plan",
    Request::Submit(_) => "request-submit",
    Request::Upload(_) => "request-upload",
    Request::JobList(_) => "request-job-list",
    Request::JobShow(_) => "request-job-show",
    Request::JobFind(_) => "request-job-find",
    Request::JobCancel(_) => "request-job-cancel",
    Request::JobRetry(_) => "request-job-retry",
    Request::JobPriority { .. } => "request-job-priority",
    Request::JobErrors { .. } => "request-job-errors",
    Request::JobRemove(_) => "request-job-remove",
    Request::Watch(_) => "request-watch",
    Request::QueuePause => "request-queue-pause",
    Request::QueueResume => "request-queue-resume",
    Request::Search(_) => "request-search",
    Request::CollectionList(_) => "request-collection-list",
    Request::CollectionShow(_) => "request-collection-show",
    Request::CollectionCreate(_) => "request-collection-create",
    Request::CollectionRemove(_) => "request-collection-remove",
    Request::DocumentList(_) => "request-document-list",
    Request::DocumentShow(_) => "request-document-show",
    Request::DocumentChunks(_) => "request-document-chunks",
    Request::DocumentCat(_) => "request-document-cat",
    Request::DocumentRemove(_) => "request-document-remove",
    Request::Status => "request-status",
    Request::Health => "request-health",
    Request::Gaps(_) => "request-gaps",
    Request::GapGroups(_) => "request-gap-groups",
    Request::GapRetry(_) => "request-gap-retry",
    Request::DocumentPage(_) => "request-document-page",
    Request::DocumentVersions(_) => "request-document-versions",
    Request::UploadResume(_) => "request-upload-resume",
    Request::Secrets(_) => "request-secrets",
    Request::Fsck { .. } => "request-fsck",
    Request::Ask(_) => "request-ask",
    Request::AskLater(_) => "request-ask-later",
    Request::JobResult(_) => "request-job-result",
    Request::ConversationList(_) => "request-conversation-list",
    Request::ConversationShow { .. } => "request-conversation-show",
    Request::ConversationRemove(_) => "request-conversation-remove",
    Request::CollectionUpdate(_) => "request-collection-update",
    Request::CollectionMove(_) => "request-collection-move",
    Request::ModelList => "request-model-list",
    Request::WorkerList => "request-worker-list",
    Request::WorkerWant { .. } => "request-worker-want",
    Request::Doctor => "request-doctor",
    Request::Limits => "request-limits",
    Request::Project(_) => "request-project",
    Request::WatchedList => "request-watched-list",
    Request::WatchedEnd(_) => "request-watched-end",
});

catalogue!(REPLIES, reply_name, Reply, {
    Reply::Done => "reply-done",
    Reply::Plan(_) => "reply-plan",
    Reply::Accepted(_) => "reply-accepted",
    Reply::Uploaded(_) => "reply-uploaded",
    Reply::Job(_) => "reply-job",
    Reply::JobId(_) => "reply-job-id",
    Reply::Jobs(_) => "reply-jobs",
    Reply::JobErrors(_) => "reply-job-errors",
    Reply::Cancelled(_) => "reply-cancelled",
    Reply::Search(_) => "reply-search",
    Reply::Collection(_) => "reply-collection",
    Reply::Collections(_) => "reply-collections",
    Reply::CollectionRemoved(_) => "reply-collection-removed",
    Reply::Document(_) => "reply-document",
    Reply::Documents(_) => "reply-documents",
    Reply::Chunks(_) => "reply-chunks",
    Reply::DocumentRemoved(_) => "reply-document-removed",
    Reply::Status(_) => "reply-status",
    Reply::Health(_) => "reply-health",
    Reply::Gaps(_) => "reply-gaps",
    Reply::GapGroups(_) => "reply-gap-groups",
    Reply::GapRetry(_) => "reply-gap-retry",
    Reply::DocumentVersions(_) => "reply-document-versions",
    Reply::Secrets(_) => "reply-secrets",
    Reply::Watched(_) => "reply-watched",
    Reply::Fsck(_) => "reply-fsck",
    Reply::Answer(_) => "reply-answer",
    Reply::Conversations(_) => "reply-conversations",
    Reply::Conversation(_) => "reply-conversation",
    Reply::CollectionUpdated(_) => "reply-collection-updated",
    Reply::Models(_) => "reply-models",
    Reply::Workers(_) => "reply-workers",
    Reply::Worker(_) => "reply-worker",
    Reply::Findings(_) => "reply-findings",
    Reply::Limits(_) => "reply-limits",
    Reply::Project(_) => "reply-project",
});

catalogue!(ITEMS, item_name, Item, {
    Item::Job(JobEvent { what: JobEventKind::Snapshot(_), .. }) => "item-job-snapshot",
    Item::Job(JobEvent { what: JobEventKind::SnapshotEnd, .. }) => "item-job-snapshot-end",
    Item::Job(JobEvent { what: JobEventKind::Created(_), .. }) => "item-job-created",
    Item::Job(JobEvent { what: JobEventKind::State(_), .. }) => "item-job-state",
    Item::Job(JobEvent { what: JobEventKind::Progress(_), .. }) => "item-job-progress",
    Item::Job(JobEvent { what: JobEventKind::Removed(_), .. }) => "item-job-removed",
    Item::Job(JobEvent { what: JobEventKind::Heartbeat, .. }) => "item-job-heartbeat",
    Item::Job(JobEvent { what: JobEventKind::Gap, .. }) => "item-job-gap",
    Item::Job(JobEvent { what: JobEventKind::Health { .. }, .. }) => "item-job-health",
    Item::Bytes(_) => "item-bytes",
    Item::Answer(AnswerEvent::Searched(_)) => "item-answer-searched",
    Item::Answer(AnswerEvent::Source(_)) => "item-answer-source",
    Item::Answer(AnswerEvent::Answering(_)) => "item-answer-answering",
    Item::Answer(AnswerEvent::Text(_)) => "item-answer-text",
    Item::Answer(AnswerEvent::Cite(_)) => "item-answer-cite",
    Item::Answer(AnswerEvent::Done(_)) => "item-answer-done",
    Item::UploadFrom(_) => "item-upload-from",
});

/// Returns one message of each [`CLIENT`] kind and one for each of [`REQUESTS`].
pub(crate) fn client(d: &mut Dice) -> Vec<(&'static str, ClientMessage)> {
    let mut all: Vec<_> = requests(d)
        .into_iter()
        .map(|body| {
            (
                request_name(&body),
                ClientMessage::Request {
                    id: request_id(d),
                    body,
                },
            )
        })
        .collect();
    let frames = [
        ClientMessage::Request {
            id: request_id(d),
            body: Request::Ping,
        },
        ClientMessage::Data {
            id: request_id(d),
            bytes: d.private_bytes(),
        },
        ClientMessage::DataEnd { id: request_id(d) },
        ClientMessage::Cancel { id: request_id(d) },
    ];
    all.extend(frames.map(|message| (client_name(&message), message)));
    all
}

/// Returns one message of each [`DAEMON`] kind and one for each of [`REPLIES`] and [`ITEMS`].
pub(crate) fn daemon(d: &mut Dice) -> Vec<(&'static str, DaemonMessage)> {
    let mut all: Vec<_> = replies(d)
        .into_iter()
        .map(|body| {
            (
                reply_name(&body),
                DaemonMessage::Reply {
                    id: request_id(d),
                    body,
                },
            )
        })
        .collect();
    all.extend(items(d).into_iter().map(|body| {
        (
            item_name(&body),
            DaemonMessage::Item {
                id: request_id(d),
                body,
            },
        )
    }));
    let frames = [
        DaemonMessage::Reply {
            id: request_id(d),
            body: Reply::Done,
        },
        DaemonMessage::Item {
            id: request_id(d),
            body: Item::Bytes(d.private_bytes()),
        },
        DaemonMessage::End { id: request_id(d) },
        DaemonMessage::Failed {
            id: request_id(d),
            report: report(d),
        },
    ];
    all.extend(frames.map(|message| (daemon_name(&message), message)));
    all
}

fn requests(d: &mut Dice) -> Vec<Request> {
    let mut all = vec![
        Request::Ping,
        Request::Plan(PlanRequest {
            collection: d.text("papers"),
            source: paths(d),
            rules: rules(d),
            sample: d.u32(50),
        }),
        Request::Upload(UploadRequest {
            expected: d.maybe(hash),
        }),
        Request::UploadResume(UploadResumeRequest {
            content: hash(d),
            bytes: d.u64(300_000_000),
        }),
        Request::JobList(JobListRequest {
            filter: filter(d),
            order: d.pick(&[JobOrder::OldestFirst, JobOrder::NewestFirst]),
            page: page_request(d),
        }),
        Request::JobShow(job_id(d)),
        Request::JobFind(d.text("018f")),
        Request::JobCancel(job_id(d)),
        Request::JobRetry(job_id(d)),
        Request::JobPriority {
            job: job_id(d),
            priority: d.pick(&PRIORITIES),
        },
        Request::JobErrors {
            job: d.maybe(job_id),
            page: page_request(d),
        },
        Request::JobRemove(job_id(d)),
        Request::Watch(WatchRequest {
            filter: filter(d),
            since: d.maybe(|d| Since {
                boot_id: d.maybe(boot_id),
                seq: d.u64(900),
            }),
            until_ended: d.flag(true),
        }),
        Request::QueuePause,
        Request::QueueResume,
        Request::Search(SearchRequest {
            query: d.private(),
            collection: d.maybe(|d| d.text("papers")),
            paths: d.list(|d| d.text("src/**")),
            languages: d.list(|d| d.text("rust")),
            conditions: d.list(condition),
            limit: d.u32(10),
            mode: d.pick(&SearchMode::ALL),
            explain: d.flag(true),
        }),
        Request::CollectionList(page_request(d)),
        Request::CollectionShow(d.text("papers")),
        Request::CollectionCreate(d.text("papers")),
        Request::CollectionRemove(d.text("papers")),
        Request::DocumentList(DocumentListRequest {
            collection: d.maybe(|d| d.text("papers")),
            path: d.maybe(|d| d.text("*.md")),
            conditions: d.list(condition),
            page: page_request(d),
        }),
        Request::DocumentShow(DocumentRef::Id(document_id(d))),
        Request::DocumentChunks(ChunkListRequest {
            document: document_path(d),
            page: page_request(d),
        }),
        Request::DocumentCat(DocumentCatRequest {
            document: document_path(d),
            version: d.maybe(|d| d.u32(3)),
        }),
        Request::DocumentVersions(document_path(d)),
        Request::DocumentRemove(document_path(d)),
        Request::Status,
        Request::Health,
        Request::Gaps(GapListRequest {
            filter: gap_filter(d),
            page: page_request(d),
        }),
        Request::GapGroups(GapGroupsRequest {
            filter: gap_filter(d),
            examples: d.u32(3),
        }),
        Request::GapRetry(GapRetryRequest {
            filter: gap_filter(d),
            dry_run: d.flag(true),
        }),
        Request::Secrets(SecretListRequest {
            collection: d.maybe(|d| d.text("papers")),
            page: page_request(d),
        }),
        Request::DocumentPage(DocumentPageRequest {
            document: document_path(d),
            version: d.maybe(|d| d.u32(3)),
            page: d.u32(7),
            side: d.maybe(|_| 800),
        }),
        Request::Fsck { deep: d.flag(true) },
        Request::Ask(ask(d)),
        Request::AskLater(AskLaterRequest {
            job: job_id(d),
            ask: ask(d),
            idempotency_key: d.maybe(|d| d.text("nightly")),
        }),
        Request::JobResult(job_id(d)),
        Request::ConversationList(page_request(d)),
        Request::ConversationShow {
            conversation: conversation_id(d),
            page: page_request(d),
        },
        Request::ConversationRemove(conversation_id(d)),
        Request::CollectionUpdate(CollectionUpdateRequest {
            name: d.text("papers"),
            job: job_id(d),
            model: d.text("bge"),
        }),
        Request::ModelList,
        Request::CollectionMove(CollectionMoveRequest {
            name: d.text("papers"),
            job: job_id(d),
            to: IndexKind::Qdrant,
        }),
        Request::WorkerList,
        Request::WorkerWant {
            name: d.text("moon-17"),
            wanted: d.pick(&[Wanted::Drain, Wanted::Pause, Wanted::Run]),
        },
        Request::Doctor,
        Request::Limits,
        Request::Project(ProjectRequest {
            collection: d.maybe(|d| d.text("code")),
            path: d.maybe(|d| d.text("src/*")),
            files: d.u32(20),
            edges: d.u32(2_000),
        }),
        Request::WatchedList,
        Request::WatchedEnd(watched_id(d)),
    ];
    let work = SubmitWork::Ingest {
        collection: d.text("papers"),
        source: uploads(d),
        rules: rules(d),
    };
    all.push(submit(d, work));
    all
}

/// Returns what a submit can carry besides what [`requests`] shows.
pub(crate) fn other_submits(d: &mut Dice) -> Vec<(&'static str, ClientMessage)> {
    let plan = SubmitWork::Plan(plan_id(d));
    let git = SubmitWork::Ingest {
        collection: d.text("manual"),
        source: git(d),
        rules: rules(d),
    };
    let watch = SubmitWork::Watch {
        collection: d.text("papers"),
        source: paths(d),
        rules: rules(d),
    };
    [
        ("request-submit.plan", plan),
        ("request-submit.probe", SubmitWork::Probe),
        ("request-submit.git", git),
        ("request-submit.watch", watch),
    ]
    .map(|(name, work)| {
        (
            name,
            ClientMessage::Request {
                id: request_id(d),
                body: submit(d, work),
            },
        )
    })
    .into()
}

fn submit(d: &mut Dice, work: SubmitWork) -> Request {
    Request::Submit(SubmitRequest {
        job: job_id(d),
        work,
        priority: d.pick(&PRIORITIES),
        idempotency_key: d.maybe(|d| d.text("nightly")),
        force: d.flag(true),
        runtime: d.pick(&Runtime::ALL),
    })
}

fn replies(d: &mut Dice) -> Vec<Reply> {
    vec![
        Reply::Done,
        Reply::Plan(Box::new(plan(d))),
        Reply::Accepted(Accepted {
            job: job_id(d),
            deduplicated: d.flag(true),
            created_collection: d.flag(false),
            collection: d.maybe(|d| d.text("papers")),
        }),
        Reply::Uploaded(Uploaded {
            content: hash(d),
            bytes: d.u64(70_000),
        }),
        Reply::Job(Box::new(job(d, Waiting::QueuePaused))),
        Reply::JobId(job_id(d)),
        Reply::Jobs(Page {
            items: every_waiting(d)
                .into_iter()
                .map(|waiting| job(d, waiting))
                .collect(),
            next: d.maybe(|d| d.text("cursor")),
            total: d.u64(6),
        }),
        Reply::JobErrors(page(d, |d| JobErrorView {
            job: job_id(d),
            path: d.path("docs/a.md"),
            stage: d.pick(&[Stage::Extracting]),
            code: d.text("source-unreadable"),
            reason: d.text("permission denied"),
            at: d.time(NOW),
        })),
        Reply::Cancelled(CancelReceipt {
            job: job_id(d),
            state: d.pick(&[JobState::Cancelled]),
            kept: d.u64(3),
            rolled_back_parts: d.u32(2),
            never_started_parts: d.u32(1),
        }),
        Reply::Search(SearchReply {
            hits: d.list(hit),
            took_us: d.u64(1_500),
            notes: d.list(|d| d.text("62 % is indexed")),
        }),
        Reply::Collection(collection(d)),
        Reply::Collections(page(d, collection)),
        Reply::CollectionRemoved(CollectionRemoved {
            name: d.text("papers"),
            documents: d.u64(12),
            cancelled_jobs: d.u64(1),
        }),
        Reply::Document(Box::new(document(d))),
        Reply::Documents(page(d, document)),
        Reply::Chunks(page(d, |d| ChunkView {
            ordinal: d.u32(4),
            text: d.private(),
            place: place(d),
            heading: d.maybe(Dice::private),
            symbols: d.list(symbol),
        })),
        Reply::DocumentRemoved(DocumentRemoved {
            id: document_id(d),
            path: d.path("docs/a.md"),
            chunks: d.u64(9),
        }),
        Reply::Status(Box::new(status(d))),
        Reply::Health(health(d)),
        Reply::Gaps(page(d, gap)),
        Reply::GapGroups(page(d, |d| GapGroupView {
            code: d.text("encrypted"),
            gaps: d.u64(12),
            bytes: d.u64(4_096),
            stage: d.maybe(|d| d.pick(&[Stage::Planning, Stage::Extracting])),
            reason: d.maybe(|d| d.text("it is encrypted")),
            examples: vec![gap(d)],
        })),
        Reply::DocumentVersions(DocumentVersions {
            id: document_id(d),
            path: d.path("docs/a.md"),
            unread: d.maybe(gap),
            versions: d.list(version),
        }),
        Reply::Secrets(page(d, |d| SecretView {
            collection: d.text("papers"),
            document: document_id(d),
            path: d.path("docs/a.md"),
            line: d.u32(12),
            kind: d.text("github-token"),
            mark: d.text("0a1b2c3d"),
        })),
        Reply::GapRetry(GapRetry {
            jobs: vec![GapRetryJob {
                job: d.maybe(job_id),
                collection: d.text("papers"),
                gaps: d.u64(12),
                sources: d.u64(11),
                examples: vec![d.path("docs/a.bin")],
            }],
            to_submit: d.u64(1),
            examples: vec![gap(d)],
        }),
        Reply::Fsck(FsckReport {
            documents: d.u64(100),
            chunks: d.u64(1_000),
            missing_chunks: d.u64(1),
            duplicate_chunks: d.u64(2),
            orphan_chunks: d.u64(3),
            missing_vectors: d.u64(7),
            orphan_vectors: d.u64(8),
            missing_blobs: d.u64(4),
            damaged_blobs: d.u64(5),
            wrong_ends: d.u64(6),
            ledger_errors: d.list(|d| d.text("row 5 is missing")),
            examples: d.list(|d| d.text("chunk 3 of a.md")),
        }),
        Reply::Answer(Box::new(answer(d))),
        Reply::Conversations(page(d, |d| ConversationView {
            id: conversation_id(d),
            title: d.private(),
            collection: d.maybe(|d| d.text("papers")),
            turns: d.u64(2),
            created_at: d.time(NOW),
            updated_at: d.time(NOW + 1),
        })),
        Reply::Conversation(page(d, answer)),
        Reply::CollectionUpdated(Box::new(CollectionUpdated {
            collection: collection(d),
            job: d.maybe(job_id),
        })),
        Reply::Models(d.list(|d| ModelView {
            name: d.text("bge"),
            kind: d.pick(&[ModelKind::OpenAi, ModelKind::Builtin]),
            url: d.maybe(|d| d.text("http://127.0.0.1:8080/v1")),
            model: d.maybe(|d| d.text("bge-m3")),
            uses: d.list(|d| d.pick(&ModelUse::ALL)),
            state: ModelState::Away(d.text("connection refused")),
            dimensions: d.maybe(|d| d.u32(1_024)),
            collections: d.list(|d| d.text("papers")),
        })),
        Reply::Workers(d.list(worker)),
        Reply::Worker(worker(d)),
        Reply::Findings(d.list(|d| Finding {
            part: d.text("queue"),
            state: d.pick(&[FindingState::Warning, FindingState::Error, FindingState::Ok]),
            what: d.text("the queue server may throw tasks away"),
            next_step: d.maybe(|d| d.text("redis-cli CONFIG SET maxmemory-policy noeviction")),
        })),
        Reply::Project(Box::new(project(d))),
        Reply::Limits(d.list(|d| LimitView {
            key: d.text("extract.pages"),
            value: d.u64(7),
            usual: d.u64(5_000),
            code: d.text("too-many-pages"),
            meaning: d.text("Pages of one document."),
        })),
        Reply::Watched(d.list(watched)),
    ]
}

fn watched(d: &mut Dice) -> WatchedView {
    WatchedView {
        id: watched_id(d),
        uid: d.u32(1_000),
        collection: d.text("papers"),
        roots: d.list(|d| d.path("/home/kim/papers")),
        state: d.pick(&WatchedState::ALL),
        is_polled: d.flag(true),
        folders: d.u64(412),
        created_at: d.time(NOW),
        updated_at: d.maybe(|d| d.time(NOW)),
        job: d.maybe(job_id),
        cause: d.maybe(|d| d.text("no watches left")),
        next_step: d.maybe(|d| d.text("sysctl fs.inotify.max_user_watches=1048576")),
    }
}

fn watched_id(d: &mut Dice) -> WatchedId {
    WatchedId(uuid(d, 0x88))
}

fn worker(d: &mut Dice) -> WorkerView {
    WorkerView {
        name: d.text("moon-17"),
        host: d.text("moon"),
        pid: d.u32(17),
        version: d.text("0.1.0"),
        classes: d.list(|d| d.pick(&WorkerClass::ALL)),
        slots: d.u32(4),
        busy: d.u32(2),
        running: d.list(|d| PartRef {
            job: job_id(d),
            part: d.u32(3),
        }),
        silent_ms: d.u64(900),
        wanted: d.pick(&[Wanted::Pause, Wanted::Run, Wanted::Drain]),
    }
}

fn items(d: &mut Dice) -> Vec<Item> {
    let kinds = [
        JobEventKind::Snapshot(Box::new(job(d, Waiting::QueuePaused))),
        JobEventKind::SnapshotEnd,
        JobEventKind::Created(Box::new(job(d, Waiting::Worker { ahead: 3 }))),
        JobEventKind::State(Box::new(job(d, Waiting::QueuePaused))),
        JobEventKind::Progress(Box::new(job(d, Waiting::QueuePaused))),
        JobEventKind::Removed(job_id(d)),
        JobEventKind::Heartbeat,
        JobEventKind::Gap,
        JobEventKind::Health {
            part: d.text("disk"),
            state: d.pick(&HEALTH),
        },
    ];
    let mut all: Vec<_> = kinds
        .map(|what| {
            Item::Job(JobEvent {
                boot_id: boot_id(d),
                seq: d.u64(901),
                at: d.time(NOW),
                what,
            })
        })
        .into();
    all.push(Item::Bytes(d.private_bytes()));
    let answer = [
        AnswerEvent::Searched(searched(d)),
        AnswerEvent::Source(Box::new(quoted(d))),
        AnswerEvent::Answering(Answerer::Quotes),
        AnswerEvent::Text(d.private()),
        AnswerEvent::Cite(citation(d)),
        AnswerEvent::Done(answer_end(d)),
    ];
    all.extend(answer.map(Item::Answer));
    all.push(Item::UploadFrom(d.u64(8_388_608)));
    all
}

fn ask(d: &mut Dice) -> AskRequest {
    AskRequest {
        question: d.private(),
        collection: d.maybe(|d| d.text("papers")),
        paths: d.list(|d| d.text("src/**")),
        languages: d.list(|d| d.text("rust")),
        conditions: d.list(condition),
        passages: d.u32(8),
        model: d.maybe(|d| d.text("qwen")),
        thread: Thread::Follow(conversation_id(d)),
    }
}

fn searched(d: &mut Dice) -> Searched {
    Searched {
        conversation: d.maybe(conversation_id),
        query: d.private(),
        took_us: d.u64(1_500),
        notes: d.list(|d| d.text("62 % is indexed")),
    }
}

fn quoted(d: &mut Dice) -> Quoted {
    Quoted {
        number: d.u32(2),
        hit: hit(d),
    }
}

fn citation(d: &mut Dice) -> Citation {
    Citation {
        source: d.u32(2),
        start: d.u64(40),
        end: d.u64(43),
        line_start: d.u32(14),
        line_end: d.u32(18),
    }
}

fn answer_end(d: &mut Dice) -> AnswerEnd {
    AnswerEnd {
        finish: d.pick(&Finish::ALL),
        confidence: d.score(0.75),
        usage: d.maybe(|d| Usage {
            prompt_tokens: d.u64(1_200),
            answer_tokens: d.u64(90),
        }),
        sources_us: d.u64(4_000),
        first_text_us: d.maybe(|d| d.u64(5_000)),
        total_us: d.u64(90_000),
        notes: d.list(|d| d.text("the server was slow")),
    }
}

fn answer(d: &mut Dice) -> AnswerView {
    AnswerView {
        question: d.private(),
        collection: d.maybe(|d| d.text("papers")),
        searched: searched(d),
        sources: d.list(quoted),
        by: Answerer::Model {
            name: d.text("qwen"),
            model: d.text("qwen3"),
        },
        text: d.private(),
        citations: d.list(citation),
        end: answer_end(d),
        asked_at: d.time(NOW),
    }
}

/// 2026-01-02 03:04:05.678 UTC.
const NOW: i64 = 1_767_323_045_678;
const PRIORITIES: [Priority; 4] = [
    Priority::High,
    Priority::Low,
    Priority::Normal,
    Priority::Top,
];
const HEALTH: [HealthState; 4] = [
    HealthState::Degraded,
    HealthState::Ok,
    HealthState::Starting,
    HealthState::Down,
];

fn request_id(d: &mut Dice) -> RequestId {
    RequestId(d.u64(7))
}

fn uuid(d: &mut Dice, plain: u8) -> Uuid {
    Uuid::from_bytes(d.array(plain))
}

fn job_id(d: &mut Dice) -> JobId {
    JobId(uuid(d, 0x11))
}

fn plan_id(d: &mut Dice) -> PlanId {
    PlanId(uuid(d, 0x22))
}

fn boot_id(d: &mut Dice) -> BootId {
    BootId(uuid(d, 0x33))
}

fn conversation_id(d: &mut Dice) -> ConversationId {
    ConversationId(uuid(d, 0x77))
}

fn document_id(d: &mut Dice) -> DocumentId {
    DocumentId(uuid(d, 0x44))
}

fn hash(d: &mut Dice) -> ContentHash {
    ContentHash(d.array(0x55))
}

fn document_path(d: &mut Dice) -> DocumentRef {
    DocumentRef::Path {
        collection: d.maybe(|d| d.text("papers")),
        path: d.path("docs/a.md"),
    }
}

fn paths(d: &mut Dice) -> Source {
    Source::Paths(d.list(|d| d.path("/srv/docs")))
}

fn uploads(d: &mut Dice) -> Source {
    Source::Uploads(d.list(|d| UploadedDocument {
        name: d.path("notes.txt"),
        content: hash(d),
        bytes: d.u64(300),
    }))
}

fn git(d: &mut Dice) -> Source {
    Source::Git(Box::new(GitSource {
        address: protocol::Private(d.text("https://example.org/a.git")),
        reference: d.maybe(|d| d.text("v2.1")),
        depth: d.u32(1),
        subdir: d.maybe(|d| d.path("docs")),
    }))
}

fn rules(d: &mut Dice) -> SourceRules {
    SourceRules {
        include: d.list(|d| d.text("**/*.md")),
        exclude: d.list(|d| d.text("target/**")),
        ignore_files: d.flag(true),
        hidden: d.flag(false),
        max_file_bytes: d.maybe(|d| d.u64(1 << 20)),
        delete_missing: d.flag(true),
        force_delete: d.flag(false),
        facts: d.list(fact),
    }
}

fn filter(d: &mut Dice) -> JobFilter {
    JobFilter {
        ids: d.list(job_id),
        states: d.list(|d| d.pick(&[JobState::Retrying, JobState::Dead])),
        collection: d.maybe(|d| d.text("papers")),
        text: d.maybe(|d| d.text("srv")),
        uid: d.maybe(|d| d.u32(1_000)),
    }
}

fn gap_filter(d: &mut Dice) -> GapFilter {
    GapFilter {
        collection: d.maybe(|d| d.text("papers")),
        job: d.maybe(job_id),
        codes: vec![d.text("encrypted")],
        stages: vec![d.pick(&[Stage::Planning, Stage::Extracting])],
        paths: vec![d.path("docs/*.pdf")],
        include_skipped: d.flag(true),
    }
}

fn version(d: &mut Dice) -> VersionView {
    VersionView {
        number: d.u32(3),
        state: d.pick(&[VersionState::Active, VersionState::Kept, VersionState::Gone]),
        content: hash(d),
        bytes: d.u64(2_048),
        since: d.time(NOW),
        until: d.maybe(|d| d.time(NOW + 1)),
    }
}

fn gap(d: &mut Dice) -> GapView {
    GapView {
        path: d.path("docs/a.bin"),
        collection: d.text("papers"),
        stage: d.pick(&[Stage::Planning, Stage::Extracting]),
        rule: d.text("binary"),
        code: d.text("skipped"),
        reason: d.text("looks like a binary file"),
        bytes: d.maybe(|d| d.u64(4_096)),
        job: d.maybe(job_id),
        at: d.time(NOW),
    }
}

fn page_request(d: &mut Dice) -> PageRequest {
    PageRequest {
        limit: d.u32(100),
        cursor: d.maybe(|d| d.text("cursor")),
    }
}

fn page<T>(d: &mut Dice, item: impl FnMut(&mut Dice) -> T) -> Page<T> {
    Page {
        items: d.list(item),
        next: d.maybe(|d| d.text("cursor")),
        total: d.u64(251),
    }
}

fn sum(d: &mut Dice, files: u64) -> PlanSum {
    PlanSum {
        files: d.u64(files),
        bytes: d.u64(files * 1_000),
    }
}

fn plan(d: &mut Dice) -> PlanView {
    let actions = [
        PlanAction::Add,
        PlanAction::Update,
        PlanAction::Delete,
        PlanAction::Unchanged,
        PlanAction::Skip {
            rule: d.text(".gitignore"),
        },
    ];
    PlanView {
        id: plan_id(d),
        collection: d.text("papers"),
        creates_collection: d.flag(true),
        add: sum(d, 1),
        update: sum(d, 2),
        delete: sum(d, 3),
        unchanged: sum(d, 4),
        skipped: d.list(|d| (d.text(".gitignore"), sum(d, 5))),
        unreadable: d.list(|d| (d.path("secret"), d.text("permission denied"))),
        delete_guard: d.maybe(|d| d.text("45 % would vanish")),
        entries: actions
            .map(|action| PlanEntry {
                path: d.path("docs/a.md"),
                bytes: d.u64(1_000),
                action,
            })
            .into(),
        entries_complete: d.flag(true),
        expires_at: d.time(NOW),
        estimate: PlanEstimate {
            chunks: d.u64(12_000),
            seconds: d.u64(3),
            memory_bytes: d.u64(400 << 20),
            disk_bytes: d.u64(30 << 20),
            embedding: d.maybe(|d| PlanEmbedding {
                model: d.text("far"),
                tokens: d.u64(4_000_000),
                cents: d.maybe(|d| d.u64(8)),
            }),
        },
    }
}

fn every_waiting(d: &mut Dice) -> [Waiting; 6] {
    [
        Waiting::Worker { ahead: d.u64(3) },
        Waiting::QueuePaused,
        Waiting::Backoff { until: d.time(NOW) },
        Waiting::Dependency {
            name: d.text("disk"),
            reason: d.text("full"),
        },
        Waiting::Silent { since: d.time(NOW) },
        Waiting::OtherJob { job: job_id(d) },
    ]
}

fn job(d: &mut Dice, waiting: Waiting) -> JobView {
    JobView {
        id: job_id(d),
        kind: d.pick(&[JobKind::Ingest, JobKind::Probe, JobKind::Ask]),
        state: d.pick(&[JobState::Running, JobState::Queued, JobState::Parked]),
        stage: d.maybe(|d| d.pick(&[Stage::Storing, Stage::Embedding])),
        collection: d.maybe(|d| d.text("papers")),
        source: d.path("/srv/docs"),
        uid: d.u32(1_000),
        priority: d.pick(&PRIORITIES),
        attempt: d.u32(1),
        max_attempts: d.u32(8),
        stalls: d.u32(2),
        idempotency_key: d.maybe(|d| d.text("nightly")),
        parts: PartCounts {
            total: d.u32(28),
            running: d.u32(1),
            retrying: d.u32(2),
            parked: d.u32(3),
            finished: d.u32(4),
            failed: d.u32(5),
            dead: d.u32(6),
            cancelled: d.u32(7),
        },
        progress: Progress {
            files_done: d.u64(10),
            files_total: d.u64(20),
            bytes_done: d.u64(30_000),
            bytes_total: d.u64(60_000),
            chunks: d.u64(400),
            total_is_final: d.flag(true),
        },
        pace: Pace {
            chunks_per_min: d.maybe(|d| d.u64(12_000)),
            bytes_per_s: d.maybe(|d| d.u64(90_000)),
            eta_s: d.maybe(|d| d.u64(30)),
            eta_error_s: d.maybe(|d| d.u64(5)),
        },
        waiting: d.maybe(|_| waiting),
        created_at: d.time(NOW),
        started_at: d.maybe(|d| d.time(NOW + 1)),
        finished_at: d.maybe(|d| d.time(NOW + 2)),
        retry_at: d.maybe(|d| d.time(NOW + 3)),
        error: d.maybe(report),
        totals: Totals {
            held_back: d.u64(4),
            secrets: d.u64(7),
            added: d.u64(1),
            updated: d.u64(2),
            deleted: d.u64(3),
            unchanged: d.u64(4),
            failed: d.u64(5),
            skipped: d.list(|d| (d.text("binary"), d.u64(6))),
        },
        runtime: d.pick(&Runtime::ALL),
    }
}

fn report(d: &mut Dice) -> ErrorReport {
    ErrorReport {
        code: d.pick(&[
            ErrorCode::DiskFull,
            ErrorCode::Internal,
            ErrorCode::WorkerLost,
        ]),
        message: d.text("cannot store 128 chunks"),
        causes: d.list(|d| d.text("no space left on device")),
        why: d.maybe(|d| d.text("the disk is full")),
        try_next: d.list(|d| d.text("free some space")),
        retryable: d.flag(true),
        retry_after_ms: d.maybe(|d| d.u64(10_000)),
    }
}

fn condition(d: &mut Dice) -> Condition {
    Condition {
        name: d.text("author"),
        is: d.pick(&Compare::ALL),
        value: d.text("A. Seal").into(),
    }
}

fn fact(d: &mut Dice) -> (String, protocol::Private<String>) {
    (d.text("tag"), d.text("sea").into())
}

fn spot(d: &mut Dice) -> Spot {
    Spot {
        unit: d.pick(&Unit::ALL),
        first: d.u32(2),
        last: d.u32(3),
        cells: d.maybe(|d| Cells {
            top: d.u32(5),
            bottom: d.u32(20),
            columns: d.u32(4),
        }),
    }
}

fn place(d: &mut Dice) -> Place {
    Place {
        line_start: d.u32(10),
        line_end: d.u32(20),
        byte_start: d.u64(300),
        byte_end: d.u64(900),
        spot: d.maybe(spot),
    }
}

fn hit(d: &mut Dice) -> Hit {
    Hit {
        rank: d.u32(1),
        rank_by_file: d.u32(1),
        document: document_id(d),
        also: d.list(document_id),
        collection: d.text("papers"),
        path: d.path("docs/a.md"),
        place: place(d),
        heading: d.maybe(Dice::private),
        symbols: d.list(symbol),
        score: d.score(12.5),
        // With `explain`, the words of the query stand in the names.
        scores: d.list(|d| (format!("words:{}", d.private().0), d.score(12.5))),
        text: d.private(),
    }
}

fn project(d: &mut Dice) -> ProjectView {
    ProjectView {
        collection: d.text("code"),
        files: d.u64(120),
        bytes: d.u64(900_000),
        tests: d.u64(30),
        edges: d.u64(410),
        languages: d.list(|d| (d.text("rust"), d.u64(100))),
        items: d.list(|d| (d.text("function"), d.u64(900))),
        packages: d.list(|d| PackageView {
            path: d.path("a/Cargo.toml"),
            name: d.private(),
            version: d.maybe(Dice::private),
            needs: d.list(Dice::private),
        }),
        starts: d.list(|d| StartView {
            path: d.path("src/main.rs"),
            line: d.u32(9),
        }),
        readmes: d.list(|d| ReadmeView {
            path: d.path("README.md"),
            title: d.maybe(Dice::private),
        }),
        central: d.list(|d| FileView {
            path: d.path("src/lib.rs"),
            language: d.text("rust"),
            rank: d.score(0.25),
            used_by: d.u32(12),
            is_test: d.flag(false),
            defines: d.list(Dice::private),
        }),
        links: d.list(|d| LinkView {
            from: d.u32(0),
            to: d.u32(1),
            imports: d.flag(false),
            uses: d.u32(3),
        }),
        folders: d.list(|d| FolderLinkView {
            from: d.path("src/a"),
            to: d.path("src/b"),
            links: d.u32(7),
        }),
        external: d.list(|d| (d.private(), d.u32(5))),
        notes: d.list(|d| d.text("jobs are still open")),
    }
}

fn symbol(d: &mut Dice) -> Symbol {
    Symbol {
        path: d.private(),
        kind: d.text("function"),
        signature: d.private(),
        line_start: d.u32(3),
        line_end: d.u32(9),
    }
}

fn collection(d: &mut Dice) -> CollectionView {
    CollectionView {
        id: CollectionId(uuid(d, 0x66)),
        name: d.text("papers"),
        owner: d.u32(1_000),
        documents: d.u64(12),
        chunks: d.u64(300),
        bytes: d.u64(70_000),
        gaps: d.u64(1),
        created_at: d.time(NOW),
        updated_at: d.maybe(|d| d.time(NOW + 1)),
        model: d.text("builtin"),
        switching: d.maybe(|d| ModelSwitch {
            model: d.text("bge"),
            job: job_id(d),
            done: d.u64(100),
            total: d.u64(300),
        }),
        previous: d.maybe(|d| d.text("hash")),
        index: IndexKind::Qdrant,
    }
}

fn document(d: &mut Dice) -> DocumentView {
    DocumentView {
        id: document_id(d),
        collection: d.text("papers"),
        path: d.path("docs/a.md"),
        source: d.path("/srv/docs"),
        state: d.pick(&[DocumentState::Stale, DocumentState::Active]),
        version: d.u32(3),
        content: hash(d),
        bytes: d.u64(4_096),
        pages: d.maybe(|d| d.u32(2)),
        chunks: d.u64(9),
        title: d.maybe(Dice::private),
        language: d.maybe(|d| d.text("markdown")),
        facts: d.list(fact),
        updated_at: d.time(NOW),
        secrets: d.u32(4),
    }
}

fn health(d: &mut Dice) -> Health {
    Health {
        state: d.pick(&HEALTH),
        parts: d.list(|d| HealthPart {
            name: d.text("disk"),
            state: d.pick(&HEALTH),
            detail: d.text("500 MiB free"),
            cause: d.maybe(|d| d.text("below the mark")),
            next_step: d.maybe(|d| d.text("free some space")),
        }),
    }
}

fn status(d: &mut Dice) -> Status {
    Status {
        build: d.text("ragd 0.1.0"),
        pid: d.u32(4_242),
        uid: d.u32(1_000),
        boot_id: boot_id(d),
        started_at: d.time(NOW),
        state_dir: d.text("/var/lib/ragd"),
        health: health(d),
        queue: QueueStatus {
            queued: d.u64(1),
            running: d.u64(2),
            retrying: d.u64(3),
            parked: d.u64(4),
            finished: d.u64(5),
            failed: d.u64(6),
            dead: d.u64(7),
            cancelled: d.u64(8),
            paused: d.flag(true),
            workers: d.u32(2),
            workers_busy: d.u32(1),
            oldest_queued_at: d.maybe(|d| d.time(NOW)),
        },
        collections: d.u64(1),
        documents: d.u64(2),
        chunks: d.u64(3),
        gaps: d.u64(4),
        connections: d.u32(5),
        rss_bytes: d.u64(50_000_000),
        state_bytes: d.u64(80_000_000),
        disk_free_bytes: d.u64(9_000_000_000),
    }
}
