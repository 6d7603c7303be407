//! The server agrees with the model in memory under random operations, also when it is emptied.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ragd::fleet::FleetError;

use super::*;

const SEQUENCES: u32 = 400;
const DAY: i64 = 24 * 3_600_000;

#[derive(Clone, Debug)]
enum Op {
    Offer(Vec<Offer>),
    Claim(u8, usize),
    ClaimThis(u8, u32),
    Beat(u8, Vec<u8>),
    Finish(u8),
    Fail(u8),
    HandBack(u8),
    Cancel(u32),
    Ends,
    Forget(u32, u8),
    Tick,
    Advance(u64),
    Jump(i64),
    Pause(bool),
    Announce(&'static str),
    Enlist(u8),
    PauseWorker(u8, bool),
    Drain(u8),
    Other(bool),
    Dismiss(u8),
    Empty,
}

#[derive(Clone, Debug)]
struct Offer {
    part: u32,
    class: Class,
    uid: u32,
    rank: i64,
    cost: u64,
    order: u8,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let part = || 0..8_u32;
    let class = prop::sample::select(Class::ALL.to_vec());
    let offer = (part(), class, 1..4_u32, -2..3_i64, 0..3_u64, 0..3_u8);
    let offer = offer.prop_map(|(part, class, uid, rank, megabytes, order)| Offer {
        part,
        class,
        uid,
        rank,
        cost: megabytes << 20,
        order,
    });
    let pick = any::<u8>;
    let versions = prop::sample::select(vec!["1.0.0", "1.0.0", "1.0.0", "2.0.0"]);
    let op = prop_oneof![
        8 => prop::collection::vec(offer, 1..5).prop_map(Op::Offer),
        8 => (pick(), 1..4_usize).prop_map(|(worker, limit)| Op::Claim(worker, limit)),
        2 => (pick(), part()).prop_map(|(worker, part)| Op::ClaimThis(worker, part)),
        3 => (pick(), prop::collection::vec(pick(), 0..4))
            .prop_map(|(worker, leases)| Op::Beat(worker, leases)),
        5 => pick().prop_map(Op::Finish),
        3 => pick().prop_map(Op::Fail),
        3 => pick().prop_map(Op::HandBack),
        3 => part().prop_map(Op::Cancel),
        4 => Just(Op::Ends),
        4 => (part(), 0..3_u8).prop_map(|(part, order)| Op::Forget(part, order)),
        5 => Just(Op::Tick),
        4 => (0..40_000_u64).prop_map(Op::Advance),
        1 => prop::sample::select(vec![DAY, -DAY]).prop_map(Op::Jump),
        1 => prop::bool::weighted(0.3).prop_map(Op::Pause),
        1 => versions.prop_map(Op::Announce),
        1 => pick().prop_map(Op::Enlist),
        1 => (pick(), any::<bool>()).prop_map(|(worker, paused)| Op::PauseWorker(worker, paused)),
        1 => pick().prop_map(Op::Drain),
        1 => any::<bool>().prop_map(Op::Other),
        1 => pick().prop_map(Op::Dismiss),
        1 => Just(Op::Empty),
    ];
    prop::collection::vec(op, 20..50)
}

/// Three workers: one for each class, and one for both.
fn pick_worker(pick: u8) -> WorkerInfo {
    let (name, classes) = match pick % 3 {
        0 => ("both", Class::ALL.to_vec()),
        1 => ("extracts", vec![Class::Extract]),
        _ => ("embeds", vec![Class::Embed]),
    };
    WorkerInfo {
        classes,
        ..worker(name)
    }
}

fn pick_order(number: u8) -> ContentHash {
    order(&number.to_string())
}

/// Returns what can be compared of an answer.
fn word<T: std::fmt::Debug>(answer: Result<T, FleetError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("error: {error}"),
    }
}

/// One run: the server, the model, and the leases that were ever had, as either knows them.
struct Run {
    bench: Bench,
    model: Arc<dyn Fleet>,
    terms: Terms,
    epochs: Vec<String>,
    leases: Vec<(TaskLease, TaskLease)>,
}

impl Run {
    async fn new(bench: Bench) -> Self {
        let mut run = Self {
            model: in_memory(Time::Told(Arc::clone(&bench.clock))),
            bench,
            terms: terms(),
            epochs: Vec::new(),
            leases: Vec::new(),
        };
        run.empty().await;
        run
    }

