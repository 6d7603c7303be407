//! What the stand-in daemon holds: a few of everything, awkward names included.

use protocol::collection::{
    CollectionRemoved, CollectionUpdateRequest, CollectionUpdated, CollectionView, IndexKind,
    ModelSwitch,
};
use protocol::document::{
    ChunkView, DocumentRemoved, DocumentState, DocumentVersions, DocumentView, GapGroupView,
    GapRetry, GapRetryJob, GapView, SecretView, Symbol, VersionState, VersionView,
};
use protocol::health::{FsckReport, Health, HealthPart, HealthState, QueueStatus, Status};
use protocol::job::{
    CancelReceipt, JobErrorView, JobEvent, JobEventKind, JobKind, JobState, JobView, Pace, Page,
    PartCounts, Priority, Progress, Stage, Totals, Waiting,
};
use protocol::limit::LimitView;
use protocol::place::{Place, Spot, Unit};
use protocol::project::{
    FileView, FolderLinkView, LinkView, PackageView, ProjectView, ReadmeView, StartView,
};
use protocol::search::{Hit, SearchReply};
use protocol::submit::{
    Accepted, PlanAction, PlanEmbedding, PlanEntry, PlanEstimate, PlanSum, PlanView, Runtime,
    SubmitWork, Uploaded,
};
use protocol::watched::{WatchedState, WatchedView};
use protocol::{
    BootId, CollectionId, ContentHash, DocumentId, ErrorCode, ErrorReport, Item, JobId, PathBytes,
    PlanId, Private, Reply, Request, Timestamp, WatchedId,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::stand_in::{Answer, StreamEnd};
use crate::{answers, workers};

/// 2026-11-20T13:51:09.120Z.
const NOON: i64 = 1_795_182_669_120;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(NOON + seconds * 1000)
}

pub(crate) fn job_id(number: u128) -> JobId {
    JobId(Uuid::from_u128(
        0x019d_0000_0000_7000_8000_0000_0000_0000 | number,
    ))
}

pub(crate) fn job(number: u128, state: JobState) -> JobView {
    let has_started = !matches!(state, JobState::Queued);
    JobView {
        id: job_id(number),
        kind: JobKind::Ingest,
        state,
        stage: (state == JobState::Running).then_some(Stage::Embedding),
        collection: Some("kernel".into()),
        source: PathBytes::from("/home/kim/src/kernel"),
        uid: 1000,
        priority: Priority::Normal,
        attempt: 1,
        max_attempts: 5,
        stalls: 0,
        idempotency_key: None,
        parts: PartCounts {
            total: 4,
            ..PartCounts::default()
        },
        progress: Progress {
            files_done: 41_880,
            files_total: 68_610,
            bytes_done: 2_040_109_465,
            bytes_total: 3_328_599_654,
            chunks: 402_118,
            total_is_final: true,
        },
        pace: Pace {
            chunks_per_min: Some(12_840),
            bytes_per_s: Some(3_118_000),
            eta_s: Some(242),
            eta_error_s: Some(40),
        },
        waiting: None,
        created_at: at(0),
        started_at: has_started.then(|| at(1)),
        finished_at: state.is_end().then(|| at(193)),
        retry_at: None,
        error: None,
        totals: Totals {
            added: 12,
            updated: 3,
            deleted: 0,
            unchanged: 97,
            failed: 0,
            skipped: vec![("gitignore".into(), 9_310), ("binary".into(), 2_702)],
            held_back: 0,
            secrets: 0,
        },
        runtime: Runtime::Local,
    }
}

pub(crate) fn failed_job(number: u128) -> JobView {
    let error = ErrorReport::new(ErrorCode::SourceUnreadable, "cannot read the folder")
        .because("permission denied")
        .try_next("check the rights of /srv/scans");
    let totals = Totals {
        failed: 4,
        ..Totals::default()
    };
    let source = PathBytes::from("/srv/scans\n\u{1b}[2J");
    JobView {
        error: Some(error),
        totals,
        source,
        ..job(number, JobState::Failed)
    }
}

