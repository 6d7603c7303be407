//! Leases, ends and cancels.

use ragd::fleet::{Beat, Cancelled, Ended, Offered, Wanted};

use super::*;

over_each_fleet! {
    whoever_lost_his_lease_changes_nothing
    a_beat_keeps_the_lease
    a_task_whose_workers_vanish_is_dead
    nobody_is_to_blame_when_nobody_looked
    a_clock_put_back_holds_no_lease_for_ever
    what_is_handed_back_is_first_again
    an_end_comes_once_and_can_be_said_twice
    an_end_wakes_who_waits_for_it
    a_cancelled_task_never_ends
    a_cancelled_task_that_is_offered_again_is_new
}

async fn whoever_lost_his_lease_changes_nothing(bench: Bench) {
    let (fleet, first, second) = (&bench.fleet, worker("a"), worker("b"));
    bench.offer(vec![task(1)]).await;
    let late = bench.claim_one(&first).await;
    bench.lease_runs_out().await;
    assert_eq!(fleet.tick().await.unwrap(), 1);
    // Not yet another's, but his no more.
    assert_eq!(fleet.finish(late, Bytes::new()).await.unwrap(), Ended::Lost);
    let claimed = fleet.claim(&second, 1).await.unwrap();
    assert_eq!(claimed[0].stalls, 1);
    assert_eq!(claimed[0].lease_ms, LEASE_MS);
    let beats = fleet.beat(&first, &[late]).await.unwrap();
    assert_eq!(beats.leases, [Beat::Lost]);
    assert_eq!(fleet.finish(late, Bytes::new()).await.unwrap(), Ended::Lost);
    assert_eq!(fleet.fail(late, Bytes::new()).await.unwrap(), Ended::Lost);
    assert_eq!(fleet.hand_back(late).await.unwrap(), Ended::Lost);
    let result = Bytes::from_static(b"by the second");
    let ended = fleet.finish(claimed[0].lease, result).await.unwrap();
    assert_eq!(ended, Ended::Yes);
    assert_eq!(fleet.finish(late, Bytes::new()).await.unwrap(), Ended::Lost);
    assert_eq!(fleet.ends().await.unwrap(), [finished(1, "by the second")]);
}

async fn a_beat_keeps_the_lease(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1), task(2)]).await;
    let kept = bench.claim_one(&me).await;
    let lost = bench.claim_one(&me).await;
    bench.advance(20_000);
    fleet.tick().await.unwrap();
    let beats = fleet.beat(&me, &[kept]).await.unwrap();
    assert_eq!((beats.leases, beats.wanted), (vec![Beat::Go], Wanted::Run));
    bench.advance(20_000);
    assert_eq!(fleet.tick().await.unwrap(), 1);
    let beats = fleet.beat(&me, &[lost, kept]).await.unwrap();
    assert_eq!(beats.leases, [Beat::Lost, Beat::Go]);
}

async fn a_task_whose_workers_vanish_is_dead(bench: Bench) {
    let fleet = &bench.fleet;
    bench.offer(vec![task(1)]).await;
    for name in ["a", "b"] {
        bench.claim_one(&worker(name)).await;
        bench.lease_runs_out().await;
        assert_eq!(fleet.tick().await.unwrap(), 1);
    }
    let dead = End::Dead {
        stalls: 2,
        last_worker: "b".to_owned(),
    };
    assert_eq!(bench.claim_parts(&worker("c"), 1).await, [0; 0]);
    let offered = fleet.offer("daemon", vec![task(1)]).await.unwrap();
    assert_eq!(offered, [Offered::Ended(dead.clone())]);
    assert_eq!(fleet.ends().await.unwrap()[0].end, dead);
}

async fn nobody_is_to_blame_when_nobody_looked(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1)]).await;
    fleet.tick().await.unwrap();
    for _ in 0..5 {
        assert_eq!(fleet.claim(&me, 1).await.unwrap()[0].stalls, 0);
        bench.advance(24 * 3_600_000);
        assert_eq!(fleet.tick().await.unwrap(), 1);
    }
}

async fn a_clock_put_back_holds_no_lease_for_ever(bench: Bench) {
    let fleet = &bench.fleet;
    bench.offer(vec![task(1)]).await;
    bench.claim_one(&worker("a")).await;
    bench.clock.fetch_sub(24 * 3_600_000, Ordering::SeqCst);
    assert_eq!(fleet.tick().await.unwrap(), 0);
    bench.lease_runs_out().await;
    assert_eq!(fleet.tick().await.unwrap(), 1);
}

