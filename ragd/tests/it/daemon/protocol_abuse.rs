//! Requests that make no sense, and clients that do not behave.

use std::fs;

use protocol::document::{DocumentListRequest, DocumentRef, GapListRequest};
use protocol::error::ErrorCode;
use protocol::job::{JobListRequest, PageRequest, Priority, WatchRequest};
use protocol::search::SearchRequest;
use protocol::submit::{
    Runtime, Source, SourceRules, SubmitRequest, SubmitWork, UploadRequest, UploadedDocument,
};
use protocol::{
    ClientMessage, ContentHash, DaemonMessage, JobId, PathBytes, Reply, Request, RequestId,
};

use super::world::{World, eventually, ingest, reply, words};

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_in_use_is_refused_and_free_again_after_the_answer() {
    let mut world = World::new().await;
    let id = world
        .client
        .begin(Request::Watch(WatchRequest::default()))
        .await;
    world.client.next_of(id).await;
    let message = ClientMessage::Request {
        id,
        body: Request::Ping,
    };
    world.client.send(&message).await;
    let answer = world.client.next_of(id).await;
    let DaemonMessage::Failed { report, .. } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(report.code, ErrorCode::BadRequest);
    world.client.send(&ClientMessage::Cancel { id }).await;
    while !matches!(world.client.next_of(id).await, DaemonMessage::Failed { .. }) {}
    world.client.send(&message).await;
    assert!(matches!(world.client.answer(id).await, Ok(Reply::Done)));
    // Cancels and data of what is not there are nothing.
    let nobody = RequestId(77);
    world
        .client
        .send(&ClientMessage::Cancel { id: nobody })
        .await;
    world.client.data(nobody, b"walrus").await;
    world
        .client
        .send(&ClientMessage::DataEnd { id: nobody })
        .await;
    assert!(matches!(
        world.client.call(Request::Ping).await,
        Ok(Reply::Done)
    ));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_collection_comes_with_the_nearest_name() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.take_into("papers", &path).await;
    let request = SearchRequest {
        collection: Some("paper".to_owned()),
        ..words("walrus")
    };
    let report = world.search_as(request).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::NotFound);
    assert!(report.why.unwrap().contains("\"papers\""));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_names_cursors_globs_and_queries_have_codes() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.take_in().await;
    let long = "x".repeat(201);
    for name in [
        "",
        "-x",
        "a b",
        "a/b",
        "a,b",
        ".a",
        "@a",
        "a\nb",
        long.as_str(),
    ] {
        let create = Request::CollectionCreate(name.to_owned());
        assert_eq!(
            world.client.refused(create).await,
            ErrorCode::BadRequest,
            "{name:?}"
        );
        let work = ingest(name, &path, SourceRules::default());
        let report = world.submit_as(work).await.unwrap_err();
        assert_eq!(report.code, ErrorCode::BadRequest, "{name:?}");
    }
    for cursor in ["x", "-1", "+f", "zz", "0.", "é"] {
        let page = PageRequest {
            limit: 1,
            cursor: Some(cursor.to_owned()),
        };
        let jobs = Request::JobList(JobListRequest {
            page: page.clone(),
            ..JobListRequest::default()
        });
        let documents = Request::DocumentList(DocumentListRequest {
            page: page.clone(),
            ..DocumentListRequest::default()
        });
        let gaps = Request::Gaps(GapListRequest {
            page,
            ..GapListRequest::default()
        });
        for request in [jobs, documents, gaps] {
            assert_eq!(
                world.client.refused(request).await,
                ErrorCode::BadRequest,
                "{cursor}"
            );
        }
    }
    let glob = SearchRequest {
        paths: vec!["{a".to_owned()],
        ..words("walrus")
    };
    for request in [
        glob,
        words(""),
        words("?!"),
        words(&"walrus ".repeat(2_000)),
    ] {
        let report = world.search_as(request).await.unwrap_err();
        assert_eq!(report.code, ErrorCode::BadQuery);
    }
    let no_such = DocumentRef::Id(protocol::DocumentId(uuid::Uuid::nil()));
    for request in [
        Request::DocumentShow(no_such.clone()),
        Request::DocumentCat(no_such.clone().into()),
        Request::DocumentRemove(no_such),
        Request::CollectionShow("nowhere".to_owned()),
        Request::CollectionRemove("nowhere".to_owned()),
    ] {
        assert_eq!(world.client.refused(request).await, ErrorCode::NotFound);
    }
    world.stop().await;
}

