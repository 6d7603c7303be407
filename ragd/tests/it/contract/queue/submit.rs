//! Submitting: the same request twice, limits, and what a refusal leaves behind.

use ragd::ids::ContentHash;
use ragd::jobs::{Outcome, QueueError, Upload};
use ragd::ledger::BlobRow;

use super::*;

fn keyed(number: u128, key: &str, request: u8) -> NewJob {
    NewJob {
        key: Some(key.to_owned()),
        fingerprint: [request; 32],
        ..job(number)
    }
}

fn equal(number: u128) -> NewJob {
    NewJob {
        dedup: Some([7; 32]),
        ..job(number)
    }
}

#[tokio::test]
async fn the_same_id_is_the_same_job_also_after_a_death() {
    let bench = Bench::new().await;
    assert!(!bench.queue.push(job(1)).await.unwrap().existing);
    let again = bench.queue.push(job(1)).await.unwrap();
    assert_eq!((again.job, again.existing), (id(1), true));
    let bench = bench.after_death().await;
    assert!(bench.queue.push(job(1)).await.unwrap().existing);
    assert_eq!(bench.claimed(9).await, [id(1)]);
}

#[tokio::test]
async fn a_key_names_one_request_of_one_user() {
    let bench = Bench::new().await;
    bench.push(keyed(1, "nightly", 1)).await;
    assert_eq!(bench.push(keyed(2, "nightly", 1)).await, id(1));
    let other = bench.queue.push(keyed(3, "nightly", 2)).await;
    assert!(matches!(other, Err(QueueError::KeyReused { key }) if key == "nightly"));
    let of_another = NewJob {
        uid: 2,
        ..keyed(4, "nightly", 2)
    };
    assert_eq!(bench.push(of_another).await, id(4));
    // The key is remembered after the job has ended, and forgotten with it.
    bench.queue.cancel(id(1)).await.unwrap();
    assert_eq!(bench.push(keyed(5, "nightly", 1)).await, id(1));
    bench.queue.remove(id(1)).await.unwrap();
    assert_eq!(bench.push(keyed(6, "nightly", 2)).await, id(6));
}

#[tokio::test]
async fn an_equal_job_is_joined_until_it_begins() {
    let bench = Bench::new().await;
    bench.push(equal(1)).await;
    assert_eq!(bench.push(equal(2)).await, id(1));
    bench.claim().await;
    assert_eq!(bench.push(equal(3)).await, id(3));
    let bench = bench.after_death().await;
    // The first was begun; what changed since then, it may have missed.
    assert_eq!(bench.push(equal(4)).await, id(3));
}

#[tokio::test]
async fn equal_jobs_in_one_commit_are_one_job() {
    let bench = Bench::new().await;
    let pushes = (1..20).map(|number| bench.queue.push(equal(number)));
    let pushed = futures_util::future::join_all(pushes).await;
    let new = pushed.iter().filter(|one| !one.as_ref().unwrap().existing);
    assert_eq!(new.count(), 1);
}

#[tokio::test]
async fn a_key_is_kept_for_a_joined_job_too() {
    let bench = Bench::new().await;
    bench.push(equal(1)).await;
    let joined = NewJob {
        dedup: Some([7; 32]),
        ..keyed(2, "nightly", 7)
    };
    assert_eq!(bench.push(joined).await, id(1));
    let lease = bench.claim().await;
    let ended = bench.queue.finish(lease, Outcome::default()).await;
    ended.unwrap();
    assert_eq!(bench.push(keyed(3, "nightly", 7)).await, id(1));
    let other = bench.queue.push(keyed(4, "nightly", 8)).await;
    assert!(matches!(other, Err(QueueError::KeyReused { .. })));
}

#[tokio::test]
async fn a_full_queue_says_so_but_knows_its_jobs() {
    let bench = Bench::with(Policy {
        max_queued: 3,
        max_queued_per_user: 2,
        ..policy()
    })
    .await;
    bench.push(keyed(1, "first", 1)).await;
    bench.push(equal(2)).await;
    let busy = bench.queue.push(job(3)).await;
    let own = (2, 2);
    assert!(matches!(busy, Err(QueueError::Busy { queued, limit, .. }) if (queued, limit) == own));
    bench.push(job_of(2, 4)).await;
    let busy = bench.queue.push(job_of(3, 5)).await;
    assert!(matches!(busy, Err(QueueError::Busy { limit: 3, .. })));
    assert_eq!(bench.push(job(1)).await, id(1));
    assert_eq!(bench.push(keyed(6, "first", 1)).await, id(1));
    assert_eq!(bench.push(equal(7)).await, id(2));
    bench.queue.cancel(id(2)).await.unwrap();
    bench.push(job(3)).await;
}

