//! The desk of the daemon and the crew of a worker, with a fleet in memory between them.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use ragd::fleet::{
    self, Claimed, Class, Crew, Desk, End, Fleet, Hands, Look, NewTask, Shared, TaskId, Terms,
    Time, Undone, WorkerInfo, WorkerState,
};
use ragd::ids::{JobId, content_hash};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const GRACE: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(20);

/// What daemons and workers see here.
fn shared() -> Shared {
    Shared {
        index: Ok("index".to_owned()),
        blobs: Ok("blobs".to_owned()),
    }
}

fn terms() -> Terms {
    Terms {
        owner: "daemon".to_owned(),
        name: "the daemon".to_owned(),
        shared: shared(),
        paused_workers: BTreeSet::new(),
        version: "1".to_owned(),
        lease_ms: 2_000,
        max_stalls: 2,
        paused: false,
    }
}

fn me(name: &str) -> WorkerInfo {
    WorkerInfo {
        name: name.to_owned(),
        host: "here".to_owned(),
        pid: 1,
        version: "1".to_owned(),
        classes: vec![Class::Extract],
        slots: 2,
        shared: shared(),
    }
}

fn task(number: u128, payload: &str) -> NewTask {
    NewTask {
        id: TaskId {
            job: JobId(Uuid::from_u128(number)),
            part: 0,
        },
        class: Class::Extract,
        uid: 1,
        rank: 0,
        cost: 1,
        order: content_hash(payload.as_bytes()),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
    }
}

/// Sees what it is told.
struct Sees(Mutex<Shared>);

fn sees() -> Arc<Sees> {
    Arc::new(Sees(Mutex::new(shared())))
}

#[async_trait]
impl Look for Sees {
    async fn look(&self) -> Shared {
        self.0.lock().unwrap().clone()
    }
}

/// Sees nothing any more as soon as it is given work.
struct Blinded(Arc<Sees>);

#[async_trait]
impl Hands for Blinded {
    async fn work(&self, _: &Claimed, _: &CancellationToken) -> Result<Bytes, Undone> {
        self.0.0.lock().unwrap().blobs = Err("not mounted".to_owned());
        Err(Undone::Elsewhere)
    }

    fn panicked(&self, _: &str) -> Bytes {
        Bytes::new()
    }
}

/// Does what the payload says.
#[derive(Default)]
struct Obedient {
    begun: Notify,
    stopped: Notify,
    done: AtomicUsize,
}

#[async_trait]
impl Hands for Obedient {
    async fn work(&self, task: &Claimed, stop: &CancellationToken) -> Result<Bytes, Undone> {
        match &task.payload[..] {
            b"fail" => Err(Undone::Failed(Bytes::from_static(b"failed"))),
            b"panic" => panic!("as it was told"),
            b"wait" => {
                self.begun.notify_one();
                stop.cancelled().await;
                self.stopped.notify_one();
                Err(Undone::Failed(Bytes::from_static(b"stopped")))
            }
            other => {
                self.done.fetch_add(1, Ordering::SeqCst);
                Ok(Bytes::copy_from_slice(other))
            }
        }
    }

    fn panicked(&self, _: &str) -> Bytes {
        Bytes::from_static(b"panicked")
    }
}

/// A desk and a crew at work; both stop when it is dropped.
struct Bench {
    fleet: Arc<dyn Fleet>,
    desk: Arc<Desk>,
    hands: Arc<Obedient>,
    stopping: CancellationToken,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

impl Bench {
    fn new() -> Self {
        let fleet = fleet::in_memory(Time::Own);
        let bench = Self {
            desk: Desk::new(Arc::clone(&fleet), sees(), terms()),
            fleet,
            hands: Arc::default(),
            stopping: CancellationToken::new(),
        };
        tokio::spawn(Arc::clone(&bench.desk).keep(bench.stopping.clone()));
        bench
    }

    fn crew(&self, name: &str) -> tokio::task::JoinHandle<()> {
        let hands = Arc::clone(&self.hands);
        let crew = Crew::new(Arc::clone(&self.fleet), hands, sees(), me(name));
        let stopping = self.stopping.clone();
        tokio::spawn(async move { crew.run(stopping, GRACE).await.unwrap() })
    }

