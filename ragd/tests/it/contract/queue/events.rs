//! What listeners are told.

use ragd::jobs::{Event, EventKind, Outcome, Subscription};

use super::*;

/// Returns what a listener hears until the job `last` is told of as created.
async fn heard(subscription: &mut Subscription, last: JobId) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = subscription.next().await;
        let end = matches!(&event.kind, EventKind::Created(job) if job.id == last);
        events.push(event);
        if end {
            return events;
        }
    }
}

fn line(event: &Event) -> String {
    match &event.kind {
        EventKind::Created(job) => format!("{} created", job.id.0.as_u128()),
        EventKind::State(job) => format!("{} {}", job.id.0.as_u128(), job.state.as_str()),
        EventKind::Removed(job) => format!("{} removed", job.0.as_u128()),
        EventKind::Progress(job) => format!("{} progress", job.0.as_u128()),
        EventKind::Gap => "gap".to_owned(),
    }
}

#[tokio::test]
async fn changes_are_told_in_the_order_of_the_commits() {
    let bench = Bench::new().await;
    let (mut all, start) = bench.queue.events().subscribe();
    bench.push(job(1)).await;
    bench.push(job(2)).await;
    let leased = bench.queue.claim(2).await;
    bench.fail(lease_of(&leased, id(2)), backoff()).await;
    let outcome = Outcome {
        more: parts(1),
        ..Outcome::default()
    };
    let lease = lease_of(&leased, id(1));
    bench.queue.finish(lease, outcome).await.unwrap();
    bench.queue.cancel(id(1)).await.unwrap();
    bench.queue.remove(id(1)).await.unwrap();
    bench.clock.advance(1_000);
    bench.queue.tick().await.unwrap();
    bench.push(job(3)).await;
    let expected = [
        "1 created",
        "2 created",
        "1 running",
        "2 running",
        "2 retrying",
        "1 running",
        "1 cancelled",
        "1 removed",
        "2 queued",
        "3 created",
    ];
    let events = heard(&mut all, id(3)).await;
    assert_eq!(events.iter().map(line).collect::<Vec<_>>(), expected);
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));

    let fourth = events[3].seq;
    let mut rest = bench.queue.events().resume(fourth).expect("all is known");
    let events = heard(&mut rest, id(3)).await;
    assert_eq!(events.iter().map(line).collect::<Vec<_>>(), expected[4..]);
    let mut rest = bench.queue.events().resume(start).expect("all is known");
    assert_eq!(heard(&mut rest, id(3)).await.len(), expected.len());
    assert!(bench.queue.events().resume(u64::MAX).is_none());
}

#[tokio::test]
async fn whoever_listens_slowly_is_told_of_the_gap() {
    let bench = Bench::new().await;
    let (mut slow, _) = bench.queue.events().subscribe();
    let (mut quick, _) = bench.queue.events().subscribe();
    let events = bench.queue.events();
    for number in 0..5_000 {
        events.tell(EventKind::Removed(id(number)));
        assert!(matches!(quick.next().await.kind, EventKind::Removed(_)));
    }
    let gap = slow.next().await;
    assert_eq!(line(&gap), "gap");
    bench.push(job(1)).await;
    let next = slow.next().await;
    assert_eq!((line(&next).as_str(), next.seq), ("1 created", gap.seq + 1));
    // What is too long ago cannot be asked for; what is not, can.
    assert!(events.resume(1).is_none());
    let mut near = events.resume(gap.seq).expect("it was just now");
    assert_eq!(line(&near.next().await), "1 created");
}

#[tokio::test]
async fn of_progress_only_the_newest_waits() {
    let bench = Bench::new().await;
    let events = bench.queue.events();
    let (mut listener, _) = events.subscribe();
    for _ in 0..5_000 {
        events.tell(EventKind::Progress(id(1)));
    }
    bench.push(job(2)).await;
    assert_eq!(line(&listener.next().await), "1 progress");
    assert_eq!(line(&listener.next().await), "2 created");
}
