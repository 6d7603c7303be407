//! What every [`Fleet`] promises, over the model in memory and a real server.
//!
//! The clock stands still unless a test moves it.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

/// Runs each test over each fleet.
macro_rules! over_each_fleet {
    ($($name:ident)*) => {
        mod memory {
            use crate::contract::fleet::Bench;
            $(#[tokio::test] async fn $name() { super::$name(Bench::in_memory().await).await; })*
        }

        mod valkey {
            use crate::contract::fleet::Bench;
            $(#[tokio::test] async fn $name() { super::$name(Bench::on_server().await).await; })*
        }
    };
}

mod ends;
mod faults;
mod model;
mod offers;
mod places;
pub(crate) mod server;
mod workers;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use ragd::fleet::{
    Class, End, Fleet, NewTask, Shared, TaskEnd, TaskId, TaskLease, Terms, Time, WorkerInfo,
    in_memory, open,
};
use ragd::ids::{ContentHash, JobId, content_hash};
use uuid::Uuid;

use self::server::Server;

const LEASE_MS: u64 = 30_000;

/// A fleet and what is around it.
struct Bench {
    fleet: Arc<dyn Fleet>,
    clock: Arc<AtomicI64>,
    /// None: the fleet is in memory.
    server: Option<Server>,
}

impl Bench {
    async fn in_memory() -> Self {
        let clock = clock();
        let fleet = in_memory(Time::Told(Arc::clone(&clock)));
        fleet.announce(&terms()).await.unwrap();
        Self {
            fleet,
            clock,
            server: None,
        }
    }

    async fn on_server() -> Self {
        let clock = clock();
        let server = Server::start(&[]).await;
        let fleet = open(&server.queue(), Time::Told(Arc::clone(&clock))).unwrap();
        fleet.announce(&terms()).await.unwrap();
        Self {
            fleet,
            clock,
            server: Some(server),
        }
    }

    fn advance(&self, ms: u64) {
        self.clock.fetch_add(ms.cast_signed(), Ordering::SeqCst);
    }

    /// Lets a lease run out, with somebody looking in between.
    async fn lease_runs_out(&self) {
        self.advance(LEASE_MS - 1);
        assert_eq!(self.fleet.tick().await.unwrap(), 0);
        self.advance(1);
    }

    async fn offer(&self, tasks: Vec<NewTask>) {
        self.fleet.offer("daemon", tasks).await.unwrap();
    }

    async fn claim_one(&self, me: &WorkerInfo) -> TaskLease {
        self.fleet.claim(me, 1).await.unwrap()[0].lease
    }

    /// Returns the numbers of the parts that a worker gets.
    async fn claim_parts(&self, me: &WorkerInfo, limit: usize) -> Vec<u32> {
        let claimed = self.fleet.claim(me, limit).await.unwrap();
        claimed.iter().map(|one| one.lease.id.part).collect()
    }

    async fn open_parts(&self) -> Vec<u32> {
        let tasks = self.fleet.open_tasks().await.unwrap();
        let mut parts: Vec<u32> = tasks.iter().map(|(id, _)| id.part).collect();
        parts.sort_unstable();
        parts
    }
}

fn clock() -> Arc<AtomicI64> {
    Arc::new(AtomicI64::new(1_800_000_000_000))
}

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
        version: "1.0.0".to_owned(),
        lease_ms: LEASE_MS,
        max_stalls: 2,
        paused: false,
    }
}

fn worker(name: &str) -> WorkerInfo {
    WorkerInfo {
        name: name.to_owned(),
        host: "host".to_owned(),
        pid: 7,
        version: "1.0.0".to_owned(),
        classes: Class::ALL.to_vec(),
        slots: 2,
        shared: shared(),
    }
}

fn id(part: u32) -> TaskId {
    TaskId {
        job: JobId(Uuid::from_u128(1)),
        part,
    }
}

fn order(name: &str) -> ContentHash {
    content_hash(name.as_bytes())
}

fn task(part: u32) -> NewTask {
    NewTask {
        id: id(part),
        class: Class::Extract,
        uid: 1_000,
        rank: 0,
        cost: 0,
        order: order("first"),
        payload: Bytes::from(format!("do {part}")),
    }
}

fn finished(part: u32, result: &'static str) -> TaskEnd {
    TaskEnd {
        id: id(part),
        order: order("first"),
        end: End::Finished(Bytes::from_static(result.as_bytes())),
    }
}
