//! From exec to the first reply on the socket.

use std::time::{Duration, Instant};

use protocol::ErrorReport;

use super::daemon::Daemon;
use super::figure::{Asked, Figure};
use super::lab::Lab;
use super::stats::Samples;
use crate::cli::args::What;

const ROUNDS: usize = 5;
const ASKED: Asked = Asked::AtMost(100.0);

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let mut empty = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let (daemon, time) = Daemon::start(&lab.home(&format!("start{round}"))).await?;
        empty.push(time);
        daemon.stop().await?;
    }
    lab.large().await?;
    let (mut large, mut open) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        large.push(lab.restart().await?);
        open.push(opened(lab).await?);
    }
    let median =
        |name, times, asked| Figure::time(What::Start, name, Samples::new(times).median(), asked);
    Ok(vec![
        median("empty", empty, ASKED),
        median("large stores", large, ASKED),
        median("large stores open", open, Asked::Nothing),
    ])
}

/// Waits for an answer that needs the stores; returns how long that took after the first reply.
async fn opened(lab: &mut Lab) -> Result<Duration, ErrorReport> {
    let client = lab.client().await?;
    let began = Instant::now();
    client.status().await?;
    Ok(began.elapsed())
}