pub(crate) fn jobs() -> Vec<JobView> {
    let waiting = Some(Waiting::Worker { ahead: 2 });
    let (pace, totals) = (Pace::default(), Totals::default());
    let odd = PathBytes(b"/data/caf\xe9".to_vec());
    let progress = Progress::default();
    let queued = JobView {
        waiting,
        pace,
        totals,
        progress,
        source: odd,
        collection: None,
        ..job(0xa2, JobState::Queued)
    };
    vec![
        job(0xa1, JobState::Running),
        queued,
        failed_job(0xa3),
        job(0xa4, JobState::Finished),
    ]
}

pub(crate) fn event(seq: u64, what: JobEventKind) -> Item {
    Item::Job(JobEvent {
        boot_id: BootId(Uuid::from_u128(0xb007)),
        seq,
        at: at(2),
        what,
    })
}

/// The stream of a job that is seen in one state and ends in another.
pub(crate) fn story(first: JobView, last: JobView) -> Answer {
    let items = vec![
        event(1, JobEventKind::Snapshot(Box::new(first))),
        event(1, JobEventKind::SnapshotEnd),
        event(2, JobEventKind::State(Box::new(last))),
    ];
    Answer::Items(items, StreamEnd::End)
}

pub(crate) fn uploaded(bytes: &[u8]) -> Uploaded {
    Uploaded {
        content: ContentHash(Sha256::digest(bytes).into()),
        bytes: bytes.len() as u64,
    }
}

fn page<T>(items: Vec<T>) -> Page<T> {
    let total = items.len() as u64;
    Page {
        items,
        next: None,
        total,
    }
}

fn collection(name: &str) -> CollectionView {
    CollectionView {
        id: CollectionId(Uuid::from_u128(0xc0)),
        name: name.into(),
        owner: 1000,
        documents: 1_204,
        chunks: 19_310,
        bytes: 48_234_496,
        gaps: 3,
        created_at: at(-86_400),
        updated_at: Some(at(0)),
        model: "builtin".into(),
        switching: None,
        previous: None,
        index: IndexKind::Embedded,
    }
}

fn switching(name: &str) -> CollectionView {
    CollectionView {
        previous: Some("small".into()),
        switching: Some(ModelSwitch {
            model: "fast".into(),
            job: job_id(0xe1),
            done: 7_724,
            total: 19_310,
        }),
        ..collection(name)
    }
}

fn document(path: &[u8], state: DocumentState) -> DocumentView {
    DocumentView {
        id: DocumentId(Uuid::from_u128(0xd0)),
        collection: "docs".into(),
        path: PathBytes(path.to_vec()),
        source: PathBytes::from("/home/kim/docs"),
        state,
        version: 2,
        content: ContentHash([0xab; 32]),
        bytes: 20_480,
        pages: None,
        chunks: 17,
        title: Some("Retry \u{1b}]0;owned\u{7} policy".into()),
        language: Some("markdown".into()),
        facts: vec![
            ("author".into(), "A. Seal\u{1b}[31m".into()),
            ("tag".into(), "cold".into()),
            ("tag".into(), "sea".into()),
        ],
        updated_at: at(0),
        secrets: 2,
    }
}

fn place(line_start: u32, line_end: u32) -> Place {
    Place {
        line_start,
        line_end,
        byte_start: 0,
        byte_end: 100,
        spot: None,
    }
}

pub(crate) fn hits() -> Vec<Hit> {
    let hit = |rank, path: &str, text: &str, spot| Hit {
        rank,
        rank_by_file: rank,
        document: DocumentId(Uuid::from_u128(0xd0)),
        also: (1..rank)
            .map(|copy| DocumentId(Uuid::from_u128(copy.into())))
            .collect(),
        collection: "docs".into(),
        path: PathBytes::from(path),
        place: Place {
            spot,
            ..place(10, 14)
        },
        heading: Some("Queue > Retry".into()),
        symbols: Vec::new(),
        score: 8.5 - rank as f32,
        scores: vec![("words".into(), 7.25), ("words:backoff".into(), 3.5)],
        text: text.into(),
    };
    vec![
        hit(
            1,
            "src/retry.rs",
            "/// Doubles the pause.\nfn backoff(&self) {\n\tself.pause * 2\n}\n\n",
            None,
        ),
        hit(
            2,
            "manual.pdf",
            "Retry \u{202e}backoff\u{1b}[31m starts at one second.",
            Some(Spot {
                unit: Unit::Page,
                first: 7,
                last: 8,
                cells: None,
            }),
        ),
    ]
}

