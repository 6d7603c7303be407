//! The workers of a daemon, with runners that do as they are told.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ragd::ids::JobId;
use ragd::jobs::{
    Board, Clock, Failure, Job, JobState, Leased, NewJob, Outcome, PartContext, Pool, Runner,
};
use tokio::sync::{Semaphore, mpsc};

use crate::contract::queue::{Bench, FakeClock, id, job, parts};

/// Runs a part as the name of its job says.
struct Told {
    begun: mpsc::Sender<(JobId, u32)>,
    /// A part that waits goes on when it gets one.
    go: Semaphore,
    names: std::collections::HashMap<JobId, &'static str>,
}

#[async_trait]
impl Runner for Told {
    async fn run(&self, leased: &Leased, context: &PartContext) -> Result<Outcome, Failure> {
        let _ = self.begun.send((leased.lease.job, leased.lease.part)).await;
        match self.names[&leased.lease.job] {
            "panics" if leased.lease.part == 0 => panic!("as it was told"),
            "waits" => self.go.acquire().await.unwrap().forget(),
            "shares" => {
                context.progress_sink().computing_done();
                self.go.acquire().await.unwrap().forget();
            }
            "stops" => context.stop().cancelled().await,
            "waits for a worker" => {
                let why = Some(("worker", "none has joined".to_owned()));
                context.progress_sink().waits_for(why);
                context.stop().cancelled().await;
            }
            _ => {}
        }
        Ok(Outcome::default())
    }
}

