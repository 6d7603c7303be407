//! Streams about jobs.

use std::collections::HashMap;

use protocol::error::ErrorCode;
use protocol::job::{JobEventKind, JobFilter, JobState, Priority, Since, WatchRequest};
use protocol::submit::{Runtime, SourceRules, SubmitRequest, SubmitWork};
use protocol::{ClientMessage, JobId, Request};

use super::client::{Client, Watching};
use super::world::{World, ingest, reply};

fn probe_request() -> Request {
    Request::Submit(SubmitRequest {
        job: JobId::new(),
        work: SubmitWork::Probe,
        priority: Priority::Normal,
        idempotency_key: None,
        force: false,
        runtime: Runtime::Local,
    })
}

async fn probe(client: &mut Client) -> JobId {
    reply!(client.call(probe_request()).await, Accepted).job
}

async fn watch(world: &World, request: WatchRequest) -> Watching {
    world.connect().await.watch(request).await
}

fn ends(job: JobId) -> impl Fn(&JobEventKind) -> bool {
    move |what| matches!(what, JobEventKind::State(view) if view.id == job && view.state.is_end())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_with_a_snapshot_and_goes_on_with_changes() {
    let mut world = World::new().await;
    let old = probe(&mut world.client).await;
    world.finished(old).await;
    let mut stream = watch(&world, WatchRequest::default()).await;
    let snapshot = stream
        .until(|what| *what == JobEventKind::SnapshotEnd)
        .await;
    assert_eq!(snapshot.len(), 2);
    assert!(matches!(&snapshot[0].what, JobEventKind::Snapshot(view) if view.id == old));
    world.write("a.md", "walrus\n");
    let files = world.files();
    let job = world.submit(&files, SourceRules::default()).await.job;
    let events = stream.until(ends(job)).await;
    assert!(matches!(&events[0].what, JobEventKind::Created(view) if view.id == job));
    let mut last = snapshot[1].seq;
    for event in &events {
        assert!(event.seq > last, "{} after {last}", event.seq);
        assert_eq!(event.boot_id, world.client.welcome.boot_id);
        last = event.seq;
    }
    world.client.call(Request::JobRemove(job)).await.unwrap();
    let removed = stream
        .until(|what| matches!(what, JobEventKind::Removed(_)))
        .await;
    assert_eq!(removed.last().unwrap().what, JobEventKind::Removed(job));
    world.stop().await;
}

/// Breaks when a heartbeat counts from nought.
#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_beats_with_the_number_it_has_come_to() {
    let mut world = World::with(|config| config.limits.heartbeat_ms = 20).await;
    let job = probe(&mut world.client).await;
    world.finished(job).await;
    let mut stream = watch(&world, WatchRequest::default()).await;
    let events = stream.until(|what| *what == JobEventKind::Heartbeat).await;
    let [.., end, beat] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(end.what, JobEventKind::SnapshotEnd);
    assert_eq!(beat.seq, end.seq);
    assert!(beat.seq > 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_until_the_end_ends_when_all_its_jobs_have() {
    let mut world = World::new().await;
    world.pause().await;
    let (one, two, other) = (
        probe(&mut world.client).await,
        probe(&mut world.client).await,
        probe(&mut world.client).await,
    );
    let request = WatchRequest {
        filter: JobFilter {
            ids: vec![one, two],
            ..JobFilter::default()
        },
        until_ended: true,
        ..WatchRequest::default()
    };
    let mut stream = watch(&world, request.clone()).await;
    stream
        .until(|what| *what == JobEventKind::SnapshotEnd)
        .await;
    world.resume().await;
    let mut ended = HashMap::new();
    while let Some(event) = stream.next().await.unwrap() {
        if let JobEventKind::State(view) = event.what {
            assert_ne!(view.id, other);
            ended.insert(view.id, view.state);
        }
    }
    assert_eq!(
        ended,
        HashMap::from([(one, JobState::Finished), (two, JobState::Finished)])
    );
    // What is over already ends the stream after the snapshot.
    let mut stream = watch(&world, request).await;
    let mut count = 0;
    while stream.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_where_another_broke_off() {
    let mut world = World::new().await;
    let mut stream = watch(&world, WatchRequest::default()).await;
    let first = probe(&mut world.client).await;
    let seq = stream.until(ends(first)).await.last().unwrap().seq;
    drop(stream);
    let second = probe(&mut world.client).await;
    world.finished(second).await;
    let boot_id = Some(world.client.welcome.boot_id);
    let since = |boot_id, seq| WatchRequest {
        since: Some(Since { boot_id, seq }),
        ..WatchRequest::default()
    };
    for boot_id in [boot_id, None] {
        let mut stream = watch(&world, since(boot_id, seq)).await;
        let events = stream.until(ends(second)).await;
        assert!(matches!(&events[0].what, JobEventKind::Created(view) if view.id == second));
        assert!(events.iter().all(|event| event.seq > seq));
    }
    // Another boot, or a number that was never reached: everything from the beginning.
    let foreign = Some(protocol::BootId(uuid::Uuid::now_v7()));
    for (boot_id, seq) in [(foreign, seq), (boot_id, seq + 1_000_000)] {
        let mut stream = watch(&world, since(boot_id, seq)).await;
        let events = stream
            .until(|what| *what == JobEventKind::SnapshotEnd)
            .await;
        assert_eq!(events[0].what, JobEventKind::Gap);
        assert_eq!(events.len(), 4);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_can_be_narrowed_and_cancelled() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.take_into("one", &path).await;
    world.take_into("two", &path).await;
    let filter = JobFilter {
        collection: Some("two".to_owned()),
        ..JobFilter::default()
    };
    let request = WatchRequest {
        filter,
        ..WatchRequest::default()
    };
    let mut stream = watch(&world, request).await;
    let is_two = |what: &JobEventKind| match what {
        JobEventKind::Snapshot(view) | JobEventKind::Created(view) | JobEventKind::State(view) => {
            assert_eq!(view.collection.as_deref(), Some("two"));
        }
        _ => {}
    };
    let snapshot = stream
        .until(|what| *what == JobEventKind::SnapshotEnd)
        .await;
    assert_eq!(snapshot.len(), 2);
    world.take_into("one", &path).await;
    let work = ingest("two", &path, SourceRules::default());
    let job = world.submit_as(work).await.unwrap().job;
    for event in stream.until(ends(job)).await {
        is_two(&event.what);
    }
    let id = stream.id;
    stream.client.send(&ClientMessage::Cancel { id }).await;
    let report = loop {
        match stream.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cancelled stream is not complete"),
            Err(report) => break report,
        }
    };
    assert_eq!(report.code, ErrorCode::Cancelled);
    let unknown = WatchRequest {
        filter: JobFilter {
            collection: Some("tow".to_owned()),
            ..JobFilter::default()
        },
        ..WatchRequest::default()
    };
    let report = watch(&world, unknown).await.next().await.unwrap_err();
    assert_eq!(report.code, ErrorCode::NotFound);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_told_of_the_gap_and_slows_nobody() {
    let mut world = World::new().await;
    let mut slow = watch(&world, WatchRequest::default()).await;
    slow.until(|what| *what == JobEventKind::SnapshotEnd).await;
    let mut quick = watch(&world, WatchRequest::default()).await;
    quick.until(|what| *what == JobEventKind::SnapshotEnd).await;
    // More than sockets, outbox and mailbox hold together.
    let mut last = JobId::new();
    for _ in 0..40 {
        let mut ids = Vec::new();
        for _ in 0..50 {
            ids.push(world.client.begin(probe_request()).await);
            if ids.len() % 25 == 0 {
                for id in ids.drain(..) {
                    last = reply!(world.client.answer(id).await, Accepted).job;
                }
            }
        }
        quick.until(ends(last)).await;
    }
    world.finished(last).await;
    let events = slow.until(|what| *what == JobEventKind::Gap).await;
    assert!(events.len() > 10);
    let again = slow.until(|what| *what == JobEventKind::SnapshotEnd).await;
    let last_seen = again.iter().any(
        |event| matches!(&event.what, JobEventKind::Snapshot(view) if view.id == last && view.state.is_end()),
    );
    assert!(last_seen, "the snapshot after the gap has everything");
    world.stop().await;
}
