//! Workers: who may work, what is wanted of them, and what wakes them.

use std::time::Duration;

use ragd::fleet::{FleetError, Heard, Hint, Wanted, WorkerState};

use super::*;

over_each_fleet! {
    a_pause_holds_everything_back
    a_worker_does_what_is_wanted
    workers_are_listed_with_what_they_do
    a_silent_worker_is_forgotten
    another_version_is_refused_on_both_sides
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
