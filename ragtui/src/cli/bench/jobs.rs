//! Jobs that do nothing, from the first submit to the last end.

use std::time::Instant;

use protocol::ErrorReport;

use super::figure::{Asked, Figure};
use super::lab::{self, Lab};
use super::stats::per_second;
use crate::cli::args::What;

const CLIENTS: usize = 4;
/// What a daemon takes of one client at the same time by default.
const IN_FLIGHT: usize = 32;

pub(super) async fn measure(lab: &mut Lab) -> Result<Vec<Figure>, ErrorReport> {
    let count = lab.size.jobs;
    let clients = lab.daemon().await?.connections(CLIENTS).await?;
    let began = Instant::now();
    lab::crowd(&clients, IN_FLIGHT, count, lab::probe).await?;
    let accepted = began.elapsed();
    lab::drained(&clients[0]).await?;
    let figure = |name, time, asked| {
        let rate = (per_second(count, time), "jobs/s");
        Figure::new(What::Jobs, name, rate, asked)
    };
    Ok(vec![
        figure(
            "submitted and finished",
            began.elapsed(),
            Asked::AtLeast(3_000.0),
        ),
        figure("submitted", accepted, Asked::Nothing),
    ])
}
