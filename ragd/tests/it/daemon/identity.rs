//! Who may do what: the daemon believes the kernel about who is on the other side.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use protocol::collection::CollectionView;
use protocol::document::DocumentRef;
use protocol::error::ErrorCode;
use protocol::job::{JobFilter, JobListRequest, JobState, PageRequest, Priority, WatchRequest};
use protocol::submit::{
    Runtime, Source, SourceRules, SubmitRequest, SubmitWork, UploadRequest, UploadResumeRequest,
    UploadedDocument,
};
use protocol::worker::Wanted;
use protocol::{ClientMessage, DaemonMessage, Item, JobId, PathBytes, Request};

use super::client::Client;
use super::world::{World, ingest, plan_of, reply};

/// Neither root nor anybody on a usual machine.
const SOMEBODY: u32 = 54_321;
const SOCKET: &str = "RAGD_TEST_SOCKET";
const JOB: &str = "RAGD_TEST_JOB";

/// Runs [`somebody_else`] as another user against a daemon of ours. Only root can do that.
#[tokio::test(flavor = "multi_thread")]
async fn another_user_hands_in_bytes_and_sees_only_what_is_his() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.take_into("roots", &path).await;
    world.pause().await;
    let waiting = world.submit(&path, SourceRules::default()).await.job;
    // His group may enter the folders of the socket, and so may connect.
    for folder in [world.dir.path().to_owned(), world.dir.path().join("run")] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let socket = world.dir.path().join("run/ragd.sock");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).unwrap();
    let exe = std::env::current_exe().unwrap();
    let copy = world.dir.path().join("it");
    std::fs::copy(exe, &copy).unwrap();
    let mut command = Command::new("setpriv");
    command
        .args([format!("--reuid={SOMEBODY}"), format!("--regid={SOMEBODY}")])
        .arg("--clear-groups")
        .arg(copy)
        .args([
            "--exact",
            "daemon::identity::somebody_else",
            "--ignored",
            "--nocapture",
        ])
        .current_dir("/")
        .env(SOCKET, &socket)
        .env(JOB, waiting.to_string());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.unwrap().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}\n{errors}");
    assert!(shown.contains("1 passed"), "{shown}");

    assert_eq!(world.job(waiting).await.state, JobState::Queued);
    let request = JobListRequest {
        filter: JobFilter {
            uid: Some(SOMEBODY),
            ..JobFilter::default()
        },
        ..JobListRequest::default()
    };
    let jobs = reply!(world.client.call(Request::JobList(request)).await, Jobs).items;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].uid, SOMEBODY);
    world.resume().await;
    world.finished(jobs[0].id).await;
    assert_eq!(world.paths("giraffe").await, ["mine.md"]);
    let CollectionView { owner, .. } = world.collection("mine").await;
    assert_eq!(owner, SOMEBODY);
    // An admin may put something into it.
    world.take_into("mine", &path).await;
    world.stop().await;
}

