//! Workers: who may work, what is wanted of them, and what wakes them.

use std::collections::BTreeSet;
use std::time::Duration;

use ragd::fleet::{FleetError, Heard, Hint, Sight, Wanted, WorkerState};

use super::*;

over_each_fleet! {
    a_pause_holds_everything_back
    a_worker_does_what_is_wanted
    workers_are_listed_with_what_they_do
    a_silent_worker_is_forgotten
    another_version_is_refused_on_both_sides
    who_sees_something_else_is_refused_on_both_sides
    a_queue_has_one_daemon
    without_a_daemon_there_is_no_work
    offers_and_cancels_wake_workers
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
    let wanted = async || fleet.beat(&me, &[]).await.unwrap().wanted;
    assert!(!fleet.drain("a").await.unwrap());
    fleet.enlist(&me).await.unwrap();
    bench.offer(vec![task(1)]).await;
    let paused = Terms {
        paused_workers: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        ..terms()
    };
    fleet.announce(&paused).await.unwrap();
    assert_eq!(wanted().await, Wanted::Pause);
    assert_eq!(bench.claim_parts(&me, 1).await, [0; 0]);
    // A pause stays when the worker leaves and comes back under its name.
    fleet.dismiss(&me).await.unwrap();
    fleet.enlist(&me).await.unwrap();
    assert_eq!(wanted().await, Wanted::Pause);
    assert!(fleet.drain("a").await.unwrap());
    fleet.enlist(&me).await.unwrap();
    assert_eq!(wanted().await, Wanted::Drain);
    fleet.announce(&terms()).await.unwrap();
    assert_eq!(wanted().await, Wanted::Drain);
    assert_eq!(bench.claim_parts(&me, 1).await, [0; 0]);
    // Whoever was drained has done it when it left.
    fleet.dismiss(&me).await.unwrap();
    assert_eq!(wanted().await, Wanted::Run);
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
    fleet.drain("a").await.unwrap();
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
    fleet.drain("a").await.unwrap();
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
        "the worker is version 0.9.0 and the daemon 1.0.0"
    );
    assert_eq!(
        error.next_step(),
        "install ragd 1.0.0 where the worker runs, or 0.9.0 where the daemon does"
    );
    assert!(!error.is_transient());
    let error = fleet.claim(&old, 1).await.unwrap_err();
    assert!(matches!(error, FleetError::Version { .. }));
    assert_eq!(fleet.workers().await.unwrap(), []);
    let expected = "worker old on host was refused: the worker is version 0.9.0 and the daemon \
                    1.0.0: install ragd 1.0.0 where the worker runs, or 0.9.0 where the daemon does";
    assert_eq!(told(fleet).await, [expected]);
    bench.advance(61_000);
    assert_eq!(told(fleet).await, [""; 0]);
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

/// Returns what is wrong with workers.
async fn told(fleet: &Arc<dyn Fleet>) -> Vec<String> {
    let findings = fleet.check().await.unwrap().into_iter();
    let workers = findings.filter(|one| one.what.contains("worker"));
    let told = workers.map(|one| format!("{}: {}", one.what, one.next_step));
    told.collect()
}

/// Breaks when a worker may write where the daemon does not look.
async fn who_sees_something_else_is_refused_on_both_sides(bench: Bench) {
    let fleet = &bench.fleet;
    let sees = |index: Sight, blobs: Sight| WorkerInfo {
        shared: Shared { index, blobs },
        ..worker("a")
    };
    let name = |name: &str| Ok(name.to_owned());
    let other = sees(name("other"), name("blobs"));
    bench.offer(vec![task(1)]).await;
    let error = fleet.enlist(&other).await.unwrap_err();
    let said = "`index.url` of the worker names another place than that of the daemon";
    assert_eq!(error.to_string(), said);
    assert!(!error.is_transient() && !error.is_final());
    let [finding] = <[String; 1]>::try_from(told(fleet).await).unwrap();
    let begin = format!("worker a on host was refused: {said}: give the worker");
    assert!(finding.starts_with(&begin), "{finding}");
    assert_eq!(fleet.claim(&other, 1).await.unwrap_err().to_string(), said);
    let unmounted = sees(name("index"), Err("nothing is there".to_owned()));
    let error = fleet.claim(&unmounted, 1).await.unwrap_err();
    let said = "the worker cannot see what its `blobs.url` names: nothing is there";
    assert_eq!(error.to_string(), said);
    assert!(error.is_transient());
    assert_eq!(fleet.workers().await.unwrap(), []);
    // What a daemon does not see itself it cannot compare.
    let blind = Terms {
        shared: Shared {
            index: Err("away".to_owned()),
            ..shared()
        },
        ..terms()
    };
    fleet.announce(&blind).await.unwrap();
    let error = fleet.enlist(&worker("a")).await.unwrap_err();
    let said = "the daemon itself does not see what its `index.url` names";
    assert_eq!(error.to_string(), said);
    let blinder = sees(Err("away".to_owned()), name("blobs"));
    assert!(fleet.enlist(&blinder).await.is_err());
    fleet.announce(&terms()).await.unwrap();
    fleet.enlist(&worker("a")).await.unwrap();
    assert_eq!(bench.claim_parts(&worker("a"), 1).await, [1]);
    assert_eq!(told(fleet).await, [""; 0]);
    // Who was let in and is refused later is no worker any more, and what was wanted of it is done.
    assert_eq!(fleet.workers().await.unwrap().len(), 1);
    assert!(fleet.drain("a").await.unwrap());
    assert!(fleet.enlist(&other).await.is_err());
    assert_eq!(fleet.workers().await.unwrap(), []);
    fleet.enlist(&worker("a")).await.unwrap();
    let beats = fleet.beat(&worker("a"), &[]).await.unwrap();
    assert_eq!(beats.wanted, Wanted::Run);
}

/// Breaks when two daemons take each other's tasks for their own.
async fn a_queue_has_one_daemon(bench: Bench) {
    let fleet = &bench.fleet;
    let other = Terms {
        owner: "other".to_owned(),
        name: "process 8 on mars".to_owned(),
        ..terms()
    };
    bench.offer(vec![task(1)]).await;
    let epoch = fleet.announce(&terms()).await.unwrap();
    bench.advance(59_999);
    let error = fleet.announce(&other).await.unwrap_err();
    let said = "another ragd, the daemon, hands out tasks on this queue";
    assert_eq!(error.to_string(), said);
    assert!(error.next_step().contains("queue.prefix"));
    let error = fleet.offer("other", vec![task(2)]).await.unwrap_err();
    assert_eq!(error.to_string(), said);
    assert_eq!(bench.open_parts().await, [1]);
    // The first has gone silent: its tasks are not the other's.
    bench.advance(1);
    assert_ne!(fleet.announce(&other).await.unwrap(), epoch);
    assert!(fleet.announce(&terms()).await.is_err());
    assert!(fleet.offer("daemon", vec![task(3)]).await.is_err());
    fleet.offer("other", vec![task(2)]).await.unwrap();
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
