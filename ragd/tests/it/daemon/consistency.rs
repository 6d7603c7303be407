//! What a reader sees while documents change under it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use protocol::document::DocumentRef;
use protocol::submit::{Runtime, SourceRules};
use protocol::{PathBytes, Reply, Request};

use super::world::{World, reply, words};

/// P9. Breaks when a search takes no snapshot, or when a version is flipped before it is flushed.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_exactly_one_version_at_any_moment() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus version0\n");
    world.take_in().await;
    let done = Arc::new(AtomicBool::new(false));
    let searches = Arc::new(AtomicU32::new(0));
    let mut readers = Vec::new();
    for _ in 0..2 {
        let mut client = world.connect().await;
        let (done, searches) = (Arc::clone(&done), Arc::clone(&searches));
        readers.push(tokio::spawn(async move {
            let mut newest = 0;
            while !done.load(Ordering::Relaxed) {
                let reply = client.call(Request::Search(words("walrus"))).await;
                let Ok(Reply::Search(reply)) = reply else {
                    panic!("{reply:?}");
                };
                assert_eq!(reply.hits.len(), 1, "{:?}", reply.hits);
                let text = reply.hits[0].text.as_str();
                let version = text.trim().rsplit("version").next().unwrap();
                let version: u32 = version.parse().unwrap();
                assert!(version >= newest, "{version} after {newest}");
                newest = version;
                searches.fetch_add(1, Ordering::Relaxed);
            }
            newest
        }));
    }
    for version in 1..=200 {
        fs::write(&path, format!("walrus version{version}\n")).unwrap();
        let job = world.take_in().await;
        assert_eq!(job.totals.updated, 1, "{version}: {job:?}");
        let seen = world.search("walrus").await;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].text.trim(), format!("walrus version{version}"));
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(searches.load(Ordering::Relaxed) > 100);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_content_wins_over_twenty_submits() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus 0\n");
    let mut submits = Vec::new();
    for n in 1..=20 {
        fs::write(&path, format!("walrus {n}\n")).unwrap();
        let mut client = world.connect().await;
        let path = path.clone();
        submits.push(tokio::spawn(async move {
            let request = protocol::submit::SubmitRequest {
                job: protocol::JobId::new(),
                work: super::world::ingest("c", &path, SourceRules::default()),
                priority: protocol::job::Priority::Normal,
                idempotency_key: None,
                force: true,
                runtime: Runtime::Local,
            };
            reply!(client.call(Request::Submit(request)).await, Accepted).job
        }));
        tokio::task::yield_now().await;
    }
    for submit in submits {
        let job = submit.await.unwrap();
        world.finished(job).await;
    }
    let hits = world.search("walrus").await;
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].text.trim(), "walrus 20");
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

/// P10. Breaks when a removal is answered before searches know of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_is_found_by_no_later_search() {
    let mut world = World::new().await;
    for n in 0..30 {
        world.write(&format!("{n}.md"), format!("walrus number{n}\n"));
    }
    world.take_in().await;
    let mut other = world.connect().await;
    for n in 0..30 {
        let document = DocumentRef::Path {
            collection: None,
            path: PathBytes::from(format!("{n}.md").as_str()),
        };
        let removed = world.client.call(Request::DocumentRemove(document)).await;
        reply!(removed, DocumentRemoved);
        let request = Request::Search(words(&format!("number{n}")));
        let reply = reply!(other.call(request).await, Search);
        let gone = PathBytes::from(format!("{n}.md").as_str());
        assert!(reply.hits.iter().all(|hit| hit.path != gone), "{n}");
        assert_eq!(
            reply.hits.len(),
            29 - n,
            "the word `number` is in the others"
        );
    }
    assert_eq!(world.collection("c").await.documents, 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    world.take_in().await;
    world.pause().await;
    let late = world.hand_in("late.md", b"giraffe\n").await.job;
    let mut world = world.restart().await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    world.resume().await;
    world.finished(late).await;
    assert_eq!(world.paths("giraffe").await, ["late.md"]);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}
