//! What it costs that documents are read by children: `cargo bench -p ragd --bench pool -- [files]`.
//!
//! Plain text is the worst case, as nothing else is so soon read. The texts are read here, in this
//! process, and then by children; the time of processors that the second takes more is what the
//! children cost. A `ragd` then takes the same texts in, with all that belongs to it, and the cost is
//! put beside the time that this takes: on a machine that has nothing else to do, as much is lost of
//! the throughput. Times are those of processors, since others may use the machine meanwhile.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark is for reading"
)]

#[expect(dead_code, reason = "most of it is for tests")]
#[path = "../tests/process/client.rs"]
mod client;
#[expect(dead_code, reason = "most of it is for tests")]
#[path = "../tests/process/daemon.rs"]
mod daemon;
#[expect(dead_code, reason = "documents are not damaged here")]
#[path = "../tests/it/damage.rs"]
mod damage;
#[path = "../tests/process/wait.rs"]
mod wait;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use protocol::PathBytes;
use protocol::job::JobState;
use protocol::submit::{Source, SourceRules};
use ragd::config::{Extract, Ocr, Secrets};
use ragd::ingest::extract::{self, Limits};
use ragd::ingest::parse::{Parser, Reading};
use rustix::time::{ClockId, clock_gettime};

use daemon::Place;
use damage::Random;
use wait::{eventually, pause};

/// Of the throughput.
const ASKED_PERCENT: f64 = 10.0;
const FILES: usize = 4_000;
/// Words of a text: about 8 KB.
const WORDS: usize = 1_100;
const VOCABULARY: usize = 20_000;
/// The kernel counts the time of other processes in hundredths of a second.
const TICKS: f64 = 100.0;

fn main() -> ExitCode {
    let files = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let mut random = Random::new(1);
    let texts: Vec<_> = (0..files.unwrap_or(FILES))
        .map(|_| text(&mut random))
        .collect();
    let bytes: usize = texts.iter().map(String::len).sum();

    let here = read_here(&texts);
    let by_children = read_by_children(&texts);
    let (whole, took) = taken_in(&texts);
    let cost = by_children.saturating_sub(here);
    let percent = 100.0 * cost.as_secs_f64() / whole.as_secs_f64();

    let count = texts.len();
    println!(
        "{count} texts, {:.1} MB; time of processors for each",
        bytes as f64 / 1e6
    );
    let each = |name, time: Duration| {
        println!(
            "{name:36}{:>8.1} us",
            time.as_secs_f64() * 1e6 / count as f64
        );
    };
    each("read in this process", here);
    each("read by children", by_children);
    each("taken in: read, embedded, durable", whole);
    let rate = count as f64 / took.as_secs_f64();
    println!("{:36}{rate:>8.0} files/s by the clock", "taken in");
    let is_met = percent <= ASKED_PERCENT;
    let verdict = if is_met { "ok" } else { "missed" };
    println!(
        "{:36}{percent:>8.1} %    asked: ≤ {ASKED_PERCENT} %   {verdict}",
        "of the throughput lost to children"
    );
    ExitCode::from(u8::from(!is_met))
}

/// Returns a text of made-up words, some of them often.
fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for at in 1..=WORDS {
        let most = 1 + random.below(VOCABULARY);
        let mut number = random.below(most);
        while number > 0 || text.ends_with([' ', '\n']) || text.is_empty() {
            text.push(char::from(b"bcdfghjklmnprstv"[number % 16]));
            text.push(char::from(b"aeiou"[number / 16 % 5]));
            number /= 80;
        }
        text.push_str(match at {
            at if at % 120 == 0 => "\n\n",
            at if at % 12 == 0 => "\n",
            _ => " ",
        });
    }
    text
}

/// Reads texts as children do, and returns the time of this process.
fn read_here(texts: &[String]) -> Duration {
    let limits = Limits::default();
    let before = own_time();
    for text in texts {
        let source = extract::Source::new(text.as_bytes(), Path::new("a.txt"), &limits);
        let read = extract::extract(&source).unwrap();
        assert_eq!(read.text.len(), text.len());
    }
    own_time() - before
}

/// Has texts read by children, and returns the time of this process and theirs.
fn read_by_children(texts: &[String]) -> Duration {
    let config = Extract {
        program: env!("CARGO_BIN_EXE_ragd").into(),
        ..Extract::default()
    };
    let parser = Parser::new(&config, &Ocr::default(), &Secrets::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let before = all_time(std::process::id());
    runtime.block_on(async {
        for text in texts {
            let read = parser.text(Reading::new("a.txt", text.as_bytes())).await;
            assert_eq!(read.unwrap().unwrap().len(), text.len());
        }
    });
    all_time(std::process::id()) - before
}

/// Has a daemon take texts in, and returns its time with that of its children, and the clock's.
fn taken_in(texts: &[String]) -> (Duration, Duration) {
    let place = Place::new();
    place.write_config("");
    let files = place.path().join("files");
    for (number, text) in texts.iter().enumerate() {
        let folder = files.join((number / 100).to_string());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{number}.txt")), text).unwrap();
    }
    let daemon = place.start();
    let mut client = place.patient();
    let source = Source::Paths(vec![PathBytes(files.as_os_str().as_bytes().to_vec())]);
    let (before, began) = (all_time(daemon.pid()), Instant::now());
    let job = client.submit(client::ingest("c", source, SourceRules::default()));
    let job = client.wait(job.job);
    let took = began.elapsed();
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!(job.totals.added, texts.len() as u64);
    (all_time(daemon.pid()) - before, took)
}

fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap()
}

/// Returns the time that a process and its children had of the processors so far.
fn all_time(pid: u32) -> Duration {
    let children = daemon::children(pid);
    let of_children = children
        .into_iter()
        .map(|pid| ticks(pid, 13..15))
        .sum::<u64>();
    // With that of children that have ended.
    let ticks = ticks(pid, 13..17) + of_children;
    Duration::from_secs_f64(ticks as f64 / TICKS)
}

/// Returns a sum of fields of what the kernel says of a process; nothing, if it has ended.
fn ticks(pid: u32, fields: std::ops::Range<usize>) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name may have spaces, and is the second of all.
    let (_, rest) = stat.rsplit_once(')').unwrap_or_default();
    let rest = rest
        .split_whitespace()
        .skip(fields.start - 2)
        .take(fields.len());
    rest.filter_map(|field| field.parse::<u64>().ok()).sum()
}
