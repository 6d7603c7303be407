//! Jobs that switch a collection to another model.

use ragd::config::IndexKind;
use ragd::jobs::{Ended, JobState, NewJob, Outcome, PartWork, QueueError, Retry};
use ragd::ledger::{Changes, CollectionRow, Serve};

use super::{Bench, failure, id, job};

/// A queue, and a collection that `builtin` serves.
async fn bench() -> Bench {
    let bench = Bench::new().await;
    let made = bench
        .ledger
        .create_collection("papers", 1, "builtin", IndexKind::Embedded)
        .await;
    made.unwrap().unwrap();
    bench
}

fn switch(number: u128, model: &str) -> NewJob {
    NewJob {
        admin: false,
        dedup: None,
        ..NewJob::of_vectors(id(number), 1, "papers", model)
    }
}

async fn papers(bench: &Bench) -> CollectionRow {
    bench.settled().await;
    bench.ledger.collection("papers").await.unwrap().unwrap()
}

async fn next(bench: &Bench) -> Option<u128> {
    let next = papers(bench).await.next;
    next.map(|(_, job)| job.0.as_u128())
}

/// Says that the model has all that was active at `lacks`.
async fn all_there(bench: &Bench, model: &str, lacks: i64) -> Outcome {
    let serve = Serve {
        model: model.to_owned(),
        lacks,
    };
    Outcome {
        changes: Some(Changes {
            serve: Some(serve),
            ..Changes::none(papers(bench).await.id)
        }),
        ..Outcome::default()
    }
}

#[tokio::test]
async fn a_switch_begins_with_its_job_and_ends_with_it() {
    let bench = bench().await;
    bench.push(switch(1, "near")).await;
    assert_eq!(next(&bench).await, Some(1));
    let lease = bench.claim().await;
    // Something came meanwhile: the part is done again.
    let early = all_there(&bench, "near", -1).await;
    let ended = bench.queue.finish(lease, early).await.unwrap();
    assert!(matches!(ended, Ended::Yes(applied) if applied.model_lacks));
    assert_eq!(bench.state(id(1)).await, JobState::Running);
    assert_eq!(papers(&bench).await.model, "builtin");

    let bench = bench.after_death().await;
    assert_eq!(next(&bench).await, Some(1));
    let leased = bench.queue.claim(1).await.remove(0);
    assert_eq!(*leased.part, PartWork::Whole);
    let whole = all_there(&bench, "near", 0).await;
    bench.queue.finish(leased.lease, whole).await.unwrap();
    assert_eq!(bench.state(id(1)).await, JobState::Finished);
    let row = papers(&bench).await;
    assert_eq!(
        (row.model.as_str(), row.previous.as_deref()),
        ("near", Some("builtin"))
    );
    assert_eq!(row.next, None);
    bench.assert_ends().await;
}

#[tokio::test]
async fn one_switch_at_a_time_and_only_by_the_owner() {
    let bench = bench().await;
    bench.push(switch(1, "near")).await;
    let second = bench.queue.push(switch(2, "far")).await;
    assert!(matches!(second, Err(QueueError::Switching { job }) if job == id(1)));
    let foreign = NewJob {
        uid: 2,
        ..switch(3, "far")
    };
    let foreign = bench.queue.push(foreign).await;
    assert!(matches!(foreign, Err(QueueError::NotOwner { .. })));
    let lost = NewJob::of_vectors(id(4), 1, "nowhere", "near");
    let lost = bench.queue.push(lost).await;
    assert!(matches!(lost, Err(QueueError::NoCollection { .. })));
    assert_eq!(
        bench.claimed(9).await,
        [id(1)],
        "what was refused left nothing"
    );
    // The same request again is the same job.
    assert!(bench.queue.push(switch(1, "near")).await.unwrap().existing);
}

#[tokio::test]
async fn a_cancel_forgets_the_model_at_once_and_a_retry_begins_again() {
    let bench = bench().await;
    bench.push(switch(1, "near")).await;
    let lease = bench.claim().await;
    bench.queue.cancel(id(1)).await.unwrap();
    assert_eq!(next(&bench).await, None, "its worker has not let go yet");
    bench.push(switch(2, "far")).await;
    let late = all_there(&bench, "near", 0).await;
    assert_eq!(
        bench.queue.finish(lease, late).await.unwrap(),
        Ended::Cancelled
    );
    assert_eq!(
        next(&bench).await,
        Some(2),
        "its end is not that of another"
    );

    let refused = bench.queue.retry(id(1)).await;
    assert!(matches!(refused, Err(QueueError::Switching { job }) if job == id(2)));
    let lease = bench.claim().await;
    bench
        .queue
        .fail(lease, failure(Retry::Never))
        .await
        .unwrap();
    assert_eq!(next(&bench).await, None);
    bench.queue.retry(id(1)).await.unwrap();
    assert_eq!(next(&bench).await, Some(1));
    bench.assert_ends().await;
}

#[tokio::test]
async fn what_parked_parts_wait_for_is_known() {
    let bench = bench().await;
    for number in [1, 2, 3] {
        bench.push(job(number)).await;
    }
    for dependency in ["model:near", "disk", "model:near"] {
        let lease = bench.claim().await;
        bench.fail(lease, super::away(dependency)).await;
    }
    assert_eq!(bench.queue.waited_for(), ["disk", "model:near"]);
    assert_eq!(bench.queue.unpark("model:near").await.unwrap(), 2);
    assert_eq!(bench.queue.waited_for(), ["disk"]);
}
