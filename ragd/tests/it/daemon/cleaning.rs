//! What nobody needs goes, and nothing else does.

use protocol::document::DocumentRef;
use protocol::{PathBytes, Request};

use super::world::{World, eventually, reply};

async fn swept() -> World {
    World::with(|config| {
        config.sweep.grace_ms = 0;
        config.sweep.interval_ms = 10;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_document_leaves_neither_chunks_nor_bytes() {
    let mut world = swept().await;
    world.write("a.md", "walrus\n");
    world.take_in().await;
    world.write("b.md", "giraffe\n");
    world.take_in().await;
    assert_eq!(world.packs(), 2);
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from("a.md"),
    };
    let removed = world.client.call(Request::DocumentRemove(document)).await;
    reply!(removed, DocumentRemoved);
    eventually("the pack goes", async || (world.packs() == 1).then_some(())).await;
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    assert_eq!((found.documents, found.chunks), (1, 1));
    assert_eq!(world.paths("giraffe").await, ["b.md"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_collection_leaves_nothing() {
    let mut world = swept().await;
    for n in 0..20 {
        world.write(&format!("{n}.md"), format!("walrus {n}\n"));
    }
    world.take_in().await;
    let request = Request::CollectionRemove("c".to_owned());
    reply!(world.client.call(request).await, CollectionRemoved);
    eventually("all packs go", async || (world.packs() == 0).then_some(())).await;
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    assert_eq!((found.documents, found.chunks), (0, 0));
    world.stop().await;
}

/// Breaks when a content that is kept already is written once more.
#[tokio::test(flavor = "multi_thread")]
async fn equal_contents_are_kept_once() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    world.write("b.md", "giraffe\n");
    world.take_in().await;
    assert_eq!(world.packs(), 1);
    world.write("copy.md", "walrus\n");
    world.take_in().await;
    assert_eq!(world.packs(), 1);
    assert_eq!(world.paths("walrus").await.len(), 2);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_comes_back_while_it_is_swept_stays() {
    let mut world = swept().await;
    for round in 0..40 {
        let text = ["walrus one\n", "walrus two\n"][round % 2];
        world.write("a.md", text);
        world.take_in().await;
        let hits = world.search("walrus").await;
        assert_eq!(hits.len(), 1, "round {round}");
        assert_eq!(*hits[0].text.trim(), *text.trim(), "round {round}");
    }
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

/// Seldom meets the moment in which it matters; it shows that nothing hangs.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_whose_client_goes_locks_nothing() {
    let mut world = World::with(|config| {
        config.sweep.grace_ms = 0;
        config.sweep.interval_ms = 3_600_000;
    })
    .await;
    for round in 0..30 {
        world.write("a.md", ["walrus one\n", "walrus two\n"][round % 2]);
        world.take_in().await;
        let mut client = world.connect().await;
        let id = client.begin(Request::Fsck { deep: true }).await;
        let cancel = protocol::ClientMessage::Cancel { id };
        client.send(&cancel).await;
        drop(client);
    }
    assert_eq!(world.search("walrus").await.len(), 1);
    world.stop().await;
}