fn health(state: HealthState) -> Health {
    let part = |name: &str, detail: &str| HealthPart {
        name: name.into(),
        state: HealthState::Ok,
        detail: detail.into(),
        cause: None,
        next_step: None,
    };
    let mut parts = vec![
        part("ledger", "3 ms a commit"),
        part("index", "19,310 chunks"),
    ];
    if state != HealthState::Ok {
        parts.push(HealthPart {
            state,
            cause: Some("only 200 MiB are free".into()),
            next_step: Some("free some space on /var".into()),
            ..part("disk", "nearly full")
        });
    }
    Health { state, parts }
}

pub(crate) fn degraded() -> Answer {
    Answer::Reply(Reply::Health(health(HealthState::Degraded)))
}

fn status() -> Status {
    Status {
        build: "ragd 0.1.0".into(),
        pid: 4711,
        uid: 1000,
        boot_id: BootId(Uuid::from_u128(0xb007)),
        started_at: at(-3_600),
        state_dir: "/home/kim/.local/state/ragd".into(),
        health: health(HealthState::Ok),
        queue: QueueStatus {
            queued: 1_204,
            running: 2,
            workers: 2,
            workers_busy: 2,
            finished: 18_410,
            failed: 3,
            oldest_queued_at: Some(at(-130)),
            ..QueueStatus::default()
        },
        collections: 3,
        documents: 1_204,
        chunks: 19_310,
        gaps: 3,
        connections: 1,
        rss_bytes: 62_914_560,
        state_bytes: 1_073_741_824,
        disk_free_bytes: 24_696_061_952,
    }
}

pub(crate) fn plan() -> PlanView {
    let entry = |path: &str, bytes, action| PlanEntry {
        path: PathBytes::from(path),
        bytes,
        action,
    };
    PlanView {
        id: PlanId(Uuid::from_u128(0x9a)),
        collection: "docs".into(),
        creates_collection: true,
        add: PlanSum {
            files: 2,
            bytes: 4_096,
        },
        update: PlanSum {
            files: 1,
            bytes: 100,
        },
        delete: PlanSum {
            files: 1,
            bytes: 50,
        },
        unchanged: PlanSum {
            files: 97,
            bytes: 1_000_000,
        },
        skipped: vec![(
            "too-large".into(),
            PlanSum {
                files: 1,
                bytes: 20_000_000,
            },
        )],
        unreadable: vec![(PathBytes::from("secret.md"), "permission denied".into())],
        delete_guard: None,
        entries: vec![
            entry("a.md", 2_048, PlanAction::Add),
            entry("b.md", 2_048, PlanAction::Add),
            entry("c.md", 100, PlanAction::Update),
            entry("old.md", 50, PlanAction::Delete),
            entry(
                "big.iso",
                20_000_000,
                PlanAction::Skip {
                    rule: "too-large".into(),
                },
            ),
        ],
        entries_complete: true,
        expires_at: at(600),
        estimate: PlanEstimate {
            chunks: 1_234,
            seconds: 75,
            memory_bytes: 420_000_000,
            disk_bytes: 10_490,
            embedding: Some(PlanEmbedding {
                model: "far".into(),
                tokens: 1_049,
                cents: Some(3),
            }),
        },
    }
}

fn secrets() -> Vec<SecretView> {
    let secret = |path: &str, line, kind: &str, mark: &str| SecretView {
        collection: "docs".into(),
        document: DocumentId(Uuid::from_u128(0xd0)),
        path: PathBytes::from(path),
        line,
        kind: kind.into(),
        mark: mark.into(),
    };
    vec![
        secret("src/a.rs", 12, "github-token", "0a1b2c3d"),
        secret("deploy\u{1b}[2J.yaml", 7, "password", "ffee0011"),
    ]
}

