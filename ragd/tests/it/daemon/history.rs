//! What documents were before stays readable, as long as the configuration says.

use protocol::document::{
    DocumentCatRequest, DocumentRef, DocumentVersions, VersionState, VersionView,
};
use protocol::{ErrorCode, ErrorReport, PathBytes, Request};
use ragd::config::Config;
use tokio::sync::Mutex;

use super::world::{World, eventually, reply};
use crate::packed::zip;

const KEPT: VersionState = VersionState::Kept;
const ACTIVE: VersionState = VersionState::Active;
const GONE: VersionState = VersionState::Gone;

fn named(path: &str) -> DocumentRef {
    DocumentRef::Path {
        collection: None,
        path: PathBytes::from(path),
    }
}

async fn versions(world: &mut World, path: &str) -> DocumentVersions {
    let request = Request::DocumentVersions(named(path));
    reply!(world.client.call(request).await, DocumentVersions)
}

fn states(versions: &DocumentVersions) -> Vec<(u32, VersionState)> {
    let versions = versions.versions.iter();
    versions
        .map(|version| (version.number, version.state))
        .collect()
}

async fn cat(world: &mut World, path: &str, version: Option<u32>) -> Result<String, ErrorReport> {
    let request = DocumentCatRequest {
        document: named(path),
        version,
    };
    let bytes = world.bytes(Request::DocumentCat(request)).await?;
    Ok(String::from_utf8(bytes).unwrap())
}

async fn take_each(world: &mut World, path: &str, texts: &[&str]) {
    for text in texts {
        world.write(path, text);
        world.take_in().await;
    }
}

fn sweeping(versions: u32) -> impl FnOnce(&mut Config) {
    move |config| {
        config.history.versions = versions;
        config.sweep.grace_ms = 0;
        config.sweep.interval_ms = 10;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_document_was_can_be_read_and_is_not_found() {
    let mut world = World::with(sweeping(5)).await;
    let texts = ["walrus\n", "giraffe\n", "walrus\n", "heron\n"];
    take_each(&mut world, "a.md", &texts).await;
    let mut world = world.restart().await;
    let known = versions(&mut world, "a.md").await;
    let expected = [(4, ACTIVE), (3, KEPT), (2, KEPT), (1, KEPT)];
    assert_eq!(states(&known), expected);
    assert_eq!(known.unread, None);
    let [four, three, two, one] = &known.versions[..] else {
        panic!("{known:?}");
    };
    assert_eq!((one.content, one.bytes), (three.content, 7));
    assert_eq!((one.until, two.until), (Some(two.since), Some(three.since)));
    assert_eq!((three.until, four.until), (Some(four.since), None));
    for (version, text) in [(None, 3), (Some(4), 3), (Some(2), 1), (Some(1), 0)] {
        let read = cat(&mut world, "a.md", version).await.unwrap();
        assert_eq!(read, texts[text], "{version:?}");
    }
    let none = cat(&mut world, "a.md", Some(9)).await.unwrap_err();
    assert_eq!(none.code, ErrorCode::NotFound);
    assert_eq!(none.message, "there is no version 9 of this document");
    assert!(world.paths("giraffe").await.is_empty());
    assert_eq!(world.paths("heron").await, ["a.md"]);
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_contents_are_kept() {
    let mut world = World::with(sweeping(2)).await;
    let texts = ["one\n", "two\n", "three\n", "four\n"];
    take_each(&mut world, "a.md", &texts).await;
    eventually("the first goes", async || {
        (world.packs() == 3).then_some(())
    })
    .await;
    let known = versions(&mut world, "a.md").await;
    let expected = [(4, ACTIVE), (3, KEPT), (2, KEPT), (1, GONE)];
    assert_eq!(states(&known), expected);
    let gone = cat(&mut world, "a.md", Some(1)).await.unwrap_err();
    assert_eq!(gone.message, "version 1 is not kept any more");
    let mut world = world.reconfigured(sweeping(0)).await;
    eventually("all go", async || (world.packs() == 1).then_some(())).await;
    let known = versions(&mut world, "a.md").await;
    let expected = [(4, ACTIVE), (3, GONE), (2, GONE), (1, GONE)];
    assert_eq!(states(&known), expected);
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

/// Breaks when a content goes that another document has, or had.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_stays_while_one_document_needs_it() {
    let mut world = World::with(sweeping(1)).await;
    take_each(&mut world, "a.md", &["walrus\n", "giraffe\n"]).await;
    world.write("b.md", "walrus\n");
    take_each(&mut world, "a.md", &["heron\n"]).await;
    let client = &Mutex::new(world.connect().await);
    eventually("the first of a.md goes", || async {
        let request = Request::DocumentVersions(named("a.md"));
        let known = reply!(client.lock().await.call(request).await, DocumentVersions);
        (states(&known) == [(3, ACTIVE), (2, KEPT), (1, GONE)]).then_some(())
    })
    .await;
    assert_eq!(cat(&mut world, "b.md", None).await.unwrap(), "walrus\n");
    let removed = Request::DocumentRemove(named("a.md"));
    reply!(world.client.call(removed).await, DocumentRemoved);
    eventually("all of a.md goes", async || {
        (world.packs() == 1).then_some(())
    })
    .await;
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_and_files_of_archives_have_a_past_as_well() {
    let mut world = World::with(sweeping(5)).await;
    for text in [&b"walrus\n"[..], b"giraffe\n"] {
        let accepted = world.hand_in("note.md", text).await;
        world.finished(accepted.job).await;
    }
    let before = cat(&mut world, "note.md", Some(1)).await;
    assert_eq!(before.unwrap(), "walrus\n");
    for text in ["one\n", "two\n"] {
        world.write("a.zip", zip(&[("b.md", text.as_bytes())]));
        world.take_in().await;
    }
    let known = versions(&mut world, "a.zip!/b.md").await;
    assert_eq!(states(&known), [(2, ACTIVE), (1, KEPT)]);
    let before = cat(&mut world, "a.zip!/b.md", Some(1)).await;
    assert_eq!(before.unwrap(), "one\n");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_could_not_be_read_is_told_of() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    world.take_in().await;
    let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0";
    world.write("a.md", program);
    world.take_in().await;
    let known = versions(&mut world, "a.md").await;
    let VersionView { number, state, .. } = known.versions[0];
    assert_eq!((number, state), (1, ACTIVE));
    assert_eq!(known.unread.unwrap().code, "unsupported-format");
    world.stop().await;
}
