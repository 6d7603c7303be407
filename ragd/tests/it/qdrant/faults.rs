//! What happens when the server is away, slow, full, forgetful or no Qdrant at all.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Instant;

use tonic::Code;

use super::*;
use crate::qdrant_server::{Fail, Faults};

/// The default, which a person waits for at most.
const DEFAULT: Duration = Duration::from_millis(1_800);
/// Nobody waits longer for an error.
const LONGEST: Duration = Duration::from_secs(2);

/// An address where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Searches and returns the error, which has to come in time.
async fn refused(index: &dyn Index) -> IndexError {
    let began = Instant::now();
    let error = search(index, "fox").await.unwrap_err();
    assert!(
        began.elapsed() < LONGEST,
        "{error:?} took {:?}",
        began.elapsed()
    );
    error
}

fn keyed(url: &str, folder: &Path, key: &str) -> Arc<dyn Index> {
    let path = folder.join("key");
    std::fs::write(&path, key).unwrap();
    let mut config = config(url, folder, PATIENT);
    config.api_key_file = path;
    open(&IndexConfig::Qdrant(config)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_told_and_never_shown() {
    const SECRET: &str = "sekrit-4711";
    let faults = Faults {
        key: Some("right".to_owned()),
        ..Faults::default()
    };
    let world = World::with(QdrantServer::start_with(faults), PATIENT);
    let url = world.server.url();
    let without = refused(&*world.index).await;
    let folder = tempfile::tempdir().unwrap();
    let wrong = refused(&*keyed(&url, folder.path(), SECRET)).await;
    for error in [without, wrong] {
        assert!(
            matches!(cause(&error), QdrantError::Forbidden { .. }),
            "{error:?}"
        );
        assert!(!error.is_transient() && !error.is_out_of_reach());
        assert!(error.hint().unwrap().contains("index.api_key_file"));
        let shown = format!("{error:?} {error} {}", ragd::ids::chain(&error));
        assert!(!shown.contains(SECRET), "{shown}");
    }
    // A file ends in a line break, most often.
    let right = keyed(&url, folder.path(), "right\n");
    store(&*right, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    assert_eq!(search(&*right, "fox").await.unwrap(), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_cannot_be_read_is_told() {
    let server = QdrantServer::start();
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&server.url(), folder.path(), PATIENT);
    config.api_key_file = folder.path().join("nothing");
    let index = open(&IndexConfig::Qdrant(config)).unwrap();
    let error = refused(&*index).await;
    assert!(
        matches!(cause(&error), QdrantError::KeyFile { .. }),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_listens_an_error_comes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_at(&nowhere(), folder.path(), DEFAULT);
    let error = refused(&*index).await;
    assert!(
        matches!(cause(&error), QdrantError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(error.is_transient() && error.is_out_of_reach());
    assert!(error.hint().unwrap().contains("index.url"));
    assert!(index.reach().await.unwrap_err().is_out_of_reach());
    let put = store(&*index, vec![version(1, "a", &["fox"])]).await;
    assert!(put.unwrap_err().is_out_of_reach());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_is_not_waited_for_and_then_left_alone() {
    // Connections are made by the kernel, and nobody ever reads them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&*index_at(&url, folder.path(), DEFAULT)).await;
    assert!(
        matches!(cause(&error), QdrantError::Silent { .. }),
        "{error:?}"
    );
    assert!(error.is_out_of_reach());
    let quick = index_at(&url, folder.path(), Duration::from_millis(100));
    for _ in 0..5 {
        refused(&*quick).await;
    }
    let error = refused(&*quick).await;
    assert!(
        matches!(cause(&error), QdrantError::LeftAlone { .. }),
        "{error:?}"
    );
    assert!(error.is_out_of_reach());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_another_kind_is_recognised() {
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", web.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        for connection in web.incoming() {
            let mut connection = connection.unwrap();
            let mut some = [0; 64];
            if connection.read(&mut some).unwrap_or(0) == 4 && some.starts_with(b"done") {
                return;
            }
            let _ = connection.write_all(
                b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            );
        }
    });
    // The library may close the connection before it says what was wrong with it: then the server
    // counts as away, and the next attempt tells.
    let mut of_the_web = None;
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let error = refused(&*index_at(&url, folder.path(), DEFAULT)).await;
        if !error.is_out_of_reach() {
            of_the_web = Some(error);
            break;
        }
    }
    let of_the_web = of_the_web.expect("one of ten attempts tells of what kind the server is");
    std::net::TcpStream::connect(url.trim_start_matches("http://"))
        .unwrap()
        .write_all(b"done")
        .unwrap();
    answering.join().unwrap();
    let faults = Faults {
        title: "weaviate".to_owned(),
        ..Faults::default()
    };
    let other = World::with(QdrantServer::start_with(faults), DEFAULT);
    for error in [of_the_web, refused(&*other.index).await] {
        assert!(
            matches!(cause(&error), QdrantError::WrongKind { .. }),
            "{error:?}"
        );
        assert!(!error.is_transient());
        assert!(error.hint().unwrap().contains("6334"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_too_old_is_told() {
    let faults = Faults {
        version: "1.9.7".to_owned(),
        ..Faults::default()
    };
    let world = World::with(QdrantServer::start_with(faults), PATIENT);
    let error = refused(&*world.index).await;
    assert!(
        ragd::ids::chain(&error).contains("version 1.9.7"),
        "{error:?}"
    );
    assert!(!error.is_transient());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_takes_what_is_written_and_searches_end_in_time() {
    let timeout = Duration::from_millis(400);
    let world = World::with(QdrantServer::start(), timeout);
    // As two seconds are to the default.
    world.server.faults().delay = timeout + timeout / 9;
    store(&*world.index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    let began = Instant::now();
    let error = search(&*world.index, "fox").await.unwrap_err();
    assert!(
        matches!(cause(&error), QdrantError::Silent { .. }),
        "{error:?}"
    );
    assert!(began.elapsed() < LONGEST);
    assert!(error.hint().unwrap().contains("index.timeout_ms"));
    let patient = world.again(PATIENT);
    assert_eq!(search(&*patient, "fox").await.unwrap(), [1]);
}

/// Enough for several requests of a flush.
fn many() -> Vec<NewVersion> {
    let text: String = (0..400).map(|n| format!("fox{n} jumps ")).collect();
    let texts = [text.as_str(); 8];
    (0..100).map(|key| version(key, "a", &texts)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_that_broke_off_is_done_again() {
    let world = World::new();
    let index = &*world.index;
    world.server.faults().fail = Some(Fail {
        call: "upsert",
        after: 2,
        times: u32::MAX,
        code: Code::Unavailable,
    });
    let error = store(index, many()).await.unwrap_err();
    assert!(error.is_out_of_reach(), "{error:?}");
    assert!(index.trouble().is_some());
    world.server.faults().fail = None;
    reached(index).await;
    index.flush(PAPERS).await.unwrap();
    assert_eq!(counts(index).await, (100, 800));
    assert_eq!(index.trouble(), None);
    assert_eq!(counts(&*world.again(PATIENT)).await, (100, 800));
}

/// Waits until the server may be asked again: it is left alone for a while.
async fn reached(index: &dyn Index) {
    let deadline = Instant::now() + PATIENT;
    while let Err(error) = index.reach().await {
        assert!(Instant::now() < deadline, "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_and_comes_back_lacks_nothing() {
    let mut world = World::with(QdrantServer::start(), DEFAULT);
    let index = Arc::clone(&world.index);
    store(&*index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    index
        .put(PAPERS, vec![version(2, "b", &["fox"])])
        .await
        .unwrap();
    world.server.stop();
    let error = refused(&*index).await;
    assert!(error.is_out_of_reach(), "{error:?}");
    assert!(index.flush(PAPERS).await.unwrap_err().is_out_of_reach());
    index
        .put(PAPERS, vec![version(3, "c", &["fox"])])
        .await
        .unwrap();
    world.server.restart();
    reached(&*index).await;
    index.flush(PAPERS).await.unwrap();
    assert_eq!(search(&*index, "fox").await.unwrap(), [1, 2, 3]);
    assert_eq!(index.trouble(), None);
}

/// Breaks when the calls of one flush, which are made at the same time, keep each other from finding
/// out that the server is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_alone_finds_out_that_the_server_is_back() {
    let mut world = World::with(QdrantServer::start(), DEFAULT);
    let index = Arc::clone(&world.index);
    let put = async |key| {
        let words = vec![version(key, "a", &["fox"])];
        index.put(PAPERS, words).await.unwrap();
        let vectors = vec![vectors(key, vec![1.0])];
        index.put_vectors(PAPERS, "m", vectors).await.unwrap();
    };
    put(1).await;
    index.flush(PAPERS).await.unwrap();
    put(2).await;
    world.server.stop();
    let deadline = Instant::now() + PATIENT;
    while !matches!(
        cause(&refused(&*index).await),
        QdrantError::LeftAlone { .. }
    ) {
        assert!(Instant::now() < deadline, "it is never left alone");
    }
    world.server.restart();
    while let Err(error) = index.flush(PAPERS).await {
        assert!(Instant::now() < deadline, "{error:?}");
        // As a job that was parked does.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(search(&*index, "fox").await.unwrap(), [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passing_fault_is_not_seen() {
    let world = World::new();
    store(&*world.index, vec![version(1, "a", &["fox"])])
        .await
        .unwrap();
    for (call, code) in [
        ("query_batch", Code::Unavailable),
        ("query_batch", Code::ResourceExhausted),
        ("upsert", Code::Internal),
        ("upsert", Code::DeadlineExceeded),
    ] {
        world.server.faults().fail = Some(Fail {
            call,
            after: 0,
            times: 1,
            code,
        });
        store(&*world.index, vec![version(2, "b", &["fox"])])
            .await
            .unwrap();
        assert_eq!(
            search(&*world.index, "fox").await.unwrap(),
            [1, 2],
            "{call} {code:?}"
        );
        let left = world.server.faults().fail.unwrap().times;
        assert_eq!(left, 0, "{call} {code:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vectors_of_another_length_than_those_on_the_server_are_refused() {
    let world = World::new();
    let put = async |index: &dyn Index, numbers: Vec<f32>| {
        index
            .put_vectors(PAPERS, "model/one", vec![vectors(1, numbers)])
            .await
    };
    put(&*world.index, vec![0.6, 0.8]).await.unwrap();
    world.index.flush(PAPERS).await.unwrap();
    let restarted = world.again(PATIENT);
    let error = put(&*restarted, vec![1.0, 0.0, 0.0]).await.unwrap_err();
    let IndexError::Vectors { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        source
            .to_string()
            .contains("have 3 numbers, those of this model have 2")
    );
    put(&*restarted, vec![0.0, 1.0]).await.unwrap();
    restarted.flush(PAPERS).await.unwrap();
    let nearest = ragd::index::VectorQuery {
        space: "model/one".to_owned(),
        vector: vec![0.0, 1.0, 0.0],
        paths: Vec::new(),
        languages: Vec::new(),
        limit: 1,
    };
    let refused = restarted
        .nearest(PAPERS, nearest, Arc::new(All))
        .await
        .unwrap_err();
    assert!(
        matches!(cause(&refused), QdrantError::Refused { .. }),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_too_large_are_sent_in_parts() {
    let faults = Faults {
        largest_message: 64 << 10,
        ..Faults::default()
    };
    let world = World::with(QdrantServer::start_with(faults), PATIENT);
    let text = "fox jumps ".repeat(500);
    let versions = (0..60).map(|key| version(key, "a", &[&text]));
    store(&*world.index, versions.collect()).await.unwrap();
    assert_eq!(counts(&*world.index).await, (60, 60));
    let huge = "fox jumps ".repeat(20_000);
    let error = store(&*world.index, vec![version(99, "b", &[&huge])]).await;
    let error = error.unwrap_err();
    assert!(
        matches!(cause(&error), QdrantError::TooLarge { .. }),
        "{error:?}"
    );
    assert!(!error.is_transient());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_wiped_is_made_anew() {
    let world = World::new();
    let index = &*world.index;
    index
        .put_vectors(PAPERS, "m", vec![vectors(1, vec![1.0])])
        .await
        .unwrap();
    store(index, vec![version(1, "a", &["fox"])]).await.unwrap();
    world.server.wipe();
    assert_eq!(search(index, "fox").await.unwrap(), [0_u64; 0]);
    assert_eq!(index.collections().await.unwrap(), []);
    index
        .put_vectors(PAPERS, "m", vec![vectors(2, vec![1.0])])
        .await
        .unwrap();
    store(index, vec![version(2, "a", &["fox"])]).await.unwrap();
    assert_eq!(search(index, "fox").await.unwrap(), [2]);
    let census = index.vector_census(PAPERS, "m").await.unwrap();
    assert_eq!(census, [(VersionKey(2), 1)]);
}
