//! The embedded index under SIGKILL: this test runs itself as a child, kills it while it writes, and
//! opens what is left.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use ragd::ids::{CollectionId, ContentHash, DocumentId, VersionKey};
use ragd::index::{EmbeddedConfig, Index, IndexConfig, NewChunk, NewVersion, Place, open};
use uuid::Uuid;

const COLLECTION: CollectionId = CollectionId(uuid::Uuid::from_u128(1));
/// Set for the child only: where it writes.
const FOLDER: &str = "RAGD_TEST_KILLED_INDEX";
/// What the child prints before the key of a version that is flushed.
const FLUSHED: &str = "flushed ";

fn at(root: &Path) -> Arc<dyn Index> {
    open(&IndexConfig::Embedded(EmbeddedConfig::new(root.to_owned()))).unwrap()
}

/// Writes until it is killed, when run as the child; nothing otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let index = at(Path::new(&folder));
    let place = Place {
        line_start: 1,
        line_end: 1,
        byte_start: 0,
        byte_end: 3,
        spot: None,
    };
    let known = index.census(COLLECTION).await.unwrap();
    let first = known
        .iter()
        .map(|census| census.version.0 + 1)
        .max()
        .unwrap_or(0);
    for key in first.. {
        let chunk = NewChunk {
            text: format!("fox number {key}"),
            heading: None,
            symbols: Vec::new(),
            place,
        };
        let chunks = vec![chunk; 20];
        let path = "a.txt".to_owned();
        let version = NewVersion {
            key: VersionKey(key),
            document: DocumentId(Uuid::from_u128(key.into())),
            content: ContentHash([7; 32]),
            path,
            language: None,
            chunks,
        };
        index.put(COLLECTION, vec![version]).await.unwrap();
        index.flush(COLLECTION).await.unwrap();
        println!("\n{FLUSHED}{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_flushed_survives_sigkill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["the_child_writes_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let flushed = lines.filter_map(|line| line.strip_prefix(FLUSHED)?.parse::<u64>().ok());
        // Each round dies after another number of flushes, so merges are hit as well.
        let last = flushed.take(3 * round + 1).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let index = at(folder.path());
        let census = index.census(COLLECTION).await.unwrap();
        assert_eq!(index.damaged().await.unwrap(), []);
        assert!(
            census.len() as u64 > last,
            "{last} was flushed, {} are there",
            census.len()
        );
        // Whole versions only.
        assert!(
            census
                .iter()
                .all(|census| (census.chunks, census.duplicates) == (20, 0))
        );
    }
}
