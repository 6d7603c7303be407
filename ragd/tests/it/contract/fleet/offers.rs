//! What is offered, and who gets what next.

use ragd::fleet::{Ended, MAX_BODY, Offered};

use super::*;

over_each_fleet! {
    the_same_order_again_is_no_second_task
    another_order_takes_the_place_of_the_first
    users_get_the_same_share
    a_user_who_was_away_does_not_save_up
    a_smaller_rank_goes_first
    a_worker_gets_only_what_it_can_do
    one_task_can_be_asked_for
    a_task_with_a_worker_of_its_own_is_given_to_nobody_else
    what_is_too_large_does_not_travel
    many_large_tasks_are_answered_in_order
}

async fn the_same_order_again_is_no_second_task(bench: Bench) {
    let fleet = &bench.fleet;
    let offered = fleet
        .offer("daemon", vec![task(1), task(2), task(1)])
        .await
        .unwrap();
    assert_eq!(offered, [Offered::New, Offered::New, Offered::Known]);
    let lease = bench.claim_one(&worker("a")).await;
    assert_eq!(
        fleet.offer("daemon", vec![task(1)]).await.unwrap(),
        [Offered::Known]
    );
    let done = Bytes::from_static(b"done");
    assert_eq!(fleet.finish(lease, done.clone()).await.unwrap(), Ended::Yes);
    let ended = Offered::Ended(End::Finished(done));
    assert_eq!(fleet.offer("daemon", vec![task(1)]).await.unwrap(), [ended]);
    assert_eq!(bench.claim_parts(&worker("a"), 9).await, [2]);
    fleet.forget(&[(id(1), order("first"))]).await.unwrap();
    assert_eq!(bench.open_parts().await, [2]);
    assert_eq!(
        fleet.offer("daemon", vec![task(1)]).await.unwrap(),
        [Offered::New]
    );
}

async fn another_order_takes_the_place_of_the_first(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    let again = |name: &str| NewTask {
        order: order(name),
        payload: Bytes::from(name.to_owned()),
        ..task(1)
    };
    bench.offer(vec![task(1)]).await;
    assert_eq!(
        fleet.offer("daemon", vec![again("2")]).await.unwrap(),
        [Offered::New]
    );
    let second = fleet.claim(&me, 9).await.unwrap();
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].payload, "2");
    assert_eq!(
        fleet.offer("daemon", vec![again("3")]).await.unwrap(),
        [Offered::New]
    );
    let lost = fleet.finish(second[0].lease, Bytes::new()).await.unwrap();
    assert_eq!(lost, Ended::Lost);
    let third = fleet.claim(&me, 9).await.unwrap();
    assert_eq!(third[0].payload, "3");
    fleet.fail(third[0].lease, Bytes::new()).await.unwrap();
    // An end of another order is not meant.
    fleet.forget(&[(id(1), order("2"))]).await.unwrap();
    assert_eq!(bench.open_parts().await, [1]);
    assert_eq!(
        fleet.offer("daemon", vec![again("4")]).await.unwrap(),
        [Offered::New]
    );
    assert_eq!(bench.claim_parts(&me, 9).await, [1]);
    bench.offer(vec![task(2)]).await;
    let lease = bench.claim_one(&me).await;
    fleet.finish(lease, Bytes::from_static(b"x")).await.unwrap();
    // The failure of the third order was never read and is gone.
    assert_eq!(fleet.ends().await.unwrap(), [finished(2, "x")]);
}

fn of_user(uid: u32, parts: std::ops::Range<u32>) -> Vec<NewTask> {
    let tasks = parts.map(|part| NewTask { uid, ..task(part) });
    tasks.collect()
}

async fn users_get_the_same_share(bench: Bench) {
    bench.offer(of_user(1, 10..15)).await;
    bench.offer(of_user(2, 20..23)).await;
    let heavy = NewTask {
        cost: 3 << 20,
        ..of_user(3, 30..31).remove(0)
    };
    bench.offer(vec![heavy]).await;
    bench.offer(of_user(3, 31..32)).await;
    let parts = bench.claim_parts(&worker("a"), 99).await;
    assert_eq!(parts, [10, 20, 30, 11, 21, 12, 22, 13, 14, 31]);
}

async fn a_user_who_was_away_does_not_save_up(bench: Bench) {
    let me = worker("a");
    bench.offer(of_user(1, 10..20)).await;
    assert_eq!(bench.claim_parts(&me, 4).await, [10, 11, 12, 13]);
    bench.offer(of_user(2, 20..24)).await;
    let parts = bench.claim_parts(&me, 6).await;
    assert_eq!(parts, [20, 14, 21, 15, 22, 16]);
}