#[tokio::test]
#[ignore = "run by another_user_hands_in_bytes_and_sees_only_what_is_his"]
async fn somebody_else() {
    let socket = std::env::var(SOCKET).unwrap();
    let foreign: JobId = std::env::var(JOB).unwrap().parse().unwrap();
    let mut client = Client::connect(Path::new(&socket)).await;
    let submit = |work| {
        Request::Submit(SubmitRequest {
            job: JobId::new(),
            work,
            priority: Priority::Normal,
            idempotency_key: None,
            force: false,
            runtime: Runtime::Local,
        })
    };
    // Root's daemon has this content; a hash alone does not tell him so.
    let upload = UploadResumeRequest {
        content: ragd::ids::content_hash(b"walrus\n"),
        bytes: 7,
    };
    let id = client.begin(Request::UploadResume(upload)).await;
    let answer = client.next_of(id).await;
    let body = Item::UploadFrom(0);
    assert_eq!(answer, DaemonMessage::Item { id, body });
    client.send(&ClientMessage::Cancel { id }).await;
    let etc = Path::new("/etc/hostname");
    let roots = DocumentRef::Path {
        collection: Some("roots".to_owned()),
        path: PathBytes::from("a.md"),
    };
    for (request, expected) in [
        (
            submit(ingest("mine", etc, SourceRules::default())),
            ErrorCode::Forbidden,
        ),
        (
            Request::Plan(plan_of(etc, SourceRules::default())),
            ErrorCode::Forbidden,
        ),
        (Request::QueuePause, ErrorCode::Forbidden),
        (Request::QueueResume, ErrorCode::Forbidden),
        (
            Request::WorkerWant {
                name: "local".to_owned(),
                wanted: Wanted::Pause,
            },
            ErrorCode::Forbidden,
        ),
        (
            Request::CollectionRemove("roots".to_owned()),
            ErrorCode::Forbidden,
        ),
        (Request::DocumentRemove(roots), ErrorCode::Forbidden),
        (
            Request::JobErrors {
                job: None,
                page: PageRequest::default(),
            },
            ErrorCode::Forbidden,
        ),
        (
            Request::JobErrors {
                job: Some(foreign),
                page: PageRequest::default(),
            },
            ErrorCode::NotFound,
        ),
        (Request::JobShow(foreign), ErrorCode::NotFound),
        (Request::JobFind(foreign.short()), ErrorCode::NotFound),
        (Request::JobCancel(foreign), ErrorCode::NotFound),
        (Request::JobRetry(foreign), ErrorCode::NotFound),
        (Request::JobRemove(foreign), ErrorCode::NotFound),
        (
            Request::JobPriority {
                job: foreign,
                priority: Priority::Top,
            },
            ErrorCode::NotFound,
        ),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(client.refused(request).await, expected, "{shown}");
    }
    let id = client
        .begin(Request::Upload(UploadRequest { expected: None }))
        .await;
    client.data(id, b"giraffe\n").await;
    client.send(&ClientMessage::DataEnd { id }).await;
    let uploaded = reply!(client.answer(id).await, Uploaded);
    let document = UploadedDocument {
        name: PathBytes::from("mine.md"),
        content: uploaded.content,
        bytes: uploaded.bytes,
    };
    let work = |collection: &str| SubmitWork::Ingest {
        collection: collection.to_owned(),
        source: Source::Uploads(vec![document.clone()]),
        rules: SourceRules::default(),
    };
    assert_eq!(
        client.refused(submit(work("roots"))).await,
        ErrorCode::Forbidden
    );
    // To submit a content he must have sent it; that root's daemon has it, he is not told.
    let stolen = |content| SubmitWork::Ingest {
        collection: "mine".to_owned(),
        source: Source::Uploads(vec![UploadedDocument {
            name: PathBytes::from("stolen.md"),
            content,
            bytes: 7,
        }]),
        rules: SourceRules::default(),
    };
    let mut refusals = Vec::new();
    for text in [b"walrus\n", b"nobody\n"] {
        let content = ragd::ids::content_hash(text);
        let report = client.call(submit(stolen(content))).await.unwrap_err();
        let message = report.message.replace(&content.to_string(), "HASH");
        refusals.push(protocol::ErrorReport { message, ..report });
    }
    assert_eq!(refusals[0].code, ErrorCode::NotFound);
    assert_eq!(refusals[0], refusals[1]);
    // What he sent himself, he need not send again.
    let again = UploadResumeRequest {
        content: uploaded.content,
        bytes: uploaded.bytes,
    };
    let id = client.begin(Request::UploadResume(again)).await;
    let answer = client.next_of(id).await;
    let body = Item::UploadFrom(uploaded.bytes);
    assert_eq!(answer, DaemonMessage::Item { id, body });
    client.send(&ClientMessage::DataEnd { id }).await;
    assert_eq!(client.next_of(id).await, DaemonMessage::End { id });
    // The id of a job that is not his tells him nothing.
    let taken = Request::Submit(SubmitRequest {
        job: foreign,
        work: work("mine"),
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    });
    assert_eq!(client.refused(taken).await, ErrorCode::Conflict);
    let job = reply!(client.call(submit(work("mine"))).await, Accepted).job;
    // Neither lists nor streams tell him of others.
    let request = JobListRequest {
        filter: JobFilter {
            uid: Some(0),
            ..JobFilter::default()
        },
        ..JobListRequest::default()
    };
    let jobs = reply!(client.call(Request::JobList(request)).await, Jobs);
    let ids: Vec<_> = jobs.items.iter().map(|job| job.id).collect();
    assert_eq!((ids, jobs.total), (vec![job], 1));
    let client = Client::connect(Path::new(&socket)).await;
    let mut stream = client.watch(WatchRequest::default()).await;
    let snapshot = stream
        .until(|what| *what == protocol::job::JobEventKind::SnapshotEnd)
        .await;
    assert_eq!(snapshot.len(), 2);
}
