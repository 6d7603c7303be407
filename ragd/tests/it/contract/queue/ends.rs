//! How runs end: fences, retries, cancels, deaths, and that each job ends once.

use ragd::ids::{ContentHash, DocumentId, VersionKey};
use ragd::jobs::{Beat, FileEntry, Outcome, QueueError};
use ragd::ledger::{Activation, BlobRow, Changes, Made};

use super::*;

fn more(number: usize) -> Outcome {
    Outcome {
        more: parts(number),
        ..Outcome::default()
    }
}

async fn finish(bench: &Bench, lease: Lease) -> Ended {
    bench.queue.finish(lease, Outcome::default()).await.unwrap()
}

/// Checks that `lease` is worth nothing any more.
async fn assert_stale(bench: &Bench, lease: Lease) {
    assert_eq!(bench.queue.beat(lease).await, Beat::Lost);
    let before = bench.job(lease.job).await;
    assert_eq!(
        bench.queue.finish(lease, more(2)).await.unwrap(),
        Ended::Lost
    );
    assert_eq!(bench.fail(lease, Retry::Never).await, Ended::Lost);
    assert_eq!(bench.fail(lease, backoff()).await, Ended::Lost);
    assert_eq!(bench.queue.hand_back(lease).await.unwrap(), Ended::Lost);
    assert_eq!(bench.job(lease.job).await, before);
}

#[tokio::test]
async fn an_end_counts_once() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    assert!(matches!(finish(&bench, lease).await, Ended::Yes(_)));
    assert_eq!(bench.state(id(1)).await, JobState::Finished);
    assert_stale(&bench, lease).await;
    bench.assert_ends().await;
}

#[tokio::test]
async fn of_two_ends_at_the_same_time_one_counts() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    let (one, two) = tokio::join!(
        bench.queue.finish(lease, more(1)),
        bench.queue.fail(lease, failure(Retry::Never))
    );
    assert!(matches!(one.unwrap(), Ended::Yes(_)));
    assert_eq!(two.unwrap(), Ended::Lost);
    assert_eq!(bench.job(id(1)).await.counts.total(), 2);
}

#[tokio::test]
async fn a_late_worker_changes_nothing() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    let late = bench.claim().await;
    bench.clock.advance(30_000);
    let (_, lost) = bench.queue.tick().await.unwrap();
    assert_eq!(lost, [late]);
    assert_stale(&bench, late).await;
    let next = bench.claim().await;
    assert!(next.fence > late.fence);
    assert_stale(&bench, late).await;
    assert_eq!(bench.queue.beat(next).await, Beat::Go);
    assert!(matches!(finish(&bench, next).await, Ended::Yes(_)));

    bench.push(job(2)).await;
    let before = bench.claim().await;
    let bench = bench.after_death().await;
    let after = bench.claim().await;
    assert!(after.fence > before.fence);
    assert_stale(&bench, before).await;
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_the_part_usable() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    // Polled once: the end is on its way to the writer, and nobody waits for it.
    let mut end = Box::pin(bench.queue.hand_back(lease));
    let _ = futures_util::poll!(&mut end);
    drop(end);
    bench.settled().await;
    let again = bench.claim().await;
    assert_stale(&bench, lease).await;
    assert!(matches!(finish(&bench, again).await, Ended::Yes(_)));

    bench.push(job(2)).await;
    let mut cancel = Box::pin(bench.queue.cancel(id(2)));
    let _ = futures_util::poll!(&mut cancel);
    drop(cancel);
    bench.settled().await;
    assert_eq!(bench.state(id(2)).await, JobState::Cancelled);

    bench.push(job(3)).await;
    let lost = bench.claim().await;
    bench.clock.advance(30_000);
    let mut tick = Box::pin(bench.queue.tick());
    let _ = futures_util::poll!(&mut tick);
    drop(tick);
    bench.settled().await;
    assert_eq!(bench.claim().await.job, lost.job);
}

