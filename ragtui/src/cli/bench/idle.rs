//! What a daemon costs that has nothing to do any more.

use std::time::{Duration, Instant};

use protocol::ErrorReport;

use super::figure::{Asked, Figure};
use super::lab::Lab;
use super::process::{resident_mb, wake_ups};
use crate::cli::args::What;

/// Memory that has not changed for so long is what the daemon keeps.
const STEADY: Duration = Duration::from_secs(12);
/// Writers and readers close after some time without use, and retired versions are cleared away.
const LIMIT: Duration = Duration::from_secs(120);
const WATCHED: Duration = Duration::from_secs(10);
/// Less than this is no change.
const NOISE_MB: f64 = 0.5;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let pid = lab.daemon().await?.pid();
    let before = resident_mb(pid);
    let idle = settled(pid).await;
    let wake_ups = wake_ups(pid, WATCHED).await;
    let figure = |name, value, asked| Figure::new(What::Idle, name, value, asked);
    Ok(vec![
        figure("memory", (idle, "MB"), Asked::AtMost(50.0)),
        figure("memory after the work", (before, "MB"), Asked::Nothing),
        figure(
            "busiest thread",
            (wake_ups.busiest, "wake-ups/s"),
            Asked::AtMost(1.0),
        ),
        figure("all threads", (wake_ups.all, "wake-ups/s"), Asked::Nothing),
    ])
}

/// Waits until the memory does not change any more, and returns it.
async fn settled(pid: u32) -> f64 {
    let (began, mut changed, mut last) = (Instant::now(), Instant::now(), resident_mb(pid));
    while began.elapsed() < LIMIT && changed.elapsed() < STEADY {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = resident_mb(pid);
        if (now - last).abs() > NOISE_MB {
            (changed, last) = (Instant::now(), now);
        }
    }
    resident_mb(pid)
}
