//! Workers on other machines: one that dies, and one that is cut off, each in the middle of a part.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use protocol::JobId;
use protocol::job::JobState;

use crate::client::Patient;
use crate::daemon::{Daemon, Place};
use crate::qdrant_server::{Faults, QdrantServer};
use crate::servers::QueueServer;
use crate::{eventually, pause};

/// That of the configuration of tests.
const LEASE: Duration = Duration::from_secs(1);
/// How soon another worker has a part whose worker vanished, beyond the lease.
const TAKEOVER: Duration = Duration::from_secs(5);
const ROUNDS: usize = 5;
/// Long enough for a part to be under way when it is looked for.
const SLOW: Duration = Duration::from_millis(700);
const DEADLINE: Duration = Duration::from_secs(60);

/// What machines share.
pub(crate) struct Shared {
    pub(crate) place: Place,
    queue: QueueServer,
    index: QdrantServer,
}

impl Shared {
    pub(crate) fn at(address: &'static str) -> Self {
        let place = Place::new();
        let faults = Faults::default();
        let log = place.path().join("points");
        let shared = Self {
            queue: QueueServer::start_at(address, place.path()),
            index: QdrantServer::start_at(&format!("{address}:0"), &log, faults).unwrap(),
            place,
        };
        shared.place.write_config(&shared.config("127.0.0.1"));
        shared
    }

    /// Returns a configuration for a machine that has the servers at `host`.
    fn config(&self, host: &str) -> String {
        let (queue, blobs) = (self.queue.port(), self.place.path().join("blobs"));
        let index = self.index.url();
        let (_, index) = index.rsplit_once(':').unwrap();
        format!(
            "[log]\nlevel = \"info\"\n\
             [workers]\nlocal = 0\n\
             [queue]\nurl = \"redis://{host}:{queue}\"\nlease_ms = {}\n\
             retry_min_ms = 20\nretry_max_ms = 200\n\
             [index]\nurl = \"http://{host}:{index}\"\n\
             [blobs]\nurl = \"file://{}\"\n\
             [ingest]\npart_files = 4\n\
             [sweep]\ngrace_ms = 100\ninterval_ms = 100\n",
            LEASE.as_millis(),
            blobs.display()
        )
    }

    /// Hands in a document, and waits until a worker is on it.
    fn begin(&self, client: &mut Patient, name: &str) -> JobId {
        self.index.faults().delay = SLOW;
        self.index.take_calls();
        let text = format!("The {name} swims.\n");
        let documents = [(format!("{name}.md"), text)];
        let job = client.submit_uploads("docs", &documents).job;
        eventually("a worker writes to the index", DEADLINE, || {
            self.index.take_calls().contains(&"upsert").then_some(())
        });
        job
    }

    fn hurry(&self) {
        self.index.faults().delay = Duration::ZERO;
    }
}

fn finished(client: &mut Patient, job: JobId) {
    let job = client.wait(job);
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
}

#[test]
fn a_worker_that_dies_is_replaced_within_lease_and_five_seconds() {
    let shared = Shared::at("127.0.0.1");
    let _daemon = shared.place.start();
    let mut client = shared.place.patient();
    let mut worker = shared.place.spawn_worker();
    for round in 0..ROUNDS {
        let job = shared.begin(&mut client, &format!("walrus{round}"));
        let next = shared.place.spawn_worker();
        worker.kill();
        let died = Instant::now();
        shared.hurry();
        finished(&mut client, job);
        let took = died.elapsed();
        assert!(took <= LEASE + TAKEOVER, "round {round}: {took:?}");
        worker = next;
    }
    assert!(client.fsck().is_clean());
}

/// A network namespace with a line to this one, both gone with it.
struct Machine {
    name: String,
    /// This side of the line.
    line: String,
    host: String,
}

impl Machine {
    fn new(number: u8) -> Self {
        let name = format!("ragd{}-{number}", std::process::id() % 10_000);
        let net = format!("10.213.{}", 1 + number);
        let machine = Self {
            line: format!("{name}h"),
            host: format!("{net}.1"),
            name,
        };
        let (name, line, far) = (&machine.name, &machine.line, format!("{}w", machine.name));
        ip(&format!("netns add {name}"));
        ip(&format!("link add {line} type veth peer name {far}"));
        ip(&format!("link set {far} netns {name}"));
        ip(&format!("addr add {net}.1/30 dev {line}"));
        ip(&format!("link set {line} up"));
        ip(&format!("-n {name} addr add {net}.2/30 dev {far}"));
        ip(&format!("-n {name} link set {far} up"));
        machine
    }

    fn worker(&self, shared: &Shared) -> Daemon {
        let config = self.config(shared);
        let runner = ["ip", "netns", "exec", &self.name];
        shared.place.spawn_worker_by(&runner, &config, &self.name)
    }

    fn config(&self, shared: &Shared) -> PathBuf {
        let path = shared.place.path().join(format!("{}.toml", self.name));
        std::fs::write(&path, shared.config(&self.host)).unwrap();
        path
    }

    fn cut_off(&self) {
        ip(&format!("link set {} down", self.line));
    }

    fn reconnect(&self) {
        ip(&format!("link set {} up", self.line));
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // With the namespace goes the line.
        let _ = Command::new("ip")
            .args(["netns", "del", &self.name])
            .status();
    }
}

fn ip(arguments: &str) {
    let ran = Command::new("ip").args(arguments.split(' ')).output();
    let ran = ran.unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "ip {arguments}: {said}");
}

fn may_make_networks() -> bool {
    let look = ["netns", "list"];
    let has_ip = Command::new("ip").args(look).stdout(Stdio::null()).status();
    has_ip.is_ok_and(|status| status.success()) && rustix::process::geteuid().is_root()
}

#[test]
fn a_machine_that_is_cut_off_stops_by_itself_and_comes_back() {
    if !may_make_networks() {
        eprintln!("NOT RUN: networks are made by root alone, with `ip` of iproute2");
        return;
    }
    let shared = Shared::at("0.0.0.0");
    let _daemon = shared.place.start();
    let mut client = shared.place.patient();
    let (near, far) = (Machine::new(0), Machine::new(1));
    let _far_worker = far.worker(&shared);
    let job = shared.begin(&mut client, "walrus");
    let mut near_worker = near.worker(&shared);
    far.cut_off();
    shared.hurry();
    finished(&mut client, job);
    assert_eq!(client.search("docs", "walrus").len(), 1);
    eventually("who was cut off lets go", DEADLINE, || {
        let log = shared.place.log();
        log.contains("Not heard for too long").then_some(())
    });
    near_worker.kill();
    far.reconnect();
    let job = shared.begin(&mut client, "penguin");
    shared.hurry();
    finished(&mut client, job);
    // Whatever was under way from the other side has had its time.
    pause(LEASE);
    assert!(client.fsck().is_clean());
}
