//! What a process costs, as the kernel counts it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// Linux counts the time of processes in hundredths of a second, whatever its own clock does.
const TICK_MS: u64 = 10;

/// Returns the resident memory of a process in MB (1,000,000 bytes).
pub(super) fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = field(&status, "VmRSS:").unwrap_or(0);
    super::stats::number(kib) * 1_024.0 / 1e6
}

/// Returns the resident memory of a process and its children in MB. Pages that they share count for
/// each.
pub(super) fn family_mb(pid: u32) -> f64 {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let children = processes.filter(|process| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        field(&status, "PPid:") == Some(u64::from(pid))
    });
    resident_mb(pid) + children.map(resident_mb).sum::<f64>()
}

/// Returns the time that a process has computed.
pub(super) fn computed(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    ticks(&stat).map_or(Duration::ZERO, |ticks| {
        Duration::from_millis(ticks * TICK_MS)
    })
}

/// Returns user and system time. The name of the program before may hold anything but ends in `)`.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// How often the threads of a process wake up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WakeUps {
    /// All threads together, in a second.
    pub(super) all: f64,
    /// The thread that wakes most often.
    pub(super) busiest: f64,
}

/// Watches the threads of a process for `time`.
pub(super) async fn wake_ups(pid: u32, time: Duration) -> WakeUps {
    let before = switches(pid);
    tokio::time::sleep(time).await;
    between(&before, &switches(pid), time)
}

fn between(before: &HashMap<String, u64>, after: &HashMap<String, u64>, time: Duration) -> WakeUps {
    let counts = after.iter().map(|(thread, count)| {
        let old = before.get(thread).copied().unwrap_or(0);
        count.saturating_sub(old)
    });
    let counts: Vec<u64> = counts.collect();
    let rate = |count| super::stats::per_second(count, time);
    WakeUps {
        all: rate(counts.iter().sum()),
        busiest: rate(counts.iter().copied().max().unwrap_or(0)),
    }
}

/// Counts how often each thread has gone to sleep of its own accord.
fn switches(pid: u32) -> HashMap<String, u64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    let counts = tasks.filter_map(|task| {
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let count = field(&status, "voluntary_ctxt_switches:")?;
        Some((task.file_name().to_string_lossy().into_owned(), count))
    });
    counts.collect()
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns how many processes wanted a core during the last minute, on average.
pub(super) fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status =
            "nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t7\nVmRSS:\t 12 kB\n";
        assert_eq!(field(status, "voluntary_ctxt_switches:"), Some(7));
        assert_eq!(field(status, "VmRSS:"), Some(12));
        assert_eq!(field(status, "VmSwap:"), None);
    }

    #[test]
    fn the_name_of_a_program_does_not_shift_the_times() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4 100 0 3 0 250 50 0 0 20 0 4 0 1";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("7 (a) S"), None);
    }

    #[test]
    fn wake_ups_count_new_threads_and_forget_ended_ones() {
        let counts = |all: &[(&str, u64)]| {
            all.iter()
                .map(|(thread, count)| ((*thread).to_owned(), *count))
                .collect::<HashMap<_, _>>()
        };
        let (before, after) = (
            counts(&[("1", 10), ("2", 5)]),
            counts(&[("1", 14), ("3", 2)]),
        );
        let found = between(&before, &after, Duration::from_secs(2));
        assert_eq!(
            found,
            WakeUps {
                all: 3.0,
                busiest: 2.0
            }
        );
    }
}
