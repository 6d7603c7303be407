//! What is on a server: of whom, under which names, and for how long.

use std::collections::BTreeSet;

use super::*;
use crate::qdrant_server::Faults;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemons_on_one_server_leave_each_other_alone() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let other = index_at(&world.server.url(), folder.path(), PATIENT);
    store(&*world.index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    assert_eq!(other.collections().await.unwrap(), []);
    assert_eq!(search(&*other, "fox").await.unwrap(), [0_u64; 0]);
    store(&*other, vec![version(2, "a", &["fox"])])
        .await
        .unwrap();
    other.drop_collection(PAPERS).await.unwrap();
    assert_eq!(search(&*world.index, "fox").await.unwrap(), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alias_names_the_words_that_count() {
    let world = World::new();
    store(&*world.index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    world
        .index
        .put_vectors(PAPERS, "m", vec![vectors(1, vec![1.0])])
        .await
        .unwrap();
    world.index.flush(PAPERS).await.unwrap();
    let (names, aliases) = world.server.names();
    let [(alias, words)] = aliases.as_slice() else {
        panic!("{aliases:?}")
    };
    assert!(alias.ends_with(&PAPERS.to_string()));
    assert_eq!(*words, format!("{alias}-words-2"));
    let kinds = names
        .iter()
        .filter_map(|name| name.strip_prefix(alias.as_str()));
    let kinds: Vec<_> = kinds.map(|kind| kind.split('-').nth(1).unwrap()).collect();
    assert_eq!(kinds, ["vectors", "vocabulary", "words"]);
    world.index.drop_collection(PAPERS).await.unwrap();
    assert_eq!(world.server.names(), (Vec::new(), Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_point_says_what_others_want_to_know_of_its_chunk() {
    let world = World::new();
    let new = version(1, "docs/a.md", &["fox"]);
    store(&*world.index, vec![new.clone()]).await.unwrap();
    let (_, aliases) = world.server.names();
    let points = world.server.payloads(&aliases[0].1);
    let [payload] = points.as_slice() else {
        panic!("{points:?}")
    };
    let text = |field: &str| payload[field].as_str().map(String::as_str);
    assert_eq!(text("document").unwrap(), new.document.to_string());
    assert_eq!(text("content").unwrap(), new.content.to_string());
    assert_eq!(text("path"), Some("docs/a.md"));
    assert_eq!(text("text"), Some("fox"));
    let number = |field: &str| payload[field].as_integer();
    assert!(number("sent_at_ms").unwrap() > 1_700_000_000_000);
    assert_eq!((number("version"), number("ordinal")), (Some(1), Some(0)));
    assert_eq!(
        (number("line_start"), number("line_end")),
        (Some(1), Some(2))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_an_older_layout_counts_as_damaged_until_it_is_built_anew() {
    let world = World::new();
    store(&*world.index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    assert_eq!(world.index.damaged().await.unwrap(), []);
    world.server.rename("-words-2", "-words-1");
    let newer = world.again(PATIENT);
    assert_eq!(newer.damaged().await.unwrap(), [], "nobody has looked yet");
    assert_eq!(newer.collections().await.unwrap(), [PAPERS]);
    assert_eq!(newer.damaged().await.unwrap(), [PAPERS]);
    assert_eq!(search(&*newer, "fox").await.unwrap(), [0_u64; 0]);
    store(&*newer, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    let restarted = world.again(PATIENT);
    restarted.collections().await.unwrap();
    assert_eq!(
        restarted.damaged().await.unwrap(),
        [PAPERS],
        "until it is said"
    );
    newer.forget_damaged(PAPERS).await.unwrap();
    assert_eq!(newer.damaged().await.unwrap(), []);
    assert_eq!(search(&*newer, "fox").await.unwrap(), [1]);
    let (names, aliases) = world.server.names();
    assert!(
        names.iter().all(|name| !name.ends_with("-words-1")),
        "{names:?}"
    );
    assert!(
        aliases.iter().all(|(_, words)| words.ends_with("-words-2")),
        "{aliases:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_worker_elsewhere_wrote_is_found_and_removed_by_its_daemon() {
    let world = World::new();
    assert_eq!(world.index.spaces(PAPERS).await.unwrap(), []);
    let config = QdrantConfig {
        owner: Owner::Told(world.index.owner(PAPERS)),
        ..config(&world.server.url(), world.folder.path(), PATIENT)
    };
    let worker = open(&IndexConfig::Qdrant(config)).unwrap();
    worker
        .put(PAPERS, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    worker
        .put_vectors(PAPERS, "m", vec![vectors(1, vec![1.0])])
        .await
        .unwrap();
    worker.flush(PAPERS).await.unwrap();
    assert_eq!(search(&*world.index, "fox").await.unwrap(), [1]);
    world
        .index
        .remove(PAPERS, vec![VersionKey(1)])
        .await
        .unwrap();
    world.index.flush(PAPERS).await.unwrap();
    assert_eq!(counts(&*world.index).await, (0, 0));
    assert_eq!(world.index.vector_census(PAPERS, "m").await.unwrap(), []);
    let spaces = world.index.spaces(PAPERS).await.unwrap();
    assert_eq!(spaces.len(), 1, "{spaces:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stand_in_keeps_its_points_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let start = || QdrantServer::start_at("127.0.0.1:0", &log, Faults::default()).unwrap();
    let world = World::with(start(), PATIENT);
    let texts = ["fox", "dog", "cat"];
    store(
        &*world.index,
        vec![version(1, "a", &texts), version(2, "b", &texts)],
    )
    .await
    .unwrap();
    store(&*world.index, vec![version(1, "a", &texts[..1])])
        .await
        .unwrap();
    world
        .index
        .put_vectors(PAPERS, "m", vec![vectors(1, vec![1.0])])
        .await
        .unwrap();
    world
        .index
        .remove(PAPERS, vec![VersionKey(2)])
        .await
        .unwrap();
    world.index.flush(PAPERS).await.unwrap();
    drop(world.server);
    let restarted = start();
    let index = index_at(&restarted.url(), world.folder.path(), PATIENT);
    assert_eq!(counts(&*index).await, (1, 1));
    assert_eq!(search(&*index, "fox").await.unwrap(), [1]);
    let census = index.vector_census(PAPERS, "m").await.unwrap();
    assert_eq!(census, [(VersionKey(1), 1)]);
}

/// The certificates were made for this test, and the key of the authority was thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_certificate_of_ones_own_is_trusted_if_it_is_named() {
    let faults = Faults {
        identity: Some((
            include_str!("tls/server.pem").to_owned(),
            include_str!("tls/server.key").to_owned(),
        )),
        ..Faults::default()
    };
    let world = World::with(QdrantServer::start_with(faults), PATIENT);
    let error = search(&*world.index, "fox").await.unwrap_err();
    assert!(
        matches!(cause(&error), QdrantError::Untrusted { .. }),
        "{error:?}"
    );
    assert!(!error.is_transient() && error.hint().unwrap().contains("index.ca_file"));
    let mut config = config(&world.server.url(), world.folder.path(), PATIENT);
    config.ca_file = world.folder.path().join("ca.pem");
    let missing = open(&IndexConfig::Qdrant(config.clone())).err().unwrap();
    assert!(
        matches!(cause(&missing), QdrantError::Certificates { .. }),
        "{missing:?}"
    );
    std::fs::write(&config.ca_file, include_str!("tls/ca.pem")).unwrap();
    let index = open(&IndexConfig::Qdrant(config)).unwrap();
    store(&*index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    assert_eq!(search(&*index, "fox").await.unwrap(), [1]);
}

/// A call that the stand-in does not have is answered `unimplemented`, and fails whatever test makes
/// it; this one holds that each call it has is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_the_stand_in_is_made() {
    let world = World::new();
    let index = &*world.index;
    store(
        index,
        vec![version(1, "a", &["fox"]), version(2, "a", &["fox"])],
    )
    .await
    .unwrap();
    index
        .put_vectors(PAPERS, "m", vec![vectors(1, vec![1.0])])
        .await
        .unwrap();
    index.remove(PAPERS, vec![VersionKey(2)]).await.unwrap();
    index.flush(PAPERS).await.unwrap();
    search(index, "fo*").await.unwrap();
    index
        .passages(PAPERS, vec![(VersionKey(1), 0)])
        .await
        .unwrap();
    world.again(PATIENT).spaces(PAPERS).await.unwrap();
    index.drop_collection(PAPERS).await.unwrap();
    let made: BTreeSet<_> = world.server.take_calls().into_iter().collect();
    let expected = [
        "create",
        "create_field_index",
        "delete",
        "drop",
        "facet",
        "get",
        "info",
        "list",
        "list_aliases",
        "query_batch",
        "scroll",
        "update_aliases",
        "upsert",
    ];
    assert_eq!(made, BTreeSet::from(expected));
}