fn gap_groups() -> Vec<GapGroupView> {
    let named = |path: &str| GapView {
        path: PathBytes::from(path),
        ..gap()
    };
    let slow = GapView {
        code: "extract-slow".into(),
        ..named("scans/1999.pdf")
    };
    vec![
        GapGroupView {
            code: "encrypted-pdf".into(),
            gaps: 1_205,
            bytes: 34_603_008,
            stage: Some(Stage::Extracting),
            reason: Some("the file is encrypted and no password is known".into()),
            examples: ["a.pdf", "b\u{1b}.pdf", "c.pdf"].map(named).to_vec(),
        },
        GapGroupView {
            code: "extract-slow".into(),
            gaps: 1,
            bytes: 0,
            stage: None,
            reason: None,
            examples: vec![slow],
        },
    ]
}

fn gap_retry(dry_run: bool) -> GapRetry {
    GapRetry {
        jobs: vec![GapRetryJob {
            job: (!dry_run).then(|| job_id(0xa1)),
            collection: "docs".into(),
            gaps: 12,
            sources: 11,
            examples: ["a.pdf", "b.pdf", "m.eml"].map(PathBytes::from).to_vec(),
        }],
        to_submit: 1,
        examples: vec![gap()],
    }
}

fn gap() -> GapView {
    GapView {
        path: PathBytes::from("/home/kim/docs/report.pdf"),
        collection: "docs".into(),
        stage: Stage::Extracting,
        rule: "encrypted-pdf".into(),
        code: "encrypted-pdf".into(),
        reason: "the file is encrypted and no password is known".into(),
        bytes: Some(1_048_576),
        job: Some(job_id(0xa4)),
        at: at(5),
    }
}

/// A document that was changed twice, and then could not be read.
fn versions() -> DocumentVersions {
    let version = |number: u32, state, since, until: Option<i64>| VersionView {
        number,
        state,
        content: ContentHash([number as u8; 32]),
        bytes: 1_000 * u64::from(number),
        since: at(since),
        until: until.map(at),
    };
    DocumentVersions {
        id: DocumentId(Uuid::from_u128(0xd0)),
        path: PathBytes::from("retry.md"),
        unread: Some(gap()),
        versions: vec![
            version(3, VersionState::Active, -60, None),
            version(2, VersionState::Kept, -7_200, Some(-60)),
            version(1, VersionState::Gone, -90_000, Some(-7_200)),
        ],
    }
}

