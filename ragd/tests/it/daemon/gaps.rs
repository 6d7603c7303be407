//! What cannot be taken in is said, and never stops the rest.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use protocol::document::{DocumentRef, DocumentState};
use protocol::job::{JobState, PageRequest};
use protocol::submit::SourceRules;
use protocol::{PathBytes, Request};

use super::world::{World, file_name, reply, syncing};

const BINARY: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0";

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_gaps_and_good_ones_are_found() {
    let mut world = World::with(|config| config.ingest.max_file_bytes = 10_000).await;
    world.write("good.md", "walrus\n");
    world.write("binary.txt", BINARY);
    world.write("noise.txt", b"\x01\x00\x02\x00\x00\x9f".repeat(50));
    world.write("empty.md", "");
    world.write("large.md", "walrus\n".repeat(2_000));
    world.write(".gitignore", "ignored.md\n");
    world.write("ignored.md", "walrus\n");
    world.write(".hidden.md", "walrus\n");
    std::os::unix::fs::symlink("good.md", world.files().join("link.md")).unwrap();
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    assert_eq!((job.totals.added, job.totals.failed), (2, 0));
    assert_eq!(world.paths("walrus").await, ["good.md"]);
    let gaps = async |world: &mut World, all: bool| {
        let gaps = world.gaps(all).await.into_iter();
        let mut gaps: Vec<_> = gaps.map(|gap| (file_name(&gap.path), gap.rule)).collect();
        gaps.sort();
        gaps
    };
    let gap = |name: &str, rule: &str| (name.to_owned(), rule.to_owned());
    let lacking = [
        gap("binary.txt", "unsupported-format"),
        gap("large.md", "too-large"),
        gap("link.md", "link"),
        gap("noise.txt", "binary"),
    ];
    assert_eq!(gaps(&mut world, false).await, lacking);
    let mut all = lacking.to_vec();
    all.extend([
        gap(".gitignore", "hidden"),
        gap(".hidden.md", "hidden"),
        gap("ignored.md", "gitignore"),
    ]);
    all.sort();
    assert_eq!(gaps(&mut world, true).await, all);
    let name = DocumentRef::Path {
        collection: None,
        path: PathBytes::from("binary.txt"),
    };
    let shown = world.client.call(Request::DocumentShow(name)).await;
    let why = shown.unwrap_err().why.unwrap();
    let expected = "it is a gap: a program (ELF) is not supported yet (unsupported-format)";
    assert_eq!(why, expected);
    let documents = world.documents().await;
    let empty = documents
        .iter()
        .find(|document| document.path == PathBytes::from("empty.md"));
    assert_eq!(empty.map(|document| document.chunks), Some(0));
    // Named by itself it is a failure, and still none of the job.
    let named = world.files().join("binary.txt");
    let job = world.take(&named, SourceRules::default()).await;
    assert_eq!((job.state, job.totals.failed), (JobState::Finished, 1));
    let request = Request::JobErrors {
        job: Some(job.id),
        page: PageRequest::default(),
    };
    let errors = reply!(world.client.call(request).await, JobErrors).items;
    let names: Vec<_> = errors.iter().map(|error| file_name(&error.path)).collect();
    assert_eq!(names, ["binary.txt"]);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_closes_when_its_file_is_fine() {
    let mut world = World::new().await;
    world.write("good.md", "walrus\n");
    world.write("a.md", BINARY);
    world.take_in().await;
    assert_eq!(world.failures().await.len(), 1);
    world.write("a.md", "giraffe\n");
    world.take_in().await;
    assert_eq!(world.failures().await, []);
    assert_eq!(world.paths("giraffe").await, ["a.md"]);
    world.write("b.md", BINARY);
    world.take_in().await;
    assert_eq!(world.failures().await.len(), 1);
    fs::remove_file(world.files().join("b.md")).unwrap();
    world.take_in().await;
    assert_eq!(world.failures().await, []);
    world.stop().await;
}

/// Breaks when a content that is as before leaves its gap open.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_stale_until_its_file_can_be_read_again() {
    let mut world = World::new().await;
    for name in ["a.md", "b.md", "c.md", "d.md"] {
        world.write(name, format!("walrus in {name}\n"));
    }
    world.take_in().await;
    let state = async |world: &mut World| {
        let documents = world.documents().await;
        let document = documents
            .into_iter()
            .find(|d| d.path == PathBytes::from("a.md"));
        document.map(|document| document.state)
    };
    assert_eq!(state(&mut world).await, Some(DocumentState::Active));
    world.write("a.md", BINARY);
    let job = world.take_in().await;
    assert_eq!((job.state, job.totals.updated), (JobState::Finished, 0));
    assert_eq!(state(&mut world).await, Some(DocumentState::Stale));
    assert_eq!(world.paths("walrus").await.len(), 4, "the old text stays");
    world.write("a.md", "walrus in a.md\n");
    world.take_in().await;
    assert_eq!(state(&mut world).await, Some(DocumentState::Active));
    assert_eq!(world.failures().await, []);
    // And a stale one that is deleted leaves no gap behind.
    world.write("a.md", BINARY);
    world.take_in().await;
    fs::remove_file(world.files().join("a.md")).unwrap();
    world.sync().await;
    assert_eq!(state(&mut world).await, None);
    assert_eq!(world.failures().await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_upload_leaves_no_gap_behind() {
    let mut world = World::new().await;
    for content in [&b"walrus\n"[..], BINARY] {
        let job = world.hand_in("notes.md", content).await.job;
        world.finished(job).await;
    }
    assert_eq!(world.failures().await.len(), 1);
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from("notes.md"),
    };
    let removed = world.client.call(Request::DocumentRemove(document)).await;
    reply!(removed, DocumentRemoved);
    assert_eq!(world.failures().await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_ignored_and_is_not_any_more_is_no_gap() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(past).unwrap();
    world.take_in().await;
    let ignore = world.write(".ragignore", "a.md\n");
    world.take_in().await;
    assert!(
        world
            .gaps(true)
            .await
            .iter()
            .any(|gap| file_name(&gap.path) == "a.md")
    );
    fs::remove_file(ignore).unwrap();
    world.take_in().await;
    assert_eq!(world.gaps(true).await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_leaves_out_stays_a_gap_when_its_document_is_deleted() {
    let mut world = World::new().await;
    for n in 0..9 {
        world.write(&format!("{n}.md"), format!("walrus {n}\n"));
    }
    world.take_in().await;
    world.write("3.md", "walrus ".repeat(2 << 20));
    world.take_in().await;
    let listed = |gaps: Vec<protocol::document::GapView>| {
        let line =
            |gap: &protocol::document::GapView| format!("{} {}", file_name(&gap.path), gap.rule);
        gaps.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(listed(world.gaps(false).await), ["3.md too-large"]);
    let job = world.sync().await;
    assert_eq!(job.totals.deleted, 1);
    assert_eq!(listed(world.gaps(false).await), ["3.md too-large"]);
    fs::remove_file(world.files().join("3.md")).unwrap();
    world.sync().await;
    assert_eq!(world.gaps(false).await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_file_that_a_rule_leaves_out_is_a_failure() {
    let mut world = World::new().await;
    let large = world.write("large.md", "walrus ".repeat(2 << 20));
    for _ in 0..2 {
        let job = world.take_into("c", &large).await;
        assert_eq!((job.totals.failed, job.totals.added), (1, 0), "{job:?}");
        assert!(job.totals.skipped.is_empty(), "{job:?}");
    }
    assert_eq!(world.gaps(false).await.len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_vanishes_after_the_plan_is_a_gap_and_no_failure() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.write("b.md", "walrus\n");
    let plan = world.plan(SourceRules::default()).await;
    fs::remove_file(path).unwrap();
    let work = protocol::submit::SubmitWork::Plan(plan.id);
    let job = world.submit_as(work).await.unwrap().job;
    let job = world.finished(job).await;
    assert_eq!((job.totals.added, job.totals.failed), (1, 1));
    let failures = world.failures().await;
    assert_eq!(failures, [("a.md".to_owned(), "file-vanished".to_owned())]);
    world.take_in().await;
    assert_eq!(world.failures().await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_job_that_dies_are_gaps_until_it_is_tried_again() {
    let mut world = World::with(|config| {
        config.queue.max_attempts = 2;
        config.queue.retry_min_ms = 10;
        config.queue.retry_max_ms = 20;
    })
    .await;
    world.write("a.md", "walrus\n");
    world.write("b.md", "walrus\n");
    let create = Request::CollectionCreate("c".to_owned());
    let collection = reply!(world.client.call(create).await, Collection).id;
    // No index can be there.
    let index = world.state().join("index").join(collection.to_string());
    fs::write(&index, "").unwrap();
    let job = world.take_in().await;
    assert_eq!((job.state, job.totals.failed), (JobState::Dead, 2));
    let gap = |name: &str| (name.to_owned(), "store-failed".to_owned());
    assert_eq!(world.failures().await, [gap("a.md"), gap("b.md")]);
    fs::remove_file(&index).unwrap();
    world.client.call(Request::JobRetry(job.id)).await.unwrap();
    let job = world.finished(job.id).await;
    assert_eq!((job.totals.added, job.totals.failed), (2, 0));
    assert_eq!(world.failures().await, []);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_may_be_anything_a_file_system_takes() {
    let mut world = World::new().await;
    let names: [&[u8]; 5] = [
        b"caf\xe9.md",
        b"two\nlines.md",
        b"-rf.md",
        b" blank .md",
        "é\u{202e}.md".as_bytes(),
    ];
    for name in names {
        let path = world.files().join(OsStr::from_bytes(name));
        fs::write(path, "walrus\n").unwrap();
    }
    let deep = format!("{}leaf.md", "d/".repeat(200));
    world.write(&deep, "walrus\n");
    let job = world.sync().await;
    assert_eq!((job.state, job.totals.added), (JobState::Finished, 6));
    let mut found: Vec<_> = world
        .search("walrus")
        .await
        .into_iter()
        .map(|hit| hit.path.0)
        .collect();
    found.sort();
    let mut expected: Vec<_> = names.iter().map(|name| name.to_vec()).collect();
    expected.push(deep.into_bytes());
    expected.sort();
    assert_eq!(found, expected);
    for path in expected {
        let document = DocumentRef::Path {
            collection: None,
            path: PathBytes(path),
        };
        let show = world.client.call(Request::DocumentShow(document)).await;
        reply!(show, Document);
    }
    let job = world.sync().await;
    assert_eq!(job.totals.deleted, 0);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_file_costs_nothing() {
    let mut world = World::new().await;
    world.write("good.md", "walrus\n");
    let huge = fs::File::create(world.files().join("huge.txt")).unwrap();
    huge.set_len(1 << 30).unwrap();
    let job = world.take_in().await;
    assert_eq!((job.state, job.totals.added), (JobState::Finished, 1));
    assert_eq!(job.totals.skipped, [("too-large".to_owned(), 1)]);
    // Also as the root itself, and with a rule that lets it through to a limit of its own.
    let rules = SourceRules {
        max_file_bytes: Some(1 << 20),
        ..syncing()
    };
    let job = world.take(&world.files().join("huge.txt"), rules).await;
    assert_eq!(job.state, JobState::Finished);
    world.stop().await;
}