    async fn run(&self, task: NewTask) -> End {
        let end = tokio::time::timeout(LIMIT, self.desk.run(task)).await;
        end.expect("a task ends").unwrap()
    }
}

#[tokio::test]
async fn a_task_ends_as_its_worker_says() {
    let bench = Bench::new();
    bench.crew("a");
    let end = |text: &'static [u8]| Bytes::from_static(text);
    assert_eq!(
        bench.run(task(1, "echo")).await,
        End::Finished(end(b"echo"))
    );
    assert_eq!(
        bench.run(task(2, "fail")).await,
        End::Failed(end(b"failed"))
    );
    assert_eq!(
        bench.run(task(3, "panic")).await,
        End::Failed(end(b"panicked"))
    );
    // The same part once more, with something else to do.
    assert_eq!(
        bench.run(task(2, "again")).await,
        End::Finished(end(b"again"))
    );
    assert_eq!(bench.fleet.open_tasks().await.unwrap(), []);
}

#[tokio::test]
async fn tasks_that_wait_for_a_worker_are_done_when_one_comes() {
    let bench = Bench::new();
    let many: Vec<_> = (1..=50)
        .map(|number| {
            let (desk, task) = (Arc::clone(&bench.desk), task(number, &format!("{number}")));
            tokio::spawn(async move { desk.run(task).await })
        })
        .collect();
    bench.crew("a");
    bench.crew("b");
    for (number, end) in (1..).zip(many) {
        let end = tokio::time::timeout(LIMIT, end).await.expect("it ends");
        let expected = Bytes::from(format!("{number}"));
        assert_eq!(end.unwrap().unwrap(), End::Finished(expected));
    }
    assert_eq!(bench.hands.done.load(Ordering::SeqCst), 50);
}

#[tokio::test]
async fn a_task_that_nobody_takes_says_why() {
    let bench = Bench::new();
    let (told, mut said) = mpsc::channel(100);
    let desk = Arc::clone(&bench.desk);
    tokio::spawn(async move { desk.run(task(1, "wait")).await });
    let desk = Arc::clone(&bench.desk);
    tokio::spawn(async move {
        let told = |why| told.try_send(why).unwrap();
        desk.tell_why(task(1, "wait").id, told).await;
    });
    let mut next = async || {
        let next = tokio::time::timeout(LIMIT, said.recv()).await;
        next.expect("it is told").unwrap()
    };
    let why = next().await.unwrap();
    assert_eq!(why, "none has joined; start one: ragd worker");
    bench.crew("a");
    bench.hands.begun.notified().await;
    while next().await.is_some() {}
}

#[tokio::test]
async fn a_task_that_nobody_waits_for_is_cancelled() {
    let bench = Bench::new();
    bench.crew("a");
    let waiting = {
        let desk = Arc::clone(&bench.desk);
        tokio::spawn(async move { desk.run(task(1, "wait")).await })
    };
    bench.hands.begun.notified().await;
    waiting.abort();
    let stopped = tokio::time::timeout(LIMIT, bench.hands.stopped.notified());
    stopped.await.expect("the worker is told");
    bench.desk.withdrawn(task(1, "wait").id).await;
    assert_eq!(bench.fleet.open_tasks().await.unwrap(), []);
}

#[tokio::test]
async fn a_worker_without_room_hears_what_it_is_told_at_once() {
    let bench = Bench::new();
    bench.crew("a");
    let both = [1, 2].map(|number| {
        let desk = Arc::clone(&bench.desk);
        tokio::spawn(async move { desk.run(task(number, "wait")).await })
    });
    let is_full = |worker: &WorkerState| worker.running.len() == both.len();
    let full = async {
        while !bench.fleet.workers().await.unwrap().iter().any(is_full) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, full)
        .await
        .expect("it takes both");
    bench.hands.begun.notified().await;
    let told = Instant::now();
    both[1].abort();
    let stopped = tokio::time::timeout(LIMIT, bench.hands.stopped.notified());
    stopped.await.expect("the worker is told");
    // Its next beat would come after a third of a lease.
    assert!(told.elapsed() < Duration::from_millis(terms().lease_ms) / 6);
    both[0].abort();
}

#[tokio::test]
async fn a_drained_worker_hands_back_what_does_not_end() {
    let bench = Bench::new();
    let leaving = Arc::new(Obedient::default());
    let stopping = CancellationToken::new();
    let crew = {
        let crew = Crew::new(
            Arc::clone(&bench.fleet),
            Arc::clone(&leaving) as _,
            sees(),
            me("leaving"),
        );
        let stopping = stopping.clone();
        tokio::spawn(async move { crew.run(stopping, Duration::from_millis(50)).await })
    };
    let desk = Arc::clone(&bench.desk);
    let waiting = tokio::spawn(async move { desk.run(task(1, "wait")).await });
    leaving.begun.notified().await;
    stopping.cancel();
    tokio::time::timeout(LIMIT, crew)
        .await
        .expect("it leaves")
        .unwrap()
        .unwrap();
    // Another one goes on with it.
    bench.crew("other");
    let begun = tokio::time::timeout(LIMIT, bench.hands.begun.notified());
    begun.await.expect("another worker has it");
    waiting.abort();
}

#[tokio::test]
async fn a_worker_that_is_drained_from_afar_leaves() {
    let bench = Bench::new();
    let crew = bench.crew("a");
    bench.run(task(1, "echo")).await;
    assert!(bench.fleet.drain("a").await.unwrap());
    tokio::time::timeout(LIMIT, crew)
        .await
        .expect("it leaves")
        .unwrap();
    assert_eq!(bench.fleet.workers().await.unwrap(), []);
}

/// Breaks when a worker takes the same task again and again, or lets it fail, because it has lost
/// sight of what it needs.
#[tokio::test]
async fn a_worker_that_sees_nothing_any_more_takes_nothing_until_it_does() {
    let bench = Bench::new();
    let sees = sees();
    let crew = Crew::new(
        Arc::clone(&bench.fleet),
        Arc::new(Blinded(Arc::clone(&sees))),
        Arc::clone(&sees) as _,
        me("blind"),
    );
    let stopping = bench.stopping.clone();
    tokio::spawn(async move { crew.run(stopping, GRACE).await.unwrap() });
    let desk = Arc::clone(&bench.desk);
    let end = tokio::spawn(async move { desk.run(task(1, "echo")).await });
    let refused = async {
        loop {
            let findings = bench.fleet.check().await.unwrap();
            if let Some(finding) = findings.into_iter().next() {
                break finding.what;
            }
            tokio::task::yield_now().await;
        }
    };
    let refused = tokio::time::timeout(LIMIT, refused)
        .await
        .expect("it looks");
    assert!(
        refused.ends_with("`blobs.url` names: not mounted"),
        "{refused}"
    );
    assert!(!end.is_finished());
    bench.crew("other");
    let end = tokio::time::timeout(LIMIT, end).await.expect("it ends");
    let echo = Bytes::from_static(b"echo");
    assert_eq!(end.unwrap().unwrap(), End::Finished(echo));
    // It goes on by itself.
    *sees.0.lock().unwrap() = shared();
    let back = async {
        while !bench.fleet.check().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, back).await.expect("it is back");
}

#[tokio::test]
async fn a_new_desk_clears_away_what_an_old_one_offered() {
    let bench = Bench::new();
    // As a daemon that died left it.
    bench.fleet.announce(&terms()).await.unwrap();
    bench
        .fleet
        .offer("daemon", vec![task(1, "old")])
        .await
        .unwrap();
    let desk = Desk::new(Arc::clone(&bench.fleet), sees(), terms());
    let stopping = bench.stopping.clone();
    tokio::spawn(Arc::clone(&desk).keep(stopping));
    let cleared = async {
        while !bench.fleet.open_tasks().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, cleared)
        .await
        .expect("the old task goes");
}

#[tokio::test]
async fn one_task_is_done_by_a_worker_for_it_alone() {
    let bench = Bench::new();
    let desk = Arc::clone(&bench.desk);
    let waiting = tokio::spawn(async move { desk.run(task(1, "echo")).await });
    let crew = Crew::new(
        Arc::clone(&bench.fleet),
        Arc::clone(&bench.hands) as _,
        sees(),
        me("once"),
    );
    let did = async {
        // It may not be offered yet.
        while !crew
            .run_one(task(1, "echo").id, CancellationToken::new(), GRACE)
            .await
            .unwrap()
        {}
    };
    tokio::time::timeout(LIMIT, did).await.expect("it is done");
    let end = waiting.await.unwrap().unwrap();
    assert_eq!(end, End::Finished(Bytes::from_static(b"echo")));
}
