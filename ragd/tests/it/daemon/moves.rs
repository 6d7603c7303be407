//! Collections that move to an index server and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use protocol::collection::{CollectionMoveRequest, IndexKind};
use protocol::error::ErrorCode;
use protocol::job::JobState;
use protocol::{ErrorReport, JobId, Reply, Request};
use tonic::Code;

use super::world::{World, eventually, words};
use crate::qdrant_server::{Fail, QdrantServer};

const FILES: usize = 60;

/// A word that nothing else has.
fn name(number: usize) -> String {
    let letter = |digit: usize| char::from(b'a' + u8::try_from(digit).unwrap());
    ['z', letter(number / 10), 'q', letter(number % 10), 'x']
        .iter()
        .collect()
}

/// A daemon with documents in its own index, and a server that it may use.
async fn world(server: &QdrantServer) -> World {
    let mut world = World::with(|config| {
        config.sweep.grace_ms = 0;
        config.sweep.interval_ms = 10;
        config.queue.retry_min_ms = 10;
        config.queue.retry_max_ms = 10;
        config.queue.lease_ms = 300;
    })
    .await;
    for number in 0..FILES {
        let text = format!("# Animals\n\nThe walrus {} swims.\n", name(number));
        world.write(&format!("{number}.md"), text);
    }
    world.take_in().await;
    let url = server.url();
    Box::pin(world.reconfigured(|config| config.index.url = url)).await
}

async fn ask_to_move(world: &mut World, to: IndexKind) -> Result<Option<JobId>, ErrorReport> {
    let request = CollectionMoveRequest {
        name: "c".to_owned(),
        job: JobId::new(),
        to,
    };
    match world.client.call(Request::CollectionMove(request)).await? {
        Reply::CollectionUpdated(updated) => Ok(updated.job),
        other => panic!("expected a changed collection, got {other:?}"),
    }
}

async fn relocate(world: &mut World, to: IndexKind) {
    let job = ask_to_move(world, to).await.unwrap().unwrap();
    let job = world.ended(job).await;
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!(world.collection("c").await.index, to);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_moves_to_a_server_and_back_while_it_serves() {
    let server = QdrantServer::start();
    let mut world = world(&server).await;
    assert_eq!(world.collection("c").await.index, IndexKind::Embedded);
    let over = Arc::new(AtomicBool::new(false));
    let searching = {
        let (mut client, over) = (world.connect().await, Arc::clone(&over));
        tokio::spawn(async move {
            let mut searches = 0;
            while !over.load(Ordering::SeqCst) {
                let found = client.call(Request::Search(words(&name(7)))).await;
                let Ok(Reply::Search(found)) = found else {
                    panic!("search {searches}: {found:?}");
                };
                let paths: Vec<_> = found.hits.iter().map(|hit| hit.path.to_text()).collect();
                assert_eq!(paths, ["7.md"], "search {searches}");
                searches += 1;
            }
            searches
        })
    };
    for (round, to) in [IndexKind::Qdrant, IndexKind::Embedded, IndexKind::Qdrant]
        .into_iter()
        .enumerate()
    {
        // Taken in meanwhile, so it is written to both.
        let new = name(FILES + round);
        let path = format!("new{round}.md");
        world.write(&path, format!("A penguin {new} walks.\n"));
        let files = world.files();
        let taking = world.take_lazily(&files, "c").await;
        relocate(&mut world, to).await;
        world.finished(taking).await;
        assert_eq!(world.paths(&new).await, [path]);
        let found = world.fsck().await;
        assert!(found.is_clean(), "{to:?}: {found:?}");
        // What was left behind goes.
        let is_there = || async { is_left_alone(&server).then_some(()) };
        if to == IndexKind::Embedded {
            eventually("the server has nothing left", is_there).await;
        }
    }
    over.store(true, Ordering::SeqCst);
    assert!(searching.await.unwrap() > 0);
    // New collections are on the server from the beginning.
    let files = world.files();
    world.take_into("other", &files).await;
    assert_eq!(world.collection("other").await.index, IndexKind::Qdrant);
    let again = ask_to_move(&mut world, IndexKind::Qdrant).await.unwrap();
    assert_eq!(again, None, "it is there already");
}

/// Tells whether the server has nothing but the mark by which daemons know it.
fn is_left_alone(server: &QdrantServer) -> bool {
    let names = server.names().0;
    names.iter().all(|name| name.starts_with("ragd-mark-"))
}

/// Breaks when an emptied server is noticed by the next start alone, or by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_emptied_is_made_whole_while_the_daemon_runs() {
    let server = QdrantServer::start();
    let mut world = world(&server).await;
    relocate(&mut world, IndexKind::Qdrant).await;
    // From here on the daemon knows which server it is.
    let is_mark = |name: &String| name.starts_with("ragd-mark-");
    let is_known = || async { server.names().0.iter().any(is_mark).then_some(()) };
    eventually("the server has a mark", is_known).await;
    for lose in [QdrantServer::wipe, QdrantServer::replace] {
        lose(&server);
        let mut client = world.connect().await;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let found = client.call(Request::Search(words(&name(7)))).await;
            // While its fields are made, the server refuses to search a collection.
            match found {
                Ok(Reply::Search(found)) if found.hits.len() == 1 => break,
                _ => assert!(Instant::now() < deadline, "it stays lost"),
            }
        }
    }
    // What comes later is where the rest is.
    world.write("new.md", "A penguin walks.\n");
    let files = world.files();
    world.take_into("c", &files).await;
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