#[tokio::test]
async fn what_could_not_be_written_can_be_tried_again() {
    let bench = Bench::new().await;
    // The transaction of the group is gone, as on a full disk.
    let spoil = || {
        let spoiled = bench
            .ledger
            .write(Durability::Full, |tx| tx.execute_batch("ROLLBACK"));
        async { assert!(spoiled.await.is_err()) }
    };
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    let go = bench.hold_writer().await;
    let (ended, (), ()) = tokio::join!(bench.queue.finish(lease, more(1)), spoil(), async {
        go.send(()).unwrap();
    });
    assert!(ended.is_err_and(|error| error.is_transient()));
    assert_eq!(bench.state(id(1)).await, JobState::Running);
    assert_eq!(bench.queue.beat(lease).await, Beat::Go);

    let go = bench.hold_writer().await;
    let (cancelled, (), ()) = tokio::join!(bench.queue.cancel(id(1)), spoil(), async {
        go.send(()).unwrap();
    });
    assert!(cancelled.is_err());
    assert_eq!(bench.queue.beat(lease).await, Beat::Go);
    let ended = bench.queue.finish(lease, more(1)).await.unwrap();
    assert!(matches!(ended, Ended::Yes(_)));

    let lease = bench.claim().await;
    bench.clock.advance(30_000);
    let go = bench.hold_writer().await;
    let (lost, (), ()) = tokio::join!(bench.queue.tick(), spoil(), async {
        go.send(()).unwrap();
    });
    assert!(lost.is_err());
    assert_eq!(bench.queue.tick().await.unwrap().1.len(), 1);
    assert_eq!(bench.claim().await.part, lease.part);
    assert_eq!(bench.job(id(1)).await.stalls, 1);
}

#[tokio::test]
async fn errors_stalls_and_hand_backs_are_counted_apart() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    for _ in 0..5 {
        let lease = bench.claim().await;
        bench.queue.hand_back(lease).await.unwrap();
        let lease = bench.claim().await;
        bench.fail(lease, away("disk")).await;
        assert_eq!(bench.state(id(1)).await, JobState::Parked);
        assert_eq!(bench.job(id(1)).await.parked_for.as_deref(), Some("disk"));
        assert_eq!(bench.queue.unpark("net").await.unwrap(), 0);
        assert_eq!(bench.queue.unpark("disk").await.unwrap(), 1);
    }
    bench.claim().await;
    bench.clock.advance(30_000);
    bench.queue.tick().await.unwrap();
    for attempt in 1..=3 {
        let lease = bench.claim().await;
        bench.fail(lease, backoff()).await;
        let job = bench.job(id(1)).await;
        assert_eq!((job.attempts, job.stalls), (attempt, 1));
        bench.clock.advance(8_000);
        bench.queue.tick().await.unwrap();
    }
    assert_eq!(bench.state(id(1)).await, JobState::Dead);
    assert_eq!(bench.claimed(1).await, []);
    bench.assert_ends().await;
}

#[tokio::test]
async fn leases_that_run_out_twice_are_the_end() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    bench.clock.advance(29_999);
    assert_eq!(bench.queue.tick().await.unwrap(), (Some(1), Vec::new()));
    bench.queue.beat(lease).await;
    bench.clock.advance(29_999);
    assert_eq!(bench.queue.tick().await.unwrap().1, []);
    for _ in 0..2 {
        bench.clock.advance(30_000);
        bench.queue.tick().await.unwrap();
        bench.queue.claim(1).await;
    }
    let job = bench.job(id(1)).await;
    assert_eq!((job.state, job.stalls), (JobState::Dead, 2));
    assert_eq!(job.last_error.unwrap().code, "worker-lost");
    bench.assert_ends().await;
}

#[tokio::test]
async fn a_retry_waits_as_long_as_the_clock_seam_says() {
    let bench = Bench::new().await;
    // Random, what the other side asked for, and the pause that follows.
    let cases = [
        (1_000, None, 1_000),
        (250, None, 250),
        (0, None, 1),
        (500, Some(90_000), 90_000),
        (500, Some(u64::MAX), 3_600_000),
    ];
    for (number, (random, after_ms, pause)) in (1..).zip(cases) {
        bench.clock.draw(random);
        bench.push(job(number)).await;
        let lease = bench.claim().await;
        bench.fail(lease, Retry::Backoff { after_ms }).await;
        let due = Timestamp(bench.clock.now().0 + i64::try_from(pause).unwrap());
        assert_eq!(bench.job(id(number)).await.retry_at, Some(due));
        bench.clock.advance(pause - 1);
        assert_eq!(bench.queue.tick().await.unwrap(), (Some(1), Vec::new()));
        assert_eq!(bench.claimed(1).await, []);
        bench.clock.advance(1);
        bench.queue.tick().await.unwrap();
        let lease = bench.claim().await;
        assert_eq!(lease.job, id(number));
        finish(&bench, lease).await;
    }
}

