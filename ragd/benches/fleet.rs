//! How fast tasks travel: `cargo bench -p ragd --bench fleet -- [tasks]`.
//!
//! It starts a `redis-server` of its own that writes to disk every second. The first figure is for
//! no-op tasks that go all the way: offered, claimed by one of two workers, finished, read by the
//! daemon, forgotten. The second is the time from an offer to the start of its task while little
//! else goes on.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark is for reading"
)]

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ragd::config;
use ragd::fleet::{Class, Fleet, Heard, NewTask, Shared, TaskId, Terms, Time, WorkerInfo, open};
use ragd::ids::{JobId, content_hash};
use tokio::sync::mpsc;

const TASKS: u32 = 50_000;
/// Tasks that the daemon offers at once, as when a job has many parts.
const OFFER: u32 = 64;
/// Tasks that are under way, as a daemon's local leases limit them.
const UNDER_WAY: usize = 1_024;
const WORKERS: usize = 2;
/// Tasks that a worker takes at once.
const CLAIM: usize = 16;
const SINGLES: u32 = 2_000;
/// A payload is a reference to blobs.
const PAYLOAD: usize = 300;

struct Server {
    child: Child,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--loglevel", "warning"]);
        command.args(["--appendonly", "yes", "--appendfsync", "everysec"]);
        command.arg("--dir").arg(folder.path());
        command.arg("--unixsocket").arg(folder.path().join("s"));
        command.stdout(Stdio::null());
        let child = command.spawn().expect("redis-server is installed");
        Self { child, folder }
    }

    fn fleet(&self) -> Arc<dyn Fleet> {
        let queue = config::Queue {
            url: format!("redis+unix://{}", self.folder.path().join("s").display()),
            ..config::Queue::default()
        };
        open(&queue, Time::Own).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What daemons and workers see here.
fn shared() -> Shared {
    Shared {
        index: Ok("index".to_owned()),
        blobs: Ok("blobs".to_owned()),
    }
}

fn worker(number: usize) -> WorkerInfo {
    WorkerInfo {
        name: format!("worker-{number}"),
        host: "here".to_owned(),
        pid: std::process::id(),
        version: "bench".to_owned(),
        classes: Class::ALL.to_vec(),
        slots: 1,
        shared: shared(),
    }
}

fn task(part: u32) -> NewTask {
    NewTask {
        id: TaskId {
            job: JobId(uuid::Uuid::from_u128(1)),
            part,
        },
        class: Class::Extract,
        uid: 1_000 + part % 4,
        rank: i64::from(part),
        cost: 1 << 16,
        order: content_hash(&part.to_le_bytes()),
        payload: Bytes::from(vec![b'x'; PAYLOAD]),
    }
}

/// Takes tasks and finishes them, several answers under way at once.
async fn work(fleet: Arc<dyn Fleet>, me: WorkerInfo) {
    let mut heard = Heard::default();
    loop {
        let claimed = fleet.claim(&me, CLAIM).await.unwrap();
        if claimed.is_empty() {
            fleet.woken(&mut heard).await;
            continue;
        }
        let finishing = claimed
            .into_iter()
            .map(|one| fleet.finish(one.lease, Bytes::new()));
        futures_util::future::try_join_all(finishing).await.unwrap();
    }
}

async fn throughput(server: &Server, tasks: u32) {
    let daemon = server.fleet();
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| tokio::spawn(work(server.fleet(), worker(number))))
        .collect();
    let room = Arc::new(tokio::sync::Semaphore::new(UNDER_WAY));
    let began = Instant::now();
    let offering = async {
        for from in (0..tasks).step_by(OFFER as usize) {
            let some: Vec<_> = (from..tasks.min(from + OFFER)).map(task).collect();
            let count = u32::try_from(some.len()).unwrap();
            room.acquire_many(count).await.unwrap().forget();
            daemon.offer("daemon", some).await.unwrap();
        }
    };
    let ending = async {
        let mut ended = 0;
        while ended < tasks as usize {
            let ends = daemon.ends().await.unwrap();
            let ids: Vec<_> = ends.iter().map(|end| (end.id, end.order)).collect();
            daemon.forget(&ids).await.unwrap();
            ended += ids.len();
            room.add_permits(ids.len());
        }
    };
    tokio::join!(offering, ending);
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{tasks} tasks offered, claimed, finished, read and forgotten in {seconds:.2} s: {:.0}/s",
        f64::from(tasks) / seconds
    );
    for worker in workers {
        worker.abort();
    }
}

async fn latency(server: &Server) {
    let (daemon, fleet) = (server.fleet(), server.fleet());
    let (started, mut starts) = mpsc::channel(1);
    let working = tokio::spawn(async move {
        let (me, mut heard) = (worker(9), Heard::default());
        loop {
            let claimed = fleet.claim(&me, 1).await.unwrap();
            for one in &claimed {
                started.send(Instant::now()).await.unwrap();
                fleet.finish(one.lease, Bytes::new()).await.unwrap();
            }
            if claimed.is_empty() {
                fleet.woken(&mut heard).await;
            }
        }
    });
    let mut times = Vec::new();
    for part in 0..SINGLES {
        let offered = Instant::now();
        daemon
            .offer("daemon", vec![task(1_000_000 + part)])
            .await
            .unwrap();
        times.push(starts.recv().await.unwrap() - offered);
        let ends = daemon.ends().await.unwrap();
        let ids: Vec<_> = ends.iter().map(|end| (end.id, end.order)).collect();
        daemon.forget(&ids).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    working.abort();
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "offer to start, {SINGLES} times: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms",
        at(0.5),
        at(0.99),
        at(0.9999)
    );
}

#[tokio::main]
async fn main() {
    let tasks = std::env::args().find_map(|argument| argument.parse().ok());
    let server = Server::start();
    let terms = Terms {
        owner: "daemon".to_owned(),
        name: "the daemon".to_owned(),
        shared: shared(),
        paused_workers: BTreeSet::new(),
        version: "bench".to_owned(),
        lease_ms: 30_000,
        max_stalls: 3,
        paused: false,
    };
    let fleet = server.fleet();
    while fleet.announce(&terms).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    throughput(&server, tasks.unwrap_or(TASKS)).await;
    latency(&server).await;
}