/// Returns the files in the blob store, finished or not.
fn blobs(world: &World) -> usize {
    let uploads = fs::read_dir(world.state().join("blobs/uploads")).unwrap();
    let shards = fs::read_dir(world.state().join("blobs/objects")).unwrap();
    let objects = shards.map(|shard| fs::read_dir(shard.unwrap().path()).unwrap().count());
    uploads.count() + objects.sum::<usize>()
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_are_too_large_wrong_or_broken_off_leave_nothing() {
    let mut world = World::with(|config| config.limits.upload_bytes = 1 << 20).await;
    let begin = |expected| Request::Upload(UploadRequest { expected });
    let id = world.client.begin(begin(None)).await;
    world.client.data(id, &vec![b'x'; (1 << 20) + 1]).await;
    let report = world.client.answer(id).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::TooLarge);
    world.client.data(id, b"what is still under way").await;
    world.client.send(&ClientMessage::DataEnd { id }).await;

    let id = world.client.begin(begin(Some(ContentHash([7; 32])))).await;
    world.client.data(id, b"walrus").await;
    world.client.send(&ClientMessage::DataEnd { id }).await;
    let report = world.client.answer(id).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::BadRequest);

    let id = world.client.begin(begin(None)).await;
    world.client.data(id, b"walrus").await;
    world.client.send(&ClientMessage::Cancel { id }).await;
    let report = world.client.answer(id).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::Cancelled);

    let mut gone = world.connect().await;
    let id = gone.begin(begin(None)).await;
    gone.data(id, b"walrus").await;
    drop(gone);
    eventually("drafts go", async || (blobs(&world) == 0).then_some(())).await;

    // The limit itself is fine, and so is nothing at all.
    world.upload(&vec![b'x'; 1 << 20]).await;
    let nothing = world.upload(b"").await;
    assert_eq!(nothing.bytes, 0);
    assert_eq!(blobs(&world), 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submit_of_uploads_that_makes_no_sense_leaves_nothing() {
    let mut world = World::new().await;
    let here = world.upload(b"walrus\n").await;
    let document = |name: &str, content| UploadedDocument {
        name: PathBytes::from(name),
        content,
        bytes: here.bytes,
    };
    let unknown = ContentHash([7; 32]);
    for (documents, expected) in [
        (vec![], ErrorCode::BadRequest),
        (vec![document("", here.content)], ErrorCode::BadRequest),
        (
            vec![
                document("a.md", here.content),
                document("a.md", here.content),
            ],
            ErrorCode::BadRequest,
        ),
        (vec![document("a.md", unknown)], ErrorCode::NotFound),
    ] {
        let work = SubmitWork::Ingest {
            collection: "c".to_owned(),
            source: Source::Uploads(documents),
            rules: SourceRules::default(),
        };
        assert_eq!(world.submit_as(work).await.unwrap_err().code, expected);
    }
    let list = Request::CollectionList(PageRequest::default());
    assert_eq!(reply!(world.client.call(list).await, Collections).items, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_no_message_ends_the_connection_with_a_reason() {
    let mut world = World::new().await;
    let mut bad = world.connect().await;
    bad.send_raw(b"\xff\xff\xff\xff").await;
    let Some(DaemonMessage::Failed { id, report }) = bad.next().await else {
        panic!("no reason was given");
    };
    assert_eq!((id, report.code), (RequestId(0), ErrorCode::Protocol));
    assert!(bad.next().await.is_none());
    assert!(matches!(
        world.client.call(Request::Ping).await,
        Ok(Reply::Done)
    ));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submit_may_name_as_many_paths_as_a_frame_holds() {
    let mut world = World::new().await;
    let path = world.write(&format!("{}/a.md", "d".repeat(200)), "walrus\n");
    let source = super::world::paths(&vec![path.as_path(); 12_000]);
    let request = Request::Submit(SubmitRequest {
        job: JobId::new(),
        work: SubmitWork::Ingest {
            collection: "c".to_owned(),
            source,
            rules: SourceRules::default(),
        },
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    });
    let job = reply!(world.client.call(request).await, Accepted).job;
    world.finished(job).await;
    assert_eq!(world.collection("c").await.documents, 1);
    world.stop().await;
}
