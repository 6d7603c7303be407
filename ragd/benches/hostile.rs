//! How much memory documents that mean harm can take: `cargo bench -p ragd --bench hostile`.
//!
//! The files are those of the test of that name, among as many good ones. A `ragd` of its own takes
//! them in with the usual limits, while its memory and that of its children is looked at every few
//! milliseconds. Resident memory counts what processes share (the program itself) in each of them,
//! the proportional one (PSS) counts it once.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark is for reading"
)]

#[path = "../tests/it/daemon/hostile/archives.rs"]
mod archives;
#[expect(dead_code, reason = "most of it is for tests")]
#[path = "../tests/process/client.rs"]
mod client;
#[path = "../tests/it/daemon/hostile/corpus.rs"]
mod corpus;
#[expect(dead_code, reason = "most of it is for tests")]
#[path = "../tests/process/daemon.rs"]
mod daemon;
#[path = "../tests/it/damage.rs"]
mod damage;
#[path = "../tests/it/daemon/hostile/folder.rs"]
mod folder;
#[path = "../tests/it/daemon/hostile/good.rs"]
mod good;
#[expect(dead_code, reason = "some of it is for tests")]
#[path = "../tests/it/packed.rs"]
mod packed;
#[path = "../tests/it/daemon/hostile/pages.rs"]
mod pages;
#[path = "../tests/process/wait.rs"]
mod wait;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use protocol::PathBytes;
use protocol::job::JobState;
use protocol::submit::{Source, SourceRules};

use daemon::{Daemon, Place, children};
use wait::{eventually, pause};

/// What is asked for: MB (1,000,000 bytes) of the daemon and its children together.
const ASKED: f64 = 500.0;
const LOOK: std::time::Duration = std::time::Duration::from_millis(3);
/// The proportional memory is dear to ask for: the kernel stops the process meanwhile.
const LOOKS_OF_PSS: u32 = 10;

fn main() -> ExitCode {
    let place = Place::new();
    place.write_config("");
    let files = place.path().join("files");
    let canary = place.path().join(corpus::ESCAPED);
    fs::write(&canary, "sings\n").unwrap();
    let hostile = corpus::fill(&files, &canary).len();
    good::fill(&files);
    let daemon = place.start();
    let mut client = place.patient();

    let source = Source::Paths(vec![PathBytes(files.as_os_str().as_bytes().to_vec())]);
    let before = Memory::of(&daemon, true);
    let (began, mut peak, mut looks) = (Instant::now(), before, 0_u32);
    let job = client.submit(client::ingest("c", source, SourceRules::default()));
    let mut other = place.patient();
    let waiting = std::thread::spawn(move || other.wait(job.job));
    while !waiting.is_finished() {
        peak.raise(Memory::of(&daemon, looks % LOOKS_OF_PSS == 0));
        looks += 1;
        pause(LOOK);
    }
    let (job, took) = (waiting.join().unwrap(), began.elapsed());
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert!(job.totals.added >= good::GOOD as u64, "{:?}", job.totals);
    let word = good::word(good::GOOD - 1);
    assert_eq!(client.search("c", &word).len(), 1);

    println!(
        "{hostile} files that mean harm among {} good ones",
        good::GOOD
    );
    println!(
        "took                            {:>8.1} s, {looks} looks",
        took.as_secs_f64()
    );
    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "resident before, daemon         {:>8.1} MB",
        mb(before.daemon)
    );
    println!(
        "peak, daemon                    {:>8.1} MB",
        mb(peak.daemon)
    );
    println!(
        "peak, children                  {:>8.1} MB",
        mb(peak.children)
    );
    println!(
        "peak of both, proportional      {:>8.1} MB",
        mb(peak.proportional)
    );
    let resident = mb(peak.resident);
    let is_met = resident <= ASKED;
    let verdict = if is_met { "ok" } else { "missed" };
    println!(
        "peak of both, resident          {resident:>8.1} MB   asked: ≤ {ASKED} MB   {verdict}"
    );
    ExitCode::from(u8::from(!is_met))
}

/// Bytes of a daemon and its children.
#[derive(Clone, Copy, Default)]
struct Memory {
    daemon: u64,
    children: u64,
    /// Both at once: their peaks may be at different times.
    resident: u64,
    proportional: u64,
}

impl Memory {
    fn of(daemon: &Daemon, with_proportional: bool) -> Self {
        let (pid, children) = (daemon.pid(), children(daemon.pid()));
        let (of_daemon, of_children) =
            (resident(pid), children.iter().copied().map(resident).sum());
        let all = children.iter().copied().chain([pid]);
        Self {
            daemon: of_daemon,
            children: of_children,
            resident: of_daemon + of_children,
            proportional: match with_proportional {
                true => all.map(proportional).sum(),
                false => 0,
            },
        }
    }

    fn raise(&mut self, other: Self) {
        self.daemon = self.daemon.max(other.daemon);
        self.children = self.children.max(other.children);
        self.resident = self.resident.max(other.resident);
        self.proportional = self.proportional.max(other.proportional);
    }
}

/// A process that has ended has nothing.
fn resident(pid: u32) -> u64 {
    kib(&read(Path::new(&format!("/proc/{pid}/status"))), "VmRSS:")
}

fn proportional(pid: u32) -> u64 {
    kib(
        &read(Path::new(&format!("/proc/{pid}/smaps_rollup"))),
        "Pss:",
    )
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Returns a field in KiB as bytes.
fn kib(fields: &str, name: &str) -> u64 {
    let value = fields.lines().find_map(|line| line.strip_prefix(name));
    let kib = value.and_then(|value| value.split_whitespace().next());
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1_024
}
