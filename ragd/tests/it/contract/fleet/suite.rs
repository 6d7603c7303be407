//! The suite: each test runs over each fleet.

use std::time::Duration;

use ragd::fleet::{
    Beat, Cancelled, Ended, FleetError, Heard, Hint, MAX_BODY, Offered, Wanted, WorkerState,
};

use super::*;

macro_rules! over_each_fleet {
    ($($name:ident)*) => {
        mod memory {
            use super::super::Bench;
            $(#[tokio::test] async fn $name() { super::$name(Bench::in_memory().await).await; })*
        }

        mod valkey {
            use super::super::Bench;
            $(#[tokio::test] async fn $name() { super::$name(Bench::on_server().await).await; })*
        }
    };
}

over_each_fleet! {
    the_same_order_again_is_no_second_task
    another_order_takes_the_place_of_the_first
    users_get_the_same_share
    a_user_who_was_away_does_not_save_up
    a_smaller_rank_goes_first
    a_worker_gets_only_what_it_can_do
    one_task_can_be_asked_for
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
    a_pause_holds_everything_back
    a_worker_does_what_is_wanted
    workers_are_listed_with_what_they_do
    a_silent_worker_is_forgotten
    another_version_is_refused_on_both_sides
    without_a_daemon_there_is_no_work
    offers_and_cancels_wake_workers
    what_is_too_large_does_not_travel
    many_large_tasks_are_answered_in_order
}

async fn the_same_order_again_is_no_second_task(bench: Bench) {
    let fleet = &bench.fleet;
    let offered = fleet.offer(vec![task(1), task(2), task(1)]).await.unwrap();
    assert_eq!(offered, [Offered::New, Offered::New, Offered::Known]);
    let lease = bench.claim_one(&worker("a")).await;
    assert_eq!(fleet.offer(vec![task(1)]).await.unwrap(), [Offered::Known]);
    let done = Bytes::from_static(b"done");
    assert_eq!(fleet.finish(lease, done.clone()).await.unwrap(), Ended::Yes);
    let ended = Offered::Ended(End::Finished(done));
    assert_eq!(fleet.offer(vec![task(1)]).await.unwrap(), [ended]);
    assert_eq!(bench.claim_parts(&worker("a"), 9).await, [2]);
    fleet.forget(&[(id(1), order("first"))]).await.unwrap();
    assert_eq!(bench.open_parts().await, [2]);
    assert_eq!(fleet.offer(vec![task(1)]).await.unwrap(), [Offered::New]);
}

async fn another_order_takes_the_place_of_the_first(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    let again = |name: &str| NewTask {
        order: order(name),
        payload: Bytes::from(name.to_owned()),
        ..task(1)
    };
    bench.offer(vec![task(1)]).await;
    assert_eq!(fleet.offer(vec![again("2")]).await.unwrap(), [Offered::New]);
    let second = fleet.claim(&me, 9).await.unwrap();
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].payload, "2");
    assert_eq!(fleet.offer(vec![again("3")]).await.unwrap(), [Offered::New]);
    let lost = fleet.finish(second[0].lease, Bytes::new()).await.unwrap();
    assert_eq!(lost, Ended::Lost);
    let third = fleet.claim(&me, 9).await.unwrap();
    assert_eq!(third[0].payload, "3");
    fleet.fail(third[0].lease, Bytes::new()).await.unwrap();
    // An end of another order is not meant.
    fleet.forget(&[(id(1), order("2"))]).await.unwrap();
    assert_eq!(bench.open_parts().await, [1]);
    assert_eq!(fleet.offer(vec![again("4")]).await.unwrap(), [Offered::New]);
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
    let offered = fleet.offer(vec![task(1)]).await.unwrap();
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
    assert_eq!(fleet.offer(vec![task(1)]).await.unwrap(), [Offered::New]);
    let beats = fleet.beat(&me, &[cancelled]).await.unwrap();
    assert_eq!(beats.leases, [Beat::Lost]);
    let lease = bench.claim_one(&me).await;
    assert_eq!(
        fleet.finish(cancelled, Bytes::new()).await.unwrap(),
        Ended::Lost
    );
    assert_eq!(fleet.finish(lease, Bytes::new()).await.unwrap(), Ended::Yes);
}

async fn a_pause_holds_everything_back(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    bench.offer(vec![task(1)]).await;
    let paused = Terms {
        paused: true,
        ..terms()
    };
    let epoch = fleet.announce(&paused).await.unwrap();
    assert_eq!(bench.claim_parts(&me, 1).await, [0; 0]);
    assert_eq!(fleet.claim_this(&me, id(1)).await.unwrap(), None);
    assert_eq!(fleet.announce(&terms()).await.unwrap(), epoch);
    assert_eq!(bench.claim_parts(&me, 1).await, [1]);
}

async fn a_worker_does_what_is_wanted(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    assert!(!fleet.want("a", Wanted::Pause).await.unwrap());
    fleet.enlist(&me).await.unwrap();
    bench.offer(vec![task(1)]).await;
    for wanted in [Wanted::Pause, Wanted::Drain] {
        assert!(fleet.want("a", wanted).await.unwrap());
        assert_eq!(fleet.beat(&me, &[]).await.unwrap().wanted, wanted);
        assert_eq!(bench.claim_parts(&me, 1).await, [0; 0]);
    }
    // It stays so when the worker joins again under its name, but not after it left.
    fleet.enlist(&me).await.unwrap();
    assert_eq!(fleet.beat(&me, &[]).await.unwrap().wanted, Wanted::Drain);
    fleet.dismiss(&me).await.unwrap();
    assert_eq!(fleet.beat(&me, &[]).await.unwrap().wanted, Wanted::Run);
    assert!(fleet.want("a", Wanted::Pause).await.unwrap());
    assert!(fleet.want("a", Wanted::Run).await.unwrap());
    assert_eq!(bench.claim_parts(&me, 1).await, [1]);
}