struct Workshop {
    bench: Bench,
    pool: Arc<Pool>,
    runner: Arc<Told>,
    begun: mpsc::Receiver<(JobId, u32)>,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl Workshop {
    /// Starts a pool on jobs with these names, numbered from 1.
    async fn open(workers: usize, names: &[&'static str]) -> Self {
        let mut workshop = Self::built(workers, names).await;
        workshop.start();
        workshop
    }

    fn start(&mut self) {
        self.running = Some(tokio::spawn(Arc::clone(&self.pool).run()));
    }

    async fn built(workers: usize, names: &[&'static str]) -> Self {
        let bench = Bench::new().await;
        let (sender, begun) = mpsc::channel(100);
        let numbered = (1..).map(id).zip(names.iter().copied());
        let runner = Arc::new(Told {
            begun: sender,
            go: Semaphore::new(0),
            names: numbered.collect(),
        });
        for number in 1..=names.len() {
            let new = NewJob {
                parts: parts(2),
                ..job(number as u128)
            };
            let simple = names[number - 1] != "panics";
            let new = if simple { job(number as u128) } else { new };
            bench.push(new).await;
        }
        let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(&bench.clock);
        let board = Arc::new(Board::new(clock, bench.queue.events()));
        let pool = Pool::new(
            Arc::clone(&bench.queue),
            Arc::<Told>::clone(&runner),
            board,
            workers,
            // So that what is lost is stopped at the first beat.
            Duration::ZERO,
        );
        Self {
            bench,
            pool,
            runner,
            begun,
            running: None,
        }
    }

    async fn begun(&mut self) -> (JobId, u32) {
        let begun = tokio::time::timeout(Duration::from_secs(30), self.begun.recv());
        begun.await.expect("a part begins").unwrap()
    }

    /// Waits until a job is in a state, and returns it.
    async fn until(&self, number: u128, state: JobState) -> Job {
        let mut events = self.bench.queue.events().subscribe().0;
        let wait = async {
            loop {
                let job = self.bench.job(id(number)).await;
                if job.state == state {
                    return job;
                }
                events.next().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
        waited.expect("the job comes to that state")
    }

    async fn drain(self) -> Bench {
        self.pool.drain(Duration::ZERO).await;
        let running = self.running.expect("the pool was started");
        let ended = tokio::time::timeout(Duration::from_secs(30), running).await;
        ended.expect("the pool ends").unwrap();
        self.bench
    }
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_part_and_nothing_else() {
    let workshop = Workshop::open(1, &["panics", "plain"]).await;
    let job = workshop.until(1, JobState::Retrying).await;
    assert_eq!((job.counts.delayed, job.counts.finished), (1, 1));
    assert_eq!((job.attempts, job.stalls), (1, 0));
    assert_eq!(job.last_error.unwrap().code, "internal");
    workshop.until(2, JobState::Finished).await;
    workshop.drain().await;
}

#[tokio::test]
async fn a_cancelled_run_is_stopped_and_ends_cancelled() {
    let mut workshop = Workshop::open(1, &["stops"]).await;
    workshop.begun().await;
    let receipt = workshop.bench.queue.cancel(id(1)).await.unwrap();
    assert_eq!(receipt.state, JobState::Cancelling);
    workshop.pool.let_go(&receipt);
    let job = workshop.until(1, JobState::Cancelled).await;
    assert_eq!(job.attempts, 0);
    workshop.drain().await;
}

#[tokio::test]
async fn a_beat_brings_the_cancel_too() {
    let mut workshop = Workshop::open(1, &["stops"]).await;
    workshop.begun().await;
    workshop.bench.queue.cancel(id(1)).await.unwrap();
    workshop.pool.beat().await;
    workshop.until(1, JobState::Cancelled).await;
    workshop.drain().await;
}

#[tokio::test]
async fn a_drain_hands_back_without_counting() {
    let mut workshop = Workshop::open(1, &["stops", "plain"]).await;
    workshop.begun().await;
    let bench = workshop.drain().await;
    for number in 1..=2 {
        let job = bench.job(id(number)).await;
        assert_eq!(
            (job.state, job.attempts, job.stalls),
            (JobState::Queued, 0, 0)
        );
    }
}

#[tokio::test]
async fn a_drain_does_not_wait_for_what_only_waits_itself() {
    let mut workshop = Workshop::open(2, &["waits for a worker", "waits"]).await;
    workshop.begun().await;
    workshop.begun().await;
    let pool = Arc::clone(&workshop.pool);
    let drain = pool.drain(Duration::from_secs(600));
    tokio::pin!(drain);
    // As long as another part gets on, both have time.
    let early = tokio::time::timeout(Duration::from_millis(50), &mut drain).await;
    assert!(early.is_err());
    workshop.runner.go.add_permits(1);
    let drained = tokio::time::timeout(Duration::from_secs(20), drain).await;
    drained.expect("nobody is waited for");
    let bench = workshop.drain().await;
    let ends = [bench.job(id(1)).await.state, bench.job(id(2)).await.state];
    assert_eq!(ends, [JobState::Queued, JobState::Finished]);
}

#[tokio::test]
async fn a_drain_also_stops_what_is_only_beginning() {
    let mut workshop = Workshop::built(1, &["stops"]).await;
    let go = workshop.bench.hold_writer().await;
    // The way to the writer is full, so that the claim is under way when the drain comes.
    loop {
        // Without a budget, since a spent one looks like a full channel.
        let post = workshop.bench.ledger.post(|_| Ok(()));
        let mut post = std::pin::pin!(tokio::task::unconstrained(post));
        if futures_util::poll!(&mut post).is_pending() {
            break;
        }
    }
    workshop.start();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    workshop.pool.drain(Duration::ZERO).await;
    go.send(()).unwrap();
    let ended = workshop.running.take().expect("it was started");
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
    ended.expect("the pool ends").unwrap();
    assert_eq!(
        workshop.begun().await,
        (id(1), 0),
        "the claim was under way"
    );
    assert_eq!(workshop.bench.state(id(1)).await, JobState::Queued);
}

#[tokio::test]
async fn whoever_loses_his_lease_is_stopped() {
    let mut workshop = Workshop::open(1, &["stops"]).await;
    workshop.begun().await;
    workshop.bench.clock.advance(30_000);
    let (_, lost) = workshop.bench.queue.tick().await.unwrap();
    assert_eq!(lost.len(), 1);
    workshop.pool.beat().await;
    // The first holder is stopped, so that the only worker takes the part again.
    workshop.begun().await;
    let job = workshop.bench.job(id(1)).await;
    assert_eq!((job.state, job.stalls), (JobState::Running, 1));
    workshop.drain().await;
}

#[tokio::test]
async fn beats_keep_a_lease() {
    let mut workshop = Workshop::open(1, &["waits"]).await;
    workshop.begun().await;
    for _ in 0..10 {
        workshop.bench.clock.advance(20_000);
        workshop.pool.beat().await;
        assert_eq!(workshop.bench.queue.tick().await.unwrap().1, []);
    }
    workshop.runner.go.add_permits(1);
    let job = workshop.until(1, JobState::Finished).await;
    assert_eq!(job.stalls, 0);
    workshop.drain().await;
}

#[tokio::test]
async fn who_computes_no_more_lets_others_in() {
    let mut workshop = Workshop::open(1, &["shares", "shares", "waits", "plain"]).await;
    for number in 1..=3 {
        assert_eq!(workshop.begun().await, (id(number), 0));
    }
    assert_eq!(workshop.pool.load(), (1, 1));
    assert!(
        workshop.begun.try_recv().is_err(),
        "the third holds the slot"
    );
    workshop.runner.go.add_permits(3);
    for number in 1..=4 {
        workshop.until(number, JobState::Finished).await;
    }
    workshop.drain().await;
}