/// Begins to move to the server, which fails after the first chunks.
async fn stuck(world: &mut World, server: &QdrantServer) -> JobId {
    server.faults().fail = Some(Fail {
        call: "upsert",
        after: 1,
        times: u32::MAX,
        code: Code::Unavailable,
    });
    let job = ask_to_move(world, IndexKind::Qdrant).await;
    let job = job.unwrap().unwrap();
    world
        .job_when(job, |job| job.state == JobState::Parked)
        .await;
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_cut_short_goes_on_after_a_restart() {
    let server = QdrantServer::start();
    let mut world = world(&server).await;
    let job = stuck(&mut world, &server).await;
    assert_eq!(world.paths(&name(7)).await, ["7.md"], "it serves on");
    let mut world = world.restart().await;
    assert_eq!(world.collection("c").await.index, IndexKind::Embedded);
    server.faults().fail = None;
    world.finished(job).await;
    assert_eq!(world.collection("c").await.index, IndexKind::Qdrant);
    assert_eq!(world.paths(&name(7)).await, ["7.md"]);
    assert!(world.fsck().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_move_leaves_everything_where_it_was() {
    let server = QdrantServer::start();
    let mut world = world(&server).await;
    let job = stuck(&mut world, &server).await;
    world.client.call(Request::JobCancel(job)).await.unwrap();
    assert_eq!(world.ended(job).await.state, JobState::Cancelled);
    server.faults().fail = None;
    eventually("nothing is left on the server", || async {
        is_left_alone(&server).then_some(())
    })
    .await;
    assert_eq!(world.collection("c").await.index, IndexKind::Embedded);
    assert!(world.fsck().await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_named_any_more_is_missed_by_name() {
    let server = QdrantServer::start();
    let mut world = world(&server).await;
    relocate(&mut world, IndexKind::Qdrant).await;
    let mut world = world.reconfigured(|config| config.index.url.clear()).await;
    let error = world.search_as(words(&name(7))).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("index.url"), "{text}");
    // The contents are here: the way back does not need the server.
    relocate(&mut world, IndexKind::Embedded).await;
    assert_eq!(world.paths(&name(7)).await, ["7.md"]);
    let refused = ask_to_move(&mut world, IndexKind::Qdrant).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::Conflict);
}