async fn workers_are_listed_with_what_they_do(bench: Bench) {
    let fleet = &bench.fleet;
    let (a, b) = (worker("a"), worker("b"));
    fleet.enlist(&b).await.unwrap();
    fleet.enlist(&a).await.unwrap();
    bench.offer((1..=3).map(task).collect()).await;
    fleet.claim(&b, 2).await.unwrap();
    bench.advance(5_000);
    fleet.beat(&a, &[]).await.unwrap();
    fleet.want("a", Wanted::Drain).await.unwrap();
    let expected = [
        WorkerState {
            info: a,
            running: Vec::new(),
            silent_ms: 0,
            wanted: Wanted::Drain,
        },
        WorkerState {
            info: b,
            running: vec![id(1), id(2)],
            silent_ms: 5_000,
            wanted: Wanted::Run,
        },
    ];
    assert_eq!(fleet.workers().await.unwrap(), expected);
}

async fn a_silent_worker_is_forgotten(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    fleet.enlist(&me).await.unwrap();
    fleet.want("a", Wanted::Pause).await.unwrap();
    bench.advance(10 * LEASE_MS);
    fleet.tick().await.unwrap();
    assert_eq!(fleet.workers().await.unwrap().len(), 1);
    bench.advance(1);
    fleet.tick().await.unwrap();
    assert_eq!(fleet.workers().await.unwrap(), []);
    assert_eq!(fleet.beat(&me, &[]).await.unwrap().wanted, Wanted::Run);
}

async fn another_version_is_refused_on_both_sides(bench: Bench) {
    let fleet = &bench.fleet;
    let old = WorkerInfo {
        version: "0.9.0".to_owned(),
        ..worker("old")
    };
    bench.offer(vec![task(1)]).await;
    let error = fleet.enlist(&old).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "this worker is version 0.9.0 and the daemon 1.0.0"
    );
    assert_eq!(
        error.next_step(),
        "install ragd 1.0.0 here, or 0.9.0 where the daemon runs"
    );
    assert!(!error.is_transient());
    let error = fleet.claim(&old, 1).await.unwrap_err();
    assert!(matches!(error, FleetError::Version { .. }));
    assert_eq!(fleet.workers().await.unwrap(), []);
    let told = |findings: Vec<ragd::fleet::Finding>| {
        let workers = findings
            .into_iter()
            .filter(|one| one.what.contains("worker"));
        workers
            .map(|one| format!("{}: {}", one.what, one.next_step))
            .collect::<Vec<_>>()
    };
    let expected = "worker old on host is version 0.9.0 and was refused: install ragd 1.0.0 \
                    there, or 0.9.0 where the daemon runs";
    assert_eq!(told(fleet.check().await.unwrap()), [expected]);
    bench.advance(11 * 60_000);
    assert_eq!(told(fleet.check().await.unwrap()), [""; 0]);
    // The daemon is updated under the feet of its workers.
    fleet.enlist(&worker("a")).await.unwrap();
    let next = Terms {
        version: "1.1.0".to_owned(),
        ..terms()
    };
    fleet.announce(&next).await.unwrap();
    let error = fleet.claim(&worker("a"), 1).await.unwrap_err();
    assert!(matches!(error, FleetError::Version { .. }));
}

async fn without_a_daemon_there_is_no_work(mut bench: Bench) {
    match &bench.server {
        Some(server) => assert_eq!(server.say("FLUSHALL").await, "+OK\r\n"),
        None => bench.fleet = in_memory(Time::Told(Arc::clone(&bench.clock))),
    }
    let (fleet, me) = (&bench.fleet, worker("a"));
    for error in [
        fleet.enlist(&me).await.err(),
        fleet.claim(&me, 1).await.err(),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, FleetError::NoDaemon));
        assert!(error.is_transient());
    }
    assert_eq!(fleet.tick().await.unwrap(), 0);
    assert_eq!(fleet.beat(&me, &[]).await.unwrap().wanted, Wanted::Run);
    fleet.announce(&terms()).await.unwrap();
    fleet.enlist(&me).await.unwrap();
}

async fn offers_and_cancels_wake_workers(bench: Bench) {
    let (fleet, me) = (&bench.fleet, worker("a"));
    let mut heard = Heard::default();
    let mut next = async |expected: Hint| {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        // Until the server knows who listens, hints are lost; and both kinds are told then.
        while fleet.woken(&mut heard).await != expected {
            assert!(tokio::time::Instant::now() < deadline, "no {expected:?}");
        }
    };
    next(Hint::Ready).await;
    next(Hint::Quiet).await;
    bench.offer(vec![task(1)]).await;
    next(Hint::Ready).await;
    bench.claim_one(&me).await;
    fleet.cancel(id(1)).await.unwrap();
    next(Hint::Told).await;
    next(Hint::Quiet).await;
}

async fn what_is_too_large_does_not_travel(bench: Bench) {
    let fleet = &bench.fleet;
    let body = |bytes| Bytes::from(vec![b'x'; bytes]);
    let sized = |part, bytes| NewTask {
        payload: body(bytes),
        ..task(part)
    };
    let offered = fleet.offer(vec![sized(1, 9), sized(2, MAX_BODY + 1)]).await;
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
        .offer((0..200).map(large).collect())
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
