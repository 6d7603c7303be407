//! From a submit to a passage, and what becomes of it when its source changes.

use std::fs;

use protocol::collection::CollectionRemoved;
use protocol::document::{ChunkListRequest, DocumentRef};
use protocol::error::ErrorCode;
use protocol::job::{JobState, PageRequest, Totals};
use protocol::search::{SearchMode, SearchRequest};
use protocol::submit::{SourceRules, SubmitWork};
use protocol::{PathBytes, Reply, Request};

use super::world::{World, ingest, paths, reply, syncing, words};

/// What a job did, without what rules left out.
fn did(totals: &Totals) -> [u64; 5] {
    let Totals {
        added,
        updated,
        deleted,
        unchanged,
        failed,
        skipped: _,
        held_back: _,
        secrets: _,
    } = totals;
    [*added, *updated, *deleted, *unchanged, *failed]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_becomes_passages_with_their_exact_places() {
    let mut world = World::new().await;
    world.write(
        "guide.md",
        "# Leases\n\nA lease is prolonged by heartbeats.\n",
    );
    world.write("src/main.rs", "fn main() {\n    walrus();\n}\n");
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    assert_eq!(did(&job.totals), [2, 0, 0, 0, 0]);
    let hits = world.search("heartbeat").await;
    assert_eq!(hits.len(), 1);
    let hit = &hits[0];
    assert_eq!(hit.path, PathBytes::from("guide.md"));
    assert!(hit.text.contains("A lease is prolonged by heartbeats."));
    let text = fs::read(world.files().join("guide.md")).unwrap();
    let (start, end) = (hit.place.byte_start as usize, hit.place.byte_end as usize);
    assert_eq!(text[start..end], *hit.text.as_bytes());
    assert_eq!((hit.place.line_start, hit.place.line_end), (1, 3));
    assert_eq!((hit.rank, hit.rank_by_file), (1, 1));
    let hits = world.search("walrus").await;
    assert_eq!(hits[0].path, PathBytes::from("src/main.rs"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_costs_nothing_and_what_changed_replaces_the_old_text() {
    let mut world = World::new().await;
    let path = world.write("a.md", "the old walrus\n");
    world.write("b.md", "a giraffe\n");
    // Old enough to be believed unchanged.
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for name in ["a.md", "b.md"] {
        let file = fs::File::options()
            .write(true)
            .open(world.files().join(name));
        file.unwrap().set_modified(past).unwrap();
    }
    world.take_in().await;
    let job = world.take_in().await;
    assert_eq!(did(&job.totals), [0, 0, 0, 2, 0]);
    assert_eq!(job.progress.files_total, 0, "no file was read again");
    fs::write(&path, "the new narwhal\n").unwrap();
    let job = world.take_in().await;
    assert_eq!(did(&job.totals), [0, 1, 0, 1, 0]);
    assert_eq!(world.paths("narwhal").await, ["a.md"]);
    assert!(world.search("walrus").await.is_empty());
    let documents = world.documents().await;
    assert_eq!(documents[0].version, 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_gone_go_only_when_that_is_asked_for() {
    let mut world = World::new().await;
    for name in ["a.md", "b.md", "c.md", "d.md", "f.md"] {
        world.write(name, format!("walrus in {name}\n"));
    }
    world.take_in().await;
    fs::remove_file(world.files().join("a.md")).unwrap();
    let job = world.take_in().await;
    assert_eq!(job.totals.deleted, 0);
    assert_eq!(world.paths("walrus").await.len(), 5);
    let job = world.sync().await;
    assert_eq!(job.totals.deleted, 1);
    let mut left = world.paths("walrus").await;
    left.sort();
    assert_eq!(left, ["b.md", "c.md", "d.md", "f.md"]);
    fs::rename(world.files().join("b.md"), world.files().join("e.md")).unwrap();
    let job = world.sync().await;
    assert_eq!(did(&job.totals)[..3], [1, 0, 1]);
    let mut left = world.paths("walrus").await;
    left.sort();
    assert_eq!(left, ["c.md", "d.md", "e.md", "f.md"]);
    assert_eq!(world.collection("c").await.documents, 4);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_has_one_document_however_its_path_is_written() {
    let mut world = World::new().await;
    let path = world.write("deep/a.md", "walrus\n");
    let files = world.files();
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(past).unwrap();
    world.take(&path, SourceRules::default()).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
    let spellings = [
        files.join("deep/../deep/a.md"),
        files.join("./deep//a.md"),
        files.join("deep/"),
    ];
    for spelling in &spellings {
        let job = world.take(spelling, syncing()).await;
        assert_eq!(job.state, JobState::Finished, "{spelling:?}");
        assert_eq!(did(&job.totals), [0, 0, 0, 1, 0], "{spelling:?}");
        assert_eq!(job.progress.files_total, 0, "{spelling:?}: it is known");
    }
    // Below another root it has another path, and is the same document.
    for expected in [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0]] {
        let job = world.take(&files.join("deep/../"), syncing()).await;
        assert_eq!(did(&job.totals), expected);
    }
    assert_eq!(world.paths("walrus").await, ["deep/a.md"]);
    // A root within a root is one file as well.
    let work = SubmitWork::Ingest {
        collection: "c".to_owned(),
        source: paths(&[&files, &files.join("deep"), &path]),
        rules: SourceRules::default(),
    };
    let job = world.submit_as(work).await.unwrap().job;
    world.finished(job).await;
    assert_eq!(world.collection("c").await.documents, 1);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_upload_of_a_name_wins_whatever_runs_first() {
    let mut world = World::new().await;
    let job = world.hand_in("notes.md", b"first walrus\n").await.job;
    world.finished(job).await;
    assert_eq!(world.paths("walrus").await, ["notes.md"]);
    world.pause().await;
    let first = world.hand_in("notes.md", b"second giraffe\n").await;
    let second = world.hand_in("notes.md", b"third narwhal\n").await;
    // The later one runs first, and the earlier one comes late.
    let request = Request::JobPriority {
        job: second.job,
        priority: protocol::job::Priority::Top,
    };
    world.client.call(request).await.unwrap();
    world.resume().await;
    for job in [first.job, second.job] {
        world.finished(job).await;
    }
    assert_eq!(world.paths("narwhal").await, ["notes.md"]);
    assert!(world.search("giraffe walrus").await.is_empty());
    world.stop().await;
}

/// Breaks when a submit of uploads joins an equal job that was queued before another one.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_comes_back_is_newer_than_what_came_between() {
    let mut world = World::new().await;
    world.pause().await;
    let mut jobs = Vec::new();
    for text in ["one walrus\n", "two giraffe\n", "one walrus\n"] {
        jobs.push(world.hand_in("notes.md", text.as_bytes()).await.job);
    }
    world.resume().await;
    for job in jobs {
        world.finished(job).await;
    }
    assert_eq!(world.paths("walrus").await, ["notes.md"]);
    assert!(world.search("giraffe").await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_apart_and_a_removed_one_does_not_come_back() {
    let mut world = World::new().await;
    let a = world.write("a/a.md", "walrus of a\n");
    let b = world.write("b/b.md", "walrus of b\n");
    world.take_into("one", &a).await;
    world.take_into("two", &b).await;
    let only = |name: &str| SearchRequest {
        collection: Some(name.to_owned()),
        ..words("walrus")
    };
    let found = |hits: Vec<protocol::search::Hit>| {
        let name = |hit: protocol::search::Hit| (hit.collection, hit.path.to_text());
        let mut found: Vec<_> = hits.into_iter().map(name).collect();
        found.sort();
        found
    };
    let both = found(world.search("walrus").await);
    let one = ("one".to_owned(), "a.md".to_owned());
    let two = ("two".to_owned(), "b.md".to_owned());
    assert_eq!(both, [one.clone(), two.clone()]);
    let hits = world.search_as(only("one")).await.unwrap().hits;
    assert_eq!(found(hits), [one]);

    let removed = world
        .client
        .call(Request::CollectionRemove("one".to_owned()));
    let CollectionRemoved { documents, .. } = reply!(removed.await, CollectionRemoved);
    assert_eq!(documents, 1);
    assert_eq!(found(world.search("walrus").await), [two]);
    let create = Request::CollectionCreate("one".to_owned());
    reply!(world.client.call(create.clone()).await, Collection);
    assert_eq!(world.client.refused(create).await, ErrorCode::Exists);
    assert!(world.search_as(only("one")).await.unwrap().hits.is_empty());
    let job = world.take_into("one", &a).await;
    assert_eq!(job.totals.added, 1);
    assert_eq!(world.search_as(only("one")).await.unwrap().hits.len(), 1);
    assert!(world.fsck().await.is_clean());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_collection_cancels_what_still_waits_for_it() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.pause().await;
    let waiting = world.submit(&path, SourceRules::default()).await.job;
    let request = Request::CollectionRemove("c".to_owned());
    let removed = reply!(world.client.call(request).await, CollectionRemoved);
    assert_eq!(removed.cancelled_jobs, 1);
    world.resume().await;
    assert_eq!(world.ended(waiting).await.state, JobState::Cancelled);
    assert!(world.search("walrus").await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_document_returns_with_the_next_submit_only() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.take_in().await;
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from("a.md"),
    };
    let remove = Request::DocumentRemove(document);
    let removed = reply!(world.client.call(remove.clone()).await, DocumentRemoved);
    assert_eq!(removed.chunks, 1);
    assert!(world.search("walrus").await.is_empty());
    assert_eq!(world.client.refused(remove).await, ErrorCode::NotFound);
    let job = world.take(&path, SourceRules::default()).await;
    assert_eq!(did(&job.totals), [1, 0, 0, 0, 0]);
    assert_eq!(world.search("walrus").await.len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_from_before_a_removal_stays_removed() {
    let mut world = World::new().await;
    let job = world.hand_in("notes.md", b"first walrus\n").await.job;
    world.finished(job).await;
    world.pause().await;
    let late = world.hand_in("notes.md", b"second walrus\n").await.job;
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from("notes.md"),
    };
    let removed = world.client.call(Request::DocumentRemove(document)).await;
    reply!(removed, DocumentRemoved);
    world.resume().await;
    world.finished(late).await;
    assert!(world.search("walrus").await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_narrowed_and_explained() {
    let mut world = World::new().await;
    world.write("docs/a.md", "# One\n\nthe quick brown walrus jumps\n");
    world.write(
        "docs/b.md",
        "# Two\n\nthe brown and quick walruses jump over a giraffe\n",
    );
    world.write("src/c.rs", "// walrus, quick and brown\nfn main() {}\n");
    world.take_in().await;
    let narrowed = |query: &str, paths: &[&str], languages: &[&str]| SearchRequest {
        paths: paths.iter().map(ToString::to_string).collect(),
        languages: languages.iter().map(ToString::to_string).collect(),
        explain: true,
        ..words(query)
    };
    for (query, paths, languages, expected) in [
        (
            "walrus",
            &["docs/**"][..],
            &[][..],
            &["docs/a.md", "docs/b.md"][..],
        ),
        ("walrus", &["*.rs"], &[], &["src/c.rs"]),
        ("walrus", &[], &["rust"], &["src/c.rs"]),
        ("\"quick brown\"", &[], &[], &["docs/a.md"]),
        ("gira*", &[], &[], &["docs/b.md"]),
        ("gira*", &["src/**"], &[], &[]),
    ] {
        let reply = world.search_as(narrowed(query, paths, languages)).await;
        let hits = reply.unwrap().hits;
        let mut found: Vec<_> = hits.iter().map(|hit| hit.path.to_text()).collect();
        found.sort();
        found.dedup();
        assert_eq!(found, expected, "{query} {paths:?} {languages:?}");
        for hit in hits {
            let (name, words) = hit.scores[0].clone();
            assert_eq!((name.as_str(), words), ("words", hit.score));
            let terms: f32 = hit.scores[1..].iter().map(|(_, score)| score).sum();
            let distance = (terms - hit.score).abs();
            assert!(distance < 1e-3 * hit.score, "{query}: {:?}", hit.scores);
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ranks_count_passages_and_files() {
    let mut world = World::new().await;
    let section = |n: u32| format!("# Part {n}\n\nthe walrus {}\n\n", "swims far ".repeat(60));
    world.write("long.md", (0..6).map(section).collect::<String>());
    world.write("short.md", "a walrus\n");
    world.take_in().await;
    let hits = world.search("walrus").await;
    let ranks: Vec<_> = hits.iter().map(|hit| hit.rank).collect();
    assert!(ranks.len() > 3);
    assert_eq!(ranks, (1..).take(ranks.len()).collect::<Vec<_>>());
    for (at, hit) in hits.iter().enumerate() {
        let mut files: Vec<_> = hits[..=at].iter().map(|hit| hit.document).collect();
        files.sort();
        files.dedup();
        let first = hits.iter().find(|other| other.document == hit.document);
        assert_eq!(first.unwrap().rank_by_file, hit.rank_by_file);
        assert!(hit.rank_by_file as usize <= files.len());
    }
    let limited = SearchRequest {
        limit: 3,
        ..words("walrus")
    };
    assert_eq!(world.search_as(limited).await.unwrap().hits, hits[..3]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_that_is_searched_is_the_one_that_is_listed() {
    let mut world = World::new().await;
    let file = world.write("deep/notes.md", "walrus\n");
    let folder = world.files();
    for (root, expected) in [
        (&file, "notes.md"),
        (&folder, "deep/notes.md"),
        (&file, "notes.md"),
    ] {
        world.take_into("c", root).await;
        for glob in ["deep/**", "notes.md"] {
            let narrowed = SearchRequest {
                paths: vec![glob.to_owned()],
                ..words("walrus")
            };
            let hits = world.search_as(narrowed).await.unwrap().hits;
            let found: Vec<_> = hits.iter().map(|hit| hit.path.to_text()).collect();
            let fits = glob == "notes.md" || expected.starts_with("deep");
            let expected: &[&str] = if fits { &[expected] } else { &[] };
            assert_eq!(found, expected, "{glob} below {}", root.display());
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_found_in_other_spellings_and_the_parts_of_the_score_are_told() {
    let mut world = World::new().await;
    world.write("pool.md", "the connection pool\n");
    world.write("jam.md", "marmalade and other kinds of jam\n");
    world.take_in().await;
    let by = |mode, query: &str| SearchRequest {
        mode,
        explain: true,
        ..words(query)
    };
    let mut hits = async |mode, query: &str| world.search_as(by(mode, query)).await.unwrap().hits;
    // No word fits, and most letters do.
    let typo = "connectionpool";
    assert_eq!(hits(SearchMode::Words, typo).await, []);
    let found = hits(SearchMode::Hybrid, typo).await;
    assert_eq!(found.len(), 1, "the other one is not near: {found:?}");
    assert_eq!(found[0].path.to_text(), "pool.md");
    let near = found[0].scores.iter().find(|(name, _)| name == "vectors");
    assert!(near.unwrap().1 > 0.3, "{near:?}");
    let both = &hits(SearchMode::Hybrid, "connections").await[0];
    let names: Vec<_> = both.scores.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "words",
        "vectors",
        "words.rank",
        "vectors.rank",
        "words:connections",
    ];
    assert_eq!(names, expected);
    let all = hits(SearchMode::Vectors, typo).await;
    assert_eq!(all.len(), 2, "everything is somehow near");
    assert_eq!(hits(SearchMode::Hybrid, "\"pool connection\"").await, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_can_be_shown_cut_and_sent() {
    let mut world = World::new().await;
    let section = |n: u32| format!("# Part {n}\n\nwalrus {n} {}\n\n", "swims far ".repeat(90));
    let text: String = (0..5).map(section).collect();
    world.write("long.md", &text);
    world.take_in().await;
    let document = DocumentRef::Path {
        collection: Some("c".to_owned()),
        path: PathBytes::from("long.md"),
    };
    let show = world.client.call(Request::DocumentShow(document.clone()));
    let shown = *reply!(show.await, Document);
    let (mut cursor, mut ordinals) = (None, Vec::new());
    loop {
        let request = Request::DocumentChunks(ChunkListRequest {
            document: document.clone(),
            page: PageRequest { limit: 2, cursor },
        });
        let page = reply!(world.client.call(request).await, Chunks);
        assert_eq!(page.total, shown.chunks);
        ordinals.extend(page.items.iter().map(|chunk| u64::from(chunk.ordinal)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ordinals, (0..shown.chunks).collect::<Vec<_>>());
    let sent = world.bytes(Request::DocumentCat(document.into())).await;
    assert_eq!(sent.unwrap(), text.into_bytes());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_submits_that_wait_are_one_job() {
    let mut world = World::new().await;
    let path = world.write("a.md", "walrus\n");
    world.pause().await;
    let first = world.submit(&path, SourceRules::default()).await;
    let second = world.submit(&path, SourceRules::default()).await;
    assert_eq!((second.job, second.deduplicated), (first.job, true));
    let other = world.submit(&path, syncing()).await;
    assert_ne!(other.job, first.job);
    world.resume().await;
    world.finished(first.job).await;
    let later = world.submit_as(ingest("c", &path, SourceRules::default()));
    assert!(!later.await.unwrap().deduplicated);
    let reply = world.client.call(Request::Ping).await;
    assert!(matches!(reply, Ok(Reply::Done)));
    world.stop().await;
}
