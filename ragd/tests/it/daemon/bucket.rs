//! A daemon whose contents are in an object store.

use protocol::Request;
use protocol::document::DocumentRef;
use protocol::error::ErrorCode;
use protocol::job::{JobState, Waiting};
use protocol::submit::UploadRequest;
use protocol::{ClientMessage, PathBytes};
use reqwest::Method;

use super::world::{World, eventually, reply};
use crate::moto::{self, Moto};
use crate::unruly::{Fault, Unruly};

/// Returns a daemon and the bucket that it keeps its contents in.
async fn world(endpoint: &str) -> (World, String) {
    let bucket = Moto::get().bucket().await;
    let world = World::with(|config| {
        let keys = config.state_dir.parent().unwrap().join("keys");
        std::fs::create_dir(&keys).unwrap();
        config.blobs = moto::config(endpoint, &bucket, &keys);
        config.sweep.grace_ms = 0;
        config.sweep.interval_ms = 10;
        config.queue.retry_min_ms = 10;
        config.queue.retry_max_ms = 10;
    });
    (world.await, bucket)
}

async fn objects(bucket: &str) -> usize {
    let path = format!("{bucket}?list-type=2&prefix=some/prefix/objects/");
    let list = Moto::get().ask(Method::GET, &path, "").await;
    list.matches("<Key>").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bucket_keeps_is_what_the_ledger_names() {
    let (mut world, bucket) = world(&Moto::get().endpoint).await;
    world.write("a.md", "walrus\n");
    world.take_in().await;
    let long = "giraffe\n".repeat(20_000);
    let accepted = world.hand_in("long.md", long.as_bytes()).await;
    world.finished(accepted.job).await;
    let accepted = world.hand_in("b.md", b"penguin\n").await;
    world.finished(accepted.job).await;
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    assert_eq!(found.documents, 3);
    // Objects that no row names go at the next start.
    let name = "0".repeat(64);
    let path = format!("{bucket}/some/prefix/objects/{name}");
    Moto::get().ask(Method::PUT, &path, "left").await;
    let mut world = world.restart().await;
    assert_eq!(world.paths("giraffe").await, ["long.md"]);
    assert_eq!(objects(&bucket).await, 3);

    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from("a.md"),
    };
    let removed = world.client.call(Request::DocumentRemove(document)).await;
    reply!(removed, DocumentRemoved);
    eventually("the pack goes", async || {
        (objects(&bucket).await == 2).then_some(())
    })
    .await;
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_outlives_an_object_store_that_fails() {
    let unruly = Unruly::before(&Moto::get().endpoint);
    let (mut world, _) = world(&unruly.endpoint).await;
    // Once it is open: a start that finds no store ends.
    assert!(world.fsck().await.is_clean());
    unruly.fail("PUT", Fault::Answer("503 Slow Down", "", ""), 7);
    world.write("a.md", "walrus\n");
    let files = world.files();
    let job = world.take_lazily(&files, "c").await;
    world.finished(job).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    // The note about the owner, two runs of four tries each, of which the last found it well.
    assert_eq!(unruly.requests("PUT"), 9);

    // Out of reach for longer than there are attempts.
    for fault in [Fault::CutRequest, Fault::CutAnswer] {
        unruly.fail("some/prefix", fault, usize::MAX);
        world.write("b.md", format!("narwhal {fault:?}\n"));
        let job = world.take_lazily(&files, "c").await;
        let parked = world
            .job_when(job, |job| job.state == JobState::Parked)
            .await;
        let Some(Waiting::Dependency { name, reason }) = parked.waiting else {
            panic!("{:?}", parked.waiting);
        };
        assert_eq!(name, "blobs");
        assert!(reason.contains("the object store"), "{reason}");
        unruly.heal();
        world.finished(job).await;
        assert_eq!(world.paths("narwhal").await, ["b.md"]);
    }

    let denied = "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>";
    let denied = Fault::Answer("403 Forbidden", "", denied);
    unruly.fail("PUT", denied, usize::MAX);
    let request = Request::Upload(UploadRequest { expected: None });
    let id = world.client.begin(request).await;
    world.client.data(id, b"penguin\n").await;
    world.client.send(&ClientMessage::DataEnd { id }).await;
    let report = world.client.answer(id).await.unwrap_err();
    assert_eq!(report.code, ErrorCode::StoreFailed);
    assert!(!report.retryable);
    assert!(
        report.causes[0].contains("refuses the keys (403, AccessDenied: No.)"),
        "{report:?}"
    );
    assert!(report.try_next[0].contains("check the keys"), "{report:?}");
    unruly.heal();
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}
