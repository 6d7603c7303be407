//! What every [`JobQueue`] promises.
//!
//! A backend is what [`Bench::open`] opens. The clock stands still unless a test moves it, and
//! folders are in memory where the machine has such, since an fsync is free there.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

mod ends;
mod events;
mod gaps;
mod model;
mod order;
mod submit;
mod switch;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use ragd::config::RuntimeKind;
use ragd::ids::{JobId, Timestamp};
use ragd::jobs::state::Done;
use ragd::jobs::{
    Clock, Ended, Failure, IngestWork, Job, JobQueue, JobState, Lease, Leased, NewJob, PartWork,
    Policy, Priority, Retry, Rules, Source, Totals, Work, open,
};
use ragd::ledger::{Durability, Ledger};
use tempfile::TempDir;

pub(crate) const MINUTE: i64 = 60_000;

/// Time that moves when it is told to.
pub(crate) struct FakeClock {
    now: AtomicI64,
    ticks: AtomicU64,
    /// In thousandths.
    random: AtomicU64,
}

impl FakeClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(1_800_000_000_000),
            ticks: AtomicU64::new(1_000_000),
            random: AtomicU64::new(1_000),
        })
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, ms: u64) {
        self.now.fetch_add(ms.cast_signed(), Ordering::SeqCst);
        self.ticks.fetch_add(ms, Ordering::SeqCst);
    }

    /// Has somebody set the wall clock.
    fn jump(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    fn draw(&self, thousandths: u64) {
        self.random.store(thousandths, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::SeqCst)
    }

    fn random(&self) -> f64 {
        f64::from(u32::try_from(self.random.load(Ordering::SeqCst)).unwrap()) / 1_000.0
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        max_queued: 10_000,
        max_queued_per_user: 5_000,
        max_attempts: 3,
        max_stalls: 2,
        max_deaths: 3,
        retry_min_ms: 1_000,
        retry_max_ms: 8_000,
        retry_after_max_ms: 3_600_000,
        new_home: ragd::config::IndexKind::Embedded,
        lease_ms: 30_000,
        new_model: "builtin".to_owned(),
    }
}

pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// A queue and what is around it.
pub(crate) struct Bench {
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<FakeClock>,
    policy: Policy,
    folder: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(policy()).await
    }

    async fn with(policy: Policy) -> Self {
        Self::open(folder(), policy, FakeClock::new()).await
    }

    async fn open(folder: TempDir, policy: Policy, clock: Arc<FakeClock>) -> Self {
        let ledger = Ledger::open(folder.path()).unwrap().ledger;
        let time: Arc<dyn Clock> = Arc::<FakeClock>::clone(&clock);
        let queue = open(ledger.clone(), policy.clone(), time).await.unwrap();
        Self {
            queue,
            ledger,
            clock,
            policy,
            folder,
        }
    }

    /// Lets the queue fall and opens it again, as after the death of the daemon.
    async fn after_death(self) -> Self {
        self.settled().await;
        let Self {
            queue,
            ledger,
            clock,
            policy,
            folder,
        } = self;
        drop((queue, ledger));
        Self::open(folder, policy, clock).await
    }

    /// Waits until all that was posted is written.
    async fn settled(&self) {
        let nothing = self.ledger.write(Durability::Full, |_| Ok(())).await;
        nothing.unwrap();
    }

    pub(crate) async fn push(&self, job: NewJob) -> JobId {
        self.queue.push(job).await.unwrap().job
    }

    /// Claims one part.
    pub(crate) async fn claim(&self) -> Lease {
        let leased = self.queue.claim(1).await;
        leased.first().expect("there is something to claim").lease
    }

    async fn claimed(&self, limit: usize) -> Vec<JobId> {
        let leased = self.queue.claim(limit).await;
        leased.iter().map(|leased| leased.lease.job).collect()
    }

    pub(crate) async fn job(&self, id: JobId) -> Job {
        self.settled().await;
        self.ledger.job(id).await.unwrap().expect("a known job")
    }

    pub(crate) async fn state(&self, id: JobId) -> JobState {
        self.job(id).await.state
    }

    /// Keeps the writer from going on until it is told to: what comes meanwhile is one group.
    pub(crate) async fn hold_writer(&self) -> std::sync::mpsc::Sender<()> {
        let (go, wait) = std::sync::mpsc::channel();
        let (begun, beginning) = tokio::sync::oneshot::channel();
        let hold = self.ledger.post(move |_| {
            let _ = begun.send(());
            let _ = wait.recv();
            Ok(())
        });
        hold.await;
        beginning.await.unwrap();
        go
    }

    async fn fail(&self, lease: Lease, retry: Retry) -> Ended {
        self.queue.fail(lease, failure(retry)).await.unwrap()
    }

    /// Checks that each ended job ended once, and no other did.
    async fn assert_ends(&self) {
        self.settled().await;
        let (findings, wrong) = self.ledger.self_check().await.unwrap();
        assert_eq!((findings, wrong), (Vec::new(), 0));
    }
}

pub(crate) fn id(number: u128) -> JobId {
    JobId(uuid::Uuid::from_u128(number))
}

/// Returns a job of user 1 that does nothing.
pub(crate) fn job(number: u128) -> NewJob {
    NewJob {
        id: id(number),
        uid: 1,
        admin: false,
        work: Work::Probe,
        priority: Priority::Normal,
        source: format!("job {number}"),
        dedup: None,
        key: None,
        fingerprint: [0; 32],
        cost: 0,
        parts: Vec::new(),
        totals: Totals::default(),
        planned: Done::default(),
    }
}

pub(crate) fn job_of(uid: u32, number: u128) -> NewJob {
    NewJob { uid, ..job(number) }
}

pub(crate) fn parts(number: usize) -> Vec<(PartWork, u64)> {
    vec![(PartWork::Whole, 0); number]
}

fn ingest(collection: &str, source: Source) -> Work {
    Work::Ingest(IngestWork {
        runtime: RuntimeKind::Local,
        again: false,
        watched: None,
        collection: collection.to_owned(),
        source,
        rules: Rules::default(),
    })
}

pub(crate) fn failure(retry: Retry) -> Failure {
    Failure {
        code: "test".to_owned(),
        message: "it went wrong".to_owned(),
        causes: Vec::new(),
        hint: None,
        retry,
    }
}

fn backoff() -> Retry {
    Retry::Backoff { after_ms: None }
}

fn away(dependency: &str) -> Retry {
    Retry::When {
        dependency: dependency.to_owned(),
    }
}

fn lease_of(leased: &[Leased], job: JobId) -> Lease {
    let found = leased.iter().find(|leased| leased.lease.job == job);
    found.expect("the job was claimed").lease
}