#[tokio::test]
async fn a_clock_that_was_wrong_does_not_keep_a_retry_away() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    bench.fail(lease, backoff()).await;
    bench.clock.jump(-30 * 24 * 60 * MINUTE);
    bench.queue.tick().await.unwrap();
    assert_eq!(bench.claimed(1).await, [id(1)]);

    let bench = Bench::with(Policy {
        retry_min_ms: 6 * 3_600_000,
        retry_max_ms: 6 * 3_600_000,
        ..policy()
    })
    .await;
    bench.push(job(1)).await;
    let lease = bench.claim().await;
    bench.fail(lease, backoff()).await;
    bench.queue.tick().await.unwrap();
    assert_eq!(
        bench.claimed(1).await,
        [],
        "a long backoff is no wrong clock"
    );
}

#[tokio::test]
async fn the_first_retry_of_several_parts_is_told() {
    let bench = Bench::new().await;
    let new = NewJob {
        parts: parts(3),
        ..job(1)
    };
    bench.push(new).await;
    let leased = bench.queue.claim(3).await;
    let after = |after_ms| Retry::Backoff {
        after_ms: Some(after_ms),
    };
    bench.fail(leased[0].lease, after(5_000)).await;
    bench.fail(leased[1].lease, after(9_000)).await;
    assert_eq!(bench.state(id(1)).await, JobState::Running);
    finish(&bench, leased[2].lease).await;
    let job = bench.job(id(1)).await;
    let due = Timestamp(bench.clock.now().0 + 5_000);
    assert_eq!((job.state, job.retry_at), (JobState::Retrying, Some(due)));
}

#[tokio::test]
async fn a_permanent_error_ends_its_part_and_the_rest_goes_on() {
    let bench = Bench::new().await;
    let new = NewJob {
        parts: parts(2),
        ..job(1)
    };
    bench.push(new).await;
    let leased = bench.queue.claim(2).await;
    bench.fail(leased[0].lease, Retry::Never).await;
    assert_eq!(bench.state(id(1)).await, JobState::Running);
    finish(&bench, leased[1].lease).await;
    let job = bench.job(id(1)).await;
    assert_eq!((job.state, job.attempts), (JobState::Failed, 1));
    bench.queue.retry(id(1)).await.unwrap();
    let leased = bench.queue.claim(9).await;
    assert_eq!(leased.len(), 1, "only what failed runs again");
    assert_eq!((leased[0].lease.part, leased[0].attempts), (0, 0));
    finish(&bench, leased[0].lease).await;
    assert_eq!(bench.state(id(1)).await, JobState::Finished);
    let again = bench.queue.retry(id(1)).await;
    assert!(matches!(again, Err(QueueError::WrongState { .. })));
    bench.assert_ends().await;
}

#[tokio::test]
async fn a_cancel_ends_at_once_what_nobody_works_on() {
    let bench = Bench::new().await;
    // Job 1 waits, 2 is delayed, 3 is parked.
    for number in [2, 3, 1] {
        bench.push(job(number)).await;
    }
    let leased = bench.queue.claim(2).await;
    bench.fail(lease_of(&leased, id(2)), backoff()).await;
    bench.fail(lease_of(&leased, id(3)), away("disk")).await;
    for number in 1..=3 {
        let receipt = bench.queue.cancel(id(number)).await.unwrap();
        assert_eq!(receipt.state, JobState::Cancelled);
        assert_eq!(
            (receipt.rolled_back_parts, receipt.never_started_parts),
            (0, 1)
        );
        assert_eq!(receipt.running, []);
    }
    bench.clock.advance(10_000);
    bench.queue.tick().await.unwrap();
    assert_eq!(bench.queue.unpark("disk").await.unwrap(), 0);
    assert_eq!(bench.claimed(9).await, []);
    assert!(matches!(
        bench.queue.cancel(id(9)).await,
        Err(QueueError::NoJob { .. })
    ));
    // A second cancel says the same and ends nothing twice.
    let again = bench.queue.cancel(id(1)).await.unwrap();
    assert_eq!(
        (again.state, again.never_started_parts),
        (JobState::Cancelled, 0)
    );
    bench.assert_ends().await;
}