    /// Empties both; the daemon notices and says its terms again.
    async fn empty(&mut self) {
        let server = self.bench.server.as_ref().unwrap();
        assert_eq!(server.say("FLUSHALL").await, "+OK\r\n");
        self.model = in_memory(Time::Told(Arc::clone(&self.bench.clock)));
        self.announce().await;
        let epoch = self.bench.fleet.announce(&self.terms).await.unwrap().0;
        assert!(
            !self.epochs.contains(&epoch),
            "an emptied server is another one"
        );
        self.epochs.push(epoch);
    }

    async fn announce(&self) {
        self.announce_as(&self.terms).await;
    }

    async fn announce_as(&self, terms: &Terms) {
        // Each has epochs of its own.
        let expected = self.model.announce(terms).await.map(drop);
        let found = self.bench.fleet.announce(terms).await.map(drop);
        assert_eq!(word(found), word(expected));
    }

    /// Another daemon comes with the same name of a queue.
    async fn another_daemon(&self, offers: bool) {
        if offers {
            let expected = self.model.offer("other", vec![task(7)]).await;
            let found = self.bench.fleet.offer("other", vec![task(7)]).await;
            assert_eq!(word(found), word(expected));
        } else {
            let other = Terms {
                owner: "other".to_owned(),
                name: "another one".to_owned(),
                ..self.terms.clone()
            };
            self.announce_as(&other).await;
        }
    }

    /// Picks a lease, mostly one of the last few.
    fn lease(&self, pick: u8) -> (TaskLease, TaskLease) {
        let nobodys = TaskLease {
            id: id(99),
            fence: 1,
        };
        let back = usize::from(pick) % self.leases.len().clamp(1, 8);
        let lease = self.leases.iter().rev().nth(back).copied();
        lease.unwrap_or((nobodys, nobodys))
    }