/// Returns what a sound daemon answers.
pub(crate) fn answer(request: &Request) -> Answer {
    Answer::Reply(match request {
        Request::Ping | Request::JobRemove(_) | Request::QueuePause | Request::QueueResume => {
            Reply::Done
        }
        Request::Plan(_) => Reply::Plan(Box::new(plan())),
        Request::Submit(submit) => Reply::Accepted(Accepted {
            job: submit.job,
            deduplicated: false,
            created_collection: true,
            collection: match &submit.work {
                SubmitWork::Ingest { collection, .. } | SubmitWork::Watch { collection, .. } => {
                    Some(collection.clone())
                }
                SubmitWork::Plan(_) => Some("docs".into()),
                SubmitWork::Probe => None,
            },
        }),
        Request::Upload(_) => unreachable!("the stand-in collects uploads itself"),
        Request::JobList(_) => Reply::Jobs(page(jobs())),
        Request::JobShow(id) | Request::JobRetry(id) | Request::JobPriority { job: id, .. } => {
            return show(*id);
        }
        Request::JobFind(text) => return find(text),
        Request::JobCancel(id) => Reply::Cancelled(CancelReceipt {
            job: *id,
            state: JobState::Cancelled,
            kept: 12,
            rolled_back_parts: 1,
            never_started_parts: 2,
        }),
        Request::JobErrors { .. } => Reply::JobErrors(page(vec![JobErrorView {
            job: job_id(0xa3),
            path: PathBytes::from("report.pdf"),
            stage: Stage::Extracting,
            code: "encrypted-pdf".into(),
            reason: "the file is encrypted".into(),
            at: at(5),
        }])),
        Request::Watch(watch) => return watched(watch),
        Request::Search(_) => Reply::Search(SearchReply {
            hits: hits(),
            took_us: 900,
            notes: Vec::new(),
        }),
        Request::CollectionList(_) => {
            Reply::Collections(page(vec![collection("docs"), switching("kernel")]))
        }
        Request::CollectionShow(name) if name == "kernal" => {
            return Answer::Failed(
                ErrorReport::new(ErrorCode::NotFound, "unknown collection \"kernal\"")
                    .because("did you mean \"kernel\"?")
                    .try_next("ragctl collection list"),
            );
        }
        Request::CollectionShow(name) if name == "kernel" => Reply::Collection(switching(name)),
        Request::CollectionShow(name) if name == "back" => Reply::Collection(CollectionView {
            previous: Some("fast".into()),
            ..collection(name)
        }),
        Request::CollectionShow(name) | Request::CollectionCreate(name) => {
            Reply::Collection(collection(name))
        }
        Request::CollectionRemove(name) => Reply::CollectionRemoved(CollectionRemoved {
            name: name.clone(),
            documents: 1_204,
            cancelled_jobs: 1,
        }),
        Request::DocumentList(_) => Reply::Documents(page(vec![
            document(b"retry.md", DocumentState::Active),
            document(b"caf\xe9.md", DocumentState::Stale),
        ])),
        Request::DocumentShow(_) => {
            Reply::Document(Box::new(document(b"retry.md", DocumentState::Active)))
        }
        Request::DocumentChunks(_) => Reply::Chunks(page(vec![ChunkView {
            ordinal: 0,
            text: "# Retry\n\nIt \u{1b}[5mdoubles\u{1b}[0m.\n".into(),
            place: place(1, 3),
            heading: Some("Retry".into()),
            symbols: vec![Symbol {
                path: "Retry::backoff".into(),
                kind: "method".into(),
                signature: "fn backoff(&self)".into(),
                line_start: 1,
                line_end: 3,
            }],
        }])),
        Request::DocumentCat(request) if request.version == Some(2) => {
            let text = b"# Retry\n\nIt waits a second.\n".to_vec();
            return Answer::Items(vec![Item::Bytes(Private(text))], StreamEnd::End);
        }
        Request::DocumentCat(_) => {
            let pieces = [&b"# Retry\n\nIt dou"[..], &b"bles \x1b[5m\xff.\n"[..]];
            let items = pieces.map(|piece| Item::Bytes(Private(piece.to_vec())));
            return Answer::Items(items.to_vec(), StreamEnd::End);
        }
        // The stand-in takes uploads itself.
        Request::UploadResume(_) => return Answer::Hang,
        Request::DocumentVersions(_) => Reply::DocumentVersions(versions()),
        Request::DocumentPage(_) => {
            let pieces = [&b"\xff\xd8\xff"[..], &b"\x00\xd9"[..]];
            let items = pieces.map(|piece| Item::Bytes(Private(piece.to_vec())));
            return Answer::Items(items.to_vec(), StreamEnd::End);
        }
        Request::DocumentRemove(_) => Reply::DocumentRemoved(DocumentRemoved {
            id: DocumentId(Uuid::from_u128(0xd0)),
            path: PathBytes::from("retry.md"),
            chunks: 17,
        }),
        Request::Status => Reply::Status(Box::new(status())),
        Request::Health => Reply::Health(health(HealthState::Ok)),
        Request::Gaps(_) => Reply::Gaps(page(vec![gap()])),
        Request::GapGroups(_) => Reply::GapGroups(page(gap_groups())),
        Request::GapRetry(request) => Reply::GapRetry(gap_retry(request.dry_run)),
        Request::Secrets(_) => Reply::Secrets(page(secrets())),
        Request::Fsck { deep } => Reply::Fsck(FsckReport {
            documents: 1_204,
            chunks: 19_310,
            // Only a deep look finds this one.
            damaged_blobs: u64::from(*deep),
            examples: if *deep {
                vec!["abab does not have its hash".into()]
            } else {
                Vec::new()
            },
            ..FsckReport::default()
        }),
        Request::Ask(ask) => return answers::asked(ask),
        Request::AskLater(later) => Reply::Accepted(Accepted {
            job: later.job,
            deduplicated: false,
            created_collection: false,
            collection: later.ask.collection.clone(),
        }),
        Request::JobResult(_) => Reply::Answer(Box::new(answers::view())),
        Request::ConversationList(_) => Reply::Conversations(page(answers::conversations())),
        Request::ConversationShow { .. } => {
            Reply::Conversation(page(vec![answers::view(), answers::quoted()]))
        }
        Request::ConversationRemove(_) => Reply::Done,
        Request::CollectionUpdate(update) => return updated(update),
        Request::CollectionMove(request) => {
            let collection = collection(&request.name);
            let job = (collection.index != request.to).then_some(request.job);
            Reply::CollectionUpdated(Box::new(CollectionUpdated { collection, job }))
        }
        Request::ModelList => Reply::Models(answers::models()),
        Request::WorkerList => Reply::Workers(workers::views()),
        Request::WorkerWant { name, wanted } => return workers::wanted(name, *wanted),
        Request::Doctor => Reply::Findings(workers::findings()),
        Request::Limits => Reply::Limits(limits()),
        Request::Project(_) => Reply::Project(Box::new(project())),
        Request::WatchedList => Reply::Watched(sources()),
        Request::WatchedEnd(_) => Reply::Done,
    })
}