#[tokio::test]
async fn a_cancelled_run_ends_when_its_worker_lets_go_and_applies_nothing() {
    for how in ["finish", "fail", "hand back", "vanish", "die"] {
        let bench = Bench::new().await;
        let new = NewJob {
            parts: parts(2),
            ..job(1)
        };
        bench.push(new).await;
        let lease = bench.claim().await;
        let receipt = bench.queue.cancel(id(1)).await.unwrap();
        assert_eq!(receipt.state, JobState::Cancelling);
        assert_eq!(
            (receipt.rolled_back_parts, receipt.never_started_parts),
            (1, 1)
        );
        assert_eq!(receipt.running, [lease]);
        assert_eq!(bench.queue.beat(lease).await, Beat::Cancel);
        assert_eq!(bench.claimed(9).await, []);
        let bench = match how {
            "finish" => {
                let ended = bench.queue.finish(lease, more(3)).await.unwrap();
                assert_eq!(ended, Ended::Cancelled);
                bench
            }
            "fail" => {
                assert_eq!(bench.fail(lease, backoff()).await, Ended::Cancelled);
                bench
            }
            "hand back" => {
                let ended = bench.queue.hand_back(lease).await.unwrap();
                assert_eq!(ended, Ended::Cancelled);
                bench
            }
            "vanish" => {
                bench.clock.advance(30_000);
                bench.queue.tick().await.unwrap();
                bench
            }
            _ => bench.after_death().await,
        };
        let job = bench.job(id(1)).await;
        assert_eq!(
            (job.state, job.counts.cancelled),
            (JobState::Cancelled, 2),
            "{how}"
        );
        assert_eq!(bench.claimed(9).await, [], "{how}");
        assert_stale(&bench, lease).await;
        bench.assert_ends().await;
    }
}

#[tokio::test]
async fn a_cancel_wins_over_whatever_happens_at_the_same_time() {
    let bench = Bench::new().await;
    for number in 1..=20 {
        bench.push(job(number)).await;
        let lease = bench.claim().await;
        // In one group of the writer, in either order.
        match number % 4 {
            0 => {
                bench.clock.advance(30_000);
                let (tick, cancel) =
                    tokio::join!(bench.queue.tick(), bench.queue.cancel(id(number)));
                let _ = (tick.unwrap(), cancel.unwrap());
            }
            1 => {
                bench.clock.advance(30_000);
                let (cancel, tick) =
                    tokio::join!(bench.queue.cancel(id(number)), bench.queue.tick());
                let _ = (tick.unwrap(), cancel.unwrap());
            }
            2 => {
                let (ended, cancel) =
                    tokio::join!(bench.queue.hand_back(lease), bench.queue.cancel(id(number)));
                let _ = (ended.unwrap(), cancel.unwrap());
            }
            _ => {
                let (cancel, ended) =
                    tokio::join!(bench.queue.cancel(id(number)), bench.queue.hand_back(lease));
                let _ = (ended.unwrap(), cancel.unwrap());
            }
        }
        assert_eq!(
            bench.state(id(number)).await,
            JobState::Cancelled,
            "{number}"
        );
        assert_eq!(bench.claimed(9).await, []);
    }
    bench.assert_ends().await;
}

#[tokio::test]
async fn claims_are_void_after_a_death_and_deaths_are_counted() {
    let mut bench = Bench::new().await;
    bench.push(job(1)).await;
    for _ in 0..2 {
        bench.claim().await;
        assert_eq!(bench.state(id(1)).await, JobState::Running);
        bench = bench.after_death().await;
        assert_eq!(bench.state(id(1)).await, JobState::Queued);
    }
    bench.claim().await;
    let bench = bench.after_death().await;
    let job = bench.job(id(1)).await;
    assert_eq!(
        (job.state, job.attempts, job.stalls),
        (JobState::Dead, 0, 0)
    );
    bench.queue.retry(id(1)).await.unwrap();
    assert_eq!(bench.claimed(1).await, [id(1)]);
    bench.assert_ends().await;
}

#[tokio::test]
async fn retries_outlive_a_death_and_parked_parts_are_tried_again() {
    let bench = Bench::new().await;
    for number in 1..=2 {
        bench.push(job(number)).await;
    }
    let leased = bench.queue.claim(2).await;
    bench.fail(lease_of(&leased, id(1)), backoff()).await;
    bench.fail(lease_of(&leased, id(2)), away("disk")).await;
    let bench = bench.after_death().await;
    assert_eq!(bench.claimed(9).await, [id(2)]);
    bench.clock.advance(1_000);
    bench.queue.tick().await.unwrap();
    let leased = bench.queue.claim(9).await;
    assert_eq!((leased[0].lease.job, leased[0].attempts), (id(1), 1));
}