    /// Compares what two workers got, and notes their leases.
    fn claimed(
        &mut self,
        found: Result<Vec<ragd::fleet::Claimed>, FleetError>,
        expected: Result<Vec<ragd::fleet::Claimed>, FleetError>,
    ) {
        let (Ok(found), Ok(expected)) = (&found, &expected) else {
            assert_eq!(word(found), word(expected));
            return;
        };
        let shown = |claimed: &[ragd::fleet::Claimed]| {
            let shown = claimed.iter().map(|one| {
                format!(
                    "{} {:?} {} {:?}",
                    one.lease.id, one.class, one.stalls, one.payload
                )
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(shown(found), shown(expected));
        let both = found.iter().zip(expected);
        let both = both.map(|(found, expected)| (found.lease, expected.lease));
        self.leases.extend(both);
    }

    async fn step(&mut self, op: Op) {
        let (server, model) = (Arc::clone(&self.bench.fleet), Arc::clone(&self.model));
        match op {
            Op::Offer(offers) => {
                let tasks = offers.into_iter().map(|offer| NewTask {
                    id: id(offer.part),
                    class: offer.class,
                    uid: offer.uid,
                    rank: offer.rank,
                    cost: offer.cost,
                    order: pick_order(offer.order),
                    payload: Bytes::from(vec![offer.order; 3]),
                });
                let tasks: Vec<NewTask> = tasks.collect();
                let expected = model.offer("daemon", tasks.clone()).await;
                assert_eq!(word(server.offer("daemon", tasks).await), word(expected));
            }
            Op::Claim(pick, limit) => {
                let me = pick_worker(pick);
                let expected = model.claim(&me, limit).await;
                self.claimed(server.claim(&me, limit).await, expected);
            }
            Op::ClaimThis(pick, part) => {
                let me = pick_worker(pick);
                let expected = model.claim_this(&me, id(part)).await;
                let found = server.claim_this(&me, id(part)).await;
                let list = |one: Option<ragd::fleet::Claimed>| one.into_iter().collect();
                self.claimed(found.map(list), expected.map(list));
            }
            Op::Beat(pick, leases) => {
                let me = pick_worker(pick);
                let leases = leases.into_iter().map(|pick| self.lease(pick));
                let (found, expected): (Vec<_>, Vec<_>) = leases.unzip();
                let expected = model.beat(&me, &expected).await;
                assert_eq!(word(server.beat(&me, &found).await), word(expected));
            }
            Op::Finish(pick) => {
                let (found, expected) = self.lease(pick);
                let expected = model.finish(expected, Bytes::from(vec![pick])).await;
                let found = server.finish(found, Bytes::from(vec![pick])).await;
                assert_eq!(word(found), word(expected));
            }
            Op::Fail(pick) => {
                let (found, expected) = self.lease(pick);
                let expected = model.fail(expected, Bytes::from(vec![pick])).await;
                let found = server.fail(found, Bytes::from(vec![pick])).await;
                assert_eq!(word(found), word(expected));
            }
            Op::HandBack(pick) => {
                let (found, expected) = self.lease(pick);
                let expected = model.hand_back(expected).await;
                assert_eq!(word(server.hand_back(found).await), word(expected));
            }
            Op::Cancel(part) => {
                let expected = model.cancel(id(part)).await;
                assert_eq!(word(server.cancel(id(part)).await), word(expected));
            }
            Op::Ends => self.ends().await,
            Op::Forget(part, number) => {
                let ends = [(id(part), pick_order(number))];
                let expected = model.forget(&ends).await;
                assert_eq!(word(server.forget(&ends).await), word(expected));
            }
            Op::Tick => {
                let expected = model.tick().await;
                assert_eq!(word(server.tick().await), word(expected));
            }
            Op::Advance(ms) => self.bench.advance(ms),
            Op::Jump(ms) => {
                self.bench.clock.fetch_add(ms, Ordering::SeqCst);
            }
            Op::Pause(paused) => {
                self.terms.paused = paused;
                self.announce().await;
            }
            Op::Announce(version) => {
                version.clone_into(&mut self.terms.version);
                self.announce().await;
            }
            Op::Enlist(pick) => {
                let me = pick_worker(pick);
                let expected = model.enlist(&me).await;
                assert_eq!(word(server.enlist(&me).await), word(expected));
            }
            Op::PauseWorker(pick, paused) => {
                let name = pick_worker(pick).name;
                match paused {
                    true => self.terms.paused_workers.insert(name),
                    false => self.terms.paused_workers.remove(&name),
                };
                self.announce().await;
            }
            Op::Drain(pick) => {
                let name = pick_worker(pick).name;
                let expected = model.drain(&name).await;
                assert_eq!(word(server.drain(&name).await), word(expected));
            }
            Op::Other(offers) => self.another_daemon(offers).await,
            Op::Dismiss(pick) => {
                let me = pick_worker(pick);
                let expected = model.dismiss(&me).await;
                assert_eq!(word(server.dismiss(&me).await), word(expected));
            }
            Op::Empty => self.empty().await,
        }
        self.compare().await;
    }

    /// Reads ends where there are new ones: the call waits for some seconds otherwise.
    async fn ends(&self) {
        let waits = std::pin::pin!(self.model.ends());
        let std::task::Poll::Ready(expected) = futures_util::poll!(waits) else {
            return;
        };
        let expected = expected.unwrap();
        let mut found = Vec::new();
        while found.len() < expected.len() {
            let some = self.bench.fleet.ends().await.unwrap();
            assert!(
                !some.is_empty(),
                "ends are missing: {found:?}, not {expected:?}"
            );
            found.extend(some);
        }
        assert_eq!(found, expected);
    }

    async fn compare(&self) {
        let (server, model) = (&self.bench.fleet, &self.model);
        let mut found = server.open_tasks().await.unwrap();
        found.sort_unstable();
        assert_eq!(found, model.open_tasks().await.unwrap());
        let expected = model.workers().await;
        assert_eq!(word(server.workers().await), word(expected));
    }
}

#[test]
fn the_server_agrees_with_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let server = runtime.block_on(Server::start(&[]));
    let sequences = std::env::var("RAGD_SEQUENCES").ok();
    let mut runner = TestRunner::new(Config {
        cases: sequences.map_or(SEQUENCES, |number| number.parse().unwrap()),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    });
    let server = std::cell::RefCell::new(Some(server));
    let result = runner.run(&ops(), |ops| {
        runtime.block_on(async {
            let clock = clock();
            let one = server.borrow_mut().take();
            let one = match one {
                Some(one) => one,
                // The case before failed and took its server along.
                None => Server::start(&[]).await,
            };
            let fleet = open(&one.queue(), Time::Told(Arc::clone(&clock))).unwrap();
            let bench = Bench {
                fleet,
                clock,
                server: Some(one),
            };
            let mut run = Run::new(bench).await;
            for op in ops {
                run.step(op).await;
            }
            *server.borrow_mut() = run.bench.server.take();
        });
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
