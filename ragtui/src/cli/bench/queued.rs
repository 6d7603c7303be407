//! Memory of a daemon with a long queue that is paused.

use std::time::Instant;

use protocol::ErrorReport;

use super::daemon::Daemon;
use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::process::resident_mb;
use super::stats::per_second;
use crate::cli::args::What;

const CLIENTS: usize = 4;
const IN_FLIGHT: usize = 32;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.queued;
    let (daemon, _) = Daemon::start(&lab.home("queued")).await?;
    let clients = daemon.connections(CLIENTS).await?;
    clients[0].queue_pause().await?;
    let empty = resident_mb(daemon.pid());
    let began = Instant::now();
    lab::crowd(&clients, IN_FLIGHT, count, lab::probe).await?;
    let time = began.elapsed();
    let full = resident_mb(daemon.pid());
    let figure = |name, value, asked| Figure::new(What::Queued, name, value, asked);
    Ok(vec![
        figure("memory", (full, "MB"), Asked::AtMost(300.0)),
        figure("memory without jobs", (empty, "MB"), Asked::Nothing),
        figure(
            "submitted",
            (per_second(count, time), "jobs/s"),
            Asked::Nothing,
        ),
    ])
}