#[tokio::test]
async fn only_an_ended_job_is_removed() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    assert!(matches!(
        bench.queue.remove(id(1)).await,
        Err(QueueError::WrongState { .. })
    ));
    let lease = bench.claim().await;
    assert!(matches!(
        bench.queue.remove(id(1)).await,
        Err(QueueError::WrongState { .. })
    ));
    finish(&bench, lease).await;
    bench.queue.remove(id(1)).await.unwrap();
    assert!(matches!(
        bench.queue.remove(id(1)).await,
        Err(QueueError::NoJob { .. })
    ));
    assert_eq!(bench.ledger.job(id(1)).await.unwrap(), None);
}

fn activation(document: DocumentId, observed: i64, key: u64) -> Activation {
    let hash = ContentHash([key.to_le_bytes()[0]; 32]);
    Activation {
        document,
        source: b"/a".to_vec(),
        path: b"a".to_vec(),
        observed,
        stat: None,
        key: VersionKey(key),
        bytes: 10,
        chunks: 2,
        title: None,
        language: None,
        facts: Vec::new(),
        told: Vec::new(),
        made: Made::default(),
        outline: None,
        given: None,
        parts: Vec::new(),
        within: None,
        sight: None,
        redacted: Vec::new(),
        blob: BlobRow {
            hash,
            pack: hash,
            start: 0,
            length: 10,
        },
    }
}

#[tokio::test]
async fn more_parts_and_changes_come_with_the_end_or_not_at_all() {
    let bench = Bench::new().await;
    let new = NewJob {
        work: ingest("papers", Source::Paths(Vec::new())),
        ..job(1)
    };
    bench.push(new).await;
    let collection = bench.job(id(1)).await.collection.unwrap();
    let document = ragd::ids::document_id(collection, b"/a");
    let outcome = |observed, key| Outcome {
        changes: Some(Changes {
            activate: vec![activation(document, observed, key)],
            models: vec!["builtin".to_owned()],
            ..Changes::none(collection)
        }),
        redo: vec![(
            document,
            FileEntry {
                source: b"/a".to_vec().into(),
                path: b"a".to_vec().into(),
                bytes: 10,
                said: String::new(),
                blob: None,
            },
        )],
        ..more(2)
    };
    let (early, late) = (bench.ledger.observe(), bench.ledger.observe());
    let lease = bench.claim().await;
    let ended = bench.queue.finish(lease, outcome(late, 1)).await.unwrap();
    assert!(matches!(ended, Ended::Yes(applied) if applied.added == 1));
    let job = bench.job(id(1)).await;
    assert_eq!((job.counts.ready, job.totals.added, job.kept), (2, 1, 1));

    // Somebody read the file later than this part did: it is read again.
    let lease = bench.claim().await;
    let ended = bench.queue.finish(lease, outcome(early, 2)).await.unwrap();
    assert!(matches!(ended, Ended::Yes(applied) if applied.superseded == [document]));
    let job = bench.job(id(1)).await;
    assert_eq!((job.counts.ready, job.counts.finished), (4, 2));
    let leased = bench.queue.claim(9).await;
    let redo = leased
        .iter()
        .filter(|one| matches!(&*one.part, PartWork::Files(files) if files.len() == 1));
    assert_eq!(redo.count(), 1);

    let snapshot = bench.ledger.visibility().snapshot();
    assert_eq!(snapshot.document(VersionKey(1)), Some(document));
    assert_eq!(snapshot.document(VersionKey(2)), None);

    bench.queue.cancel(id(1)).await.unwrap();
    let newest = bench.ledger.observe();
    let ended = bench
        .queue
        .finish(leased[0].lease, outcome(newest, 3))
        .await;
    assert_eq!(ended.unwrap(), Ended::Cancelled);
    assert_eq!(bench.job(id(1)).await.counts.total(), 6);
    let snapshot = bench.ledger.visibility().snapshot();
    assert_eq!(snapshot.document(VersionKey(3)), None);
}

#[tokio::test]
async fn work_for_a_collection_that_is_gone_ends_cancelled() {
    let bench = Bench::new().await;
    let new = NewJob {
        work: ingest("papers", Source::Paths(Vec::new())),
        ..job(1)
    };
    bench.push(new).await;
    let collection = bench.job(id(1)).await.collection.unwrap();
    let lease = bench.claim().await;
    bench.ledger.remove_collection(collection).await.unwrap();
    let outcome = Outcome {
        changes: Some(Changes::none(collection)),
        ..more(2)
    };
    let ended = bench.queue.finish(lease, outcome).await.unwrap();
    assert_eq!(ended, Ended::Cancelled);
    assert_eq!(bench.state(id(1)).await, JobState::Cancelled);
    bench.assert_ends().await;
}