#[tokio::test]
async fn submits_at_the_same_time_keep_to_the_limit() {
    let bench = Bench::with(Policy {
        max_queued_per_user: 5,
        ..policy()
    })
    .await;
    let pushes = (1..50).map(|number| bench.queue.push(job(number)));
    let pushed = futures_util::future::join_all(pushes).await;
    assert_eq!(pushed.iter().filter(|one| one.is_ok()).count(), 5);
    // A refused one takes no place.
    bench.queue.cancel(id(1)).await.unwrap();
    bench.push(job(99)).await;
}

fn blob(hash: ContentHash) -> BlobRow {
    BlobRow {
        hash,
        pack: hash,
        start: 0,
        length: 1,
    }
}

fn upload(hash: ContentHash) -> Source {
    Source::Uploads(vec![Upload {
        name: b"a.txt".to_vec().into(),
        content: hash,
        bytes: 1,
        observed: None,
        project: false,
    }])
}

#[tokio::test]
async fn a_refused_submit_leaves_nothing_behind() {
    let bench = Bench::new().await;
    let hash = ContentHash([1; 32]);
    let new = NewJob {
        admin: true,
        work: ingest("papers", upload(hash)),
        ..job(1)
    };
    let refused = bench.queue.push(new.clone()).await;
    assert!(matches!(refused, Err(QueueError::NoUpload { hash: missing }) if missing == hash));
    assert_eq!(bench.ledger.collections().await.unwrap(), Vec::new());

    let until = Timestamp(0);
    let kept = bench.ledger.keep_upload(1, blob(hash), until).await;
    kept.unwrap();
    assert!(bench.queue.push(new).await.unwrap().created_collection);
    let unneeded = || async {
        let now = bench.clock.now();
        bench.ledger.unneeded_blobs(now, 9).await.unwrap()
    };
    assert_eq!(unneeded().await, []);
    bench.queue.cancel(id(1)).await.unwrap();
    assert_eq!(unneeded().await, [hash]);
    // A job that is tried again needs its uploads again.
    bench.queue.retry(id(1)).await.unwrap();
    assert_eq!(unneeded().await, []);
    bench.queue.cancel(id(1)).await.unwrap();
    let forgotten = bench
        .ledger
        .forget_blobs(vec![hash], bench.clock.now())
        .await;
    forgotten.unwrap();
    let refused = bench.queue.retry(id(1)).await;
    assert!(matches!(refused, Err(QueueError::NoUpload { .. })));
    assert_eq!(bench.state(id(1)).await, JobState::Cancelled);
}

#[tokio::test]
async fn what_others_sent_is_nobodys_to_submit() {
    let bench = Bench::new().await;
    let (known, unknown) = (ContentHash([1; 32]), ContentHash([2; 32]));
    let new = |uid, number, hash| NewJob {
        work: ingest(&format!("of-{uid}"), upload(hash)),
        ..job_of(uid, number)
    };
    let refusal = async |new| bench.queue.push(new).await.unwrap_err().to_string();
    let now = bench.clock.now().0;
    let keep = async |uid, until| {
        let kept = bench.ledger.keep_upload(uid, blob(known), Timestamp(until));
        kept.await.unwrap();
    };
    keep(1, now).await;
    bench.push(new(1, 1, known)).await;
    // He is told what he is told of a content that nobody ever had.
    let of_another = refusal(new(2, 2, known)).await;
    let of_nobody = refusal(new(2, 2, unknown)).await;
    let hex = |hash: ContentHash| hash.to_string();
    assert_eq!(of_another.replace(&hex(known), &hex(unknown)), of_nobody);
    bench
        .push(NewJob {
            admin: true,
            ..new(3, 3, known)
        })
        .await;
    // Two who sent the same both have it, each for a time of his own.
    keep(2, now + MINUTE).await;
    keep(2, now).await;
    bench.push(new(2, 4, known)).await;
    bench.clock.advance(1);
    let later = bench.clock.now();
    bench.ledger.forget_senders(later).await.unwrap();
    refusal(new(1, 5, known)).await;
    bench.push(new(2, 6, known)).await;
    // What is his stays his while it is tried again, and nothing that is gone can be named.
    bench.queue.cancel(id(1)).await.unwrap();
    bench.queue.retry(id(1)).await.unwrap();
    bench.clock.advance(MINUTE as u64);
    refusal(new(2, 7, known)).await;
}

#[tokio::test]
async fn a_collection_of_another_is_refused() {
    let bench = Bench::new().await;
    let new = |uid, number, admin| NewJob {
        admin,
        work: ingest("papers", Source::Paths(Vec::new())),
        ..job_of(uid, number)
    };
    bench.push(new(1, 1, false)).await;
    let refused = bench.queue.push(new(2, 2, false)).await;
    assert!(matches!(
        refused,
        Err(QueueError::NotOwner { owner: 1, .. })
    ));
    bench.push(new(2, 3, true)).await;
}