fn project() -> ProjectView {
    let file = |path: &str, rank, used_by, is_test, defines: &[&str]| FileView {
        path: PathBytes::from(path),
        language: "rust".into(),
        rank,
        used_by,
        is_test,
        defines: defines.iter().map(|name| (*name).into()).collect(),
    };
    ProjectView {
        collection: "code".into(),
        files: 3,
        bytes: 4_096,
        tests: 1,
        edges: 2,
        languages: vec![("rust".into(), 3)],
        items: vec![("function".into(), 12), ("struct".into(), 4)],
        packages: vec![PackageView {
            path: PathBytes::from("Cargo.toml"),
            name: "walrus".into(),
            version: Some("1.0.0".into()),
            needs: vec!["serde".into(), "tokio".into()],
        }],
        starts: vec![StartView {
            path: PathBytes::from("src/main.rs"),
            line: 7,
        }],
        readmes: vec![ReadmeView {
            path: PathBytes::from("README.md"),
            title: Some("Walrus \u{1b}[5m".into()),
        }],
        central: vec![
            file("src/queue/mod.rs", 0.5, 2, false, &["Queue", "push"]),
            file("src/main.rs", 0.3, 0, false, &["main"]),
            file("tests/it/\"queue\".rs", 0.2, 0, true, &[]),
        ],
        links: vec![
            LinkView {
                from: 1,
                to: 0,
                imports: true,
                uses: 2,
            },
            LinkView {
                from: 2,
                to: 0,
                imports: false,
                uses: 1,
            },
        ],
        folders: vec![FolderLinkView {
            from: PathBytes::from("src"),
            to: PathBytes::from("src/queue"),
            links: 1,
        }],
        external: vec![("tokio".into(), 2)],
        notes: vec!["jobs are still open, so more may come".into()],
    }
}

