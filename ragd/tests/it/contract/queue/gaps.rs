//! What a part was to take in is listed as a gap when the part is given up.

use ragd::ids::ContentHash;
use ragd::jobs::{FileEntry, Upload, WorkPath};
use ragd::ledger::{BlobRow, GapFilter};

use super::*;

fn path(text: &str) -> WorkPath {
    WorkPath::from(text.as_bytes())
}

fn files(names: &[&str]) -> (PartWork, u64) {
    let entries = names.iter().map(|name| FileEntry {
        source: path(&format!("/src/{name}")),
        path: path(name),
        bytes: 7,
        said: String::new(),
        blob: None,
    });
    (PartWork::Files(entries.collect()), 7)
}

/// Returns a job that takes in `/src`, in these parts.
fn taking_in(parts: Vec<(PartWork, u64)>) -> NewJob {
    NewJob {
        work: ingest("papers", Source::Paths(vec![path("/src")])),
        parts,
        ..job(1)
    }
}

/// Returns source, path, code and reason of each gap.
async fn gaps(bench: &Bench) -> Vec<[String; 4]> {
    let filter = GapFilter {
        job: Some(id(1)),
        limit: 100,
        ..GapFilter::default()
    };
    bench.settled().await;
    let (gaps, _) = bench.ledger.gaps(filter).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    gaps.into_iter()
        .map(|gap| [text(&gap.source), text(&gap.path), gap.code, gap.reason])
        .collect()
}

fn gap(source: &str, path: &str, code: &str, reason: &str) -> [String; 4] {
    [source, path, code, reason].map(str::to_owned)
}

#[tokio::test]
async fn a_part_that_is_given_up_leaves_its_files_as_gaps() {
    let bench = Bench::new().await;
    let deletes = PartWork::Deletes {
        observed: 1,
        sources: vec![path("/src/gone")],
    };
    let parts = vec![files(&["a", "b"]), files(&["c"]), (deletes, 0)];
    bench.push(taking_in(parts)).await;
    let leased = bench.queue.claim(3).await;
    let failed = Failure {
        causes: vec!["and why".to_owned()],
        ..failure(Retry::Never)
    };
    bench.queue.fail(leased[0].lease, failed).await.unwrap();
    bench.fail(leased[1].lease, backoff()).await;
    bench.fail(leased[2].lease, Retry::Never).await;
    let reason = "it went wrong: and why";
    let first = [
        gap("/src/a", "a", "test", reason),
        gap("/src/b", "b", "test", reason),
    ];
    assert_eq!(gaps(&bench).await, first, "what is tried again is no gap");
    for _ in 0..2 {
        bench.clock.advance(10_000);
        bench.queue.tick().await.unwrap();
        let lease = bench.claim().await;
        bench.fail(lease, backoff()).await;
    }
    let job = bench.job(id(1)).await;
    assert_eq!((job.state, job.totals.failed), (JobState::Dead, 3));
    assert_eq!(
        gaps(&bench).await.pop(),
        Some(gap("/src/c", "c", "test", "it went wrong"))
    );
    bench.queue.retry(id(1)).await.unwrap();
    assert_eq!(bench.job(id(1)).await.totals.failed, 0);
}

#[tokio::test]
async fn so_does_one_whose_workers_or_daemons_are_lost() {
    let lost = |how: &str| {
        let reason = format!("given up: {how} while it worked on this");
        [gap("/src/a", "a", "worker-lost", &reason)]
    };
    let bench = Bench::new().await;
    bench.push(taking_in(vec![files(&["a"])])).await;
    for _ in 0..2 {
        bench.claim().await;
        bench.clock.advance(30_000);
        bench.queue.tick().await.unwrap();
    }
    assert_eq!(bench.job(id(1)).await.totals.failed, 1);
    assert_eq!(gaps(&bench).await, lost("its worker vanished 2 times"));

    let mut bench = Bench::new().await;
    bench.push(taking_in(vec![files(&["a"])])).await;
    for _ in 0..3 {
        bench.claim().await;
        bench = bench.after_death().await;
    }
    assert_eq!(bench.job(id(1)).await.totals.failed, 1);
    assert_eq!(gaps(&bench).await, lost("ragd died 3 times"));
}

#[tokio::test]
async fn a_source_that_was_never_looked_at_is_a_gap_as_a_whole() {
    let content = ContentHash([7; 32]);
    let upload = Upload {
        name: path("notes.md"),
        content,
        bytes: 3,
        observed: None,
        project: false,
    };
    for (source, expected) in [
        (
            Source::Paths(vec![path("/home/kim/src/")]),
            gap("/home/kim/src/", "src", "test", "it went wrong"),
        ),
        (
            Source::Uploads(vec![upload]),
            gap("upload:notes.md", "notes.md", "test", "it went wrong"),
        ),
    ] {
        let bench = Bench::new().await;
        let blob = BlobRow {
            hash: content,
            pack: content,
            start: 0,
            length: 3,
        };
        let until = Timestamp(bench.clock.now().0 + MINUTE);
        bench.ledger.keep_upload(1, blob, until).await.unwrap();
        let new = NewJob {
            work: ingest("papers", source),
            ..job(1)
        };
        bench.push(new).await;
        let lease = bench.claim().await;
        bench.fail(lease, Retry::Never).await;
        assert_eq!(gaps(&bench).await, [expected]);
    }
}