async fn a_smaller_rank_goes_first(bench: Bench) {
    let ranked = |part, rank| NewTask { rank, ..task(part) };
    bench
        .offer(vec![
            ranked(1, 5),
            ranked(2, -5),
            ranked(3, 5),
            ranked(4, 6),
        ])
        .await;
    // Its job was given another priority.
    bench.offer(vec![ranked(4, -9)]).await;
    assert_eq!(bench.claim_parts(&worker("a"), 9).await, [4, 2, 1, 3]);
}

async fn a_worker_gets_only_what_it_can_do(bench: Bench) {
    let embed = NewTask {
        class: Class::Embed,
        ..task(2)
    };
    bench.offer(vec![task(1), embed, task(3)]).await;
    let only = |class| WorkerInfo {
        classes: vec![class],
        ..worker("a")
    };
    assert_eq!(bench.claim_parts(&only(Class::Embed), 9).await, [2]);
    assert_eq!(bench.claim_parts(&only(Class::Extract), 9).await, [1, 3]);
}

async fn one_task_can_be_asked_for(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1), task(2)]).await;
    let claimed = fleet.claim_this(&me, id(2)).await.unwrap().unwrap();
    assert_eq!(claimed.lease.id, id(2));
    assert_eq!(claimed.payload, "do 2");
    assert_eq!(fleet.claim_this(&me, id(2)).await.unwrap(), None);
    assert_eq!(fleet.claim_this(&me, id(9)).await.unwrap(), None);
    let embeds = WorkerInfo {
        classes: vec![Class::Embed],
        ..me.clone()
    };
    assert_eq!(fleet.claim_this(&embeds, id(1)).await.unwrap(), None);
    assert_eq!(bench.claim_parts(&me, 9).await, [1]);
}

async fn a_task_with_a_worker_of_its_own_is_given_to_nobody_else(bench: Bench) {
    let fleet = &bench.fleet;
    let launched = |part| NewTask {
        class: Class::Launched,
        ..task(part)
    };
    bench.offer(vec![launched(1), task(2), launched(3)]).await;
    // Not even to one that says it could.
    let able = worker("able");
    assert!(able.classes.contains(&Class::Launched));
    assert_eq!(bench.claim_parts(&able, 9).await, [2]);
    let other = WorkerInfo {
        classes: vec![Class::Extract, Class::Embed],
        ..worker("other")
    };
    assert_eq!(fleet.claim_this(&other, id(3)).await.unwrap(), None);
    let claimed = fleet.claim_this(&able, id(3)).await.unwrap().unwrap();
    assert_eq!((claimed.lease.id, claimed.class), (id(3), Class::Launched));
    assert_eq!(
        fleet.hand_back(claimed.lease).await.unwrap(),
        Ended::Yes,
        "and then it waits again"
    );
    assert_eq!(bench.claim_parts(&able, 9).await, [0; 0]);
    assert_eq!(bench.open_parts().await, [1, 2, 3]);
}

async fn what_is_too_large_does_not_travel(bench: Bench) {
    let fleet = &bench.fleet;
    let body = |bytes| Bytes::from(vec![b'x'; bytes]);
    let sized = |part, bytes| NewTask {
        payload: body(bytes),
        ..task(part)
    };
    let offered = fleet
        .offer("daemon", vec![sized(1, 9), sized(2, MAX_BODY + 1)])
        .await;
    assert_eq!(
        offered.unwrap_err().to_string(),
        "the payload of a task has 65537 bytes, 65536 may travel"
    );
    assert_eq!(bench.open_parts().await, [0; 0]);
    bench.offer(vec![sized(1, MAX_BODY)]).await;
    let lease = bench.claim_one(&worker("a")).await;
    assert!(fleet.finish(lease, body(MAX_BODY + 1)).await.is_err());
    assert!(fleet.fail(lease, body(MAX_BODY + 1)).await.is_err());
    assert_eq!(
        fleet.finish(lease, body(MAX_BODY)).await.unwrap(),
        Ended::Yes
    );
}

async fn many_large_tasks_are_answered_in_order(bench: Bench) {
    let large = |part| NewTask {
        payload: Bytes::from(vec![b'x'; 20_000]),
        ..task(part)
    };
    bench
        .offer((0..200).filter(|part| part % 3 == 0).map(large).collect())
        .await;
    let offered = bench
        .fleet
        .offer("daemon", (0..200).map(large).collect())
        .await
        .unwrap();
    let expected = (0..200).map(|part| match part % 3 {
        0 => Offered::Known,
        _ => Offered::New,
    });
    assert_eq!(offered, expected.collect::<Vec<_>>());
    let parts = bench.claim_parts(&worker("a"), 300).await;
    assert_eq!(parts, (0..200).collect::<Vec<_>>());
}