/// A source that is well, one that is looked through, and one that is not there.
pub(crate) fn sources() -> Vec<WatchedView> {
    let source = |id: u128, root: &str, state| WatchedView {
        id: WatchedId(Uuid::from_u128(id << 96)),
        uid: 1_000,
        collection: "docs".into(),
        roots: vec![PathBytes::from(root)],
        state,
        is_polled: false,
        folders: 412,
        created_at: at(-7_200),
        updated_at: Some(at(-60)),
        job: Some(job_id(0xa5)),
        cause: None,
        next_step: None,
    };
    let polled = WatchedView {
        is_polled: true,
        folders: 0,
        cause: Some("the system has no watches left for folders".into()),
        next_step: Some("sudo sysctl fs.inotify.max_user_watches=1048576".into()),
        ..source(0x22ab_0000, "/home/kim/big", WatchedState::Updating)
    };
    let away = WatchedView {
        updated_at: None,
        job: None,
        cause: Some("/mnt/disk\u{1b}[2J is not there; its documents are kept".into()),
        ..source(0x22ab_cd00, "/mnt/disk\u{1b}[2J", WatchedState::Away)
    };
    let well = source(0x11ab_0000, "/home/kim/src", WatchedState::Current);
    vec![well, polled, away]
}

fn limits() -> Vec<LimitView> {
    let limit = |key: &str, value, code: &str, meaning: &str| LimitView {
        key: key.into(),
        value,
        usual: value,
        code: code.into(),
        meaning: meaning.into(),
    };
    vec![
        limit("limits.hello_ms", 5_000, "closed", "Time to say hello."),
        limit(
            "extract.memory_bytes",
            1 << 30,
            "extract-memory",
            "Memory of a child.",
        ),
        limit(
            "extract.pages",
            5_000,
            "too-many-pages",
            "Pages of one document.",
        ),
    ]
}

/// `docs` uses the built-in model; every other one is a switch.
fn updated(update: &CollectionUpdateRequest) -> Answer {
    let has_work = update.model != "builtin";
    let switching = has_work.then(|| ModelSwitch {
        model: update.model.clone(),
        job: update.job,
        done: 0,
        total: 19_310,
    });
    Answer::Reply(Reply::CollectionUpdated(Box::new(CollectionUpdated {
        collection: CollectionView {
            switching,
            ..collection(&update.name)
        },
        job: has_work.then_some(update.job),
    })))
}

fn show(id: JobId) -> Answer {
    let known = known_jobs().find(|job| job.id == id);
    // A job that was just submitted is not in the list yet.
    let job = known.unwrap_or_else(|| JobView {
        id,
        ..job(0, JobState::Queued)
    });
    Answer::Reply(Reply::Job(Box::new(job)))
}

/// The jobs of the list, and two questions that are not in it.
fn known_jobs() -> impl Iterator<Item = JobView> {
    jobs().into_iter().chain(answers::jobs())
}

fn find(text: &str) -> Answer {
    let found: Vec<_> = known_jobs()
        .filter(|job| job.id.to_string().replace('-', "").ends_with(text))
        .collect();
    match found.as_slice() {
        [job] => Answer::Reply(Reply::JobId(job.id)),
        [] => Answer::Failed(
            ErrorReport::new(ErrorCode::NotFound, format!("no job has the id {text}"))
                .try_next("ragctl jobs"),
        ),
        _ => Answer::Failed(ErrorReport::new(ErrorCode::Ambiguous, "several jobs fit")),
    }
}

fn watched(request: &protocol::job::WatchRequest) -> Answer {
    if request.filter.ids.is_empty() {
        let mut items: Vec<_> = jobs()
            .into_iter()
            .map(|job| event(7, JobEventKind::Snapshot(Box::new(job))))
            .collect();
        items.push(event(7, JobEventKind::SnapshotEnd));
        items.push(event(8, JobEventKind::Removed(job_id(0xa4))));
        return Answer::Items(items, StreamEnd::Open);
    }
    let mut items = Vec::new();
    for id in &request.filter.ids {
        let first = JobView {
            id: *id,
            ..job(0, JobState::Running)
        };
        items.push(event(1, JobEventKind::Snapshot(Box::new(first))));
    }
    items.push(event(1, JobEventKind::SnapshotEnd));
    for id in &request.filter.ids {
        let last = JobView {
            id: *id,
            ..job(0, JobState::Finished)
        };
        items.push(event(2, JobEventKind::State(Box::new(last))));
    }
    Answer::Items(items, StreamEnd::End)
}