async fn what_is_handed_back_is_first_again(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1), task(2)]).await;
    let lease = bench.claim_one(&me).await;
    assert_eq!(fleet.hand_back(lease).await.unwrap(), Ended::Yes);
    assert_eq!(fleet.hand_back(lease).await.unwrap(), Ended::Lost);
    let claimed = fleet.claim(&me, 9).await.unwrap();
    let seen: Vec<_> = claimed
        .iter()
        .map(|one| (one.lease.id.part, one.stalls))
        .collect();
    assert_eq!(seen, [(1, 0), (2, 0)]);
}

async fn an_end_comes_once_and_can_be_said_twice(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1), task(2), task(3)]).await;
    let (one, two) = (bench.claim_one(&me).await, bench.claim_one(&me).await);
    let result = || Bytes::from_static(b"r");
    assert_eq!(fleet.finish(one, result()).await.unwrap(), Ended::Yes);
    // As after an answer that was lost.
    assert_eq!(fleet.finish(one, result()).await.unwrap(), Ended::Yes);
    assert_eq!(fleet.ends().await.unwrap(), [finished(1, "r")]);
    fleet.fail(two, Bytes::from_static(b"why")).await.unwrap();
    let ends = fleet.ends().await.unwrap();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].end, End::Failed(Bytes::from_static(b"why")));
    assert_eq!(bench.open_parts().await, [1, 2, 3]);
    let known = [(id(1), order("first")), (id(2), order("first"))];
    fleet.forget(&known).await.unwrap();
    // Not one that has not ended.
    fleet.forget(&[(id(3), order("first"))]).await.unwrap();
    assert_eq!(bench.open_parts().await, [3]);
    assert_eq!(fleet.finish(one, result()).await.unwrap(), Ended::Lost);
}

async fn an_end_wakes_who_waits_for_it(bench: Bench) {
    bench.offer(vec![task(1)]).await;
    let lease = bench.claim_one(&worker("a")).await;
    let finish = async {
        tokio::task::yield_now().await;
        bench.fleet.finish(lease, Bytes::from_static(b"r")).await
    };
    let (ends, ended) = tokio::join!(bench.fleet.ends(), finish);
    assert_eq!(ended.unwrap(), Ended::Yes);
    assert_eq!(ends.unwrap(), [finished(1, "r")]);
}

async fn a_cancelled_task_never_ends(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer((1..=5).map(task).collect()).await;
    let mut leases = Vec::new();
    for _ in 0..4 {
        leases.push(bench.claim_one(&me).await);
    }
    for part in 1..=4 {
        assert_eq!(fleet.cancel(id(part)).await.unwrap(), Cancelled::Told);
    }
    assert_eq!(fleet.cancel(id(5)).await.unwrap(), Cancelled::Gone);
    assert_eq!(fleet.cancel(id(5)).await.unwrap(), Cancelled::Unknown);
    let beats = fleet.beat(&me, &leases).await.unwrap();
    assert_eq!(beats.leases, [Beat::Cancel; 4]);
    let nothing = Bytes::new;
    assert_eq!(
        fleet.finish(leases[0], nothing()).await.unwrap(),
        Ended::Cancelled
    );
    assert_eq!(
        fleet.fail(leases[1], nothing()).await.unwrap(),
        Ended::Cancelled
    );
    assert_eq!(fleet.hand_back(leases[2]).await.unwrap(), Ended::Cancelled);
    bench.lease_runs_out().await;
    assert_eq!(fleet.tick().await.unwrap(), 1);
    assert_eq!(bench.open_parts().await, [0; 0]);
    bench.offer(vec![task(6)]).await;
    let lease = bench.claim_one(&me).await;
    fleet.finish(lease, Bytes::from_static(b"r")).await.unwrap();
    assert_eq!(fleet.cancel(id(6)).await.unwrap(), Cancelled::Ended);
    assert_eq!(fleet.ends().await.unwrap(), [finished(6, "r")]);
}

async fn a_cancelled_task_that_is_offered_again_is_new(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1)]).await;
    let cancelled = bench.claim_one(&me).await;
    fleet.cancel(id(1)).await.unwrap();
    assert_eq!(
        fleet.offer("daemon", vec![task(1)]).await.unwrap(),
        [Offered::New]
    );
    let beats = fleet.beat(&me, &[cancelled]).await.unwrap();
    assert_eq!(beats.leases, [Beat::Lost]);
    let lease = bench.claim_one(&me).await;
    assert_eq!(
        fleet.finish(cancelled, Bytes::new()).await.unwrap(),
        Ended::Lost
    );
    assert_eq!(fleet.finish(lease, Bytes::new()).await.unwrap(), Ended::Yes);
}
