// In-process job queue with priorities, retries and a tiny reporting macro.
// Jobs live in memory only; durable storage is the caller's business.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::Future;
use std::time::Duration;

/// Logs one event in the `queue[name]: message` format.
macro_rules! queue_log {
    ($name:expr, $($arg:tt)*) => {
        eprintln!("queue[{}]: {}", $name, format_args!($($arg)*))
    };
}

/// Something that can be run by the queue.
pub trait Job: Send {
    /// Higher numbers run first.
    const DEFAULT_PRIORITY: u8 = 10;
    type Output;

    fn name(&self) -> &str;

    fn run(&mut self, attempt: u32) -> Result<Self::Output, JobError>;

    fn max_attempts(&self) -> u32 { 3 }
}

#[derive(Debug)]
pub enum JobError {
    Transient(String),
    Fatal(String),
}

#[derive(Debug)]
struct Slot<J> {
    priority: u8,
    sequence: u64,
    job: J,
}

impl<J> PartialEq for Slot<J> {
    fn eq(&self, other: &Self) -> bool { self.sequence == other.sequence }
}

impl<J> Eq for Slot<J> {}

impl<J> PartialOrd for Slot<J> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> { Some(self.cmp(other)) }
}

impl<J> Ord for Slot<J> {
    fn cmp(&self, other: &Self) -> Ordering {
        // Equal priorities keep their arrival order, hence the reversed part.
        self.priority.cmp(&other.priority).then_with(|| other.sequence.cmp(&self.sequence))
    }
}

pub struct JobQueue<J: Job> {
    heap: BinaryHeap<Slot<J>>,
    next_sequence: u64,
}

impl<J: Job> Default for JobQueue<J> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), next_sequence: 0 }
    }
}

impl<J: Job> JobQueue<J> {
    pub fn push(&mut self, job: J) {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.heap.push(Slot { priority: J::DEFAULT_PRIORITY, sequence, job });
    }

    /// Runs everything that is queued; returns outputs and names of failures.
    pub fn drain(&mut self) -> (Vec<J::Output>, Vec<String>) {
        let mut done = Vec::with_capacity(self.heap.len());
        let mut failed = Vec::new();

        'jobs: while let Some(mut slot) = self.heap.pop() {
            let limit = slot.job.max_attempts().max(1);
            for attempt in 1..=limit {
                match slot.job.run(attempt) {
                    Ok(output) => {
                        done.push(output);
                        continue 'jobs;
                    }
                    Err(JobError::Fatal(reason)) => {
                        queue_log!(slot.job.name(), "gave up: {reason}");
                        break;
                    }
                    Err(JobError::Transient(reason)) if attempt < limit => {
                        queue_log!(slot.job.name(), "attempt {attempt} of {limit}: {reason}");
                        // Linear back-off, capped so that tests stay quick.
                        let pause = Duration::from_millis(u64::from(attempt) * 5);
                        std::thread::sleep(pause.min(Duration::from_millis(20)));
                    }
                    Err(JobError::Transient(reason)) => {
                        queue_log!(slot.job.name(), "out of attempts: {reason}");
                    }
                }
            }
            failed.push(slot.job.name().to_owned());
        }
        (done, failed)
    }
}

/// Text printed by `--help`; braces are literal here.
pub const USAGE: &str = "\
usage: worker [--once] [--config {path}]
  → reads jobs from stdin, one per line";

/// Awaits `make` until it succeeds or `tries` is used up.
pub async fn retry<T, E, F, Fut>(tries: u32, mut make: F) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let mut last = make().await;
    for _ in 1..tries {
        if last.is_err() { last = make().await }
    }
    last
}
